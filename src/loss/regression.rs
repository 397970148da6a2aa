//! Losses for numbers: [`Mse`], [`HalfSquaredError`], [`Mae`], [`Huber`], [`Quantile`].

use super::Loss;
use crate::total::Total;
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
        mean(prediction, target, gradient, |d| d * d, |d| factor * d)
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
        F::from_f64(sum(prediction, target, gradient, |d| 0.5 * d * d, |d| d))
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
        mean(prediction, target, gradient, f64::abs, |d| sign(d) / outputs)
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
        let (delta, clamp) = (self.delta, F::from_f64(self.delta));
        let value = |d: f64| if d.abs() <= delta { 0.5 * d * d } else { delta * (d.abs() - 0.5 * delta) };
        mean(prediction, target, gradient, value, |d| d.max(-clamp).min(clamp) / outputs)
    }
}

/// Computes the pinball loss, whose least mean is at a quantile: ℓ = Σ_k max(q d, (q - 1) d) / K with d = t_k - p_k.
///
/// An error counts q times where the prediction is too low, 1 - q times where it is too high; a network trained with
/// q = 0.9 predicts what nine of ten targets stay below. K is the number of outputs, so the mean over n examples is the
/// mean over n·K elements. The gradient is -q / K where p < t and (1 - q) / K where p > t. Where p = t the loss has a
/// corner, and the gradient is 0, one of its subgradients. Koenker and Bassett 1978; the same as scikit-learn's
/// `mean_pinball_loss`. At q = 1/2 it is half of [`Mae`]. The score of finished predictions is
/// [`metrics::MeanPinballLoss`](crate::metrics::MeanPinballLoss).
///
/// ```
/// use feedforward::{Loss, Quantile};
/// use ndarray::array;
/// let loss = Quantile::new(0.75)?.value(&array![[0.0, 0.0]], &array![[2.0, -2.0]])?;
/// assert_eq!(loss, (0.75 * 2.0 + 0.25 * 2.0) / 2.0);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias("pinball loss", "quantile regression"))]
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantile {
    level: f64,
}

impl Quantile {
    /// Sets the level q: the share of the targets that shall be below the predictions.
    ///
    /// # Errors
    /// When the level is not above 0 and below 1.
    pub fn new(level: f64) -> Result<Self> {
        Ok(Self { level: check::inside_zero_and_one("Quantile", "level", level)? })
    }
}

impl<F: Float> Loss<F> for Quantile {
    fn example(&self, prediction: &[F], target: &[F], gradient: &mut [F]) -> F {
        let outputs = prediction.len() as f64;
        let (below, above) = (self.level, 1.0 - self.level);
        let (rise, fall) = (F::from_f64(above / outputs), F::from_f64(-below / outputs));
        let value = |d: f64| if d < 0.0 { -below * d } else { above * d };
        let slope = |d: F| match d {
            d if d > F::zero() => rise,
            d if d < F::zero() => fall,
            neither => neither,
        };
        mean(prediction, target, gradient, value, slope)
    }
}

/// Overwrites `gradient` with a slope at each d = p - t; returns the mean of a value at each d.
fn mean<F: Float>(
    prediction: &[F],
    target: &[F],
    gradient: &mut [F],
    value: impl Fn(f64) -> f64,
    slope: impl Fn(F) -> F,
) -> F {
    F::from_f64(sum(prediction, target, gradient, value, slope) / prediction.len() as f64)
}

/// Overwrites `gradient` with a slope at each d = p - t; returns the sum of a value at each d, in double precision.
fn sum<F: Float>(
    prediction: &[F],
    target: &[F],
    gradient: &mut [F],
    value: impl Fn(f64) -> f64,
    slope: impl Fn(F) -> F,
) -> f64 {
    let mut sum = Total::<F>::default();
    for ((gradient, &p), &t) in gradient.iter_mut().zip(prediction).zip(target) {
        let d = p - t;
        sum.add(value(d.widen()));
        *gradient = slope(d);
    }
    sum.value()
}
