//! Fits a classifier to four fifths of the iris flowers, and predicts the others.
//!
//! `cargo run --release --example classifier`

#[path = "data/iris.rs"]
mod iris;

use feedforward::error::Result;
use feedforward::{Classifier, Dataset};

/// Returns the names of the species: labels can be anything.
fn names(flowers: &Dataset<f64>) -> Result<Vec<&'static str>> {
    Ok(flowers.classes()?.into_iter().map(|class| iris::SPECIES[class]).collect())
}

fn main() -> Result<()> {
    let table = iris::load()?;
    let (lengths, species) = (table.drop(&["species"])?, table.select(&["species"])?);
    let (train, test) = Dataset::new(lengths.to_array()?, species.to_array()?)?.split_stratified(0.8, 1)?;

    let model = Classifier::fit(train.inputs(), &names(&train)?)?;
    println!(
        "accuracy on {} flowers it has learned from: {:.3}",
        train.len(),
        model.score(train.inputs(), &names(&train)?)?
    );
    println!(
        "accuracy on {} other flowers, which counts:  {:.3}",
        test.len(),
        model.score(test.inputs(), &names(&test)?)?
    );

    let flowers = ndarray::array![[5.0, 3.4, 1.5, 0.2], [6.0, 2.8, 4.9, 1.6]];
    println!("\ntwo more flowers:\n{flowers}");
    println!("are taken for: {:?}", model.predict(&flowers)?);
    println!("probabilities of {:?}:\n{:.3}", model.classes(), model.predict_proba(&flowers)?);
    println!("\ntrained for {} epochs", model.history().len());
    Ok(())
}
