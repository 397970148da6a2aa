//! Cross-validates by hand: trains five networks, each tested on the fifth of the digits that it has not seen.
//!
//! `cargo run --release --example cross_validation`

#[path = "data/digits.rs"]
mod digits;

use feedforward::data::{argmax, k_fold};
use feedforward::error::Result;
use feedforward::metrics::accuracy;
use feedforward::{Adam, CrossEntropy, Identity, Network, Relu, Trainer};

fn main() -> Result<()> {
    let digits = digits::load()?;
    let mut scores = Vec::new();
    for (fold, (train, test)) in k_fold(digits.len(), 5, 1)?.into_iter().enumerate() {
        let (train, test) = (digits.select(&train)?, digits.select(&test)?);
        // A new network and a new optimizer each time: no trace of the digits that it is tested on may remain.
        let mut network = Network::builder(64).dense(32, Relu).dense(10, Identity).seed(1).build()?;
        Trainer::new(15).fit(&mut network, &train, &CrossEntropy::default(), &mut Adam::new(0.003)?)?;
        let score = accuracy(&argmax(&network.predict(test.inputs())?)?, &test.classes()?, None)?;
        println!("fold {fold}: trained on {}, tested on {}: accuracy {score:.4}", train.len(), test.len());
        scores.push(score);
    }

    let count = scores.len() as f64;
    let mean = scores.iter().sum::<f64>() / count;
    // The deviation of a sample: one degree of freedom went into the mean.
    let deviation = (scores.iter().map(|score| (score - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt();
    println!("\nmean accuracy {mean:.4}, standard deviation {deviation:.4} over the folds");
    println!("A single split would have shown one of these five numbers, and not how far they are apart.");
    Ok(())
}
