//! Predicting a number: how far a diabetes has progressed after a year, against always predicting the mean.
//!
//! `cargo run --release --example regression`

#[allow(dead_code)]
mod common;

use common::{Outcome, read_table, shuffled, split};
use feedforward::{Identity, Loss, Momentum, Mse, Network, Tanh};
use ndarray::{Array2, Axis, s};

fn main() -> Outcome<()> {
    let table = read_table(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/diabetes.csv"), true)?;
    let (train, test) = split(&table, 0.75, 1);

    // Every column to mean 0 and standard deviation 1, as measured on the training part alone.
    let mean = train.mean_axis(Axis(0)).ok_or("no rows")?;
    let deviation = train.std_axis(Axis(0), 0.0);
    let scale = |table: &Array2<f64>| (table - &mean) / &deviation;
    let parts = |table: &Array2<f64>| (table.slice(s![.., ..10]).to_owned(), table.slice(s![.., 10..]).to_owned());
    let (inputs, targets) = parts(&scale(&train));
    let (test_inputs, test_targets) = parts(&scale(&test));
    println!("{} patients to train on, {} to test on\n", inputs.nrows(), test_inputs.nrows());

    let mut network = Network::builder(10).dense(16, Tanh).dense(1, Identity).seed(1).build()?;
    let mut optimizer = Momentum::new(0.002, 0.9)?;
    for epoch in 1..=40 {
        for rows in shuffled(inputs.nrows(), epoch).chunks(16) {
            let (inputs, targets) = (inputs.select(Axis(0), rows), targets.select(Axis(0), rows));
            network.train_step(&inputs, &targets, &Mse, &mut optimizer)?;
        }
        if epoch % 10 == 0 {
            let loss = Mse.value(&network.predict(&inputs)?, &targets)?;
            println!("epoch {epoch}: mean squared error {loss:.4} (scaled) in training");
        }
    }

    // Back to the unit of the table; scaled, the mean of the training part is 0.
    let unit = deviation[10];
    let root = |loss: f64| unit * loss.sqrt();
    let network_error = root(Mse.value(&network.predict(&test_inputs)?, &test_targets)?);
    let mean_error = root(Mse.value(&Array2::zeros(test_targets.dim()), &test_targets)?);
    println!("\nroot mean squared error in the test: {network_error:.1}; of predicting the mean: {mean_error:.1}");
    Ok(())
}
