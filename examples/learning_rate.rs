//! Compares learning rates: one that is too high, one that is too low, a fixed one, and one that falls.
//!
//! `cargo run --release --example learning_rate`

#[path = "data/diabetes.rs"]
mod diabetes;

use feedforward::error::Result;
use feedforward::training::schedule::{Constant, Cosine, Schedule};
use feedforward::{Identity, Mse, Network, Sgd, Tanh, Trainer};

const EPOCHS: [usize; 7] = [1, 2, 5, 10, 20, 30, 40];

fn main() -> Result<()> {
    // The table compares how fast the loss falls on the examples it is trained on: that is what a rate decides.
    let (train, _) = diabetes::load_split_and_scaled(0.8)?;

    println!("mean squared error in training after some epochs, in batches of 8 (predicting the mean: 1)");
    println!("{:>23}   {}", "epoch", EPOCHS.map(|epoch| format!("{epoch:6}")).join(" "));
    for (name, rate, annealed) in
        [("too high", 0.3, false), ("too low", 0.0003, false), ("fixed", 0.1, false), ("annealed", 0.1, true)]
    {
        let schedule: Box<dyn Schedule> = if annealed { Box::new(Cosine::new(40)?) } else { Box::new(Constant) };
        let mut network = Network::builder(10).dense(16, Tanh).dense(1, Identity).seed(1).build()?;
        // Validated on the same data: the loss is that at the end of an epoch, not the mean over its steps.
        let mut trainer = Trainer::new(40).batch_size(8).validation(&train).schedule_epochs(schedule);
        let history = trainer.fit(&mut network, &train, &Mse, &mut Sgd::new(rate)?)?;
        let losses = history.epochs().iter().map(|record| record.validation_loss.unwrap_or(f64::NAN));
        let losses: Vec<_> = losses.map(|loss| format!("{loss:6.3}")).collect();
        println!("{name:>9} (from {rate:6}):  {}", EPOCHS.map(|epoch| &*losses[epoch - 1]).join(" "));
    }
    println!(
        "\nToo high jumps about, too low crawls. A fixed rate goes fast but never settles; annealed, it does both."
    );
    Ok(())
}
