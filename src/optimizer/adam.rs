//! [`Adam`]: momentum and a learning rate per weight.

use super::Optimizer;
use crate::{Float, Parameter, Result, Update, check};

/// Steps m = β₁ m + (1 - β₁) g; v = β₂ v + (1 - β₂) g²; w -= η m̂ / (√v̂ + ε).
///
/// At step t, m̂ = m / (1 - β₁ᵗ) and v̂ = v / (1 - β₂ᵗ), which corrects that m and v start at 0. β = (0.9, 0.999),
/// ε = 1e-8. Kingma and Ba 2015; the same as PyTorch. Keras and scikit-learn put ε before the correction.
///
/// ```
/// use feedforward::{Adam, Optimizer, Parameter};
///
/// let mut weight = Parameter::weight(ndarray::array![[1.0_f64]]);
/// weight.gradient_mut().fill(5.0);
/// Adam::new(0.001)?.betas(0.9, 0.99).step(&mut weight); // the first step has length η for any gradient
/// assert!((weight.value()[[0, 0]] - 0.999).abs() < 1e-10);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Adam {
    pub(super) learning_rate: f64,
    pub(super) beta1: f64,
    pub(super) beta2: f64,
    pub(super) epsilon: f64,
    pub(super) is_amsgrad: bool,
    /// λ of [`AdamW`](crate::AdamW); 0 in `Adam`.
    pub(super) weight_decay: f64,
}

learning_rate!(Adam, learning_rate);

impl Adam {
    /// Makes the rule with this learning rate η (0.001 is usual).
    ///
    /// # Errors
    /// When the learning rate is negative or not finite.
    pub fn new(learning_rate: f64) -> Result<Self> {
        Self::for_rule("Adam", learning_rate, 0.0)
    }

    pub(super) fn for_rule(rule: &'static str, learning_rate: f64, weight_decay: f64) -> Result<Self> {
        let learning_rate = check::finite_at_least_zero(rule, "learning_rate", learning_rate)?;
        Ok(Self { learning_rate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, is_amsgrad: false, weight_decay })
    }

    /// Sets β₁ and β₂, both in [0, 1).
    pub fn betas(self, beta1: f64, beta2: f64) -> Self {
        Self { beta1, beta2, ..self }
    }

    /// Sets ε, a number from 1.2e-38 to 3.4e38.
    pub fn epsilon(self, epsilon: f64) -> Self {
        Self { epsilon, ..self }
    }

    /// Computes v̂ from the largest v so far, so that the learning rate of a weight never grows. Reddi et al. 2018.
    pub fn amsgrad(self) -> Self {
        Self { is_amsgrad: true, ..self }
    }

    pub(super) fn check_for_rule(&self, rule: &'static str) -> Result<()> {
        check::below_one(rule, "beta1", self.beta1)?;
        check::below_one(rule, "beta2", self.beta2)?;
        check::epsilon(rule, self.epsilon)?;
        check::finite_at_least_zero(rule, "weight_decay", self.weight_decay).map(drop)
    }

    /// Applies the rule to value, gradient and the moments: m, v, and for AMSGrad the largest v.
    #[inline]
    fn apply<'a, F: Float>(
        &self,
        value: &mut [F],
        gradient: &[F],
        count: u64,
        moments: impl Iterator<Item = (&'a mut F, &'a mut F, Option<&'a mut F>)>,
    ) {
        let rate = self.learning_rate;
        let (beta1, rest1) = (F::from_f64(self.beta1), F::from_f64(1.0 - self.beta1));
        let (beta2, rest2) = (F::from_f64(self.beta2), F::from_f64(1.0 - self.beta2));
        let step = F::from_f64(rate / (1.0 - self.beta1.powf(count as f64)));
        let correction = F::from_f64((1.0 - self.beta2.powf(count as f64)).sqrt());
        let epsilon = F::from_f64(self.epsilon);
        let keep = F::from_f64(1.0 - rate * self.weight_decay);
        for ((w, &g), (m, v, largest)) in value.iter_mut().zip(gradient).zip(moments) {
            *m = beta1 * *m + rest1 * g;
            *v = beta2 * *v + rest2 * g * g;
            let square = largest.map_or(*v, |largest| {
                *largest = largest.max(*v);
                *largest
            });
            *w = keep * *w - step * *m / (square.sqrt() / correction + epsilon);
        }
    }
}

impl<F: Float> Optimizer<F> for Adam {
    fn step(&mut self, parameter: &mut Parameter<F>) {
        if self.is_amsgrad {
            parameter.step("Adam with AMSGrad", |update: Update<'_, F, 3>| {
                let Update { value, gradient, slots: [mean, square, largest], count } = update;
                let moments = mean.iter_mut().zip(square.iter_mut().zip(largest));
                self.apply(value, gradient, count, moments.map(|(m, (v, largest))| (m, v, Some(largest))));
            });
        } else {
            parameter.step("Adam", |Update { value, gradient, slots: [mean, square], count }: Update<'_, F, 2>| {
                let moments = mean.iter_mut().zip(square);
                self.apply(value, gradient, count, moments.map(|(m, v)| (m, v, None)));
            });
        }
    }

    forward_learning_rate!();

    fn check(&self) -> Result<()> {
        self.check_for_rule("Adam")
    }
}

#[cfg(feature = "serde")]
crate::serialize::checked_serde!(
    "Adam",
    struct Adam {
        learning_rate: f64,
        beta1: f64,
        beta2: f64,
        epsilon: f64,
        #[serde(rename = "amsgrad")]
        is_amsgrad: bool,
        // 0: the decay is AdamW's.
        #[serde(skip)]
        weight_decay: f64,
    },
    |rule| {
        Adam::new(rule.learning_rate)?;
        Optimizer::<f64>::check(rule)
    }
);
