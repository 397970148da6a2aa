//! Arithmetic with about 32 digits, as the unevaluated sum of two numbers: what f64 results are compared with.
//!
//! Dekker 1971; Hida, Li and Bailey 2001. The functions are for the range that losses need.

use std::ops::{Add, Div, Mul, Neg, Sub};

/// A number: the sum of a double and of what it rounds off.
#[derive(Debug, Clone, Copy)]
pub struct DoubleDouble(pub f64, pub f64);

pub const ZERO: DoubleDouble = DoubleDouble(0.0, 0.0);
const LN_2: DoubleDouble = DoubleDouble(std::f64::consts::LN_2, 2.319_046_813_846_299_6e-17);

pub fn double(number: f64) -> DoubleDouble {
    DoubleDouble(number, 0.0)
}

fn two_sum(a: f64, b: f64) -> DoubleDouble {
    let sum = a + b;
    let of_b = sum - a;
    DoubleDouble(sum, (a - (sum - of_b)) + (b - of_b))
}

impl Neg for DoubleDouble {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0, -self.1)
    }
}

impl Add for DoubleDouble {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let (high, low) = (two_sum(self.0, other.0), two_sum(self.1, other.1));
        let first = two_sum(high.0, high.1 + low.0);
        two_sum(first.0, first.1 + low.1)
    }
}

impl Sub for DoubleDouble {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for DoubleDouble {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let product = self.0 * other.0;
        let error = self.0.mul_add(other.0, -product);
        two_sum(product, error + (self.0 * other.1 + self.1 * other.0))
    }
}

impl Div for DoubleDouble {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let first = self.0 / other.0;
        let rest = self - other * double(first);
        let second = rest.0 / other.0;
        let rest = rest - other * double(second);
        double(first) + double(second) + double(rest.0 / other.0)
    }
}

impl DoubleDouble {
    pub fn abs(self) -> Self {
        if self.0 < 0.0 { -self } else { self }
    }

    /// Computes e^x - 1 for x <= 0 or small: the series at r / 512, doubled nine times, with x = k ln 2 + r.
    pub fn exp_m1(self) -> Self {
        if self.0 < -800.0 {
            return double(-1.0);
        }
        let k = (self.0 / std::f64::consts::LN_2).round();
        let r = (self - LN_2 * double(k)) * double(1.0 / 512.0);
        let series = (1..=10).rev().fold(ZERO, |sum, n| (double(1.0) + sum) * r / double(f64::from(n)));
        let less_one = (0..9).fold(series, |s, _| double(2.0) * s + s * s);
        if k == 0.0 { less_one } else { (double(1.0) + less_one).times_power_of_two(k as i32) - double(1.0) }
    }

    /// Computes e^x for x <= 0.
    pub fn exp(self) -> Self {
        if self.0 < -800.0 {
            return ZERO;
        }
        let k = (self.0 / std::f64::consts::LN_2).round();
        let rest = self - LN_2 * double(k);
        (double(1.0) + rest.exp_m1()).times_power_of_two(k as i32)
    }

    fn times_power_of_two(self, k: i32) -> Self {
        let (half, rest) = (2.0_f64.powi(k / 2), 2.0_f64.powi(k - k / 2));
        Self(self.0 * half * rest, self.1 * half * rest)
    }

    /// Computes ln(1 + x) for x >= 0: one step of Newton's method from the double.
    pub fn ln_1p(self) -> Self {
        if self.0 < 1e-16 {
            // Two terms of the series; dividing by 512 would lose digits of subnormal numbers.
            return self - self * self * double(0.5);
        }
        let start = double(self.0.ln_1p());
        // e^y of y > 0 through e^-y, which is what `exp_m1` is for.
        let inverse = (-start).exp_m1(); // e^-y - 1
        let exp_m1 = -inverse / (double(1.0) + inverse);
        start + (self - exp_m1) * (double(1.0) + inverse)
    }
}

#[test]
fn it_has_30_digits() {
    // mpmath, 40 digits: exp(-1), exp(-300.5), ln(1 + 1e-10), ln(1 + 7.5).
    for (found, digits) in [
        (double(-1.0).exp(), (0.367_879_441_171_442_33, -1.242_875_367_278_836_3e-17)),
        (double(-300.5).exp(), (3.122_541_277_232_284_6e-131, 2.377_794_788_941_790_6e-147)),
        (double(1e-10).ln_1p(), (9.999_999_999_500_001e-11, -3.389_513_322_121_794e-27)),
        (double(7.5).ln_1p(), (2.140_066_163_496_270_8, 2.824_867_970_189_398e-18)),
    ] {
        let error = (found - DoubleDouble(digits.0, digits.1)).abs().0 / digits.0;
        assert!(error < 1e-29, "{found:?} is not {digits:?}: {error}");
    }
}
