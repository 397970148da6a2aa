//! Loads the diabetes table beside this file.

use feedforward::data::StandardScaler;
use feedforward::error::Result;
use feedforward::{Dataset, Table};

/// Returns 442 patients in two parts, to train on and to validate with, this share of them in the first.
///
/// Every input and the target are scaled so that the training part has mean 0 and standard deviation 1. Mean and
/// deviation are measured there alone: the validation part plays the patients that nobody has seen.
pub fn load_split_and_scaled(share: f64) -> Result<(Dataset<f64>, Dataset<f64>)> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/diabetes.csv");
    let table = Table::read_csv(path)?;
    let (inputs, target) = (table.drop(&["target"])?, table.select(&["target"])?);
    let (train, validation) = Dataset::new(inputs.to_array()?, target.to_array()?)?.split(share, 1)?;
    let (inputs, targets) = (StandardScaler::fit(train.inputs())?, StandardScaler::fit(train.targets())?);
    let scale =
        |part: &Dataset<f64>| Dataset::new(inputs.transform(part.inputs())?, targets.transform(part.targets())?);
    Ok((scale(&train)?, scale(&validation)?))
}
