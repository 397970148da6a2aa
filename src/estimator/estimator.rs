//! [`Estimator`]: data and settings together, which can be fitted on some of the rows and scored on others.

use super::{Scoring, Settings};
use crate::Result;

/// Data with settings: fitted on some rows, scored on others. What cross-validation and searches work on.
///
/// The builders of classifiers and regressors are estimators. What is learned from data, such as the mean of a
/// column, is learned in [`fit_rows`](Self::fit_rows), from the rows that it is given and from no other: so a score on
/// the rest is one on data that the model has not seen.
///
/// This one predicts the mean of the training rows:
///
/// ```
/// use feedforward::error::Result;
/// use feedforward::estimator::{Estimator, Scoring, Settings};
/// use feedforward::metrics::mean_absolute_error;
/// use ndarray::Array2;
///
/// struct Mean {
///     numbers: Vec<f64>,
///     settings: Settings,
/// }
///
/// impl Estimator for Mean {
///     type Model = f64;
///
///     fn len(&self) -> usize {
///         self.numbers.len()
///     }
///     fn settings(&self) -> &Settings {
///         &self.settings
///     }
///     fn classes(&self) -> Result<Option<Vec<usize>>> {
///         Ok(None)
///     }
///     fn fit_rows(&self, _: &Settings, rows: &[usize]) -> Result<f64> {
///         Ok(rows.iter().map(|&row| self.numbers[row]).sum::<f64>() / rows.len() as f64)
///     }
///     fn score_rows(&self, mean: &f64, rows: &[usize], _: Scoring) -> Result<f64> {
///         let actual = Array2::from_shape_fn((rows.len(), 1), |(index, _)| self.numbers[rows[index]]);
///         mean_absolute_error(&Array2::from_elem((rows.len(), 1), *mean), &actual, None)
///     }
///     fn default_scoring(&self) -> Scoring {
///         Scoring::MeanAbsoluteError
///     }
/// }
///
/// let estimator = Mean { numbers: vec![1.0, 3.0, 8.0], settings: Settings::default() };
/// let mean = estimator.fit_rows(estimator.settings(), &[0, 1])?;
/// assert_eq!(estimator.score_rows(&mean, &[2], estimator.default_scoring())?, 6.0);
/// # Ok::<(), feedforward::Error>(())
/// ```
pub trait Estimator: Sync {
    /// What a fit gives.
    type Model: Send;

    /// Returns the number of rows.
    fn len(&self) -> usize;

    /// Returns whether there is no row.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the settings that a fit uses when no other ones are tried.
    fn settings(&self) -> &Settings;

    /// Returns the class of each row, as an index, for folds that hold each class in its proportion; `None` if a row
    /// has no single class, as where numbers or several labels are predicted.
    ///
    /// # Errors
    /// When the labels cannot be read.
    fn classes(&self) -> Result<Option<Vec<usize>>>;

    /// Fits a model on these rows. What is learned from data is learned on these rows alone.
    ///
    /// # Errors
    /// When a row does not exist, a setting is out of range, the rows cannot be learned, or training diverges.
    fn fit_rows(&self, settings: &Settings, rows: &[usize]) -> Result<Self::Model>;

    /// Returns the score of a model on these rows: for a loss less is better, see [`Scoring::is_loss`].
    ///
    /// # Errors
    /// When a row does not exist, or the score is not defined for this kind of model or for these rows.
    fn score_rows(&self, model: &Self::Model, rows: &[usize], scoring: Scoring) -> Result<f64>;

    /// Returns the score that is used when no other one is asked for.
    fn default_scoring(&self) -> Scoring;
}
