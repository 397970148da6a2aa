//! Fits a classifier to four fifths of the iris flowers, and predicts the others.
//!
//! `cargo run --release --example classifier`

use feedforward::data::Csv;
use feedforward::error::Result;
use feedforward::{Classifier, Dataset};

/// The file numbers the species: names show that labels can be anything.
const SPECIES: [&str; 3] = ["setosa", "versicolor", "virginica"];

fn names(flowers: &Dataset<f64>) -> Result<Vec<&'static str>> {
    Ok(flowers.classes()?.into_iter().map(|class| SPECIES[class]).collect())
}

fn main() -> Result<()> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/iris.csv");
    let iris = Csv::new().read_file::<f64>(path)?;
    let (train, test) = Dataset::new(iris.inputs.clone(), iris.targets()?)?.split_stratified(0.8, 1)?;

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
