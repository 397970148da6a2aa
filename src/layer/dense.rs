//! [`Dense`]: every output sees every input.

use super::{Layer, RowWise, flat, flat_mut};
use crate::kernel::{affine, matmul, matmul_is_finite, split_by_elements, sum_rows};
use crate::{Activation, Error, Float, Initializer, Parameter, Relu, Result, Sigmoid};
use ndarray::{Array1, Array2, ArrayRef2, ArrayViewMut2, Axis};
use rand::Rng;

/// A fully connected layer: y = f(x·W + b).
///
/// x is `(batch, inputs)`, W is `(inputs, outputs)`, b is `(1, outputs)` or left out, y is `(batch, outputs)`.
///
/// With z = x·W + b and dL/dz = dL/dy ⊙ f'(z), the gradients are
/// dL/dW = xᵀ · dL/dz, dL/db = the column sums of dL/dz, dL/dx = dL/dz · Wᵀ (Rumelhart, Hinton and Williams 1986).
///
/// ```
/// use feedforward::{Dense, Layer, Relu};
/// use ndarray::array;
///
/// let layer = Dense::from_parameters(array![[1.0], [-1.0]], Some(array![0.5]), Relu)?;
/// let mut output = array![[0.0], [0.0]];
/// layer.infer(&array![[3.0, 1.0], [1.0, 3.0]], &mut output);
/// assert_eq!(output, array![[2.5], [0.0]]);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Dense<F, A> {
    /// The weight and, unless it was left out, the bias.
    parameters: Vec<Parameter<F>>,
    activation: A,
}

/// A dense layer with the sigmoid: y = 1 / (1 + e^-(x·W + b)).
///
/// ```
/// use feedforward::{Layer, Sigmoid, SigmoidLayer};
/// use ndarray::array;
///
/// let layer = SigmoidLayer::from_parameters(array![[1.0], [1.0]], None, Sigmoid)?;
/// let mut output = array![[0.0]];
/// layer.infer(&array![[2.0, -2.0]], &mut output);
/// assert_eq!(output, array![[0.5]]);
/// # Ok::<(), feedforward::Error>(())
/// ```
pub type SigmoidLayer<F> = Dense<F, Sigmoid>;

/// A dense layer with the rectifier: y = max(x·W + b, 0).
///
/// ```
/// use feedforward::{Layer, Relu, ReluLayer};
/// use ndarray::array;
///
/// let layer = ReluLayer::from_parameters(array![[1.0, -1.0]], None, Relu)?;
/// let mut output = array![[0.0, 0.0]];
/// layer.infer(&array![[3.0]], &mut output);
/// assert_eq!(output, array![[3.0, 0.0]]);
/// # Ok::<(), feedforward::Error>(())
/// ```
pub type ReluLayer<F> = Dense<F, Relu>;

impl<F: Float, A: Activation<F>> Dense<F, A> {
    /// A layer with a random weight, and a bias as the initializer has it.
    ///
    /// # Errors
    /// When a size is zero or the initializer's numbers are out of range.
    ///
    /// ```
    /// use feedforward::{Dense, Initializer, Tanh};
    /// use rand::SeedableRng;
    ///
    /// let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(7);
    /// let layer = Dense::<f32, _>::new(3, 2, Tanh, Initializer::GlorotUniform, &mut rng)?;
    /// assert_eq!(layer.weight().value().dim(), (3, 2));
    /// let error = Dense::<f32, _>::new(3, 0, Tanh, Initializer::GlorotUniform, &mut rng).unwrap_err();
    /// assert_eq!(error.to_string(), "Dense: expected at least one output, found 0");
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn new(
        inputs: usize,
        outputs: usize,
        activation: A,
        initializer: Initializer,
        rng: &mut (impl Rng + ?Sized),
    ) -> Result<Self> {
        at_least_one_each(inputs, outputs)?;
        let weight = initializer.weight(inputs, outputs, rng)?;
        let bias = initializer.bias(inputs, outputs, rng)?;
        Ok(Self { parameters: vec![Parameter::weight(weight), Parameter::bias(bias)], activation })
    }

    /// A layer from its weight `(inputs, outputs)` and, if it shall have one, its bias `(outputs)`.
    ///
    /// PyTorch stores the weight the other way round: hand in its transpose.
    ///
    /// # Errors
    /// When the bias does not fit the weight, a size is zero, or a number is not finite.
    ///
    /// ```
    /// use feedforward::{Dense, Identity};
    /// use ndarray::array;
    ///
    /// let error = Dense::from_parameters(array![[1.0, 2.0]], Some(array![1.0]), Identity).unwrap_err();
    /// assert_eq!(error.to_string(), "Dense: expected 2 columns in the bias, found 1");
    /// ```
    pub fn from_parameters(weight: Array2<F>, bias: Option<Array1<F>>, activation: A) -> Result<Self> {
        at_least_one_each(weight.nrows(), weight.ncols())?;
        let (what, expected) = ("bias", weight.ncols());
        if let Some(found) = bias.as_ref().map(Array1::len).filter(|&found| found != expected) {
            return Err(Error::Columns { operation: "Dense", what, expected, found });
        }
        crate::error::all_finite("Dense", "weight", &weight)?;
        let mut parameters = vec![Parameter::weight(weight)];
        if let Some(bias) = bias {
            let bias = bias.insert_axis(Axis(0));
            crate::error::all_finite("Dense", what, &bias)?;
            parameters.push(Parameter::bias(bias));
        }
        Ok(Self { parameters, activation })
    }

    /// The same layer without its bias: y = f(x·W).
    ///
    /// ```
    /// use feedforward::{Dense, Identity, Layer};
    /// let layer = Dense::from_parameters(ndarray::array![[1.0, 2.0]], Some(ndarray::array![0.0, 0.0]), Identity)?;
    /// assert!(layer.without_bias().bias().is_none());
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn without_bias(mut self) -> Self {
        self.parameters.truncate(1);
        self
    }

    /// The weight, `(inputs, outputs)`.
    ///
    /// ```
    /// use feedforward::{Dense, Identity};
    /// let layer = Dense::from_parameters(ndarray::array![[1.0], [2.0]], None, Identity)?;
    /// assert_eq!(layer.weight().values(), [1.0, 2.0]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn weight(&self) -> &Parameter<F> {
        &self.parameters[0]
    }

    /// The bias, `(1, outputs)`, if there is one.
    ///
    /// ```
    /// use feedforward::{Dense, Identity};
    /// use ndarray::array;
    /// let layer = Dense::from_parameters(array![[1.0], [2.0]], Some(array![0.5]), Identity)?;
    /// assert_eq!(layer.bias().map(|bias| bias.values()), Some(&[0.5][..]));
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn bias(&self) -> Option<&Parameter<F>> {
        self.parameters.get(1)
    }

    /// The activation.
    ///
    /// ```
    /// use feedforward::{Dense, Relu};
    /// let layer = Dense::from_parameters(ndarray::array![[1.0], [2.0]], None, Relu)?;
    /// assert_eq!(layer.activation(), &Relu);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn activation(&self) -> &A {
        &self.activation
    }
}

impl<F: Float, A: Activation<F>> Layer<F> for Dense<F, A> {
    fn input_size(&self) -> usize {
        self.weight().value().nrows()
    }

    fn output_size(&self) -> usize {
        self.weight().value().ncols()
    }

    fn infer(&self, input: &ArrayRef2<F>, output: &mut ArrayRef2<F>) {
        let (weight, bias) = (self.weight().value(), self.bias().map(Parameter::values));
        affine(input, weight, bias, output, |sums| self.activation.activate(sums));
    }

    fn backward(
        &mut self,
        input: &ArrayRef2<F>,
        output: &ArrayRef2<F>,
        output_gradient: &mut ArrayRef2<F>,
        input_gradient: Option<&mut ArrayRef2<F>>,
    ) {
        let Some((weight, bias)) = self.parameters.split_first_mut() else { return };
        let of_bias = bias.first_mut().map(Parameter::gradients_mut);
        weight.compute_gradient(|weight, of_weight| {
            let layer = (weight, &self.activation);
            backpropagate(layer, input, output, output_gradient, input_gradient, (of_weight, of_bias))
        });
    }

    fn row_wise(&self) -> Option<&dyn RowWise<F>> {
        Some(self)
    }

    fn parameters(&self) -> &[Parameter<F>] {
        &self.parameters
    }

    fn parameters_mut(&mut self) -> &mut [Parameter<F>] {
        &mut self.parameters
    }

    fn slopes(&self, output: &ArrayRef2<F>) -> Option<Array2<F>> {
        let mut slopes = Array2::ones(output.dim());
        self.activation.backpropagate(flat(output), flat_mut(&mut slopes));
        Some(slopes)
    }

    fn name(&self) -> String {
        format!("Dense({:?})", self.activation)
    }
}

impl<F: Float, A: Activation<F>> RowWise<F> for Dense<F, A> {
    fn backward_rows(
        &self,
        input: &ArrayRef2<F>,
        output: &ArrayRef2<F>,
        output_gradient: &mut ArrayRef2<F>,
        input_gradient: Option<&mut ArrayRef2<F>>,
        gradients: &mut [F],
    ) {
        let weight = self.weight().value();
        let (of_weight, of_bias) = gradients.split_at_mut(weight.len());
        let of_bias = self.bias().map(|_| of_bias);
        if let Ok(mut of_weight) = ArrayViewMut2::from_shape(weight.dim(), of_weight) {
            let layer = (weight, &self.activation);
            backpropagate(layer, input, output, output_gradient, input_gradient, (&mut of_weight, of_bias));
        }
    }
}

/// Makes dL/dy dL/dz, and from it the gradients of weight, bias and input; whether that of the weight is finite.
fn backpropagate<F: Float, A: Activation<F>>(
    (weight, activation): (&ArrayRef2<F>, &A),
    input: &ArrayRef2<F>,
    output: &ArrayRef2<F>,
    output_gradient: &mut ArrayRef2<F>,
    input_gradient: Option<&mut ArrayRef2<F>>,
    (of_weight, of_bias): (&mut ArrayRef2<F>, Option<&mut [F]>),
) -> bool {
    let pieces = (flat(output), flat_mut(output_gradient));
    split_by_elements(output.len(), pieces, |(output, gradient)| activation.backpropagate(output, gradient));
    let finite = matmul_is_finite(&input.t(), output_gradient, of_weight);
    if let Some(of_bias) = of_bias {
        sum_rows(flat(output_gradient), of_bias);
    }
    if let Some(input_gradient) = input_gradient {
        matmul(output_gradient, &weight.t(), input_gradient);
    }
    finite
}

fn at_least_one_each(inputs: usize, outputs: usize) -> Result<()> {
    for (what, size) in [("input", inputs), ("output", outputs)] {
        if size == 0 {
            return Err(Error::Empty { operation: "Dense", what });
        }
    }
    Ok(())
}
