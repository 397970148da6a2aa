//! Tables of scores as text.

use crate::data::csv_field;
use std::fmt::{self, Write as _};

/// Formats a number with the digits that matter: four decimals, or an exponent if it is tiny or huge.
pub(super) fn number(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 || (1e-3..1e6).contains(&size) { format!("{value:.4}") } else { format!("{value:.3e}") }
}

/// Formats seconds: "0.123".
pub(super) fn seconds(value: f64) -> String {
    format!("{value:.3}")
}

/// Shortens a number to four digits that count; a text that is no such number is kept.
pub(super) fn shorten(text: &str) -> String {
    let is_decimal = text.contains(['.', 'e']);
    let rounded = text.parse().ok().filter(|_| is_decimal).map(|value: f64| format!("{value:.3e}"));
    let short = rounded.and_then(|rounded| rounded.parse().ok()).map(|value: f64| format!("{value:?}"));
    short.filter(|short| short.len() < text.len()).unwrap_or_else(|| text.to_owned())
}

/// Writes rows of cells, aligned to the right in columns of the width that they need. A row may be shorter than others,
/// and its last cell is then written as it is.
pub(super) fn write_table(to: &mut fmt::Formatter<'_>, rows: &[Vec<String>]) -> fmt::Result {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let is_free = |row: &Vec<String>, column: usize| row.len() < columns && column + 1 == row.len();
    let width = |column: usize| {
        let cells = rows.iter().filter(|row| !is_free(row, column)).filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<_> = (0..columns).map(width).collect();
    for (index, row) in rows.iter().enumerate() {
        let mut line = String::from(if index == 0 { "" } else { "\n" });
        for (column, cell) in row.iter().enumerate() {
            let gap = if column == 0 { "" } else { "  " };
            let width = if is_free(row, column) { 0 } else { widths[column] };
            let _ = write!(line, "{gap}{cell:>width$}");
        }
        to.write_str(line.trim_end_matches(' '))?;
    }
    Ok(())
}

/// Joins the cells of a line of comma-separated values, with quotes where they are needed.
pub(super) fn csv_line(cells: &[String]) -> String {
    cells.iter().map(|cell| csv_field(cell)).collect::<Vec<_>>().join(",") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_numbers_are_rounded_and_other_texts_are_kept() {
        let rounded = ["0.28367048233111564", "4.92853078427624e-5", "-123456.789", "0.7", "1e300", "1234567890"];
        assert_eq!(rounded.map(shorten), ["0.2837", "4.929e-5", "-123500.0", "0.7", "1e300", "1234567890"]);
        let texts = ["[8, 4]", "Momentum", "None", "\"e1.5000000\"", "inf", ""];
        assert_eq!(texts.map(shorten), texts);
    }

    #[test]
    fn scores_of_any_size_can_be_read() {
        assert_eq!(
            [0.95, 0.0, -1234.5, 1e-5, 2.5e7].map(number),
            ["0.9500", "0.0000", "-1234.5000", "1.000e-5", "2.500e7"]
        );
    }
}
