//! One training step (forward, mean squared error, backward, momentum) of the named configurations.

#![allow(missing_docs)]

#[allow(dead_code)]
mod common;

use common::CONFIGURATIONS;
use criterion::{Criterion, criterion_group, criterion_main};
use feedforward::{Momentum, Mse};
use std::time::Duration;

fn train_step(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("train_step");
    group.sample_size(20).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    for configuration in &CONFIGURATIONS {
        let (inputs, targets) = (configuration.inputs(configuration.batch), configuration.targets());
        let mut network = configuration.network();
        let mut optimizer = Momentum::new(0.01, 0.9).unwrap();
        group.bench_function(configuration.id(), |bencher| {
            bencher.iter(|| network.train_step(&inputs, &targets, &Mse, &mut optimizer).unwrap());
        });
    }
}

criterion_group!(benches, train_step);
criterion_main!(benches);
