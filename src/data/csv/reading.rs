//! Reading: from the lines of a file to the columns of a table.

use super::column::{ColumnReader, Sink};
use super::encoding::refuse_utf16;
use super::fields::{Fields, Format, Line};
use super::guess::find_delimiter;
use super::names::FirstLine;
use super::rows::Rows;
use super::{Csv, Header};
use crate::Result;
use crate::data::file::{count_columns, in_file, invalid_data, list, quote};
use crate::data::source::{Length, Source};
use crate::data::table::{Column, Table};
use std::io::{self, Read};
use std::path::Path;

/// What the column of row names or row numbers is called.
pub(super) const ROW: &str = "row";

impl Csv {
    /// Reads a file, gzipped or not.
    ///
    /// A table of numbers takes at most 1.3 times its memory and 1 MiB while it is read. A gzipped file has a limit
    /// ([`Source`]).
    ///
    /// # Errors
    /// When the file cannot be read, or is no table as described [above](Self): the error names line and column. When
    /// options contradict each other.
    ///
    /// ```
    /// use feedforward::data::Csv;
    /// let names = ["sepal_length", "sepal_width", "petal_length", "petal_width", "species"];
    /// let reader = Csv::new().skip_lines(1).without_header().names(&names);
    /// let iris = reader.read_file("examples/data/iris.csv")?;
    /// assert_eq!((iris.rows(), iris.columns().len()), (150, 5));
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn read_file(&self, source: impl Into<Source>) -> Result<Table> {
        let reader = self.checked()?;
        let source = source.into();
        let mut content = source.open()?;
        let length = match content.length {
            Length::Exact(length) => Some(length),
            _ => None,
        };
        Table::new(read_columns(&reader, &mut content.from, length).map_err(in_file(source.path()))?)
    }

    /// Reads a table from any reader; errors name it "table".
    ///
    /// # Errors
    /// As for [`read_file`](Self::read_file).
    pub fn read(&self, mut from: impl Read) -> Result<Table> {
        let reader = self.checked()?;
        Table::new(read_columns(&reader, &mut from, None).map_err(in_file(Path::new("table")))?)
    }
}

impl Table {
    /// Reads a file, gzipped or not: [`Csv`] says what is found out, and has options for the rest.
    ///
    /// # Errors
    /// As for [`Csv::read_file`].
    ///
    /// ```
    /// use feedforward::Table;
    /// let diabetes = Table::read_csv("examples/data/diabetes.csv")?;
    /// assert_eq!(diabetes.rows(), 442);
    /// assert_eq!(diabetes.names().next(), Some("age"));
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn read_csv(source: impl Into<Source>) -> Result<Self> {
        Csv::new().read_file(source)
    }
}

/// What the start of a file says.
pub(super) struct Start<'a> {
    fields: Fields<'a>,
    first: FirstLine,
    has_header: bool,
    /// The name of each column; that of a first column without one is empty.
    pub(super) names: Vec<String>,
}

/// Reads the first line.
pub(super) fn read_start<'a>(options: &Csv, from: &'a mut dyn Read) -> io::Result<Start<'a>> {
    let mut fields = Fields::new(from, Format { delimiter: b',', comment: options.comment })?;
    refuse_utf16(fields.ahead().0)?;
    fields.skip_mark();
    for skipped in 0..options.skip_lines {
        if !fields.skip_line()? {
            return Err(invalid_data(format!("expected more than {} lines, found {skipped}", options.skip_lines)));
        }
    }
    let delimiter = match options.delimiter {
        Some(delimiter) => delimiter,
        None => find_delimiter(&fields, options.comment, options.rules.notation)?,
    };
    fields.set_delimiter(delimiter);
    let first = loop {
        match fields.next_line()? {
            (Line::Fields, line) => break FirstLine::read(&mut fields, line)?,
            (Line::Empty, _) => {}
            (Line::End, _) => return Err(invalid_data("expected at least one line, found none")),
        }
    };
    let has_header = has_header(options, &first)?;
    let names = names(options, &first, has_header)?;
    Ok(Start { fields, first, has_header, names })
}

/// Hands all rows below the start to the sink; `length` is that of the file in bytes, if it is known. Returns the line
/// of the header, if there is one.
pub(super) fn read_rows(
    options: &Csv,
    start: Start<'_>,
    length: Option<u64>,
    sink: &mut impl Sink,
) -> io::Result<Option<u64>> {
    let Start { fields, first, has_header, names } = start;
    let mut rows = Rows { fields, rules: &options.rules, names: &names, count: 0, length };
    if !has_header {
        rows.push_first(&first, sink)?;
    }
    rows.read(sink, has_header.then_some(&first))?;
    if rows.count == 0 {
        return Err(invalid_data("expected at least one line below the names of the columns, found none"));
    }
    Ok(has_header.then_some(first.line))
}

/// Reads all columns of a table.
fn read_columns(options: &Csv, from: &mut dyn Read, length: Option<u64>) -> io::Result<Vec<Column>> {
    let start = read_start(options, from)?;
    let (mut names, line) = (start.names.clone(), start.first.line);
    let mut columns = columns(options, &names)?;
    let has_header = read_rows(options, start, length, &mut columns)?.is_some();
    if options.header == Header::FoundOut && has_header && !columns.iter().any(ColumnReader::has_number) {
        let expected = "names of columns, which differ in kind from what is below";
        let remedy = "call `Csv::with_header` if it holds names, `Csv::without_header` if it holds data";
        return Err(invalid_data(format!("line {line}: expected {expected}, found texts as in all lines; {remedy}")));
    }
    if names[0].is_empty() {
        if columns[0].is_row_numbers() && !options.keep_row_numbers {
            names.remove(0);
            columns.remove(0);
        } else if columns[0].is_row_numbers() || options.row_names {
            names[0] = ROW.to_owned();
        } else {
            let found = "an empty one above other entries than row numbers";
            let remedy = "if they are names of the rows, call `Csv::row_names`";
            return Err(invalid_data(format!("line {line}, column 1: expected a name, found {found}; {remedy}")));
        }
    }
    let columns = names.into_iter().zip(columns);
    Ok(columns.map(|(name, column)| Column::from_content(name, column.into_content())).collect())
}

/// Returns whether the first line holds names.
fn has_header(options: &Csv, first: &FirstLine) -> io::Result<bool> {
    let line = first.line;
    match (options.header, first.find_data(options.rules.notation)) {
        (Header::Given, _) => Ok(true),
        (Header::Absent, _) => Ok(false),
        (Header::FoundOut, _) if options.row_names => Ok(true),
        (Header::FoundOut, None) if options.names.is_none() => Ok(true),
        (Header::FoundOut, None) => {
            let remedy = "call `Csv::with_header` if it holds names to replace, `Csv::without_header` if it holds data";
            let found = first.fields().next().map(quote).unwrap_or_default();
            Err(invalid_data(format!(
                "line {line}, column 1: expected a number below the names given, found {found}; {remedy}"
            )))
        }
        (Header::FoundOut, Some(_)) if options.names.is_some() => Ok(false),
        (Header::FoundOut, Some((column, found))) => {
            let found = quote(found);
            let remedy = format!(
                "call `Csv::with_header` if it is a name, `Csv::without_header` if the line is data, \
                 `Csv::skip_lines({line})` if it is neither"
            );
            let column = column + 1;
            Err(invalid_data(format!(
                "line {line}, column {column}: expected the name of a column, found {found}; {remedy}"
            )))
        }
    }
}

/// Returns the name of each column; that of a first column without one is empty.
fn names(options: &Csv, first: &FirstLine, has_header: bool) -> io::Result<Vec<String>> {
    let mut width = first.width();
    // A header without anything above the names of the rows.
    let is_shorter = has_header && options.row_names && !first.lacks_first_name();
    width += usize::from(is_shorter);
    let names = match &options.names {
        Some(names) if names.len() != width => {
            let (expected, found) = (count_columns(names.len()), width);
            return Err(invalid_data(format!(
                "line {}: expected {expected} as names are given, found {found}",
                first.line
            )));
        }
        Some(names) => names.clone(),
        None if !has_header => return Ok((1..=width).map(|column| format!("column_{column}")).collect()),
        None => {
            let mut names = first.names()?;
            if is_shorter {
                names.insert(0, String::new());
            }
            names
        }
    };
    let is_first_needed = options.names.is_some() || (names.len() == 1 && !is_shorter);
    first.check_names(&names, usize::from(!is_first_needed))?;
    Ok(names)
}

/// Returns an empty column for each name.
pub(super) fn columns(options: &Csv, names: &[String]) -> io::Result<Vec<ColumnReader>> {
    let mut columns: Vec<_> = names.iter().map(|_| ColumnReader::default()).collect();
    for text in &options.texts {
        let column = names.iter().position(|name| name == text).ok_or_else(|| {
            let found = list(names.iter().map(String::as_bytes));
            invalid_data(format!("expected a column {text:?} to read as texts, found {found}"))
        })?;
        columns[column] = ColumnReader::of_texts();
    }
    Ok(columns)
}
