//! What `Serialize` and `Deserialize` share: numbers that JSON cannot hold, checks of what was read, a limit of depth.

use serde::{Deserialize, Deserializer, Serialize};
use std::cell::Cell;

/// Writes a number that is not finite as text where the format is text: JSON has no infinity.
pub(crate) mod number {
    use serde::de::{Error, Unexpected, Visitor};
    use serde::{Deserializer, Serializer};
    use std::fmt;

    pub(crate) fn serialize<S: Serializer>(number: &f64, to: S) -> Result<S::Ok, S::Error> {
        if number.is_finite() || !to.is_human_readable() {
            to.serialize_f64(*number)
        } else {
            // The sign of NaN is kept: what compares bits finds it equal.
            let sign = if number.is_nan() && number.is_sign_negative() { "-" } else { "" };
            to.serialize_str(&format!("{sign}{number}"))
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
                "NaN" => Ok(f64::NAN.copysign(1.0)),
                "-NaN" => Ok(f64::NAN.copysign(-1.0)),
                _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
            }
        }
    }
}

/// A number that may be infinite, inside of something else.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Number(#[serde(with = "number")] f64);

/// Writes a [`number`] that may be missing.
pub(crate) mod optional_number {
    use crate::serialize::Number;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(number: &Option<f64>, to: S) -> Result<S::Ok, S::Error> {
        number.map(Number).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
        Ok(Option::<Number>::deserialize(from)?.map(|Number(number)| number))
    }
}

/// Writes pairs of a name and a [`number`], in their order.
pub(crate) mod named_numbers {
    use crate::serialize::Number;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(pairs: &[(String, f64)], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(pairs.iter().map(|(name, number)| (name, Number(*number))))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<(String, f64)>, D::Error> {
        let pairs = Vec::<(String, Number)>::deserialize(from)?;
        Ok(pairs.into_iter().map(|(name, Number(number))| (name, number)).collect())
    }
}

/// The number of values that may lie inside of each other: a file could otherwise nest them until the stack overflows.
const DEPTH_LIMIT: usize = 100;

thread_local! {
    /// How many values the present one lies in.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// Reads a value that may hold values of its own type.
pub(crate) fn nested<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    /// Goes a level down, and up again when it is dropped.
    struct Level;

    impl Drop for Level {
        fn drop(&mut self) {
            DEPTH.set(DEPTH.get() - 1);
        }
    }

    if DEPTH.get() == DEPTH_LIMIT {
        return Err(serde::de::Error::custom(format!("more than {DEPTH_LIMIT} descriptions inside of each other")));
    }
    DEPTH.set(DEPTH.get() + 1);
    let _level = Level;
    T::deserialize(from)
}

/// Implements `Serialize` and `Deserialize` for a struct or enum, from its name and its fields or variants: what was
/// read goes through `check`, so that no value exists that a constructor would refuse.
///
/// The fields stand here again, as the compiler checks, with the attributes of serde that they need. A derive on the
/// type itself would give it a public function that reads without the check.
macro_rules! checked_serde {
    ($name:literal, $kind:ident $type:ident $fields:tt, $check:expr) => {
        const _: () = {
            #[derive(serde::Serialize, serde::Deserialize)]
            #[serde(remote = $name, rename = $name, rename_all = "snake_case", deny_unknown_fields)]
            $kind Fields $fields

            impl serde::Serialize for $type {
                fn serialize<S: serde::Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
                    Fields::serialize(self, to)
                }
            }

            impl<'de> serde::Deserialize<'de> for $type {
                fn deserialize<D: serde::Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
                    let read = Fields::deserialize(from)?;
                    let check: fn(&Self) -> crate::Result<()> = $check;
                    check(&read).map_err(serde::de::Error::custom)?;
                    Ok(read)
                }
            }
        };
    };
}

pub(crate) use checked_serde;
