//! [`ConfusionMatrix`]: what was taken for what.

use super::{ratio, weigh};
use crate::Result;
use ndarray::Array2;
use std::fmt;

/// How many examples (or how much weight) of each class were predicted as each class: rows are what is true.
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
#[derive(Debug, Clone, PartialEq)]
pub struct ConfusionMatrix {
    counts: Array2<f64>,
}

impl ConfusionMatrix {
    /// From predicted and actual classes, counted from 0.
    ///
    /// # Errors
    /// As for every metric (see [the module](crate::metrics)), and when a class is not below 4096: the matrix would not be read.
    ///
    /// ```
    /// use feedforward::metrics::ConfusionMatrix;
    /// let weighted = ConfusionMatrix::new(&[0, 1], &[1, 1], Some(&[0.5, 2.0]))?;
    /// assert_eq!(weighted.counts(), ndarray::array![[0.0, 0.0], [0.5, 2.0]]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn new(predicted: &[usize], actual: &[usize], weights: Option<&[f64]>) -> Result<Self> {
        let weights = weigh("ConfusionMatrix", predicted.len(), actual.len(), weights)?;
        let largest = predicted.iter().chain(actual).max().copied().unwrap_or(0);
        if largest >= 4096 {
            return Err(crate::Error::invalid("ConfusionMatrix", "classes below 4096", largest));
        }
        let mut counts = Array2::zeros((largest + 1, largest + 1));
        for ((&predicted, &actual), weight) in predicted.iter().zip(actual).zip(weights) {
            counts[[actual, predicted]] += weight;
        }
        Ok(Self { counts })
    }

    /// Row: the true class; column: the predicted class.
    ///
    /// ```
    /// let matrix = feedforward::metrics::ConfusionMatrix::new(&[0, 1, 0], &[0, 1, 1], None)?;
    /// assert_eq!(matrix.counts()[[1, 0]], 1.0); // one of class 1 was taken for class 0
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn counts(&self) -> &Array2<f64> {
        &self.counts
    }

    /// The share of examples on the diagonal.
    ///
    /// ```
    /// let matrix = feedforward::metrics::ConfusionMatrix::new(&[0, 1, 0, 1], &[0, 1, 1, 1], None)?;
    /// assert_eq!(matrix.accuracy(), 0.75);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
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
