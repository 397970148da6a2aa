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
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Times<A, B> {
    first: A,
    second: B,
}

impl<A, B> Times<A, B> {
    pub(super) fn new(first: A, second: B) -> Self {
        Self { first, second }
    }
}

impl<A: Schedule, B: Schedule> Schedule for Times<A, B> {
    fn factor(&mut self, step: u64) -> f64 {
        self.first.factor(step) * self.second.factor(step)
    }

    fn observe(&mut self, loss: f64) {
        self.first.observe(loss);
        self.second.observe(loss);
    }

    fn check(&self) -> Result<()> {
        self.first.check()?;
        self.second.check()
    }

    fn state(&self) -> Vec<f64> {
        [self.first.state(), self.second.state()].concat()
    }

    fn restore(&mut self, state: &[f64]) {
        let (first, second) = state.split_at(state.len().min(self.first.state().len()));
        self.first.restore(first);
        self.second.restore(second);
    }
}
