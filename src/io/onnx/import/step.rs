//! [`Step`]: one thing that a graph does with its data.

use crate::AnyActivation;
use crate::io::Tensor;

/// A step, and the node that it comes from.
#[derive(Debug)]
pub(super) struct Located {
    pub(super) node: usize,
    pub(super) step: Step,
}

/// One thing that a graph does with its data, in the numbers of the file.
#[derive(Debug)]
pub(super) enum Step {
    /// x · weight; the file has the weight or its transpose, times alpha.
    Multiply {
        weight: Tensor,
        is_transposed: bool,
        alpha: f64,
    },
    /// x + sign · constant.
    Add {
        constant: Tensor,
        sign: f64,
    },
    /// x · constant.
    Scale(Tensor),
    /// x / constant.
    Divide(Tensor),
    Activation(AnyActivation),
    /// Gamma, beta, mean and variance.
    BatchNorm {
        parameters: [Tensor; 4],
        epsilon: f64,
    },
    /// Over the axes from this one to the last; no gamma is 1, no beta 0.
    LayerNorm {
        gamma: Option<Tensor>,
        beta: Option<Tensor>,
        epsilon: f64,
        axis: i64,
    },
    /// Over one axis, or in old versions over all from this one to the last.
    Softmax {
        axis: i64,
        is_logarithm: bool,
        is_flattening: bool,
    },
    /// The sizes after this axis become one.
    Flatten(i64),
    /// -1 is a size that fits, 0 the one before.
    Reshape(Vec<i64>),
    Squeeze(Vec<i64>),
    Unsqueeze(Vec<i64>),
    /// x + f(x).
    Residual(Vec<Located>),
    /// (1 - sigmoid(z), sigmoid(z)) of a single z: the probabilities of two classes.
    TwoClasses,
}
