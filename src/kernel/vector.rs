//! One register of numbers.

use super::Element;
use super::exponential::Exponential;

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

    unsafe fn sub(self, other: Self) -> Self;

    unsafe fn mul(self, other: Self) -> Self;

    unsafe fn div(self, other: Self) -> Self;

    /// a · b + self.
    unsafe fn add_product(self, a: Self, b: Self) -> Self;

    /// The larger of both; NaN stays NaN.
    unsafe fn at_least(self, least: Self) -> Self;

    /// The smaller of both; NaN stays NaN.
    unsafe fn at_most(self, most: Self) -> Self;

    /// -|self|.
    unsafe fn minus_magnitude(self) -> Self;

    unsafe fn with_sign_of(self, other: Self) -> Self;

    /// One where the sign is negative, the other elsewhere.
    unsafe fn if_negative(self, one: Self, other: Self) -> Self;

    /// 2 to the power of a whole number, for which that is a normal number.
    unsafe fn power_of_two(self) -> Self;

    /// Writes a square of as many rows as there are numbers in a register, whose columns are contiguous in memory and `stride`
    /// apart, row after row, `to_stride` apart.
    unsafe fn transpose(from: *const F, stride: isize, to: *mut F, to_stride: usize);
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
    unsafe fn sub(self, other: Self) -> Self {
        std::array::from_fn(|lane| self[lane] - other[lane])
    }

    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        std::array::from_fn(|lane| self[lane] * other[lane])
    }

    #[inline(always)]
    unsafe fn div(self, other: Self) -> Self {
        std::array::from_fn(|lane| self[lane] / other[lane])
    }

    #[inline(always)]
    unsafe fn at_least(self, least: Self) -> Self {
        std::array::from_fn(|lane| if self[lane] < least[lane] { least[lane] } else { self[lane] })
    }

    #[inline(always)]
    unsafe fn at_most(self, most: Self) -> Self {
        std::array::from_fn(|lane| if self[lane] > most[lane] { most[lane] } else { self[lane] })
    }

    #[inline(always)]
    unsafe fn minus_magnitude(self) -> Self {
        std::array::from_fn(|lane| -self[lane].abs())
    }

    #[inline(always)]
    unsafe fn with_sign_of(self, other: Self) -> Self {
        std::array::from_fn(|lane| self[lane].copysign(other[lane]))
    }

    #[inline(always)]
    unsafe fn if_negative(self, one: Self, other: Self) -> Self {
        std::array::from_fn(|lane| if self[lane].is_sign_negative() { one[lane] } else { other[lane] })
    }

    #[inline(always)]
    unsafe fn power_of_two(self) -> Self {
        std::array::from_fn(|lane| self[lane].power_of_two())
    }

    #[inline(always)]
    unsafe fn add_product(self, a: Self, b: Self) -> Self {
        // A fused multiply-add would be a slow function where there is no instruction for it.
        let fused = cfg!(target_arch = "aarch64");
        std::array::from_fn(
            |lane| if fused { a[lane].mul_add(b[lane], self[lane]) } else { a[lane] * b[lane] + self[lane] },
        )
    }

    #[inline(always)]
    unsafe fn transpose(from: *const F, stride: isize, to: *mut F, to_stride: usize) {
        for column in 0..N {
            for row in 0..N {
                // SAFETY: the caller's promise.
                unsafe { *to.add(row * to_stride + column) = *from.offset(column as isize * stride).add(row) };
            }
        }
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
        $store_some:ident, $add:ident, $add_product:ident, $transposed:ident, $sub:ident, $mul:ident, $div:ident, $max:ident,
        $min:ident, $and:ident, $and_not:ident, $or:ident, $blend:ident, $shift:ident, $to_bits:ident, $from_bits:ident
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
                unsafe { $store_some(self, to, count) }
            }

            #[inline(always)]
            unsafe fn add(self, other: Self) -> Self {
                // SAFETY: the caller's promise.
                unsafe { std::arch::x86_64::$add(self, other) }
            }

            #[inline(always)]
            unsafe fn sub(self, other: Self) -> Self {
                // SAFETY: the caller's promise.
                unsafe { std::arch::x86_64::$sub(self, other) }
            }

            #[inline(always)]
            unsafe fn mul(self, other: Self) -> Self {
                // SAFETY: the caller's promise.
                unsafe { std::arch::x86_64::$mul(self, other) }
            }

            #[inline(always)]
            unsafe fn div(self, other: Self) -> Self {
                // SAFETY: the caller's promise.
                unsafe { std::arch::x86_64::$div(self, other) }
            }

            #[inline(always)]
            unsafe fn add_product(self, a: Self, b: Self) -> Self {
                // SAFETY: the caller's promise.
                unsafe { std::arch::x86_64::$add_product(a, b, self) }
            }

            // The instructions give their second operand when one is NaN.
            #[inline(always)]
            unsafe fn at_least(self, least: Self) -> Self {
                // SAFETY: the caller's promise.
                unsafe { std::arch::x86_64::$max(least, self) }
            }

            #[inline(always)]
            unsafe fn at_most(self, most: Self) -> Self {
                // SAFETY: the caller's promise.
                unsafe { std::arch::x86_64::$min(most, self) }
            }

            #[inline(always)]
            unsafe fn minus_magnitude(self) -> Self {
                // SAFETY: the caller's promise.
                unsafe { std::arch::x86_64::$or(self, Self::splat(-0.0)) }
            }

            #[inline(always)]
            unsafe fn with_sign_of(self, other: Self) -> Self {
                // SAFETY: the caller's promise.
                unsafe {
                    let sign = Self::splat(-0.0);
                    std::arch::x86_64::$or(
                        std::arch::x86_64::$and_not(sign, self),
                        std::arch::x86_64::$and(sign, other),
                    )
                }
            }

            #[inline(always)]
            unsafe fn if_negative(self, one: Self, other: Self) -> Self {
                // SAFETY: the caller's promise.
                unsafe { std::arch::x86_64::$blend(other, one, self) }
            }

            #[inline(always)]
            unsafe fn power_of_two(self) -> Self {
                // The last digits of the sum are n and the exponent of 1, which are shifted to where the exponent is.
                const BIAS: $scalar = (<$scalar>::MAX_EXP - 1) as $scalar;
                const DIGITS: i32 = <$scalar>::MANTISSA_DIGITS as i32 - 1;
                // SAFETY: the caller's promise.
                unsafe {
                    let sum = self.add(Self::splat(<$scalar as Exponential>::ROUND + BIAS));
                    std::arch::x86_64::$from_bits(std::arch::x86_64::$shift::<DIGITS>(std::arch::x86_64::$to_bits(sum)))
                }
            }

            #[inline(always)]
            #[allow(clippy::needless_range_loop)]
            unsafe fn transpose(from: *const $scalar, stride: isize, to: *mut $scalar, to_stride: usize) {
                // SAFETY: the caller's promise, and that of the memory.
                unsafe {
                    let mut square = [Self::splat(0.0); $lanes];
                    for column in 0..$lanes {
                        square[column] = Self::load(from.offset(column as isize * stride));
                    }
                    let square = $transposed(square);
                    for row in 0..$lanes {
                        square[row].store(to.add(row * to_stride));
                    }
                }
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
    store_some_of_8,
    _mm256_add_ps,
    _mm256_fmadd_ps,
    transposed_8,
    _mm256_sub_ps,
    _mm256_mul_ps,
    _mm256_div_ps,
    _mm256_max_ps,
    _mm256_min_ps,
    _mm256_and_ps,
    _mm256_andnot_ps,
    _mm256_or_ps,
    _mm256_blendv_ps,
    _mm256_slli_epi32,
    _mm256_castps_si256,
    _mm256_castsi256_ps
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
    store_some_of_4,
    _mm256_add_pd,
    _mm256_fmadd_pd,
    transposed_4,
    _mm256_sub_pd,
    _mm256_mul_pd,
    _mm256_div_pd,
    _mm256_max_pd,
    _mm256_min_pd,
    _mm256_and_pd,
    _mm256_andnot_pd,
    _mm256_or_pd,
    _mm256_blendv_pd,
    _mm256_slli_epi64,
    _mm256_castpd_si256,
    _mm256_castsi256_pd
);

/// Rows become columns.
///
/// # Safety
/// The processor must have AVX2.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn transposed_8(rows: [__m256; 8]) -> [__m256; 8] {
    use std::arch::x86_64::{_mm256_permute2f128_ps, _mm256_shuffle_ps, _mm256_unpackhi_ps, _mm256_unpacklo_ps};
    // Closures would not be compiled for AVX2; hence the indices.
    // SAFETY: the caller's promise.
    unsafe {
        // Pairs of rows, then fours, each within the halves of a register; then the halves.
        let (mut pairs, mut fours, mut eights) = (rows, rows, rows);
        for pair in [0, 2, 4, 6] {
            pairs[pair] = _mm256_unpacklo_ps(rows[pair], rows[pair + 1]);
            pairs[pair + 1] = _mm256_unpackhi_ps(rows[pair], rows[pair + 1]);
        }
        for four in [0, 4] {
            for half in [0, 1] {
                let (low, high) = (pairs[four + half], pairs[four + 2 + half]);
                fours[four + 2 * half] = _mm256_shuffle_ps::<0x44>(low, high);
                fours[four + 2 * half + 1] = _mm256_shuffle_ps::<0xee>(low, high);
            }
        }
        for row in [0, 1, 2, 3] {
            eights[row] = _mm256_permute2f128_ps::<0x20>(fours[row], fours[row + 4]);
            eights[row + 4] = _mm256_permute2f128_ps::<0x31>(fours[row], fours[row + 4]);
        }
        eights
    }
}

/// Rows become columns.
///
/// # Safety
/// The processor must have AVX2.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn transposed_4([a, b, c, d]: [__m256d; 4]) -> [__m256d; 4] {
    use std::arch::x86_64::{_mm256_permute2f128_pd, _mm256_unpackhi_pd, _mm256_unpacklo_pd};
    // SAFETY: the caller's promise.
    unsafe {
        let one = [_mm256_unpacklo_pd(a, b), _mm256_unpackhi_pd(a, b)];
        let other = [_mm256_unpacklo_pd(c, d), _mm256_unpackhi_pd(c, d)];
        [
            _mm256_permute2f128_pd::<0x20>(one[0], other[0]),
            _mm256_permute2f128_pd::<0x20>(one[1], other[1]),
            _mm256_permute2f128_pd::<0x31>(one[0], other[0]),
            _mm256_permute2f128_pd::<0x31>(one[1], other[1]),
        ]
    }
}

/// Stores the first `count` numbers in fours, twos and ones, which is quicker than with a mask on some processors.
///
/// # Safety
/// As for [`Vector::store_some`].
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn store_some_of_8(values: __m256, to: *mut f32, count: usize) {
    use std::arch::x86_64::*;
    // SAFETY: the caller's promise.
    unsafe {
        let (mut left, mut to) = (_mm256_castps256_ps128(values), to);
        if count & 4 != 0 {
            _mm_storeu_ps(to, left);
            (left, to) = (_mm256_extractf128_ps::<1>(values), to.add(4));
        }
        if count & 2 != 0 {
            _mm_storel_pd(to.cast(), _mm_castps_pd(left));
            (left, to) = (_mm_movehl_ps(left, left), to.add(2));
        }
        if count & 1 != 0 {
            _mm_store_ss(to, left);
        }
    }
}

/// The same for double precision.
///
/// # Safety
/// As for [`Vector::store_some`].
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn store_some_of_4(values: __m256d, to: *mut f64, count: usize) {
    use std::arch::x86_64::*;
    // SAFETY: the caller's promise.
    unsafe {
        let (mut left, mut to) = (_mm256_castpd256_pd128(values), to);
        if count & 2 != 0 {
            _mm_storeu_pd(to, left);
            (left, to) = (_mm256_extractf128_pd::<1>(values), to.add(2));
        }
        if count & 1 != 0 {
            _mm_store_sd(to, left);
        }
    }
}
