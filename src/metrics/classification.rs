//! Scores of predicted classes.

use super::{ratio, weigh};
use crate::error::all_finite;
use crate::{Error, Float, Result};
use ndarray::ArrayRef2;
use std::collections::BTreeMap;

/// How the scores of the classes become one.
///
/// ```
/// use feedforward::metrics::{Average, recall};
/// let (predicted, actual) = ([0, 0, 0, 1], [0, 0, 1, 1]);
/// let score = |average| recall(&predicted, &actual, average, None);
/// assert_eq!((score(Average::Macro)?, score(Average::Micro)?, score(Average::Weighted)?), (0.75, 0.75, 0.75));
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Average {
    /// The plain mean over the classes that occur.
    #[default]
    Macro,
    /// The score of all classes thrown together.
    Micro,
    /// The mean over the classes, each weighted by how much there is of it.
    Weighted,
}

/// The share of examples whose class was predicted.
///
/// # Errors
/// As for every metric: see [the module](crate::metrics).
///
/// ```
/// assert_eq!(feedforward::metrics::accuracy(&[0, 1, 2, 2], &[0, 1, 1, 2], None)?, 0.75);
/// # Ok::<(), feedforward::Error>(())
/// ```
pub fn accuracy(predicted: &[usize], actual: &[usize], weights: Option<&[f64]>) -> Result<f64> {
    let weights = weigh("accuracy", predicted.len(), actual.len(), weights)?;
    let hits = predicted.iter().zip(actual).zip(&weights).filter(|((predicted, actual), _)| predicted == actual);
    Ok(hits.map(|(_, weight)| weight).sum::<f64>() / weights.iter().sum::<f64>())
}

/// The share of examples whose class has one of the k highest scores; of equal scores those of later classes count as higher.
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
pub fn top_k_accuracy<F: Float>(
    scores: &ArrayRef2<F>,
    actual: &[usize],
    k: usize,
    weights: Option<&[f64]>,
) -> Result<f64> {
    let operation = "top_k_accuracy";
    let weights = weigh(operation, scores.nrows(), actual.len(), weights)?;
    all_finite(operation, "scores", scores)?;
    if k == 0 {
        return Err(Error::invalid(operation, "a k of at least 1", k));
    }
    let mut hit = 0.0;
    for ((row, (scores, &class)), weight) in scores.rows().into_iter().zip(actual).enumerate().zip(&weights) {
        let Some(&own) = scores.get(class) else {
            let expected = format!("a class below {}", scores.len());
            return Err(Error::Target { operation, row, expected, found: class.to_string() });
        };
        let higher = |(other, &score): (usize, &F)| score > own || (score == own && other > class);
        if scores.iter().enumerate().filter(|&pair| higher(pair)).count() < k {
            hit += weight;
        }
    }
    Ok(hit / weights.iter().sum::<f64>())
}

/// Of what was predicted to be a class, the share that is; 0 for a class that was never predicted.
///
/// # Errors
/// As for every metric: see [the module](crate::metrics).
///
/// ```
/// use feedforward::metrics::{Average, precision};
/// assert_eq!(precision(&[0, 1, 1, 1], &[0, 1, 0, 1], Average::Macro, None)?, (1.0 + 2.0 / 3.0) / 2.0);
/// # Ok::<(), feedforward::Error>(())
/// ```
pub fn precision(predicted: &[usize], actual: &[usize], average: Average, weights: Option<&[f64]>) -> Result<f64> {
    averaged("precision", predicted, actual, average, weights, |(found, predicted, _)| ratio(found, predicted))
}

/// Of what is a class, the share that was predicted to be; 0 for a class that does not occur.
///
/// # Errors
/// As for every metric: see [the module](crate::metrics).
///
/// ```
/// use feedforward::metrics::{Average, recall};
/// assert_eq!(recall(&[0, 1, 1, 1], &[0, 1, 0, 1], Average::Macro, None)?, 0.75);
/// # Ok::<(), feedforward::Error>(())
/// ```
pub fn recall(predicted: &[usize], actual: &[usize], average: Average, weights: Option<&[f64]>) -> Result<f64> {
    averaged("recall", predicted, actual, average, weights, |(found, _, actual)| ratio(found, actual))
}

/// The harmonic mean of precision and recall: 2 found / (predicted + actual). Van Rijsbergen 1979.
///
/// # Errors
/// As for every metric: see [the module](crate::metrics).
///
/// ```
/// use feedforward::metrics::{Average, f1};
/// assert!((f1(&[0, 1, 1, 1], &[0, 1, 0, 1], Average::Macro, None)? - (2.0 / 3.0 + 0.8) / 2.0).abs() < 1e-15);
/// # Ok::<(), feedforward::Error>(())
/// ```
pub fn f1(predicted: &[usize], actual: &[usize], average: Average, weights: Option<&[f64]>) -> Result<f64> {
    let score = |(found, predicted, actual)| ratio(2.0 * found, predicted + actual);
    averaged("f1", predicted, actual, average, weights, score)
}

fn averaged(
    operation: &'static str,
    predicted: &[usize],
    actual: &[usize],
    average: Average,
    weights: Option<&[f64]>,
    score: impl Fn((f64, f64, f64)) -> f64,
) -> Result<f64> {
    let weights = weigh(operation, predicted.len(), actual.len(), weights)?;
    // For each class that occurs, on either side: how much of it was found, how much was predicted to be it, how much is it.
    let mut classes = BTreeMap::<usize, (f64, f64, f64)>::new();
    for ((&predicted, &actual), weight) in predicted.iter().zip(actual).zip(weights) {
        classes.entry(predicted).or_default().1 += weight;
        let own = classes.entry(actual).or_default();
        own.2 += weight;
        own.0 += if predicted == actual { weight } else { 0.0 };
    }
    let total = classes.values().fold((0.0, 0.0, 0.0), |sum, c| (sum.0 + c.0, sum.1 + c.1, sum.2 + c.2));
    let scores = classes.values().map(|&class| (score(class), class.2));
    Ok(match average {
        Average::Macro => scores.map(|(score, _)| score).sum::<f64>() / classes.len() as f64,
        Average::Micro => score(total),
        Average::Weighted => ratio(scores.map(|(score, weight)| score * weight).sum(), total.2),
    })
}
