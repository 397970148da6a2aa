//! Feed-forward neural networks on `ndarray`.

mod activation;
mod error;
mod float;
mod gradient_check;
mod init;
mod kernel;
mod layer;
mod loss;
mod network;
mod optimizer;
mod parameter;

pub use activation::{Activation, Elu, Identity, LeakyRelu, Relu, Sigmoid, Softplus, Step, Tanh};
pub use error::{Error, Result};
pub use float::Float;
pub use gradient_check::{GradientError, GradientReport, Place, gradient_check};
pub use init::Initializer;
pub use layer::{
    ActivationLayer, Dense, Elementwise, ElementwiseFunction, Gelu, Layer, ReluLayer, SigmoidLayer, Silu, Softmax,
    softmax,
};
pub use loss::{BinaryCrossEntropy, CrossEntropy, HalfSquaredError, Huber, Loss, Mae, Mse};
pub use network::{Network, NetworkBuilder, Scratch};
pub use optimizer::{Momentum, Optimizer, Sgd};
pub use parameter::{Parameter, Role, Update};
