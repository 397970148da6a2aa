//! [`Element`]: how a number is kept in a file of numbers, and the conversion of whole files.

use super::file::{invalid_data, read_up_to, reserve};
use super::source::{Content, Length, wrong_length};
use crate::{Float, kernel};
use std::io;

/// How many bytes are converted at a time; a multiple of every element's size.
const CHUNK: usize = 1 << 16;

/// The type of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A byte; every value but zero is true.
    #[cfg(feature = "npy")]
    Bool,
    U8,
    I8,
    #[cfg(feature = "npy")]
    U16,
    I16,
    #[cfg(feature = "npy")]
    U32,
    I32,
    #[cfg(feature = "npy")]
    U64,
    #[cfg(feature = "npy")]
    I64,
    #[cfg(feature = "npy")]
    F16,
    F32,
    F64,
}

/// The type of the elements of a file, and the order of their bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) kind: Kind,
    pub(super) is_big_endian: bool,
}

impl Element {
    /// Returns the size in bytes.
    pub(super) fn size(self) -> usize {
        match self.kind {
            Kind::U8 | Kind::I8 => 1,
            Kind::I16 => 2,
            Kind::I32 | Kind::F32 => 4,
            Kind::F64 => 8,
            #[cfg(feature = "npy")]
            Kind::Bool => 1,
            #[cfg(feature = "npy")]
            Kind::U16 | Kind::F16 => 2,
            #[cfg(feature = "npy")]
            Kind::U32 => 4,
            #[cfg(feature = "npy")]
            Kind::U64 | Kind::I64 => 8,
        }
    }

    /// Overwrites `values` with the numbers in the bytes times `scale`, each rounded to the nearest of the precision.
    pub(super) fn decode<F: Float>(self, bytes: &[u8], scale: f64, values: &mut [F]) {
        let is_scaled = scale != 1.0;
        let is_own = match self.kind {
            Kind::F32 => size_of::<F>() == size_of::<f32>(),
            Kind::F64 => size_of::<F>() == size_of::<f64>(),
            _ => false,
        };
        if is_own && !is_scaled && !self.is_big_endian {
            return kernel::copy_le_bytes(bytes, values);
        }
        let big = self.is_big_endian;
        match self.kind {
            Kind::U8 => kernel::scale_bytes(bytes, scale, values),
            Kind::I8 => convert(values, bytes, big, scale, |bytes| f64::from(i8::from_le_bytes(bytes))),
            Kind::I16 => convert(values, bytes, big, scale, |bytes| f64::from(i16::from_le_bytes(bytes))),
            Kind::I32 => convert(values, bytes, big, scale, |bytes| f64::from(i32::from_le_bytes(bytes))),
            Kind::F32 => convert(values, bytes, big, scale, |bytes| f64::from(f32::from_le_bytes(bytes))),
            Kind::F64 => convert(values, bytes, big, scale, f64::from_le_bytes),
            #[cfg(feature = "npy")]
            Kind::Bool => convert(values, bytes, big, scale, |[byte]| if byte == 0 { 0.0 } else { 1.0 }),
            #[cfg(feature = "npy")]
            Kind::U16 => convert(values, bytes, big, scale, |bytes| f64::from(u16::from_le_bytes(bytes))),
            #[cfg(feature = "npy")]
            Kind::U32 => convert(values, bytes, big, scale, |bytes| f64::from(u32::from_le_bytes(bytes))),
            #[cfg(feature = "npy")]
            Kind::U64 => convert(values, bytes, big, scale, |bytes| u64::from_le_bytes(bytes) as f64),
            #[cfg(feature = "npy")]
            Kind::I64 => convert(values, bytes, big, scale, |bytes| i64::from_le_bytes(bytes) as f64),
            #[cfg(feature = "npy")]
            Kind::F16 => convert(values, bytes, big, scale, |bytes| half(u16::from_le_bytes(bytes))),
        }
    }
}

#[inline]
fn convert<F: Float, const N: usize>(
    values: &mut [F],
    bytes: &[u8],
    is_big_endian: bool,
    scale: f64,
    decode: impl Fn([u8; N]) -> f64,
) {
    let elements = values.iter_mut().zip(bytes.as_chunks::<N>().0);
    if is_big_endian {
        elements.for_each(|(value, &element)| {
            let mut element = element;
            element.reverse();
            *value = F::from_f64(decode(element) * scale);
        });
    } else {
        elements.for_each(|(value, &element)| *value = F::from_f64(decode(element) * scale));
    }
}

/// Returns the value of a float of 16 bits: 1 bit of sign, 5 of exponent, 10 of mantissa (IEEE 754).
#[cfg(any(feature = "npy", feature = "safetensors"))]
pub(crate) fn half(bits: u16) -> f64 {
    let mantissa = f64::from(bits & 0x3ff);
    let magnitude = match i32::from(bits >> 10 & 0x1f) {
        0 => mantissa * 2_f64.powi(-24),
        31 if mantissa == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        exponent => (1024.0 + mantissa) * 2_f64.powi(exponent - 25),
    };
    if bits >> 15 == 0 { magnitude } else { -magnitude }
}

/// What the header of a file says: the elements, the length of each axis, and how many bytes the header takes.
pub(super) struct Layout {
    pub(super) element: Element,
    pub(super) shape: Vec<usize>,
    pub(super) is_fortran: bool,
    pub(super) header: u64,
}

impl Layout {
    /// Returns rows and columns: the first axis, and the product of the others.
    pub(super) fn dimensions(&self) -> io::Result<(usize, usize)> {
        let (&rows, rest) = self.shape.split_first().unwrap_or((&1, &[]));
        let columns = rest.iter().try_fold(1_usize, |product, &length| product.checked_mul(length));
        let is_addressable = |columns: &usize| {
            let bytes = columns.checked_mul(rows).and_then(|count| count.checked_mul(size_of::<f64>()));
            bytes.is_some_and(|bytes| isize::try_from(bytes).is_ok())
        };
        match columns.filter(is_addressable) {
            Some(columns) if rows > 0 && columns > 0 => Ok((rows, columns)),
            Some(_) => Err(invalid_data(format!("expected at least one number, found the shape {:?}", self.shape))),
            None => Err(invalid_data(format!("expected a shape that fits into memory, found {:?}", self.shape))),
        }
    }

    /// Returns row and column of an element in the order of the file.
    fn position(&self, index: usize) -> (usize, usize) {
        let columns = self.shape.iter().skip(1).product::<usize>().max(1);
        if !self.is_fortran {
            return (index / columns, index % columns);
        }
        let Some((&rows, rest)) = self.shape.split_first() else { return (0, 0) };
        // The first axis changes fastest in the file, the last one in a row.
        let (mut index, row, mut column, mut stride) = (index / rows, index % rows, 0, columns);
        for &length in rest {
            stride /= length;
            column += index % length * stride;
            index /= length;
        }
        (row, column)
    }
}

/// Reads all numbers after the header, in the order of the file.
///
/// Memory is allocated while the numbers arrive, unless the length of the file proves that they are there.
pub(super) fn read_numbers<F: Float>(content: &mut Content<'_>, layout: &Layout) -> io::Result<Vec<F>> {
    let (rows, columns) = layout.dimensions()?;
    let count = rows * columns;
    let element = layout.element;
    let length = (count * element.size()) as u64 + layout.header;
    content.demand_length(length, &layout.shape)?;

    let mut values: Vec<F> = Vec::new();
    if let Length::Exact(_) = content.length {
        reserve(&mut values, count, Some(count))?;
    }
    let mut chunk = vec![0; CHUNK.min(count * element.size())];
    while values.len() < count {
        let start = values.len();
        let wanted = chunk.len().min((count - start) * element.size());
        let read = read_up_to(&mut content.from, &mut chunk[..wanted])?;
        if read < wanted {
            let found = layout.header + (start * element.size() + read) as u64;
            return Err(wrong_length(length, &layout.shape, found));
        }
        reserve(&mut values, wanted / element.size(), Some(count))?;
        values.resize(start + wanted / element.size(), F::zero());
        element.decode(&chunk[..wanted], 1.0, &mut values[start..]);
        if !kernel::all_finite(&values[start..]) {
            return Err(not_finite(layout, &chunk[..wanted], start, &values[start..]));
        }
    }
    // One more byte than the header says shows whether the file goes on.
    if read_up_to(&mut content.from, &mut [0])? > 0 {
        return Err(wrong_length(length, &layout.shape, "more"));
    }
    Ok(values)
}

/// Makes the error of the first of some numbers that is not finite: they start at the element `start`.
#[cold]
fn not_finite<F: Float>(layout: &Layout, bytes: &[u8], start: usize, values: &[F]) -> io::Error {
    let index = values.iter().position(|value| !value.is_finite()).unwrap_or_default();
    let size = layout.element.size();
    not_finite_at::<F>(layout.element, 1.0, &bytes[index * size..][..size], layout.position(start + index))
}

/// Makes the error of a number that is NaN, infinite, or too large for the precision.
#[cold]
pub(super) fn not_finite_at<F: Float>(
    element: Element,
    scale: f64,
    bytes: &[u8],
    (row, column): (usize, usize),
) -> io::Error {
    let mut exact = [f64::NAN];
    element.decode(bytes, scale, &mut exact);
    let expected = format!("expected numbers that are finite as {}", std::any::type_name::<F>());
    let [found] = exact;
    invalid_data(format!("{expected}, found {found:?} in row {row}, column {column} (counted from 0)"))
}

#[cfg(all(test, feature = "npy"))]
mod tests {
    use super::*;

    #[test]
    fn half_precision_is_decoded_to_the_last_bit() {
        for (bits, value) in [
            (0x0000, 0.0),
            (0x0001, 5.960_464_477_539_063e-8),
            (0x03ff, 6.097_555_160_522_461e-5),
            (0x0400, 6.103_515_625e-5),
            (0x3555, 0.333_251_953_125),
            (0x3c00, 1.0),
            (0x7bff, 65_504.0),
            (0xc000, -2.0),
            (0xfc00, f64::NEG_INFINITY),
        ] {
            assert_eq!(half(bits), value);
        }
        assert!(half(0x7e00).is_nan());
    }

    #[test]
    fn positions_in_fortran_order_are_those_of_rows() {
        let element = Element { kind: Kind::U8, is_big_endian: false };
        let layout = Layout { element, shape: vec![2, 3, 4], is_fortran: true, header: 0 };
        let shape = ndarray::IxDyn(&[2, 3, 4]);
        let order = ndarray::ArrayD::from_shape_vec(ndarray::ShapeBuilder::f(shape), (0..24).collect()).unwrap();
        let rows = order.as_standard_layout().into_owned();
        for (place, &index) in rows.iter().enumerate() {
            assert_eq!(layout.position(index), (place / 12, place % 12));
        }
    }
}
