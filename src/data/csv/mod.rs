//! [`Csv`]: tables of text, from files as people have them.

mod column;
mod encoding;
mod fields;
mod guess;
mod names;
mod number;
mod reading;
mod rows;
#[cfg(feature = "npy")]
mod to_npy;

use crate::{Error, Result};
use column::Rules;
use number::{Notation, Reading};

/// A reader of tables: how a text file is written.
///
/// ```
/// use feedforward::data::{Csv, Kind};
///
/// let text = "species;bill_length_mm\nAdelie;39,1\nGentoo;NA\n";
/// let table = Csv::new().decimal_comma().read(text.as_bytes())?;
/// assert_eq!(table.column("species")?.kind(), Kind::Text);
/// assert_eq!(table.column("bill_length_mm")?.entries().filter(|entry| entry.is_missing()).count(), 1);
///
/// let error = Csv::new().read("a,b\n1,2\n3\n".as_bytes()).unwrap_err();
/// assert_eq!(error.to_string(), "table: line 3: expected 2 columns, found 1");
/// # Ok::<(), feedforward::Error>(())
/// ```
///
/// # What is found out
///
/// - The delimiter: comma, semicolon, tab, bar or blank, whichever divides the first 100 lines into the same number of
///   fields. If two do, that is an error that names both. A blank stands for runs of blanks and tabs, and is taken only
///   if no other fits and a column holds numbers.
/// - The header: the first line holds names if none of them is a number or a missing entry, and a column below holds
///   numbers. Everything else is an error that names [`with_header`](Self::with_header) and
///   [`without_header`](Self::without_header).
/// - The kind of each column: numbers if all its entries are numbers or missing, else texts. A text below numbers such
///   as `01` or `1.50`, which come back from a number as other texts, is an error that names [`text`](Self::text).
/// - Row numbers: a first column without a name that counts from 0 or 1 is left out.
///
/// # What an entry is
///
/// Blanks around an entry are dropped, except between quotation marks. There a delimiter and a line end belong to the
/// entry, and two quotation marks stand for one. Numbers may have a sign and an exponent (`-1.5e3`); infinite ones and
/// those too large for `f64` are errors in columns of numbers. These stand for a missing entry, with or without
/// quotation marks: nothing, `?`, `NA`, `N/A`, `n/a`, `#N/A`, `#N/A N/A`, `#NA`, `<NA>`, `NaN`, `nan`, `-NaN`, `-nan`,
/// `1.#IND`, `-1.#IND`, `1.#QNAN`, `-1.#QNAN`, `NULL`, `null`, `None`: those of pandas, and `?`.
///
/// # What is never lost
///
/// Every line is a row. A line with more or fewer fields, a quotation mark that is never closed and a text behind a
/// closing one are errors with the number of the line, counted from 1. Empty lines are skipped; in a table of one
/// column each is a missing entry.
///
/// Lines end with `\n`, `\r\n` or `\r`. A byte order mark is skipped. Text in another encoding than UTF-8 is refused.
/// At most 100,000 columns are read, and at most 64 KiB for each entry.
#[doc(alias("read_csv", "read_table"))]
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Csv {
    header: Header,
    names: Option<Vec<String>>,
    delimiter: Option<u8>,
    comment: Option<u8>,
    skip_lines: u64,
    texts: Vec<String>,
    keep_row_numbers: bool,
    row_names: bool,
    rules: Rules,
}

/// Whether the first line holds the names of the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Header {
    #[default]
    FoundOut,
    Given,
    Absent,
}

impl Csv {
    /// Makes a reader that finds out how the file is written.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the first line for the names of the columns, be they numbers.
    pub fn with_header(self) -> Self {
        Self { header: Header::Given, ..self }
    }

    /// Takes the first line for data. The columns are called `column_1`, `column_2` and so on, unless
    /// [`names`](Self::names) are given.
    pub fn without_header(self) -> Self {
        Self { header: Header::Absent, ..self }
    }

    /// Gives the columns these names, instead of those of the header if there is one.
    pub fn names(self, names: &[impl AsRef<str>]) -> Self {
        Self { names: Some(names.iter().map(|name| name.as_ref().to_owned()).collect()), ..self }
    }

    /// Sets the character between the columns, such as `b';'`. A blank stands for runs of blanks and tabs.
    #[doc(alias = "sep")]
    pub fn delimiter(self, delimiter: u8) -> Self {
        Self { delimiter: Some(delimiter), ..self }
    }

    /// Skips lines that start with this character, such as `b'#'`.
    pub fn comment(self, comment: u8) -> Self {
        Self { comment: Some(comment), ..self }
    }

    /// Skips this number of lines at the start of the file.
    #[doc(alias = "skiprows")]
    pub fn skip_lines(self, lines: u64) -> Self {
        Self { skip_lines: lines, ..self }
    }

    /// Reads numbers with a comma before the fraction: `1,5`.
    pub fn decimal_comma(mut self) -> Self {
        self.rules.notation.has_decimal_comma = true;
        self
    }

    /// Reads numbers with this character between groups of three digits, such as `b'.'` in `1.234.567`.
    pub fn thousands(mut self, separator: u8) -> Self {
        self.rules.notation.thousands = Some(separator);
        self
    }

    /// Reads these as missing, besides the usual ones; a number stands for every way to write it.
    #[doc(alias = "na_values")]
    pub fn missing(mut self, entries: &[impl AsRef<str>]) -> Self {
        self.rules.missing.extend(entries.iter().map(|entry| entry.as_ref().trim().to_owned()));
        self
    }

    /// Reads these columns as texts, be their entries numbers: postal codes, for example.
    #[doc(alias = "dtype")]
    pub fn text(mut self, names: &[impl AsRef<str>]) -> Self {
        self.texts.extend(names.iter().map(|name| name.as_ref().to_owned()));
        self
    }

    /// Keeps a column of row numbers that has no name, and calls it `row`.
    pub fn keep_row_numbers(self) -> Self {
        Self { keep_row_numbers: true, ..self }
    }

    /// Reads the first field of each line below the header as the name of the row: the header is one field shorter, as
    /// R's `write.table` writes it, or starts with an empty name. The column is called `row`; it is left out if it
    /// holds row numbers.
    #[doc(alias = "index_col")]
    pub fn row_names(self) -> Self {
        Self { row_names: true, ..self }
    }

    /// Demands options that do not contradict each other; finds the numbers among the missing texts.
    fn checked(&self) -> Result<Self> {
        let refuse = |option: &str, expected: &str, found: u8| {
            let found = char::from(found).escape_default();
            Err(Error::invalid("Csv", format!("{expected} as {option}"), format!("'{found}'")))
        };
        let Notation { has_decimal_comma, thousands } = self.rules.notation;
        let decimal = if has_decimal_comma { b',' } else { b'.' };
        let is_of_numbers = |byte: u8| byte.is_ascii_digit() || b"+-".contains(&byte) || byte == decimal;
        let is_special = |byte: u8| !byte.is_ascii() || b"\"\r\n\0".contains(&byte);
        if let Some(found) = self.delimiter.filter(|&byte| is_special(byte) || is_of_numbers(byte)) {
            let expected = "an ASCII character that is no part of a number, no quotation mark and no line end";
            return refuse("delimiter", expected, found);
        }
        if let Some(found) = self.comment.filter(|&byte| {
            is_special(byte) || is_of_numbers(byte) || byte.is_ascii_whitespace() || Some(byte) == self.delimiter
        }) {
            let expected = "an ASCII character that is no part of a number, no blank and no delimiter";
            return refuse("comment", expected, found);
        }
        if let Some(found) = thousands.filter(|&byte| is_special(byte) || is_of_numbers(byte)) {
            return refuse("thousands separator", "an ASCII character that stands for nothing else in numbers", found);
        }
        if self.row_names && self.header == Header::Absent {
            let expected = "a header with `row_names`: it shows which column has no name";
            return Err(Error::invalid("Csv", expected, "`without_header`"));
        }
        let mut checked = self.clone();
        let number = |entry: &String| match self.rules.notation.read(entry.as_bytes()) {
            Reading::Number { value, .. } => Some(value),
            _ => None,
        };
        checked.rules.missing_numbers = self.rules.missing.iter().filter_map(number).collect();
        Ok(checked)
    }
}
