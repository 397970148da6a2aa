//! [`RmsProp`]: a learning rate for each weight, from a running mean of its squared gradients.

use super::{Optimizer, decay, epsilon, learning_rate};
use crate::{Float, Parameter, Result, Update};

/// s = ρ s + (1 - ρ) g²; w -= η g / (√s + ε), with ρ = 0.99 and ε = 1e-8. Tieleman and Hinton 2012; the same as PyTorch.
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
#[derive(Debug, Clone, PartialEq)]
pub struct RmsProp<F> {
    learning_rate: F,
    rho: f64,
    epsilon: f64,
}

impl<F: Float> RmsProp<F> {
    /// With this learning rate (0.001 to 0.01 is usual).
    ///
    /// # Errors
    /// When it is negative or not finite.
    ///
    /// ```
    /// use feedforward::{Optimizer, RmsProp};
    /// assert_eq!(RmsProp::new(0.001)?.learning_rate(), 0.001);
    /// assert!(RmsProp::new(-0.001).is_err());
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn new(rate: F) -> Result<Self> {
        Ok(Self { learning_rate: learning_rate("RmsProp", rate)?, rho: 0.99, epsilon: 1e-8 })
    }

    /// With another ρ.
    ///
    /// # Errors
    /// When it is not in [0, 1).
    ///
    /// ```
    /// assert!(feedforward::RmsProp::new(0.01)?.with_rho(0.9).is_ok());
    /// assert!(feedforward::RmsProp::new(0.01)?.with_rho(1.0).is_err());
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn with_rho(self, rho: f64) -> Result<Self> {
        Ok(Self { rho: decay("RmsProp", "rho", rho)?, ..self })
    }

    /// With another ε.
    ///
    /// # Errors
    /// When it is not finite and above zero, also when rounded to the precision of the weights.
    ///
    /// ```
    /// use feedforward::RmsProp;
    /// let rule = RmsProp::new(0.01)?.with_epsilon(1e-6)?;
    /// assert!(rule.with_epsilon(0.0).is_err());
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn with_epsilon(self, found: f64) -> Result<Self> {
        Ok(Self { epsilon: epsilon::<F>("RmsProp", found)?, ..self })
    }
}

impl<F: Float> Optimizer<F> for RmsProp<F> {
    fn step(&mut self, parameter: &mut Parameter<F>) {
        let (rate, epsilon) = (self.learning_rate, F::from_f64(self.epsilon));
        let (rho, rest) = (F::from_f64(self.rho), F::from_f64(1.0 - self.rho));
        parameter.step("RmsProp", |Update { value, gradient, slots: [mean], .. }: Update<'_, F, 1>| {
            for ((w, &g), s) in value.iter_mut().zip(gradient).zip(mean) {
                *s = rho * *s + rest * g * g;
                *w -= rate * g / (s.sqrt() + epsilon);
            }
        });
    }

    fn learning_rate(&self) -> F {
        self.learning_rate
    }

    fn set_learning_rate(&mut self, rate: F) -> Result<()> {
        self.learning_rate = learning_rate("RmsProp", rate)?;
        Ok(())
    }
}
