//! Learns public tables with the default settings, beside scikit-learn's scores on the same rows with its defaults.
//!
//! `cargo run --release --example tables` reads the bundled ones; with a folder, all twenty:
//!
//! ```sh
//! python benches/tables/fetch.py FOLDER
//! cargo run --release --example tables -- FOLDER
//! ```
//!
//! `data/tables.json` says how each table is read, and holds the scores of scikit-learn.

use feedforward::data::{Category, Csv, Kind, MissingCategory, Number, Preparation, UnknownCategory};
use feedforward::estimator::{Estimator, Settings};
use feedforward::{Classifier, Error, Regressor};
use serde::Deserialize;
use std::path::Path;

/// Seeds of splits and of weights.
const SEEDS: u64 = 10;

/// What `tables.json` says of a table.
#[derive(Deserialize)]
struct Public {
    name: String,
    file: String,
    task: String,
    skip_lines: u64,
    header: bool,
    delimiter: char,
    target: usize,
    left_out: Vec<usize>,
    /// Names of those; an empty one is that of R's numbers or names of rows.
    left_out_names: Vec<String>,
    /// scikit-learn's score of each seed.
    scores: Vec<f64>,
}

#[derive(Deserialize)]
struct Tables {
    tables: Vec<Public>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let bundled = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data");
    let folder = std::env::args().nth(1).unwrap_or(bundled.to_owned());
    let all: Tables = serde_json::from_str(&std::fs::read_to_string(Path::new(bundled).join("tables.json"))?)?;

    println!("{:14} {:>5} {:>17} {:>17} {:>17}", "table", "rows", "feedforward", "scikit-learn", "difference");
    for public in all.tables {
        let file = Path::new(&folder).join(&public.file);
        if !file.exists() {
            continue;
        }
        let (rows, ours) = score(&public, &file)?;
        let differences: Vec<_> = ours.iter().zip(&public.scores).map(|(ours, theirs)| ours - theirs).collect();
        let scores = [&ours[..], &public.scores[..ours.len()], &differences].map(mean_and_standard_error);
        println!("{:14} {rows:>5} {:>17} {:>17} {:>17}", public.name, scores[0], scores[1], scores[2]);
    }
    println!("\naccuracy or R² of the test rows: mean of {SEEDS} seeds ± its standard error");
    Ok(())
}

/// Returns the number of rows, and the score of each seed.
fn score(public: &Public, file: &Path) -> Result<(usize, Vec<f64>), Error> {
    let csv = Csv::new().skip_lines(public.skip_lines).delimiter(public.delimiter as u8).keep_row_numbers();
    let csv = if public.left_out_names.iter().any(String::is_empty) { csv.row_names() } else { csv };
    let table = if public.header { csv.read_file(file) } else { csv.without_header().read_file(file) }?;
    let names: Vec<_> = table.names().map(str::to_owned).collect();
    let target = &names[public.target];
    let left_out: Vec<_> = public.left_out.iter().map(|&column| &names[column]).collect();
    let table = table.drop(&left_out)?.drop_missing(&[target])?;

    let mut preparation = Preparation::new();
    for column in table.columns().iter().filter(|column| column.name() != target) {
        preparation = match column.kind() {
            Kind::Number => preparation.number(column.name(), Number::standard().fill_with_median()),
            Kind::Text => {
                let category = Category::one_hot().missing(MissingCategory::Zeros).unknown(UnknownCategory::Zeros);
                preparation.category(column.name(), category)
            }
        };
    }
    let one = |seed| {
        let settings = Settings { seed, ..Settings::default() };
        if public.task == "classification" {
            score_rows(&Classifier::on(&table, target).preparation(preparation.clone()).settings(settings), seed)
        } else {
            score_rows(&Regressor::on(&table, target).preparation(preparation.clone()).settings(settings), seed)
        }
    };
    Ok((table.rows(), (0..SEEDS).map(one).collect::<Result<_, _>>()?))
}

/// Fits on three quarters of the rows, and scores the rest.
fn score_rows<E: Estimator>(estimator: &E, seed: u64) -> Result<f64, Error> {
    let mut order: Vec<_> = (0..estimator.len()).collect();
    order.sort_by_key(|&row| mix((seed << 32) + row as u64));
    let (test, train) = order.split_at_mut(estimator.len() / 4);
    train.sort();
    let model = estimator.fit_rows(estimator.settings(), train)?;
    estimator.score_rows(&model, test, estimator.default_scoring())
}

/// The finalizer of SplitMix64, by which `benches/tables/tables.py` splits the rows too.
fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

fn mean_and_standard_error(scores: &[f64]) -> String {
    let count = scores.len() as f64;
    let mean = scores.iter().sum::<f64>() / count;
    let variance = scores.iter().map(|score| (score - mean).powi(2)).sum::<f64>() / (count - 1.0);
    format!("{mean:>7.4} ± {:.4}", (variance / count).sqrt())
}
