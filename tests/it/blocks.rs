//! Layers that own layers: chains, residual blocks and wrappers of users are trained, counted and checked inside.

use crate::common::{Matrix, Precise, assert_close, matrix};
use feedforward::description::Description;
use feedforward::layer::{ActivationLayer, BatchNorm, Chain, Residual};
use feedforward::*;
use ndarray::{Array2, ArrayRef2, array};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    parameters: Vec<Matrix>,
    inputs: Matrix,
    targets: Matrix,
    outputs: Matrix,
    loss: f64,
    gradients: Vec<Matrix>,
    input_gradient: Matrix,
    losses: Vec<f64>,
    after: Vec<Matrix>,
}

fn dense<F: Float, A: Activation<F>>(parameters: &[Matrix], activation: A) -> Box<dyn Layer<F>> {
    let bias = matrix(&parameters[1]).row(0).to_owned();
    Box::new(Dense::from_parameters(matrix(&parameters[0]), Some(bias), activation).unwrap())
}

fn check_residual<F: Precise>() {
    let golden: Golden = serde_json::from_str(include_str!("../golden/residual.json")).unwrap();
    let p = &golden.parameters;
    let block = Chain::new(vec![dense(&p[..2], Gelu::Exact), dense(&p[2..4], Identity)]).unwrap();
    let layers = vec![Box::new(Residual::new(block).unwrap()) as Box<dyn Layer<F>>, dense(&p[4..], Identity)];
    let mut network = Network::from_layers(layers).unwrap();
    let (inputs, targets) = (matrix::<F>(&golden.inputs), matrix::<F>(&golden.targets));

    assert_close("predicted", &network.predict(&inputs).unwrap(), &golden.outputs);
    let outputs = network.forward(&inputs).unwrap().to_owned();
    assert_close("outputs", &outputs, &golden.outputs);
    let mut gradient = Array2::zeros(outputs.dim());
    let loss = Mse.value_and_gradient(&outputs, &targets, &mut gradient).unwrap();
    assert_close("loss", &array![[loss]], &vec![vec![golden.loss]]);
    assert_close("input gradient", &network.backward_to_inputs(&gradient).unwrap(), &golden.input_gradient);
    assert_eq!(network.parameters().len(), golden.gradients.len());
    for (parameter, expected) in network.parameters().zip(&golden.gradients) {
        assert_close(parameter.name(), parameter.gradient(), expected);
    }
    let mut sgd = Sgd::new(0.1).unwrap();
    for &expected in &golden.losses {
        let loss = network.train_step(&inputs, &targets, &Mse, &mut sgd).unwrap();
        assert_close("loss of a step", &array![[loss]], &vec![vec![expected]]);
    }
    for (parameter, expected) in network.parameters().zip(&golden.after) {
        assert_close(parameter.name(), parameter.value(), expected);
    }
}

#[test]
fn a_residual_block_agrees_with_pytorch() {
    check_residual::<f64>();
    check_residual::<f32>();
}

fn data(rows: usize) -> (Array2<f64>, Array2<f64>) {
    let number = |row: usize, column: usize| ((row * 7 + column * 5 + row * column) % 23) as f64 / 11.5 - 1.0;
    (
        Array2::from_shape_fn((rows, 4), |(row, column)| number(row, column)),
        Array2::from_shape_fn((rows, 2), |(row, column)| number(row + 3, column)),
    )
}

#[test]
fn blocks_pass_the_gradient_check() {
    let builder = Network::builder(4)
        .residual(|block| block.dense(6, Tanh).batch_norm().dense(4, Silu))
        .residual(|block| block.residual(|inner| inner.dense(4, Gelu::Tanh)).layer_norm())
        .dense(2, Identity);
    let network = builder.seed(1).build().unwrap();
    let (inputs, targets) = data(7);
    let report = gradient_check(&network, &inputs, &targets, &Mse).unwrap();
    let statistics = 2 * 6;
    assert_eq!(report.checked() + report.skipped() + statistics, network.parameter_count() + inputs.len());
    assert!(report.worst_error() < 1e-6 && report.skipped() == 0, "{report}");
}

#[test]
fn what_is_inside_a_block_is_counted_trained_frozen_and_compared() {
    let build = |seed| {
        let builder = Network::<f64>::builder(4).residual(|block| block.dense(4, Tanh).dense(4, Identity));
        builder.dense(2, Identity).seed(seed).build().unwrap()
    };
    let mut network = build(1);
    assert_eq!(network.parameter_count(), 2 * (4 * 4 + 4) + 4 * 2 + 2);
    let (inputs, targets) = data(9);
    let before = network.clone();
    network.train_step(&inputs, &targets, &Mse, &mut Sgd::new(0.1).unwrap()).unwrap();
    for (moved, start) in network.parameters().zip(before.parameters()) {
        assert_ne!(moved.values(), start.values(), "{} did not move", moved.name());
    }
    network.set_frozen(0, true).unwrap();
    let frozen = network.clone();
    network.train_step(&inputs, &targets, &Mse, &mut Sgd::new(0.1).unwrap()).unwrap();
    assert_eq!(network.layers()[0].parameters(), frozen.layers()[0].parameters());
    assert_ne!(network.layers()[1].parameters(), frozen.layers()[1].parameters());
    assert_ne!(build(1), build(2));
    assert_eq!(network.layers()[0].describe().to_string(), "Residual(Dense(Tanh), Dense(Identity))");
}

/// A layer of a user that wraps another one and passes the visitor on.
#[derive(Debug, Clone)]
struct Wrapper(Box<dyn Layer<f64>>);

impl Layer<f64> for Wrapper {
    fn input_size(&self) -> usize {
        self.0.input_size()
    }
    fn output_size(&self) -> usize {
        self.0.output_size()
    }
    fn infer(&self, input: &ArrayRef2<f64>, output: &mut ArrayRef2<f64>) {
        self.0.infer(input, output);
    }
    fn forward(&mut self, input: &ArrayRef2<f64>, output: &mut ArrayRef2<f64>) {
        self.0.forward(input, output);
    }
    fn backward(
        &mut self,
        input: &ArrayRef2<f64>,
        output: &ArrayRef2<f64>,
        above: &mut ArrayRef2<f64>,
        below: Option<&mut ArrayRef2<f64>>,
    ) {
        self.0.backward(input, output, above, below);
    }
    fn visit<'a>(&'a self, visitor: &mut dyn FnMut(&'a Parameter<f64>)) {
        self.0.visit(visitor);
    }
    fn visit_mut<'a>(&'a mut self, visitor: &mut dyn FnMut(&'a mut Parameter<f64>)) {
        self.0.visit_mut(visitor);
    }
    fn describe(&self) -> Description {
        self.0.describe()
    }
}

fn running_mean(network: &Network<f64>) -> Vec<f64> {
    network.parameters().find(|parameter| parameter.name() == "running_mean").unwrap().values().to_vec()
}

#[test]
fn a_wrapper_that_passes_the_visitor_on_keeps_its_batch_norm_alive() {
    let wrapped = Wrapper(Box::new(BatchNorm::new(2).unwrap()));
    let mut network = Network::from_layers(vec![Box::new(wrapped)]).unwrap();
    let mut plain = Network::from_layers(vec![Box::new(BatchNorm::new(2).unwrap())]).unwrap();
    let (inputs, targets) = (array![[1.0, 2.0], [3.0, 6.0]], array![[0.0, 0.0], [1.0, 1.0]]);
    for network in [&mut network, &mut plain] {
        network.train_step(&inputs, &targets, &Mse, &mut Sgd::new(0.1).unwrap()).unwrap();
    }
    assert_eq!(running_mean(&network), [0.1 * 2.0, 0.1 * 4.0]);
    assert_eq!(network, plain);
}

#[test]
fn a_frozen_batch_norm_keeps_its_statistics() {
    let mut network = Network::<f64>::builder(4).batch_norm().dense(2, Identity).build().unwrap();
    network.set_frozen(0, true).unwrap();
    let before = network.clone();
    let (inputs, targets) = data(6);
    network.train_step(&inputs, &targets, &Mse, &mut Sgd::new(0.1).unwrap()).unwrap();
    assert_eq!(network.layers()[0].parameters(), before.layers()[0].parameters());
    network.set_frozen(0, false).unwrap();
    network.train_step(&inputs, &targets, &Mse, &mut Sgd::new(0.1).unwrap()).unwrap();
    assert_ne!(running_mean(&network), running_mean(&before));
}

#[test]
fn a_statistic_that_overflows_is_an_error_that_leaves_no_trace() {
    let mut network = Network::<f32>::builder(1).batch_norm().dense(1, Identity).build().unwrap();
    let before = network.clone();
    let (inputs, targets) = (array![[1e20_f32], [-1e20]], array![[0.0], [1.0]]);
    let error = network.train_step(&inputs, &targets, &Mse, &mut Sgd::new(0.1).unwrap()).unwrap_err();
    assert!(matches!(error, Error::StatisticNotFinite { layer: 0, parameter: "running_variance", .. }), "{error}");
    assert_eq!(network, before);
    network.forward(&inputs).unwrap();
    let error = network.backward(&array![[0.0], [1e-3]]).unwrap_err();
    assert!(matches!(error, Error::StatisticNotFinite { .. }), "{error}");
    assert_eq!(network, before);
}

#[test]
fn batch_norm_follows_its_momentum_and_epsilon() {
    let options = feedforward::layer::BatchNormOptions::default().epsilon(1e-3).momentum(0.01);
    let mut layer = BatchNorm::<f64>::with_options(1, options).unwrap();
    let mut output = Array2::zeros((2, 1));
    layer.forward(&array![[1.0], [5.0]], &mut output);
    // Mean 3, variance 4: (1 - 3) / sqrt(4.001).
    approx::assert_abs_diff_eq!(output[[0, 0]], -2.0 / 4.001_f64.sqrt(), epsilon = 1e-15);
    layer.visit_mut(&mut |parameter| parameter.accept_proposal());
    let mut network = Network::from_layers(vec![Box::new(layer)]).unwrap();
    assert_eq!(running_mean(&network), [0.01 * 3.0]);
    // One row: beta in training, and the variance stays.
    let variance = |network: &Network<f64>| network.parameters().last().unwrap().values()[0];
    let before = variance(&network);
    network.train_step(&array![[7.0]], &array![[0.0]], &Mse, &mut Sgd::new(0.1).unwrap()).unwrap();
    assert_eq!(variance(&network), before);
}

#[test]
fn a_block_must_put_out_what_it_takes() {
    let error = Network::<f32>::builder(4).residual(|block| block.dense(3, Relu)).build().unwrap_err();
    assert_eq!(error.to_string(), "Residual: expected 4 columns in the output of the block, found 3");
    let error = Network::<f32>::builder(4).residual(|block| block).build().unwrap_err();
    assert_eq!(error.to_string(), "Chain: expected at least one layer, found 0");
}

#[test]
fn a_dense_layer_takes_any_activation_inside() {
    let (inputs, targets) = data(12);
    let inside = |activation: Gelu| {
        let builder = Network::builder(4).dense_with(6, activation, Initializer::GlorotUniform);
        builder.dense(2, Identity).seed(3).build().unwrap()
    };
    for activation in [Gelu::Exact, Gelu::Tanh] {
        let behind = Network::builder(4).dense(6, Identity).activation(activation).dense(2, Identity).seed(3);
        let (mut one, mut other) = (inside(activation), behind.build().unwrap());
        for _ in 0..3 {
            let losses = [&mut one, &mut other]
                .map(|network| network.train_step(&inputs, &targets, &Mse, &mut Sgd::new(0.1).unwrap()).unwrap());
            assert_eq!(losses[0], losses[1]);
        }
        assert_eq!(one.predict(&inputs).unwrap(), other.predict(&inputs).unwrap());
    }
    // An activation chosen at run time computes the same bits as the one inside it.
    let chosen: feedforward::activation::AnyActivation = "gelu".parse().unwrap();
    let builder = Network::builder(4).dense_with(6, chosen, Initializer::GlorotUniform).dense(2, Identity);
    let (mut any, mut fixed) = (builder.seed(3).build().unwrap(), inside(Gelu::Exact));
    let losses = [&mut any, &mut fixed]
        .map(|network| network.train_step(&inputs, &targets, &Mse, &mut Sgd::new(0.1).unwrap()).unwrap());
    assert_eq!(losses[0], losses[1]);
    assert_eq!(any, fixed);
    let error = "swosh".parse::<feedforward::activation::AnyActivation>().unwrap_err().to_string();
    assert!(error.starts_with("AnyActivation: expected one of Identity, Sigmoid, Relu"), "{error}");
}

#[test]
fn an_activation_layer_can_stand_first() {
    let first = ActivationLayer::new(4, Silu).unwrap();
    let builder = Network::builder(4).layer(move |_, _| Ok(first.clone())).dense(2, Identity);
    let (inputs, targets) = data(5);
    let report = gradient_check(&builder.build().unwrap(), &inputs, &targets, &Mse).unwrap();
    assert!(report.worst_error() < 1e-6, "{report}");
}
