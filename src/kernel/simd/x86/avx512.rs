//! The registers of AVX-512.

use super::super::vector::{Avx512, Vector};
use super::avx2::{transpose_4, transpose_8};
use std::arch::x86_64::*;

register!(
    F32x16, Avx512, f32, __m512, 16,
    splat: _mm512_set1_ps, load: _mm512_loadu_ps, store: _mm512_storeu_ps,
    and: _mm512_and_ps, or: _mm512_or_ps,
    shift: _mm512_slli_epi32::<23>, _mm512_castps_si512, _mm512_castsi512_ps,
    {
        fn add(a, b) = _mm512_add_ps(a, b);
        fn sub(a, b) = _mm512_sub_ps(a, b);
        fn mul(a, b) = _mm512_mul_ps(a, b);
        fn div(a, b) = _mm512_div_ps(a, b);
        // The instructions return their second operand if one of them is NaN.
        fn at_least(a, least) = _mm512_max_ps(least, a);
        fn at_most(a, most) = _mm512_min_ps(most, a);
    }
    {
        fn add_product(sum, a, b) = _mm512_fmadd_ps(a, b, sum);
        fn sub_product(sum, a, b) = _mm512_fnmadd_ps(a, b, sum);
        fn if_negative(sign, one, other) = {
            _mm512_mask_blend_ps(_mm512_movepi32_mask(_mm512_castps_si512(sign)), other, one)
        };
    }
    {
        #[inline(always)]
        unsafe fn load_some(_: Avx512, from: *const f32, count: usize) -> Self {
            // SAFETY: the token, and the memory is readable.
            unsafe { Self(_mm512_maskz_loadu_ps(first_lanes(count) as __mmask16, from)) }
        }

        #[inline(always)]
        unsafe fn store_some(self, to: *mut f32, count: usize) {
            // SAFETY: the register, and the memory is writable.
            unsafe { _mm512_mask_storeu_ps(to, first_lanes(count) as __mmask16, self.0) }
        }

        #[inline(always)]
        fn times_power_of_two(self, n: Self) -> Self {
            // SAFETY: the register.
            unsafe { Self(_mm512_scalef_ps(self.0, n.0)) }
        }

        #[inline(always)]
        unsafe fn transpose(_: Avx512, from: *const f32, stride: isize, to: *mut f32, to_stride: usize) {
            for (column, row) in [(0, 0), (0, 8), (8, 0), (8, 8)] {
                // SAFETY: the token, and the caller's promise about the memory, for a quarter of the square.
                unsafe {
                    let from = from.offset(column as isize * stride).add(row);
                    transpose_8(from, stride, to.add(row * to_stride + column), to_stride);
                }
            }
        }
    }
);

register!(
    F64x8, Avx512, f64, __m512d, 8,
    splat: _mm512_set1_pd, load: _mm512_loadu_pd, store: _mm512_storeu_pd,
    and: _mm512_and_pd, or: _mm512_or_pd,
    shift: _mm512_slli_epi64::<52>, _mm512_castpd_si512, _mm512_castsi512_pd,
    {
        fn add(a, b) = _mm512_add_pd(a, b);
        fn sub(a, b) = _mm512_sub_pd(a, b);
        fn mul(a, b) = _mm512_mul_pd(a, b);
        fn div(a, b) = _mm512_div_pd(a, b);
        // The instructions return their second operand if one of them is NaN.
        fn at_least(a, least) = _mm512_max_pd(least, a);
        fn at_most(a, most) = _mm512_min_pd(most, a);
    }
    {
        fn add_product(sum, a, b) = _mm512_fmadd_pd(a, b, sum);
        fn sub_product(sum, a, b) = _mm512_fnmadd_pd(a, b, sum);
        fn if_negative(sign, one, other) = {
            _mm512_mask_blend_pd(_mm512_movepi64_mask(_mm512_castpd_si512(sign)), other, one)
        };
    }
    {
        #[inline(always)]
        unsafe fn load_some(_: Avx512, from: *const f64, count: usize) -> Self {
            // SAFETY: the token, and the memory is readable.
            unsafe { Self(_mm512_maskz_loadu_pd(first_lanes(count) as __mmask8, from)) }
        }

        #[inline(always)]
        unsafe fn store_some(self, to: *mut f64, count: usize) {
            // SAFETY: the register, and the memory is writable.
            unsafe { _mm512_mask_storeu_pd(to, first_lanes(count) as __mmask8, self.0) }
        }

        #[inline(always)]
        fn times_power_of_two(self, n: Self) -> Self {
            // SAFETY: the register.
            unsafe { Self(_mm512_scalef_pd(self.0, n.0)) }
        }

        #[inline(always)]
        unsafe fn transpose(_: Avx512, from: *const f64, stride: isize, to: *mut f64, to_stride: usize) {
            for (column, row) in [(0, 0), (0, 4), (4, 0), (4, 4)] {
                // SAFETY: the token, and the caller's promise about the memory, for a quarter of the square.
                unsafe {
                    let from = from.offset(column as isize * stride).add(row);
                    transpose_4(from, stride, to.add(row * to_stride + column), to_stride);
                }
            }
        }
    }
);

/// Returns a mask of the first `count` lanes.
#[inline(always)]
fn first_lanes(count: usize) -> u32 {
    !(u32::MAX << count.min(16))
}
