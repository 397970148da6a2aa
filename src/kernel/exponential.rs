//! exp, sigmoid and tanh over slices: loops without branches, which the compiler makes wide.
//!
//! e^x = 2^n e^r with whole n and |r| ≤ ln 2 / 2; ln 2 is subtracted in two parts so that r keeps its digits (Cody and Waite
//! 1980), and e^r - 1 = r + r² q(r) by Taylor's polynomial. All are within 2 units in the last place of the true value, for
//! subnormal numbers, infinities and NaN too; in `f32`, worked out in double precision, within 1.

use super::Element;
use super::wide::{Level, Work, wide};

/// Replaces each value x by e^x.
pub(crate) fn exp<F: Element>(values: &mut [F]) {
    wide(Exp(values));
}

/// Replaces each value x by 1 / (1 + e^-x).
pub(crate) fn sigmoid<F: Element>(values: &mut [F]) {
    wide(Sigmoid(values));
}

/// Replaces each value x by tanh x.
pub(crate) fn tanh<F: Element>(values: &mut [F]) {
    wide(Tanh(values));
}

/// The three functions of one number.
pub trait Exponential: Sized {
    fn exp_at<L: Level>(self) -> Self;
    fn sigmoid_at<L: Level>(self) -> Self;
    fn tanh_at<L: Level>(self) -> Self;
}

impl Exponential for f32 {
    #[inline(always)]
    fn exp_at<L: Level>(self) -> Self {
        split::<L>(clamp(self.into(), -105.0, 89.0)).whole(SHORT) as f32
    }

    #[inline(always)]
    fn sigmoid_at<L: Level>(self) -> Self {
        let e = split::<L>(clamp(-f64::from(self), -89.0, 105.0)).whole(SHORT);
        (1.0 / (1.0 + e)) as f32
    }

    #[inline(always)]
    fn tanh_at<L: Level>(self) -> Self {
        let m = split::<L>(clamp(-2.0 * f64::from(self).abs(), -40.0, 0.0)).minus_one(SHORT);
        ((-m / (2.0 + m)) as f32).copysign(self)
    }
}

impl Exponential for f64 {
    #[inline(always)]
    fn exp_at<L: Level>(self) -> Self {
        split::<L>(clamp(self, -746.0, 710.0)).whole_in_two(LONG)
    }

    #[inline(always)]
    fn sigmoid_at<L: Level>(self) -> Self {
        // From e^-|x|, so that nothing overflows.
        let e = split::<L>(clamp(-self.abs(), -746.0, 0.0)).whole_in_two(LONG);
        let sum = 1.0 + e;
        let y = if self < 0.0 { e } else { 1.0 } / sum;
        L::multiply_add(y, lost_in(sum, 1.0, e), y)
    }

    #[inline(always)]
    fn tanh_at<L: Level>(self) -> Self {
        let parts = split::<L>(clamp(-2.0 * self.abs(), -80.0, 0.0));
        // tanh |x| = -m / (2 + m) with m = e^-2|x| - 1, which keeps its digits near 0.
        let m = parts.minus_one(LONG);
        let sum = 2.0 + m;
        let y = -m / sum;
        L::multiply_add(y, lost_in(sum, 2.0, m), y).copysign(self)
    }
}

/// The share by which a quotient is wrong because its divisor `a + b`, between 1 and 2, was rounded to `sum`; the chord
/// (3 - sum) / 2 is close enough to 1 / sum for it.
#[inline(always)]
fn lost_in(sum: f64, a: f64, b: f64) -> f64 {
    ((sum - a) - b) * (1.5 - 0.5 * sum)
}

/// NaN stays NaN.
#[inline(always)]
fn clamp(x: f64, least: f64, most: f64) -> f64 {
    let x = if x < least { least } else { x };
    if x > most { most } else { x }
}

/// Factorials, by which the terms of e^r - 1 - r are divided: for the digits of `f32` and for those of `f64`.
const SHORT: [f64; 6] = [5040.0, 720.0, 120.0, 24.0, 6.0, 2.0];
const LONG: [f64; 12] = [
    6_227_020_800.0,
    479_001_600.0,
    39_916_800.0,
    3_628_800.0,
    362_880.0,
    40_320.0,
    5040.0,
    720.0,
    120.0,
    24.0,
    6.0,
    2.0,
];

/// x = n ln 2 + r.
struct Parts<L> {
    n: i64,
    r: f64,
    level: std::marker::PhantomData<L>,
}

#[inline(always)]
fn split<L: Level>(x: f64) -> Parts<L> {
    // Adding it rounds to whole numbers, which are then the last bits.
    const ROUND: f64 = 1.5 * (1_u64 << 52) as f64;
    const LN_2: [f64; 2] = [6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10];
    let rounded = L::multiply_add(x, std::f64::consts::LOG2_E, ROUND);
    let whole = rounded - ROUND;
    let r = L::multiply_add(whole, -LN_2[1], L::multiply_add(whole, -LN_2[0], x));
    let n = (rounded.to_bits() as i64).wrapping_sub(ROUND.to_bits() as i64);
    Parts { n, r, level: std::marker::PhantomData }
}

/// 2^n, for a normal number.
#[inline(always)]
fn power(n: i64) -> f64 {
    f64::from_bits((n.wrapping_add(1023) << 52) as u64)
}

impl<L: Level> Parts<L> {
    /// e^r - 1.
    #[inline(always)]
    fn fraction<const N: usize>(&self, factorials: [f64; N]) -> f64 {
        let q = factorials.into_iter().fold(0.0, |q, factorial| L::multiply_add(q, self.r, 1.0 / factorial));
        L::multiply_add(self.r * self.r, q, self.r)
    }

    /// e^x, when it is a normal number.
    #[inline(always)]
    fn whole<const N: usize>(self, factorials: [f64; N]) -> f64 {
        (1.0 + self.fraction(factorials)) * power(self.n)
    }

    /// e^x, multiplied by 2^n in two steps, so that it may be subnormal or infinite.
    #[inline(always)]
    fn whole_in_two<const N: usize>(self, factorials: [f64; N]) -> f64 {
        let half = self.n >> 1;
        (1.0 + self.fraction(factorials)) * power(half) * power(self.n.wrapping_sub(half))
    }

    /// e^x - 1, for x ≤ 0.
    #[inline(always)]
    fn minus_one<const N: usize>(self, factorials: [f64; N]) -> f64 {
        let power = power(self.n);
        L::multiply_add(power, self.fraction(factorials), power - 1.0)
    }
}

macro_rules! work {
    ($name:ident, $function:ident) => {
        struct $name<'a, F>(&'a mut [F]);

        impl<F: Element> Work for $name<'_, F> {
            type Output = ();

            #[inline(always)]
            fn run<L: Level>(self) {
                for value in self.0 {
                    *value = value.$function::<L>();
                }
            }
        }
    };
}

work!(Exp, exp_at);
work!(Sigmoid, sigmoid_at);
work!(Tanh, tanh_at);
