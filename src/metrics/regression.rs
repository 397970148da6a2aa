//! Scores of predicted numbers: p are the predictions, t the targets.
//!
//! A score is computed for each output (column) as a mean over the examples; the result is the plain mean over the
//! outputs. All sums are in double precision.

use super::example_weights;
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
    averaged("mean_squared_error", predictions, targets, weights, |pairs| mean(pairs, |p, t| (p - t).powi(2)))
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
    averaged("root_mean_squared_error", predictions, targets, weights, |pairs| {
        mean(pairs, |p, t| (p - t).powi(2)).sqrt()
    })
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
    averaged("mean_absolute_error", predictions, targets, weights, |pairs| mean(pairs, |p, t| (p - t).abs()))
}

/// Computes R² = 1 - Σ(t - p)² / Σ(t - mean of t)²: 1 for perfect predictions, 0 for the mean, negative for worse ones.
///
/// For an output whose targets are constant it is 1 for perfect predictions and 0 for others.
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
    averaged("r2", predictions, targets, weights, |pairs| {
        let middle = mean(pairs, |_, t| t);
        let unexplained = mean(pairs, |p, t| (p - t).powi(2));
        let all = mean(pairs, |_, t| (t - middle).powi(2));
        explained_share(unexplained, all)
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
    averaged("explained_variance", predictions, targets, weights, |pairs| {
        let middle = mean(pairs, |_, t| t);
        let error = mean(pairs, |p, t| t - p);
        let unexplained = mean(pairs, |p, t| (t - p - error).powi(2));
        let all = mean(pairs, |_, t| (t - middle).powi(2));
        explained_share(unexplained, all)
    })
}

/// Computes 1 - unexplained / all; for constant targets 1 if nothing is unexplained, else 0.
fn explained_share(unexplained: f64, all: f64) -> f64 {
    if unexplained == 0.0 {
        1.0
    } else if all == 0.0 {
        0.0
    } else {
        1.0 - unexplained / all
    }
}

/// Computes the weighted mean of a function over (prediction, target, weight).
fn mean(pairs: &[(f64, f64, f64)], of: impl Fn(f64, f64) -> f64) -> f64 {
    let total: f64 = pairs.iter().map(|pair| pair.2).sum();
    pairs.iter().map(|&(p, t, weight)| weight * of(p, t)).sum::<f64>() / total
}

/// Computes the mean over the outputs of a score of each output.
fn averaged<F: Float>(
    operation: &'static str,
    predictions: &ArrayRef2<F>,
    targets: &ArrayRef2<F>,
    weights: Option<&[f64]>,
    score: impl Fn(&[(f64, f64, f64)]) -> f64,
) -> Result<f64> {
    let weights = example_weights(operation, predictions.nrows(), targets.nrows(), weights)?;
    let outputs = predictions.ncols();
    check::not_empty(operation, "column", outputs)?;
    check::columns(operation, "targets", outputs, targets.ncols())?;
    check::all_finite(operation, "predictions", predictions)?;
    check::all_finite(operation, "targets", targets)?;
    let score_of_output = |(p, t): (ArrayView1<'_, F>, ArrayView1<'_, F>)| {
        let pairs = p.iter().zip(t).zip(&weights).map(|((p, t), &weight)| (p.widen(), t.widen(), weight));
        score(&pairs.collect::<Vec<_>>())
    };
    let sum: f64 = predictions.columns().into_iter().zip(targets.columns()).map(score_of_output).sum();
    Ok(sum / outputs as f64)
}
