//! [`Times`]: the product of two schedules.

use super::Schedule;
use crate::Result;

/// Multiplies the factors of two schedules: see [`Schedule::times`]. PyTorch's `ChainedScheduler`.
///
/// Both observe the loss.
///
/// ```
/// use feedforward::training::schedule::{Exponential, Schedule, Warmup};
/// let mut schedule = Warmup::new(2)?.times(Exponential::new(0.5)?);
/// assert_eq!([0, 1, 2].map(|t| schedule.factor(t)), [0.5, 0.5, 0.25]);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "ChainedScheduler")]
#[derive(Debug, Clone, PartialEq)]
pub struct Times<A, B> {
    one: A,
    other: B,
}

impl<A, B> Times<A, B> {
    pub(super) fn new(one: A, other: B) -> Self {
        Self { one, other }
    }
}

impl<A: Schedule, B: Schedule> Schedule for Times<A, B> {
    fn factor(&mut self, step: u64) -> f64 {
        self.one.factor(step) * self.other.factor(step)
    }

    fn observe(&mut self, loss: f64) {
        self.one.observe(loss);
        self.other.observe(loss);
    }

    fn check(&self) -> Result<()> {
        self.one.check()?;
        self.other.check()
    }

    fn state(&self) -> Vec<f64> {
        [self.one.state(), self.other.state()].concat()
    }

    fn restore(&mut self, state: &[f64]) {
        let (one, other) = state.split_at(state.len().min(self.one.state().len()));
        self.one.restore(one);
        self.other.restore(other);
    }
}
