//! Schedules: how the learning rate changes over steps or epochs.
//!
//! A [`Schedule`] gives a factor for each step (or epoch), counted from 0; the learning rate is the optimizer's own times
//! that factor. [`Trainer::schedule_steps`](crate::Trainer::schedule_steps) and
//! [`Trainer::schedule_epochs`](crate::Trainer::schedule_epochs) say which of the two is counted; with several schedules the
//! factors are multiplied. Schedules compose with [`Schedule::then`] and [`Schedule::times`].
//!
//! In the formulas t is the step (or epoch).

mod cycle;
mod decay;
mod plateau;

pub use cycle::{Cosine, OneCycle, Warmup};
pub use decay::{Exponential, InverseScaling, Polynomial, StepDecay};
pub use plateau::ReduceOnPlateau;

use crate::{Error, Result};
use std::fmt::Debug;

/// A factor on the learning rate for each step or epoch.
///
/// ```
/// use feedforward::schedule::{Cosine, Schedule, Warmup};
///
/// let mut schedule = Warmup::new(10)?.then(10, Cosine::new(90)?);
/// assert_eq!(schedule.factor(0), 0.1);
/// assert_eq!(schedule.factor(10), 1.0);
/// assert!(schedule.factor(100) < 1e-12);
/// # Ok::<(), feedforward::Error>(())
/// ```
pub trait Schedule: Debug + Send {
    /// The factor at a step (or epoch), counted from 0.
    ///
    /// ```
    /// use feedforward::schedule::{Exponential, Schedule};
    /// assert_eq!(Exponential::new(0.5)?.factor(3), 0.125);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    fn factor(&mut self, step: u64) -> f64;

    /// Told the loss after each epoch: the validation loss if there is a validation set.
    ///
    /// ```
    /// use feedforward::schedule::{ReduceOnPlateau, Schedule};
    /// let mut schedule = ReduceOnPlateau::new(0.5, 0)?;
    /// schedule.observe(1.0);
    /// schedule.observe(1.0); // no better than before
    /// assert_eq!(schedule.factor(2), 0.5);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    fn observe(&mut self, _loss: f64) {}

    /// This one for the first `steps`, then the next, which counts from 0.
    ///
    /// ```
    /// use feedforward::schedule::{Constant, Exponential, Schedule};
    /// let mut schedule = Constant.then(10, Exponential::new(0.5)?);
    /// assert_eq!((schedule.factor(9), schedule.factor(11)), (1.0, 0.5));
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    fn then<S: Schedule>(self, steps: u64, next: S) -> Then<Self, S>
    where
        Self: Sized,
    {
        Then { first: self, steps, next, is_next: false }
    }

    /// The product of both.
    ///
    /// ```
    /// use feedforward::schedule::{Exponential, Schedule, Warmup};
    /// let mut schedule = Warmup::new(2)?.times(Exponential::new(0.5)?);
    /// assert_eq!(schedule.factor(1), 0.5);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    fn times<S: Schedule>(self, other: S) -> Times<Self, S>
    where
        Self: Sized,
    {
        Times { one: self, other }
    }
}

impl<S: Schedule + ?Sized> Schedule for Box<S> {
    fn factor(&mut self, step: u64) -> f64 {
        (**self).factor(step)
    }

    fn observe(&mut self, loss: f64) {
        (**self).observe(loss);
    }
}

/// One schedule after another: see [`Schedule::then`]. Only the one whose turn it is sees the loss.
///
/// PyTorch's `SequentialLR`.
///
/// ```
/// use feedforward::schedule::{Constant, Exponential, Schedule};
/// let mut schedule = Constant.then(2, Exponential::new(0.5)?);
/// assert_eq!([0, 1, 2, 3, 4].map(|t| schedule.factor(t)), [1.0, 1.0, 1.0, 0.5, 0.25]);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Then<A, B> {
    first: A,
    steps: u64,
    next: B,
    is_next: bool,
}

impl<A: Schedule, B: Schedule> Schedule for Then<A, B> {
    fn factor(&mut self, step: u64) -> f64 {
        self.is_next = step >= self.steps;
        if self.is_next { self.next.factor(step - self.steps) } else { self.first.factor(step) }
    }

    fn observe(&mut self, loss: f64) {
        if self.is_next { self.next.observe(loss) } else { self.first.observe(loss) }
    }
}

/// The product of two schedules: see [`Schedule::times`]. PyTorch's `ChainedScheduler`.
///
/// ```
/// use feedforward::schedule::{Exponential, Schedule, Warmup};
/// let mut schedule = Warmup::new(2)?.times(Exponential::new(0.5)?);
/// assert_eq!([0, 1, 2].map(|t| schedule.factor(t)), [0.5, 0.5, 0.25]);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Times<A, B> {
    one: A,
    other: B,
}

impl<A: Schedule, B: Schedule> Schedule for Times<A, B> {
    fn factor(&mut self, step: u64) -> f64 {
        self.one.factor(step) * self.other.factor(step)
    }

    fn observe(&mut self, loss: f64) {
        self.one.observe(loss);
        self.other.observe(loss);
    }
}

/// Always 1.
///
/// ```
/// use feedforward::schedule::{Constant, Schedule};
/// assert_eq!(Constant.factor(1000), 1.0);
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Constant;

impl Schedule for Constant {
    fn factor(&mut self, _step: u64) -> f64 {
        1.0
    }
}

fn at_least_one(operation: &'static str, name: &'static str, found: u64) -> Result<u64> {
    if found > 0 {
        return Ok(found);
    }
    Err(Error::Hyperparameter { operation, name, expected: "at least 1", found: 0.0 })
}
