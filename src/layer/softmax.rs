//! [`Softmax`]: scores to probabilities, as a layer and as a function.

use super::{Layer, flat, flat_mut};
use crate::{Error, Float, Result, kernel};
use ndarray::{ArrayRef2, ArrayView1};

/// Turns each row of scores z into probabilities e^z_i / Σ e^z_j, in place. Bridle 1990.
///
/// The row maximum is subtracted first, so nothing overflows. A row with a NaN or +∞ becomes NaN.
///
/// ```
/// let mut scores = ndarray::array![[1000.0, 1000.0], [0.0, 3.0_f64.ln()]];
/// feedforward::softmax(&mut scores);
/// assert_eq!(scores.row(0).to_vec(), [0.5, 0.5]);
/// assert!((scores[[1, 1]] - 0.75).abs() < 1e-15);
/// ```
pub fn softmax<F: Float>(scores: &mut ArrayRef2<F>) {
    for mut row in scores.rows_mut() {
        if let Some(row) = row.as_slice_mut() {
            softmax_row(row);
        } else {
            let mut copy = row.to_vec();
            softmax_row(&mut copy);
            row.assign(&ArrayView1::from(&copy));
        }
    }
}

/// One row of scores to probabilities; returns ln Σ e^z, which cross-entropy needs.
pub(crate) fn softmax_row<F: Float>(row: &mut [F]) -> F {
    let maximum = row.iter().copied().fold(F::neg_infinity(), F::max);
    row.iter_mut().for_each(|score| *score -= maximum);
    kernel::exp(row);
    let sum = row.iter().copied().sum::<F>();
    row.iter_mut().for_each(|score| *score /= sum);
    maximum + sum.ln()
}

/// A layer that turns each row of scores into probabilities.
///
/// For training use [`CrossEntropy`](crate::CrossEntropy) on the scores themselves, which is exact where this loses
/// digits. dL/dz_i = y_i (dL/dy_i - Σ_j y_j dL/dy_j).
///
/// ```
/// use feedforward::{Layer, Softmax};
/// let mut output = ndarray::array![[0.0, 0.0]];
/// Softmax::new(2)?.infer(&ndarray::array![[5.0, 5.0]], &mut output);
/// assert_eq!(output, ndarray::array![[0.5, 0.5]]);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Softmax {
    size: usize,
}

impl Softmax {
    /// A layer over rows of `size` scores.
    ///
    /// # Errors
    /// When the size is zero.
    ///
    /// ```
    /// use feedforward::{Error, Softmax};
    /// assert!(Softmax::new(10).is_ok());
    /// assert!(matches!(Softmax::new(0), Err(Error::Empty { .. })));
    /// ```
    pub fn new(size: usize) -> Result<Self> {
        if size == 0 {
            return Err(Error::Empty { operation: "Softmax", what: "input" });
        }
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
}
