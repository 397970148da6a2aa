//! Scores of predicted probabilities: log-loss, Brier score, area under the ROC curve.

use super::weigh;
use crate::error::all_finite;
use crate::{Error, Float, Result};
use ndarray::ArrayRef2;

/// The mean of -ln p of the true class. Probabilities are kept away from 0 and 1 by the precision of their type, 2.2e-16 for
/// `f64`, as in scikit-learn.
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
    mean_over("log_loss", probabilities, actual, weights, |row, class| -row[class].clamp(least, 1.0 - least).ln())
}

/// The mean of Σ_k (p_k - t_k)², t one-hot; for two classes half of it, so that it is (p - t)² of one of them. Brier 1950.
///
/// # Errors
/// As for every metric, and when a row is no distribution or a class has no column.
///
/// ```
/// let score = feedforward::metrics::brier(&ndarray::array![[0.2, 0.8]], &[1], None)?;
/// assert!((score - 0.04_f64).abs() < 1e-12);
/// # Ok::<(), feedforward::Error>(())
/// ```
pub fn brier<F: Float>(probabilities: &ArrayRef2<F>, actual: &[usize], weights: Option<&[f64]>) -> Result<f64> {
    let half = if probabilities.ncols() == 2 { 0.5 } else { 1.0 };
    mean_over("brier", probabilities, actual, weights, |row, class| {
        let distance = |(k, p): (usize, &f64)| (p - f64::from(k == class)).powi(2);
        half * row.iter().enumerate().map(distance).sum::<f64>()
    })
}

fn mean_over<F: Float>(
    operation: &'static str,
    probabilities: &ArrayRef2<F>,
    actual: &[usize],
    weights: Option<&[f64]>,
    score: impl Fn(&[f64], usize) -> f64,
) -> Result<f64> {
    let weights = weigh(operation, probabilities.nrows(), actual.len(), weights)?;
    all_finite(operation, "probabilities", probabilities)?;
    let mut sum = 0.0;
    for (row, ((values, &class), weight)) in probabilities.rows().into_iter().zip(actual).zip(&weights).enumerate() {
        let values: Vec<_> = values.iter().map(|value| value.widen()).collect();
        let refuse = |expected: String, found: String| Err(Error::Target { operation, row, expected, found });
        if class >= values.len() {
            return refuse(format!("a class below {}", values.len()), class.to_string());
        }
        if values.iter().any(|&p| p < 0.0) || (values.iter().sum::<f64>() - 1.0).abs() > 1e-3 {
            return refuse("probabilities >= 0 that add up to 1".to_owned(), format!("{values:?}"));
        }
        sum += weight * score(&values, class);
    }
    Ok(sum / weights.iter().sum::<f64>())
}

/// Area under the ROC curve: the probability that a random positive example scores higher than a random negative one.
///
/// With one column of scores (or two: then the second counts) class 1 is positive; with more, the plain mean of each class
/// against the rest. Equal scores count half. Hanley and McNeil 1982.
///
/// # Errors
/// As for every metric, and when one of the classes does not occur, or a class has no column.
///
/// ```
/// let scores = ndarray::array![[0.1], [0.4], [0.35], [0.8]];
/// assert_eq!(feedforward::metrics::roc_auc(&scores, &[0, 0, 1, 1], None)?, 0.75);
/// # Ok::<(), feedforward::Error>(())
/// ```
pub fn roc_auc<F: Float>(scores: &ArrayRef2<F>, actual: &[usize], weights: Option<&[f64]>) -> Result<f64> {
    let operation = "roc_auc";
    let weights = weigh(operation, scores.nrows(), actual.len(), weights)?;
    all_finite(operation, "scores", scores)?;
    let classes = scores.ncols().max(2);
    if let Some((row, found)) = actual.iter().enumerate().find(|&(_, &class)| class >= classes) {
        let expected = format!("a class below {classes}");
        return Err(Error::Target { operation, row, expected, found: found.to_string() });
    }
    let area = |column: usize, positive: usize| {
        let scores = scores.column(column).iter().map(|score| score.widen()).collect::<Vec<_>>();
        binary_auc(&scores, &actual.iter().map(|&class| class == positive).collect::<Vec<_>>(), &weights).ok_or_else(
            || Error::invalid(operation, format!("examples of class {positive} and of others"), "only one kind"),
        )
    };
    if classes == 2 {
        return area(scores.ncols() - 1, 1);
    }
    let areas = (0..classes).map(|class| area(class, class)).collect::<Result<Vec<_>>>()?;
    Ok(areas.iter().sum::<f64>() / classes as f64)
}

/// From the lowest score to the highest: each positive beats the weight of the negatives below, and half of the equal.
fn binary_auc(scores: &[f64], positive: &[bool], weights: &[f64]) -> Option<f64> {
    let mut order: Vec<_> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    let (mut below, mut won, mut all_positive) = (0.0, 0.0, 0.0);
    for equals in order.chunk_by(|&a, &b| scores[a] == scores[b]) {
        let weigh = |kind: bool| equals.iter().filter(|&&i| positive[i] == kind).map(|&i| weights[i]).sum::<f64>();
        let (ours, theirs) = (weigh(true), weigh(false));
        won += ours * (below + theirs / 2.0);
        below += theirs;
        all_positive += ours;
    }
    let pairs = below * all_positive;
    (pairs > 0.0).then_some(won / pairs)
}
