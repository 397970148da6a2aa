//! Maps a file into memory: the one call of it that is unsafe.

use memmap2::Mmap;
use std::fs::File;
use std::io;

/// Maps a whole file, to be read.
///
/// # Errors
/// When the system refuses: the address space is too small, or the file is none that can be mapped.
pub(crate) fn map_file(file: &File) -> io::Result<Mmap> {
    // SAFETY: mapping is unsafe because others may change the file meanwhile. The bytes are only ever read as numbers,
    // for which every pattern of bits is valid, and each number is checked after it was copied out: other bytes make
    // other numbers, or an error. Pages behind a new end of the file do not return wrong bytes: the system ends the
    // process with SIGBUS. `data::Mapped` compares the length before it reads, and documents the moment in between.
    unsafe { Mmap::map(file) }
}
