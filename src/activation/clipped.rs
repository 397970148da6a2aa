//! Activations that are linear between two bounds and constant outside: [`Clip`], [`HardSigmoid`].

use super::Activation;
use crate::check::{finite, finite_above_zero};
use crate::{Description, Error, Float, Initializer, Result};

/// Computes f(z) = min(max(z, low), high); f' = 1 where low < y < high and 0 elsewhere.
///
/// The default is ReLU6, with bounds of 0 and 6 (Krizhevsky 2010). The same as PyTorch's `Hardtanh` and `ReLU6`, and as
/// ONNX's `Clip`, where a bound may be missing: an infinite bound here. A finite bound outside the range of the
/// network's precision counts as the end of that range.
///
/// ```
/// use feedforward::Activation;
/// use feedforward::activation::Clip;
/// let mut values = [-2.0, 0.5, 7.0];
/// Clip::new(-1.0, 1.0)?.activate(&mut values);
/// assert_eq!(values, [-1.0, 0.5, 1.0]);
/// let mut values = [-2.0, 0.5, 7.0];
/// Clip::relu6().activate(&mut values);
/// assert_eq!(values, [0.0, 0.5, 6.0]);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias("ReLU6", "Hardtanh"))]
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clip {
    low: f64,
    high: f64,
}

impl Clip {
    /// Sets the bounds; either may be infinite.
    ///
    /// # Errors
    /// When low is not below high.
    pub fn new(low: f64, high: f64) -> Result<Self> {
        match low < high {
            true => Ok(Self { low, high }),
            false => Err(Error::invalid("Clip", "bounds, low below high", format!("{low} to {high}"))),
        }
    }

    /// Returns ReLU6, with bounds of 0 and 6.
    pub fn relu6() -> Self {
        Self { low: 0.0, high: 6.0 }
    }

    /// Returns low and high in this precision.
    fn bounds<F: Float>(self) -> [F; 2] {
        [self.low, self.high].map(|bound| {
            let rounded = F::from_f64(bound);
            if bound.is_finite() { rounded.max(F::min_value()).min(F::max_value()) } else { rounded }
        })
    }
}

impl Default for Clip {
    /// Returns ReLU6, with bounds of 0 and 6.
    fn default() -> Self {
        Self::relu6()
    }
}

impl<F: Float> Activation<F> for Clip {
    fn activate(&self, values: &mut [F]) {
        let [low, high] = self.bounds();
        for z in values {
            // `max` and `min` would turn NaN into a bound.
            *z = match *z {
                z if z < low => low,
                z if z > high => high,
                z => z,
            };
        }
    }

    fn backpropagate(&self, _inputs: &[F], outputs: &[F], gradient: &mut [F]) {
        let [low, high] = self.bounds();
        for (gradient, &y) in gradient.iter_mut().zip(outputs) {
            *gradient = if y <= low || y >= high { F::zero() } else { *gradient };
        }
    }

    /// Returns He's where no output is negative, as for a ReLU, else Glorot's.
    fn initializer(&self) -> Initializer {
        if self.low >= 0.0 { Initializer::HeNormal } else { Initializer::GlorotUniform }
    }

    fn describe(&self) -> Description {
        Description::of_type::<Self>().with("low", self.low).with("high", self.high)
    }
}

/// Computes f(z) = min(max(alpha z + beta, 0), 1); f' = alpha where 0 < y < 1 and 0 elsewhere. Courbariaux et al. 2015.
///
/// The default is PyTorch's `Hardsigmoid`, with an alpha of 1/6 and a beta of 1/2. The default of ONNX has an alpha of
/// 0.2, as Keras before version 3.
///
/// ```
/// use feedforward::Activation;
/// use feedforward::activation::HardSigmoid;
/// let mut values = [-3.0, 0.0, 1.0, 3.0];
/// HardSigmoid::new(0.25, 0.5)?.activate(&mut values);
/// assert_eq!(values, [0.0, 0.5, 0.75, 1.0]);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HardSigmoid {
    alpha: f64,
    beta: f64,
}

impl HardSigmoid {
    /// Sets the slope alpha, and beta, which f(0) is if it lies between 0 and 1.
    ///
    /// # Errors
    /// When alpha is not finite and above zero, or beta is not finite.
    pub fn new(alpha: f64, beta: f64) -> Result<Self> {
        let alpha = finite_above_zero("HardSigmoid", "alpha", alpha)?;
        Ok(Self { alpha, beta: finite("HardSigmoid", "beta", beta)? })
    }
}

impl Default for HardSigmoid {
    /// Returns an alpha of 1/6 and a beta of 1/2.
    fn default() -> Self {
        Self { alpha: 1.0 / 6.0, beta: 0.5 }
    }
}

impl<F: Float> Activation<F> for HardSigmoid {
    fn activate(&self, values: &mut [F]) {
        // In double precision: alpha may be infinite in single precision, and 0 times it NaN.
        values.iter_mut().for_each(|z| *z = F::from_f64((self.alpha * z.widen() + self.beta).clamp(0.0, 1.0)));
    }

    fn backpropagate(&self, _inputs: &[F], outputs: &[F], gradient: &mut [F]) {
        for (gradient, &y) in gradient.iter_mut().zip(outputs) {
            let is_flat = y <= F::zero() || y >= F::one();
            *gradient = if is_flat { F::zero() } else { F::from_f64(gradient.widen() * self.alpha) };
        }
    }

    fn describe(&self) -> Description {
        Description::of_type::<Self>().with("alpha", self.alpha).with("beta", self.beta)
    }
}
