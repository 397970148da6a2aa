//! [`Hook`]: changes gradients between backward pass and update, or weights after it: penalties, clipping, constraints.

mod clip_norm;
mod clip_value;
mod max_norm;
mod penalty;

pub use clip_norm::ClipNorm;
pub use clip_value::ClipValue;
pub use max_norm::MaxNorm;
pub use penalty::Penalty;

use crate::{Float, Network, Parameter, Result, Role};
use std::fmt::Debug;

/// A change to the gradients between backward pass and update, or to the weights after the update.
///
/// Hooks run in the order they were added. The usual order is all-reduce, then penalties, then clipping. They should
/// leave parameters alone that are not [trainable](Parameter::is_trainable).
///
/// A batch whose rows all have weight 0 is no step: neither hooks nor the optimizer run for it, so that penalties and
/// momentum do not move the weights for data that do not count. A hook that waits for the same step in other processes
/// needs data without such batches; drop the rows of weight 0 first.
///
/// ```
/// use feedforward::error::Result;
/// use feedforward::training::hook::Hook;
/// use feedforward::{Float, Network};
///
/// /// Adds a constant to each gradient, which pulls every parameter down.
/// #[derive(Debug)]
/// struct Downhill;
///
/// impl<F: Float> Hook<F> for Downhill {
///     fn after_backward(&mut self, network: &mut Network<F>) -> Result<F> {
///         network.visit_mut(&mut |parameter| {
///             parameter.gradients_mut().iter_mut().for_each(|gradient| *gradient += F::from_f64(1e-3));
///         });
///         Ok(F::zero())
///     }
/// }
/// ```
pub trait Hook<F: Float>: Debug + Send {
    /// Changes the gradients; returns what it adds to the loss.
    ///
    /// # Errors
    /// When it fails: the step is then not made, and the fit ends with
    /// [`Error::Interrupted`](crate::Error::Interrupted), whose source is this error.
    /// [`Trainer::history`](crate::Trainer::history) has the epochs before.
    fn after_backward(&mut self, _network: &mut Network<F>) -> Result<F> {
        Ok(F::zero())
    }

    /// Changes the weights after the update.
    fn after_update(&mut self, _network: &mut Network<F>) {}
}

/// Calls `change` with every parameter that is trained. It allocates nothing, as hooks run at every step.
fn for_each_trained<F: Float>(network: &mut Network<F>, mut change: impl FnMut(&mut Parameter<F>)) {
    network.visit_mut(&mut |parameter| {
        if parameter.is_trainable() {
            change(parameter);
        }
    });
}

/// Calls `change` with every weight that is trained: neither biases nor statistics.
fn for_each_weight<F: Float>(network: &mut Network<F>, mut change: impl FnMut(&mut Parameter<F>)) {
    for_each_trained(network, |parameter| {
        if parameter.role() == Role::Weight {
            change(parameter);
        }
    });
}
