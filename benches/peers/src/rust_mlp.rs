//! rust-mlp: its own buffers and products in batches, as in its `fit`.

use crate::configuration::{Activation, BETAS, Configuration, EPSILON, Layer, MOMENTUM, Optimizer};
use crate::{Peer, Rows};
use ::rust_mlp::{
    self as mlp, BatchBackpropScratch, BatchScratch, Gradients, Loss, Mlp, OptimizerState, Result, Scratch,
};
use serde_json::json;

pub struct RustMlp {
    network: Mlp,
    optimizer: OptimizerState,
    rate: f32,
    inputs: Vec<f32>,
    targets: Vec<f32>,
    /// Of the loss, with respect to the outputs.
    gradient: Vec<f32>,
    gradients: Gradients,
    scratch: BatchScratch,
    backward_scratch: BatchBackpropScratch,
    row_scratch: Scratch,
    last: Rows,
}

impl RustMlp {
    pub fn new(configuration: &Configuration) -> Result<Self> {
        // The only way in for given weights is its file format.
        let layers: Vec<_> = configuration.layers().iter().map(file_layer).collect();
        let network = Mlp::from_json_str(&json!({ "format_version": 1, "layers": layers }).to_string())?;
        // Its loss is half the mean squared error, so its gradients are half of ours: this makes the step the same.
        let rate = configuration.optimizer.rate();
        let (optimizer, rate) = match configuration.optimizer {
            Optimizer::Momentum => (mlp::Optimizer::SgdMomentum { momentum: MOMENTUM }, 2.0 * rate),
            Optimizer::Adam => (mlp::Optimizer::Adam { beta1: BETAS.0, beta2: BETAS.1, eps: EPSILON / 2.0 }, rate),
        };
        let targets = configuration.targets();
        Ok(Self {
            optimizer: optimizer.state(&network)?,
            rate,
            inputs: configuration.inputs(),
            gradient: vec![0.0; targets.len()],
            targets,
            gradients: network.gradients(),
            scratch: network.scratch_batch(configuration.batch),
            backward_scratch: network.backprop_scratch_batch(configuration.batch),
            row_scratch: network.scratch(),
            network,
            last: Rows::All,
        })
    }
}

impl Peer for RustMlp {
    fn train_step(&mut self) {
        let size = self.network.output_dim();
        let outputs = self.network.forward_batch(&self.inputs, &mut self.scratch);
        let rows = outputs.chunks_exact(size).zip(self.targets.chunks_exact(size));
        // The loss is a mean within a row here; `backward_batch` takes the mean over the rows.
        let losses = rows
            .zip(self.gradient.chunks_exact_mut(size))
            .map(|((output, target), gradient)| Loss::Mse.backward(output, target, gradient));
        std::hint::black_box(losses.sum::<f32>());
        self.network.backward_batch(
            &self.inputs,
            &self.scratch,
            &self.gradient,
            &mut self.gradients,
            &mut self.backward_scratch,
        );
        self.optimizer.step(&mut self.network, &mut self.gradients, self.rate);
    }

    fn predict(&mut self, rows: Rows) {
        match rows {
            Rows::First => self.network.forward(&self.inputs[..self.network.input_dim()], &mut self.row_scratch),
            Rows::All => self.network.forward_batch(&self.inputs, &mut self.scratch),
        };
        self.last = rows;
    }

    fn outputs(&self) -> Vec<f32> {
        match self.last {
            Rows::First => self.row_scratch.output().to_vec(),
            Rows::All => self.scratch.output().to_vec(),
        }
    }
}

fn file_layer(layer: &Layer) -> serde_json::Value {
    let kind = match layer.activation {
        Activation::Identity => "identity",
        Activation::Relu => "relu",
        Activation::Sigmoid => "sigmoid",
        Activation::Tanh => "tanh",
    };
    json!({
        "in_dim": layer.inputs,
        "out_dim": layer.outputs,
        "activation": { "kind": kind },
        "weights": layer.transposed_weight(),
        "biases": layer.bias,
    })
}
