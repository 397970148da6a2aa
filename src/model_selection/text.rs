//! Tables of scores as text.

use std::fmt::{self, Write as _};

/// Formats a number with the digits that matter: four decimals, or an exponent if it is tiny or huge.
pub(super) fn number(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 || (1e-3..1e6).contains(&size) { format!("{value:.4}") } else { format!("{value:.3e}") }
}

/// Formats seconds: "0.12".
pub(super) fn seconds(value: f64) -> String {
    format!("{value:.2}")
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
    let quoted = |cell: &String| {
        if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.clone() }
    };
    cells.iter().map(quoted).collect::<Vec<_>>().join(",") + "\n"
}
