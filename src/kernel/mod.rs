//! Kernels: loops over plain numbers, behind safe functions. The only room with `unsafe`; it calls no other room.
//!
//! # Where a number goes
//!
//! - [`affine`] and [`matmul`]: the matrix product, in `matmul/`. Products of up to [`tuning::SMALL_MULTIPLICATIONS`]
//!   multiplications are read in place (`small`); a product of one row or one column reads the matrix once (`one_row`);
//!   all others run in blocks (`blocked`), packed by `pack`. The micro-kernel of all three is `tile`.
//! - [`exp`], [`sigmoid`], [`tanh`], [`all_finite`], [`sum_rows`] and the other sums: in `elementwise/`.
//! - [`vectorize`]: any plain loop, compiled for each SIMD level.
//! - [`split_by_cost`], [`run_in_pool`]: the same work on several threads, in `threads`.
//! - [`as_bytes`]: numbers as bytes, in `bytes`.
//! - `map_file`: a file as a slice of bytes, in `map`.
//!
//! # The blocked product
//!
//! The names are those of Goto and van de Geijn 2008. A tile is MR rows x NR columns of `c`, whose sums stay in
//! registers: NR is two registers, MR is 6 with 16 registers and 12 with 32. The rows of `a` are read in row panels of
//! MR rows, the columns of `b` in column panels of NR columns. A block of `a` is MC rows x KC columns and stays in the
//! L2 cache, a column panel of `b` is KC rows and stays in the L1 cache, and NC columns of `b` are packed together.
//! `tuning` holds MC, KC and NC, and all other thresholds of the crate.
//!
//! # SIMD levels
//!
//! A level is a set of instructions: portable (any processor), AVX2 with FMA, or AVX-512. Each loop is compiled once
//! for each level and each of f32 and f64, in this crate; `simd::dispatch` detects the level once and chooses. Within a
//! level the results do not depend on the number of threads; between levels the last bits differ, since only some have
//! a fused multiply-add.
//!
//! # Calls between the files go down this list only
//!
//! this file; `matmul/` (`blocked`, `small`, `one_row`, `pack`, `tile`, `operands`); `elementwise/`; `simd/`
//! (`dispatch`, `portable`, `x86/`, `vector`); `threads`; `bytes`; `tuning`. `map` stands by itself.

mod bytes;
mod elementwise;
#[cfg(feature = "mapped")]
mod map;
mod matmul;
mod simd;
mod threads;
pub(crate) mod tuning;

pub use bytes::Numbers;
pub(crate) use bytes::{as_bytes, as_bytes_mut};
#[cfg(feature = "mapped")]
pub(crate) use map::map_file;
pub(crate) use simd::vectorize;
pub(crate) use threads::{Divisible, join, run_in_pool, split_by_cost, split_by_elements};

use ndarray::ArrayRef2;
use simd::Scalar;
use std::sync::atomic::{AtomicBool, Ordering};

/// The functions of this room for one type. Methods of a trait rather than generic functions, so that they are compiled
/// in this crate and not again in each program that uses it. Public in a private module, so that no other crate can
/// implement it.
pub trait Element: Scalar {
    #[doc(hidden)]
    fn affine(
        a: &ArrayRef2<Self>,
        b: &ArrayRef2<Self>,
        bias: Option<&[Self]>,
        c: &mut ArrayRef2<Self>,
        epilogue: &(dyn Fn(&mut [Self]) + Sync),
    );

    #[doc(hidden)]
    fn all_finite(values: &[Self]) -> bool;

    #[doc(hidden)]
    fn sum_magnitudes(values: &[Self]) -> f64;

    #[doc(hidden)]
    fn sum_squares(values: &[Self]) -> f64;

    #[doc(hidden)]
    fn sum_rows(matrix: &[Self], sums: &mut [Self]);

    #[doc(hidden)]
    fn exp_in_place(values: &mut [Self]);

    #[doc(hidden)]
    fn sigmoid_in_place(values: &mut [Self]);

    #[doc(hidden)]
    fn tanh_in_place(values: &mut [Self]);

    #[doc(hidden)]
    fn as_numbers(values: &mut [Self]) -> Numbers<'_>;

    #[doc(hidden)]
    fn copy_le_bytes(bytes: &[u8], values: &mut [Self]);

    #[doc(hidden)]
    fn scale_bytes(bytes: &[u8], scale: f64, values: &mut [Self]);
}

macro_rules! element {
    ($type:ty, $numbers:ident) => {
        impl Element for $type {
            fn affine(
                a: &ArrayRef2<Self>,
                b: &ArrayRef2<Self>,
                bias: Option<&[Self]>,
                c: &mut ArrayRef2<Self>,
                epilogue: &(dyn Fn(&mut [Self]) + Sync),
            ) {
                matmul::affine(a, b, bias, c, epilogue);
            }

            fn all_finite(values: &[Self]) -> bool {
                elementwise::all_finite(values)
            }

            fn sum_magnitudes(values: &[Self]) -> f64 {
                elementwise::sum_magnitudes(values, f64::from)
            }

            fn sum_squares(values: &[Self]) -> f64 {
                elementwise::sum_squares(values, f64::from)
            }

            fn sum_rows(matrix: &[Self], sums: &mut [Self]) {
                elementwise::sum_rows(matrix, sums, f64::from, |total| total as Self);
            }

            fn exp_in_place(values: &mut [Self]) {
                elementwise::exp(values);
            }

            fn sigmoid_in_place(values: &mut [Self]) {
                elementwise::sigmoid(values);
            }

            fn tanh_in_place(values: &mut [Self]) {
                elementwise::tanh(values);
            }

            fn as_numbers(values: &mut [Self]) -> Numbers<'_> {
                Numbers::$numbers(values)
            }

            fn copy_le_bytes(bytes: &[u8], values: &mut [Self]) {
                let elements = bytes.as_chunks().0;
                values.iter_mut().zip(elements).for_each(|(value, &element)| *value = Self::from_le_bytes(element));
            }

            fn scale_bytes(bytes: &[u8], scale: f64, values: &mut [Self]) {
                vectorize(|| {
                    let numbers = values.iter_mut().zip(bytes);
                    numbers.for_each(|(value, &byte)| *value = (f64::from(byte) * scale) as Self);
                });
            }
        }
    };
}

element!(f32, F32);
element!(f64, F64);

/// Computes `c = f(a · b + bias)` for any layout of `a` and `b`; a transposed view costs nothing. The bias is added to
/// each row. `c` is in standard layout, and `epilogue` computes `f` in place on each piece of it once, while it is in a
/// cache.
///
/// Each element of `c` is summed up in the same order for any number of threads.
///
/// # Panics
/// When the shapes do not fit.
#[inline]
pub(crate) fn affine<F: Element>(
    a: &ArrayRef2<F>,
    b: &ArrayRef2<F>,
    bias: Option<&[F]>,
    c: &mut ArrayRef2<F>,
    epilogue: impl Fn(&mut [F]) + Sync,
) {
    F::affine(a, b, bias, c, &epilogue);
}

/// Computes `c = a · b`, as [`affine`].
///
/// # Panics
/// When the shapes do not fit.
#[inline]
pub(crate) fn matmul<F: Element>(a: &ArrayRef2<F>, b: &ArrayRef2<F>, c: &mut ArrayRef2<F>) {
    affine(a, b, None, c, |_| ());
}

/// Computes `c = a · b`, as [`affine`], and returns whether every element of the product is finite.
///
/// # Panics
/// When the shapes do not fit.
#[inline]
pub(crate) fn matmul_is_finite<F: Element>(a: &ArrayRef2<F>, b: &ArrayRef2<F>, c: &mut ArrayRef2<F>) -> bool {
    let finite = AtomicBool::new(true);
    affine(a, b, None, c, |piece| {
        if !all_finite(piece) {
            finite.store(false, Ordering::Relaxed);
        }
    });
    finite.into_inner()
}

/// Returns whether every value is finite.
#[inline]
pub(crate) fn all_finite<F: Element>(values: &[F]) -> bool {
    if values.len() < tuning::FINITE_MIN_ELEMENTS {
        return values.iter().all(|value| value.is_finite());
    }
    F::all_finite(values)
}

/// Returns Σ |value|, summed up in double precision.
#[inline]
pub(crate) fn sum_magnitudes<F: Element>(values: &[F]) -> f64 {
    F::sum_magnitudes(values)
}

/// Returns Σ value², squared and summed up in double precision.
#[inline]
pub(crate) fn sum_squares<F: Element>(values: &[F]) -> f64 {
    F::sum_squares(values)
}

/// Overwrites `sums` with the sum of each column of `matrix`, which is given as one slice in standard layout.
#[inline]
pub(crate) fn sum_rows<F: Element>(matrix: &[F], sums: &mut [F]) {
    F::sum_rows(matrix, sums);
}

/// Replaces each value x by e^x.
#[inline]
pub(crate) fn exp<F: Element>(values: &mut [F]) {
    F::exp_in_place(values);
}

/// Replaces each value x by 1 / (1 + e^-x).
#[inline]
pub(crate) fn sigmoid<F: Element>(values: &mut [F]) {
    F::sigmoid_in_place(values);
}

/// Replaces each value x by tanh x.
#[inline]
pub(crate) fn tanh<F: Element>(values: &mut [F]) {
    F::tanh_in_place(values);
}

/// Overwrites the values with the numbers in the bytes, which are of the same type in little-endian order.
#[inline]
pub(crate) fn copy_le_bytes<F: Element>(bytes: &[u8], values: &mut [F]) {
    F::copy_le_bytes(bytes, values);
}

/// Overwrites each value with a byte times `scale`, computed in double precision.
#[inline]
pub(crate) fn scale_bytes<F: Element>(bytes: &[u8], scale: f64, values: &mut [F]) {
    F::scale_bytes(bytes, scale, values);
}

/// Updates the values of a parameter from their gradients and from `N` slots of memory of the optimizer, all of the
/// same length: runs `update` on whole slices if they are short, and otherwise vectorized, on pieces divided between as
/// many threads as pay off. So `update` must treat each element alike.
#[inline]
pub(crate) fn update_elements<F: Element, const N: usize>(
    values: &mut [F],
    gradients: &[F],
    slots: [&mut [F]; N],
    update: impl Fn(&mut [F], &[F], [&mut [F]; N]) + Sync,
) {
    let length = values.len();
    if length < tuning::UPDATE_MIN_ELEMENTS {
        return update(values, gradients, slots);
    }
    split_by_elements(length, ((values, gradients), slots), |((values, gradients), slots)| {
        vectorize(|| update(values, gradients, slots));
    });
}

#[cfg(test)]
mod tests;
