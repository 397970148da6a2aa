//! [`Dataset`]: the numbers of a dataset and their shape.

use super::cursor::Cursor;
use super::header::{Message, kind};
use super::reader::Reader;
use crate::Float;
use crate::data::invalid_data;
use crate::io::element::Element;
use crate::io::{Tensor, in_content};
use std::io;

/// The messages of a dataset.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dataset<'a> {
    dataspace: &'a [u8],
    datatype: &'a [u8],
    layout: &'a [u8],
}

impl<'a> Dataset<'a> {
    /// Returns the dataset that has these messages; `None` if they are those of a group or a named type.
    pub(super) fn of_messages(messages: &[Message<'a>]) -> io::Result<Option<Self>> {
        let find = |kind: u16| messages.iter().find(|message| message.kind == kind);
        let (Some(dataspace), Some(datatype), Some(layout)) =
            (find(kind::DATASPACE), find(kind::DATATYPE), find(kind::LAYOUT))
        else {
            return Ok(None);
        };
        if dataspace.is_shared || datatype.is_shared || layout.is_shared {
            return Err(invalid_data("expected a dataset with a type of its own, found one with a named type"));
        }
        if find(kind::EXTERNAL_FILES).is_some() {
            return Err(invalid_data("expected a dataset in the file, found one that lies in other files"));
        }
        Ok(Some(Self { dataspace: dataspace.data, datatype: datatype.data, layout: layout.data }))
    }

    /// Returns the size of each dimension.
    pub(super) fn shape(&self) -> io::Result<Vec<u64>> {
        read_shape(Cursor(self.dataspace))
    }

    /// Reads the numbers, row-major; whole numbers too.
    pub(super) fn read<F: Float>(&self, reader: &mut Reader<'a>, is_bfloat: bool) -> io::Result<Vec<F>> {
        let element = read_element(Cursor(self.datatype), is_bfloat)?;
        let bytes = self.content(reader)?;
        let count = count_elements(&self.shape()?);
        if count.and_then(|count| count.checked_mul(element.size() as u64)) != Some(bytes.len() as u64) {
            let (shape, size, found) = (self.shape()?, element.size(), bytes.len());
            let text = format!("expected numbers of {size} bytes for the shape {shape:?}, found {found} bytes");
            return Err(invalid_data(text));
        }
        let count = bytes.len() / element.size();
        let values = element.decode(bytes, count, 0..count).ok_or(io::ErrorKind::OutOfMemory)?;
        Tensor::new(vec![count], values).and_then(Tensor::into_vec).map_err(in_content)
    }

    /// Returns the bytes of the numbers.
    fn content(&self, reader: &mut Reader<'a>) -> io::Result<&'a [u8]> {
        let mut layout = Cursor(self.layout);
        let (version, class) = (layout.u8()?, layout.u8()?);
        match (version, class) {
            (3..=5, 0) => {
                let length = layout.u16()?;
                layout.take(length.into())
            }
            (3..=5, 1) => {
                let (address, length) = (layout.u64()?, layout.u64()?);
                if length == 0 { Ok(&[]) } else { reader.read(address, length) }
            }
            (3..=5, 2) => Err(invalid_data("expected a dataset in one piece, as Keras writes it, found one in chunks")),
            _ => Err(invalid_data(format!("expected a layout of version 3, found version {version}, class {class}"))),
        }
    }
}

/// Returns the product of the sizes, if it fits.
pub(super) fn count_elements(shape: &[u64]) -> Option<u64> {
    shape.iter().try_fold(1_u64, |product, &size| product.checked_mul(size))
}

/// Reads a dataspace message.
pub(super) fn read_shape(mut data: Cursor<'_>) -> io::Result<Vec<u64>> {
    let (version, rank, _flags, class) = (data.u8()?, data.u8()?, data.u8()?, data.u8()?);
    match (version, class) {
        (1, _) => data.skip(4)?,
        // A single number or an array.
        (2, 0 | 1) => {}
        // Nothing at all.
        (2, 2) => return Ok(vec![0]),
        _ => return Err(invalid_data(format!("expected a dataspace of version 1 or 2, found version {version}"))),
    }
    (0..rank).map(|_| data.u64()).collect()
}

/// Reads a datatype message. Keras writes a bfloat16 as two opaque bytes and an attribute that says so.
fn read_element(mut data: Cursor<'_>, is_bfloat: bool) -> io::Result<Element> {
    let class = data.u8()? & 0x0f;
    let flags = data.number(3)?;
    let (size, is_big_endian) = (data.u32()?, flags & 1 != 0);
    let found = match (class, size) {
        (0 | 1, _) if is_big_endian => "big-endian numbers".to_owned(),
        (0, 4) if flags & 8 != 0 => return Ok(Element::I32),
        (0, 8) if flags & 8 != 0 => return Ok(Element::I64),
        (1, 2 | 4 | 8) => {
            data.skip(4)?;
            let [exponent_start, exponent, mantissa_start, mantissa] = [data.u8()?, data.u8()?, data.u8()?, data.u8()?];
            let bias = data.u32()?;
            match (size, exponent_start, exponent, mantissa_start, mantissa, bias) {
                (2, 10, 5, 0, 10, 15) => return Ok(Element::F16),
                (2, 7, 8, 0, 7, 127) => return Ok(Element::Bf16),
                (4, 23, 8, 0, 23, 127) => return Ok(Element::F32),
                (8, 52, 11, 0, 52, 1023) => return Ok(Element::F64),
                _ => format!("floats of {exponent} and {mantissa} bits"),
            }
        }
        (5, 2) if is_bfloat => return Ok(Element::Bf16),
        (0, _) => format!("whole numbers of {size} bytes (a quantized model?)"),
        (3 | 9, _) => "strings".to_owned(),
        _ => format!("a type of class {class} with {size} bytes"),
    };
    Err(invalid_data(format!("expected floats of 16, 32 or 64 bits, found {found}")))
}
