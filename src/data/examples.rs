//! [`Examples`]: what can be trained on, in memory, in files or computed; [`Subset`]: some of its rows, by reference.

use super::split::{rows_of_first_part, share_weight, shuffled_rows};
use super::{Arrays, Batch, Map};
use crate::{Error, Float, Result, check};
use rand_chacha::ChaCha8Rng;
use std::fmt;

/// Anything that can be trained on: rows of inputs and targets that are copied into a batch when they are needed.
///
/// [`Dataset`](crate::Dataset) holds all of them in memory. Implement this for rows that are computed, or read from
/// elsewhere:
///
/// ```
/// use feedforward::data::{Batch, Examples};
/// use feedforward::error::Result;
/// use feedforward::{Identity, Mse, Network, Sgd, Trainer};
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
#[allow(clippy::len_without_is_empty)]
pub trait Examples<F: Float>: Send + Sync {
    /// Returns the number of rows, at least 1.
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

    /// Returns whether gathering only copies numbers in memory: it is then too short to be left to a thread of its own.
    fn is_in_memory(&self) -> bool {
        self.arrays().is_some()
    }

    /// Returns all rows, if they stand in memory in their order: what reads them one after another then copies nothing.
    fn arrays(&self) -> Option<Arrays<'_, F>> {
        None
    }

    /// Returns these rows, in this order, without copying them; a row may occur more than once.
    ///
    /// The row numbers of [`k_fold`](super::k_fold) and the other folds go in here.
    ///
    /// # Errors
    /// When no row is given, one does not exist, or their weights are all zero.
    fn select(&self, rows: &[usize]) -> Result<Subset<'_, F>>
    where
        Self: Sized,
    {
        Subset::new(self, rows.to_vec())
    }

    /// Splits into two parts in random order, without copying them: the first with this share of the rows, the second
    /// with the rest. The rows are those of [`Dataset::split`](crate::Dataset::split) with the same seed.
    ///
    /// # Errors
    /// When the share is not between 0 and 1, or leaves a part empty or without a weight above zero.
    fn split(&self, first: f64, seed: u64) -> Result<(Subset<'_, F>, Subset<'_, F>)>
    where
        Self: Sized,
    {
        let (one, other) = split_rows("Examples::split", self, first, seed)?;
        Ok((Subset::new(self, one)?, Subset::new(self, other)?))
    }

    /// Changes each row as it is gathered, with random numbers of its own for each row and epoch: noise, shifts, flips.
    ///
    /// `change` gets a generator, the inputs of a row and its targets. See [`Map`].
    fn map<T>(self, seed: u64, change: T) -> Map<Self, T>
    where
        Self: Sized,
        T: Fn(&mut ChaCha8Rng, &mut [F], &mut [F]) + Send + Sync,
    {
        Map::new(self, seed, change)
    }
}

impl<F: Float, E: Examples<F> + ?Sized> Examples<F> for &E {
    fn len(&self) -> usize {
        (**self).len()
    }

    fn input_size(&self) -> usize {
        (**self).input_size()
    }

    fn target_size(&self) -> usize {
        (**self).target_size()
    }

    fn has_weights(&self) -> bool {
        (**self).has_weights()
    }

    fn gather(&self, rows: &[usize], batch: &mut Batch<F>) -> Result<()> {
        (**self).gather(rows, batch)
    }

    fn gather_targets(&self, rows: &[usize], batch: &mut Batch<F>) -> Result<()> {
        (**self).gather_targets(rows, batch)
    }

    fn is_in_memory(&self) -> bool {
        (**self).is_in_memory()
    }

    fn arrays(&self) -> Option<Arrays<'_, F>> {
        (**self).arrays()
    }
}

/// Some rows of [`Examples`], by reference: a part of a split, a fold.
///
/// ```
/// use feedforward::Dataset;
/// use feedforward::data::{Batch, Examples, Subset};
/// use ndarray::array;
///
/// let data = Dataset::new(array![[1.0], [2.0], [3.0]], array![[4.0], [5.0], [6.0]])?;
/// let subset = Subset::new(&data, vec![2, 0])?;
/// let mut batch = Batch::default();
/// subset.gather(&[0], &mut batch)?;
/// assert_eq!(batch.inputs(), array![[3.0]]);
/// # Ok::<(), feedforward::Error>(())
/// ```
pub struct Subset<'a, F> {
    examples: &'a dyn Examples<F>,
    rows: Vec<usize>,
}

/// Shows the number of rows alone.
impl<F> fmt::Debug for Subset<'_, F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Subset").field("len", &self.rows.len()).finish_non_exhaustive()
    }
}

impl<'a, F: Float> Subset<'a, F> {
    /// Takes these rows of the examples, in this order; a row may occur more than once.
    ///
    /// # Errors
    /// When no row is given, one does not exist, or their weights are all zero.
    pub fn new(examples: &'a dyn Examples<F>, rows: Vec<usize>) -> Result<Self> {
        let operation = "Examples::select";
        check::not_empty(operation, "row", rows.len())?;
        check_rows(operation, examples.len(), &rows)?;
        if examples.has_weights() {
            let mut has_weight = false;
            visit_weights(examples, &rows, |_, weight| has_weight |= weight > F::zero())?;
            if !has_weight {
                return Err(Error::invalid(operation, "a sample weight above 0", "only zeros"));
            }
        }
        Ok(Self { examples, rows })
    }

    /// Returns the number in the examples of each row.
    pub fn rows(&self) -> &[usize] {
        &self.rows
    }

    /// Hands the numbers of some rows in the examples to `gather`.
    fn with_numbers(
        &self,
        rows: &[usize],
        batch: &mut Batch<F>,
        gather: impl FnOnce(&[usize], &mut Batch<F>) -> Result<()>,
    ) -> Result<()> {
        check_rows("Examples::gather", self.rows.len(), rows)?;
        let mut numbers = batch.take_row_numbers();
        numbers.extend(rows.iter().map(|&row| self.rows[row]));
        let outcome = gather(&numbers, batch);
        batch.return_row_numbers(numbers);
        outcome
    }
}

impl<F: Float> Examples<F> for Subset<'_, F> {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn input_size(&self) -> usize {
        self.examples.input_size()
    }

    fn target_size(&self) -> usize {
        self.examples.target_size()
    }

    fn has_weights(&self) -> bool {
        self.examples.has_weights()
    }

    fn gather(&self, rows: &[usize], batch: &mut Batch<F>) -> Result<()> {
        self.with_numbers(rows, batch, |numbers, batch| self.examples.gather(numbers, batch))
    }

    fn gather_targets(&self, rows: &[usize], batch: &mut Batch<F>) -> Result<()> {
        self.with_numbers(rows, batch, |numbers, batch| self.examples.gather_targets(numbers, batch))
    }

    fn is_in_memory(&self) -> bool {
        self.examples.is_in_memory()
    }
}

impl<F, E, T> Examples<F> for Map<E, T>
where
    F: Float,
    E: Examples<F>,
    T: Fn(&mut ChaCha8Rng, &mut [F], &mut [F]) + Send + Sync,
{
    fn len(&self) -> usize {
        self.examples().len()
    }

    fn input_size(&self) -> usize {
        self.examples().input_size()
    }

    fn target_size(&self) -> usize {
        self.examples().target_size()
    }

    fn has_weights(&self) -> bool {
        self.examples().has_weights()
    }

    fn gather(&self, rows: &[usize], batch: &mut Batch<F>) -> Result<()> {
        self.examples().gather(rows, batch)?;
        self.change_rows(rows, batch);
        Ok(())
    }
}

/// Returns the row numbers of a split of any examples: those of the first part, with this share of the rows, and the
/// rest. They are those of [`Dataset::split`](crate::Dataset::split).
pub(crate) fn split_rows<F: Float>(
    operation: &'static str,
    examples: &dyn Examples<F>,
    first: f64,
    seed: u64,
) -> Result<(Vec<usize>, Vec<usize>)> {
    let first = rows_of_first_part(operation, examples.len(), first)?;
    let mut one = shuffled_rows(operation, examples.len(), seed)?;
    let mut other = one.split_off(first);
    if examples.has_weights() {
        let mut has_weight = vec![false; examples.len()];
        let rows: Vec<_> = (0..examples.len()).collect();
        visit_weights(examples, &rows, |row, weight| has_weight[row] = weight > F::zero())?;
        share_weight(&mut one, &mut other, |row| has_weight[row]);
    }
    Ok((one, other))
}

/// Returns all rows of examples in memory, as far as they are what they promise: arrays of other sizes, or of another
/// layout than the standard one, are left, and their rows gathered.
pub(crate) fn arrays_of<F: Float>(examples: &dyn Examples<F>) -> Option<Arrays<'_, F>> {
    let rows = examples.len();
    examples.arrays().filter(|Arrays { inputs, targets, weights }| {
        inputs.dim() == (rows, examples.input_size())
            && targets.dim() == (rows, examples.target_size())
            && weights.map(<[F]>::len) == examples.has_weights().then_some(rows)
            && inputs.is_standard_layout()
            && targets.is_standard_layout()
    })
}

/// Demands row numbers that exist.
pub(super) fn check_rows(operation: &'static str, limit: usize, rows: &[usize]) -> Result<()> {
    rows.iter().try_for_each(|&row| check::index_below(operation, "row", limit, row))
}

/// Numbers that are gathered at a time for the sake of the weights beside them.
const PIECE: usize = 1 << 16;

/// Hands the weights of rows of weighted examples to `visit`, gathered in pieces.
pub(crate) fn visit_weights<F: Float>(
    examples: &dyn Examples<F>,
    rows: &[usize],
    mut visit: impl FnMut(usize, F),
) -> Result<()> {
    if let Some(weights) = arrays_of(examples).and_then(|arrays| arrays.weights) {
        rows.iter().for_each(|&row| visit(row, weights[row]));
        return Ok(());
    }
    let mut batch = Batch::default();
    let numbers = examples.input_size().saturating_add(examples.target_size());
    for piece in rows.chunks((PIECE / numbers.max(1)).max(1)) {
        examples.gather_targets(piece, &mut batch)?;
        let weights = batch.weights().unwrap_or_default();
        piece.iter().zip(weights).for_each(|(&row, &weight)| visit(row, weight));
    }
    Ok(())
}
