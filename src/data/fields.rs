//! The fields of a table, one after another.

use super::file::{count_columns, invalid_data, quote};
use std::fmt::Display;
use std::io::{self, BufRead};

/// The longest field, in bytes: a missing quotation mark makes one field of the rest of the file.
const LONGEST_FIELD: usize = 1 << 16;

/// The fields of a table, one after another, each read into the same buffer.
///
/// The parser is that of the crate `csv`, whose own reader keeps a whole line at a time, however long it is.
pub(super) struct Fields<R> {
    from: R,
    parser: csv_core::Reader,
    buffer: Vec<u8>,
    length: usize,
    /// Counted from 0.
    pub(super) column: usize,
    /// The line on which the record starts, counted from 1.
    line: u64,
    /// Whether the field is the last one of its record.
    pub(super) is_last: bool,
}

impl<R: BufRead> Fields<R> {
    pub(super) fn new(from: R, delimiter: u8) -> Self {
        let parser = csv_core::ReaderBuilder::new().delimiter(delimiter).build();
        // One byte more shows that a field is too long.
        Self { from, parser, buffer: vec![0; LONGEST_FIELD + 1], length: 0, column: 0, line: 1, is_last: true }
    }

    /// Goes to the next field; returns whether there is one.
    pub(super) fn next(&mut self) -> io::Result<bool> {
        if self.is_last {
            self.skip_line_ends()?;
            self.line = self.parser.line();
            self.column = 0;
        } else {
            self.column += 1;
        }
        self.length = 0;
        loop {
            let input = match self.from.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                input => input?,
            };
            let (outcome, read, written) = self.parser.read_field(input, &mut self.buffer[self.length..]);
            self.from.consume(read);
            self.length += written;
            match outcome {
                csv_core::ReadFieldResult::InputEmpty => {}
                csv_core::ReadFieldResult::OutputFull => {
                    let expected = format!("a field of at most {LONGEST_FIELD} bytes (is a quotation mark missing?)");
                    return Err(self.wrong(&expected));
                }
                csv_core::ReadFieldResult::Field { record_end } => {
                    self.is_last = record_end;
                    return Ok(true);
                }
                csv_core::ReadFieldResult::End => return Ok(false),
            }
        }
    }

    /// Skips the ends of lines before a record, which the parser would count as a part of it.
    fn skip_line_ends(&mut self) -> io::Result<()> {
        loop {
            let input = match self.from.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                input => input?,
            };
            let count = input.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            let lines = input[..count].iter().filter(|&&byte| byte == b'\n').count();
            if count == 0 {
                return Ok(());
            }
            self.from.consume(count);
            self.parser.set_line(self.parser.line() + lines as u64);
        }
    }

    /// Returns the field.
    pub(super) fn text(&self) -> io::Result<&str> {
        std::str::from_utf8(&self.buffer[..self.length]).map_err(|_| self.wrong("UTF-8 text"))
    }

    #[cold]
    pub(super) fn wrong(&self, expected: &str) -> io::Error {
        let (line, column, found) = (self.line, self.column + 1, quote(&self.buffer[..self.length]));
        invalid_data(format!("line {line}, column {column}: expected {expected}, found {found}"))
    }

    #[cold]
    pub(super) fn wrong_width(&self, expected: Option<usize>, found: impl Display) -> io::Error {
        let expected = count_columns(expected.unwrap_or_default());
        invalid_data(format!("line {}: expected {expected}, found {found}", self.line))
    }
}
