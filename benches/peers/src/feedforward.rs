//! This crate.

use crate::configuration::{Activation, BETAS, Configuration, EPSILON, Layer, MOMENTUM, Optimizer};
use crate::{Peer, Rows};
use ::feedforward::{
    self as ff, Adam, Dense, Identity, Momentum, Mse, Network, Relu, Scratch, Sigmoid, Tanh, error::Result,
};
use ndarray::{Array1, Array2, s};

pub struct Feedforward {
    network: Network<f32>,
    optimizer: Box<dyn ff::Optimizer<f32>>,
    inputs: Array2<f32>,
    targets: Array2<f32>,
    first_row: Array2<f32>,
    scratch: Scratch<f32>,
    outputs: [Array2<f32>; 2],
    last: Rows,
}

impl Feedforward {
    pub fn new(configuration: &Configuration) -> Result<Self> {
        let (batch, outputs) = (configuration.batch, configuration.output_size());
        let inputs = array((batch, configuration.input_size()), configuration.inputs());
        let rate = f64::from(configuration.optimizer.rate());
        Ok(Self {
            network: Network::from_layers(configuration.layers().into_iter().map(dense).collect::<Result<_>>()?)?,
            optimizer: match configuration.optimizer {
                Optimizer::Momentum => Box::new(Momentum::new(rate, MOMENTUM.into())?),
                Optimizer::Adam => {
                    Box::new(Adam::new(rate)?.betas(BETAS.0.into(), BETAS.1.into()).epsilon(EPSILON.into()))
                }
            },
            first_row: inputs.slice(s![..1, ..]).to_owned(),
            inputs,
            targets: array((batch, outputs), configuration.targets()),
            scratch: Scratch::default(),
            outputs: [1, batch].map(|rows| Array2::zeros((rows, outputs))),
            last: Rows::All,
        })
    }
}

impl Peer for Feedforward {
    fn train_step(&mut self) {
        let loss = self.network.train_step(&self.inputs, &self.targets, &Mse, self.optimizer.as_mut());
        std::hint::black_box(loss.expect("a finite step"));
    }

    fn predict(&mut self, rows: Rows) {
        let inputs = match rows {
            Rows::First => &self.first_row,
            Rows::All => &self.inputs,
        };
        let outputs = &mut self.outputs[rows as usize];
        self.network.predict_into(inputs, &mut self.scratch, outputs).expect("inputs that fit");
        self.last = rows;
    }

    fn outputs(&self) -> Vec<f32> {
        self.outputs[self.last as usize].iter().copied().collect()
    }
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
