//! Schedules: how the learning rate changes over steps or epochs.
//!
//! A [`Schedule`] gives a factor for each step (or epoch), counted from 0; the learning rate is the optimizer's own times
//! that factor. Schedules compose with [`Schedule::then`] and [`Schedule::times`].

use crate::error::at_least_zero;
use crate::{Error, Result};
use std::f64::consts::PI;
use std::fmt::Debug;

/// A factor on the learning rate for each step or epoch.
///
/// ```
/// use feedforward::schedule::{Cosine, Schedule, Warmup};
///
/// let mut schedule = Warmup::new(10)?.then(10, Cosine::new(90)?);
/// assert_eq!(schedule.factor(0), 0.1);
/// assert_eq!(schedule.factor(10), 1.0);
/// assert!(schedule.factor(100) < 1e-12);
/// # Ok::<(), feedforward::Error>(())
/// ```
pub trait Schedule: Debug + Send {
    /// The factor at a step (or epoch), counted from 0.
    fn factor(&mut self, step: u64) -> f64;

    /// Told the loss after each epoch: the validation loss if there is a validation set.
    fn observe(&mut self, _loss: f64) {}

    /// This one for the first `steps`, then the next, which counts from 0.
    fn then<S: Schedule>(self, steps: u64, next: S) -> Then<Self, S>
    where
        Self: Sized,
    {
        Then { first: self, steps, next }
    }

    /// The product of both.
    fn times<S: Schedule>(self, other: S) -> Times<Self, S>
    where
        Self: Sized,
    {
        Times { one: self, other }
    }
}

impl<S: Schedule + ?Sized> Schedule for Box<S> {
    fn factor(&mut self, step: u64) -> f64 {
        (**self).factor(step)
    }

    fn observe(&mut self, loss: f64) {
        (**self).observe(loss);
    }
}

/// One schedule after another: see [`Schedule::then`].
#[derive(Debug, Clone, PartialEq)]
pub struct Then<A, B> {
    first: A,
    steps: u64,
    next: B,
}

impl<A: Schedule, B: Schedule> Schedule for Then<A, B> {
    fn factor(&mut self, step: u64) -> f64 {
        if step < self.steps { self.first.factor(step) } else { self.next.factor(step - self.steps) }
    }

    fn observe(&mut self, loss: f64) {
        self.first.observe(loss);
        self.next.observe(loss);
    }
}

/// The product of two schedules: see [`Schedule::times`].
#[derive(Debug, Clone, PartialEq)]
pub struct Times<A, B> {
    one: A,
    other: B,
}

impl<A: Schedule, B: Schedule> Schedule for Times<A, B> {
    fn factor(&mut self, step: u64) -> f64 {
        self.one.factor(step) * self.other.factor(step)
    }

    fn observe(&mut self, loss: f64) {
        self.one.observe(loss);
        self.other.observe(loss);
    }
}

/// Always 1.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Constant;

impl Schedule for Constant {
    fn factor(&mut self, _step: u64) -> f64 {
        1.0
    }
}

/// Times `factor` after every so many steps: factor^⌊t / every⌋. PyTorch's `StepLR`.
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
#[derive(Debug, Clone, PartialEq)]
pub struct Exponential {
    factor: f64,
}

impl Exponential {
    /// Times `factor` at every step.
    ///
    /// # Errors
    /// When the factor is negative or not finite.
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
#[derive(Debug, Clone, PartialEq)]
pub struct InverseScaling {
    power: f64,
}

impl InverseScaling {
    /// With this power (0.5 is usual).
    ///
    /// # Errors
    /// When the power is negative or not finite.
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

/// (1 + cos(π t / steps)) / 2, then 0; or again from 1 with [`with_restarts`](Self::with_restarts). Loshchilov and Hutter 2017.
///
/// PyTorch's `CosineAnnealingLR` and `CosineAnnealingWarmRestarts`.
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
    pub fn new(steps: u64) -> Result<Self> {
        Ok(Self { steps: at_least_one("Cosine", "steps", steps)?, restarts: None })
    }

    /// Starts again at 1 each time, over `longer` times as many steps as before.
    ///
    /// # Errors
    /// When `longer` is 0.
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

/// (t + 1) / steps up to 1: a linear start.
#[derive(Debug, Clone, PartialEq)]
pub struct Warmup {
    steps: u64,
}

impl Warmup {
    /// Up to 1 over this many steps.
    ///
    /// # Errors
    /// When there is no step.
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
#[derive(Debug, Clone, PartialEq)]
pub struct OneCycle {
    steps: u64,
}

impl OneCycle {
    /// Over this many steps.
    ///
    /// # Errors
    /// When there are fewer than 2 steps.
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

/// Times `factor` whenever the loss has not improved for more than `patience` epochs in a row. PyTorch's `ReduceLROnPlateau`.
///
/// An epoch counts as improved when loss < best · (1 - 1e-4).
#[derive(Debug, Clone, PartialEq)]
pub struct ReduceOnPlateau {
    factor: f64,
    patience: usize,
    now: f64,
    best: f64,
    waited: usize,
}

impl ReduceOnPlateau {
    /// Times `factor` after more than `patience` epochs without improvement.
    ///
    /// # Errors
    /// When the factor is not in [0, 1).
    pub fn new(factor: f64, patience: usize) -> Result<Self> {
        let factor = crate::optimizer::decay("ReduceOnPlateau", "factor", factor)?;
        Ok(Self { factor, patience, now: 1.0, best: f64::INFINITY, waited: 0 })
    }
}

impl Schedule for ReduceOnPlateau {
    fn factor(&mut self, _step: u64) -> f64 {
        self.now
    }

    fn observe(&mut self, loss: f64) {
        if loss < self.best * (1.0 - 1e-4) {
            (self.best, self.waited) = (loss, 0);
            return;
        }
        self.waited += 1;
        if self.waited > self.patience {
            (self.now, self.waited) = (self.now * self.factor, 0);
        }
    }
}

fn at_least_one(operation: &'static str, name: &'static str, found: u64) -> Result<u64> {
    if found > 0 {
        return Ok(found);
    }
    Err(Error::Hyperparameter { operation, name, expected: "at least 1", found: 0.0 })
}
