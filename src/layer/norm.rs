//! The parts that layers over features share: gamma and beta, parameters from given numbers, the moments of some
//! numbers.

use crate::{Float, Parameter, Result, Role, check};
use ndarray::{Array1, Array2, Axis};

/// The epsilon added to a variance before its root is taken, as in PyTorch.
pub(super) const EPSILON: f64 = 1e-5;

/// Makes a gamma of ones and a beta of zeros, `(1, size)`; the layer has this many parameters of that shape.
pub(super) fn gamma_and_beta<F: Float>(
    operation: &'static str,
    parameters: usize,
    size: usize,
) -> Result<(Parameter<F>, Parameter<F>)> {
    check::not_empty(operation, "input", size)?;
    // A value and a gradient for each.
    let shape = check::addressable_times::<F>(operation, 2 * parameters, 1, size)?;
    let gamma = Parameter::new("gamma", Role::Bias, Array2::ones(shape));
    Ok((gamma, Parameter::new("beta", Role::Bias, Array2::zeros(shape))))
}

/// Makes a parameter `(1, size)` of given numbers: at least one, finite, as many as features.
pub(super) fn parameter_of<F: Float>(
    operation: &'static str,
    name: &'static str,
    role: Role,
    size: usize,
    values: Array1<F>,
) -> Result<Parameter<F>> {
    check::not_empty(operation, "input", size)?;
    let values = values.insert_axis(Axis(0));
    check::columns(operation, name, size, values.ncols())?;
    check::all_finite(operation, name, &values)?;
    Ok(Parameter::new(name, role, values))
}

/// Mean, variance (the mean squared distance) and 1 / √(variance + ε) of some numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moments {
    pub(super) mean: f64,
    pub(super) variance: f64,
    pub(super) scale: f64,
}

impl Moments {
    pub(super) fn new<F: Float>(values: impl Iterator<Item = F> + Clone, count: usize, epsilon: f64) -> Self {
        let count = count as f64;
        let mean = values.clone().map(F::widen).sum::<f64>() / count;
        let variance = values.map(|value| (value.widen() - mean).powi(2)).sum::<f64>() / count;
        Self { mean, variance, scale: 1.0 / (variance + epsilon).sqrt() }
    }

    /// Returns (x - mean) · scale.
    pub(super) fn normalize<F: Float>(&self, x: F) -> f64 {
        (x.widen() - self.mean) * self.scale
    }
}
