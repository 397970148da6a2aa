//! Safetensors files: a header in JSON, and the numbers of the tensors one after another.

use super::names::compare_naturally;
use crate::data::quote;
use crate::io::element::Element;
use crate::io::{Tensor, Values};
use crate::{Error, Result};
use safetensors::tensor::{Dtype, Metadata, TensorInfo, View};
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

/// The longest header, in bytes; other readers have the same limit.
const LONGEST_HEADER: u64 = 100_000_000;

#[cold]
fn wrong(expected: impl Into<String>, found: impl ToString) -> Error {
    Error::invalid("StateDict", expected, found)
}

/// Returns whether the bytes start as a safetensors file: the length of the header, and the header itself.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    bytes.get(4..9) == Some(b"\0\0\0\0{")
}

/// Reads the tensors of a file, sorted by their names: numbers in them by their values.
pub(super) fn parse(bytes: &[u8]) -> Result<Vec<(String, Tensor)>> {
    let whole = "a whole safetensors file";
    let Some((length, rest)) = bytes.split_first_chunk() else { return Err(wrong(whole, "less than 8 bytes")) };
    let length = u64::from_le_bytes(*length);
    let header = usize::try_from(length).ok().filter(|_| length <= LONGEST_HEADER);
    let Some((header, numbers)) = header.and_then(|length| rest.split_at_checked(length)) else {
        return Err(wrong(whole, format!("a header of {length} bytes in {}", rest.len())));
    };
    let mut reader = serde_json::Deserializer::from_slice(header);
    let tensors = reader.deserialize_map(Header).and_then(|tensors| reader.end().map(|()| tensors));
    let mut tensors = tensors.map_err(|error| wrong("a header in JSON that describes tensors", error))?;
    tensors.sort_by_key(|(_, info)| info.data_offsets);
    let infos: Vec<_> = tensors.iter().map(|(_, info)| info.clone()).collect();
    let faults = |error| wrong("tensors one after another, each of the length of its shape", error);
    let length = Metadata::new(None, tensors.clone()).map_err(faults)?.data_len();
    if length != numbers.len() {
        return Err(wrong(format!("{length} bytes of numbers, as the header says"), numbers.len()));
    }
    let mut read = Vec::with_capacity(tensors.len());
    for ((name, _), info) in tensors.into_iter().zip(infos) {
        let Some(element) = element(info.dtype) else {
            let name = quote(name.as_bytes());
            let expected = format!("float16, bfloat16, float32, float64 or an integer in the tensor {name}");
            return Err(wrong(expected, format!("{:?}", info.dtype)));
        };
        let (start, end) = info.data_offsets;
        let count = (end - start) / element.size();
        let values = numbers.get(start..end).and_then(|bytes| element.decode(bytes, count, 0..count));
        let values = values.ok_or_else(|| wrong(whole, "numbers beyond its end"))?;
        read.push((name, Tensor::new(info.shape, values)?));
    }
    read.sort_by(|(one, _), (other, _)| compare_naturally(one, other));
    Ok(read)
}

fn element(dtype: Dtype) -> Option<Element> {
    Some(match dtype {
        Dtype::F16 => Element::F16,
        Dtype::BF16 => Element::Bf16,
        Dtype::F32 => Element::F32,
        Dtype::F64 => Element::F64,
        Dtype::U8 => Element::U8,
        Dtype::I8 => Element::I8,
        Dtype::I16 => Element::I16,
        Dtype::I32 => Element::I32,
        Dtype::I64 => Element::I64,
        _ => return None,
    })
}

/// Reads the header; unlike a map, it sees when a name is there twice.
struct Header;

impl<'de> Visitor<'de> for Header {
    type Value = Vec<(String, TensorInfo)>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("an object with a tensor for each name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Self::Value, A::Error> {
        let (mut tensors, mut names) = (Vec::new(), BTreeSet::new());
        while let Some(name) = map.next_key::<String>()? {
            if !names.insert(name.clone()) {
                return Err(A::Error::custom(format!("two entries called {}", quote(name.as_bytes()))));
            }
            if name == "__metadata__" {
                map.next_value::<IgnoredAny>()?;
            } else {
                tensors.push((name, map.next_value()?));
            }
        }
        Ok(tensors)
    }
}

/// Returns the bytes of a file with these tensors.
pub(super) fn serialize(tensors: &[(String, Tensor)]) -> Result<Vec<u8>> {
    // What PyTorch's own writers say, and some of its readers ask for. One entry has one order.
    let metadata = [("format".to_owned(), "pt".to_owned())].into_iter().collect();
    let tensors = tensors.iter().map(|(name, tensor)| (name, Written(tensor)));
    safetensors::serialize(tensors, Some(metadata)).map_err(|error| wrong("tensors that fit into a file", error))
}

/// A tensor as the writer sees it.
struct Written<'a>(&'a Tensor);

impl View for Written<'_> {
    fn dtype(&self) -> Dtype {
        match self.0.values() {
            Values::F32(_) => Dtype::F32,
            Values::F64(_) => Dtype::F64,
            Values::I64(_) => Dtype::I64,
        }
    }

    fn shape(&self) -> &[usize] {
        self.0.shape()
    }

    fn data(&self) -> Cow<'_, [u8]> {
        match self.0.values() {
            Values::F32(values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            Values::F64(values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            Values::I64(values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        }
    }

    fn data_len(&self) -> usize {
        match self.0.values() {
            Values::F32(values) => size_of_val(&values[..]),
            Values::F64(values) => size_of_val(&values[..]),
            Values::I64(values) => size_of_val(&values[..]),
        }
    }
}
