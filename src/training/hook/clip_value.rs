//! [`ClipValue`]: limits each number of the gradient.

use super::{Hook, for_each_trained};
use crate::{Float, Network, Result, check};

/// Clamps each number of the gradient to ±largest. The same as PyTorch's `clip_grad_value_`.
///
/// ```
/// use feedforward::training::hook::{ClipValue, Hook};
/// use feedforward::{Identity, Network};
///
/// let mut network = Network::<f64>::builder(1).dense_without_bias(1, Identity).build()?;
/// network.parameters_mut().for_each(|parameter| parameter.gradient_mut().fill(-3.0));
/// ClipValue::new(0.5)?.after_backward(&mut network)?;
/// assert_eq!(network.gradient_norm(), 0.5);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "clip_grad_value_")]
#[derive(Debug, Clone, PartialEq)]
pub struct ClipValue {
    largest: f64,
}

impl ClipValue {
    /// Makes the hook that limits each number to at most `largest` in size.
    ///
    /// # Errors
    /// When it is not finite and above zero.
    pub fn new(largest: f64) -> Result<Self> {
        Ok(Self { largest: check::finite_above_zero("ClipValue", "largest value", largest)? })
    }
}

impl<F: Float> Hook<F> for ClipValue {
    fn after_backward(&mut self, network: &mut Network<F>) -> Result<F> {
        let largest = F::from_f64(self.largest);
        for_each_trained(network, |parameter| {
            let gradients = parameter.gradients_mut().iter_mut();
            gradients.for_each(|gradient| *gradient = gradient.max(-largest).min(largest));
        });
        Ok(F::zero())
    }
}
