//! [`Cosine`]: falls to 0 along a cosine, once or with restarts.

use super::Schedule;
use crate::{Result, check};
use std::f64::consts::PI;

/// Returns (1 + cos(π t / steps)) / 2, then 0; with [`restarts`](Self::restarts) it begins again at 1.
///
/// Loshchilov and Hutter 2017; PyTorch's `CosineAnnealingLR` and `CosineAnnealingWarmRestarts`.
///
/// ```
/// use feedforward::training::schedule::{Cosine, Schedule};
/// let mut schedule = Cosine::new(10)?.restarts(2); // over 10 steps, then 20, then 40
/// let factors = [0, 5, 10, 20, 30].map(|t| schedule.factor(t));
/// for (factor, expected) in factors.into_iter().zip([1.0, 0.5, 1.0, 0.5, 1.0]) {
///     assert!((factor - expected).abs() < 1e-12);
/// }
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias("CosineAnnealingLR", "CosineAnnealingWarmRestarts"))]
#[derive(Debug, Clone, PartialEq)]
pub struct Cosine {
    steps: u64,
    restarts: Option<u64>,
}

impl Cosine {
    /// Makes the schedule that falls to 0 over this many steps.
    ///
    /// # Errors
    /// When there is no step.
    pub fn new(steps: u64) -> Result<Self> {
        Ok(Self { steps: check::at_least("Cosine", "steps", 1, steps)?, restarts: None })
    }

    /// Begins again at 1 each time it has reached 0, over `longer` times the steps of the time before; at least 1.
    pub fn restarts(self, longer: u64) -> Self {
        Self { restarts: Some(longer), ..self }
    }
}

impl Schedule for Cosine {
    fn factor(&mut self, step: u64) -> f64 {
        let (mut within, mut length) = (step, self.steps);
        match self.restarts {
            None => within = within.min(length),
            // `check` refuses 0; the loop below would not end with it.
            Some(0 | 1) => within %= length,
            Some(longer) => {
                while within >= length {
                    within -= length;
                    length = length.saturating_mul(longer);
                }
            }
        }
        (1.0 + (PI * within as f64 / length as f64).cos()) / 2.0
    }

    fn check(&self) -> Result<()> {
        check::at_least("Cosine", "restarts", 1, self.restarts.unwrap_or(1)).map(drop)
    }
}

#[cfg(feature = "serde")]
crate::serialize::checked_serde!(
    "Cosine",
    struct Cosine {
        steps: u64,
        restarts: Option<u64>,
    },
    |schedule| {
        Cosine::new(schedule.steps)?;
        schedule.check()
    }
);
