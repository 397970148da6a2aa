//! [`Adagrad`]: a learning rate per weight, which shrinks as squared gradients add up.

use super::Optimizer;
use crate::{Float, Parameter, Result, Update, check};

/// Steps s += g²; w -= η g / (√s + ε), with ε = 1e-10; s starts at 0. Duchi et al. 2011; the same as PyTorch.
///
/// ```
/// use feedforward::{Adagrad, Optimizer, Parameter};
///
/// let mut weight = Parameter::weight(ndarray::array![[1.0_f64]]);
/// weight.gradient_mut().fill(5.0);
/// Adagrad::new(0.1)?.step(&mut weight); // the first step has length η for any gradient
/// assert!((weight.value()[[0, 0]] - 0.9).abs() < 1e-9);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Adagrad {
    learning_rate: f64,
    epsilon: f64,
}

learning_rate!(Adagrad, learning_rate);

impl Adagrad {
    /// Makes the rule with this learning rate η (0.01 is usual).
    ///
    /// # Errors
    /// When the learning rate is negative or not finite.
    pub fn new(learning_rate: f64) -> Result<Self> {
        let learning_rate = check::finite_at_least_zero("Adagrad", "learning_rate", learning_rate)?;
        Ok(Self { learning_rate, epsilon: 1e-10 })
    }

    /// Sets ε, a number from 1.2e-38 to 3.4e38.
    pub fn epsilon(self, epsilon: f64) -> Self {
        Self { epsilon, ..self }
    }
}

impl<F: Float> Optimizer<F> for Adagrad {
    fn step(&mut self, parameter: &mut Parameter<F>) {
        let rate = F::from_f64(self.learning_rate);
        let epsilon = F::from_f64(self.epsilon);
        parameter.step("Adagrad", |Update { value, gradient, slots: [sum], .. }: Update<'_, F, 1>| {
            for ((w, &g), s) in value.iter_mut().zip(gradient).zip(sum) {
                *s += g * g;
                *w -= rate * g / (s.sqrt() + epsilon);
            }
        });
    }

    forward_learning_rate!();

    fn check(&self) -> Result<()> {
        check::epsilon("Adagrad", self.epsilon).map(drop)
    }
}

#[cfg(feature = "serde")]
crate::serialize::checked_serde!(
    "Adagrad",
    struct Adagrad {
        learning_rate: f64,
        epsilon: f64,
    },
    |rule| {
        Adagrad::new(rule.learning_rate)?;
        Optimizer::<f64>::check(rule)
    }
);
