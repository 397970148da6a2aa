//! [`ColumnReader`]: a column as it is read, of numbers until a text comes.

use super::encoding::as_text;
use super::number::{Notation, Reading};
use crate::data::file::reserve;
use crate::data::table::{Codes, Content, Texts};
use std::io;

/// How entries are read.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Rules {
    pub(super) notation: Notation,
    /// Texts that stand for a missing entry, besides those of [`is_missing`].
    pub(super) missing: Vec<String>,
    /// Those of them that are numbers.
    pub(super) missing_numbers: Vec<f64>,
}

impl Rules {
    /// Reads an entry of a column that holds numbers and no missing entry.
    #[cfg(feature = "npy")]
    pub(super) fn number(&self, field: &[u8]) -> Result<f64, Refusal> {
        match self.notation.read(field) {
            Reading::Number { value, .. } if !self.missing_numbers.contains(&value) => Ok(value),
            Reading::NotFinite => Err(Refusal::NotFinite),
            _ => Err(Refusal::NoNumber),
        }
    }

    fn is_missing(&self, field: &[u8]) -> bool {
        is_missing(field) || self.missing.iter().any(|missing| missing.as_bytes() == field)
    }
}

/// Returns whether a field stands for a missing entry in every table: what pandas takes for one, and `?`.
pub(super) fn is_missing(field: &[u8]) -> bool {
    matches!(
        field,
        b"" | b"?"
            | b"NA"
            | b"N/A"
            | b"n/a"
            | b"#N/A"
            | b"#NA"
            | b"<NA>"
            | b"#N/A N/A"
            | b"NaN"
            | b"nan"
            | b"-NaN"
            | b"-nan"
            | b"1.#IND"
            | b"-1.#IND"
            | b"1.#QNAN"
            | b"-1.#QNAN"
            | b"NULL"
            | b"null"
            | b"None"
    )
}

/// Why an entry cannot be kept.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The entry is an infinite number.
    NotFinite,
    /// The entry is a text below numbers that are written in another way than `f64` writes them.
    TextBelowNumbers,
    /// The entry is not UTF-8, or has a zero byte.
    Encoding,
    /// The entry is missing or a text, where only numbers can be kept.
    #[cfg(feature = "npy")]
    NoNumber,
    /// The entry is a number that is too large for `f32`.
    #[cfg(feature = "npy")]
    TooLarge,
    Memory(io::Error),
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::Memory(error)
    }
}

/// Takes the fields of a table.
pub(super) trait Sink {
    /// Takes a field; `rows` estimates the rows that there are up to the end.
    fn push(&mut self, column: usize, field: &[u8], rules: &Rules, rows: impl Fn() -> usize) -> Result<(), Refusal>;

    /// Ends a row.
    fn end_row(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A column as it is read.
#[derive(Debug, Default)]
pub(super) struct ColumnReader {
    /// NaN where a number is missing.
    numbers: Vec<f64>,
    has_number: bool,
    /// Whether a number was written in another way than `f64` writes it.
    is_rewritten: bool,
    /// What the column holds since the first text; boxed, as most columns of a wide table are numbers.
    texts: Option<Box<TextsReader>>,
}

#[derive(Debug, Default)]
struct TextsReader {
    texts: Texts,
    codes: Codes,
}

impl TextsReader {
    fn push(&mut self, text: Option<&str>, rows: usize) -> io::Result<()> {
        let code = text.map_or(Texts::MISSING, |text| self.codes.code(text, &mut self.texts.distinct));
        reserve_rows(&mut self.texts.codes, rows)?;
        self.texts.codes.push(code);
        Ok(())
    }
}

impl ColumnReader {
    pub(super) fn of_texts() -> Self {
        Self { texts: Some(Box::default()), ..Self::default() }
    }

    pub(super) fn has_number(&self) -> bool {
        self.has_number && self.texts.is_none()
    }

    /// Adds an entry; memory for up to this number of rows is allocated.
    #[inline]
    pub(super) fn push(&mut self, field: &[u8], rules: &Rules, rows: impl Fn() -> usize) -> Result<(), Refusal> {
        if self.texts.is_some() {
            return self.push_text(field, rules, rows());
        }
        let number = match rules.notation.read(field) {
            Reading::Number { value, .. } if rules.missing_numbers.contains(&value) => f64::NAN,
            Reading::Number { value, is_canonical } => {
                self.has_number = true;
                self.is_rewritten |= !is_canonical;
                value
            }
            _ if rules.is_missing(field) => f64::NAN,
            Reading::NotFinite => return Err(Refusal::NotFinite),
            Reading::Text => {
                self.become_texts()?;
                return self.push_text(field, rules, rows());
            }
        };
        if self.numbers.len() == self.numbers.capacity() {
            reserve_rows(&mut self.numbers, rows())?;
        }
        self.numbers.push(number);
        Ok(())
    }

    fn push_text(&mut self, field: &[u8], rules: &Rules, rows: usize) -> Result<(), Refusal> {
        let Some(texts) = &mut self.texts else { return Ok(()) };
        if rules.is_missing(field) {
            return Ok(texts.push(None, rows)?);
        }
        Ok(texts.push(Some(as_text(field).ok_or(Refusal::Encoding)?), rows)?)
    }

    /// Turns the numbers so far into the texts that they were read from.
    #[cold]
    fn become_texts(&mut self) -> Result<(), Refusal> {
        if self.is_rewritten {
            return Err(Refusal::TextBelowNumbers);
        }
        let mut texts = Box::<TextsReader>::default();
        reserve(&mut texts.texts.codes, self.numbers.len(), Some(self.numbers.len()))?;
        for number in std::mem::take(&mut self.numbers) {
            let text = (!number.is_nan()).then(|| number.to_string());
            texts.push(text.as_deref(), 0)?;
        }
        self.texts = Some(texts);
        Ok(())
    }

    /// Returns whether the column holds 0, 1, 2, ... or 1, 2, 3, ...
    pub(super) fn is_row_numbers(&self) -> bool {
        let is_from =
            |first: f64| (self.numbers.iter().zip(0_u32..)).all(|(&number, row)| number == first + f64::from(row));
        self.texts.is_none() && (is_from(0.0) || is_from(1.0))
    }

    pub(super) fn into_content(self) -> Content {
        match self.texts {
            None => Content::Numbers(trimmed(self.numbers)),
            Some(mut texts) => {
                texts.texts.codes = trimmed(texts.texts.codes);
                Content::Texts(texts.texts)
            }
        }
    }
}

impl Sink for Vec<ColumnReader> {
    #[inline]
    fn push(&mut self, column: usize, field: &[u8], rules: &Rules, rows: impl Fn() -> usize) -> Result<(), Refusal> {
        self[column].push(field, rules, rows)
    }
}

/// Allocates for one more row, and for the expected number of rows, but at most for five times those so far: what the
/// first lines let expect may be wrong.
///
/// The old block and the new one are both allocated while entries are copied. The last copy is of a quarter, so that a
/// single column takes 1.25 times its memory.
fn reserve_rows<T>(values: &mut Vec<T>, expected: usize) -> io::Result<()> {
    let length = values.len();
    if length < values.capacity() {
        return Ok(());
    }
    let target = match expected {
        _ if expected <= 5 * length => expected,
        _ if expected <= 20 * length => expected / 4,
        _ => 4 * length + 4,
    };
    let target = target.max(length + length / 8 + 1);
    reserve(values, target - length, Some(target))
}

/// Gives back what was allocated in vain, unless it is little: both copies are in memory for a moment.
fn trimmed<T>(mut values: Vec<T>) -> Vec<T> {
    if values.capacity() > values.len() + values.len() / 16 {
        values.shrink_to_fit();
    }
    values
}
