//! What a file of the crate holds: a document, and tensors by name.

use super::safetensors::{Bytes, Texts, read_safetensors, write_safetensors};
use super::{Tensor, Values};
use crate::data::{in_file, invalid_data, quote, shorten};
use crate::{Error, Float, Result};
use ndarray::Array1;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The key of the document in the header of a file.
const KEY: &str = "feedforward";

/// The version of the format that this crate writes. Older ones are read.
const VERSION: u64 = 1;

/// Something that a file can keep.
pub(crate) trait Store {
    /// What the file says it holds.
    const KIND: &'static str;

    /// Hands everything that is kept to `to`.
    fn store(&self, to: &mut Writer) -> Result<()>;
}

/// Something that a file can bring back.
pub(crate) trait Restore: Sized {
    /// The kinds of files that have what is needed; the first one is its own.
    const KINDS: &'static [&'static str];
    /// What the one who loads may decide.
    type Options: Default;

    /// Takes everything back; what is left is an error of the file.
    fn restore(from: &mut Contents, options: &Self::Options) -> io::Result<Self>;
}

/// Collects what a file shall hold.
#[derive(Default)]
pub(crate) struct Writer {
    document: Map<String, Value>,
    tensors: Vec<(String, Bytes)>,
}

impl Writer {
    /// Adds a part of the document.
    pub(crate) fn set(&mut self, name: &str, part: &impl Serialize) -> Result<()> {
        let value = serde_json::to_value(part).map_err(|error| Error::invalid("save", "a document to write", error))?;
        self.document.insert(name.to_owned(), value);
        Ok(())
    }

    /// Adds numbers with a name and a shape.
    pub(crate) fn add<F: Float>(&mut self, name: impl Into<String>, shape: Vec<usize>, numbers: &[F]) {
        self.tensors.push((name.into(), Bytes::of_numbers(shape, numbers)));
    }

    /// Adds one number for each column, in double precision.
    pub(crate) fn add_column(&mut self, name: impl Into<String>, numbers: &Array1<f64>) {
        self.add(name, vec![numbers.len()], &numbers.to_vec());
    }
}

/// Returns the bytes of a file that holds this.
pub(crate) fn to_bytes<T: Store>(stored: &T) -> Result<Vec<u8>> {
    let mut writer = Writer::default();
    stored.store(&mut writer)?;
    writer.set("format_version", &VERSION)?;
    writer.set("crate_version", &env!("CARGO_PKG_VERSION"))?;
    writer.set("kind", &T::KIND)?;
    let document = Value::Object(writer.document).to_string();
    // Layers in layers in layers: the reader of JSON has a limit, and what is written must be read again.
    if serde_json::from_str::<Value>(&document).is_err() {
        let expected = "layers that lie at most 20 levels inside of each other";
        return Err(Error::invalid("save", expected, "more"));
    }
    let texts = Texts::from([(KEY.to_owned(), document)]);
    write_safetensors(writer.tensors, texts)
}

/// Saves this to a file, whole or not at all.
pub(crate) fn save<T: Store>(stored: &T, path: &Path) -> Result<()> {
    super::write_file(path, &to_bytes(stored)?)
}

/// Loads what [`save`] wrote.
pub(crate) fn load<T: Restore>(path: &Path, options: &T::Options) -> Result<T> {
    open(path, T::KINDS).and_then(|contents| restore(contents, options)).map_err(in_file(path))
}

/// Reads what [`to_bytes`] returned; an error names "model" in place of a file.
pub(crate) fn read_from<T: Restore>(from: &mut dyn Read, length: Option<u64>, options: &T::Options) -> Result<T> {
    let contents = Contents::read(from, length, T::KINDS);
    contents.and_then(|contents| restore(contents, options)).map_err(in_file(Path::new("model")))
}

/// Reads a file of one of these kinds.
pub(crate) fn open(path: &Path, kinds: &[&str]) -> io::Result<Contents> {
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "expected a file to read, found a folder"));
    }
    Contents::read(&mut file, metadata.is_file().then_some(metadata.len()), kinds)
}

/// Reads the content of a file of one of these kinds.
pub(crate) fn open_bytes(bytes: &[u8], kinds: &[&str]) -> io::Result<Contents> {
    Contents::read(&mut &bytes[..], Some(bytes.len() as u64), kinds)
}

fn restore<T: Restore>(mut contents: Contents, options: &T::Options) -> io::Result<T> {
    let restored = T::restore(&mut contents, options)?;
    contents.demand_empty()?;
    Ok(restored)
}

#[cold]
fn wrong_document(error: &serde_json::Error) -> io::Error {
    invalid_data(format!("expected the document of a model, found damage: {error}"))
}

/// What a file holds, to be taken out part by part.
pub(crate) struct Contents {
    document: Map<String, Value>,
    tensors: BTreeMap<String, Tensor>,
}

impl Contents {
    fn read(from: &mut dyn Read, length: Option<u64>, kinds: &[&str]) -> io::Result<Self> {
        let (texts, tensors) = read_safetensors(from, length)?;
        let Some(document) = texts.get(KEY) else {
            let remedy = "`io::StateDict` reads files of other libraries";
            let found = format!("found a safetensors file without the text {KEY:?} in its header; {remedy}");
            return Err(invalid_data(format!("expected a file that feedforward wrote, {found}")));
        };
        let document = serde_json::from_str(document).map_err(|error| wrong_document(&error))?;
        let mut contents = Self { document, tensors: tensors.into_iter().collect() };
        contents.check_version()?;
        let kind: String = contents.take("kind")?;
        if !kinds.contains(&&*kind) {
            let (expected, kind) = (kinds.join(" or a "), shorten(kind, 100));
            return Err(invalid_data(format!("expected a file of a {expected}, found one of a {kind}")));
        }
        Ok(contents)
    }

    /// Demands that everything was taken out.
    pub(crate) fn demand_empty(&self) -> io::Result<()> {
        match self.tensors.keys().next() {
            Some(name) => Err(invalid_data(format!("expected no other tensors, found {}", quote(name.as_bytes())))),
            None => Ok(()),
        }
    }

    fn check_version(&mut self) -> io::Result<()> {
        let version: u64 = self.take("format_version")?;
        let writer: String = self.take("crate_version")?;
        if version == 0 || version > VERSION {
            let reader = env!("CARGO_PKG_VERSION");
            let expected =
                format!("expected a file of format version 1 to {VERSION}, which feedforward {reader} reads");
            return Err(invalid_data(format!(
                "{expected}, found version {version}, written by feedforward {}",
                shorten(writer, 100)
            )));
        }
        Ok(())
    }

    /// Takes a part of the document.
    pub(crate) fn take<T: DeserializeOwned>(&mut self, name: &str) -> io::Result<T> {
        let part = self.document.remove(name).unwrap_or(Value::Null);
        serde_json::from_value(part).map_err(|error| wrong_document_part(name, &error))
    }

    /// Returns how many numbers the tensors hold.
    pub(crate) fn count_numbers(&self) -> usize {
        self.tensors.values().map(Tensor::len).sum()
    }

    /// Takes the numbers of this name, which must have this shape, in this precision.
    pub(crate) fn take_numbers<F: Float>(&mut self, name: &str, shape: &[usize]) -> io::Result<Vec<F>> {
        let Some(tensor) = self.tensors.remove(name) else {
            return Err(invalid_data(format!("expected a tensor {name:?}, found none")));
        };
        if tensor.shape() != shape {
            let found = tensor.shape();
            return Err(invalid_data(format!("expected the tensor {name:?} to have shape {shape:?}, found {found:?}")));
        }
        let is_of_precision = match tensor.values() {
            Values::F32(_) | Values::F64(_) => true,
            Values::I64(_) => false,
        };
        if !is_of_precision {
            return Err(invalid_data(format!("expected the tensor {name:?} to have real numbers, found whole ones")));
        }
        let named = |error| io::Error::new(io::ErrorKind::InvalidData, format!("{name:?}: {error}"));
        tensor.into_vec().map_err(named)
    }

    /// Takes one number for each column, in double precision.
    pub(crate) fn take_column(&mut self, name: &str) -> io::Result<Array1<f64>> {
        let columns = self.tensors.get(name).map_or(0, Tensor::len);
        self.take_numbers(name, &[columns]).map(Array1::from)
    }

    /// Removes the tensors whose names start with this.
    pub(crate) fn forget(&mut self, prefix: &str) {
        self.tensors.retain(|name, _| !name.starts_with(prefix));
    }
}

#[cold]
fn wrong_document_part(name: &str, error: &serde_json::Error) -> io::Error {
    invalid_data(format!("expected the part {name:?} of a model's document, found damage: {error}"))
}
