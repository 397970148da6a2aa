//! Curves over all thresholds of a score: [`RocCurve`], [`PrecisionRecallCurve`].

use super::{example_weights, finite};
use crate::{Error, Float, Result, check};
use ndarray::ArrayRef2;

/// One point of a [`RocCurve`]: what predicting the class for every score at or above a threshold gives.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct RocPoint {
    /// The lowest score that is predicted to be of the class; `None` where no example is: scikit-learn's infinity.
    pub threshold: Option<f64>,
    /// The share of the other examples that are predicted to be of the class.
    pub false_positive_rate: f64,
    /// The share of the examples of the class that are predicted to be: the recall.
    pub true_positive_rate: f64,
}

/// True positive rate against false positive rate, for every threshold of a score: what [`roc_curve`] returns.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct RocCurve {
    points: Vec<RocPoint>,
}

impl RocCurve {
    /// Returns the points, from the highest threshold, where both rates are 0, to the lowest, where both are 1.
    pub fn points(&self) -> &[RocPoint] {
        &self.points
    }

    /// Computes the area under the curve by trapezoids: the same as [`roc_auc`](super::roc_auc) of the class.
    #[doc(alias = "auc")]
    pub fn area(&self) -> f64 {
        let trapezoid = |pair: &[RocPoint]| {
            let width = pair[1].false_positive_rate - pair[0].false_positive_rate;
            width * (pair[0].true_positive_rate + pair[1].true_positive_rate) / 2.0
        };
        self.points.windows(2).map(trapezoid).sum()
    }
}

/// Computes the ROC curve of one class against the rest, for every threshold of its score.
///
/// `scores` holds the scores of the class `positive` in one column, or those of all classes in a column each: of
/// predicted probabilities of two classes, pass both columns and 1. A higher score speaks for the class. Equal scores
/// share a point, and examples of weight 0 have none. The same as scikit-learn's `roc_curve` with
/// `drop_intermediate=False`: points on a straight line are kept, as each has a threshold to choose. Fawcett 2006.
///
/// # Errors
/// As for every metric (see [the module](crate::metrics)), when there is no example of the class or none of the others
/// (with a weight), and when the class has no column.
///
/// ```
/// use feedforward::metrics::roc_curve;
/// let curve = roc_curve(&ndarray::array![[0.1], [0.4], [0.35], [0.8]], &[0, 0, 1, 1], 1, None)?;
/// let points: Vec<_> = curve.points().iter().map(|p| (p.false_positive_rate, p.true_positive_rate)).collect();
/// assert_eq!(points, [(0.0, 0.0), (0.0, 0.5), (0.5, 0.5), (0.5, 1.0), (1.0, 1.0)]);
/// assert_eq!(curve.points()[1].threshold, Some(0.8));
/// assert_eq!(curve.area(), 0.75);
/// # Ok::<(), feedforward::Error>(())
/// ```
pub fn roc_curve<F: Float>(
    scores: &ArrayRef2<F>,
    actual: &[usize],
    positive: usize,
    weights: Option<&[f64]>,
) -> Result<RocCurve> {
    let operation = "roc_curve";
    let counts = Counts::new(operation, scores, actual, positive, weights)?;
    let (positives, negatives) = (counts.positives(operation)?, counts.negatives());
    if negatives == 0.0 {
        return Err(Error::invalid(operation, format!("examples of class {positive} and of others"), "only one kind"));
    }
    let start = RocPoint { threshold: None, false_positive_rate: 0.0, true_positive_rate: 0.0 };
    let point = |reached: &Reached| RocPoint {
        threshold: Some(reached.threshold),
        false_positive_rate: reached.negatives / negatives,
        true_positive_rate: reached.positives / positives,
    };
    Ok(RocCurve { points: [start].into_iter().chain(counts.reached.iter().map(point)).collect() })
}

/// One point of a [`PrecisionRecallCurve`]: what predicting the class for every score at or above a threshold gives.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct PrecisionRecallPoint {
    /// The lowest score that is predicted to be of the class; `None` where no example is.
    pub threshold: Option<f64>,
    /// The share of the class among the examples predicted to be of it; 1 where no example is.
    pub precision: f64,
    /// The share of the examples of the class that are predicted to be.
    pub recall: f64,
}

/// Precision against recall, for every threshold of a score: what [`precision_recall_curve`] returns.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct PrecisionRecallCurve {
    points: Vec<PrecisionRecallPoint>,
}

impl PrecisionRecallCurve {
    /// Returns the points, from the lowest threshold, where the recall is 1, to the end without one, where it is 0.
    pub fn points(&self) -> &[PrecisionRecallPoint] {
        &self.points
    }

    /// Computes Σ (R_n - R_{n-1}) P_n over the points from the highest threshold to the lowest, without interpolation:
    /// scikit-learn's `average_precision_score`.
    #[doc(alias = "average_precision_score")]
    pub fn average_precision(&self) -> f64 {
        self.points.windows(2).map(|pair| (pair[0].recall - pair[1].recall) * pair[0].precision).sum()
    }
}

/// Computes precision and recall of one class against the rest, for every threshold of its score.
///
/// Scores and classes are as for [`roc_curve`]. The same as scikit-learn's `precision_recall_curve`, in the same order:
/// ascending thresholds, and a last point without one. Davis and Goadrich 2006.
///
/// # Errors
/// As for every metric (see [the module](crate::metrics)), when there is no example of the class (with a weight), and
/// when the class has no column.
///
/// ```
/// use feedforward::metrics::precision_recall_curve;
/// let curve = precision_recall_curve(&ndarray::array![[0.1], [0.4], [0.35], [0.8]], &[0, 0, 1, 1], 1, None)?;
/// let points: Vec<_> = curve.points().iter().map(|p| (p.precision, p.recall)).collect();
/// assert_eq!(points, [(0.5, 1.0), (2.0 / 3.0, 1.0), (0.5, 0.5), (1.0, 0.5), (1.0, 0.0)]);
/// assert!((curve.average_precision() - 5.0 / 6.0).abs() < 1e-15);
/// # Ok::<(), feedforward::Error>(())
/// ```
pub fn precision_recall_curve<F: Float>(
    scores: &ArrayRef2<F>,
    actual: &[usize],
    positive: usize,
    weights: Option<&[f64]>,
) -> Result<PrecisionRecallCurve> {
    let operation = "precision_recall_curve";
    Counts::new(operation, scores, actual, positive, weights)?.precision_recall_curve(operation)
}

/// Computes the average precision: the area under the precision-recall curve, as a sum of steps.
///
/// With one column of scores, or with the second of two, class 1 is positive; with more columns the result is the plain
/// mean over the classes, each against the rest. Scikit-learn's `average_precision_score`.
///
/// # Errors
/// As for every metric (see [the module](crate::metrics)), and when one of the classes does not occur, or a class has
/// no column. Of two classes, class 1 must occur.
///
/// ```
/// let scores = ndarray::array![[0.1], [0.4], [0.35], [0.8]];
/// let score = feedforward::metrics::average_precision(&scores, &[0, 0, 1, 1], None)?;
/// assert!((score - 5.0 / 6.0).abs() < 1e-15);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "average_precision_score")]
pub fn average_precision<F: Float>(scores: &ArrayRef2<F>, actual: &[usize], weights: Option<&[f64]>) -> Result<f64> {
    let operation = "average_precision";
    check::not_empty(operation, "column", scores.ncols())?;
    let classes = scores.ncols().max(2);
    check::classes_below(operation, classes, actual)?;
    let of_class = |positive: usize| {
        let curve = Counts::new(operation, scores, actual, positive, weights)?.precision_recall_curve(operation)?;
        Ok(curve.average_precision())
    };
    let positives = if classes == 2 { 1..2 } else { 0..classes };
    let scores = positives.clone().map(of_class).collect::<Result<Vec<_>>>()?;
    finite(operation, scores.iter().sum::<f64>() / positives.len() as f64)
}

/// What predicting the class for every score at or above a threshold reaches: weights of examples.
struct Reached {
    threshold: f64,
    positives: f64,
    negatives: f64,
}

/// What each threshold reaches, from the highest to the lowest, at which all examples are.
struct Counts {
    reached: Vec<Reached>,
    positive: usize,
}

impl Counts {
    fn new<F: Float>(
        operation: &'static str,
        scores: &ArrayRef2<F>,
        actual: &[usize],
        positive: usize,
        weights: Option<&[f64]>,
    ) -> Result<Self> {
        let weights = example_weights(operation, scores.nrows(), actual.len(), weights)?;
        let scores = class_column(operation, "scores", scores, actual, positive)?;
        let mut order: Vec<_> = (0..scores.len()).filter(|&example| weights[example] > 0.0).collect();
        order.sort_by(|&one, &other| scores[other].total_cmp(&scores[one]));
        let (mut positives, mut negatives) = (0.0, 0.0);
        let reach = |equals: &[usize]| {
            for &example in equals {
                let sum = if actual[example] == positive { &mut positives } else { &mut negatives };
                *sum += weights[example];
            }
            Reached { threshold: scores[equals[0]], positives, negatives }
        };
        Ok(Self { reached: order.chunk_by(|&one, &other| scores[one] == scores[other]).map(reach).collect(), positive })
    }

    /// Returns the weight of all examples of the class, which must be above 0.
    fn positives(&self, operation: &'static str) -> Result<f64> {
        match self.reached.last().map_or(0.0, |all| all.positives) {
            0.0 => Err(Error::invalid(operation, format!("an example of class {}", self.positive), "none")),
            positives => Ok(positives),
        }
    }

    /// Returns the weight of all examples of other classes.
    fn negatives(&self) -> f64 {
        self.reached.last().map_or(0.0, |all| all.negatives)
    }

    fn precision_recall_curve(&self, operation: &'static str) -> Result<PrecisionRecallCurve> {
        let positives = self.positives(operation)?;
        let point = |reached: &Reached| PrecisionRecallPoint {
            threshold: Some(reached.threshold),
            precision: reached.positives / (reached.positives + reached.negatives),
            recall: reached.positives / positives,
        };
        let end = PrecisionRecallPoint { threshold: None, precision: 1.0, recall: 0.0 };
        Ok(PrecisionRecallCurve { points: self.reached.iter().rev().map(point).chain([end]).collect() })
    }
}

/// Returns the scores of one class: the only column, or that of the class.
pub(super) fn class_column<F: Float>(
    operation: &'static str,
    what: &'static str,
    scores: &ArrayRef2<F>,
    actual: &[usize],
    class: usize,
) -> Result<Vec<f64>> {
    check::all_finite(operation, what, scores)?;
    check::not_empty(operation, "column", scores.ncols())?;
    let column = if scores.ncols() == 1 {
        0
    } else {
        check::index_below(operation, "positive class", scores.ncols(), class)?;
        check::classes_below(operation, scores.ncols(), actual)?;
        class
    };
    Ok(scores.column(column).iter().map(|score| score.widen()).collect())
}
