//! The ground floor: loops over plain numbers, safe to call from above. The only room with `unsafe`.

mod exponential;
mod one_row;
mod pack;
mod product;
mod small;
mod threads;
mod tile;
mod vector;
mod wide;

pub(crate) use exponential::{exp, sigmoid, tanh};
pub(crate) use product::{affine, matmul};
pub(crate) use threads::{Divisible, PER_ELEMENT, enter, in_pieces, join};
pub(crate) use wide::widely;

use exponential::Exponential;
use one_row::Columns;
use product::Product;
use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};
use vector::Vector;
use wide::{Level, Work, wide};

/// What the kernels exist for. Public in a private module, so that nobody can add to it.
pub trait Element: ndarray::NdFloat + Exponential {
    /// Numbers in one AVX2 register.
    #[doc(hidden)]
    const LANES: usize;

    /// An AVX2 register.
    #[cfg(target_arch = "x86_64")]
    #[doc(hidden)]
    type Avx2: Vector<Self>;

    /// As many numbers, for any processor.
    #[doc(hidden)]
    type Array: Vector<Self>;

    /// 2 to the power of a whole number, for which that is a normal number.
    #[doc(hidden)]
    fn power_of_two(self) -> Self;

    /// Works a product out in tiles that suit the type.
    #[doc(hidden)]
    fn product(product: Product<Self>);

    /// Lends memory of this thread, which is kept for the next time.
    #[doc(hidden)]
    fn with_room<R>(length: usize, work: impl FnOnce(&mut [Self]) -> R) -> R;
}

macro_rules! element {
    ($type:ty, $lanes:literal, $register:ty) => {
        impl Element for $type {
            const LANES: usize = $lanes;
            #[cfg(target_arch = "x86_64")]
            type Avx2 = $register;
            type Array = [$type; $lanes];

            #[inline(always)]
            fn power_of_two(self) -> Self {
                let sum = self + (<$type>::ROUND + (<$type>::MAX_EXP - 1) as $type);
                <$type>::from_bits(sum.to_bits() << (<$type>::MANTISSA_DIGITS - 1))
            }

            fn product(product: Product<Self>) {
                product.in_tiles::<{ 2 * $lanes }, $lanes>();
            }

            fn with_room<R>(length: usize, work: impl FnOnce(&mut [Self]) -> R) -> R {
                thread_local! {
                    static ROOM: RefCell<Vec<$type>> = const { RefCell::new(Vec::new()) };
                }
                if length == 0 { work(&mut []) } else { ROOM.with_borrow_mut(|room| work(aligned(room, length))) }
            }
        }
    };
}

element!(f32, 8, std::arch::x86_64::__m256);
element!(f64, 4, std::arch::x86_64::__m256d);

/// The first `length` elements from the start of a cache line on.
fn aligned<F: Element>(room: &mut Vec<F>, length: usize) -> &mut [F] {
    const LINE: usize = 64;
    let spare = LINE / size_of::<F>();
    if room.len() < length + spare {
        room.resize(length + spare, F::zero());
    }
    let start = room.as_ptr().align_offset(LINE).min(spare);
    &mut room[start..start + length]
}

/// Whether every value is finite.
pub(crate) fn all_finite<F: Element>(values: &[F]) -> bool {
    let all = AtomicBool::new(true);
    in_pieces(values.len(), values, |values: &[F]| {
        if !wide(Finite(values)) {
            all.store(false, Ordering::Relaxed);
        }
    });
    all.into_inner()
}

struct Finite<'a, F>(&'a [F]);

impl<F: Element> Work for Finite<'_, F> {
    type Output = bool;

    #[inline(always)]
    fn run<L: Level>(self) -> bool {
        const WIDE: usize = 32;
        let all = |values: &[F]| values.iter().fold(true, |all, value| all & value.is_finite());
        if self.0.len() < 8 * WIDE {
            return all(self.0);
        }
        // Zero times what is not finite is NaN, and stays so in a sum.
        let (chunks, rest) = (self.0.chunks_exact(WIDE), self.0.chunks_exact(WIDE).remainder());
        let mut sums = [F::zero(); WIDE];
        for values in chunks {
            for (sum, &value) in sums.iter_mut().zip(values) {
                *sum = L::multiply_add(value, F::zero(), *sum);
            }
        }
        all(&sums) & all(rest)
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
    in_pieces(matrix.len(), Columns { first: 0, sums }, |Columns { first, sums }: Columns<'_, F>| {
        widely(|| {
            sums.fill(F::zero());
            for row in matrix.chunks_exact(columns) {
                for (sum, &value) in sums.iter_mut().zip(&row[first..]) {
                    *sum += value;
                }
            }
        });
    });
}

#[cfg(test)]
mod tests;
