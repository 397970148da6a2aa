//! Safetensors files of PyTorch.

use super::names::compare_naturally;
use crate::io::Tensor;
use crate::io::safetensors::{Bytes, Texts, read_safetensors, write_safetensors};
use crate::{Error, Result};

/// Returns whether the bytes start as a safetensors file: the length of the header, and the header itself.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    bytes.get(4..9) == Some(b"\0\0\0\0{")
}

/// Reads the tensors of a file, sorted by their names: numbers in them by their values.
pub(super) fn parse(bytes: &[u8]) -> Result<Vec<(String, Tensor)>> {
    let read = read_safetensors(&mut &*bytes, Some(bytes.len() as u64));
    let damage = |fault| Error::invalid("StateDict", "a whole safetensors file", format!("a fault: {fault}"));
    let (_, mut tensors) = read.map_err(damage)?;
    tensors.sort_by(|(one, _), (other, _)| compare_naturally(one, other));
    Ok(tensors)
}

/// Returns the bytes of a file with these tensors.
pub(super) fn serialize(tensors: &[(String, Tensor)]) -> Result<Vec<u8>> {
    // What PyTorch's own writers say, and some of its readers ask for.
    let texts = Texts::from([("format".to_owned(), "pt".to_owned())]);
    write_safetensors(tensors.iter().map(|(name, tensor)| (name.clone(), Bytes::of_tensor(tensor))).collect(), texts)
}
