//! MNIST: 60,000 handwritten digits to train on, 10,000 to test on.
//!
//! `cargo run --release --example mnist -- FOLDER [OPTIONS]`, where FOLDER holds the four IDX files, gzipped or not.

use feedforward::metrics::Accuracy;
use feedforward::schedule::Exponential;
use feedforward::*;
use std::process::ExitCode;

const USAGE: &str = "usage: mnist FOLDER [OPTIONS]
FOLDER holds the four files of MNIST (train-images-idx3-ubyte.gz and so on).
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

fn run(folder: &str, options: &[String]) -> std::result::Result<(), Box<dyn std::error::Error>> {
    for pair in options.chunks(2) {
        if pair.len() != 2 || !USAGE.contains(&format!("  {} ", pair[0])) {
            return Err(format!("unknown option or missing value: {}\n{USAGE}", pair.join(" ")).into());
        }
    }
    let text = |name: &str, usual: &str| {
        let given = options.chunks(2).find(|pair| pair[0] == name).map(|pair| pair[1].clone());
        given.unwrap_or(usual.to_owned())
    };
    let number = |name, usual| text(name, usual).parse::<f64>().map_err(|error| format!("{name}: {error}"));
    let (activation, loss_name) = (text("--activation", "relu"), text("--loss", "cross"));
    let sigmoid = match &*activation {
        "relu" => false,
        "sigmoid" => true,
        other => return Err(format!("--activation: expected relu or sigmoid, found {other}").into()),
    };
    let loss: Box<dyn Loss<f32>> = match &*loss_name {
        "cross" => Box::new(CrossEntropy::default()),
        "squared" => Box::new(HalfSquaredError),
        "binary" => Box::new(BinaryCrossEntropy),
        other => return Err(format!("--loss: expected cross, squared or binary, found {other}").into()),
    };
    let (dropout, seed) = (number("--dropout", "0")?, number("--seed", "1")? as u64);

    let (train, test) = data::mnist::<f32>(folder)?;
    let [train, test] = [train, test].map(|set| -> Result<Dataset<f32>> {
        if loss_name == "cross" {
            return Ok(set);
        }
        Dataset::new(set.inputs().to_owned(), data::one_hot(&set.classes()?, 10)?)
    });
    let (train, test) = (train?, test?);

    let mut builder = Network::builder(784).seed(seed);
    for size in text("--hidden", "128,64").split(',') {
        let size = size.parse()?;
        builder = if sigmoid { builder.dense(size, Sigmoid) } else { builder.dense(size, Relu) };
        builder = if dropout > 0.0 { builder.dropout(dropout) } else { builder };
    }
    // Both cross-entropies take logits: they apply softmax and sigmoid themselves.
    builder = if loss_name == "squared" { builder.dense(10, Sigmoid) } else { builder.dense(10, Identity) };
    let mut network = builder.build()?;
    println!("{network}");

    let mut optimizer = Momentum::new(number("--rate", "0.05")? as f32, number("--momentum", "0.9")?)?;
    let line = |_: &Network<f32>, record: &EpochRecord| {
        let EpochRecord { epoch, training_loss, metrics, seconds, .. } = record;
        println!(
            "epoch {epoch:2}: loss {training_loss:.4}, test error {:.2}%, {seconds:.1} s",
            100.0 - 100.0 * metrics[0].1
        );
        Signal::Continue
    };
    Trainer::new(number("--epochs", "10")? as usize)
        .batch_size(number("--batch", "64")? as usize)
        .seed(seed)
        .validation(&test)
        .metric(Accuracy::default())
        .hook(Penalty::l2(number("--l2", "0")?)?)
        .schedule_epochs(Exponential::new(number("--decay", "0.8")?)?)
        .observer(line)
        .fit(&mut network, &train, &*loss, &mut optimizer)?;
    Ok(())
}
