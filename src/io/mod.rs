//! Model files, and the formats of other libraries.
//!
//! Layouts that differ from the crate's are known here alone: PyTorch and ONNX store a dense weight as `(outputs,
//! inputs)`, the crate as `(inputs, outputs)`.

#[cfg(feature = "keras")]
mod hdf5;
#[cfg(feature = "keras")]
mod keras;
mod model;
mod tensor;

pub(crate) use model::Model;
pub(crate) use tensor::convert;
pub use tensor::{Tensor, Values};
