//! Schedules: how the learning rate changes over steps or epochs.
//!
//! A [`Schedule`] gives a factor for each step (or epoch), counted from 0; it multiplies the optimizer's learning rate.
//! [`Trainer::schedule_steps`](crate::Trainer::schedule_steps) counts steps,
//! [`Trainer::schedule_epochs`](crate::Trainer::schedule_epochs) counts epochs; the factors of several schedules are
//! multiplied. Schedules compose with [`Schedule::then`] and [`Schedule::times`].
//!
//! In the formulas t is the step (or epoch).

mod cosine;
mod exponential;
mod inverse_scaling;
mod one_cycle;
mod polynomial;
mod reduce_on_plateau;
mod step_decay;
mod then;
mod times;
mod warmup;

pub use cosine::Cosine;
pub use exponential::Exponential;
pub use inverse_scaling::InverseScaling;
pub use one_cycle::OneCycle;
pub use polynomial::Polynomial;
pub use reduce_on_plateau::ReduceOnPlateau;
pub use step_decay::StepDecay;
pub use then::Then;
pub use times::Times;
pub use warmup::Warmup;

use crate::Result;
use std::fmt::Debug;

/// A factor on the learning rate for each step or epoch.
///
/// ```
/// use feedforward::training::schedule::{Cosine, Schedule, Warmup};
///
/// let mut schedule = Warmup::new(10)?.then(10, Cosine::new(90)?);
/// assert_eq!(schedule.factor(0), 0.1);
/// assert_eq!(schedule.factor(10), 1.0);
/// assert!(schedule.factor(100) < 1e-12);
/// # Ok::<(), feedforward::Error>(())
/// ```
pub trait Schedule: Debug + Send {
    /// Returns the factor at a step (or epoch), counted from 0.
    fn factor(&mut self, step: u64) -> f64;

    /// Receives the loss after each epoch: the validation loss if there is a validation set, else the training loss.
    fn observe(&mut self, _loss: f64) {}

    /// Checks the options; `fit` calls it before anything changes.
    ///
    /// # Errors
    /// When an option is out of its range.
    fn check(&self) -> Result<()> {
        Ok(())
    }

    /// Returns what it remembers of the losses and steps so far, for a checkpoint; most schedules remember nothing.
    fn state(&self) -> Vec<f64> {
        Vec::new()
    }

    /// Takes back what [`state`](Self::state) returned; there are as many numbers as it returns now.
    fn restore(&mut self, _state: &[f64]) {}

    /// Joins two schedules: this one for the first `steps`, then the next, which counts from 0.
    fn then<S: Schedule>(self, steps: u64, next: S) -> Then<Self, S>
    where
        Self: Sized,
    {
        Then::new(self, steps, next)
    }

    /// Multiplies the factors of two schedules.
    fn times<S: Schedule>(self, other: S) -> Times<Self, S>
    where
        Self: Sized,
    {
        Times::new(self, other)
    }
}

impl<S: Schedule + ?Sized> Schedule for Box<S> {
    fn factor(&mut self, step: u64) -> f64 {
        (**self).factor(step)
    }

    fn observe(&mut self, loss: f64) {
        (**self).observe(loss);
    }

    fn check(&self) -> Result<()> {
        (**self).check()
    }

    fn state(&self) -> Vec<f64> {
        (**self).state()
    }

    fn restore(&mut self, state: &[f64]) {
        (**self).restore(state);
    }
}

/// Returns 1 at every step.
///
/// ```
/// use feedforward::training::schedule::{Constant, Schedule};
/// assert_eq!(Constant.factor(1000), 1.0);
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Constant;

impl Schedule for Constant {
    fn factor(&mut self, _step: u64) -> f64 {
        1.0
    }
}
