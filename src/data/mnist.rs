//! MNIST and the data sets that come as it does: four IDX files in a folder.

use super::file::{in_file, invalid_data};
use super::idx::read_idx;
use super::source::Source;
use crate::{Dataset, Error, Float, Result};
use std::io;
use std::path::PathBuf;

/// Reads the training set and the test set of MNIST, or of Fashion-MNIST, from the folder with its four files.
///
/// The files are called `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte` and
/// `t10k-labels-idx1-ubyte`; `train-images.idx3-ubyte` and so on will do as well, as will `.gz` after either name, and
/// a folder around the file that has its name: unpackers leave all of these. Pixels go from 0 to 1; targets are one
/// column with the class.
///
/// # Errors
/// When a file is missing (the error lists the names looked for), has a wrong content, or there are fewer labels than
/// images.
///
/// ```no_run
/// let (train, test) = feedforward::data::mnist::<f32>("path/to/folder")?;
/// assert_eq!((train.len(), test.len()), (60_000, 10_000));
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "fashion_mnist")]
pub fn mnist<F: Float>(folder: impl Into<Source>) -> Result<(Dataset<F>, Dataset<F>)> {
    let folder = folder.into();
    Ok((read_set(&folder, "train")?, read_set(&folder, "t10k")?))
}

/// Reads the training set and the test set of one split of EMNIST: "balanced", "byclass", "bymerge", "digits",
/// "letters" or "mnist".
///
/// The files are called `emnist-digits-train-images-idx3-ubyte`, `emnist-digits-test-labels-idx1-ubyte` and so on; the
/// other names that [`mnist`] takes will do as well. Images are transposed, as they are in the files; the classes of
/// "letters" go from 1 to 26.
///
/// # Errors
/// As for [`mnist`].
///
/// ```no_run
/// let (train, test) = feedforward::data::emnist::<f32>("path/to/folder", "digits")?;
/// assert_eq!((train.len(), test.len()), (240_000, 40_000));
/// # Ok::<(), feedforward::Error>(())
/// ```
pub fn emnist<F: Float>(folder: impl Into<Source>, split: &str) -> Result<(Dataset<F>, Dataset<F>)> {
    let folder = folder.into();
    let read = |part| read_set(&folder, &format!("emnist-{split}-{part}"));
    Ok((read("train")?, read("test")?))
}

/// Reads images and labels of one set.
fn read_set<F: Float>(folder: &Source, name: &str) -> Result<Dataset<F>> {
    let images_path = find(folder, &format!("{name}-images"), "idx3-ubyte")?;
    let labels_path = find(folder, &format!("{name}-labels"), "idx1-ubyte")?;
    let images = read_idx::<F>(folder.at(images_path.clone()))?;
    let labels = read_idx::<F>(folder.at(labels_path.clone()))?;
    if labels.dim() != (images.nrows(), 1) {
        let (rows, columns) = labels.dim();
        let expected =
            format!("expected one label for each of the {} images of {}", images.nrows(), images_path.display());
        let text = format!("{expected}, found {rows} rows of {columns}");
        return Err(in_file(&labels_path)(invalid_data(text)));
    }
    Dataset::new(images / F::from_f64(255.0), labels)
}

/// Returns the path of the first file with one of the names that unpackers leave.
fn find(folder: &Source, name: &str, ending: &str) -> Result<PathBuf> {
    let (usual, dotted) = (format!("{name}-{ending}"), format!("{name}.{ending}"));
    let names = [usual.clone(), dotted.clone(), format!("{usual}.gz"), format!("{dotted}.gz")];
    let folders = [folder.path().to_owned(), folder.path().join(&usual), folder.path().join(&dotted)];
    let candidates = folders.iter().flat_map(|folder| names.iter().map(move |name| folder.join(name)));
    candidates.into_iter().find(|path| path.is_file()).ok_or_else(|| {
        let [first, second, third, fourth] = &names;
        let text = format!("expected a file called {first}, {second}, {third} or {fourth}, found none of them");
        Error::File { path: folder.path().to_owned(), source: io::Error::new(io::ErrorKind::NotFound, text) }
    })
}
