//! Metrics of predicted classes.

use super::Metric;
use crate::data::{argmax, read_classes, read_yes_or_no};
use crate::metrics::{
    Average, accuracy, average_precision, balanced_accuracy, f1, precision, recall, roc_auc, top_k_accuracy,
};
use crate::{Float, Result, check};
use ndarray::ArrayRef2;

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

/// Computes [`balanced_accuracy`], under the name "balanced accuracy"; classes are read as by [`Accuracy`].
///
/// ```
/// use feedforward::metrics::{BalancedAccuracy, Metric};
/// use ndarray::array;
/// let (outputs, targets) = (array![[0.2], [0.9], [0.4]], array![[0.0], [1.0], [1.0]]);
/// assert_eq!(BalancedAccuracy.value(&outputs, &targets, None)?, 0.75);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BalancedAccuracy;

impl<F: Float> Metric<F> for BalancedAccuracy {
    fn name(&self) -> String {
        "balanced accuracy".to_owned()
    }

    fn value(&self, outputs: &ArrayRef2<F>, targets: &ArrayRef2<F>, weights: Option<&[f64]>) -> Result<f64> {
        let predicted = output_classes("BalancedAccuracy", outputs)?;
        balanced_accuracy(&predicted, &target_classes("BalancedAccuracy", outputs.ncols(), targets)?, weights)
    }

    fn check_targets(&self, outputs: usize, targets: &ArrayRef2<F>) -> Result<()> {
        target_classes("BalancedAccuracy", outputs, targets).map(drop)
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

/// Computes [`average_precision`], under the name "average precision"; it is the same for probabilities and for their
/// logits.
///
/// ```
/// use feedforward::metrics::{AveragePrecision, Metric};
/// use ndarray::array;
/// assert_eq!(AveragePrecision.value(&array![[-1.0], [0.5], [2.0]], &array![[0.0], [1.0], [1.0]], None)?, 1.0);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AveragePrecision;

impl<F: Float> Metric<F> for AveragePrecision {
    fn name(&self) -> String {
        "average precision".to_owned()
    }

    fn value(&self, outputs: &ArrayRef2<F>, targets: &ArrayRef2<F>, weights: Option<&[f64]>) -> Result<f64> {
        average_precision(outputs, &target_classes("AveragePrecision", outputs.ncols(), targets)?, weights)
    }

    fn check_targets(&self, outputs: usize, targets: &ArrayRef2<F>) -> Result<()> {
        target_classes("AveragePrecision", outputs, targets).map(drop)
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
