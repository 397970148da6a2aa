//! [`Observer`]: called after each step and epoch of training, and able to end it.

use super::EpochRecord;
use crate::{Float, Network};
use std::ops::ControlFlow;

/// Called after each step and epoch of training; it can end training.
///
/// A closure over network and record is an observer, called after each epoch. [`ControlFlow::Break`] ends training;
/// with early stopping the best weights are restored. It is [`Send`], because the fit of a large network moves to a
/// thread of the pool.
///
/// This ends training from outside, as a handler of Ctrl-C would:
///
/// ```
/// use feedforward::{Dataset, EpochRecord, Identity, Mse, Network, Sgd, Trainer};
/// use ndarray::array;
/// use std::ops::ControlFlow;
/// use std::sync::atomic::{AtomicBool, Ordering};
///
/// static INTERRUPTED: AtomicBool = AtomicBool::new(false);
///
/// let data = Dataset::new(array![[1.0], [2.0]], array![[2.0], [4.0]])?;
/// let mut network = Network::<f64>::builder(1).dense(1, Identity).build()?;
/// let watch = |_: &Network<f64>, record: &EpochRecord| {
///     # INTERRUPTED.store(record.epoch == 2, Ordering::Relaxed);
///     if INTERRUPTED.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
/// };
/// let history = Trainer::new(100).observer(watch).fit(&mut network, &data, &Mse, &mut Sgd::new(0.1)?)?;
/// assert_eq!(history.len(), 2);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias("callback", "Callback"))]
pub trait Observer<F: Float>: Send {
    /// Is called before the first epoch of a fit, with the number of epochs and of steps in each.
    fn start(&mut self, _epochs: usize, _steps: usize) {}

    /// Is called after each step, with its number within the epoch, counted from 1, and its loss.
    ///
    /// ```
    /// use feedforward::training::Observer;
    /// use feedforward::{EpochRecord, Network};
    /// use std::ops::ControlFlow;
    ///
    /// /// Ends training in the middle of an epoch.
    /// struct TenSteps(usize);
    ///
    /// impl Observer<f32> for TenSteps {
    ///     fn step(&mut self, _: usize, _: f32) -> ControlFlow<()> {
    ///         self.0 += 1;
    ///         if self.0 < 10 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    ///     }
    ///     fn epoch(&mut self, _: &Network<f32>, _: &EpochRecord) -> ControlFlow<()> {
    ///         ControlFlow::Continue(())
    ///     }
    /// }
    /// ```
    fn step(&mut self, _step: usize, _loss: F) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// Is called after each epoch.
    fn epoch(&mut self, network: &Network<F>, record: &EpochRecord) -> ControlFlow<()>;

    /// Is called after the last epoch of a fit.
    fn end(&mut self) {}

    /// Returns whether it only shows how training goes. On several ranks it is then called on rank 0 alone; all other
    /// observers are called on each rank, and one that ends training on any rank ends it on all.
    fn is_display(&self) -> bool {
        false
    }
}

impl<F: Float, T: FnMut(&Network<F>, &EpochRecord) -> ControlFlow<()> + Send> Observer<F> for T {
    fn epoch(&mut self, network: &Network<F>, record: &EpochRecord) -> ControlFlow<()> {
        self(network, record)
    }
}
