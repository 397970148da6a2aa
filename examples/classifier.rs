//! Iris in two lines: fit and predict.
//!
//! `cargo run --release --example classifier`

use feedforward::data::Csv;
use feedforward::{Classifier, Result};

fn main() -> Result<()> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/iris.csv");
    let iris = Csv::new().read_file::<f64>(path)?; // the first line holds counts and names
    let species = ["setosa", "versicolor", "virginica"];
    let labels: Vec<&str> = iris.labels.iter().map(|label| species[label.parse().unwrap_or(0)]).collect();

    let model = Classifier::fit(&iris.inputs, &labels)?;
    println!("accuracy on the flowers it knows: {:.3}", model.score(&iris.inputs, &labels)?);

    let flowers = ndarray::array![[5.0, 3.4, 1.5, 0.2], [6.0, 2.8, 4.9, 1.6]];
    println!("labels:        {:?}", model.classes());
    println!("predictions:   {:?}", model.predict(&flowers)?);
    println!("probabilities:\n{:.3}", model.predict_proba(&flowers)?);
    println!("trained for {} epochs", model.history().len());
    Ok(())
}
