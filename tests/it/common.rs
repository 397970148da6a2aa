//! What the tests against golden values share.

use feedforward::Float;
use ndarray::{Array2, ArrayRef2};

/// A matrix as JSON has it.
pub type Matrix = Vec<Vec<f64>>;

/// The two precisions, with how closely each must agree.
pub trait Precise: Float {
    const TOLERANCE: f64;
}

impl Precise for f64 {
    const TOLERANCE: f64 = 1e-10;
}

impl Precise for f32 {
    const TOLERANCE: f64 = 1e-5;
}

pub fn matrix<F: Float>(rows: &Matrix) -> Array2<F> {
    Array2::from_shape_fn((rows.len(), rows[0].len()), |(row, column)| F::from_f64(rows[row][column]))
}

/// Relative to the largest number of the matrix, as sums of large terms may cancel.
pub fn assert_close<F: Precise>(what: &str, found: &ArrayRef2<F>, expected: &Matrix) {
    let expected = matrix::<f64>(expected);
    let scale = expected.iter().fold(0.0_f64, |scale, value| scale.max(value.abs()));
    for (&found, &expected) in found.iter().zip(&expected) {
        let error = (found.widen() - expected).abs();
        assert!(error <= F::TOLERANCE * scale, "{what}: expected {expected}, found {found}");
    }
}
