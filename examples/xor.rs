//! Solves the smallest problem that needs a hidden layer: exclusive or.
//!
//! `cargo run --release --example xor`

use feedforward::{Momentum, Mse, Network, Sigmoid};
use ndarray::array;

fn main() -> feedforward::error::Result<()> {
    let inputs = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    let targets = array![[0.0], [1.0], [1.0], [0.0]];

    let mut network = Network::<f64>::builder(2).dense(4, Sigmoid).dense(1, Sigmoid).seed(1).build()?;
    println!("{network}");

    let mut optimizer = Momentum::new(1.0, 0.9)?;
    for step in 0..=2000 {
        let loss = network.train_step(&inputs, &targets, &Mse, &mut optimizer)?;
        if step % 250 == 0 {
            println!("step {step:4}: mean squared error {loss:.6}");
        }
    }

    println!("\n a b | a xor b | network");
    let outputs = network.predict(&inputs)?;
    for ((input, target), output) in inputs.rows().into_iter().zip(&targets).zip(&outputs) {
        println!(" {} {} |       {target} | {output:.3}", input[0], input[1]);
    }
    Ok(())
}
