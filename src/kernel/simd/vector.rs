//! The traits of SIMD code: [`Scalar`], [`Vector`] and [`Level`].
//!
//! A [`Level`] is a token without size. One exists only where the processor has the instructions of the level, since
//! `dispatch` makes it after it has detected them. A register is made from a token (or from another register), so a
//! register proves the same, and its arithmetic is safe. Only loads and stores through raw pointers are not.

use ndarray::NdFloat;
use std::cell::Cell;
use std::thread::LocalKey;

/// A number with its registers, `f32` or `f64`. Public in a private module, so that no other crate can implement it.
pub trait Scalar: NdFloat {
    /// An AVX2 register.
    #[cfg(target_arch = "x86_64")]
    #[doc(hidden)]
    type Avx2: Vector<Self, Level = Avx2>;

    /// Half an AVX2 register, or a whole one where half of one would have only two elements.
    #[cfg(target_arch = "x86_64")]
    #[doc(hidden)]
    type HalfAvx2: Vector<Self, Level = Avx2>;

    /// An AVX-512 register.
    #[cfg(target_arch = "x86_64")]
    #[doc(hidden)]
    type Avx512: Vector<Self, Level = Avx512>;

    /// An array with as many elements as an AVX2 register, for any processor.
    #[doc(hidden)]
    type Array: Vector<Self, Level = Portable>;

    /// 1.5 · 2^(bits of the mantissa). Adding it rounds to an integer, which is then in the last bits of the mantissa.
    #[doc(hidden)]
    const ROUND: Self;

    /// The same plus the bias of the exponent.
    #[doc(hidden)]
    const ROUND_TO_EXPONENT: Self;

    /// The smallest and the largest n for which 2^n is a normal number.
    #[doc(hidden)]
    const NORMAL_EXPONENTS: [Self; 2];

    /// Shifts the last bits of the mantissa to the exponent and the sign.
    #[doc(hidden)]
    fn shift_mantissa_to_exponent(self) -> Self;

    /// Returns the scratch memory of this thread, which is kept between products.
    #[doc(hidden)]
    fn scratch() -> &'static LocalKey<Cell<Vec<Self>>>;
}

/// Proves that the processor has the instructions of a level.
pub trait Level: Copy {
    /// A register.
    type Vector<F: Scalar>: Vector<F, Level = Self>;

    /// What proves that there are short registers.
    type ShortLevel: Copy;

    /// A shorter register, for the last elements of a slice; the same register on levels that have none.
    type Short<F: Scalar>: Vector<F, Level = Self::ShortLevel>;

    /// Rows of the largest tile of a matrix product (MR) whose sums, two registers wide, all stay in registers.
    const TILE_ROWS: usize;

    /// Registers that an elementwise function works on at a time, so that they do not wait for each other's latency.
    const REGISTERS_AT_A_TIME: usize;

    /// Returns the proof for short registers.
    fn short(self) -> Self::ShortLevel;

    /// Computes a · b + c, rounded once if the level has an instruction for it.
    fn multiply_add<F: Scalar>(self, a: F, b: F, c: F) -> F;
}

/// The level of AVX2 and FMA.
#[cfg(target_arch = "x86_64")]
#[derive(Debug, Clone, Copy)]
pub struct Avx2(());

#[cfg(target_arch = "x86_64")]
impl Avx2 {
    /// # Safety
    /// The processor must have AVX2 and FMA.
    #[inline(always)]
    pub(super) unsafe fn new_unchecked() -> Self {
        Self(())
    }
}

#[cfg(target_arch = "x86_64")]
impl Level for Avx2 {
    type Vector<F: Scalar> = F::Avx2;
    type ShortLevel = Self;
    type Short<F: Scalar> = F::HalfAvx2;
    const TILE_ROWS: usize = 6;
    const REGISTERS_AT_A_TIME: usize = 4;

    #[inline(always)]
    fn short(self) -> Self {
        self
    }

    #[inline(always)]
    fn multiply_add<F: Scalar>(self, a: F, b: F, c: F) -> F {
        a.mul_add(b, c)
    }
}

/// The level of AVX-512 with F, VL, DQ and BW, as every processor with AVX-512 for f32 and f64 of all lengths has it.
#[cfg(target_arch = "x86_64")]
#[derive(Debug, Clone, Copy)]
pub struct Avx512(());

#[cfg(target_arch = "x86_64")]
impl Avx512 {
    /// # Safety
    /// The processor must have AVX2, FMA, and AVX-512 with F, VL, DQ and BW.
    #[inline(always)]
    pub(super) unsafe fn new_unchecked() -> Self {
        Self(())
    }
}

#[cfg(target_arch = "x86_64")]
impl Level for Avx512 {
    type Vector<F: Scalar> = F::Avx512;
    type ShortLevel = Avx2;
    type Short<F: Scalar> = F::Avx2;
    const TILE_ROWS: usize = 12;
    const REGISTERS_AT_A_TIME: usize = 4;

    #[inline(always)]
    fn short(self) -> Avx2 {
        Avx2(())
    }

    #[inline(always)]
    fn multiply_add<F: Scalar>(self, a: F, b: F, c: F) -> F {
        a.mul_add(b, c)
    }
}

/// The level that every processor has.
#[derive(Debug, Clone, Copy)]
pub struct Portable;

/// Whether the target has a fused multiply-add for certain. Without the instruction it would be a slow function.
const FUSED: bool = cfg!(target_arch = "aarch64");

impl Level for Portable {
    type Vector<F: Scalar> = F::Array;
    type ShortLevel = Self;
    type Short<F: Scalar> = F::Array;
    const TILE_ROWS: usize = 6;
    // An array is several registers already.
    const REGISTERS_AT_A_TIME: usize = 1;

    #[inline(always)]
    fn short(self) -> Self {
        self
    }

    #[inline(always)]
    fn multiply_add<F: Scalar>(self, a: F, b: F, c: F) -> F {
        if FUSED { a.mul_add(b, c) } else { a * b + c }
    }
}

/// A register of numbers, which are computed together.
pub trait Vector<F: Scalar>: Copy {
    /// What proves that the processor has the register.
    type Level: Copy;

    /// Numbers in the register.
    const LANES: usize;

    /// Returns the proof that this register is.
    fn level(self) -> Self::Level;

    /// Fills all lanes with one number.
    fn splat(level: Self::Level, value: F) -> Self;

    /// Loads all lanes; the address needs no alignment.
    ///
    /// # Safety
    /// `LANES` elements must be readable.
    unsafe fn load(level: Self::Level, from: *const F) -> Self;

    /// Stores all lanes; the address needs no alignment.
    ///
    /// # Safety
    /// `LANES` elements must be writable.
    unsafe fn store(self, to: *mut F);

    /// Loads the first `count` lanes, fewer than `LANES`; the others are zero.
    ///
    /// # Safety
    /// `count` elements must be readable.
    unsafe fn load_some(level: Self::Level, from: *const F, count: usize) -> Self;

    /// Stores the first `count` lanes, fewer than `LANES`.
    ///
    /// # Safety
    /// `count` elements must be writable.
    unsafe fn store_some(self, to: *mut F, count: usize);

    /// Loads the first elements of a slice; missing ones are zero.
    #[inline(always)]
    fn read(level: Self::Level, values: &[F]) -> Self {
        if values.len() >= Self::LANES {
            // SAFETY: the slice has at least this many elements.
            unsafe { Self::load(level, values.as_ptr()) }
        } else {
            // SAFETY: the count is the length of the slice.
            unsafe { Self::load_some(level, values.as_ptr(), values.len()) }
        }
    }

    /// Stores the first elements of a slice, as many as it has.
    #[inline(always)]
    fn write(self, values: &mut [F]) {
        if values.len() >= Self::LANES {
            // SAFETY: the slice has at least this many elements.
            unsafe { self.store(values.as_mut_ptr()) }
        } else {
            // SAFETY: the count is the length of the slice.
            unsafe { self.store_some(values.as_mut_ptr(), values.len()) }
        }
    }

    /// Computes self + other.
    fn add(self, other: Self) -> Self;

    /// Computes self - other.
    fn sub(self, other: Self) -> Self;

    /// Computes self · other.
    fn mul(self, other: Self) -> Self;

    /// Computes self / other.
    fn div(self, other: Self) -> Self;

    /// Computes self + a · b.
    fn add_product(self, a: Self, b: Self) -> Self;

    /// Computes self - a · b.
    fn sub_product(self, a: Self, b: Self) -> Self;

    /// Returns the larger of both; NaN in self stays NaN.
    fn at_least(self, least: Self) -> Self;

    /// Returns the smaller of both; NaN in self stays NaN.
    fn at_most(self, most: Self) -> Self;

    /// Computes -|self|.
    fn minus_magnitude(self) -> Self;

    /// Sets the sign of self, which must not be negative, to the sign of other.
    fn with_sign_of(self, other: Self) -> Self;

    /// Selects `one` where the sign of self is negative, `other` elsewhere.
    fn if_negative(self, one: Self, other: Self) -> Self;

    /// Shifts the last bits of the mantissa to the exponent and the sign.
    fn shift_mantissa_to_exponent(self) -> Self;

    /// Computes 2^self for an integer for which the result is a normal number.
    #[inline(always)]
    fn power_of_two(self) -> Self {
        self.add(Self::splat(self.level(), F::ROUND_TO_EXPONENT)).shift_mantissa_to_exponent()
    }

    /// Computes self · 2^n for self between 1/2 and 2 and an integer n; the result may be subnormal or infinite.
    #[inline(always)]
    fn times_power_of_two(self, n: Self) -> Self {
        // In two steps; the first stays among normal numbers, so it does not round.
        let [least, most] = F::NORMAL_EXPONENTS.map(|exponent| Self::splat(self.level(), exponent));
        let first = n.at_least(least).at_most(most);
        self.mul(first.power_of_two()).mul(n.sub(first).power_of_two())
    }

    /// Transposes a square of `LANES` rows and columns: reads columns that are contiguous and `stride` apart, and
    /// writes rows that are contiguous and `to_stride` apart.
    ///
    /// # Safety
    /// The square must be readable and its destination writable.
    #[inline(always)]
    unsafe fn transpose(level: Self::Level, from: *const F, stride: isize, to: *mut F, to_stride: usize) {
        let _ = level;
        for column in 0..Self::LANES {
            for row in 0..Self::LANES {
                // SAFETY: the element is in the square.
                unsafe { *to.add(row * to_stride + column) = *from.offset(column as isize * stride).add(row) };
            }
        }
    }
}
