//! What the two normalisations share: (x - mean) / √(variance + ε), gain and shift, and the derivative.

use crate::init::possible;
use crate::{Float, Parameter, Result, Role};
use ndarray::Array2;

/// What is added to a variance before its root is taken, as in PyTorch.
pub(super) const EPSILON: f64 = 1e-5;

/// A gain of ones and a shift of zeros.
pub(super) fn gain_and_shift<F: Float>(operation: &'static str, size: usize) -> Result<[Parameter<F>; 2]> {
    let shape = possible::<F>(operation, 1, size)?;
    let gain = Parameter::new("gain", Role::Bias, Array2::ones(shape));
    Ok([gain, Parameter::new("shift", Role::Bias, Array2::zeros(shape))])
}

/// Mean, and one over the root of variance + ε, of some numbers; and the variance (the mean squared distance).
pub(super) fn moments<F: Float>(values: impl Iterator<Item = F> + Clone, count: usize) -> (f64, f64, f64) {
    let count = count as f64;
    let mean = values.clone().map(F::widen).sum::<f64>() / count;
    let variance = values.map(|value| (value.widen() - mean).powi(2)).sum::<f64>() / count;
    (mean, 1.0 / (variance + EPSILON).sqrt(), variance)
}
