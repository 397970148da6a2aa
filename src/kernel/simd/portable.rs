//! The registers of the portable level: arrays, which the compiler maps to the registers of the target.

use super::vector::{Level, Portable, Scalar, Vector};

impl<F: Scalar, const N: usize> Vector<F> for [F; N] {
    type Level = Portable;
    const LANES: usize = N;

    #[inline(always)]
    fn level(self) -> Portable {
        Portable
    }

    #[inline(always)]
    fn splat(_: Portable, value: F) -> Self {
        [value; N]
    }

    #[inline(always)]
    unsafe fn load(_: Portable, from: *const F) -> Self {
        // SAFETY: N elements are readable.
        unsafe { from.cast::<Self>().read_unaligned() }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut F) {
        // SAFETY: N elements are writable.
        unsafe { to.cast::<Self>().write_unaligned(self) }
    }

    #[inline(always)]
    unsafe fn load_some(_: Portable, from: *const F, count: usize) -> Self {
        // SAFETY: the lane is below the count.
        std::array::from_fn(|lane| if lane < count { unsafe { *from.add(lane) } } else { F::zero() })
    }

    #[inline(always)]
    unsafe fn store_some(self, to: *mut F, count: usize) {
        for (lane, value) in self.into_iter().enumerate().take(count) {
            // SAFETY: the lane is below the count.
            unsafe { *to.add(lane) = value };
        }
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        std::array::from_fn(|lane| self[lane] + other[lane])
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        std::array::from_fn(|lane| self[lane] - other[lane])
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        std::array::from_fn(|lane| self[lane] * other[lane])
    }

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        std::array::from_fn(|lane| self[lane] / other[lane])
    }

    #[inline(always)]
    fn add_product(self, a: Self, b: Self) -> Self {
        std::array::from_fn(|lane| Portable.multiply_add(a[lane], b[lane], self[lane]))
    }

    #[inline(always)]
    fn sub_product(self, a: Self, b: Self) -> Self {
        std::array::from_fn(|lane| Portable.multiply_add(-a[lane], b[lane], self[lane]))
    }

    #[inline(always)]
    fn at_least(self, least: Self) -> Self {
        std::array::from_fn(|lane| if self[lane] < least[lane] { least[lane] } else { self[lane] })
    }

    #[inline(always)]
    fn at_most(self, most: Self) -> Self {
        std::array::from_fn(|lane| if self[lane] > most[lane] { most[lane] } else { self[lane] })
    }

    #[inline(always)]
    fn minus_magnitude(self) -> Self {
        std::array::from_fn(|lane| -self[lane].abs())
    }

    #[inline(always)]
    fn with_sign_of(self, other: Self) -> Self {
        std::array::from_fn(|lane| self[lane].copysign(other[lane]))
    }

    #[inline(always)]
    fn if_negative(self, one: Self, other: Self) -> Self {
        std::array::from_fn(|lane| if self[lane].is_sign_negative() { one[lane] } else { other[lane] })
    }

    #[inline(always)]
    fn shift_mantissa_to_exponent(self) -> Self {
        std::array::from_fn(|lane| self[lane].shift_mantissa_to_exponent())
    }
}
