//! [`Metric`]: a score the trainer works out after each epoch.

use super::{Average, accuracy, f1, mean_absolute_error, r2, root_mean_squared_error, top_k_accuracy};
use crate::data::argmax;
use crate::{Float, Result};
use ndarray::ArrayRef2;
use std::fmt::Debug;

/// A score of a network's outputs, for [`Trainer::metric`](crate::Trainer::metric).
///
/// ```
/// use feedforward::metrics::Metric;
/// use feedforward::{Float, Result};
/// use ndarray::ArrayRef2;
///
/// /// The largest error of all.
/// #[derive(Debug)]
/// struct LargestError;
///
/// impl<F: Float> Metric<F> for LargestError {
///     fn name(&self) -> &str {
///         "largest error"
///     }
///     fn value(&self, outputs: &ArrayRef2<F>, targets: &ArrayRef2<F>, _: Option<&[f64]>) -> Result<f64> {
///         Ok(outputs.iter().zip(targets).map(|(&p, &t)| (p - t).abs().widen()).fold(0.0, f64::max))
///     }
/// }
/// ```
pub trait Metric<F: Float>: Debug + Send + Sync {
    /// What the history calls it.
    fn name(&self) -> &str;

    /// The score of the outputs as the network gives them (logits, where it was trained on logits).
    ///
    /// # Errors
    /// When outputs and targets are not what the score needs.
    fn value(&self, outputs: &ArrayRef2<F>, targets: &ArrayRef2<F>, weights: Option<&[f64]>) -> Result<f64>;
}

/// The classes that outputs or targets name: the largest column, or for one column whether it is above a threshold.
fn classes<F: Float>(matrix: &ArrayRef2<F>, threshold: f64) -> Vec<usize> {
    if matrix.ncols() > 1 {
        return argmax(matrix);
    }
    matrix.iter().map(|value| usize::from(value.widen() > threshold)).collect()
}

/// The classes that targets name: one-hot, or one column of indices.
fn target_classes<F: Float>(targets: &ArrayRef2<F>) -> Vec<usize> {
    if targets.ncols() > 1 { argmax(targets) } else { targets.iter().map(|t| t.widen().max(0.0) as usize).collect() }
}

/// [`accuracy`], called "accuracy".
///
/// With several outputs the largest names the class. With one, class 1 is an output above the threshold: 0.5 for
/// probabilities (the default), 0 for logits.
///
/// ```
/// use feedforward::metrics::{Accuracy, Metric};
/// use ndarray::array;
/// let value = Accuracy::default().value(&array![[0.1, 2.0], [3.0, 1.0]], &array![[1.0], [1.0]], None)?;
/// assert_eq!(value, 0.5);
/// assert_eq!(Accuracy::on_logits().value(&array![[0.1]], &array![[1.0]], None)?, 1.0);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Accuracy {
    threshold: f64,
}

impl Accuracy {
    /// For a single output that is a logit: class 1 above 0.
    pub fn on_logits() -> Self {
        Self { threshold: 0.0 }
    }
}

impl Default for Accuracy {
    fn default() -> Self {
        Self { threshold: 0.5 }
    }
}

impl<F: Float> Metric<F> for Accuracy {
    fn name(&self) -> &str {
        "accuracy"
    }

    fn value(&self, outputs: &ArrayRef2<F>, targets: &ArrayRef2<F>, weights: Option<&[f64]>) -> Result<f64> {
        accuracy(&classes(outputs, self.threshold), &target_classes(targets), weights)
    }
}

/// [`top_k_accuracy`], called "top k accuracy".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TopK(
    /// k
    pub usize,
);

impl<F: Float> Metric<F> for TopK {
    fn name(&self) -> &str {
        "top k accuracy"
    }

    fn value(&self, outputs: &ArrayRef2<F>, targets: &ArrayRef2<F>, weights: Option<&[f64]>) -> Result<f64> {
        top_k_accuracy(outputs, &target_classes(targets), self.0, weights)
    }
}

/// [`f1`], called "f1"; a single output names class 1 above 0.5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct F1(
    /// How the scores of the classes become one.
    pub Average,
);

impl<F: Float> Metric<F> for F1 {
    fn name(&self) -> &str {
        "f1"
    }

    fn value(&self, outputs: &ArrayRef2<F>, targets: &ArrayRef2<F>, weights: Option<&[f64]>) -> Result<f64> {
        f1(&classes(outputs, 0.5), &target_classes(targets), self.0, weights)
    }
}

macro_rules! of_numbers {
    ($type:ident, $name:literal, $function:ident, $doc:literal) => {
        #[doc = $doc]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub struct $type;

        impl<F: Float> Metric<F> for $type {
            fn name(&self) -> &str {
                $name
            }

            fn value(&self, outputs: &ArrayRef2<F>, targets: &ArrayRef2<F>, weights: Option<&[f64]>) -> Result<f64> {
                $function(outputs, targets, weights)
            }
        }
    };
}

of_numbers!(RootMeanSquaredError, "rmse", root_mean_squared_error, "[`root_mean_squared_error`], called \"rmse\".");
of_numbers!(MeanAbsoluteError, "mae", mean_absolute_error, "[`mean_absolute_error`], called \"mae\".");
of_numbers!(R2, "r2", r2, "[`r2`], called \"r2\".");
