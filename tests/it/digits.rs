//! The main job on real data: a small network reads handwritten digits it has never seen.
#![cfg(all(feature = "csv", feature = "gzip"))]

use feedforward::data::{Csv, argmax};
use feedforward::error::Result;
use feedforward::metrics::accuracy;
use feedforward::training::schedule::Exponential;
use feedforward::*;

/// The network of the example `digits`, half as long, on a split and a start of this seed: its accuracy on the digits
/// held back.
fn held_back(seed: u64) -> Result<f64> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/digits.csv.gz");
    let table = Csv::new().without_header().read_file(path)?;
    let (pixels, labels) = (table.drop(&["column_65"])?, table.select(&["column_65"])?);
    let digits = Dataset::new(pixels.to_array::<f32>()? / 16.0, labels.to_array()?)?;
    let (train, test) = digits.split_stratified(0.8, seed)?;
    let hidden = Network::builder(64).dense(128, Relu).dropout(0.2).dense(64, Relu);
    let mut network = hidden.dense(10, Identity).seed(seed).build()?;
    let mut optimizer = Momentum::new(0.05, 0.9)?;
    let mut trainer = Trainer::new(10).batch_size(32).seed(seed).schedule_epochs(Exponential::new(0.8)?);
    trainer.fit(&mut network, &train, &CrossEntropy::default().smoothing(0.1), &mut optimizer)?;
    accuracy(&argmax(&network.predict(test.inputs())?)?, &test.classes()?, None)
}

#[test]
fn held_back_digits_are_read_with_97_percent_accuracy() {
    let found: Vec<f64> = (1..=3).map(|seed| held_back(seed).unwrap()).collect();
    assert!(found.iter().sum::<f64>() / 3.0 >= 0.97, "{found:?}");
    assert!(found.iter().all(|&accuracy| accuracy > 0.95), "{found:?}");
}
