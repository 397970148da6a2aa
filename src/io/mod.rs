//! Model files, and the formats of other libraries.
//!
//! Layouts that differ from the crate's are known here alone: PyTorch and ONNX store a dense weight as `(outputs,
//! inputs)`, the crate as `(inputs, outputs)`.

mod model;
mod source;
mod tensor;

pub(crate) use model::Model;
pub(crate) use tensor::convert;
pub use tensor::{Tensor, Values};
