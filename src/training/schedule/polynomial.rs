//! [`Polynomial`]: falls to 0 along a polynomial.

use super::Schedule;
use crate::{Result, check};

/// Returns (1 - t / steps)^power, then 0. PyTorch's `PolynomialLR`.
///
/// ```
/// use feedforward::training::schedule::{Polynomial, Schedule};
/// let mut schedule = Polynomial::new(10, 2.0)?;
/// assert_eq!([0, 5, 10, 11].map(|t| schedule.factor(t)), [1.0, 0.25, 0.0, 0.0]);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "PolynomialLR")]
#[derive(Debug, Clone, PartialEq)]
pub struct Polynomial {
    steps: u64,
    power: f64,
}

impl Polynomial {
    /// Makes the schedule that falls to 0 over this many steps.
    ///
    /// # Errors
    /// When there is no step, or the power is negative or not finite.
    pub fn new(steps: u64, power: f64) -> Result<Self> {
        let steps = check::at_least("Polynomial", "steps", 1, steps)?;
        let power = check::finite_at_least_zero("Polynomial", "power", power)?;
        Ok(Self { steps, power })
    }
}

impl Schedule for Polynomial {
    fn factor(&mut self, step: u64) -> f64 {
        (1.0 - step.min(self.steps) as f64 / self.steps as f64).powf(self.power)
    }
}

#[cfg(feature = "serde")]
crate::serialize::checked_serde!(
    "Polynomial",
    struct Polynomial {
        steps: u64,
        power: f64,
    },
    |schedule| Polynomial::new(schedule.steps, schedule.power).map(drop)
);
