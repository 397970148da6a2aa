//! [`Scalar`]: numbers, texts and names in a pickle, and the reading of its bytes.

use crate::{Error, Result};

/// A value that holds no other.
#[derive(Debug, Clone, Copy)]
pub(super) enum Scalar<'a> {
    None,
    Flag(bool),
    Int(i64),
    Float(f64),
    Text(&'a [u8]),
    /// Bytes, or a whole number of more than 64 bits, little-endian.
    Bytes(&'a [u8]),
    Global(&'a [u8], &'a [u8]),
    EmptyTuple,
}

/// The longest line of an opcode that takes lines, in bytes.
const LONGEST_LINE: usize = 1024;

#[cold]
pub(super) fn wrong(expected: impl Into<String>, found: impl ToString) -> Error {
    Error::invalid("StateDict", expected, found)
}

/// Reads the bytes of a pickle, one opcode after another.
pub(super) struct Reader<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: u64) -> Result<&'a [u8]> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let Some(taken) = usize::try_from(length).ok().and_then(|length| rest.get(..length)) else {
            let expected = format!("a whole pickle with {length} more bytes at byte {}", self.at);
            return Err(wrong(expected, format!("its end after {}", rest.len())));
        };
        self.at += taken.len();
        Ok(taken)
    }

    /// Reads an unsigned number of up to 8 bytes, little-endian.
    pub(super) fn number(&mut self, width: usize) -> Result<u64> {
        let mut number = [0; 8];
        let bytes = self.take(width as u64)?;
        number[..bytes.len()].copy_from_slice(bytes);
        Ok(u64::from_le_bytes(number))
    }

    /// Reads bytes behind their length.
    fn counted(&mut self, width: usize) -> Result<&'a [u8]> {
        let length = self.number(width)?;
        self.take(length)
    }

    pub(super) fn line(&mut self) -> Result<&'a [u8]> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let rest = &rest[..rest.len().min(LONGEST_LINE)];
        let Some(length) = rest.iter().position(|&byte| byte == b'\n') else {
            return Err(wrong(format!("a line of a pickle at byte {}", self.at), "no end of it"));
        };
        self.at += length + 1;
        Ok(&rest[..length])
    }

    pub(super) fn text_line<T: std::str::FromStr>(&mut self) -> Result<T> {
        let at = self.at;
        let text = std::str::from_utf8(self.line()?).ok();
        let number = text.and_then(|text| text.trim_end_matches('L').parse().ok());
        number.ok_or_else(|| wrong(format!("a number at byte {at} of a pickle"), "other text"))
    }
}

/// Reads the value without parts whose opcode is at this position, and returns where the next opcode is.
///
/// `None` if it is another opcode.
pub(super) fn scalar(bytes: &[u8], at: usize) -> Result<Option<(Scalar<'_>, usize)>> {
    let mut reader = Reader { bytes, at };
    let opcode = reader.number(1)? as u8;
    let scalar = match opcode {
        b'N' => Scalar::None,
        0x88 => Scalar::Flag(true),
        0x89 => Scalar::Flag(false),
        b')' => Scalar::EmptyTuple,
        b'K' => Scalar::Int(reader.number(1)? as i64),
        b'M' => Scalar::Int(reader.number(2)? as i64),
        b'J' => Scalar::Int(i64::from(reader.number(4)? as u32 as i32)),
        b'I' => match reader.line()? {
            b"00" => Scalar::Flag(false),
            b"01" => Scalar::Flag(true),
            _ => {
                reader.at = at + 1;
                Scalar::Int(reader.text_line()?)
            }
        },
        b'L' => Scalar::Int(reader.text_line()?),
        0x8a => long(reader.counted(1)?),
        0x8b => long(reader.counted(4)?),
        b'F' => Scalar::Float(reader.text_line()?),
        b'G' => Scalar::Float(f64::from_bits(reader.number(8)?.swap_bytes())),
        b'X' | b'T' => Scalar::Text(reader.counted(4)?),
        0x8c | b'U' => Scalar::Text(reader.counted(1)?),
        0x8d => Scalar::Text(reader.counted(8)?),
        b'V' => Scalar::Text(reader.line()?),
        b'S' => {
            let line = reader.line()?;
            Scalar::Text(line.get(1..line.len().saturating_sub(1)).unwrap_or_default())
        }
        b'C' => Scalar::Bytes(reader.counted(1)?),
        b'B' => Scalar::Bytes(reader.counted(4)?),
        0x8e | 0x96 => Scalar::Bytes(reader.counted(8)?),
        b'c' | b'i' => Scalar::Global(reader.line()?, reader.line()?),
        _ => return Ok(None),
    };
    Ok(Some((scalar, reader.at)))
}

fn long(bytes: &[u8]) -> Scalar<'_> {
    if bytes.len() > 8 {
        return Scalar::Bytes(bytes);
    }
    let fill = if bytes.last().is_some_and(|byte| byte & 0x80 != 0) { 0xff } else { 0 };
    let mut number = [fill; 8];
    number[..bytes.len()].copy_from_slice(bytes);
    Scalar::Int(i64::from_le_bytes(number))
}
