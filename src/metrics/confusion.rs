//! [`ConfusionMatrix`]: how often each class was predicted for each true class.

use super::classification::Tally;
use super::report::weight_text;
use super::{ClassScores, ClassificationReport, example_weights, ratio};
use crate::data::power_of_two_near;
use crate::{Error, Result, check};
use ndarray::{Array2, s};
use std::fmt;

/// The number of classes from which on a matrix would be too large to read.
const CLASS_LIMIT: usize = 4096;

/// The number of examples (or their weight) for each pair of a true class (row) and a predicted class (column).
///
/// ```
/// use feedforward::metrics::ConfusionMatrix;
///
/// let matrix = ConfusionMatrix::new(&[0, 1, 1, 1], &[0, 1, 0, 1], None)?;
/// assert_eq!(matrix.counts(), &ndarray::array![[1.0, 1.0], [0.0, 2.0]]);
/// assert_eq!(matrix.accuracy(), 0.75);
/// println!("{matrix}");
///
/// let named = matrix.with_labels(&["no", "yes"])?;
/// let lines = named.to_string();
/// assert_eq!(lines.lines().last(), Some("             yes   0   2"));
/// println!("{}", named.classification_report());
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "confusion_matrix")]
#[derive(Debug, Clone, PartialEq)]
pub struct ConfusionMatrix {
    counts: Array2<f64>,
    /// The name of each class.
    labels: Vec<String>,
}

impl ConfusionMatrix {
    /// Counts predicted and actual classes, numbered from 0.
    ///
    /// # Errors
    /// As for every metric (see [the module](crate::metrics)), and when a class is not below 4096: the matrix would be
    /// too large to read.
    pub fn new(predicted: &[usize], actual: &[usize], weights: Option<&[f64]>) -> Result<Self> {
        let operation = "ConfusionMatrix";
        let ones = example_weights(operation, predicted.len(), actual.len(), weights)?;
        let weights = weights.unwrap_or(&ones);
        let largest = predicted.iter().chain(actual).max().copied().unwrap_or(0);
        check::index_below(operation, "class", CLASS_LIMIT, largest)?;
        let mut counts = Array2::zeros((largest + 1, largest + 1));
        for ((&predicted, &actual), weight) in predicted.iter().zip(actual).zip(weights) {
            counts[[actual, predicted]] += weight;
        }
        Ok(Self { counts, labels: (0..=largest).map(|class| class.to_string()).collect() })
    }

    /// Sets the name of each class, for [`Display`](fmt::Display) and the report.
    ///
    /// There can be more names than classes that occur: the matrix then has rows and columns of zeros for the others.
    ///
    /// # Errors
    /// When there are fewer names than classes, or more than 4096.
    pub fn with_labels(mut self, labels: &[impl fmt::Display]) -> Result<Self> {
        let (operation, classes) = ("ConfusionMatrix", self.counts.nrows());
        if labels.len() < classes {
            return Err(Error::invalid(operation, format!("{classes} labels, one for each class"), labels.len()));
        }
        check::index_below(operation, "number of labels", CLASS_LIMIT + 1, labels.len())?;
        if labels.len() > classes {
            let mut counts = Array2::zeros((labels.len(), labels.len()));
            counts.slice_mut(s![..classes, ..classes]).assign(&self.counts);
            self.counts = counts;
        }
        self.labels = labels.iter().map(ToString::to_string).collect();
        Ok(self)
    }

    /// Returns the name of each class: its number, unless [`with_labels`](Self::with_labels) gave others.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Computes precision, recall, F1 and support of each class that occurs, in ascending order.
    pub fn class_scores(&self) -> Vec<ClassScores> {
        // The largest count is near 1 then: no sum overflows.
        let scale = power_of_two_near(self.counts.as_slice().unwrap_or_default());
        let counts = &self.counts / scale;
        let tally = |class: usize| Tally {
            hits: counts[[class, class]],
            predicted: counts.column(class).sum(),
            actual: counts.row(class).sum(),
        };
        let all = (0..counts.nrows()).map(|class| (class, tally(class)));
        all.filter(|(_, tally)| tally.predicted > 0.0 || tally.actual > 0.0)
            .map(|(class, tally)| tally.scores(class, scale))
            .collect()
    }

    /// Computes the scores of all classes and their averages, to print: scikit-learn's `classification_report`.
    pub fn classification_report(&self) -> ClassificationReport {
        let classes = self.class_scores();
        let labels = classes.iter().map(|scores| self.labels[scores.class].clone()).collect();
        ClassificationReport { classes, labels, accuracy: self.accuracy() }
    }

    /// Returns the counts: row `i`, column `j` is how often class `j` was predicted for examples of class `i`.
    pub fn counts(&self) -> &Array2<f64> {
        &self.counts
    }

    /// Computes the share of examples on the diagonal.
    pub fn accuracy(&self) -> f64 {
        ratio(self.counts.diag().sum(), self.counts.sum())
    }
}

impl fmt::Display for ConfusionMatrix {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        const CORNER: &str = "true \\ predicted";
        let count_width = self.counts.iter().map(|&count| weight_text(count).len()).max().unwrap_or(1);
        let label_width = self.labels.iter().map(|label| label.chars().count()).max().unwrap_or(1);
        let width = count_width.max(label_width).max(3) + 1;
        let first = label_width.max(CORNER.len());
        write!(formatter, "{CORNER:>first$}")?;
        self.labels.iter().try_for_each(|label| write!(formatter, "{label:>width$}"))?;
        for (label, row) in self.labels.iter().zip(self.counts.rows()) {
            write!(formatter, "\n{label:>first$}")?;
            row.iter().try_for_each(|&count| write!(formatter, "{:>width$}", weight_text(count)))?;
        }
        Ok(())
    }
}

#[cfg(feature = "serde")]
crate::serialize::checked_serde!(
    "ConfusionMatrix",
    struct ConfusionMatrix {
        labels: Vec<String>,
        #[serde(with = "square_rows")]
        counts: Array2<f64>,
    },
    |ConfusionMatrix { labels, counts }| {
        let (operation, classes) = ("ConfusionMatrix", counts.nrows());
        check::not_empty(operation, "class", classes)?;
        check::index_below(operation, "number of classes", CLASS_LIMIT + 1, classes)?;
        if labels.len() != classes {
            return Err(Error::invalid(operation, format!("{classes} labels, one for each class"), labels.len()));
        }
        if let Some(found) = counts.iter().find(|count| !(count.is_finite() && **count >= 0.0)) {
            return Err(Error::invalid(operation, "finite counts >= 0", found));
        }
        match counts.sum() {
            sum if sum.is_finite() && sum > 0.0 => Ok(()),
            sum => Err(Error::invalid(operation, "counts with a finite sum above 0", sum)),
        }
    }
);

/// Writes a square matrix as its rows.
#[cfg(feature = "serde")]
mod square_rows {
    use ndarray::Array2;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(matrix: &Array2<f64>, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(matrix.rows().into_iter().map(|row| row.to_vec()))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Array2<f64>, D::Error> {
        let rows = Vec::<Vec<f64>>::deserialize(from)?;
        let size = rows.len();
        if let Some((row, numbers)) = rows.iter().enumerate().find(|(_, numbers)| numbers.len() != size) {
            let found = numbers.len();
            return Err(D::Error::custom(format!(
                "ConfusionMatrix: expected {size} counts in each of {size} rows, found {found} in row {row}"
            )));
        }
        Array2::from_shape_vec((size, size), rows.concat()).map_err(D::Error::custom)
    }
}
