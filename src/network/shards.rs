//! A large batch through a small network, some rows at a time: what passes between the layers stays in a cache, and the
//! threads share out rows instead of each product.
//!
//! A shard is a clone of the layers with its own buffers. The rows of each shard and the order in which the shards
//! are added up do not depend on the number of threads, so the results do not either.

use super::passes::{Pass, StepData};
use crate::kernel::tuning::{SHARD_BYTES, SHARD_MAX_PARAMETERS, SHARD_MIN_ROWS};
use crate::kernel::{Divisible, split_by_cost};
use crate::{Chain, Float, Layer, Parameter};
use ndarray::{Array2, Axis};
use std::ops::Range;

/// A clone of the layers, with the rows it works on.
#[derive(Debug)]
struct Shard<F: Float> {
    chain: Chain<F>,
    pass: Pass<F>,
    rows: Range<usize>,
    loss: F,
}

/// The shards of the last batch; none are in use if it was not divided.
#[derive(Debug)]
pub(super) struct Shards<F: Float> {
    all: Vec<Shard<F>>,
    used: usize,
    /// The values of all parameters, and the sum of their gradients, one after another.
    values: Vec<F>,
    gradients: Vec<F>,
}

impl<F: Float> Default for Shards<F> {
    fn default() -> Self {
        Self { all: Vec::new(), used: 0, values: Vec::new(), gradients: Vec::new() }
    }
}

impl<F: Float> Shards<F> {
    /// Divides a batch into shards if that pays; returns whether it did.
    pub(super) fn divide(&mut self, chain: &Chain<F>, rows: usize) -> bool {
        self.used = 0;
        if rows < 2 * SHARD_MIN_ROWS {
            return false;
        }
        let most_rows = SHARD_BYTES / size_of::<F>() / chain.numbers_per_row();
        if rows < 2 * most_rows || most_rows < SHARD_MIN_ROWS || !chain.rows_are_independent() {
            return false;
        }
        let layers: &dyn Layer<F> = chain;
        if layers.parameter_count() > SHARD_MAX_PARAMETERS {
            return false;
        }
        self.used = rows.div_ceil(most_rows);
        let (each, longer) = (rows / self.used, rows % self.used);
        let mut first = 0;
        for index in 0..self.used {
            let rows = first..first + each + usize::from(index < longer);
            first = rows.end;
            match self.all.get_mut(index) {
                Some(shard) => shard.rows = rows,
                None => self.all.push(Shard::new(chain, rows)),
            }
        }
        true
    }

    /// Forgets the last batch; keeps the memory.
    pub(super) fn clear(&mut self) {
        self.used = 0;
    }

    /// Runs forward pass, loss and backward pass of all shards; leaves the gradients in the chain and returns the loss.
    pub(super) fn run(&mut self, chain: &mut Chain<F>, step: StepData<'_, F>, multiplications: usize) -> F {
        self.values.clear();
        chain.visit(&mut |parameter| self.values.extend_from_slice(parameter.values()));
        let values = &self.values[..];
        split_by_cost(multiplications, ShardSlice(&mut self.all[..self.used]), |shards: ShardSlice<'_, F>| {
            shards.0.iter_mut().for_each(|shard| shard.run(values, step));
        });
        self.add_up(chain)
    }

    /// Adds up the losses and the gradients, always in the same order.
    fn add_up(&mut self, chain: &mut Chain<F>) -> F {
        let shards = &self.all[..self.used];
        self.gradients.clear();
        self.gradients.resize(self.values.len(), F::zero());
        for shard in shards {
            let mut sums = &mut self.gradients[..];
            shard.chain.visit(&mut |parameter| {
                let of_parameter = sums.split_off_mut(..parameter.len()).unwrap_or_default();
                of_parameter.iter_mut().zip(parameter.gradients()).for_each(|(sum, &gradient)| *sum += gradient);
            });
        }
        let set = |parameter: &mut Parameter<F>, sums: &[F]| parameter.gradients_mut().copy_from_slice(sums);
        chain.visit_with_numbers(&self.gradients, |_| true, set);
        F::from_f64(shards.iter().map(|shard| shard.loss.widen()).sum())
    }

    /// Returns the outputs of a layer for the whole batch, if it was divided.
    pub(super) fn output_of(&self, layer: usize) -> Option<Array2<F>> {
        let shards = self.all[..self.used].iter();
        let outputs: Vec<_> =
            shards.map(|shard| shard.chain.output_of(layer).unwrap_or(shard.pass.outputs()).view()).collect();
        if outputs.is_empty() { None } else { ndarray::concatenate(Axis(0), &outputs).ok() }
    }
}

impl<F: Float> Shard<F> {
    fn new(chain: &Chain<F>, rows: Range<usize>) -> Self {
        let mut chain = chain.clone();
        // Only the network's own layers are updated.
        chain.visit_mut(&mut |parameter| parameter.reset_state());
        Self { chain, pass: Pass::default(), rows, loss: F::zero() }
    }

    /// Runs the forward and backward pass of one shard with these values of the parameters.
    fn run(&mut self, values: &[F], step: StepData<'_, F>) {
        self.chain.set_values(values);
        self.loss = self.pass.run_rows(&mut self.chain, step, self.rows.clone());
    }
}

/// Some shards, to be shared out among threads.
struct ShardSlice<'a, F: Float>(&'a mut [Shard<F>]);

impl<F: Float> Divisible for ShardSlice<'_, F> {
    fn split_at_share(self, share: f64) -> (Self, Self) {
        let middle = (self.0.len() as f64 * share).round() as usize;
        let (first, second) = self.0.split_at_mut(middle);
        (Self(first), Self(second))
    }
}
