//! The first line of a table: names of columns, or data.

use super::column::is_missing;
use super::encoding::{as_text, describe_encoding};
use super::fields::Fields;
use super::number::{Notation, Reading};
use crate::data::file::{invalid_data, quote, reserve};
use std::collections::HashMap;
use std::io;

/// The most columns that a table may have.
pub(super) const MOST_COLUMNS: usize = 100_000;

/// The first line of a table, as it stands in the file.
#[derive(Debug)]
pub(super) struct FirstLine {
    pub(super) line: u64,
    text: Vec<u8>,
    /// Where each field ends in `text`.
    ends: Vec<usize>,
}

impl FirstLine {
    pub(super) fn read(fields: &mut Fields<'_>, line: u64) -> io::Result<Self> {
        let mut first = Self { line, text: Vec::new(), ends: Vec::new() };
        loop {
            fields.next_field()?;
            if first.ends.len() == MOST_COLUMNS {
                return Err(invalid_data(format!("line {line}: expected at most {MOST_COLUMNS} columns, found more")));
            }
            reserve(&mut first.text, fields.field().len(), None)?;
            first.text.extend_from_slice(fields.field());
            first.ends.push(first.text.len());
            if fields.is_last {
                return Ok(first);
            }
        }
    }

    pub(super) fn width(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn fields(&self) -> impl Iterator<Item = &[u8]> {
        let starts = [0].into_iter().chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.text[start..end])
    }

    /// Returns whether the first field is empty: a column of row names or numbers.
    pub(super) fn lacks_first_name(&self) -> bool {
        self.ends[0] == 0
    }

    /// Returns the first field that cannot be a name by itself, and its index: a number, or a missing entry.
    pub(super) fn find_data(&self, notation: Notation) -> Option<(usize, &[u8])> {
        let is_data = |field: &[u8]| !field.is_empty() && (notation.read(field) != Reading::Text || is_missing(field));
        self.fields().enumerate().find(|(_, field)| is_data(field))
    }

    /// Returns the fields as names.
    pub(super) fn names(&self) -> io::Result<Vec<String>> {
        let name = |(column, field): (usize, &[u8])| {
            as_text(field).map(str::to_owned).ok_or_else(|| {
                let (line, column) = (self.line, column + 1);
                invalid_data(format!("line {line}, column {column}: {}", describe_encoding(field)))
            })
        };
        self.fields().enumerate().map(name).collect()
    }

    /// Demands names, no two of them equal; `first` is the index of the first column that needs one.
    pub(super) fn check_names(&self, names: &[String], first: usize) -> io::Result<()> {
        let line = self.line;
        let mut known = HashMap::with_capacity(names.len());
        for (column, name) in names.iter().enumerate() {
            if name.is_empty() && column >= first {
                let remedy = "give names by `Csv::names` together with `Csv::with_header`";
                let found = format!("found an empty one; {remedy}");
                return Err(invalid_data(format!("line {line}, column {}: expected a name, {found}", column + 1)));
            }
            if let Some(other) = known.insert(name.as_str(), column) {
                let remedy = "give others by `Csv::names` together with `Csv::with_header`";
                let found = format!(
                    "found {} in the columns {} and {}; {remedy}",
                    quote(name.as_bytes()),
                    other + 1,
                    column + 1
                );
                return Err(invalid_data(format!("line {line}: expected different names, {found}")));
            }
        }
        Ok(())
    }
}
