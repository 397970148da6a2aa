//! [`Mapped`]: examples in files that are larger than memory.

mod number_file;

use super::examples::check_rows;
use super::file::{in_file, invalid_data};
use super::{Batch, Examples};
use crate::{Float, Result, check};
use number_file::NumberFile;
use std::marker::PhantomData;
use std::path::Path;

/// Examples in .npy and IDX files that may be larger than memory: only the rows of a batch are read.
///
/// Inputs, targets and weights have a file each; the first axis gives the rows, the others follow one another in each
/// row. Whether a file is a .npy or an IDX one is told by its first bytes. All numbers that
/// [`read_npy`](super::read_npy) and [`read_idx`](super::read_idx) read are supported, in either byte order: they are
/// multiplied by the [scale](Self::scale_inputs) in double precision, and rounded to `F`. Rows stand one after another
/// (C order), and the files are not gzipped.
///
/// The files are mapped into memory (`mmap`), so that the system keeps in memory what fits. Where it does not map them,
/// under a limited address space for example, each row is read from the file instead: the numbers are the same.
///
/// Numbers are checked when they are gathered: NaN, infinity and numbers too large for `F` are an error that names
/// file, row and column. Weights are checked when their file is opened.
///
/// # Files that change
///
/// Nobody must change the files meanwhile. Other numbers are trained on as they are read. A file that has become
/// shorter is an error the next time rows are gathered. One that becomes shorter between this check and the copy of a
/// row ends the process (`SIGBUS` on Unix). Replace a file by renaming a new one to its name: the old content then
/// stays until it is no longer mapped.
///
/// ```
/// use feedforward::data::{Batch, Examples, Mapped, write_npy};
/// use feedforward::{Error, Identity, Mse, Network, Sgd, Trainer};
///
/// let [inputs, targets] = ["inputs", "targets"].map(|name| std::env::temp_dir().join(format!("doctest-{name}.npy")));
/// write_npy(&inputs, &ndarray::array![[51.0_f32, 102.0], [153.0, 255.0]])?;
/// write_npy(&targets, &ndarray::array![[1.0_f64], [0.0]])?;
///
/// let examples = Mapped::<f32>::new(&inputs, &targets)?.scale_inputs(1.0 / 255.0)?;
/// let mut batch = Batch::default();
/// examples.gather(&[1, 0], &mut batch)?;
/// assert_eq!(batch.inputs(), ndarray::array![[0.6, 1.0], [0.2, 0.4]]);
///
/// let mut network = Network::builder(2).dense(1, Identity).build()?;
/// Trainer::new(10).fit(&mut network, &examples, &Mse, &mut Sgd::new(0.1)?)?;
/// # [inputs, targets].iter().for_each(|path| drop(std::fs::remove_file(path)));
/// # Ok::<(), Error>(())
/// ```
#[doc(alias("memmap", "mmap_mode", "IterableDataset"))]
#[derive(Debug)]
pub struct Mapped<F> {
    inputs: NumberFile,
    targets: NumberFile,
    weights: Option<NumberFile>,
    precision: PhantomData<fn() -> F>,
}

impl<F: Float> Mapped<F> {
    /// Opens a file of inputs and one of targets; both may be the same.
    ///
    /// # Errors
    /// When a file cannot be read, is neither a .npy nor an IDX file, is gzipped or in Fortran order, holds no numbers,
    /// fewer or more than its header says, or when the files have different numbers of rows.
    pub fn new(inputs: impl AsRef<Path>, targets: impl AsRef<Path>) -> Result<Self> {
        let inputs = NumberFile::open(inputs.as_ref())?;
        let targets = NumberFile::open(targets.as_ref())?;
        demand_rows(&inputs, &targets)?;
        Ok(Self { inputs, targets, weights: None, precision: PhantomData })
    }

    /// Weights each row by a number from another file, which has a single column.
    ///
    /// # Errors
    /// As for [`new`](Self::new), and when a weight is negative or not finite, or all are zero.
    #[doc(alias = "sample_weight")]
    pub fn with_weights(self, path: impl AsRef<Path>) -> Result<Self> {
        let weights = NumberFile::open(path.as_ref())?;
        demand_rows(&self.inputs, &weights)?;
        check_weights::<F>(&weights)?;
        Ok(Self { weights: Some(weights), ..self })
    }

    /// Multiplies all inputs by a factor: 1/255 makes bytes numbers from 0 to 1.
    ///
    /// # Errors
    /// When the factor is not finite or not above zero.
    pub fn scale_inputs(mut self, factor: f64) -> Result<Self> {
        self.inputs.set_scale(check::finite_above_zero("Mapped", "scale of the inputs", factor)?);
        Ok(self)
    }

    /// Multiplies all targets by a factor.
    ///
    /// # Errors
    /// When the factor is not finite or not above zero.
    pub fn scale_targets(mut self, factor: f64) -> Result<Self> {
        self.targets.set_scale(check::finite_above_zero("Mapped", "scale of the targets", factor)?);
        Ok(self)
    }
}

impl<F: Float> Examples<F> for Mapped<F> {
    fn len(&self) -> usize {
        self.inputs.rows()
    }

    fn input_size(&self) -> usize {
        self.inputs.columns()
    }

    fn target_size(&self) -> usize {
        self.targets.columns()
    }

    fn has_weights(&self) -> bool {
        self.weights.is_some()
    }

    fn gather(&self, rows: &[usize], batch: &mut Batch<F>) -> Result<()> {
        self.gather_targets(rows, batch)?;
        self.inputs.gather(rows, batch.inputs_mut())
    }

    fn gather_targets(&self, rows: &[usize], batch: &mut Batch<F>) -> Result<()> {
        check_rows("Examples::gather", self.len(), rows)?;
        batch.resize(rows.len(), self.input_size(), self.target_size());
        self.targets.gather(rows, batch.targets_mut())?;
        match &self.weights {
            Some(weights) => weights.gather(rows, batch.weights_mut()),
            None => Ok(()),
        }
    }
}

/// Demands a row for each row of the inputs.
fn demand_rows(inputs: &NumberFile, found: &NumberFile) -> Result<()> {
    if found.rows() == inputs.rows() {
        return Ok(());
    }
    let expected = format!("expected {} rows, as in {}", inputs.rows(), inputs.path().display());
    Err(in_file(found.path())(invalid_data(format!("{expected}, found {}", found.rows()))))
}

/// Rows of weights that are checked at a time.
const PIECE: usize = 1 << 12;

/// Demands one weight for each row, as [`check::sample_weights`] does, piece by piece.
fn check_weights<F: Float>(weights: &NumberFile) -> Result<()> {
    let refuse = |expected: &str, found: String| {
        Err(in_file(weights.path())(invalid_data(format!("expected {expected}, found {found}"))))
    };
    if weights.columns() != 1 {
        return refuse("one weight in each row", weights.columns().to_string());
    }
    let mut sum = 0.0;
    let mut piece = Vec::new();
    for first in (0..weights.rows()).step_by(PIECE) {
        let rows: Vec<_> = (first..weights.rows().min(first + PIECE)).collect();
        piece.resize(rows.len(), F::zero());
        weights.gather(&rows, &mut piece)?;
        if let Some((row, weight)) = rows.iter().zip(&piece).find(|(_, weight)| **weight < F::zero()) {
            return refuse("weights >= 0", format!("{weight} in row {row} (counted from 0)"));
        }
        sum += piece.iter().map(|weight| weight.widen()).sum::<f64>();
    }
    if !sum.is_finite() {
        return refuse("weights with a finite sum", "one that overflows".to_owned());
    }
    if sum <= 0.0 {
        return refuse("a weight above 0", "only zeros".to_owned());
    }
    Ok(())
}
