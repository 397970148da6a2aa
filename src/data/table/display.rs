//! Tables as text.

use super::{Column, Entry, Kind, Table};
use std::fmt;

/// At most this number of rows is printed: the first half and the last half of them.
const MOST_ROWS: usize = 10;

/// At most this number of characters of a table is printed in a line.
const MOST_CHARACTERS: usize = 100;

/// At most this number of characters of a text is printed.
const LONGEST_TEXT: usize = 30;

/// Stands for what is left out.
const LEFT_OUT: &str = "...";

/// Writes the first and last rows and columns, with the number of each row, and how many there are.
impl fmt::Display for Table {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = ends(self.rows(), MOST_ROWS);
        let labels = rows.iter().map(|row| row.map_or(LEFT_OUT.to_owned(), |row| row.to_string()));
        let labels = [String::new()].into_iter().chain(labels).collect();
        let mut cells = vec![Cells { texts: labels, is_left: false }];
        // A column takes at least three characters: more of them fit nowhere.
        let columns = ends(self.columns().len(), MOST_CHARACTERS / 3);
        for column in columns {
            let Some(column) = column.map(|index| &self.columns()[index]) else {
                cells.push(Cells { texts: vec![LEFT_OUT.to_owned(); rows.len() + 1], is_left: false });
                continue;
            };
            let entries = rows.iter().map(|row| row.map_or(LEFT_OUT.to_owned(), |row| cell(column, row)));
            let texts = [shortened(column.name())].into_iter().chain(entries).collect();
            cells.push(Cells { texts, is_left: column.kind() == Kind::Text });
        }
        write_aligned(to, cells, MOST_CHARACTERS)?;
        write!(to, "[{} x {}]", count(self.rows(), "row"), count(self.columns().len(), "column"))
    }
}

/// A column of texts to print below each other.
pub(super) struct Cells {
    pub(super) texts: Vec<String>,
    /// Whether the texts start at the left, or end at the right.
    pub(super) is_left: bool,
}

impl Cells {
    fn width(&self) -> usize {
        self.texts.iter().map(|text| text.chars().count()).max().unwrap_or(0)
    }
}

/// Writes columns of texts beside each other; those in the middle are left out if lines have more than `most`
/// characters.
pub(super) fn write_aligned(to: &mut fmt::Formatter<'_>, mut cells: Vec<Cells>, most: usize) -> fmt::Result {
    let total = |cells: &[Cells]| cells.iter().map(|cells| cells.width() + 2).sum::<usize>() - 2;
    let rows = cells.first().map_or(0, |cells| cells.texts.len());
    while total(&cells) > most && cells.len() > 3 {
        let gap = cells.iter().position(|cells| cells.texts.iter().all(|text| text == LEFT_OUT));
        match gap {
            // The label stays, and as many columns before the gap as behind it.
            Some(gap) if gap - 1 > cells.len() - gap - 1 => drop(cells.remove(gap - 1)),
            Some(gap) if gap + 1 < cells.len() => drop(cells.remove(gap + 1)),
            Some(_) => break,
            None => {
                let middle = cells.len() / 2;
                cells[middle] = Cells { texts: vec![LEFT_OUT.to_owned(); rows], is_left: false };
            }
        }
    }
    for row in 0..rows {
        let mut line = String::new();
        for (index, cells) in cells.iter().enumerate() {
            let (text, width) = (&cells.texts[row], cells.width());
            let space = if index > 0 { "  " } else { "" };
            line += &if cells.is_left { format!("{space}{text:<width$}") } else { format!("{space}{text:>width$}") };
        }
        writeln!(to, "{}", line.trim_end())?;
    }
    Ok(())
}

/// Returns the indices of the first and last of `count` things, at most `most`, with nothing for those between.
fn ends(count: usize, most: usize) -> Vec<Option<usize>> {
    if count <= most {
        return (0..count).map(Some).collect();
    }
    let last = (count - most / 2..count).map(Some);
    (0..most - most / 2).map(Some).chain([None]).chain(last).collect()
}

fn cell(column: &Column, row: usize) -> String {
    match column.get(row) {
        Some(Entry::Number(value)) => number(value),
        Some(Entry::Text(text)) => shortened(text),
        Some(Entry::Missing) | None => "NA".to_owned(),
    }
}

/// Returns a number with six digits, as `%g` writes it in C.
pub(super) fn number(value: f64) -> String {
    let trimmed = |text: String| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    };
    if value == 0.0 {
        return "0".to_owned();
    }
    // Rounding may add a digit: 999999.5.
    let scientific = format!("{value:.5e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    match exponent.parse::<i32>() {
        Ok(exponent @ -5..=5) => trimmed(format!("{value:.0$}", (5 - exponent) as usize)),
        _ if value.fract() == 0.0 && value.abs() < 1e15 => value.to_string(),
        _ => format!("{}e{exponent}", trimmed(digits.to_owned())),
    }
}

/// Returns the first characters of a text, and no line end.
pub(super) fn shortened(text: &str) -> String {
    let mut characters = text.chars().map(|character| if character.is_control() { ' ' } else { character });
    let short: String = characters.by_ref().take(LONGEST_TEXT).collect();
    match characters.next() {
        None => short,
        Some(_) => short.chars().take(LONGEST_TEXT - LEFT_OUT.len()).chain(LEFT_OUT.chars()).collect(),
    }
}

fn count(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
