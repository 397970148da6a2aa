//! [`Residual`]: a chain of layers with a shortcut around it.

use super::{Buffer, Chain, Layer};
use crate::{Description, Float, Optimizer, Parameter, Result, check};
use ndarray::ArrayRef2;

/// Adds the input to the output of some layers: y = x + f(x); dL/dx = dL/dy + the input gradient of f.
///
/// The layers learn a correction, and the gradient passes the shortcut undiminished. He et al. 2016.
///
/// ```
/// use feedforward::{Identity, Network, Relu};
///
/// let network = Network::<f32>::builder(4)
///     .residual(|block| block.dense(16, Relu).dense(4, Identity))
///     .dense(1, Identity)
///     .build()?;
/// assert_eq!(network.parameter_count(), (4 * 16 + 16) + (16 * 4 + 4) + (4 + 1));
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias("ResNet", "skip connection"))]
#[derive(Debug, Clone)]
pub struct Residual<F: Float> {
    inner: Chain<F>,
    /// Output of the inner layers in the last forward pass.
    inner_output: Buffer<F>,
    /// A copy of the output gradient, which the inner layers may use as scratch.
    inner_gradient: Buffer<F>,
}

impl<F: Float> Residual<F> {
    /// Puts a shortcut around these layers.
    ///
    /// # Errors
    /// When they do not put out as many numbers as they take.
    pub fn new(inner: Chain<F>) -> Result<Self> {
        check::columns("Residual", "output of the block", inner.input_size(), inner.output_size())?;
        Ok(Self { inner, inner_output: Buffer::default(), inner_gradient: Buffer::default() })
    }
}

impl<F: Float> Layer<F> for Residual<F> {
    fn input_size(&self) -> usize {
        self.inner.input_size()
    }

    fn output_size(&self) -> usize {
        self.inner.output_size()
    }

    fn infer(&self, input: &ArrayRef2<F>, output: &mut ArrayRef2<F>) {
        self.inner.infer(input, output);
        *output += input;
    }

    fn forward(&mut self, input: &ArrayRef2<F>, output: &mut ArrayRef2<F>) {
        let inner_output = self.inner_output.resize_uncleared(output.nrows(), output.ncols());
        self.inner.forward(input, inner_output);
        output.assign(inner_output);
        *output += input;
    }

    fn backward(
        &mut self,
        input: &ArrayRef2<F>,
        _output: &ArrayRef2<F>,
        output_gradient: &mut ArrayRef2<F>,
        input_gradient: Option<&mut ArrayRef2<F>>,
    ) {
        let inner_output = self.inner_output.matrix();
        match input_gradient {
            None => self.inner.backward(input, inner_output, output_gradient, None),
            Some(input_gradient) => {
                let inner_gradient = self.inner_gradient.copy_from(output_gradient);
                self.inner.backward(input, inner_output, inner_gradient, Some(&mut *input_gradient));
                *input_gradient += &*output_gradient;
            }
        }
    }

    fn visit<'a>(&'a self, visitor: &mut dyn FnMut(&'a Parameter<F>)) {
        self.inner.visit(visitor);
    }

    fn visit_mut<'a>(&'a mut self, visitor: &mut dyn FnMut(&'a mut Parameter<F>)) {
        self.inner.visit_mut(visitor);
    }

    fn layers(&self) -> &[Box<dyn Layer<F>>] {
        self.inner.layers()
    }

    fn update(&mut self, optimizer: &mut dyn Optimizer<F>) {
        self.inner.update(optimizer);
    }

    fn rows_are_independent(&self) -> bool {
        self.inner.rows_are_independent()
    }

    fn describe(&self) -> Description {
        Description::of_type::<Self>().with("layers", self.inner.describe_layers())
    }
}
