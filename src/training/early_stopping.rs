//! [`EarlyStopping`]: ends training when the loss no longer improves.

use crate::{Error, Result};

/// Which loss is watched.
///
/// ```
/// use feedforward::{EarlyStopping, Monitor};
/// let on_convergence = EarlyStopping::new(10)?.monitor(Monitor::Training);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Monitor {
    /// The validation loss if there is a validation set, else the training loss.
    #[default]
    Validation,
    /// The training loss: training stops when it has converged.
    Training,
}

/// Stops when the loss has not improved for `patience` epochs in a row, and takes the best weights back.
///
/// An epoch counts as improved when loss < best - min_delta. The same as Keras's callback, except that the best weights are
/// restored unless [`keep_last`](Self::keep_last) says otherwise. Prechelt 1998.
///
/// ```
/// use feedforward::{EarlyStopping, Monitor};
/// let on_validation = EarlyStopping::new(5)?.min_delta(1e-4)?;
/// let on_convergence = EarlyStopping::new(10)?.monitor(Monitor::Training).keep_last();
/// assert!(EarlyStopping::new(0).is_err());
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct EarlyStopping {
    patience: usize,
    min_delta: f64,
    pub(super) monitor: Monitor,
    pub(super) restore_best: bool,
    best: f64,
    waited: usize,
}

/// What an epoch was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Improved,
    Wait,
    Stop,
}

impl EarlyStopping {
    /// Stops after this many epochs without improvement.
    ///
    /// # Errors
    /// When the patience is 0.
    ///
    /// ```
    /// assert!(feedforward::EarlyStopping::new(10).is_ok());
    /// assert!(feedforward::EarlyStopping::new(0).is_err());
    /// ```
    pub fn new(patience: usize) -> Result<Self> {
        if patience == 0 {
            let (operation, expected) = ("EarlyStopping", "a number of epochs >= 1");
            return Err(Error::Hyperparameter { operation, name: "patience", expected, found: 0.0 });
        }
        let (monitor, best) = (Monitor::default(), f64::INFINITY);
        Ok(Self { patience, min_delta: 0.0, monitor, restore_best: true, best, waited: 0 })
    }

    /// How much lower the loss must be to count as improved; 0 unless said otherwise.
    ///
    /// # Errors
    /// When it is negative or not finite.
    ///
    /// ```
    /// let stopping = feedforward::EarlyStopping::new(10)?.min_delta(1e-4)?;
    /// assert!(stopping.min_delta(-1.0).is_err());
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn min_delta(self, min_delta: f64) -> Result<Self> {
        Ok(Self { min_delta: crate::error::at_least_zero("EarlyStopping", "min_delta", min_delta)?, ..self })
    }

    /// Which loss is watched.
    ///
    /// ```
    /// use feedforward::{EarlyStopping, Monitor};
    /// let stopping = EarlyStopping::new(10)?.monitor(Monitor::Training);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn monitor(self, monitor: Monitor) -> Self {
        Self { monitor, ..self }
    }

    /// Keeps the last weights instead of the best.
    ///
    /// ```
    /// let stopping = feedforward::EarlyStopping::new(10)?.keep_last();
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn keep_last(self) -> Self {
        Self { restore_best: false, ..self }
    }

    pub(super) fn judge(&mut self, loss: f64) -> Verdict {
        if loss < self.best - self.min_delta {
            (self.best, self.waited) = (loss, 0);
            return Verdict::Improved;
        }
        self.waited += 1;
        if self.waited >= self.patience { Verdict::Stop } else { Verdict::Wait }
    }

    /// Starts counting anew, as each fit does.
    pub(super) fn reset(&mut self) {
        (self.best, self.waited) = (f64::INFINITY, 0);
    }
}
