//! Checks whether all elements are finite.

use super::super::simd::{Level, Scalar, SimdLoop, dispatch};
use super::super::threads::split_by_elements;
use super::SUMS;
use std::sync::atomic::{AtomicBool, Ordering};

/// Returns whether every value is finite.
pub(in crate::kernel) fn all_finite<F: Scalar>(values: &[F]) -> bool {
    let all = AtomicBool::new(true);
    split_by_elements(values.len(), values, |values: &[F]| {
        if !dispatch(AllFinite(values)) {
            all.store(false, Ordering::Relaxed);
        }
    });
    all.into_inner()
}

struct AllFinite<'a, F>(&'a [F]);

impl<F: Scalar> SimdLoop for AllFinite<'_, F> {
    type Output = bool;

    #[inline(always)]
    fn run<L: Level>(self, level: L) -> bool {
        // Zero times infinity or NaN is NaN, and a sum with NaN stays NaN.
        let (chunks, rest) = (self.0.chunks_exact(SUMS), self.0.chunks_exact(SUMS).remainder());
        let mut sums = [F::zero(); SUMS];
        for values in chunks {
            for (sum, &value) in sums.iter_mut().zip(values) {
                *sum = level.multiply_add(value, F::zero(), *sum);
            }
        }
        check_each(&sums) & check_each(rest)
    }
}

#[inline(always)]
fn check_each<F: Scalar>(values: &[F]) -> bool {
    values.iter().fold(true, |all, value| all & value.is_finite())
}
