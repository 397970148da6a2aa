//! Stops training when the validation loss no longer improves, and restores the best weights.
//!
//! `cargo run --release --example early_stopping`

#[path = "data/diabetes.rs"]
mod diabetes;

use feedforward::error::Result;
use feedforward::{Adam, EarlyStopping, Identity, Loss, Mse, Network, Relu, Trainer};

fn main() -> Result<()> {
    let (train, validation) = diabetes::load_split_and_scaled(0.7)?;

    let mut network = Network::builder(10).dense(64, Relu).dense(1, Identity).seed(1).build()?;
    let history = Trainer::new(200)
        .validation(&validation)
        .early_stopping(EarlyStopping::new(8)?.min_delta(1e-4))
        .fit(&mut network, &train, &Mse, &mut Adam::new(0.003)?)?;

    println!("epoch  training  validation");
    for record in history.epochs() {
        let best = if Some(record.epoch) == history.best_epoch() { "  <- best" } else { "" };
        let validation_loss = record.validation_loss.unwrap_or(f64::NAN);
        println!("{:5}  {:8.4}  {validation_loss:10.4}{best}", record.epoch, record.training_loss);
    }
    let kept = Mse.value(&network.predict(validation.inputs())?, validation.targets())?;
    println!("\n8 epochs in a row were no better, so training ended; the network kept gives {kept:.4}");
    Ok(())
}
