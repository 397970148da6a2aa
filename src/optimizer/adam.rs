//! [`Adam`]: momentum and a learning rate for each weight; with decoupled weight decay it is [`AdamW`].

use super::{Optimizer, decay, epsilon, learning_rate};
use crate::error::at_least_zero;
use crate::{Float, Parameter, Result, Update};

/// m = β₁ m + (1 - β₁) g; v = β₂ v + (1 - β₂) g²; w -= η m̂ / (√v̂ + ε).
///
/// At step t, m̂ = m / (1 - β₁ᵗ) and v̂ = v / (1 - β₂ᵗ). β = (0.9, 0.999), ε = 1e-8. With AMSGrad v̂ comes from the largest v so
/// far (Reddi et al. 2018). Kingma and Ba 2015; the same as PyTorch. Keras and scikit-learn put ε before the correction.
///
/// ```
/// use feedforward::{Adam, Optimizer, Parameter};
///
/// let mut weight = Parameter::weight(ndarray::array![[1.0_f64]]);
/// weight.gradient_mut().fill(5.0);
/// Adam::new(0.001)?.step(&mut weight); // the first step has length η, whatever the gradient
/// assert!((weight.value()[[0, 0]] - 0.999).abs() < 1e-10);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Adam<F> {
    learning_rate: F,
    beta1: f64,
    beta2: f64,
    epsilon: f64,
    amsgrad: bool,
    weight_decay: f64,
}

impl<F: Float> Adam<F> {
    /// With this learning rate (0.001 is usual).
    ///
    /// # Errors
    /// When it is negative or not finite.
    ///
    /// ```
    /// use feedforward::{Optimizer, Adam};
    /// assert_eq!(Adam::new(0.001)?.learning_rate(), 0.001);
    /// assert!(Adam::new(-0.001).is_err());
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn new(rate: F) -> Result<Self> {
        let learning_rate = learning_rate("Adam", rate)?;
        Ok(Self { learning_rate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, amsgrad: false, weight_decay: 0.0 })
    }

    /// With other β₁ and β₂.
    ///
    /// # Errors
    /// When one is not in [0, 1).
    ///
    /// ```
    /// assert!(feedforward::Adam::new(0.001)?.with_betas(0.9, 1.0).is_err());
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn with_betas(self, beta1: f64, beta2: f64) -> Result<Self> {
        Ok(Self { beta1: decay("Adam", "beta1", beta1)?, beta2: decay("Adam", "beta2", beta2)?, ..self })
    }

    /// With another ε.
    ///
    /// # Errors
    /// When it is not finite and above zero, also when rounded to the precision of the weights.
    ///
    /// ```
    /// use feedforward::Adam;
    /// let rule = Adam::new(0.01)?.with_epsilon(1e-6)?;
    /// assert!(rule.with_epsilon(0.0).is_err());
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn with_epsilon(self, found: f64) -> Result<Self> {
        Ok(Self { epsilon: epsilon::<F>("Adam", found)?, ..self })
    }

    /// The AMSGrad variant, whose learning rates never grow.
    ///
    /// ```
    /// use feedforward::{Adam, Optimizer, Parameter};
    ///
    /// let mut weight = Parameter::weight(ndarray::array![[1.0_f64]]);
    /// Adam::new(0.001)?.with_amsgrad().step(&mut weight);
    /// assert_eq!(weight.steps_of("Adam with AMSGrad"), 1);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn with_amsgrad(self) -> Self {
        Self { amsgrad: true, ..self }
    }
}

impl<F: Float> Optimizer<F> for Adam<F> {
    fn step(&mut self, parameter: &mut Parameter<F>) {
        if self.amsgrad {
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

    fn learning_rate(&self) -> F {
        self.learning_rate
    }

    fn set_learning_rate(&mut self, rate: F) -> Result<()> {
        self.learning_rate = learning_rate("Adam", rate)?;
        Ok(())
    }
}

impl<F: Float> Adam<F> {
    /// The rule, over value, gradient and (m, v, the largest v if it is wanted).
    #[inline]
    fn apply<'a>(
        &self,
        value: &mut [F],
        gradient: &[F],
        count: u64,
        moments: impl Iterator<Item = (&'a mut F, &'a mut F, Option<&'a mut F>)>,
    ) {
        let (beta1, rest1) = (F::from_f64(self.beta1), F::from_f64(1.0 - self.beta1));
        let (beta2, rest2) = (F::from_f64(self.beta2), F::from_f64(1.0 - self.beta2));
        let rate = self.learning_rate.widen();
        let step = F::from_f64(rate / (1.0 - self.beta1.powf(count as f64)));
        let correction = F::from_f64((1.0 - self.beta2.powf(count as f64)).sqrt());
        let (epsilon, keep) = (F::from_f64(self.epsilon), F::from_f64(1.0 - rate * self.weight_decay));
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

/// [`Adam`] with decoupled weight decay: w -= η λ w before each step.
///
/// λ = 0.01 unless said otherwise, on every trained parameter, biases too. Loshchilov and Hutter 2019; the same as PyTorch.
///
/// ```
/// use feedforward::{AdamW, Optimizer, Parameter};
///
/// let mut weight = Parameter::weight(ndarray::array![[1.0_f64]]);
/// AdamW::new(0.1)?.step(&mut weight); // no gradient: decay alone
/// assert!((weight.value()[[0, 0]] - 0.999).abs() < 1e-12);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct AdamW<F>(Adam<F>);

impl<F: Float> AdamW<F> {
    /// With this learning rate (0.001 is usual) and λ = 0.01.
    ///
    /// # Errors
    /// When it is negative or not finite.
    ///
    /// ```
    /// use feedforward::{Optimizer, AdamW};
    /// assert_eq!(AdamW::new(0.001)?.learning_rate(), 0.001);
    /// assert!(AdamW::new(-0.001).is_err());
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn new(rate: F) -> Result<Self> {
        Self::from_adam(Adam::new(learning_rate("AdamW", rate)?)?, 0.01)
    }

    /// The same Adam, with this weight decay λ.
    ///
    /// # Errors
    /// When λ is negative or not finite.
    ///
    /// ```
    /// use feedforward::{Adam, AdamW};
    /// let rule = AdamW::from_adam(Adam::new(0.001)?.with_amsgrad(), 0.05)?;
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn from_adam(adam: Adam<F>, weight_decay: f64) -> Result<Self> {
        Ok(Self(Adam { weight_decay: at_least_zero("AdamW", "weight_decay", weight_decay)?, ..adam }))
    }
}

impl<F: Float> Optimizer<F> for AdamW<F> {
    fn step(&mut self, parameter: &mut Parameter<F>) {
        self.0.step(parameter);
    }

    fn learning_rate(&self) -> F {
        self.0.learning_rate()
    }

    fn set_learning_rate(&mut self, rate: F) -> Result<()> {
        self.0.learning_rate = learning_rate("AdamW", rate)?;
        Ok(())
    }
}
