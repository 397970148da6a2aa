//! [`ActivationLayer`]: an activation on its own, for example behind a normalization.

use super::{Layer, flat, flat_mut};
use crate::{Activation, Description, Float, Result, check};
#[cfg(any(feature = "keras", feature = "onnx"))]
use crate::{AnyActivation, activation::TakeActivation};
use ndarray::ArrayRef2;

/// An activation as a separate layer: y = f(x), element by element; dL/dx = dL/dy ⊙ f'(x).
///
/// A [`Dense`](crate::Dense) layer has its activation inside; this one follows a normalization.
///
/// ```
/// use feedforward::layer::ActivationLayer;
/// use feedforward::{Layer, Relu};
/// use ndarray::array;
///
/// let layer = ActivationLayer::new(2, Relu)?;
/// let mut output = array![[0.0, 0.0]];
/// layer.infer(&array![[-1.0, 2.0]], &mut output);
/// assert_eq!(output, array![[0.0, 2.0]]);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ActivationLayer<A> {
    size: usize,
    activation: A,
}

impl<A> ActivationLayer<A> {
    /// Makes a layer over rows of `size` numbers.
    ///
    /// # Errors
    /// When the size is zero.
    pub fn new(size: usize, activation: A) -> Result<Self> {
        check::not_empty("ActivationLayer", "input", size)?;
        Ok(Self { size, activation })
    }
}

#[cfg(any(feature = "keras", feature = "onnx"))]
impl ActivationLayer<AnyActivation> {
    /// Returns the layer with the activation by its own type.
    pub(crate) fn into_typed<F: Float>(self) -> Box<dyn Layer<F>> {
        self.activation.unwrap_into(Size(self.size))
    }
}

/// The size of an activation layer, without its activation.
#[cfg(any(feature = "keras", feature = "onnx"))]
struct Size(usize);

#[cfg(any(feature = "keras", feature = "onnx"))]
impl<F: Float> TakeActivation<F> for Size {
    type Output = Box<dyn Layer<F>>;

    fn take<A: Activation<F>>(self, activation: A) -> Box<dyn Layer<F>> {
        Box::new(ActivationLayer { size: self.0, activation })
    }
}

impl<F: Float, A: Activation<F>> Layer<F> for ActivationLayer<A> {
    fn input_size(&self) -> usize {
        self.size
    }

    fn output_size(&self) -> usize {
        self.size
    }

    fn infer(&self, input: &ArrayRef2<F>, output: &mut ArrayRef2<F>) {
        output.assign(input);
        self.activation.activate(flat_mut(output));
    }

    fn backward(
        &mut self,
        input: &ArrayRef2<F>,
        output: &ArrayRef2<F>,
        output_gradient: &mut ArrayRef2<F>,
        input_gradient: Option<&mut ArrayRef2<F>>,
    ) {
        if let Some(input_gradient) = input_gradient {
            input_gradient.assign(output_gradient);
            self.activation.backpropagate(flat(input), flat(output), flat_mut(input_gradient));
        }
    }

    fn rows_are_independent(&self) -> bool {
        true
    }

    fn describe(&self) -> Description {
        Description::of_type::<Self>().with("activation", self.activation.describe())
    }
}
