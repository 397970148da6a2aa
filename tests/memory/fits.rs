//! A fit allocates a fixed number of times, never per step: ten times the steps allocate no more.

use crate::counting::allocations;
use feedforward::training::hook::{ClipNorm, ClipValue, MaxNorm, Penalty};
use feedforward::training::schedule::{Cosine, Warmup};
use feedforward::*;
use ndarray::Array2;

/// Counts the allocations of a fit of three epochs, each of this number of batches of 8 rows and one of 3.
fn requests(batches: usize, together: usize) -> usize {
    let inputs =
        Array2::from_shape_fn((8 * batches + 3, 4), |(row, column)| ((row * 7 + column * 5) % 11) as f64 / 11.0);
    let targets = inputs.map_axis(ndarray::Axis(1), |x| x.sum()).insert_axis(ndarray::Axis(1));
    let weights = (0..inputs.nrows()).map(|row| 1.0 + (row % 3) as f64).collect();
    let data = Dataset::new(inputs, targets).unwrap().with_weights(weights).unwrap();
    let mut network = Network::<f64>::builder(4).dense(8, Tanh).dropout(0.1).dense(1, Identity).build().unwrap();
    let mut rule = Adam::new(0.001).unwrap();
    let mut trainer = Trainer::new(3)
        .batch_size(8)
        .accumulate(together)
        .schedule_steps(Warmup::new(10).unwrap())
        .schedule_epochs(Cosine::new(10).unwrap())
        .hook(Penalty::elastic(1e-4, 1e-4).unwrap())
        .hook(ClipNorm::new(1.0).unwrap())
        .hook(ClipValue::new(0.5).unwrap())
        .hook(MaxNorm::new(3.0).unwrap());
    trainer.fit(&mut network, &data, &Mse, &mut rule).unwrap();
    allocations(|| {
        trainer.fit(&mut network, &data, &Mse, &mut rule).unwrap();
    })
}

#[test]
fn ten_times_the_steps_are_not_one_request_more() {
    for together in [1, 4] {
        let (few, many) = (requests(10, together), requests(100, together));
        assert_eq!(few, many);
        assert!(few > 0, "the counter counts");
    }
}
