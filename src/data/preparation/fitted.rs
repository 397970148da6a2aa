//! [`FittedPreparation`]: what was learned, applied to tables and rows.

use super::cell::{Cell, FIT, Place, TRANSFORM, TRANSFORM_ROW};
use super::learned_category::{Code, LearnedCategory};
use super::learned_number::{LearnedNumber, numbers_of};
use super::number::Scale;
use super::role::Role;
use crate::data::StandardScaler;
use crate::data::table::{Column, Row, Table};
use crate::{Error, Float, Result, check};
use ndarray::{Array1, Array2};
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

/// What was learned for a column.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
enum Learned {
    Number(LearnedNumber),
    Category(LearnedCategory),
}

impl fmt::Display for Learned {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(to),
            Self::Category(category) => category.fmt(to),
        }
    }
}

/// A column of a table, and what was learned for it.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
struct FittedColumn {
    name: String,
    learned: Learned,
}

impl FittedColumn {
    /// Returns offset and spread, if the column is only scaled.
    fn scaling(&self) -> Option<(f64, f64)> {
        match &self.learned {
            Learned::Number(number) if number.scale != Scale::Log && !number.indicator => {
                Some((number.offset, number.spread))
            }
            _ => None,
        }
    }

    fn width(&self) -> usize {
        match &self.learned {
            Learned::Number(number) => number.width(),
            Learned::Category(category) => category.width(),
        }
    }

    fn place(&self, operation: &'static str) -> Place<'_> {
        Place { operation, column: &self.name, row: None }
    }

    fn read<'a>(&'a self, column: &'a Column) -> Result<Source<'a>> {
        Ok(match &self.learned {
            Learned::Number(number) => Source::Numbers(number, numbers_of(self.place(TRANSFORM), column)?),
            Learned::Category(category) => Source::Codes(category, column, category.codes_of(column)),
        })
    }
}

/// What is read of a column of a table.
enum Source<'a> {
    /// NaN where one is missing.
    Numbers(&'a LearnedNumber, Cow<'a, [f64]>),
    /// The code of each text of the column.
    Codes(&'a LearnedCategory, &'a Column, Vec<Code>),
}

/// Numbers that are written at once: 32 to 64 KiB, a part of the second level of every cache.
const BLOCK: usize = 8192;

/// A [`Preparation`](super::Preparation) with what it learned from training rows: it makes numbers of tables and rows.
///
/// With the feature `serde`, it is kept in a file and read again with equal numbers.
///
/// ```
/// use feedforward::Table;
/// use feedforward::data::{Category, Column, Preparation};
/// let train = Table::new(vec![Column::texts("island", [Some("Dream"), Some("Biscoe")])])?;
/// let fitted = Preparation::new().category("island", Category::one_hot()).fit(&train)?;
///
/// // Columns are found by name: more of them, or another order, change nothing.
/// let test = Table::new(vec![Column::numbers("year", vec![2007.0]), Column::texts("island", [Some("Dream")])])?;
/// assert_eq!(fitted.transform::<f32>(&test)?, ndarray::array![[0.0, 1.0]]);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields, try_from = "Columns")
)]
pub struct FittedPreparation {
    columns: Vec<FittedColumn>,
    #[cfg_attr(feature = "serde", serde(skip))]
    output_size: usize,
}

impl FittedPreparation {
    /// Learns from a table with a row, given checked roles.
    pub(super) fn learn(roles: &[(String, Role)], table: &Table) -> Result<Self> {
        let by_name = columns_by_name(table);
        let mut columns = Vec::new();
        for (name, role) in roles {
            let column = find(FIT, &by_name, table, name)?;
            let place = Place { operation: FIT, column: name, row: None };
            let learned = match role {
                Role::Number(number) => Learned::Number(LearnedNumber::learn(number, place, column)?),
                Role::Category(category) => Learned::Category(LearnedCategory::learn(category, place, column)?),
                Role::LeaveOut => continue,
            };
            columns.push(FittedColumn { name: name.clone(), learned });
        }
        check::not_empty(FIT, "column with the role of numbers or categories", columns.len())?;
        Ok(Self::of(columns))
    }

    fn of(columns: Vec<FittedColumn>) -> Self {
        let output_size = columns.iter().map(FittedColumn::width).sum();
        Self { columns, output_size }
    }

    /// Returns the names of the columns that a table or row must have, in the order of the roles.
    #[doc(alias = "feature_names_in_")]
    pub fn input_columns(&self) -> impl ExactSizeIterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    /// Returns a name for each column of the result, such as "age", "age (missing)", "island=Dream", "island (other)".
    #[doc(alias = "get_feature_names_out")]
    pub fn output_names(&self) -> Vec<String> {
        let names = |column: &FittedColumn| match &column.learned {
            Learned::Number(number) if number.indicator => {
                vec![column.name.clone(), format!("{} (missing)", column.name)]
            }
            Learned::Number(_) => vec![column.name.clone()],
            Learned::Category(category) => category.output_names(&column.name),
        };
        self.columns.iter().flat_map(names).collect()
    }

    /// Returns the number of columns of the result: the inputs of a network.
    pub fn output_size(&self) -> usize {
        self.output_size
    }

    /// Makes numbers of a table: a row for each of its rows.
    ///
    /// Columns are found by name; others are ignored.
    ///
    /// # Errors
    /// When a column is missing, or an entry is not what its role allows: a text where a number must be, an unknown
    /// category or a missing entry that is to be refused, a number that is not finite in `F` when it is scaled, one of
    /// at most -1 whose logarithm is to be taken. The error names column and row.
    pub fn transform<F: Float>(&self, table: &Table) -> Result<Array2<F>> {
        let width = self.output_size;
        let by_name = columns_by_name(table);
        let found: Vec<_> =
            self.input_columns().map(|name| find(TRANSFORM, &by_name, table, name)).collect::<Result<_>>()?;
        check::addressable::<F>(TRANSFORM, table.rows(), width)?;
        let sources = self.columns.iter().zip(found).map(|(fitted, column)| fitted.read(column));
        let sources = sources.collect::<Result<Vec<_>>>()?;
        let mut numbers = vec![F::zero(); table.rows() * width];
        // A block stays in the cache while each column writes to each of its rows.
        let most = (BLOCK / width).max(1);
        for (block, to) in numbers.chunks_mut(most * width).enumerate() {
            let rows = block * most..table.rows().min((block + 1) * most);
            let mut start = 0;
            for (fitted, source) in self.columns.iter().zip(&sources) {
                let (place, rows) = (fitted.place(TRANSFORM), rows.clone());
                let to = to.chunks_exact_mut(width).map(|row| &mut row[start..]);
                match source {
                    Source::Numbers(number, all) => number.write_rows(place, all, rows, to)?,
                    Source::Codes(category, column, codes) => category.write_rows(place, (column, codes), rows, to)?,
                }
                start += fitted.width();
            }
        }
        let wrong_shape = |_| Error::invalid(TRANSFORM, "a number for each row and output", "another count");
        Array2::from_shape_vec((table.rows(), width), numbers).map_err(wrong_shape)
    }

    /// Makes numbers of a row on its own: those of [`transform`](Self::transform) for a table of this row.
    ///
    /// Names that the preparation does not know are ignored; a name that it needs must be there, with
    /// [`Value::Missing`](crate::data::Value) or null if there is no value.
    ///
    /// # Errors
    /// When a name is missing, or a value is not what its role allows; the error names the column.
    pub fn transform_row<F: Float>(&self, row: &Row) -> Result<Array1<F>> {
        let mut numbers = Array1::zeros(self.output_size);
        let mut rest: &mut [F] = numbers.as_slice_mut().unwrap_or_default();
        for column in &self.columns {
            let Some(value) = row.get(&column.name) else {
                let names = crate::data::list(row.names().map(str::as_bytes));
                return Err(Error::invalid(TRANSFORM_ROW, format!("a value for the column {:?}", column.name), names));
            };
            let place = column.place(TRANSFORM_ROW);
            let (to, after) = rest.split_at_mut(column.width());
            match &column.learned {
                Learned::Number(number) => number.write_cell(place, Cell::from(value), to)?,
                Learned::Category(category) => category.write_cell(place, Cell::from(value), to)?,
            }
            rest = after;
        }
        Ok(numbers)
    }

    /// Returns the scaler that does the same to the columns in the order of [`input_columns`](Self::input_columns), if
    /// there is one: if all are numbers, none by logarithm, none with an indicator.
    ///
    /// The scaler computes (x - offset) / spread with the offset and spread of each column, also if these are not mean
    /// and deviation. It refuses missing numbers, also those that the preparation fills.
    pub fn as_scaler<F: Float>(&self) -> Option<StandardScaler<F>> {
        let (offsets, spreads): (Vec<_>, Vec<_>) =
            self.columns.iter().map(FittedColumn::scaling).collect::<Option<_>>()?;
        StandardScaler::from_parameters(offsets.into(), spreads.into()).ok()
    }

    /// Describes the first column that a scaler alone cannot prepare.
    pub(crate) fn first_beyond_scaler(&self) -> Option<String> {
        let column = self.columns.iter().find(|column| column.scaling().is_none())?;
        Some(format!("{:?}: {}", column.name, column.learned))
    }
}

/// Writes a line for each column: its name, what was learned for it.
impl fmt::Display for FittedPreparation {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.columns.iter().map(|column| column.name.chars().count()).max().unwrap_or(0);
        for column in &self.columns {
            writeln!(to, "{:width$}  {}", column.name, column.learned)?;
        }
        Ok(())
    }
}

fn columns_by_name(table: &Table) -> HashMap<&str, &Column> {
    table.columns().iter().map(|column| (column.name(), column)).collect()
}

fn find<'a>(
    operation: &'static str,
    by_name: &HashMap<&str, &'a Column>,
    table: &Table,
    name: &str,
) -> Result<&'a Column> {
    by_name.get(name).copied().ok_or_else(|| table.no_column(operation, name))
}

/// What is read of a [`FittedPreparation`].
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(rename = "FittedPreparation", deny_unknown_fields)]
struct Columns {
    columns: Vec<FittedColumn>,
}

#[cfg(feature = "serde")]
impl TryFrom<Columns> for FittedPreparation {
    type Error = Error;

    fn try_from(read: Columns) -> Result<Self> {
        const OPERATION: &str = "FittedPreparation";
        check::not_empty(OPERATION, "column", read.columns.len())?;
        let mut names = std::collections::HashSet::new();
        for FittedColumn { name, learned } in &read.columns {
            if name.is_empty() || !names.insert(name) {
                return Err(Error::invalid(OPERATION, "different names that are not empty", format!("{name:?} again")));
            }
            if let Learned::Number(number) = learned
                && let Some(expected) = number.problem()
            {
                return Err(Error::invalid(OPERATION, expected, format!("another one for the column {name:?}")));
            }
        }
        Ok(Self::of(read.columns))
    }
}
