//! Loads the diabetes table beside this file.

use feedforward::Dataset;
use feedforward::data::{Csv, StandardScaler};
use feedforward::error::Result;

/// Returns 442 patients, every input and the target scaled to mean 0 and standard deviation 1.
pub fn load_scaled() -> Result<Dataset<f64>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/diabetes.csv");
    let table = Csv::new().read_file::<f64>(path)?;
    let (inputs, targets) = (StandardScaler::fit(&table.inputs)?, StandardScaler::fit(&table.targets()?)?);
    Dataset::new(inputs.transform(&table.inputs)?, targets.transform(&table.targets()?)?)
}
