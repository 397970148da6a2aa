//! IDX, the format of MNIST: a header of types and sizes, then the numbers, big end first.

use super::file::{open, problem};
use crate::{Dataset, Error, Float, Result};
use ndarray::Array2;
use std::io::Read;
use std::path::Path;

/// Reads an IDX file, gzipped or not: one row for each example, the other dimensions one after another.
///
/// All element types of the format are read (bytes with and without sign, whole numbers of 16 and 32 bits, floats of 32
/// and 64). Memory is taken as the numbers arrive, whatever the header promises.
///
/// # Errors
/// When the file cannot be read, is no IDX file, or holds less or more than its header promises.
///
/// ```no_run
/// let images = feedforward::data::read_idx::<f32>("train-images-idx3-ubyte.gz")? / 255.0;
/// assert_eq!(images.dim(), (60_000, 784));
/// # Ok::<(), feedforward::Error>(())
/// ```
pub fn read_idx<F: Float>(path: impl AsRef<Path>) -> Result<Array2<F>> {
    let path = path.as_ref();
    parse(open(path)?).map_err(|text| problem(path, text))
}

/// The training and the test set of MNIST from the folder with its four files, gzipped or not.
///
/// Pixels go from 0 to 1; targets are one column with the digit.
///
/// # Errors
/// When a file is missing or not as it should be.
///
/// ```no_run
/// let (train, test) = feedforward::data::mnist::<f32>("path/to/folder")?;
/// assert_eq!((train.len(), test.len()), (60_000, 10_000));
/// # Ok::<(), feedforward::Error>(())
/// ```
pub fn mnist<F: Float>(folder: impl AsRef<Path>) -> Result<(Dataset<F>, Dataset<F>)> {
    let folder = folder.as_ref();
    let set = |name: &str| {
        let images = read_idx(find(folder, &format!("{name}-images-idx3-ubyte"))?)?;
        let labels = read_idx(find(folder, &format!("{name}-labels-idx1-ubyte"))?)?;
        Dataset::new(images / F::from_f64(255.0), labels)
    };
    Ok((set("train")?, set("t10k")?))
}

/// The file of this name, or the gzipped one.
fn find(folder: &Path, name: &str) -> Result<std::path::PathBuf> {
    let candidates = [folder.join(name), folder.join(format!("{name}.gz"))];
    let missing = || Error::File {
        path: folder.display().to_string(),
        problem: format!("expected a file called {name} or {name}.gz, found neither"),
    };
    candidates.into_iter().find(|path| path.is_file()).ok_or_else(missing)
}

/// Turns the bytes of one number into the number.
type Convert = fn(&[u8]) -> f64;

/// The size and meaning of an element.
fn element(code: u8) -> Option<(usize, Convert)> {
    fn fixed<const N: usize>(bytes: &[u8]) -> [u8; N] {
        std::array::from_fn(|place| bytes.get(place).copied().unwrap_or_default())
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

fn parse<F: Float>(mut from: impl Read) -> std::result::Result<Array2<F>, String> {
    let mut take = |bytes: &mut [u8]| from.read_exact(bytes).map_err(|error| format!("within the header: {error}"));
    let mut start = [0; 4];
    take(&mut start)?;
    let [0, 0, code, dimensions @ 1..=4] = start else {
        return Err(format!("expected an IDX file of 1 to 4 dimensions, found a file that starts with {start:02x?}"));
    };
    let (size, convert) = element(code).ok_or_else(|| format!("unknown element type {code:#04x}"))?;
    let mut lengths = Vec::new();
    for _ in 0..dimensions {
        let mut length = [0; 4];
        take(&mut length)?;
        lengths.push(u32::from_be_bytes(length) as usize);
    }
    let (rows, columns) =
        (lengths[0], lengths[1..].iter().try_fold(1, |product: usize, &next| product.checked_mul(next)));
    let bytes = columns.and_then(|columns| columns.checked_mul(rows)?.checked_mul(size));
    let (Some(columns), Some(bytes)) = (columns, bytes) else {
        return Err(format!("the header promises more numbers than there can be: {lengths:?}"));
    };

    // One byte more than promised, to see whether there is one.
    let mut content = Vec::new();
    let read =
        from.take((bytes as u64).saturating_add(1)).read_to_end(&mut content).map_err(|error| error.to_string())?;
    if read != bytes {
        let found = if read > bytes { "more".to_owned() } else { read.to_string() };
        return Err(format!("expected {bytes} bytes after the header, for sizes {lengths:?}, found {found}"));
    }
    let values = content.chunks_exact(size).map(|bytes| F::from_f64(convert(bytes))).collect();
    Array2::from_shape_vec((rows, columns), values).map_err(|error| error.to_string())
}
