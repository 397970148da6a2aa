//! Broken model files and checkpoints.

use super::{Returned, temporary};
use feedforward::training::schedule::ReduceOnPlateau;
use feedforward::training::{Interval, Observer};
use feedforward::{
    Adam, Classifier, Dataset, EarlyStopping, EpochRecord, Float, Gelu, Identity, Mse, Network, Regressor, Relu, Tanh,
    Trainer,
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

/// Reads a model as each of the kinds, or goes on from a checkpoint.
pub fn read<F: Float>(format: &str, path: &Path) -> feedforward::error::Result<Returned> {
    let network = if format == "model" {
        let classifier = || Classifier::<F, String>::load(path).map(|model| model.network().clone());
        let regressor = || Regressor::<F>::load(path).map(|model| model.network().clone());
        Network::load(path).or_else(|_| classifier()).or_else(|_| regressor())?
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
        let table = data::<f32>();
        let labels: Vec<_> = (0..12).map(|row| ["a", "b", "c"][row % 3]).collect();
        files.push(Classifier::fit(table.inputs(), &labels).unwrap().to_bytes().unwrap());
        let numbers = table.targets().column(0).to_owned();
        files.push(Regressor::fit(table.inputs(), &numbers).unwrap().to_bytes().unwrap());
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
