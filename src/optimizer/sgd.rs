//! [`Sgd`]: straight down the gradient.

use super::{Optimizer, learning_rate};
use crate::{Float, Parameter, Result, Update};

/// Stochastic gradient descent: w -= η g. Robbins and Monro 1951; the same as PyTorch's `SGD`.
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
#[derive(Debug, Clone, PartialEq)]
pub struct Sgd<F> {
    learning_rate: F,
}

impl<F: Float> Sgd<F> {
    /// With this learning rate.
    ///
    /// # Errors
    /// When it is negative or not finite.
    ///
    /// ```
    /// use feedforward::{Optimizer, Sgd};
    /// assert_eq!(Sgd::new(0.1)?.learning_rate(), 0.1);
    /// assert!(Sgd::new(-0.1).is_err());
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn new(rate: F) -> Result<Self> {
        Ok(Self { learning_rate: learning_rate("Sgd", rate)? })
    }
}

impl<F: Float> Optimizer<F> for Sgd<F> {
    fn step(&mut self, parameter: &mut Parameter<F>) {
        let rate = self.learning_rate;
        parameter.step("Sgd", |Update { value, gradient, .. }: Update<'_, F, 0>| {
            for (value, &gradient) in value.iter_mut().zip(gradient) {
                *value -= rate * gradient;
            }
        });
    }

    fn learning_rate(&self) -> F {
        self.learning_rate
    }

    fn set_learning_rate(&mut self, rate: F) -> Result<()> {
        self.learning_rate = learning_rate("Sgd", rate)?;
        Ok(())
    }
}
