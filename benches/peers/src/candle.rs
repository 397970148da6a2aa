//! candle: its linear layers, loss and gradients. Its SGD has no momentum, so that is written here with its tensors.

use crate::configuration::{Activation, BETAS, Configuration, EPSILON, Layer, MOMENTUM, Optimizer};
use crate::{Peer, Rows};
use candle_core::{Device, Result, Tensor, Var};
use candle_nn::{AdamW, Linear, Module, Optimizer as _, ParamsAdamW};

pub struct Candle {
    /// Over the variables, which record what happens to them.
    training: Network,
    /// Over the same memory, without the record.
    inference: Network,
    optimizer: Update,
    /// The first row, and all.
    inputs: [Tensor; 2],
    targets: Tensor,
    outputs: Tensor,
}

type Network = Vec<(Linear, Activation)>;

enum Update {
    Momentum { rate: f64, variables: Vec<Var>, velocities: Vec<Option<Tensor>> },
    Adam(AdamW),
}

impl Candle {
    pub fn new(configuration: &Configuration) -> Result<Self> {
        let (mut training, mut inference, mut variables) = (Vec::new(), Vec::new(), Vec::new());
        for layer in configuration.layers() {
            let (weight, bias) = parameters(&layer)?;
            training.push((Linear::new(weight.as_tensor().clone(), Some(bias.as_tensor().clone())), layer.activation));
            inference
                .push((Linear::new(weight.as_detached_tensor(), Some(bias.as_detached_tensor())), layer.activation));
            variables.extend([weight, bias]);
        }
        let rate = f64::from(configuration.optimizer.rate());
        let optimizer = match configuration.optimizer {
            Optimizer::Momentum => Update::Momentum { rate, velocities: vec![None; variables.len()], variables },
            // Adam, the weight decay being zero.
            Optimizer::Adam => Update::Adam(AdamW::new(
                variables,
                ParamsAdamW {
                    lr: rate,
                    beta1: BETAS.0.into(),
                    beta2: BETAS.1.into(),
                    eps: EPSILON.into(),
                    weight_decay: 0.0,
                },
            )?),
        };
        let inputs =
            Tensor::from_vec(configuration.inputs(), (configuration.batch, configuration.input_size()), &Device::Cpu)?;
        let targets = Tensor::from_vec(
            configuration.targets(),
            (configuration.batch, configuration.output_size()),
            &Device::Cpu,
        )?;
        let first_row = inputs.narrow(0, 0, 1)?.copy()?;
        Ok(Self { training, inference, optimizer, inputs: [first_row, inputs], outputs: targets.clone(), targets })
    }

    fn step(&mut self) -> Result<()> {
        let outputs = forward(&self.training, &self.inputs[Rows::All as usize])?;
        let loss = candle_nn::loss::mse(&outputs, &self.targets)?;
        match &mut self.optimizer {
            Update::Adam(adam) => adam.backward_step(&loss),
            Update::Momentum { rate, variables, velocities } => {
                let gradients = loss.backward()?;
                for (variable, velocity) in variables.iter().zip(velocities) {
                    let gradient = gradients.get(variable).expect("every variable takes part in the loss");
                    let next = match velocity {
                        Some(velocity) => ((&*velocity * f64::from(MOMENTUM))? + gradient)?,
                        None => gradient.clone(),
                    };
                    variable.set(&(variable.as_detached_tensor() - (&next * *rate)?)?)?;
                    *velocity = Some(next);
                }
                Ok(())
            }
        }
    }
}

impl Peer for Candle {
    fn train_step(&mut self) {
        self.step().expect("a step");
    }

    fn predict(&mut self, rows: Rows) {
        self.outputs = forward(&self.inference, &self.inputs[rows as usize]).expect("inputs that fit");
    }

    fn outputs(&self) -> Vec<f32> {
        self.outputs.flatten_all().and_then(|outputs| outputs.to_vec1()).expect("numbers of f32")
    }
}

fn forward(network: &Network, inputs: &Tensor) -> Result<Tensor> {
    let mut outputs = inputs.clone();
    for (linear, activation) in network {
        outputs = linear.forward(&outputs)?;
        outputs = match activation {
            Activation::Identity => outputs,
            Activation::Relu => outputs.relu()?,
            Activation::Sigmoid => candle_nn::ops::sigmoid(&outputs)?,
            Activation::Tanh => outputs.tanh()?,
        };
    }
    Ok(outputs)
}

/// In the layout of its linear layer, which is (outputs, inputs).
fn parameters(layer: &Layer) -> Result<(Var, Var)> {
    let weight = Var::from_vec(layer.transposed_weight(), (layer.outputs, layer.inputs), &Device::Cpu)?;
    let bias = Var::from_slice(&layer.bias, layer.outputs, &Device::Cpu)?;
    Ok((weight, bias))
}
