//! Gradients for rows of examples: what a trainer, a solver and ranks ask of a network.

use super::Network;
use super::buffers::Buffers;
use super::passes::StepData;
use super::train::{demand_finite_loss, finish_pass, run_passes, run_step};
use crate::data::{Arrays, Batch, Examples, check_arrays, check_targets, view};
use crate::kernel::run_in_pool;
use crate::kernel::tuning::{PREDICT_MIN_ROWS, TRAIN_BYTES};
use crate::{Dataset, Error, Float, Layer, Loss, Result, check};

impl<F: Float> Network<F> {
    /// Checks examples and a loss that this network shall be trained or measured with.
    pub(crate) fn check_data(&self, operation: &'static str, data: &dyn Examples<F>, loss: &dyn Loss<F>) -> Result<()> {
        check::columns(operation, "inputs", self.input_size(), data.input_size())?;
        check::not_empty(operation, "row", data.len())?;
        check_arrays(operation, data)?;
        check_targets(operation, data, &mut |targets| loss.check_targets(self.output_size(), targets))?;
        let last = self.layers().last().map(|layer| layer.describe());
        let Some(last) = last.filter(|_| loss.takes_logits()) else { return Ok(()) };
        let kind = last.part("activation").unwrap_or(&last).kind();
        if matches!(kind, "Sigmoid" | "HardSigmoid" | "Softmax") {
            let expected = "a last layer with the activation Identity under a loss that takes logits";
            return Err(Error::invalid(operation, expected, &last));
        }
        Ok(())
    }

    /// Computes the gradients of the loss of a whole data set, checked before; many rows go through the network in
    /// pieces if its rows are independent.
    pub(crate) fn compute_data_gradients(
        &mut self,
        operation: &'static str,
        data: &Dataset<F>,
        loss: &dyn Loss<F>,
    ) -> Result<F> {
        let most_rows = (TRAIN_BYTES / size_of::<F>() / self.chain.numbers_per_row()).max(PREDICT_MIN_ROWS);
        if data.len() <= most_rows || !self.chain.rows_are_independent() {
            return self.gradients(operation, data.inputs(), data.targets(), data.weights(), loss);
        }
        let total_weight = loss.total_weight(data.targets(), data.weights());
        let (mut sum, mut gradients, mut batch) = (0.0, Vec::new(), Batch::default());
        for first in (0..data.len()).step_by(most_rows) {
            let rows = view(operation, data, first..data.len().min(first + most_rows), &mut batch)?;
            sum += self.compute_rows(operation, rows, total_weight, loss)?.widen();
            self.add_gradients_to(&mut gradients, F::one(), first == 0);
        }
        self.set_mean_gradients(&gradients, F::one());
        finish_pass(operation, &mut self.chain, self.has_proposals)?;
        Ok(F::from_f64(sum))
    }

    /// Computes the gradients for some of the rows of a step that ranks share; returns what the rows add to the mean
    /// loss over this total weight. Nothing is checked: a loss or a gradient that is not finite makes the sum over all
    /// rows so.
    pub(crate) fn compute_leaf(&mut self, rows: Arrays<'_, F>, total_weight: f64, loss: &dyn Loss<F>) -> F {
        let Arrays { inputs, targets, weights } = rows;
        let multiplications = self.multiplications(inputs.nrows());
        let step = StepData { inputs: &inputs, targets: &targets, weights, total_weight, loss };
        let Buffers { pass, shards, rows: forward_rows, .. } = &mut self.buffers;
        *forward_rows = 0;
        let chain = &mut self.chain;
        run_in_pool(multiplications, || run_passes(chain, pass, shards, step, multiplications))
    }

    /// Forgets what layers proposed in a pass that is no step.
    pub(crate) fn discard_proposals(&mut self) {
        self.chain.visit_mut(&mut |parameter| parameter.discard_proposal());
    }

    /// Forgets what the last forward pass left, so that no backward pass follows it.
    pub(super) fn forget_last_pass(&mut self) {
        self.buffers.rows = 0;
        self.buffers.shards.clear();
    }

    /// Overwrites the gradients with sum / weight, as the outcome of a step with this loss.
    pub(crate) fn set_checked_gradients(
        &mut self,
        operation: &'static str,
        loss: F,
        sums: &[F],
        weight: F,
    ) -> Result<()> {
        demand_finite_loss(operation, &mut self.chain, loss)?;
        self.set_mean_gradients(sums, weight);
        finish_pass(operation, &mut self.chain, self.has_proposals)
    }

    /// Runs work on a step of this many rows on a thread of the pool, if it takes long enough.
    pub(crate) fn in_pool<R: Send>(&mut self, rows: usize, work: impl FnOnce(&mut Self) -> R + Send) -> R {
        run_in_pool(self.multiplications(rows), || work(self))
    }

    /// Returns whether each row of the outputs depends on the same row of the inputs alone, in training too.
    pub(crate) fn rows_are_independent(&self) -> bool {
        self.chain.rows_are_independent()
    }

    /// Computes the gradients for checked rows in standard layout; returns what they add to the mean loss over this
    /// total weight.
    pub(crate) fn compute_rows(
        &mut self,
        operation: &'static str,
        rows: Arrays<'_, F>,
        total_weight: f64,
        loss: &dyn Loss<F>,
    ) -> Result<F> {
        let Arrays { inputs, targets, weights } = rows;
        let multiplications = self.multiplications(inputs.nrows());
        let step = StepData { inputs: &inputs, targets: &targets, weights, total_weight, loss };
        let Buffers { pass, shards, rows: forward_rows, .. } = &mut self.buffers;
        *forward_rows = 0;
        let (chain, has_proposals) = (&mut self.chain, self.has_proposals);
        run_in_pool(multiplications, || run_step(operation, chain, pass, shards, step, multiplications, has_proposals))
    }
}
