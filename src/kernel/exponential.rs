//! exp, sigmoid and tanh over slices, several registers at a time, whose long chains of operations do not wait for each other.
//!
//! e^x = 2^n e^r with whole n and |r| ≤ ln 2 / 2; ln 2 is subtracted in two parts so that r keeps its digits (Cody and Waite
//! 1980), and e^r - 1 = r + r² q(r) by a polynomial whose largest error is as small as it can be. All are within 2 units in the
//! last place of the true value, for subnormal numbers, infinities and NaN too.

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
    /// Adding it rounds to whole numbers, which are then the last digits.
    const ROUND: Self;
    /// The same, and the exponent that 1 has.
    const ROUND_TO_EXPONENT: Self;
    /// Where e^x is no longer above zero, or no longer finite.
    const RANGE: [Self; 2];
    /// The smallest and the largest n for which 2^n is a normal number.
    const POWERS: [Self; 2];
    const LOG2_E: Self;
    /// ln 2 in two parts, the first with few digits; negative.
    const MINUS_LN_2: [Self; 2];
    /// q in e^r - 1 = r + r² q(r).
    const Q: Polynomial<Self>;
    /// q in (e^2r - 1) / 2 = r + r² q(r).
    const Q_OF_TWICE: Polynomial<Self>;
    /// What tanh is made of.
    const TANH: NumbersOfTanh<Self>;
}

/// A polynomial of an even degree.
#[derive(Debug)]
pub struct Polynomial<F: 'static> {
    /// The factor of the highest power.
    first: F,
    /// The other factors, from higher powers to lower, in pairs.
    pairs: &'static [[F; 2]],
}

#[derive(Debug)]
pub struct NumbersOfTanh<F> {
    half: F,
    /// e^2x is nothing beside 1 below it.
    least: F,
    twice_log2_e: F,
    minus_half_ln_2: F,
}

macro_rules! exponential {
    ($float:ident, $digits:literal, $range:expr, $powers:expr, $minus_ln_2:expr, $first:expr, $pairs:expr) => {
        impl Exponential for $float {
            const ROUND: Self = (3_u64 << ($digits - 1)) as Self;
            const ROUND_TO_EXPONENT: Self = Self::ROUND + (Self::MAX_EXP - 1) as Self;
            const RANGE: [Self; 2] = $range;
            const POWERS: [Self; 2] = $powers;
            const LOG2_E: Self = std::$float::consts::LOG2_E;
            const MINUS_LN_2: [Self; 2] = $minus_ln_2;
            const Q: Polynomial<Self> = Polynomial { first: $first, pairs: &$pairs };
            const Q_OF_TWICE: Polynomial<Self> = {
                const PAIRS: [[$float; 2]; $pairs.len()] = {
                    // That of r^k is twice 2^k times the other.
                    let (mut pairs, mut index, mut twice) = ($pairs, $pairs.len(), 2.0);
                    while index > 0 {
                        index -= 1;
                        pairs[index] = [pairs[index][0] * twice * 2.0, pairs[index][1] * twice];
                        twice *= 4.0;
                    }
                    pairs
                };
                Polynomial { first: $first * (2_u64 << (2 * PAIRS.len())) as Self, pairs: &PAIRS }
            };
            const TANH: NumbersOfTanh<Self> = NumbersOfTanh {
                half: 0.5,
                least: -40.0,
                twice_log2_e: 2.0 * std::$float::consts::LOG2_E,
                minus_half_ln_2: -0.5 * std::$float::consts::LN_2,
            };
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
            let (one, least) = (V::splat(F::one()), V::splat(F::RANGE[0]));
            // From e^-|x|, so that nothing overflows.
            let e = whole(each!(x; i => x[i].minus_magnitude().at_least(least)));
            let q = each!(x; i => e[i].div(one.add(e[i])));
            // q was rounded several times; in e - e q and in 1 - q that counts for less.
            let numerator = each!(x; i => x[i].if_negative(e[i], one));
            each!(x; i => numerator[i].sub_product(numerator[i], q[i]))
        }
    }
}

struct Tanh;

impl Function for Tanh {
    #[inline(always)]
    unsafe fn of<F: Element, V: Vector<F>, const W: usize>(x: [V; W]) -> [V; W] {
        // SAFETY: the caller's promise.
        unsafe {
            let (half, least) = (V::splat(F::TANH.half), V::splat(F::TANH.least));
            let [twice_log2_e, minus_half_ln_2] = [V::splat(F::TANH.twice_log2_e), V::splat(F::TANH.minus_half_ln_2)];
            let round = V::splat(F::ROUND_TO_EXPONENT);
            // From e^-2|x| = 2^n e^2r, so that nothing overflows.
            let minus = each!(x; i => x[i].minus_magnitude().at_least(least));
            let n = each!(x; i => round.add_product(minus[i], twice_log2_e));
            let power = each!(x; i => n[i].last_digits_to_exponent());
            let r = each!(x; i => minus[i].add_product(n[i].sub(round), minus_half_ln_2));
            let fraction = less_one(r, F::Q_OF_TWICE);
            // tanh |x| = h / (1 - h) with h = (1 - e^-2|x|) / 2 = near - less, which keeps its digits near 0.
            let near = each!(x; i => half.sub_product(power[i], half));
            let less = each!(x; i => power[i].mul(fraction[i]));
            let minus_h = each!(x; i => less[i].sub(near[i]));
            let rest = each!(x; i => half.add_product(power[i], half).add(less[i]));
            let q = each!(x; i => minus_h[i].div(rest[i]));
            // q was rounded several times; in h + h tanh |x|, with h in its two parts, that counts for less.
            let far = each!(x; i => less[i].sub_product(minus_h[i], q[i]));
            each!(x; i => near[i].sub(far[i]).with_sign_of(x[i]))
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
        let (round, log2_e) = (V::splat(F::ROUND), V::splat(F::LOG2_E));
        let (high, low) = (V::splat(F::MINUS_LN_2[0]), V::splat(F::MINUS_LN_2[1]));
        let n = each!(x; i => round.add_product(x[i], log2_e).sub(round));
        let r = each!(x; i => x[i].add_product(n[i], high).add_product(n[i], low));
        let fraction = less_one(r, F::Q);
        let one = V::splat(F::one());
        each!(x; i => one.add(fraction[i]).times_power_of_two(n[i]))
    }
}

/// r + r² q(r).
///
/// # Safety
/// The processor must have what `V` needs.
#[inline(always)]
unsafe fn less_one<F: Element, V: Vector<F>, const W: usize>(r: [V; W], q: Polynomial<F>) -> [V; W] {
    // SAFETY: the caller's promise.
    unsafe {
        let square = each!(r; i => r[i].mul(r[i]));
        // Two factors at a time, which do not wait for each other.
        let mut sum = [V::splat(q.first); W];
        let mut pair = 0;
        while pair < q.pairs.len() {
            let [above, below] = [V::splat(q.pairs[pair][0]), V::splat(q.pairs[pair][1])];
            let next = each!(r; i => below.add_product(above, r[i]));
            sum = each!(r; i => next[i].add_product(sum[i], square[i]));
            pair += 1;
        }
        each!(r; i => r[i].add_product(square[i], sum[i]))
    }
}
