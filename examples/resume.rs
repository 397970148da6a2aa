//! Trains with checkpoints. Kill it at any moment and start it again: it goes on, and ends with the same weights.
//!
//! `cargo run --release --example resume -- run.safetensors 5000`
//!
//! The arguments are the file of the checkpoints and the number of epochs. Without them it trains for 20 epochs, goes
//! on to 40 from a file in the folder for temporary files, and compares with 40 epochs at once.

use feedforward::data::Csv;
use feedforward::training::schedule::ReduceOnPlateau;
use feedforward::training::{History, Interval};
use feedforward::{Adam, CrossEntropy, Dataset, Identity, Network, Relu, Trainer};
use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [path, epochs] = &arguments[..] {
        train(Path::new(path), epochs.parse()?)?;
        return Ok(());
    }
    let path = |name| std::env::temp_dir().join(format!("{name}-{}.safetensors", std::process::id()));
    let (two_runs, one_run) = (path("two-runs"), path("one-run"));
    train(&two_runs, 20)?;
    let (network, history) = train(&two_runs, 40)?;
    let (expected, expected_history) = train(&one_run, 40)?;
    println!("the same weights: {}, the same history: {}", network == expected, history == expected_history);
    std::fs::remove_file(two_runs)?;
    std::fs::remove_file(one_run)?;
    Ok(())
}

/// Goes on from the checkpoint if there is one, else begins.
fn train(path: &Path, epochs: usize) -> Result<(Network<f32>, History), Box<dyn Error>> {
    // The first line holds counts, the last column the number of the species.
    let reader = Csv::new().skip_lines(1).without_header();
    let table = reader.read_file(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/iris.csv"))?;
    let (lengths, species) = (table.drop(&["column_5"])?, table.select(&["column_5"])?);
    let data = Dataset::new(lengths.to_array()?, species.to_array()?)?;

    let mut network = Network::builder(4).dense(16, Relu).dropout(0.1).dense(3, Identity).seed(1).build()?;
    let (loss, mut optimizer) = (CrossEntropy::default(), Adam::new(0.01)?);
    let mut trainer = Trainer::new(epochs)
        .validation_share(0.2)
        .schedule_epochs(ReduceOnPlateau::new(0.5, 5)?)
        .checkpoint(path, Interval::Epochs(1));
    let goes_on = path.exists();
    let history = if goes_on {
        trainer.resume(path, &mut network, &data, &loss, &mut optimizer)?
    } else {
        trainer.fit(&mut network, &data, &loss, &mut optimizer)?
    };
    let start = if goes_on { "went on" } else { "began" };
    let last = history.last().ok_or("no epoch")?;
    println!("{start}, epoch {}: training loss {:.4}, {:?}", last.epoch, last.training_loss, history.ending());
    Ok((network, history))
}
