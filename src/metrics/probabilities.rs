//! Scores of predicted probabilities: log-loss, Brier score, area under the ROC curve.

use super::{example_weights, finite};
use crate::{Error, Float, Result, check};
use ndarray::ArrayRef2;

/// Computes the mean of -ln p of the true class.
///
/// Probabilities are kept away from 0 and 1 by the epsilon of their type, 2.2e-16 for `f64`, as in scikit-learn.
///
/// # Errors
/// As for every metric, and when a row is no distribution or a class has no column.
///
/// ```
/// let loss = feedforward::metrics::log_loss(&ndarray::array![[0.5, 0.5], [0.1, 0.9]], &[0, 1], None)?;
/// assert!((loss - (2.0_f64.ln() - 0.9_f64.ln()) / 2.0).abs() < 1e-12);
/// # Ok::<(), feedforward::Error>(())
/// ```
pub fn log_loss<F: Float>(probabilities: &ArrayRef2<F>, actual: &[usize], weights: Option<&[f64]>) -> Result<f64> {
    let least = F::epsilon().widen();
    mean("log_loss", probabilities, actual, weights, |row, class| -row[class].clamp(least, 1.0 - least).ln())
}

/// Computes the mean of Σ_k (p_k - t_k)², t one-hot. Brier 1950.
///
/// For two classes it is half of that, which is (p - t)² of one of them, as in scikit-learn.
///
/// # Errors
/// As for every metric, and when a row is no distribution or a class has no column.
///
/// ```
/// let score = feedforward::metrics::brier(&ndarray::array![[0.2, 0.8]], &[1], None)?;
/// assert!((score - 0.04_f64).abs() < 1e-12);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "brier_score_loss")]
pub fn brier<F: Float>(probabilities: &ArrayRef2<F>, actual: &[usize], weights: Option<&[f64]>) -> Result<f64> {
    let factor = if probabilities.ncols() == 2 { 0.5 } else { 1.0 };
    mean("brier", probabilities, actual, weights, |row, class| {
        let distance = |(k, p): (usize, &f64)| (p - f64::from(k == class)).powi(2);
        factor * row.iter().enumerate().map(distance).sum::<f64>()
    })
}

/// Computes the weighted mean over the rows of a score of the row and its class.
fn mean<F: Float>(
    operation: &'static str,
    probabilities: &ArrayRef2<F>,
    actual: &[usize],
    weights: Option<&[f64]>,
    score: impl Fn(&[f64], usize) -> f64,
) -> Result<f64> {
    let weights = example_weights(operation, probabilities.nrows(), actual.len(), weights)?;
    check::all_finite(operation, "probabilities", probabilities)?;
    check::classes_below(operation, probabilities.ncols(), actual)?;
    let mut sum = 0.0;
    for (row, ((values, &class), weight)) in probabilities.rows().into_iter().zip(actual).zip(&weights).enumerate() {
        let values: Vec<_> = values.iter().map(|value| value.widen()).collect();
        if values.iter().any(|&p| p < 0.0) || (values.iter().sum::<f64>() - 1.0).abs() > 1e-3 {
            let expected = format!("probabilities >= 0 with a sum of 1 in row {row}");
            return Err(Error::invalid(operation, expected, format!("{values:?}")));
        }
        sum += weight * score(&values, class);
    }
    finite(operation, sum / weights.iter().sum::<f64>())
}

/// Computes the area under the ROC curve: the probability that a positive example scores higher than a negative one.
///
/// With one column of scores, or with the second of two, class 1 is positive; with more columns the area is the plain
/// mean over the classes, each against the rest. Equal scores count half. Hanley and McNeil 1982.
///
/// # Errors
/// As for every metric, and when one of the classes does not occur, or a class has no column.
///
/// ```
/// let scores = ndarray::array![[0.1], [0.4], [0.35], [0.8]];
/// assert_eq!(feedforward::metrics::roc_auc(&scores, &[0, 0, 1, 1], None)?, 0.75);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "roc_auc_score")]
pub fn roc_auc<F: Float>(scores: &ArrayRef2<F>, actual: &[usize], weights: Option<&[f64]>) -> Result<f64> {
    let operation = "roc_auc";
    let weights = example_weights(operation, scores.nrows(), actual.len(), weights)?;
    check::all_finite(operation, "scores", scores)?;
    check::not_empty(operation, "column", scores.ncols())?;
    let classes = scores.ncols().max(2);
    check::classes_below(operation, classes, actual)?;
    let area = |column: usize, positive: usize| {
        let scores: Vec<_> = scores.column(column).iter().map(|score| score.widen()).collect();
        let is_positive: Vec<_> = actual.iter().map(|&class| class == positive).collect();
        binary_auc(&scores, &is_positive, &weights).ok_or_else(|| {
            Error::invalid(operation, format!("examples of class {positive} and of others"), "only one kind")
        })
    };
    if classes == 2 {
        return area(scores.ncols() - 1, 1);
    }
    let areas = (0..classes).map(|class| area(class, class)).collect::<Result<Vec<_>>>()?;
    Ok(areas.iter().sum::<f64>() / classes as f64)
}

/// Computes the area for two classes; `None` if one has no weight.
///
/// Goes from the lowest score to the highest: each positive example adds the weight of the negative ones below it, and
/// half of that of the negative ones with an equal score.
fn binary_auc(scores: &[f64], is_positive: &[bool], weights: &[f64]) -> Option<f64> {
    let mut order: Vec<_> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    let mut negative_below = 0.0;
    let mut all_positive = 0.0;
    let mut area = 0.0;
    for equals in order.chunk_by(|&a, &b| scores[a] == scores[b]) {
        let weight_of = |kind: bool| {
            let examples = equals.iter().filter(|&&example| is_positive[example] == kind);
            examples.map(|&example| weights[example]).sum::<f64>()
        };
        let positive = weight_of(true);
        let negative = weight_of(false);
        area += positive * (negative_below + negative / 2.0);
        negative_below += negative;
        all_positive += positive;
    }
    let pairs = negative_below * all_positive;
    (pairs > 0.0).then_some(area / pairs)
}
