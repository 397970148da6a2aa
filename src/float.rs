//! [`Float`]: the two numbers a network can be made of, `f32` and `f64`.

use crate::kernel::Element;
use approx::{AbsDiffEq, RelativeEq, UlpsEq};
use ndarray::NdFloat;
use std::iter::Sum;

/// A number a network can be made of: `f32` (for speed) or `f64` (for checking derivatives).
///
/// The trait is sealed: its kernels exist for these two types alone.
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
    /// The nearest value of this type.
    ///
    /// ```
    /// use feedforward::Float;
    /// assert_eq!(f32::from_f64(0.1), 0.1_f32);
    /// ```
    fn from_f64(value: f64) -> Self;

    /// The same value in double precision; exact.
    ///
    /// ```
    /// use feedforward::Float;
    /// assert_eq!(0.25_f32.widen(), 0.25_f64);
    /// ```
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
