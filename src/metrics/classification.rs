//! Scores of predicted classes.

use super::{example_weights, finite, ratio};
use crate::data::power_of_two_near;
use crate::{Error, Float, Result, check};
use ndarray::ArrayRef2;
use std::collections::BTreeMap;

/// How the scores of the classes are averaged to one. For one score per class, use [`class_scores`].
///
/// ```
/// use feedforward::metrics::{Average, recall};
/// let predicted = [0, 0, 1, 1];
/// let actual = [0, 0, 0, 1]; // recall 2/3 for class 0, 1 for class 1
/// let score = |average| recall(&predicted, &actual, average, None);
/// assert!((score(Average::Macro)? - 5.0 / 6.0).abs() < 1e-12);
/// assert_eq!(score(Average::Micro)?, 0.75);
/// assert_eq!(score(Average::Weighted)?, 0.75);
/// assert_eq!(score(Average::Binary { positive: 1 })?, 1.0);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Average {
    /// Takes the plain mean over the classes that occur.
    #[default]
    Macro,
    /// Adds up the examples of all classes and computes one score from the sums.
    Micro,
    /// Takes the mean over the classes, each weighted by the examples that belong to it.
    Weighted,
    /// Takes the score of one of two classes: scikit-learn's `average="binary"`.
    ///
    /// More than two classes are an error, and so are two that do not include the positive one.
    #[doc(alias = "pos_label")]
    Binary {
        /// The class whose score it is.
        positive: usize,
    },
}

/// Computes the share of examples whose class was predicted.
///
/// # Errors
/// As for every metric: see [the module](crate::metrics).
///
/// ```
/// assert_eq!(feedforward::metrics::accuracy(&[0, 1, 2, 2], &[0, 1, 1, 2], None)?, 0.75);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "accuracy_score")]
pub fn accuracy(predicted: &[usize], actual: &[usize], weights: Option<&[f64]>) -> Result<f64> {
    let weights = example_weights("accuracy", predicted.len(), actual.len(), weights)?;
    let hits = predicted.iter().zip(actual).zip(&weights).filter(|((predicted, actual), _)| predicted == actual);
    finite("accuracy", hits.map(|(_, weight)| weight).sum::<f64>() / weights.iter().sum::<f64>())
}

/// Computes the mean over the classes of the share of their examples that were predicted right.
///
/// Each class counts the same, whether it has many examples or few: a model that always predicts the largest of K
/// classes scores 1 / K. The mean is over the classes that have examples. [`recall`] with [`Average::Macro`] also
/// counts classes that were predicted and have no example, with 0.
///
/// # Errors
/// As for every metric: see [the module](crate::metrics).
///
/// ```
/// use feedforward::metrics::balanced_accuracy;
/// assert_eq!(balanced_accuracy(&[0, 0, 0, 0], &[0, 0, 0, 1], None)?, 0.5);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "balanced_accuracy_score")]
pub fn balanced_accuracy(predicted: &[usize], actual: &[usize], weights: Option<&[f64]>) -> Result<f64> {
    let weights = example_weights("balanced_accuracy", predicted.len(), actual.len(), weights)?;
    let tallies = count(predicted, actual, &weights);
    let recalls: Vec<_> = tallies.values().filter(|tally| tally.actual > 0.0).map(|tally| tally.recall()).collect();
    finite("balanced_accuracy", recalls.iter().sum::<f64>() / recalls.len() as f64)
}

/// Computes the share of examples whose class has one of the k highest scores.
///
/// Of equal scores, that of the later class counts as the higher one.
///
/// # Errors
/// As for every metric, and when k is 0 or a class has no score.
///
/// ```
/// use feedforward::metrics::top_k_accuracy;
/// let scores = ndarray::array![[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]];
/// assert_eq!(top_k_accuracy(&scores, &[1, 0], 2, None)?, 0.5);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "top_k_accuracy_score")]
pub fn top_k_accuracy<F: Float>(
    scores: &ArrayRef2<F>,
    actual: &[usize],
    k: usize,
    weights: Option<&[f64]>,
) -> Result<f64> {
    let operation = "top_k_accuracy";
    let weights = example_weights(operation, scores.nrows(), actual.len(), weights)?;
    check::all_finite(operation, "scores", scores)?;
    check::at_least(operation, "k", 1, k as u64)?;
    check::classes_below(operation, scores.ncols(), actual)?;
    let mut hits = 0.0;
    for ((scores, &class), weight) in scores.rows().into_iter().zip(actual).zip(&weights) {
        let own = scores[class];
        let is_higher = |(other, &score): (usize, &F)| score > own || (score == own && other > class);
        if scores.iter().enumerate().filter(|&pair| is_higher(pair)).count() < k {
            hits += weight;
        }
    }
    finite(operation, hits / weights.iter().sum::<f64>())
}

/// Computes the share of true members among the examples predicted to be of a class; 0 for one never predicted.
///
/// # Errors
/// As for every metric (see [the module](crate::metrics)), and when [`Average::Binary`] does not fit the classes.
///
/// ```
/// use feedforward::metrics::{Average, precision};
/// assert_eq!(precision(&[0, 1, 1, 1], &[0, 1, 0, 1], Average::Macro, None)?, (1.0 + 2.0 / 3.0) / 2.0);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "precision_score")]
pub fn precision(predicted: &[usize], actual: &[usize], average: Average, weights: Option<&[f64]>) -> Result<f64> {
    averaged("precision", predicted, actual, average, weights, Tally::precision)
}

/// Computes the share of a class's members that were predicted to be of it; 0 for a class that does not occur.
///
/// # Errors
/// As for every metric (see [the module](crate::metrics)), and when [`Average::Binary`] does not fit the classes.
///
/// ```
/// use feedforward::metrics::{Average, recall};
/// assert_eq!(recall(&[0, 1, 1, 1], &[0, 1, 0, 1], Average::Macro, None)?, 0.75);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias("recall_score", "sensitivity"))]
pub fn recall(predicted: &[usize], actual: &[usize], average: Average, weights: Option<&[f64]>) -> Result<f64> {
    averaged("recall", predicted, actual, average, weights, Tally::recall)
}

/// Computes the harmonic mean of precision and recall: 2 hits / (predicted + actual). Van Rijsbergen 1979.
///
/// # Errors
/// As for every metric (see [the module](crate::metrics)), and when [`Average::Binary`] does not fit the classes.
///
/// ```
/// use feedforward::metrics::{Average, f1};
/// assert!((f1(&[0, 1, 1, 1], &[0, 1, 0, 1], Average::Macro, None)? - (2.0 / 3.0 + 0.8) / 2.0).abs() < 1e-15);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "f1_score")]
pub fn f1(predicted: &[usize], actual: &[usize], average: Average, weights: Option<&[f64]>) -> Result<f64> {
    averaged("f1", predicted, actual, average, weights, Tally::f1)
}

/// Precision, recall, F1 and support of one class.
///
/// ```
/// use feedforward::metrics::class_scores;
/// let scores = class_scores(&[0, 1, 1, 1], &[0, 1, 0, 1], None)?;
/// assert_eq!((scores[1].class, scores[1].precision, scores[1].recall), (1, 2.0 / 3.0, 1.0));
/// assert_eq!((scores[1].f1, scores[1].support), (0.8, 2.0));
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct ClassScores {
    /// The class.
    pub class: usize,
    /// The share of true members among the examples predicted to be of the class.
    pub precision: f64,
    /// The share of the members of the class that were predicted to be of it.
    pub recall: f64,
    /// The harmonic mean of both.
    pub f1: f64,
    /// The number of examples that belong to the class, or their weight.
    pub support: f64,
}

/// Computes the scores of each class that occurs, in ascending order: scikit-learn's `average=None`.
///
/// # Errors
/// As for every metric: see [the module](crate::metrics).
#[doc(alias = "precision_recall_fscore_support")]
pub fn class_scores(predicted: &[usize], actual: &[usize], weights: Option<&[f64]>) -> Result<Vec<ClassScores>> {
    let scaled = example_weights("class_scores", predicted.len(), actual.len(), weights)?;
    let scale = weights.map_or(1.0, power_of_two_near);
    let tallies = count(predicted, actual, &scaled);
    Ok(tallies.into_iter().map(|(class, tally)| tally.scores(class, scale)).collect())
}

/// The weight of the examples of one class.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    /// Those that belong to the class and were predicted to.
    pub(super) hits: f64,
    /// Those predicted to belong to the class.
    pub(super) predicted: f64,
    /// Those that belong to the class.
    pub(super) actual: f64,
}

impl Tally {
    /// Adds an example: whether it was predicted to belong to the class, and whether it does.
    pub(super) fn add(&mut self, (predicted, actual): (bool, bool), weight: f64) {
        self.hits += if predicted && actual { weight } else { 0.0 };
        self.predicted += if predicted { weight } else { 0.0 };
        self.actual += if actual { weight } else { 0.0 };
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            hits: self.hits + other.hits,
            predicted: self.predicted + other.predicted,
            actual: self.actual + other.actual,
        }
    }

    pub(super) fn precision(self) -> f64 {
        ratio(self.hits, self.predicted)
    }

    pub(super) fn recall(self) -> f64 {
        ratio(self.hits, self.actual)
    }

    pub(super) fn f1(self) -> f64 {
        ratio(2.0 * self.hits, self.predicted + self.actual)
    }

    /// Returns the scores of a class whose weights were divided by `scale`.
    pub(super) fn scores(self, class: usize, scale: f64) -> ClassScores {
        let (precision, recall, f1) = (self.precision(), self.recall(), self.f1());
        ClassScores { class, precision, recall, f1, support: self.actual * scale }
    }
}

/// Adds up the examples of each class that occurs; a map, so that a class of a large number takes no memory for those
/// below.
fn count(predicted: &[usize], actual: &[usize], weights: &[f64]) -> BTreeMap<usize, Tally> {
    let mut tallies = BTreeMap::<usize, Tally>::new();
    for ((&predicted, &actual), &weight) in predicted.iter().zip(actual).zip(weights) {
        tallies.entry(predicted).or_default().predicted += weight;
        let tally = tallies.entry(actual).or_default();
        tally.actual += weight;
        tally.hits += if predicted == actual { weight } else { 0.0 };
    }
    tallies
}

fn averaged(
    operation: &'static str,
    predicted: &[usize],
    actual: &[usize],
    average: Average,
    weights: Option<&[f64]>,
    score: impl Fn(Tally) -> f64,
) -> Result<f64> {
    let weights = example_weights(operation, predicted.len(), actual.len(), weights)?;
    let tallies = count(predicted, actual, &weights);
    let total = tallies.values().fold(Tally::default(), |sum, &tally| sum.plus(tally));
    let classes = tallies.values();
    let average = match average {
        Average::Macro => classes.map(|&tally| score(tally)).sum::<f64>() / tallies.len() as f64,
        Average::Micro => score(total),
        Average::Weighted => ratio(classes.map(|&tally| score(tally) * tally.actual).sum(), total.actual),
        Average::Binary { positive } => {
            if tallies.len() > 2 {
                let expected = "two classes for a binary score (other averages are macro, micro and weighted)";
                return Err(Error::invalid(operation, expected, tallies.len()));
            }
            match tallies.get(&positive) {
                Some(&tally) => score(tally),
                // As for scikit-learn, a sample without positive examples scores 0.
                None if tallies.len() < 2 => 0.0,
                None => {
                    let found = format!("{:?}", tallies.keys().collect::<Vec<_>>());
                    return Err(Error::invalid(
                        operation,
                        format!("{positive}, the positive class, among the two"),
                        found,
                    ));
                }
            }
        }
    };
    finite(operation, average)
}
