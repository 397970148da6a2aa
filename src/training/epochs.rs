//! [`Fit`]: the epochs of one fit, with validation, schedules, hooks and observers.

use super::early_stopping::Verdict;
use super::ranks::Ranks;
#[cfg(feature = "safetensors")]
use super::setup::Setup;
use super::trainer::Trainer;
use super::{Ending, EpochRecord, History, Observer};
use crate::clock::Stopwatch;
use crate::data::{Batch, Examples};
use crate::metrics::Metric;
use crate::{Error, Float, Loss, Network, Optimizer, Result};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::ops::ControlFlow;

/// The state of one fit.
pub(super) struct Fit<'f, 'a, F: Float> {
    pub(super) trainer: &'f mut Trainer<'a, F>,
    pub(super) network: &'f mut Network<F>,
    pub(super) data: &'f dyn Examples<F>,
    pub(super) validation: Option<&'f dyn Examples<F>>,
    pub(super) loss: &'f dyn Loss<F>,
    pub(super) optimizer: &'f mut dyn Optimizer<F>,
    /// What the fit needs to share its steps with other ranks, if it does.
    pub(super) ranks: Option<Ranks<'f, F>>,
    /// The rows of the present step.
    pub(super) batch: Batch<F>,
    /// The learning rate that the schedules multiply.
    pub(super) base_rate: f64,
    pub(super) order: Vec<usize>,
    /// Epochs that ended, and batches of the epoch under way that did.
    pub(super) epochs_run: usize,
    pub(super) batches_done: usize,
    /// Whether an observer ended the fit within an epoch.
    pub(super) is_cut: bool,
    /// Seconds of the epoch under way before this run went on with it.
    pub(super) seconds_before: f64,
    pub(super) watch: Stopwatch,
    /// The norm of the gradient of the last step, if the step was made before this run went on.
    pub(super) gradient_norm: Option<f64>,
    /// What a checkpoint says of the setup, if checkpoints are written, and the steps at the last one.
    #[cfg(feature = "safetensors")]
    pub(super) setup: Option<(Setup, u64)>,
    /// Sums of the gradients of the present group of batches, and its weight.
    pub(super) accumulated: Vec<F>,
    pub(super) group_weight: f64,
    pub(super) group_scale: f64,
    /// Σ weight · loss and Σ weight of the present epoch.
    pub(super) loss_sum: f64,
    pub(super) weight_sum: f64,
    /// All values and the count of steps at the end of the last epoch; all values at the end of the best one.
    pub(super) good: Vec<F>,
    pub(super) good_steps: u64,
    pub(super) best: Vec<F>,
}

impl<'f, 'a, F: Float> Fit<'f, 'a, F> {
    pub(super) fn new(
        trainer: &'f mut Trainer<'a, F>,
        network: &'f mut Network<F>,
        data: &'f dyn Examples<F>,
        validation: Option<&'f dyn Examples<F>>,
        loss: &'f dyn Loss<F>,
        optimizer: &'f mut dyn Optimizer<F>,
        ranks: Option<Ranks<'f, F>>,
    ) -> Result<Self> {
        let base_rate = optimizer.learning_rate();
        #[cfg(feature = "safetensors")]
        let setup = match trainer.checkpoint {
            Some(_) => Some((Setup::new(trainer, data, validation, loss, optimizer)?, trainer.steps_done)),
            None => None,
        };
        let order = (0..data.len()).collect();
        Ok(Self {
            trainer,
            network,
            data,
            validation,
            loss,
            optimizer,
            ranks,
            batch: Batch::default(),
            base_rate,
            order,
            epochs_run: 0,
            batches_done: 0,
            is_cut: false,
            seconds_before: 0.0,
            watch: Stopwatch::start(),
            gradient_norm: None,
            #[cfg(feature = "safetensors")]
            setup,
            accumulated: Vec::new(),
            group_weight: 0.0,
            group_scale: 1.0,
            loss_sum: 0.0,
            weight_sum: 0.0,
            good: Vec::new(),
            good_steps: 0,
            best: Vec::new(),
        })
    }

    /// Begins a fit anew.
    pub(super) fn begin(&mut self) -> Result<()> {
        self.trainer.history = History::default();
        self.start_early_stopping()
    }

    /// Runs the epochs, and restores the best weights.
    pub(super) fn run(mut self) -> Result<()> {
        let (epochs, steps) = (self.trainer.epochs, self.batches());
        self.observers().for_each(|observer| observer.start(epochs, steps));
        let outcome = self.run_epochs(epochs);
        if !self.best.is_empty() {
            self.network.set_values(&self.best);
        }
        self.observers().for_each(|observer| observer.end());
        outcome
    }

    /// Forgets the best loss of the last fit. A fit that goes on from weights that were trained before counts them as a
    /// candidate for the best, if validation data tell their loss.
    fn start_early_stopping(&mut self) -> Result<()> {
        let Some(stopping) = &mut self.trainer.early_stopping else { return Ok(()) };
        stopping.start(f64::INFINITY);
        let watches_validation = !stopping.watches_training_loss();
        if let Some(validation) = self.validation.filter(|_| watches_validation && self.trainer.epochs_done > 0) {
            let watched = self.trainer.metrics.iter().filter(|metric| Some(&*metric.name()) == stopping.metric());
            let metrics: Vec<&dyn Metric<F>> = watched.map(|metric| &**metric).collect();
            let communicator = self.ranks.as_ref().map(|ranks| ranks.communicator);
            let evaluation = self.network.evaluate_across(communicator, "Trainer", validation, self.loss, &metrics)?;
            stopping.start(stopping.watched(evaluation.loss, &evaluation.metrics));
            self.trainer.history.best_epoch = Some(self.trainer.epochs_done);
            if stopping.restores_best() {
                self.network.copy_values(&mut self.best);
            }
        }
        Ok(())
    }

    fn run_epochs(&mut self, epochs: usize) -> Result<()> {
        // A fit that goes on may have ended already.
        let mut ending = self.trainer.history.ending;
        while ending.is_none() && self.epochs_run < epochs {
            ending = self.run_epoch()?.break_value();
            self.epochs_run += 1;
            (self.batches_done, self.seconds_before) = (0, 0.0);
            self.trainer.history.ending = ending;
            #[cfg(feature = "safetensors")]
            self.write_checkpoint_after_epoch().map_err(|problem| {
                // The epoch is whole, so its weights stay.
                let (epoch, batch) = (self.trainer.epochs_done, self.batches());
                Error::Interrupted { epoch, batch, source: Box::new(problem) }
            })?;
        }
        self.trainer.history.ending = ending.or(Some(Ending::Completed));
        Ok(())
    }

    pub(super) fn batch_size(&self) -> usize {
        self.trainer.batch_size.min(self.data.len())
    }

    /// Runs one epoch, from shuffling to early stopping.
    fn run_epoch(&mut self) -> Result<ControlFlow<Ending>> {
        self.watch = Stopwatch::start();
        if self.batches_done == 0 {
            self.network.copy_values(&mut self.good);
            self.good_steps = self.trainer.steps_done;
            (self.loss_sum, self.weight_sum) = (0.0, 0.0);
        }
        self.shuffle();
        let flow = self.run_steps()?;
        if self.weight_sum == 0.0 {
            // An observer ended training before any row with a weight: there is nothing to record.
            return Ok(flow);
        }
        let (loss, rate) = (self.loss_sum / self.weight_sum, self.optimizer.learning_rate());
        let norm = self.gradient_norm();
        let mut record = EpochRecord::new(self.trainer.epochs_done + 1, loss, rate, norm, 0.0);
        self.evaluate(&mut record)?;
        self.trainer.epochs_done += 1;
        record.seconds = self.seconds_before + self.watch.seconds();
        let judged = self.judge(&record);
        let mut stops = false;
        let is_first = self.is_first_rank();
        for observer in self.trainer.observers.iter_mut().filter(|observer| is_first || !observer.is_display()) {
            stops |= observer.epoch(self.network, &record).is_break();
        }
        if let Some(ranks) = &mut self.ranks {
            stops = ranks.any_stops(stops)?;
            ranks.demand_same_weights(self.network)?;
        }
        let observed = if stops { ControlFlow::Break(Ending::Observer) } else { flow };
        self.trainer.history.epochs.push(record);
        Ok(if observed.is_break() { observed } else { judged })
    }

    /// Returns whether this is rank 0, or there are no ranks.
    pub(super) fn is_first_rank(&self) -> bool {
        self.ranks.as_ref().is_none_or(|ranks| ranks.communicator.rank() == 0)
    }

    /// Returns the observers that are called on this rank.
    pub(super) fn observers(&mut self) -> impl Iterator<Item = &mut Box<dyn Observer<F> + 'a>> {
        let is_first = self.is_first_rank();
        self.trainer.observers.iter_mut().filter(move |observer| is_first || !observer.is_display())
    }

    /// Returns the norm of the gradient of the last step.
    pub(super) fn gradient_norm(&self) -> f64 {
        self.gradient_norm.unwrap_or_else(|| self.network.gradient_norm())
    }

    /// Orders the rows anew for each epoch; the order depends on the seed and the epoch alone.
    fn shuffle(&mut self) {
        if self.trainer.shuffle {
            let mut rng = ChaCha8Rng::seed_from_u64(self.trainer.seed);
            rng.set_stream(1 + self.trainer.epochs_done as u64);
            self.order.iter_mut().enumerate().for_each(|(index, row)| *row = index);
            self.order.shuffle(&mut rng);
        }
    }

    /// Restores the end of the last epoch, with an optimizer that starts anew: a lower rate can be tried from there.
    #[cold]
    pub(super) fn give_up(&mut self, problem: Error, batch: usize) -> Error {
        self.network.set_values(&self.good);
        self.trainer.steps_done = self.good_steps;
        self.network.visit_mut(&mut |parameter| parameter.reset_state());
        let (epoch, source) = (self.trainer.epochs_done + 1, Box::new(problem));
        match *source {
            Error::LossNotFinite { .. }
            | Error::GradientNotFinite { .. }
            | Error::StatisticNotFinite { .. }
            | Error::ParameterNotFinite { .. }
            | Error::NotFinite { .. } => Error::Diverged { epoch, batch, source },
            _ => Error::Interrupted { epoch, batch, source },
        }
    }

    /// Computes validation loss and metrics.
    fn evaluate(&mut self, record: &mut EpochRecord) -> Result<()> {
        if self.validation.is_none() && self.trainer.metrics.is_empty() {
            return Ok(());
        }
        let data = self.validation.unwrap_or(self.data);
        let metrics: Vec<&dyn Metric<F>> = self.trainer.metrics.iter().map(|metric| &**metric).collect();
        let communicator = self.ranks.as_ref().map(|ranks| ranks.communicator);
        let evaluation = self.network.evaluate_across(communicator, "Trainer", data, self.loss, &metrics);
        let evaluation = evaluation.map_err(|problem| self.give_up(problem, self.batches()))?;
        record.validation_loss = self.validation.map(|_| evaluation.loss);
        record.metrics = evaluation.metrics;
        Ok(())
    }

    /// Judges the epoch by early stopping and target loss, and tells the schedules its loss.
    fn judge(&mut self, record: &EpochRecord) -> ControlFlow<Ending> {
        let watched = record.validation_loss.unwrap_or(record.training_loss);
        self.trainer.schedules.iter_mut().for_each(|(_, schedule)| schedule.observe(watched));
        let reached = self.trainer.target_loss.is_some_and(|target| watched <= target);
        let mut flow = if reached { ControlFlow::Break(Ending::TargetLoss) } else { ControlFlow::Continue(()) };
        if let Some(stopping) = &mut self.trainer.early_stopping {
            let loss = if stopping.watches_training_loss() { record.training_loss } else { watched };
            match stopping.judge(stopping.watched(loss, &record.metrics)) {
                Verdict::Improved => {
                    self.trainer.history.best_epoch = Some(record.epoch);
                    if stopping.restores_best() {
                        self.network.copy_values(&mut self.best);
                    }
                }
                Verdict::Stop => flow = ControlFlow::Break(Ending::EarlyStopping),
                Verdict::Wait => {}
            }
        }
        flow
    }
}
