//! Feed-forward neural networks on `ndarray`.

mod error;
mod float;
mod kernel;

pub use error::{Error, Result};
pub use float::Float;
