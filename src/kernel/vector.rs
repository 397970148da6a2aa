//! One register of numbers.

use super::Element;

/// Some numbers next to each other, worked on together.
///
/// # Safety
/// The functions of the AVX2 registers may only be called where the processor has AVX2 and FMA, as [`super::wide::wide`] sees to.
pub trait Vector<F>: Copy {
    /// The same number everywhere.
    unsafe fn splat(value: F) -> Self;

    /// From memory, wherever it lies.
    unsafe fn load(from: *const F) -> Self;

    /// To memory, wherever it lies.
    unsafe fn store(self, to: *mut F);

    /// The first `count` numbers (fewer than there are in a register) from memory, and zeros.
    unsafe fn load_some(from: *const F, count: usize) -> Self;

    /// The first `count` numbers (fewer than there are in a register) to memory.
    unsafe fn store_some(self, to: *mut F, count: usize);

    unsafe fn add(self, other: Self) -> Self;

    /// a · b + self.
    unsafe fn add_product(self, a: Self, b: Self) -> Self;
}

/// For any processor: an array, which the compiler puts into the registers there are.
impl<F: Element, const N: usize> Vector<F> for [F; N] {
    #[inline(always)]
    unsafe fn splat(value: F) -> Self {
        [value; N]
    }

    #[inline(always)]
    unsafe fn load(from: *const F) -> Self {
        // SAFETY: the caller's promise.
        unsafe { from.cast::<Self>().read_unaligned() }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut F) {
        // SAFETY: the caller's promise.
        unsafe { to.cast::<Self>().write_unaligned(self) }
    }

    #[inline(always)]
    unsafe fn load_some(from: *const F, count: usize) -> Self {
        // SAFETY: the caller's promise.
        std::array::from_fn(|lane| if lane < count { unsafe { *from.add(lane) } } else { F::zero() })
    }

    #[inline(always)]
    unsafe fn store_some(self, to: *mut F, count: usize) {
        for (lane, value) in self.into_iter().enumerate().take(count) {
            // SAFETY: the caller's promise.
            unsafe { *to.add(lane) = value };
        }
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        std::array::from_fn(|lane| self[lane] + other[lane])
    }

    #[inline(always)]
    unsafe fn add_product(self, a: Self, b: Self) -> Self {
        // A fused multiply-add would be a slow function where there is no instruction for it.
        let fused = cfg!(target_arch = "aarch64");
        std::array::from_fn(
            |lane| if fused { a[lane].mul_add(b[lane], self[lane]) } else { a[lane] * b[lane] + self[lane] },
        )
    }
}

/// All bits set in the first `count` lanes.
#[cfg(target_arch = "x86_64")]
macro_rules! mask {
    ($integer:ty, $lanes:literal, $count:expr) => {{
        const ONES_AND_ZEROS: [$integer; 2 * $lanes] = {
            let mut lanes = [0; 2 * $lanes];
            let mut lane = 0;
            while lane < $lanes {
                lanes[lane] = -1;
                lane += 1;
            }
            lanes
        };
        let first = $lanes - $count.min($lanes);
        std::arch::x86_64::_mm256_loadu_si256(ONES_AND_ZEROS.as_ptr().add(first).cast())
    }};
}

#[cfg(target_arch = "x86_64")]
macro_rules! avx2 {
    (
        $scalar:ty, $vector:ty, $integer:ty, $lanes:literal, $splat:ident, $load:ident, $store:ident, $load_some:ident,
        $store_some:ident, $add:ident, $add_product:ident
    ) => {
        impl Vector<$scalar> for $vector {
            #[inline(always)]
            unsafe fn splat(value: $scalar) -> Self {
                // SAFETY: the caller's promise: the processor has AVX2 and FMA.
                unsafe { std::arch::x86_64::$splat(value) }
            }

            #[inline(always)]
            unsafe fn load(from: *const $scalar) -> Self {
                // SAFETY: the caller's promise, and that of the memory.
                unsafe { std::arch::x86_64::$load(from) }
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut $scalar) {
                // SAFETY: the caller's promise, and that of the memory.
                unsafe { std::arch::x86_64::$store(to, self) }
            }

            #[inline(always)]
            unsafe fn load_some(from: *const $scalar, count: usize) -> Self {
                // SAFETY: the caller's promise, and that of the memory.
                unsafe { std::arch::x86_64::$load_some(from, mask!($integer, $lanes, count)) }
            }

            #[inline(always)]
            unsafe fn store_some(self, to: *mut $scalar, count: usize) {
                // SAFETY: the caller's promise, and that of the memory.
                unsafe { std::arch::x86_64::$store_some(to, mask!($integer, $lanes, count), self) }
            }

            #[inline(always)]
            unsafe fn add(self, other: Self) -> Self {
                // SAFETY: the caller's promise.
                unsafe { std::arch::x86_64::$add(self, other) }
            }

            #[inline(always)]
            unsafe fn add_product(self, a: Self, b: Self) -> Self {
                // SAFETY: the caller's promise.
                unsafe { std::arch::x86_64::$add_product(a, b, self) }
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{__m256, __m256d};
#[cfg(target_arch = "x86_64")]
avx2!(
    f32,
    __m256,
    i32,
    8,
    _mm256_set1_ps,
    _mm256_loadu_ps,
    _mm256_storeu_ps,
    _mm256_maskload_ps,
    _mm256_maskstore_ps,
    _mm256_add_ps,
    _mm256_fmadd_ps
);
#[cfg(target_arch = "x86_64")]
avx2!(
    f64,
    __m256d,
    i64,
    4,
    _mm256_set1_pd,
    _mm256_loadu_pd,
    _mm256_storeu_pd,
    _mm256_maskload_pd,
    _mm256_maskstore_pd,
    _mm256_add_pd,
    _mm256_fmadd_pd
);
