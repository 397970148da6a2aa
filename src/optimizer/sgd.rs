//! [`Sgd`]: plain gradient descent.

use super::Optimizer;
use crate::{Float, Parameter, Result, Update, check};

/// Steps w -= η g: stochastic gradient descent. Robbins and Monro 1951; the same as PyTorch's `SGD`.
///
/// ```
/// use feedforward::{Optimizer, Parameter, Sgd};
///
/// let mut weight = Parameter::weight(ndarray::array![[1.0_f64]]);
/// weight.gradient_mut().fill(2.0);
/// Sgd::new(0.25)?.step(&mut weight);
/// assert_eq!(weight.value()[[0, 0]], 0.5);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "SGD")]
#[derive(Debug, Clone, PartialEq)]
pub struct Sgd {
    learning_rate: f64,
}

learning_rate!(Sgd, learning_rate);

impl Sgd {
    /// Makes the rule with this learning rate η.
    ///
    /// # Errors
    /// When the learning rate is negative or not finite.
    pub fn new(learning_rate: f64) -> Result<Self> {
        Ok(Self { learning_rate: check::finite_at_least_zero("Sgd", "learning_rate", learning_rate)? })
    }
}

impl<F: Float> Optimizer<F> for Sgd {
    fn step(&mut self, parameter: &mut Parameter<F>) {
        let rate = F::from_f64(self.learning_rate);
        parameter.step("Sgd", |Update { value, gradient, .. }: Update<'_, F, 0>| {
            for (value, &gradient) in value.iter_mut().zip(gradient) {
                *value -= rate * gradient;
            }
        });
    }

    forward_learning_rate!();
}

#[cfg(feature = "serde")]
crate::serialize::checked_serde!(
    "Sgd",
    struct Sgd {
        learning_rate: f64,
    },
    |rule| Sgd::new(rule.learning_rate).map(drop)
);
