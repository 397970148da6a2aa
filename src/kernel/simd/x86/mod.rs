//! The registers of x86-64 processors: those of AVX2 and half of one, and those of AVX-512, twice as long and twice as
//! many.
//!
//! Each register is a structure with a private field, made from a token of its level or from another register only. So
//! where one exists the processor has its instructions, which is what the notes below mean by "the register" and "the
//! token".

/// Implements [`Vector`] for a register: what differs between registers by name only is listed, the rest is written
/// out.
macro_rules! register {
    (
        $name:ident, $level:ident, $scalar:ty, $inner:ty, $lanes:literal,
        splat: $splat:ident, load: $load:ident, store: $store:ident,
        and: $and:ident, or: $or:ident, shift: $shift:ident::<$digits:literal>, $to_bits:ident, $from_bits:ident,
        { $(fn $binary:ident($a:ident, $b:ident) = $value:expr;)* }
        { $(fn $ternary:ident($x:ident, $y:ident, $z:ident) = $result:expr;)* }
        { $($others:item)* }
    ) => {
        #[doc = concat!("A register of ", $lanes, " `", stringify!($scalar), "`.")]
        #[derive(Debug, Clone, Copy)]
        #[repr(transparent)]
        pub struct $name($inner);

        impl Vector<$scalar> for $name {
            type Level = $level;
            const LANES: usize = $lanes;

            #[inline(always)]
            fn level(self) -> $level {
                // SAFETY: this register was made from such a token.
                unsafe { $level::new_unchecked() }
            }

            #[inline(always)]
            fn splat(_: $level, value: $scalar) -> Self {
                // SAFETY: the token.
                unsafe { Self($splat(value)) }
            }

            #[inline(always)]
            unsafe fn load(_: $level, from: *const $scalar) -> Self {
                // SAFETY: the token, and the memory is readable.
                unsafe { Self($load(from)) }
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut $scalar) {
                // SAFETY: the register, and the memory is writable.
                unsafe { $store(to, self.0) }
            }

            $(
                #[inline(always)]
                fn $binary(self, $b: Self) -> Self {
                    let ($a, $b) = (self.0, $b.0);
                    // SAFETY: the register.
                    unsafe { Self($value) }
                }
            )*

            $(
                #[inline(always)]
                fn $ternary(self, $y: Self, $z: Self) -> Self {
                    let ($x, $y, $z) = (self.0, $y.0, $z.0);
                    // SAFETY: the register.
                    unsafe { Self($result) }
                }
            )*

            #[inline(always)]
            fn minus_magnitude(self) -> Self {
                // SAFETY: the register.
                unsafe { Self($or(self.0, $splat(-0.0))) }
            }

            #[inline(always)]
            fn with_sign_of(self, other: Self) -> Self {
                // SAFETY: the register.
                unsafe { Self($or(self.0, $and($splat(-0.0), other.0))) }
            }

            #[inline(always)]
            fn shift_mantissa_to_exponent(self) -> Self {
                // SAFETY: the register.
                unsafe { Self($from_bits($shift::<$digits>($to_bits(self.0)))) }
            }

            $($others)*
        }
    };
}

mod avx2;
mod avx512;

pub(super) use avx2::{F32x4, F32x8, F64x4};
pub(super) use avx512::{F32x16, F64x8};
