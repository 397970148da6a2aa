//! An epoch through the trainer against its bare training steps: what shuffling, gathering and bookkeeping cost.

#![allow(missing_docs)]

#[allow(dead_code)]
mod common;

use common::CONFIGURATIONS;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use feedforward::{Dataset, Momentum, Mse, Trainer};
use ndarray::{Axis, concatenate};
use std::time::Duration;

const STEPS: usize = 200;

fn fit(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fit");
    group.sample_size(10).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(3));
    group.throughput(Throughput::Elements(STEPS as u64));
    for configuration in CONFIGURATIONS.iter().filter(|configuration| ["xor", "mnist"].contains(&configuration.name)) {
        let (inputs, targets) = (configuration.inputs(configuration.batch), configuration.targets());
        let mut network = configuration.network();
        let mut optimizer = Momentum::new(0.01, 0.9).unwrap();
        group.bench_function(format!("{STEPS} bare steps of {}", configuration.id()), |bencher| {
            bencher.iter(|| {
                (0..STEPS).for_each(|_| {
                    network.train_step(&inputs, &targets, &Mse, &mut optimizer).unwrap();
                });
            });
        });
        let all = |matrix: &ndarray::Array2<f32>| concatenate(Axis(0), &vec![matrix.view(); STEPS]).unwrap();
        let data = Dataset::new(all(&inputs), all(&targets)).unwrap();
        let mut trainer = Trainer::new(1).batch_size(configuration.batch);
        group.bench_function(format!("epoch of {STEPS} steps of {}", configuration.id()), |bencher| {
            bencher.iter(|| trainer.fit(&mut network, &data, &Mse, &mut optimizer).unwrap());
        });
    }
}

criterion_group!(benches, fit);
criterion_main!(benches);
