//! Predicts how far a diabetes has progressed after a year, compared with always predicting the mean.
//!
//! `cargo run --release --example regression`

use feedforward::data::StandardScaler;
use feedforward::error::Result;
use feedforward::metrics::{r2, root_mean_squared_error};
use feedforward::{Dataset, Identity, Momentum, Mse, Network, Table, Tanh, Trainer};
use ndarray::Array2;

fn main() -> Result<()> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/diabetes.csv");
    let table = Table::read_csv(path)?;
    println!("{}\n", table.head());
    let (inputs, target) = (table.drop(&["target"])?, table.select(&["target"])?);
    let (train, test) = Dataset::new(inputs.to_array()?, target.to_array()?)?.split(0.75, 1)?;

    // Measured on the training part alone.
    let (of_inputs, of_target) = (StandardScaler::fit(train.inputs())?, StandardScaler::fit(train.targets())?);
    let scaled = Dataset::new(of_inputs.transform(train.inputs())?, of_target.transform(train.targets())?)?;

    let mut network = Network::builder(10).dense(16, Tanh).dense(1, Identity).seed(1).build()?;
    let mut optimizer = Momentum::new(0.002, 0.9)?;
    let mut trainer = Trainer::new(10).batch_size(16);
    for _ in 0..4 {
        // Fitting again goes on where the last fit ended.
        let history = trainer.fit(&mut network, &scaled, &Mse, &mut optimizer)?;
        if let Some(record) = history.last() {
            println!("epoch {}: mean squared error {:.4} (scaled) in training", record.epoch, record.training_loss);
        }
    }

    let predictions = of_target.inverse_transform(&network.predict(&of_inputs.transform(test.inputs())?)?)?;
    let mean = Array2::from_elem(test.targets().dim(), of_target.mean()[0]);
    let error = |predictions| root_mean_squared_error(predictions, test.targets(), None);
    println!("\nroot mean squared error on {} other patients, in the unit of the target (25 to 346):", test.len());
    println!("  the network            {:.1}", error(&predictions)?);
    println!("  always the mean        {:.1}", error(&mean)?);
    println!("share of the variance explained (R²): {:.3}", r2(&predictions, test.targets(), None)?);
    Ok(())
}
