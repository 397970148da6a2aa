//! Schedules that rise or come back: cosine with restarts, warm-up, one cycle.

use super::{Schedule, at_least_one};
use crate::{Error, Result};
use std::f64::consts::PI;

/// (1 + cos(π t / steps)) / 2, then 0; or again from 1 with [`with_restarts`](Self::with_restarts). Loshchilov and Hutter 2017.
///
/// PyTorch's `CosineAnnealingLR` and `CosineAnnealingWarmRestarts`.
///
/// ```
/// use feedforward::schedule::{Cosine, Schedule};
/// let mut schedule = Cosine::new(10)?.with_restarts(2)?;
/// let factors = [0, 5, 10, 20, 30].map(|t| schedule.factor(t));
/// for (factor, expected) in factors.into_iter().zip([1.0, 0.5, 1.0, 0.5, 1.0]) {
///     assert!((factor - expected).abs() < 1e-12);
/// }
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Cosine {
    steps: u64,
    restarts: Option<u64>,
}

impl Cosine {
    /// Down to 0 over this many steps.
    ///
    /// # Errors
    /// When there is no step.
    ///
    /// ```
    /// assert!(feedforward::schedule::Cosine::new(50).is_ok());
    /// assert!(feedforward::schedule::Cosine::new(0).is_err());
    /// ```
    pub fn new(steps: u64) -> Result<Self> {
        Ok(Self { steps: at_least_one("Cosine", "steps", steps)?, restarts: None })
    }

    /// Starts again at 1 each time, over `longer` times as many steps as before.
    ///
    /// # Errors
    /// When `longer` is 0.
    ///
    /// ```
    /// let schedule = feedforward::schedule::Cosine::new(10)?.with_restarts(1)?;
    /// assert!(schedule.with_restarts(0).is_err());
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn with_restarts(self, longer: u64) -> Result<Self> {
        Ok(Self { restarts: Some(at_least_one("Cosine", "longer", longer)?), ..self })
    }
}

impl Schedule for Cosine {
    fn factor(&mut self, step: u64) -> f64 {
        let (mut within, mut length) = (step, self.steps);
        match self.restarts {
            None => within = within.min(length),
            Some(1) => within %= length,
            Some(longer) => {
                while within >= length {
                    within -= length;
                    length = length.saturating_mul(longer);
                }
            }
        }
        (1.0 + (PI * within as f64 / length as f64).cos()) / 2.0
    }
}

/// (t + 1) / steps up to 1: a linear start. PyTorch's `LinearLR` from 1 / steps. Goyal et al. 2017.
///
/// ```
/// use feedforward::schedule::{Schedule, Warmup};
/// let mut schedule = Warmup::new(4)?;
/// assert_eq!([0, 1, 3, 9].map(|t| schedule.factor(t)), [0.25, 0.5, 1.0, 1.0]);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Warmup {
    steps: u64,
}

impl Warmup {
    /// Up to 1 over this many steps.
    ///
    /// # Errors
    /// When there is no step.
    ///
    /// ```
    /// assert!(feedforward::schedule::Warmup::new(10).is_ok());
    /// assert!(feedforward::schedule::Warmup::new(0).is_err());
    /// ```
    pub fn new(steps: u64) -> Result<Self> {
        Ok(Self { steps: at_least_one("Warmup", "steps", steps)? })
    }
}

impl Schedule for Warmup {
    fn factor(&mut self, step: u64) -> f64 {
        ((step + 1) as f64 / self.steps as f64).min(1.0)
    }
}

/// Up from 1/25 to 1 over the first 30% of the steps, down to 1/250,000 over the rest, both along a cosine. Smith 2018.
///
/// PyTorch's `OneCycleLR` with its defaults; the optimizer's learning rate is the highest.
///
/// ```
/// use feedforward::schedule::{OneCycle, Schedule};
/// let mut schedule = OneCycle::new(100)?;
/// assert!((schedule.factor(0) - 1.0 / 25.0).abs() < 1e-12);
/// assert!((schedule.factor(29) - 1.0).abs() < 1e-12);
/// assert!((schedule.factor(99) - 1.0 / 250_000.0).abs() < 1e-12);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct OneCycle {
    steps: u64,
}

impl OneCycle {
    /// Over this many steps.
    ///
    /// # Errors
    /// When there are fewer than 2 steps.
    ///
    /// ```
    /// assert!(feedforward::schedule::OneCycle::new(100).is_ok());
    /// assert!(feedforward::schedule::OneCycle::new(1).is_err());
    /// ```
    pub fn new(steps: u64) -> Result<Self> {
        if steps < 2 {
            let (operation, expected) = ("OneCycle", "at least 2");
            return Err(Error::Hyperparameter { operation, name: "steps", expected, found: steps as f64 });
        }
        Ok(Self { steps })
    }
}

impl Schedule for OneCycle {
    fn factor(&mut self, step: u64) -> f64 {
        let (start, end) = (1.0 / 25.0, 1.0 / 25.0 / 1e4);
        let (top, last) = (0.3 * self.steps as f64 - 1.0, self.steps as f64 - 1.0);
        let step = (step as f64).min(last);
        let along = |from: f64, to: f64, share: f64| to + (from - to) * (1.0 + (PI * share).cos()) / 2.0;
        if step <= top { along(start, 1.0, step / top) } else { along(1.0, end, (step - top) / (last - top)) }
    }
}
