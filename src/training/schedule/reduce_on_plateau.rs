//! [`ReduceOnPlateau`]: falls when the loss no longer improves.

use super::Schedule;
use crate::{Result, check};

/// Multiplies by `factor` each time the loss has not improved for more than `patience` epochs in a row.
///
/// An epoch counts as improved when loss < best - 1e-4 |best|. PyTorch's `ReduceLROnPlateau`, except that its margin is
/// 1e-4 best: with a negative best, it takes an equal or slightly worse loss for an improvement.
///
/// ```
/// use feedforward::training::schedule::{ReduceOnPlateau, Schedule};
/// let mut schedule = ReduceOnPlateau::new(0.1, 1)?;
/// [1.0, 0.8, 0.8].into_iter().for_each(|loss| schedule.observe(loss));
/// assert_eq!(schedule.factor(3), 1.0);
/// schedule.observe(0.9);
/// assert_eq!(schedule.factor(4), 0.1);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "ReduceLROnPlateau")]
#[derive(Debug, Clone, PartialEq)]
pub struct ReduceOnPlateau {
    factor: f64,
    patience: usize,
    /// The present factor.
    current: f64,
    best: f64,
    waited: usize,
}

impl ReduceOnPlateau {
    /// Makes the schedule that multiplies by `factor` after more than `patience` epochs without improvement.
    ///
    /// # Errors
    /// When the factor is not in [0, 1).
    pub fn new(factor: f64, patience: usize) -> Result<Self> {
        let factor = check::below_one("ReduceOnPlateau", "factor", factor)?;
        Ok(Self { factor, patience, current: 1.0, best: f64::INFINITY, waited: 0 })
    }
}

impl Schedule for ReduceOnPlateau {
    fn factor(&mut self, _step: u64) -> f64 {
        self.current
    }

    fn observe(&mut self, loss: f64) {
        // best - 1e-4 |best|, written as a product because the first best is infinite and ∞ - ∞ would be NaN.
        if loss < self.best * (1.0 - 1e-4 * self.best.signum()) {
            (self.best, self.waited) = (loss, 0);
            return;
        }
        self.waited = self.waited.saturating_add(1);
        if self.waited > self.patience {
            self.current *= self.factor;
            self.waited = 0;
        }
    }

    fn state(&self) -> Vec<f64> {
        vec![self.current, self.best, self.waited as f64]
    }

    fn restore(&mut self, state: &[f64]) {
        if let &[current, best, waited] = state {
            (self.current, self.best, self.waited) = (current, best, waited as usize);
        }
    }
}

#[cfg(feature = "serde")]
crate::serialize::checked_serde!(
    "ReduceOnPlateau",
    struct ReduceOnPlateau {
        factor: f64,
        patience: usize,
        current: f64,
        #[serde(with = "crate::serialize::number")]
        best: f64,
        waited: usize,
    },
    |schedule| {
        let operation = "ReduceOnPlateau";
        ReduceOnPlateau::new(schedule.factor, schedule.patience)?;
        check::share(operation, "current", schedule.current)?;
        check::best_loss(operation, schedule.best)?;
        check::at_most_patience(operation, schedule.patience, schedule.waited)
    }
);
