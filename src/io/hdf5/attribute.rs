//! Attributes: strings that belong to a group or a dataset.

use super::cursor::Cursor;
use super::dataset::{count_elements, read_shape};
use super::header::Message;
use super::reader::Reader;
use crate::data::{invalid_data, quote};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io;

/// One attribute, split into its parts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attribute<'a> {
    pub(super) name: &'a [u8],
    datatype: &'a [u8],
    dataspace: &'a [u8],
    data: &'a [u8],
}

impl<'a> Attribute<'a> {
    pub(super) fn of_message(message: &Message<'a>) -> io::Result<Self> {
        let mut rest = Cursor(message.data);
        let (version, flags) = (rest.u8()?, rest.u8()?);
        let lengths = [rest.u16()?, rest.u16()?, rest.u16()?].map(usize::from);
        // Version 1 fills each part up to a multiple of 8 bytes; version 3 has the character set of the name.
        let align = match version {
            1 => 8,
            2 | 3 => 1,
            _ => return Err(invalid_data(format!("expected an attribute of version 1 to 3, found version {version}"))),
        };
        rest.skip(if version == 3 { 1 } else { 0 })?;
        if message.is_shared || version > 1 && flags & 3 != 0 {
            return Err(invalid_data("expected attributes with types of their own, found one with a named type"));
        }
        let mut part = |length: usize| rest.take(length.next_multiple_of(align)).map(|bytes| &bytes[..length]);
        let [name, datatype, dataspace] = [part(lengths[0])?, part(lengths[1])?, part(lengths[2])?];
        let name = name.strip_suffix(&[0]).unwrap_or(name);
        Ok(Self { name, datatype, dataspace, data: rest.0 })
    }

    /// Reads the strings; there may be none. An empty list of another type passes, as NumPy writes it so.
    pub(super) fn read_strings(&self, reader: &mut Reader<'a>, heaps: &mut Heaps<'a>) -> io::Result<Vec<&'a str>> {
        let mut datatype = Cursor(self.datatype);
        let class = datatype.u8()? & 0x0f;
        let flags = datatype.number(3)?;
        let size = datatype.u32()?;
        let count = count_elements(&read_shape(Cursor(self.dataspace))?);
        if count == Some(0) {
            return Ok(Vec::new());
        }
        // Class 3: strings of one length; class 9, kind 1: a length and a place in a heap for each.
        let (is_fixed, is_variable) = (class == 3 && size > 0, class == 9 && flags & 0x0f == 1 && size == 16);
        let name = quote(self.name);
        if !is_fixed && !is_variable {
            return Err(invalid_data(format!(
                "expected strings in the attribute {name}, found a type of class {class}"
            )));
        }
        let bytes = count.and_then(|count| count.checked_mul(size.into()));
        let bytes = bytes.and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(usize::MAX);
        let elements = Cursor(self.data).take(bytes)?.chunks_exact(size as usize);
        let mut strings = Vec::with_capacity(elements.len());
        for element in elements {
            let string = if is_fixed { element } else { heaps.read(reader, Cursor(element))? };
            reader.count(string.len())?;
            // Filled up with zeros, or with a space in Fortran's way.
            let end = string.iter().position(|&byte| byte == 0).unwrap_or(string.len());
            let string = string[..end].trim_ascii_end();
            let text = std::str::from_utf8(string);
            strings.push(text.map_err(|_| invalid_data(format!("expected UTF-8 in the attribute {name}")))?);
        }
        Ok(strings)
    }
}

/// Heaps that strings are in: each address with its strings by number, read once.
#[derive(Debug, Default)]
pub(super) struct Heaps<'a>(BTreeMap<u64, BTreeMap<u32, &'a [u8]>>);

impl<'a> Heaps<'a> {
    /// Reads the string that a length, an address and a number say.
    fn read(&mut self, reader: &mut Reader<'a>, mut element: Cursor<'_>) -> io::Result<&'a [u8]> {
        let (length, address, number) = (element.u32()? as usize, element.u64()?, element.u32()?);
        if length == 0 {
            return Ok(&[]);
        }
        let heap = match self.0.entry(address) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(read_heap(reader, address)?),
        };
        let string = heap.get(&number).and_then(|string| string.get(..length));
        let none = || format!("expected string {number} with {length} bytes in the heap at byte {address}, found none");
        string.ok_or_else(|| invalid_data(none()))
    }
}

fn read_heap<'a>(reader: &mut Reader<'a>, address: u64) -> io::Result<BTreeMap<u32, &'a [u8]>> {
    const HEADER: u64 = 16;
    let mut header = reader.cursor(address, HEADER)?;
    header.expect(b"GCOL", 1)?;
    header.skip(3)?;
    let length = header.u64()?;
    let mut rest = reader.cursor(address + HEADER, length.saturating_sub(HEADER))?;
    let mut strings = BTreeMap::new();
    while rest.0.len() >= HEADER as usize {
        let number = rest.u16()?;
        rest.skip(6)?;
        let length = usize::try_from(rest.u64()?).unwrap_or(usize::MAX);
        // Number 0 is the space that is free.
        if number == 0 {
            break;
        }
        strings.insert(number.into(), rest.take(length)?);
        rest.skip(length.next_multiple_of(8) - length)?;
    }
    Ok(strings)
}
