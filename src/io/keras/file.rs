//! [`KerasFile`]: the parts of a file, found by its content.

use super::weights::Weights;
use crate::data::{Source, invalid_data, quote, read_member};
use crate::io::hdf5::MAGIC;
use serde::Deserialize;
use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};

/// The generation of Keras that wrote a file: two activations differ between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    /// Keras 1 and 2, `tf.keras` up to TensorFlow 2.15.
    Two,
    /// Keras 3.
    Three,
}

/// The bytes of a file of Keras: an HDF5 file alone, or an archive with one.
#[derive(Debug)]
pub(super) struct KerasFile {
    hdf5: Vec<u8>,
    archive: Option<Archive>,
}

/// What an archive holds beside the weights.
#[derive(Debug)]
struct Archive {
    config: Vec<u8>,
    metadata: Vec<u8>,
}

#[derive(Deserialize)]
struct Metadata<'a> {
    #[serde(borrow)]
    keras_version: Cow<'a, str>,
}

impl KerasFile {
    pub(super) fn read(source: &Source) -> io::Result<Self> {
        let mut file = BufReader::new(File::open(source.path())?);
        let start = file.fill_buf()?;
        if start.starts_with(b"PK\x03\x04") {
            let mut member = |name| read_member(&mut file, name, source).map_err(in_part(name));
            let archive = Archive { config: member("config.json")?, metadata: member("metadata.json")? };
            return Ok(Self { hdf5: member("model.weights.h5")?, archive: Some(archive) });
        }
        if !start.starts_with(MAGIC) {
            let found = quote(&start[..start.len().min(MAGIC.len())]);
            let expected = "expected a file of Keras, an archive (.keras) or an HDF5 file (.h5)";
            return Err(invalid_data(format!("{expected}, found one that starts with {found}")));
        }
        let mut hdf5 = Vec::new();
        file.read_to_end(&mut hdf5)?;
        Ok(Self { hdf5, archive: None })
    }

    /// Returns the weights, not yet read.
    pub(super) fn weights(&self) -> io::Result<Weights<'_>> {
        Weights::find(&self.hdf5)
    }

    /// Returns the description of the layers.
    pub(super) fn config<'a>(&'a self, weights: &mut Weights<'a>) -> io::Result<Cow<'a, str>> {
        if let Some(Archive { config, .. }) = &self.archive {
            let text = std::str::from_utf8(config);
            return text.map(Cow::Borrowed).map_err(|error| invalid_data(format!("config.json: {error}")));
        }
        let none = "expected a model with its architecture, found weights alone: build the network and use \
                    `load_keras_weights`";
        weights.attribute("model_config")?.map(Cow::Borrowed).ok_or_else(|| invalid_data(none))
    }

    pub(super) fn version(&self, weights: &mut Weights<'_>) -> io::Result<Version> {
        let version = match &self.archive {
            Some(Archive { metadata, .. }) => {
                let metadata = serde_json::from_slice::<Metadata<'_>>(metadata);
                Some(metadata.map_err(|error| invalid_data(format!("metadata.json: {error}")))?.keras_version)
            }
            // The first versions wrote none.
            None => weights.attribute("keras_version")?.map(Cow::Borrowed),
        };
        let number = version.as_deref().unwrap_or("1").split('.').next().unwrap_or_default();
        match number.parse::<u32>() {
            Ok(1 | 2) => Ok(Version::Two),
            Ok(3) => Ok(Version::Three),
            _ => Err(invalid_data(format!("expected a file of Keras 1 to 3, found {}", quote(number.as_bytes())))),
        }
    }
}

/// Returns a function that adds the name of a part to an error, for `map_err`.
fn in_part(name: &str) -> impl FnOnce(io::Error) -> io::Error {
    move |error| io::Error::new(error.kind(), format!("{name}: {error}"))
}
