//! [`AdamW`]: Adam with decoupled weight decay.

use super::{Adam, Optimizer};
use crate::{Float, Parameter, Result};

/// Steps w -= η λ w and then as [`Adam`]: weight decay decoupled from the gradient.
///
/// λ = 0.01, applied to every trained parameter, biases too. β = (0.9, 0.999), ε = 1e-8. Loshchilov and Hutter 2019;
/// the same as PyTorch.
///
/// ```
/// use feedforward::{AdamW, Optimizer, Parameter};
///
/// let mut weight = Parameter::weight(ndarray::array![[1.0_f64]]);
/// AdamW::new(0.1)?.weight_decay(0.02).step(&mut weight); // no gradient, so only the decay moves it
/// assert!((weight.value()[[0, 0]] - 0.998).abs() < 1e-12);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct AdamW {
    adam: Adam,
}

learning_rate!(AdamW, adam.learning_rate);

impl AdamW {
    /// Makes the rule with this learning rate η (0.001 is usual).
    ///
    /// # Errors
    /// When the learning rate is negative or not finite.
    pub fn new(learning_rate: f64) -> Result<Self> {
        Adam::for_rule("AdamW", learning_rate, 0.01).map(|adam| Self { adam })
    }

    /// Sets the weight decay λ, finite and at least 0.
    pub fn weight_decay(mut self, weight_decay: f64) -> Self {
        self.adam.weight_decay = weight_decay;
        self
    }

    /// Sets β₁ and β₂, both in [0, 1).
    pub fn betas(self, beta1: f64, beta2: f64) -> Self {
        Self { adam: self.adam.betas(beta1, beta2) }
    }

    /// Sets ε, a number from 1.2e-38 to 3.4e38.
    pub fn epsilon(self, epsilon: f64) -> Self {
        Self { adam: self.adam.epsilon(epsilon) }
    }

    /// Computes v̂ from the largest v so far, so that the learning rate of a weight never grows. Reddi et al. 2018.
    pub fn amsgrad(self) -> Self {
        Self { adam: self.adam.amsgrad() }
    }
}

impl<F: Float> Optimizer<F> for AdamW {
    fn step(&mut self, parameter: &mut Parameter<F>) {
        self.adam.step(parameter);
    }

    forward_learning_rate!();

    fn check(&self) -> Result<()> {
        self.adam.check_for_rule("AdamW")
    }
}

#[cfg(feature = "serde")]
const _: () = {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

    /// The fields of the rule inside, the weight decay too.
    #[derive(Serialize, Deserialize)]
    #[serde(remote = "Adam", rename = "AdamW", deny_unknown_fields)]
    struct Fields {
        learning_rate: f64,
        beta1: f64,
        beta2: f64,
        epsilon: f64,
        #[serde(rename = "amsgrad")]
        is_amsgrad: bool,
        weight_decay: f64,
    }

    impl Serialize for AdamW {
        fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
            Fields::serialize(&self.adam, to)
        }
    }

    impl<'de> Deserialize<'de> for AdamW {
        fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
            let rule = Self { adam: Fields::deserialize(from)? };
            Self::new(rule.learning_rate()).map_err(de::Error::custom)?;
            Optimizer::<f64>::check(&rule).map_err(de::Error::custom)?;
            Ok(rule)
        }
    }
};
