//! Numbers as they are written in tables.

/// What a field is, read as a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Reading {
    Number {
        value: f64,
        /// Whether the number is written as `f64` writes it: then no text is lost when it is kept as a number.
        is_canonical: bool,
    },
    /// An infinite number, or one that is too large for `f64`.
    NotFinite,
    Text,
}

/// How numbers are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Notation {
    /// Whether a comma stands before the fraction.
    pub(super) has_decimal_comma: bool,
    /// What may stand between groups of three digits before the fraction.
    pub(super) thousands: Option<u8>,
}

/// Powers of ten up to 10^15, which `f64` holds exactly.
const POWERS: [f64; 16] = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

impl Notation {
    /// Reads a field without blanks around it.
    #[inline]
    pub(super) fn read(self, field: &[u8]) -> Reading {
        if self == Self::default() {
            return read_short(field).unwrap_or_else(|| read_long(field));
        }
        self.plain(field).map_or(Reading::Text, |field| match read_long(&field) {
            Reading::Number { value, .. } => Reading::Number { value, is_canonical: false },
            other => other,
        })
    }

    /// Rewrites a number with a point before the fraction and nothing between the groups; returns nothing for a text.
    fn plain(self, field: &[u8]) -> Option<Vec<u8>> {
        let decimal = if self.has_decimal_comma { b',' } else { b'.' };
        let point = field.iter().position(|&byte| byte == decimal).unwrap_or(field.len());
        let (whole, fraction) = field.split_at(point);
        let mut plain = Vec::with_capacity(field.len());
        let first = whole.iter().position(|byte| !b"+-".contains(byte)).unwrap_or(whole.len());
        plain.extend(&whole[..first]);
        let mut groups = whole[first..].split(|&byte| Some(byte) == self.thousands);
        let lead = groups.next()?;
        plain.extend(lead);
        for group in groups {
            if !(1..=3).contains(&lead.len()) || group.len() != 3 || !group.iter().all(u8::is_ascii_digit) {
                return None;
            }
            plain.extend(group);
        }
        if self.has_decimal_comma && (plain.contains(&b'.') || fraction.contains(&b'.')) {
            return None;
        }
        if let Some(digits) = fraction.get(1..) {
            plain.push(b'.');
            plain.extend(digits);
        }
        Some(plain)
    }
}

/// Reads a number of at most 15 digits without an exponent: most are, and the quotient of two exact numbers is the
/// `f64` nearest to it (W. D. Clinger, *How to read floating point numbers accurately*, 1990).
#[inline]
fn read_short(field: &[u8]) -> Option<Reading> {
    let (is_negative, digits) = match field {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.len() > 16 {
        return None;
    }
    let (mut whole, mut count, mut point) = (0_u64, 0, None);
    for (index, &byte) in digits.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            whole = 10 * whole + u64::from(digit);
            count += 1;
        } else if byte == b'.' && point.is_none() {
            point = Some(index);
        } else {
            return None;
        }
    }
    if !(1..=15).contains(&count) {
        return None;
    }
    let fraction = point.map_or(0, |point| digits.len() - 1 - point);
    let value = whole as f64 / POWERS[fraction];
    // No zero before the first digit, none at the end of the fraction, digits on both sides of the point.
    let lead = point.unwrap_or(digits.len());
    let is_canonical = (digits[0] != b'0' || lead == 1)
        && lead > 0
        && point.is_none_or(|_| fraction > 0 && digits[digits.len() - 1] != b'0');
    Some(Reading::Number { value: if is_negative { -value } else { value }, is_canonical })
}

/// Reads any number.
fn read_long(field: &[u8]) -> Reading {
    let digits = field.strip_prefix(b"-").or_else(|| field.strip_prefix(b"+")).unwrap_or(field);
    if [&b"inf"[..], b"infinity"].iter().any(|word| digits.eq_ignore_ascii_case(word)) {
        return Reading::NotFinite;
    }
    // Words that `parse` takes for numbers start with a letter.
    let is_number = digits.first().is_some_and(|&byte| byte.is_ascii_digit() || byte == b'.');
    let text = std::str::from_utf8(field).ok().filter(|_| is_number);
    match text.and_then(|text| text.parse::<f64>().ok()) {
        Some(value) if value.is_finite() => Reading::Number { value, is_canonical: false },
        Some(_) => Reading::NotFinite,
        None => Reading::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::{Notation, Reading, read_long, read_short};
    use rand::{Rng, SeedableRng};

    fn number(notation: Notation, field: &str) -> Option<f64> {
        match notation.read(field.as_bytes()) {
            Reading::Number { value, .. } => Some(value),
            _ => None,
        }
    }

    #[test]
    fn short_numbers_are_read_as_the_standard_library_reads_them_and_canonical_ones_come_back() {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(1);
        let mut canonical = 0;
        for _ in 0..200_000 {
            let length = random.random_range(1..18);
            let mut field: Vec<u8> =
                (0..length).map(|_| b"0123456789012345678900."[random.random_range(0..23)]).collect();
            if random.random_ratio(1, 4) {
                field.insert(0, b'-');
            }
            let text = std::str::from_utf8(&field).unwrap();
            if let Some(Reading::Number { value, is_canonical }) = read_short(&field) {
                assert_eq!(value.to_bits(), text.parse::<f64>().unwrap().to_bits(), "{text}");
                assert!(!is_canonical || value.to_string() == text, "{text} comes back as {value}");
                canonical += u32::from(is_canonical);
            } else if let Ok(value) = text.parse::<f64>() {
                assert_eq!(read_long(&field), Reading::Number { value, is_canonical: false }, "{text}");
            }
        }
        assert!(canonical > 10_000, "{canonical}");
        let canonical =
            |text: &str| matches!(read_short(text.as_bytes()), Some(Reading::Number { is_canonical: true, .. }));
        assert!(
            ["0", "-0", "7", "0.5", "-12.25", "100", "123456789012345", "0.00000000000001"].map(canonical) == [true; 8]
        );
        assert!(["00", "01", "1.0", "1.", ".5", "-01", "1234567890123456", "1e5", "+1"].map(canonical) == [false; 9]);
    }

    #[test]
    fn words_are_no_numbers() {
        let plain = Notation::default();
        for text in ["", "-", "+", ".", "nan", "NaN", "1,5", "0x10", "1_000", "1 2", "1e", "--1", "e5", "\u{661}"] {
            assert_eq!(plain.read(text.as_bytes()), Reading::Text, "{text}");
        }
        for text in ["inf", "-Infinity", "+INF", "1e999", "-1e400"] {
            assert_eq!(plain.read(text.as_bytes()), Reading::NotFinite, "{text}");
        }
        assert_eq!(["+1.5e-3", "1E2", "5.", ".5"].map(|text| number(plain, text).unwrap()), [0.0015, 100.0, 5.0, 0.5]);
    }

    #[test]
    fn commas_and_groups_are_read_when_asked_for() {
        let comma = Notation { has_decimal_comma: true, thousands: None };
        assert_eq!(["1,5", "-0,25", "3", "1,5e3"].map(|text| number(comma, text).unwrap()), [1.5, -0.25, 3.0, 1500.0]);
        assert_eq!(["1.5", "1,2,3", "1.000,5", ","].map(|text| number(comma, text)), [None; 4]);
        let groups = Notation { thousands: Some(b'.'), ..comma };
        assert_eq!(
            ["1.234.567,5", "-1.000", "12"].map(|text| number(groups, text).unwrap()),
            [1_234_567.5, -1000.0, 12.0]
        );
        assert_eq!(
            ["1.5", "1234.567", "1.23", ".123", "1..234", "1,000.5"].map(|text| number(groups, text)),
            [None; 6]
        );
        let english = Notation { has_decimal_comma: false, thousands: Some(b',') };
        assert_eq!(["1,234.5", "999", "-12,345"].map(|text| number(english, text).unwrap()), [1234.5, 999.0, -12345.0]);
        assert_eq!(["1,5", "12,34.5", "1,234,5", ",123"].map(|text| number(english, text)), [None; 4]);
    }
}
