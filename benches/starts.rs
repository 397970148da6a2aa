//! Trains the same networks from five starts on twenty public tables, on MNIST, and ten layers deep.
//!
//!     python benches/tables/fetch.py FOLDER && python benches/tables/matrices.py FOLDER MATRICES
//!     cargo run --release -p feedforward-benches --bin starts -- MATRICES MNIST
//!
//! MNIST is the folder of its four files. Tables: one hidden layer of 50 ReLUs, Adam with a rate of 0.001, batches of
//! 32, 100 epochs, 20 seeds; seed s splits the table, starts the network and shuffles the rows, for every start alike.
//! MNIST: 100 ReLUs, 6,000 training images from the row 2,000 s on, 20 epochs, all 10,000 test images. Ten layers: 10
//! hidden layers of 50 ReLUs, 50 epochs, on the tables in `DEEP`. Scores are accuracy or R² of the test rows; + and -
//! mark a mean difference to He's start with zero biases that is significant (t-test of paired differences, 5%).
//! The lines of wins count significant differences.

#![allow(missing_docs)]

#[allow(dead_code)]
mod tables;

use feedforward::data::{argmax, mnist, one_hot};
use feedforward::metrics::{accuracy, r2};
use feedforward::{Adam, CrossEntropy, Dataset, Dense, Identity, Initializer, Loss, Mse, Network, Relu, Trainer};
use ndarray::{Array2, Axis};
use std::path::Path;
use tables::{Part, SEEDS, Table, difference, mark, mean_and_error};

/// Tables for the networks of ten hidden layers.
const DEEP: [&str; 4] = ["digits", "breast_cancer", "Boston", "Wage"];

#[derive(Clone, Copy)]
struct Start {
    name: &'static str,
    hidden: Initializer,
    output: Initializer,
    /// Biases of the hidden layer from another start than its weights.
    biases: Option<Initializer>,
}

const fn same(name: &'static str, all: Initializer) -> Start {
    Start { name, hidden: all, output: all, biases: None }
}

const STARTS: [Start; 5] = [
    Start { name: "He", hidden: Initializer::HeNormal, output: Initializer::GlorotUniform, biases: None },
    Start {
        name: "He, biases",
        hidden: Initializer::HeNormal,
        output: Initializer::GlorotUniform,
        biases: Some(Initializer::GlorotUniformWithBias),
    },
    same("Glorot", Initializer::GlorotUniform),
    same("Glorot, biases", Initializer::GlorotUniformWithBias),
    same("TorchLinear", Initializer::TorchLinear),
];

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, matrices, images] = &arguments[..] else {
        panic!("usage: starts MATRICES MNIST");
    };
    let folder = Path::new(matrices);
    print!("{:20}", "");
    STARTS.iter().for_each(|start| print!("{:>19}", start.name));
    println!();
    let tables = Table::all(folder);
    let mut wins = [[0; STARTS.len()]; STARTS.len()];
    for table in &tables {
        let scores = of_all_seeds(table, &[50], 100, |seed| table.split(folder, seed));
        print_row(&table.name, &scores, &mut wins);
    }
    let (train, test) = mnist::<f32>(images.as_str()).expect("the four files of MNIST");
    let digits = Table { name: "MNIST".to_owned(), classes: 10 };
    let part = |data: &Dataset<f32>, rows: std::ops::Range<usize>| {
        let part = data.select(&rows.collect::<Vec<_>>()).expect("rows of MNIST");
        Part { inputs: part.inputs().to_owned(), target: part.targets().column(0).to_owned() }
    };
    let scores = of_all_seeds(&digits, &[100], 20, |seed| {
        let first = 2_000 * seed as usize;
        (part(&train, first..first + 6_000), part(&test, 0..test.len()))
    });
    print_row("MNIST", &scores, &mut wins);
    println!("\nwins of the row's start over the column's");
    for (start, wins) in STARTS.iter().zip(&wins) {
        print!("{:20}", start.name);
        wins.iter().for_each(|wins| print!("{wins:>19}"));
        println!();
    }
    let mut wins = [[0; STARTS.len()]; STARTS.len()];
    println!("\nten hidden layers");
    for table in tables.iter().filter(|table| DEEP.contains(&table.name.as_str())) {
        let scores = of_all_seeds(table, &[50; 10], 50, |seed| table.split(folder, seed));
        print_row(&table.name, &scores, &mut wins);
    }
}

/// Scores each start with each seed.
fn of_all_seeds(
    table: &Table,
    hidden: &[usize],
    epochs: usize,
    split: impl Fn(u64) -> (Part, Part),
) -> [Vec<f64>; STARTS.len()] {
    let mut scores = [const { Vec::new() }; STARTS.len()];
    for seed in 0..SEEDS {
        let (train, test) = split(seed);
        for (start, scores) in STARTS.iter().zip(&mut scores) {
            scores.push(score(table, *start, hidden, epochs, seed, &train, &test));
        }
    }
    scores
}

fn score(table: &Table, start: Start, hidden: &[usize], epochs: usize, seed: u64, train: &Part, test: &Part) -> f64 {
    let mut builder = Network::builder(train.inputs.ncols()).seed(seed);
    for &size in hidden {
        builder = match start.biases {
            None => builder.dense_with(size, Relu, start.hidden),
            Some(biases) => builder.layer(move |inputs, random| {
                let weight =
                    Dense::<f32, _>::new(inputs, size, Relu, start.hidden, random)?.weight().value().to_owned();
                let bias = Dense::<f32, _>::new(inputs, size, Relu, biases, random)?
                    .bias()
                    .map(|bias| bias.value().to_owned());
                Dense::from_parameters(weight, bias.map(|bias| bias.remove_axis(Axis(0))), Relu)
            }),
        };
    }
    let mut network = builder.dense_with(table.classes, Identity, start.output).build().expect("a network");
    let (mean, deviation) = match table.is_regression() {
        true => (train.target.mean().expect("rows"), train.target.std(0.0)),
        false => (0.0, 1.0),
    };
    let (targets, loss): (Array2<f32>, &dyn Loss<f32>) = match table.is_regression() {
        true => (((&train.target - mean) / deviation).insert_axis(Axis(1)), &Mse),
        false => (one_hot(&train.classes(), table.classes).expect("classes"), &CrossEntropy::default()),
    };
    let data = Dataset::new(train.inputs.clone(), targets).expect("as many targets as rows");
    let mut trainer = Trainer::new(epochs).batch_size(32).seed(seed);
    trainer.fit(&mut network, &data, loss, &mut Adam::new(0.001).expect("a rate")).expect("finite numbers");
    let outputs = network.predict(&test.inputs).expect("finite numbers");
    let score = match table.is_regression() {
        true => r2(&(outputs * deviation + mean), &test.target.clone().insert_axis(Axis(1)), None),
        false => accuracy(&argmax(&outputs).expect("outputs"), &test.classes(), None),
    };
    score.expect("two rows or more")
}

/// Prints mean and standard error of each start, and counts which start wins over which.
fn print_row(name: &str, scores: &[Vec<f64>; STARTS.len()], wins: &mut [[usize; STARTS.len()]; STARTS.len()]) {
    print!("{name:20}");
    for (these, wins) in scores.iter().zip(wins) {
        let (mean, error) = mean_and_error(these);
        print!("{:>19}", format!("{mean:.4} ± {error:.4} {}", mark(difference(these, &scores[0]))));
        for (others, wins) in scores.iter().zip(wins) {
            *wins += usize::from(mark(difference(these, others)) == '+');
        }
    }
    println!();
}
