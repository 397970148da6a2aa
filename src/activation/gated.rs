//! Activations z · g(z) with a gate g from 0 to 1: [`Gelu`], [`Silu`]. Their derivatives need z.

use super::{Activation, sigmoid};
use crate::{Description, Float, Initializer};

/// Computes f(z) = z Φ(z), Φ the distribution function of the standard normal. Hendrycks and Gimpel 2016.
///
/// ```
/// use feedforward::{Activation, Gelu};
/// let (mut exact, mut tanh) = ([1.0_f64], [1.0_f64]);
/// Gelu::Exact.activate(&mut exact);
/// Gelu::Tanh.activate(&mut tanh);
/// assert!((exact[0] - 0.841_344_746).abs() < 1e-9);
/// assert!((exact[0] - tanh[0]).abs() < 1e-3);
/// ```
#[doc(alias = "GELU")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Gelu {
    /// Φ(z) = (1 + erf(z / √2)) / 2: PyTorch's default.
    #[default]
    Exact,
    /// Φ(z) ≈ (1 + tanh(√(2/π) (z + 0.044715 z³))) / 2.
    Tanh,
}

impl Gelu {
    fn value(self, z: f64) -> f64 {
        match self {
            Self::Exact => z * normal_distribution(z),
            Self::Tanh => z * sigmoid(2.0 * tanh_argument(z)),
        }
    }

    fn derivative(self, z: f64) -> f64 {
        match self {
            Self::Exact => normal_distribution(z) + z * normal_density(z),
            Self::Tanh => {
                // Beyond 100 the sigmoid is 0 or 1 to the last digit, and z² might overflow.
                let z = z.clamp(-100.0, 100.0);
                let s = sigmoid(2.0 * tanh_argument(z));
                let slope = std::f64::consts::FRAC_2_PI.sqrt() * (1.0 + 3.0 * 0.044715 * z * z);
                s + 2.0 * z * s * (1.0 - s) * slope
            }
        }
    }
}

impl<F: Float> Activation<F> for Gelu {
    fn needs_input(&self) -> bool {
        true
    }

    fn activate(&self, values: &mut [F]) {
        values.iter_mut().for_each(|z| *z = F::from_f64(self.value(z.widen())));
    }

    fn backpropagate(&self, inputs: &[F], _outputs: &[F], gradient: &mut [F]) {
        for (gradient, z) in gradient.iter_mut().zip(inputs) {
            *gradient *= F::from_f64(self.derivative(z.widen()));
        }
    }

    fn initializer(&self) -> Initializer {
        Initializer::HeNormal
    }

    fn describe(&self) -> Description {
        Description::of_type::<Self>().with("form", if *self == Self::Exact { "Exact" } else { "Tanh" })
    }
}

/// Computes √(2/π) (z + 0.044715 z³); (1 + tanh a) / 2 is sigmoid(2a), which keeps its digits far below zero.
fn tanh_argument(z: f64) -> f64 {
    std::f64::consts::FRAC_2_PI.sqrt() * (z + 0.044715 * z * z * z)
}

fn normal_distribution(z: f64) -> f64 {
    0.5 * libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2)
}

fn normal_density(z: f64) -> f64 {
    (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

/// Computes f(z) = z sigmoid(z). Elfwing et al. 2017.
///
/// ```
/// use feedforward::{Activation, Silu};
/// let mut values = [1.0_f64];
/// Silu.activate(&mut values);
/// assert!((values[0] - 0.731_058_578).abs() < 1e-9);
/// ```
#[doc(alias("SiLU", "swish"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Silu;

impl<F: Float> Activation<F> for Silu {
    fn needs_input(&self) -> bool {
        true
    }

    fn activate(&self, values: &mut [F]) {
        values.iter_mut().for_each(|z| *z = *z * sigmoid(*z));
    }

    fn backpropagate(&self, inputs: &[F], _outputs: &[F], gradient: &mut [F]) {
        for (gradient, &z) in gradient.iter_mut().zip(inputs) {
            let s = sigmoid(z);
            *gradient *= s + z * s * (F::one() - s);
        }
    }

    fn initializer(&self) -> Initializer {
        Initializer::HeNormal
    }
}
