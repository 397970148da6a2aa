//! Scores of predicted numbers that speak of quantiles: the pinball loss and the median of the errors.

use super::regression::{Output, averaged};
use crate::{Float, Result, check};
use ndarray::ArrayRef2;

/// Computes the mean of max(q d, (q - 1) d) with d = t - p over examples and outputs: it is lowest where the
/// predictions are the quantiles of this level q.
///
/// This is the metric; the loss of the same formula, with a gradient, is [`Quantile`](crate::Quantile). Koenker and
/// Bassett 1978.
///
/// # Errors
/// As for every metric (see [the module](crate::metrics)), and when the level is not above 0 and below 1.
///
/// ```
/// use feedforward::metrics::mean_pinball_loss;
/// use ndarray::array;
/// assert_eq!(mean_pinball_loss(&array![[0.0], [0.0]], &array![[2.0], [-2.0]], 0.75, None)?, 1.0);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "quantile loss")]
pub fn mean_pinball_loss<F: Float>(
    predictions: &ArrayRef2<F>,
    targets: &ArrayRef2<F>,
    level: f64,
    weights: Option<&[f64]>,
) -> Result<f64> {
    let operation = "mean_pinball_loss";
    check::inside_zero_and_one(operation, "level", level)?;
    let pinball = |error: f64| if error < 0.0 { -level * error } else { (1.0 - level) * error };
    averaged(operation, predictions, targets, weights, |output| output.mean_of_homogeneous(pinball))
}

/// Computes the median of |p - t| over the examples for each output, then the mean over the outputs: a few wild errors
/// do not move it.
///
/// Of an even number of examples it is the mean of the two in the middle. An example of weight 2 counts like two
/// examples.
///
/// # Errors
/// As for every metric: see [the module](crate::metrics).
///
/// ```
/// use feedforward::metrics::median_absolute_error;
/// use ndarray::array;
/// let score = median_absolute_error(&array![[1.0], [2.0], [900.0]], &array![[1.0], [3.0], [3.0]], None)?;
/// assert_eq!(score, 1.0);
/// # Ok::<(), feedforward::Error>(())
/// ```
pub fn median_absolute_error<F: Float>(
    predictions: &ArrayRef2<F>,
    targets: &ArrayRef2<F>,
    weights: Option<&[f64]>,
) -> Result<f64> {
    averaged("median_absolute_error", predictions, targets, weights, |output| median_magnitude(output) * output.factor)
}

/// Computes the weighted median of the magnitudes: where the weights of the errors up to it reach half of all weights;
/// if they are half exactly, the mean of this error and of the next one.
fn median_magnitude(output: &Output<'_>) -> f64 {
    let pairs = output.errors.iter().zip(output.weights).filter(|(_, weight)| **weight > 0.0);
    let mut pairs: Vec<_> = pairs.map(|(error, &weight)| (error.abs(), weight)).collect();
    pairs.sort_by(|one, other| one.0.total_cmp(&other.0));
    let reached: Vec<_> = pairs
        .iter()
        .scan(0.0, |sum: &mut f64, pair| {
            *sum += pair.1;
            Some(*sum)
        })
        .collect();
    let half = reached.last().copied().unwrap_or_default() / 2.0;
    let position = reached.partition_point(|&sum| sum < half);
    let magnitude = |position: usize| pairs.get(position).map_or(0.0, |pair| pair.0);
    let is_half = reached.get(position).is_some_and(|sum| sum - half <= f64::EPSILON * half);
    if is_half && position + 1 < pairs.len() {
        return magnitude(position) / 2.0 + magnitude(position + 1) / 2.0;
    }
    magnitude(position)
}
