//! [`Float`]: the numbers a network can consist of, `f32` and `f64`.

use crate::kernel::Element;
use approx::{AbsDiffEq, RelativeEq, UlpsEq};
use ndarray::NdFloat;
use std::iter::Sum;

/// A number that a network can consist of: `f32` for speed, `f64` to check derivatives.
///
/// The trait is sealed: the kernels exist for these two types alone.
///
/// ```
/// use feedforward::Float;
///
/// fn half<F: Float>(x: F) -> F {
///     x * F::from_f64(0.5)
/// }
/// assert_eq!(half(3.0_f32), 1.5);
/// assert_eq!(half(3.0_f64), 1.5);
/// ```
pub trait Float: NdFloat + AbsDiffEq<Epsilon = Self> + RelativeEq + UlpsEq + Sum + Default + Element {
    /// Returns the nearest value of this type; infinite when the number is too large for it.
    fn from_f64(value: f64) -> Self;

    /// Returns the same value in double precision; exact.
    fn widen(self) -> f64;
}

impl Float for f32 {
    fn from_f64(value: f64) -> Self {
        value as f32
    }

    fn widen(self) -> f64 {
        f64::from(self)
    }
}

impl Float for f64 {
    fn from_f64(value: f64) -> Self {
        value
    }

    fn widen(self) -> f64 {
        self
    }
}
