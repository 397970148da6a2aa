//! [`TableSummary`]: what the columns of a table hold, in a line each.

use super::display::{Cells, number, shortened, write_aligned};
use super::{Column, Content, Kind, Table};
use crate::data::{Moments, quantile};
use std::fmt;

/// At most this number of characters is printed in a line: enough for all numbers, but for the longest.
const MOST_CHARACTERS: usize = 160;

/// What the columns of a table hold: [`Table::describe`] makes it, `Display` writes a line for each column.
///
/// ```
/// use feedforward::Table;
/// use feedforward::data::Column;
///
/// let table = Table::new(vec![
///     Column::numbers("length", vec![39.0, 41.0, f64::NAN]),
///     Column::texts("species", [Some("Adelie"), Some("Gentoo"), Some("Adelie")]),
/// ])?;
/// let summary = table.describe();
/// assert_eq!(summary.columns()[0].missing(), 1);
/// assert_eq!(summary.columns()[0].numbers().map(|numbers| numbers.mean), Some(40.0));
/// assert_eq!(summary.columns()[1].most_frequent(), Some(("Adelie", 2)));
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct TableSummary {
    rows: usize,
    columns: Vec<ColumnSummary>,
}

/// What a column holds.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ColumnSummary {
    name: String,
    kind: Kind,
    missing: usize,
    distinct: usize,
    numbers: Option<NumberSummary>,
    most_frequent: Option<(String, usize)>,
}

/// The distribution of the numbers of a column, without those missing.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct NumberSummary {
    /// The mean.
    pub mean: f64,
    /// The square root of the sum of the squared distances to the mean, divided by their count less one; none of one
    /// number.
    pub standard_deviation: Option<f64>,
    /// The smallest number.
    pub minimum: f64,
    /// A quarter of the numbers is smaller; between two neighbours it is interpolated, as pandas and NumPy do.
    pub lower_quartile: f64,
    /// Half of the numbers are smaller.
    pub median: f64,
    /// Three quarters of the numbers are smaller.
    pub upper_quartile: f64,
    /// The largest number.
    pub maximum: f64,
}

impl Table {
    /// Describes each column: its kind, how many entries are missing, how many are distinct, and the distribution of
    /// numbers or the most frequent text.
    ///
    /// A copy of one column at a time is sorted.
    #[doc(alias = "info")]
    pub fn describe(&self) -> TableSummary {
        TableSummary { rows: self.rows(), columns: self.columns().iter().map(ColumnSummary::of).collect() }
    }
}

impl TableSummary {
    /// Returns the number of rows of the table.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Returns a summary for each column.
    pub fn columns(&self) -> &[ColumnSummary] {
        &self.columns
    }
}

impl ColumnSummary {
    fn of(column: &Column) -> Self {
        let (missing, distinct, numbers, most_frequent) = match column.content() {
            Content::Numbers(numbers) => {
                let mut present: Vec<f64> = numbers.iter().copied().filter(|number| !number.is_nan()).collect();
                present.sort_unstable_by(f64::total_cmp);
                // Zeros of both signs are equal, and neighbours.
                let distinct = present.chunk_by(|a, b| a == b).count();
                (numbers.len() - present.len(), distinct, NumberSummary::of_sorted(&present), None)
            }
            Content::Texts(texts) => {
                let (counts, missing) = texts.count_rows();
                // A text that was filtered out counts for nothing; the first of equally frequent ones is taken.
                let distinct = counts.iter().filter(|&&count| count > 0).count();
                let first_of_most = (0..counts.len()).rev().max_by_key(|&code| counts[code]);
                let most =
                    first_of_most.filter(|_| distinct > 0).map(|code| (texts.distinct[code].clone(), counts[code]));
                (missing, distinct, None, most)
            }
        };
        Self { name: column.name().to_owned(), kind: column.kind(), missing, distinct, numbers, most_frequent }
    }

    /// Returns the name of the column.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns whether the column holds numbers or texts.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns the number of missing entries.
    pub fn missing(&self) -> usize {
        self.missing
    }

    /// Returns the number of different entries, those missing left out.
    #[doc(alias = "nunique")]
    pub fn distinct(&self) -> usize {
        self.distinct
    }

    /// Returns the distribution of the numbers; nothing for texts, and if all are missing.
    pub fn numbers(&self) -> Option<&NumberSummary> {
        self.numbers.as_ref()
    }

    /// Returns the text that occurs most often, and how often; nothing for numbers, and if all are missing.
    #[doc(alias("top", "mode"))]
    pub fn most_frequent(&self) -> Option<(&str, usize)> {
        self.most_frequent.as_ref().map(|(text, count)| (text.as_str(), *count))
    }
}

impl NumberSummary {
    fn of_sorted(numbers: &[f64]) -> Option<Self> {
        let (&minimum, &maximum) = (numbers.first()?, numbers.last()?);
        let count = numbers.len() as f64;
        let moments = Moments::of(numbers, None);
        let deviation = moments.deviation * (count / (count - 1.0)).sqrt();
        Some(Self {
            mean: moments.mean.clamp(minimum, maximum),
            standard_deviation: (numbers.len() > 1).then(|| deviation.min(f64::MAX)),
            minimum,
            lower_quartile: quantile(numbers, 0.25),
            median: quantile(numbers, 0.5),
            upper_quartile: quantile(numbers, 0.75),
            maximum,
        })
    }
}

/// Writes a line for each column: name, kind, missing and distinct entries, mean, standard deviation, minimum,
/// quartiles and maximum of numbers, the most frequent text and its count.
impl fmt::Display for TableSummary {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let column = |title: &str, is_left: bool, cell: &dyn Fn(&ColumnSummary) -> String| {
            let texts = [title.to_owned()].into_iter().chain(self.columns.iter().map(cell)).collect();
            Cells { texts, is_left }
        };
        let of_numbers = |title: &str, cell: fn(&NumberSummary) -> Option<f64>| {
            column(title, false, &|it| it.numbers.as_ref().and_then(cell).map(number).unwrap_or_default())
        };
        let kind = |it: &ColumnSummary| match it.kind {
            Kind::Number => "number".to_owned(),
            Kind::Text => "text".to_owned(),
        };
        let frequent = |it: &ColumnSummary| {
            it.most_frequent().map(|(text, count)| format!("{} ({count})", shortened(text))).unwrap_or_default()
        };
        let mut cells = vec![
            column("", true, &|it| shortened(&it.name)),
            column("kind", true, &kind),
            column("missing", false, &|it| it.missing.to_string()),
            column("distinct", false, &|it| it.distinct.to_string()),
        ];
        if self.columns.iter().any(|it| it.numbers.is_some()) {
            cells.extend([
                of_numbers("mean", |it| Some(it.mean)),
                of_numbers("std", |it| it.standard_deviation),
                of_numbers("min", |it| Some(it.minimum)),
                of_numbers("25%", |it| Some(it.lower_quartile)),
                of_numbers("50%", |it| Some(it.median)),
                of_numbers("75%", |it| Some(it.upper_quartile)),
                of_numbers("max", |it| Some(it.maximum)),
            ]);
        }
        if self.columns.iter().any(|it| it.most_frequent.is_some()) {
            cells.push(column("most frequent", true, &frequent));
        }
        write_aligned(to, cells, MOST_CHARACTERS)?;
        write!(to, "[{} rows]", self.rows)
    }
}
