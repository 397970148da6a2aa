//! One fit under way: epochs, steps, and what is done after each.

use super::early_stopping::Verdict;
use super::trainer::{Every, Trainer};
use super::{EpochRecord, History, Monitor, Signal};
use crate::error::all_finite;
use crate::{Dataset, Error, Float, Loss, Network, Optimizer, Parameter, Result, Scratch};
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
    /// Sums of the gradients of the group of batches under way, and its weight.
    accumulated: Vec<F>,
    group_weight: f64,
    /// Σ weight · loss and Σ weight of the epoch under way.
    loss_sum: f64,
    weight_sum: f64,
    history: History,
    /// All values and the count of steps at the end of the last epoch; all values at the end of the best one.
    good: Vec<F>,
    good_steps: u64,
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
        Self {
            trainer,
            network,
            data,
            validation,
            loss,
            optimizer,
            rate,
            order,
            accumulated: Vec::new(),
            group_weight: 0.0,
            loss_sum: 0.0,
            weight_sum: 0.0,
            history: History::default(),
            good: Vec::new(),
            good_steps: 0,
            best: Vec::new(),
        }
    }

    pub(super) fn run(mut self) -> Result<History> {
        if let Some(stopping) = &mut self.trainer.early_stopping {
            stopping.reset();
        }
        let (epochs, steps) = (self.trainer.epochs, self.data.len().div_ceil(self.batch_size()));
        self.trainer.observers.iter_mut().for_each(|observer| observer.start(epochs, steps));
        let outcome = self.epochs(epochs);
        if !self.best.is_empty() {
            self.network.set_values(&self.best);
        }
        self.trainer.observers.iter_mut().for_each(|observer| observer.end());
        outcome.map(|()| self.history)
    }

    fn epochs(&mut self, epochs: usize) -> Result<()> {
        for _ in 0..epochs {
            if self.epoch()? == Signal::Stop {
                break;
            }
        }
        Ok(())
    }

    fn batch_size(&self) -> usize {
        self.trainer.batch_size.min(self.data.len())
    }

    /// One epoch, from shuffling to early stopping.
    fn epoch(&mut self) -> Result<Signal> {
        let start = Instant::now();
        self.network.copy_values(&mut self.good);
        self.good_steps = self.trainer.steps_done;
        self.shuffle();
        let mut signal = self.steps()?;
        let mut record = EpochRecord {
            epoch: self.trainer.epochs_done + 1,
            training_loss: self.loss_sum / self.weight_sum,
            validation_loss: None,
            metrics: Vec::new(),
            learning_rate: self.optimizer.learning_rate().widen(),
            gradient_norm: self.network.gradient_norm(),
            seconds: 0.0,
        };
        self.evaluate(&mut record)?;
        self.trainer.epochs_done += 1;
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

    /// The steps of one epoch.
    fn steps(&mut self) -> Result<Signal> {
        let (size, together) = (self.batch_size(), self.trainer.accumulate);
        let order = std::mem::take(&mut self.order);
        let batches = order.len().div_ceil(size);
        let (mut signal, mut outcome) = (Signal::Continue, Ok(()));
        (self.loss_sum, self.weight_sum) = (0.0, 0.0);
        for (rows, batch) in order.chunks(size).zip(1..) {
            match self.step(rows, batch % together == 0 || batch == batches) {
                Ok(loss) => {
                    for observer in &mut self.trainer.observers {
                        if observer.step(batch, loss) == Signal::Stop {
                            signal = Signal::Stop;
                        }
                    }
                }
                Err(problem) => outcome = Err(self.give_up(batch, problem)),
            }
            if outcome.is_err() || signal == Signal::Stop {
                break;
            }
        }
        self.order = order;
        outcome?;
        // The last update may have carried the weights beyond what numbers can hold.
        let finite = self.network.finite_values("Trainer");
        finite.map_err(|problem| self.give_up(batches, problem)).map(|()| signal)
    }

    /// One batch, and the update if it ends a group; returns its loss, with what the hooks add.
    fn step(&mut self, rows: &[usize], ends_group: bool) -> Result<F> {
        let weights = self.data.weights();
        let weight = weights.map_or(rows.len() as f64, |all| rows.iter().map(|&row| all[row].widen()).sum());
        let mut loss = F::zero();
        // Rows that all weigh nothing have no mean, and a group of them is no step.
        if weight > 0.0 {
            self.set_rate()?;
            loss = self.network.compute_gathered(self.data, rows, self.loss)?;
            if self.trainer.accumulate > 1 {
                let starts_group = self.group_weight == 0.0;
                self.network.add_gradients_to(&mut self.accumulated, F::from_f64(weight), starts_group);
            }
            self.group_weight += weight;
            self.weight_sum += weight;
            self.loss_sum += weight * loss.widen();
        }
        if ends_group && self.group_weight > 0.0 {
            loss += self.update()?;
        }
        Ok(loss)
    }

    /// Hooks and optimizer, at the end of a group of batches; returns what the hooks add to the loss.
    fn update(&mut self) -> Result<F> {
        let weight = std::mem::take(&mut self.group_weight);
        if self.trainer.accumulate > 1 {
            self.network.set_mean_gradients(&self.accumulated, F::from_f64(weight));
        }
        let mut added = F::zero();
        for hook in &mut self.trainer.hooks {
            added += hook.after_backward(self.network)?;
        }
        if !added.is_finite() {
            return Err(Error::LossNotFinite { operation: "Trainer", found: added.widen() });
        }
        self.loss_sum += weight * added.widen();
        self.network.update(self.optimizer);
        self.trainer.hooks.iter_mut().for_each(|hook| hook.after_update(self.network));
        self.trainer.steps_done += 1;
        Ok(added)
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

    /// Goes back to the end of the last epoch, with an optimizer that starts anew: a lower rate can be tried from there.
    #[cold]
    fn give_up(&mut self, batch: usize, problem: Error) -> Error {
        self.network.set_values(&self.good);
        self.trainer.steps_done = self.good_steps;
        self.network.parameters_mut().for_each(Parameter::reset_state);
        let (epoch, history) = (self.trainer.epochs_done + 1, Box::new(std::mem::take(&mut self.history)));
        let problem = Box::new(problem);
        match *problem {
            Error::LossNotFinite { .. }
            | Error::GradientNotFinite { .. }
            | Error::ParameterNotFinite { .. }
            | Error::NotFinite { .. } => Error::Diverged { epoch, batch, problem, history },
            _ => Error::Interrupted { epoch, batch, problem, history },
        }
    }

    /// Validation loss and metrics.
    fn evaluate(&mut self, record: &mut EpochRecord) -> Result<()> {
        if self.validation.is_none() && self.trainer.metrics.is_empty() {
            return Ok(());
        }
        let data = self.validation.unwrap_or(self.data);
        let outputs = outputs_of(self.network, data)?;
        let batches = self.order.len().div_ceil(self.batch_size());
        all_finite("Trainer", "outputs", &outputs).map_err(|problem| self.give_up(batches, problem))?;
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
