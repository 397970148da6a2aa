//! The ground floor: loops over plain numbers, safe to call from above. The only room with `unsafe`.

mod exponential;
mod one_row;
mod pack;
mod product;
mod small;
mod threads;
mod tile;
mod update;
mod vector;
mod wide;
#[cfg(target_arch = "x86_64")]
mod x86;

pub(crate) use exponential::{exp, sigmoid, tanh};
pub(crate) use product::{affine, matmul, matmul_is_finite};
pub(crate) use threads::{Divisible, PER_ELEMENT, enter, in_pieces, join, split_among};
pub(crate) use update::update_in_pieces;
pub(crate) use wide::widely;

use exponential::Exponential;
use one_row::Columns;
use product::Product;
use small::Small;
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::LocalKey;
use vector::Vector;
use wide::{Level, Work, wide};

/// What the kernels exist for. Public in a private module, so that nobody can add to it.
pub trait Element: ndarray::NdFloat + Exponential {
    /// An AVX2 register.
    #[cfg(target_arch = "x86_64")]
    #[doc(hidden)]
    type Avx2: Vector<Self>;

    /// Half of it, or itself where a half would not pay.
    #[cfg(target_arch = "x86_64")]
    #[doc(hidden)]
    type HalfAvx2: Vector<Self>;

    /// An AVX-512 register.
    #[cfg(target_arch = "x86_64")]
    #[doc(hidden)]
    type Avx512: Vector<Self>;

    /// As many numbers as in an AVX2 register, for any processor.
    #[doc(hidden)]
    type Array: Vector<Self>;

    /// The number whose exponent (and sign) are the last digits of this one.
    #[doc(hidden)]
    fn last_digits_to_exponent(self) -> Self;

    /// Works a product out. Here and not generic, so that the tiles are compiled once, not by every crate that has layers.
    #[doc(hidden)]
    fn product(product: Product<Self>);

    /// Works a small one out.
    #[doc(hidden)]
    fn small(product: &Small<Self>);

    /// Memory of this thread, which is kept for the next time.
    #[doc(hidden)]
    fn room() -> &'static LocalKey<Cell<Vec<Self>>>;
}

macro_rules! element {
    ($type:ty, $half:ident, $avx2:ident, $avx512:ident, $lanes:literal) => {
        impl Element for $type {
            #[cfg(target_arch = "x86_64")]
            type Avx2 = std::arch::x86_64::$avx2;
            #[cfg(target_arch = "x86_64")]
            type HalfAvx2 = std::arch::x86_64::$half;
            #[cfg(target_arch = "x86_64")]
            type Avx512 = std::arch::x86_64::$avx512;
            type Array = [$type; $lanes];

            #[inline(always)]
            fn last_digits_to_exponent(self) -> Self {
                <$type>::from_bits(self.to_bits() << (<$type>::MANTISSA_DIGITS - 1))
            }

            fn product(product: Product<Self>) {
                wide(product);
            }

            fn small(product: &Small<Self>) {
                wide(product);
            }

            fn room() -> &'static LocalKey<Cell<Vec<Self>>> {
                thread_local! {
                    static ROOM: Cell<Vec<$type>> = const { Cell::new(Vec::new()) };
                }
                &ROOM
            }
        }
    };
}

element!(f32, __m128, __m256, __m512, 8);
element!(f64, __m256d, __m256d, __m512d, 4);

/// Sums side by side: enough registers of them that additions do not wait for each other.
const WIDE: usize = 64;

/// Whether every value is finite.
pub(crate) fn all_finite<F: Element>(values: &[F]) -> bool {
    if values.len() < WIDE / 4 {
        return values.iter().all(|value| value.is_finite());
    }
    let all = AtomicBool::new(true);
    in_pieces(values.len(), values, |values: &[F]| {
        if !wide(Finite(values)) {
            all.store(false, Ordering::Relaxed);
        }
    });
    all.into_inner()
}

struct Finite<'a, F>(&'a [F]);

#[inline(always)]
fn each_finite<F: Element>(values: &[F]) -> bool {
    values.iter().fold(true, |all, value| all & value.is_finite())
}

impl<F: Element> Work for Finite<'_, F> {
    type Output = bool;

    #[inline(always)]
    fn run<L: Level>(self) -> bool {
        // Zero times what is not finite is NaN, and stays so in a sum.
        let (chunks, rest) = (self.0.chunks_exact(WIDE), self.0.chunks_exact(WIDE).remainder());
        let mut sums = [F::zero(); WIDE];
        for values in chunks {
            for (sum, &value) in sums.iter_mut().zip(values) {
                *sum = L::multiply_add(value, F::zero(), *sum);
            }
        }
        each_finite(&sums) & each_finite(rest)
    }
}

/// The sum of a term for each value, in 16 sums side by side that are added up at the end.
pub(crate) fn sum<F: Element>(values: &[F], term: impl Fn(F) -> f64) -> f64 {
    widely(|| {
        let mut sums = [0.0; 16];
        let (chunks, rest) = (values.chunks_exact(16), values.chunks_exact(16).remainder());
        for values in chunks {
            sums.iter_mut().zip(values).for_each(|(sum, &value)| *sum += term(value));
        }
        sums.iter().sum::<f64>() + rest.iter().map(|&value| term(value)).sum::<f64>()
    })
}

/// Overwrites `sums` with the sum of each column of `matrix`, given as one slice in standard layout.
pub(crate) fn sum_rows<F: Element>(matrix: &[F], sums: &mut [F]) {
    let columns = sums.len();
    if matrix.len() < 2 * WIDE {
        for (column, sum) in sums.iter_mut().enumerate() {
            let (mut total, mut place) = (F::zero(), column);
            while let Some(&value) = matrix.get(place) {
                total += value;
                place += columns;
            }
            *sum = total;
        }
        return;
    }
    if WIDE.is_multiple_of(columns) {
        return widely(|| {
            // Some rows side by side in registers, of which every sum is folded at the end.
            let mut wide = [F::zero(); WIDE];
            add_rows(matrix.chunks_exact(WIDE), &mut wide);
            sums.fill(F::zero());
            let rest = matrix.chunks_exact(WIDE).remainder();
            add_rows(wide.chunks_exact(columns).chain(rest.chunks_exact(columns)), sums);
        });
    }
    in_pieces(matrix.len(), Columns { first: 0, sums }, |Columns { first, sums }: Columns<'_, F>| {
        widely(|| {
            sums.fill(F::zero());
            add_rows(matrix.chunks_exact(columns).map(|row| &row[first..]), sums);
        });
    });
}

/// Adds to each sum what stands in its place in each row.
#[inline(always)]
fn add_rows<'a, F: Element>(rows: impl Iterator<Item = &'a [F]>, sums: &mut [F]) {
    for row in rows {
        sums.iter_mut().zip(row).for_each(|(sum, &value)| *sum += value);
    }
}

#[cfg(test)]
mod tests;
