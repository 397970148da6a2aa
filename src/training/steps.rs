//! The steps of one epoch of a [`Fit`]: batches, gradients, hooks and updates.

use super::Ending;
use super::epochs::Fit;
use super::feed::{Feed, feed};
use super::ranks::Ranks;
use super::trainer::Every;
use crate::data::power_of_two_near;
use crate::{Error, Float, Result};
use std::ops::{ControlFlow, Range};

impl<F: Float> Fit<'_, '_, F> {
    /// Runs the steps of one epoch.
    pub(super) fn run_steps(&mut self) -> Result<ControlFlow<Ending>> {
        let (order, mut batch) = (std::mem::take(&mut self.order), std::mem::take(&mut self.batch));
        batch.set_epoch(self.trainer.epochs_done as u64);
        let batches = self.batches();
        let examples = self.data;
        let (all, size, joins) = (self.data.len(), self.batch_size(), !self.trainer.drops_last);
        let own = self.ranks.as_ref().map(Ranks::share);
        let rows = (self.batches_done..batches).map(|batch| {
            let rows = &order[rows_of(batch, batches, all, size, joins)];
            own.map_or(rows, |share| &rows[share.rows(rows.len())])
        });
        // Where each rank holds a part, gathering is an exchange of messages, which this thread alone may send.
        let ahead = !examples.is_in_memory() && !self.ranks.as_ref().is_some_and(|ranks| ranks.is_partitioned);
        let outcome = feed(examples, &mut batch, rows, ahead, |feed| self.run_batches(&order, feed));
        (self.order, self.batch) = (order, batch);
        let flow = outcome?;
        // The last update may have moved weights beyond the range of their precision.
        let finite = self.network.check_finite_values("Trainer");
        let agreed = match &mut self.ranks {
            Some(ranks) => ranks.agree(finite),
            None => finite,
        };
        agreed.map_err(|problem| self.give_up(problem, self.batches()))?;
        Ok(flow)
    }

    /// Returns the number of batches in an epoch.
    ///
    /// A last batch of a single row is joined to the one before it if a layer has running statistics: the variance of
    /// one row is 0, and would ruin them.
    pub(super) fn batches(&self) -> usize {
        let (rows, size) = (self.data.len(), self.batch_size());
        let (whole, rest) = (rows / size, rows % size);
        let drops_rest = self.trainer.drops_last || rest == 1 && self.network.has_statistics();
        if rest == 0 || whole > 0 && drops_rest { whole } else { whole + 1 }
    }

    fn run_batches(&mut self, order: &[usize], feed: &mut Feed<'_, F>) -> Result<ControlFlow<Ending>> {
        let (group, batches) = (self.trainer.accumulate, self.batches());
        for batch in self.batches_done + 1..=batches {
            let range = rows_of(batch - 1, batches, self.data.len(), self.batch_size(), !self.trainer.drops_last);
            let rows = &order[range];
            let ends_group = batch % group == 0 || batch == batches;
            let loss = self.run_step(rows, feed, ends_group).map_err(|problem| self.give_up(problem, batch))?;
            let mut stops = false;
            for observer in self.observers() {
                stops |= observer.step(batch, loss).is_break();
            }
            if let Some(ranks) = self.ranks.as_mut().filter(|ranks| ranks.has_observers) {
                stops = ranks.any_stops(stops).map_err(|problem| self.give_up(problem, batch))?;
            }
            (self.batches_done, self.is_cut) = (batch, stops);
            #[cfg(feature = "safetensors")]
            self.write_checkpoint_after_step(stops).map_err(|problem| self.give_up(problem, batch))?;
            if stops {
                return Ok(ControlFlow::Break(Ending::Observer));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Runs one batch, and the update if it ends a group; returns its loss, with what the hooks add.
    fn run_step(&mut self, rows: &[usize], feed: &mut Feed<'_, F>, ends_group: bool) -> Result<F> {
        let Some(ranks) = &mut self.ranks else {
            let batch = feed.next(rows)?;
            let weight = self.loss.total_weight(batch.targets(), batch.weights());
            let mut loss = F::zero();
            // Rows without any weight have no mean, and a group of them is no step.
            if weight > 0.0 {
                self.set_rate()?;
                loss = self.network.compute_rows("Trainer", batch.arrays(), weight, self.loss)?;
            }
            return Ok(loss + self.finish_step(weight, loss, ends_group)?);
        };
        let batch = feed.next(&rows[ranks.share().rows(rows.len())]);
        let (weight, loss) = ranks.compute_batch(self.network, rows.len(), batch, self.loss)?;
        let rate = if weight > 0.0 { self.set_rate() } else { Ok(()) };
        let added = rate.and_then(|()| self.finish_step(weight, loss, ends_group));
        // The other ranks may have no such error: all hear of it when they meet next.
        let added = match &mut self.ranks {
            Some(ranks) => ranks.hold_back(added),
            None => added?,
        };
        Ok(loss + added)
    }

    /// Counts a batch of this weight, and runs the update if it ends a group; returns what the hooks add to the loss.
    fn finish_step(&mut self, weight: f64, loss: F, ends_group: bool) -> Result<F> {
        if weight > 0.0 {
            self.gradient_norm = None;
            if self.trainer.accumulate > 1 {
                let starts_group = self.group_weight == 0.0;
                if starts_group {
                    // So that weights near the limits of F neither overflow nor lose digits.
                    self.group_scale = power_of_two_near(&[weight]);
                }
                let weight = F::from_f64(weight / self.group_scale);
                self.network.add_gradients_to(&mut self.accumulated, weight, starts_group);
            }
            self.group_weight += weight;
            self.weight_sum += weight;
            self.loss_sum += weight * loss.widen();
        }
        if ends_group && self.group_weight > 0.0 { self.update() } else { Ok(F::zero()) }
    }

    /// Runs the hooks and the optimizer at the end of a group of batches; returns what the hooks add to the loss.
    fn update(&mut self) -> Result<F> {
        let weight = std::mem::take(&mut self.group_weight);
        if self.trainer.accumulate > 1 {
            self.network.set_mean_gradients(&self.accumulated, F::from_f64(weight / self.group_scale));
        }
        let mut added = F::zero();
        for hook in &mut self.trainer.hooks {
            added += hook.after_backward(self.network)?;
        }
        if !added.is_finite() {
            return Err(Error::LossNotFinite { operation: "Trainer", found: added.widen() });
        }
        self.loss_sum += weight * added.widen();
        self.network.update_checked(self.optimizer);
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
        self.optimizer.set_learning_rate(self.base_rate * factor)
    }
}

/// Returns the range of rows of a batch, counted from 0, within the order of an epoch of this many batches and rows.
fn rows_of(batch: usize, batches: usize, rows: usize, size: usize, joins_rest: bool) -> Range<usize> {
    let is_last = batch + 1 == batches;
    batch * size..if is_last && joins_rest { rows } else { (batch + 1) * size }
}
