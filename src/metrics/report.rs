//! [`ClassificationReport`] and [`LabelReport`]: the scores of all classes or labels with their averages, to print.

use super::classification::Tally;
use super::labels::Labels;
use super::{ClassScores, LabelAverage, ratio};
use crate::{Error, Float, Result};
use ndarray::ArrayRef2;
use std::fmt;

/// The scores of all classes with their averages; displayed as the table of scikit-learn's `classification_report`.
///
/// ```text
///               precision    recall  f1-score   support
///
///           no       1.00      0.50      0.67         2
///          yes       0.67      1.00      0.80         2
///
///     accuracy                           0.75         4
///    macro avg       0.83      0.75      0.73         4
/// weighted avg       0.83      0.75      0.73         4
/// ```
///
/// A long sum of weights is written with two decimals as a support, where scikit-learn writes all digits.
///
/// ```
/// use feedforward::metrics::ConfusionMatrix;
/// let matrix = ConfusionMatrix::new(&[0, 1, 1, 1], &[0, 1, 0, 1], None)?.with_labels(&["no", "yes"])?;
/// let text = matrix.classification_report().to_string();
/// assert_eq!(text.lines().last(), Some("weighted avg       0.83      0.75      0.73         4"));
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ClassificationReport {
    pub(super) classes: Vec<ClassScores>,
    pub(super) labels: Vec<String>,
    pub(super) accuracy: f64,
}

impl ClassificationReport {
    /// Returns the scores of each class that occurs.
    pub fn classes(&self) -> &[ClassScores] {
        &self.classes
    }

    /// Computes the means of precision, recall and F1, each class with this weight.
    fn averages(&self, weight: impl Fn(&ClassScores) -> f64) -> [f64; 3] {
        let total: f64 = self.classes.iter().map(&weight).sum();
        let mean = |score: fn(&ClassScores) -> f64| {
            ratio(self.classes.iter().map(|scores| weight(scores) * score(scores)).sum(), total)
        };
        [mean(|scores| scores.precision), mean(|scores| scores.recall), mean(|scores| scores.f1)]
    }
}

impl fmt::Display for ClassificationReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = Table { labels: &self.labels, scores: &self.classes };
        let all = table.support();
        table.write(formatter)?;
        formatter.write_str("\n")?;
        table.write_row(formatter, "accuracy", [None, None, Some(self.accuracy)], all)?;
        table.write_row(formatter, "macro avg", self.averages(|_| 1.0).map(Some), all)?;
        table.write_row(formatter, "weighted avg", self.averages(|scores| scores.support).map(Some), all)
    }
}

/// The scores of several labels in a row with their averages; displayed as the table of scikit-learn's
/// `classification_report` of indicator matrices.
///
/// ```text
///               precision    recall  f1-score   support
///
///        sport       1.00      0.50      0.67         2
///     politics       0.50      1.00      0.67         1
///
///    micro avg       0.67      0.67      0.67         3
///    macro avg       0.75      0.75      0.67         3
/// weighted avg       0.83      0.67      0.67         3
///  samples avg       0.67      0.50      0.56         3
/// ```
///
/// A label that never occurs has a row too, and scores 0.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelReport {
    scores: Vec<ClassScores>,
    labels: Vec<String>,
    /// Name of each average, with its precision, recall and F1.
    averages: [(&'static str, [f64; 3]); 4],
}

impl LabelReport {
    /// Scores probabilities against targets; both stand for yes above 0.5.
    ///
    /// # Errors
    /// As for [`label_accuracy`](super::label_accuracy).
    ///
    /// ```
    /// use feedforward::metrics::LabelReport;
    /// use ndarray::array;
    /// let (probabilities, targets) = (array![[0.9, 0.8], [0.6, 0.1]], array![[1.0, 1.0], [0.0, 1.0]]);
    /// let report = LabelReport::new(&probabilities, &targets, None)?.with_labels(&["sport", "politics"])?;
    /// assert_eq!(report.scores()[1].recall, 0.5);
    /// println!("{report}");
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn new<F: Float>(
        probabilities: &ArrayRef2<F>,
        targets: &ArrayRef2<F>,
        weights: Option<&[f64]>,
    ) -> Result<Self> {
        let labels = Labels::new("LabelReport", probabilities, targets, weights)?;
        let tallies = labels.columns();
        let average = |name: &'static str, average: LabelAverage| {
            let of = |score: fn(Tally) -> f64| labels.averaged(&tallies, average, score);
            Ok((name, [of(Tally::precision)?, of(Tally::recall)?, of(Tally::f1)?]))
        };
        let averages = [
            average("micro avg", LabelAverage::Micro)?,
            average("macro avg", LabelAverage::Macro)?,
            average("weighted avg", LabelAverage::Weighted)?,
            average("samples avg", LabelAverage::Samples)?,
        ];
        let names = (0..tallies.len()).map(|label| label.to_string()).collect();
        Ok(Self { scores: labels.scores(&tallies, weights), labels: names, averages })
    }

    /// Sets the name of each label, which is the number of its column otherwise.
    ///
    /// # Errors
    /// When there is not one name for each label.
    pub fn with_labels(mut self, labels: &[impl fmt::Display]) -> Result<Self> {
        if labels.len() != self.labels.len() {
            let expected = format!("{} names, one for each label", self.labels.len());
            return Err(Error::invalid("LabelReport", expected, labels.len()));
        }
        self.labels = labels.iter().map(ToString::to_string).collect();
        Ok(self)
    }

    /// Returns the scores of each label.
    pub fn scores(&self) -> &[ClassScores] {
        &self.scores
    }
}

impl fmt::Display for LabelReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = Table { labels: &self.labels, scores: &self.scores };
        table.write(formatter)?;
        formatter.write_str("\n")?;
        let all = table.support();
        self.averages.iter().try_for_each(|&(name, scores)| table.write_row(formatter, name, scores.map(Some), all))
    }
}

/// Names and scores of the rows of a report.
struct Table<'a> {
    labels: &'a [String],
    scores: &'a [ClassScores],
}

impl Table<'_> {
    fn support(&self) -> f64 {
        self.scores.iter().map(|scores| scores.support).sum()
    }

    /// Writes the heading and a row for each class, without an end of line after the last one.
    fn write(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.width();
        let (none, precision, recall, f1) = ("", "precision", "recall", "f1-score");
        writeln!(formatter, "{none:>width$}  {precision:>9} {recall:>9} {f1:>9} {:>9}", "support")?;
        self.labels.iter().zip(self.scores).try_for_each(|(label, scores)| {
            let numbers = [scores.precision, scores.recall, scores.f1].map(Some);
            self.write_row(formatter, label, numbers, scores.support)
        })
    }

    fn write_row(
        &self,
        formatter: &mut fmt::Formatter<'_>,
        name: &str,
        scores: [Option<f64>; 3],
        support: f64,
    ) -> fmt::Result {
        write!(formatter, "\n{name:>width$} ", width = self.width())?;
        for score in scores {
            write!(formatter, " {:>9}", score.map_or(String::new(), |score| format!("{score:.2}")))?;
        }
        write!(formatter, " {:>9}", weight_text(support))
    }

    /// Returns the width of the names in characters, as scikit-learn counts it.
    fn width(&self) -> usize {
        let longest = self.labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);
        longest.max("weighted avg".len())
    }
}

/// Writes a number of examples or their weight; of a sum that is long, 0.30000000000000004 for example, two decimals.
pub(super) fn weight_text(weight: f64) -> String {
    const WIDTH: usize = 9;
    let exact = weight.to_string();
    match weight {
        _ if exact.len() <= WIDTH || weight.fract() == 0.0 => exact,
        _ if weight < 0.01 => format!("{weight:.2e}"),
        _ => format!("{weight:.2}"),
    }
}
