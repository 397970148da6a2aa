//! [`Moments`]: mean and deviation of a column, for scalers and metrics.

use crate::total::Total;

/// Mean and standard deviation of a population of numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moments {
    pub(crate) mean: f64,
    pub(crate) deviation: f64,
    /// Whether all numbers are the same up to rounding.
    pub(crate) is_constant: bool,
}

impl Moments {
    /// Computes the moments of these numbers; `weights` are as many, or none if each counts once.
    ///
    /// The numbers are divided by a power of two near the largest, so that no square overflows or underflows. The mean
    /// is corrected by the mean of what remains (Chan, Golub and LeVeque 1983). A column counts as constant if its
    /// variance is not above what rounding can cause: var <= n ε var + (n ε mean)², the rule of scikit-learn's
    /// `StandardScaler`.
    pub(crate) fn of(numbers: &[f64], weights: Option<&[f64]>) -> Self {
        let scale = power_of_two_near(numbers);
        let scaled: Vec<_> = numbers.iter().map(|number| number / scale).collect();
        let rounded = weighted_mean(scaled.iter().copied(), weights);
        let mean = rounded + weighted_mean(scaled.iter().map(|number| number - rounded), weights);
        let variance = weighted_mean(scaled.iter().map(|number| (number - mean).powi(2)), weights);
        let rounding = numbers.len() as f64 * f64::EPSILON;
        Self {
            mean: mean * scale,
            deviation: variance.sqrt() * scale,
            is_constant: variance <= rounding * variance + (rounding * mean).powi(2),
        }
    }
}

fn weighted_mean(numbers: impl ExactSizeIterator<Item = f64>, weights: Option<&[f64]>) -> f64 {
    let Some(weights) = weights else {
        let count = numbers.len() as f64;
        return Total::<f64>::of(numbers) / count;
    };
    let sum = Total::<f64>::of(numbers.zip(weights).map(|(number, weight)| weight * number));
    sum / Total::<f64>::of(weights.iter().copied())
}

/// Returns a power of two near the largest magnitude: division by it is exact, and squares of the quotients are finite.
pub(crate) fn power_of_two_near(numbers: &[f64]) -> f64 {
    let largest = numbers.iter().fold(0.0, |largest: f64, number| largest.max(number.abs()));
    // Within the powers whose inverse is a normal number; the logarithm of zero is minus infinity.
    2.0_f64.powi(largest.log2().floor().clamp(-1000.0, 1000.0) as i32)
}
