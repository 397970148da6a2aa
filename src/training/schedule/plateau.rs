//! [`ReduceOnPlateau`]: a schedule that follows the loss.

use super::Schedule;
use crate::Result;

/// Times `factor` whenever the loss has not improved for more than `patience` epochs in a row. PyTorch's `ReduceLROnPlateau`.
///
/// An epoch counts as improved when loss < best · (1 - 1e-4).
///
/// ```
/// use feedforward::schedule::{ReduceOnPlateau, Schedule};
/// let mut schedule = ReduceOnPlateau::new(0.1, 1)?;
/// [1.0, 0.8, 0.8].into_iter().for_each(|loss| schedule.observe(loss));
/// assert_eq!(schedule.factor(3), 1.0);
/// schedule.observe(0.9);
/// assert_eq!(schedule.factor(4), 0.1);
/// # Ok::<(), feedforward::Error>(())
/// ```
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
    ///
    /// ```
    /// assert!(feedforward::schedule::ReduceOnPlateau::new(0.5, 3).is_ok());
    /// assert!(feedforward::schedule::ReduceOnPlateau::new(1.0, 3).is_err());
    /// ```
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
