//! Scores of several labels in a row, where each column is a yes or no by itself.

use super::classification::Tally;
use super::{ClassScores, example_weights, finite, ratio};
use crate::data::power_of_two_near;
use crate::{Error, Float, Result, check};
use ndarray::ArrayRef2;

/// How precision, recall or F1 of several labels in a row are averaged to one. For one score per label, use
/// [`label_scores`].
///
/// ```
/// use feedforward::metrics::{LabelAverage, label_recall};
/// use ndarray::array;
/// let probabilities = array![[0.9, 0.8], [0.9, 0.1]];
/// let targets = array![[1.0, 1.0], [1.0, 1.0]]; // recall 1 for label 0, 1/2 for label 1
/// let score = |average| label_recall(&probabilities, &targets, average, None);
/// assert_eq!(score(LabelAverage::Macro)?, 0.75);
/// assert_eq!(score(LabelAverage::Micro)?, 0.75);
/// assert_eq!(score(LabelAverage::Samples)?, (1.0 + 0.5) / 2.0);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LabelAverage {
    /// Takes the plain mean over all labels, those that never occur too: they score 0.
    #[default]
    Macro,
    /// Adds up the examples of all labels and computes one score from the sums.
    Micro,
    /// Takes the mean over the labels, each weighted by the examples that have it.
    Weighted,
    /// Computes the score of each row over its labels, and takes the mean over the rows.
    Samples,
}

/// Computes the share of right answers where each column is a yes or no by itself, over all rows and columns.
///
/// This is for several labels in a row: outputs and targets are probabilities, and both stand for yes above 0.5. It is
/// 1 - scikit-learn's `hamming_loss`, and Keras' `BinaryAccuracy`.
///
/// # Errors
/// As for every metric, and when a target is not a probability from 0 to 1 or exactly a half.
///
/// ```
/// use feedforward::metrics::label_accuracy;
/// use ndarray::array;
/// let probabilities = array![[0.9, 0.8, 0.1], [0.2, 0.6, 0.3]];
/// assert_eq!(label_accuracy(&probabilities, &array![[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]], None)?, 5.0 / 6.0);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias("hamming_loss", "BinaryAccuracy"))]
pub fn label_accuracy<F: Float>(
    probabilities: &ArrayRef2<F>,
    targets: &ArrayRef2<F>,
    weights: Option<&[f64]>,
) -> Result<f64> {
    let labels = Labels::new("label_accuracy", probabilities, targets, weights)?;
    let hits = |row: usize| labels.row(row).filter(|(predicted, actual)| predicted == actual).count();
    Ok(labels.mean(|row| hits(row) as f64)? / probabilities.ncols() as f64)
}

/// Computes the share of rows whose labels are all predicted right: scikit-learn's `accuracy_score` of several labels.
///
/// Outputs and targets are probabilities, and both stand for yes above 0.5.
///
/// # Errors
/// As for [`label_accuracy`].
///
/// ```
/// use feedforward::metrics::subset_accuracy;
/// use ndarray::array;
/// let probabilities = array![[0.9, 0.8, 0.1], [0.2, 0.6, 0.3]];
/// assert_eq!(subset_accuracy(&probabilities, &array![[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]], None)?, 0.5);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias("exact match ratio", "accuracy_score"))]
pub fn subset_accuracy<F: Float>(
    probabilities: &ArrayRef2<F>,
    targets: &ArrayRef2<F>,
    weights: Option<&[f64]>,
) -> Result<f64> {
    let labels = Labels::new("subset_accuracy", probabilities, targets, weights)?;
    labels.mean(|row| if labels.row(row).all(|(predicted, actual)| predicted == actual) { 1.0 } else { 0.0 })
}

/// Computes the share of right answers among the labels that were predicted; 0 where none was.
///
/// Outputs and targets are probabilities, and both stand for yes above 0.5. The same as scikit-learn's
/// `precision_score` of indicator matrices with `zero_division=0`.
///
/// # Errors
/// As for [`label_accuracy`].
///
/// ```
/// use feedforward::metrics::{LabelAverage, label_precision};
/// use ndarray::array;
/// let (probabilities, targets) = (array![[0.9, 0.8], [0.6, 0.1]], array![[1.0, 1.0], [0.0, 1.0]]);
/// assert_eq!(label_precision(&probabilities, &targets, LabelAverage::Macro, None)?, (0.5 + 1.0) / 2.0);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "precision_score")]
pub fn label_precision<F: Float>(
    probabilities: &ArrayRef2<F>,
    targets: &ArrayRef2<F>,
    average: LabelAverage,
    weights: Option<&[f64]>,
) -> Result<f64> {
    let labels = Labels::new("label_precision", probabilities, targets, weights)?;
    labels.averaged(&labels.columns(), average, Tally::precision)
}

/// Computes the share of the true labels that were predicted; 0 where there is none.
///
/// Outputs and targets are probabilities, and both stand for yes above 0.5. The same as scikit-learn's `recall_score`
/// of indicator matrices with `zero_division=0`.
///
/// # Errors
/// As for [`label_accuracy`].
#[doc(alias = "recall_score")]
pub fn label_recall<F: Float>(
    probabilities: &ArrayRef2<F>,
    targets: &ArrayRef2<F>,
    average: LabelAverage,
    weights: Option<&[f64]>,
) -> Result<f64> {
    let labels = Labels::new("label_recall", probabilities, targets, weights)?;
    labels.averaged(&labels.columns(), average, Tally::recall)
}

/// Computes the harmonic mean of precision and recall of labels: 2 hits / (predicted + actual); 0 where both are none.
///
/// Outputs and targets are probabilities, and both stand for yes above 0.5. The same as scikit-learn's `f1_score` of
/// indicator matrices with `zero_division=0`.
///
/// # Errors
/// As for [`label_accuracy`].
///
/// ```
/// use feedforward::metrics::{LabelAverage, label_f1};
/// use ndarray::array;
/// let (probabilities, targets) = (array![[0.9, 0.8], [0.6, 0.1]], array![[1.0, 1.0], [0.0, 1.0]]);
/// assert_eq!(label_f1(&probabilities, &targets, LabelAverage::Samples, None)?, (1.0 + 0.0) / 2.0);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "f1_score")]
pub fn label_f1<F: Float>(
    probabilities: &ArrayRef2<F>,
    targets: &ArrayRef2<F>,
    average: LabelAverage,
    weights: Option<&[f64]>,
) -> Result<f64> {
    let labels = Labels::new("label_f1", probabilities, targets, weights)?;
    labels.averaged(&labels.columns(), average, Tally::f1)
}

/// Computes the scores of each label: those of column k have class k. Scikit-learn's `average=None` of indicator
/// matrices.
///
/// # Errors
/// As for [`label_accuracy`].
///
/// ```
/// use feedforward::metrics::label_scores;
/// use ndarray::array;
/// let scores = label_scores(&array![[0.9, 0.8], [0.6, 0.1]], &array![[1.0, 1.0], [0.0, 1.0]], None)?;
/// assert_eq!((scores[1].class, scores[1].precision, scores[1].recall, scores[1].support), (1, 1.0, 0.5, 2.0));
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "precision_recall_fscore_support")]
pub fn label_scores<F: Float>(
    probabilities: &ArrayRef2<F>,
    targets: &ArrayRef2<F>,
    weights: Option<&[f64]>,
) -> Result<Vec<ClassScores>> {
    let labels = Labels::new("label_scores", probabilities, targets, weights)?;
    Ok(labels.scores(&labels.columns(), weights))
}

/// Demands a column of targets for each output, and probabilities that stand for yes or no.
pub(super) fn check_labels<F: Float>(operation: &'static str, outputs: usize, targets: &ArrayRef2<F>) -> Result<()> {
    check::not_empty(operation, "column", outputs)?;
    check::columns(operation, "targets", outputs, targets.ncols())?;
    check::all_finite(operation, "targets", targets)?;
    let half = F::from_f64(0.5);
    let is_bad = |target: F| target < F::zero() || target > F::one() || target == half;
    match targets.indexed_iter().find(|&(_, &target)| is_bad(target)) {
        Some(((row, _), &found)) => {
            let expected = "probabilities from 0 to 1 other than 0.5, one for each label";
            Err(Error::target(operation, row, expected, found))
        }
        None => Ok(()),
    }
}

/// Predicted and actual labels that were checked, with the weight of each row.
pub(super) struct Labels<'a, F> {
    operation: &'static str,
    probabilities: &'a ArrayRef2<F>,
    targets: &'a ArrayRef2<F>,
    weights: Vec<f64>,
}

impl<'a, F: Float> Labels<'a, F> {
    pub(super) fn new(
        operation: &'static str,
        probabilities: &'a ArrayRef2<F>,
        targets: &'a ArrayRef2<F>,
        weights: Option<&[f64]>,
    ) -> Result<Self> {
        check::not_empty(operation, "column", probabilities.ncols())?;
        let weights = example_weights(operation, probabilities.nrows(), targets.nrows(), weights)?;
        check::all_finite(operation, "probabilities", probabilities)?;
        check_labels(operation, probabilities.ncols(), targets)?;
        Ok(Self { operation, probabilities, targets, weights })
    }

    /// Returns the predicted and the actual answer for each label of a row.
    fn row(&self, row: usize) -> impl Iterator<Item = (bool, bool)> {
        let half = F::from_f64(0.5);
        let (predicted, actual) = (self.probabilities.row(row), self.targets.row(row));
        predicted.into_iter().zip(actual).map(move |(&predicted, &actual)| (predicted > half, actual > half))
    }

    /// Computes the weighted mean over the rows of a score of each row.
    fn mean(&self, score: impl Fn(usize) -> f64) -> Result<f64> {
        let scores = self.weights.iter().enumerate().map(|(row, weight)| weight * score(row));
        finite(self.operation, scores.sum::<f64>() / self.weights.iter().sum::<f64>())
    }

    /// Adds up the examples of each label.
    pub(super) fn columns(&self) -> Vec<Tally> {
        let mut tallies = vec![Tally::default(); self.probabilities.ncols()];
        for (row, &weight) in self.weights.iter().enumerate() {
            tallies.iter_mut().zip(self.row(row)).for_each(|(tally, answers)| tally.add(answers, weight));
        }
        tallies
    }

    /// Computes precision, recall and F1 of each label from what [`columns`](Self::columns) returned.
    pub(super) fn scores(&self, tallies: &[Tally], weights: Option<&[f64]>) -> Vec<ClassScores> {
        let scale = weights.map_or(1.0, power_of_two_near);
        tallies.iter().enumerate().map(|(column, tally)| tally.scores(column, scale)).collect()
    }

    /// Averages a score of the labels, from what [`columns`](Self::columns) returned.
    pub(super) fn averaged(
        &self,
        tallies: &[Tally],
        average: LabelAverage,
        score: impl Fn(Tally) -> f64,
    ) -> Result<f64> {
        let of_row = |row: usize| {
            let mut tally = Tally::default();
            self.row(row).for_each(|answers| tally.add(answers, 1.0));
            score(tally)
        };
        let total = tallies.iter().fold(Tally::default(), |sum, &tally| sum.plus(tally));
        match average {
            LabelAverage::Samples => self.mean(of_row),
            LabelAverage::Micro => finite(self.operation, score(total)),
            LabelAverage::Macro => {
                let sum = tallies.iter().map(|&tally| score(tally)).sum::<f64>();
                finite(self.operation, sum / tallies.len() as f64)
            }
            LabelAverage::Weighted => {
                let sum = tallies.iter().map(|&tally| score(tally) * tally.actual).sum();
                finite(self.operation, ratio(sum, total.actual))
            }
        }
    }
}
