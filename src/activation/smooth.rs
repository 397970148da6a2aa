//! Activations with a continuous slope: [`Sigmoid`], [`Tanh`], [`Softsign`], [`Softplus`].

use super::Activation;
use crate::{Float, Initializer, kernel};

/// Computes f(z) = 1 / (1 + e^-z); f' = y (1 - y). Never overflows. Rumelhart, Hinton and Williams 1986.
///
/// ```
/// use feedforward::{Activation, Sigmoid};
/// let mut values = [0.0, 1000.0, -1000.0];
/// Sigmoid.activate(&mut values);
/// assert_eq!(values, [0.5, 1.0, 0.0]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sigmoid;

impl<F: Float> Activation<F> for Sigmoid {
    fn activate(&self, values: &mut [F]) {
        kernel::sigmoid(values);
    }

    fn backpropagate(&self, _inputs: &[F], outputs: &[F], gradient: &mut [F]) {
        kernel::vectorize(|| {
            for (gradient, &y) in gradient.iter_mut().zip(outputs) {
                *gradient *= y * (F::one() - y);
            }
        });
    }
}

/// Computes 1 / (1 + e^-z) from e^-|z|, so that nothing overflows.
pub(crate) fn sigmoid<F: Float>(z: F) -> F {
    let e = (-z.abs()).exp();
    let numerator = if z < F::zero() { e } else { F::one() };
    numerator / (F::one() + e)
}

/// Computes f(z) = tanh z; f' = 1 - y². A sigmoid centred on zero, preferred by LeCun et al. 1998.
///
/// ```
/// use feedforward::{Activation, Tanh};
/// let mut values = [0.0, 100.0];
/// Tanh.activate(&mut values);
/// assert_eq!(values, [0.0, 1.0]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tanh;

impl<F: Float> Activation<F> for Tanh {
    fn activate(&self, values: &mut [F]) {
        kernel::tanh(values);
    }

    fn backpropagate(&self, _inputs: &[F], outputs: &[F], gradient: &mut [F]) {
        kernel::vectorize(|| {
            for (gradient, &y) in gradient.iter_mut().zip(outputs) {
                *gradient *= F::one() - y * y;
            }
        });
    }
}

/// Computes f(z) = z / (1 + |z|); f' = (1 - |y|)². Like tanh, with slower tails. Bergstra et al. 2009.
///
/// ```
/// use feedforward::Activation;
/// use feedforward::activation::Softsign;
/// let mut values = [-1.0, 3.0, f64::MAX];
/// Softsign.activate(&mut values);
/// assert_eq!(values, [-0.5, 0.75, 1.0]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Softsign;

impl<F: Float> Activation<F> for Softsign {
    fn activate(&self, values: &mut [F]) {
        values.iter_mut().for_each(|z| *z /= F::one() + z.abs());
    }

    fn backpropagate(&self, _inputs: &[F], outputs: &[F], gradient: &mut [F]) {
        for (gradient, &y) in gradient.iter_mut().zip(outputs) {
            *gradient *= (F::one() - y.abs()).powi(2);
        }
    }
}

/// Computes f(z) = ln(1 + e^z); f' = sigmoid(z) = 1 - e^-y. Never overflows. Dugas et al. 2001.
///
/// ```
/// use feedforward::{Activation, Softplus};
/// let mut values = [1000.0, -1000.0];
/// Softplus.activate(&mut values);
/// assert_eq!(values, [1000.0, 0.0]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Softplus;

impl<F: Float> Activation<F> for Softplus {
    fn activate(&self, values: &mut [F]) {
        values.iter_mut().for_each(|z| *z = softplus(*z));
    }

    fn backpropagate(&self, _inputs: &[F], outputs: &[F], gradient: &mut [F]) {
        for (gradient, &y) in gradient.iter_mut().zip(outputs) {
            *gradient *= -(-y).exp_m1();
        }
    }

    fn initializer(&self) -> Initializer {
        Initializer::HeNormal
    }
}

/// Computes ln(1 + e^z) as max(z, 0) + ln(1 + e^-|z|), so that nothing overflows.
fn softplus<F: Float>(z: F) -> F {
    // `max` would turn NaN into 0.
    let positive = if z <= F::zero() { F::zero() } else { z };
    positive + (-z.abs()).exp().ln_1p()
}
