//! Files, gzipped or not, and the errors of their content.

use crate::{Error, Result};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

/// The two bytes that every gzipped file starts with.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Opens a file; one that starts as a gzipped file does is decompressed while it is read.
pub(super) fn open(path: &Path) -> Result<Box<dyn Read>> {
    let mut file = BufReader::new(File::open(path).map_err(in_file(path))?);
    let mut start = [0; 2];
    let length = read_up_to(&mut file, &mut start).map_err(in_file(path))?;
    let whole = io::Cursor::new(start[..length].to_vec()).chain(file);
    if start[..length] != GZIP_MAGIC {
        return Ok(Box::new(whole));
    }
    #[cfg(feature = "gzip")]
    return Ok(Box::new(flate2::read::MultiGzDecoder::new(whole)));
    #[cfg(not(feature = "gzip"))]
    return Err(in_file(path)(io::Error::new(
        io::ErrorKind::Unsupported,
        "the file is gzipped: reading it needs the feature `gzip`",
    )));
}

/// Fills the buffer until it is full or the input ends; returns how many bytes were read.
fn read_up_to(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match from.read(&mut buffer[length..])? {
            0 => break,
            more => length += more,
        }
    }
    Ok(length)
}

/// Returns a function that adds the path to an error, for `map_err`.
pub(super) fn in_file(path: &Path) -> impl FnOnce(io::Error) -> Error {
    move |source| Error::File { path: path.to_owned(), source }
}

/// Makes the error of a content that is not what it should be.
#[cold]
pub(super) fn invalid_data(text: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text.into())
}
