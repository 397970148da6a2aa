//! Tables of comma-separated values.

use super::file::{open, problem};
use crate::{Error, Float, Result};
use ndarray::Array2;
use std::io::Read;
use std::path::Path;

/// How a table is written, and which column is the label.
///
/// ```
/// use feedforward::data::Csv;
///
/// let text = "length,width,species\n5.1,3.5,setosa\n6.2,2.9,versicolor\n";
/// let table = Csv::new().label("species").read::<f32>(text.as_bytes())?;
/// assert_eq!(table.inputs, ndarray::array![[5.1, 3.5], [6.2, 2.9]]);
/// assert_eq!(table.labels, ["setosa", "versicolor"]);
/// assert_eq!(table.names, ["length", "width"]);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Csv {
    header: bool,
    delimiter: u8,
    label: Label,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Label {
    Last,
    Named(String),
    At(usize),
    None,
}

/// What a table holds.
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
    /// The label column as it is written; empty when there is none.
    pub labels: Vec<String>,
    /// The names of the number columns; empty without a header.
    pub names: Vec<String>,
}

impl<F: Float> Table<F> {
    /// The label column as numbers, for regression or for classes written as numbers.
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
            finite(label).ok_or_else(|| Error::Target {
                operation: "Csv",
                row,
                expected: "a number".to_owned(),
                found: format!("{label:?}"),
            })
        };
        let targets = self.labels.iter().enumerate().map(number).collect::<Result<Vec<_>>>()?;
        let shape = (targets.len(), 1);
        Array2::from_shape_vec(shape, targets).map_err(|error| Error::invalid("Csv", "labels", error))
    }
}

impl Csv {
    /// Commas, a header line, and the label in the last column.
    ///
    /// ```
    /// let table = feedforward::data::Csv::new().read::<f32>("length,kind\n5.1,cat\n".as_bytes())?;
    /// assert_eq!(table.labels, ["cat"]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn new() -> Self {
        Self { header: true, delimiter: b',', label: Label::Last }
    }

    /// The first line is data.
    ///
    /// ```
    /// let table = feedforward::data::Csv::new().without_header().read::<f32>("5.1,cat\n6.2,dog\n".as_bytes())?;
    /// assert_eq!(table.labels, ["cat", "dog"]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn without_header(self) -> Self {
        Self { header: false, ..self }
    }

    /// Another character between the columns.
    ///
    /// ```
    /// let table = feedforward::data::Csv::new().delimiter(b';').read::<f32>("length;kind\n5.1;cat\n".as_bytes())?;
    /// assert_eq!(table.inputs, ndarray::array![[5.1]]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn delimiter(self, delimiter: u8) -> Self {
        Self { delimiter, ..self }
    }

    /// The label is in the column of this name.
    ///
    /// ```
    /// let table = feedforward::data::Csv::new().label("kind").read::<f32>("kind,length\ncat,5.1\n".as_bytes())?;
    /// assert_eq!(table.labels, ["cat"]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn label(self, name: &str) -> Self {
        Self { label: Label::Named(name.to_owned()), ..self }
    }

    /// The label is in this column, counted from 0.
    ///
    /// ```
    /// let table = feedforward::data::Csv::new().label_at(0).read::<f32>("kind,length\ncat,5.1\n".as_bytes())?;
    /// assert_eq!(table.labels, ["cat"]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn label_at(self, column: usize) -> Self {
        Self { label: Label::At(column), ..self }
    }

    /// All columns are numbers.
    ///
    /// ```
    /// let table = feedforward::data::Csv::new().without_label().read::<f32>("a,b\n1,2\n".as_bytes())?;
    /// assert_eq!(table.inputs, ndarray::array![[1.0, 2.0]]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
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
        self.parse(open(path)?).map_err(|text| problem(path, text))
    }

    /// Reads anything.
    ///
    /// # Errors
    /// As for [`read_file`](Self::read_file).
    ///
    /// ```
    /// let error = feedforward::data::Csv::new().read::<f32>("length,kind\nlong,cat\n".as_bytes()).unwrap_err();
    /// assert_eq!(error.to_string(), "table: line 2, column 1: expected a number, found \"long\"");
    /// ```
    pub fn read<F: Float>(&self, from: impl Read) -> Result<Table<F>> {
        self.parse(from).map_err(|text| problem(Path::new("table"), text))
    }

    fn parse<F: Float>(&self, from: impl Read) -> std::result::Result<Table<F>, String> {
        let mut reader = csv::ReaderBuilder::new().has_headers(self.header).delimiter(self.delimiter).from_reader(from);
        let mut names: Vec<String> = match self.header {
            true => reader.headers().map_err(|error| error.to_string())?.iter().map(str::to_owned).collect(),
            false => Vec::new(),
        };
        let (mut values, mut labels, mut width) = (Vec::new(), Vec::new(), 0);
        for record in reader.records() {
            let record = record.map_err(|error| error.to_string())?;
            let label = self.label_column(&names, record.len())?;
            let line = record.position().map_or(0, |position| position.line());
            width = record.len() - usize::from(label.is_some());
            for (column, field) in record.iter().enumerate() {
                if Some(column) == label {
                    labels.push(field.trim().to_owned());
                    continue;
                }
                let refused = || format!("line {line}, column {}: expected a number, found {field:?}", column + 1);
                values.push(finite(field.trim()).ok_or_else(refused)?);
            }
        }
        if values.is_empty() {
            return Err("expected at least one line with a number, found none".to_owned());
        }
        if let Some(label) = self.label_column(&names, names.len().max(width + 1))?.filter(|&label| label < names.len())
        {
            names.remove(label);
        }
        let inputs =
            Array2::from_shape_vec((values.len() / width, width), values).map_err(|error| error.to_string())?;
        Ok(Table { inputs, labels, names })
    }

    fn label_column(&self, names: &[String], columns: usize) -> std::result::Result<Option<usize>, String> {
        match &self.label {
            Label::None => Ok(None),
            Label::Last => Ok(columns.checked_sub(1)),
            Label::At(column) if *column < columns => Ok(Some(*column)),
            Label::At(column) => Err(format!("expected a column {column} for the label, found {columns} columns")),
            Label::Named(name) => match names.iter().position(|other| other == name) {
                Some(column) => Ok(Some(column)),
                None => Err(format!("expected a column called {name:?} for the label, found {names:?}")),
            },
        }
    }
}

/// The number that a field holds, if it is finite in this precision.
fn finite<F: Float>(field: &str) -> Option<F> {
    field.parse().ok().map(F::from_f64).filter(|number| number.is_finite())
}

impl Default for Csv {
    fn default() -> Self {
        Self::new()
    }
}
