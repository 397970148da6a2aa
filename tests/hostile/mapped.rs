//! Files that are not read as a whole, beside those that are: what one way gives, the other one gives too.

use feedforward::Float;
use feedforward::data::{Batch, Csv, Examples, Kind, Mapped, read_idx, read_npy};
use std::path::Path;

/// Reads a file in both ways, if its format has two; panics where they differ.
pub fn compare<F: Float>(format: &str, path: &Path) {
    match format {
        "csv" => convert::<F>(path),
        "idx" | "npy" => map::<F>(format, path),
        _ => {}
    }
}

fn map<F: Float>(format: &str, path: &Path) {
    let read = if format == "idx" { read_idx::<F>(path) } else { read_npy::<F>(path) };
    let mapped = Mapped::<F>::new(path, path).and_then(|examples| {
        let mut batch = Batch::default();
        examples.gather(&(0..examples.len()).collect::<Vec<_>>(), &mut batch)?;
        Ok(batch.inputs().to_owned())
    });
    match (read, mapped) {
        (Ok(read), Ok(mapped)) => assert!(read == mapped, "other numbers"),
        (Ok(_), Err(error)) => assert!(error.to_string().contains("Fortran order"), "{error}"),
        (Err(error), Ok(_)) => panic!("mapped, although {error}"),
        (Err(_), Err(_)) => {}
    }
}

/// Converts the columns of numbers in which nothing is missing.
fn convert<F: Float>(path: &Path) {
    let Ok(table) = Csv::new().read_file(path) else { return };
    let is_whole = |column: &&feedforward::data::Column| column.kind() == Kind::Number && column.count_missing() == 0;
    let names: Vec<_> = table.columns().iter().filter(is_whole).map(|column| column.name()).collect();
    let Some(expected) = table.select(&names).ok().and_then(|table| table.to_array::<F>().ok()) else { return };
    let to = path.with_extension("converted.npy");
    let rows = Csv::new().to_npy::<F>(path, &[(&to, &names)]).unwrap();
    assert_eq!(rows, table.rows());
    assert!(read_npy::<F>(&to).unwrap() == expected, "other numbers");
    std::fs::remove_file(&to).ok();
}
