//! Tables of comma-separated values.

use super::file::{in_file, invalid_data, open};
use crate::{Error, Float, Result};
use ndarray::{Array1, Array2, Axis};
use std::io::{self, Read};
use std::path::Path;

/// A reader of tables: how a table is written, and which column is the label.
///
/// ```
/// use feedforward::data::Csv;
///
/// let text = "length,width,species\n5.1,3.5,setosa\n6.2,2.9,versicolor\n";
/// let table = Csv::new().label("species").read::<f32>(text.as_bytes())?;
/// assert_eq!(table.inputs, ndarray::array![[5.1, 3.5], [6.2, 2.9]]);
/// assert_eq!(table.labels, ["setosa", "versicolor"]);
/// assert_eq!(table.names, ["length", "width"]);
///
/// let error = Csv::new().read::<f32>("length,kind\nlong,cat\n".as_bytes()).unwrap_err();
/// assert_eq!(error.to_string(), "table: line 2, column 1: expected a number, found \"long\"");
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "read_csv")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Csv {
    header: bool,
    delimiter: u8,
    label: Label,
}

/// Which column is the label.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Label {
    Last,
    Named(String),
    Column(usize),
    None,
}

/// The content of a table.
///
/// ```
/// use feedforward::data::{Csv, LabelEncoder, one_hot};
/// use feedforward::Dataset;
///
/// let table = Csv::new().read::<f64>("a,b,kind\n1,2,cat\n3,4,dog\n".as_bytes())?;
/// let encoder = LabelEncoder::fit(&table.labels)?;
/// let data = Dataset::new(table.inputs, one_hot(&encoder.encode(&table.labels)?, 2)?)?;
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Table<F> {
    /// The numbers, one row for each line, without the label column.
    pub inputs: Array2<F>,
    /// The label column as text; empty when there is none.
    pub labels: Vec<String>,
    /// The names of the number columns; empty without a header.
    pub names: Vec<String>,
}

impl<F: Float> Table<F> {
    /// Returns the labels as one column of numbers, for regression or for classes written as numbers.
    ///
    /// # Errors
    /// When a label is not a finite number.
    ///
    /// ```
    /// use feedforward::data::Csv;
    /// let table = Csv::new().without_header().read::<f64>("1,2,0.5\n3,4,1.5\n".as_bytes())?;
    /// assert_eq!(table.targets()?, ndarray::array![[0.5], [1.5]]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn targets(&self) -> Result<Array2<F>> {
        let number = |(row, label): (usize, &String)| {
            parse_finite(label).ok_or_else(|| Error::Target {
                operation: "Csv",
                row,
                expected: "a number".to_owned(),
                found: format!("{label:?}"),
            })
        };
        let targets = self.labels.iter().enumerate().map(number).collect::<Result<Array1<_>>>()?;
        Ok(targets.insert_axis(Axis(1)))
    }
}

impl Csv {
    /// Makes a reader of tables with commas, a header line, and the label in the last column.
    pub fn new() -> Self {
        Self { header: true, delimiter: b',', label: Label::Last }
    }

    /// Reads the first line as data.
    pub fn without_header(self) -> Self {
        Self { header: false, ..self }
    }

    /// Sets the character between the columns, such as `b';'`.
    #[doc(alias = "sep")]
    pub fn delimiter(self, delimiter: u8) -> Self {
        Self { delimiter, ..self }
    }

    /// Takes the label from the column of this name.
    pub fn label(self, name: &str) -> Self {
        Self { label: Label::Named(name.to_owned()), ..self }
    }

    /// Takes the label from this column, counted from 0.
    pub fn label_at(self, column: usize) -> Self {
        Self { label: Label::Column(column), ..self }
    }

    /// Reads all columns as numbers.
    pub fn without_label(self) -> Self {
        Self { label: Label::None, ..self }
    }

    /// Reads a file, gzipped or not.
    ///
    /// # Errors
    /// When the file cannot be read, lines have different lengths, the label column does not exist, or a field is not a
    /// finite number: the error names line and column.
    ///
    /// ```
    /// let table = feedforward::data::Csv::new().read_file::<f32>("examples/data/iris.csv")?;
    /// assert_eq!(table.inputs.dim(), (150, 4));
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn read_file<F: Float>(&self, path: impl AsRef<Path>) -> Result<Table<F>> {
        let path = path.as_ref();
        self.parse(open(path)?).map_err(in_file(path))
    }

    /// Reads a table from any reader; errors name it "table".
    ///
    /// # Errors
    /// As for [`read_file`](Self::read_file).
    pub fn read<F: Float>(&self, from: impl Read) -> Result<Table<F>> {
        self.parse(from).map_err(in_file(Path::new("table")))
    }

    fn parse<F: Float>(&self, from: impl Read) -> io::Result<Table<F>> {
        let mut reader = csv::ReaderBuilder::new().has_headers(self.header).delimiter(self.delimiter).from_reader(from);
        let mut names = Vec::new();
        if self.header {
            names = reader.headers().map_err(to_io_error)?.iter().map(str::to_owned).collect();
        }
        let mut values = Vec::new();
        let mut labels = Vec::new();
        let mut width = 0;
        for record in reader.records() {
            let record = record.map_err(to_io_error)?;
            let label = self.label_column(&names, record.len())?;
            let line = record.position().map_or(0, |position| position.line());
            width = record.len() - usize::from(label.is_some());
            for (column, field) in record.iter().enumerate() {
                if Some(column) == label {
                    labels.push(field.trim().to_owned());
                    continue;
                }
                let Some(value) = parse_finite(field.trim()) else {
                    let text = format!("line {line}, column {}: expected a number, found {field:?}", column + 1);
                    return Err(invalid_data(text));
                };
                values.push(value);
            }
        }
        if values.is_empty() {
            return Err(invalid_data("expected at least one line with a number, found none"));
        }
        let label = self.label_column(&names, names.len().max(width + 1))?;
        if let Some(label) = label.filter(|&label| label < names.len()) {
            names.remove(label);
        }
        let inputs = Array2::from_shape_vec((values.len() / width, width), values);
        let inputs = inputs.map_err(|error| invalid_data(error.to_string()))?;
        Ok(Table { inputs, labels, names })
    }

    /// Returns the index of the label column, if the table has a label.
    fn label_column(&self, names: &[String], columns: usize) -> io::Result<Option<usize>> {
        match &self.label {
            Label::None => Ok(None),
            Label::Last => Ok(columns.checked_sub(1)),
            Label::Column(column) if *column < columns => Ok(Some(*column)),
            Label::Column(column) => {
                Err(invalid_data(format!("expected a column {column} for the label, found {columns} columns")))
            }
            Label::Named(name) => match names.iter().position(|other| other == name) {
                Some(column) => Ok(Some(column)),
                None => Err(invalid_data(format!("expected a column called {name:?} for the label, found {names:?}"))),
            },
        }
    }
}

impl Default for Csv {
    fn default() -> Self {
        Self::new()
    }
}

/// Returns the number in a field, if it is finite in this precision.
fn parse_finite<F: Float>(field: &str) -> Option<F> {
    field.parse().ok().map(F::from_f64).filter(|number| number.is_finite())
}

/// Passes an `io::Error` on as it is; every other error of the parser is one of the content.
fn to_io_error(error: csv::Error) -> io::Error {
    let text = error.to_string();
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        _ => invalid_data(text),
    }
}
