//! [`Batch`]: some rows of examples, copied; [`Arrays`]: some that stand in memory.

use crate::Float;
use crate::layer::{Buffer, flat_mut};
use ndarray::{ArrayRef2, ArrayView2, s};
use std::ops::Range;

/// Views rows of [`Examples`](crate::data::Examples) in memory.
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
    pub(crate) fn slice(self, rows: Range<usize>) -> Self {
        Self {
            inputs: self.inputs.slice_move(s![rows.clone(), ..]),
            targets: self.targets.slice_move(s![rows.clone(), ..]),
            weights: self.weights.map(|weights| &weights[rows]),
        }
    }
}

/// Some rows of [`Examples`](crate::data::Examples): inputs, targets, and weights if there are some.
///
/// The memory grows to the largest batch seen.
#[derive(Debug)]
pub struct Batch<F> {
    inputs: Buffer<F>,
    targets: Buffer<F>,
    weights: Vec<F>,
    has_weights: bool,
    epoch: u64,
    first_row: usize,
    /// Memory for row numbers, one vector for each subset of a subset.
    row_numbers: Vec<Vec<usize>>,
}

impl<F: Float> Default for Batch<F> {
    /// Makes a batch without rows.
    fn default() -> Self {
        Self {
            inputs: Buffer::default(),
            targets: Buffer::default(),
            weights: Vec::new(),
            has_weights: false,
            epoch: 0,
            first_row: 0,
            row_numbers: Vec::new(),
        }
    }
}

impl<F: Float> Batch<F> {
    /// Makes room for this many rows without weights; the numbers are those of the last batch until they are
    /// overwritten.
    ///
    /// # Panics
    /// When the numbers do not fit into memory.
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

    /// Returns inputs and targets of a row.
    pub(super) fn row_mut(&mut self, row: usize) -> (&mut [F], &mut [F]) {
        let [inputs, targets] = [&mut self.inputs, &mut self.targets].map(|buffer| {
            let (rows, columns) = buffer.matrix().dim();
            &mut flat_mut(buffer.resize_uncleared(rows, columns))[row * columns..][..columns]
        });
        (inputs, targets)
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

    /// Returns the number that row 0 of the examples has in the set that they are a part of.
    pub(crate) fn first_row(&self) -> usize {
        self.first_row
    }

    /// Says which number row 0 of the examples has in the set that they are a part of: 0, unless each of several
    /// processes holds a part of all rows.
    pub(crate) fn set_first_row(&mut self, first_row: usize) {
        self.first_row = first_row;
    }

    /// Lends an empty vector for row numbers, whose memory is kept for the next batch.
    pub(super) fn take_row_numbers(&mut self) -> Vec<usize> {
        self.row_numbers.pop().unwrap_or_default()
    }

    /// Takes a vector for row numbers back.
    pub(super) fn return_row_numbers(&mut self, mut rows: Vec<usize>) {
        rows.clear();
        self.row_numbers.push(rows);
    }
}
