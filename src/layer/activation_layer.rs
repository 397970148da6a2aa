//! [`ActivationLayer`]: an activation on its own, for when something stands between it and its dense layer.

use super::{Layer, RowWise, flat, flat_mut};
use crate::{Activation, Error, Float, Result};
use ndarray::{Array2, ArrayRef2};

/// An activation as a layer of its own: y = f(x), element by element.
///
/// A [`Dense`](crate::Dense) layer has its activation inside; this is for what comes after a normalisation.
///
/// ```
/// use feedforward::{ActivationLayer, Layer, Relu};
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
    /// A layer over rows of `size` numbers.
    ///
    /// # Errors
    /// When the size is zero.
    ///
    /// ```
    /// use feedforward::{ActivationLayer, Error, Tanh};
    /// assert!(ActivationLayer::new(3, Tanh).is_ok());
    /// assert!(matches!(ActivationLayer::new(0, Tanh), Err(Error::Empty { .. })));
    /// ```
    pub fn new(size: usize, activation: A) -> Result<Self> {
        if size == 0 {
            return Err(Error::Empty { operation: "ActivationLayer", what: "input" });
        }
        Ok(Self { size, activation })
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
        self.backward_rows(input, output, output_gradient, input_gradient, &mut []);
    }

    fn row_wise(&self) -> Option<&dyn RowWise<F>> {
        Some(self)
    }

    fn slopes(&self, output: &ArrayRef2<F>) -> Option<Array2<F>> {
        let mut slopes = Array2::ones(output.dim());
        self.activation.backpropagate(flat(output), flat_mut(&mut slopes));
        Some(slopes)
    }

    fn name(&self) -> String {
        format!("{:?}", self.activation)
    }
}

impl<F: Float, A: Activation<F>> RowWise<F> for ActivationLayer<A> {
    fn backward_rows(
        &self,
        _input: &ArrayRef2<F>,
        output: &ArrayRef2<F>,
        output_gradient: &mut ArrayRef2<F>,
        input_gradient: Option<&mut ArrayRef2<F>>,
        _gradients: &mut [F],
    ) {
        if let Some(input_gradient) = input_gradient {
            input_gradient.assign(output_gradient);
            self.activation.backpropagate(flat(output), flat_mut(input_gradient));
        }
    }
}
