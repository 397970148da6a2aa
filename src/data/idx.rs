//! IDX, the file format of MNIST: a header with element type and sizes, then the numbers in big-endian order.

use super::file::{in_file, invalid_data, open};
use crate::{Dataset, Error, Float, Result};
use ndarray::Array2;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Reads an IDX file, gzipped or not: one row for each example, the other dimensions one after another.
///
/// All element types of the format are supported: bytes with and without sign, whole numbers of 16 and 32 bits, floats
/// of 32 and 64. Memory is allocated while the numbers arrive, not by what the header says, so a wrong header cannot
/// exhaust it.
///
/// # Errors
/// When the file cannot be read, is no IDX file, or holds fewer or more numbers than its header says.
///
/// ```no_run
/// let images = feedforward::data::read_idx::<f32>("train-images-idx3-ubyte.gz")? / 255.0;
/// assert_eq!(images.dim(), (60_000, 784));
/// # Ok::<(), feedforward::Error>(())
/// ```
pub fn read_idx<F: Float>(path: impl AsRef<Path>) -> Result<Array2<F>> {
    let path = path.as_ref();
    parse(open(path)?).map_err(in_file(path))
}

/// Reads the training set and the test set of MNIST from the folder with its four files, gzipped or not.
///
/// Pixels go from 0 to 1; targets are one column with the digit.
///
/// # Errors
/// When a file is missing or has a wrong content.
///
/// ```no_run
/// let (train, test) = feedforward::data::mnist::<f32>("path/to/folder")?;
/// assert_eq!((train.len(), test.len()), (60_000, 10_000));
/// # Ok::<(), feedforward::Error>(())
/// ```
pub fn mnist<F: Float>(folder: impl AsRef<Path>) -> Result<(Dataset<F>, Dataset<F>)> {
    let folder = folder.as_ref();
    let read_set = |name: &str| {
        let images = read_idx(find(folder, &format!("{name}-images-idx3-ubyte"))?)?;
        let labels = read_idx(find(folder, &format!("{name}-labels-idx1-ubyte"))?)?;
        Dataset::new(images / F::from_f64(255.0), labels)
    };
    Ok((read_set("train")?, read_set("t10k")?))
}

/// Returns the path of the file with this name, or of the gzipped one.
fn find(folder: &Path, name: &str) -> Result<PathBuf> {
    let candidates = [folder.join(name), folder.join(format!("{name}.gz"))];
    candidates.into_iter().find(|path| path.is_file()).ok_or_else(|| {
        let text = format!("expected a file called {name} or {name}.gz, found neither");
        Error::File { path: folder.to_owned(), source: io::Error::new(io::ErrorKind::NotFound, text) }
    })
}

/// Converts the bytes of one element into its number.
type Convert = fn(&[u8]) -> f64;

/// Returns the bytes per element and the conversion for a type code of the format.
fn element_type(code: u8) -> Option<(usize, Convert)> {
    fn fixed<const N: usize>(bytes: &[u8]) -> [u8; N] {
        std::array::from_fn(|index| bytes.get(index).copied().unwrap_or_default())
    }
    Some(match code {
        0x08 => (1, |bytes| f64::from(fixed::<1>(bytes)[0])),
        0x09 => (1, |bytes| f64::from(i8::from_be_bytes(fixed(bytes)))),
        0x0b => (2, |bytes| f64::from(i16::from_be_bytes(fixed(bytes)))),
        0x0c => (4, |bytes| f64::from(i32::from_be_bytes(fixed(bytes)))),
        0x0d => (4, |bytes| f64::from(f32::from_be_bytes(fixed(bytes)))),
        0x0e => (8, |bytes| f64::from_be_bytes(fixed(bytes))),
        _ => return None,
    })
}

/// Reads four bytes of the header; a file that ends within it has a wrong content.
fn read_header_field(from: &mut impl Read) -> io::Result<[u8; 4]> {
    let mut bytes = [0; 4];
    from.read_exact(&mut bytes).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => invalid_data("expected a whole header, found the end of the file within it"),
        _ => error,
    })?;
    Ok(bytes)
}

fn parse<F: Float>(mut from: impl Read) -> io::Result<Array2<F>> {
    let start = read_header_field(&mut from)?;
    let [0, 0, code, dimensions @ 1..=4] = start else {
        let found = format!("found a file that starts with {start:02x?}");
        return Err(invalid_data(format!("expected an IDX file of 1 to 4 dimensions, {found}")));
    };
    let Some((size, convert)) = element_type(code) else {
        return Err(invalid_data(format!("expected an element type from 0x08 to 0x0e, found {code:#04x}")));
    };
    let mut lengths = Vec::new();
    for _ in 0..dimensions {
        lengths.push(u32::from_be_bytes(read_header_field(&mut from)?) as usize);
    }
    let rows = lengths[0];
    let columns = lengths[1..].iter().try_fold(1_usize, |product, &length| product.checked_mul(length));
    let bytes = columns.and_then(|columns| columns.checked_mul(rows)?.checked_mul(size));
    let (Some(columns), Some(bytes)) = (columns, bytes) else {
        return Err(invalid_data(format!("expected sizes that fit into memory, found {lengths:?}")));
    };

    // One more byte than the header says shows whether the file goes on.
    let mut content = Vec::new();
    let read = from.take((bytes as u64).saturating_add(1)).read_to_end(&mut content)?;
    if read != bytes {
        let found = if read > bytes { "more".to_owned() } else { read.to_string() };
        let expected = format!("expected {bytes} bytes after the header, for sizes {lengths:?}");
        return Err(invalid_data(format!("{expected}, found {found}")));
    }
    let values = content.chunks_exact(size).map(|bytes| F::from_f64(convert(bytes))).collect();
    Array2::from_shape_vec((rows, columns), values).map_err(|error| invalid_data(error.to_string()))
}
