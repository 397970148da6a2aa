//! [`Exponential`]: falls by the same factor at every step.

use super::Schedule;
use crate::{Result, check};

/// Returns factor^t. PyTorch's `ExponentialLR`.
///
/// ```
/// use feedforward::training::schedule::{Exponential, Schedule};
/// let mut schedule = Exponential::new(0.5)?;
/// assert_eq!([0, 1, 2].map(|t| schedule.factor(t)), [1.0, 0.5, 0.25]);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "ExponentialLR")]
#[derive(Debug, Clone, PartialEq)]
pub struct Exponential {
    factor: f64,
}

impl Exponential {
    /// Makes the schedule that multiplies by `factor` at every step.
    ///
    /// # Errors
    /// When the factor is negative or not finite.
    pub fn new(factor: f64) -> Result<Self> {
        Ok(Self { factor: check::finite_at_least_zero("Exponential", "factor", factor)? })
    }
}

impl Schedule for Exponential {
    fn factor(&mut self, step: u64) -> f64 {
        self.factor.powf(step as f64)
    }
}

#[cfg(feature = "serde")]
crate::serialize::checked_serde!(
    "Exponential",
    struct Exponential {
        factor: f64,
    },
    |schedule| Exponential::new(schedule.factor).map(drop)
);
