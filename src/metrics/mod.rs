//! Metrics: scores of predictions that people know. All equal scikit-learn's.
//!
//! The functions score any predictions. The types of the same names are for
//! [`Trainer::metric`](crate::Trainer::metric). A metric is reported and has no gradient; the function that training
//! minimizes is a [`Loss`](crate::Loss). So [`MeanSquaredError`] and [`mean_squared_error`] are metrics, and
//! [`Mse`](crate::Mse) is the loss.
//!
//! The arguments are the predictions, then the true values, then an optional weight for each example. Every function
//! returns an error for different lengths, for no example, for numbers that are not finite, for weights that are
//! negative, not finite or all zero, and for a score that is too large for `f64`. A score that is returned is finite.
//!
//! # Targets
//!
//! A metric of classes reads the class of a row as data sets and splits do:
//!
//! | targets | outputs | the class of a row |
//! | --- | --- | --- |
//! | one column of whole numbers | a column for each class | the number |
//! | one column of 0, 1 or probabilities of class 1 | one column | 1 above a half, 0 below |
//! | a column for each class, a single 1 or probabilities that add up to 1 | as many | the most probable class |
//!
//! Other targets are errors: several labels in a row ([`LabelAccuracy`] scores those), numbers to be predicted, and
//! rows where two classes are equally probable.

mod classification;
mod confusion;
mod metric;
mod probabilities;
mod regression;
mod regression_report;

pub use classification::{
    Average, ClassScores, accuracy, class_scores, f1, label_accuracy, precision, recall, top_k_accuracy,
};
pub use confusion::{ClassificationReport, ConfusionMatrix};
pub use metric::{
    Accuracy, ExplainedVariance, F1, LabelAccuracy, MeanAbsoluteError, MeanSquaredError, Metric, Named, Precision, R2,
    Recall, RocAuc, RootMeanSquaredError, TopK,
};
pub use probabilities::{brier, log_loss, roc_auc};
pub use regression::{explained_variance, mean_absolute_error, mean_squared_error, r2, root_mean_squared_error};
pub use regression_report::{OutputScores, RegressionReport};

use crate::data::power_of_two_near;
use crate::{Error, Result, check};

/// Checks lengths and weights, and returns the weight of each example: 1 without weights.
///
/// Weights are divided by a power of two near the largest, so that no sum or product of theirs overflows.
fn example_weights(
    operation: &'static str,
    predicted: usize,
    actual: usize,
    weights: Option<&[f64]>,
) -> Result<Vec<f64>> {
    check::not_empty(operation, "row", predicted)?;
    check::rows(operation, "targets", predicted, actual)?;
    check::sample_weights(operation, predicted, weights)?;
    check::addressable::<f64>(operation, predicted, 1)?;
    let Some(weights) = weights else { return Ok(vec![1.0; predicted]) };
    let scale = power_of_two_near(weights);
    Ok(weights.iter().map(|weight| weight / scale).collect())
}

/// Demands a score that is finite.
fn finite(operation: &'static str, score: f64) -> Result<f64> {
    if score.is_finite() { Ok(score) } else { Err(Error::invalid(operation, "numbers whose score is finite", score)) }
}

/// Divides; returns 0 for a denominator of 0, as scikit-learn does.
fn ratio(numerator: f64, denominator: f64) -> f64 {
    if denominator == 0.0 { 0.0 } else { numerator / denominator }
}
