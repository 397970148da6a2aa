//! Shows why weights start random: from zero, all hidden neurons stay the same neuron.
//!
//! `cargo run --release --example symmetry`

use feedforward::error::Result;
use feedforward::{Initializer, Momentum, Mse, Network, Sigmoid};
use ndarray::array;

fn main() -> Result<()> {
    let inputs = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    let targets = array![[0.0], [1.0], [1.0], [0.0]];

    for (start, initializer) in [
        ("every weight 0", Initializer::Constant(0.0)),
        ("every weight 0.5", Initializer::Constant(0.5)),
        ("random weights", Initializer::Normal { deviation: 1.0 }),
    ] {
        let builder = Network::<f64>::builder(2).dense_with(4, Sigmoid, initializer);
        let mut network = builder.dense_with(1, Sigmoid, initializer).seed(1).build()?;
        let mut optimizer = Momentum::new(1.0, 0.9)?;
        let mut loss = 0.0;
        for _ in 0..3000 {
            loss = network.train_step(&inputs, &targets, &Mse, &mut optimizer)?;
        }
        println!("from {start}, after 3000 steps on XOR: mean squared error {loss:.4}");
        println!("weights into the four hidden neurons, one column each:");
        println!("{:8.4}\n", network.layers()[0].parameters()[0].value());
    }
    println!("Neurons that start alike get the same gradient, so they move alike and stay copies of one neuron.");
    println!("One neuron cannot do XOR: its best is 0 for the input (0, 0) and 2/3 for the others, an error of 1/6.");
    println!("From 0 it does not even get there, as all gradients of XOR cancel: 0.5 everywhere, an error of 1/4.");
    Ok(())
}
