//! Handwritten digits, from file to confusion matrix.
//!
//! `cargo run --release --example digits`

#[allow(dead_code)]
mod common;

use common::{Outcome, accuracy, largest, read_table, shuffled, split};
use feedforward::{CrossEntropy, Identity, Momentum, Network, Optimizer, Relu};
use ndarray::{Array2, Axis, s};

fn main() -> Outcome<()> {
    let table = read_table(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/digits.csv.gz"), false)?;
    let (train, test) = split(&table.mapv(|value| value as f32), 0.8, 1);
    let pixels = |table: &Array2<f32>| table.slice(s![.., ..64]).mapv(|value| value / 16.0);
    let digits = |table: &Array2<f32>| table.slice(s![.., 64..]).to_owned();
    let (inputs, targets) = (pixels(&train), digits(&train));
    let (test_inputs, test_targets) = (pixels(&test), digits(&test));
    println!("{} digits to train on, {} to test on\n", inputs.nrows(), test_inputs.nrows());

    let mut network = Network::builder(64).dense(64, Relu).dense(32, Relu).dense(10, Identity).seed(1).build()?;
    println!("{network}");

    let loss = CrossEntropy::default();
    let mut optimizer = Momentum::new(0.05, 0.9)?;
    for epoch in 1..=20 {
        let mut sum = 0.0;
        let order = shuffled(inputs.nrows(), epoch);
        for rows in order.chunks(32) {
            let (inputs, targets) = (inputs.select(Axis(0), rows), targets.select(Axis(0), rows));
            sum += network.train_step(&inputs, &targets, &loss, &mut optimizer)? * rows.len() as f32;
        }
        let (seen, unseen) = (network.predict(&inputs)?, network.predict(&test_inputs)?);
        println!(
            "epoch {epoch:2}: loss {:.4}, accuracy {:.2}% in training, {:.2}% in the test",
            sum / inputs.nrows() as f32,
            100.0 * accuracy(&seen, &targets),
            100.0 * accuracy(&unseen, &test_targets),
        );
        optimizer.set_learning_rate(0.9 * optimizer.learning_rate())?;
    }

    let mut confusion = Array2::<usize>::zeros((10, 10));
    for (class, &target) in largest(&network.predict(&test_inputs)?).into_iter().zip(&test_targets) {
        confusion[[target as usize, class]] += 1;
    }
    println!("\ntest digits: a row for each digit, a column for what the network took it for\n{confusion:3}");
    Ok(())
}
