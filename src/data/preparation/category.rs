//! [`Category`]: how a column of categories is prepared.

use super::cell::FIT;
use crate::{Error, Result, check};
use std::collections::HashSet;
use std::fmt;

/// What happens to a category that was not among the training rows.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum UnknownCategory {
    /// It is an error that names column and row.
    Refuse,
    /// One-hot: 0 in all columns, as in scikit-learn's `handle_unknown="ignore"`.
    Zeros,
    /// One-hot: 1 in the column of the rare ones if there is one, else 0 in all columns, as in scikit-learn's
    /// `handle_unknown="infrequent_if_exist"`.
    Other,
    /// Ordinal: this number.
    Number(f64),
}

/// What happens to an entry that is missing in a column of categories.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum MissingCategory {
    /// It is an error that names column and row.
    Refuse,
    /// One-hot: 0 in all columns.
    Zeros,
    /// One-hot: it is a category like the others, with a column of its own unless it is rare. If none is missing in the
    /// training rows, one that is missing later is an unknown category.
    Own,
    /// Ordinal: this number.
    Number(f64),
}

/// What a category becomes.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case", deny_unknown_fields))]
pub(super) enum Encoding {
    OneHot,
    /// The order, or none if it is that of the sorted categories.
    Ordinal {
        order: Option<Vec<String>>,
    },
}

/// The role of a column of categories: each becomes columns of zeros and a one, or a number.
///
/// Categories are texts. What is compared with them:
/// - A number matches the category that it is written as: 3.0 matches "3", neither "3.0" nor "03". So a column of
///   numbers can have this role too.
/// - A [`Value::Boolean`](crate::data::Value) matches the category "true" or "false" in any case; none, if two of them
///   differ in case alone.
///
/// ```
/// use feedforward::Table;
/// use feedforward::data::{Category, Column, Preparation};
/// use ndarray::array;
///
/// let table = Table::new(vec![
///     Column::texts("island", [Some("Dream"), Some("Biscoe"), Some("Dream")]),
///     Column::texts("size", [Some("small"), Some("large"), Some("medium")]),
/// ])?;
/// let preparation = Preparation::new()
///     .category("island", Category::one_hot())
///     .category("size", Category::ordinal_in(["small", "medium", "large"]));
/// let fitted = preparation.fit(&table)?;
/// assert_eq!(fitted.output_names(), ["island=Biscoe", "island=Dream", "size"]);
/// assert_eq!(fitted.transform::<f32>(&table)?, array![[0.0, 1.0, 0.0], [1.0, 0.0, 2.0], [0.0, 1.0, 1.0]]);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct Category {
    encoding: Encoding,
    minimum_count: usize,
    missing: MissingCategory,
    unknown: UnknownCategory,
}

impl Category {
    /// Makes a column for each category of the training rows, in sorted order: 1 in that of the row's category, 0
    /// elsewhere.
    ///
    /// A missing entry is refused, and an unknown category counts as [`UnknownCategory::Other`], unless declared
    /// otherwise.
    #[doc(alias("OneHotEncoder", "get_dummies"))]
    pub fn one_hot() -> Self {
        let (missing, unknown) = (MissingCategory::Refuse, UnknownCategory::Other);
        Self { encoding: Encoding::OneHot, minimum_count: 1, missing, unknown }
    }

    /// Numbers the categories of the training rows from 0 in sorted order: numbers by size, texts by their characters.
    ///
    /// Missing entries and unknown categories are refused, unless declared otherwise. The numbers are not scaled.
    #[doc(alias = "OrdinalEncoder")]
    pub fn ordinal() -> Self {
        let (missing, unknown) = (MissingCategory::Refuse, UnknownCategory::Refuse);
        Self { encoding: Encoding::Ordinal { order: None }, minimum_count: 1, missing, unknown }
    }

    /// Numbers these categories from 0; any other is unknown, in the training rows too.
    ///
    /// Missing entries and unknown categories are refused, unless declared otherwise. The numbers are not scaled.
    pub fn ordinal_in<S: Into<String>>(order: impl IntoIterator<Item = S>) -> Self {
        let order = Some(order.into_iter().map(S::into).collect());
        Self { encoding: Encoding::Ordinal { order }, ..Self::ordinal() }
    }

    /// Joins the categories that are in fewer training rows than this: they share the last column, "other".
    ///
    /// As scikit-learn's `OneHotEncoder(min_frequency=..)`. For one-hot categories alone; at least 1.
    #[doc(alias = "min_frequency")]
    pub fn minimum_count(self, rows: usize) -> Self {
        Self { minimum_count: rows, ..self }
    }

    /// Declares what happens to a missing entry.
    pub fn missing(self, missing: MissingCategory) -> Self {
        Self { missing, ..self }
    }

    /// Declares what happens to a category that was not among the training rows.
    #[doc(alias = "handle_unknown")]
    pub fn unknown(self, unknown: UnknownCategory) -> Self {
        Self { unknown, ..self }
    }

    /// Returns what happens to a missing entry.
    pub fn missing_treatment(&self) -> MissingCategory {
        self.missing
    }

    /// Returns what happens to a category that was not among the training rows.
    pub fn unknown_treatment(&self) -> UnknownCategory {
        self.unknown
    }

    pub(super) fn encoding(&self) -> &Encoding {
        &self.encoding
    }

    pub(super) fn least_rows(&self) -> usize {
        self.minimum_count
    }

    /// Checks the options, given the name of the column.
    pub(super) fn check(&self, name: &str) -> Result<()> {
        check::at_least(FIT, "minimum_count", 1, self.minimum_count as u64)?;
        let refuse = |expected: &str, found: &str| {
            let expected = format!("{expected} of the column {name:?}");
            Err(Error::invalid(FIT, expected, found))
        };
        let mut numbers = [None; 2];
        match self.missing {
            MissingCategory::Number(number) => numbers[0] = Some(number),
            MissingCategory::Zeros | MissingCategory::Own if self.encoding != Encoding::OneHot => {
                return refuse("a number or a refusal for missing ordinal categories", "what is for one-hot ones");
            }
            _ => {}
        }
        match self.unknown {
            UnknownCategory::Number(number) => numbers[1] = Some(number),
            UnknownCategory::Zeros | UnknownCategory::Other if self.encoding != Encoding::OneHot => {
                return refuse("a number or a refusal for unknown ordinal categories", "what is for one-hot ones");
            }
            _ => {}
        }
        for number in numbers.into_iter().flatten() {
            if self.encoding == Encoding::OneHot {
                return refuse("no number for missing or unknown one-hot categories", &number.to_string());
            }
            if !number.is_finite() {
                return refuse("a finite number for missing or unknown categories", &number.to_string());
            }
        }
        let Encoding::Ordinal { order } = &self.encoding else { return Ok(()) };
        if self.minimum_count > 1 {
            return refuse("a minimum count of 1 for the ordinal categories", &self.minimum_count.to_string());
        }
        let Some(order) = order else { return Ok(()) };
        let mut seen = HashSet::new();
        if order.is_empty() {
            return refuse("at least one category in the order", "0");
        }
        match order.iter().find(|category| !seen.insert(*category)) {
            Some(twice) => refuse("each category once in the order", &format!("{twice:?} twice")),
            None => Ok(()),
        }
    }
}

/// Writes what happens to the column: `category, one-hot, missing: refused, unknown: other`.
impl fmt::Display for Category {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "category, ")?;
        match &self.encoding {
            Encoding::OneHot => write!(to, "one-hot")?,
            Encoding::Ordinal { order: None } => write!(to, "ordinal, sorted")?,
            Encoding::Ordinal { order: Some(order) } => {
                write!(to, "ordinal: {}", crate::data::list(order.iter().map(String::as_bytes)))?;
            }
        }
        if self.minimum_count > 1 {
            write!(to, ", those in fewer than {} rows joined", self.minimum_count)?;
        }
        match self.missing {
            MissingCategory::Refuse => write!(to, ", missing: refused")?,
            MissingCategory::Zeros => write!(to, ", missing: zeros")?,
            MissingCategory::Own => write!(to, ", missing: a category")?,
            MissingCategory::Number(number) => write!(to, ", missing: {number}")?,
        }
        match self.unknown {
            UnknownCategory::Refuse => write!(to, ", unknown: refused"),
            UnknownCategory::Zeros => write!(to, ", unknown: zeros"),
            UnknownCategory::Other => write!(to, ", unknown: as the rare ones, or zeros"),
            UnknownCategory::Number(number) => write!(to, ", unknown: {number}"),
        }
    }
}

#[cfg(feature = "serde")]
crate::serialize::checked_serde! {
    "Category",
    struct Category {
        encoding: Encoding,
        minimum_count: usize,
        missing: MissingCategory,
        unknown: UnknownCategory,
    },
    |category| category.check("")
}
