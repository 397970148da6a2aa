//! [`calibration_curve`]: how often a class occurs where a model gives it some probability.

use super::curves::class_column;
use super::example_weights;
use crate::{Error, Float, Result, check};
use ndarray::ArrayRef2;
use std::collections::BTreeMap;

/// How probabilities are divided into bins for a [`calibration_curve`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CalibrationBins {
    /// This number of bins of equal width, from 0 to 1.
    Uniform(usize),
    /// This number of bins of about as many examples each: their bounds are quantiles of the probabilities.
    Quantile(usize),
}

/// One bin of a [`calibration_curve`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct CalibrationPoint {
    /// The mean of the predicted probabilities in the bin.
    pub predicted: f64,
    /// The share of the examples in the bin that are of the class: near `predicted` if the model is calibrated.
    pub observed: f64,
    /// The number of examples in the bin.
    pub count: usize,
}

/// Computes, for bins of the predicted probability of a class, its mean and the share of examples of the class.
///
/// `probabilities` holds those of the class `positive` in one column, or those of all classes in a column each. A bin
/// holds the probabilities above its lower bound up to its upper one, the first bin 0 too. Bins without an example have
/// no point; the points are in ascending order. The same as scikit-learn's `calibration_curve`, which has no weights
/// either. Niculescu-Mizil and Caruana 2005.
///
/// # Errors
/// As for every metric (see [the module](crate::metrics)), when a probability is not from 0 to 1, when there are 0
/// bins, and when the class has no column.
///
/// ```
/// use feedforward::metrics::{CalibrationBins, calibration_curve};
/// let probabilities = ndarray::array![[0.125], [0.25], [0.375], [0.75], [1.0]];
/// let points = calibration_curve(&probabilities, &[0, 0, 1, 1, 1], 1, CalibrationBins::Uniform(2))?;
/// assert_eq!((points[0].predicted, points[0].observed, points[0].count), (0.25, 1.0 / 3.0, 3));
/// assert_eq!((points[1].predicted, points[1].observed, points[1].count), (0.875, 1.0, 2));
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias("reliability diagram", "CalibrationDisplay"))]
pub fn calibration_curve<F: Float>(
    probabilities: &ArrayRef2<F>,
    actual: &[usize],
    positive: usize,
    bins: CalibrationBins,
) -> Result<Vec<CalibrationPoint>> {
    let operation = "calibration_curve";
    example_weights(operation, probabilities.nrows(), actual.len(), None)?;
    let (CalibrationBins::Uniform(count) | CalibrationBins::Quantile(count)) = bins;
    check::not_empty(operation, "bin", count)?;
    let probabilities = class_column(operation, "probabilities", probabilities, actual, positive)?;
    if let Some((row, found)) = probabilities.iter().enumerate().find(|(_, p)| !(0.0..=1.0).contains(*p)) {
        return Err(Error::invalid(operation, format!("probabilities from 0 to 1 in row {row}"), found));
    }
    let mut sorted = Vec::new();
    if matches!(bins, CalibrationBins::Quantile(_)) {
        sorted.clone_from(&probabilities);
        sorted.sort_by(f64::total_cmp);
    }
    // Times 1 / count and not over count, as NumPy's `linspace` rounds: a probability may lie on a bound.
    let share = |bound: usize| bound as f64 * (1.0 / count as f64);
    let bound = |bound: usize| if sorted.is_empty() { share(bound) } else { quantile(&sorted, share(bound)) };

    let mut points = BTreeMap::<usize, CalibrationPoint>::new();
    for (&probability, &class) in probabilities.iter().zip(actual) {
        let bin = first_bin(count, |index| bound(index) >= probability);
        let empty = CalibrationPoint { predicted: 0.0, observed: 0.0, count: 0 };
        let point = points.entry(bin).or_insert(empty);
        point.predicted += probability;
        point.observed += f64::from(u8::from(class == positive));
        point.count += 1;
    }
    let mean = |point: CalibrationPoint| {
        let count = point.count as f64;
        CalibrationPoint { predicted: point.predicted / count, observed: point.observed / count, ..point }
    };
    Ok(points.into_values().map(mean).collect())
}

/// Returns the first of these bins whose upper bound satisfies the condition; the last one has no upper bound.
///
/// Bin i lies between the bounds i and i + 1. This is a search by halves: there may be more bins than memory holds.
fn first_bin(count: usize, is_within: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, count - 1);
    while low < high {
        let middle = low + (high - low) / 2;
        if is_within(middle + 1) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

/// Computes a quantile of sorted numbers, linear between two of them; rounds as NumPy's `percentile` does.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let percent = share * 100.0;
    let position = (sorted.len() - 1) as f64 * (percent / 100.0);
    let index = (position.floor() as usize).min(sorted.len() - 1);
    let (low, high) = (sorted[index], sorted[(index + 1).min(sorted.len() - 1)]);
    let part = position - index as f64;
    if part < 0.5 { low + (high - low) * part } else { high - (high - low) * (1.0 - part) }
}
