//! The registers of x86-64 processors: those of AVX2 and a half of one, and those of AVX-512, twice as long and twice as many.

use super::vector::Vector;
use std::arch::x86_64::*;

macro_rules! register {
    (
        $scalar:ty, $vector:ty, $lanes:literal, $splat:ident, $load:ident, $store:ident, $add:ident, $sub:ident, $mul:ident,
        $div:ident, $add_product:ident, $sub_product:ident, $max:ident, $min:ident, $and:ident, $or:ident,
        $shift:ident::<$digits:literal>, $to_bits:ident, $from_bits:ident, { $($others:item)* }
    ) => {
        impl Vector<$scalar> for $vector {
            const LANES: usize = $lanes;

            #[inline(always)]
            unsafe fn splat(value: $scalar) -> Self {
                // SAFETY: the caller's promise: the processor has this register.
                unsafe { $splat(value) }
            }

            #[inline(always)]
            unsafe fn load(from: *const $scalar) -> Self {
                // SAFETY: the caller's promise, and that of the memory.
                unsafe { $load(from) }
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut $scalar) {
                // SAFETY: the caller's promise, and that of the memory.
                unsafe { $store(to, self) }
            }

            #[inline(always)]
            unsafe fn add(self, other: Self) -> Self {
                // SAFETY: the caller's promise.
                unsafe { $add(self, other) }
            }

            #[inline(always)]
            unsafe fn sub(self, other: Self) -> Self {
                // SAFETY: the caller's promise.
                unsafe { $sub(self, other) }
            }

            #[inline(always)]
            unsafe fn mul(self, other: Self) -> Self {
                // SAFETY: the caller's promise.
                unsafe { $mul(self, other) }
            }

            #[inline(always)]
            unsafe fn div(self, other: Self) -> Self {
                // SAFETY: the caller's promise.
                unsafe { $div(self, other) }
            }

            #[inline(always)]
            unsafe fn add_product(self, a: Self, b: Self) -> Self {
                // SAFETY: the caller's promise.
                unsafe { $add_product(a, b, self) }
            }

            #[inline(always)]
            unsafe fn sub_product(self, a: Self, b: Self) -> Self {
                // SAFETY: the caller's promise.
                unsafe { $sub_product(a, b, self) }
            }

            // The instructions give their second operand when one is NaN.
            #[inline(always)]
            unsafe fn at_least(self, least: Self) -> Self {
                // SAFETY: the caller's promise.
                unsafe { $max(least, self) }
            }

            #[inline(always)]
            unsafe fn at_most(self, most: Self) -> Self {
                // SAFETY: the caller's promise.
                unsafe { $min(most, self) }
            }

            #[inline(always)]
            unsafe fn minus_magnitude(self) -> Self {
                // SAFETY: the caller's promise.
                unsafe { $or(self, Self::splat(-0.0)) }
            }

            #[inline(always)]
            unsafe fn with_sign_of(self, other: Self) -> Self {
                // SAFETY: the caller's promise.
                unsafe { $or(self, $and(Self::splat(-0.0), other)) }
            }

            #[inline(always)]
            unsafe fn last_digits_to_exponent(self) -> Self {
                // SAFETY: the caller's promise.
                unsafe { $from_bits($shift::<$digits>($to_bits(self))) }
            }

            $($others)*
        }
    };
}

/// All bits set in the first `count` lanes.
macro_rules! mask {
    ($integer:ty, $lanes:literal, $count:expr, $load:ident) => {{
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
        $load(ONES_AND_ZEROS.as_ptr().add(first).cast())
    }};
}

register!(
    f32,
    __m128,
    4,
    _mm_set1_ps,
    _mm_loadu_ps,
    _mm_storeu_ps,
    _mm_add_ps,
    _mm_sub_ps,
    _mm_mul_ps,
    _mm_div_ps,
    _mm_fmadd_ps,
    _mm_fnmadd_ps,
    _mm_max_ps,
    _mm_min_ps,
    _mm_and_ps,
    _mm_or_ps,
    _mm_slli_epi32::<23>,
    _mm_castps_si128,
    _mm_castsi128_ps,
    {
        #[inline(always)]
        unsafe fn load_some(from: *const f32, count: usize) -> Self {
            // SAFETY: the caller's promise, and that of the memory.
            unsafe { _mm_maskload_ps(from, mask!(i32, 4, count, _mm_loadu_si128)) }
        }

        #[inline(always)]
        unsafe fn store_some(self, to: *mut f32, count: usize) {
            // SAFETY: the caller's promise, and that of the memory.
            unsafe {
                let (mut left, mut to) = (self, to);
                if count & 2 != 0 {
                    _mm_storel_pd(to.cast(), _mm_castps_pd(left));
                    (left, to) = (_mm_movehl_ps(left, left), to.add(2));
                }
                if count & 1 != 0 {
                    _mm_store_ss(to, left);
                }
            }
        }

        #[inline(always)]
        unsafe fn if_negative(self, one: Self, other: Self) -> Self {
            // SAFETY: the caller's promise.
            unsafe { _mm_blendv_ps(other, one, self) }
        }
    }
);

register!(
    f32,
    __m256,
    8,
    _mm256_set1_ps,
    _mm256_loadu_ps,
    _mm256_storeu_ps,
    _mm256_add_ps,
    _mm256_sub_ps,
    _mm256_mul_ps,
    _mm256_div_ps,
    _mm256_fmadd_ps,
    _mm256_fnmadd_ps,
    _mm256_max_ps,
    _mm256_min_ps,
    _mm256_and_ps,
    _mm256_or_ps,
    _mm256_slli_epi32::<23>,
    _mm256_castps_si256,
    _mm256_castsi256_ps,
    {
        #[inline(always)]
        unsafe fn load_some(from: *const f32, count: usize) -> Self {
            // SAFETY: the caller's promise, and that of the memory.
            unsafe { _mm256_maskload_ps(from, mask!(i32, 8, count, _mm256_loadu_si256)) }
        }

        // In fours, twos and ones, which is quicker than with a mask on some processors.
        #[inline(always)]
        unsafe fn store_some(self, to: *mut f32, count: usize) {
            // SAFETY: the caller's promise, and that of the memory.
            unsafe {
                let (mut left, mut to) = (_mm256_castps256_ps128(self), to);
                if count & 4 != 0 {
                    left.store(to);
                    (left, to) = (_mm256_extractf128_ps::<1>(self), to.add(4));
                }
                left.store_some(to, count & 3);
            }
        }

        #[inline(always)]
        unsafe fn if_negative(self, one: Self, other: Self) -> Self {
            // SAFETY: the caller's promise.
            unsafe { _mm256_blendv_ps(other, one, self) }
        }

        #[inline(always)]
        unsafe fn transpose(from: *const f32, stride: isize, to: *mut f32, to_stride: usize) {
            // SAFETY: the caller's promise, and that of the memory.
            unsafe { transpose_8(from, stride, to, to_stride) }
        }
    }
);

register!(
    f64,
    __m256d,
    4,
    _mm256_set1_pd,
    _mm256_loadu_pd,
    _mm256_storeu_pd,
    _mm256_add_pd,
    _mm256_sub_pd,
    _mm256_mul_pd,
    _mm256_div_pd,
    _mm256_fmadd_pd,
    _mm256_fnmadd_pd,
    _mm256_max_pd,
    _mm256_min_pd,
    _mm256_and_pd,
    _mm256_or_pd,
    _mm256_slli_epi64::<52>,
    _mm256_castpd_si256,
    _mm256_castsi256_pd,
    {
        #[inline(always)]
        unsafe fn load_some(from: *const f64, count: usize) -> Self {
            // SAFETY: the caller's promise, and that of the memory.
            unsafe { _mm256_maskload_pd(from, mask!(i64, 4, count, _mm256_loadu_si256)) }
        }

        // In twos and ones, which is quicker than with a mask on some processors.
        #[inline(always)]
        unsafe fn store_some(self, to: *mut f64, count: usize) {
            // SAFETY: the caller's promise, and that of the memory.
            unsafe {
                let (mut left, mut to) = (_mm256_castpd256_pd128(self), to);
                if count & 2 != 0 {
                    _mm_storeu_pd(to, left);
                    (left, to) = (_mm256_extractf128_pd::<1>(self), to.add(2));
                }
                if count & 1 != 0 {
                    _mm_store_sd(to, left);
                }
            }
        }

        #[inline(always)]
        unsafe fn if_negative(self, one: Self, other: Self) -> Self {
            // SAFETY: the caller's promise.
            unsafe { _mm256_blendv_pd(other, one, self) }
        }

        #[inline(always)]
        unsafe fn transpose(from: *const f64, stride: isize, to: *mut f64, to_stride: usize) {
            // SAFETY: the caller's promise, and that of the memory.
            unsafe { transpose_4(from, stride, to, to_stride) }
        }
    }
);

register!(
    f32,
    __m512,
    16,
    _mm512_set1_ps,
    _mm512_loadu_ps,
    _mm512_storeu_ps,
    _mm512_add_ps,
    _mm512_sub_ps,
    _mm512_mul_ps,
    _mm512_div_ps,
    _mm512_fmadd_ps,
    _mm512_fnmadd_ps,
    _mm512_max_ps,
    _mm512_min_ps,
    _mm512_and_ps,
    _mm512_or_ps,
    _mm512_slli_epi32::<23>,
    _mm512_castps_si512,
    _mm512_castsi512_ps,
    {
        #[inline(always)]
        unsafe fn load_some(from: *const f32, count: usize) -> Self {
            // SAFETY: the caller's promise, and that of the memory.
            unsafe { _mm512_maskz_loadu_ps(first_lanes(count) as __mmask16, from) }
        }

        #[inline(always)]
        unsafe fn store_some(self, to: *mut f32, count: usize) {
            // SAFETY: the caller's promise, and that of the memory.
            unsafe { _mm512_mask_storeu_ps(to, first_lanes(count) as __mmask16, self) }
        }

        #[inline(always)]
        unsafe fn if_negative(self, one: Self, other: Self) -> Self {
            // SAFETY: the caller's promise.
            unsafe { _mm512_mask_blend_ps(_mm512_movepi32_mask(_mm512_castps_si512(self)), other, one) }
        }

        #[inline(always)]
        unsafe fn times_power_of_two(self, n: Self) -> Self {
            // SAFETY: the caller's promise.
            unsafe { _mm512_scalef_ps(self, n) }
        }

        #[inline(always)]
        unsafe fn transpose(from: *const f32, stride: isize, to: *mut f32, to_stride: usize) {
            for (column, row) in [(0, 0), (0, 8), (8, 0), (8, 8)] {
                // SAFETY: the caller's promise, and that of the memory, for a quarter of the square.
                unsafe {
                    let from = from.offset(column as isize * stride).add(row);
                    transpose_8(from, stride, to.add(row * to_stride + column), to_stride);
                }
            }
        }
    }
);

register!(
    f64,
    __m512d,
    8,
    _mm512_set1_pd,
    _mm512_loadu_pd,
    _mm512_storeu_pd,
    _mm512_add_pd,
    _mm512_sub_pd,
    _mm512_mul_pd,
    _mm512_div_pd,
    _mm512_fmadd_pd,
    _mm512_fnmadd_pd,
    _mm512_max_pd,
    _mm512_min_pd,
    _mm512_and_pd,
    _mm512_or_pd,
    _mm512_slli_epi64::<52>,
    _mm512_castpd_si512,
    _mm512_castsi512_pd,
    {
        #[inline(always)]
        unsafe fn load_some(from: *const f64, count: usize) -> Self {
            // SAFETY: the caller's promise, and that of the memory.
            unsafe { _mm512_maskz_loadu_pd(first_lanes(count) as __mmask8, from) }
        }

        #[inline(always)]
        unsafe fn store_some(self, to: *mut f64, count: usize) {
            // SAFETY: the caller's promise, and that of the memory.
            unsafe { _mm512_mask_storeu_pd(to, first_lanes(count) as __mmask8, self) }
        }

        #[inline(always)]
        unsafe fn if_negative(self, one: Self, other: Self) -> Self {
            // SAFETY: the caller's promise.
            unsafe { _mm512_mask_blend_pd(_mm512_movepi64_mask(_mm512_castpd_si512(self)), other, one) }
        }

        #[inline(always)]
        unsafe fn times_power_of_two(self, n: Self) -> Self {
            // SAFETY: the caller's promise.
            unsafe { _mm512_scalef_pd(self, n) }
        }

        #[inline(always)]
        unsafe fn transpose(from: *const f64, stride: isize, to: *mut f64, to_stride: usize) {
            for (column, row) in [(0, 0), (0, 4), (4, 0), (4, 4)] {
                // SAFETY: the caller's promise, and that of the memory, for a quarter of the square.
                unsafe {
                    let from = from.offset(column as isize * stride).add(row);
                    transpose_4(from, stride, to.add(row * to_stride + column), to_stride);
                }
            }
        }
    }
);

/// Ones for the first `count` lanes.
#[inline(always)]
fn first_lanes(count: usize) -> u32 {
    !(u32::MAX << count.min(16))
}

/// [`Vector::transpose`] of eight by eight.
///
/// # Safety
/// As for that, on a processor with AVX2.
#[inline(always)]
#[allow(clippy::needless_range_loop)] // A closure would not be compiled for AVX2.
unsafe fn transpose_8(from: *const f32, stride: isize, to: *mut f32, to_stride: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        for half in [0, 4] {
            // This half of four rows, beside it that of the four rows after them: joined as they are read, which costs least.
            let mut rows = [_mm256_setzero_ps(); 4];
            for row in 0..4 {
                let from = from.offset(row as isize * stride).add(half);
                rows[row] = _mm256_loadu2_m128(from.offset(4 * stride), from);
            }
            let (low, high) = (_mm256_unpacklo_ps(rows[0], rows[1]), _mm256_unpackhi_ps(rows[0], rows[1]));
            let (low_after, high_after) = (_mm256_unpacklo_ps(rows[2], rows[3]), _mm256_unpackhi_ps(rows[2], rows[3]));
            let to = to.add(half * to_stride);
            _mm256_storeu_ps(to, _mm256_shuffle_ps::<0x44>(low, low_after));
            _mm256_storeu_ps(to.add(to_stride), _mm256_shuffle_ps::<0xee>(low, low_after));
            _mm256_storeu_ps(to.add(2 * to_stride), _mm256_shuffle_ps::<0x44>(high, high_after));
            _mm256_storeu_ps(to.add(3 * to_stride), _mm256_shuffle_ps::<0xee>(high, high_after));
        }
    }
}

/// [`Vector::transpose`] of four by four.
///
/// # Safety
/// As for that, on a processor with AVX2.
#[inline(always)]
unsafe fn transpose_4(from: *const f64, stride: isize, to: *mut f64, to_stride: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        for half in [0, 2] {
            let from = from.add(half);
            let even = _mm256_loadu2_m128d(from.offset(2 * stride), from);
            let odd = _mm256_loadu2_m128d(from.offset(3 * stride), from.offset(stride));
            let to = to.add(half * to_stride);
            _mm256_storeu_pd(to, _mm256_unpacklo_pd(even, odd));
            _mm256_storeu_pd(to.add(to_stride), _mm256_unpackhi_pd(even, odd));
        }
    }
}
