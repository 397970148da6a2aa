//! Activations z · g(z) with a gate g from 0 to 1: [`Gelu`], [`Silu`], [`Mish`], [`HardSwish`]. Their derivatives need
//! z.

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

/// Computes f(z) = z tanh(ln(1 + e^z)). Misra 2019.
///
/// ```
/// use feedforward::Activation;
/// use feedforward::activation::Mish;
/// let mut values = [1.0_f64, 1000.0, -1000.0];
/// Mish.activate(&mut values);
/// assert!((values[0] - 0.865_098_388).abs() < 1e-9);
/// assert_eq!(values[1..], [1000.0, 0.0]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mish;

impl<F: Float> Activation<F> for Mish {
    fn needs_input(&self) -> bool {
        true
    }

    fn activate(&self, values: &mut [F]) {
        values.iter_mut().for_each(|z| *z = F::from_f64(z.widen() * mish_gate(z.widen()).0));
    }

    fn backpropagate(&self, inputs: &[F], _outputs: &[F], gradient: &mut [F]) {
        for (gradient, z) in gradient.iter_mut().zip(inputs) {
            let (gate, slope) = mish_gate(z.widen());
            *gradient *= F::from_f64(gate + z.widen() * slope);
        }
    }

    fn initializer(&self) -> Initializer {
        Initializer::HeNormal
    }
}

/// Computes g = tanh(ln(1 + e^z)) and g' = (1 - g²) sigmoid(z), from e^-|z|, so that nothing overflows.
///
/// With n = e^z (e^z + 2), g = n / (n + 2) and 1 - g² = 4 (n + 1) / (n + 2)². Above zero both fractions are divided by
/// e^2z and e^4z.
fn mish_gate(z: f64) -> (f64, f64) {
    let e = (-z.abs()).exp();
    let (above, below, complement) = if z < 0.0 {
        let n = e * (e + 2.0);
        (n, n + 2.0, 4.0 * (n + 1.0))
    } else {
        let n = 1.0 + 2.0 * e;
        (n, n + 2.0 * e * e, 4.0 * e * e * (n + e * e))
    };
    (above / below, complement / (below * below) * sigmoid(z))
}

/// Computes f(z) = z min(max(z / 6 + 1/2, 0), 1); f' = z / 3 + 1/2 where -3 < z < 3, 0 below, 1 above. Howard et al.
/// 2019.
///
/// The same as PyTorch's `Hardswish` and ONNX's `HardSwish`.
///
/// ```
/// use feedforward::Activation;
/// use feedforward::activation::HardSwish;
/// let mut values = [-4.0, -1.5, 3.0, f64::MAX];
/// HardSwish.activate(&mut values);
/// assert_eq!(values, [0.0, -0.375, 3.0, f64::MAX]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HardSwish;

impl<F: Float> Activation<F> for HardSwish {
    fn needs_input(&self) -> bool {
        true
    }

    fn activate(&self, values: &mut [F]) {
        let [three, six] = [3.0, 6.0].map(F::from_f64);
        for z in values {
            *z = match *z {
                z if z <= -three => F::zero(),
                z if z >= three => z,
                z => z * (z + three) / six,
            };
        }
    }

    fn backpropagate(&self, inputs: &[F], _outputs: &[F], gradient: &mut [F]) {
        let [half, three] = [0.5, 3.0].map(F::from_f64);
        for (gradient, &z) in gradient.iter_mut().zip(inputs) {
            *gradient *= match z {
                z if z <= -three => F::zero(),
                z if z >= three => F::one(),
                z => z / three + half,
            };
        }
    }

    fn initializer(&self) -> Initializer {
        Initializer::HeNormal
    }
}
