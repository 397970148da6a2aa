//! Tables of comma-separated values.

use super::fields::Fields;
use super::file::{count_columns, in_file, invalid_data, list, quote, reserve};
use super::source::Source;
use crate::{Error, Float, Result};
use ndarray::{Array1, Array2, Axis};
use std::io::{self, BufRead, BufReader, Read};
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
                found: quote(label.as_bytes()),
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
    /// Fields have at most 64 KiB. Memory for at most 2.5 times the table plus 1 MiB is allocated; a gzipped file has a
    /// limit ([`Source`]). The numbers of an `Ok` are never NaN or infinite, and there is at least one.
    ///
    /// # Errors
    /// When the file cannot be read, lines have different lengths, the label column does not exist, a field is too long
    /// or no UTF-8, or a number is not finite in this precision: the error names line and column.
    ///
    /// ```
    /// let table = feedforward::data::Csv::new().read_file::<f32>("examples/data/iris.csv")?;
    /// assert_eq!(table.inputs.dim(), (150, 4));
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn read_file<F: Float>(&self, source: impl Into<Source>) -> Result<Table<F>> {
        let source = source.into();
        self.parse(source.open()?.from).map_err(in_file(source.path()))
    }

    /// Reads a table from any reader; errors name it "table".
    ///
    /// # Errors
    /// As for [`read_file`](Self::read_file).
    pub fn read<F: Float>(&self, from: impl Read) -> Result<Table<F>> {
        self.parse(BufReader::new(from)).map_err(in_file(Path::new("table")))
    }

    fn parse<F: Float>(&self, from: impl BufRead) -> io::Result<Table<F>> {
        let mut fields = Fields::new(from, self.delimiter);
        let header = if self.header { Header::read(&mut fields)? } else { Header::default() };
        let label = self.label_column(&header)?;
        let mut width = (header.columns > 0).then_some(header.columns);
        let mut values = Vec::new();
        let mut labels = Vec::new();
        while fields.next()? {
            if width.is_some_and(|width| fields.column >= width) {
                return Err(fields.wrong_width(width, "more"));
            }
            let is_label = match label {
                LabelColumn::None => false,
                LabelColumn::Last => fields.is_last,
                LabelColumn::At(column) => fields.column == column,
            };
            if is_label {
                reserve(&mut labels, 1, None)?;
                labels.push(fields.text()?.trim().to_owned());
            } else {
                let number = fields.text().ok().and_then(parse_finite).ok_or_else(|| fields.wrong("a number"))?;
                reserve(&mut values, 1, None)?;
                values.push(number);
            }
            if !fields.is_last {
                continue;
            }
            let columns = fields.column + 1;
            if width.is_some_and(|width| width != columns) {
                return Err(fields.wrong_width(width, columns));
            }
            if width.is_none() {
                label.demand_below(columns)?;
            }
            if values.is_empty() {
                return Err(invalid_data("expected at least one column of numbers beside the label, found none"));
            }
            width = Some(columns);
        }
        let Some(width) = width.filter(|_| !values.is_empty()) else {
            return Err(invalid_data("expected at least one line with a number, found none"));
        };
        values.shrink_to_fit();
        labels.shrink_to_fit();
        let columns = width - usize::from(label != LabelColumn::None);
        let inputs = Array2::from_shape_vec((values.len() / columns, columns), values);
        let inputs = inputs.map_err(|error| invalid_data(error.to_string()))?;
        Ok(Table { inputs, labels, names: header.into_names(label) })
    }

    /// Finds the label column of a table with this header.
    fn label_column(&self, header: &Header) -> io::Result<LabelColumn> {
        let label = match &self.label {
            Label::None => LabelColumn::None,
            Label::Last => LabelColumn::Last,
            Label::Column(column) => LabelColumn::At(*column),
            Label::Named(name) => match header.names().position(|other| other == name.as_bytes()) {
                Some(column) => LabelColumn::At(column),
                None => {
                    let names = list(header.names());
                    return Err(invalid_data(format!(
                        "expected a column called {name:?} for the label, found {names}"
                    )));
                }
            },
        };
        if header.columns > 0 {
            label.demand_below(header.columns)?;
        }
        Ok(label)
    }
}

impl Default for Csv {
    fn default() -> Self {
        Self::new()
    }
}

/// Returns the number in a field, if it is finite in this precision.
fn parse_finite<F: Float>(field: &str) -> Option<F> {
    field.trim().parse().ok().map(F::from_f64).filter(|number| number.is_finite())
}

/// The label column of the table at hand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LabelColumn {
    None,
    Last,
    At(usize),
}

impl LabelColumn {
    /// Demands a column that exists.
    fn demand_below(self, columns: usize) -> io::Result<()> {
        match self {
            Self::At(column) if column >= columns => {
                Err(invalid_data(format!("expected a column {column} for the label, found {}", count_columns(columns))))
            }
            _ => Ok(()),
        }
    }
}

/// The first line of a table, as it stands in the file: a list of strings would take many times its length.
#[derive(Default)]
struct Header {
    columns: usize,
    /// The names, each with a byte after it that occurs in no UTF-8 text.
    text: Vec<u8>,
}

/// The byte after a name.
const END_OF_NAME: u8 = 0xff;

impl Header {
    fn read(fields: &mut Fields<impl BufRead>) -> io::Result<Self> {
        let mut header = Self::default();
        while fields.next()? {
            let name = fields.text()?.as_bytes();
            reserve(&mut header.text, name.len() + 1, None)?;
            header.text.extend_from_slice(name);
            header.text.push(END_OF_NAME);
            header.columns += 1;
            if fields.is_last {
                break;
            }
        }
        Ok(header)
    }

    fn names(&self) -> impl Iterator<Item = &[u8]> {
        self.text.split(|&byte| byte == END_OF_NAME).take(self.columns)
    }

    /// Returns the names without that of the label.
    fn into_names(self, label: LabelColumn) -> Vec<String> {
        let label = match label {
            LabelColumn::None => None,
            LabelColumn::Last => self.columns.checked_sub(1),
            LabelColumn::At(column) => Some(column),
        };
        let mut names = Vec::with_capacity(self.columns);
        let others = self.names().enumerate().filter(|(column, _)| Some(*column) != label);
        names.extend(others.map(|(_, name)| String::from_utf8_lossy(name).into_owned()));
        names
    }
}
