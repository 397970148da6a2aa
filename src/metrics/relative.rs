//! Scores of predicted numbers that weigh an error by the size of what was to be predicted.

use super::regression::{averaged, averaged_columns, weighted_mean};
use crate::{Error, Float, Result};
use ndarray::ArrayRef2;

/// Computes the mean of |p - t| / |t| over examples and outputs, as a share: 0.1 are ten percent.
///
/// Targets nearer to zero than 2.2e-16 count as that number, so that an error there weighs very much but is finite.
///
/// # Errors
/// As for every metric: see [the module](crate::metrics).
///
/// ```
/// use feedforward::metrics::mean_absolute_percentage_error;
/// use ndarray::array;
/// assert_eq!(mean_absolute_percentage_error(&array![[3.0], [8.0]], &array![[4.0], [8.0]], None)?, 0.125);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "MAPE")]
pub fn mean_absolute_percentage_error<F: Float>(
    predictions: &ArrayRef2<F>,
    targets: &ArrayRef2<F>,
    weights: Option<&[f64]>,
) -> Result<f64> {
    averaged("mean_absolute_percentage_error", predictions, targets, weights, |output| {
        let share = |(error, target): (&f64, &f64)| error.abs() / target.abs().max(f64::EPSILON) * output.factor;
        output.weighted_mean(output.errors.iter().zip(&output.targets).map(share))
    })
}

/// Computes the mean of 2 (t ln(t / p) - t + p) over examples and outputs: 0 where counts t are predicted exactly by
/// rates p, and never negative.
///
/// This is what training with [`Poisson`](crate::Poisson) lowers; the predictions are the rates e^z, as
/// [`predict_probabilities`](crate::Network::predict_probabilities) returns them. McCullagh and Nelder 1989, chapter 2.
///
/// # Errors
/// As for every metric, when a target is negative, and when a prediction is not above 0.
///
/// ```
/// use feedforward::metrics::mean_poisson_deviance;
/// use ndarray::array;
/// assert_eq!(mean_poisson_deviance(&array![[2.0], [3.0]], &array![[2.0], [0.0]], None)?, 3.0);
/// # Ok::<(), feedforward::Error>(())
/// ```
pub fn mean_poisson_deviance<F: Float>(
    predictions: &ArrayRef2<F>,
    targets: &ArrayRef2<F>,
    weights: Option<&[f64]>,
) -> Result<f64> {
    let operation = "mean_poisson_deviance";
    check_counts(operation, targets)?;
    if let Some(((row, _), found)) = predictions.indexed_iter().find(|&(_, &p)| p <= F::zero()) {
        return Err(Error::invalid(operation, format!("rates > 0 in row {row} of the predictions"), found));
    }
    averaged_columns(operation, predictions, targets, weights, |predictions, targets, weights| {
        let deviances = predictions.iter().zip(targets).map(|(p, t)| deviance(p.widen(), t.widen()));
        weighted_mean(deviances, weights)
    })
}

/// Computes 2 (t ln(t / p) - t + p).
fn deviance(p: f64, t: f64) -> f64 {
    let distance = (p - t) / t;
    if distance.abs() < 0.1 {
        return 2.0 * t * less_logarithm(distance);
    }
    if t == 0.0 {
        return 2.0 * p;
    }
    let ratio = t / p;
    let logarithm = if ratio.is_normal() { ratio.ln() } else { t.ln() - p.ln() };
    2.0 * (t * logarithm - t + p)
}

/// Computes x - ln(1 + x) for |x| < 0.1, where the difference of the two would lose its digits.
///
/// With r = x / (2 + x), ln(1 + x) = 2 atanh r = 2 r + 2 r³ (1/3 + r²/5 + r⁴/7 + ...), and x - 2 r = r x.
fn less_logarithm(x: f64) -> f64 {
    let r = x / (2.0 + x);
    let series = [15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0].iter().fold(0.0, |sum, divisor| sum * r * r + 1.0 / divisor);
    r * (x - 2.0 * r * r * series)
}

/// Demands targets that are not negative.
fn check_counts<F: Float>(operation: &'static str, targets: &ArrayRef2<F>) -> Result<()> {
    match targets.indexed_iter().find(|&(_, &t)| t < F::zero()) {
        Some(((row, _), &found)) => Err(Error::target(operation, row, "counts or rates >= 0", found)),
        None => Ok(()),
    }
}
