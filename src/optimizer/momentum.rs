//! [`Momentum`]: gradient descent with a velocity, classical or Nesterov's.

use super::Optimizer;
use crate::{Float, Parameter, Result, Update, check};

/// Steps v = μ v - η g; w += v: gradient descent with momentum. Each weight has its velocity v, which starts at 0.
///
/// Nesterov's form looks ahead: w += μ v - η g, with the new v. Polyak 1964; Nesterov 1983; Sutskever et al. 2013.
///
/// PyTorch keeps η outside: v = μ v + g; w -= η v. The two are equal while η is constant. When η changes, the earlier
/// steps keep their length in this v, whereas PyTorch rescales them at once. There is no dampening.
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
pub struct Momentum {
    learning_rate: f64,
    momentum: f64,
    form: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
enum Form {
    Classical,
    Nesterov,
}

learning_rate!(Momentum, learning_rate);

impl Momentum {
    /// Makes the classical form, with this learning rate η and momentum μ (0.9 is usual).
    ///
    /// # Errors
    /// When the learning rate is negative or not finite, or the momentum is not in [0, 1).
    pub fn new(learning_rate: f64, momentum: f64) -> Result<Self> {
        Self::of_form(Form::Classical, learning_rate, momentum)
    }

    /// Makes Nesterov's form, with this learning rate η and momentum μ (0.9 is usual).
    ///
    /// # Errors
    /// When the learning rate is negative or not finite, or the momentum is not in [0, 1).
    pub fn nesterov(learning_rate: f64, momentum: f64) -> Result<Self> {
        Self::of_form(Form::Nesterov, learning_rate, momentum)
    }

    fn of_form(form: Form, learning_rate: f64, momentum: f64) -> Result<Self> {
        let learning_rate = check::finite_at_least_zero("Momentum", "learning_rate", learning_rate)?;
        let momentum = check::below_one("Momentum", "momentum", momentum)?;
        Ok(Self { learning_rate, momentum, form })
    }
}

impl<F: Float> Optimizer<F> for Momentum {
    fn step(&mut self, parameter: &mut Parameter<F>) {
        let rate = F::from_f64(self.learning_rate);
        let momentum = F::from_f64(self.momentum);
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

    forward_learning_rate!();
}

#[cfg(feature = "serde")]
crate::serialize::checked_serde!(
    "Momentum",
    struct Momentum {
        learning_rate: f64,
        momentum: f64,
        form: Form,
    },
    |rule| Momentum::new(rule.learning_rate, rule.momentum).map(drop)
);
