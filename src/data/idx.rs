//! IDX, the file format of MNIST: a header with element type and sizes, then the numbers in big-endian order.

use super::elements::{Element, Kind, Layout, read_numbers};
use super::file::{in_file, invalid_data, read_header_bytes};
use super::source::{Content, Source};
use crate::{Float, Result};
use ndarray::Array2;
use std::io::{self, Read};

/// Reads an IDX file, gzipped or not: one row for each example, the other dimensions one after another.
///
/// All element types of the format are supported: bytes with and without sign, whole numbers of 16 and 32 bits, floats
/// of 32 and 64; 1 to 4 dimensions with at least one number. An `Ok` never holds NaN or infinity. Memory for at most
/// 2.5 times the result plus 1 MiB is allocated, and never by what the header alone says; a gzipped file has a limit
/// ([`Source`]).
///
/// # Errors
/// When the file cannot be read, is no IDX file, holds fewer or more numbers than its header says, or one that is not
/// finite in this precision: the error names row and column.
///
/// ```no_run
/// let images = feedforward::data::read_idx::<f32>("train-images-idx3-ubyte.gz")? / 255.0;
/// assert_eq!(images.dim(), (60_000, 784));
/// # Ok::<(), feedforward::Error>(())
/// ```
pub fn read_idx<F: Float>(source: impl Into<Source>) -> Result<Array2<F>> {
    let source = source.into();
    parse(source.open()?).map_err(in_file(source.path()))
}

/// Returns the element type for a code of the format.
fn element_type(code: u8) -> Option<Element> {
    let kind = match code {
        0x08 => Kind::U8,
        0x09 => Kind::I8,
        0x0b => Kind::I16,
        0x0c => Kind::I32,
        0x0d => Kind::F32,
        0x0e => Kind::F64,
        _ => return None,
    };
    Some(Element { kind, is_big_endian: true })
}

fn parse<F: Float>(mut content: Content<'_>) -> io::Result<Array2<F>> {
    let layout = read_header(&mut content.from)?;
    let values = read_numbers(&mut content, &layout)?;
    Array2::from_shape_vec(layout.dimensions()?, values).map_err(|error| invalid_data(error.to_string()))
}

/// Reads everything before the numbers.
pub(super) fn read_header(from: &mut (impl Read + ?Sized)) -> io::Result<Layout> {
    let mut start = [0; 4];
    read_header_bytes(from, &mut start)?;
    let [0, 0, code, dimensions @ 1..=4] = start else {
        let found = format!("found a file that starts with {start:02x?}");
        return Err(invalid_data(format!("expected an IDX file of 1 to 4 dimensions, {found}")));
    };
    let Some(element) = element_type(code) else {
        return Err(invalid_data(format!("expected an element type from 0x08 to 0x0e, found {code:#04x}")));
    };
    let mut shape = Vec::new();
    for _ in 0..dimensions {
        let mut length = [0; 4];
        read_header_bytes(from, &mut length)?;
        shape.push(u32::from_be_bytes(length) as usize);
    }
    let header = 4 + 4 * u64::from(dimensions);
    Ok(Layout { element, shape, is_fortran: false, header })
}
