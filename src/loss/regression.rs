//! Losses for numbers: [`Mse`], [`HalfSquaredError`], [`Mae`], [`Huber`].

use super::Loss;
use crate::{Float, Result, check};

/// Computes the mean squared error over all elements: ℓ = Σ_k (p_k - t_k)² / K, gradient 2 (p_k - t_k) / K.
///
/// K is the number of outputs, so the mean over n examples is the mean over n·K elements, without a half. The same as
/// PyTorch's `MSELoss`. The score of finished predictions is
/// [`metrics::MeanSquaredError`](crate::metrics::MeanSquaredError).
///
/// ```
/// use feedforward::{Loss, Mse};
/// use ndarray::array;
/// assert_eq!(Mse.value(&array![[1.0, 2.0]], &array![[0.0, 0.0]])?, 2.5);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias("MSELoss", "mean squared error"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mse;

impl<F: Float> Loss<F> for Mse {
    fn example(&self, prediction: &[F], target: &[F], gradient: &mut [F]) -> F {
        let outputs = F::from_f64(prediction.len() as f64);
        let factor = F::from_f64(2.0) / outputs;
        let square = |d: F| (d * d, factor * d);
        elementwise(prediction, target, gradient, square) / outputs
    }
}

/// Computes half the squared error: ℓ = 1/2 Σ_k (p_k - t_k)², gradient p_k - t_k.
///
/// A sum over the outputs and a mean over the batch: the cost J of the textbooks (Rumelhart, Hinton and Williams 1986).
///
/// ```
/// use feedforward::{HalfSquaredError, Loss};
/// use ndarray::array;
/// assert_eq!(HalfSquaredError.value(&array![[1.0, 2.0]], &array![[0.0, 0.0]])?, 2.5);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HalfSquaredError;

impl<F: Float> Loss<F> for HalfSquaredError {
    fn example(&self, prediction: &[F], target: &[F], gradient: &mut [F]) -> F {
        let half = F::from_f64(0.5);
        elementwise(prediction, target, gradient, |d| (half * d * d, d))
    }
}

/// Computes the mean absolute error over all elements: ℓ = Σ_k |p_k - t_k| / K, gradient sign(p_k - t_k) / K, 0 where
/// they agree.
///
/// The same as PyTorch's `L1Loss`.
///
/// ```
/// use feedforward::{Loss, Mae};
/// use ndarray::array;
/// assert_eq!(Mae.value(&array![[1.0, -2.0]], &array![[0.0, 0.0]])?, 1.5);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias("L1Loss", "mean absolute error"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mae;

impl<F: Float> Loss<F> for Mae {
    fn example(&self, prediction: &[F], target: &[F], gradient: &mut [F]) -> F {
        let outputs = F::from_f64(prediction.len() as f64);
        let sign = |d: F| if d == F::zero() { d } else { d.signum() };
        elementwise(prediction, target, gradient, |d| (d.abs(), sign(d) / outputs)) / outputs
    }
}

/// Computes an error that is squared near zero and linear beyond delta; the mean over all elements. Huber 1964.
///
/// With d = p_k - t_k: d²/2 where |d| ≤ delta, delta (|d| - delta/2) elsewhere; the gradient is d clamped to ±delta;
/// both divided by K. The same as PyTorch's `HuberLoss`.
///
/// ```
/// use feedforward::{Huber, Loss};
/// use ndarray::array;
/// assert_eq!(Huber::new(1.0)?.value(&array![[1.0, 3.0]], &array![[0.0, 0.0]])?, (0.5 + 2.5) / 2.0);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias("HuberLoss", "SmoothL1Loss"))]
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Huber {
    delta: f64,
}

impl Huber {
    /// Sets delta, the border between squared and linear.
    ///
    /// # Errors
    /// When delta is not finite and above zero.
    pub fn new(delta: f64) -> Result<Self> {
        Ok(Self { delta: check::finite_above_zero("Huber", "delta", delta)? })
    }
}

impl Default for Huber {
    /// Returns a delta of 1.
    fn default() -> Self {
        Self { delta: 1.0 }
    }
}

impl<F: Float> Loss<F> for Huber {
    fn example(&self, prediction: &[F], target: &[F], gradient: &mut [F]) -> F {
        let outputs = F::from_f64(prediction.len() as f64);
        let (delta, half) = (F::from_f64(self.delta), F::from_f64(0.5));
        let huber = |d: F| {
            let size = d.abs();
            let value = if size <= delta { half * d * d } else { delta * (size - half * delta) };
            (value, d.max(-delta).min(delta) / outputs)
        };
        elementwise(prediction, target, gradient, huber) / outputs
    }
}

/// Applies a function of d = p - t that gives value and gradient; returns the sum of the values.
fn elementwise<F: Float>(prediction: &[F], target: &[F], gradient: &mut [F], function: impl Fn(F) -> (F, F)) -> F {
    let mut sum = F::zero();
    for ((gradient, &p), &t) in gradient.iter_mut().zip(prediction).zip(target) {
        let (value, slope) = function(p - t);
        sum += value;
        *gradient = slope;
    }
    sum
}
