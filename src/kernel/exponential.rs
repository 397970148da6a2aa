//! exp, sigmoid and tanh over slices, several registers at a time, whose long chains of operations do not wait for each other.
//!
//! e^x = 2^n e^r with whole n and |r| ≤ ln 2 / 2; ln 2 is subtracted in two parts so that r keeps its digits (Cody and Waite
//! 1980), and e^r - 1 = r + r² q(r) by a polynomial whose largest error is as small as it can be. All are within 2 units in the last place of the true value, for
//! subnormal numbers, infinities and NaN too.

use super::Element;
use super::vector::Vector;
use super::wide::{Level, Work, wide};

/// Replaces each value x by e^x.
pub(crate) fn exp<F: Element>(values: &mut [F]) {
    wide(Each::<F, Exp>(values, Exp));
}

/// Replaces each value x by 1 / (1 + e^-x).
pub(crate) fn sigmoid<F: Element>(values: &mut [F]) {
    wide(Each::<F, Sigmoid>(values, Sigmoid));
}

/// Replaces each value x by tanh x.
pub(crate) fn tanh<F: Element>(values: &mut [F]) {
    wide(Each::<F, Tanh>(values, Tanh));
}

/// The numbers of one type that the functions are made of.
pub trait Exponential: Sized + 'static {
    /// Adding it rounds to whole numbers.
    const ROUND: Self;
    /// Where e^x is no longer above zero, or no longer finite.
    const RANGE: [Self; 2];
    /// The smallest and the largest n for which 2^n is a normal number.
    const POWERS: [Self; 2];
    const LOG2_E: Self;
    /// ln 2 in two parts, the first with few digits; negative.
    const MINUS_LN_2: [Self; 2];
    /// The factor of the highest power in q, which is even.
    const FIRST: Self;
    /// The other factors, from higher powers to lower, in pairs.
    const FACTORS: &'static [[Self; 2]];
    /// Small whole numbers and halves.
    const NUMBERS: Numbers<Self>;
}

/// Numbers that the formulas are written with.
#[derive(Debug)]
pub struct Numbers<F> {
    one: F,
    two: F,
    minus_half: F,
    one_and_a_half: F,
    /// e^-2|x| is nothing beside 1 below it.
    minus_eighty: F,
}

macro_rules! exponential {
    ($float:ident, $digits:literal, $range:expr, $powers:expr, $minus_ln_2:expr, $first:expr, $factors:expr) => {
        impl Exponential for $float {
            const ROUND: Self = (3_u64 << ($digits - 1)) as Self;
            const RANGE: [Self; 2] = $range;
            const POWERS: [Self; 2] = $powers;
            const LOG2_E: Self = std::$float::consts::LOG2_E;
            const MINUS_LN_2: [Self; 2] = $minus_ln_2;
            const FIRST: Self = $first;
            const FACTORS: &'static [[Self; 2]] = &$factors;
            const NUMBERS: Numbers<Self> =
                Numbers { one: 1.0, two: 2.0, minus_half: -0.5, one_and_a_half: 1.5, minus_eighty: -80.0 };
        }
    };
}

exponential!(
    f32,
    23,
    [-105.0, 89.0],
    [-126.0, 127.0],
    [-355.0 / 512.0, 2.121_944_4e-4],
    1.381_454_2e-3,
    [[8.368_745e-3, 4.166_839e-2], [1.666_652_1e-1, 4.999_999_4e-1]]
);
exponential!(
    f64,
    52,
    [-746.0, 710.0],
    [-1022.0, 1023.0],
    [-6.931_471_803_691_238e-1, -1.908_214_929_270_587_7e-10],
    2.091_471_734_171_637_8e-9,
    [
        [2.510_525_953_844_849_4e-8, 2.755_727_357_010_214e-7],
        [2.755_725_529_796_964_3e-6, 2.480_158_732_560_532_4e-5],
        [1.984_126_987_490_126e-4, 1.388_888_888_888_373e-3],
        [8.333_333_333_326_112e-3, 4.166_666_666_666_667e-2],
        [1.666_666_666_666_666_7e-1, 0.5],
    ]
);

/// A function of some registers of numbers.
trait Function {
    /// # Safety
    /// The processor must have what `V` needs.
    unsafe fn of<F: Element, V: Vector<F>, const W: usize>(x: [V; W]) -> [V; W];
}

/// A function of each number of a slice.
struct Each<'a, F, T>(&'a mut [F], T);

impl<F: Element, T: Function> Work for Each<'_, F, T> {
    type Output = ();

    #[inline(always)]
    fn run<L: Level>(self) {
        const TOGETHER: usize = 4;
        let (mut values, lanes) = (self.0, L::Vector::<F>::LANES);
        // SAFETY: each slice has as many numbers as are read from it and written to it.
        unsafe {
            while values.len() >= TOGETHER * lanes {
                let (now, rest) = values.split_at_mut(TOGETHER * lanes);
                let mut x = [L::Vector::<F>::splat(F::zero()); TOGETHER];
                for (register, values) in x.iter_mut().zip(now.chunks_exact(lanes)) {
                    *register = L::Vector::<F>::load(values.as_ptr());
                }
                for (register, values) in T::of(x).into_iter().zip(now.chunks_exact_mut(lanes)) {
                    register.store(values.as_mut_ptr());
                }
                values = rest;
            }
            while values.len() > L::Short::<F>::LANES {
                let (now, rest) = values.split_at_mut(values.len().min(lanes));
                one::<F, L::Vector<F>, T>(now);
                values = rest;
            }
            if !values.is_empty() {
                one::<F, L::Short<F>, T>(values);
            }
        }
    }
}

/// The function of no more numbers than are in a register.
///
/// # Safety
/// The processor must have what `V` needs.
#[inline(always)]
unsafe fn one<F: Element, V: Vector<F>, T: Function>(values: &mut [F]) {
    let count = values.len();
    // SAFETY: the caller's promise, and the length of the slice.
    unsafe {
        if count >= V::LANES {
            let [y] = T::of([V::load(values.as_ptr())]);
            y.store(values.as_mut_ptr());
        } else {
            let [y] = T::of([V::load_some(values.as_ptr(), count)]);
            y.store_some(values.as_mut_ptr(), count);
        }
    }
}

/// An array of one expression for each register. Not a closure, which would not be compiled for the registers of `V`.
macro_rules! each {
    ($first:expr; $index:ident => $value:expr) => {{
        let mut all = $first;
        let mut $index = 0;
        while $index < all.len() {
            all[$index] = $value;
            $index += 1;
        }
        all
    }};
}

struct Exp;

impl Function for Exp {
    #[inline(always)]
    unsafe fn of<F: Element, V: Vector<F>, const W: usize>(x: [V; W]) -> [V; W] {
        // SAFETY: the caller's promise.
        unsafe {
            let [least, most] = [V::splat(F::RANGE[0]), V::splat(F::RANGE[1])];
            whole(each!(x; i => x[i].at_least(least).at_most(most)))
        }
    }
}

struct Sigmoid;

impl Function for Sigmoid {
    #[inline(always)]
    unsafe fn of<F: Element, V: Vector<F>, const W: usize>(x: [V; W]) -> [V; W] {
        // SAFETY: the caller's promise.
        unsafe {
            let [one, minus_half] = [V::splat(F::NUMBERS.one), V::splat(F::NUMBERS.minus_half)];
            let (least, chord) = (V::splat(F::RANGE[0]), V::splat(F::NUMBERS.one_and_a_half));
            // From e^-|x|, so that nothing overflows.
            let e = whole(each!(x; i => x[i].minus_magnitude().at_least(least)));
            let sum = each!(x; i => one.add(e[i]));
            let y = each!(x; i => x[i].if_negative(e[i], one).div(sum[i]));
            // What was lost when the sum was rounded, over the sum; the chord of 1 / sum is close enough for it.
            let lost = each!(x; i => y[i].mul(sum[i].sub(one).sub(e[i])));
            each!(x; i => y[i].add_product(lost[i], chord.add_product(minus_half, sum[i])))
        }
    }
}

struct Tanh;

impl Function for Tanh {
    #[inline(always)]
    unsafe fn of<F: Element, V: Vector<F>, const W: usize>(x: [V; W]) -> [V; W] {
        // SAFETY: the caller's promise.
        unsafe {
            let [one, two, minus_half] =
                [V::splat(F::NUMBERS.one), V::splat(F::NUMBERS.two), V::splat(F::NUMBERS.minus_half)];
            let (least, chord) = (V::splat(F::NUMBERS.minus_eighty), V::splat(F::NUMBERS.one_and_a_half));
            // -tanh |x| = m / (2 + m) with m = e^-2|x| - 1, which keeps its digits near 0.
            let (n, fraction) = split(each!(x; i => x[i].minus_magnitude().mul(two).at_least(least)));
            let power = each!(x; i => n[i].power_of_two());
            let less = each!(x; i => power[i].sub(one));
            let m = each!(x; i => less[i].add_product(power[i], fraction[i]));
            let sum = each!(x; i => two.add(m[i]));
            let y = each!(x; i => m[i].div(sum[i]));
            // What was lost when m and the sum were rounded, over the sum; the chord of 1 / sum is close enough for it.
            let lost_in_m = each!(x; i => less[i].sub(m[i]).add_product(power[i], fraction[i]));
            let lost = each!(x; i => lost_in_m[i].add_product(y[i], sum[i].sub(two).sub(m[i])));
            each!(x; i => y[i].add_product(lost[i], chord.add_product(minus_half, sum[i])).with_sign_of(x[i]))
        }
    }
}

/// e^x.
///
/// # Safety
/// The processor must have what `V` needs.
#[inline(always)]
unsafe fn whole<F: Element, V: Vector<F>, const W: usize>(x: [V; W]) -> [V; W] {
    // SAFETY: the caller's promise.
    unsafe {
        let (n, fraction) = split(x);
        let one = V::splat(F::NUMBERS.one);
        each!(x; i => one.add(fraction[i]).times_power_of_two(n[i]))
    }
}

/// n and e^r - 1, of x = n ln 2 + r.
///
/// # Safety
/// The processor must have what `V` needs.
#[inline(always)]
unsafe fn split<F: Element, V: Vector<F>, const W: usize>(x: [V; W]) -> ([V; W], [V; W]) {
    // SAFETY: the caller's promise.
    unsafe {
        let (round, log2_e) = (V::splat(F::ROUND), V::splat(F::LOG2_E));
        let (high, low) = (V::splat(F::MINUS_LN_2[0]), V::splat(F::MINUS_LN_2[1]));
        let n = each!(x; i => round.add_product(x[i], log2_e).sub(round));
        let r = each!(x; i => x[i].add_product(n[i], high).add_product(n[i], low));
        let square = each!(x; i => r[i].mul(r[i]));
        // Two factors at a time, which do not wait for each other.
        let mut q = [V::splat(F::FIRST); W];
        let mut pair = 0;
        while pair < F::FACTORS.len() {
            let [above, below] = [V::splat(F::FACTORS[pair][0]), V::splat(F::FACTORS[pair][1])];
            let next = each!(x; i => below.add_product(above, r[i]));
            q = each!(x; i => next[i].add_product(q[i], square[i]));
            pair += 1;
        }
        let fraction = each!(x; i => r[i].add_product(square[i], q[i]));
        (n, fraction)
    }
}
