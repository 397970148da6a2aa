//! Labels and numbers to be predicted, read from the columns of a table.

use crate::data::{Column, Entry, Label, LabelEncoder};
use crate::{Error, Float, Result, Table};
use ndarray::Array2;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;

/// The largest whole number below which no two have the same digits in double precision.
const LARGEST: f64 = 9_007_199_254_740_992.0;

/// Reads the classes of a column: texts in alphabetical order, or whole numbers by size, and the class of each row.
///
/// # Errors
/// When a row has no entry, a number is not whole, or there are fewer than 2 different entries.
pub(super) fn read_classes(operation: &'static str, column: &Column) -> Result<(LabelEncoder<String>, Vec<usize>)> {
    let labels = column.entries().enumerate().map(|(row, entry)| label(operation, column, row, entry));
    let labels: Vec<SortedLabel<'_>> = labels.collect::<Result<_>>()?;
    let mut numbers: BTreeMap<SortedLabel<'_>, usize> = labels.iter().map(|label| (*label, 0)).collect();
    if let (1, Some(only)) = (numbers.len(), labels.first()) {
        let expected = format!("at least 2 different labels in the column {:?}", column.name());
        return Err(Error::invalid(operation, expected, format!("{:?} in every row", only.text())));
    }
    numbers.values_mut().enumerate().for_each(|(index, number)| *number = index);
    let encoder = LabelEncoder::from_classes(numbers.keys().map(|label| label.text()).collect())?;
    Ok((encoder, labels.iter().map(|label| numbers[label]).collect()))
}

/// A label as it stands in a column: whole numbers by size, then texts by their characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum SortedLabel<'a> {
    Number(i64),
    Text(&'a str),
}

impl SortedLabel<'_> {
    fn text(self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.to_owned(),
        }
    }
}

fn label<'c>(operation: &'static str, column: &Column, row: usize, entry: Entry<'c>) -> Result<SortedLabel<'c>> {
    match entry {
        Entry::Text(text) => Ok(SortedLabel::Text(text)),
        Entry::Number(number) if number.fract() == 0.0 && number.abs() < LARGEST => {
            Ok(SortedLabel::Number(number as i64))
        }
        Entry::Number(number) => {
            let expected = format!("texts or whole numbers as labels in the column {:?}", column.name());
            Err(Error::invalid(operation, expected, format!("{number} in row {row} (Regressor predicts numbers)")))
        }
        Entry::Missing => Err(missing(operation, "label", column, row)),
    }
}

#[cold]
fn missing(operation: &'static str, what: &str, column: &Column, row: usize) -> Error {
    let (name, count, rows) = (column.name(), column.count_missing(), column.len());
    let expected = format!("a {what} in each row of the column {name:?}");
    let found = if count == rows {
        "none in all rows".to_owned()
    } else {
        format!("none in row {row}, and in {count} of {rows} rows (Table::drop_missing leaves them out)")
    };
    Error::invalid(operation, expected, found)
}

/// Returns the class of each row of a column, among these labels.
///
/// # Errors
/// When a row has no entry, or one that is not the text of a label.
pub(super) fn encode_column<L: Label + Display>(
    operation: &'static str,
    encoder: &LabelEncoder<L>,
    column: &Column,
) -> Result<Vec<usize>> {
    let texts = encoder.to_texts()?;
    let numbers: HashMap<&str, usize> =
        texts.iter().enumerate().map(|(number, text)| (text.as_str(), number)).collect();
    let class = |(row, entry): (usize, Entry<'_>)| {
        let label = label(operation, column, row, entry)?.text();
        numbers.get(label.as_str()).copied().ok_or_else(|| {
            let expected = format!("one of {} known labels in the column {:?}", numbers.len(), column.name());
            Error::target(operation, row, expected, format!("{label:?}"))
        })
    };
    column.entries().enumerate().map(class).collect()
}

/// Reads columns of numbers to be predicted.
///
/// # Errors
/// When a column does not exist, holds a text, or has a row without a number or one that is too large for `F`.
pub(super) fn read_numbers<F: Float>(operation: &'static str, table: &Table, names: &[String]) -> Result<Array2<F>> {
    let columns = names.iter().map(|name| table.column(name)).collect::<Result<Vec<_>>>()?;
    let mut numbers = Array2::zeros((table.rows(), columns.len()));
    for (column, mut to) in columns.into_iter().zip(numbers.columns_mut()) {
        for (row, (entry, to)) in column.entries().zip(&mut to).enumerate() {
            let expected = || format!("numbers in the column {:?}", column.name());
            *to = match entry {
                Entry::Number(number) => F::from_f64(number),
                Entry::Missing => return Err(missing(operation, "number", column, row)),
                Entry::Text(text) => {
                    let found = format!("{text:?} in row {row} (Classifier predicts labels)");
                    return Err(Error::invalid(operation, expected(), found));
                }
            };
            if !to.is_finite() {
                return Err(Error::invalid(operation, expected(), format!("{entry} in row {row}, too large for f32")));
            }
        }
    }
    Ok(numbers)
}
