//! [`Nadam`]: Adam that looks ahead, as Nesterov's momentum does.

use super::{Optimizer, decay, epsilon, learning_rate};
use crate::{Float, Parameter, Result, Update};

/// m and v as in Adam; w -= η [(1 - μₜ) g / (1 - Πμ) + μₜ₊₁ m / (1 - Πμ μₜ₊₁)] / (√v̂ + ε).
///
/// μₜ = β₁ (1 - 0.96^(0.004 t) / 2), Πμ = μ₁ ... μₜ, v̂ = v / (1 - β₂ᵗ); β = (0.9, 0.999), ε = 1e-8. Dozat 2016; the same as PyTorch.
///
/// ```
/// use feedforward::{Nadam, Optimizer, Parameter};
///
/// let mut weight = Parameter::weight(ndarray::array![[1.0_f64]]);
/// weight.gradient_mut().fill(5.0);
/// Nadam::new(0.002)?.step(&mut weight);
/// assert!(weight.value()[[0, 0]] < 0.998);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Nadam<F> {
    learning_rate: F,
    beta1: f64,
    beta2: f64,
    epsilon: f64,
    /// Πμ of the step it was last needed for: a product that is long to work out anew.
    product: (u64, f64),
}

impl<F: Float> Nadam<F> {
    /// With this learning rate (0.002 is usual).
    ///
    /// # Errors
    /// When it is negative or not finite.
    ///
    /// ```
    /// use feedforward::{Optimizer, Nadam};
    /// assert_eq!(Nadam::new(0.002)?.learning_rate(), 0.002);
    /// assert!(Nadam::new(-0.002).is_err());
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn new(rate: F) -> Result<Self> {
        let learning_rate = learning_rate("Nadam", rate)?;
        Ok(Self { learning_rate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, product: (0, 1.0) })
    }

    /// With other β₁ and β₂.
    ///
    /// # Errors
    /// When one is not in [0, 1).
    ///
    /// ```
    /// assert!(feedforward::Nadam::new(0.002)?.with_betas(0.8, 0.99).is_ok());
    /// assert!(feedforward::Nadam::new(0.002)?.with_betas(0.8, 1.0).is_err());
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn with_betas(self, beta1: f64, beta2: f64) -> Result<Self> {
        let (beta1, beta2) = (decay("Nadam", "beta1", beta1)?, decay("Nadam", "beta2", beta2)?);
        Ok(Self { beta1, beta2, product: (0, 1.0), ..self })
    }

    /// With another ε.
    ///
    /// # Errors
    /// When it is not finite and above zero, also when rounded to the precision of the weights.
    ///
    /// ```
    /// use feedforward::Nadam;
    /// let rule = Nadam::new(0.01)?.with_epsilon(1e-6)?;
    /// assert!(rule.with_epsilon(0.0).is_err());
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn with_epsilon(self, found: f64) -> Result<Self> {
        Ok(Self { epsilon: epsilon::<F>("Nadam", found)?, ..self })
    }

    /// μ at a step.
    fn momentum(&self, count: u64) -> f64 {
        self.beta1 * (1.0 - 0.5 * 0.96_f64.powf(0.004 * count as f64))
    }

    /// Πμ up to a step, from where it was left, if that was not later.
    fn product_up_to(&mut self, count: u64) -> f64 {
        if self.product.0 > count {
            self.product = (0, 1.0);
        }
        for step in self.product.0 + 1..=count {
            self.product = (step, self.product.1 * self.momentum(step));
        }
        self.product.1
    }
}

impl<F: Float> Optimizer<F> for Nadam<F> {
    fn step(&mut self, parameter: &mut Parameter<F>) {
        let count = parameter.steps_of("Nadam") + 1;
        let (product, now, next) = (self.product_up_to(count), self.momentum(count), self.momentum(count + 1));
        let rate = self.learning_rate.widen();
        let of_gradient = F::from_f64(rate * (1.0 - now) / (1.0 - product));
        let of_mean = F::from_f64(rate * next / (1.0 - product * next));
        let (beta1, rest1) = (F::from_f64(self.beta1), F::from_f64(1.0 - self.beta1));
        let (beta2, rest2) = (F::from_f64(self.beta2), F::from_f64(1.0 - self.beta2));
        let correction = F::from_f64(1.0 - self.beta2.powf(count as f64));
        let epsilon = F::from_f64(self.epsilon);
        parameter.step("Nadam", |Update { value, gradient, slots: [mean, square], .. }: Update<'_, F, 2>| {
            for ((w, &g), (m, v)) in value.iter_mut().zip(gradient).zip(mean.iter_mut().zip(square)) {
                *m = beta1 * *m + rest1 * g;
                *v = beta2 * *v + rest2 * g * g;
                *w -= (of_gradient * g + of_mean * *m) / ((*v / correction).sqrt() + epsilon);
            }
        });
    }

    fn learning_rate(&self) -> F {
        self.learning_rate
    }

    fn set_learning_rate(&mut self, rate: F) -> Result<()> {
        self.learning_rate = learning_rate("Nadam", rate)?;
        Ok(())
    }
}
