//! A training step and a prediction ask for no memory after the first of a batch size.

use crate::counting::allocations;
use feedforward::*;
use ndarray::{Array2, s};

/// Allocations of ten steps and ten predictions, after the first of each.
fn counted(network: &mut Network<f32>, rows: usize, optimizer: &mut dyn Optimizer<f32>) -> (usize, usize) {
    let inputs = Array2::from_elem((rows, network.input_size()), 0.3_f32);
    let targets = Array2::from_elem((rows, network.output_size()), 0.5_f32);
    let mut outputs = targets.clone();
    let mut scratch = Scratch::default();
    network.train_step(&inputs, &targets, &Mse, optimizer).unwrap();
    network.predict_into(&inputs, &mut scratch, &mut outputs).unwrap();
    let (some_inputs, some_targets) = (inputs.slice(s![..rows - 1, ..]), targets.slice(s![..rows - 1, ..]));
    let steps = allocations(|| {
        for _ in 0..5 {
            network.train_step(&inputs, &targets, &Mse, optimizer).unwrap();
            network.train_step(&some_inputs, &some_targets, &Mse, optimizer).unwrap();
        }
    });
    let predictions = allocations(|| {
        for _ in 0..5 {
            network.predict_into(&inputs, &mut scratch, &mut outputs).unwrap();
            network.predict_into(&some_inputs, &mut scratch, &mut outputs.slice_mut(s![..rows - 1, ..])).unwrap();
        }
    });
    (steps, predictions)
}

#[test]
fn small_steps_and_predictions_allocate_nothing() {
    let mut momentum = Momentum::new(0.01, 0.9).unwrap();
    let mut small = Network::builder(4).dense(8, Relu).dense(3, Sigmoid).build().unwrap();
    assert_eq!(counted(&mut small, 8, &mut momentum), (0, 0));
}

#[test]
fn steps_that_are_taken_in_parts_allocate_nothing() {
    let mut small = Network::builder(4).dense(8, Relu).dense(3, Sigmoid).build().unwrap();
    let mut momentum = Momentum::new(0.01, 0.9).unwrap();
    assert_eq!(counted(&mut small, 10_000, &mut momentum).0, 0);
    // Nor when a forward pass comes between.
    let (inputs, targets) = (Array2::from_elem((10_000, 4), 0.3), Array2::from_elem((10_000, 3), 0.5));
    small.forward(&inputs).unwrap();
    let found = allocations(|| {
        small.forward(&inputs).unwrap();
        small.train_step(&inputs, &targets, &Mse, &mut momentum).unwrap();
    });
    assert_eq!(found, 0);
}

#[test]
fn larger_steps_and_predictions_allocate_nothing() {
    let mut network = Network::builder(784).dense(128, Relu).dense(64, Relu).dense(10, Identity).build().unwrap();
    // On a thread of a pool, where the work of a step stays; the pool's own queue asks for memory now and then.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let found = pool.install(|| counted(&mut network, 64, &mut Momentum::new(0.01, 0.9).unwrap()));
    assert_eq!(found, (0, 0));
}

#[test]
fn every_layer_and_rule_keeps_to_it() {
    let rules: [Box<dyn Optimizer<f32>>; 7] = [
        Box::new(Sgd::new(0.01).unwrap()),
        Box::new(Adagrad::new(0.01).unwrap()),
        Box::new(RmsProp::new(0.01).unwrap()),
        Box::new(Adam::new(0.01).unwrap().amsgrad()),
        Box::new(AdamW::new(0.01).unwrap()),
        Box::new(Nadam::new(0.01).unwrap()),
        Box::new(Rprop::new(0.01).unwrap()),
    ];
    for mut rule in rules {
        let start = Network::builder(6).dense(5, Identity).batch_norm().activation(Relu).dropout(0.5).layer_norm();
        let middle = start.dense_without_bias(4, Identity).activation(Gelu::Exact).dense(4, Silu);
        let end = middle.affine().dense(4, Tanh).softmax().log_softmax();
        assert_eq!(counted(&mut end.build().unwrap(), 7, &mut *rule), (0, 0), "{rule:?}");
    }
}

#[test]
fn steps_of_residual_blocks_allocate_nothing() {
    let builder = Network::builder(6).residual(|block| block.dense(8, Gelu::Exact).batch_norm().dense(6, Identity));
    let mut network = builder.dense(2, Identity).build().unwrap();
    assert_eq!(counted(&mut network, 7, &mut Momentum::new(0.01, 0.9).unwrap()).0, 0);
}
