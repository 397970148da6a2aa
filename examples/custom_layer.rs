//! A layer of one's own: a residual connection around a dense layer, y = x + tanh(x·W + b).
//!
//! `cargo run --release --example custom_layer`

use feedforward::{Dense, Float, Initializer, Layer, Momentum, Mse, Network, Parameter, Result, Tanh, gradient_check};
use ndarray::{Array2, ArrayRef2};

/// y = x + inner(x): what the inner layer learns is a correction.
#[derive(Debug, Clone)]
struct Residual<F> {
    inner: Dense<F, Tanh>,
    /// What the inner layer put out, which its derivative needs.
    inner_output: Array2<F>,
}

impl<F: Float> Layer<F> for Residual<F> {
    fn input_size(&self) -> usize {
        self.inner.input_size()
    }

    fn output_size(&self) -> usize {
        self.inner.output_size()
    }

    fn infer(&self, input: &ArrayRef2<F>, output: &mut ArrayRef2<F>) {
        self.inner.infer(input, output);
        *output += input;
    }

    fn forward(&mut self, input: &ArrayRef2<F>, output: &mut ArrayRef2<F>) {
        self.inner.infer(input, output);
        self.inner_output = output.to_owned();
        *output += input;
    }

    fn backward(
        &mut self,
        input: &ArrayRef2<F>,
        _output: &ArrayRef2<F>,
        output_gradient: &mut ArrayRef2<F>,
        input_gradient: Option<&mut ArrayRef2<F>>,
    ) {
        match input_gradient {
            None => self.inner.backward(input, &self.inner_output, output_gradient, None),
            Some(input_gradient) => {
                let direct = output_gradient.to_owned();
                self.inner.backward(input, &self.inner_output, output_gradient, Some(&mut *input_gradient));
                *input_gradient += &*direct;
            }
        }
    }

    fn parameters(&self) -> &[Parameter<F>] {
        self.inner.parameters()
    }

    fn parameters_mut(&mut self) -> &mut [Parameter<F>] {
        self.inner.parameters_mut()
    }
}

fn main() -> Result<()> {
    let mut builder = Network::<f64>::builder(1).dense(8, Tanh);
    for _ in 0..3 {
        builder = builder.layer(|inputs, rng| {
            let inner = Dense::new(inputs, inputs, Tanh, Initializer::GlorotUniform, rng)?;
            Ok(Residual { inner, inner_output: Array2::zeros((0, 0)) })
        });
    }
    let mut network = builder.dense(1, feedforward::Identity).seed(1).build()?;
    println!("{network}");

    let inputs = Array2::from_shape_fn((64, 1), |(row, _)| row as f64 / 32.0 - 1.0);
    let targets = inputs.mapv(|x| (3.0 * x).sin());
    println!("Is its derivative right? {}\n", gradient_check(&network, &inputs, &targets, &Mse)?);

    println!("learning sin(3x) from 64 points:");
    let mut optimizer = Momentum::new(0.02, 0.9)?;
    for step in 0..=2000 {
        let loss = network.train_step(&inputs, &targets, &Mse, &mut optimizer)?;
        if step % 400 == 0 {
            println!("step {step:4}: mean squared error {loss:.6}");
        }
    }
    Ok(())
}
