//! exp, sigmoid and tanh over slices: loops without branches, which the compiler makes wide.
//!
//! e^x = 2^n e^r with whole n and |r| ≤ ln 2 / 2; ln 2 is subtracted in two parts so that r keeps its digits (Cody and Waite
//! 1980), and e^r - 1 = r + r² q(r) by Taylor's polynomial. All are within 2 units in the last place of the true value, for
//! subnormal numbers, infinities and NaN too.

use super::Element;
use super::vector::Vector;
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

/// Numbers in the registers of any type.
const MOST_LANES: usize = 8;

macro_rules! work {
    ($name:ident, $function:ident) => {
        struct $name<'a, F>(&'a mut [F]);

        impl<F: Element> Work for $name<'_, F> {
            type Output = ();

            #[inline(always)]
            fn run<L: Level>(self) {
                let (whole, rest) = self.0.split_at_mut(self.0.len() - self.0.len() % F::LANES);
                // The numbers that do not fill a register are worked out in one that they share with zeros.
                let mut last = [F::zero(); MOST_LANES];
                let filled = if rest.is_empty() { 0 } else { F::LANES };
                // SAFETY: as many numbers as are left, and room for a register.
                unsafe { L::Vector::<F>::load_some(rest.as_ptr(), rest.len()).store(last.as_mut_ptr()) };
                for values in [whole, &mut last[..filled]] {
                    for value in values {
                        *value = value.$function::<L>();
                    }
                }
                // SAFETY: as before.
                unsafe { L::Vector::<F>::load(last.as_ptr()).store_some(rest.as_mut_ptr(), rest.len()) };
            }
        }
    };
}

work!(Exp, exp_at);
work!(Sigmoid, sigmoid_at);
work!(Tanh, tanh_at);

/// The three functions of one number.
pub trait Exponential: Sized {
    fn exp_at<L: Level>(self) -> Self;
    fn sigmoid_at<L: Level>(self) -> Self;
    fn tanh_at<L: Level>(self) -> Self;
}

/// The functions of one type, from its numbers: digits after the point, exponent of 1, where e^x leaves the range, ln 2 in two
/// parts, the first with few digits, and the factors of q(r), highest power first.
macro_rules! exponential {
    (
        $float:ident as $integer:ident, digits: $digits:expr, bias: $bias:expr, from: $least:expr, to: $most:expr,
        ln_2: [$high:expr, $low:expr], factors: $factors:expr
    ) => {
        impl Exponential for $float {
            #[inline(always)]
            fn exp_at<L: Level>(self) -> Self {
                whole::<L>(at_most(at_least(self, $least), $most))
            }

            #[inline(always)]
            fn sigmoid_at<L: Level>(self) -> Self {
                // From e^-|x|, so that nothing overflows.
                let e = whole::<L>(at_least(-self.abs(), $least));
                let sum = 1.0 + e;
                let numerator = if self < 0.0 { e } else { 1.0 };
                let y = numerator / sum;
                // What was lost when the sum was rounded, over the sum; the chord of 1 / sum is close enough for it.
                let lost = y * ((sum - 1.0) - e);
                L::multiply_add(lost, 1.5 - 0.5 * sum, y)
            }

            #[inline(always)]
            fn tanh_at<L: Level>(self) -> Self {
                // tanh |x| = -m / (2 + m) with m = e^-2|x| - 1, which keeps its digits near 0.
                let (n, fraction) = split::<L>(at_least(-2.0 * self.abs(), -80.0));
                let power = power(n);
                let m = L::multiply_add(power, fraction, power - 1.0);
                let sum = 2.0 + m;
                let y = -m / sum;
                // What was lost when m and the sum were rounded, over the sum, as above.
                let lost_in_m = L::multiply_add(power, fraction, (power - 1.0) - m);
                let lost = L::multiply_add(y, (sum - 2.0) - m, -lost_in_m);
                L::multiply_add(lost, 1.5 - 0.5 * sum, y).copysign(self)
            }
        }

        /// e^x, multiplied by 2^n in two steps, so that it may be subnormal or infinite.
        #[inline(always)]
        fn whole<L: Level>(x: $float) -> $float {
            let (n, fraction) = split::<L>(x);
            let half = n >> 1;
            (1.0 + fraction) * power(half) * power(n.wrapping_sub(half))
        }

        /// n and e^r - 1, of x = n ln 2 + r.
        #[inline(always)]
        fn split<L: Level>(x: $float) -> ($integer, $float) {
            // Adding it rounds to whole numbers, which are then the last bits.
            const ROUND: $float = (3_u64 << ($digits - 1)) as $float;
            const FACTORS: &[[$float; 2]] = &$factors;
            let rounded = L::multiply_add(x, std::$float::consts::LOG2_E, ROUND);
            let n = rounded - ROUND;
            let r = L::multiply_add(n, -$low, L::multiply_add(n, -$high, x));
            // Two factors at a time, which do not wait for each other.
            let (square, pair) = (r * r, |pair: &[$float; 2]| L::multiply_add(pair[0], r, pair[1]));
            let q = FACTORS[1..].iter().fold(pair(&FACTORS[0]), |q, next| L::multiply_add(q, square, pair(next)));
            let n = (rounded.to_bits() as $integer).wrapping_sub(ROUND.to_bits() as $integer);
            (n, L::multiply_add(square, q, r))
        }

        /// 2^n, for a normal number.
        #[inline(always)]
        fn power(n: $integer) -> $float {
            $float::from_bits((n.wrapping_add($bias) << $digits) as _)
        }

        /// NaN stays NaN.
        #[inline(always)]
        fn at_least(x: $float, least: $float) -> $float {
            if x < least { least } else { x }
        }

        /// NaN stays NaN.
        #[inline(always)]
        fn at_most(x: $float, most: $float) -> $float {
            if x > most { most } else { x }
        }
    };
}

mod single {
    use super::{Exponential, Level};
    exponential!(
        f32 as i32, digits: 23, bias: 127, from: -105.0, to: 89.0, ln_2: [0.693_359_375, -2.121_944_4e-4],
        factors: [[1.0 / 5040.0, 1.0 / 720.0], [1.0 / 120.0, 1.0 / 24.0], [1.0 / 6.0, 1.0 / 2.0]]
    );
}

mod double {
    use super::{Exponential, Level};
    exponential!(
        f64 as i64, digits: 52, bias: 1023, from: -746.0, to: 710.0,
        ln_2: [6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10],
        factors: [
            [1.0 / 6_227_020_800.0, 1.0 / 479_001_600.0],
            [1.0 / 39_916_800.0, 1.0 / 3_628_800.0],
            [1.0 / 362_880.0, 1.0 / 40_320.0],
            [1.0 / 5040.0, 1.0 / 720.0],
            [1.0 / 120.0, 1.0 / 24.0],
            [1.0 / 6.0, 1.0 / 2.0],
        ]
    );
}
