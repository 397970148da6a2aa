//! [`Softmax`]: scores to probabilities, as a layer.

use super::{Layer, flat, flat_mut};
use crate::{Float, Result, check, softmax};
use ndarray::ArrayRef2;

/// A layer that turns each row of scores into probabilities, with [`softmax`].
///
/// For training use [`CrossEntropy`](crate::CrossEntropy) on the scores themselves, which is exact where this layer
/// loses digits. dL/dz_i = y_i (dL/dy_i - Σ_j y_j dL/dy_j).
#[derive(Debug, Clone)]
pub struct Softmax {
    size: usize,
}

impl Softmax {
    /// Makes a layer over rows of `size` scores.
    ///
    /// # Errors
    /// When the size is zero.
    pub fn new(size: usize) -> Result<Self> {
        check::not_empty("Softmax", "input", size)?;
        Ok(Self { size })
    }
}

impl<F: Float> Layer<F> for Softmax {
    fn input_size(&self) -> usize {
        self.size
    }

    fn output_size(&self) -> usize {
        self.size
    }

    fn infer(&self, input: &ArrayRef2<F>, output: &mut ArrayRef2<F>) {
        output.assign(input);
        softmax(output);
    }

    fn backward(
        &mut self,
        _input: &ArrayRef2<F>,
        output: &ArrayRef2<F>,
        output_gradient: &mut ArrayRef2<F>,
        input_gradient: Option<&mut ArrayRef2<F>>,
    ) {
        let Some(input_gradient) = input_gradient else { return };
        let rows = flat(output).chunks_exact(self.size).zip(flat(output_gradient).chunks_exact(self.size));
        for (below, (outputs, above)) in flat_mut(input_gradient).chunks_exact_mut(self.size).zip(rows) {
            let mean: F = outputs.iter().zip(above).map(|(&y, &g)| y * g).sum();
            for ((below, &y), &g) in below.iter_mut().zip(outputs).zip(above) {
                *below = y * (g - mean);
            }
        }
    }

    fn rows_are_independent(&self) -> bool {
        true
    }
}
