//! exp, sigmoid and tanh over slices, several registers at a time, so that their long chains of operations do not wait
//! for each other's latency.
//!
//! e^x = 2^n e^r with an integer n and |r| <= ln 2 / 2; ln 2 is subtracted in two parts so that r keeps its digits
//! (Cody and Waite 1980), and e^r - 1 = r + r² q(r) with a minimax polynomial q. All results are within 2 units in the
//! last place of the exact value, for subnormal numbers, infinities and NaN too.

use super::super::simd::{Level, Scalar, SimdLoop, Vector, dispatch};

/// Replaces each value x by e^x.
pub(in crate::kernel) fn exp<F: Constants>(values: &mut [F]) {
    dispatch(EachRegister::<F, Exp>(values, Exp));
}

/// Replaces each value x by 1 / (1 + e^-x).
pub(in crate::kernel) fn sigmoid<F: Constants>(values: &mut [F]) {
    dispatch(EachRegister::<F, Sigmoid>(values, Sigmoid));
}

/// Replaces each value x by tanh x.
pub(in crate::kernel) fn tanh<F: Constants>(values: &mut [F]) {
    dispatch(EachRegister::<F, Tanh>(values, Tanh));
}

/// The constants of the functions, for one type.
pub(in crate::kernel) trait Constants: Scalar + 'static {
    /// The x below which e^x is zero, and the x above which it is infinite.
    const RANGE: [Self; 2];
    const LOG2_E: Self;
    /// -ln 2 in two parts, the first with few digits.
    const MINUS_LN_2: [Self; 2];
    /// q in e^r - 1 = r + r² q(r).
    const Q: Polynomial<Self>;
    /// q in (e^2r - 1) / 2 = r + r² q(r).
    const Q_OF_TWICE: Polynomial<Self>;
    const TANH: TanhConstants<Self>;
}

/// A polynomial of an even degree.
pub(in crate::kernel) struct Polynomial<F: 'static> {
    /// The coefficient of the highest power.
    first: F,
    /// The other coefficients, from higher powers to lower, in pairs.
    pairs: &'static [[F; 2]],
}

/// The constants of tanh.
pub(in crate::kernel) struct TanhConstants<F> {
    half: F,
    /// The x below which e^2x rounds to nothing beside 1.
    least: F,
    twice_log2_e: F,
    minus_half_ln_2: F,
}

macro_rules! constants {
    ($float:ident, $range:expr, $minus_ln_2:expr, $first:expr, $pairs:expr) => {
        impl Constants for $float {
            const RANGE: [Self; 2] = $range;
            const LOG2_E: Self = std::$float::consts::LOG2_E;
            const MINUS_LN_2: [Self; 2] = $minus_ln_2;
            const Q: Polynomial<Self> = Polynomial { first: $first, pairs: &$pairs };
            const Q_OF_TWICE: Polynomial<Self> = {
                const PAIRS: [[$float; 2]; $pairs.len()] = {
                    // The coefficient of r^k is 2 · 2^k times the other.
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
            const TANH: TanhConstants<Self> = TanhConstants {
                half: 0.5,
                least: -40.0,
                twice_log2_e: 2.0 * std::$float::consts::LOG2_E,
                minus_half_ln_2: -0.5 * std::$float::consts::LN_2,
            };
        }
    };
}

constants!(
    f32,
    [-105.0, 89.0],
    [-355.0 / 512.0, 2.121_944_4e-4],
    1.381_454_2e-3,
    [[8.368_745e-3, 4.166_839e-2], [1.666_652_1e-1, 4.999_999_4e-1]]
);
constants!(
    f64,
    [-746.0, 710.0],
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

/// A function of `W` registers.
trait Function {
    /// Computes the function of each lane.
    fn compute<F: Constants, V: Vector<F>, const W: usize>(level: V::Level, x: [V; W]) -> [V; W];
}

/// Computes a function of each number of a slice.
struct EachRegister<'a, F, T>(&'a mut [F], T);

impl<F: Constants, T: Function> SimdLoop for EachRegister<'_, F, T> {
    type Output = ();

    #[inline(always)]
    fn run<L: Level>(self, level: L) {
        let (mut values, lanes) = (self.0, L::Vector::<F>::LANES);
        if L::REGISTERS_AT_A_TIME == TOGETHER {
            while values.len() >= TOGETHER * lanes {
                let (now, rest) = values.split_at_mut(TOGETHER * lanes);
                let mut x = [L::Vector::<F>::splat(level, F::zero()); TOGETHER];
                for (register, values) in x.iter_mut().zip(now.chunks_exact(lanes)) {
                    *register = L::Vector::read(level, values);
                }
                for (register, values) in T::compute(level, x).into_iter().zip(now.chunks_exact_mut(lanes)) {
                    register.write(values);
                }
                values = rest;
            }
        }
        let short_lanes = L::Short::<F>::LANES;
        while values.len() > if short_lanes < lanes { short_lanes } else { 0 } {
            let (now, rest) = values.split_at_mut(values.len().min(lanes));
            compute_register::<F, L::Vector<F>, T>(level, now);
            values = rest;
        }
        if short_lanes < lanes && !values.is_empty() {
            compute_register::<F, L::Short<F>, T>(level.short(), values);
        }
    }
}

/// Registers that are computed at a time, on levels that do so.
const TOGETHER: usize = 4;

/// Computes a function of the numbers in one register.
#[inline(always)]
fn compute_register<F: Constants, V: Vector<F>, T: Function>(level: V::Level, values: &mut [F]) {
    let [y] = T::compute(level, [V::read(level, values)]);
    y.write(values);
}

/// Returns an array of one expression for each register. Not a closure, which would not be compiled for the level.
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
    fn compute<F: Constants, V: Vector<F>, const W: usize>(level: V::Level, x: [V; W]) -> [V; W] {
        let [least, most] = [V::splat(level, F::RANGE[0]), V::splat(level, F::RANGE[1])];
        compute_exp(level, each!(x; i => x[i].at_least(least).at_most(most)))
    }
}

struct Sigmoid;

impl Function for Sigmoid {
    #[inline(always)]
    fn compute<F: Constants, V: Vector<F>, const W: usize>(level: V::Level, x: [V; W]) -> [V; W] {
        let (one, least) = (V::splat(level, F::one()), V::splat(level, F::RANGE[0]));
        // Computed from e^-|x|, so that nothing overflows.
        let e = compute_exp(level, each!(x; i => x[i].minus_magnitude().at_least(least)));
        let q = each!(x; i => e[i].div(one.add(e[i])));
        // q was rounded several times; in e - e q and in 1 - q its error counts for less.
        let numerator = each!(x; i => x[i].if_negative(e[i], one));
        each!(x; i => numerator[i].sub_product(numerator[i], q[i]))
    }
}

struct Tanh;

impl Function for Tanh {
    #[inline(always)]
    fn compute<F: Constants, V: Vector<F>, const W: usize>(level: V::Level, x: [V; W]) -> [V; W] {
        let (half, least) = (V::splat(level, F::TANH.half), V::splat(level, F::TANH.least));
        let [twice_log2_e, minus_half_ln_2] =
            [V::splat(level, F::TANH.twice_log2_e), V::splat(level, F::TANH.minus_half_ln_2)];
        let round = V::splat(level, F::ROUND_TO_EXPONENT);
        // Computed from e^-2|x| = 2^n e^2r, so that nothing overflows.
        let minus = each!(x; i => x[i].minus_magnitude().at_least(least));
        let n = each!(x; i => round.add_product(minus[i], twice_log2_e));
        let power = each!(x; i => n[i].shift_mantissa_to_exponent());
        let r = each!(x; i => minus[i].add_product(n[i].sub(round), minus_half_ln_2));
        let fraction = compute_exp_m1(level, r, F::Q_OF_TWICE);
        // tanh |x| = h / (1 - h) with h = (1 - e^-2|x|) / 2 = near - less, which keeps its digits near 0.
        let near = each!(x; i => half.sub_product(power[i], half));
        let less = each!(x; i => power[i].mul(fraction[i]));
        let minus_h = each!(x; i => less[i].sub(near[i]));
        let rest = each!(x; i => half.add_product(power[i], half).add(less[i]));
        let q = each!(x; i => minus_h[i].div(rest[i]));
        // q was rounded several times; in h + h tanh |x|, with h in its two parts, its error counts for less.
        let far = each!(x; i => less[i].sub_product(minus_h[i], q[i]));
        each!(x; i => near[i].sub(far[i]).with_sign_of(x[i]))
    }
}

/// Computes e^x for x in the range.
#[inline(always)]
fn compute_exp<F: Constants, V: Vector<F>, const W: usize>(level: V::Level, x: [V; W]) -> [V; W] {
    let (round, log2_e) = (V::splat(level, F::ROUND), V::splat(level, F::LOG2_E));
    let (high, low) = (V::splat(level, F::MINUS_LN_2[0]), V::splat(level, F::MINUS_LN_2[1]));
    let n = each!(x; i => round.add_product(x[i], log2_e).sub(round));
    let r = each!(x; i => x[i].add_product(n[i], high).add_product(n[i], low));
    let fraction = compute_exp_m1(level, r, F::Q);
    let one = V::splat(level, F::one());
    each!(x; i => one.add(fraction[i]).times_power_of_two(n[i]))
}

/// Computes r + r² q(r).
#[inline(always)]
fn compute_exp_m1<F: Constants, V: Vector<F>, const W: usize>(level: V::Level, r: [V; W], q: Polynomial<F>) -> [V; W] {
    let square = each!(r; i => r[i].mul(r[i]));
    // Two coefficients at a time, which do not wait for each other.
    let mut sum = [V::splat(level, q.first); W];
    let mut pair = 0;
    while pair < q.pairs.len() {
        let [above, below] = [V::splat(level, q.pairs[pair][0]), V::splat(level, q.pairs[pair][1])];
        let next = each!(r; i => below.add_product(above, r[i]));
        sum = each!(r; i => next[i].add_product(sum[i], square[i]));
        pair += 1;
    }
    each!(r; i => r[i].add_product(square[i], sum[i]))
}
