//! [`Table`]: named columns of numbers and texts, some of them missing.

mod column;
mod display;
mod row;
#[cfg(feature = "serde")]
mod row_writer;
#[cfg(feature = "serde")]
mod rows;
mod summary;
mod texts;
mod value;

pub use column::{Column, Kind};
pub(crate) use column::{Content, bits};
pub use row::Row;
pub use summary::{ColumnSummary, NumberSummary, TableSummary};
#[cfg(feature = "csv")]
pub(crate) use texts::Codes;
pub(crate) use texts::Texts;
pub use value::{Entry, Value};

use super::split::{rows_of_first_part, shuffled_rows, split_rows_by_class};
use crate::{Error, Float, Result, check};
use ndarray::{Array2, ArrayRef2};
use std::collections::HashSet;

const OPERATION: &str = "Table";

/// Named columns of numbers or texts, each with an entry or nothing in every row.
///
/// ```
/// use feedforward::Table;
/// use feedforward::data::Column;
///
/// let table = Table::new(vec![
///     Column::numbers("length", vec![39.1, 46.5, f64::NAN]),
///     Column::texts("species", [Some("Adelie"), Some("Chinstrap"), Some("Gentoo")]),
/// ])?;
/// assert_eq!((table.rows(), table.columns().len()), (3, 2));
/// assert_eq!(table.drop_missing(&["length"])?.rows(), 2);
///
/// let error = table.column("height").unwrap_err().to_string();
/// assert_eq!(error, r#"Table: expected a column "height", found "length", "species""#);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "DataFrame")]
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    columns: Vec<Column>,
    rows: usize,
}

impl Table {
    /// Joins columns.
    ///
    /// # Errors
    /// When there is no column, their lengths differ, a name is empty or occurs twice, or a number is infinite.
    pub fn new(columns: Vec<Column>) -> Result<Self> {
        let rows = columns.first().map(Column::len);
        let Some(rows) = rows else { return Err(Error::Empty { operation: OPERATION, what: "column" }) };
        let mut names = HashSet::new();
        for column in &columns {
            let name = column.name();
            if column.len() != rows {
                let expected = format!("{rows} rows in the column {name:?}, as in the first one");
                return Err(Error::invalid(OPERATION, expected, column.len()));
            }
            if name.is_empty() {
                return Err(Error::invalid(OPERATION, "a name for each column", "an empty one"));
            }
            if !names.insert(name) {
                return Err(Error::invalid(OPERATION, "columns with different names", format!("{name:?} twice")));
            }
            if let Some(row) = column.as_numbers().and_then(|all| all.iter().position(|number| number.is_infinite())) {
                let expected = format!("finite numbers in the column {name:?}");
                return Err(Error::invalid(OPERATION, expected, format!("an infinite one in row {row}")));
            }
        }
        Ok(Self { columns, rows })
    }

    /// Makes a table of numbers: a row for each row of the array.
    ///
    /// # Errors
    /// When there is not one name for each column of the array, and as for [`new`](Self::new).
    pub fn from_array<F: Float>(array: &ArrayRef2<F>, names: &[impl AsRef<str>]) -> Result<Self> {
        check::columns(OPERATION, "names", array.ncols(), names.len())?;
        let numbers = array.columns().into_iter().map(|column| column.iter().map(|value| value.widen()).collect());
        Self::new(numbers.zip(names).map(|(numbers, name)| Column::numbers(name.as_ref(), numbers)).collect())
    }

    /// Returns the number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Returns the columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Returns the names of the columns.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(Column::name)
    }

    /// Returns the column of this name.
    ///
    /// # Errors
    /// When there is none: the error lists those that there are.
    pub fn column(&self, name: &str) -> Result<&Column> {
        Ok(&self.columns[self.index_of(name)?])
    }

    fn index_of(&self, name: &str) -> Result<usize> {
        self.names().position(|other| other == name).ok_or_else(|| self.no_column(OPERATION, name))
    }

    /// Makes the error of a column that does not exist: it lists those that there are.
    #[cold]
    pub(crate) fn no_column(&self, operation: &'static str, name: &str) -> Error {
        let names = crate::data::list(self.names().map(str::as_bytes));
        Error::invalid(operation, format!("a column {name:?}"), names)
    }

    /// Copies these columns, in this order.
    ///
    /// # Errors
    /// When one does not exist or is named twice, or none is named.
    pub fn select(&self, names: &[impl AsRef<str>]) -> Result<Self> {
        Self::new(names.iter().map(|name| self.column(name.as_ref()).cloned()).collect::<Result<_>>()?)
    }

    /// Copies all columns but these.
    ///
    /// # Errors
    /// When one does not exist, or none is left.
    pub fn drop(&self, names: &[impl AsRef<str>]) -> Result<Self> {
        let dropped = names.iter().map(|name| self.index_of(name.as_ref())).collect::<Result<HashSet<_>>>()?;
        let kept = self.columns.iter().enumerate().filter(|(index, _)| !dropped.contains(index));
        Self::new(kept.map(|(_, column)| column.clone()).collect())
    }

    /// Adds a column at the end, or replaces the one of its name.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    pub fn with_column(&self, column: Column) -> Result<Self> {
        let mut columns = self.columns.clone();
        match self.names().position(|name| name == column.name()) {
            Some(index) => columns[index] = column,
            None => columns.push(column),
        }
        Self::new(columns)
    }

    /// Copies the rows for whose entry in this column the function is true.
    ///
    /// ```
    /// use feedforward::Table;
    /// use feedforward::data::Column;
    /// let table = Table::new(vec![Column::texts("island", [Some("Dream"), None, Some("Biscoe")])])?;
    /// assert_eq!(table.filter("island", |entry| entry.text() == Some("Dream"))?.rows(), 1);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the column does not exist.
    pub fn filter(&self, name: &str, keep: impl Fn(Entry<'_>) -> bool) -> Result<Self> {
        let kept = self.column(name)?.entries().enumerate().filter(|(_, entry)| keep(*entry));
        let rows: Vec<_> = kept.map(|(row, _)| row).collect();
        Ok(self.copy_rows(&rows))
    }

    /// Copies the rows in which nothing is missing in these columns.
    ///
    /// # Errors
    /// When a column does not exist.
    #[doc(alias = "dropna")]
    pub fn drop_missing(&self, names: &[impl AsRef<str>]) -> Result<Self> {
        let columns = names.iter().map(|name| self.column(name.as_ref())).collect::<Result<Vec<_>>>()?;
        let is_whole = |row: &usize| columns.iter().all(|column| column.get(*row).is_some_and(|it| !it.is_missing()));
        let rows: Vec<_> = (0..self.rows).filter(is_whole).collect();
        Ok(self.copy_rows(&rows))
    }

    /// Copies these rows, in this order; a row may occur more than once.
    ///
    /// # Errors
    /// When a row does not exist.
    pub fn select_rows(&self, rows: &[usize]) -> Result<Self> {
        rows.iter().try_for_each(|&row| check::index_below(OPERATION, "row", self.rows, row))?;
        Ok(self.copy_rows(rows))
    }

    /// Copies the first five rows.
    pub fn head(&self) -> Self {
        self.copy_rows(&Vec::from_iter(0..self.rows.min(5)))
    }

    fn copy_rows(&self, rows: &[usize]) -> Self {
        let columns = self.columns.iter().map(|column| column.select_rows(rows)).collect();
        Self { columns, rows: rows.len() }
    }

    /// Splits the rows into two parts in random order: the first with this share of them, the second with the rest.
    ///
    /// # Errors
    /// When the share is not between 0 and 1, or leaves a part empty.
    #[doc(alias = "train_test_split")]
    pub fn split(&self, first: f64, seed: u64) -> Result<(Self, Self)> {
        let first = rows_of_first_part("Table::split", self.rows, first)?;
        let order = shuffled_rows("Table::split", self.rows, seed)?;
        Ok((self.copy_rows(&order[..first]), self.copy_rows(&order[first..])))
    }

    /// Splits like [`split`](Self::split), with each class of this column in both parts in its proportion.
    ///
    /// # Errors
    /// As for [`split`](Self::split), when the column does not exist, and when a class would be missing from the first
    /// part.
    #[doc(alias = "train_test_split")]
    pub fn split_stratified(&self, name: &str, first: f64, seed: u64) -> Result<(Self, Self)> {
        let column = self.column(name)?;
        let classes = classes_of(column);
        let (one, other) = split_rows_by_class("Table::split_stratified", &classes, first, seed)?;
        Ok((self.copy_rows(&one), self.copy_rows(&other)))
    }

    /// Copies all columns into an array: a row for each row of the table.
    ///
    /// # Errors
    /// When a column holds texts, or a number is missing or too large for `F`: the error names column and row.
    pub fn to_array<F: Float>(&self) -> Result<Array2<F>> {
        let operation = "Table::to_array";
        check::addressable::<F>(operation, self.rows, self.columns.len())?;
        let mut array = Array2::zeros((self.rows, self.columns.len()));
        for ((index, column), mut to) in self.columns.iter().enumerate().zip(array.columns_mut()) {
            for (row, (entry, to)) in column.entries().zip(&mut to).enumerate() {
                let number = entry.number().map(F::from_f64).filter(|number| number.is_finite());
                *to = number.ok_or_else(|| self.not_a_number(operation, row, index))?;
            }
        }
        Ok(array)
    }

    /// Makes the error of an entry that is no finite number of this precision.
    #[cold]
    pub(super) fn not_a_number(&self, operation: &'static str, row: usize, column: usize) -> Error {
        let column = &self.columns[column];
        let found = match column.get(row) {
            None | Some(Entry::Missing) => "none".to_owned(),
            Some(Entry::Number(number)) => number.to_string(),
            Some(Entry::Text(text)) => format!("{text:?}"),
        };
        let expected = format!("a number in row {row} of the column {:?}", column.name());
        Error::invalid(operation, expected, found)
    }
}

/// Numbers the distinct entries of a column in the order in which they first occur.
fn classes_of(column: &Column) -> Vec<usize> {
    match column.content() {
        Content::Texts(texts) => texts.codes.iter().map(|&code| code as usize).collect(),
        Content::Numbers(numbers) => {
            let mut known = std::collections::HashMap::new();
            let class = |number: &f64| {
                let next = known.len();
                *known.entry(bits(*number)).or_insert(next)
            };
            numbers.iter().map(class).collect()
        }
    }
}
