//! What the readers share: reading of headers, growth of vectors, and the errors of a content.

use crate::Error;
use std::io::{self, Read};
use std::path::Path;

/// Passes an error of the disk on; says of every other that the packed content is damaged.
#[cfg(any(feature = "gzip", feature = "npy"))]
pub(super) fn unpack_error(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            invalid_data(format!("expected a whole compressed content, found damage: {error}"))
        }
        _ => error,
    }
}

/// Fills the buffer until it is full or the input ends; returns how many bytes were read.
pub(crate) fn read_up_to(from: &mut (impl Read + ?Sized), buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match from.read(&mut buffer[length..]) {
            Ok(0) => break,
            Ok(more) => length += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

/// Reads bytes of a header; a file that ends within it has a wrong content.
pub(crate) fn read_header_bytes(from: &mut (impl Read + ?Sized), bytes: &mut [u8]) -> io::Result<()> {
    if read_up_to(from, bytes)? < bytes.len() {
        return Err(invalid_data("expected a whole header, found the end of the file within it"));
    }
    Ok(())
}

/// Allocates for at least `more` elements, and for some of those to come; `most` is the final length, if it is known.
///
/// While a vector grows, the old block and the new one are both allocated. Growing by a quarter takes at most 2.25
/// times the final length; so does doubling to a length that is known (2 times), and copies less. Doubling to one that
/// is not known takes up to 3 times.
pub(crate) fn reserve<T>(values: &mut Vec<T>, more: usize, most: Option<usize>) -> io::Result<()> {
    let length = values.len();
    if values.capacity() - length >= more {
        return Ok(());
    }
    let ahead = match most {
        Some(most) => length.min(most.saturating_sub(length)),
        None => (length / 4).max(512),
    };
    let step = more.max(ahead);
    values.try_reserve_exact(step).map_err(|_| {
        let text = format!("expected room for {} numbers in memory, found none", length.saturating_add(step));
        io::Error::new(io::ErrorKind::OutOfMemory, text)
    })
}

/// Returns a function that adds the path to an error, for `map_err`.
pub(crate) fn in_file(path: &Path) -> impl FnOnce(io::Error) -> Error {
    move |source| Error::File { path: path.to_owned(), source }
}

/// Makes the error of a content that is not what it should be. A text that repeats much of the content is cut.
#[cold]
pub(crate) fn invalid_data(text: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, shorten(text.into(), 1500))
}

/// Cuts a text after this many bytes, or up to three before.
pub(crate) fn shorten(mut text: String, most: usize) -> String {
    if text.len() > most {
        let end = (0..=most).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
        text.truncate(end);
        text.push_str("...");
    }
    text
}

/// Quotes the first 40 characters of a text that was found.
#[cold]
pub(crate) fn quote(text: &[u8]) -> String {
    const LONGEST: usize = 40;
    // A character has at most 4 bytes.
    let start = String::from_utf8_lossy(&text[..text.len().min(4 * LONGEST + 4)]);
    let quoted: String = start.chars().take(LONGEST).collect();
    if quoted.len() < start.len() || start.len() < text.len() {
        return format!("{quoted:?}... ({} bytes)", text.len());
    }
    format!("{quoted:?}")
}

/// Writes a field of comma-separated values, in quotes where it needs them.
pub(crate) fn csv_field(text: &str) -> String {
    let needs_quotes = text.contains([',', '"', '\n', '\r']);
    if needs_quotes { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

/// Lists the first names that were found; returns "none" if there are none.
#[cold]
pub(crate) fn list<'a>(names: impl IntoIterator<Item = &'a [u8]>) -> String {
    const MOST: usize = 10;
    let mut names = names.into_iter();
    let first: Vec<_> = names.by_ref().take(MOST).map(quote).collect();
    match (first.is_empty(), names.count()) {
        (true, _) => "none".to_owned(),
        (false, 0) => first.join(", "),
        (false, more) => format!("{} and {more} more", first.join(", ")),
    }
}

/// Returns a number of columns with its noun.
#[cfg(feature = "csv")]
#[cold]
pub(super) fn count_columns(columns: usize) -> String {
    format!("{columns} column{}", if columns == 1 { "" } else { "s" })
}
