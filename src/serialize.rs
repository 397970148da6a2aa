//! What `Serialize` and `Deserialize` share: numbers that JSON cannot hold, and checks of what was read.

/// Writes a number that is not finite as text where the format is text: JSON has no infinity.
pub(crate) mod number {
    use serde::de::{Error, Unexpected, Visitor};
    use serde::{Deserializer, Serializer};
    use std::fmt;

    pub(crate) fn serialize<S: Serializer>(number: &f64, to: S) -> Result<S::Ok, S::Error> {
        if number.is_finite() || !to.is_human_readable() {
            to.serialize_f64(*number)
        } else {
            to.serialize_str(&number.to_string())
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
        if from.is_human_readable() { from.deserialize_any(NumberVisitor) } else { from.deserialize_f64(NumberVisitor) }
    }

    struct NumberVisitor;

    impl Visitor<'_> for NumberVisitor {
        type Value = f64;

        fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
            to.write_str("a number")
        }

        fn visit_f64<E: Error>(self, number: f64) -> Result<f64, E> {
            Ok(number)
        }

        fn visit_u64<E: Error>(self, number: u64) -> Result<f64, E> {
            Ok(number as f64)
        }

        fn visit_i64<E: Error>(self, number: i64) -> Result<f64, E> {
            Ok(number as f64)
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<f64, E> {
            match text {
                "inf" => Ok(f64::INFINITY),
                "-inf" => Ok(f64::NEG_INFINITY),
                "NaN" => Ok(f64::NAN),
                _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
            }
        }
    }
}

/// Implements `Serialize` and `Deserialize` for a type that derives both with `#[serde(remote = "Self")]`: what was read
/// goes through `check`, so that no value exists that a constructor would refuse.
macro_rules! checked_serde {
    ($type:ident $(<$($parameter:ident: $bound:path),+>)?, $check:expr) => {
        impl $(<$($parameter: $bound + serde::Serialize),+>)? serde::Serialize for $type $(<$($parameter),+>)? {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                Self::serialize(self, to)
            }
        }

        impl<'de $(, $($parameter: $bound + serde::Deserialize<'de>),+)?> serde::Deserialize<'de>
            for $type $(<$($parameter),+>)?
        {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let read = Self::deserialize(from)?;
                let check: fn(&Self) -> crate::Result<()> = $check;
                check(&read).map_err(serde::de::Error::custom)?;
                Ok(read)
            }
        }
    };
}

pub(crate) use checked_serde;
