//! [`Column`]: a name and the numbers or texts below it.

use super::texts::{Codes, Texts};
use super::value::Entry;

/// Whether a [`Column`] holds numbers or texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
pub enum Kind {
    /// Finite numbers.
    Number,
    /// Texts.
    Text,
}

/// A column of a [`Table`](super::Table): a name, and a number, a text or nothing in each row.
///
/// ```
/// use feedforward::data::{Column, Kind};
/// let islands = Column::texts("island", [Some("Dream"), None, Some("Dream")]);
/// assert_eq!((islands.kind(), islands.len(), islands.count_missing()), (Kind::Text, 3, 1));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    name: String,
    content: Content,
}

#[derive(Debug, Clone)]
pub(crate) enum Content {
    /// NaN stands for a missing number.
    Numbers(Vec<f64>),
    Texts(Texts),
}

/// Returns the bits of a number; zeros of both signs are one number, and so are all that are missing.
pub(crate) fn bits(number: f64) -> u64 {
    if number.is_nan() { f64::NAN.to_bits() } else { (number + 0.0).to_bits() }
}

/// Two columns of numbers are equal if the same numbers are missing.
impl PartialEq for Content {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Numbers(a), Self::Numbers(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a == b || (a.is_nan() && b.is_nan()))
            }
            (Self::Texts(a), Self::Texts(b)) => {
                a.codes.len() == b.codes.len() && (0..a.codes.len()).all(|row| a.get(row) == b.get(row))
            }
            _ => false,
        }
    }
}

impl Column {
    /// Makes a column of numbers. NaN stands for a missing number; an infinite one is refused by
    /// [`Table::new`](super::Table::new).
    pub fn numbers(name: impl Into<String>, numbers: Vec<f64>) -> Self {
        Self { name: name.into(), content: Content::Numbers(numbers) }
    }

    /// Makes a column of texts, some of them missing.
    pub fn texts<S: AsRef<str>>(name: impl Into<String>, texts: impl IntoIterator<Item = Option<S>>) -> Self {
        let mut codes = Codes::default();
        let mut all = Texts::default();
        for text in texts {
            let code = text.map_or(Texts::MISSING, |text| codes.code(text.as_ref(), &mut all.distinct));
            all.codes.push(code);
        }
        Self { name: name.into(), content: Content::Texts(all) }
    }

    /// Makes a column of a content whose numbers are finite or missing.
    #[cfg(feature = "csv")]
    pub(crate) fn from_content(name: String, content: Content) -> Self {
        Self { name, content }
    }

    pub(crate) fn content(&self) -> &Content {
        &self.content
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Gives the column another name.
    pub fn renamed(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// Returns whether the column holds numbers or texts.
    pub fn kind(&self) -> Kind {
        match self.content {
            Content::Numbers(_) => Kind::Number,
            Content::Texts(_) => Kind::Text,
        }
    }

    /// Returns the number of rows.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        match &self.content {
            Content::Numbers(numbers) => numbers.len(),
            Content::Texts(texts) => texts.codes.len(),
        }
    }

    /// Returns what stands in each row.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = Entry<'_>> {
        (0..self.len()).map(|row| self.entry(row))
    }

    /// Returns what stands in this row; nothing, if there is no such row.
    pub fn get(&self, row: usize) -> Option<Entry<'_>> {
        (row < self.len()).then(|| self.entry(row))
    }

    fn entry(&self, row: usize) -> Entry<'_> {
        match &self.content {
            Content::Numbers(numbers) if numbers[row].is_nan() => Entry::Missing,
            Content::Numbers(numbers) => Entry::Number(numbers[row]),
            Content::Texts(texts) => texts.get(row).map_or(Entry::Missing, Entry::Text),
        }
    }

    /// Returns the numbers, NaN where one is missing; nothing for a column of texts.
    pub fn as_numbers(&self) -> Option<&[f64]> {
        match &self.content {
            Content::Numbers(numbers) => Some(numbers),
            Content::Texts(_) => None,
        }
    }

    /// Counts the rows in which nothing stands.
    pub fn count_missing(&self) -> usize {
        self.entries().filter(|entry| entry.is_missing()).count()
    }

    /// Copies these rows, in this order; they exist.
    pub(crate) fn select_rows(&self, rows: &[usize]) -> Self {
        let content = match &self.content {
            Content::Numbers(numbers) => Content::Numbers(rows.iter().map(|&row| numbers[row]).collect()),
            Content::Texts(texts) => {
                let codes = rows.iter().map(|&row| texts.codes[row]).collect();
                Content::Texts(Texts { distinct: texts.distinct.clone(), codes })
            }
        };
        Self { name: self.name.clone(), content }
    }
}
