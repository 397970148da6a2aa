//! Trains with a rare class: without weights the network ignores most of it, with balanced weights it finds most of it.
//!
//! `cargo run --release --example class_weights`

use feedforward::data::argmax;
use feedforward::error::Result;
use feedforward::metrics::{ConfusionMatrix, accuracy};
use feedforward::{Adam, CrossEntropy, Dataset, Identity, Network, Relu, Trainer};
use ndarray::Array2;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// Returns points around (0, 0), and every 25th around (1.5, 1.5): the two clouds overlap.
fn points(count: usize, seed: u64) -> Result<Dataset<f64>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let classes = Array2::from_shape_fn((count, 1), |(row, _)| f64::from(row % 25 == 0));
    let inputs = Array2::from_shape_fn((count, 2), |(row, _)| {
        let noise: f64 = StandardNormal.sample(&mut rng);
        1.5 * classes[[row, 0]] + noise
    });
    Dataset::new(inputs, classes)
}

fn main() -> Result<()> {
    let (train, test) = (points(5000, 1)?, points(5000, 2)?);
    println!("One of 25 points is of the rare class; the two classes overlap.");
    for (name, train) in [("without weights", train.clone()), ("with balanced classes", train.with_balanced_classes()?)]
    {
        let mut network = Network::builder(2).dense(16, Relu).dense(2, Identity).seed(1).build()?;
        Trainer::new(20).fit(&mut network, &train, &CrossEntropy::default(), &mut Adam::new(0.003)?)?;

        let (predicted, actual) = (argmax(&network.predict(test.inputs())?)?, test.classes()?);
        let counts = ConfusionMatrix::new(&predicted, &actual, None)?.counts().to_owned();
        let (found, missed, false_alarms) = (counts[[1, 1]], counts[[1, 0]], counts[[0, 1]]);
        println!("\n{name}:");
        println!("  accuracy                  {:5.1}%", 100.0 * accuracy(&predicted, &actual, None)?);
        println!(
            "  recall of the rare class  {:5.1}%: {found} of {} found",
            100.0 * found / (found + missed),
            found + missed
        );
        println!("  false alarms              {false_alarms:5}");
    }
    println!("\nAccuracy alone misleads here: always saying \"common\" would be right in 96% of the cases.");
    println!("The weights trade false alarms for rare points found; they make no classifier better at both.");
    Ok(())
}
