//! A loss for counts, on the logarithm of their rate: [`Poisson`].

use super::Loss;
use crate::total::Total;
use crate::{Error, Float, Result, check, kernel};
use ndarray::ArrayRef2;

/// Computes the negative log-likelihood of counts whose rate is e^z: ℓ = Σ_k (e^z_k - t_k z_k) / K.
///
/// The outputs z are the logarithms of the rates, so a network for this loss ends in the activation
/// [`Identity`](crate::Identity). Targets are counts or rates, 0 or more. The gradient is (e^z_k - t_k) / K; K is the
/// number of outputs, so the mean over n examples is the mean over n·K elements. The term ln t! is left out: it does
/// not depend on z. The loss is lowest at z = ln t, where it is t - t ln t, which is negative for t > e. McCullagh and
/// Nelder 1989, chapter 6; the same as PyTorch's `PoissonNLLLoss(log_input=True, full=False)`.
///
/// [`predict_probabilities`](crate::Network::predict_probabilities) and metrics get the rates e^z. A rate that is too
/// large for the type (z > 88 in `f32`, z > 709 in `f64`) is an error, and in training a loss that is not finite.
///
/// ```
/// use feedforward::{Loss, Poisson};
/// use ndarray::array;
///
/// let loss = Poisson.value(&array![[0.0], [1.0]], &array![[3.0], [2.0]])?;
/// assert!((loss - (1.0 + (1.0_f64.exp() - 2.0)) / 2.0).abs() < 1e-15);
/// let mut outputs = [2.0_f64.ln()];
/// Poisson.activate(&mut outputs);
/// assert!((outputs[0] - 2.0).abs() < 1e-15);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias("PoissonNLLLoss", "count regression"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Poisson;

impl<F: Float> Loss<F> for Poisson {
    fn example(&self, prediction: &[F], target: &[F], gradient: &mut [F]) -> F {
        let outputs = prediction.len() as f64;
        let mut sum = Total::<F>::default();
        for ((gradient, &z), &t) in gradient.iter_mut().zip(prediction).zip(target) {
            let (z, t) = (z.widen(), t.widen());
            let rate = z.exp();
            sum.add(rate);
            sum.add(-t * z);
            *gradient = F::from_f64((rate - t) / outputs);
        }
        F::from_f64(sum.value() / outputs)
    }

    fn check_targets(&self, outputs: usize, targets: &ArrayRef2<F>) -> Result<()> {
        check::columns("Poisson", "targets", outputs, targets.ncols())?;
        check::all_finite("Poisson", "targets", targets)?;
        match targets.indexed_iter().find(|&(_, &t)| t < F::zero()) {
            Some(((row, _), &found)) => Err(Error::target("Poisson", row, "counts or rates >= 0", found)),
            None => Ok(()),
        }
    }

    /// Turns logarithms of rates into rates.
    fn activate(&self, outputs: &mut [F]) {
        kernel::exp(outputs);
    }
}
