//! [`Dense`]: every output depends on every input.

use super::{Buffer, Layer, flat, flat_mut};
use crate::kernel::{affine, matmul, matmul_is_finite, split_by_elements, sum_rows};
use crate::{Activation, Description, Float, Initializer, Parameter, Relu, Result, Sigmoid, check};
#[cfg(any(feature = "keras", feature = "onnx"))]
use crate::{AnyActivation, activation::TakeActivation};
use ndarray::{Array1, Array2, ArrayRef2, Axis};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

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
#[doc(alias("Linear", "fully connected"))]
#[derive(Debug, Clone)]
pub struct Dense<F, A> {
    weight: Parameter<F>,
    bias: Option<Parameter<F>>,
    activation: A,
    /// The weighted sums z of the last forward pass, kept only for an activation whose derivative needs them.
    sums: Buffer<F>,
}

/// A dense layer with the sigmoid: y = 1 / (1 + e^-(x·W + b)).
pub type SigmoidLayer<F> = Dense<F, Sigmoid>;

/// A dense layer with the rectifier: y = max(x·W + b, 0).
pub type ReluLayer<F> = Dense<F, Relu>;

impl<F: Float, A: Activation<F>> Dense<F, A> {
    /// Makes a layer with a random weight, and the bias of the initializer (zeros for most).
    ///
    /// The generator is one of `rand` 0.9, which the crate re-exports as [`feedforward::rand`](crate::rand); a later
    /// `rand` has traits of its own, which do not fit. [`with_seed`](Self::with_seed) needs no generator.
    ///
    /// # Errors
    /// When a size is zero, the weight is larger than memory can be, or a number of the initializer is out of range.
    ///
    /// ```
    /// use feedforward::rand::{SeedableRng, rngs::StdRng};
    /// use feedforward::{Dense, Initializer, Tanh};
    ///
    /// let mut rng = StdRng::seed_from_u64(7);
    /// let layer = Dense::<f32, _>::new(3, 2, Tanh, Initializer::GlorotUniform, &mut rng)?;
    /// assert_eq!(layer.weight().value().dim(), (3, 2));
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn new(
        inputs: usize,
        outputs: usize,
        activation: A,
        initializer: Initializer,
        rng: &mut (impl Rng + ?Sized),
    ) -> Result<Self> {
        check_sizes(inputs, outputs)?;
        let weight = Parameter::weight(initializer.weight(inputs, outputs, rng)?);
        let bias = Some(Parameter::bias(initializer.bias(inputs, outputs, rng)?));
        Ok(Self { weight, bias, activation, sums: Buffer::default() })
    }

    /// Makes the layer that [`new`](Self::new) makes with a generator of this seed (ChaCha8).
    ///
    /// Two layers need two seeds: layers of one shape and one seed have the same weight.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    ///
    /// ```
    /// use feedforward::{Dense, Initializer, Tanh};
    ///
    /// let layer = |seed| Dense::<f32, _>::with_seed(3, 2, Tanh, Initializer::GlorotUniform, seed);
    /// assert_eq!(layer(1)?.weight(), layer(1)?.weight());
    /// assert_ne!(layer(1)?.weight(), layer(2)?.weight());
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn with_seed(
        inputs: usize,
        outputs: usize,
        activation: A,
        initializer: Initializer,
        seed: u64,
    ) -> Result<Self> {
        Self::new(inputs, outputs, activation, initializer, &mut ChaCha8Rng::seed_from_u64(seed))
    }

    /// Makes a layer from its weight `(inputs, outputs)` and, if it shall have one, its bias `(outputs)`.
    ///
    /// PyTorch stores the transposed weight: pass its transpose.
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
        check_sizes(weight.nrows(), weight.ncols())?;
        check::all_finite("Dense", "weight", &weight)?;
        let bias = bias.map(|bias| bias.insert_axis(Axis(0)));
        if let Some(bias) = &bias {
            check::columns("Dense", "bias", weight.ncols(), bias.ncols())?;
            check::all_finite("Dense", "bias", bias)?;
        }
        let (weight, bias) = (Parameter::weight(weight), bias.map(Parameter::bias));
        Ok(Self { weight, bias, activation, sums: Buffer::default() })
    }

    /// Makes a layer whose numbers are 0, to be overwritten; memory is taken when they are.
    #[cfg(feature = "safetensors")]
    pub(crate) fn zeros(inputs: usize, outputs: usize, has_bias: bool, activation: A) -> Result<Self> {
        check_sizes(inputs, outputs)?;
        // A value and a gradient for each.
        let shape = check::addressable_times::<F>("Dense", 2, inputs, outputs)?;
        let weight = Parameter::weight(Array2::zeros(shape));
        let bias = has_bias.then(|| Parameter::bias(Array2::zeros((1, outputs))));
        Ok(Self { weight, bias, activation, sums: Buffer::default() })
    }

    /// Removes the bias: y = f(x·W).
    pub fn without_bias(self) -> Self {
        Self { bias: None, ..self }
    }

    /// Returns the weight, `(inputs, outputs)`.
    pub fn weight(&self) -> &Parameter<F> {
        &self.weight
    }

    /// Returns the bias, `(1, outputs)`, if there is one.
    pub fn bias(&self) -> Option<&Parameter<F>> {
        self.bias.as_ref()
    }

    /// Returns the activation.
    pub fn activation(&self) -> &A {
        &self.activation
    }
}

#[cfg(any(feature = "keras", feature = "onnx"))]
impl<F: Float> Dense<F, AnyActivation> {
    /// Returns the layer with the activation by its own type, which predicts as fast as a layer that was built with it.
    pub(crate) fn into_typed(self) -> Box<dyn Layer<F>> {
        self.activation.unwrap_into(Parts { weight: self.weight, bias: self.bias })
    }
}

/// A dense layer without its activation.
#[cfg(any(feature = "keras", feature = "onnx"))]
struct Parts<F> {
    weight: Parameter<F>,
    bias: Option<Parameter<F>>,
}

#[cfg(any(feature = "keras", feature = "onnx"))]
impl<F: Float> TakeActivation<F> for Parts<F> {
    type Output = Box<dyn Layer<F>>;

    fn take<A: Activation<F>>(self, activation: A) -> Box<dyn Layer<F>> {
        let Self { weight, bias } = self;
        Box::new(Dense { weight, bias, activation, sums: Buffer::default() })
    }
}

impl<F: Float, A: Activation<F>> Layer<F> for Dense<F, A> {
    fn input_size(&self) -> usize {
        self.weight.value().nrows()
    }

    fn output_size(&self) -> usize {
        self.weight.value().ncols()
    }

    fn infer(&self, input: &ArrayRef2<F>, output: &mut ArrayRef2<F>) {
        let bias = self.bias.as_ref().map(Parameter::values);
        affine(input, self.weight.value(), bias, output, |sums| self.activation.activate(sums));
    }

    fn forward(&mut self, input: &ArrayRef2<F>, output: &mut ArrayRef2<F>) {
        if !self.activation.needs_input() {
            return self.infer(input, output);
        }
        let sums = self.sums.resize_uncleared(output.nrows(), output.ncols());
        affine(input, self.weight.value(), self.bias.as_ref().map(Parameter::values), sums, |_| ());
        output.assign(sums);
        self.activation.activate(flat_mut(output));
    }

    fn backward(
        &mut self,
        input: &ArrayRef2<F>,
        output: &ArrayRef2<F>,
        output_gradient: &mut ArrayRef2<F>,
        input_gradient: Option<&mut ArrayRef2<F>>,
    ) {
        // dL/dz = dL/dy ⊙ f'(z), in place.
        let sums = if self.activation.needs_input() { flat(self.sums.matrix()) } else { &[] };
        let pieces = ((sums, flat(output)), flat_mut(output_gradient));
        split_by_elements(output.len(), pieces, |((sums, output), gradient)| {
            self.activation.backpropagate(sums, output, gradient);
        });
        // dL/dW = xᵀ · dL/dz
        self.weight.compute_gradient(|gradient| matmul_is_finite(&input.t(), output_gradient, gradient));
        // dL/db = the column sums of dL/dz
        if let Some(bias) = &mut self.bias {
            sum_rows(flat(output_gradient), bias.gradients_mut());
        }
        // dL/dx = dL/dz · Wᵀ
        if let Some(input_gradient) = input_gradient {
            matmul(output_gradient, &self.weight.value().t(), input_gradient);
        }
    }

    fn visit<'a>(&'a self, visitor: &mut dyn FnMut(&'a Parameter<F>)) {
        visitor(&self.weight);
        self.bias.iter().for_each(visitor);
    }

    fn visit_mut<'a>(&'a mut self, visitor: &mut dyn FnMut(&'a mut Parameter<F>)) {
        visitor(&mut self.weight);
        self.bias.iter_mut().for_each(visitor);
    }

    fn rows_are_independent(&self) -> bool {
        true
    }

    fn describe(&self) -> Description {
        let sizes = Description::of_type::<Self>().with("outputs", self.output_size());
        sizes.with("bias", self.bias.is_some()).with("activation", self.activation.describe())
    }
}

fn check_sizes(inputs: usize, outputs: usize) -> Result<()> {
    check::not_empty("Dense", "input", inputs)?;
    check::not_empty("Dense", "output", outputs)
}
