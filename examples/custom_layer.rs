//! Defines a new layer that owns another layer: y = x + strength · tanh(x·W + b), where the strength starts at 0.
//!
//! `cargo run --release --example custom_layer`

use feedforward::error::Result;
use feedforward::{
    Dense, Float, Identity, Initializer, Layer, Momentum, Mse, Network, Parameter, Tanh, gradient_check,
};
use ndarray::{Array2, ArrayRef2};

/// Computes y = x + strength · inner(x): each block starts as the identity and learns how much it changes.
/// Bachlechner et al. 2020.
#[derive(Debug, Clone)]
struct ReZero<F> {
    inner: Dense<F, Tanh>,
    strength: Parameter<F>,
    /// Output of the inner layer in the last forward pass, which the derivative needs.
    inner_output: Array2<F>,
}

impl<F: Float> ReZero<F> {
    fn strength(&self) -> F {
        self.strength.values()[0]
    }
}

impl<F: Float> Layer<F> for ReZero<F> {
    fn input_size(&self) -> usize {
        self.inner.input_size()
    }

    fn output_size(&self) -> usize {
        self.inner.output_size()
    }

    fn infer(&self, input: &ArrayRef2<F>, output: &mut ArrayRef2<F>) {
        self.inner.infer(input, output);
        output.zip_mut_with(input, |y, &x| *y = x + self.strength() * *y);
    }

    fn forward(&mut self, input: &ArrayRef2<F>, output: &mut ArrayRef2<F>) {
        self.inner.forward(input, output);
        self.inner_output = output.to_owned();
        output.zip_mut_with(input, |y, &x| *y = x + self.strength() * *y);
    }

    fn backward(
        &mut self,
        input: &ArrayRef2<F>,
        _output: &ArrayRef2<F>,
        output_gradient: &mut ArrayRef2<F>,
        input_gradient: Option<&mut ArrayRef2<F>>,
    ) {
        // dL/dstrength = the sum of dL/dy · inner(x); the inner layer gets strength · dL/dy.
        let product = output_gradient.iter().zip(&self.inner_output).map(|(&gradient, &y)| gradient * y).sum();
        let strength = self.strength();
        let mut inner_gradient = output_gradient.mapv(|gradient| strength * gradient);
        self.strength.gradients_mut()[0] = product;
        match input_gradient {
            None => self.inner.backward(input, &self.inner_output, &mut inner_gradient, None),
            Some(input_gradient) => {
                self.inner.backward(input, &self.inner_output, &mut inner_gradient, Some(&mut *input_gradient));
                *input_gradient += &*output_gradient;
            }
        }
    }

    fn visit<'a>(&'a self, visitor: &mut dyn FnMut(&'a Parameter<F>)) {
        self.inner.visit(visitor);
        visitor(&self.strength);
    }

    fn visit_mut<'a>(&'a mut self, visitor: &mut dyn FnMut(&'a mut Parameter<F>)) {
        self.inner.visit_mut(visitor);
        visitor(&mut self.strength);
    }

    fn rows_are_independent(&self) -> bool {
        true
    }
}

fn main() -> Result<()> {
    let mut builder = Network::<f64>::builder(1).dense(8, Tanh);
    for _ in 0..3 {
        builder = builder.layer(|inputs, rng| {
            let inner = Dense::new(inputs, inputs, Tanh, Initializer::GlorotUniform, rng)?;
            let strength = Parameter::weight(Array2::zeros((1, 1)));
            Ok(ReZero { inner, strength, inner_output: Array2::zeros((0, 0)) })
        });
    }
    let mut network = builder.dense(1, Identity).seed(1).build()?;
    println!("{network}");

    let inputs = Array2::from_shape_fn((64, 1), |(row, _)| row as f64 / 32.0 - 1.0);
    let targets = inputs.mapv(|x| (3.0 * x).sin());
    println!("learning sin(3x) from 64 points:");
    let mut optimizer = Momentum::new(0.02, 0.9)?;
    for step in 0..=2000 {
        let loss = network.train_step(&inputs, &targets, &Mse, &mut optimizer)?;
        if step % 400 == 0 {
            println!("step {step:4}: mean squared error {loss:.6}");
        }
    }
    println!("\nIs its derivative right? {}", gradient_check(&network, &inputs, &targets, &Mse)?);
    Ok(())
}
