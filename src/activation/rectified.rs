//! Activations that are linear above zero: [`Relu`], [`LeakyRelu`], [`Elu`], [`Selu`].

use super::Activation;
use crate::check::finite_at_least_zero;
use crate::{Description, Float, Initializer, Result};

/// Computes f(z) = max(z, 0); f' = 1 where y > 0 and 0 elsewhere. Nair and Hinton 2010.
///
/// ```
/// use feedforward::{Activation, Relu};
/// let mut values = [-1.0, 0.0, 2.0];
/// Relu.activate(&mut values);
/// assert_eq!(values, [0.0, 0.0, 2.0]);
/// let mut gradient = [1.0, 1.0, 1.0];
/// Relu.backpropagate(&[], &values, &mut gradient);
/// assert_eq!(gradient, [0.0, 0.0, 1.0]);
/// ```
#[doc(alias("ReLU", "rectifier"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Relu;

impl<F: Float> Activation<F> for Relu {
    fn activate(&self, values: &mut [F]) {
        // NaN stays NaN, so that a diverging run is noticed.
        values.iter_mut().for_each(|z| *z = if F::zero() > *z { F::zero() } else { *z });
    }

    fn backpropagate(&self, _inputs: &[F], outputs: &[F], gradient: &mut [F]) {
        for (gradient, &y) in gradient.iter_mut().zip(outputs) {
            *gradient = if y <= F::zero() { F::zero() } else { *gradient };
        }
    }

    fn initializer(&self) -> Initializer {
        Initializer::HeNormal
    }
}

/// Computes f(z) = z where z > 0 and slope · z elsewhere; f' = 1 or slope. Maas et al. 2013.
///
/// ```
/// use feedforward::{Activation, LeakyRelu};
/// let mut values = [-1.0, 2.0];
/// LeakyRelu::default().activate(&mut values);
/// assert_eq!(values, [-0.01, 2.0]);
/// ```
#[doc(alias = "LeakyReLU")]
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LeakyRelu {
    slope: f64,
}

impl LeakyRelu {
    /// Sets the slope below zero.
    ///
    /// # Errors
    /// When the slope is negative (y would not tell the sign of z) or not finite.
    pub fn new(slope: f64) -> Result<Self> {
        finite_at_least_zero("LeakyRelu", "slope", slope).map(|slope| Self { slope })
    }
}

impl Default for LeakyRelu {
    /// Returns a slope of 0.01.
    fn default() -> Self {
        Self { slope: 0.01 }
    }
}

impl<F: Float> Activation<F> for LeakyRelu {
    fn activate(&self, values: &mut [F]) {
        let slope = F::from_f64(self.slope);
        values.iter_mut().for_each(|z| *z = if *z <= F::zero() { slope * *z } else { *z });
    }

    fn backpropagate(&self, _inputs: &[F], outputs: &[F], gradient: &mut [F]) {
        let slope = F::from_f64(self.slope);
        for (gradient, &y) in gradient.iter_mut().zip(outputs) {
            *gradient *= if y <= F::zero() { slope } else { F::one() };
        }
    }

    fn initializer(&self) -> Initializer {
        Initializer::HeNormal
    }

    fn describe(&self) -> Description {
        Description::of_type::<Self>().with("slope", self.slope)
    }
}

/// Computes f(z) = z where z > 0 and alpha (e^z - 1) elsewhere; f' = 1 or y + alpha. Clevert et al. 2016.
///
/// ```
/// use feedforward::{Activation, Elu};
/// let mut values = [-1000.0, 2.0];
/// Elu::default().activate(&mut values);
/// assert_eq!(values, [-1.0, 2.0]);
/// ```
#[doc(alias = "ELU")]
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Elu {
    alpha: f64,
}

impl Elu {
    /// Sets alpha: f tends to -alpha far below zero.
    ///
    /// # Errors
    /// When alpha is negative or not finite.
    pub fn new(alpha: f64) -> Result<Self> {
        finite_at_least_zero("Elu", "alpha", alpha).map(|alpha| Self { alpha })
    }
}

impl Default for Elu {
    /// Returns an alpha of 1.
    fn default() -> Self {
        Self { alpha: 1.0 }
    }
}

impl<F: Float> Activation<F> for Elu {
    fn activate(&self, values: &mut [F]) {
        let alpha = F::from_f64(self.alpha);
        values.iter_mut().for_each(|z| *z = if *z <= F::zero() { alpha * z.exp_m1() } else { *z });
    }

    fn backpropagate(&self, _inputs: &[F], outputs: &[F], gradient: &mut [F]) {
        let alpha = F::from_f64(self.alpha);
        for (gradient, &y) in gradient.iter_mut().zip(outputs) {
            *gradient *= if y <= F::zero() { y + alpha } else { F::one() };
        }
    }

    fn initializer(&self) -> Initializer {
        Initializer::HeNormal
    }

    fn describe(&self) -> Description {
        Description::of_type::<Self>().with("alpha", self.alpha)
    }
}

/// Computes f(z) = 1.0507 z where z > 0 and 1.0507 · 1.6733 (e^z - 1) elsewhere. Klambauer et al. 2017.
///
/// f' = 1.0507 above zero and y + 1.7581 elsewhere. With the full digits of these constants, as in PyTorch's `SELU`,
/// and weights of [`Initializer::LeCunNormal`], the outputs of deep networks stay near mean 0 and variance 1. Above
/// zero f is larger than z: a z within 5% of the largest number of its precision becomes infinite.
///
/// ```
/// use feedforward::Activation;
/// use feedforward::activation::Selu;
/// let mut values = [-1000.0_f64, 2.0];
/// Selu.activate(&mut values);
/// assert!((values[0] + 1.758_099_340_847_376_6).abs() < 1e-15);
/// assert_eq!(values[1], 2.0 * 1.050_700_987_355_480_5);
/// ```
#[doc(alias = "SELU")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Selu;

const SELU_SCALE: f64 = 1.0507009873554805;
const SELU_ALPHA: f64 = 1.6732632423543772;

impl<F: Float> Activation<F> for Selu {
    fn activate(&self, values: &mut [F]) {
        let (scale, depth) = (F::from_f64(SELU_SCALE), F::from_f64(SELU_SCALE * SELU_ALPHA));
        values.iter_mut().for_each(|z| *z = if *z <= F::zero() { depth * z.exp_m1() } else { scale * *z });
    }

    fn backpropagate(&self, _inputs: &[F], outputs: &[F], gradient: &mut [F]) {
        let (scale, depth) = (F::from_f64(SELU_SCALE), F::from_f64(SELU_SCALE * SELU_ALPHA));
        for (gradient, &y) in gradient.iter_mut().zip(outputs) {
            *gradient *= if y <= F::zero() { y + depth } else { scale };
        }
    }

    fn initializer(&self) -> Initializer {
        Initializer::LeCunNormal
    }
}
