//! One register of numbers.

use super::Element;

/// Some numbers next to each other, worked on together.
///
/// # Safety
/// The functions of a processor's registers may only be called where it has them, as [`super::wide::wide`] sees to.
pub trait Vector<F: Element>: Copy {
    /// How many numbers that are.
    const LANES: usize;

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

    /// self - a · b.
    unsafe fn sub_product(self, a: Self, b: Self) -> Self;

    /// The larger of both; NaN stays NaN.
    unsafe fn at_least(self, least: Self) -> Self;

    /// The smaller of both; NaN stays NaN.
    unsafe fn at_most(self, most: Self) -> Self;

    /// -|self|.
    unsafe fn minus_magnitude(self) -> Self;

    /// With the sign of another; self must not be negative.
    unsafe fn with_sign_of(self, other: Self) -> Self;

    /// One where the sign is negative, the other elsewhere.
    unsafe fn if_negative(self, one: Self, other: Self) -> Self;

    /// The number whose exponent (and sign) are the last digits of this one.
    unsafe fn last_digits_to_exponent(self) -> Self;

    /// 2 to the power of a whole number, for which that is a normal number.
    #[inline(always)]
    unsafe fn power_of_two(self) -> Self {
        // SAFETY: the caller's promise.
        unsafe { self.add(Self::splat(F::ROUND_TO_EXPONENT)).last_digits_to_exponent() }
    }

    /// self · 2^n with whole n, which may be subnormal or infinite; self must be between 1/2 and 2.
    #[inline(always)]
    unsafe fn times_power_of_two(self, n: Self) -> Self {
        // SAFETY: the caller's promise.
        unsafe {
            // In two steps, of which the first stays among normal numbers and so rounds nothing.
            let first = n.at_least(Self::splat(F::POWERS[0])).at_most(Self::splat(F::POWERS[1]));
            self.mul(first.power_of_two()).mul(n.sub(first).power_of_two())
        }
    }

    /// Writes a square of as many rows as there are numbers in a register, whose columns are contiguous in memory and `stride`
    /// apart, row after row, `to_stride` apart.
    #[inline(always)]
    unsafe fn transpose(from: *const F, stride: isize, to: *mut F, to_stride: usize) {
        for column in 0..Self::LANES {
            for row in 0..Self::LANES {
                // SAFETY: the caller's promise.
                unsafe { *to.add(row * to_stride + column) = *from.offset(column as isize * stride).add(row) };
            }
        }
    }
}

/// For any processor: an array, which the compiler puts into the registers there are.
impl<F: Element, const N: usize> Vector<F> for [F; N] {
    const LANES: usize = N;

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
    unsafe fn sub_product(self, a: Self, b: Self) -> Self {
        // SAFETY: the caller's promise.
        unsafe { self.add_product(a.map(|value| -value), b) }
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
    unsafe fn last_digits_to_exponent(self) -> Self {
        std::array::from_fn(|lane| self[lane].last_digits_to_exponent())
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
