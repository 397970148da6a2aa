//! Defines a new hook: noise on the gradients, which leads out of a start where all hidden neurons are alike.
//!
//! `cargo run --release --example custom_hook`

use feedforward::error::Result;
use feedforward::training::hook::Hook;
use feedforward::{Dataset, Float, Initializer, Momentum, Mse, Network, Sigmoid, Trainer};
use ndarray::array;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// Adds noise to the gradients, g += N(0, η / (1 + t)^0.55) in step t: much at first, less and less later.
/// Neelakantan et al. 2015.
#[derive(Debug)]
struct GradientNoise {
    variance: f64,
    step: i32,
    rng: ChaCha8Rng,
}

impl<F: Float> Hook<F> for GradientNoise {
    // The trainer calls it when the gradients are known and no weight has moved yet.
    fn after_backward(&mut self, network: &mut Network<F>) -> Result<F> {
        let deviation = (self.variance / f64::from(1 + self.step).powf(0.55)).sqrt();
        for parameter in network.parameters_mut() {
            for gradient in parameter.gradients_mut() {
                let noise: f64 = StandardNormal.sample(&mut self.rng);
                *gradient += F::from_f64(deviation * noise);
            }
        }
        self.step += 1;
        // Noise adds nothing to the loss; a penalty would return its value here.
        Ok(F::zero())
    }
}

fn main() -> Result<()> {
    let inputs = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    let xor = Dataset::new(inputs, array![[0.0], [1.0], [1.0], [0.0]])?;
    let alike = Initializer::Constant(0.5);
    let start = Network::<f64>::builder(2).dense_with(4, Sigmoid, alike).dense_with(1, Sigmoid, alike).build()?;

    println!("XOR, from a start where every weight is 0.5:");
    for noisy in [false, true] {
        let mut network = start.clone();
        let mut trainer = Trainer::new(3000);
        if noisy {
            trainer = trainer.hook(GradientNoise { variance: 1e-4, step: 0, rng: ChaCha8Rng::seed_from_u64(1) });
        }
        let history = trainer.fit(&mut network, &xor, &Mse, &mut Momentum::new(1.0, 0.9)?)?;
        let loss = history.last().map_or(f64::NAN, |record| record.training_loss);
        let name = if noisy { "with noise on the gradients" } else { "without a hook" };
        println!("\n{name}: mean squared error {loss:.4}; weights into the four hidden neurons, one column each:");
        println!("{:8.4}", network.layers()[0].parameters()[0].value());
    }
    println!(
        "\nNeurons that are alike get the same gradient and stay alike. A little noise makes them differ, and then"
    );
    println!("each learns something of its own.");
    Ok(())
}
