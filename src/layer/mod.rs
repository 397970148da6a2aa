//! [`Layer`]: a function with parameters, its derivative, and its update; one layer per file.

mod activation_layer;
mod affine;
mod batch_norm;
mod buffer;
mod chain;
mod dense;
mod dropout;
mod layer_norm;
mod log_softmax;
mod norm;
mod residual;
mod softmax;

pub use activation_layer::ActivationLayer;
pub use affine::Affine;
pub use batch_norm::{BatchNorm, BatchNormOptions};
pub(crate) use buffer::Buffer;
pub use chain::Chain;
pub(crate) use chain::set_values;
pub use dense::{Dense, ReluLayer, SigmoidLayer};
pub use dropout::Dropout;
pub use layer_norm::LayerNorm;
pub use log_softmax::LogSoftmax;
pub use residual::Residual;
pub use softmax::Softmax;

use crate::{Description, Float, Optimizer, Parameter, Role};
use dyn_clone::DynClone;
use ndarray::ArrayRef2;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::Debug;

/// A function from rows of `input_size` numbers to rows of `output_size` numbers, with parameters that can be learned.
///
/// Rows are examples: every matrix is `(batch, features)`. The network owns the matrices and passes them in: all are in
/// standard (row-major, contiguous) layout and of fitting sizes, with at least one row. A layer knows neither its
/// neighbours nor the loss nor the optimizer's rule.
///
/// Your own layer needs the two sizes, `infer` and `backward`, and the two visitors if it has parameters:
///
/// ```
/// use feedforward::{Float, Layer, Network, Parameter};
/// use ndarray::{Array2, ArrayRef2, Axis};
///
/// /// y = x · scale, one scale per feature.
/// #[derive(Debug, Clone)]
/// struct Scale<F> {
///     scale: Parameter<F>,
/// }
///
/// impl<F: Float> Layer<F> for Scale<F> {
///     fn input_size(&self) -> usize {
///         self.scale.len()
///     }
///     fn output_size(&self) -> usize {
///         self.scale.len()
///     }
///     fn infer(&self, input: &ArrayRef2<F>, output: &mut ArrayRef2<F>) {
///         output.assign(input);
///         *output *= self.scale.value();
///     }
///     fn backward(
///         &mut self,
///         input: &ArrayRef2<F>,
///         _output: &ArrayRef2<F>,
///         output_gradient: &mut ArrayRef2<F>,
///         input_gradient: Option<&mut ArrayRef2<F>>,
///     ) {
///         let products = &*output_gradient * input;
///         self.scale.gradient_mut().row_mut(0).assign(&products.sum_axis(Axis(0)));
///         if let Some(input_gradient) = input_gradient {
///             input_gradient.assign(&(&*output_gradient * self.scale.value()));
///         }
///     }
///     fn visit<'a>(&'a self, visitor: &mut dyn FnMut(&'a Parameter<F>)) {
///         visitor(&self.scale);
///     }
///     fn visit_mut<'a>(&'a mut self, visitor: &mut dyn FnMut(&'a mut Parameter<F>)) {
///         visitor(&mut self.scale);
///     }
///     fn rows_are_independent(&self) -> bool {
///         true
///     }
/// }
///
/// let scale = Scale { scale: Parameter::weight(Array2::from_elem((1, 3), 2.0_f32)) };
/// let network = Network::from_layers(vec![Box::new(scale)])?;
/// assert_eq!(network.parameter_count(), 3);
/// assert_eq!(network.predict(&ndarray::array![[1.0, 2.0, 3.0]])?, ndarray::array![[2.0, 4.0, 6.0]]);
/// # Ok::<(), feedforward::Error>(())
/// ```
pub trait Layer<F: Float>: DynClone + Debug + Send + Sync {
    /// Returns the numbers per example that go in.
    fn input_size(&self) -> usize;

    /// Returns the numbers per example that come out.
    fn output_size(&self) -> usize;

    /// Overwrites `output` with the outputs for `input`. Pure, so that one network serves many threads.
    ///
    /// # Panics
    /// May panic when a matrix is not in standard layout or its size does not fit.
    fn infer(&self, input: &ArrayRef2<F>, output: &mut ArrayRef2<F>);

    /// Does the same while training; overridden only where training differs (dropout masks, batch statistics) or where
    /// `backward` needs more than input and output.
    ///
    /// # Panics
    /// As [`infer`](Self::infer).
    ///
    /// ```
    /// use feedforward::layer::BatchNorm;
    /// use feedforward::Layer;
    /// use ndarray::{Array2, array};
    ///
    /// let (mut layer, input) = (BatchNorm::<f64>::new(1)?, array![[10.0], [30.0]]);
    /// let mut output = Array2::zeros((2, 1));
    /// layer.forward(&input, &mut output); // normalized over this batch
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
    /// `input` and `output` are those of the last `forward`. `output_gradient` may be used as scratch. `input_gradient`
    /// may hold anything before, and is `None` for the first layer of a training step.
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

    /// Shows every parameter to the visitor, always in the same order; a layer that owns layers passes the visitor on.
    ///
    /// A parameter that is not visited is neither trained nor saved nor counted.
    fn visit<'a>(&'a self, visitor: &mut dyn FnMut(&'a Parameter<F>)) {
        let _ = visitor;
    }

    /// Shows every parameter to the visitor, to be written, in the order of [`visit`](Self::visit).
    fn visit_mut<'a>(&'a mut self, visitor: &mut dyn FnMut(&'a mut Parameter<F>)) {
        let _ = visitor;
    }

    /// Returns the layers inside this one, first to last; most layers have none.
    ///
    /// Files name the parameters of an inner layer by its index: "2.0.weight" is the weight of the first layer inside
    /// layer 2.
    fn layers(&self) -> &[Box<dyn Layer<F>>] {
        &[]
    }

    /// Moves every parameter along its gradient, by the optimizer's rule.
    fn update(&mut self, optimizer: &mut dyn Optimizer<F>) {
        self.visit_mut(&mut |parameter| optimizer.step(parameter));
    }

    /// Returns whether each row of the output depends on the same row of the input alone, in training too.
    ///
    /// A network of such layers is trained in shards: some rows at a time, on several threads, each shard with its own
    /// clone of the layers. A single layer that says no keeps every batch in one piece.
    fn rows_are_independent(&self) -> bool {
        false
    }

    /// Returns its kind and settings as plain data: what a summary prints and a file keeps.
    fn describe(&self) -> Description {
        Description::of_type::<Self>()
    }
}

dyn_clone::clone_trait_object!(<F: Float> Layer<F>);

impl<'l, F: Float> dyn Layer<F> + 'l {
    /// Returns its parameters in the order of [`visit`](Layer::visit).
    pub fn parameters(&self) -> Vec<&Parameter<F>> {
        let mut all = Vec::new();
        self.visit(&mut |parameter| all.push(parameter));
        all
    }

    /// Returns its parameters, to be written. Values may change, shapes must not.
    pub fn parameters_mut(&mut self) -> Vec<&mut Parameter<F>> {
        let mut all = Vec::new();
        self.visit_mut(&mut |parameter| all.push(parameter));
        all
    }

    /// Returns how many numbers its parameters hold, trained or not; states of generators are not counted.
    pub fn parameter_count(&self) -> usize {
        let mut count = 0;
        self.visit(&mut |parameter| count += if parameter.role() == Role::State { 0 } else { parameter.len() });
        count
    }
}

/// Adds the name of each parameter of these layers: the index of its layer, then those of the layers inside, then its
/// own name.
pub(crate) fn name_parameters<F: Float>(
    layers: &[Box<dyn Layer<F>>],
    prefix: &str,
    names: &mut HashMap<*const Parameter<F>, String>,
) {
    for (index, layer) in layers.iter().enumerate() {
        let path = format!("{prefix}{index}.");
        name_parameters(layer.layers(), &path, names);
        let mut counts = HashMap::<&str, usize>::new();
        layer.visit(&mut |parameter| {
            if let Entry::Vacant(entry) = names.entry(parameter) {
                let count = counts.entry(parameter.name()).or_default();
                *count += 1;
                let number = if *count > 1 { format!("_{count}") } else { String::new() };
                entry.insert(format!("{path}{}{number}", parameter.name()));
            }
        });
    }
}

/// Returns the numbers of a matrix, row after row.
pub(crate) fn flat<F>(matrix: &ArrayRef2<F>) -> &[F] {
    // A network only passes matrices in standard layout; a caller of a layer must do the same.
    matrix.as_slice().unwrap_or_else(|| panic!("{LAYOUT}"))
}

/// Returns the numbers of a matrix, row after row, to be written.
pub(crate) fn flat_mut<F>(matrix: &mut ArrayRef2<F>) -> &mut [F] {
    matrix.as_slice_mut().unwrap_or_else(|| panic!("{LAYOUT}"))
}

const LAYOUT: &str = "a layer needs its matrices in standard layout: call `as_standard_layout` on the array first";
