//! [`Activation`]: the function that follows a weighted sum, with its derivative.

mod any;
mod clipped;
mod gated;
mod linear;
mod rectified;
#[cfg(feature = "serde")]
mod serialize;
mod smooth;
mod softmax;

pub use any::AnyActivation;
#[cfg(feature = "safetensors")]
pub(crate) use any::TakeActivation;
pub use clipped::{Clip, HardSigmoid};
pub use gated::{Gelu, HardSwish, Mish, Silu};
pub use linear::{Identity, Step};
pub use rectified::{Elu, LeakyRelu, Relu, Selu};
pub(crate) use smooth::sigmoid;
pub use smooth::{Sigmoid, Softplus, Softsign, Tanh};
pub use softmax::softmax;
pub(crate) use softmax::softmax_row;

use crate::{Description, Initializer};
use std::fmt::Debug;

/// A function f that a [`Dense`](crate::Dense) layer applies to each weighted sum z, giving the output y = f(z).
///
/// Most derivatives can be written in terms of y, so that a layer need not keep z; [`needs_input`](Self::needs_input)
/// tells the layers which need z. Your own activation is one small impl; check it with
/// [`gradient_check`](crate::gradient_check):
///
/// ```
/// use feedforward::{Activation, Float, Network};
///
/// /// f(z) = arctan z, f'(z) = 1 / (1 + z²) = cos² y.
/// #[derive(Debug, Clone)]
/// struct Arctan;
///
/// impl<F: Float> Activation<F> for Arctan {
///     fn activate(&self, values: &mut [F]) {
///         values.iter_mut().for_each(|z| *z = z.atan());
///     }
///     fn backpropagate(&self, _inputs: &[F], outputs: &[F], gradient: &mut [F]) {
///         for (gradient, y) in gradient.iter_mut().zip(outputs) {
///             *gradient *= y.cos().powi(2);
///         }
///     }
/// }
///
/// let network = Network::<f64>::builder(2).dense(3, Arctan).build()?;
/// assert_eq!(network.output_size(), 3);
/// # Ok::<(), feedforward::Error>(())
/// ```
pub trait Activation<F>: Debug + Clone + Send + Sync + 'static {
    /// Returns whether [`backpropagate`](Self::backpropagate) reads `inputs`, so that a layer must keep them.
    fn needs_input(&self) -> bool {
        false
    }

    /// Overwrites each weighted sum z with y = f(z).
    ///
    /// ```
    /// use feedforward::{Activation, Relu};
    /// let mut values = [-2.0, 3.0];
    /// Relu.activate(&mut values);
    /// assert_eq!(values, [0.0, 3.0]);
    /// ```
    fn activate(&self, values: &mut [F]);

    /// Multiplies each gradient dL/dy by f'(z), so that it becomes dL/dz.
    ///
    /// `outputs` holds y, one for each gradient. `inputs` holds z if [`needs_input`](Self::needs_input) says so, and
    /// may be empty otherwise.
    ///
    /// ```
    /// use feedforward::{Activation, Tanh};
    /// let mut gradient = [2.0];
    /// Tanh.backpropagate(&[], &[0.5], &mut gradient); // tanh' = 1 - y² = 0.75
    /// assert_eq!(gradient, [1.5]);
    /// ```
    fn backpropagate(&self, inputs: &[F], outputs: &[F], gradient: &mut [F]);

    /// Returns the initializer that suits a dense layer with this activation: He for the ReLU family, LeCun for
    /// [`Selu`], else Glorot.
    fn initializer(&self) -> Initializer {
        Initializer::GlorotUniform
    }

    /// Returns its kind and settings as plain data; an activation with settings must list them.
    fn describe(&self) -> Description {
        Description::of_type::<Self>()
    }
}
