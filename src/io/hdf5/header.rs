//! Object headers: the messages that say what a group or a dataset is.

use super::cursor::Cursor;
use super::reader::Reader;
use crate::data::invalid_data;
use std::io;

/// What a message is about; other messages are of no use here.
pub(super) mod kind {
    pub(in super::super) const DATASPACE: u16 = 0x01;
    pub(in super::super) const LINK_INFO: u16 = 0x02;
    pub(in super::super) const DATATYPE: u16 = 0x03;
    pub(in super::super) const LINK: u16 = 0x06;
    pub(in super::super) const EXTERNAL_FILES: u16 = 0x07;
    pub(in super::super) const LAYOUT: u16 = 0x08;
    pub(in super::super) const ATTRIBUTE: u16 = 0x0c;
    pub(in super::super) const CONTINUATION: u16 = 0x10;
    pub(in super::super) const SYMBOL_TABLE: u16 = 0x11;
}

/// One message of an object header.
#[derive(Debug, Clone, Copy)]
pub(super) struct Message<'a> {
    pub(super) kind: u16,
    /// Whether the data only say where the message is, among messages that objects share.
    pub(super) is_shared: bool,
    pub(super) data: &'a [u8],
}

/// Reads the messages of the header at this address.
pub(super) fn read_messages<'a>(reader: &mut Reader<'a>, address: u64) -> io::Result<Vec<Message<'a>>> {
    let is_new = reader.read(address, 4)? == b"OHDR";
    let (header, first) =
        if is_new { first_block_of_v2(reader, address)? } else { first_block_of_v1(reader, address)? };
    let mut messages = Vec::new();
    let mut blocks = vec![first];
    // Each block is counted, and a continuation takes bytes of one, so this ends.
    while let Some(mut block) = blocks.pop() {
        while block.0.len() >= header.prefix() {
            let message = header.read(&mut block)?;
            if message.kind == kind::CONTINUATION {
                let mut data = Cursor(message.data);
                let (address, length) = (data.u64()?, data.u64()?);
                let mut next = reader.cursor(address, length)?;
                if is_new {
                    // A mark before the messages, a checksum behind them.
                    next.skip(4)?;
                    next.0 = next.0.split_at_checked(next.0.len().saturating_sub(4)).unwrap_or_default().0;
                }
                blocks.push(next);
            } else {
                messages.push(message);
            }
        }
    }
    Ok(messages)
}

/// How messages are laid out in a header.
#[derive(Debug, Clone, Copy)]
enum Header {
    V1,
    V2 { has_creation_order: bool },
}

impl Header {
    /// Returns the bytes before the data of a message.
    fn prefix(self) -> usize {
        match self {
            Self::V1 => 8,
            Self::V2 { has_creation_order } => 4 + 2 * usize::from(has_creation_order),
        }
    }

    fn read<'a>(self, block: &mut Cursor<'a>) -> io::Result<Message<'a>> {
        let kind = if matches!(self, Self::V1) { block.u16()? } else { block.u8()?.into() };
        let length = block.u16()?;
        let is_shared = block.u8()? & 2 != 0;
        block.skip(self.prefix() - if matches!(self, Self::V1) { 5 } else { 4 })?;
        Ok(Message { kind, is_shared, data: block.take(length.into())? })
    }
}

fn first_block_of_v1<'a>(reader: &mut Reader<'a>, address: u64) -> io::Result<(Header, Cursor<'a>)> {
    let mut start = reader.cursor(address, 16)?;
    let version = start.u8()?;
    if version != 1 {
        let text = format!("expected an object header of version 1 or 2 at byte {address}, found version {version}");
        return Err(invalid_data(text));
    }
    start.skip(7)?;
    let length = start.u32()?;
    Ok((Header::V1, reader.cursor(address + 16, length.into())?))
}

fn first_block_of_v2<'a>(reader: &mut Reader<'a>, address: u64) -> io::Result<(Header, Cursor<'a>)> {
    let mut start = reader.cursor(address, 6)?;
    start.expect(b"OHDR", 2)?;
    let flags = start.u8()?;
    // Four times of 4 bytes, two numbers of attributes, and the length in 1 to 8 bytes.
    let skipped = if flags & 0x20 != 0 { 16 } else { 0 } + if flags & 0x10 != 0 { 4 } else { 0 };
    let width = 1 << (flags & 3);
    let mut start = reader.cursor(address + 6, skipped + width)?;
    start.skip(skipped as usize)?;
    let length = start.number(width as usize)?;
    let block = reader.cursor(address + 6 + skipped + width, length)?;
    Ok((Header::V2 { has_creation_order: flags & 4 != 0 }, block))
}
