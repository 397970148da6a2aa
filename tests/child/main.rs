//! A process to be killed: it saves in a loop, or trains with checkpoints. See `tests/it/crash.rs`.

use feedforward::training::schedule::ReduceOnPlateau;
use feedforward::training::{Interval, Observer};
use feedforward::*;
use ndarray::Array2;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;

fn main() {
    let arguments: Vec<_> = std::env::args().collect();
    let path = Path::new(&arguments[2]);
    match &*arguments[1] {
        "save" => save_for_ever(path),
        "train" => train(path),
        mode => panic!("expected save or train, found {mode}"),
    }
}

/// Tells the parent that one more piece of work is done.
fn tick() {
    let mut output = std::io::stdout().lock();
    output.write_all(b".").and_then(|()| output.flush()).expect("the parent reads");
}

/// Saves two networks in turn, of some 100 KB each.
fn save_for_ever(path: &Path) {
    let networks = [1, 2].map(|seed| {
        let builder = Network::<f32>::builder(100).dense(200, Relu).dense(30, Identity);
        builder.seed(seed).build().unwrap()
    });
    loop {
        for network in &networks {
            network.save(path).unwrap();
            tick();
        }
    }
}

struct Ticks;

impl Observer<f64> for Ticks {
    fn step(&mut self, _: usize, _: f64) -> ControlFlow<()> {
        tick();
        ControlFlow::Continue(())
    }

    fn epoch(&mut self, _: &Network<f64>, _: &EpochRecord) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// Goes on with a fit, or begins it; prints the bits of the weights and the history at its end.
fn train(path: &Path) {
    let number = |row: usize, column: usize| ((row * 7 + column * 5) % 13) as f64 / 6.5 - 1.0;
    let inputs = Array2::from_shape_fn((30, 3), |(row, column)| number(row, column));
    let targets = inputs.sum_axis(ndarray::Axis(1)).insert_axis(ndarray::Axis(1)).mapv(f64::sin);
    let data = Dataset::new(inputs, targets).unwrap();
    let builder = Network::builder(3).dense(8, Tanh).dropout(0.1).batch_norm().dense(1, Identity);
    let mut network = builder.seed(1).build().unwrap();
    let mut optimizer = Adam::new(0.01).unwrap();
    let mut trainer = Trainer::new(120)
        .batch_size(4)
        .accumulate(2)
        .validation_share(0.2)
        .early_stopping(EarlyStopping::new(100).unwrap())
        .schedule_epochs(ReduceOnPlateau::new(0.9, 3).unwrap())
        .checkpoint(path, Interval::Steps(1))
        .observer(Ticks);
    let history = if path.exists() {
        trainer.resume(path, &mut network, &data, &Mse, &mut optimizer).unwrap()
    } else {
        trainer.fit(&mut network, &data, &Mse, &mut optimizer).unwrap()
    };
    let bits: Vec<_> = network.parameters().flat_map(|p| p.values()).map(|value| value.to_bits()).collect();
    let losses: Vec<_> = history.epochs().iter().map(|epoch| epoch.training_loss.to_bits()).collect();
    println!("\nended {bits:?} {losses:?} {:?}", history.ending());
}
