//! Schedules that only ever fall: by steps, exponentially, inversely, along a polynomial.

use super::{Schedule, at_least_one};
use crate::Result;
use crate::error::at_least_zero;

/// Times `factor` after every so many steps: factor^⌊t / every⌋. PyTorch's `StepLR`.
///
/// ```
/// use feedforward::schedule::{Schedule, StepDecay};
/// let mut schedule = StepDecay::new(2, 0.5)?;
/// assert_eq!([0, 1, 2, 3, 4].map(|t| schedule.factor(t)), [1.0, 1.0, 0.5, 0.5, 0.25]);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct StepDecay {
    every: u64,
    factor: f64,
}

impl StepDecay {
    /// Times `factor` after every `every` steps.
    ///
    /// # Errors
    /// When `every` is 0 or the factor negative or not finite.
    ///
    /// ```
    /// assert!(feedforward::schedule::StepDecay::new(10, 0.5).is_ok());
    /// assert!(feedforward::schedule::StepDecay::new(0, 0.5).is_err());
    /// ```
    pub fn new(every: u64, factor: f64) -> Result<Self> {
        Ok(Self {
            every: at_least_one("StepDecay", "every", every)?,
            factor: at_least_zero("StepDecay", "factor", factor)?,
        })
    }
}

impl Schedule for StepDecay {
    fn factor(&mut self, step: u64) -> f64 {
        self.factor.powf((step / self.every) as f64)
    }
}

/// factor^t. PyTorch's `ExponentialLR`.
///
/// ```
/// use feedforward::schedule::{Exponential, Schedule};
/// let mut schedule = Exponential::new(0.5)?;
/// assert_eq!([0, 1, 2].map(|t| schedule.factor(t)), [1.0, 0.5, 0.25]);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Exponential {
    factor: f64,
}

impl Exponential {
    /// Times `factor` at every step.
    ///
    /// # Errors
    /// When the factor is negative or not finite.
    ///
    /// ```
    /// assert!(feedforward::schedule::Exponential::new(0.95).is_ok());
    /// assert!(feedforward::schedule::Exponential::new(-1.0).is_err());
    /// ```
    pub fn new(factor: f64) -> Result<Self> {
        Ok(Self { factor: at_least_zero("Exponential", "factor", factor)? })
    }
}

impl Schedule for Exponential {
    fn factor(&mut self, step: u64) -> f64 {
        self.factor.powf(step as f64)
    }
}

/// 1 / (t + 1)^power. scikit-learn's "invscaling".
///
/// ```
/// use feedforward::schedule::{InverseScaling, Schedule};
/// let mut schedule = InverseScaling::new(0.5)?;
/// assert_eq!([0, 3, 99].map(|t| schedule.factor(t)), [1.0, 0.5, 0.1]);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct InverseScaling {
    power: f64,
}

impl InverseScaling {
    /// With this power (0.5 is usual).
    ///
    /// # Errors
    /// When the power is negative or not finite.
    ///
    /// ```
    /// assert!(feedforward::schedule::InverseScaling::new(0.5).is_ok());
    /// assert!(feedforward::schedule::InverseScaling::new(f64::NAN).is_err());
    /// ```
    pub fn new(power: f64) -> Result<Self> {
        Ok(Self { power: at_least_zero("InverseScaling", "power", power)? })
    }
}

impl Schedule for InverseScaling {
    fn factor(&mut self, step: u64) -> f64 {
        (step as f64 + 1.0).powf(-self.power)
    }
}

/// (1 - t / steps)^power, 0 afterwards. PyTorch's `PolynomialLR`.
///
/// ```
/// use feedforward::schedule::{Polynomial, Schedule};
/// let mut schedule = Polynomial::new(10, 2.0)?;
/// assert_eq!([0, 5, 10, 11].map(|t| schedule.factor(t)), [1.0, 0.25, 0.0, 0.0]);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Polynomial {
    steps: u64,
    power: f64,
}

impl Polynomial {
    /// Down to 0 over this many steps.
    ///
    /// # Errors
    /// When there is no step or the power is negative or not finite.
    ///
    /// ```
    /// assert!(feedforward::schedule::Polynomial::new(100, 1.0).is_ok());
    /// assert!(feedforward::schedule::Polynomial::new(0, 1.0).is_err());
    /// ```
    pub fn new(steps: u64, power: f64) -> Result<Self> {
        let steps = at_least_one("Polynomial", "steps", steps)?;
        Ok(Self { steps, power: at_least_zero("Polynomial", "power", power)? })
    }
}

impl Schedule for Polynomial {
    fn factor(&mut self, step: u64) -> f64 {
        (1.0 - step.min(self.steps) as f64 / self.steps as f64).powf(self.power)
    }
}
