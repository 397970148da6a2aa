//! [`Layer`]: a function with parameters, its derivative, and its update; one layer per file.

mod activation_layer;
mod batch_norm;
mod dense;
mod dropout;
mod elementwise;
mod layer_norm;
mod norm;
mod softmax;

pub use activation_layer::ActivationLayer;
pub use batch_norm::BatchNorm;
pub use dense::{Dense, ReluLayer, SigmoidLayer};
pub use dropout::Dropout;
pub use elementwise::{Elementwise, ElementwiseFunction, Gelu, Silu};
pub use layer_norm::LayerNorm;
pub(crate) use softmax::softmax_row;
pub use softmax::{Softmax, softmax};

use crate::{Float, Optimizer, Parameter};
use dyn_clone::DynClone;
use ndarray::{Array2, ArrayRef2};
use std::fmt::Debug;

/// A function from rows of `input_size` numbers to rows of `output_size` numbers, with parameters that can be learned.
///
/// Rows are examples: every matrix is `(batch, features)`. The network owns the matrices and hands them in: all are in
/// standard (row-major, contiguous) layout and of fitting sizes, with any number of rows above zero. A layer knows
/// neither its neighbours nor the loss nor the optimizer's rule.
///
/// A layer of one's own needs the two sizes, `infer` and `backward`, and `parameters` if it has some:
///
/// ```
/// use feedforward::{Float, Layer, Network, Parameter};
/// use ndarray::{Array2, ArrayRef2, Axis};
///
/// /// y = x · scale, one scale per feature.
/// #[derive(Debug, Clone)]
/// struct Scale<F>([Parameter<F>; 1]);
///
/// impl<F: Float> Layer<F> for Scale<F> {
///     fn input_size(&self) -> usize {
///         self.0[0].len()
///     }
///     fn output_size(&self) -> usize {
///         self.0[0].len()
///     }
///     fn infer(&self, input: &ArrayRef2<F>, output: &mut ArrayRef2<F>) {
///         output.assign(input);
///         *output *= self.0[0].value();
///     }
///     fn backward(
///         &mut self,
///         input: &ArrayRef2<F>,
///         _output: &ArrayRef2<F>,
///         output_gradient: &mut ArrayRef2<F>,
///         input_gradient: Option<&mut ArrayRef2<F>>,
///     ) {
///         let products = &*output_gradient * input;
///         self.0[0].gradient_mut().row_mut(0).assign(&products.sum_axis(Axis(0)));
///         if let Some(input_gradient) = input_gradient {
///             input_gradient.assign(&(&*output_gradient * self.0[0].value()));
///         }
///     }
///     fn parameters(&self) -> &[Parameter<F>] {
///         &self.0
///     }
///     fn parameters_mut(&mut self) -> &mut [Parameter<F>] {
///         &mut self.0
///     }
/// }
///
/// let scale = Scale([Parameter::weight(Array2::from_elem((1, 3), 2.0_f32))]);
/// let network = Network::from_layers(vec![Box::new(scale)])?;
/// assert_eq!(network.predict(&ndarray::array![[1.0, 2.0, 3.0]])?, ndarray::array![[2.0, 4.0, 6.0]]);
/// # Ok::<(), feedforward::Error>(())
/// ```
pub trait Layer<F: Float>: DynClone + Debug + Send + Sync {
    /// Numbers per example that go in.
    ///
    /// ```
    /// use feedforward::{Layer, LayerNorm};
    /// assert_eq!(LayerNorm::<f32>::new(3)?.input_size(), 3);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    fn input_size(&self) -> usize;

    /// Numbers per example that come out.
    ///
    /// ```
    /// use feedforward::{Dense, Identity, Layer};
    /// let layer = Dense::from_parameters(ndarray::array![[1.0, 2.0]], None, Identity)?;
    /// assert_eq!((layer.input_size(), layer.output_size()), (1, 2));
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    fn output_size(&self) -> usize;

    /// Overwrites `output` with what the layer makes of `input`. Pure, so one network serves many threads.
    ///
    /// # Panics
    /// May panic when a matrix is not in standard layout or its size does not fit.
    ///
    /// ```
    /// use feedforward::{Dense, Identity, Layer};
    /// use ndarray::{Array2, array};
    ///
    /// let layer = Dense::from_parameters(array![[1.0, 2.0]], None, Identity)?;
    /// let mut output = Array2::zeros((2, 2));
    /// layer.infer(&array![[1.0], [10.0]], &mut output);
    /// assert_eq!(output, array![[1.0, 2.0], [10.0, 20.0]]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    fn infer(&self, input: &ArrayRef2<F>, output: &mut ArrayRef2<F>);

    /// The same while training; overridden only where training differs (dropout masks, batch statistics).
    ///
    /// # Panics
    /// As [`infer`](Self::infer).
    ///
    /// ```
    /// use feedforward::{BatchNorm, Layer};
    /// use ndarray::{Array2, array};
    ///
    /// let (mut layer, input) = (BatchNorm::<f64>::new(1)?, array![[10.0], [30.0]]);
    /// let mut output = Array2::zeros((2, 1));
    /// layer.forward(&input, &mut output); // normalised over this batch
    /// assert!((output[[1, 0]] - 1.0).abs() < 1e-6);
    /// layer.infer(&input, &mut output); // with the running statistics, which start at mean 0 and variance 1
    /// assert!((output[[1, 0]] - 30.0).abs() < 1e-3);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    fn forward(&mut self, input: &ArrayRef2<F>, output: &mut ArrayRef2<F>) {
        self.infer(input, output);
    }

    /// Given dL/doutput, overwrites the gradients of the parameters and, if asked for, dL/dinput.
    ///
    /// `input` and `output` are those of the last `forward`. `output_gradient` may be used as scratch.
    /// `input_gradient` may hold anything before, and is `None` for the first layer of a training step.
    ///
    /// # Panics
    /// As [`infer`](Self::infer).
    ///
    /// ```
    /// use feedforward::{Dense, Identity, Layer};
    /// use ndarray::{Array2, array};
    ///
    /// let mut layer = Dense::from_parameters(array![[2.0], [3.0]], None, Identity)?;
    /// let (input, mut output) = (array![[1.0, -1.0]], Array2::zeros((1, 1)));
    /// layer.forward(&input, &mut output);
    /// let mut input_gradient = Array2::zeros((1, 2));
    /// layer.backward(&input, &output, &mut array![[10.0]], Some(&mut input_gradient));
    /// assert_eq!(layer.weight().gradients(), [10.0, -10.0]); // xᵀ · dL/dy
    /// assert_eq!(input_gradient, array![[20.0, 30.0]]); // dL/dy · Wᵀ
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    fn backward(
        &mut self,
        input: &ArrayRef2<F>,
        output: &ArrayRef2<F>,
        output_gradient: &mut ArrayRef2<F>,
        input_gradient: Option<&mut ArrayRef2<F>>,
    );

    /// Takes over what the layer learned from the batch besides gradients, such as running statistics.
    ///
    /// The network calls it after each `backward` of a training pass, but not if the loss or a gradient came out as NaN or
    /// infinite: such a pass leaves no trace. Whoever calls a layer directly calls this after `backward`, and a layer that wraps
    /// another hands it on.
    ///
    /// ```
    /// use feedforward::{BatchNorm, Layer};
    /// use ndarray::{Array2, array};
    ///
    /// let (mut layer, input) = (BatchNorm::<f64>::new(1)?, array![[10.0], [30.0]]);
    /// let (mut output, mut gradient) = (Array2::zeros((2, 1)), array![[1.0], [1.0]]);
    /// layer.forward(&input, &mut output);
    /// layer.backward(&input, &output, &mut gradient, None);
    /// assert_eq!(layer.parameters()[2].values(), [0.0]); // the running mean
    /// layer.commit();
    /// assert_eq!(layer.parameters()[2].values(), [2.0]); // a tenth of the way to 20
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    fn commit(&mut self) {}

    /// What the layer learns, always in the same order.
    ///
    /// ```
    /// use feedforward::{Dense, Identity, Layer};
    /// use ndarray::array;
    /// let layer = Dense::from_parameters(array![[1.0]], Some(array![0.5]), Identity)?;
    /// let names: Vec<_> = layer.parameters().iter().map(|parameter| parameter.name()).collect();
    /// assert_eq!(names, ["weight", "bias"]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    fn parameters(&self) -> &[Parameter<F>] {
        &[]
    }

    /// What the layer learns, to be written. Values may change, shapes must not.
    ///
    /// ```
    /// use feedforward::{Dense, Identity, Layer};
    /// let mut layer = Dense::from_parameters(ndarray::array![[1.0, 2.0]], None, Identity)?;
    /// layer.parameters_mut()[0].value_mut().fill(0.0);
    /// assert_eq!(layer.weight().values(), [0.0, 0.0]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    fn parameters_mut(&mut self) -> &mut [Parameter<F>] {
        &mut []
    }

    /// Moves every parameter along its gradient, as the optimizer sees fit.
    ///
    /// ```
    /// use feedforward::{Dense, Identity, Layer, Sgd};
    /// let mut layer = Dense::from_parameters(ndarray::array![[1.0]], None, Identity)?;
    /// layer.parameters_mut()[0].gradient_mut().fill(2.0);
    /// layer.update(&mut Sgd::new(0.25)?);
    /// assert_eq!(layer.weight().values(), [0.5]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    fn update(&mut self, optimizer: &mut dyn Optimizer<F>) {
        for parameter in self.parameters_mut() {
            optimizer.step(parameter);
        }
    }

    /// The slope of the layer's activation at each output, for the statistics of a network, if it has one.
    ///
    /// ```
    /// use feedforward::{ActivationLayer, Layer, Relu};
    /// let slopes = ActivationLayer::new(2, Relu)?.slopes(&ndarray::array![[0.0, 3.0]]);
    /// assert_eq!(slopes, Some(ndarray::array![[0.0, 1.0]]));
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    fn slopes(&self, _output: &ArrayRef2<F>) -> Option<Array2<F>> {
        None
    }

    /// How to go back for some rows alone, if each row of the output depends on the same row of the input alone and training
    /// differs in nothing from [`infer`](Self::infer). Without it, a batch always goes through as a whole.
    ///
    /// ```
    /// use feedforward::{BatchNorm, Dense, Identity, Layer};
    /// use ndarray::array;
    ///
    /// assert!(Dense::from_parameters(array![[1.0]], None, Identity)?.row_wise().is_some());
    /// assert!(BatchNorm::<f64>::new(1)?.row_wise().is_none());
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    fn row_wise(&self) -> Option<&dyn RowWise<F>> {
        None
    }

    /// What it is called in a summary of the network, such as "Dense(Relu)".
    ///
    /// ```
    /// use feedforward::{Dense, Layer, Relu};
    /// let layer = Dense::from_parameters(ndarray::array![[1.0]], None, Relu)?;
    /// assert_eq!(layer.name(), "Dense(Relu)");
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    fn name(&self) -> String {
        type_name::<Self>().to_owned()
    }
}

/// What a layer adds whose examples have nothing to do with each other, such as [`Dense`](crate::Dense): a large batch can be
/// taken in parts, on several threads at once.
///
/// ```
/// use feedforward::{Dense, Identity, Layer};
/// use ndarray::{Array2, array};
///
/// let layer = Dense::from_parameters(array![[2.0], [3.0]], None, Identity)?;
/// let (input, output) = (array![[5.0, 7.0]], array![[31.0]]);
/// let (mut input_gradient, mut gradients) = (Array2::zeros((1, 2)), [0.0; 2]);
/// let rows = layer.row_wise().expect("a dense layer is row-wise");
/// rows.backward_rows(&input, &output, &mut array![[1.0]], Some(&mut input_gradient), &mut gradients);
/// assert_eq!((gradients, input_gradient), ([5.0, 7.0], array![[2.0, 3.0]]));
/// # Ok::<(), feedforward::Error>(())
/// ```
pub trait RowWise<F> {
    /// [`Layer::backward`] for some rows of a batch, which went through [`Layer::infer`]. Overwrites `gradients` with the gradient of
    /// every parameter, one after another, and keeps nothing.
    ///
    /// # Panics
    /// May panic when a matrix is not in standard layout or a size does not fit.
    fn backward_rows(
        &self,
        input: &ArrayRef2<F>,
        output: &ArrayRef2<F>,
        output_gradient: &mut ArrayRef2<F>,
        input_gradient: Option<&mut ArrayRef2<F>>,
        gradients: &mut [F],
    );
}

dyn_clone::clone_trait_object!(<F: Float> Layer<F>);

/// The name of a type without its path and parameters.
pub(crate) fn type_name<T: ?Sized>() -> &'static str {
    let name = std::any::type_name::<T>();
    let name = name.split('<').next().unwrap_or(name);
    name.rsplit("::").next().unwrap_or(name)
}

/// The numbers of a matrix a network handed in, row after row.
pub(crate) fn flat<F>(matrix: &ArrayRef2<F>) -> &[F] {
    // A network only hands in what is in standard layout; whoever calls a layer directly must too.
    matrix.as_slice().unwrap_or_else(|| panic!("{LAYOUT}"))
}

/// The numbers of a matrix a network handed in, row after row, to be written.
pub(crate) fn flat_mut<F>(matrix: &mut ArrayRef2<F>) -> &mut [F] {
    matrix.as_slice_mut().unwrap_or_else(|| panic!("{LAYOUT}"))
}

const LAYOUT: &str = "a layer needs its matrices in standard layout: call `as_standard_layout` on the array first";
