//! Softmax: scores to probabilities.

use crate::{Float, kernel};
use ndarray::{ArrayRef2, ArrayView1};

/// Turns each row of scores z into probabilities e^z_i / Σ e^z_j, in place. Bridle 1990.
///
/// The row maximum is subtracted first, so nothing overflows. A row with a NaN or +∞ becomes NaN.
///
/// ```
/// let mut scores = ndarray::array![[1000.0, 1000.0], [0.0, 3.0_f64.ln()]];
/// feedforward::activation::softmax(&mut scores);
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

/// Turns one row of scores into probabilities. The sum is in double precision: a row may be long.
pub(crate) fn softmax_row<F: Float>(row: &mut [F]) {
    let maximum = row.iter().copied().fold(F::neg_infinity(), F::max);
    row.iter_mut().for_each(|score| *score -= maximum);
    kernel::exp(row);
    let sum = F::from_f64(row.iter().map(|exponential| exponential.widen()).sum::<f64>());
    row.iter_mut().for_each(|score| *score /= sum);
}
