//! Prediction with the named configurations: one row, and a whole batch.

#![allow(missing_docs)]

#[allow(dead_code)]
mod common;

use common::CONFIGURATIONS;
use criterion::{Criterion, criterion_group, criterion_main};
use feedforward::Scratch;
use ndarray::Array2;
use std::time::Duration;

fn inference(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("inference");
    group.sample_size(20).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    for configuration in &CONFIGURATIONS {
        let network = configuration.network();
        for rows in [1, configuration.batch] {
            let inputs = configuration.inputs(rows);
            let mut outputs = Array2::zeros((rows, network.output_size()));
            let mut scratch = Scratch::default();
            group.bench_function(format!("{} rows of {}", rows, configuration.id()), |bencher| {
                bencher.iter(|| network.predict_into(&inputs, &mut scratch, &mut outputs).unwrap());
            });
        }
    }
}

criterion_group!(benches, inference);
criterion_main!(benches);
