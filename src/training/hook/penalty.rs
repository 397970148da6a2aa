//! [`Penalty`]: weight decay and sparsity, as terms of the loss.

use super::{Hook, for_each_weight};
use crate::{Float, Network, Result, check, kernel};

/// Adds l1 Σ|w| + l2/2 Σw² to the loss and l1 sign(w) + l2 w to the gradient; weights only, never biases.
///
/// Goodfellow et al. 2016, chapter 7. Nielsen's book divides by the number n of examples: his λ is l2 = λ / n here.
///
/// ```
/// use feedforward::training::hook::{Hook, Penalty};
/// use feedforward::{Identity, Network};
///
/// let mut network = Network::<f64>::builder(1).dense_without_bias(1, Identity).build()?;
/// network.parameters_mut().for_each(|parameter| parameter.value_mut().fill(3.0));
/// let added = Penalty::l2(0.5)?.after_backward(&mut network)?; // 0.5/2 · 3² and 0.5 · 3
/// assert_eq!((added, network.gradient_norm()), (2.25, 1.5));
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias("L1", "L2", "weight decay", "regularization"))]
#[derive(Debug, Clone, PartialEq)]
pub struct Penalty {
    l1: f64,
    l2: f64,
}

impl Penalty {
    /// Makes the lasso: l1 Σ|w|.
    ///
    /// # Errors
    /// When the factor is negative or not finite.
    pub fn l1(l1: f64) -> Result<Self> {
        Self::elastic(l1, 0.0)
    }

    /// Makes weight decay, also called ridge: l2/2 Σw².
    ///
    /// # Errors
    /// When the factor is negative or not finite.
    pub fn l2(l2: f64) -> Result<Self> {
        Self::elastic(0.0, l2)
    }

    /// Makes the elastic net: l1 Σ|w| + l2/2 Σw². Zou and Hastie 2005.
    ///
    /// # Errors
    /// When a factor is negative or not finite.
    pub fn elastic(l1: f64, l2: f64) -> Result<Self> {
        let l1 = check::finite_at_least_zero("Penalty", "l1", l1)?;
        let l2 = check::finite_at_least_zero("Penalty", "l2", l2)?;
        Ok(Self { l1, l2 })
    }
}

impl<F: Float> Hook<F> for Penalty {
    fn after_backward(&mut self, network: &mut Network<F>) -> Result<F> {
        let (l1, l2) = (F::from_f64(self.l1), F::from_f64(self.l2));
        let mut added = 0.0;
        for_each_weight(network, |parameter| {
            let (values, gradients) = parameter.values_and_gradients_mut();
            if self.l1 != 0.0 {
                added += self.l1 * kernel::sum_magnitudes(values);
                gradients.iter_mut().zip(&*values).for_each(|(gradient, &w)| *gradient += l1 * sign(w));
            }
            if self.l2 != 0.0 {
                added += 0.5 * self.l2 * kernel::sum_squares(values);
                gradients.iter_mut().zip(&*values).for_each(|(gradient, &w)| *gradient += l2 * w);
            }
        });
        Ok(F::from_f64(added))
    }
}

/// Returns 1, -1 or 0; `signum` has no 0.
fn sign<F: Float>(w: F) -> F {
    if w == F::zero() { w } else { w.signum() }
}
