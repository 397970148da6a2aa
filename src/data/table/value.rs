//! What stands in one row of one column: [`Entry`] in a table, [`Value`] on its own.

use std::fmt;

/// What stands in one row of a [`Column`](super::Column).
///
/// ```
/// use feedforward::data::{Column, Entry};
/// let column = Column::numbers("length", vec![39.1, f64::NAN]);
/// assert_eq!(column.entries().collect::<Vec<_>>(), [Entry::Number(39.1), Entry::Missing]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Entry<'a> {
    /// Nothing.
    Missing,
    /// A finite number.
    Number(f64),
    /// A text.
    Text(&'a str),
}

impl<'a> Entry<'a> {
    /// Returns the number, if it is one.
    pub fn number(self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(number),
            _ => None,
        }
    }

    /// Returns the text, if it is one.
    pub fn text(self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns whether nothing stands there.
    pub fn is_missing(self) -> bool {
        self == Self::Missing
    }
}

/// Writes the number, the text, or `NA`.
impl fmt::Display for Entry<'_> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => to.pad("NA"),
            Self::Number(number) => to.pad(&number.to_string()),
            Self::Text(text) => to.pad(text),
        }
    }
}

/// One value of a request: what [`Row`](super::Row) holds for each column.
///
/// ```
/// use feedforward::data::Value;
/// assert_eq!(Value::from(39.1), Value::Number(39.1));
/// assert_eq!(Value::from("Torgersen"), Value::Text("Torgersen".to_owned()));
/// assert_eq!(Value::from(None::<f64>), Value::Missing);
/// ```
///
/// With the feature `serde`, null, booleans, numbers and strings of JSON are read as what they are.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(untagged))]
pub enum Value {
    /// Nothing.
    #[default]
    Missing,
    /// True or false.
    Boolean(bool),
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
}

/// Writes the value, or `NA`.
impl fmt::Display for Value {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => to.pad("NA"),
            Self::Boolean(value) => value.fmt(to),
            Self::Number(number) => number.fmt(to),
            Self::Text(text) => to.pad(text),
        }
    }
}

impl From<Entry<'_>> for Value {
    fn from(entry: Entry<'_>) -> Self {
        match entry {
            Entry::Missing => Self::Missing,
            Entry::Number(number) => Self::Number(number),
            Entry::Text(text) => Self::Text(text.to_owned()),
        }
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Missing, T::into)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

macro_rules! from_number {
    ($($type:ty),*) => {
        $(impl From<$type> for Value {
            fn from(number: $type) -> Self {
                Self::Number(number as f64)
            }
        })*
    };
}

from_number!(f64, f32, i8, i16, i32, i64, u8, u16, u32, u64, usize, isize);

/// Reads null, booleans, numbers and strings.
#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Value {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct AnyValue;

        impl serde::de::Visitor<'_> for AnyValue {
            type Value = Value;

            fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                to.write_str("a number, a text, true, false or null")
            }

            fn visit_unit<E>(self) -> Result<Value, E> {
                Ok(Value::Missing)
            }

            fn visit_none<E>(self) -> Result<Value, E> {
                Ok(Value::Missing)
            }

            fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
                Ok(value.into())
            }

            fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
                Ok(number.into())
            }

            fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
                Ok(number.into())
            }

            fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
                Ok(number.into())
            }

            fn visit_str<E>(self, text: &str) -> Result<Value, E> {
                Ok(text.into())
            }
        }

        from.deserialize_any(AnyValue)
    }
}
