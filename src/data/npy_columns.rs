//! [`NpyColumns`]: columns of a table on their way into .npy files, row by row.

use super::file::{in_file, list};
use super::npy_writer::NpyWriter;
use super::table::{Entry, Table};
use crate::{Error, Float, Result, check};
use std::collections::HashMap;
use std::path::Path;

/// Files, and which columns of a table each of them takes.
#[derive(Debug)]
pub(super) struct NpyColumns<F> {
    files: Vec<File<F>>,
    /// For each column of the table the files that take it, and where in their rows it stands.
    places: Vec<Vec<(usize, usize)>>,
    rows: usize,
}

#[derive(Debug)]
struct File<F> {
    writer: NpyWriter<F>,
    row: Vec<F>,
}

impl<F: Float> NpyColumns<F> {
    /// Makes the files.
    ///
    /// # Errors
    /// When there is no file or one without a column, a column does not exist or is named twice for a file, two files
    /// have the same path, or one cannot be written.
    pub(super) fn new(operation: &'static str, files: &[(impl AsRef<Path>, &[&str])], names: &[&str]) -> Result<Self> {
        check::not_empty(operation, "file", files.len())?;
        let mut places = vec![Vec::new(); names.len()];
        for (index, (path, columns)) in files.iter().enumerate() {
            let path = path.as_ref();
            if files[..index].iter().any(|(other, _)| other.as_ref() == path) {
                return Err(Error::invalid(operation, "files with different paths", format!("{path:?} twice")));
            }
            choose(operation, index, columns, names, &mut places)?;
        }
        let file = |(path, columns): &(_, &[&str])| {
            let path: &Path = AsRef::as_ref(path);
            Ok(File { writer: NpyWriter::new(path, columns.len())?, row: vec![F::zero(); columns.len()] })
        };
        Ok(Self { files: files.iter().map(file).collect::<Result<_>>()?, places, rows: 0 })
    }

    /// Returns whether a file takes this column.
    pub(super) fn takes(&self, column: usize) -> bool {
        !self.places[column].is_empty()
    }

    /// Sets the number of a column in the present row.
    pub(super) fn set(&mut self, column: usize, value: F) {
        for &(file, index) in &self.places[column] {
            self.files[file].row[index] = value;
        }
    }

    /// Writes the present row.
    pub(super) fn end_row(&mut self) -> Result<()> {
        self.rows += 1;
        for file in &mut self.files {
            file.writer.write_row(&file.row).map_err(in_file(file.writer.path()))?;
        }
        Ok(())
    }

    /// Ends all files; returns the number of rows.
    pub(super) fn finish(mut self) -> Result<usize> {
        self.files.iter_mut().try_for_each(|file| file.writer.finish(self.rows))?;
        Ok(self.rows)
    }
}

/// Notes where the columns of a file come from.
fn choose(
    operation: &'static str,
    file: usize,
    columns: &[&str],
    names: &[&str],
    places: &mut [Vec<(usize, usize)>],
) -> Result<()> {
    check::not_empty(operation, "column for each file", columns.len())?;
    let index_of: HashMap<&str, usize> = names.iter().enumerate().map(|(index, &name)| (name, index)).collect();
    for (place, &name) in columns.iter().enumerate() {
        let Some(&index) = index_of.get(name).filter(|_| !name.is_empty()) else {
            let found = list(names.iter().map(|name| name.as_bytes()));
            return Err(Error::invalid(operation, format!("a column {name:?}"), found));
        };
        if places[index].iter().any(|&(other, _)| other == file) {
            return Err(Error::invalid(operation, "different columns for a file", format!("{name:?} twice")));
        }
        places[index].push((file, place));
    }
    Ok(())
}

impl Table {
    /// Writes columns of numbers to .npy files, each with the columns named for it; `F` is their precision.
    ///
    /// The files are those that [`write_npy`](super::write_npy) would write, and appear when all rows are written. For
    /// a table that is larger than memory there is [`Csv::to_npy`](super::Csv::to_npy).
    ///
    /// # Errors
    /// When a column does not exist or is named twice for a file, holds texts, or a number is missing or too large for
    /// `F`: the error names column and row. When a file cannot be written.
    ///
    /// ```
    /// use feedforward::Table;
    /// use feedforward::data::read_npy;
    ///
    /// let path = std::env::temp_dir().join("feedforward-doctest-table.npy");
    /// let diabetes = Table::read_csv("examples/data/diabetes.csv")?;
    /// diabetes.to_npy::<f32>(&[(&path, &["age", "bmi"])])?;
    /// assert_eq!(read_npy::<f32>(&path)?, diabetes.select(&["age", "bmi"])?.to_array::<f32>()?);
    /// # std::fs::remove_file(&path).ok();
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn to_npy<F: Float>(&self, files: &[(impl AsRef<Path>, &[&str])]) -> Result<()> {
        let operation = "Table::to_npy";
        let names: Vec<_> = self.names().collect();
        let mut to = NpyColumns::<F>::new(operation, files, &names)?;
        let columns: Vec<_> = self.columns().iter().enumerate().filter(|(index, _)| to.takes(*index)).collect();
        check::not_empty(operation, "row", self.rows())?;
        for row in 0..self.rows() {
            for (index, column) in &columns {
                let entry = column.get(row).unwrap_or(Entry::Missing);
                let number = entry.number().map(F::from_f64).filter(|number| number.is_finite());
                let Some(number) = number else { return Err(self.not_a_number(operation, row, *index)) };
                to.set(*index, number);
            }
            to.end_row()?;
        }
        to.finish().map(drop)
    }
}
