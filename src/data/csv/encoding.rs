//! Texts in UTF-8, and what other encodings look like.

use crate::data::file::{invalid_data, quote};
use std::io;

/// How many bytes at the start are looked at.
const BYTES: usize = 1 << 16;

/// What to do with a file in another encoding.
const REMEDY: &str = "convert it, for example with iconv";

/// Refuses a text in UTF-16.
pub(super) fn refuse_utf16(start: &[u8]) -> io::Result<()> {
    let start = &start[..start.len().min(BYTES)];
    let zeros = start.iter().filter(|&&byte| byte == 0).count();
    let found = match start {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "a byte order mark of UTF-16",
        // ASCII in UTF-16 has a zero in every other byte.
        _ if zeros > start.len() / 4 => "zero bytes as in UTF-16",
        _ if zeros > 0 => "zero bytes as in a binary file",
        _ => return Ok(()),
    };
    Err(invalid_data(format!("expected UTF-8 text, found {found}; {REMEDY}")))
}

/// Returns a field as text, if it is UTF-8 without a zero byte.
pub(super) fn as_text(field: &[u8]) -> Option<&str> {
    std::str::from_utf8(field).ok().filter(|text| !text.contains('\0'))
}

/// Says of a field that is no text which encoding it looks like.
#[cold]
pub(super) fn describe_encoding(field: &[u8]) -> String {
    let (found, encoding) = (quote(field), likely_encoding(field));
    format!("expected UTF-8 text, found {found}, which looks like {encoding}; {REMEDY}")
}

/// Returns the encoding that bytes which are not UTF-8 look like.
fn likely_encoding(field: &[u8]) -> &'static str {
    match field {
        _ if field.contains(&0) => "UTF-16 or a binary file",
        // These are control characters in Latin-1.
        _ if field.iter().any(|byte| (0x80..0xa0).contains(byte)) => "Windows-1252",
        _ => "Latin-1 (ISO 8859-1) or Windows-1252",
    }
}
