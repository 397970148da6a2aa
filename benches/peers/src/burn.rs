//! burn, with its backend Flex.

use crate::configuration::{Activation, BETAS, Configuration, EPSILON, Layer, MOMENTUM, Optimizer};
use crate::{Peer, Rows};
use ::burn::module::{Module, Param};
use ::burn::nn::Linear;
use ::burn::nn::loss::{MseLoss, Reduction};
use ::burn::optim::momentum::MomentumConfig;
use ::burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer, SgdConfig};
use ::burn::tensor::activation::{relu, sigmoid, tanh};
use ::burn::tensor::{Device, Tensor, TensorData};

#[derive(Module, Debug)]
struct Network {
    layers: Vec<Linear>,
}

pub struct Burn {
    /// `None` only during a step, which takes the network and gives back another.
    network: Option<Network>,
    /// The same without the record of gradients, once predictions are asked for.
    inference: Option<Network>,
    activations: Vec<Activation>,
    optimizer: ModuleOptimizer,
    rate: f64,
    inputs: Tensor<2>,
    targets: Tensor<2>,
    /// The first row, and all, for predictions.
    plain_inputs: [Tensor<2>; 2],
    outputs: Option<Tensor<2>>,
}

impl Burn {
    pub fn new(configuration: &Configuration) -> Self {
        let (plain, training) = (Device::flex(), Device::flex().autodiff());
        let layers = configuration.layers();
        let (input_shape, output_shape) =
            ([configuration.batch, configuration.input_size()], [configuration.batch, configuration.output_size()]);
        let plain_inputs = Tensor::from_data(TensorData::new(configuration.inputs(), input_shape), &plain);
        let first_row = TensorData::new(configuration.inputs()[..input_shape[1]].to_vec(), [1, input_shape[1]]);
        let optimizer = match configuration.optimizer {
            Optimizer::Momentum => {
                let momentum = MomentumConfig::new().with_momentum(MOMENTUM.into()).with_dampening(0.0);
                SgdConfig::new().with_momentum(Some(momentum)).init()
            }
            Optimizer::Adam => AdamConfig::new().with_beta_1(BETAS.0).with_beta_2(BETAS.1).with_epsilon(EPSILON).init(),
        };
        Self {
            network: Some(Network { layers: layers.iter().map(|layer| linear(layer, &training)).collect() }),
            inference: None,
            activations: layers.iter().map(|layer| layer.activation).collect(),
            optimizer,
            rate: configuration.optimizer.rate().into(),
            inputs: Tensor::from_data(TensorData::new(configuration.inputs(), input_shape), &training),
            targets: Tensor::from_data(TensorData::new(configuration.targets(), output_shape), &training),
            plain_inputs: [Tensor::from_data(first_row, &plain), plain_inputs],
            outputs: None,
        }
    }
}

impl Peer for Burn {
    fn train_step(&mut self) {
        let network = self.network.take().expect("a network between steps");
        let outputs = forward(&network, &self.activations, self.inputs.clone());
        let loss = MseLoss::new().forward(outputs, self.targets.clone(), Reduction::Mean);
        let gradients = GradientsParams::from_grads(loss.backward(), &network);
        self.network = Some(self.optimizer.step(self.rate, network, gradients));
        self.inference = None;
    }

    fn predict(&mut self, rows: Rows) {
        let network = &self.network;
        let inference =
            self.inference.get_or_insert_with(|| network.as_ref().expect("a network between steps").valid());
        self.outputs = Some(forward(inference, &self.activations, self.plain_inputs[rows as usize].clone()));
    }

    fn outputs(&self) -> Vec<f32> {
        let outputs = self.outputs.clone().expect("a prediction before");
        outputs.into_data().try_to_vec().expect("numbers of f32")
    }
}

fn forward(network: &Network, activations: &[Activation], inputs: Tensor<2>) -> Tensor<2> {
    network.layers.iter().zip(activations).fold(inputs, |inputs, (layer, activation)| {
        let outputs = layer.forward(inputs);
        match activation {
            Activation::Identity => outputs,
            Activation::Relu => relu(outputs),
            Activation::Sigmoid => sigmoid(outputs),
            Activation::Tanh => tanh(outputs),
        }
    })
}

fn linear(layer: &Layer, device: &Device) -> Linear {
    let weight = TensorData::new(layer.weight.clone(), [layer.inputs, layer.outputs]);
    let bias = TensorData::new(layer.bias.clone(), [layer.outputs]);
    Linear {
        weight: Param::from_tensor(Tensor::from_data(weight, device)),
        bias: Some(Param::from_tensor(Tensor::from_data(bias, device))),
    }
}
