//! What 256 rows take on one thread of this machine.

use crate::configuration::{Activation, BETAS, Configuration, EPSILON, Layer, MOMENTUM, Optimizer};
use crate::measure::measure;
use feedforward::error::Result;
use feedforward::{self as ff, Adam, Dense, Identity, Momentum, Mse, Network, Relu, Sigmoid, Tanh};
use ndarray::{Array1, Array2};
use serde::{Deserialize, Serialize};
use std::hint::black_box;

pub const ROWS: usize = 256;

/// Minimum times in microseconds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Times {
    pub configuration: String,
    pub sizes: Vec<usize>,
    /// Forward pass, loss and backward pass.
    pub gradients: f64,
    pub update: f64,
    /// Adding the gradients of another rank to the own ones.
    pub addition: f64,
}

/// Measures a configuration, each time for this many seconds.
pub fn times(name: &str, seconds: f64) -> Result<Times> {
    let configuration =
        Configuration { batch: ROWS, ..Configuration::named(name).expect("a configuration of the peers") };
    let layers = configuration.layers().into_iter().map(dense).collect::<Result<_>>()?;
    let mut network = Network::<f32>::from_layers(layers)?;
    let mut optimizer = optimizer(configuration.optimizer)?;
    let inputs = array((ROWS, configuration.input_size()), configuration.inputs());
    let targets = array((ROWS, configuration.output_size()), configuration.targets());
    let gradients = minimum(seconds, || {
        let loss = network.compute_gradients(&inputs, &targets, None, &Mse);
        black_box(loss.expect("a finite loss"));
    });
    let update = minimum(seconds, || network.update(optimizer.as_mut()).expect("an optimizer in range"));
    let (mut own, other) = (vec![1.0_f32; network.parameter_count()], vec![1e-9_f32; network.parameter_count()]);
    let addition = minimum(seconds, || {
        black_box(&mut own).iter_mut().zip(black_box(&other)).for_each(|(own, other)| *own += other);
    });
    Ok(Times { configuration: name.into(), sizes: configuration.sizes, gradients, update, addition })
}

fn minimum(seconds: f64, step: impl FnMut()) -> f64 {
    measure(seconds, step)["minimum"].as_f64().expect("a number of microseconds")
}

fn optimizer(kind: Optimizer) -> Result<Box<dyn ff::Optimizer<f32>>> {
    // So small that thousands of steps on one batch change nothing that counts for the time.
    let rate = f64::from(kind.rate()) * 1e-3;
    Ok(match kind {
        Optimizer::Momentum => Box::new(Momentum::new(rate, MOMENTUM.into())?),
        Optimizer::Adam => Box::new(Adam::new(rate)?.betas(BETAS.0.into(), BETAS.1.into()).epsilon(EPSILON.into())),
    })
}

fn dense(layer: Layer) -> Result<Box<dyn ff::Layer<f32>>> {
    let weight = array((layer.inputs, layer.outputs), layer.weight);
    let bias = Some(Array1::from(layer.bias));
    Ok(match layer.activation {
        Activation::Identity => Box::new(Dense::from_parameters(weight, bias, Identity)?),
        Activation::Relu => Box::new(Dense::from_parameters(weight, bias, Relu)?),
        Activation::Sigmoid => Box::new(Dense::from_parameters(weight, bias, Sigmoid)?),
        Activation::Tanh => Box::new(Dense::from_parameters(weight, bias, Tanh)?),
    })
}

fn array(shape: (usize, usize), numbers: Vec<f32>) -> Array2<f32> {
    Array2::from_shape_vec(shape, numbers).expect("as many numbers as the shape holds")
}
