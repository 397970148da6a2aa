//! [`Rows`]: the lines of a table, handed to a [`Sink`] field by field.

use super::column::{Refusal, Rules, Sink};
use super::encoding::describe_encoding;
use super::fields::{Fields, Line};
use super::names::FirstLine;
use crate::data::file::{count_columns, invalid_data, quote};
use std::io;

/// The rows of a table as they are read.
pub(super) struct Rows<'a, 'b> {
    pub(super) fields: Fields<'b>,
    pub(super) rules: &'a Rules,
    pub(super) names: &'a [String],
    /// How many rows were read.
    pub(super) count: usize,
    /// The length of the file in bytes, if it is known.
    pub(super) length: Option<u64>,
}

impl Rows<'_, '_> {
    /// Hands the first line on, which is data.
    pub(super) fn push_first(&mut self, first: &FirstLine, sink: &mut impl Sink) -> io::Result<()> {
        for (index, field) in first.fields().enumerate() {
            sink.push(index, field, self.rules, || 0).map_err(|it| self.refuse(it, index, first.line, field))?;
        }
        self.count += 1;
        sink.end_row()
    }

    /// Reads all lines. `header` is there until the first of them has shown its width.
    pub(super) fn read(&mut self, sink: &mut impl Sink, mut header: Option<&FirstLine>) -> io::Result<()> {
        let width = self.names.len();
        loop {
            let line = match self.fields.next_line()? {
                (Line::End, _) => return Ok(()),
                // A missing entry.
                (Line::Empty, line) if width == 1 => {
                    sink.push(0, b"", self.rules, || self.expected()).map_err(|it| self.refuse(it, 0, line, b""))?;
                    sink.end_row()?;
                    self.count += 1;
                    continue;
                }
                (Line::Empty, _) => continue,
                (Line::Fields, line) => line,
            };
            for index in 0..width {
                self.fields.next_field()?;
                let field = self.fields.field();
                if let Err(refusal) = sink.push(index, field, self.rules, || self.expected()) {
                    return Err(self.refuse(refusal, index, self.fields.field_line(), field));
                }
                if self.fields.is_last && index + 1 < width {
                    return Err(self.wrong_width(line, index + 1, header));
                }
            }
            if !self.fields.is_last {
                let mut found = width;
                while !self.fields.is_last {
                    self.fields.next_field()?;
                    found += 1;
                }
                return Err(self.wrong_width(line, found, header));
            }
            sink.end_row()?;
            self.count += 1;
            header = None;
        }
    }

    /// Estimates the number of rows from the length of the file and of the lines so far.
    #[cold]
    fn expected(&self) -> usize {
        let rows = self.count + 1;
        match self.length {
            // A little more, so that lines that become shorter do not make all columns grow at the end.
            Some(length) => (1.01 * rows as f64 * length as f64 / self.fields.position().max(1) as f64) as usize + 1,
            None => rows + rows / 4,
        }
    }

    #[cold]
    fn wrong_width(&self, line: u64, found: usize, header: Option<&FirstLine>) -> io::Error {
        let expected = count_columns(self.names.len());
        let Some(header) = header else {
            return invalid_data(format!("line {line}: expected {expected}, found {found}"));
        };
        let first = header.line;
        let remedy = if found == header.width() + 1 {
            "if each line starts with the name of its row, call `Csv::row_names`; else, if"
        } else {
            "if"
        };
        let expected = format!("expected {expected} as in line {first}, found {found}");
        invalid_data(format!(
            "line {line}: {expected}; {remedy} line {first} is no header, call `Csv::skip_lines({first})`"
        ))
    }

    #[cold]
    fn refuse(&self, refusal: Refusal, column: usize, line: u64, field: &[u8]) -> io::Error {
        let name = &self.names[column];
        let label = if name.is_empty() { "column 1".to_owned() } else { format!("column {}", quote(name.as_bytes())) };
        let found = quote(field);
        let remedies = format!("`Csv::text(&[{}])` or `Csv::missing(&[{found}])`", quote(name.as_bytes()));
        let rest = match refusal {
            Refusal::Memory(error) => return error,
            #[cfg(feature = "npy")]
            Refusal::NoNumber if field.is_empty() => "expected a number, found nothing".to_owned(),
            #[cfg(feature = "npy")]
            Refusal::NoNumber => format!("expected a number, found {found}"),
            #[cfg(feature = "npy")]
            Refusal::TooLarge => format!("expected a number that is finite as f32, found {found}"),
            Refusal::NotFinite => format!("expected a finite number, found {found}; call {remedies}"),
            Refusal::TextBelowNumbers => {
                let numbers = "a number as above, where some are written in a way that a number does not keep";
                format!("expected {numbers} (01, 1.50), found {found}; call {remedies}")
            }
            Refusal::Encoding => describe_encoding(field),
        };
        invalid_data(format!("line {line}, {label}: {rest}"))
    }
}
