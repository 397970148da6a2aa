//! [`LogUniform`]: numbers of any order of magnitude.

use crate::{Error, Result};
use rand::Rng;
use rand::distr::Distribution;

/// The distribution of numbers whose logarithm is uniform: from 0.001 to 1, each power of ten has the same share.
///
/// Its density is 1/(x·ln(high/low)) between low and high. It suits numbers that count by their order of magnitude:
/// learning rates, penalties (Bergstra and Bengio 2012).
///
/// ```
/// use feedforward::model_selection::LogUniform;
/// use feedforward::rand::{SeedableRng, distr::Distribution, rngs::StdRng};
///
/// let rates = LogUniform::new(1e-4, 1.0)?;
/// let rate = rates.sample(&mut StdRng::seed_from_u64(1));
/// assert!((1e-4..=1.0).contains(&rate));
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[doc(alias("loguniform", "reciprocal"))]
pub struct LogUniform {
    low: f64,
    high: f64,
}

impl LogUniform {
    /// Makes the distribution between two numbers.
    ///
    /// # Errors
    /// When `low` is not above 0, or `high` is not above `low` or not finite.
    pub fn new(low: f64, high: f64) -> Result<Self> {
        if low > 0.0 && low < high && high.is_finite() {
            return Ok(Self { low, high });
        }
        Err(Error::invalid("LogUniform", "finite numbers 0 < low < high", format!("{low} and {high}")))
    }
}

impl Distribution<f64> for LogUniform {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let (low, high) = (self.low.ln(), self.high.ln());
        // Rounding must not lead out of the range.
        (low + rng.random::<f64>() * (high - low)).exp().clamp(self.low, self.high)
    }
}
