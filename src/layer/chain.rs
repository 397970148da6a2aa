//! [`Chain`]: layers one after another, as one layer. Its forward and backward pass are those of the whole crate.

use super::{Buffer, Layer};
use crate::{Description, Error, Float, Optimizer, Parameter, Result, check};
use ndarray::{Array2, ArrayRef2};

/// Layers one after another, as one layer: what goes out of one goes into the next.
///
/// A [`Network`](crate::Network) is a chain with the means to train and predict; inside a network a chain groups
/// layers, as in [`Residual`](crate::Residual). It keeps the outputs of the last forward pass for the backward pass;
/// prediction allocates two matrices per call for what passes between the layers.
///
/// ```
/// use feedforward::layer::Chain;
/// use feedforward::{Dense, Identity, Layer, Relu};
/// use ndarray::array;
///
/// let first = Dense::from_parameters(array![[1.0, -1.0]], None, Relu)?;
/// let second = Dense::from_parameters(array![[2.0], [3.0]], None, Identity)?;
/// let chain = Chain::new(vec![Box::new(first), Box::new(second)])?;
/// let mut output = array![[0.0], [0.0]];
/// chain.infer(&array![[4.0], [-4.0]], &mut output);
/// assert_eq!(output, array![[8.0], [12.0]]);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias("Sequential", "MLP"))]
#[derive(Debug, Clone)]
pub struct Chain<F: Float> {
    layers: Vec<Box<dyn Layer<F>>>,
    /// Sizes of the first input and the last output, which small networks ask for often.
    input_size: usize,
    output_size: usize,
    /// Output and output gradient of each layer but the last, whose are passed in.
    between: Vec<Between<F>>,
}

#[derive(Debug, Clone)]
struct Between<F> {
    columns: usize,
    output: Buffer<F>,
    gradient: Buffer<F>,
}

impl<F: Float> Chain<F> {
    /// Joins these layers, first to last.
    ///
    /// # Errors
    /// When there is no layer, a layer has no inputs or outputs, or two neighbours do not fit.
    pub fn new(layers: Vec<Box<dyn Layer<F>>>) -> Result<Self> {
        Self::for_operation("Chain", layers)
    }

    pub(crate) fn for_operation(operation: &'static str, layers: Vec<Box<dyn Layer<F>>>) -> Result<Self> {
        check::not_empty(operation, "layer", layers.len())?;
        for layer in &layers {
            check::not_empty(operation, "input", layer.input_size())?;
            check::not_empty(operation, "output", layer.output_size())?;
        }
        for (index, pair) in layers.windows(2).enumerate() {
            let (expected, found) = (pair[0].output_size(), pair[1].input_size());
            if expected != found {
                return Err(Error::LayersDoNotFit { operation, layer: index + 1, expected, found });
            }
        }
        let new = |columns| Between { columns, output: Buffer::default(), gradient: Buffer::default() };
        let between = layers[1..].iter().map(|layer| new(layer.input_size())).collect();
        let input_size = layers.first().map_or(0, |layer| layer.input_size());
        let output_size = layers.last().map_or(0, |layer| layer.output_size());
        Ok(Self { layers, input_size, output_size, between })
    }

    /// Returns the layers, first to last.
    pub fn layers(&self) -> &[Box<dyn Layer<F>>] {
        &self.layers
    }

    /// Returns the layers, first to last, to be changed. They cannot be replaced by others, which might not fit.
    pub fn layers_mut(&mut self) -> impl ExactSizeIterator<Item = &mut (dyn Layer<F> + 'static)> {
        self.layers.iter_mut().map(|layer| &mut **layer)
    }

    /// Calls `each` with every parameter that `takes` accepts and its part of `numbers`, in the order of the visit.
    pub(crate) fn visit_with_numbers(
        &mut self,
        numbers: &[F],
        takes: impl Fn(&Parameter<F>) -> bool,
        each: impl Fn(&mut Parameter<F>, &[F]),
    ) {
        let mut rest = numbers;
        self.visit_mut(&mut |parameter| {
            if takes(parameter) {
                let part = rest.split_off(..parameter.len()).unwrap_or_default();
                each(parameter, part);
            }
        });
    }

    /// Overwrites the values of all parameters with these numbers, one after another.
    pub(crate) fn set_values(&mut self, values: &[F]) {
        self.visit_with_numbers(values, |_| true, set_values);
    }

    /// Returns how many numbers of a row are inputs and outputs of the layers together.
    pub(crate) fn numbers_per_row(&self) -> usize {
        let widths = self.layers.iter().map(|layer| layer.input_size().saturating_add(layer.output_size()));
        widths.fold(0, usize::saturating_add)
    }

    /// Describes the layers, first to last.
    pub(crate) fn describe_layers(&self) -> Vec<Description> {
        self.layers.iter().map(|layer| layer.describe()).collect()
    }

    /// Returns the largest number of columns of an input or output.
    pub(crate) fn widest(&self) -> usize {
        let between = self.between.iter().map(|between| between.columns);
        between.chain([self.input_size, self.output_size]).max().unwrap_or(1)
    }

    /// Returns the outputs of a layer but the last in the last forward pass.
    pub(crate) fn output_of(&self, layer: usize) -> Option<&Array2<F>> {
        self.between.get(layer).map(|between| between.output.matrix())
    }

    /// Runs the layers for prediction, with two buffers for what passes between them.
    pub(crate) fn infer_with(&self, input: &ArrayRef2<F>, buffers: &mut [Buffer<F>; 2], output: &mut ArrayRef2<F>) {
        let Some((last, others)) = self.layers.split_last() else { return };
        let [mut from, mut to] = buffers.each_mut();
        for (index, (layer, between)) in others.iter().zip(&self.between).enumerate() {
            let input = if index == 0 { input } else { from.matrix() };
            layer.infer(input, to.resize_uncleared(input.nrows(), between.columns));
            std::mem::swap(&mut from, &mut to);
        }
        last.infer(if others.is_empty() { input } else { from.matrix() }, output);
    }
}

impl<F: Float> Layer<F> for Chain<F> {
    fn input_size(&self) -> usize {
        self.input_size
    }

    fn output_size(&self) -> usize {
        self.output_size
    }

    fn infer(&self, input: &ArrayRef2<F>, output: &mut ArrayRef2<F>) {
        self.infer_with(input, &mut Default::default(), output);
    }

    fn forward(&mut self, input: &ArrayRef2<F>, output: &mut ArrayRef2<F>) {
        let Some((last, others)) = self.layers.split_last_mut() else { return };
        let mut input = input;
        for (layer, Between { columns, output, .. }) in others.iter_mut().zip(&mut self.between) {
            let output = output.resize_uncleared(input.nrows(), *columns);
            layer.forward(input, output);
            input = output;
        }
        last.forward(input, output);
    }

    fn backward(
        &mut self,
        input: &ArrayRef2<F>,
        output: &ArrayRef2<F>,
        output_gradient: &mut ArrayRef2<F>,
        input_gradient: Option<&mut ArrayRef2<F>>,
    ) {
        let (mut output, mut output_gradient) = (output, output_gradient);
        let (mut layers, mut before) = (&mut self.layers[..], &mut self.between[..]);
        // From the last layer to the second: what goes in came from the layer before.
        while let Some((Between { columns, output: below, gradient }, others)) = before.split_last_mut() {
            let Some((layer, earlier)) = layers.split_last_mut() else { return };
            let gradient = gradient.resize_uncleared(input.nrows(), *columns);
            layer.backward(below.matrix(), output, output_gradient, Some(&mut *gradient));
            (layers, before, output, output_gradient) = (earlier, others, below.matrix(), gradient);
        }
        if let Some(first) = layers.first_mut() {
            first.backward(input, output, output_gradient, input_gradient);
        }
    }

    fn visit<'a>(&'a self, visitor: &mut dyn FnMut(&'a Parameter<F>)) {
        self.layers.iter().for_each(|layer| layer.visit(visitor));
    }

    fn visit_mut<'a>(&'a mut self, visitor: &mut dyn FnMut(&'a mut Parameter<F>)) {
        self.layers.iter_mut().for_each(|layer| layer.visit_mut(visitor));
    }

    fn layers(&self) -> &[Box<dyn Layer<F>>] {
        &self.layers
    }

    fn update(&mut self, optimizer: &mut dyn Optimizer<F>) {
        self.layers.iter_mut().for_each(|layer| layer.update(optimizer));
    }

    fn rows_are_independent(&self) -> bool {
        self.layers.iter().all(|layer| layer.rows_are_independent())
    }

    fn describe(&self) -> Description {
        Description::of_type::<Self>().with("layers", self.describe_layers())
    }
}

/// Overwrites the values of a parameter.
pub(crate) fn set_values<F: Float>(parameter: &mut Parameter<F>, values: &[F]) {
    parameter.values_and_gradients_mut().0.copy_from_slice(values);
}
