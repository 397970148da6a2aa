//! [`Metric`]: a score the trainer works out after each epoch.

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
    ///
    /// ```
    /// use feedforward::metrics::{Metric, R2};
    /// assert_eq!(Metric::<f64>::name(&R2), "r2");
    /// ```
    fn name(&self) -> &str;

    /// The score of the outputs as the network gives them (logits, where it was trained on logits).
    ///
    /// # Errors
    /// When outputs and targets are not what the score needs.
    ///
    /// ```
    /// use feedforward::metrics::{MeanAbsoluteError, Metric};
    /// use ndarray::array;
    /// assert_eq!(MeanAbsoluteError.value(&array![[1.0], [2.0]], &array![[0.0], [5.0]], None)?, 2.0);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
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
    ///
    /// ```
    /// use feedforward::metrics::{Accuracy, Metric};
    /// use ndarray::array;
    /// assert_eq!(Accuracy::on_logits().value(&array![[0.1], [-0.1]], &array![[1.0], [0.0]], None)?, 1.0);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
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
///
/// ```
/// use feedforward::metrics::{Metric, TopK};
/// use ndarray::array;
/// assert_eq!(TopK(2).value(&array![[0.1, 2.0, 1.0]], &array![[2.0]], None)?, 1.0);
/// # Ok::<(), feedforward::Error>(())
/// ```
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

/// [`roc_auc`], called "roc auc"; probabilities and logits rank alike.
///
/// ```
/// use feedforward::metrics::{Metric, RocAuc};
/// use ndarray::array;
/// assert_eq!(RocAuc.value(&array![[-1.0], [0.5], [2.0]], &array![[0.0], [1.0], [1.0]], None)?, 1.0);
/// # Ok::<(), feedforward::Error>(())
/// ```
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

/// Metrics of predicted classes; the example is of class 0 once and class 1 twice, of which one is missed.
macro_rules! of_classes {
    ($($type:ident, $name:literal, $function:ident, $value:literal;)*) => {$(
        #[doc = concat!("[`", stringify!($function), "`], called \"", $name, "\"; a single output names class 1 above 0.5.")]
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
            /// How the scores of the classes become one.
            pub Average,
        );

        impl<F: Float> Metric<F> for $type {
            fn name(&self) -> &str {
                $name
            }

            fn value(&self, outputs: &ArrayRef2<F>, targets: &ArrayRef2<F>, weights: Option<&[f64]>) -> Result<f64> {
                $function(&classes(outputs, 0.5), &target_classes(targets), self.0, weights)
            }
        }
    )*};
}

of_classes! {
    Precision, "precision", precision, "0.75";
    Recall, "recall", recall, "0.75";
    F1, "f1", f1, "2.0 / 3.0";
}

/// Metrics of predicted numbers; the example has targets 1, 2 and 3, and an error of 1 in the last.
macro_rules! of_numbers {
    ($($type:ident, $name:literal, $function:ident, $value:literal;)*) => {$(
        #[doc = concat!("[`", stringify!($function), "`], called \"", $name, "\".")]
        ///
        /// ```
        #[doc = concat!("use feedforward::metrics::{Metric, ", stringify!($type), "};")]
        /// use ndarray::array;
        /// let (outputs, targets) = (array![[1.0], [2.0], [4.0]], array![[1.0], [2.0], [3.0_f64]]);
        #[doc = concat!("assert!((", stringify!($type), ".value(&outputs, &targets, None)? - ", $value, ").abs() < 1e-12);")]
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
    )*};
}

of_numbers! {
    MeanSquaredError, "mse", mean_squared_error, "1.0 / 3.0";
    RootMeanSquaredError, "rmse", root_mean_squared_error, "(1.0_f64 / 3.0).sqrt()";
    MeanAbsoluteError, "mae", mean_absolute_error, "1.0 / 3.0";
    R2, "r2", r2, "0.5";
    ExplainedVariance, "explained variance", explained_variance, "2.0 / 3.0";
}
