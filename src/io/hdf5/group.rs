//! The members of a group: names and addresses of what it holds.

use super::cursor::Cursor;
use super::header::{Message, kind};
use super::reader::Reader;
use crate::data::invalid_data;
use std::io;

/// An address that leads nowhere.
const UNDEFINED: u64 = u64::MAX;

/// Reads name and address of each member. Links by a path and links into other files are left out, as in Keras.
pub(super) fn read_members<'a>(reader: &mut Reader<'a>, messages: &[Message<'a>]) -> io::Result<Vec<(&'a [u8], u64)>> {
    let mut members = Vec::new();
    for message in messages {
        let mut data = Cursor(message.data);
        match message.kind {
            kind::SYMBOL_TABLE => read_symbol_table(reader, data.u64()?, data.u64()?, &mut members)?,
            kind::LINK => members.extend(read_link(data)?),
            kind::LINK_INFO => {
                data.expect(&[], 0)?;
                let flags = data.u8()?;
                data.skip(if flags & 1 != 0 { 8 } else { 0 })?;
                if data.u64()? != UNDEFINED {
                    let found = "one with its links in a fractal heap (it was written with `libver=\"latest\"`)";
                    return Err(invalid_data(format!("expected a group as Keras writes it, found {found}")));
                }
            }
            _ => {}
        }
    }
    Ok(members)
}

/// Reads a link message; `None` for a link that is not to an object of this file.
fn read_link<'a>(mut data: Cursor<'a>) -> io::Result<Option<(&'a [u8], u64)>> {
    data.expect(&[], 1)?;
    let flags = data.u8()?;
    let link_kind = if flags & 0x08 != 0 { data.u8()? } else { 0 };
    // The order of creation, and the character set of the name.
    data.skip(if flags & 0x04 != 0 { 8 } else { 0 } + if flags & 0x10 != 0 { 1 } else { 0 })?;
    let length = data.number(1 << (flags & 3))?;
    let name = data.take(usize::try_from(length).unwrap_or(usize::MAX))?;
    if link_kind == 0 { Ok(Some((name, data.u64()?))) } else { Ok(None) }
}

/// Reads the members that a tree of symbol tables leads to; their names are in a heap.
fn read_symbol_table<'a>(
    reader: &mut Reader<'a>,
    tree: u64,
    heap: u64,
    members: &mut Vec<(&'a [u8], u64)>,
) -> io::Result<()> {
    let mut header = reader.cursor(heap, 32)?;
    header.expect(b"HEAP", 0)?;
    header.skip(3)?;
    let length = header.u64()?;
    header.skip(8)?;
    let address = header.u64()?;
    let names = reader.read(address, length)?;
    // Every node is counted, so that a tree with a circle ends in an error.
    let mut nodes = vec![tree];
    while let Some(node) = nodes.pop() {
        if reader.read(node, 4)? == b"SNOD" {
            read_symbols(reader, node, names, members)?;
            continue;
        }
        let mut header = reader.cursor(node, 24)?;
        // Kind 0: a tree of groups.
        header.expect(b"TREE", 0)?;
        header.skip(1)?;
        let children = header.u16()?;
        let mut entries = reader.cursor(node + 24, 16 * u64::from(children))?;
        for _ in 0..children {
            entries.skip(8)?;
            nodes.push(entries.u64()?);
        }
    }
    Ok(())
}

fn read_symbols<'a>(
    reader: &mut Reader<'a>,
    node: u64,
    names: &'a [u8],
    members: &mut Vec<(&'a [u8], u64)>,
) -> io::Result<()> {
    /// What an entry holds beside itself: the path of a link.
    const SOFT_LINK: u32 = 2;
    let mut header = reader.cursor(node, 8)?;
    header.expect(b"SNOD", 1)?;
    header.skip(1)?;
    let count = header.u16()?;
    let mut entries = reader.cursor(node + 8, 40 * u64::from(count))?;
    for _ in 0..count {
        let (offset, address, cache) = (entries.u64()?, entries.u64()?, entries.u32()?);
        entries.skip(20)?;
        let text = usize::try_from(offset).ok().and_then(|offset| names.get(offset..));
        let name = text.and_then(|text| text.split(|&byte| byte == 0).next());
        let none = || invalid_data(format!("expected a name at byte {offset} of {} of a group", names.len()));
        let name = name.ok_or_else(none)?;
        reader.count(name.len())?;
        if cache != SOFT_LINK {
            members.push((name, address));
        }
    }
    Ok(())
}
