//! [`Fields`]: the fields of a text file, one after another.

use crate::data::file::{invalid_data, quote, read_up_to};
use std::io::{self, Read};

/// The longest field, in bytes: a missing quotation mark makes one field of the rest of the file.
const LONGEST_FIELD: usize = 1 << 16;

/// Room for the longest field between quotation marks, each of its bytes one that is doubled, and as much again.
const BUFFER: usize = 1 << 18;

/// How the fields are separated.
#[derive(Debug, Clone, Copy)]
pub(super) struct Format {
    /// A blank stands for runs of blanks and tabs.
    pub(super) delimiter: u8,
    /// Lines that start with it are skipped.
    pub(super) comment: Option<u8>,
}

/// What a line holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// At least one field: go on with [`Fields::next_field`].
    Fields,
    /// Nothing, or blanks.
    Empty,
    /// There are no more lines.
    End,
}

/// The fields of a text file, one after another; a line is never held as a whole, however long it is.
///
/// Written by hand, since `csv-core` takes the end of the file for a closing quotation mark and a text behind a closing
/// one for a part of the field, and leaves out empty lines: rows would be lost without an error.
pub(super) struct Fields<'a> {
    from: &'a mut dyn Read,
    format: Format,
    /// Whether a byte ends a field without quotation marks.
    is_end: [bool; 256],
    buffer: Vec<u8>,
    /// The bytes of the buffer from `start` to `end` are to be read.
    start: usize,
    end: usize,
    /// Whether nothing comes after the buffer.
    is_whole: bool,
    /// The number of bytes before the buffer.
    before: u64,
    /// The line at `start`, counted from 1.
    line: u64,
    /// The line on which the field starts, counted from 1.
    field_line: u64,
    /// The bytes of the buffer that are the field, unless it is in `unquoted`.
    field: std::ops::Range<usize>,
    /// A field in which quotation marks were doubled.
    unquoted: Vec<u8>,
    is_unquoted: bool,
    /// Whether the field is the last one of its line.
    pub(super) is_last: bool,
}

fn is_line_end(byte: u8) -> bool {
    byte == b'\n' || byte == b'\r'
}

fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

/// Marks the bytes that end a field without quotation marks.
fn ends(delimiter: u8) -> [bool; 256] {
    std::array::from_fn(|byte| {
        let byte = byte as u8;
        byte == delimiter || is_line_end(byte) || (byte == b'\t' && delimiter == b' ')
    })
}

impl<'a> Fields<'a> {
    /// Reads the first part of a file.
    pub(super) fn new(from: &'a mut dyn Read, format: Format) -> io::Result<Self> {
        let mut fields = Self {
            from,
            format,
            is_end: ends(format.delimiter),
            buffer: vec![0; BUFFER],
            start: 0,
            end: 0,
            is_whole: false,
            before: 0,
            line: 1,
            field_line: 1,
            field: 0..0,
            unquoted: Vec::new(),
            is_unquoted: false,
            is_last: true,
        };
        fields.refill()?;
        Ok(fields)
    }

    pub(super) fn set_delimiter(&mut self, delimiter: u8) {
        self.format.delimiter = delimiter;
        self.is_end = ends(delimiter);
    }

    /// Returns the bytes of the buffer that are to be read, and whether nothing comes after them.
    pub(super) fn ahead(&self) -> (&[u8], bool) {
        (&self.buffer[self.start..self.end], self.is_whole)
    }

    /// Returns how many bytes of the file were read.
    pub(super) fn position(&self) -> u64 {
        self.before + self.start as u64
    }

    /// Skips the byte order mark, if there is one.
    pub(super) fn skip_mark(&mut self) {
        if self.ahead().0.starts_with(b"\xef\xbb\xbf") {
            self.start += 3;
        }
    }

    /// Skips a line, and its end; returns whether there was one.
    pub(super) fn skip_line(&mut self) -> io::Result<bool> {
        let is_line = self.peek()?.is_some();
        loop {
            let ahead = &self.buffer[self.start..self.end];
            if let Some(length) = ahead.iter().position(|&byte| is_line_end(byte)) {
                self.start += length;
                self.skip_line_end()?;
                return Ok(is_line);
            }
            self.start = self.end;
            if self.peek()?.is_none() {
                return Ok(is_line);
            }
        }
    }

    /// Goes to the next line that is no comment; returns its number too.
    pub(super) fn next_line(&mut self) -> io::Result<(Line, u64)> {
        loop {
            while self.peek()?.is_some_and(|byte| byte == b' ' || (byte == b'\t' && self.format.delimiter != b'\t')) {
                self.start += 1;
            }
            let line = self.line;
            match self.peek()? {
                None => return Ok((Line::End, line)),
                Some(byte) if is_line_end(byte) => {
                    self.skip_line_end()?;
                    return Ok((Line::Empty, line));
                }
                Some(byte) if Some(byte) == self.format.comment => {
                    self.skip_line()?;
                }
                Some(_) => return Ok((Line::Fields, line)),
            }
        }
    }

    /// Reads the next field of the line, without the blanks around it.
    #[inline]
    pub(super) fn next_field(&mut self) -> io::Result<()> {
        self.field_line = self.line;
        // A field that the buffer cuts is scanned again after more is read, so that it is in one piece.
        while !self.scan()? {
            self.refill()?;
        }
        Ok(())
    }

    /// Returns the field.
    #[inline]
    pub(super) fn field(&self) -> &[u8] {
        if self.is_unquoted { &self.unquoted } else { &self.buffer[self.field.clone()] }
    }

    /// Returns the line on which the field starts, counted from 1.
    pub(super) fn field_line(&self) -> u64 {
        self.field_line
    }

    /// Scans a field; returns false if the buffer ends within it, or before it is clear what follows.
    #[inline]
    fn scan(&mut self) -> io::Result<bool> {
        let delimiter = self.format.delimiter;
        let ahead = &self.buffer[self.start..self.end];
        let blanks = ahead.iter().take_while(|&&byte| is_blank(byte) && byte != delimiter).count();
        if ahead.get(blanks) == Some(&b'"') {
            return self.scan_quoted(self.start + blanks);
        }
        let found = ahead[blanks..].iter().position(|&byte| self.is_end[usize::from(byte)]);
        let mut end = self.start + found.map_or(ahead.len(), |length| blanks + length);
        if end - self.start > LONGEST_FIELD {
            return Err(self.too_long(self.start));
        }
        let Some((next, is_last)) = self.after(end) else { return Ok(false) };
        let from = self.start + blanks;
        while end > from && is_blank(self.buffer[end - 1]) {
            end -= 1;
        }
        self.field = from..end;
        self.is_unquoted = false;
        self.finish(next, is_last);
        Ok(true)
    }

    /// Scans a field between quotation marks, the first at `open`.
    fn scan_quoted(&mut self, open: usize) -> io::Result<bool> {
        let bytes = &self.buffer[..self.end];
        let (mut close, mut doubled) = (open + 1, 0);
        loop {
            match bytes[close..].iter().position(|&byte| byte == b'"') {
                None if bytes.len() - open > 2 * LONGEST_FIELD + 2 => return Err(self.too_long(open + 1)),
                None if self.is_whole => {
                    let found = quote(&bytes[open..]);
                    let line = self.field_line;
                    let expected = "a closing quotation mark before the end of the file";
                    return Err(invalid_data(format!("line {line}: expected {expected}, found none after {found}")));
                }
                None => return Ok(false),
                Some(length) => close += length,
            }
            if bytes.get(close + 1) != Some(&b'"') {
                break;
            }
            close += 2;
            doubled += 1;
        }
        if close - open - 1 - doubled > LONGEST_FIELD {
            return Err(self.too_long(open + 1));
        }
        let delimiter = self.format.delimiter;
        let blanks = bytes[close + 1..].iter().take_while(|&&byte| is_blank(byte) && byte != delimiter).count();
        let end = close + 1 + blanks;
        let is_end = |byte: u8| self.is_end[usize::from(byte)] || (delimiter == b' ' && blanks > 0);
        if bytes.get(end).is_some_and(|&byte| !is_end(byte)) {
            let (line, found) = (self.field_line, quote(&bytes[open..(end + 1).min(open + 200)]));
            let expected = format!("a {} or the end of the line after a closing quotation mark", name(delimiter));
            return Err(invalid_data(format!("line {line}: expected {expected}, found more: {found}")));
        }
        let end = if delimiter == b' ' { close + 1 } else { end };
        let Some((next, is_last)) = self.after(end) else { return Ok(false) };
        self.field = open + 1..close;
        self.is_unquoted = doubled > 0;
        if doubled > 0 {
            self.unquoted.clear();
            let mut bytes = self.buffer[self.field.clone()].iter();
            while let Some(&byte) = bytes.next() {
                self.unquoted.push(byte);
                if byte == b'"' {
                    bytes.next();
                }
            }
        }
        let content = &self.buffer[self.field.clone()];
        let ends_line = |&index: &usize| {
            content[index] == b'\n' || (content[index] == b'\r' && content.get(index + 1) != Some(&b'\n'))
        };
        self.line += (0..content.len()).filter(ends_line).count() as u64;
        self.finish(next, is_last);
        Ok(true)
    }

    /// Returns where the next field or line begins after a field that ends here, and whether it is a line; nothing if
    /// more of the file must be read to say so.
    #[inline]
    fn after(&self, end: usize) -> Option<(usize, bool)> {
        let bytes = &self.buffer[..self.end];
        match bytes.get(end) {
            None => self.is_whole.then_some((end, true)),
            Some(b'\n') => Some((end + 1, true)),
            Some(b'\r') => match bytes.get(end + 1) {
                Some(b'\n') => Some((end + 2, true)),
                None if !self.is_whole => None,
                _ => Some((end + 1, true)),
            },
            Some(_) if self.format.delimiter != b' ' => Some((end + 1, false)),
            // Blanks at the end of a line delimit nothing.
            Some(_) => match bytes[end..].iter().position(|&byte| !is_blank(byte)) {
                None => self.is_whole.then_some((bytes.len(), true)),
                Some(blanks) if is_line_end(bytes[end + blanks]) => self.after(end + blanks),
                Some(blanks) => Some((end + blanks, false)),
            },
        }
    }

    fn finish(&mut self, next: usize, is_last: bool) {
        self.start = next;
        self.is_last = is_last;
        self.line += u64::from(is_last);
    }

    /// Returns the next byte.
    fn peek(&mut self) -> io::Result<Option<u8>> {
        if self.start == self.end && !self.is_whole {
            self.refill()?;
        }
        Ok(self.buffer[self.start..self.end].first().copied())
    }

    fn skip_line_end(&mut self) -> io::Result<()> {
        let byte = self.peek()?;
        self.start += 1;
        if byte == Some(b'\r') && self.peek()? == Some(b'\n') {
            self.start += 1;
        }
        self.line += 1;
        Ok(())
    }

    /// Moves what is to be read to the front of the buffer, and fills the rest.
    fn refill(&mut self) -> io::Result<()> {
        if self.start == 0 && self.end == self.buffer.len() {
            return Err(self.too_long(0));
        }
        self.buffer.copy_within(self.start..self.end, 0);
        self.before += self.start as u64;
        self.end -= self.start;
        self.start = 0;
        self.end += read_up_to(self.from, &mut self.buffer[self.end..])?;
        self.is_whole = self.end < self.buffer.len();
        Ok(())
    }

    #[cold]
    fn too_long(&self, start: usize) -> io::Error {
        let found = quote(&self.buffer[start..(start + LONGEST_FIELD + 1).min(self.end)]);
        let expected = format!("a field of at most {LONGEST_FIELD} bytes (is a quotation mark missing?)");
        invalid_data(format!("line {}: expected {expected}, found {found}", self.field_line))
    }
}

/// Returns what a delimiter is called.
pub(super) fn name(delimiter: u8) -> String {
    match delimiter {
        b',' => "comma".to_owned(),
        b';' => "semicolon".to_owned(),
        b'\t' => "tab".to_owned(),
        b' ' => "blank".to_owned(),
        _ => format!("{:?}", char::from(delimiter)),
    }
}
