//! [`Metric`]: a score of a network's outputs that the trainer records after each epoch.

use super::{
    Average, accuracy, explained_variance, f1, label_accuracy, mean_absolute_error, mean_squared_error, precision, r2,
    recall, roc_auc, root_mean_squared_error, top_k_accuracy,
};
use crate::data::{argmax, read_classes, read_yes_or_no};
use crate::{Float, Result, check};
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
///     fn name(&self) -> String {
///         "largest error".to_owned()
///     }
///     fn value(&self, outputs: &ArrayRef2<F>, targets: &ArrayRef2<F>, _: Option<&[f64]>) -> Result<f64> {
///         Ok(outputs.iter().zip(targets).map(|(&p, &t)| (p - t).abs().widen()).fold(0.0, f64::max))
///     }
/// }
/// ```
pub trait Metric<F: Float>: Debug + Send + Sync {
    /// Returns the name it has in the history; [`Named`] gives it another.
    fn name(&self) -> String;

    /// Computes the score of the outputs. [`Network::evaluate`](crate::Network::evaluate) and the trainer hand over
    /// what the loss makes of them: probabilities, for a loss on logits.
    ///
    /// # Errors
    /// When outputs and targets are not what the score needs; a score that is returned is finite.
    fn value(&self, outputs: &ArrayRef2<F>, targets: &ArrayRef2<F>, weights: Option<&[f64]>) -> Result<f64>;

    /// Checks targets for a network with this many outputs. The trainer calls it before the first step.
    ///
    /// # Errors
    /// When no output could be scored against them.
    fn check_targets(&self, _outputs: usize, _targets: &ArrayRef2<F>) -> Result<()> {
        Ok(())
    }
}

/// Gives a metric another name in the history.
///
/// ```
/// use feedforward::metrics::{Metric, Named, R2};
/// let metric = Named::new("explained share", R2);
/// assert_eq!(Metric::<f32>::name(&metric), "explained share");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named<M> {
    name: String,
    metric: M,
}

impl<M> Named<M> {
    /// Makes the metric with this name.
    pub fn new(name: impl Into<String>, metric: M) -> Self {
        Self { name: name.into(), metric }
    }
}

impl<F: Float, M: Metric<F>> Metric<F> for Named<M> {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn value(&self, outputs: &ArrayRef2<F>, targets: &ArrayRef2<F>, weights: Option<&[f64]>) -> Result<f64> {
        self.metric.value(outputs, targets, weights)
    }

    fn check_targets(&self, outputs: usize, targets: &ArrayRef2<F>) -> Result<()> {
        self.metric.check_targets(outputs, targets)
    }
}

/// Returns the class of each row of outputs: the largest column, or for one column whether it is above a half.
fn output_classes<F: Float>(operation: &'static str, outputs: &ArrayRef2<F>) -> Result<Vec<usize>> {
    check::all_finite(operation, "outputs", outputs)?;
    if outputs.ncols() != 1 {
        return argmax(outputs);
    }
    Ok(outputs.iter().map(|output| usize::from(output.widen() > 0.5)).collect())
}

/// Returns the class of each row of targets, for a network with one output or one for each class, as
/// [the module](crate::metrics) says.
fn target_classes<F: Float>(operation: &'static str, classes: usize, targets: &ArrayRef2<F>) -> Result<Vec<usize>> {
    if classes == 1 {
        return read_yes_or_no(operation, targets);
    }
    if targets.ncols() != 1 {
        check::columns(operation, "targets", classes, targets.ncols())?;
    }
    let read = read_classes(operation, targets)?;
    check::classes_below(operation, classes, &read)?;
    Ok(read)
}

/// Computes [`accuracy`], under the name "accuracy".
///
/// With several outputs the class is the one with the largest output. With one output, class 1 is a probability above
/// 0.5: in a fit and in `evaluate` metrics see probabilities, also where the loss is on logits.
///
/// ```
/// use feedforward::metrics::{Accuracy, Metric};
/// use ndarray::array;
/// let value = Accuracy.value(&array![[0.1, 2.0], [3.0, 1.0]], &array![[1.0], [1.0]], None)?;
/// assert_eq!(value, 0.5);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias("BinaryAccuracy", "CategoricalAccuracy"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Accuracy;

impl<F: Float> Metric<F> for Accuracy {
    fn name(&self) -> String {
        "accuracy".to_owned()
    }

    fn value(&self, outputs: &ArrayRef2<F>, targets: &ArrayRef2<F>, weights: Option<&[f64]>) -> Result<f64> {
        let predicted = output_classes("Accuracy", outputs)?;
        accuracy(&predicted, &target_classes("Accuracy", outputs.ncols(), targets)?, weights)
    }

    fn check_targets(&self, outputs: usize, targets: &ArrayRef2<F>) -> Result<()> {
        target_classes("Accuracy", outputs, targets).map(drop)
    }
}

/// Computes [`label_accuracy`], under the name "label accuracy": for several labels in a row.
///
/// ```
/// use feedforward::metrics::{LabelAccuracy, Metric};
/// use ndarray::array;
/// assert_eq!(LabelAccuracy.value(&array![[0.9, 0.8], [0.2, 0.6]], &array![[1.0, 1.0], [0.0, 0.0]], None)?, 0.75);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias("BinaryAccuracy", "hamming_loss"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LabelAccuracy;

impl<F: Float> Metric<F> for LabelAccuracy {
    fn name(&self) -> String {
        "label accuracy".to_owned()
    }

    fn value(&self, outputs: &ArrayRef2<F>, targets: &ArrayRef2<F>, weights: Option<&[f64]>) -> Result<f64> {
        label_accuracy(outputs, targets, weights)
    }
}

/// Computes [`top_k_accuracy`], under the name "top 2 accuracy" for k = 2.
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
    fn name(&self) -> String {
        format!("top {} accuracy", self.0)
    }

    fn value(&self, outputs: &ArrayRef2<F>, targets: &ArrayRef2<F>, weights: Option<&[f64]>) -> Result<f64> {
        top_k_accuracy(outputs, &target_classes("TopK", outputs.ncols(), targets)?, self.0, weights)
    }

    fn check_targets(&self, outputs: usize, targets: &ArrayRef2<F>) -> Result<()> {
        target_classes("TopK", outputs, targets).map(drop)
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
    fn name(&self) -> String {
        "roc auc".to_owned()
    }

    fn value(&self, outputs: &ArrayRef2<F>, targets: &ArrayRef2<F>, weights: Option<&[f64]>) -> Result<f64> {
        roc_auc(outputs, &target_classes("RocAuc", outputs.ncols(), targets)?, weights)
    }

    fn check_targets(&self, outputs: usize, targets: &ArrayRef2<F>) -> Result<()> {
        target_classes("RocAuc", outputs, targets).map(drop)
    }
}

/// Defines a metric of predicted classes; the example has one row of class 0 and two of class 1, one of them missed.
macro_rules! class_metric {
    ($type:ident, $name:literal, $function:ident, $value:literal) => {
        #[doc = concat!("Computes [`", stringify!($function), "`], under the name ")]
        #[doc = concat!("\"macro ", $name, "\" if so averaged.")]
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
            fn name(&self) -> String {
                match self.0 {
                    Average::Macro => concat!("macro ", $name).to_owned(),
                    Average::Micro => concat!("micro ", $name).to_owned(),
                    Average::Weighted => concat!("weighted ", $name).to_owned(),
                    Average::Binary { positive } => format!(concat!($name, " of class {}"), positive),
                }
            }

            fn value(&self, outputs: &ArrayRef2<F>, targets: &ArrayRef2<F>, weights: Option<&[f64]>) -> Result<f64> {
                let operation = stringify!($type);
                let predicted = output_classes(operation, outputs)?;
                $function(&predicted, &target_classes(operation, outputs.ncols(), targets)?, self.0, weights)
            }

            fn check_targets(&self, outputs: usize, targets: &ArrayRef2<F>) -> Result<()> {
                target_classes(stringify!($type), outputs, targets).map(drop)
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
            fn name(&self) -> String {
                $name.to_owned()
            }

            fn value(&self, outputs: &ArrayRef2<F>, targets: &ArrayRef2<F>, weights: Option<&[f64]>) -> Result<f64> {
                $function(outputs, targets, weights)
            }

            fn check_targets(&self, outputs: usize, targets: &ArrayRef2<F>) -> Result<()> {
                check::columns(stringify!($type), "targets", outputs, targets.ncols())
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
