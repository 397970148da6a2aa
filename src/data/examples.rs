//! [`Examples`]: what can be trained on, in memory, in files or computed; [`Batch`]: some of its rows.

use crate::layer::{Buffer, flat_mut};
use crate::{Error, Float, Result, check, kernel};
use ndarray::{ArrayRef2, ArrayView2, s};
use std::ops::Range;

/// Anything that can be trained on: rows of inputs and targets that are copied into a batch when they are needed.
///
/// [`Dataset`](crate::Dataset) holds all of them in memory. Implement this for rows that are computed, or read from elsewhere:
///
/// ```
/// use feedforward::data::{Batch, Examples};
/// use feedforward::{Identity, Mse, Network, Result, Sgd, Trainer};
///
/// /// A million rows of y = 2 x that stand nowhere.
/// struct Line;
///
/// impl Examples<f64> for Line {
///     fn len(&self) -> usize {
///         1_000_000
///     }
///     fn input_size(&self) -> usize {
///         1
///     }
///     fn target_size(&self) -> usize {
///         1
///     }
///     fn gather(&self, rows: &[usize], batch: &mut Batch<f64>) -> Result<()> {
///         batch.resize(rows.len(), 1, 1);
///         for (index, &row) in rows.iter().enumerate() {
///             let x = row as f64 / 1e6;
///             batch.input_mut(index)[0] = x;
///             batch.target_mut(index)[0] = 2.0 * x;
///         }
///         Ok(())
///     }
/// }
///
/// let mut network = Network::<f64>::builder(1).dense(1, Identity).build()?;
/// let history = Trainer::new(1).batch_size(1000).fit(&mut network, &Line, &Mse, &mut Sgd::new(0.1)?)?;
/// assert!(history.last().unwrap().training_loss < 0.1);
/// # Ok::<(), feedforward::Error>(())
/// ```
pub trait Examples<F: Float>: Send + Sync {
    /// Returns the number of rows, at least 1.
    #[allow(clippy::len_without_is_empty)]
    fn len(&self) -> usize;

    /// Returns the numbers in a row of inputs.
    fn input_size(&self) -> usize;

    /// Returns the numbers in a row of targets.
    fn target_size(&self) -> usize;

    /// Returns whether the rows have weights.
    fn has_weights(&self) -> bool {
        false
    }

    /// Copies these rows, in this order, into the batch: inputs, targets, and weights if there are some.
    ///
    /// Whoever trains on them checks that the numbers are finite. Rows may be gathered by a thread ahead of training.
    ///
    /// # Errors
    /// When a row cannot be read; training then ends with this error.
    fn gather(&self, rows: &[usize], batch: &mut Batch<F>) -> Result<()>;

    /// Copies targets and weights alone, and may leave the inputs of the batch as they were.
    ///
    /// # Errors
    /// As for [`gather`](Self::gather).
    fn gather_targets(&self, rows: &[usize], batch: &mut Batch<F>) -> Result<()> {
        self.gather(rows, batch)
    }

    /// Returns all rows, if they stand in memory in their order: what reads them one after another then copies nothing.
    fn arrays(&self) -> Option<Arrays<'_, F>> {
        None
    }
}

/// Views rows of [`Examples`] in memory.
#[derive(Debug, Clone, Copy)]
pub struct Arrays<'a, F> {
    /// The inputs, `(rows, features)`.
    pub inputs: ArrayView2<'a, F>,
    /// The targets, `(rows, outputs)`.
    pub targets: ArrayView2<'a, F>,
    /// The weight of each row, if there are weights.
    pub weights: Option<&'a [F]>,
}

impl<'a, F: Float> Arrays<'a, F> {
    /// Views some of the rows.
    fn slice(self, rows: Range<usize>) -> Self {
        Self {
            inputs: self.inputs.slice_move(s![rows.clone(), ..]),
            targets: self.targets.slice_move(s![rows.clone(), ..]),
            weights: self.weights.map(|weights| &weights[rows]),
        }
    }
}

/// Some rows of [`Examples`]: inputs, targets, and weights if there are some.
///
/// The memory grows to the largest batch seen.
#[derive(Debug)]
pub struct Batch<F> {
    inputs: Buffer<F>,
    targets: Buffer<F>,
    weights: Vec<F>,
    has_weights: bool,
    epoch: u64,
}

impl<F: Float> Default for Batch<F> {
    /// Makes a batch without rows.
    fn default() -> Self {
        let (inputs, targets) = (Buffer::default(), Buffer::default());
        Self { inputs, targets, weights: Vec::new(), has_weights: false, epoch: 0 }
    }
}

impl<F: Float> Batch<F> {
    /// Makes room for this many rows without weights; the numbers are those of the last batch until they are
    /// overwritten.
    pub fn resize(&mut self, rows: usize, input_size: usize, target_size: usize) {
        self.inputs.resize_uncleared(rows, input_size);
        self.targets.resize_uncleared(rows, target_size);
        self.has_weights = false;
    }

    /// Gives each row a weight, to be overwritten.
    pub fn weights_mut(&mut self) -> &mut [F] {
        self.has_weights = true;
        self.weights.resize(self.targets.matrix().nrows(), F::one());
        &mut self.weights
    }

    /// Returns the inputs of a row, counted within the batch, to be overwritten.
    ///
    /// # Panics
    /// When the batch has no such row.
    pub fn input_mut(&mut self, row: usize) -> &mut [F] {
        let columns = self.inputs.matrix().ncols();
        &mut self.inputs_mut()[row * columns..][..columns]
    }

    /// Returns the targets of a row, counted within the batch, to be overwritten.
    ///
    /// # Panics
    /// When the batch has no such row.
    pub fn target_mut(&mut self, row: usize) -> &mut [F] {
        let columns = self.targets.matrix().ncols();
        &mut self.targets_mut()[row * columns..][..columns]
    }

    /// Returns all inputs, row after row, to be overwritten.
    pub fn inputs_mut(&mut self) -> &mut [F] {
        let (rows, columns) = self.inputs.matrix().dim();
        flat_mut(self.inputs.resize_uncleared(rows, columns))
    }

    /// Returns all targets, row after row, to be overwritten.
    pub fn targets_mut(&mut self) -> &mut [F] {
        let (rows, columns) = self.targets.matrix().dim();
        flat_mut(self.targets.resize_uncleared(rows, columns))
    }

    /// Returns the inputs, `(rows, features)`.
    pub fn inputs(&self) -> &ArrayRef2<F> {
        self.inputs.matrix()
    }

    /// Returns the targets, `(rows, outputs)`.
    pub fn targets(&self) -> &ArrayRef2<F> {
        self.targets.matrix()
    }

    /// Returns the weight of each row, if there are weights.
    pub fn weights(&self) -> Option<&[F]> {
        self.has_weights.then_some(&self.weights[..])
    }

    pub(crate) fn arrays(&self) -> Arrays<'_, F> {
        Arrays { inputs: self.inputs().view(), targets: self.targets().view(), weights: self.weights() }
    }

    /// Returns the number of rows.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.targets.matrix().nrows()
    }

    /// Returns the epoch for which the rows are gathered, counted from 0: examples that change from epoch to epoch draw
    /// their randomness from it.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Sets the epoch for which rows are gathered.
    pub(crate) fn set_epoch(&mut self, epoch: u64) {
        self.epoch = epoch;
    }
}

/// Gathers rows for an operation, and demands the shape that the examples promise, finite numbers, and weights >= 0.
pub(crate) fn gather<F: Float>(
    operation: &'static str,
    examples: &dyn Examples<F>,
    rows: &[usize],
    batch: &mut Batch<F>,
) -> Result<()> {
    examples.gather(rows, batch)?;
    // Arrays are checked once, as a whole.
    if examples.arrays().is_some() {
        return Ok(());
    }
    check::shape(operation, "inputs", (rows.len(), examples.input_size()), batch.inputs().dim())?;
    demand_finite(operation, "inputs", rows, batch.inputs())?;
    check_targets_of(operation, examples, rows, batch)
}

/// Views consecutive rows; copies them into the batch unless they stand in memory.
pub(crate) fn view<'a, F: Float>(
    operation: &'static str,
    examples: &'a dyn Examples<F>,
    rows: Range<usize>,
    batch: &'a mut Batch<F>,
) -> Result<Arrays<'a, F>> {
    if let Some(arrays) = examples.arrays() {
        return Ok(arrays.slice(rows));
    }
    gather(operation, examples, &rows.collect::<Vec<_>>(), batch)?;
    Ok(batch.arrays())
}

/// Does the same with targets and weights alone; the inputs may be those of other rows.
pub(crate) fn view_targets<'a, F: Float>(
    operation: &'static str,
    examples: &'a dyn Examples<F>,
    rows: Range<usize>,
    batch: &'a mut Batch<F>,
) -> Result<Arrays<'a, F>> {
    if let Some(arrays) = examples.arrays() {
        return Ok(arrays.slice(rows));
    }
    gather_targets(operation, examples, &rows.collect::<Vec<_>>(), batch)?;
    Ok(batch.arrays())
}

/// Does the same as [`gather`] for targets and weights alone.
pub(crate) fn gather_targets<F: Float>(
    operation: &'static str,
    examples: &dyn Examples<F>,
    rows: &[usize],
    batch: &mut Batch<F>,
) -> Result<()> {
    examples.gather_targets(rows, batch)?;
    check_targets_of(operation, examples, rows, batch)
}

fn check_targets_of<F: Float>(
    operation: &'static str,
    examples: &dyn Examples<F>,
    rows: &[usize],
    batch: &Batch<F>,
) -> Result<()> {
    check::shape(operation, "targets", (rows.len(), examples.target_size()), batch.targets().dim())?;
    demand_finite(operation, "targets", rows, batch.targets())?;
    if batch.weights().is_some() != examples.has_weights() {
        let expected = if examples.has_weights() { "a weight for each row" } else { "rows without weights" };
        return Err(Error::invalid(operation, expected, "the opposite in a batch"));
    }
    let is_bad = |weight: &F| !weight.is_finite() || *weight < F::zero();
    let mut weights = batch.weights().unwrap_or_default().iter().zip(rows);
    if let Some((weight, row)) = weights.find(|(weight, _)| is_bad(weight)) {
        return Err(Error::invalid(operation, "finite weights >= 0", format!("{weight} in row {row}")));
    }
    Ok(())
}

/// Demands finite numbers; the error names the row of the examples.
fn demand_finite<F: Float>(
    operation: &'static str,
    what: &'static str,
    rows: &[usize],
    matrix: &ArrayRef2<F>,
) -> Result<()> {
    if matrix.as_slice().is_some_and(kernel::all_finite) {
        return Ok(());
    }
    let outcome = check::all_finite(operation, what, matrix);
    outcome.map_err(|error| match error {
        Error::NotFinite { row, column, found, .. } => {
            Error::NotFinite { operation, what, row: rows.get(row).copied().unwrap_or(row), column, found }
        }
        other => other,
    })
}
