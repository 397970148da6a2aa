//! The one forward and the one backward pass, with the loss between them: for a whole batch, or for a shard of it.
//!
//! ```text
//! inputs -> Chain::forward -> outputs -> Loss -> output gradient -> Chain::backward -> gradients of the parameters
//! ```

use crate::layer::Buffer;
use crate::{Chain, Float, Layer, Loss};
use ndarray::{Array2, ArrayRef2, s};
use std::ops::Range;

/// The data and the loss of one training step, checked before and in standard layout.
#[derive(Clone, Copy)]
pub(super) struct StepData<'a, F> {
    pub(super) inputs: &'a ArrayRef2<F>,
    pub(super) targets: &'a ArrayRef2<F>,
    pub(super) weights: Option<&'a [F]>,
    /// Sum of the weights of the whole batch.
    pub(super) total_weight: f64,
    pub(super) loss: &'a dyn Loss<F>,
}

/// The output of a chain and its gradient, for the rows of one pass.
#[derive(Debug)]
pub(super) struct Pass<F> {
    outputs: Buffer<F>,
    output_gradient: Buffer<F>,
}

impl<F: Float> Default for Pass<F> {
    fn default() -> Self {
        Self { outputs: Buffer::default(), output_gradient: Buffer::default() }
    }
}

impl<F: Float> Pass<F> {
    /// Returns the outputs of the last forward pass.
    pub(super) fn outputs(&self) -> &Array2<F> {
        self.outputs.matrix()
    }

    /// Runs the forward pass; returns the outputs.
    pub(super) fn run_forward(&mut self, chain: &mut Chain<F>, inputs: &ArrayRef2<F>) -> &Array2<F> {
        let outputs = self.outputs.resize_uncleared(inputs.nrows(), chain.output_size());
        chain.forward(inputs, outputs);
        outputs
    }

    /// Runs the backward pass from this gradient of the outputs.
    pub(super) fn run_backward(
        &mut self,
        chain: &mut Chain<F>,
        inputs: &ArrayRef2<F>,
        output_gradient: &ArrayRef2<F>,
        input_gradient: Option<&mut ArrayRef2<F>>,
    ) {
        let gradient = self.output_gradient.copy_from(output_gradient);
        chain.backward(inputs, self.outputs.matrix(), gradient, input_gradient);
    }

    /// Runs forward pass, loss and backward pass; returns what the rows add to the mean loss.
    ///
    /// The backward pass is left out when the loss is not finite.
    pub(super) fn run(&mut self, chain: &mut Chain<F>, step: StepData<'_, F>) -> F {
        let outputs = self.outputs.resize_uncleared(step.inputs.nrows(), chain.output_size());
        chain.forward(step.inputs, outputs);
        let gradient = self.output_gradient.resize_uncleared(outputs.nrows(), outputs.ncols());
        let loss = step.loss.mean_and_gradient(outputs, step.targets, step.weights, step.total_weight, gradient);
        if loss.is_finite() {
            chain.backward(step.inputs, outputs, gradient, None);
        }
        loss
    }

    /// Runs forward pass, loss and backward pass for some rows of a step.
    pub(super) fn run_rows(&mut self, chain: &mut Chain<F>, step: StepData<'_, F>, rows: Range<usize>) -> F {
        let inputs = step.inputs.slice(s![rows.clone(), ..]);
        let targets = step.targets.slice(s![rows.clone(), ..]);
        let weights = step.weights.map(|weights| &weights[rows]);
        self.run(chain, StepData { inputs: &inputs, targets: &targets, weights, ..step })
    }
}
