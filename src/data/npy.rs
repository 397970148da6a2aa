//! NumPy's .npy and .npz files.

use super::file::{in_file, invalid_data, open};
use crate::{Float, Result};
use ndarray::{Array1, Array2, ArrayD, ArrayRef2, Axis, Ix1, Ix2};
use ndarray_npy::{ReadNpyExt, WriteNpyExt};
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek};
use std::path::Path;
use zip::ZipArchive;

/// The longest start of a file in which a header is looked for, in bytes; NumPy writes 128 for a matrix.
const LONGEST_HEADER: u64 = 1 << 16;

/// Reads a matrix of 32 or 64 bit floats; an array of one dimension becomes one column.
///
/// # Errors
/// When the file cannot be read, is no .npy file, has another element type or more dimensions, or holds fewer or more
/// numbers than its header says.
///
/// ```
/// use feedforward::data::{read_npy, write_npy};
///
/// let path = std::env::temp_dir().join("feedforward-doctest.npy");
/// write_npy(&path, &ndarray::array![[1.0_f32, 2.0]])?;
/// assert_eq!(read_npy::<f64>(&path)?, ndarray::array![[1.0, 2.0]]);
/// # std::fs::remove_file(&path).ok();
/// # Ok::<(), feedforward::Error>(())
/// ```
pub fn read_npy<F: Float>(path: impl AsRef<Path>) -> Result<Array2<F>> {
    let path = path.as_ref();
    let bytes = read_limited(&mut open(path)?).map_err(in_file(path))?;
    parse(&bytes).map_err(in_file(path))
}

/// Reads one matrix of a .npz archive, by the name it was saved under.
///
/// A member that holds more bytes than its header says is not unpacked further.
///
/// # Errors
/// When the file cannot be read, is no archive, has no matrix of this name (the error lists the names), or the matrix
/// is not as [`read_npy`] needs it.
///
/// ```no_run
/// // numpy.savez("digits.npz", images=..., labels=...)
/// let images = feedforward::data::read_npz::<f32>("digits.npz", "images")?;
/// # Ok::<(), feedforward::Error>(())
/// ```
pub fn read_npz<F: Float>(path: impl AsRef<Path>, name: &str) -> Result<Array2<F>> {
    let path = path.as_ref();
    let archive = BufReader::new(File::open(path).map_err(in_file(path))?);
    let bytes = read_member(archive, name).map_err(in_file(path))?;
    parse(&bytes).map_err(in_member(name)).map_err(in_file(path))
}

/// Writes a matrix as NumPy's `save` does.
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
pub fn write_npy<F: Float + ndarray_npy::WritableElement>(path: impl AsRef<Path>, matrix: &ArrayRef2<F>) -> Result<()> {
    let path = path.as_ref();
    let mut bytes = Vec::new();
    matrix.to_owned().write_npy(&mut bytes).map_err(io::Error::other).map_err(in_file(path))?;
    std::fs::write(path, bytes).map_err(in_file(path))
}

/// Reads the bytes of one member of an archive.
fn read_member(archive: impl Read + Seek, name: &str) -> io::Result<Vec<u8>> {
    let mut archive = ZipArchive::new(archive)?;
    let file = format!("{name}.npy");
    if archive.index_for_name(&file).is_none() {
        let names: Vec<_> = archive.file_names().map(|file| file.trim_end_matches(".npy")).collect();
        return Err(invalid_data(format!("expected a matrix called {name}, found {}", names.join(", "))));
    }
    let mut member = archive.by_name(&file)?;
    read_limited(&mut member).map_err(in_member(name))
}

/// Returns a function that adds the name of a member to an error, for `map_err`.
fn in_member(name: &str) -> impl FnOnce(io::Error) -> io::Error {
    move |error| io::Error::new(error.kind(), format!("{name}: {error}"))
}

/// Reads one .npy file, but never more than its header says: a small zipped file may unpack to any size.
fn read_limited(file: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(LONGEST_HEADER).read_to_end(&mut bytes)?;
    let (start, header) = find_header(&bytes)?;
    let limit = count_numbers(header)?.saturating_mul(8).saturating_add(start + header.len());
    // One byte more than the limit shows that the file goes on.
    let rest = limit.saturating_add(1).saturating_sub(bytes.len());
    file.take(rest as u64).read_to_end(&mut bytes)?;
    if bytes.len() > limit {
        return Err(invalid_data(format!("expected at most {limit} bytes by the header, found more")));
    }
    Ok(bytes)
}

fn parse<F: Float>(bytes: &[u8]) -> io::Result<Array2<F>> {
    check_size(bytes)?;
    let array = match ArrayD::<f64>::read_npy(Cursor::new(bytes)) {
        Ok(array) => array,
        Err(error) => match ArrayD::<f32>::read_npy(Cursor::new(bytes)) {
            Ok(array) => array.mapv(f64::from),
            Err(_) => return Err(invalid_data(error.to_string())),
        },
    };
    let matrix = match array.ndim() {
        1 => array.into_dimensionality::<Ix1>().map(|column: Array1<f64>| column.insert_axis(Axis(1))),
        _ => array.into_dimensionality::<Ix2>(),
    };
    let matrix = matrix.map_err(|error| invalid_data(format!("expected one or two dimensions: {error}")))?;
    Ok(matrix.mapv(F::from_f64))
}

/// Demands that the shape in the header fits the length of the file, before memory is allocated for it.
fn check_size(bytes: &[u8]) -> io::Result<()> {
    let (_, header) = find_header(bytes)?;
    let numbers = count_numbers(header)?;
    // The smallest element, an `f32`, has 4 bytes.
    let limit = bytes.len() / 4;
    if numbers <= limit {
        return Ok(());
    }
    let found = format!("found a header for {numbers}");
    Err(invalid_data(format!("expected at most {limit} numbers in {} bytes, {found}", bytes.len())))
}

/// Returns how many numbers a header says there are.
fn count_numbers(header: &str) -> io::Result<usize> {
    // A key that occurs twice or contains escapes could be read in another way by the real parser.
    let is_plain = header.matches("shape").count() == 1 && !header.contains('\\');
    let shape = header.split_once("'shape':").and_then(|(_, rest)| rest.split_once('(')?.1.split_once(')'));
    let (Some((shape, _)), true) = (shape, is_plain) else {
        return Err(invalid_data("expected one shape in the header"));
    };
    let lengths = shape.split(',').map(str::trim).filter(|length| !length.is_empty());
    let numbers = lengths
        .map(|length| length.parse::<usize>().ok())
        .try_fold(1_usize, |product, length| product.checked_mul(length?));
    numbers.ok_or_else(|| invalid_data(format!("expected a shape that fits into memory, found ({shape})")))
}

/// Returns the text of the header and the index it starts at.
fn find_header(bytes: &[u8]) -> io::Result<(usize, &str)> {
    split_header(bytes).ok_or_else(|| invalid_data("expected a .npy file, found one without a whole header"))
}

/// Splits off the text of the header, and returns the index it starts at.
///
/// Before it are 6 magic bytes, 2 bytes of version, and its length in 2 bytes (version 1) or 4 (from version 2 on).
fn split_header(bytes: &[u8]) -> Option<(usize, &str)> {
    let (start, length) = match bytes.get(6)? {
        1 => (10, usize::from(u16::from_le_bytes(bytes.get(8..10)?.try_into().ok()?))),
        _ => (12, usize::try_from(u32::from_le_bytes(bytes.get(8..12)?.try_into().ok()?)).ok()?),
    };
    Some((start, std::str::from_utf8(bytes.get(start..)?.get(..length)?).ok()?))
}
