//! Metrics: scores of predictions that people know. All equal scikit-learn's.
//!
//! The functions score any predictions. The types of the same names are for
//! [`Trainer::metric`](crate::Trainer::metric). A metric is reported and has no gradient; the function that training
//! minimizes is a [`Loss`](crate::Loss). So [`MeanSquaredError`] and [`mean_squared_error`] are metrics, and
//! [`Mse`](crate::Mse) is the loss.
//!
//! The arguments are the predictions, then the true values, then an optional weight for each example. Every function
//! returns an error for different lengths, for no example, for numbers that are not finite, and for weights that are
//! negative, not finite or all zero.

mod classification;
mod confusion;
mod metric;
mod probabilities;
mod regression;

pub use classification::{Average, accuracy, f1, precision, recall, top_k_accuracy};
pub use confusion::ConfusionMatrix;
pub use metric::{
    Accuracy, ExplainedVariance, F1, MeanAbsoluteError, MeanSquaredError, Metric, Precision, R2, Recall, RocAuc,
    RootMeanSquaredError, TopK,
};
pub use probabilities::{brier, log_loss, roc_auc};
pub use regression::{explained_variance, mean_absolute_error, mean_squared_error, r2, root_mean_squared_error};

use crate::{Result, check};

/// Checks lengths and weights, and returns the weight of each example: 1 without weights.
fn example_weights(
    operation: &'static str,
    predicted: usize,
    actual: usize,
    weights: Option<&[f64]>,
) -> Result<Vec<f64>> {
    check::not_empty(operation, "row", predicted)?;
    check::rows(operation, "targets", predicted, actual)?;
    check::sample_weights(operation, predicted, weights)?;
    Ok(weights.map_or_else(|| vec![1.0; predicted], <[f64]>::to_vec))
}

/// Divides; returns 0 for a denominator of 0, as scikit-learn does.
fn ratio(numerator: f64, denominator: f64) -> f64 {
    if denominator == 0.0 { 0.0 } else { numerator / denominator }
}
