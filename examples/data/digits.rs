//! Loads the handwritten digits beside this file.

use feedforward::Dataset;
use feedforward::data::Csv;
use feedforward::error::Result;

/// Returns the 1,797 digits: 64 pixels from 0 to 1, and the digit as a class.
pub fn load() -> Result<Dataset<f32>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/digits.csv.gz");
    let table = Csv::new().without_header().read_file(path)?;
    let (pixels, digits) = (table.drop(&["column_65"])?, table.select(&["column_65"])?);
    Dataset::new(pixels.to_array()? / 16.0, digits.to_array()?)
}
