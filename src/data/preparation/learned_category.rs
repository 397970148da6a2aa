//! [`LearnedCategory`]: what was learned from a column of categories.

use super::category::{Category, Encoding, MissingCategory, UnknownCategory};
use super::category_index::Index;
use super::cell::{Cell, Place};
use crate::data::table::{Column, Content, bits};
use crate::{Float, Result};
use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

/// What a cell becomes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Code {
    /// 1 in this column, 0 in the others.
    Column(usize),
    /// 0 in all columns.
    Zeros,
    /// This number in the only column.
    Number(f64),
    /// An error.
    Refuse,
}

#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
enum Kind {
    OneHot,
    Ordinal,
}

/// The column of entries that are missing.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
enum MissingColumn {
    /// There is none.
    None,
    /// Its own, after those of the categories.
    Own,
    /// That of the rare ones.
    Other,
}

/// The categories and their codes.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields, try_from = "Unindexed")
)]
pub(super) struct LearnedCategory {
    kind: Kind,
    /// Each has a column, or a number.
    categories: Vec<String>,
    /// The rare ones: they share the last column.
    joined: Vec<String>,
    missing_column: MissingColumn,
    missing: MissingCategory,
    unknown: UnknownCategory,
    #[cfg_attr(feature = "serde", serde(skip))]
    index: Index,
}

impl LearnedCategory {
    /// Learns from a column that has a row.
    pub(super) fn learn(category: &Category, place: Place<'_>, column: &Column) -> Result<Self> {
        let (counted, missing_rows) = count(column);
        let (missing, unknown) = (category.missing_treatment(), category.unknown_treatment());
        let mut learned = Self {
            kind: Kind::OneHot,
            categories: Vec::new(),
            joined: Vec::new(),
            missing_column: MissingColumn::None,
            missing,
            unknown,
            index: Index::default(),
        };
        match category.encoding() {
            Encoding::Ordinal { order: Some(order) } => {
                (learned.kind, learned.categories) = (Kind::Ordinal, order.clone());
            }
            Encoding::Ordinal { order: None } => {
                learned.kind = Kind::Ordinal;
                learned.categories = counted.into_iter().map(|(text, _)| text).collect();
            }
            Encoding::OneHot => {
                let least = category.least_rows();
                let (own, joined): (Vec<_>, Vec<_>) = counted.into_iter().partition(|(_, rows)| *rows >= least);
                learned.categories = own.into_iter().map(|(text, _)| text).collect();
                learned.joined = joined.into_iter().map(|(text, _)| text).collect();
                learned.missing_column = match missing {
                    MissingCategory::Own if missing_rows == 0 => MissingColumn::None,
                    MissingCategory::Own if missing_rows < least => MissingColumn::Other,
                    MissingCategory::Own => MissingColumn::Own,
                    _ => MissingColumn::None,
                };
            }
        }
        learned.index = Index::new(&learned.categories, &learned.joined);
        learned.refuse_rows(place, column)?;
        if learned.is_empty() {
            return Err(place.refuse("a category", "only missing ones"));
        }
        Ok(learned)
    }

    /// Returns the number of columns of the result.
    pub(super) fn width(&self) -> usize {
        match self.kind {
            Kind::OneHot => self.width_before_other() + usize::from(self.has_other()),
            Kind::Ordinal => 1,
        }
    }

    /// Demands that no row of the column is to be refused.
    fn refuse_rows(&self, place: Place<'_>, column: &Column) -> Result<()> {
        let codes = self.codes_of(column);
        (0..column.len()).try_for_each(|row| self.code_of_row(place, (column, &codes), row).map(drop))
    }

    /// Returns whether nothing was learned: every row is missing.
    fn is_empty(&self) -> bool {
        self.width() == 0 || (self.kind == Kind::Ordinal && self.categories.is_empty())
    }

    /// Returns the index of the column of the rare ones, if there is one.
    fn width_before_other(&self) -> usize {
        self.categories.len() + usize::from(self.missing_column == MissingColumn::Own)
    }

    fn has_other(&self) -> bool {
        !self.joined.is_empty() || self.missing_column == MissingColumn::Other
    }

    /// Returns the names of the columns of the result.
    pub(super) fn output_names(&self, column: &str) -> Vec<String> {
        if self.kind == Kind::Ordinal {
            return vec![column.to_owned()];
        }
        let mut names: Vec<_> = self.categories.iter().map(|category| format!("{column}={category}")).collect();
        if self.missing_column == MissingColumn::Own {
            names.push(format!("{column} (missing)"));
        }
        if self.has_other() {
            names.push(format!("{column} (other)"));
        }
        names
    }

    /// Returns the code of a cell.
    fn code(&self, cell: Cell<'_>) -> Code {
        let found = match cell {
            Cell::Missing => return self.missing_code(),
            Cell::Text(text) => self.index.find_text(&self.categories, &self.joined, text),
            Cell::Number(number) => self.index.find_number(number),
            Cell::Boolean(value) => self.index.find_boolean(value),
        };
        match (found, self.kind) {
            (None, _) => self.unknown_code(),
            (Some(index), Kind::Ordinal) => Code::Number(index as f64),
            (Some(index), Kind::OneHot) if index < self.categories.len() => Code::Column(index),
            (Some(_), Kind::OneHot) => Code::Column(self.width_before_other()),
        }
    }

    fn missing_code(&self) -> Code {
        match (self.missing, self.missing_column) {
            (MissingCategory::Refuse, _) => Code::Refuse,
            (MissingCategory::Zeros, _) => Code::Zeros,
            (MissingCategory::Number(number), _) => Code::Number(number),
            (MissingCategory::Own, MissingColumn::None) => self.unknown_code(),
            (MissingCategory::Own, MissingColumn::Own) => Code::Column(self.categories.len()),
            (MissingCategory::Own, MissingColumn::Other) => Code::Column(self.width_before_other()),
        }
    }

    fn unknown_code(&self) -> Code {
        match self.unknown {
            UnknownCategory::Refuse => Code::Refuse,
            UnknownCategory::Number(number) => Code::Number(number),
            UnknownCategory::Other if self.has_other() => Code::Column(self.width_before_other()),
            UnknownCategory::Zeros | UnknownCategory::Other => Code::Zeros,
        }
    }

    /// Makes the error of a cell whose code is `Refuse`.
    #[cold]
    fn refuse(&self, place: Place<'_>, cell: Cell<'_>) -> crate::Error {
        let known = self.categories.iter().chain(&self.joined).map(String::as_bytes);
        place.refuse(&format!("a category among {}", crate::data::list(known)), cell)
    }

    /// Writes what the cell becomes to the first elements of `to`, which are zeros.
    pub(super) fn write_cell<F: Float>(&self, place: Place<'_>, cell: Cell<'_>, to: &mut [F]) -> Result<()> {
        match self.code(cell) {
            Code::Refuse => Err(self.refuse(place, cell)),
            code => write_code(place, code, to),
        }
    }

    /// Returns the code of each text that the column has somewhere; none for a column of numbers.
    pub(super) fn codes_of(&self, column: &Column) -> Vec<Code> {
        match column.content() {
            Content::Texts(texts) => texts.distinct.iter().map(|text| self.code(Cell::Text(text))).collect(),
            Content::Numbers(_) => Vec::new(),
        }
    }

    /// Writes what these rows become, each to the first elements of its part of `to`, which are zeros; the codes are
    /// those of [`codes_of`](Self::codes_of).
    pub(super) fn write_rows<'a, F: Float>(
        &self,
        place: Place<'_>,
        (column, codes): (&Column, &[Code]),
        rows: Range<usize>,
        to: impl Iterator<Item = &'a mut [F]>,
    ) -> Result<()> {
        for (row, to) in rows.zip(to) {
            let code = self.code_of_row(place, (column, codes), row)?;
            write_code(Place { row: Some(row), ..place }, code, to)?;
        }
        Ok(())
    }

    /// Returns the code of a row; refuses what is to be refused.
    #[inline]
    fn code_of_row(&self, place: Place<'_>, (column, codes): (&Column, &[Code]), row: usize) -> Result<Code> {
        let code = match column.content() {
            Content::Texts(texts) => {
                codes.get(texts.codes[row] as usize).copied().unwrap_or_else(|| self.missing_code())
            }
            Content::Numbers(numbers) if numbers[row].is_nan() => self.missing_code(),
            Content::Numbers(numbers) => self.code(Cell::Number(numbers[row])),
        };
        if code == Code::Refuse {
            let cell = column.get(row).map_or(Cell::Missing, Cell::from);
            return Err(self.refuse(Place { row: Some(row), ..place }, cell));
        }
        Ok(code)
    }
}

/// Writes the categories, and those that are joined.
impl fmt::Display for LearnedCategory {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |texts: &[String]| crate::data::list(texts.iter().map(String::as_bytes));
        let kind = if self.kind == Kind::OneHot { "one-hot" } else { "ordinal" };
        write!(to, "{kind} category: {}", list(&self.categories))?;
        if self.joined.is_empty() { Ok(()) } else { write!(to, "; joined: {}", list(&self.joined)) }
    }
}

#[inline]
fn write_code<F: Float>(place: Place<'_>, code: Code, to: &mut [F]) -> Result<()> {
    match code {
        Code::Column(index) => to[index] = F::one(),
        Code::Number(number) => {
            to[0] = F::from_f64(number);
            if !to[0].is_finite() {
                return Err(place.refuse("a category whose number is finite in this precision", number));
            }
        }
        Code::Zeros | Code::Refuse => {}
    }
    Ok(())
}

/// Counts the rows of each category, and those in which nothing stands: numbers by size, texts by their characters.
fn count(column: &Column) -> (Vec<(String, usize)>, usize) {
    match column.content() {
        Content::Texts(texts) => {
            let (rows, missing) = texts.count_rows();
            let present = texts.distinct.iter().zip(rows).filter(|(_, rows)| *rows > 0);
            let mut counted: Vec<_> = present.map(|(text, rows)| (text.clone(), rows)).collect();
            counted.sort_unstable();
            (counted, missing)
        }
        Content::Numbers(numbers) => {
            let mut rows = HashMap::<u64, usize>::new();
            for number in numbers {
                *rows.entry(bits(*number)).or_default() += 1;
            }
            let missing = rows.remove(&bits(f64::NAN)).unwrap_or(0);
            let mut counted: Vec<_> = rows.into_iter().map(|(bits, rows)| (f64::from_bits(bits), rows)).collect();
            counted.sort_unstable_by(|(a, _), (b, _)| a.total_cmp(b));
            (counted.into_iter().map(|(number, rows)| (number.to_string(), rows)).collect(), missing)
        }
    }
}

/// What is read of a [`LearnedCategory`].
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Unindexed {
    kind: Kind,
    categories: Vec<String>,
    joined: Vec<String>,
    missing_column: MissingColumn,
    missing: MissingCategory,
    unknown: UnknownCategory,
}

#[cfg(feature = "serde")]
impl TryFrom<Unindexed> for LearnedCategory {
    type Error = crate::Error;

    fn try_from(read: Unindexed) -> Result<Self> {
        let Unindexed { kind, categories, joined, missing_column, missing, unknown } = read;
        // The options are those of a role, and have its limits.
        let category = match kind {
            Kind::OneHot => Category::one_hot(),
            Kind::Ordinal => Category::ordinal(),
        };
        category.missing(missing).unknown(unknown).check("")?;
        let refuse = |expected: &str, found: &str| Err(crate::Error::invalid("FittedPreparation", expected, found));
        if (missing_column != MissingColumn::None) && missing != MissingCategory::Own {
            return refuse("a column for what is missing only where that is a category", "one");
        }
        if kind == Kind::Ordinal && !joined.is_empty() {
            return refuse("no joined categories beside ordinal ones", "some");
        }
        let index = Index::new(&categories, &joined);
        if let Some(twice) = index.find_duplicate(&categories, &joined) {
            return refuse("different categories", &format!("{twice:?} twice"));
        }
        let learned = Self { kind, categories, joined, missing_column, missing, unknown, index };
        if learned.is_empty() {
            return refuse("at least one category", "0");
        }
        Ok(learned)
    }
}
