//! Defines a new loss: the pinball loss, whose minimum is a quantile, not the mean.
//!
//! `cargo run --release --example custom_loss`

use feedforward::error::Result;
use feedforward::training::schedule::Cosine;
use feedforward::{Adam, Dataset, Float, Identity, Loss, Network, Trainer, gradient_check};
use ndarray::Array2;
use rand::{Rng, SeedableRng};

/// Computes ℓ = Σ_k max(q d, (q - 1) d) with d = t - p. Its minimum is above a share q of the targets.
/// Koenker and Bassett 1978.
#[derive(Debug)]
struct Pinball(f64);

impl<F: Float> Loss<F> for Pinball {
    fn example(&self, prediction: &[F], target: &[F], gradient: &mut [F]) -> F {
        let (below, above) = (F::from_f64(self.0), F::from_f64(self.0 - 1.0));
        let mut sum = F::zero();
        for ((gradient, &p), &t) in gradient.iter_mut().zip(prediction).zip(target) {
            let slope = if t > p { below } else { above };
            sum += slope * (t - p);
            *gradient = -slope;
        }
        sum
    }
}

fn main() -> Result<()> {
    // y is anywhere between 0 and x.
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
    let inputs = Array2::from_shape_fn((2000, 1), |_| rng.random_range(0.0..1.0));
    let targets = inputs.mapv(|x| x * rng.random_range(0.0..1.0));
    let data = Dataset::new(inputs, targets)?;

    println!("targets anywhere between 0 and x: a share q of them is below q x");
    for quantile in [0.1, 0.5, 0.9] {
        let mut network = Network::<f64>::builder(1).dense(16, feedforward::Tanh).dense(1, Identity).seed(1).build()?;
        let few = data.select(&[0, 1, 2])?;
        let report = gradient_check(&network, few.inputs(), few.targets(), &Pinball(quantile))?;
        let mut trainer = Trainer::new(60).schedule_epochs(Cosine::new(60)?);
        trainer.fit(&mut network, &data, &Pinball(quantile), &mut Adam::new(0.01)?)?;
        let outputs = network.predict(data.inputs())?;
        let below = outputs.iter().zip(data.targets()).filter(|(p, t)| t < p).count() as f64 / data.len() as f64;
        let at_one = network.predict(&ndarray::array![[1.0]])?[[0, 0]];
        println!(
            "quantile {quantile}: {:.1}% of the targets are below the curve, which is {at_one:.2} at x = 1 (exactly \
             {quantile}); relative error of the derivatives {:.0e}",
            100.0 * below,
            report.worst_error(),
        );
    }
    Ok(())
}
