//! A large batch through a small network, some rows at a time and there and back: what passes between the layers stays in a
//! cache, and threads share out rows instead of each product.

use super::buffers::Passes;
use crate::kernel::tuning::{SHARD_BYTES, SHARD_MAX_PARAMETERS, SHARD_MIN_ROWS};
use crate::kernel::{Divisible, split_by_cost};
use crate::loss::total_weight;
use crate::{Float, Layer, Loss};
use ndarray::{Array2, ArrayRef2, Axis, s};

/// Some rows of a batch.
#[derive(Debug)]
struct Shard<F> {
    passes: Passes<F>,
    /// The gradient of every parameter, one after another.
    gradients: Vec<F>,
    /// The mean loss of the rows, and the sum of their weights.
    loss: f64,
    weight: f64,
}

/// The shards of the last batch; none if it was not divided.
#[derive(Debug)]
pub(super) struct Shards<F> {
    all: Vec<Shard<F>>,
    /// How many of them were in use.
    used: usize,
}

impl<F> Default for Shards<F> {
    fn default() -> Self {
        Self { all: Vec::new(), used: 0 }
    }
}

/// What a step is about.
#[derive(Clone, Copy)]
pub(super) struct Step<'a, F> {
    pub(super) inputs: &'a ArrayRef2<F>,
    pub(super) targets: &'a ArrayRef2<F>,
    pub(super) weights: Option<&'a [F]>,
    pub(super) loss: &'a dyn Loss<F>,
}

impl<F: Float> Shards<F> {
    /// Divides a batch, if that is worth it. Into how many shards does not depend on the number of threads, so nor do the results.
    pub(super) fn divide(&mut self, layers: &[Box<dyn Layer<F>>], rows: usize) -> bool {
        self.clear();
        if rows < 2 * SHARD_MIN_ROWS {
            return false;
        }
        let widths = layers.iter().map(|layer| layer.input_size() + layer.output_size()).sum::<usize>();
        let most = SHARD_BYTES / size_of::<F>() / widths;
        if rows < 2 * most || most < SHARD_MIN_ROWS || layers.iter().any(|layer| layer.row_wise().is_none()) {
            return false;
        }
        let parameters = layers.iter().flat_map(|layer| layer.parameters()).map(|parameter| parameter.len()).sum();
        if parameters > SHARD_MAX_PARAMETERS {
            return false;
        }
        self.used = rows.div_ceil(most);
        let new = || Shard { passes: Passes::default(), gradients: Vec::new(), loss: 0.0, weight: 0.0 };
        self.all.resize_with(self.used.max(self.all.len()), new);
        let (each, more) = (rows / self.used, rows % self.used);
        for (index, shard) in self.all[..self.used].iter_mut().enumerate() {
            shard.passes.reserve(layers, each + usize::from(index < more));
            shard.gradients.resize(parameters, F::zero());
        }
        true
    }

    /// Forgets the last batch, and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.used = 0;
    }

    /// Forward, loss and backward; leaves the gradients in the parameters and returns the loss.
    pub(super) fn run(&mut self, layers: &mut [Box<dyn Layer<F>>], step: Step<'_, F>, work: usize) -> F {
        let shards = &mut self.all[..self.used];
        let of_all = Rows { shards, first: 0 };
        let shared = &*layers;
        split_by_cost(work, of_all, |rows: Rows<'_, F>| {
            let mut first = rows.first;
            for shard in rows.shards {
                shard.run(shared, step, first);
                first += shard.passes.rows();
            }
        });
        self.add_up(layers)
    }

    /// The mean of the losses and of the gradients, by weight, always in the same order.
    fn add_up(&self, layers: &mut [Box<dyn Layer<F>>]) -> F {
        let shards = &self.all[..self.used];
        let total: f64 = shards.iter().map(|shard| shard.weight).sum();
        let mut first = 0;
        for parameter in layers.iter_mut().flat_map(|layer| layer.parameters_mut()) {
            let gradients = parameter.gradients_mut();
            gradients.fill(F::zero());
            for shard in shards.iter().filter(|shard| shard.weight > 0.0) {
                let share = F::from_f64(shard.weight / total);
                let of_shard = &shard.gradients[first..];
                gradients.iter_mut().zip(of_shard).for_each(|(sum, &gradient)| *sum += share * gradient);
            }
            first += gradients.len();
        }
        let losses = shards.iter().filter(|shard| shard.weight > 0.0).map(|shard| shard.weight / total * shard.loss);
        F::from_f64(losses.sum())
    }

    /// The outputs of a layer for the whole batch, if it was divided.
    pub(super) fn output(&self, layer: usize) -> Option<Array2<F>> {
        let outputs: Option<Vec<_>> = self.all[..self.used].iter().map(|shard| shard.passes.output(layer)).collect();
        let outputs: Vec<_> = outputs?.into_iter().map(|output| output.view()).collect();
        ndarray::concatenate(Axis(0), &outputs).ok()
    }
}

impl<F: Float> Shard<F> {
    /// There and back for the rows from the first on.
    fn run(&mut self, layers: &[Box<dyn Layer<F>>], step: Step<'_, F>, first: usize) {
        let rows = first..first + self.passes.rows();
        let (inputs, targets) = (step.inputs.slice(s![rows.clone(), ..]), step.targets.slice(s![rows.clone(), ..]));
        let weights = step.weights.map(|weights| &weights[rows.clone()]);
        self.weight = total_weight(rows.len(), weights);
        self.passes.forward(&inputs, |index, input, output| layers[index].infer(input, output));
        if self.weight == 0.0 {
            return;
        }
        let (outputs, gradient) = self.passes.ends();
        self.loss = step.loss.weighted_mean(outputs, &targets, weights, gradient).widen();
        let mut end = self.gradients.len();
        self.passes.backward(&inputs, None, |index, input, output, output_gradient, input_gradient| {
            let layer = &layers[index];
            let start = end - layer.parameters().iter().map(|parameter| parameter.len()).sum::<usize>();
            if let Some(layer) = layer.row_wise() {
                let gradients = &mut self.gradients[start..end];
                layer.backward_rows(input, output, output_gradient, input_gradient, gradients);
            }
            end = start;
        });
    }
}

/// Some shards, and the first row of the first.
struct Rows<'a, F> {
    shards: &'a mut [Shard<F>],
    first: usize,
}

impl<F: Float> Divisible for Rows<'_, F> {
    fn split_at_share(self, share: f64) -> (Self, Self) {
        let middle = (self.shards.len() as f64 * share).round() as usize;
        let (one, other) = self.shards.split_at_mut(middle);
        let first = self.first + one.iter().map(|shard| shard.passes.rows()).sum::<usize>();
        (Self { shards: one, first: self.first }, Self { shards: other, first })
    }
}
