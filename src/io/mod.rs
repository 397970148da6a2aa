//! Model files, and the formats of other libraries.
//!
//! `save` and `load` of a [`Network`](crate::Network), a [`Classifier`](crate::Classifier), a
//! [`Regressor`](crate::Regressor), a scaler or an encoder keep all that prediction needs in one file. The format is
//! safetensors: the parameters are tensors by name, and one text in the header, under the key `feedforward`, is a JSON
//! document with the version of the format, the layers and their settings. Python opens such a file with the package
//! `safetensors`.
//!
//! Layouts that differ from the crate's are known here alone: PyTorch and ONNX store a dense weight as `(outputs,
//! inputs)`, the crate as `(inputs, outputs)`.

#[cfg(feature = "safetensors")]
mod atomic;
#[cfg(feature = "safetensors")]
mod data_files;
#[cfg(any(feature = "keras", feature = "pytorch"))]
mod element;
#[cfg(feature = "keras")]
mod hdf5;
#[cfg(feature = "keras")]
mod keras;
mod model;
#[cfg(feature = "safetensors")]
mod model_file;
#[cfg(feature = "safetensors")]
mod module_settings;
#[cfg(feature = "safetensors")]
mod network_file;
#[cfg(feature = "onnx")]
pub(crate) mod onnx;
#[cfg(feature = "pytorch")]
mod pytorch;
#[cfg(feature = "safetensors")]
mod registry;
#[cfg(feature = "safetensors")]
mod safetensors;
mod source;
#[cfg(feature = "safetensors")]
mod state_dict;
#[cfg(feature = "safetensors")]
mod store;
mod tensor;

#[cfg(feature = "safetensors")]
pub(crate) use atomic::write_file;
pub(crate) use model::Model;
#[cfg(feature = "safetensors")]
pub(crate) use model_file::model_file;
#[cfg(feature = "safetensors")]
pub(crate) use network_file::{Architecture, CHECKPOINT, TRAINING, restore_network, restore_parameters, store_network};
#[cfg(feature = "onnx")]
pub use onnx::OnnxOptions;
#[cfg(feature = "safetensors")]
pub use registry::Registry;
#[cfg(feature = "safetensors")]
pub(crate) use safetensors::in_content;
#[cfg(feature = "safetensors")]
pub use state_dict::StateDict;
#[cfg(feature = "safetensors")]
pub(crate) use store::{Contents, Restore, Store, Writer, load, open, open_bytes, read_from, save, to_bytes};
#[cfg(any(feature = "keras", feature = "onnx"))]
pub(crate) use tensor::convert;
pub use tensor::{Tensor, Values};
