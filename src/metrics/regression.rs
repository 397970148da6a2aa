//! Scores of predicted numbers: p are the predictions, t the targets.
//!
//! A score is computed for each output (column) as a mean over the examples; the result is the plain mean over the
//! outputs. All sums are in double precision and keep what they round off; squares neither overflow nor underflow.

use super::{example_weights, finite};
use crate::data::{Moments, power_of_two_near};
use crate::total::Total;
use crate::{Error, Float, Result, check};
use ndarray::{ArrayRef2, ArrayView1};

/// Computes the mean of (p - t)² over examples and outputs, without a half.
///
/// This is the metric; the loss of the same formula, with a gradient, is [`Mse`](crate::Mse).
///
/// # Errors
/// As for every metric: see [the module](crate::metrics).
///
/// ```
/// use ndarray::array;
/// assert_eq!(feedforward::metrics::mean_squared_error(&array![[1.0], [4.0]], &array![[1.0], [2.0]], None)?, 2.0);
/// # Ok::<(), feedforward::Error>(())
/// ```
pub fn mean_squared_error<F: Float>(
    predictions: &ArrayRef2<F>,
    targets: &ArrayRef2<F>,
    weights: Option<&[f64]>,
) -> Result<f64> {
    averaged("mean_squared_error", predictions, targets, weights, |output| output.mean_square())
}

/// Computes √(mean of (p - t)² over the examples) for each output, then the mean over the outputs.
///
/// # Errors
/// As for every metric: see [the module](crate::metrics).
///
/// ```
/// use ndarray::array;
/// assert_eq!(feedforward::metrics::root_mean_squared_error(&array![[3.0]], &array![[1.0]], None)?, 2.0);
/// # Ok::<(), feedforward::Error>(())
/// ```
pub fn root_mean_squared_error<F: Float>(
    predictions: &ArrayRef2<F>,
    targets: &ArrayRef2<F>,
    weights: Option<&[f64]>,
) -> Result<f64> {
    averaged("root_mean_squared_error", predictions, targets, weights, |output| output.root_mean_square())
}

/// Computes the mean of |p - t| over examples and outputs.
///
/// This is the metric; the loss of the same formula, with a gradient, is [`Mae`](crate::Mae).
///
/// # Errors
/// As for every metric: see [the module](crate::metrics).
///
/// ```
/// use ndarray::array;
/// assert_eq!(feedforward::metrics::mean_absolute_error(&array![[1.0], [4.0]], &array![[1.0], [2.0]], None)?, 1.0);
/// # Ok::<(), feedforward::Error>(())
/// ```
pub fn mean_absolute_error<F: Float>(
    predictions: &ArrayRef2<F>,
    targets: &ArrayRef2<F>,
    weights: Option<&[f64]>,
) -> Result<f64> {
    averaged("mean_absolute_error", predictions, targets, weights, |output| output.mean_of_homogeneous(f64::abs))
}

/// Computes R² = 1 - Σ(t - p)² / Σ(t - mean of t)²: 1 for perfect predictions, 0 for the mean, negative for worse ones.
///
/// For an output whose targets are constant, up to rounding, it is 1 for perfect predictions and 0 for others.
///
/// # Errors
/// As for every metric, and when there are fewer than 2 examples.
///
/// ```
/// use ndarray::array;
/// assert_eq!(feedforward::metrics::r2(&array![[2.0], [2.0]], &array![[1.0], [3.0]], None)?, 0.0);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "r2_score")]
pub fn r2<F: Float>(predictions: &ArrayRef2<F>, targets: &ArrayRef2<F>, weights: Option<&[f64]>) -> Result<f64> {
    if predictions.nrows() == 1 {
        return Err(Error::invalid("r2", "at least 2 rows", 1));
    }
    averaged("r2", predictions, targets, weights, |output| {
        let targets = Moments::of(&output.targets, Some(output.weights));
        let unexplained = output.root_mean_square();
        explained_share(unexplained, unexplained == 0.0, targets)
    })
}

/// Computes 1 - variance of (t - p) / variance of t: like R², but a constant error does not count.
///
/// # Errors
/// As for every metric: see [the module](crate::metrics).
///
/// ```
/// use ndarray::array;
/// assert_eq!(feedforward::metrics::explained_variance(&array![[2.0], [4.0]], &array![[1.0], [3.0]], None)?, 1.0);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "explained_variance_score")]
pub fn explained_variance<F: Float>(
    predictions: &ArrayRef2<F>,
    targets: &ArrayRef2<F>,
    weights: Option<&[f64]>,
) -> Result<f64> {
    averaged("explained_variance", predictions, targets, weights, |output| {
        let targets = Moments::of(&output.targets, Some(output.weights));
        let errors = Moments::of(&output.errors, Some(output.weights));
        explained_share(errors.deviation * output.factor, errors.is_constant, targets)
    })
}

/// Computes 1 - (unexplained deviation / deviation of the targets)²; for constant targets 1 if all is explained, else
/// 0.
fn explained_share(unexplained: f64, all_is_explained: bool, targets: Moments) -> f64 {
    if all_is_explained {
        1.0
    } else if targets.is_constant {
        0.0
    } else {
        1.0 - (unexplained / targets.deviation).powi(2)
    }
}

/// One output: a column of predictions and targets.
pub(super) struct Output<'a> {
    /// p - t, divided by `factor`.
    pub(super) errors: Vec<f64>,
    /// 1, or 4 where p - t would overflow.
    pub(super) factor: f64,
    pub(super) targets: Vec<f64>,
    pub(super) weights: &'a [f64],
}

impl<'a> Output<'a> {
    fn new<F: Float>(predictions: ArrayView1<'_, F>, targets: ArrayView1<'_, F>, weights: &'a [f64]) -> Self {
        let targets: Vec<_> = targets.iter().map(|target| target.widen()).collect();
        let errors = |factor: f64| -> Vec<f64> {
            let error = |(p, t): (&F, &f64)| p.widen() / factor - t / factor;
            predictions.iter().zip(&targets).map(error).collect()
        };
        let plain = errors(1.0);
        if plain.iter().all(|error| error.is_finite()) {
            return Self { errors: plain, factor: 1.0, targets, weights };
        }
        Self { errors: errors(4.0), factor: 4.0, targets, weights }
    }

    /// Computes the weighted mean of a function of the errors, which are divided by a power of two near the largest.
    fn mean(&self, scale: f64, of: impl Fn(f64) -> f64) -> f64 {
        self.weighted_mean(self.errors.iter().map(|error| of(error / scale)))
    }

    /// Computes the weighted mean of numbers, one for each example.
    pub(super) fn weighted_mean(&self, numbers: impl Iterator<Item = f64>) -> f64 {
        weighted_mean(numbers, self.weights)
    }

    /// Computes the weighted mean of a function f of the errors with f(c x) = c f(x) for c > 0, without overflow.
    pub(super) fn mean_of_homogeneous(&self, f: impl Fn(f64) -> f64) -> f64 {
        let scale = power_of_two_near(&self.errors);
        self.mean(scale, f) * scale * self.factor
    }

    fn mean_square(&self) -> f64 {
        let scale = power_of_two_near(&self.errors);
        let factor = scale * self.factor;
        self.mean(scale, |error| error * error) * factor * factor
    }

    fn root_mean_square(&self) -> f64 {
        let scale = power_of_two_near(&self.errors);
        self.mean(scale, |error| error * error).sqrt() * scale * self.factor
    }
}

/// Computes the weighted mean of numbers, one for each weight.
pub(super) fn weighted_mean(numbers: impl Iterator<Item = f64>, weights: &[f64]) -> f64 {
    let terms = numbers.zip(weights).map(|(number, weight)| weight * number);
    Total::<f64>::of(terms) / Total::<f64>::of(weights.iter().copied())
}

/// Computes the mean over the outputs of a score of each output.
pub(super) fn averaged<F: Float>(
    operation: &'static str,
    predictions: &ArrayRef2<F>,
    targets: &ArrayRef2<F>,
    weights: Option<&[f64]>,
    score: impl Fn(&Output<'_>) -> f64,
) -> Result<f64> {
    averaged_columns(operation, predictions, targets, weights, |p, t, weights| score(&Output::new(p, t, weights)))
}

/// Computes the mean over the outputs of a score of predictions, targets and weights of each output.
pub(super) fn averaged_columns<F: Float>(
    operation: &'static str,
    predictions: &ArrayRef2<F>,
    targets: &ArrayRef2<F>,
    weights: Option<&[f64]>,
    score: impl Fn(ArrayView1<'_, F>, ArrayView1<'_, F>, &[f64]) -> f64,
) -> Result<f64> {
    let outputs = predictions.ncols();
    check::not_empty(operation, "column", outputs)?;
    let weights = example_weights(operation, predictions.nrows(), targets.nrows(), weights)?;
    check::columns(operation, "targets", outputs, targets.ncols())?;
    check::all_finite(operation, "predictions", predictions)?;
    check::all_finite(operation, "targets", targets)?;
    let columns = predictions.columns().into_iter().zip(targets.columns());
    let scores = columns.map(|(p, t)| score(p, t, &weights) / outputs as f64);
    finite(operation, Total::<f64>::of(scores))
}
