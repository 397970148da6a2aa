//! Feed-forward neural networks on [`ndarray`]: train them, predict with them, check them.
//!
//! ```
//! use feedforward::{Momentum, Mse, Network, Sigmoid, Tanh};
//! use ndarray::array;
//!
//! let inputs = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
//! let targets = array![[0.0], [1.0], [1.0], [0.0]];
//! let mut network = Network::<f32>::builder(2).dense(4, Tanh).dense(1, Sigmoid).seed(1).build()?;
//! let mut optimizer = Momentum::new(0.5, 0.9)?;
//! for _ in 0..500 {
//!     network.train_step(&inputs, &targets, &Mse, &mut optimizer)?;
//! }
//! assert!(network.predict(&inputs)?[[1, 0]] > 0.9);
//! # Ok::<(), feedforward::Error>(())
//! ```
//!
//! # The flow of data
//!
//! ```text
//! inputs -> Network::forward -> Loss -> Network::backward -> Network::update(Optimizer)
//!             Layer::forward ...          ... Layer::backward    Layer::update -> Optimizer::step(Parameter)
//! ```
//!
//! No [`Layer`] knows its neighbours, the loss or the rule of the optimizer; no [`Optimizer`] knows layers, only
//! [`Parameter`]s; no [`Loss`] knows the network. [`Network::train_step`] joins them. Every matrix is `(batch,
//! features)`: rows are examples. A dense weight is `(inputs, outputs)`, so y = x·W + b.
//!
//! # Where to find what
//!
//! The names that most programs need are at the root; the others are in public modules: [`activation`],
//! [`layer`], [`loss`], [`optimizer`], [`network`], [`training`] (with [`training::hook`] and [`training::schedule`]),
//! [`solver`], [`estimator`], [`model_selection`], [`data`], [`distributed`], [`io`], [`metrics`], [`parameter`],
//! [`description`] and [`error`].
//!
//! # Versions
//!
//! Arrays are those of `ndarray` 0.17, generators those of `rand` 0.9. Both are re-exported: a program that says
//! `use feedforward::ndarray::array;` or `use feedforward::rand::rngs::StdRng;` cannot get another version.
//!
//! # Features
//!
//! | feature | default | brings |
//! | --- | --- | --- |
//! | `csv` | yes | reading tables of comma-separated values |
//! | `gzip` | yes | reading gzipped files |
//! | `parallel` | yes | large steps on the threads of the current `rayon` pool; the results stay the same |
//! | `safetensors` | yes | saving and loading models, checkpoints: see [`io`]; brings `serde` |
//! | `serde` | yes | `Serialize` and `Deserialize` for descriptions, histories, scalers, rules, schedules, settings |
//! | `pytorch` | no | reading what `torch.save` writes: see [`io::StateDict`] |
//! | `onnx` | no | writing and reading ONNX |
//! | `keras` | no | reading Keras' files |
//! | `npy` | no | reading and writing NumPy's files |
//! | `progress` | no | a progress bar for the trainer |
//! | `log` | no | a log line per epoch |

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used))]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod activation;
mod check;
mod clock;
pub mod data;
pub mod description;
pub mod distributed;
pub mod error;
pub mod estimator;
mod float;
mod gradient_check;
mod init;
pub mod io;
#[allow(unsafe_code)]
mod kernel;
pub mod layer;
pub mod loss;
pub mod metrics;
pub mod model_selection;
pub mod network;
pub mod optimizer;
pub mod parameter;
#[cfg(feature = "serde")]
mod serialize;
pub mod solver;
mod total;
pub mod training;

/// The version of `ndarray` whose arrays the functions of this crate take and return.
pub use ndarray;
/// The version of `rand` whose generators [`Dense::new`] and [`Dropout::new`](layer::Dropout::new) take.
pub use rand;

pub use activation::{Activation, Elu, Gelu, Identity, LeakyRelu, Relu, Sigmoid, Silu, Softplus, Tanh};
pub use data::{Dataset, Table};
pub use error::Error;
pub use estimator::{Classifier, Regressor};
pub use float::Float;
pub use gradient_check::{GradientError, GradientLocation, GradientReport, gradient_check};
pub use init::Initializer;
pub use layer::{Dense, Layer, ReluLayer, SigmoidLayer};
pub use loss::{BinaryCrossEntropy, CrossEntropy, HalfSquaredError, Huber, Loss, Mae, Mse, Poisson, Quantile};
pub use network::{Network, Scratch};
pub use optimizer::{Adagrad, Adam, AdamW, Momentum, Nadam, Optimizer, RmsProp, Rprop, Sgd};
pub use parameter::Parameter;
pub use training::{EarlyStopping, EpochRecord, History, Trainer};

// Names that other rooms use, but few programs.
pub(crate) use activation::{AnyActivation, softmax};
pub(crate) use description::Description;
pub(crate) use error::Result;
pub(crate) use layer::{
    ActivationLayer, Affine, BatchNorm, BatchNormOptions, Chain, Dropout, LayerNorm, LogSoftmax, Residual, Softmax,
};
pub(crate) use parameter::{Role, Update};
pub(crate) use solver::Lbfgs;

/// The names that most programs need: `use feedforward::prelude::*;`.
///
/// ```
/// use feedforward::prelude::*;
/// use ndarray::array;
///
/// let data = Dataset::new(array![[0.0], [1.0]], array![[1.0], [3.0]])?;
/// let mut network = Network::<f32>::builder(1).dense(1, Identity).build()?;
/// Trainer::new(10).fit(&mut network, &data, &Mse, &mut Sgd::new(0.1)?)?;
/// # Ok::<(), Error>(())
/// ```
pub mod prelude {
    pub use crate::{
        Activation, Adam, BinaryCrossEntropy, Classifier, CrossEntropy, Dataset, Dense, EarlyStopping, Error, Float,
        HalfSquaredError, Identity, Initializer, Layer, Loss, Momentum, Mse, Network, Optimizer, Parameter, Regressor,
        Relu, Sgd, Sigmoid, Table, Tanh, Trainer,
    };
}

// Its code shows features that are not on by default.
#[cfg(all(doctest, feature = "keras", feature = "onnx", feature = "pytorch"))]
#[doc = include_str!("../README.md")]
mod readme {}
