//! Scores `Classifier` and `Regressor` with their default settings beside scikit-learn's, on twenty public tables.
//!
//!     python benches/tables/fetch.py FOLDER && python benches/tables/matrices.py FOLDER MATRICES
//!     python benches/tables/scikit_learn.py --matrices MATRICES
//!     cargo run --release -p feedforward-benches --bin estimators -- MATRICES
//!
//! 20 seeds: seed s splits the table and is the seed of both libraries' models. Scores are accuracy or R² of the test
//! rows, mean ± standard error; the difference is that of the same splits, with its standard error; + and - mark those
//! that are significant (t-test, 5%). The last column is the mean number of epochs.

#![allow(missing_docs)]

#[allow(dead_code)]
mod tables;

use feedforward::estimator::Settings;
use feedforward::{Classifier, Regressor};
use std::path::Path;
use tables::{Part, SEEDS, Table, difference, mark, mean_and_error, read_scores};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, matrices] = &arguments[..] else {
        panic!("usage: estimators MATRICES");
    };
    let folder = Path::new(matrices);
    let peers = read_scores(&folder.join("scikit_learn.csv"));
    println!("{:14}{:>6}{:>18}{:>18}{:>20}{:>8}", "", "rows", "feedforward", "scikit-learn", "difference", "epochs");
    for table in Table::all(folder) {
        let results = (0..SEEDS).map(|seed| fit(&table, &table.split(folder, seed), seed));
        let (scores, epochs): (Vec<f64>, Vec<f64>) = results.unzip();
        let peer = &peers[&table.name];
        let rows = table.split(folder, 0).0.target.len();
        let (ours, theirs, differs) = (mean_and_error(&scores), mean_and_error(peer), difference(&scores, peer));
        println!(
            "{:14}{rows:>6}{:>18}{:>18}{:>20}{:>8.0}",
            table.name,
            format!("{:.4} ± {:.4}", ours.0, ours.1),
            format!("{:.4} ± {:.4}", theirs.0, theirs.1),
            format!("{:+.4} ± {:.4} {}", differs.0, differs.1, mark(differs)),
            mean_and_error(&epochs).0
        );
    }
}

/// Returns the score of the test rows, and the number of epochs.
fn fit(table: &Table, (train, test): &(Part, Part), seed: u64) -> (f64, f64) {
    let settings = Settings { seed, ..Settings::default() };
    if table.is_regression() {
        let model = Regressor::fit_with(&settings, &train.inputs, &train.target).expect("numbers");
        return (model.score(&test.inputs, &test.target).expect("numbers"), model.history().len() as f64);
    }
    let model = Classifier::fit_with(&settings, &train.inputs, &train.classes()).expect("classes");
    (model.score(&test.inputs, &test.classes()).expect("classes of the training"), model.history().len() as f64)
}
