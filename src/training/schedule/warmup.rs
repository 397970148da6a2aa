//! [`Warmup`]: rises linearly at the start.

use super::Schedule;
use crate::{Result, check};

/// Returns (t + 1) / steps, at most 1: a linear start. PyTorch's `LinearLR` from 1 / steps. Goyal et al. 2017.
///
/// ```
/// use feedforward::training::schedule::{Schedule, Warmup};
/// let mut schedule = Warmup::new(4)?;
/// assert_eq!([0, 1, 3, 9].map(|t| schedule.factor(t)), [0.25, 0.5, 1.0, 1.0]);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "LinearLR")]
#[derive(Debug, Clone, PartialEq)]
pub struct Warmup {
    steps: u64,
}

impl Warmup {
    /// Makes the schedule that rises to 1 over this many steps.
    ///
    /// # Errors
    /// When there is no step.
    pub fn new(steps: u64) -> Result<Self> {
        Ok(Self { steps: check::at_least("Warmup", "steps", 1, steps)? })
    }
}

impl Schedule for Warmup {
    fn factor(&mut self, step: u64) -> f64 {
        ((step as f64 + 1.0) / self.steps as f64).min(1.0)
    }
}

#[cfg(feature = "serde")]
crate::serialize::checked_serde!(
    "Warmup",
    struct Warmup {
        steps: u64,
    },
    |schedule| Warmup::new(schedule.steps).map(drop)
);
