//! NumPy's .npy and .npz files.

use super::file::{open, problem};
use crate::{Float, Result};
use ndarray::{Array1, Array2, ArrayD, ArrayRef2, Ix1, Ix2};
use ndarray_npy::{ReadNpyExt, WriteNpyExt};
use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek};
use std::path::Path;
use zip::ZipArchive;

/// Reads a matrix of 32 or 64 bit floats; of one dimension it becomes one column.
///
/// # Errors
/// When the file cannot be read, is no .npy file, has another element type or more dimensions, or holds less or more
/// than its header promises.
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
    let bytes = promised(&mut open(path)?).map_err(|text| problem(path, text))?;
    parse(&bytes).map_err(|text| problem(path, text))
}

/// Reads one matrix of a .npz archive, by the name it was saved under.
///
/// # Errors
/// When the file cannot be read, is no archive, has no matrix of this name (the error says which there are), or the matrix is
/// not as [`read_npy`] needs it. Of a matrix that holds more than its header promises, no more than that is unpacked.
///
/// ```no_run
/// // numpy.savez("digits.npz", images=..., labels=...)
/// let images = feedforward::data::read_npz::<f32>("digits.npz", "images")?;
/// # Ok::<(), feedforward::Error>(())
/// ```
pub fn read_npz<F: Float>(path: impl AsRef<Path>, name: &str) -> Result<Array2<F>> {
    let path = path.as_ref();
    let archive = BufReader::new(File::open(path).map_err(|error| problem(path, error))?);
    let member = member(archive, name).map_err(|text| problem(path, text))?;
    parse(&member).map_err(|text| problem(path, format!("{name}: {text}")))
}

/// The bytes of a member.
fn member(archive: impl Read + Seek, name: &str) -> std::result::Result<Vec<u8>, String> {
    let mut archive = ZipArchive::new(archive).map_err(|error| error.to_string())?;
    let file = format!("{name}.npy");
    if archive.index_for_name(&file).is_none() {
        let names: Vec<_> = archive.file_names().map(|file| file.trim_end_matches(".npy").to_owned()).collect();
        return Err(format!("expected a matrix called {name}, found {}", names.join(", ")));
    }
    let mut member = archive.by_name(&file).map_err(|error| error.to_string())?;
    promised(&mut member).map_err(|text| format!("{name}: {text}"))
}

/// The bytes of one .npy file, but never more than its header promises: a small zipped file may unpack to any size.
fn promised(file: &mut impl Read) -> std::result::Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    file.take(LONGEST_HEADER).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    let (start, header) = header(&bytes).ok_or("expected a .npy file, found one without a whole header")?;
    let most = numbers(header)?.saturating_mul(8).saturating_add(start + header.len());
    // One more shows that there are more.
    let rest = most.saturating_add(1).saturating_sub(bytes.len());
    file.take(rest as u64).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() > most {
        return Err(format!("expected at most {most} bytes by the header, found more"));
    }
    Ok(bytes)
}

/// Far more than NumPy writes for a matrix.
const LONGEST_HEADER: u64 = 1 << 16;

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
    matrix.to_owned().write_npy(&mut bytes).map_err(|error| problem(path, error))?;
    std::fs::write(path, bytes).map_err(|error| problem(path, error))
}

fn parse<F: Float>(bytes: &[u8]) -> std::result::Result<Array2<F>, String> {
    check_size(bytes)?;
    let array: ArrayD<f64> = match ArrayD::<f64>::read_npy(Cursor::new(bytes)) {
        Ok(array) => array,
        Err(wide) => match ArrayD::<f32>::read_npy(Cursor::new(bytes)) {
            Ok(array) => array.mapv(f64::from),
            Err(_) => return Err(wide.to_string()),
        },
    };
    let matrix = match array.ndim() {
        1 => array.into_dimensionality::<Ix1>().map(|column: Array1<f64>| column.insert_axis(ndarray::Axis(1))),
        _ => array.into_dimensionality::<Ix2>(),
    };
    Ok(matrix.map_err(|error| format!("expected one or two dimensions: {error}"))?.mapv(F::from_f64))
}

/// The shape in the header must go with the length of the file, before memory is taken for it.
fn check_size(bytes: &[u8]) -> std::result::Result<(), String> {
    let (_, header) = header(bytes).ok_or("expected a .npy file, found one without a whole header")?;
    let numbers = numbers(header)?;
    if numbers <= bytes.len() / 4 {
        return Ok(());
    }
    Err(format!("a header for {numbers} numbers on a file of {} bytes", bytes.len()))
}

/// How many numbers a header promises.
fn numbers(header: &str) -> std::result::Result<usize, String> {
    // A key that is there twice, or spelled with escapes, could promise something else than what is read here.
    let plain = header.matches("shape").count() == 1 && !header.contains('\\');
    let shape = header.split_once("'shape':").and_then(|(_, rest)| rest.split_once('(')?.1.split_once(')'));
    let (Some((shape, _)), true) = (shape, plain) else {
        return Err("expected one shape in the header".to_owned());
    };
    let lengths = shape.split(',').map(str::trim).filter(|length| !length.is_empty());
    let numbers = lengths
        .map(|length| length.parse::<usize>().ok())
        .try_fold(1_usize, |product, length| product.checked_mul(length?));
    numbers.ok_or_else(|| format!("expected a shape that can be, found ({shape})"))
}

/// The text between the version and the numbers, and where it starts; its length is written before it, in 2 bytes or, from
/// version 2 on, in 4.
fn header(bytes: &[u8]) -> Option<(usize, &str)> {
    let (start, length) = match bytes.get(6)? {
        1 => (10, usize::from(u16::from_le_bytes(bytes.get(8..10)?.try_into().ok()?))),
        _ => (12, usize::try_from(u32::from_le_bytes(bytes.get(8..12)?.try_into().ok()?)).ok()?),
    };
    Some((start, std::str::from_utf8(bytes.get(start..)?.get(..length)?).ok()?))
}
