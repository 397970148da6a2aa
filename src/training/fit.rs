//! One fit under way: epochs, steps, and what is done after each.

use super::early_stopping::Verdict;
use super::trainer::{Every, Trainer};
use super::{EpochRecord, History, Monitor, Signal};
use crate::{Dataset, Error, Float, Loss, Network, Optimizer, Result, Scratch};
use ndarray::{Array2, ArrayView2};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::time::Instant;

/// One fit under way.
pub(super) struct Fit<'f, 'a, F: Float> {
    trainer: &'f mut Trainer<'a, F>,
    network: &'f mut Network<F>,
    data: &'f Dataset<F>,
    validation: Option<&'f Dataset<F>>,
    loss: &'f dyn Loss<F>,
    optimizer: &'f mut dyn Optimizer<F>,
    rate: f64,
    order: Vec<usize>,
    accumulated: Vec<F>,
    history: History,
    best: Vec<F>,
}

impl<'f, 'a, F: Float> Fit<'f, 'a, F> {
    pub(super) fn new(
        trainer: &'f mut Trainer<'a, F>,
        network: &'f mut Network<F>,
        data: &'f Dataset<F>,
        validation: Option<&'f Dataset<F>>,
        loss: &'f dyn Loss<F>,
        optimizer: &'f mut dyn Optimizer<F>,
    ) -> Self {
        let rate = optimizer.learning_rate().widen();
        let order = (0..data.len()).collect();
        let (history, accumulated, best) = (History::default(), Vec::new(), Vec::new());
        Self { trainer, network, data, validation, loss, optimizer, rate, order, accumulated, history, best }
    }

    pub(super) fn run(mut self) -> Result<History> {
        if let Some(stopping) = &mut self.trainer.early_stopping {
            stopping.reset();
        }
        let (epochs, steps) = (self.trainer.epochs, self.data.len().div_ceil(self.batch_size()));
        self.trainer.observers.iter_mut().for_each(|observer| observer.start(epochs, steps));
        for _ in 0..epochs {
            if self.epoch()? == Signal::Stop {
                break;
            }
        }
        if !self.best.is_empty() {
            self.network.set_values(&self.best);
        }
        self.trainer.observers.iter_mut().for_each(|observer| observer.end());
        Ok(self.history)
    }

    fn batch_size(&self) -> usize {
        self.trainer.batch_size.min(self.data.len())
    }

    /// One epoch, from shuffling to early stopping.
    fn epoch(&mut self) -> Result<Signal> {
        let start = Instant::now();
        self.shuffle();
        let (training_loss, mut signal) = self.steps()?;
        self.trainer.epochs_done += 1;
        let mut record = EpochRecord {
            epoch: self.trainer.epochs_done,
            training_loss,
            validation_loss: None,
            metrics: Vec::new(),
            learning_rate: self.optimizer.learning_rate().widen(),
            gradient_norm: self.network.gradient_norm(),
            seconds: 0.0,
        };
        self.evaluate(&mut record)?;
        record.seconds = start.elapsed().as_secs_f64();
        if self.judge(&record) == Signal::Stop {
            signal = Signal::Stop;
        }
        for observer in &mut self.trainer.observers {
            if observer.epoch(self.network, &record) == Signal::Stop {
                signal = Signal::Stop;
            }
        }
        self.history.epochs.push(record);
        Ok(signal)
    }

    /// A new order for each epoch, which depends on the seed and the epoch alone.
    fn shuffle(&mut self) {
        if self.trainer.shuffle {
            let mut rng = ChaCha8Rng::seed_from_u64(self.trainer.seed);
            rng.set_stream(1 + self.trainer.epochs_done as u64);
            self.order.iter_mut().enumerate().for_each(|(place, row)| *row = place);
            self.order.shuffle(&mut rng);
        }
    }

    /// The steps of one epoch; returns the mean loss.
    fn steps(&mut self) -> Result<(f64, Signal)> {
        let (size, together) = (self.batch_size(), self.trainer.accumulate);
        let order = std::mem::take(&mut self.order);
        let (mut sum, mut total, mut signal) = (0.0, 0.0, Signal::Continue);
        let mut outcome = Ok(());
        let last = order.len().div_ceil(size);
        for (index, rows) in order.chunks(size).enumerate() {
            let ends_group = (index + 1) % together == 0 || index + 1 == last;
            match self.step(rows, index % together == 0, ends_group) {
                Ok((loss, weight)) => {
                    sum += weight * loss.widen();
                    total += weight;
                    for observer in &mut self.trainer.observers {
                        if observer.step(index + 1, loss) == Signal::Stop {
                            signal = Signal::Stop;
                        }
                    }
                }
                Err(problem) => outcome = Err(self.diverged(index + 1, problem)),
            }
            if outcome.is_err() || signal == Signal::Stop {
                break;
            }
        }
        self.order = order;
        outcome.map(|()| (sum / total, signal))
    }

    /// One batch; returns its loss and its weight in the mean of the epoch.
    fn step(&mut self, rows: &[usize], starts_group: bool, ends_group: bool) -> Result<(F, f64)> {
        let weight =
            self.data.weights().map_or(rows.len() as f64, |all| rows.iter().map(|&row| all[row].widen()).sum());
        if weight == 0.0 {
            return Ok((F::zero(), 0.0));
        }
        self.set_rate()?;
        let mut loss = self.network.compute_gathered(self.data, rows, self.loss)?;
        if self.trainer.accumulate > 1 {
            self.network.accumulate(&mut self.accumulated, F::from_f64(weight), starts_group, ends_group);
        }
        if ends_group {
            for hook in &mut self.trainer.hooks {
                loss += hook.after_backward(self.network)?;
            }
            if !loss.is_finite() {
                return Err(Error::LossNotFinite { operation: "Trainer", found: loss.widen() });
            }
            self.network.update(self.optimizer);
            self.trainer.hooks.iter_mut().for_each(|hook| hook.after_update(self.network));
            self.trainer.steps_done += 1;
        }
        Ok((loss, weight))
    }

    fn set_rate(&mut self) -> Result<()> {
        if self.trainer.schedules.is_empty() {
            return Ok(());
        }
        let (epochs, steps) = (self.trainer.epochs_done as u64, self.trainer.steps_done);
        let factors = self.trainer.schedules.iter_mut().map(|(every, schedule)| match every {
            Every::Epoch => schedule.factor(epochs),
            Every::Step => schedule.factor(steps),
        });
        let factor: f64 = factors.product();
        self.optimizer.set_learning_rate(F::from_f64(self.rate * factor))
    }

    #[cold]
    fn diverged(&mut self, batch: usize, problem: Error) -> Error {
        let (epoch, history) = (self.trainer.epochs_done + 1, Box::new(std::mem::take(&mut self.history)));
        Error::Diverged { epoch, batch, problem: Box::new(problem), history }
    }

    /// Validation loss and metrics.
    fn evaluate(&mut self, record: &mut EpochRecord) -> Result<()> {
        if self.validation.is_none() && self.trainer.metrics.is_empty() {
            return Ok(());
        }
        let data = self.validation.unwrap_or(self.data);
        let outputs = outputs_of(self.network, data)?;
        if self.validation.is_some() {
            let mut gradient = Array2::zeros(outputs.dim());
            let value = self.loss.weighted_mean(&outputs, data.targets(), data.weights(), &mut gradient);
            record.validation_loss = Some(value.widen());
        }
        let weights: Option<Vec<f64>> = data.weights().map(|all| all.iter().map(|weight| weight.widen()).collect());
        for metric in &self.trainer.metrics {
            let value = metric.value(&outputs, data.targets(), weights.as_deref())?;
            record.metrics.push((metric.name().to_owned(), value));
        }
        Ok(())
    }

    /// Early stopping, target loss, schedules that follow the loss.
    fn judge(&mut self, record: &EpochRecord) -> Signal {
        let watched = record.validation_loss.unwrap_or(record.training_loss);
        self.trainer.schedules.iter_mut().for_each(|(_, schedule)| schedule.observe(watched));
        let reached = self.trainer.target_loss.is_some_and(|target| watched <= target);
        let mut signal = if reached { Signal::Stop } else { Signal::Continue };
        if let Some(stopping) = &mut self.trainer.early_stopping {
            let loss = if stopping.monitor == Monitor::Training { record.training_loss } else { watched };
            match stopping.judge(loss) {
                Verdict::Improved => {
                    self.history.best_epoch = Some(record.epoch);
                    if stopping.restore_best {
                        self.network.copy_values(&mut self.best);
                    }
                }
                Verdict::Stop => signal = Signal::Stop,
                Verdict::Wait => {}
            }
        }
        signal
    }
}

/// Predictions for the whole data, in pieces that fit a cache.
fn outputs_of<F: Float>(network: &Network<F>, data: &Dataset<F>) -> Result<Array2<F>> {
    let mut outputs = Array2::zeros((data.len(), network.output_size()));
    let mut scratch = Scratch::default();
    let pieces = data.inputs().axis_chunks_iter(ndarray::Axis(0), 256);
    for (inputs, mut outputs) in pieces.zip(outputs.axis_chunks_iter_mut(ndarray::Axis(0), 256)) {
        let inputs: ArrayView2<'_, F> = inputs;
        network.predict_into(&inputs, &mut scratch, &mut outputs)?;
    }
    Ok(outputs)
}
