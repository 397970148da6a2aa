//! How numbers are written in each language, exactly.

use crate::Float;

/// Returns whether the numbers are of double precision.
pub(super) fn is_double<F>() -> bool {
    size_of::<F>() == size_of::<f64>()
}

/// Writes a number in hexadecimal, as C99 has it: 0x1.8p+1 is 3. Exact in both precisions.
pub(super) fn hexadecimal(value: f64) -> String {
    const MANTISSA: u32 = f64::MANTISSA_DIGITS - 1;
    let (bits, sign) = (value.to_bits(), if value.is_sign_negative() { "-" } else { "" });
    let (exponent, mantissa) = ((bits >> MANTISSA) & 0x7ff, bits & ((1 << MANTISSA) - 1));
    if exponent == 0 && mantissa == 0 {
        return format!("{sign}0x0p+0");
    }
    let (first, exponent) = if exponent == 0 { (0, -1022) } else { (1, exponent as i64 - 1023) };
    let digits = format!("{mantissa:013x}");
    let digits = digits.trim_end_matches('0');
    let point = if digits.is_empty() { "" } else { "." };
    format!("{sign}0x{first}{point}{digits}p{exponent:+}")
}

/// Writes a number with the fewest decimal digits that stand for it alone in this precision.
pub(super) fn decimal<F: Float>(value: F) -> String {
    format!("{value:?}")
}
