//! [`Loss`]: how wrong predictions are, as one number with its gradient; one family per file.

mod cross_entropy;
mod poisson;
mod regression;

pub use cross_entropy::{BinaryCrossEntropy, CrossEntropy};
pub use poisson::Poisson;
pub use regression::{HalfSquaredError, Huber, Mae, Mse, Quantile};

use crate::description::type_name;
use crate::kernel::{self, join};
use crate::layer::{flat, flat_mut};
use crate::total::Total;
use crate::{Error, Float, Result, check};
use ndarray::{Array2, ArrayRef2};
use std::fmt::Debug;

/// Measures how wrong predictions are: the mean over the batch of a loss per example.
///
/// For n examples with predictions p_i, targets t_i and weights w_i, L = Σ w_i ℓ(p_i, t_i) / Σ w_i; without weights all
/// are 1 and L is the plain mean. Value and gradient of ℓ come from one function, so they always belong together. Your
/// own loss is that function:
///
/// ```
/// use feedforward::{Float, Loss};
/// use ndarray::array;
///
/// /// ℓ(p, t) = Σ_k ln cosh(p_k - t_k), gradient tanh(p_k - t_k).
/// #[derive(Debug)]
/// struct LogCosh;
///
/// impl<F: Float> Loss<F> for LogCosh {
///     fn example(&self, prediction: &[F], target: &[F], gradient: &mut [F]) -> F {
///         let mut sum = F::zero();
///         for ((gradient, &p), &t) in gradient.iter_mut().zip(prediction).zip(target) {
///             *gradient = (p - t).tanh();
///             sum += (p - t).cosh().ln();
///         }
///         sum
///     }
/// }
///
/// let loss = LogCosh.value(&array![[1.0], [3.0]], &array![[1.0], [2.0]])?;
/// assert!((loss - 1.0_f64.cosh().ln() / 2.0).abs() < 1e-15);
/// # Ok::<(), feedforward::Error>(())
/// ```
pub trait Loss<F: Float>: Debug + Send + Sync {
    /// Computes ℓ of one example and overwrites `gradient` with dℓ/dprediction.
    ///
    /// ```
    /// use feedforward::{HalfSquaredError, Loss};
    /// let mut gradient = [0.0];
    /// assert_eq!(HalfSquaredError.example(&[3.0], &[1.0], &mut gradient), 2.0);
    /// assert_eq!(gradient, [2.0]);
    /// ```
    fn example(&self, prediction: &[F], target: &[F], gradient: &mut [F]) -> F;

    /// Checks the options of the loss, and whether these targets make sense for predictions with this many columns.
    ///
    /// # Errors
    /// By default when the targets have another number of columns or a number in them is not finite.
    ///
    /// ```
    /// use feedforward::{CrossEntropy, Loss};
    /// use ndarray::array;
    /// assert!(CrossEntropy::default().check_targets(3, &array![[2.0]]).is_ok()); // a class of three
    /// assert!(CrossEntropy::default().check_targets(3, &array![[3.0]]).is_err());
    /// ```
    fn check_targets(&self, outputs: usize, targets: &ArrayRef2<F>) -> Result<()> {
        if targets.ncols() == outputs && targets.as_slice().is_some_and(kernel::all_finite) {
            return Ok(());
        }
        // Finding the name takes longer than checking small targets.
        let operation = type_name::<Self>();
        check::columns(operation, "targets", outputs, targets.ncols())?;
        check::all_finite(operation, "targets", targets)
    }

    /// Turns one row of outputs into what they stand for: probabilities, for a loss on logits; rates for
    /// [`Poisson`].
    ///
    /// ```
    /// use feedforward::{BinaryCrossEntropy, Loss};
    /// let mut outputs = [0.0];
    /// BinaryCrossEntropy::default().activate(&mut outputs);
    /// assert_eq!(outputs, [0.5]);
    /// ```
    fn activate(&self, _outputs: &mut [F]) {}

    /// Whether [`activate`](Self::activate) makes probabilities: then a network that ends in a sigmoid or a softmax is
    /// refused, for its outputs are probabilities already.
    fn takes_logits(&self) -> bool {
        false
    }

    /// Computes what Σ w_i ℓ_i is divided by: Σ w_i, or the number of rows without weights.
    ///
    /// A loss that weights its examples by their targets divides by those weights too: see
    /// [`CrossEntropy::class_weights`].
    fn total_weight(&self, targets: &ArrayRef2<F>, weights: Option<&[F]>) -> f64 {
        total_weight(targets.nrows(), weights)
    }

    /// Computes L of the predictions.
    ///
    /// # Errors
    /// When predictions and targets do not fit each other, or are empty or not finite, or L is too large for `F`.
    ///
    /// ```
    /// use feedforward::{Loss, Mae};
    /// use ndarray::array;
    /// assert_eq!(Mae.value(&array![[1.0], [2.0]], &array![[1.0], [5.0]])?, 1.5);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    fn value(&self, predictions: &ArrayRef2<F>, targets: &ArrayRef2<F>) -> Result<F> {
        check_arguments(self, predictions, targets)?;
        let (predictions, targets) = (predictions.as_standard_layout(), targets.as_standard_layout());
        let total = self.total_weight(&targets, None);
        check_value(self, self.mean_value(&predictions, &targets, None, total))
    }

    /// Overwrites `gradient` with dL/dpredictions and returns L.
    ///
    /// # Errors
    /// When predictions, targets and gradient do not fit each other, or are empty or not finite, or L or the gradient
    /// is too large for `F`; `gradient` is as it was.
    ///
    /// ```
    /// use feedforward::{Loss, Mse};
    /// use ndarray::array;
    ///
    /// let mut gradient = array![[0.0, 0.0]];
    /// let loss = Mse.value_and_gradient(&array![[3.0, 1.0]], &array![[1.0, 1.0]], &mut gradient)?;
    /// assert_eq!(loss, 2.0);
    /// assert_eq!(gradient, array![[2.0, 0.0]]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    fn value_and_gradient(
        &self,
        predictions: &ArrayRef2<F>,
        targets: &ArrayRef2<F>,
        gradient: &mut ArrayRef2<F>,
    ) -> Result<F> {
        check_arguments(self, predictions, targets)?;
        check::shape(type_name::<Self>(), "a gradient", predictions.dim(), gradient.dim())?;
        let (predictions, targets) = (predictions.as_standard_layout(), targets.as_standard_layout());
        let mut written = Array2::zeros(predictions.dim());
        let total = self.total_weight(&targets, None);
        let loss = check_value(self, self.mean_and_gradient(&predictions, &targets, None, total, &mut written))?;
        check::all_finite(type_name::<Self>(), "gradient", &written)?;
        gradient.assign(&written);
        Ok(loss)
    }

    /// Computes what some rows of a batch add to L, and their gradient, without checking: what
    /// [`Network::train_step`](crate::Network::train_step) calls. Allocates nothing.
    ///
    /// `total_weight` is [`total_weight`](Self::total_weight) of the whole batch. All matrices are in standard layout.
    ///
    /// # Panics
    /// May panic when the shapes do not fit or a matrix is not in standard layout.
    ///
    /// ```
    /// use feedforward::{HalfSquaredError, Loss};
    /// use ndarray::{Array2, array};
    /// let (predictions, targets) = (array![[2.0], [4.0]], array![[0.0], [0.0]]);
    /// let mut gradient = Array2::zeros((2, 1));
    /// let weights = [3.0, 1.0];
    /// let loss = HalfSquaredError.mean_and_gradient(&predictions, &targets, Some(&weights), 4.0, &mut gradient);
    /// assert_eq!(loss, (3.0 * 2.0 + 8.0) / 4.0);
    /// assert_eq!(gradient, array![[1.5], [1.0]]);
    /// ```
    fn mean_and_gradient(
        &self,
        predictions: &ArrayRef2<F>,
        targets: &ArrayRef2<F>,
        weights: Option<&[F]>,
        total_weight: f64,
        gradient: &mut ArrayRef2<F>,
    ) -> F {
        let block = LossRows::new(predictions, targets, weights, total_weight);
        F::from_f64(block.mean_and_gradient(self, flat_mut(gradient)))
    }

    /// Computes the same mean without keeping a gradient: for validation. Allocates one row.
    ///
    /// # Panics
    /// As [`mean_and_gradient`](Self::mean_and_gradient).
    fn mean_value(
        &self,
        predictions: &ArrayRef2<F>,
        targets: &ArrayRef2<F>,
        weights: Option<&[F]>,
        total_weight: f64,
    ) -> F {
        let block = LossRows::new(predictions, targets, weights, total_weight);
        F::from_f64(block.mean(self, &mut vec![F::zero(); predictions.ncols()]))
    }
}

/// Checks predictions and targets that a caller passed to a loss.
fn check_arguments<F: Float, L: Loss<F> + ?Sized>(
    loss: &L,
    predictions: &ArrayRef2<F>,
    targets: &ArrayRef2<F>,
) -> Result<()> {
    let operation = type_name::<L>();
    check::rows_and_targets(operation, predictions, targets)?;
    check::not_empty(operation, "column in the predictions", predictions.ncols())?;
    check::all_finite(operation, "predictions", predictions)?;
    loss.check_targets(predictions.ncols(), targets)
}

/// Demands that a loss is finite; one that is not is too large for `F`, as its arguments are finite.
fn check_value<F: Float, L: Loss<F> + ?Sized>(_: &L, value: F) -> Result<F> {
    if value.is_finite() {
        return Ok(value);
    }
    Err(Error::invalid(type_name::<L>(), "predictions and targets whose loss is finite", format!("a loss of {value}")))
}

/// Sums the weights of some rows; without weights each row weighs 1.
pub(crate) fn total_weight<F: Float>(rows: usize, weights: Option<&[F]>) -> f64 {
    weights.map_or(rows as f64, |all| Total::<F>::of(all.iter().map(|weight| weight.widen())))
}

/// Rows to compute the loss of, as slices in standard layout.
#[derive(Clone, Copy)]
struct LossRows<'a, F> {
    rows: usize,
    /// Columns of the predictions and of the targets.
    columns: [usize; 2],
    total_weight: f64,
    predictions: &'a [F],
    targets: &'a [F],
    weights: Option<&'a [F]>,
}

impl<'a, F: Float> LossRows<'a, F> {
    /// Rows whose losses are added one after another. Sums of more rows are added in pairs, for any number of threads.
    const ROWS_PER_SUM: usize = 512;

    fn new(
        predictions: &'a ArrayRef2<F>,
        targets: &'a ArrayRef2<F>,
        weights: Option<&'a [F]>,
        total_weight: f64,
    ) -> Self {
        Self {
            rows: predictions.nrows(),
            columns: [predictions.ncols(), targets.ncols()],
            total_weight,
            predictions: flat(predictions),
            targets: flat(targets),
            weights,
        }
    }

    /// Returns what these rows add to the mean and writes their gradient.
    fn mean_and_gradient<L: Loss<F> + ?Sized>(self, loss: &L, gradient: &mut [F]) -> f64 {
        if self.rows <= Self::ROWS_PER_SUM {
            return self.add_up(loss, gradient, self.columns[0]);
        }
        let (first, second) = self.split_in_two();
        let (of_first, of_second) = gradient.split_at_mut(first.rows * self.columns[0]);
        let (one, other) =
            join(|| first.mean_and_gradient(loss, of_first), || second.mean_and_gradient(loss, of_second));
        one + other
    }

    /// Returns what these rows add to the mean; `scratch` is as long as one row.
    fn mean<L: Loss<F> + ?Sized>(self, loss: &L, scratch: &mut [F]) -> f64 {
        if self.rows <= Self::ROWS_PER_SUM {
            return self.add_up(loss, scratch, 0);
        }
        let (first, second) = self.split_in_two();
        first.mean(loss, scratch) + second.mean(loss, scratch)
    }

    /// Adds up the weighted losses row by row; the gradient of each row is written `stride` numbers after the last one.
    fn add_up<L: Loss<F> + ?Sized>(self, loss: &L, gradients: &mut [F], stride: usize) -> f64 {
        let [outputs, targets] = self.columns;
        let (mut sum, equal_share) = (Total::<F>::default(), F::from_f64(1.0 / self.total_weight));
        for row in 0..self.rows {
            let prediction = &self.predictions[row * outputs..][..outputs];
            let target = &self.targets[row * targets..][..targets];
            let gradient = &mut gradients[row * stride..][..outputs];
            let value = loss.example(prediction, target, gradient).widen();
            let share = match self.weights {
                // The share first: the product of a large weight and a large loss could overflow.
                Some(weights) => {
                    let share = weights[row].widen() / self.total_weight;
                    sum.add(share * value);
                    F::from_f64(share)
                }
                None => {
                    sum.add(value);
                    equal_share
                }
            };
            gradient.iter_mut().for_each(|gradient| *gradient *= share);
        }
        let sum = sum.value();
        if self.weights.is_some() { sum } else { sum / self.total_weight }
    }

    fn split_in_two(self) -> (Self, Self) {
        let rows = self.rows / 2;
        let (predictions, other_predictions) = self.predictions.split_at(rows * self.columns[0]);
        let (targets, other_targets) = self.targets.split_at(rows * self.columns[1]);
        let (weights, other_weights) = self.weights.map(|weights| weights.split_at(rows)).unzip();
        let first = Self { rows, predictions, targets, weights, ..self };
        let (rows, predictions) = (self.rows - rows, other_predictions);
        (first, Self { rows, predictions, targets: other_targets, weights: other_weights, ..self })
    }
}
