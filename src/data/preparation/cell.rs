//! [`Cell`]: what is prepared, from a table or from a row on its own, and where it stands.

use crate::Error;
use crate::data::table::{Entry, Value};
use std::fmt;

pub(super) const FIT: &str = "Preparation::fit";
pub(super) const GUESS: &str = "Preparation::guess";
pub(super) const TRANSFORM: &str = "FittedPreparation::transform";
pub(super) const TRANSFORM_ROW: &str = "FittedPreparation::transform_row";

/// What stands in one column of one row; a number is not NaN.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell<'a> {
    Missing,
    Boolean(bool),
    Number(f64),
    Text(&'a str),
}

impl<'a> From<Entry<'a>> for Cell<'a> {
    fn from(entry: Entry<'a>) -> Self {
        match entry {
            Entry::Missing => Self::Missing,
            Entry::Number(number) => Self::Number(number),
            Entry::Text(text) => Self::Text(text),
        }
    }
}

/// NaN is a missing number, as in a column.
impl<'a> From<&'a Value> for Cell<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Missing => Self::Missing,
            Value::Number(number) if number.is_nan() => Self::Missing,
            Value::Boolean(value) => Self::Boolean(*value),
            Value::Number(number) => Self::Number(*number),
            Value::Text(text) => Self::Text(text),
        }
    }
}

impl fmt::Display for Cell<'_> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => to.write_str("nothing"),
            Self::Boolean(value) => value.fmt(to),
            Self::Number(number) => number.fmt(to),
            Self::Text(text) => to.write_str(&crate::data::quote(text.as_bytes())),
        }
    }
}

/// Where a cell stands, for errors.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) operation: &'static str,
    pub(super) column: &'a str,
    /// Nothing for a row on its own.
    pub(super) row: Option<usize>,
}

impl Place<'_> {
    /// Makes the error of a cell that is not what the column needs.
    #[cold]
    pub(super) fn refuse(self, expected: &str, found: impl fmt::Display) -> Error {
        let row = self.row.map(|row| format!("row {row} of ")).unwrap_or_default();
        Error::invalid(self.operation, format!("{expected} in {row}the column {:?}", self.column), found)
    }
}
