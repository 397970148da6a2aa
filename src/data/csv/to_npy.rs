//! From a text file to .npy files in one pass.

use super::Csv;
use super::column::{Refusal, Rules, Sink};
use super::reading::{ROW, columns, read_rows, read_start};
use crate::data::file::{in_file, invalid_data};
use crate::data::npy_columns::NpyColumns;
use crate::data::source::Source;
use crate::{Error, Float, Result};
use std::io;
use std::path::Path;

const OPERATION: &str = "Csv::to_npy";

impl Csv {
    /// Converts columns of numbers to .npy files in one pass over a file, gzipped or not: it may be larger than memory.
    /// Each file gets the columns named for it, in this order; `F` is their precision. Returns the number of rows.
    ///
    /// [`Mapped`](crate::data::Mapped) trains on such files. Columns that are not named are not read. The files are
    /// those that NumPy would write, and appear when all rows are written: until then they stand beside their place,
    /// under a name that ends with `.part`. At most 1 MiB of memory and some bytes for each column are taken.
    ///
    /// # Errors
    /// When the file cannot be read or is no table as described [above](Self), an entry of a named column is missing, a
    /// text, infinite or too large for `F`: the error names line and column. When a column does not exist, is named
    /// twice for a file, or is one of [`text`](Self::text); when options contradict each other; when a file cannot be
    /// written.
    ///
    /// ```
    /// use feedforward::data::{Csv, Mapped, Examples};
    ///
    /// let [x, y] = ["x", "y"].map(|name| std::env::temp_dir().join(format!("feedforward-doctest-{name}.npy")));
    /// let rows = Csv::new().to_npy::<f32>("examples/data/diabetes.csv", &[(&x, &["age", "bmi"]), (&y, &["target"])])?;
    /// assert_eq!(rows, 442);
    /// assert_eq!(Mapped::<f32>::new(&x, &y)?.len(), 442);
    /// # [x, y].iter().for_each(|path| drop(std::fs::remove_file(path)));
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn to_npy<F: Float>(&self, source: impl Into<Source>, files: &[(impl AsRef<Path>, &[&str])]) -> Result<usize> {
        let reader = self.checked()?;
        let source = source.into();
        for (_, columns) in files {
            if let Some(name) = columns.iter().find(|name| self.texts.iter().any(|text| text == *name)) {
                let found = format!("{name:?}, which `Csv::text` makes one of texts");
                return Err(Error::invalid(OPERATION, "columns of numbers", found));
            }
        }
        let mut content = source.open()?;
        let mut start = read_start(&reader, &mut content.from).map_err(in_file(source.path()))?;
        columns(&reader, &start.names).map_err(in_file(source.path()))?;
        if start.names[0].is_empty() && self.keep_row_numbers {
            start.names[0] = ROW.to_owned();
        }
        let names: Vec<_> = start.names.iter().map(String::as_str).collect();
        let to = NpyColumns::<F>::new(OPERATION, files, &names)?;
        let mut sink = NpySink { to, failure: None };
        let outcome = read_rows(&reader, start, None, &mut sink);
        // What went wrong with a file to write is not the fault of the one to read.
        if let Some(failure) = sink.failure {
            return Err(failure);
        }
        outcome.map_err(in_file(source.path()))?;
        sink.to.finish()
    }
}

/// Writes the numbers of some columns.
struct NpySink<F> {
    to: NpyColumns<F>,
    /// Why a row could not be written.
    failure: Option<Error>,
}

impl<F: Float> Sink for NpySink<F> {
    #[inline]
    fn push(
        &mut self,
        column: usize,
        field: &[u8],
        rules: &Rules,
        _: impl Fn() -> usize,
    ) -> std::result::Result<(), Refusal> {
        if !self.to.takes(column) {
            return Ok(());
        }
        let value = F::from_f64(rules.number(field)?);
        if !value.is_finite() {
            return Err(Refusal::TooLarge);
        }
        self.to.set(column, value);
        Ok(())
    }

    fn end_row(&mut self) -> io::Result<()> {
        self.to.end_row().map_err(|error| {
            self.failure = Some(error);
            invalid_data("expected a file that can be written")
        })
    }
}
