//! [`Reader`]: the bytes of an HDF5 file by address, and how many may still be read.

use super::cursor::Cursor;
use crate::data::invalid_data;
use std::io;

/// The bytes of a file.
///
/// The structures of a valid file do not overlap, so that each byte is read once, or twice where a structure is looked
/// at and then read. A file that has more to read than twice its length is refused: this bounds time and memory for
/// files whose addresses lead in circles or to the same place again and again.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    left: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, left: bytes.len().saturating_mul(2) }
    }

    /// Returns the bytes at this address.
    pub(super) fn read(&mut self, address: u64, length: u64) -> io::Result<&'a [u8]> {
        let position = |number: u64| usize::try_from(number).ok();
        let end = address.checked_add(length).and_then(position);
        let range = position(address).zip(end).and_then(|(start, end)| self.bytes.get(start..end));
        let Some(found) = range else {
            let size = self.bytes.len();
            return Err(invalid_data(format!("expected {length} bytes at byte {address} of {size}, found too few")));
        };
        self.count(found.len())?;
        Ok(found)
    }

    /// Returns a cursor at this address, over this many bytes.
    pub(super) fn cursor(&mut self, address: u64, length: u64) -> io::Result<Cursor<'a>> {
        self.read(address, length).map(Cursor)
    }

    /// Counts bytes that are read, or that what is read takes in memory.
    pub(super) fn count(&mut self, bytes: usize) -> io::Result<()> {
        let more = || invalid_data("expected the parts of an HDF5 file apart from each other, found that they overlap");
        self.left = self.left.checked_sub(bytes).ok_or_else(more)?;
        Ok(())
    }
}
