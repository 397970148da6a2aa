//! [`RowWriter`]: a serializer of serde that takes a struct or a map apart.

use super::Value;
use serde::ser::{self, Impossible, Serialize, SerializeMap, SerializeStruct, Serializer};
use std::fmt::{self, Display};

/// Receives the fields of a row: the name, the index in the row, and the value of each.
pub(super) type Fields<'a> = dyn FnMut(&str, usize, Value) -> Written<()> + 'a;

/// Why a row cannot be kept.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) field: Option<String>,
    pub(super) expected: String,
    pub(super) found: String,
}

impl Refusal {
    pub(super) fn new(expected: impl Into<String>, found: impl ToString) -> Self {
        Self { field: None, expected: expected.into(), found: found.to_string() }
    }

    /// Names the field, if none is named yet.
    pub(super) fn of(mut self, field: &str) -> Self {
        self.field.get_or_insert_with(|| field.to_owned());
        self
    }
}

impl Display for Refusal {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "expected {}, found {}", self.expected, self.found)
    }
}

impl std::error::Error for Refusal {}

impl ser::Error for Refusal {
    fn custom<T: Display>(message: T) -> Self {
        Self::new("a value that can be serialized", message)
    }
}

pub(super) type Written<T> = std::result::Result<T, Refusal>;

/// Refuses values of the data model of serde: each with what it is called.
macro_rules! refuse {
    ($expected:expr; $($method:ident($($type:ty),*) -> $ok:ty, $found:expr;)*) => {
        $(fn $method(self, $(_: $type),*) -> Written<$ok> {
            Err(Refusal::new($expected, $found))
        })*
    };
}

/// Writes a row: a struct or a map.
pub(super) struct RowWriter<'a, 'b>(pub(super) &'a mut Fields<'b>);

const ROW: &str = "a struct or a map";

impl<'a, 'b> Serializer for RowWriter<'a, 'b> {
    type Ok = ();
    type Error = Refusal;
    type SerializeSeq = Impossible<(), Refusal>;
    type SerializeTuple = Impossible<(), Refusal>;
    type SerializeTupleStruct = Impossible<(), Refusal>;
    type SerializeTupleVariant = Impossible<(), Refusal>;
    type SerializeMap = FieldWriter<'a, 'b>;
    type SerializeStruct = FieldWriter<'a, 'b>;
    type SerializeStructVariant = Impossible<(), Refusal>;

    refuse! { ROW;
        serialize_bool(bool) -> (), "a boolean";
        serialize_i8(i8) -> (), "a number";
        serialize_i16(i16) -> (), "a number";
        serialize_i32(i32) -> (), "a number";
        serialize_i64(i64) -> (), "a number";
        serialize_i128(i128) -> (), "a number";
        serialize_u8(u8) -> (), "a number";
        serialize_u16(u16) -> (), "a number";
        serialize_u32(u32) -> (), "a number";
        serialize_u64(u64) -> (), "a number";
        serialize_u128(u128) -> (), "a number";
        serialize_f32(f32) -> (), "a number";
        serialize_f64(f64) -> (), "a number";
        serialize_char(char) -> (), "a character";
        serialize_str(&str) -> (), "a text";
        serialize_bytes(&[u8]) -> (), "bytes";
        serialize_none() -> (), "nothing";
        serialize_unit() -> (), "nothing";
        serialize_unit_struct(&'static str) -> (), "a struct without fields";
        serialize_unit_variant(&'static str, u32, &'static str) -> (), "a variant of an enum";
        serialize_seq(Option<usize>) -> Self::SerializeSeq, "a sequence";
        serialize_tuple(usize) -> Self::SerializeTuple, "a tuple";
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct, "a tuple";
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant,
            "a variant of an enum";
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant,
            "a variant of an enum";
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Written<()> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Written<()> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Written<()> {
        Err(Refusal::new(ROW, "a variant of an enum"))
    }

    fn serialize_map(self, _: Option<usize>) -> Written<FieldWriter<'a, 'b>> {
        Ok(FieldWriter { fields: self.0, next: 0, key: None })
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Written<FieldWriter<'a, 'b>> {
        self.serialize_map(None)
    }
}

/// Writes the fields of a row.
pub(super) struct FieldWriter<'a, 'b> {
    fields: &'a mut Fields<'b>,
    /// The index of the next field.
    next: usize,
    /// The key of a map whose value comes next.
    key: Option<String>,
}

impl FieldWriter<'_, '_> {
    fn write<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Written<()> {
        let value = value.serialize(ValueWriter).map_err(|refusal| refusal.of(name))?;
        (self.fields)(name, self.next, value)?;
        self.next += 1;
        Ok(())
    }
}

impl SerializeStruct for FieldWriter<'_, '_> {
    type Ok = ();
    type Error = Refusal;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Written<()> {
        self.write(name, value)
    }

    fn end(self) -> Written<()> {
        Ok(())
    }
}

impl SerializeMap for FieldWriter<'_, '_> {
    type Ok = ();
    type Error = Refusal;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Written<()> {
        self.key = match key.serialize(ValueWriter)? {
            Value::Missing => return Err(Refusal::new("a name for each value", "none")),
            name => Some(name.to_string()),
        };
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Written<()> {
        let key = self.key.take().ok_or_else(|| Refusal::new("a name for each value", "none"))?;
        self.write(&key, value)
    }

    fn end(self) -> Written<()> {
        Ok(())
    }
}

/// Turns one value into an entry.
struct ValueWriter;

const VALUE: &str = "a number, a text, a boolean or nothing";

/// Makes entries of numbers.
macro_rules! write_numbers {
    ($($method:ident($type:ty);)*) => {
        $(fn $method(self, number: $type) -> Written<Value> {
            match number as f64 {
                number if number.is_nan() => Ok(Value::Missing),
                number if number.is_finite() => Ok(Value::Number(number)),
                number => Err(Refusal::new("a finite number", number)),
            }
        })*
    };
}

impl Serializer for ValueWriter {
    type Ok = Value;
    type Error = Refusal;
    type SerializeSeq = Impossible<Value, Refusal>;
    type SerializeTuple = Impossible<Value, Refusal>;
    type SerializeTupleStruct = Impossible<Value, Refusal>;
    type SerializeTupleVariant = Impossible<Value, Refusal>;
    type SerializeMap = Impossible<Value, Refusal>;
    type SerializeStruct = Impossible<Value, Refusal>;
    type SerializeStructVariant = Impossible<Value, Refusal>;

    write_numbers! {
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_i128(i128);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_u128(u128);
        serialize_f32(f32);
        serialize_f64(f64);
    }

    fn serialize_bool(self, value: bool) -> Written<Value> {
        Ok(Value::Boolean(value))
    }

    fn serialize_char(self, value: char) -> Written<Value> {
        Ok(Value::Text(value.to_string()))
    }

    fn serialize_str(self, text: &str) -> Written<Value> {
        Ok(Value::Text(text.to_owned()))
    }

    fn serialize_none(self) -> Written<Value> {
        Ok(Value::Missing)
    }

    fn serialize_unit(self) -> Written<Value> {
        Ok(Value::Missing)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Written<Value> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Written<Value> {
        value.serialize(self)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Written<Value> {
        Ok(Value::Text(variant.to_owned()))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: &T,
    ) -> Written<Value> {
        Err(Refusal::new(VALUE, format!("the variant {variant} with a content")))
    }

    refuse! { VALUE;
        serialize_bytes(&[u8]) -> Value, "bytes";
        serialize_unit_struct(&'static str) -> Value, "a struct without fields";
        serialize_seq(Option<usize>) -> Self::SerializeSeq, "a sequence";
        serialize_tuple(usize) -> Self::SerializeTuple, "a tuple";
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct, "a tuple";
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant,
            "a variant with a content";
        serialize_map(Option<usize>) -> Self::SerializeMap, "a map";
        serialize_struct(&'static str, usize) -> Self::SerializeStruct, "a struct";
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant,
            "a variant with a content";
    }
}
