//! Fits a classifier to iris and predicts.
//!
//! `cargo run --release --example classifier`

use feedforward::Classifier;
use feedforward::data::Csv;
use feedforward::error::Result;

fn main() -> Result<()> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/iris.csv");
    let iris = Csv::new().read_file::<f64>(path)?;
    // The file numbers the species: names show that labels can be anything.
    let species = ["setosa", "versicolor", "virginica"];
    let labels: Vec<&str> = iris.labels.iter().map(|label| species[label.parse().unwrap_or(0)]).collect();

    let model = Classifier::fit(&iris.inputs, &labels)?;
    println!("accuracy on the flowers it knows: {:.3}", model.score(&iris.inputs, &labels)?);

    let flowers = ndarray::array![[5.0, 3.4, 1.5, 0.2], [6.0, 2.8, 4.9, 1.6]];
    println!("\ntwo flowers it does not know:\n{flowers}");
    println!("are taken for: {:?}", model.predict(&flowers)?);
    println!("probabilities of {:?}:\n{:.3}", model.classes(), model.predict_proba(&flowers)?);
    println!("\ntrained for {} epochs", model.history().len());
    Ok(())
}
