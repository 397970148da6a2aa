//! Loads the iris flowers beside this file.

use feedforward::Table;
use feedforward::data::Csv;
use feedforward::error::Result;

/// The file numbers the species.
pub const SPECIES: [&str; 3] = ["setosa", "versicolor", "virginica"];

/// Returns 150 flowers: four lengths in cm, and the number of the species.
pub fn load() -> Result<Table> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/iris.csv");
    let names = ["sepal_length", "sepal_width", "petal_length", "petal_width", "species"];
    // The first line holds counts and the names of the species.
    Csv::new().skip_lines(1).without_header().names(&names).read_file(path)
}
