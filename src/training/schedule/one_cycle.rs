//! [`OneCycle`]: rises, then falls far below the start.

use super::Schedule;
use crate::{Result, check};
use std::f64::consts::PI;

/// Rises from 1/25 to 1 over the first 30% of the steps, then falls to 1/250,000, both along a cosine. Smith 2018.
///
/// PyTorch's `OneCycleLR` with its defaults; the optimizer's learning rate is the highest.
///
/// ```
/// use feedforward::training::schedule::{OneCycle, Schedule};
/// let mut schedule = OneCycle::new(100)?;
/// assert!((schedule.factor(0) - 1.0 / 25.0).abs() < 1e-12);
/// assert!((schedule.factor(29) - 1.0).abs() < 1e-12);
/// assert!((schedule.factor(99) - 1.0 / 250_000.0).abs() < 1e-12);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "OneCycleLR")]
#[derive(Debug, Clone, PartialEq)]
pub struct OneCycle {
    steps: u64,
}

impl OneCycle {
    /// Makes the schedule over this many steps.
    ///
    /// # Errors
    /// When there are fewer than 2 steps.
    pub fn new(steps: u64) -> Result<Self> {
        Ok(Self { steps: check::at_least("OneCycle", "steps", 2, steps)? })
    }
}

impl Schedule for OneCycle {
    fn factor(&mut self, step: u64) -> f64 {
        let start = 1.0 / 25.0;
        let end = 1.0 / 25.0 / 1e4;
        let top = 0.3 * self.steps as f64 - 1.0;
        let last = self.steps as f64 - 1.0;
        let step = (step as f64).min(last);
        if step <= top { cosine(start, 1.0, step / top) } else { cosine(1.0, end, (step - top) / (last - top)) }
    }
}

/// Interpolates along half a cosine: returns `from` at a share of 0 and `to` at 1.
fn cosine(from: f64, to: f64, share: f64) -> f64 {
    to + (from - to) * (1.0 + (PI * share).cos()) / 2.0
}

#[cfg(feature = "serde")]
crate::serialize::checked_serde!(
    "OneCycle",
    struct OneCycle {
        steps: u64,
    },
    |schedule| OneCycle::new(schedule.steps).map(drop)
);
