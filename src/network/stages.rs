//! [`Stages`]: a network with layers that mix the rows of a batch, shared out between ranks.
//!
//! Layers whose rows are independent run on each rank's own rows, leaf by leaf. A layer that mixes rows (batch
//! statistics, random masks) runs on every rank on the whole batch, so that it does what it does alone; its inputs and
//! its output gradients come from all ranks.

use super::Network;
use crate::data::Arrays;
use crate::distributed::{Communicator, Leaf};
use crate::kernel::{as_bytes, as_bytes_mut};
use crate::layer::{Buffer, flat, flat_mut};
use crate::{Chain, Error, Float, Layer, Loss, Parameter, Result};
use ndarray::{ArrayRef2, s};
use std::ops::Range;

/// The layers of a network in runs.
#[derive(Debug)]
pub(crate) struct Stages<F: Float> {
    stages: Vec<Stage<F>>,
    /// The gradient of the last stage's output, and of what goes into a stage, for the rows of this rank.
    gradients: [Buffer<F>; 2],
    /// The same for all rows, where a layer mixes rows.
    whole_gradients: [Buffer<F>; 2],
}

/// Some layers, and what the backward pass needs of the forward pass.
#[derive(Debug)]
struct Stage<F: Float> {
    layers: Range<usize>,
    /// A clone of the layers for each leaf; none if the layer mixes rows.
    leaves: Vec<Chain<F>>,
    mixes_rows: bool,
    /// Outputs for the rows of this rank.
    output: Buffer<F>,
    /// Inputs and outputs for all rows, where the layer mixes rows.
    whole: [Buffer<F>; 2],
}

/// The rows of one rank in a step.
#[derive(Clone, Copy)]
pub(crate) struct OwnRows<'a, F> {
    pub(crate) communicator: &'a dyn Communicator,
    pub(crate) arrays: Arrays<'a, F>,
    /// Rows of each leaf, counted within those of the rank.
    pub(crate) leaves: &'a [Range<usize>],
    /// The first row of the rank within the batch, and the rows of the batch.
    pub(crate) first: usize,
    pub(crate) of: usize,
}

impl<F: Float> Stages<F> {
    /// Cuts a network where a layer mixes rows.
    pub(crate) fn new(network: &Network<F>) -> Self {
        let mut stages: Vec<Stage<F>> = Vec::new();
        for (index, layer) in network.layers().iter().enumerate() {
            let mixes_rows = !layer.rows_are_independent();
            match stages.last_mut() {
                Some(stage) if !mixes_rows && !stage.mixes_rows => stage.layers.end = index + 1,
                _ => {
                    let (output, whole) = (Buffer::default(), Default::default());
                    stages.push(Stage { layers: index..index + 1, leaves: Vec::new(), mixes_rows, output, whole });
                }
            }
        }
        Self { stages, gradients: Default::default(), whole_gradients: Default::default() }
    }

    /// Runs forward pass, loss and backward pass; returns what each leaf of this rank adds to the mean loss over this
    /// total weight.
    pub(crate) fn run(
        &mut self,
        network: &mut Network<F>,
        own: OwnRows<'_, F>,
        total_weight: f64,
        loss: &dyn Loss<F>,
    ) -> Result<Vec<F>> {
        network.forget_last_pass();
        self.set_values(network, own.leaves.len())?;
        self.forward(network, own)?;
        let losses = self.compute_losses(own, total_weight, loss);
        self.backward(network, own)?;
        Ok(losses)
    }

    /// Puts the gradients of one leaf of the last step, those of trained parameters one after another. A layer that
    /// mixes rows has those of all rows: they count for the first leaf of the batch. A leaf without rows has no others.
    pub(crate) fn put_gradients(
        &self,
        network: &Network<F>,
        leaf: usize,
        is_first: bool,
        is_empty: bool,
        to: &mut Leaf<'_, F>,
    ) {
        for stage in &self.stages {
            let is_counted = if stage.mixes_rows { is_first } else { !is_empty };
            let mut put = |parameter: &Parameter<F>| match parameter.is_trainable() {
                true if is_counted => to.put(parameter.gradients()),
                true => to.put_zeros(parameter.len()),
                false => {}
            };
            match stage.leaves.get(leaf) {
                Some(chain) => chain.visit(&mut put),
                None => network.layers()[stage.layers.clone()].iter().for_each(|layer| layer.visit(&mut put)),
            }
        }
    }

    /// Gives each leaf the present values of the parameters.
    fn set_values(&mut self, network: &Network<F>, leaves: usize) -> Result<()> {
        let mut values = Vec::new();
        for stage in self.stages.iter_mut().filter(|stage| !stage.mixes_rows) {
            let layers = &network.layers()[stage.layers.clone()];
            values.clear();
            layers.iter().for_each(|layer| layer.visit(&mut |parameter| values.extend_from_slice(parameter.values())));
            while stage.leaves.len() < leaves {
                let mut chain = Chain::for_operation("Trainer", layers.to_vec())?;
                // Only the network's own layers are updated.
                chain.visit_mut(&mut |parameter| parameter.reset_state());
                stage.leaves.push(chain);
            }
            stage.leaves[..leaves].iter_mut().for_each(|chain| chain.set_values(&values));
        }
        Ok(())
    }

    fn forward(&mut self, network: &mut Network<F>, own: OwnRows<'_, F>) -> Result<()> {
        let rows = own.arrays.inputs.nrows();
        for index in 0..self.stages.len() {
            let (before, rest) = self.stages.split_at_mut(index);
            let Some(stage) = rest.first_mut() else { continue };
            let input = before.last().map_or(own.arrays.inputs, |stage| stage.output.matrix().view());
            let columns = network.layers()[stage.layers.end - 1].output_size();
            let output = stage.output.resize_uncleared(rows, columns);
            if !stage.mixes_rows {
                for (chain, rows) in stage.leaves.iter_mut().zip(own.leaves).filter(|(_, rows)| !rows.is_empty()) {
                    let part = s![rows.clone(), ..];
                    chain.forward(&input.slice(part), &mut output.slice_mut(part));
                }
                continue;
            }
            let [whole_input, whole_output] = &mut stage.whole;
            own.gather(&input, whole_input)?;
            let whole_output = whole_output.resize_uncleared(own.of, columns);
            if let Some(layer) = network.layers_mut().nth(stage.layers.start) {
                layer.forward(whole_input.matrix(), whole_output);
            }
            output.assign(&whole_output.slice(s![own.first..own.first + rows, ..]));
        }
        Ok(())
    }

    /// Computes the loss of each leaf, and the gradient of the outputs.
    fn compute_losses(&mut self, own: OwnRows<'_, F>, total_weight: f64, loss: &dyn Loss<F>) -> Vec<F> {
        let Arrays { inputs, targets, weights } = own.arrays;
        let Some(outputs) = self.stages.last().map(|stage| stage.output.matrix()) else { return Vec::new() };
        let gradient = self.gradients[0].resize_uncleared(inputs.nrows(), outputs.ncols());
        let of_leaf = |rows: &Range<usize>| {
            let part = s![rows.clone(), ..];
            let weights = weights.map(|weights| &weights[rows.clone()]);
            let mut gradient = gradient.slice_mut(part);
            loss.mean_and_gradient(&outputs.slice(part), &targets.slice(part), weights, total_weight, &mut gradient)
        };
        own.leaves.iter().map(of_leaf).collect()
    }

    fn backward(&mut self, network: &mut Network<F>, own: OwnRows<'_, F>) -> Result<()> {
        let rows = own.arrays.inputs.nrows();
        for index in (0..self.stages.len()).rev() {
            let (before, rest) = self.stages.split_at_mut(index);
            let Some(stage) = rest.first_mut() else { continue };
            let input = before.last().map_or(own.arrays.inputs, |stage| stage.output.matrix().view());
            let [gradient, below] = &mut self.gradients;
            // Nobody needs the gradient of the network's inputs.
            let mut below = (index > 0).then(|| below.resize_uncleared(rows, input.ncols()));
            if stage.mixes_rows {
                let [whole_input, whole_output] = &stage.whole;
                let [whole, whole_below] = &mut self.whole_gradients;
                own.gather(gradient.matrix(), whole)?;
                let gradient = whole.resize_uncleared(own.of, gradient.matrix().ncols());
                let mut whole_below = below.as_ref().map(|below| whole_below.resize_uncleared(own.of, below.ncols()));
                if let Some(layer) = network.layers_mut().nth(stage.layers.start) {
                    let below = whole_below.as_mut().map(|below| &mut ***below);
                    layer.backward(whole_input.matrix(), whole_output.matrix(), gradient, below);
                }
                if let (Some(below), Some(whole)) = (&mut below, &whole_below) {
                    below.assign(&whole.slice(s![own.first..own.first + rows, ..]));
                }
            } else {
                let gradient = gradient.resize_uncleared(rows, stage.output.matrix().ncols());
                for (chain, rows) in stage.leaves.iter_mut().zip(own.leaves).filter(|(_, rows)| !rows.is_empty()) {
                    let part = s![rows.clone(), ..];
                    let mut below = below.as_mut().map(|below| below.slice_mut(part));
                    let (output, mut gradient) = (stage.output.matrix().slice(part), gradient.slice_mut(part));
                    chain.backward(&input.slice(part), &output, &mut gradient, below.as_deref_mut());
                }
            }
            self.gradients.swap(0, 1);
        }
        Ok(())
    }
}

impl<F: Float> OwnRows<'_, F> {
    /// Joins the rows of all ranks, in the order of the batch.
    fn gather(&self, own: &ArrayRef2<F>, whole: &mut Buffer<F>) -> Result<()> {
        let parts = self.communicator.all_gather(as_bytes(flat(own)))?;
        let whole = as_bytes_mut(flat_mut(whole.resize_uncleared(self.of, own.ncols())));
        let found: usize = parts.iter().map(Vec::len).sum();
        if found != whole.len() {
            let expected = format!("{} bytes of all ranks together", whole.len());
            return Err(Error::invalid("Trainer", expected, found));
        }
        let mut rest = whole;
        for part in parts {
            rest.split_off_mut(..part.len()).unwrap_or_default().copy_from_slice(&part);
        }
        Ok(())
    }
}
