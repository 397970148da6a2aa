//! [`ClipNorm`]: limits the length of the gradient.

use super::{Hook, for_each_trained};
use crate::{Float, Network, Result, check};

/// Shortens the gradient: g *= min(1, max / (‖g‖ + 1e-6)), with ‖g‖ over all trained parameters together.
///
/// Pascanu et al. 2013; the same as PyTorch's `clip_grad_norm_`.
///
/// ```
/// use feedforward::training::hook::{ClipNorm, Hook};
/// use feedforward::{Identity, Network};
///
/// let mut network = Network::<f64>::builder(4).dense_without_bias(1, Identity).build()?;
/// network.parameters_mut().for_each(|parameter| parameter.gradient_mut().fill(3.0)); // ‖g‖ = 6
/// ClipNorm::new(2.0)?.after_backward(&mut network)?;
/// assert!((network.gradient_norm() - 2.0).abs() < 1e-6);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "clip_grad_norm_")]
#[derive(Debug, Clone, PartialEq)]
pub struct ClipNorm {
    largest: f64,
}

impl ClipNorm {
    /// Makes the hook that limits the norm to at most `largest`.
    ///
    /// # Errors
    /// When it is not finite and above zero.
    pub fn new(largest: f64) -> Result<Self> {
        Ok(Self { largest: check::finite_above_zero("ClipNorm", "largest norm", largest)? })
    }
}

impl<F: Float> Hook<F> for ClipNorm {
    fn after_backward(&mut self, network: &mut Network<F>) -> Result<F> {
        let factor = self.largest / (network.gradient_norm() + 1e-6);
        if factor < 1.0 {
            let factor = F::from_f64(factor);
            for_each_trained(network, |parameter| {
                parameter.gradients_mut().iter_mut().for_each(|gradient| *gradient *= factor);
            });
        }
        Ok(F::zero())
    }
}
