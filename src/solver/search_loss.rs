//! [`SearchLoss`]: what the solvers without derivatives minimise.

use crate::distributed::{Communicator, agree_on, all_gather_numbers};
use crate::{Dataset, Error, Float, Loss, Network, Result, Scratch, check, kernel};
use ndarray::Array2;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// The loss of a network over all data, as a function of its trained values.
pub(super) struct SearchLoss<'a, F: Float> {
    operation: &'static str,
    data: &'a Dataset<F>,
    loss: &'a dyn Loss<F>,
    scratch: Scratch<F>,
    outputs: Array2<F>,
    total_weight: f64,
}

impl<'a, F: Float> SearchLoss<'a, F> {
    pub(super) fn new(
        operation: &'static str,
        network: &Network<F>,
        data: &'a Dataset<F>,
        loss: &'a dyn Loss<F>,
        rounds: usize,
    ) -> Result<Self> {
        check::not_empty(operation, "round", rounds)?;
        network.check_data(operation, data, loss)?;
        network.check_finite_values(operation)?;
        let outputs = Array2::zeros((data.len(), network.output_size()));
        let total_weight = loss.total_weight(data.targets(), data.weights());
        Ok(Self { operation, data, loss, scratch: Scratch::default(), outputs, total_weight })
    }

    /// Computes the loss of the network that the search starts from.
    ///
    /// # Errors
    /// When it is not finite: no later loss could be compared with it.
    pub(super) fn first_loss(&mut self, network: &Network<F>) -> Result<f64> {
        let found = self.loss(network)?;
        if found.is_finite() { Ok(found) } else { Err(Error::LossNotFinite { operation: self.operation, found }) }
    }

    /// Computes the loss; infinite where it or an output is not finite, so that it is never the lowest.
    fn loss(&mut self, network: &Network<F>) -> Result<f64> {
        match network.predict_into(self.data.inputs(), &mut self.scratch, &mut self.outputs) {
            Err(Error::NotFinite { what: "outputs", .. }) => return Ok(f64::INFINITY),
            other => other?,
        }
        let targets = self.data.targets();
        let value = self.loss.mean_value(&self.outputs, targets, self.data.weights(), self.total_weight).widen();
        Ok(if value.is_finite() { value } else { f64::INFINITY })
    }

    /// Computes the loss with each of these values, shared out among ranks: number i on rank i % size. All ranks have
    /// the same values, and return the same losses with them.
    pub(super) fn weigh_all(
        &mut self,
        network: &mut Network<F>,
        communicator: &dyn Communicator,
        mut all: Vec<Vec<F>>,
    ) -> Result<Vec<(f64, Vec<F>)>> {
        let (rank, size) = (communicator.rank(), communicator.size());
        let count = all.len();
        let mut weigh_own = || -> Result<Vec<f64>> {
            let mut losses = Vec::new();
            for values in all.iter_mut().skip(rank).step_by(size) {
                let (loss, same) = self.weigh(network, std::mem::take(values))?;
                *values = same;
                losses.push(loss);
            }
            Ok(losses)
        };
        let own = agree_on(communicator, weigh_own())?;
        let losses = all_gather_numbers(communicator, &own)?;
        if losses.len() != count {
            return Err(Error::invalid(self.operation, format!("{count} losses from all ranks"), losses.len()));
        }
        // Those of one rank stand together; the first ranks have one more if they are not as many on each.
        let place = |index: usize| index % size * (count / size) + (index % size).min(count % size) + index / size;
        Ok(all.into_iter().enumerate().map(|(index, values)| (losses[place(index)], values)).collect())
    }

    /// Computes the loss with these values, infinite if one of them is not finite; returns both.
    pub(super) fn weigh(&mut self, network: &mut Network<F>, values: Vec<F>) -> Result<(f64, Vec<F>)> {
        if !kernel::all_finite(&values) {
            return Ok((f64::INFINITY, values));
        }
        network.set_trained_values(&values);
        Ok((self.loss(network)?, values))
    }
}

/// Draws a normally distributed number with this standard deviation.
pub(super) fn draw_normal<F: Float>(rng: &mut ChaCha8Rng, size: f64) -> F {
    let sample: f64 = StandardNormal.sample(rng);
    F::from_f64(size * sample)
}
