//! [`Momentum`]: down the gradient with a velocity, classical or Nesterov's.

use super::{Optimizer, decay, learning_rate};
use crate::{Float, Parameter, Result, Update};

/// Gradient descent with momentum: v = μ v - η g; w += v. One velocity for each weight, zero at first.
///
/// Nesterov's form looks ahead: w += μ v - η g, with the new v. Polyak 1964; Nesterov 1983; Sutskever et al. 2013.
///
/// PyTorch keeps η outside: v = μ v + g; w -= η v. The two are equal as long as η stays the same; after a change of η this
/// one carries the old steps on at their old length, PyTorch's rescales them at once. There is no dampening.
///
/// ```
/// use feedforward::{Momentum, Optimizer, Parameter};
///
/// let mut weight = Parameter::weight(ndarray::array![[1.0_f64]]);
/// let mut momentum = Momentum::new(0.1, 0.5)?;
/// weight.gradient_mut().fill(1.0);
/// momentum.step(&mut weight); // v = -0.1
/// momentum.step(&mut weight); // v = -0.15
/// assert!((weight.value()[[0, 0]] - 0.75).abs() < 1e-15);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Momentum<F> {
    learning_rate: F,
    momentum: f64,
    form: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Classical,
    Nesterov,
}

impl<F: Float> Momentum<F> {
    /// The classical form, with this learning rate η and momentum μ (0.9 is usual).
    ///
    /// # Errors
    /// When the learning rate is negative or not finite, or the momentum is not in [0, 1).
    ///
    /// ```
    /// use feedforward::{Momentum, Optimizer};
    /// assert_eq!(Momentum::new(0.1, 0.9)?.learning_rate(), 0.1);
    /// let error = Momentum::new(-0.1, 0.9).unwrap_err();
    /// assert_eq!(error.to_string(), "Momentum: learning_rate: expected a finite number >= 0, found -0.1");
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn new(rate: F, momentum: f64) -> Result<Self> {
        Self::with_form(rate, momentum, Form::Classical)
    }

    /// Nesterov's form, with this learning rate η and momentum μ.
    ///
    /// # Errors
    /// When the learning rate is negative or not finite, or the momentum is not in [0, 1).
    ///
    /// ```
    /// use feedforward::Momentum;
    /// assert!(Momentum::nesterov(0.1, 0.9).is_ok());
    /// let error = Momentum::nesterov(0.1, 1.0).unwrap_err();
    /// assert_eq!(error.to_string(), "Momentum: momentum: expected a number >= 0 and < 1, found 1");
    /// ```
    pub fn nesterov(rate: F, momentum: f64) -> Result<Self> {
        Self::with_form(rate, momentum, Form::Nesterov)
    }

    fn with_form(rate: F, momentum: f64, form: Form) -> Result<Self> {
        let learning_rate = learning_rate("Momentum", rate)?;
        Ok(Self { learning_rate, momentum: decay("Momentum", "momentum", momentum)?, form })
    }
}

impl<F: Float> Optimizer<F> for Momentum<F> {
    fn step(&mut self, parameter: &mut Parameter<F>) {
        let (rate, momentum) = (self.learning_rate, F::from_f64(self.momentum));
        let form = self.form;
        parameter.step("Momentum", |Update { value, gradient, slots: [velocity], .. }: Update<'_, F, 1>| {
            let each = value.iter_mut().zip(gradient).zip(velocity);
            match form {
                Form::Classical => each.for_each(|((value, &gradient), velocity)| {
                    *velocity = momentum * *velocity - rate * gradient;
                    *value += *velocity;
                }),
                Form::Nesterov => each.for_each(|((value, &gradient), velocity)| {
                    *velocity = momentum * *velocity - rate * gradient;
                    *value += momentum * *velocity - rate * gradient;
                }),
            }
        });
    }

    fn learning_rate(&self) -> F {
        self.learning_rate
    }

    fn set_learning_rate(&mut self, rate: F) -> Result<()> {
        self.learning_rate = learning_rate("Momentum", rate)?;
        Ok(())
    }
}
