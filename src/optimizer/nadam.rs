//! [`Nadam`]: Adam that looks ahead, as Nesterov's momentum does.

use super::Optimizer;
use crate::{Float, Parameter, Result, Update, check};

/// Steps w -= η [(1 - μₜ) g / (1 - Πμ) + μₜ₊₁ m / (1 - Πμ μₜ₊₁)] / (√v̂ + ε), with m and v as in [`Adam`](crate::Adam).
///
/// μₜ = β₁ (1 - 0.96^(0.004 t) / 2), Πμ = μ₁ ... μₜ, v̂ = v / (1 - β₂ᵗ); β = (0.9, 0.999), ε = 1e-8. Dozat 2016; the
/// same as PyTorch.
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
#[doc(alias = "NAdam")]
#[derive(Debug, Clone, PartialEq)]
pub struct Nadam {
    learning_rate: f64,
    beta1: f64,
    beta2: f64,
    epsilon: f64,
}

learning_rate!(Nadam, learning_rate);

impl Nadam {
    /// Makes the rule with this learning rate η (0.002 is usual).
    ///
    /// # Errors
    /// When the learning rate is negative or not finite.
    pub fn new(learning_rate: f64) -> Result<Self> {
        let learning_rate = check::finite_at_least_zero("Nadam", "learning_rate", learning_rate)?;
        Ok(Self { learning_rate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 })
    }

    /// Sets β₁ and β₂, both in [0, 1).
    pub fn betas(self, beta1: f64, beta2: f64) -> Self {
        Self { beta1, beta2, ..self }
    }

    /// Sets ε, a number from 1.2e-38 to 3.4e38.
    pub fn epsilon(self, epsilon: f64) -> Self {
        Self { epsilon, ..self }
    }

    /// Returns μₜ.
    fn momentum(&self, t: u64) -> f64 {
        self.beta1 * (1.0 - 0.5 * 0.96_f64.powf(0.004 * t as f64))
    }

    /// Returns Πμ = μ₁ ... μₜ, or 0 for t > 64.
    ///
    /// The first 64 factors are below 0.506 for every β₁, so Πμ is then below 2⁻⁶², and 1 - Πμ rounds to 1 as it does
    /// with 0. Each step therefore costs at most 64 factors, and the rule needs no memory of them.
    fn momentum_product(&self, t: u64) -> f64 {
        if t > 64 { 0.0 } else { (1..=t).map(|t| self.momentum(t)).product() }
    }
}

impl<F: Float> Optimizer<F> for Nadam {
    fn step(&mut self, parameter: &mut Parameter<F>) {
        let rate = self.learning_rate;
        let t = parameter.steps_of("Nadam") + 1;
        let (product, now, next) = (self.momentum_product(t), self.momentum(t), self.momentum(t + 1));
        let gradient_rate = F::from_f64(rate * (1.0 - now) / (1.0 - product));
        let mean_rate = F::from_f64(rate * next / (1.0 - product * next));
        let (beta1, rest1) = (F::from_f64(self.beta1), F::from_f64(1.0 - self.beta1));
        let (beta2, rest2) = (F::from_f64(self.beta2), F::from_f64(1.0 - self.beta2));
        let correction = F::from_f64(1.0 - self.beta2.powf(t as f64));
        let epsilon = F::from_f64(self.epsilon);
        parameter.step("Nadam", |Update { value, gradient, slots: [mean, square], .. }: Update<'_, F, 2>| {
            for ((w, &g), (m, v)) in value.iter_mut().zip(gradient).zip(mean.iter_mut().zip(square)) {
                *m = beta1 * *m + rest1 * g;
                *v = beta2 * *v + rest2 * g * g;
                *w -= (gradient_rate * g + mean_rate * *m) / ((*v / correction).sqrt() + epsilon);
            }
        });
    }

    forward_learning_rate!();

    fn check(&self) -> Result<()> {
        check::below_one("Nadam", "beta1", self.beta1)?;
        check::below_one("Nadam", "beta2", self.beta2)?;
        check::epsilon("Nadam", self.epsilon).map(drop)
    }
}

#[cfg(feature = "serde")]
crate::serialize::checked_serde!(
    "Nadam",
    struct Nadam {
        learning_rate: f64,
        beta1: f64,
        beta2: f64,
        epsilon: f64,
    },
    |rule| {
        Nadam::new(rule.learning_rate)?;
        Optimizer::<f64>::check(rule)
    }
);
