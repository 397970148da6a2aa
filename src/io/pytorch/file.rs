//! The two layouts of `torch.save`: a zip archive since PyTorch 1.6, and pickles one after another before.

use super::budget::Budget;
use super::entries::{Named, find};
use super::pickle;
use super::tensors::{Storage, Storages};
use super::tree::{Tree, Value};
use crate::data::{list, stored_members};
use crate::{Error, Result};
use std::collections::BTreeMap;

/// The number that the first pickle of a legacy file holds, little-endian: 0x1950a86a20f9469cfc6c.
const MAGIC_NUMBER: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
/// The version that the second pickle holds.
const LEGACY_VERSION: usize = 1001;

#[cold]
fn wrong(expected: impl Into<String>, found: impl ToString) -> Error {
    Error::invalid("StateDict", expected, found)
}

/// Reads the tensors of a state dict or a module: the one of this path in the checkpoint, or the only one.
///
/// # Errors
/// When the file is damaged, the entry is not clear, or a tensor is of a kind that is not supported.
pub(in crate::io) fn read(bytes: &[u8], entry: Option<&str>) -> Result<Named> {
    let mut budget = Budget::new(bytes.len());
    let (tree, storages) = if bytes.starts_with(b"PK") { read_archive(bytes)? } else { read_legacy(bytes)? };
    find(&tree, entry, &mut budget)?.read(&tree, &storages, &mut budget)
}

fn read_archive(bytes: &[u8]) -> Result<(Tree<'_>, Storages<'_>)> {
    let expected = "a whole zip archive of torch.save (not TorchScript, whose members are packed)";
    let members = stored_members(bytes).map_err(|error| wrong(expected, format!("damage: {error}")))?;
    // All members are in one folder, which has the name of the file when it was written.
    let Some(folder) = members.iter().find_map(|(name, _)| name.strip_suffix(b"data.pkl")).map(<[u8]>::to_vec) else {
        let names = list(members.iter().map(|(name, _)| name.as_slice()));
        return Err(wrong("an archive of torch.save with a data.pkl", names));
    };
    let (mut pickled, mut contents) = (&[][..], BTreeMap::<&[u8], &[u8]>::new());
    for (name, content) in &members {
        let Some(name) = name.strip_prefix(&folder[..]) else { continue };
        match name {
            b"data.pkl" => pickled = content,
            b"byteorder" if *content != b"little" => {
                return Err(wrong("numbers in little-endian order", list([*content])));
            }
            b"constants.pkl" => return Err(wrong("an archive of torch.save", "one of torch.jit.save (TorchScript)")),
            _ => {
                if let Some(key) = name.strip_prefix(b"data/") {
                    contents.insert(key, content);
                }
            }
        }
    }
    let (tree, end) = pickle::read(pickled, 0)?;
    if end < pickled.len() {
        return Err(wrong("one pickle in data.pkl", format!("{} more bytes", pickled.len() - end)));
    }
    let kept = storages_of(&tree).filter_map(|storage| Some((storage.key, *contents.get(storage.key.as_bytes())?)));
    let storages = kept.collect();
    Ok((tree, storages))
}

fn read_legacy(bytes: &[u8]) -> Result<(Tree<'_>, Storages<'_>)> {
    let (magic, end) = pickle::read(bytes, 0)?;
    if magic.bytes_of(magic.root) != Some(&MAGIC_NUMBER) {
        return Err(wrong("a file of torch.save", "another pickle"));
    }
    let (version, end) = pickle::read(bytes, end)?;
    if version.size(version.root) != Some(LEGACY_VERSION) {
        return Err(wrong("version 1001 of PyTorch's legacy files", "another version"));
    }
    let (system, end) = pickle::read(bytes, end)?;
    let is_little_endian = system
        .pairs(system.root)
        .unwrap_or_default()
        .iter()
        .any(|&[key, value]| system.text(key) == Some("little_endian") && system.flag(value) == Some(true));
    if !is_little_endian {
        return Err(wrong("numbers in little-endian order", "another order"));
    }
    let (tree, end) = pickle::read(bytes, end)?;
    let (keys, end) = pickle::read(bytes, end)?;
    let known: BTreeMap<&str, Storage<'_>> = storages_of(&tree).map(|storage| (storage.key, storage)).collect();
    let (mut storages, mut rest) = (Storages::new(), &bytes[end..]);
    for &key in keys.items(keys.root).ok_or_else(|| wrong("a list of the storages", "another value"))? {
        let storage = keys.text(key).and_then(|key| known.get(key));
        let storage = storage.ok_or_else(|| wrong("a tensor for each storage", "a storage without one"))?;
        let elements = rest.split_off(..8).and_then(|bytes| <[u8; 8]>::try_from(bytes).ok()).map(u64::from_le_bytes);
        let content = storage.length().and_then(|length| rest.split_off(..length));
        let (Some(elements), Some(content)) = (elements, content) else {
            return Err(wrong("all storages in the file", "its end before the last"));
        };
        if usize::try_from(elements) != Ok(storage.elements) || storages.insert(storage.key, content).is_some() {
            return Err(wrong("each storage once and of the size that its tensors name", "another"));
        }
    }
    if !rest.is_empty() {
        return Err(wrong("the end of the file behind the storages", format!("{} more bytes", rest.len())));
    }
    Ok((tree, storages))
}

/// Returns every storage that a pickle names.
fn storages_of<'t, 'a>(tree: &'t Tree<'a>) -> impl Iterator<Item = Storage<'a>> + 't {
    (0..tree.nodes.len()).filter_map(|index| Storage::read(tree, Value::Node(index as u32)))
}
