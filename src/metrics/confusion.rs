//! [`ConfusionMatrix`]: how often each class was predicted for each true class.

use super::{example_weights, ratio};
use crate::{Result, check};
use ndarray::Array2;
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
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "confusion_matrix")]
#[derive(Debug, Clone, PartialEq)]
pub struct ConfusionMatrix {
    counts: Array2<f64>,
}

impl ConfusionMatrix {
    /// Counts predicted and actual classes, numbered from 0.
    ///
    /// # Errors
    /// As for every metric (see [the module](crate::metrics)), and when a class is not below 4096: the matrix would be
    /// too large to read.
    pub fn new(predicted: &[usize], actual: &[usize], weights: Option<&[f64]>) -> Result<Self> {
        let operation = "ConfusionMatrix";
        let weights = example_weights(operation, predicted.len(), actual.len(), weights)?;
        let largest = predicted.iter().chain(actual).max().copied().unwrap_or(0);
        check::index_below(operation, "class", CLASS_LIMIT, largest)?;
        let mut counts = Array2::zeros((largest + 1, largest + 1));
        for ((&predicted, &actual), weight) in predicted.iter().zip(actual).zip(weights) {
            counts[[actual, predicted]] += weight;
        }
        Ok(Self { counts })
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
        let width = self.counts.iter().map(|count| count.to_string().len()).max().unwrap_or(1).max(3) + 1;
        write!(formatter, "true \\ predicted")?;
        (0..self.counts.ncols()).try_for_each(|class| write!(formatter, "{class:>width$}"))?;
        for (class, row) in self.counts.rows().into_iter().enumerate() {
            write!(formatter, "\n{class:>16}")?;
            row.iter().try_for_each(|count| write!(formatter, "{count:>width$}"))?;
        }
        Ok(())
    }
}
