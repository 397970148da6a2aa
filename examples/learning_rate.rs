//! A learning rate that is too high jumps about, one that is too low crawls, an annealed one does both in turn.
//!
//! `cargo run --release --example learning_rate`

use feedforward::data::Csv;
use feedforward::schedule::{Constant, Cosine, Schedule};
use feedforward::{CrossEntropy, Dataset, Identity, Network, Relu, Result, Sgd, Trainer};

fn main() -> Result<()> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/digits.csv.gz");
    let table = Csv::new().without_header().read_file::<f32>(path)?;
    let digits = Dataset::new(&table.inputs / 16.0, table.targets()?)?;

    println!("training loss by epoch");
    for (name, rate, annealed) in
        [("too high", 2.0, false), ("too low", 0.001, false), ("fixed", 0.3, false), ("annealed", 0.3, true)]
    {
        let schedule: [Box<dyn Schedule>; 2] = [Box::new(Constant), Box::new(Cosine::new(20)?)];
        let [constant, cosine] = schedule;
        let mut network = Network::builder(64).dense(32, Relu).dense(10, Identity).seed(1).build()?;
        let mut trainer = Trainer::new(20).schedule_epochs(if annealed { cosine } else { constant });
        let loss = CrossEntropy::default();
        let history = trainer.fit(&mut network, &digits, &loss, &mut Sgd::new(rate)?)?;
        let losses: Vec<_> = history.epochs().iter().step_by(2).map(|r| format!("{:7.4}", r.training_loss)).collect();
        println!("{name:>9} (from {rate:5}): {}", losses.join(" "));
    }
    Ok(())
}
