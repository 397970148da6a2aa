//! [`Trainer::fit`]: checks, and one run of the epochs.

use super::History;
use super::epochs::Fit;
use super::join::{demand_same, take_over_state};
use super::ranks::{Ranks, demand_shares};
use super::setup::Setup;
use super::trainer::{Trainer, Validation};
use crate::data::{Examples, Partitioned, Subset, check_targets, split_rows};
use crate::distributed::{Communicator, agree_among, agree_on};
use crate::kernel::run_in_pool;
use crate::{Error, Float, Loss, Network, Optimizer, Result, check};

impl<F: Float> Trainer<'_, F> {
    /// Trains the network.
    ///
    /// # Errors
    /// When a setting or the data do not fit; nothing has changed then. When a loss, a gradient, a weight or a
    /// validation output is no longer finite, the error is [`Error::Diverged`](crate::Error::Diverged); when a hook, a
    /// schedule or a metric fails, it is [`Error::Interrupted`](crate::Error::Interrupted). Both name epoch and batch.
    /// The network then has the weights from the end of the last epoch, or the best ones if early stopping keeps them,
    /// and [`history`](Self::history) has the epochs before.
    ///
    /// ```
    /// use feedforward::{Dataset, Identity, Mse, Network, Sgd, Trainer};
    /// use ndarray::array;
    /// let data = Dataset::new(array![[1.0], [2.0]], array![[2.0], [4.0]])?;
    /// let mut network = Network::<f64>::builder(1).dense(1, Identity).build()?;
    /// let history = Trainer::new(20).fit(&mut network, &data, &Mse, &mut Sgd::new(0.1)?)?;
    /// assert!(history.last().unwrap().training_loss < history.epochs()[0].training_loss);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn fit(
        &mut self,
        network: &mut Network<F>,
        data: &dyn Examples<F>,
        loss: &dyn Loss<F>,
        optimizer: &mut dyn Optimizer<F>,
    ) -> Result<History> {
        self.run(network, data, loss, optimizer, |fit| fit.begin())
    }

    /// Checks everything, starts a fit with `start`, and runs it to its end.
    pub(super) fn run(
        &mut self,
        network: &mut Network<F>,
        data: &dyn Examples<F>,
        loss: &dyn Loss<F>,
        optimizer: &mut dyn Optimizer<F>,
        start: impl FnOnce(&mut Fit<'_, '_, F>) -> Result<()> + Send,
    ) -> Result<History> {
        let communicator = self.communicator;
        let set = match self.validation {
            Validation::Set(set) => Some(set),
            _ => None,
        };
        agree_among(communicator, self.check(network, data, set, loss, optimizer))?;
        let (all, all_of_set);
        let (data, set) = match communicator.filter(|_| self.is_partitioned) {
            Some(communicator) => {
                all = Partitioned::new("Trainer", communicator, data)?;
                all_of_set = set.map(|set| Partitioned::new("Trainer", communicator, set)).transpose()?;
                (&all as &dyn Examples<F>, all_of_set.as_ref().map(|set| set as &dyn Examples<F>))
            }
            None => (data, set),
        };
        let parts = match self.validation {
            Validation::Share(share) => {
                let parts = split_rows("Trainer", data, 1.0 - share, self.seed)
                    .and_then(|(train, held_out)| Ok((Subset::new(data, train)?, Subset::new(data, held_out)?)));
                Some(agree_among(communicator, parts)?)
            }
            _ => None,
        };
        let (data, validation) = match &parts {
            Some((train, held_out)) => (train as &dyn Examples<F>, Some(held_out as &dyn Examples<F>)),
            None => (data, set),
        };
        let rate = optimizer.learning_rate();
        let ranks = match communicator {
            Some(communicator) => Some(self.join(communicator, network, data, validation, loss, optimizer)?),
            None => None,
        };
        let multiplications = network.multiplications(self.batch_size.min(data.len()));
        let is_alone = ranks.is_none();
        let run = || {
            let mut fit = Fit::new(self, network, data, validation, loss, optimizer, ranks)?;
            start(&mut fit)?;
            fit.run()
        };
        // Some communicators may be used by this thread alone.
        let outcome = if is_alone { run_in_pool(multiplications, run) } else { run() };
        // The next fit starts from the same learning rate; the schedules continue.
        optimizer.set_learning_rate(rate)?;
        outcome?;
        Ok(self.history.clone())
    }

    /// Joins the other ranks: compares the setup with theirs, and takes over the state of rank 0.
    fn join<'c>(
        &mut self,
        communicator: &'c dyn Communicator,
        network: &mut Network<F>,
        data: &dyn Examples<F>,
        validation: Option<&dyn Examples<F>>,
        loss: &dyn Loss<F>,
        optimizer: &mut dyn Optimizer<F>,
    ) -> Result<Ranks<'c, F>> {
        let (rank, size) = (communicator.rank(), communicator.size());
        if rank >= size {
            let expected = format!("a communicator whose rank is below its size, {size}");
            return Err(Error::invalid("Trainer::across", expected, rank));
        }
        let setup = agree_on(communicator, Setup::new(self, data, validation, loss, optimizer))?;
        demand_same(communicator, &setup, self, network)?;
        let sums = (self.reduction, self.shards);
        demand_shares(communicator, sums, data.len(), self.batch_size.min(data.len()))?;
        take_over_state(communicator, self, network, optimizer)?;
        Ranks::new("Trainer", communicator, sums, self.is_partitioned, !self.observers.is_empty(), network, data)
    }

    fn check(
        &self,
        network: &Network<F>,
        data: &dyn Examples<F>,
        validation: Option<&dyn Examples<F>>,
        loss: &dyn Loss<F>,
        optimizer: &dyn Optimizer<F>,
    ) -> Result<()> {
        check::not_empty("Trainer", "epoch", self.epochs)?;
        check::not_empty("Trainer", "row in a batch", self.batch_size)?;
        check::not_empty("Trainer", "batch to accumulate", self.accumulate)?;
        if !self.shards.is_power_of_two() {
            return Err(Error::invalid("Trainer::shards", "a power of two", self.shards));
        }
        #[cfg(feature = "safetensors")]
        if let Some((_, every)) = &self.checkpoint {
            every.check()?;
        }
        if let Some(loss) = self.target_loss {
            check::finite("Trainer", "target_loss", loss)?;
        }
        if let Some(stopping) = &self.early_stopping {
            stopping.check()?;
            if let Some(name) = stopping.metric() {
                let names: Vec<_> = self.metrics.iter().map(|metric| metric.name()).collect();
                if !names.iter().any(|other| other == name) {
                    let expected = format!("a metric {name:?} of the trainer to watch");
                    return Err(Error::invalid("EarlyStopping", expected, format!("{names:?}")));
                }
            } else if matches!(self.validation, Validation::None) && !stopping.watches_training_loss() {
                let expected = "validation data, or EarlyStopping::on_training_loss";
                return Err(Error::invalid("EarlyStopping", expected, "neither"));
            }
        }
        self.schedules.iter().try_for_each(|(_, schedule)| schedule.check())?;
        optimizer.check()?;
        for data in [Some(data), validation].into_iter().flatten() {
            network.check_data("Trainer", data, loss)?;
            if !self.metrics.is_empty() {
                check_targets("Trainer", data, &mut |targets| {
                    let mut metrics = self.metrics.iter();
                    metrics.try_for_each(|metric| metric.check_targets(network.output_size(), targets))
                })?;
            }
        }
        Ok(())
    }
}
