//! Opening files, gzipped or not.

use crate::{Error, Result};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// What a file holds; unzipped on the way if it starts as a gzipped file does.
pub(super) fn open(path: &Path) -> Result<Box<dyn Read>> {
    let mut file = BufReader::new(File::open(path).map_err(|error| problem(path, error))?);
    let mut start = [0; 2];
    let length = read_up_to(&mut file, &mut start).map_err(|error| problem(path, error))?;
    let whole = std::io::Cursor::new(start[..length].to_vec()).chain(file);
    if start[..length] != [0x1f, 0x8b] {
        return Ok(Box::new(whole));
    }
    #[cfg(feature = "gzip")]
    return Ok(Box::new(flate2::read::MultiGzDecoder::new(whole)));
    #[cfg(not(feature = "gzip"))]
    return Err(problem(path, "the file is gzipped: reading it needs the feature `gzip`"));
}

/// Fills as much of the buffer as there is.
fn read_up_to(from: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match from.read(&mut buffer[length..])? {
            0 => break,
            more => length += more,
        }
    }
    Ok(length)
}

pub(super) fn problem(path: &Path, problem: impl ToString) -> Error {
    Error::File { path: path.display().to_string(), problem: problem.to_string() }
}
