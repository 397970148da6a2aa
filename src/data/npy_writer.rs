//! Writing NumPy's .npy files: at once, or row by row.

use super::file::in_file;
use super::npy::MAGIC;
use crate::{Float, Result};
use ndarray::ArrayRef2;
use std::fs::{self, File};
use std::io::{self, BufWriter, Seek, Write};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

/// Writes a matrix as NumPy's `save` does, byte for byte.
///
/// # Errors
/// When the file cannot be written.
///
/// ```
/// let path = std::env::temp_dir().join("feedforward-doctest-write.npy");
/// feedforward::data::write_npy(&path, &ndarray::array![[1.0_f32, 2.0]])?;
/// # std::fs::remove_file(&path).ok();
/// # Ok::<(), feedforward::Error>(())
/// ```
pub fn write_npy<F: Float>(path: impl AsRef<Path>, matrix: &ArrayRef2<F>) -> Result<()> {
    let path = path.as_ref();
    write(path, matrix).map_err(in_file(path))
}

fn write<F: Float>(path: &Path, matrix: &ArrayRef2<F>) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    file.write_all(&header_for::<F>(matrix.dim()))?;
    matrix.iter().try_for_each(|&value| write_number(&mut file, value))?;
    file.flush()
}

fn write_number<F: Float>(to: &mut impl Write, value: F) -> io::Result<()> {
    let value = value.widen();
    if size_of::<F>() == size_of::<f32>() {
        to.write_all(&(value as f32).to_le_bytes())
    } else {
        to.write_all(&value.to_le_bytes())
    }
}

/// Returns everything before the numbers, as NumPy 2 writes it.
fn header_for<F>((rows, columns): (usize, usize)) -> Vec<u8> {
    // NumPy leaves space for a first axis of 21 digits, then fills up to a multiple of 64 bytes.
    let digits = rows.to_string().len();
    let keys = format!("'descr': '<f{}', 'fortran_order': False, 'shape': ({rows}, {columns}), ", size_of::<F>());
    let mut text = format!("{{{keys}}}{:1$}", "", 21_usize.saturating_sub(digits));
    let start = MAGIC.len() + 4;
    let end = (start + text.len() + 1).next_multiple_of(64);
    text.extend(std::iter::repeat_n(' ', end - start - text.len() - 1));
    text.push('\n');
    let length = (text.len() as u16).to_le_bytes();
    [MAGIC, &[1, 0][..], &length, text.as_bytes()].concat()
}

/// A .npy file that is written row by row: the number of rows is known at the end.
///
/// The rows go to a file beside it, which takes its place in [`finish`](Self::finish); without that it is removed.
#[derive(Debug)]
pub(super) struct NpyWriter<F> {
    path: PathBuf,
    part: PathBuf,
    file: BufWriter<File>,
    columns: usize,
    is_finished: bool,
    precision: PhantomData<fn() -> F>,
}

impl<F: Float> NpyWriter<F> {
    pub(super) fn new(path: &Path, columns: usize) -> Result<Self> {
        Self::create(path, columns).map_err(in_file(path))
    }

    fn create(path: &Path, columns: usize) -> io::Result<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        if path.is_dir() {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "expected a file to write, found a folder"));
        }
        let Some(name) = path.file_name() else {
            let text = "expected the path of a file, found one without a name";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        };
        // No other writer has this name.
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let part = path.with_file_name(format!(".{}.{}-{count}.part", name.to_string_lossy(), process::id()));
        let file = BufWriter::new(File::create(&part)?);
        let mut writer =
            Self { path: path.to_owned(), part, file, columns, is_finished: false, precision: PhantomData };
        // Room for the header: it has the same length for any number of rows.
        writer.file.write_all(&header_for::<F>((0, columns)))?;
        Ok(writer)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn write_row(&mut self, row: &[F]) -> io::Result<()> {
        row.iter().try_for_each(|&value| write_number(&mut self.file, value))
    }

    /// Writes the header, and gives the file its name.
    pub(super) fn finish(&mut self, rows: usize) -> Result<()> {
        self.try_finish(rows).map_err(in_file(&self.path))
    }

    fn try_finish(&mut self, rows: usize) -> io::Result<()> {
        self.file.rewind()?;
        self.file.write_all(&header_for::<F>((rows, self.columns)))?;
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        fs::rename(&self.part, &self.path)?;
        self.is_finished = true;
        Ok(())
    }
}

impl<F> Drop for NpyWriter<F> {
    fn drop(&mut self) {
        if !self.is_finished {
            fs::remove_file(&self.part).ok();
        }
    }
}
