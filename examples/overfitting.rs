//! A large network on a thousand examples learns them by heart; what helps, and how much.
//!
//! `cargo run --release --example overfitting`

use feedforward::data::Csv;
use feedforward::metrics::Accuracy;
use feedforward::{Adam, CrossEntropy, Dataset, EarlyStopping, Identity, Network, Penalty, Relu, Result, Trainer};

fn main() -> Result<()> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/digits.csv.gz");
    let table = Csv::new().without_header().read_file::<f32>(path)?;
    let digits = Dataset::new(&table.inputs / 16.0, table.targets()?)?;
    let (train, test) = digits.split_stratified(1000.0 / 1797.0, 1)?;
    println!("{} examples to train on, {} to test on\n", train.len(), test.len());
    println!("                 training loss  test loss  test accuracy  epochs");

    for name in ["nothing", "L2 penalty", "dropout", "early stopping"] {
        let start = Network::builder(64).dense(200, Relu);
        let start = if name == "dropout" { start.dropout(0.5) } else { start };
        let mut network = start.dense(10, Identity).seed(1).build()?;
        let mut trainer = Trainer::new(100).validation(&test).metric(Accuracy::default());
        trainer = match name {
            "L2 penalty" => trainer.hook(Penalty::l2(0.0003)?),
            "early stopping" => trainer.early_stopping(EarlyStopping::new(5)?),
            _ => trainer,
        };
        let history = trainer.fit(&mut network, &train, &CrossEntropy::default(), &mut Adam::new(0.003)?)?;
        let kept = history.best_epoch().map_or(history.len(), |epoch| epoch);
        if let Some(record) = history.epochs().get(kept - 1) {
            let (loss, accuracy) = (record.validation_loss.unwrap_or(f64::NAN), 100.0 * record.metrics[0].1);
            println!("{name:15}  {:13.4}  {loss:9.4}  {accuracy:12.2}%  {:6}", record.training_loss, history.len());
        }
    }
    Ok(())
}
