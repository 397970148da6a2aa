//! [`Scoring`]: by which number models are compared.

use std::fmt;

/// The number by which models are compared. All equal the function of the same name in [`metrics`](crate::metrics).
///
/// A score fits what is predicted, and is an error for anything else:
///
/// | predicted | scores |
/// | --- | --- |
/// | classes | `Accuracy`, `BalancedAccuracy`, `MacroF1`, `LogLoss`, `RocAuc` |
/// | several labels | `Accuracy`, `MacroF1`, `LogLoss` |
/// | numbers | `R2`, `RootMeanSquaredError`, `MeanAbsoluteError` |
///
/// ```
/// use feedforward::estimator::Scoring;
///
/// assert!(Scoring::LogLoss.is_loss() && !Scoring::Accuracy.is_loss());
/// assert_eq!(Scoring::RootMeanSquaredError.to_string(), "root_mean_squared_error");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Scoring {
    /// The share of rows whose class is predicted; of several labels
    /// [`subset_accuracy`](crate::metrics::subset_accuracy), the share of rows whose labels are all predicted right.
    Accuracy,
    /// The mean over the classes of the share of their rows that is predicted (recall).
    BalancedAccuracy,
    /// The mean of F1 over the classes; of several labels the mean of [`label_f1`](crate::metrics::label_f1) over them.
    MacroF1,
    /// The mean of -ln p over the rows, with p the predicted probability of the true class; of several labels the mean
    /// over all rows and labels, with p the probability of the true answer, yes or no. A loss.
    LogLoss,
    /// The area under the ROC curve, for two classes.
    RocAuc,
    /// R², the share of the variance that is explained.
    R2,
    /// The square root of the mean squared error. A loss.
    RootMeanSquaredError,
    /// The mean absolute error. A loss.
    MeanAbsoluteError,
}

impl Scoring {
    /// Returns whether less is better.
    pub fn is_loss(self) -> bool {
        matches!(self, Self::LogLoss | Self::RootMeanSquaredError | Self::MeanAbsoluteError)
    }

    /// Returns the name, such as "macro_f1".
    pub fn name(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::BalancedAccuracy => "balanced_accuracy",
            Self::MacroF1 => "macro_f1",
            Self::LogLoss => "log_loss",
            Self::RocAuc => "roc_auc",
            Self::R2 => "r2",
            Self::RootMeanSquaredError => "root_mean_squared_error",
            Self::MeanAbsoluteError => "mean_absolute_error",
        }
    }
}

impl fmt::Display for Scoring {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.pad(self.name())
    }
}
