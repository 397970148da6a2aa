//! [`InverseScaling`]: falls as a power of the step.

use super::Schedule;
use crate::{Result, check};

/// Returns 1 / (t + 1)^power. scikit-learn's "invscaling".
///
/// ```
/// use feedforward::training::schedule::{InverseScaling, Schedule};
/// let mut schedule = InverseScaling::new(0.5)?;
/// assert_eq!([0, 3, 99].map(|t| schedule.factor(t)), [1.0, 0.5, 0.1]);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "invscaling")]
#[derive(Debug, Clone, PartialEq)]
pub struct InverseScaling {
    power: f64,
}

impl InverseScaling {
    /// Makes the schedule with this power (0.5 is usual).
    ///
    /// # Errors
    /// When the power is negative or not finite.
    pub fn new(power: f64) -> Result<Self> {
        Ok(Self { power: check::finite_at_least_zero("InverseScaling", "power", power)? })
    }
}

impl Schedule for InverseScaling {
    fn factor(&mut self, step: u64) -> f64 {
        (step as f64 + 1.0).powf(-self.power)
    }
}

#[cfg(feature = "serde")]
crate::serialize::checked_serde!(
    "InverseScaling",
    struct InverseScaling {
        power: f64,
    },
    |schedule| InverseScaling::new(schedule.power).map(drop)
);
