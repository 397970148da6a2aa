//! Checks the derivatives of a network with numeric slopes.
//!
//! `cargo run --release --example gradient_check`

use feedforward::error::Result;
use feedforward::{CrossEntropy, Gelu, Identity, Layer, Network, Relu, Tanh, gradient_check};
use ndarray::{ArrayRef2, array};

/// Computes y = x², with a derivative that lacks the factor 2.
#[derive(Debug, Clone)]
struct WrongSquare(usize);

impl Layer<f64> for WrongSquare {
    fn input_size(&self) -> usize {
        self.0
    }
    fn output_size(&self) -> usize {
        self.0
    }
    fn infer(&self, input: &ArrayRef2<f64>, output: &mut ArrayRef2<f64>) {
        output.assign(&(input * input));
    }
    fn backward(
        &mut self,
        input: &ArrayRef2<f64>,
        _output: &ArrayRef2<f64>,
        output_gradient: &mut ArrayRef2<f64>,
        input_gradient: Option<&mut ArrayRef2<f64>>,
    ) {
        if let Some(input_gradient) = input_gradient {
            input_gradient.assign(&(input * &*output_gradient));
        }
    }
}

fn main() -> Result<()> {
    let inputs = array![[0.5, -1.0, 0.2], [1.5, 0.3, -0.7], [-0.4, 0.8, 1.1]];
    let targets = array![[0.0], [1.0], [1.0]]; // classes
    let loss = CrossEntropy::default();

    let right = Network::builder(3).dense(8, Relu).dense(6, Identity).activation(Gelu::Exact);
    let right = right.batch_norm().dense(4, Tanh).dense(2, Identity).seed(1).build()?;
    println!("A network whose derivatives are right:\n\n{right}");
    println!("{}\n", gradient_check(&right, &inputs, &targets, &loss)?);

    let wrong = Network::builder(3).dense(4, Tanh).layer(|inputs, _| Ok(WrongSquare(inputs))).dense(2, Identity);
    let wrong = wrong.seed(1).build()?;
    println!("A network whose layer 1 has a wrong derivative:\n\n{wrong}");
    println!("{}", gradient_check(&wrong, &inputs, &targets, &loss)?);
    println!(
        "\nA relative error below 1e-6 is right, one above 1e-3 is wrong. A wrong layer spoils its own derivatives and"
    );
    println!("those of everything before it, down to the inputs; what comes after it stays right.");
    Ok(())
}
