//! [`Cursor`]: numbers read one after another from some bytes.

use crate::data::invalid_data;
use std::io;

/// Reads little-endian numbers from the start of some bytes; an error if they end too early.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a>(pub(super) &'a [u8]);

impl<'a> Cursor<'a> {
    pub(super) fn take(&mut self, length: usize) -> io::Result<&'a [u8]> {
        let Some((taken, rest)) = self.0.split_at_checked(length) else {
            let found = self.0.len();
            return Err(invalid_data(format!("expected {length} more bytes in a structure of HDF5, found {found}")));
        };
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn skip(&mut self, length: usize) -> io::Result<()> {
        self.take(length).map(|_| ())
    }

    pub(super) fn u8(&mut self) -> io::Result<u8> {
        self.number(1).map(|number| number as u8)
    }

    pub(super) fn u16(&mut self) -> io::Result<u16> {
        self.number(2).map(|number| number as u16)
    }

    pub(super) fn u32(&mut self) -> io::Result<u32> {
        self.number(4).map(|number| number as u32)
    }

    pub(super) fn u64(&mut self) -> io::Result<u64> {
        self.number(8)
    }

    /// Reads a number of at most 8 bytes.
    pub(super) fn number(&mut self, bytes: usize) -> io::Result<u64> {
        let taken = self.take(bytes)?;
        Ok(taken.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte)))
    }

    /// Demands a structure that starts with this mark and version.
    pub(super) fn expect(&mut self, mark: &[u8], version: u8) -> io::Result<()> {
        let found = self.take(mark.len())?;
        let found_version = self.u8()?;
        if found == mark && found_version == version {
            return Ok(());
        }
        let (mark, found) = (mark.escape_ascii(), found.escape_ascii());
        let text = format!("expected the mark {mark} with version {version} in an HDF5 file, found {found} with");
        Err(invalid_data(format!("{text} {found_version}")))
    }
}
