//! The matrices that `matrices.py` writes, and the statistics of paired scores.

use feedforward::data::read_idx;
use ndarray::{Array1, Array2, s};
use std::collections::HashMap;
use std::path::Path;

/// Splits and starts of each experiment.
pub const SEEDS: u64 = 20;

pub struct Table {
    pub name: String,
    /// Number of classes; 1 is a regression.
    pub classes: usize,
}

/// Training or test rows of a table.
pub struct Part {
    pub inputs: Array2<f32>,
    pub target: Array1<f32>,
}

impl Table {
    /// Reads the list of tables.
    pub fn all(folder: &Path) -> Vec<Self> {
        let text = std::fs::read_to_string(folder.join("tables.csv")).expect("tables.csv, written by matrices.py");
        let table = |line: &str| {
            let fields: Vec<&str> = line.split(',').collect();
            Self { name: fields[0].to_owned(), classes: fields[2].parse().expect("a number of classes") }
        };
        text.lines().skip(1).map(table).collect()
    }

    /// Reads the training rows and the test rows of a split.
    pub fn split(&self, folder: &Path, seed: u64) -> (Part, Part) {
        let read = |part| {
            let matrix: Array2<f32> =
                read_idx(folder.join(format!("{}-{seed}-{part}.idx", self.name))).expect("a file");
            let last = matrix.ncols() - 1;
            Part { inputs: matrix.slice(s![.., ..last]).to_owned(), target: matrix.column(last).to_owned() }
        };
        (read("train"), read("test"))
    }

    pub fn is_regression(&self) -> bool {
        self.classes == 1
    }
}

impl Part {
    pub fn classes(&self) -> Vec<usize> {
        self.target.iter().map(|&class| class as usize).collect()
    }
}

/// Reads the scores that `scikit_learn.py` has written, in the order of the seeds.
pub fn read_scores(path: &Path) -> HashMap<String, Vec<f64>> {
    let text = std::fs::read_to_string(path).expect("scikit_learn.csv, written by scikit_learn.py --matrices");
    let mut scores = HashMap::<String, Vec<f64>>::new();
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        scores.entry(fields[0].to_owned()).or_default().push(fields[2].parse().expect("a score"));
    }
    scores
}

/// Computes mean and standard error of the mean.
pub fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, (variance / count).sqrt())
}

/// Computes mean and standard error of the differences of scores of the same splits.
pub fn difference(scores: &[f64], base: &[f64]) -> (f64, f64) {
    let differences: Vec<f64> = scores.iter().zip(base).map(|(score, base)| score - base).collect();
    mean_and_error(&differences)
}

/// Marks a difference that is significant at 5%, two-sided, with 19 degrees of freedom.
pub fn mark((mean, error): (f64, f64)) -> char {
    match mean / error {
        ratio if ratio > 2.093 => '+',
        ratio if ratio < -2.093 => '-',
        _ => ' ',
    }
}
