//! [`Element`]: how the files of other libraries keep one number of a tensor.

use super::Values;
use crate::data::half;

/// The type of a number in a file, little-endian. Other types (complex, quantized, flags) are no parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(feature = "pytorch"), allow(dead_code, reason = "Keras has no whole numbers of 8 and 16 bits"))]
pub(super) enum Element {
    F16,
    Bf16,
    F32,
    F64,
    U8,
    I8,
    I16,
    I32,
    I64,
}

impl Element {
    /// Returns the size in bytes.
    pub(super) fn size(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::F16 | Self::Bf16 | Self::I16 => 2,
            Self::F32 | Self::I32 => 4,
            Self::F64 | Self::I64 => 8,
        }
    }

    /// Returns the size in bytes of what a number becomes in memory.
    #[cfg(feature = "pytorch")]
    pub(super) fn size_of_value(self) -> usize {
        match self {
            Self::F16 | Self::Bf16 | Self::F32 => 4,
            Self::F64 | Self::U8 | Self::I8 | Self::I16 | Self::I32 | Self::I64 => 8,
        }
    }

    /// Decodes the numbers at these positions, counted in numbers; there are `count` of them.
    ///
    /// Returns `None` if one is beyond the bytes.
    pub(super) fn decode(self, bytes: &[u8], count: usize, positions: impl Iterator<Item = usize>) -> Option<Values> {
        Some(match self {
            Self::F16 => gather(bytes, count, positions, |bytes| half(u16::from_le_bytes(bytes)) as f32)?.into(),
            Self::Bf16 => gather(bytes, count, positions, |[low, high]| f32::from_le_bytes([0, 0, low, high]))?.into(),
            Self::F32 => gather(bytes, count, positions, f32::from_le_bytes)?.into(),
            Self::F64 => gather(bytes, count, positions, f64::from_le_bytes)?.into(),
            Self::U8 => gather(bytes, count, positions, |[byte]| i64::from(byte))?.into(),
            Self::I8 => gather(bytes, count, positions, |bytes| i64::from(i8::from_le_bytes(bytes)))?.into(),
            Self::I16 => gather(bytes, count, positions, |bytes| i64::from(i16::from_le_bytes(bytes)))?.into(),
            Self::I32 => gather(bytes, count, positions, |bytes| i64::from(i32::from_le_bytes(bytes)))?.into(),
            Self::I64 => gather(bytes, count, positions, i64::from_le_bytes)?.into(),
        })
    }
}

fn gather<T, const N: usize>(
    bytes: &[u8],
    count: usize,
    positions: impl Iterator<Item = usize>,
    decode: impl Fn([u8; N]) -> T,
) -> Option<Vec<T>> {
    let elements = bytes.as_chunks::<N>().0;
    let mut values = Vec::new();
    values.try_reserve_exact(count).ok()?;
    for position in positions {
        values.push(decode(*elements.get(position)?));
    }
    Some(values)
}
