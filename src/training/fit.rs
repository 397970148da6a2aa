//! [`Trainer::fit`]: checks, and one run of the epochs.

use super::History;
use super::epochs::Fit;
use super::trainer::{Trainer, Validation};
use crate::kernel::run_in_pool;
use crate::{Dataset, Error, Float, Loss, Network, Optimizer, Result, check};

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
        data: &Dataset<F>,
        loss: &dyn Loss<F>,
        optimizer: &mut dyn Optimizer<F>,
    ) -> Result<History> {
        self.run(network, data, loss, optimizer, |fit| fit.begin())
    }

    /// Checks everything, starts a fit with `start`, and runs it to its end.
    pub(super) fn run(
        &mut self,
        network: &mut Network<F>,
        data: &Dataset<F>,
        loss: &dyn Loss<F>,
        optimizer: &mut dyn Optimizer<F>,
        start: impl FnOnce(&mut Fit<'_, '_, F>) -> Result<()> + Send,
    ) -> Result<History> {
        let parts = match self.validation {
            Validation::Share(share) => Some(data.split(1.0 - share, self.seed)?),
            _ => None,
        };
        let (data, validation) = match (&parts, &self.validation) {
            (Some((train, validation)), _) => (train, Some(validation)),
            (None, Validation::Set(validation)) => (data, Some(*validation)),
            _ => (data, None),
        };
        self.check(network, data, validation, loss, optimizer)?;
        let rate = optimizer.learning_rate();
        let multiplications = network.multiplications(self.batch_size.min(data.len()));
        let outcome = run_in_pool(multiplications, || {
            let mut fit = Fit::new(self, network, data, validation, loss, optimizer);
            start(&mut fit)?;
            fit.run()
        });
        // The next fit starts from the same learning rate; the schedules continue.
        optimizer.set_learning_rate(rate)?;
        outcome?;
        Ok(self.history.clone())
    }

    fn check(
        &self,
        network: &Network<F>,
        data: &Dataset<F>,
        validation: Option<&Dataset<F>>,
        loss: &dyn Loss<F>,
        optimizer: &dyn Optimizer<F>,
    ) -> Result<()> {
        check::not_empty("Trainer", "epoch", self.epochs)?;
        check::not_empty("Trainer", "row in a batch", self.batch_size)?;
        check::not_empty("Trainer", "batch to accumulate", self.accumulate)?;
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
            } else if validation.is_none() && !stopping.watches_training_loss() {
                let expected = "validation data, or EarlyStopping::on_training_loss";
                return Err(Error::invalid("EarlyStopping", expected, "neither"));
            }
        }
        self.schedules.iter().try_for_each(|(_, schedule)| schedule.check())?;
        optimizer.check()?;
        for data in [Some(data), validation].into_iter().flatten() {
            network.check_data("Trainer", data, loss)?;
            let mut metrics = self.metrics.iter();
            metrics.try_for_each(|metric| metric.check_targets(network.output_size(), data.targets()))?;
        }
        Ok(())
    }
}
