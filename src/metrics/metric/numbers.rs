//! Metrics of predicted numbers.

use super::Metric;
use crate::metrics::{
    explained_variance, mean_absolute_error, mean_absolute_percentage_error, mean_pinball_loss, mean_poisson_deviance,
    mean_squared_error, median_absolute_error, r2, root_mean_squared_error,
};
use crate::{Float, Result, check};
use ndarray::ArrayRef2;

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
number_metric!(MedianAbsoluteError, "median absolute error", median_absolute_error, "0.0");
number_metric!(MeanAbsolutePercentageError, "mape", mean_absolute_percentage_error, "1.0 / 9.0");
number_metric!(
    /// In a fit and in `evaluate` with the loss [`Poisson`](crate::Poisson), metrics see the rates, as this one needs.
    MeanPoissonDeviance,
    "poisson deviance",
    mean_poisson_deviance,
    "2.0 * (1.0 - 3.0 * (4.0_f64 / 3.0).ln()) / 3.0"
);

/// Computes [`mean_pinball_loss`] of this level, under the name "pinball loss of 0.9" for 0.9.
///
/// It is reported, in double precision, and has no gradient. To train on it, use the loss
/// [`Quantile`](crate::Quantile).
///
/// ```
/// use feedforward::metrics::{MeanPinballLoss, Metric};
/// use ndarray::array;
/// let value = MeanPinballLoss(0.75).value(&array![[0.0], [0.0]], &array![[2.0], [-2.0]], None)?;
/// assert_eq!(value, 1.0);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeanPinballLoss(
    /// The level of the quantile, above 0 and below 1.
    pub f64,
);

impl<F: Float> Metric<F> for MeanPinballLoss {
    fn name(&self) -> String {
        format!("pinball loss of {}", self.0)
    }

    fn value(&self, outputs: &ArrayRef2<F>, targets: &ArrayRef2<F>, weights: Option<&[f64]>) -> Result<f64> {
        mean_pinball_loss(outputs, targets, self.0, weights)
    }

    fn check_targets(&self, outputs: usize, targets: &ArrayRef2<F>) -> Result<()> {
        check::inside_zero_and_one("MeanPinballLoss", "level", self.0)?;
        check::columns("MeanPinballLoss", "targets", outputs, targets.ncols())
    }
}
