//! Broken model files and checkpoints.

use super::{Returned, temporary};
use feedforward::data::{Column, Row, Value};
use feedforward::error::Result;
use feedforward::estimator::{MultiLabelClassifier, Settings};
use feedforward::training::schedule::ReduceOnPlateau;
use feedforward::training::{Interval, Observer};
use feedforward::{
    Adam, Classifier, Dataset, EarlyStopping, EpochRecord, Float, Gelu, Identity, Mse, Network, Regressor, Relu, Table,
    Tanh, Trainer,
};
use ndarray::Array2;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use std::ops::ControlFlow;
use std::path::Path;

fn network<F: Float>() -> Network<F> {
    let builder = Network::builder(3).dense(5, Tanh).dropout(0.1).batch_norm().activation(Gelu::Exact);
    builder.residual(|block| block.layer_norm().dense(5, Relu)).dense(1, Identity).seed(1).build().unwrap()
}

fn data<F: Float>() -> Dataset<F> {
    let number = |(row, column): (usize, usize)| F::from_f64(((row * 7 + column * 5) % 13) as f64 / 6.5);
    Dataset::new(Array2::from_shape_fn((12, 3), number), Array2::from_shape_fn((12, 1), number)).unwrap()
}

fn trainer<'a, F: Float>(validation: &'a Dataset<F>) -> Trainer<'a, F> {
    let trainer = Trainer::new(3).batch_size(4).accumulate(2).validation(validation);
    let trainer = trainer.early_stopping(EarlyStopping::new(2).unwrap());
    trainer.schedule_epochs(ReduceOnPlateau::new(0.5, 1).unwrap())
}

/// Numbers, categories and what is missing, with two columns to be predicted as classes or numbers, and two of labels.
fn table() -> Table {
    let numbers = |name, step: usize, divisor: f64, missing: usize| {
        let number = |row: usize| if row % 12 == missing { f64::NAN } else { ((row * step) % 13) as f64 / divisor };
        Column::numbers(name, (0..12).map(number).collect())
    };
    let texts = |name, texts: [&'static str; 3]| Column::texts(name, (0..12).map(|row| Some(texts[row % 3])));
    let labels = |name, every: usize| Column::numbers(name, (0..12).map(|row| f64::from(row % every == 0)).collect());
    Table::new(vec![
        numbers("length", 7, 6.5, 5),
        texts("island", ["Biscoe", "Dream", "Torgersen"]),
        numbers("mass", 5, 0.002, 13),
        texts("species", ["a", "b", "c"]),
        labels("even", 2),
        labels("third", 3),
    ])
    .unwrap()
}

/// Rows that a model may be asked for: as in training, of an unknown category, with nothing in them.
fn rows() -> [Row; 3] {
    let row = |island: &str| {
        let inputs = [("length", Value::from(3.5)), ("island", island.into()), ("mass", 1e3.into())];
        let targets = [("species", "a".into()), ("even", 1.0.into()), ("third", 0.0.into())];
        inputs.into_iter().chain(targets).collect()
    };
    [row("Dream"), row("Atlantis"), [("length", Value::Missing)].into()]
}

/// A prediction is finite numbers, or an error that can be printed.
fn check<F: Float>(predicted: Result<impl IntoIterator<Item = F>>) {
    match predicted {
        Ok(numbers) => assert!(numbers.into_iter().all(|number| number.is_finite()), "a prediction that is not finite"),
        Err(error) => check_error(&error),
    }
}

fn check_error(error: &feedforward::Error) {
    let length = error.to_string().len();
    assert!(length < 2000, "an error of {length} bytes: {error:.200}");
}

/// Asks a model from a file for predictions of tables, arrays and rows.
macro_rules! ask {
    ($model:expr, $of_many:ident, $of_row:ident, $of_labels:ident) => {{
        let model = $model;
        let table = table();
        check(model.$of_many(&table));
        check(model.$of_many(data::<F>().inputs()));
        rows().into_iter().for_each(|row| check(model.$of_row(row)));
        match model.$of_labels(&table) {
            Ok(predicted) => assert_eq!(predicted.len(), 12),
            Err(error) => check_error(&error),
        }
        match model.evaluate(&table) {
            Ok(report) => assert!(!report.to_string().is_empty()),
            Err(error) => check_error(&error),
        }
        model.network().clone()
    }};
}

/// Reads a model as each of the kinds and asks it for predictions, or goes on from a checkpoint.
pub fn read<F: Float>(format: &str, path: &Path) -> Result<Returned> {
    let network = if format == "model" {
        let classifier = || {
            let model = Classifier::<F, String>::load(path)?;
            Ok(ask!(model, predict_proba, predict_row_proba, predict))
        };
        let labels = || {
            let model = MultiLabelClassifier::<F, String>::load(path)?;
            Ok(ask!(model, predict_proba, predict_row_proba, predict))
        };
        let regressor = || {
            let model = Regressor::<F>::load(path)?;
            Ok(ask!(model, predict_all, predict_row_all, predict))
        };
        let network = Network::load(path).or_else(|_: feedforward::Error| classifier());
        network.or_else(|_: feedforward::Error| labels()).or_else(|_: feedforward::Error| regressor())?
    } else {
        let (mut network, data) = (network(), data());
        trainer(&data).resume(path, &mut network, &data, &Mse, &mut Adam::new(0.01).unwrap())?;
        network
    };
    assert!(
        network.parameters().all(|p| p.values().iter().all(|value| value.is_finite())),
        "an Ok with NaN or infinity"
    );
    // A network has gradients too.
    Ok(Returned(2 * size_of::<F>() * network.parameter_count() + (64 << 10)))
}

/// Returns a broken file: damage anywhere mostly ends in the header, so most is done to digits there and to the numbers
/// behind.
pub fn mutate(whole: &[u8], other: &[u8], random: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    let header = 8 + u64::from_le_bytes(whole[..8].try_into().unwrap()) as usize;
    match random.random_range(0..4) {
        0 => super::damage(&mut bytes, other, random),
        1 => {
            let mut numbers = bytes.split_off(header);
            super::damage(&mut numbers, other, random);
            numbers.resize(whole.len() - header, 0);
            bytes.extend(numbers);
        }
        _ => {
            let digits: Vec<_> = (8..header).filter(|&at| bytes[at].is_ascii_digit()).collect();
            for _ in 0..random.random_range(1..3) {
                bytes[digits[random.random_range(0..digits.len())]] = random.random_range(b'0'..=b'9');
            }
        }
    }
    bytes
}

/// Valid files; the last one is large.
pub fn seeds(format: &str) -> Vec<Vec<u8>> {
    let path = temporary("seed.model");
    let mut files = Vec::new();
    if format == "model" {
        let array = data::<f32>();
        let labels: Vec<_> = (0..12).map(|row| ["a", "b", "c"][row % 3]).collect();
        files.push(Classifier::fit(array.inputs(), &labels).unwrap().to_bytes().unwrap());
        let numbers = array.targets().column(0).to_owned();
        files.push(Regressor::fit(array.inputs(), &numbers).unwrap().to_bytes().unwrap());
        let (table, settings) = (table(), Settings { hidden: vec![4], epochs: 5, ..Settings::default() });
        let [known, ..] = rows();
        let species = Classifier::on(&table, "species").settings(settings.clone()).precision::<f32>().fit().unwrap();
        assert_eq!(species.predict_row_proba(&known).unwrap().len(), 3);
        let several = Regressor::on_columns(&table, &["mass", "third"]).settings(settings.clone()).fit().unwrap();
        assert_eq!(several.predict_all(&table).unwrap().dim(), (12, 2));
        assert_eq!(several.predict_row_all(&known).unwrap().len(), 2);
        let labels = MultiLabelClassifier::on(&table, &["even", "third"]).settings(settings).fit().unwrap();
        assert_eq!(labels.predict(&table).unwrap().len(), 12);
        files.extend([species.to_bytes().unwrap(), several.to_bytes().unwrap(), labels.to_bytes().unwrap()]);
        files.extend([network::<f32>().to_bytes().unwrap(), network::<f64>().to_bytes().unwrap()]);
        let large = Network::<f32>::builder(200).dense(100, Relu).build().unwrap();
        files.push(large.to_bytes().unwrap());
    } else {
        // After 1 step, 2, 3 (a whole epoch), 4 and 5.
        for steps in 1..6 {
            files.push(checkpoint::<f32>(&path, steps));
            files.push(checkpoint::<f64>(&path, steps));
        }
    }
    std::fs::remove_file(&path).ok();
    files
}

/// Ends a fit after some steps.
struct After(usize);

impl<F: Float> Observer<F> for After {
    fn step(&mut self, _: usize, _: F) -> ControlFlow<()> {
        self.0 -= 1;
        if self.0 == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn epoch(&mut self, _: &Network<F>, _: &EpochRecord) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// Returns the checkpoint of a fit that was ended after some steps.
fn checkpoint<F: Float>(path: &Path, steps: usize) -> Vec<u8> {
    let data = data::<F>();
    let mut trainer = trainer(&data).checkpoint(path, Interval::Epochs(1)).observer(After(steps));
    trainer.fit(&mut network(), &data, &Mse, &mut Adam::new(0.01).unwrap()).unwrap();
    std::fs::read(path).unwrap()
}
