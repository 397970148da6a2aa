//! Loops over the elements of slices: exponential functions, checks for finite values, sums.

mod exponential;
mod finite;
mod sums;

pub(super) use exponential::{exp, sigmoid, tanh};
pub(super) use finite::all_finite;
pub(super) use sums::{sum_magnitudes, sum_rows, sum_squares};

/// Sums that are added up side by side: enough registers of them to hide the latency of the addition. The order of
/// summation, and so the last bits of a sum, depend on it.
const SUMS: usize = 64;
