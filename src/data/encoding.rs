//! Encoding: labels to numbers and back.

use crate::{Error, Float, Result};
use ndarray::{Array2, ArrayRef2};
use std::fmt::Debug;

/// One column for each class: 1 in the column of the row's class, 0 elsewhere.
///
/// # Errors
/// When there is no class or a label is not below `classes`.
///
/// ```
/// use ndarray::array;
/// assert_eq!(feedforward::data::one_hot::<f32>(&[2, 0], 3)?, array![[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]);
/// assert!(feedforward::data::one_hot::<f32>(&[3], 3).is_err());
/// # Ok::<(), feedforward::Error>(())
/// ```
pub fn one_hot<F: Float>(labels: &[usize], classes: usize) -> Result<Array2<F>> {
    if classes == 0 {
        return Err(Error::Empty { operation: "one_hot", what: "class" });
    }
    if let Some((row, found)) = labels.iter().enumerate().find(|&(_, &label)| label >= classes) {
        let expected = format!("a class below {classes}");
        return Err(Error::Target { operation: "one_hot", row, expected, found: found.to_string() });
    }
    Ok(Array2::from_shape_fn((labels.len(), classes), |(row, class)| F::from_f64(f64::from(labels[row] == class))))
}

/// The column of the largest number in each row, the first of equals.
///
/// ```
/// assert_eq!(feedforward::data::argmax(&ndarray::array![[0.1, 0.7, 0.2], [3.0, 1.0, 3.0]]), [1, 0]);
/// ```
pub fn argmax<F: Float>(matrix: &ArrayRef2<F>) -> Vec<usize> {
    let best =
        |row: ndarray::ArrayView1<'_, F>| (1..row.len()).fold(0, |best, k| if row[k] > row[best] { k } else { best });
    matrix.rows().into_iter().map(best).collect()
}

/// Numbers the different labels from 0, in their order.
///
/// ```
/// use feedforward::data::LabelEncoder;
///
/// let encoder = LabelEncoder::fit(&["dog", "cat", "dog"])?;
/// assert_eq!(encoder.classes(), ["cat", "dog"]);
/// assert_eq!(encoder.encode(&["dog", "cat"])?, [1, 0]);
/// assert_eq!(encoder.decode(&[1])?, ["dog"]);
/// let error = encoder.encode(&["cow"]).unwrap_err();
/// assert_eq!(error.to_string(), "LabelEncoder: expected one of 2 known labels in row 0 of the targets, found \"cow\"");
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelEncoder<L> {
    classes: Vec<L>,
}

impl<L: Ord + Clone + Debug> LabelEncoder<L> {
    /// Learns which labels there are.
    ///
    /// # Errors
    /// When there is none.
    ///
    /// ```
    /// use feedforward::data::LabelEncoder;
    /// let encoder = LabelEncoder::fit(&[30, 10, 30])?;
    /// assert_eq!(encoder.classes(), [10, 30]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn fit(labels: &[L]) -> Result<Self> {
        if labels.is_empty() {
            return Err(Error::Empty { operation: "LabelEncoder", what: "label" });
        }
        let mut classes = labels.to_vec();
        classes.sort();
        classes.dedup();
        Ok(Self { classes })
    }

    /// The different labels, in order.
    ///
    /// ```
    /// let encoder = feedforward::data::LabelEncoder::fit(&["dog", "cat"])?;
    /// assert_eq!(encoder.classes(), ["cat", "dog"]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn classes(&self) -> &[L] {
        &self.classes
    }

    /// The number of each label.
    ///
    /// # Errors
    /// When a label was not among those it learned.
    ///
    /// ```
    /// let encoder = feedforward::data::LabelEncoder::fit(&["dog", "cat"])?;
    /// assert_eq!(encoder.encode(&["dog", "dog", "cat"])?, [1, 1, 0]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn encode(&self, labels: &[L]) -> Result<Vec<usize>> {
        let number = |(row, label): (usize, &L)| {
            self.classes.binary_search(label).map_err(|_| Error::Target {
                operation: "LabelEncoder",
                row,
                expected: format!("one of {} known labels", self.classes.len()),
                found: format!("{label:?}"),
            })
        };
        labels.iter().enumerate().map(number).collect()
    }

    /// The label of each number.
    ///
    /// # Errors
    /// When a number belongs to no label.
    ///
    /// ```
    /// let encoder = feedforward::data::LabelEncoder::fit(&["dog", "cat"])?;
    /// assert_eq!(encoder.decode(&[1, 0])?, ["dog", "cat"]);
    /// assert!(encoder.decode(&[2]).is_err());
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn decode(&self, numbers: &[usize]) -> Result<Vec<L>> {
        let label = |&number: &usize| {
            let expected = format!("a class below {}", self.classes.len());
            self.classes.get(number).cloned().ok_or_else(|| Error::invalid("LabelEncoder", expected, number))
        };
        numbers.iter().map(label).collect()
    }
}
