//! MNIST: 60,000 handwritten digits to train on, 10,000 to test on; 784-128-64-10 with ReLU.
//!
//! `cargo run --release --example mnist -- path/to/folder`, where the folder holds the four files named below.

#[allow(dead_code)]
mod common;

use common::{Outcome, accuracy, read_idx, shuffled};
use feedforward::{CrossEntropy, Identity, Momentum, Network, Optimizer, Relu};
use ndarray::{Array2, Axis};
use std::{path::Path, process::ExitCode, time::Instant};

const FILES: [&str; 4] = [
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
];

fn main() -> ExitCode {
    let Some(folder) = std::env::args().nth(1) else {
        eprintln!("usage: mnist FOLDER\nFOLDER holds the four files of MNIST:\n  {}", FILES.join("\n  "));
        return ExitCode::FAILURE;
    };
    match run(Path::new(&folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mnist: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(folder: &Path) -> Outcome<()> {
    let [inputs, targets, test_inputs, test_targets] = FILES.map(|name| read_idx(&folder.join(name)));
    let (inputs, targets) = (inputs? / 255.0, targets?);
    let (test_inputs, test_targets) = (test_inputs? / 255.0, test_targets?);

    let mut network = Network::builder(784).dense(128, Relu).dense(64, Relu).dense(10, Identity).seed(1).build()?;
    println!("{network}");
    let loss = CrossEntropy::default();
    let mut optimizer = Momentum::new(0.05, 0.9)?;
    for epoch in 1..=10 {
        let start = Instant::now();
        let mut sum = 0.0;
        for rows in shuffled(inputs.nrows(), epoch).chunks(64) {
            let (inputs, targets): (Array2<f32>, _) = (inputs.select(Axis(0), rows), targets.select(Axis(0), rows));
            sum += network.train_step(&inputs, &targets, &loss, &mut optimizer)? * rows.len() as f32;
        }
        let seconds = start.elapsed().as_secs_f64();
        let test = accuracy(&network.predict(&test_inputs)?, &test_targets);
        let mean = sum / inputs.nrows() as f32;
        println!("epoch {epoch:2}: loss {mean:.4}, test accuracy {:.2}%, {seconds:.1} s", 100.0 * test);
        optimizer.set_learning_rate(optimizer.learning_rate() * 0.8)?;
    }
    Ok(())
}
