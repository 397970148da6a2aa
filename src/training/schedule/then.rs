//! [`Then`]: one schedule after another.

use super::Schedule;
use crate::Result;

/// Follows one schedule and then another: see [`Schedule::then`]. PyTorch's `SequentialLR`.
///
/// Only the current schedule observes the loss.
///
/// ```
/// use feedforward::training::schedule::{Constant, Exponential, Schedule};
/// let mut schedule = Constant.then(2, Exponential::new(0.5)?);
/// assert_eq!([0, 1, 2, 3, 4].map(|t| schedule.factor(t)), [1.0, 1.0, 1.0, 0.5, 0.25]);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "SequentialLR")]
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Then<A, B> {
    first: A,
    steps: u64,
    next: B,
    /// Whether the last factor was the next schedule's.
    is_next: bool,
}

impl<A, B> Then<A, B> {
    pub(super) fn new(first: A, steps: u64, next: B) -> Self {
        Self { first, steps, next, is_next: false }
    }
}

impl<A: Schedule, B: Schedule> Schedule for Then<A, B> {
    fn factor(&mut self, step: u64) -> f64 {
        self.is_next = step >= self.steps;
        if self.is_next { self.next.factor(step - self.steps) } else { self.first.factor(step) }
    }

    fn observe(&mut self, loss: f64) {
        if self.is_next { self.next.observe(loss) } else { self.first.observe(loss) }
    }

    fn check(&self) -> Result<()> {
        self.first.check()?;
        self.next.check()
    }

    fn state(&self) -> Vec<f64> {
        [vec![f64::from(u8::from(self.is_next))], self.first.state(), self.next.state()].concat()
    }

    fn restore(&mut self, state: &[f64]) {
        let Some((is_next, state)) = state.split_first() else { return };
        let (first, next) = state.split_at(state.len().min(self.first.state().len()));
        self.is_next = *is_next != 0.0;
        self.first.restore(first);
        self.next.restore(next);
    }
}
