//! Reading and writing safetensors: a header of names, types and shapes, then the numbers.

use super::{Tensor, Values};
use crate::data::{half, invalid_data, quote, read_header_bytes, read_up_to, reserve};
use crate::{Error, Float};
use safetensors::tensor::{Metadata, TensorInfo};
use safetensors::{Dtype, View};
use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{self, Read};

/// The texts in the header of a file, by name.
pub(crate) type Texts = BTreeMap<String, String>;

/// Bytes that are converted at a time: they stay in the first cache.
const CHUNK: usize = 16 << 10;

/// Reads a whole file; `length` is its number of bytes if it is known. The tensors come in their order in the file.
pub(crate) fn read_safetensors(from: &mut dyn Read, length: Option<u64>) -> io::Result<(Texts, Vec<(String, Tensor)>)> {
    let mut size = [0; 8];
    read_header_bytes(from, &mut size)?;
    let header_length = u64::from_le_bytes(size);
    let most = length.map_or(MOST_HEADER, |length| length.saturating_sub(8)).min(MOST_HEADER);
    if header_length > most {
        return Err(invalid_data(format!("expected a header of at most {most} bytes, found one of {header_length}")));
    }
    let mut header = Vec::new();
    from.take(header_length).read_to_end(&mut header)?;
    if (header.len() as u64) < header_length {
        return Err(ends_early(header_length, header.len()));
    }
    let Header { texts, tensors } = serde_json::from_slice(&header)
        .map_err(|error| invalid_data(format!("expected the header of a safetensors file, found damage: {error}")))?;
    // Checks that the numbers follow each other without gap and overlap, each as long as its shape says.
    let metadata = Metadata::new(None, tensors.clone()).map_err(|error| {
        invalid_data(format!("expected a header whose tensors follow each other as their shapes say, found: {error}"))
    })?;
    let expected = (metadata.data_len() as u64).saturating_add(8 + header_length);
    if let Some(found) = length.filter(|&found| found != expected) {
        return Err(invalid_data(format!("expected a file of {expected} bytes, as its header says, found {found}")));
    }
    let mut read = Vec::with_capacity(tensors.len());
    for (name, info) in tensors {
        let tensor = read_tensor(from, &info)
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", quote(name.as_bytes()))))?;
        read.push((name, tensor));
    }
    if read_up_to(from, &mut [0])? > 0 {
        return Err(invalid_data(format!("expected a file of {expected} bytes, as its header says, found more")));
    }
    Ok((texts, read))
}

/// What the format allows for a header, in bytes.
const MOST_HEADER: u64 = 100_000_000;

/// Reads the numbers of one tensor; half precisions are widened.
fn read_tensor(from: &mut dyn Read, info: &TensorInfo) -> io::Result<Tensor> {
    let bytes = info.data_offsets.1 - info.data_offsets.0;
    let values: Values = match info.dtype {
        Dtype::F16 => read_numbers(from, bytes, |bytes| half(u16::from_le_bytes(bytes)) as f32)?.into(),
        Dtype::BF16 => read_numbers(from, bytes, |[low, high]| f32::from_le_bytes([0, 0, low, high]))?.into(),
        Dtype::F32 => read_numbers(from, bytes, f32::from_le_bytes)?.into(),
        Dtype::F64 => read_numbers(from, bytes, f64::from_le_bytes)?.into(),
        Dtype::U8 => read_numbers(from, bytes, |[byte]| i64::from(byte))?.into(),
        Dtype::I8 => read_numbers(from, bytes, |bytes| i64::from(i8::from_le_bytes(bytes)))?.into(),
        Dtype::I16 => read_numbers(from, bytes, |bytes| i64::from(i16::from_le_bytes(bytes)))?.into(),
        Dtype::I32 => read_numbers(from, bytes, |bytes| i64::from(i32::from_le_bytes(bytes)))?.into(),
        Dtype::I64 => read_numbers(from, bytes, i64::from_le_bytes)?.into(),
        other => {
            let expected = "expected float16, bfloat16, float32, float64 or an integer";
            return Err(invalid_data(format!("{expected}, found {other:?}")));
        }
    };
    Tensor::new(info.shape.clone(), values).map_err(in_content)
}

/// Reads numbers of `N` bytes each, `bytes` in all, a chunk at a time.
fn read_numbers<const N: usize, T>(
    from: &mut dyn Read,
    bytes: usize,
    convert: impl Fn([u8; N]) -> T,
) -> io::Result<Vec<T>> {
    let (mut chunk, mut numbers, mut left) = ([0; CHUNK], Vec::new(), bytes);
    while left > 0 {
        let chunk = &mut chunk[..left.min(CHUNK)];
        let read = read_up_to(from, chunk)?;
        if read < chunk.len() {
            return Err(ends_early(bytes as u64, bytes - left + read));
        }
        reserve(&mut numbers, chunk.len() / N, Some(bytes / N))?;
        let (whole, _) = chunk.as_chunks::<N>();
        numbers.extend(whole.iter().map(|&bytes| convert(bytes)));
        left -= chunk.len();
    }
    Ok(numbers)
}

fn ends_early(expected: u64, found: usize) -> io::Error {
    invalid_data(format!("expected {expected} bytes, found the end of the file after {found}"))
}

/// Writes tensors and texts; equal ones give equal bytes.
pub(crate) fn write_safetensors(tensors: Vec<(String, Bytes)>, texts: Texts) -> crate::Result<Vec<u8>> {
    if texts.len() > 1 {
        return Err(Error::invalid("safetensors", "at most one text, as their order is not fixed", texts.len()));
    }
    let texts = if texts.is_empty() { None } else { Some(texts.into_iter().collect()) };
    safetensors::serialize(tensors, texts).map_err(|error| Error::invalid("safetensors", "a header to write", error))
}

/// The bytes of a tensor to be written.
pub(crate) struct Bytes {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Bytes {
    /// Takes numbers in their own precision.
    pub(crate) fn of_numbers<F: Float>(shape: Vec<usize>, numbers: &[F]) -> Self {
        if size_of::<F>() == size_of::<f32>() {
            let bytes = write_numbers(numbers, |number| (number.widen() as f32).to_le_bytes());
            Self { dtype: Dtype::F32, shape, bytes }
        } else {
            Self { dtype: Dtype::F64, shape, bytes: write_numbers(numbers, |number| number.widen().to_le_bytes()) }
        }
    }

    /// Takes a tensor as it is.
    pub(crate) fn of_tensor(tensor: &Tensor) -> Self {
        let shape = tensor.shape().to_vec();
        match tensor.values() {
            Values::F32(values) => Self::of_numbers(shape, values),
            Values::F64(values) => Self::of_numbers(shape, values),
            Values::I64(values) => Self { dtype: Dtype::I64, shape, bytes: write_numbers(values, i64::to_le_bytes) },
        }
    }
}

fn write_numbers<const N: usize, T: Copy>(numbers: &[T], convert: impl Fn(T) -> [u8; N]) -> Vec<u8> {
    let mut bytes = vec![0; N * numbers.len()];
    let (chunks, _) = bytes.as_chunks_mut::<N>();
    chunks.iter_mut().zip(numbers).for_each(|(chunk, &number)| *chunk = convert(number));
    bytes
}

impl View for Bytes {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

/// Makes the error of a content from one of the crate's.
pub(crate) fn in_content(error: Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

/// The header of a file: names are distinct, tensors in the order of their bytes.
struct Header {
    texts: Texts,
    tensors: Vec<(String, TensorInfo)>,
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(HeaderVisitor)
    }
}

struct HeaderVisitor;

impl<'de> Visitor<'de> for HeaderVisitor {
    type Value = Header;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a map from names to tensors")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Header, M::Error> {
        let (mut texts, mut tensors, mut names) = (Texts::new(), Vec::new(), BTreeSet::new());
        while let Some(name) = map.next_key::<String>()? {
            if !names.insert(name.clone()) {
                return Err(de::Error::custom(format!("the name {} comes twice", quote(name.as_bytes()))));
            }
            if name == "__metadata__" {
                texts = map.next_value()?;
            } else {
                tensors.push((name, map.next_value::<TensorInfo>()?));
            }
        }
        tensors.sort_by_key(|(_, info)| info.data_offsets);
        Ok(Header { texts, tensors })
    }
}
