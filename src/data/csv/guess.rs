//! What the first lines of a table tell: its delimiter.

use super::fields::{Fields, Format, Line, name};
use super::number::{Notation, Reading};
use crate::data::file::invalid_data;
use std::io;

/// How many bytes and lines are looked at.
const BYTES: usize = 1 << 16;
const LINES: usize = 100;

/// What the first lines are with one delimiter.
struct Candidate {
    delimiter: u8,
    /// The number of fields of each line.
    widths: Vec<usize>,
    /// Whether a column below the first line has numbers alone.
    has_numbers: bool,
}

impl Candidate {
    /// Returns whether all lines but the first have the same number of fields, at least two.
    fn fits_below_first(&self) -> bool {
        let below = self.widths.get(1..).filter(|below| !below.is_empty()).unwrap_or(&self.widths);
        below[0] > 1 && below.iter().all(|&width| width == below[0])
    }

    fn fits(&self) -> bool {
        self.fits_below_first() && self.widths[0] == self.widths[self.widths.len() - 1]
    }

    fn is_in_most_lines(&self) -> bool {
        2 * self.count_lines_with() > self.widths.len()
    }

    fn count_lines_with(&self) -> usize {
        self.widths.iter().filter(|&&width| width > 1).count()
    }
}

/// Finds the delimiter among comma, semicolon, tab, bar and blank; a comma in a table of one column.
///
/// A blank is one only if no other fits and a column below the first line has numbers: texts have blanks in them.
pub(super) fn find_delimiter(fields: &Fields<'_>, comment: Option<u8>, notation: Notation) -> io::Result<u8> {
    let (ahead, is_whole) = fields.ahead();
    let is_whole = is_whole && ahead.len() <= BYTES;
    let ahead = &ahead[..ahead.len().min(BYTES)];
    let delimiters = b",;\t| ".iter().filter(|&&byte| byte != b',' || !notation.has_decimal_comma);
    let candidates = delimiters.map(|&delimiter| read_with(ahead, is_whole, Format { delimiter, comment }, notation));
    let mut candidates = candidates.collect::<io::Result<Vec<_>>>()?;
    candidates.retain(|candidate| candidate.count_lines_with() > 0);
    // The first line may be of another width: a header without a name for the names of the rows, or a title.
    for fits in [Candidate::fits, Candidate::fits_below_first] {
        let fitting: Vec<_> = candidates.iter().filter(|it| fits(it) && it.delimiter != b' ').collect();
        match fitting[..] {
            [] => {}
            [one] => return Ok(one.delimiter),
            [one, other, ..] => return Err(ambiguous(one.delimiter, other.delimiter)),
        }
    }
    // Most lines have it, the others are errors of the file: reading will name the first.
    let others: Vec<_> = candidates.iter().filter(|it| it.delimiter != b' ').collect();
    match others.iter().copied().filter(|it| it.is_in_most_lines()).collect::<Vec<_>>()[..] {
        [] => {}
        [one] => return Ok(one.delimiter),
        [one, other, ..] => return Err(ambiguous(one.delimiter, other.delimiter)),
    }
    let blank = candidates.iter().find(|it| it.delimiter == b' ' && it.is_in_most_lines() && it.has_numbers);
    match (blank, others.first()) {
        (Some(blank), _) => Ok(blank.delimiter),
        (None, Some(other)) => {
            let (delimiter, lines) = (name(other.delimiter), other.count_lines_with());
            let expected = "expected a delimiter in most lines or in none";
            let remedy = "; if the table has one column, give another delimiter by `Csv::delimiter`";
            Err(invalid_data(format!(
                "{expected}, found a {delimiter} in {lines} of the first {} lines{remedy}",
                other.widths.len()
            )))
        }
        (None, None) => Ok(if notation.has_decimal_comma { b';' } else { b',' }),
    }
}

#[cold]
fn ambiguous(one: u8, other: u8) -> io::Error {
    let (one, other) = (name(one), name(other));
    let expected = format!("expected one delimiter that fits the first lines, found two: {one} and {other}");
    invalid_data(format!("{expected}; give it by `Csv::delimiter`"))
}

/// Counts the fields of the first lines.
fn read_with(mut ahead: &[u8], is_whole: bool, format: Format, notation: Notation) -> io::Result<Candidate> {
    let mut fields = Fields::new(&mut ahead, format)?;
    let mut widths = Vec::new();
    let mut are_numbers: Vec<bool> = Vec::new();
    // An error, such as a missing quotation mark, ends the guess and comes again when the table is read.
    'lines: while let (true, Ok((line, _))) = (widths.len() < LINES, fields.next_line()) {
        match line {
            Line::End => break,
            Line::Empty => continue,
            Line::Fields => {}
        }
        let mut width = 0;
        loop {
            if fields.next_field().is_err() {
                break 'lines;
            }
            if !widths.is_empty() && format.delimiter == b' ' {
                let is_number =
                    notation.read(fields.field()) != Reading::Text || super::column::is_missing(fields.field());
                match are_numbers.get_mut(width) {
                    Some(are_numbers) => *are_numbers &= is_number,
                    None => are_numbers.push(is_number),
                }
            }
            width += 1;
            if fields.is_last {
                break;
            }
        }
        // The last line may be cut.
        if is_whole || !fields.ahead().0.is_empty() || widths.is_empty() {
            widths.push(width);
        }
    }
    if widths.is_empty() {
        widths.push(1);
    }
    let has_numbers = are_numbers.contains(&true);
    Ok(Candidate { delimiter: format.delimiter, widths, has_numbers })
}
