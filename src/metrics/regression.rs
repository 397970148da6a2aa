//! Scores of predicted numbers; of several outputs the plain mean.

use super::weigh;
use crate::error::all_finite;
use crate::{Error, Float, Result};
use ndarray::ArrayRef2;

/// The mean of (p - t)².
///
/// # Errors
/// As for every metric: see [the module](crate::metrics).
///
/// ```
/// use ndarray::array;
/// assert_eq!(feedforward::metrics::mean_squared_error(&array![[1.0], [4.0]], &array![[1.0], [2.0]], None)?, 2.0);
/// # Ok::<(), feedforward::Error>(())
/// ```
pub fn mean_squared_error<F: Float>(p: &ArrayRef2<F>, t: &ArrayRef2<F>, weights: Option<&[f64]>) -> Result<f64> {
    averaged("mean_squared_error", p, t, weights, |pairs| mean(pairs, |p, t| (p - t).powi(2)))
}

/// √ of the mean of (p - t)², output by output.
///
/// # Errors
/// As for every metric: see [the module](crate::metrics).
///
/// ```
/// use ndarray::array;
/// assert_eq!(feedforward::metrics::root_mean_squared_error(&array![[3.0]], &array![[1.0]], None)?, 2.0);
/// # Ok::<(), feedforward::Error>(())
/// ```
pub fn root_mean_squared_error<F: Float>(p: &ArrayRef2<F>, t: &ArrayRef2<F>, weights: Option<&[f64]>) -> Result<f64> {
    averaged("root_mean_squared_error", p, t, weights, |pairs| mean(pairs, |p, t| (p - t).powi(2)).sqrt())
}

/// The mean of |p - t|.
///
/// # Errors
/// As for every metric: see [the module](crate::metrics).
///
/// ```
/// use ndarray::array;
/// assert_eq!(feedforward::metrics::mean_absolute_error(&array![[1.0], [4.0]], &array![[1.0], [2.0]], None)?, 1.0);
/// # Ok::<(), feedforward::Error>(())
/// ```
pub fn mean_absolute_error<F: Float>(p: &ArrayRef2<F>, t: &ArrayRef2<F>, weights: Option<&[f64]>) -> Result<f64> {
    averaged("mean_absolute_error", p, t, weights, |pairs| mean(pairs, |p, t| (p - t).abs()))
}

/// R² = 1 - Σ(t - p)² / Σ(t - mean of t)²: 1 for perfect, 0 for predicting the mean, below for worse.
///
/// Where the targets do not change it is 1 for perfect predictions and 0 for others.
///
/// # Errors
/// As for every metric, and when there are fewer than 2 examples.
///
/// ```
/// use ndarray::array;
/// assert_eq!(feedforward::metrics::r2(&array![[2.0], [2.0]], &array![[1.0], [3.0]], None)?, 0.0);
/// # Ok::<(), feedforward::Error>(())
/// ```
pub fn r2<F: Float>(p: &ArrayRef2<F>, t: &ArrayRef2<F>, weights: Option<&[f64]>) -> Result<f64> {
    if p.nrows() == 1 {
        return Err(Error::invalid("r2", "at least 2 rows", 1));
    }
    averaged("r2", p, t, weights, |pairs| {
        let middle = mean(pairs, |_, t| t);
        explained(mean(pairs, |p, t| (p - t).powi(2)), mean(pairs, |_, t| (t - middle).powi(2)))
    })
}

/// 1 - variance of (t - p) / variance of t: like R², but a constant error does not count.
///
/// # Errors
/// As for every metric: see [the module](crate::metrics).
///
/// ```
/// use ndarray::array;
/// assert_eq!(feedforward::metrics::explained_variance(&array![[2.0], [4.0]], &array![[1.0], [3.0]], None)?, 1.0);
/// # Ok::<(), feedforward::Error>(())
/// ```
pub fn explained_variance<F: Float>(p: &ArrayRef2<F>, t: &ArrayRef2<F>, weights: Option<&[f64]>) -> Result<f64> {
    averaged("explained_variance", p, t, weights, |pairs| {
        let (middle, error) = (mean(pairs, |_, t| t), mean(pairs, |p, t| t - p));
        explained(mean(pairs, |p, t| (t - p - error).powi(2)), mean(pairs, |_, t| (t - middle).powi(2)))
    })
}

fn explained(unexplained: f64, all: f64) -> f64 {
    match (unexplained == 0.0, all == 0.0) {
        (true, _) => 1.0,
        (false, true) => 0.0,
        (false, false) => 1.0 - unexplained / all,
    }
}

/// Weighted mean over (prediction, target, weight).
fn mean(pairs: &[(f64, f64, f64)], of: impl Fn(f64, f64) -> f64) -> f64 {
    let total: f64 = pairs.iter().map(|pair| pair.2).sum();
    pairs.iter().map(|&(p, t, weight)| weight * of(p, t)).sum::<f64>() / total
}

/// The mean over the outputs of a score of each.
fn averaged<F: Float>(
    operation: &'static str,
    p: &ArrayRef2<F>,
    t: &ArrayRef2<F>,
    weights: Option<&[f64]>,
    score: impl Fn(&[(f64, f64, f64)]) -> f64,
) -> Result<f64> {
    let weights = weigh(operation, p.nrows(), t.nrows(), weights)?;
    let (expected, found) = (p.ncols(), t.ncols());
    if expected != found || found == 0 {
        return Err(Error::Columns { operation, what: "targets", expected, found });
    }
    all_finite(operation, "predictions", p)?;
    all_finite(operation, "targets", t)?;
    let output = |(p, t): (ndarray::ArrayView1<'_, F>, ndarray::ArrayView1<'_, F>)| {
        let pairs = p.iter().zip(t).zip(&weights).map(|((p, t), &weight)| (p.widen(), t.widen(), weight));
        score(&pairs.collect::<Vec<_>>())
    };
    let sum: f64 = p.columns().into_iter().zip(t.columns()).map(output).sum();
    Ok(sum / expected as f64)
}
