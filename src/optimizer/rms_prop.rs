//! [`RmsProp`]: a learning rate per weight, from a running mean of its squared gradients.

use super::Optimizer;
use crate::{Float, Parameter, Result, Update, check};

/// Steps s = ρ s + (1 - ρ) g²; w -= η g / (√s + ε), with ρ = 0.99 and ε = 1e-8; s starts at 0.
///
/// Tieleman and Hinton 2012; the same as PyTorch.
///
/// ```
/// use feedforward::{Optimizer, Parameter, RmsProp};
///
/// let mut weight = Parameter::weight(ndarray::array![[1.0_f64]]);
/// weight.gradient_mut().fill(5.0);
/// RmsProp::new(0.01)?.step(&mut weight); // √s is a tenth of g
/// assert!((weight.value()[[0, 0]] - 0.9).abs() < 1e-8);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "RMSprop")]
#[derive(Debug, Clone, PartialEq)]
pub struct RmsProp {
    learning_rate: f64,
    rho: f64,
    epsilon: f64,
}

learning_rate!(RmsProp, learning_rate);

impl RmsProp {
    /// Makes the rule with this learning rate η (0.001 to 0.01 is usual).
    ///
    /// # Errors
    /// When the learning rate is negative or not finite.
    pub fn new(learning_rate: f64) -> Result<Self> {
        let learning_rate = check::finite_at_least_zero("RmsProp", "learning_rate", learning_rate)?;
        Ok(Self { learning_rate, rho: 0.99, epsilon: 1e-8 })
    }

    /// Sets ρ, in [0, 1). PyTorch calls it `alpha`.
    pub fn rho(self, rho: f64) -> Self {
        Self { rho, ..self }
    }

    /// Sets ε, a number from 1.2e-38 to 3.4e38.
    pub fn epsilon(self, epsilon: f64) -> Self {
        Self { epsilon, ..self }
    }
}

impl<F: Float> Optimizer<F> for RmsProp {
    fn step(&mut self, parameter: &mut Parameter<F>) {
        let rate = F::from_f64(self.learning_rate);
        let (rho, rest) = (F::from_f64(self.rho), F::from_f64(1.0 - self.rho));
        let epsilon = F::from_f64(self.epsilon);
        parameter.step("RmsProp", |Update { value, gradient, slots: [mean], .. }: Update<'_, F, 1>| {
            for ((w, &g), s) in value.iter_mut().zip(gradient).zip(mean) {
                *s = rho * *s + rest * g * g;
                *w -= rate * g / (s.sqrt() + epsilon);
            }
        });
    }

    forward_learning_rate!();

    fn check(&self) -> Result<()> {
        check::below_one("RmsProp", "rho", self.rho)?;
        check::epsilon("RmsProp", self.epsilon).map(drop)
    }
}

#[cfg(feature = "serde")]
crate::serialize::checked_serde!(
    "RmsProp",
    struct RmsProp {
        learning_rate: f64,
        rho: f64,
        epsilon: f64,
    },
    |rule| {
        RmsProp::new(rule.learning_rate)?;
        Optimizer::<f64>::check(rule)
    }
);
