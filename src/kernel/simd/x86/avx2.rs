//! The registers of AVX2, and half of one.

use super::super::vector::{Avx2, Vector};
use std::arch::x86_64::*;

/// Returns an integer register with all bits set in the first `count` lanes.
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
    F32x4, Avx2, f32, __m128, 4,
    splat: _mm_set1_ps, load: _mm_loadu_ps, store: _mm_storeu_ps,
    and: _mm_and_ps, or: _mm_or_ps,
    shift: _mm_slli_epi32::<23>, _mm_castps_si128, _mm_castsi128_ps,
    {
        fn add(a, b) = _mm_add_ps(a, b);
        fn sub(a, b) = _mm_sub_ps(a, b);
        fn mul(a, b) = _mm_mul_ps(a, b);
        fn div(a, b) = _mm_div_ps(a, b);
        // The instructions return their second operand if one of them is NaN.
        fn at_least(a, least) = _mm_max_ps(least, a);
        fn at_most(a, most) = _mm_min_ps(most, a);
    }
    {
        fn add_product(sum, a, b) = _mm_fmadd_ps(a, b, sum);
        fn sub_product(sum, a, b) = _mm_fnmadd_ps(a, b, sum);
        fn if_negative(sign, one, other) = _mm_blendv_ps(other, one, sign);
    }
    {
        #[inline(always)]
        unsafe fn load_some(_: Avx2, from: *const f32, count: usize) -> Self {
            // SAFETY: the token, and the memory is readable.
            unsafe { Self(_mm_maskload_ps(from, mask!(i32, 4, count, _mm_loadu_si128))) }
        }

        #[inline(always)]
        unsafe fn store_some(self, to: *mut f32, count: usize) {
            // SAFETY: the register, and the memory is writable.
            unsafe {
                let (mut left, mut to) = (self.0, to);
                if count & 2 != 0 {
                    _mm_storel_pd(to.cast(), _mm_castps_pd(left));
                    (left, to) = (_mm_movehl_ps(left, left), to.add(2));
                }
                if count & 1 != 0 {
                    _mm_store_ss(to, left);
                }
            }
        }
    }
);

register!(
    F32x8, Avx2, f32, __m256, 8,
    splat: _mm256_set1_ps, load: _mm256_loadu_ps, store: _mm256_storeu_ps,
    and: _mm256_and_ps, or: _mm256_or_ps,
    shift: _mm256_slli_epi32::<23>, _mm256_castps_si256, _mm256_castsi256_ps,
    {
        fn add(a, b) = _mm256_add_ps(a, b);
        fn sub(a, b) = _mm256_sub_ps(a, b);
        fn mul(a, b) = _mm256_mul_ps(a, b);
        fn div(a, b) = _mm256_div_ps(a, b);
        // The instructions return their second operand if one of them is NaN.
        fn at_least(a, least) = _mm256_max_ps(least, a);
        fn at_most(a, most) = _mm256_min_ps(most, a);
    }
    {
        fn add_product(sum, a, b) = _mm256_fmadd_ps(a, b, sum);
        fn sub_product(sum, a, b) = _mm256_fnmadd_ps(a, b, sum);
        fn if_negative(sign, one, other) = _mm256_blendv_ps(other, one, sign);
    }
    {
        #[inline(always)]
        unsafe fn load_some(_: Avx2, from: *const f32, count: usize) -> Self {
            // SAFETY: the token, and the memory is readable.
            unsafe { Self(_mm256_maskload_ps(from, mask!(i32, 8, count, _mm256_loadu_si256))) }
        }

        // In fours, twos and ones, which is faster than a mask on some processors.
        #[inline(always)]
        unsafe fn store_some(self, to: *mut f32, count: usize) {
            // SAFETY: the register, and the memory is writable.
            unsafe {
                let (mut left, mut to) = (F32x4(_mm256_castps256_ps128(self.0)), to);
                if count & 4 != 0 {
                    left.store(to);
                    (left, to) = (F32x4(_mm256_extractf128_ps::<1>(self.0)), to.add(4));
                }
                left.store_some(to, count & 3);
            }
        }

        #[inline(always)]
        unsafe fn transpose(_: Avx2, from: *const f32, stride: isize, to: *mut f32, to_stride: usize) {
            // SAFETY: the token, and the caller's promise about the memory.
            unsafe { transpose_8(from, stride, to, to_stride) }
        }
    }
);

register!(
    F64x4, Avx2, f64, __m256d, 4,
    splat: _mm256_set1_pd, load: _mm256_loadu_pd, store: _mm256_storeu_pd,
    and: _mm256_and_pd, or: _mm256_or_pd,
    shift: _mm256_slli_epi64::<52>, _mm256_castpd_si256, _mm256_castsi256_pd,
    {
        fn add(a, b) = _mm256_add_pd(a, b);
        fn sub(a, b) = _mm256_sub_pd(a, b);
        fn mul(a, b) = _mm256_mul_pd(a, b);
        fn div(a, b) = _mm256_div_pd(a, b);
        // The instructions return their second operand if one of them is NaN.
        fn at_least(a, least) = _mm256_max_pd(least, a);
        fn at_most(a, most) = _mm256_min_pd(most, a);
    }
    {
        fn add_product(sum, a, b) = _mm256_fmadd_pd(a, b, sum);
        fn sub_product(sum, a, b) = _mm256_fnmadd_pd(a, b, sum);
        fn if_negative(sign, one, other) = _mm256_blendv_pd(other, one, sign);
    }
    {
        #[inline(always)]
        unsafe fn load_some(_: Avx2, from: *const f64, count: usize) -> Self {
            // SAFETY: the token, and the memory is readable.
            unsafe { Self(_mm256_maskload_pd(from, mask!(i64, 4, count, _mm256_loadu_si256))) }
        }

        // In twos and ones, which is faster than a mask on some processors.
        #[inline(always)]
        unsafe fn store_some(self, to: *mut f64, count: usize) {
            // SAFETY: the register, and the memory is writable.
            unsafe {
                let (mut left, mut to) = (_mm256_castpd256_pd128(self.0), to);
                if count & 2 != 0 {
                    _mm_storeu_pd(to, left);
                    (left, to) = (_mm256_extractf128_pd::<1>(self.0), to.add(2));
                }
                if count & 1 != 0 {
                    _mm_store_sd(to, left);
                }
            }
        }

        #[inline(always)]
        unsafe fn transpose(_: Avx2, from: *const f64, stride: isize, to: *mut f64, to_stride: usize) {
            // SAFETY: the token, and the caller's promise about the memory.
            unsafe { transpose_4(from, stride, to, to_stride) }
        }
    }
);

/// Transposes eight by eight elements, as [`Vector::transpose`].
///
/// # Safety
/// As for [`Vector::transpose`]; the processor must have AVX2.
#[inline(always)]
#[allow(clippy::needless_range_loop)] // A closure would not be compiled for AVX2.
pub(super) unsafe fn transpose_8(from: *const f32, stride: isize, to: *mut f32, to_stride: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        for half in [0, 4] {
            // This half of a row, beside it the same half of the row four later: joined by the load, which needs no
            // shuffle.
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

/// Transposes four by four elements, as [`Vector::transpose`].
///
/// # Safety
/// As for [`Vector::transpose`]; the processor must have AVX2.
#[inline(always)]
pub(super) unsafe fn transpose_4(from: *const f64, stride: isize, to: *mut f64, to_stride: usize) {
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
