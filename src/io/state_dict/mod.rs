//! [`StateDict`]: tensors by name, as PyTorch keeps the parameters of a model.

mod build;
mod differences;
mod load;
mod modules;
mod names;
mod safetensors_file;
mod slots;
mod write;

use super::module_settings::ModuleSettings;
#[cfg(feature = "pytorch")]
use super::pytorch;
use super::{Tensor, write_file};
use crate::data::{list, quote};
use crate::{Error, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

/// Tensors by name, in the order of their file: the parameters of a model of PyTorch.
///
/// [`read`](Self::read) takes `.safetensors` files and, with the feature `pytorch`, what `torch.save` writes (`.pt`,
/// `.pth`): state dicts, whole modules, and checkpoints that hold one of them; nothing that a pickle says is ever run.
/// Numbers are float16, bfloat16, float32, float64 or integers. Fill a network of this crate with
/// [`Network::load_state_dict`](crate::Network::load_state_dict), or make one with
/// [`Network::from_state_dict`](crate::Network::from_state_dict).
///
/// A file takes little memory besides its own length: tensors that repeat their numbers, by strides of zero or shared
/// storages, may together have four times its bytes.
///
/// ```
/// use feedforward::io::{StateDict, Tensor};
/// use feedforward::{Identity, Network, Relu};
///
/// // What torch.nn.Sequential(Linear(2, 2), ReLU(), Linear(2, 1)) would save.
/// let dict = StateDict::from_tensors([
///     ("0.weight", Tensor::new(vec![2, 2], vec![1.0_f32, 2.0, 3.0, 4.0])?),
///     ("0.bias", Tensor::new(vec![2], vec![0.5_f32, 0.5])?),
///     ("2.weight", Tensor::new(vec![1, 2], vec![1.0_f32, -1.0])?),
///     ("2.bias", Tensor::new(vec![1], vec![0.0_f32])?),
/// ])?;
/// let network = Network::<f32>::from_state_dict(&dict, Relu, Identity)?;
/// assert_eq!(network.predict(&ndarray::array![[1.0, 1.0]])?, ndarray::array![[3.5 - 7.5]]);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct StateDict {
    tensors: Vec<(String, Tensor)>,
    /// Whether the names are sorted, so that their order says nothing of the order of the layers.
    is_sorted: bool,
    /// What pickled modules say of themselves, by the name of the module.
    settings: BTreeMap<String, ModuleSettings>,
}

impl StateDict {
    /// Reads a file; its content says which of the formats it has.
    ///
    /// # Errors
    /// When the file cannot be read or is damaged, holds no state dict or several, or a tensor has another type.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        Self::read_file(path.as_ref(), None)
    }

    /// Reads one state dict of a checkpoint that holds several: keys joined by dots, such as "model" or "ema.model".
    ///
    /// # Errors
    /// As for [`read`](Self::read), and when there is no such entry; the error lists those that there are.
    pub fn read_entry(path: impl AsRef<Path>, entry: &str) -> Result<Self> {
        Self::read_file(path.as_ref(), Some(entry))
    }

    /// Reads the bytes of a file, as [`read`](Self::read) does.
    ///
    /// # Errors
    /// As for [`read`](Self::read).
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Self::parse(bytes, None)
    }

    /// Reads the bytes of a file, as [`read_entry`](Self::read_entry) does.
    ///
    /// # Errors
    /// As for [`read_entry`](Self::read_entry).
    pub fn entry_from_bytes(bytes: &[u8], entry: &str) -> Result<Self> {
        Self::parse(bytes, Some(entry))
    }

    /// Makes a state dict of these tensors, in this order.
    ///
    /// # Errors
    /// When two have the same name.
    pub fn from_tensors<N: Into<String>>(tensors: impl IntoIterator<Item = (N, Tensor)>) -> Result<Self> {
        let tensors = tensors.into_iter().map(|(name, tensor)| (name.into(), tensor)).collect();
        Self::new(tensors, false, BTreeMap::new())
    }

    fn new(
        tensors: Vec<(String, Tensor)>,
        is_sorted: bool,
        settings: BTreeMap<String, ModuleSettings>,
    ) -> Result<Self> {
        let mut names = BTreeSet::new();
        if let Some((name, _)) = tensors.iter().find(|(name, _)| !names.insert(name)) {
            let found = format!("two called {}", quote(name.as_bytes()));
            return Err(Error::invalid("StateDict", "one tensor of each name", found));
        }
        Ok(Self { tensors, is_sorted, settings })
    }

    fn read_file(path: &Path, entry: Option<&str>) -> Result<Self> {
        let in_file = |source| Error::File { path: path.to_owned(), source };
        let bytes = read_bytes(path).map_err(in_file)?;
        Self::parse(&bytes, entry).map_err(|error| match error {
            Error::Invalid { expected, found, .. } => {
                let text = format!("expected {expected}, found {found}");
                in_file(io::Error::new(io::ErrorKind::InvalidData, text))
            }
            other => other,
        })
    }

    fn parse(bytes: &[u8], entry: Option<&str>) -> Result<Self> {
        if safetensors_file::is_one(bytes) {
            if let Some(entry) = entry {
                let expected = format!("a checkpoint with an entry {}", quote(entry.as_bytes()));
                return Err(Error::invalid("StateDict", expected, "a safetensors file, which has no entries"));
            }
            return Self::new(safetensors_file::parse(bytes)?, true, BTreeMap::new());
        }
        if bytes.starts_with(b"PK") || bytes.starts_with(b"\x80") {
            #[cfg(feature = "pytorch")]
            {
                let named = pytorch::read(bytes, entry)?;
                return Self::new(named.tensors, false, named.modules.into_iter().collect());
            }
            #[cfg(not(feature = "pytorch"))]
            return Err(Error::invalid(
                "StateDict",
                "a safetensors file",
                "a zip archive or a pickle: reading it needs the feature `pytorch`",
            ));
        }
        let start = list([&bytes[..bytes.len().min(8)]]);
        Err(Error::invalid("StateDict", "a file of safetensors or of torch.save", format!("one that starts {start}")))
    }

    /// Returns the number of tensors.
    pub fn len(&self) -> usize {
        self.tensors.len()
    }

    /// Returns whether there is no tensor.
    pub fn is_empty(&self) -> bool {
        self.tensors.is_empty()
    }

    /// Returns names and tensors: in the order of the file, or naturally sorted (2 before 10) if the file sorts them.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Tensor)> {
        self.tensors.iter().map(|(name, tensor)| (name.as_str(), tensor))
    }

    /// Returns the names, in the order of [`iter`](Self::iter).
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.tensors.iter().map(|(name, _)| name.as_str())
    }

    /// Returns the tensor of this name.
    pub fn get(&self, name: &str) -> Option<&Tensor> {
        self.tensors.iter().find(|(other, _)| other == name).map(|(_, tensor)| tensor)
    }

    /// Returns the tensors whose names start with this prefix, without it: "module." of `DataParallel`, or "encoder."
    /// to take one part of a model.
    ///
    /// # Errors
    /// When no name starts with it.
    ///
    /// ```
    /// use feedforward::io::{StateDict, Tensor};
    /// let tensor = Tensor::new(vec![1], vec![2.0_f32])?;
    /// let dict = StateDict::from_tensors([("module.fc.bias", tensor)])?.strip_prefix("module.")?;
    /// assert_eq!(dict.names().collect::<Vec<_>>(), ["fc.bias"]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn strip_prefix(&self, prefix: &str) -> Result<Self> {
        let strip = |name: &str| name.strip_prefix(prefix).map(str::to_owned);
        let tensors: Vec<_> =
            self.tensors.iter().filter_map(|(name, tensor)| Some((strip(name)?, tensor.clone()))).collect();
        if tensors.is_empty() {
            let expected = format!("names that start with {}", quote(prefix.as_bytes()));
            let found = list(self.names().map(str::as_bytes));
            return Err(Error::invalid("StateDict::strip_prefix", expected, found));
        }
        let settings = self.settings.iter().filter_map(|(name, settings)| Some((strip(name)?, settings.clone())));
        Ok(Self { tensors, is_sorted: self.is_sorted, settings: settings.collect() })
    }

    /// Returns the tensors in the order of these modules, such as `["fc1", "bn1", "fc2"]`.
    ///
    /// A safetensors file sorts its names, so that only numbers tell the order of the modules.
    ///
    /// # Errors
    /// When a module has no tensor, or a tensor is in none of them.
    pub fn ordered(&self, modules: &[&str]) -> Result<Self> {
        let is_in = |name: &str, module: &str| names::split(name).0 == module;
        let mut tensors = Vec::with_capacity(self.len());
        for module in modules {
            let of_module = self.tensors.iter().filter(|(name, _)| is_in(name, module));
            let before = tensors.len();
            tensors.extend(of_module.cloned());
            if tensors.len() == before {
                let expected = format!("tensors of a module {}", quote(module.as_bytes()));
                return Err(Error::invalid("StateDict::ordered", expected, list(self.names().map(str::as_bytes))));
            }
        }
        if let Some(name) = self.names().find(|name| !modules.iter().any(|module| is_in(name, module))) {
            let expected = format!("a module for each of the {} tensors", self.len());
            return Err(Error::invalid("StateDict::ordered", expected, format!("none for {}", quote(name.as_bytes()))));
        }
        Self::new(tensors, false, self.settings.clone())
    }

    /// Writes a safetensors file, which Python opens with `safetensors.torch.load_file`.
    ///
    /// The same tensors give the same bytes.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let bytes = safetensors_file::serialize(&self.tensors)?;
        write_file(path, &bytes)
    }
}

/// Reads a file, not a device, which might never end.
fn read_bytes(path: &Path) -> io::Result<Vec<u8>> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "expected a file, found a folder or a device"));
    }
    std::fs::read(path)
}
