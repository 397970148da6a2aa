//! [`NumberFile`]: a file of numbers, mapped into memory, whose rows are read when they are needed.

use crate::data::elements::{Element, Layout, not_finite_at};
use crate::data::file::{in_file, invalid_data};
use crate::data::source::{GZIP_MAGIC, wrong_length};
use crate::data::{idx, npy};
use crate::{Float, Result, kernel};
use memmap2::Mmap;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

/// Bytes that are read at a time from a file that is not mapped; a multiple of every element's size.
const CHUNK: usize = 1 << 14;

/// A .npy or IDX file as a matrix: the first axis gives the rows, the others follow one another in each row.
pub(super) struct NumberFile {
    path: PathBuf,
    file: File,
    /// Nothing where the system does not map the file: an address space that is limited, for example.
    map: Option<Mmap>,
    /// The length in bytes when the file was opened.
    length: u64,
    /// Where the numbers start.
    header: u64,
    element: Element,
    rows: usize,
    columns: usize,
    scale: f64,
}

impl fmt::Debug for NumberFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("NumberFile")
            .field("path", &self.path)
            .field("rows", &self.rows)
            .field("columns", &self.columns)
            .field("element", &self.element)
            .field("scale", &self.scale)
            .finish_non_exhaustive()
    }
}

impl NumberFile {
    /// Opens a file, and demands that it is as long as its header says.
    pub(super) fn open(path: &Path) -> Result<Self> {
        Self::open_content(path).map_err(in_file(path))
    }

    fn open_content(path: &Path) -> io::Result<Self> {
        // Opening a pipe would wait for somebody who writes to it.
        if !fs::metadata(path)?.is_file() {
            return Err(invalid_data("expected a file that can be mapped, found a folder, a pipe or a device"));
        }
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let layout = read_header(&mut BufReader::new(&file))?;
        let (rows, columns) = layout.dimensions()?;
        let Layout { element, ref shape, is_fortran, header } = layout;
        if is_fortran && columns > 1 {
            let remedy = "save it with `numpy.ascontiguousarray`";
            return Err(invalid_data(format!("expected rows in C order, found Fortran order; {remedy}")));
        }
        let expected = header + (rows * columns) as u64 * element.size() as u64;
        if length != expected {
            return Err(wrong_length(expected, shape, length));
        }
        // What cannot be mapped is read piece by piece.
        let map = kernel::map_file(&file).ok();
        Ok(Self { path: path.to_owned(), file, map, length, header, element, rows, columns, scale: 1.0 })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    /// Multiplies all numbers by a factor as they are read.
    pub(super) fn set_scale(&mut self, scale: f64) {
        self.scale = scale;
    }

    /// Reads everything from the file itself, as if it could not be mapped.
    #[cfg(test)]
    pub(super) fn unmap(&mut self) {
        self.map = None;
    }

    /// Copies these rows, in this order; they exist. Rows that follow one another are read at once.
    ///
    /// # Errors
    /// When the file has become shorter, cannot be read, or a number is not finite.
    pub(super) fn gather<F: Float>(&self, rows: &[usize], to: &mut [F]) -> Result<()> {
        self.gather_numbers(rows, to).map_err(in_file(&self.path))
    }

    fn gather_numbers<F: Float>(&self, rows: &[usize], to: &mut [F]) -> io::Result<()> {
        let found = self.file.metadata()?.len();
        if found < self.length {
            let expected = format!("expected {} bytes, as when the file was opened", self.length);
            return Err(invalid_data(format!("{expected}, found {found}: it became shorter")));
        }
        let mut start = 0;
        while let Some(&first) = rows.get(start) {
            let run = rows[start..].iter().zip(first..).take_while(|&(&row, expected)| row == expected).count();
            let values = &mut to[start * self.columns..][..run * self.columns];
            self.read(first, values)?;
            if !kernel::all_finite(values) {
                return Err(self.not_finite(first, values));
            }
            start += run;
        }
        Ok(())
    }

    /// Reads as many numbers as there is room for, from the start of a row on.
    fn read<F: Float>(&self, row: usize, values: &mut [F]) -> io::Result<()> {
        let size = self.element.size();
        let start = self.header + (row * self.columns * size) as u64;
        if let Some(map) = &self.map {
            let start = start as usize;
            self.element.decode(&map[start..][..bytes_of(values, size)], self.scale, values);
            return Ok(());
        }
        let mut buffer = [0; CHUNK];
        for (index, piece) in values.chunks_mut(CHUNK / size).enumerate() {
            let bytes = &mut buffer[..bytes_of(piece, size)];
            read_exact_at(&self.file, bytes, start + (index * CHUNK) as u64)?;
            self.element.decode(bytes, self.scale, piece);
        }
        Ok(())
    }

    #[cold]
    fn not_finite<F: Float>(&self, first_row: usize, values: &[F]) -> io::Error {
        let index = values.iter().position(|value| !value.is_finite()).unwrap_or_default();
        let position = (first_row + index / self.columns, index % self.columns);
        let size = self.element.size();
        let mut bytes = [0; 8];
        let bytes = &mut bytes[..size];
        let start = self.header + ((first_row * self.columns + index) * size) as u64;
        match read_exact_at(&self.file, bytes, start) {
            Ok(()) => not_finite_at::<F>(self.element, self.scale, bytes, position),
            Err(error) => error,
        }
    }
}

/// Returns how many bytes these values take in a file of elements of this size.
fn bytes_of<F>(values: &[F], size: usize) -> usize {
    values.len() * size
}

/// Reads the header of a .npy or an IDX file, told by its first bytes.
fn read_header(from: &mut impl BufRead) -> io::Result<Layout> {
    let start = from.fill_buf()?;
    if start.starts_with(&GZIP_MAGIC) {
        return Err(invalid_data("expected a file that can be mapped, found a gzipped one: unpack it first"));
    }
    if start.starts_with(npy::MAGIC) {
        return npy::read_header(from);
    }
    if start.starts_with(&[0, 0]) {
        return idx::read_header(from);
    }
    let start = &start[..start.len().min(npy::MAGIC.len())];
    Err(invalid_data(format!("expected a .npy or an IDX file, found one that starts with {start:02x?}")))
}

/// Fills the buffer from a place in the file.
#[cfg(unix)]
fn read_exact_at(file: &File, buffer: &mut [u8], start: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, start)
}

/// Fills the buffer from a place in the file.
#[cfg(windows)]
fn read_exact_at(file: &File, mut buffer: &mut [u8], mut start: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, buffer, start) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                buffer = &mut buffer[read..];
                start += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Says that the file can only be mapped.
#[cfg(not(any(unix, windows)))]
fn read_exact_at(_: &File, _: &mut [u8], _: u64) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "expected a system that maps files or reads them at any place"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_mapped_gives_the_same_numbers_and_errors() {
        let path = std::env::temp_dir().join(format!("feedforward-unmapped-{}.idx", std::process::id()));
        // Rows of 3 numbers of each size, more than are read at a time.
        let columns = 3 * CHUNK;
        for (code, size) in [(0x08, 1), (0x0b, 2), (0x0d, 4), (0x0e, 8)] {
            let mut bytes = vec![0, 0, code, 2, 0, 0, 0, 3];
            bytes.extend((columns as u32).to_be_bytes());
            // Of the floats, the first two bytes alone: none of them is infinite.
            let number = |index: usize, byte: usize| if byte < 2 { (index * 7 + byte) as u8 % 64 } else { index as u8 };
            bytes.extend((0..3 * columns).flat_map(|index| (0..size).map(move |byte| number(index, byte))));
            fs::write(&path, &bytes).unwrap();
            let mut file = NumberFile::open(&path).unwrap();
            assert!(file.map.is_some());
            let gather = |file: &NumberFile, rows: &[usize]| {
                let mut values = vec![f32::NAN; rows.len() * columns];
                file.gather(rows, &mut values).map(|()| values)
            };
            let rows = [2, 0, 1, 1];
            let mapped = gather(&file, &rows).unwrap();
            file.unmap();
            assert_eq!(gather(&file, &rows).unwrap(), mapped);

            File::options().write(true).open(&path).unwrap().set_len(bytes.len() as u64 - 1).unwrap();
            let error = gather(&file, &[0]).unwrap_err().to_string();
            assert!(error.contains("it became shorter"), "{error}");
        }
        fs::remove_file(&path).ok();
    }
}
