//! Defines a new activation: asinh, which grows without a bound, but more and more slowly.
//!
//! `cargo run --release --example custom_activation`

use feedforward::error::Result;
use feedforward::{Activation, Adam, Float, Identity, Mse, Network, gradient_check};
use ndarray::{Array2, s};

/// Computes f(z) = asinh(z) = ln(z + √(z² + 1)). Its derivative in terms of y = f(z): 1 / √(z² + 1) = 1 / cosh(y).
#[derive(Debug, Clone)]
struct Asinh;

impl<F: Float> Activation<F> for Asinh {
    fn activate(&self, values: &mut [F]) {
        values.iter_mut().for_each(|z| *z = z.asinh());
    }

    fn backpropagate(&self, _inputs: &[F], outputs: &[F], gradient: &mut [F]) {
        gradient.iter_mut().zip(outputs).for_each(|(gradient, y)| *gradient /= y.cosh());
    }
}

fn main() -> Result<()> {
    let inputs = Array2::from_shape_fn((61, 1), |(row, _)| row as f64 / 20.0);
    let targets = inputs.mapv(|x| x * x);
    let mut network = Network::builder(1).dense(16, Asinh).dense(1, Identity).seed(1).build()?;

    let (few_inputs, few_targets) = (inputs.slice(s![..;20, ..]), targets.slice(s![..;20, ..]));
    let report = gradient_check(&network, &few_inputs, &few_targets, &Mse)?;
    println!("Is the derivative of asinh right? {report}");
    println!("A relative error below 1e-6 says yes.\n");

    println!("learning y = x² from 61 points between 0 and 3:");
    let mut optimizer = Adam::new(0.01)?;
    for step in 0..=4000 {
        let loss = network.train_step(&inputs, &targets, &Mse, &mut optimizer)?;
        if step % 1000 == 0 {
            println!("step {step:4}: mean squared error {loss:.6}");
        }
    }
    for (x, y) in inputs.iter().zip(&network.predict(&inputs)?).step_by(20) {
        println!("x = {x}: the network says {y:.3}, x² is {}", x * x);
    }
    Ok(())
}
