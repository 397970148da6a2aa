//! Forward passes, losses, gradients and optimizer steps equal PyTorch's: the script that computed them is
//! `../golden/core.py`.

use crate::common::{Matrix, Precise, assert_close, matrix};
use feedforward::activation::{Clip, HardSigmoid, HardSwish, Mish, Selu, Softsign};
use feedforward::layer::{ActivationLayer, LogSoftmax, Softmax};
use feedforward::*;
use ndarray::Array2;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Golden {
    activations: BTreeMap<String, Case>,
    losses: BTreeMap<String, Case>,
    optimizers: BTreeMap<String, Steps>,
}

#[derive(Deserialize)]
struct Case {
    parameters: Vec<Matrix>,
    inputs: Matrix,
    targets: Matrix,
    outputs: Matrix,
    loss: f64,
    gradients: Vec<Matrix>,
    input_gradient: Matrix,
}

#[derive(Deserialize)]
struct Steps {
    parameters: Vec<Matrix>,
    inputs: Matrix,
    targets: Matrix,
    losses: Vec<f64>,
    after: Vec<Matrix>,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("../golden/core.json")).unwrap()
}

fn assert_close_number<F: Precise>(what: &str, found: F, expected: f64) {
    assert_close(what, &ndarray::array![[found]], &vec![vec![expected]]);
}

fn dense<F: Float, A: Activation<F>>(parameters: &[Matrix], activation: A) -> Box<dyn Layer<F>> {
    let bias = matrix(&parameters[1]).row(0).to_owned();
    Box::new(Dense::from_parameters(matrix(&parameters[0]), Some(bias), activation).unwrap())
}

/// The 5-4-3 network of the script.
fn network<F: Float>(parameters: &[Matrix], activation: &str) -> Network<F> {
    let first = match activation {
        "sigmoid" => dense(parameters, Sigmoid),
        "relu" => dense(parameters, Relu),
        "leaky_relu" => dense(parameters, LeakyRelu::default()),
        "elu" => dense(parameters, Elu::default()),
        "tanh" => dense(parameters, Tanh),
        "softplus" => dense(parameters, Softplus),
        "selu" => dense(parameters, Selu),
        "hard_sigmoid" => dense(parameters, HardSigmoid::default()),
        "hard_sigmoid_keras" => dense(parameters, HardSigmoid::new(0.2, 0.5).unwrap()),
        "softsign" => dense(parameters, Softsign),
        "relu6" => dense(parameters, Clip::relu6()),
        "clip" => dense(parameters, Clip::new(-0.5, 1.5).unwrap()),
        _ => dense(parameters, Identity),
    };
    let mut layers = vec![first];
    match activation {
        "gelu" => layers.push(Box::new(ActivationLayer::new(4, Gelu::Exact).unwrap())),
        "gelu_tanh" => layers.push(Box::new(ActivationLayer::new(4, Gelu::Tanh).unwrap())),
        "silu" => layers.push(Box::new(ActivationLayer::new(4, Silu).unwrap())),
        "mish" => layers.push(Box::new(ActivationLayer::new(4, Mish).unwrap())),
        "hard_swish" => layers.push(Box::new(ActivationLayer::new(4, HardSwish).unwrap())),
        "softmax" => layers.push(Box::new(Softmax::new(4).unwrap())),
        "log_softmax" => layers.push(Box::new(LogSoftmax::new(4).unwrap())),
        _ => {}
    }
    layers.push(dense(&parameters[2..], Identity));
    Network::from_layers(layers).unwrap()
}

fn check_case<F: Precise>(name: &str, case: &Case, activation: &str, loss: &dyn Loss<F>) {
    let mut network = network::<F>(&case.parameters, activation);
    let (inputs, targets) = (matrix(&case.inputs), matrix(&case.targets));
    assert_close(&format!("{name}, predict"), &network.predict(&inputs).unwrap(), &case.outputs);

    let outputs = network.forward(&inputs).unwrap().to_owned();
    assert_close(&format!("{name}, forward"), &outputs, &case.outputs);
    let mut gradient = Array2::zeros(outputs.dim());
    let value = loss.value_and_gradient(&outputs, &targets, &mut gradient).unwrap();
    assert_close_number(&format!("{name}, loss"), value, case.loss);
    assert_close_number(&format!("{name}, loss alone"), loss.value(&outputs, &targets).unwrap(), case.loss);

    let input_gradient = network.backward_to_inputs(&gradient).unwrap().to_owned();
    assert_close(&format!("{name}, input gradient"), &input_gradient, &case.input_gradient);
    for (parameter, expected) in network.parameters().zip(&case.gradients) {
        assert_close(&format!("{name}, {}", parameter.name()), parameter.gradient(), expected);
    }
}

fn both(name: &str, case: &Case, activation: &str, loss: (&dyn Loss<f64>, &dyn Loss<f32>)) {
    check_case(name, case, activation, loss.0);
    check_case(name, case, activation, loss.1);
}

#[test]
fn every_activation_agrees_with_pytorch() {
    let cases = golden().activations;
    assert_eq!(cases.len(), 20);
    for (name, case) in &cases {
        both(name, case, name, (&Mse, &Mse));
    }
}

#[test]
fn every_loss_agrees_with_pytorch() {
    let (huber, smoothed) = (Huber::new(0.7).unwrap(), CrossEntropy::default().smoothing(0.1));
    let plain = CrossEntropy::default();
    for (name, case) in &golden().losses {
        let loss: (&dyn Loss<f64>, &dyn Loss<f32>) = match name.as_str() {
            "mse" => (&Mse, &Mse),
            "half_squared_error" => (&HalfSquaredError, &HalfSquaredError),
            "mae" => (&Mae, &Mae),
            "huber" => (&huber, &huber),
            "binary_cross_entropy" => (&BinaryCrossEntropy::default(), &BinaryCrossEntropy::default()),
            "cross_entropy_smoothed" => (&smoothed, &smoothed),
            _ => (&plain, &plain),
        };
        both(name, case, "tanh", loss);
    }
}

#[derive(Deserialize)]
struct LossCases {
    cases: Vec<LossCase>,
}

#[derive(Deserialize)]
struct LossCase {
    loss: String,
    level: f64,
    predictions: Matrix,
    targets: Matrix,
    value: f64,
    gradient: Matrix,
}

fn check_loss<F: Precise>(case: &LossCase, loss: &dyn Loss<F>) {
    let (predictions, targets) = (matrix(&case.predictions), matrix(&case.targets));
    let mut gradient = Array2::zeros(predictions.dim());
    let value = loss.value_and_gradient(&predictions, &targets, &mut gradient).unwrap();
    assert_close_number(&case.loss, value, case.value);
    assert_close(&format!("{}, gradient", case.loss), &gradient, &case.gradient);
}

/// The script is `../golden/counts_and_quantiles.py`.
#[test]
fn losses_of_counts_and_quantiles_agree_with_their_formulas() {
    let LossCases { cases } = serde_json::from_str(include_str!("../golden/counts_and_quantiles.json")).unwrap();
    assert_eq!(cases.len(), 6);
    for case in &cases {
        let quantile = Quantile::new(case.level).unwrap();
        match case.loss.as_str() {
            "quantile" => {
                check_loss::<f64>(case, &quantile);
                check_loss::<f32>(case, &quantile);
            }
            _ => {
                check_loss::<f64>(case, &Poisson);
                check_loss::<f32>(case, &Poisson);
            }
        }
    }
}

fn check_steps<F: Precise>(name: &str, steps: &Steps, optimizer: &mut dyn Optimizer<F>) {
    let mut network = network::<F>(&steps.parameters, "tanh");
    let (inputs, targets) = (matrix(&steps.inputs), matrix(&steps.targets));
    for (step, &expected) in steps.losses.iter().enumerate() {
        let loss = network.train_step(&inputs, &targets, &Mse, optimizer).unwrap();
        assert_close_number(&format!("{name}, loss of step {step}"), loss, expected);
    }
    for (parameter, expected) in network.parameters().zip(&steps.after) {
        assert_close(&format!("{name}, {} after the last step", parameter.name()), parameter.value(), expected);
    }
}

fn optimizer<F: Float>(name: &str, rate: f64) -> Box<dyn Optimizer<F>> {
    match name {
        "sgd" => Box::new(Sgd::new(rate).unwrap()),
        "momentum" => Box::new(Momentum::new(rate, 0.9).unwrap()),
        _ => Box::new(Momentum::nesterov(rate, 0.9).unwrap()),
    }
}

#[test]
fn five_steps_of_every_optimizer_agree_with_pytorch() {
    for (name, steps) in &golden().optimizers {
        check_steps::<f64>(name, steps, &mut *optimizer(name, 0.1));
        check_steps::<f32>(name, steps, &mut *optimizer(name, 0.1));
    }
}
