//! Trains on the 60,000 handwritten digits of MNIST and tests on its 10,000 others.
//!
//! `cargo run --release --example mnist -- FOLDER [OPTIONS]`, where FOLDER holds the four IDX files, gzipped or not.

use feedforward::metrics::Accuracy;
use feedforward::training::hook::Penalty;
use feedforward::training::schedule::Exponential;
use feedforward::{
    BinaryCrossEntropy, CrossEntropy, Dataset, EpochRecord, HalfSquaredError, Identity, Loss, Momentum, Network, Relu,
    Sigmoid, Trainer, data,
};
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::str::FromStr;

const USAGE: &str = "usage: mnist FOLDER [OPTIONS]
FOLDER holds the four files of MNIST: train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz
and t10k-labels-idx1-ubyte.gz, from https://ossci-datasets.s3.amazonaws.com/mnist/ for one.
  --hidden 128,64      sizes of the hidden layers
  --activation relu    of the hidden layers: relu or sigmoid
  --loss cross         cross (softmax and cross-entropy), squared (half the squared error of ten sigmoids)
                       or binary (binary cross-entropy of ten sigmoids, the mean over the ten)
  --rate 0.05          learning rate
  --momentum 0.9       0 is plain gradient descent
  --decay 0.8          factor on the learning rate after each epoch
  --l2 0               penalty on the weights, λ/2 Σw²
  --dropout 0          share of each hidden layer left out in training
  --batch 64
  --epochs 10
  --seed 1";

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(folder) = arguments.first().filter(|folder| !folder.starts_with("--")) else {
        eprintln!("{USAGE}");
        return ExitCode::FAILURE;
    };
    match run(folder, &arguments[1..]) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mnist: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Returns the value given for an option, or the default.
fn option<T: FromStr>(options: &[String], name: &str, usual: &str) -> Outcome<T> {
    let given = options.chunks(2).find(|pair| pair[0] == name).map_or(usual, |pair| &pair[1]);
    given.parse().map_err(|_| format!("{name}: cannot use {given:?}").into())
}

/// Returns the word given for an option, which must be one of these; the first is the default.
fn choice<const N: usize>(options: &[String], name: &str, words: [&'static str; N]) -> Outcome<&'static str> {
    let given: String = option(options, name, words[0])?;
    let found = words.into_iter().find(|&word| word == given);
    found.ok_or_else(|| format!("{name}: expected {}, found {given}", words.join(" or ")).into())
}

fn run(folder: &str, options: &[String]) -> Outcome<()> {
    if let Some(bad) = options.chunks(2).find(|pair| pair.len() != 2 || !USAGE.contains(&format!("  {} ", pair[0]))) {
        return Err(format!("unknown option or missing value: {}\n{USAGE}", bad.join(" ")).into());
    }
    let sigmoid = choice(options, "--activation", ["relu", "sigmoid"])? == "sigmoid";
    let loss_name = choice(options, "--loss", ["cross", "squared", "binary"])?;
    let loss: Box<dyn Loss<f32>> = match loss_name {
        "squared" => Box::new(HalfSquaredError),
        "binary" => Box::new(BinaryCrossEntropy::default()),
        _ => Box::new(CrossEntropy::default()),
    };
    let (dropout, seed) = (option(options, "--dropout", "0")?, option(options, "--seed", "1")?);

    let mut builder = Network::builder(784).seed(seed);
    for size in option::<String>(options, "--hidden", "128,64")?.split(',') {
        let size = option(&[], "--hidden", size)?;
        builder = if sigmoid { builder.dense(size, Sigmoid) } else { builder.dense(size, Relu) };
        builder = if dropout > 0.0 { builder.dropout(dropout) } else { builder };
    }
    // Both cross-entropies take logits: they apply softmax or sigmoid themselves.
    builder = if loss_name == "squared" { builder.dense(10, Sigmoid) } else { builder.dense(10, Identity) };
    let mut network = builder.build()?;

    let (mut train, mut test) = data::mnist::<f32>(folder)?;
    println!("{network}");
    if loss_name != "cross" {
        for set in [&mut train, &mut test] {
            *set = Dataset::new(set.inputs().to_owned(), data::one_hot(&set.classes()?, 10)?)?;
        }
    }
    let mut optimizer = Momentum::new(option(options, "--rate", "0.05")?, option(options, "--momentum", "0.9")?)?;
    let line = |_: &Network<f32>, record: &EpochRecord| {
        let EpochRecord { epoch, training_loss, metrics, seconds, .. } = record;
        let error = 100.0 - 100.0 * metrics[0].1;
        println!("epoch {epoch:2}: training loss {training_loss:.4}, test error {error:.2}%, {seconds:.1} s");
        ControlFlow::Continue(())
    };
    Trainer::new(option(options, "--epochs", "10")?)
        .batch_size(option(options, "--batch", "64")?)
        .seed(seed)
        .validation(&test)
        .metric(Accuracy)
        .hook(Penalty::l2(option(options, "--l2", "0")?)?)
        .schedule_epochs(Exponential::new(option(options, "--decay", "0.8")?)?)
        .observer(line)
        .fit(&mut network, &train, &*loss, &mut optimizer)?;
    Ok(())
}
