//! [`StepDecay`]: falls by a factor at regular intervals.

use super::Schedule;
use crate::{Result, check};

/// Returns factor^⌊t / every⌋: multiplies by `factor` after each `every` steps. PyTorch's `StepLR`.
///
/// ```
/// use feedforward::training::schedule::{Schedule, StepDecay};
/// let mut schedule = StepDecay::new(2, 0.5)?;
/// assert_eq!([0, 1, 2, 3, 4].map(|t| schedule.factor(t)), [1.0, 1.0, 0.5, 0.5, 0.25]);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "StepLR")]
#[derive(Debug, Clone, PartialEq)]
pub struct StepDecay {
    every: u64,
    factor: f64,
}

impl StepDecay {
    /// Makes the schedule that multiplies by `factor` after each `every` steps.
    ///
    /// # Errors
    /// When `every` is 0, or the factor is negative or not finite.
    pub fn new(every: u64, factor: f64) -> Result<Self> {
        let every = check::at_least("StepDecay", "every", 1, every)?;
        let factor = check::finite_at_least_zero("StepDecay", "factor", factor)?;
        Ok(Self { every, factor })
    }
}

impl Schedule for StepDecay {
    fn factor(&mut self, step: u64) -> f64 {
        self.factor.powf((step / self.every) as f64)
    }
}

#[cfg(feature = "serde")]
crate::serialize::checked_serde!(
    "StepDecay",
    struct StepDecay {
        every: u64,
        factor: f64,
    },
    |schedule| StepDecay::new(schedule.every, schedule.factor).map(drop)
);
