//! [`Activation`]: the function a dense layer applies to its weighted sums, with its derivative.

mod rectified;
mod smooth;

pub use rectified::{Elu, LeakyRelu, Relu};
pub use smooth::{Sigmoid, Softplus, Tanh};
pub(crate) use smooth::{sigmoid, softplus};

use crate::{Float, Initializer};
use std::fmt::Debug;

/// A function f that a [`Dense`](crate::Dense) layer applies to each weighted sum z, giving the output y = f(z).
///
/// The derivative is written in terms of y, so that a layer need not remember z. A function whose derivative needs z is
/// an [`ElementwiseFunction`](crate::ElementwiseFunction). One small impl makes an activation of one's own:
///
/// ```
/// use feedforward::{Activation, Float, Network};
///
/// /// f(z) = z / (1 + |z|), f'(z) = (1 - |y|)².
/// #[derive(Debug, Clone)]
/// struct Softsign;
///
/// impl<F: Float> Activation<F> for Softsign {
///     fn activate(&self, values: &mut [F]) {
///         values.iter_mut().for_each(|z| *z = *z / (F::one() + z.abs()));
///     }
///     fn backpropagate(&self, outputs: &[F], gradient: &mut [F]) {
///         for (gradient, y) in gradient.iter_mut().zip(outputs) {
///             *gradient *= (F::one() - y.abs()).powi(2);
///         }
///     }
/// }
///
/// let network = Network::<f64>::builder(2).dense(3, Softsign).build()?;
/// assert_eq!(network.output_size(), 3);
/// # Ok::<(), feedforward::Error>(())
/// ```
pub trait Activation<F>: Debug + Clone + Send + Sync + 'static {
    /// Overwrites each weighted sum z with y = f(z).
    ///
    /// ```
    /// use feedforward::{Activation, Relu};
    /// let mut values = [-2.0, 3.0];
    /// Relu.activate(&mut values);
    /// assert_eq!(values, [0.0, 3.0]);
    /// ```
    fn activate(&self, values: &mut [F]);

    /// Multiplies each gradient dL/dy by f'(z), so that it becomes dL/dz. `outputs` holds y, `gradient` as many numbers.
    ///
    /// ```
    /// use feedforward::{Activation, Tanh};
    /// let mut gradient = [2.0];
    /// Tanh.backpropagate(&[0.5], &mut gradient); // tanh' = 1 - y² = 0.75
    /// assert_eq!(gradient, [1.5]);
    /// ```
    fn backpropagate(&self, outputs: &[F], gradient: &mut [F]);

    /// The initializer that suits a dense layer with this activation: He for the ReLU family, Glorot otherwise.
    ///
    /// ```
    /// use feedforward::{Activation, Initializer, Relu, Sigmoid};
    /// assert_eq!(Activation::<f32>::initializer(&Relu), Initializer::HeNormal);
    /// assert_eq!(Activation::<f32>::initializer(&Sigmoid), Initializer::GlorotUniform);
    /// ```
    fn initializer(&self) -> Initializer {
        Initializer::GlorotUniform
    }
}

/// f(z) = z.
///
/// ```
/// use feedforward::{Activation, Identity};
/// let mut values = [-1.0, 2.0];
/// Identity.activate(&mut values);
/// assert_eq!(values, [-1.0, 2.0]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Identity;

impl<F: Float> Activation<F> for Identity {
    fn activate(&self, _values: &mut [F]) {}

    fn backpropagate(&self, _outputs: &[F], _gradient: &mut [F]) {}
}

/// f(z) = 1 where z > 0 and 0 elsewhere; f' = 0 everywhere it exists.
///
/// The neuron of the perceptron (Rosenblatt 1958). Its derivative is zero, so no gradient passes it and nothing before
/// it learns: it is here to show why smooth activations took its place.
///
/// ```
/// use feedforward::{Activation, Step};
/// let mut values = [-0.1, 0.0, 0.1];
/// Step.activate(&mut values);
/// assert_eq!(values, [0.0, 0.0, 1.0]);
/// let mut gradient = [1.0; 3];
/// Step.backpropagate(&values, &mut gradient);
/// assert_eq!(gradient, [0.0; 3]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Step;

impl<F: Float> Activation<F> for Step {
    fn activate(&self, values: &mut [F]) {
        // NaN stays NaN, so that a diverging run is seen.
        let step = |z: F| if z > F::zero() { F::one() } else { F::zero() };
        values.iter_mut().for_each(|z| *z = if z.is_nan() { *z } else { step(*z) });
    }

    fn backpropagate(&self, _outputs: &[F], gradient: &mut [F]) {
        gradient.fill(F::zero());
    }
}
