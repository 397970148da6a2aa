//! Scores of predicted classes.

use super::{example_weights, ratio};
use crate::{Float, Result, check};
use ndarray::ArrayRef2;
use std::collections::BTreeMap;

/// How the scores of the classes are averaged to one.
///
/// ```
/// use feedforward::metrics::{Average, recall};
/// let predicted = [0, 0, 1, 1];
/// let actual = [0, 0, 0, 1]; // recall 2/3 for class 0, 1 for class 1
/// let score = |average| recall(&predicted, &actual, average, None);
/// assert!((score(Average::Macro)? - 5.0 / 6.0).abs() < 1e-12);
/// assert_eq!(score(Average::Micro)?, 0.75);
/// assert_eq!(score(Average::Weighted)?, 0.75);
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
    Ok(hits.map(|(_, weight)| weight).sum::<f64>() / weights.iter().sum::<f64>())
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
    Ok(hits / weights.iter().sum::<f64>())
}

/// Computes the share of true members among the examples predicted to be of a class; 0 for one never predicted.
///
/// # Errors
/// As for every metric: see [the module](crate::metrics).
///
/// ```
/// use feedforward::metrics::{Average, precision};
/// assert_eq!(precision(&[0, 1, 1, 1], &[0, 1, 0, 1], Average::Macro, None)?, (1.0 + 2.0 / 3.0) / 2.0);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "precision_score")]
pub fn precision(predicted: &[usize], actual: &[usize], average: Average, weights: Option<&[f64]>) -> Result<f64> {
    averaged("precision", predicted, actual, average, weights, |tally| ratio(tally.hits, tally.predicted))
}

/// Computes the share of a class's members that were predicted to be of it; 0 for a class that does not occur.
///
/// # Errors
/// As for every metric: see [the module](crate::metrics).
///
/// ```
/// use feedforward::metrics::{Average, recall};
/// assert_eq!(recall(&[0, 1, 1, 1], &[0, 1, 0, 1], Average::Macro, None)?, 0.75);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias("recall_score", "sensitivity"))]
pub fn recall(predicted: &[usize], actual: &[usize], average: Average, weights: Option<&[f64]>) -> Result<f64> {
    averaged("recall", predicted, actual, average, weights, |tally| ratio(tally.hits, tally.actual))
}

/// Computes the harmonic mean of precision and recall: 2 hits / (predicted + actual). Van Rijsbergen 1979.
///
/// # Errors
/// As for every metric: see [the module](crate::metrics).
///
/// ```
/// use feedforward::metrics::{Average, f1};
/// assert!((f1(&[0, 1, 1, 1], &[0, 1, 0, 1], Average::Macro, None)? - (2.0 / 3.0 + 0.8) / 2.0).abs() < 1e-15);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "f1_score")]
pub fn f1(predicted: &[usize], actual: &[usize], average: Average, weights: Option<&[f64]>) -> Result<f64> {
    let score = |tally: Tally| ratio(2.0 * tally.hits, tally.predicted + tally.actual);
    averaged("f1", predicted, actual, average, weights, score)
}

/// The weight of the examples of one class.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    /// Those that belong to the class and were predicted to.
    hits: f64,
    /// Those predicted to belong to the class.
    predicted: f64,
    /// Those that belong to the class.
    actual: f64,
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
    // A map, so that a class of a large number takes no memory for the classes below it.
    let mut tallies = BTreeMap::<usize, Tally>::new();
    for ((&predicted, &actual), weight) in predicted.iter().zip(actual).zip(weights) {
        tallies.entry(predicted).or_default().predicted += weight;
        let tally = tallies.entry(actual).or_default();
        tally.actual += weight;
        tally.hits += if predicted == actual { weight } else { 0.0 };
    }
    let total = tallies.values().fold(Tally::default(), |sum, tally| Tally {
        hits: sum.hits + tally.hits,
        predicted: sum.predicted + tally.predicted,
        actual: sum.actual + tally.actual,
    });
    let classes = tallies.values();
    Ok(match average {
        Average::Macro => classes.map(|&tally| score(tally)).sum::<f64>() / tallies.len() as f64,
        Average::Micro => score(total),
        Average::Weighted => ratio(classes.map(|&tally| score(tally) * tally.actual).sum(), total.actual),
    })
}
