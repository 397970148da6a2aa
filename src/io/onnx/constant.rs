//! Constants of a graph: from messages to [`Tensor`]s and texts.

use super::external::{External, Place};
use super::messages::{Reader, StringStringEntryProto, TensorProto, data_type};
use crate::data::{half, invalid_data, quote};
use crate::io::{Tensor, Values};
use std::io;

/// Returns the sizes of a tensor and the number of its elements.
pub(super) fn sizes(tensor: &TensorProto) -> io::Result<(Vec<usize>, usize)> {
    let sizes: Option<Vec<usize>> = tensor.dims.iter().map(|&size| usize::try_from(size).ok()).collect();
    let count = sizes.as_ref().and_then(|sizes| sizes.iter().try_fold(1_usize, |all, &size| all.checked_mul(size)));
    let wrong = |found| invalid_data(format!("expected the sizes of a tensor, found {found}"));
    match (sizes, count) {
        (Some(sizes), Some(count)) if sizes.len() <= MOST_AXES => Ok((sizes, count)),
        _ if tensor.dims.len() > MOST_AXES => Err(wrong(format!("{} axes", tensor.dims.len()))),
        _ => Err(wrong(format!("{:?}", tensor.dims))),
    }
}

/// Axes of a tensor that is read.
const MOST_AXES: usize = 8;

/// Reads the numbers of a tensor: floating-point numbers of any width, or integers of 32 or 64 bits.
pub(super) fn read_numbers(tensor: &TensorProto, reader: &mut Reader, external: &mut External) -> io::Result<Tensor> {
    let (sizes, count) = sizes(tensor)?;
    if count == 0 {
        return Err(invalid_data(format!("expected at least one number, found the shape {sizes:?}")));
    }
    if tensor.segment.is_some() {
        return Err(invalid_data("expected a whole tensor, found a segment of one"));
    }
    let width = match tensor.data_type {
        data_type::FLOAT | data_type::INT32 => 4,
        data_type::DOUBLE | data_type::INT64 => 8,
        data_type::FLOAT16 | data_type::BFLOAT16 => 2,
        data_type::BOOL => 1,
        other => {
            let expected = "numbers of type FLOAT, DOUBLE, FLOAT16, BFLOAT16, INT32, INT64 or BOOL";
            return Err(invalid_data(format!("expected {expected}, found {}", data_type::name(other))));
        }
    };
    let outside;
    let raw = if tensor.data_location == 0 {
        tensor.raw_data.as_deref()
    } else {
        let bytes = (count as u64).saturating_mul(width as u64);
        outside = external.read(&place(tensor, reader)?, bytes)?;
        Some(&outside[..])
    };
    let tensor = match raw {
        Some(raw) => {
            check_length(&sizes, count.checked_mul(width), raw.len(), "bytes")?;
            from_raw(tensor.data_type, sizes, raw)
        }
        None => from_fields(tensor, sizes, count)?,
    };
    tensor.map_err(|error| invalid_data(error.to_string()))
}

/// Demands the length that a shape needs.
fn check_length(sizes: &[usize], expected: Option<usize>, found: usize, unit: &str) -> io::Result<()> {
    if expected == Some(found) {
        return Ok(());
    }
    Err(invalid_data(format!("expected {unit} for a tensor of shape {sizes:?}, found {found}")))
}

/// Reads numbers from their bytes, lowest byte first.
fn from_raw(data_type: i32, sizes: Vec<usize>, raw: &[u8]) -> crate::Result<Tensor> {
    fn numbers<const WIDTH: usize, T>(raw: &[u8], number: impl Fn([u8; WIDTH]) -> T) -> Vec<T> {
        raw.as_chunks().0.iter().map(|&bytes| number(bytes)).collect()
    }
    match data_type {
        data_type::FLOAT => Tensor::new(sizes, numbers(raw, f32::from_le_bytes)),
        data_type::DOUBLE => Tensor::new(sizes, numbers(raw, f64::from_le_bytes)),
        data_type::FLOAT16 => Tensor::new(sizes, numbers(raw, |bytes| half(u16::from_le_bytes(bytes)) as f32)),
        data_type::BFLOAT16 => Tensor::new(sizes, numbers(raw, |bytes| widen_brain(u16::from_le_bytes(bytes)))),
        data_type::INT32 => Tensor::new(sizes, numbers(raw, |bytes| i64::from(i32::from_le_bytes(bytes)))),
        data_type::INT64 => Tensor::new(sizes, numbers(raw, i64::from_le_bytes)),
        _ => Tensor::new(sizes, numbers(raw, |[byte]| i64::from(byte))),
    }
}

/// Reads numbers from the field of their type.
fn from_fields(tensor: &TensorProto, sizes: Vec<usize>, count: usize) -> io::Result<crate::Result<Tensor>> {
    let length = match tensor.data_type {
        data_type::FLOAT => tensor.float_data.len(),
        data_type::DOUBLE => tensor.double_data.len(),
        data_type::INT64 => tensor.int64_data.len(),
        _ => tensor.int32_data.len(),
    };
    check_length(&sizes, Some(count), length, "numbers")?;
    // Half precisions are stored as the 16 bits of each number.
    let bits = || tensor.int32_data.iter().map(|&bits| bits as u16);
    Ok(match tensor.data_type {
        data_type::FLOAT => Tensor::new(sizes, tensor.float_data.clone()),
        data_type::DOUBLE => Tensor::new(sizes, tensor.double_data.clone()),
        data_type::INT64 => Tensor::new(sizes, tensor.int64_data.clone()),
        data_type::FLOAT16 => Tensor::new(sizes, bits().map(|bits| half(bits) as f32).collect::<Vec<_>>()),
        data_type::BFLOAT16 => Tensor::new(sizes, bits().map(widen_brain).collect::<Vec<_>>()),
        _ => Tensor::new(sizes, tensor.int32_data.iter().map(|&number| i64::from(number)).collect::<Vec<_>>()),
    })
}

/// Reads where the numbers of a tensor are.
fn place(tensor: &TensorProto, reader: &mut Reader) -> io::Result<Place> {
    let mut place = Place::default();
    for StringStringEntryProto { key, value } in reader.read_all(&tensor.external_data)? {
        let number = || {
            let wrong = || format!("expected a number as {key} of external data, found {}", quote(value.as_bytes()));
            value.parse().map_err(|_| invalid_data(wrong()))
        };
        match key.as_str() {
            "offset" => place.offset = number()?,
            "length" => place.length = Some(number()?),
            "location" => place.location = value,
            // A checksum, for example.
            _ => {}
        }
    }
    Ok(place)
}

/// Reads the texts of a tensor.
pub(super) fn read_texts(tensor: &TensorProto) -> io::Result<Vec<String>> {
    let (sizes, count) = sizes(tensor)?;
    check_length(&sizes, Some(count), tensor.string_data.len(), "texts")?;
    tensor.string_data.iter().map(|text| read_text(text)).collect()
}

/// Reads a text, which must be UTF-8.
pub(super) fn read_text(bytes: &[u8]) -> io::Result<String> {
    let text = std::str::from_utf8(bytes);
    text.map(str::to_owned).map_err(|_| invalid_data(format!("expected a text in UTF-8, found {}", quote(bytes))))
}

/// Widens a number of bfloat16, the upper half of a float, exactly.
fn widen_brain(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}

/// Swaps rows and columns.
pub(super) fn transpose(tensor: &Tensor) -> io::Result<Tensor> {
    fn swapped<T: Copy>(values: &[T], rows: usize, columns: usize) -> Vec<T> {
        (0..columns).flat_map(|column| (0..rows).map(move |row| values[row * columns + column])).collect()
    }
    let &[rows, columns] = tensor.shape() else {
        return Err(invalid_data(format!("expected a matrix to transpose, found the shape {:?}", tensor.shape())));
    };
    let shape = vec![columns, rows];
    let swapped = match tensor.values() {
        Values::F32(values) => Tensor::new(shape, swapped(values, rows, columns)),
        Values::F64(values) => Tensor::new(shape, swapped(values, rows, columns)),
        Values::I64(values) => Tensor::new(shape, swapped(values, rows, columns)),
    };
    swapped.map_err(|error| invalid_data(error.to_string()))
}
