//! [`Metric`]: a score of a network's outputs that the trainer records after each epoch.

use super::{
    Average, accuracy, explained_variance, f1, mean_absolute_error, mean_squared_error, precision, r2, recall, roc_auc,
    root_mean_squared_error, top_k_accuracy,
};
use crate::data::argmax;
use crate::{Float, Result};
use ndarray::ArrayRef2;
use std::fmt::Debug;

/// A score of a network's outputs, for [`Trainer::metric`](crate::Trainer::metric).
///
/// ```
/// use feedforward::metrics::Metric;
/// use feedforward::error::Result;
/// use feedforward::Float;
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
    /// Returns the name it has in the history.
    fn name(&self) -> &str;

    /// Computes the score of the outputs as the network returns them: logits, if it was trained on logits.
    ///
    /// # Errors
    /// When outputs and targets are not what the score needs.
    fn value(&self, outputs: &ArrayRef2<F>, targets: &ArrayRef2<F>, weights: Option<&[f64]>) -> Result<f64>;
}

/// Returns the class of each row of outputs: the largest column, or for one column whether it is above the threshold.
fn output_classes<F: Float>(outputs: &ArrayRef2<F>, threshold: f64) -> Vec<usize> {
    if outputs.ncols() > 1 {
        return argmax(outputs);
    }
    outputs.iter().map(|output| usize::from(output.widen() > threshold)).collect()
}

/// Returns the class of each row of targets: one-hot, or one column of indices.
fn target_classes<F: Float>(targets: &ArrayRef2<F>) -> Vec<usize> {
    if targets.ncols() > 1 {
        return argmax(targets);
    }
    targets.iter().map(|target| target.widen().max(0.0) as usize).collect()
}

/// Computes [`accuracy`], under the name "accuracy".
///
/// With several outputs the class is the one with the largest output. With one output, class 1 is an output above the
/// threshold: 0.5 for probabilities (the default), 0 for logits.
///
/// ```
/// use feedforward::metrics::{Accuracy, Metric};
/// use ndarray::array;
/// let value = Accuracy::default().value(&array![[0.1, 2.0], [3.0, 1.0]], &array![[1.0], [1.0]], None)?;
/// assert_eq!(value, 0.5);
/// assert_eq!(Accuracy::on_logits().value(&array![[0.1]], &array![[1.0]], None)?, 1.0);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias("BinaryAccuracy", "CategoricalAccuracy"))]
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Accuracy {
    threshold: f64,
}

impl Accuracy {
    /// Makes the accuracy for a single output that is a logit: class 1 is an output above 0.
    pub fn on_logits() -> Self {
        Self { threshold: 0.0 }
    }
}

impl Default for Accuracy {
    /// Makes the accuracy for a single output that is a probability: class 1 is an output above 0.5.
    fn default() -> Self {
        Self { threshold: 0.5 }
    }
}

impl<F: Float> Metric<F> for Accuracy {
    fn name(&self) -> &str {
        "accuracy"
    }

    fn value(&self, outputs: &ArrayRef2<F>, targets: &ArrayRef2<F>, weights: Option<&[f64]>) -> Result<f64> {
        accuracy(&output_classes(outputs, self.threshold), &target_classes(targets), weights)
    }
}

/// Computes [`top_k_accuracy`], under the name "top k accuracy".
///
/// ```
/// use feedforward::metrics::{Metric, TopK};
/// use ndarray::array;
/// assert_eq!(TopK(2).value(&array![[0.1, 2.0, 1.0]], &array![[2.0]], None)?, 1.0);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "TopKCategoricalAccuracy")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TopK(
    /// The number k of highest scores that count.
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

/// Computes [`roc_auc`], under the name "roc auc"; it is the same for probabilities and for their logits.
///
/// ```
/// use feedforward::metrics::{Metric, RocAuc};
/// use ndarray::array;
/// assert_eq!(RocAuc.value(&array![[-1.0], [0.5], [2.0]], &array![[0.0], [1.0], [1.0]], None)?, 1.0);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "AUC")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RocAuc;

impl<F: Float> Metric<F> for RocAuc {
    fn name(&self) -> &str {
        "roc auc"
    }

    fn value(&self, outputs: &ArrayRef2<F>, targets: &ArrayRef2<F>, weights: Option<&[f64]>) -> Result<f64> {
        roc_auc(outputs, &target_classes(targets), weights)
    }
}

/// Defines a metric of predicted classes; the example has one row of class 0 and two of class 1, one of them missed.
macro_rules! class_metric {
    ($type:ident, $name:literal, $function:ident, $value:literal) => {
        #[doc = concat!("Computes [`", stringify!($function), "`], under the name \"", $name, "\".")]
        ///
        /// With one output, class 1 is an output above 0.5.
        ///
        /// ```
        #[doc = concat!("use feedforward::metrics::{Average, Metric, ", stringify!($type), "};")]
        /// use ndarray::array;
        /// let (outputs, targets) = (array![[0.2], [0.9], [0.4]], array![[0.0], [1.0], [1.0]]);
        #[doc = concat!("let value = ", stringify!($type), "(Average::Macro).value(&outputs, &targets, None)?;")]
        #[doc = concat!("assert!((value - ", $value, ").abs() < 1e-12);")]
        /// # Ok::<(), feedforward::Error>(())
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub struct $type(
            /// How the scores of the classes are averaged to one.
            pub Average,
        );

        impl<F: Float> Metric<F> for $type {
            fn name(&self) -> &str {
                $name
            }

            fn value(&self, outputs: &ArrayRef2<F>, targets: &ArrayRef2<F>, weights: Option<&[f64]>) -> Result<f64> {
                $function(&output_classes(outputs, 0.5), &target_classes(targets), self.0, weights)
            }
        }
    };
}

class_metric!(Precision, "precision", precision, "0.75");
class_metric!(Recall, "recall", recall, "0.75");
class_metric!(F1, "f1", f1, "2.0 / 3.0");

/// Defines a metric of predicted numbers; the example has targets 1, 2 and 3, and an error of 1 in the last.
macro_rules! number_metric {
    ($(#[$attribute:meta])* $type:ident, $name:literal, $function:ident, $value:literal) => {
        #[doc = concat!("Computes [`", stringify!($function), "`], under the name \"", $name, "\".")]
        ///
        $(#[$attribute])*
        ///
        /// ```
        #[doc = concat!("use feedforward::metrics::{Metric, ", stringify!($type), "};")]
        /// use ndarray::array;
        /// let (outputs, targets) = (array![[1.0], [2.0], [4.0]], array![[1.0], [2.0], [3.0_f64]]);
        #[doc = concat!("let value = ", stringify!($type), ".value(&outputs, &targets, None)?;")]
        #[doc = concat!("assert!((value - ", $value, ").abs() < 1e-12);")]
        /// # Ok::<(), feedforward::Error>(())
        /// ```
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

number_metric!(
    /// It is reported, in double precision, and has no gradient. To train on the mean squared error, use the loss
    /// [`Mse`](crate::Mse).
    MeanSquaredError,
    "mse",
    mean_squared_error,
    "1.0 / 3.0"
);
number_metric!(RootMeanSquaredError, "rmse", root_mean_squared_error, "(1.0_f64 / 3.0).sqrt()");
number_metric!(
    /// It is reported, in double precision, and has no gradient. To train on the mean absolute error, use the loss
    /// [`Mae`](crate::Mae).
    MeanAbsoluteError,
    "mae",
    mean_absolute_error,
    "1.0 / 3.0"
);
number_metric!(R2, "r2", r2, "0.5");
number_metric!(ExplainedVariance, "explained variance", explained_variance, "2.0 / 3.0");
