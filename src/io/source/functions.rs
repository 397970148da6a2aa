//! The functions that activations and normalizations need, written once for all languages and both precisions.
//!
//! A body consists of lines `let name = expression` (a number), `bits name = expression` (an unsigned integer of the
//! same width) and, at its end, `return expression`. Expressions are those that C and Rust share, with
//! `select(condition, if true, if false)`, `to_bits(x)`, `from_bits(b)`, constants in capitals, and polynomials
//! of a number and its square: `EXP_POLYNOMIAL(r, w)`.
//! Comparisons are such that NaN stays NaN. Nothing overflows a sum of integers, and no number is converted to one.

/// A function of the library.
pub(super) struct Function {
    pub(super) name: &'static str,
    /// What follows x.
    pub(super) settings: &'static [&'static str],
    pub(super) comment: &'static str,
    pub(super) body: &'static str,
}

const fn function(name: &'static str, comment: &'static str, body: &'static str) -> Function {
    Function { name, settings: &[], comment, body }
}

/// All functions; each uses only those before it.
pub(super) const LIBRARY: [Function; 25] = [
    function(
        "exp_below",
        "e^x = 2^n e^r for x up to 89 (710 in double precision), |r| <= ln 2 / 2; 2^n as two factors: it may overflow.",
        "let a = select(x < EXP_LEAST, EXP_LEAST, x)
         let t = a * LOG2_E + EXP_ROUND
         bits k = to_bits(t) & EXP_MASK
         bits half = k >> 1
         let n = t - EXP_ROUND
         let r = (a - n * LN_2_HIGH) - n * LN_2_LOW
         let w = r * r
         let y = r + w * EXP_POLYNOMIAL(r, w)
         return (1.0 + y) * from_bits(half << MANTISSA) * from_bits((k - half) << MANTISSA)",
    ),
    function("exp", "e^x.", "return exp_below(select(x > EXP_MOST, EXP_MOST, x))"),
    function(
        "exp_m1",
        "e^x - 1 for x <= 0, as 2^n (e^r - 1) + (2^n - 1).",
        "let a = select(x < -40.0, -40.0, x)
         let t = a * LOG2_E + EXP_M1_ROUND
         let n = t - EXP_M1_ROUND
         let r = (a - n * LN_2_HIGH) - n * LN_2_LOW
         let w = r * r
         let y = r + w * EXP_POLYNOMIAL(r, w)
         let power = from_bits(to_bits(t) << MANTISSA)
         return y * power + (power - 1.0)",
    ),
    function(
        "ln_1p_fraction",
        "ln(1 + x) for 0 <= x <= 1, as 2 artanh(x / (2 + x)).",
        "let twice = x / (1.0 + 0.5 * x)
         let s = 0.5 * twice
         let w = s * s
         let square = w * w
         return twice * LN_POLYNOMIAL(w, square)",
    ),
    function(
        "ln_1p",
        "ln(1 + x) for x >= 0; from x = 1 on, 1 + x = 2^n (1 + fraction).",
        "bits b = to_bits(1.0 + x)
         let exponent = from_bits((b >> MANTISSA) | INTEGER_BITS) - INTEGER
         let fraction = from_bits((b & FRACTION_MASK) | ONE_BITS) - 1.0
         let n = select(x < 1.0, 0.0, exponent)
         let u = select(x >= 1.0, fraction, x)
         return n * LN_2 + ln_1p_fraction(u)",
    ),
    function(
        "inverse_root",
        "1 / sqrt(x) for x > 0, by Newton's method from a guess of 3%.",
        "let a = from_bits(ROOT_BITS - ((to_bits(x) & MAGNITUDE_MASK) >> 1))
         let b = a * (1.5 - 0.5 * x * a * a)
         let c = b * (1.5 - 0.5 * x * b * b)
         let d = c * (1.5 - 0.5 * x * c * c)
         return d * (1.5 - 0.5 * x * d * d)",
    ),
    function(
        "erfc",
        "1 - erf(x) = e^(-x^2) g(|x|) for x >= 0; x^2 is the square of its first digits, which is exact, and a rest.",
        "let magnitude = select(x < 0.0, -x, x)
         let a = select(magnitude > 40.0, 40.0, magnitude)
         let high = from_bits(to_bits(a) & HALF_DIGITS_MASK)
         let rest = (a - high) * (a + high)
         let q = (a - 3.0) / (a + 3.0)
         let square = q * q
         let g = ERFC_POLYNOMIAL(q, square) / (1.0 + 2.0 * a)
         let y = exp_below(-high * high) * (1.0 - rest * (1.0 - 0.5 * rest)) * g
         return select(x < 0.0, 2.0 - y, y)",
    ),
    function(
        "sigmoid",
        "1 / (1 + e^-x), from e^-|x|, so that nothing overflows.",
        "let e = exp_below(select(x > 0.0, -x, x))
         let s = 1.0 / (1.0 + e)
         return select(x < 0.0, e * s, s)",
    ),
    function(
        "tanh",
        "tanh x, from e^(-2|x|) - 1, which keeps its digits near 0.",
        "let m = exp_m1(select(x > 0.0, -2.0 * x, 2.0 * x))
         let y = m / (2.0 + m)
         return select(x < 0.0, y, -y)",
    ),
    function(
        "softplus",
        "ln(1 + e^x).",
        "let positive = select(x <= 0.0, 0.0, x)
         return positive + ln_1p_fraction(exp_below(select(x > 0.0, -x, x)))",
    ),
    function("softsign", "x / (1 + |x|).", "return x / (1.0 + select(x < 0.0, -x, x))"),
    function("relu", "The larger of x and 0.", "return select(x < 0.0, 0.0, x)"),
    Function {
        name: "leaky_relu",
        settings: &["slope"],
        comment: "x, or slope times x below 0.",
        body: "return select(x <= 0.0, slope * x, x)",
    },
    Function {
        name: "elu",
        settings: &["alpha"],
        comment: "x, or alpha (e^x - 1) below 0.",
        body: "let y = alpha * exp_m1(select(x > 0.0, 0.0, x))
               return select(x <= 0.0, y, x)",
    },
    function(
        "selu",
        "1.0507 x, or 1.7581 (e^x - 1) below 0.",
        "let y = SELU_DEPTH * exp_m1(select(x > 0.0, 0.0, x))
         return select(x <= 0.0, y, SELU_SCALE * x)",
    ),
    function("step", "1 above 0, else 0.", "return select(x > 0.0, 1.0, select(x <= 0.0, 0.0, x))"),
    function("silu", "x sigmoid(x).", "return x * sigmoid(x)"),
    function(
        "mish",
        "x tanh(ln(1 + e^x)) = x n / (n + 2) with n = e^x (e^x + 2), both divided by e^2x above 0.",
        "let e = exp_below(select(x > 0.0, -x, x))
         let n = select(x < 0.0, e * (e + 2.0), 1.0 + 2.0 * e)
         let d = select(x < 0.0, n + 2.0, n + 2.0 * e * e)
         return x * (n / d)",
    ),
    function(
        "hard_swish",
        "x times x / 6 + 1/2, this from 0 to 1.",
        "let y = x * (x + 3.0) / 6.0
         return select(x <= -3.0, 0.0, select(x >= 3.0, x, y))",
    ),
    function("gelu", "x times the normal distribution function.", "return x * (0.5 * erfc(-x * ROOT_HALF))"),
    function(
        "gelu_tanh",
        "x times the normal distribution function, nearly.",
        "return x * sigmoid(2.0 * (ROOT_2_PI * (x + 0.044715 * x * x * x)))",
    ),
    Function {
        name: "hard_sigmoid",
        settings: &["alpha", "beta"],
        comment: "alpha x + beta, from 0 to 1.",
        body: "let y = alpha * x + beta
               let z = select(y < 0.0, 0.0, y)
               return select(z > 1.0, 1.0, z)",
    },
    Function {
        name: "clip",
        settings: &["low", "high"],
        comment: "x, from low to high.",
        body: "let y = select(x < low, low, x)
               return select(y > high, high, y)",
    },
    Function {
        name: "at_least",
        settings: &["low"],
        comment: "The larger of x and low.",
        body: "return select(x < low, low, x)",
    },
    Function {
        name: "at_most",
        settings: &["high"],
        comment: "The smaller of x and high.",
        body: "return select(x > high, high, x)",
    },
];

/// A constant of a function in one precision.
#[derive(Clone, Copy)]
pub(super) enum Constant {
    Number(f64),
    Bits(u64),
}

/// Returns the constant of this name.
pub(super) fn constant(name: &str, is_double: bool) -> Option<Constant> {
    use Constant::{Bits, Number};
    let of = |single: f64, double: f64| Some(Number(if is_double { double } else { single }));
    let bits = |single: u32, double: u64| Some(Bits(if is_double { double } else { single.into() }));
    match name {
        "LOG2_E" => Some(Number(std::f64::consts::LOG2_E)),
        "LN_2" => Some(Number(std::f64::consts::LN_2)),
        "LN_2_HIGH" => of(355.0 / 512.0, 6.931_471_803_691_238e-1),
        "LN_2_LOW" => of(-2.121_944_4e-4, 1.908_214_929_270_587_7e-10),
        // Below and above it e^x is 0 and infinite.
        "EXP_LEAST" => of(-105.0, -746.0),
        "EXP_MOST" => of(89.0, 710.0),
        // 1.5 · 2^23 or 2^52 rounds a sum to an integer; with twice the bias of exponents its last bits are positive.
        "EXP_ROUND" => of(12_582_912.0 + 254.0, 6_755_399_441_055_744.0 + 2046.0),
        "EXP_M1_ROUND" => of(12_582_912.0 + 127.0, 6_755_399_441_055_744.0 + 1023.0),
        "EXP_MASK" => bits(0x1ff, 0xfff),
        "MANTISSA" => bits(23, 52),
        "FRACTION_MASK" => bits(0x7f_ffff, 0xf_ffff_ffff_ffff),
        "MAGNITUDE_MASK" => bits(0x7fff_ffff, 0x7fff_ffff_ffff_ffff),
        "HALF_DIGITS_MASK" => bits(0xffff_f000, 0xffff_ffff_f800_0000),
        "ONE_BITS" => bits(0x3f80_0000, 0x3ff0_0000_0000_0000),
        // A number whose last bits are an integer, and its value with the bias of exponents.
        "INTEGER_BITS" => bits(0x4b00_0000, 0x4330_0000_0000_0000),
        "INTEGER" => of(8_388_608.0 + 127.0, 4_503_599_627_370_496.0 + 1023.0),
        "ROOT_BITS" => bits(0x5f37_59df, 0x5fe6_eb50_c7b5_37a9),
        "ROOT_HALF" => Some(Number(std::f64::consts::FRAC_1_SQRT_2)),
        "ROOT_2_PI" => Some(Number(0.797_884_560_802_865_4)),
        "SELU_SCALE" => Some(Number(1.050_700_987_355_480_5)),
        "SELU_DEPTH" => Some(Number(1.050_700_987_355_480_5 * 1.673_263_242_354_377_2)),
        _ => None,
    }
}

/// Returns the coefficients of the polynomial of this name, from the constant on.
pub(super) fn polynomial(name: &str, is_double: bool) -> Option<Vec<f64>> {
    match name {
        // q in e^r - 1 = r + r² q(r), minimax: those of the crate's own exp.
        "EXP_POLYNOMIAL" if is_double => Some(vec![
            0.5,
            1.666_666_666_666_666_7e-1,
            4.166_666_666_666_667e-2,
            8.333_333_333_326_112e-3,
            1.388_888_888_888_373e-3,
            1.984_126_987_490_126e-4,
            2.480_158_732_560_532_4e-5,
            2.755_725_529_796_964_3e-6,
            2.755_727_357_010_214e-7,
            2.510_525_953_844_849_4e-8,
            2.091_471_734_171_637_8e-9,
        ]),
        "EXP_POLYNOMIAL" => Some(vec![4.999_999_4e-1, 1.666_652_1e-1, 4.166_839e-2, 8.368_745e-3, 1.381_454_2e-3]),
        // artanh(s) / s in w = s² <= 1/9: 1 + w/3 + w²/5 + ...
        "LN_POLYNOMIAL" => Some((0..if is_double { 17 } else { 8 }).map(|k| 1.0 / f64::from(2 * k + 1)).collect()),
        // (1 + 2x) e^(x²) erfc(x) in q = (x - 3) / (x + 3) for 0 <= x <= 40, interpolated at Chebyshev's points with 60
        // digits; relative error 1.2e-15.
        "ERFC_POLYNOMIAL" => Some(vec![
            1.25300805826973,
            -0.13562110612458023,
            -0.047562294353571476,
            0.12964515870249443,
            -0.11927366341022483,
            0.06830802735581198,
            -0.0237705150005498,
            0.0025293916127532307,
            0.0018886910117744506,
            -0.000779830496363456,
            -0.0001051626364677195,
            0.00012509041762598488,
            4.956175373400692e-06,
            -2.0073067937367374e-05,
            -7.38211605421354e-07,
            3.4196200556020704e-06,
            3.523648063246585e-07,
            -5.545274539095538e-07,
            -1.2208357228865772e-07,
            6.008514563446126e-08,
            2.1451859458875805e-08,
        ]),
        _ => None,
    }
}
