//! Encoding of labels as numbers, and decoding of predictions to labels.

#[cfg(feature = "safetensors")]
use crate::description::type_name;
use crate::{Error, Float, Result, check};
use ndarray::{Array2, ArrayRef2, ArrayView1};
use std::collections::{HashMap, HashSet};
use std::fmt::{Debug, Display};
use std::hash::Hash;
#[cfg(feature = "safetensors")]
use std::str::FromStr;

/// Encodes labels in one column for each class: 1 in the column of the row's class, 0 elsewhere.
///
/// # Errors
/// When there is no class, a label is not below `classes`, or the matrix would not fit in memory.
///
/// ```
/// use ndarray::array;
/// assert_eq!(feedforward::data::one_hot::<f32>(&[2, 0], 3)?, array![[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias("OneHotEncoder", "to_categorical"))]
pub fn one_hot<F: Float>(labels: &[usize], classes: usize) -> Result<Array2<F>> {
    check::not_empty("one_hot", "class", classes)?;
    check::classes_below("one_hot", classes, labels)?;
    let (rows, columns) = check::addressable::<F>("one_hot", labels.len(), classes)?;
    let mut numbers = Vec::new();
    let too_large =
        |_| Error::TooLarge { operation: "one_hot", limit: isize::MAX as usize / size_of::<F>(), rows, columns };
    numbers.try_reserve_exact(rows * columns).map_err(too_large)?;
    numbers.resize(rows * columns, F::zero());
    for (numbers, &label) in numbers.chunks_exact_mut(columns).zip(labels) {
        numbers[label] = F::one();
    }
    let wrong_shape = |_| Error::invalid("one_hot", "a matrix with a column for each class", "another");
    Array2::from_shape_vec((rows, columns), numbers).map_err(wrong_shape)
}

/// Returns the column of the largest number in each row, the first of equal ones: the class that scores predict.
///
/// # Errors
/// When there is no column, or a number is NaN.
///
/// ```
/// use feedforward::data::argmax;
/// use ndarray::array;
/// assert_eq!(argmax(&array![[0.1, 0.7, 0.2], [3.0, 1.0, 3.0]])?, [1, 0]);
/// assert!(argmax(&array![[0.1, f64::NAN]]).is_err());
/// # Ok::<(), feedforward::Error>(())
/// ```
pub fn argmax<F: Float>(matrix: &ArrayRef2<F>) -> Result<Vec<usize>> {
    check::not_empty("argmax", "column", matrix.ncols())?;
    let largest = |(row, numbers): (usize, ArrayView1<'_, F>)| {
        let mut best = 0;
        for (column, &number) in numbers.iter().enumerate() {
            if number.is_nan() {
                let found = number.widen();
                return Err(Error::NotFinite { operation: "argmax", what: "scores", row, column, found });
            }
            if number > numbers[best] {
                best = column;
            }
        }
        Ok(best)
    };
    matrix.rows().into_iter().enumerate().map(largest).collect()
}

/// What can be a label: anything that can be cloned, compared exactly, hashed and printed. Texts, whole numbers, enums.
///
/// Floating-point numbers cannot: which of two numbers that are nearly equal is which class? Predict them with a
/// [`Regressor`](crate::Regressor), or round them to integers if they are numbers of classes.
///
/// ```compile_fail
/// // error: floats are no labels
/// let model = feedforward::Classifier::fit(&ndarray::array![[1.0], [2.0]], &[0.5, 1.5]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a label of a class",
    note = "labels are compared exactly: they need Clone, Eq, Hash and Debug",
    note = "floating-point numbers are predicted by a `Regressor`; class numbers must be integers"
)]
pub trait Label: Clone + Eq + Hash + Debug {}

impl<L: Clone + Eq + Hash + Debug> Label for L {}

/// Numbers the distinct labels from 0.
///
/// The order does not depend on the order of the rows: whole numbers by size, then all others by the characters that
/// `Debug` writes. So texts are in alphabetical order, and the variants of an enum too. [`sorted`](Self::sorted) takes
/// the order of the type, [`from_classes`](Self::from_classes) any other.
///
/// ```
/// use feedforward::data::LabelEncoder;
///
/// let encoder = LabelEncoder::fit(&["dog", "cat", "dog"])?;
/// assert_eq!(encoder.classes(), ["cat", "dog"]);
/// assert_eq!(encoder.encode(&["dog", "cat"])?, [1, 0]);
/// assert_eq!(encoder.decode(&[1])?, ["dog"]);
/// let error = encoder.encode(&["cow"]).unwrap_err().to_string();
/// assert_eq!(error, "LabelEncoder: expected one of 2 known labels in row 0 of the targets, found \"cow\"");
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Classes<L>", bound(deserialize = "L: Label + serde::Deserialize<'de>"))
)]
pub struct LabelEncoder<L> {
    classes: Vec<L>,
    /// The number of each label.
    #[cfg_attr(feature = "serde", serde(skip))]
    numbers: HashMap<L, usize>,
}

impl<L: PartialEq> PartialEq for LabelEncoder<L> {
    fn eq(&self, other: &Self) -> bool {
        self.classes == other.classes
    }
}

impl<L: Eq> Eq for LabelEncoder<L> {}

/// What is read of a [`LabelEncoder`].
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(rename = "LabelEncoder", deny_unknown_fields)]
struct Classes<L> {
    classes: Vec<L>,
}

#[cfg(feature = "serde")]
impl<L: Label> TryFrom<Classes<L>> for LabelEncoder<L> {
    type Error = Error;

    fn try_from(read: Classes<L>) -> Result<Self> {
        Self::from_classes(read.classes)
    }
}

/// What labels are sorted by when their type has no order.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum SortKey {
    Number(i128),
    Text(String),
}

impl SortKey {
    fn of(label: &impl Debug) -> Self {
        let text = format!("{label:?}");
        match text.parse() {
            Ok(number) => Self::Number(number),
            // Quotes around a text would come before some of its characters.
            Err(_) => Self::Text(text.trim_matches(['"', '\'']).to_owned()),
        }
    }
}

impl<L: Label> LabelEncoder<L> {
    /// Collects the distinct labels.
    ///
    /// # Errors
    /// When there is no label.
    pub fn fit(labels: &[L]) -> Result<Self> {
        let mut classes = distinct(labels);
        classes.sort_by_cached_key(|label| SortKey::of(label));
        Self::from_classes(classes)
    }

    /// Collects the distinct labels, in the order of their type: that of an enum is the order of its variants, if it
    /// derives `Ord`.
    ///
    /// # Errors
    /// When there is no label.
    ///
    /// ```
    /// use feedforward::data::LabelEncoder;
    /// #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
    /// enum Size {
    ///     Small,
    ///     Large,
    /// }
    /// let encoder = LabelEncoder::sorted(&[Size::Large, Size::Small, Size::Large])?;
    /// assert_eq!(encoder.classes(), [Size::Small, Size::Large]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn sorted(labels: &[L]) -> Result<Self>
    where
        L: Ord,
    {
        let mut classes = distinct(labels);
        classes.sort();
        Self::from_classes(classes)
    }

    /// Takes the labels in this order: the first one is number 0.
    ///
    /// # Errors
    /// When there is no label, or one comes twice.
    ///
    /// ```
    /// use feedforward::data::LabelEncoder;
    /// let encoder = LabelEncoder::from_classes(vec!["low", "medium", "high"])?;
    /// assert_eq!(encoder.encode(&["high", "low"])?, [2, 0]);
    /// assert!(LabelEncoder::from_classes(vec!["low", "low"]).is_err());
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn from_classes(classes: Vec<L>) -> Result<Self> {
        check::not_empty("LabelEncoder", "label", classes.len())?;
        let mut numbers = HashMap::with_capacity(classes.len());
        for (number, label) in classes.iter().enumerate() {
            if numbers.insert(label.clone(), number).is_some() {
                return Err(Error::invalid("LabelEncoder", "distinct labels", format!("{label:?} twice")));
            }
        }
        Ok(Self { classes, numbers })
    }

    /// Returns the distinct labels in the order of their numbers.
    pub fn classes(&self) -> &[L] {
        &self.classes
    }

    /// Returns the number of each label.
    ///
    /// # Errors
    /// When a label was not among those of `fit`.
    #[doc(alias = "transform")]
    pub fn encode(&self, labels: &[L]) -> Result<Vec<usize>> {
        let number = |(row, label): (usize, &L)| {
            self.numbers.get(label).copied().ok_or_else(|| {
                let expected = format!("one of {} known labels", self.classes.len());
                Error::target("LabelEncoder", row, expected, format!("{label:?}"))
            })
        };
        labels.iter().enumerate().map(number).collect()
    }

    /// Returns the label of each number.
    ///
    /// # Errors
    /// When a number belongs to no label.
    #[doc(alias = "inverse_transform")]
    pub fn decode(&self, numbers: &[usize]) -> Result<Vec<L>> {
        let label = |&number: &usize| {
            check::index_below("LabelEncoder", "class", self.classes.len(), number)?;
            Ok(self.classes[number].clone())
        };
        numbers.iter().map(label).collect()
    }
}

/// Returns each label once, in the order in which they first occur.
fn distinct<L: Label>(labels: &[L]) -> Vec<L> {
    let mut seen = HashSet::new();
    labels.iter().filter(|label| seen.insert(*label)).cloned().collect()
}

#[cfg(feature = "safetensors")]
impl<L: Label + FromStr> LabelEncoder<L> {
    /// Makes an encoder from the text of each label.
    ///
    /// # Errors
    /// When a text is no label of this type, or two are the same label.
    pub(crate) fn from_texts(texts: &[String]) -> Result<Self> {
        let parse = |text: &String| {
            let expected = || format!("labels of the type {}", type_name::<L>());
            text.parse().map_err(|_| Error::invalid("LabelEncoder", expected(), format!("{text:?}")))
        };
        Self::from_classes(texts.iter().map(parse).collect::<Result<_>>()?)
    }
}

impl<L: Label + Display> LabelEncoder<L> {
    /// Returns the text of each label, in the order of their numbers.
    ///
    /// # Errors
    /// When two labels have the same text: they could not be told apart again.
    pub(crate) fn to_texts(&self) -> Result<Vec<String>> {
        let texts: Vec<_> = self.classes.iter().map(L::to_string).collect();
        LabelEncoder::from_classes(texts.clone())?;
        Ok(texts)
    }
}
