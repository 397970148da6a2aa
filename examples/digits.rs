//! Classifies handwritten digits, from file to confusion matrix.
//!
//! `cargo run --release --example digits`

#[path = "data/digits.rs"]
mod digits;

use feedforward::data::argmax;
use feedforward::error::Result;
use feedforward::metrics::{Accuracy, ConfusionMatrix, accuracy};
use feedforward::training::schedule::Exponential;
use feedforward::{CrossEntropy, EpochRecord, Identity, Momentum, Network, Relu, Trainer};
use std::ops::ControlFlow;

fn main() -> Result<()> {
    let digits = digits::load()?;
    let (train, test) = digits.split_stratified(0.8, 1)?;
    println!("{} digits to train on, {} to test on\n", train.len(), test.len());

    // Dropout and smoothed targets keep it from learning its 1,438 digits by heart.
    let hidden = Network::builder(64).dense(128, Relu).dropout(0.2).dense(64, Relu);
    let mut network = hidden.dense(10, Identity).seed(1).build()?;
    println!("{network}");
    println!("With smoothed targets the loss cannot fall below 0.50.");

    let line = |_: &Network<f32>, record: &EpochRecord| {
        let EpochRecord { epoch, training_loss, metrics, .. } = record;
        println!("epoch {epoch:2}: training loss {training_loss:.4}, test accuracy {:.2}%", 100.0 * metrics[0].1);
        ControlFlow::Continue(())
    };
    Trainer::new(20)
        .batch_size(32)
        .validation(&test)
        .schedule_epochs(Exponential::new(0.9)?)
        .metric(Accuracy)
        .observer(line)
        .fit(&mut network, &train, &CrossEntropy::default().smoothing(0.1), &mut Momentum::new(0.05, 0.9)?)?;

    let (predicted, actual) = (argmax(&network.predict(test.inputs())?)?, test.classes()?);
    println!("\n{}", ConfusionMatrix::new(&predicted, &actual, None)?);
    println!("{:.2}% of the digits it never saw are read correctly.", 100.0 * accuracy(&predicted, &actual, None)?);
    Ok(())
}
