//! [`Adagrad`]: a learning rate for each weight, shrinking with the gradients it has seen.

use super::{Optimizer, epsilon, learning_rate};
use crate::{Float, Parameter, Result, Update};

/// s += g²; w -= η g / (√s + ε), with ε = 1e-10 and s = 0 at first. Duchi et al. 2011; the same as PyTorch.
///
/// ```
/// use feedforward::{Adagrad, Optimizer, Parameter};
///
/// let mut weight = Parameter::weight(ndarray::array![[1.0_f64]]);
/// weight.gradient_mut().fill(5.0);
/// Adagrad::new(0.1)?.step(&mut weight); // the first step has length η, whatever the gradient
/// assert!((weight.value()[[0, 0]] - 0.9).abs() < 1e-9);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Adagrad<F> {
    learning_rate: F,
    epsilon: f64,
}

impl<F: Float> Adagrad<F> {
    /// With this learning rate (0.01 is usual).
    ///
    /// # Errors
    /// When it is negative or not finite.
    ///
    /// ```
    /// use feedforward::{Optimizer, Adagrad};
    /// assert_eq!(Adagrad::new(0.01)?.learning_rate(), 0.01);
    /// assert!(Adagrad::new(-0.01).is_err());
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn new(rate: F) -> Result<Self> {
        Ok(Self { learning_rate: learning_rate("Adagrad", rate)?, epsilon: 1e-10 })
    }

    /// With another ε.
    ///
    /// # Errors
    /// When it is not finite and above zero, also when rounded to the precision of the weights.
    ///
    /// ```
    /// use feedforward::Adagrad;
    /// let rule = Adagrad::new(0.01)?.with_epsilon(1e-6)?;
    /// assert!(rule.with_epsilon(0.0).is_err());
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn with_epsilon(self, found: f64) -> Result<Self> {
        Ok(Self { epsilon: epsilon::<F>("Adagrad", found)?, ..self })
    }
}

impl<F: Float> Optimizer<F> for Adagrad<F> {
    fn step(&mut self, parameter: &mut Parameter<F>) {
        let (rate, epsilon) = (self.learning_rate, F::from_f64(self.epsilon));
        parameter.step("Adagrad", |Update { value, gradient, slots: [sum], .. }: Update<'_, F, 1>| {
            for ((w, &g), s) in value.iter_mut().zip(gradient).zip(sum) {
                *s += g * g;
                *w -= rate * g / (s.sqrt() + epsilon);
            }
        });
    }

    fn learning_rate(&self) -> F {
        self.learning_rate
    }

    fn set_learning_rate(&mut self, rate: F) -> Result<()> {
        self.learning_rate = learning_rate("Adagrad", rate)?;
        Ok(())
    }
}
