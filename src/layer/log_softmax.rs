//! [`LogSoftmax`]: scores to logarithms of probabilities, as a layer.

use super::{Layer, flat, flat_mut};
use crate::total::Total;
use crate::{Float, Result, check, kernel};
use ndarray::ArrayRef2;

/// A layer that turns each row of scores z into logarithms of probabilities: y_i = z_i - m - ln Σ_j e^(z_j - m).
///
/// m is the largest score of the row, so nothing overflows; the logarithm is that of 1 plus the other terms, so a y
/// near zero keeps its digits. dL/dz_i = dL/dy_i - e^(y_i) Σ_j dL/dy_j. [`CrossEntropy`](crate::CrossEntropy) has the
/// same value with this layer before it as without: the probabilities of y are those of z. The same as PyTorch's
/// `LogSoftmax`.
///
/// ```
/// use feedforward::layer::LogSoftmax;
/// use feedforward::Layer;
/// use ndarray::array;
///
/// let layer = LogSoftmax::new(2)?;
/// let mut output = array![[0.0_f64, 0.0]];
/// layer.infer(&array![[1000.0, 1000.0 + 3.0_f64.ln()]], &mut output);
/// assert!((output[[0, 0]] - 0.25_f64.ln()).abs() < 1e-12 && (output[[0, 1]] - 0.75_f64.ln()).abs() < 1e-12);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct LogSoftmax {
    size: usize,
}

impl LogSoftmax {
    /// Makes a layer over rows of `size` scores.
    ///
    /// # Errors
    /// When the size is zero.
    pub fn new(size: usize) -> Result<Self> {
        check::not_empty("LogSoftmax", "input", size)?;
        Ok(Self { size })
    }
}

impl<F: Float> Layer<F> for LogSoftmax {
    fn input_size(&self) -> usize {
        self.size
    }

    fn output_size(&self) -> usize {
        self.size
    }

    fn infer(&self, input: &ArrayRef2<F>, output: &mut ArrayRef2<F>) {
        let rows = flat(input).chunks_exact(self.size);
        for (output, scores) in flat_mut(output).chunks_exact_mut(self.size).zip(rows) {
            let maximum = scores.iter().copied().fold(F::neg_infinity(), F::max);
            let top = scores.iter().position(|&score| score == maximum).unwrap_or(0);
            let below_maximum = |score: F| score.widen() - maximum.widen();
            let others = scores.iter().enumerate().filter(|(index, _)| *index != top);
            let rest = Total::<F>::of(others.map(|(_, &score)| below_maximum(score).exp()));
            for (y, &score) in output.iter_mut().zip(scores) {
                *y = F::from_f64(below_maximum(score) - rest.ln_1p());
            }
        }
    }

    fn backward(
        &mut self,
        _input: &ArrayRef2<F>,
        output: &ArrayRef2<F>,
        output_gradient: &mut ArrayRef2<F>,
        input_gradient: Option<&mut ArrayRef2<F>>,
    ) {
        let Some(input_gradient) = input_gradient else { return };
        input_gradient.assign(output);
        let below = flat_mut(input_gradient);
        kernel::exp(below);
        let rows = flat(output_gradient).chunks_exact(self.size);
        for (below, above) in below.chunks_exact_mut(self.size).zip(rows) {
            let sum = Total::<F>::of(above.iter().map(|gradient| gradient.widen()));
            for (below, &above) in below.iter_mut().zip(above) {
                *below = F::from_f64(above.widen() - below.widen() * sum);
            }
        }
    }

    fn rows_are_independent(&self) -> bool {
        true
    }
}
