//! Defines a new optimizer: Lion, which keeps only the sign of a momentum, and compares it with Adam on the digits.
//!
//! `cargo run --release --example custom_optimizer`

#[path = "data/digits.rs"]
mod digits;

use feedforward::error::{Error, Result};
use feedforward::parameter::Update;
use feedforward::{Adam, CrossEntropy, Float, Identity, Network, Optimizer, Parameter, Relu, Trainer};

/// Steps w -= η sign(β₁ m + (1 - β₁) g), then m = β₂ m + (1 - β₂) g. Chen et al. 2023.
#[derive(Debug)]
struct Lion {
    learning_rate: f64,
}

impl<F: Float> Optimizer<F> for Lion {
    fn step(&mut self, parameter: &mut Parameter<F>) {
        let rate = F::from_f64(self.learning_rate);
        let [beta1, rest1, beta2, rest2] = [0.9, 0.1, 0.99, 0.01].map(F::from_f64);
        parameter.step("Lion", |Update { value, gradient, slots: [mean], .. }: Update<'_, F, 1>| {
            for ((w, &g), m) in value.iter_mut().zip(gradient).zip(mean) {
                *w -= rate * (beta1 * *m + rest1 * g).signum();
                *m = beta2 * *m + rest2 * g;
            }
        });
    }

    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    fn set_learning_rate(&mut self, rate: f64) -> Result<()> {
        if !(rate.is_finite() && rate >= 0.0) {
            let (operation, name, expected) = ("Lion", "learning_rate", "a finite number >= 0");
            return Err(Error::Hyperparameter { operation, name, expected, found: rate });
        }
        self.learning_rate = rate;
        Ok(())
    }
}

fn main() -> Result<()> {
    let digits = digits::load()?;
    let rules: [(&str, Box<dyn Optimizer<f32>>); 2] =
        [("Lion", Box::new(Lion { learning_rate: 0.001 })), ("Adam", Box::new(Adam::new(0.001)?))];
    println!("training loss on the digits by epoch, 1 to 10");
    for (name, mut rule) in rules {
        let mut network = Network::builder(64).dense(64, Relu).dense(10, Identity).seed(1).build()?;
        let history = Trainer::new(10).fit(&mut network, &digits, &CrossEntropy::default(), &mut *rule)?;
        let losses: Vec<_> = history.epochs().iter().map(|record| format!("{:.3}", record.training_loss)).collect();
        println!("{name}: {}", losses.join(" "));
    }
    Ok(())
}
