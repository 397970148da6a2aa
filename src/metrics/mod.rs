//! Metrics: how good predictions are, as numbers that people know. All equal scikit-learn's.
//!
//! Functions score any predictions; the types of the same names are for [`Trainer::metric`](crate::Trainer::metric).
//!
//! Predictions come first, then what is true, then a weight for each example if wanted. Every function is an error for
//! different lengths, for no example, for numbers that are not finite, and for weights that are negative, not finite or
//! all zero.

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

use crate::{Error, Result};

/// Checks lengths and weights, and gives the weight of each example.
fn weigh(operation: &'static str, predicted: usize, actual: usize, weights: Option<&[f64]>) -> Result<Vec<f64>> {
    if predicted == 0 {
        return Err(Error::Empty { operation, what: "row" });
    }
    if predicted != actual {
        return Err(Error::Rows { operation, what: "targets", expected: predicted, found: actual });
    }
    crate::loss::check_weights(operation, predicted, weights)?;
    Ok(weights.map_or_else(|| vec![1.0; predicted], <[f64]>::to_vec))
}

/// A quotient that is 0 where there is nothing to divide by, as scikit-learn has it.
fn ratio(numerator: f64, denominator: f64) -> f64 {
    if denominator == 0.0 { 0.0 } else { numerator / denominator }
}
