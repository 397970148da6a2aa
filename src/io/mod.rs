//! Model files, and the formats of other libraries.
//!
//! Layouts that differ from the crate's are known here alone: PyTorch and ONNX store a dense weight as `(outputs,
//! inputs)`, the crate as `(inputs, outputs)`.

#[cfg(feature = "safetensors")]
mod element;
mod model;
#[cfg(feature = "safetensors")]
mod module_settings;
#[cfg(feature = "pytorch")]
mod pytorch;
#[cfg(feature = "safetensors")]
mod state_dict;
mod tensor;

pub(crate) use model::Model;
#[cfg(feature = "safetensors")]
pub use state_dict::StateDict;
pub(crate) use tensor::convert;
pub use tensor::{Tensor, Values};
