//! Metrics of several labels in a row.

use super::Metric;
use crate::metrics::labels::check_labels;
use crate::metrics::{LabelAverage, label_accuracy, label_f1, label_precision, label_recall, subset_accuracy};
use crate::{Float, Result};
use ndarray::ArrayRef2;

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

    fn check_targets(&self, outputs: usize, targets: &ArrayRef2<F>) -> Result<()> {
        check_labels("LabelAccuracy", outputs, targets)
    }
}

/// Computes [`subset_accuracy`], under the name "subset accuracy": the share of rows with all labels right.
///
/// ```
/// use feedforward::metrics::{Metric, SubsetAccuracy};
/// use ndarray::array;
/// assert_eq!(SubsetAccuracy.value(&array![[0.9, 0.8], [0.2, 0.6]], &array![[1.0, 1.0], [0.0, 0.0]], None)?, 0.5);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SubsetAccuracy;

impl<F: Float> Metric<F> for SubsetAccuracy {
    fn name(&self) -> String {
        "subset accuracy".to_owned()
    }

    fn value(&self, outputs: &ArrayRef2<F>, targets: &ArrayRef2<F>, weights: Option<&[f64]>) -> Result<f64> {
        subset_accuracy(outputs, targets, weights)
    }

    fn check_targets(&self, outputs: usize, targets: &ArrayRef2<F>) -> Result<()> {
        check_labels("SubsetAccuracy", outputs, targets)
    }
}

/// Defines a metric of labels; the example has two rows of two labels, one of the three true ones missed.
macro_rules! label_metric {
    ($type:ident, $name:literal, $function:ident, $value:literal) => {
        #[doc = concat!("Computes [`", stringify!($function), "`], under the name ")]
        #[doc = concat!("\"macro label ", $name, "\" if so averaged: for several labels in a row.")]
        ///
        /// ```
        #[doc = concat!("use feedforward::metrics::{LabelAverage, Metric, ", stringify!($type), "};")]
        /// use ndarray::array;
        /// let (outputs, targets) = (array![[0.9, 0.8], [0.6, 0.1]], array![[1.0, 1.0], [0.0, 1.0]]);
        #[doc = concat!("let value = ", stringify!($type), "(LabelAverage::Micro).value(&outputs, &targets, None)?;")]
        #[doc = concat!("assert!((value - ", $value, ").abs() < 1e-12);")]
        /// # Ok::<(), feedforward::Error>(())
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub struct $type(
            /// How the scores of the labels are averaged to one.
            pub LabelAverage,
        );

        impl<F: Float> Metric<F> for $type {
            fn name(&self) -> String {
                match self.0 {
                    LabelAverage::Macro => concat!("macro label ", $name),
                    LabelAverage::Micro => concat!("micro label ", $name),
                    LabelAverage::Weighted => concat!("weighted label ", $name),
                    LabelAverage::Samples => concat!("samples label ", $name),
                }
                .to_owned()
            }

            fn value(&self, outputs: &ArrayRef2<F>, targets: &ArrayRef2<F>, weights: Option<&[f64]>) -> Result<f64> {
                $function(outputs, targets, self.0, weights)
            }

            fn check_targets(&self, outputs: usize, targets: &ArrayRef2<F>) -> Result<()> {
                check_labels(stringify!($type), outputs, targets)
            }
        }
    };
}

label_metric!(LabelPrecision, "precision", label_precision, "2.0 / 3.0");
label_metric!(LabelRecall, "recall", label_recall, "2.0 / 3.0");
label_metric!(LabelF1, "f1", label_f1, "2.0 / 3.0");
