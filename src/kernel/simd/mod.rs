//! SIMD: one source for the loops, compiled for each level of instructions, the best one chosen at run time.
//!
//! - [`vector`]: the traits [`Scalar`], [`Vector`] (a register) and [`Level`] (a token that proves what the processor
//!   has), and the portable level.
//! - [`portable`]: the registers of any processor.
//! - [`x86`]: the registers of AVX2 and AVX-512.
//! - [`dispatch`]: detects the level once and runs a [`SimdLoop`] on it.

mod dispatch;
mod portable;
mod vector;
#[cfg(target_arch = "x86_64")]
mod x86;

#[cfg(test)]
pub(super) use dispatch::LEVEL_LIMIT;
pub(crate) use dispatch::vectorize;
pub(super) use dispatch::{Registers, SimdLoop, dispatch, registers};
pub(super) use vector::{Level, Scalar, Vector};

use std::cell::Cell;
use std::thread::LocalKey;

macro_rules! scalar {
    ($type:ty, $half:ident, $avx2:ident, $avx512:ident, $lanes:literal, $mantissa:literal, $powers:expr) => {
        impl Scalar for $type {
            #[cfg(target_arch = "x86_64")]
            type Avx2 = x86::$avx2;
            #[cfg(target_arch = "x86_64")]
            type HalfAvx2 = x86::$half;
            #[cfg(target_arch = "x86_64")]
            type Avx512 = x86::$avx512;
            type Array = [$type; $lanes];

            const ROUND: Self = (3_u64 << ($mantissa - 1)) as Self;
            const ROUND_TO_EXPONENT: Self = Self::ROUND + (Self::MAX_EXP - 1) as Self;
            const NORMAL_EXPONENTS: [Self; 2] = $powers;

            #[inline(always)]
            fn shift_mantissa_to_exponent(self) -> Self {
                Self::from_bits(self.to_bits() << $mantissa)
            }

            fn scratch() -> &'static LocalKey<Cell<Vec<Self>>> {
                thread_local! {
                    static SCRATCH: Cell<Vec<$type>> = const { Cell::new(Vec::new()) };
                }
                &SCRATCH
            }
        }
    };
}

scalar!(f32, F32x4, F32x8, F32x16, 8, 23, [-126.0, 127.0]);
scalar!(f64, F64x4, F64x4, F64x8, 4, 52, [-1022.0, 1023.0]);
