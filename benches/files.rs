//! Loading a network against reading its file, its predictions against those of the network that was built, and an
//! epoch with a checkpoint against one without.

#![allow(missing_docs)]

#[allow(dead_code)]
mod common;

use common::CONFIGURATIONS;
use criterion::{Criterion, criterion_group, criterion_main};
use feedforward::training::Interval;
use feedforward::{Adam, CrossEntropy, Dataset, Identity, Network, Relu, Scratch, Sigmoid, Trainer};
use ndarray::Array2;
use std::hint::black_box;
use std::path::PathBuf;
use std::time::Duration;

fn temporary(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("feedforward-bench-{name}-{}", std::process::id()))
}

/// 10 million parameters: 40 MB.
fn load(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("40 MB");
    group.sample_size(20);
    let path = temporary("model");
    let builder = Network::<f32>::builder(1000).dense(5000, Relu).dense(1000, Relu).dense(10, Identity);
    builder.build().unwrap().save(&path).unwrap();
    group.bench_function("read the file", |bencher| bencher.iter(|| std::fs::read(&path).unwrap()));
    group.bench_function("load the network", |bencher| bencher.iter(|| Network::<f32>::load(&path).unwrap()));
    std::fs::remove_file(path).unwrap();
}

fn predict(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("one row");
    for configuration in &CONFIGURATIONS[..4] {
        let built = configuration.network();
        let loaded = Network::from_bytes(&built.to_bytes().unwrap()).unwrap();
        let inputs = configuration.inputs(1);
        for (kind, network) in [("built", built), ("loaded", loaded)] {
            let mut outputs = Array2::zeros((1, network.output_size()));
            let mut scratch = Scratch::default();
            group.bench_function(format!("{} {kind}", configuration.id()), |bencher| {
                bencher.iter(|| network.predict_into(black_box(&inputs), &mut scratch, &mut outputs).unwrap());
            });
        }
    }
}

/// As many rows as MNIST has, through 784-30-10.
fn checkpoint(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("epoch of 60000 rows");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    let path = temporary("checkpoint");
    let inputs = Array2::from_shape_fn((60_000, 784), |(row, column)| ((row * 31 + column * 17) % 97) as f32 / 97.0);
    let targets = Array2::from_shape_fn((60_000, 1), |(row, _)| (row % 10) as f32);
    let data = Dataset::new(inputs, targets).unwrap();
    let mut network = Network::builder(784).dense(30, Sigmoid).dense(10, Identity).build().unwrap();
    let (loss, mut adam) = (CrossEntropy::default(), Adam::new(0.001).unwrap());
    let new = || Trainer::new(1).batch_size(10);
    for (kind, mut trainer) in [("plain", new()), ("with a checkpoint", new().checkpoint(&path, Interval::Epochs(1)))] {
        group.bench_function(kind, |bencher| {
            bencher.iter(|| trainer.fit(&mut network, &data, &loss, &mut adam).unwrap());
        });
    }
    std::fs::remove_file(path).unwrap();
}

criterion_group!(benches, load, predict, checkpoint);
criterion_main!(benches);
