//! Model files, and the formats of other libraries.
//!
//! Layouts that differ from the crate's are known here alone: PyTorch and ONNX store a dense weight as `(outputs,
//! inputs)`, the crate as `(inputs, outputs)`.

mod model;
#[cfg(feature = "onnx")]
pub(crate) mod onnx;
mod tensor;

pub(crate) use model::Model;
#[cfg(feature = "onnx")]
pub use onnx::OnnxOptions;
pub(crate) use tensor::convert;
pub use tensor::{Tensor, Values};
