//! [`Table::from_rows`]: tables of structs and maps that serde can serialize.

use super::row_writer::{Refusal, RowWriter, Written};
use super::{Column, Table, Value};
use crate::{Error, Result};
use serde::Serialize;
use std::collections::HashMap;

const OPERATION: &str = "Table::from_rows";

impl Table {
    /// Makes a table of structs or maps: a row for each, a column for each field, in the order in which fields first
    /// occur.
    ///
    /// Numbers are numbers, and texts, characters, booleans (`true`, `false`) and variants of an enum without content
    /// are texts. `None` is missing, and so is what a row does not have. `NaN` is a missing number.
    ///
    /// ```
    /// use feedforward::Table;
    ///
    /// #[derive(serde::Serialize)]
    /// struct Penguin {
    ///     species: &'static str,
    ///     bill_length_mm: Option<f64>,
    /// }
    ///
    /// let rows = [
    ///     Penguin { species: "Adelie", bill_length_mm: Some(39.1) },
    ///     Penguin { species: "Gentoo", bill_length_mm: None },
    /// ];
    /// let table = Table::from_rows(&rows)?;
    /// assert_eq!(table.names().collect::<Vec<_>>(), ["species", "bill_length_mm"]);
    /// assert_eq!(table.column("bill_length_mm")?.count_missing(), 1);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    ///
    /// # Errors
    /// When there is no row, a row is no struct and no map, or a field holds more than one value, an infinite number,
    /// or a text where another row has a number: the error names row and field.
    pub fn from_rows(rows: impl IntoIterator<Item = impl Serialize>) -> Result<Self> {
        let mut columns = Columns::default();
        for row in rows {
            row.serialize(RowWriter(&mut |name, index, value| columns.set(name, index, value))).map_err(
                |Refusal { field, expected, found }| {
                    let place = field.map_or_else(String::new, |field| format!(", field {field:?}"));
                    Error::invalid(OPERATION, format!("{expected} in row {}{place}", columns.rows), found)
                },
            )?;
            columns.rows += 1;
        }
        if columns.rows == 0 {
            return Err(Error::Empty { operation: OPERATION, what: "row" });
        }
        let rows = columns.rows;
        let columns = columns.columns.into_iter().map(|column| column.finish(rows)).collect();
        Self::new(columns)
    }
}

/// The columns as they grow.
#[derive(Default)]
struct Columns {
    columns: Vec<Growing>,
    index: HashMap<String, usize>,
    rows: usize,
}

struct Growing {
    name: String,
    entries: Entries,
}

enum Entries {
    /// Nothing yet, for this number of rows.
    Missing(usize),
    Numbers(Vec<f64>),
    Texts(Vec<Option<String>>),
}

impl Columns {
    /// Sets the value of a field in the present row. `expected` is the index of the column, if fields come as in the
    /// row before.
    fn set(&mut self, name: &str, expected: usize, value: Value) -> Written<()> {
        let index = match self.columns.get(expected).filter(|column| column.name == name) {
            Some(_) => expected,
            None => match self.index.get(name) {
                Some(&index) => index,
                None => {
                    self.index.insert(name.to_owned(), self.columns.len());
                    self.columns.push(Growing { name: name.to_owned(), entries: Entries::Missing(0) });
                    self.columns.len() - 1
                }
            },
        };
        let column = &mut self.columns[index];
        if column.entries.len() > self.rows {
            return Err(Refusal::new("each field once", "it twice").of(name));
        }
        column.entries.fill(self.rows);
        column.entries.push(value).map_err(|refusal| refusal.of(name))
    }
}

impl Entries {
    fn len(&self) -> usize {
        match self {
            Self::Missing(rows) => *rows,
            Self::Numbers(numbers) => numbers.len(),
            Self::Texts(texts) => texts.len(),
        }
    }

    /// Adds missing entries up to this number of rows.
    fn fill(&mut self, rows: usize) {
        match self {
            Self::Missing(all) => *all = rows,
            Self::Numbers(numbers) => numbers.resize(rows, f64::NAN),
            Self::Texts(texts) => texts.resize(rows, None),
        }
    }

    fn push(&mut self, value: Value) -> Written<()> {
        match (&mut *self, value) {
            (_, Value::Missing) => self.fill(self.len() + 1),
            (Self::Numbers(numbers), Value::Number(number)) => numbers.push(number),
            (Self::Missing(rows), Value::Number(number)) => {
                let mut numbers = vec![f64::NAN; *rows];
                numbers.push(number);
                *self = Self::Numbers(numbers);
            }
            (Self::Numbers(_), value) => {
                return Err(Refusal::new("a number as in the rows before", format!("{:?}", value.to_string())));
            }
            (Self::Texts(_), Value::Number(number)) => {
                return Err(Refusal::new("a text as in the rows before", number));
            }
            (Self::Texts(texts), value) => texts.push(Some(value.to_string())),
            (Self::Missing(rows), value) => {
                let mut texts = vec![None; *rows];
                texts.push(Some(value.to_string()));
                *self = Self::Texts(texts);
            }
        }
        Ok(())
    }
}

impl Growing {
    fn finish(mut self, rows: usize) -> Column {
        self.entries.fill(rows);
        match self.entries {
            Entries::Missing(rows) => Column::numbers(self.name, vec![f64::NAN; rows]),
            Entries::Numbers(numbers) => Column::numbers(self.name, numbers),
            Entries::Texts(texts) => Column::texts(self.name, texts),
        }
    }
}
