//! [`Network`]: layers one after another, with the buffers that training needs.

mod buffers;
mod builder;
mod compare;
mod evaluate;
mod flat;
mod jacobian;
mod passes;
mod predict;
mod rows;
mod shards;
mod stages;
mod statistics;
mod summary;
mod train;
mod values;

pub use builder::NetworkBuilder;
pub use evaluate::Evaluation;
pub use predict::Scratch;
pub use statistics::LayerStatistics;

pub(crate) use stages::{OwnRows, Stages};
pub(crate) use values::norm;

use crate::layer::name_parameters;
use crate::{Chain, Float, Layer, Parameter, Result, check};
use buffers::Buffers;
use std::collections::HashMap;
use std::panic::{RefUnwindSafe, UnwindSafe};

/// Layers one after another, to be trained and to predict.
///
/// Inputs are `(batch, input_size)`, outputs `(batch, output_size)`. The network owns the buffers of a training step;
/// they grow to the largest batch seen, so that after the first step of a size no memory is allocated. Cloning copies
/// layers, parameters and optimizer state; the buffers of the clone start empty.
///
/// ```
/// use feedforward::{Momentum, Mse, Network, Sigmoid, Tanh};
/// use ndarray::array;
///
/// let inputs = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
/// let targets = array![[0.0], [1.0], [1.0], [0.0]];
/// let mut network = Network::<f64>::builder(2).dense(4, Tanh).dense(1, Sigmoid).seed(1).build()?;
/// let mut optimizer = Momentum::new(0.5, 0.9)?;
/// for _ in 0..500 {
///     network.train_step(&inputs, &targets, &Mse, &mut optimizer)?;
/// }
/// let outputs = network.predict(&inputs)?;
/// assert!(outputs.iter().zip(&targets).all(|(p, t)| (p - t).abs() < 0.1));
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias("Sequential", "MLP", "multilayer perceptron"))]
#[derive(Debug)]
pub struct Network<F: Float> {
    chain: Chain<F>,
    buffers: Buffers<F>,
    parameter_count: usize,
    /// Whether a layer proposes statistics or states in its forward pass.
    has_proposals: bool,
}

impl<F: Float> Clone for Network<F> {
    fn clone(&self) -> Self {
        Self { chain: self.chain.clone(), buffers: Buffers::default(), ..*self }
    }
}

/// A network can be caught in a panic, of a layer written outside the crate for example, and used on.
///
/// Its layers are trait objects, so the compiler cannot know this. A panic leaves numbers half written at worst,
/// never a broken structure: each pass overwrites its buffers before it reads them, and a parameter keeps its shape.
impl<F: Float> UnwindSafe for Network<F> {}

/// Prediction takes `&self` and changes nothing, so a panic in it leaves nothing half done.
impl<F: Float> RefUnwindSafe for Network<F> {}

impl<F: Float> Network<F> {
    /// Makes a network of these layers, first to last.
    ///
    /// # Errors
    /// When there is no layer, a layer has no inputs or outputs, or two neighbours do not fit.
    ///
    /// ```
    /// use feedforward::layer::Softmax;
    /// use feedforward::{Dense, Identity, Network};
    /// use ndarray::array;
    ///
    /// let dense = Dense::from_parameters(array![[1.0, 2.0]], None, Identity)?;
    /// let network = Network::from_layers(vec![Box::new(dense.clone()), Box::new(Softmax::new(2)?)])?;
    /// assert_eq!(network.output_size(), 2);
    ///
    /// let error = Network::from_layers(vec![Box::new(dense.clone()), Box::new(dense)]).unwrap_err();
    /// assert!(error.to_string().contains("layer 1 to take 2 inputs"));
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn from_layers(layers: Vec<Box<dyn Layer<F>>>) -> Result<Self> {
        let chain = Chain::for_operation("Network", layers)?;
        let layers: &dyn Layer<F> = &chain;
        let parameter_count = layers.parameter_count();
        let has_proposals = layers.parameters().iter().any(|parameter| parameter.takes_proposals());
        Ok(Self { chain, buffers: Buffers::default(), parameter_count, has_proposals })
    }

    /// Returns the numbers per example that go in.
    pub fn input_size(&self) -> usize {
        self.chain.input_size()
    }

    /// Returns the numbers per example that come out.
    pub fn output_size(&self) -> usize {
        self.chain.output_size()
    }

    /// Returns the layers, first to last.
    ///
    /// ```
    /// use feedforward::{Network, Relu, Sigmoid};
    /// let network = Network::<f32>::builder(4).dense(3, Relu).dense(1, Sigmoid).build()?;
    /// let kinds: Vec<_> = network.layers().iter().map(|layer| layer.describe().to_string()).collect();
    /// assert_eq!(kinds, ["Dense(Relu)", "Dense(Sigmoid)"]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn layers(&self) -> &[Box<dyn Layer<F>>] {
        self.chain.layers()
    }

    /// Returns the layers, first to last, to be changed. They cannot be replaced by others, which might not fit.
    pub fn layers_mut(&mut self) -> impl ExactSizeIterator<Item = &mut (dyn Layer<F> + 'static)> {
        self.chain.layers_mut()
    }

    /// Shows every parameter to the visitor, first layer to last. Allocates nothing.
    pub fn visit<'a>(&'a self, visitor: &mut dyn FnMut(&'a Parameter<F>)) {
        self.chain.visit(visitor);
    }

    /// Shows every parameter to the visitor, to be written, first layer to last. Allocates nothing.
    pub fn visit_mut<'a>(&'a mut self, visitor: &mut dyn FnMut(&'a mut Parameter<F>)) {
        self.chain.visit_mut(visitor);
    }

    /// Returns the parameters of all layers, first to last.
    ///
    /// ```
    /// use feedforward::{Identity, Network};
    /// let network = Network::<f32>::builder(3).dense(2, Identity).build()?;
    /// let names: Vec<_> = network.parameters().map(|parameter| parameter.name()).collect();
    /// assert_eq!(names, ["weight", "bias"]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn parameters(&self) -> impl ExactSizeIterator<Item = &Parameter<F>> {
        let chain: &dyn Layer<F> = &self.chain;
        chain.parameters().into_iter()
    }

    /// Returns the parameters of all layers with their names in files, in the order of [`visit`](Self::visit).
    ///
    /// A name is the index of the layer, the indexes of layers inside it, and the name within the layer.
    ///
    /// ```
    /// use feedforward::{Identity, Network, Tanh};
    /// let builder = Network::<f32>::builder(4).dense_without_bias(4, Tanh);
    /// let network = builder.residual(|block| block.dense(4, Identity)).build()?;
    /// let names: Vec<_> = network.named_parameters().into_iter().map(|(name, _)| name).collect();
    /// assert_eq!(names, ["0.weight", "1.0.weight", "1.0.bias"]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn named_parameters(&self) -> Vec<(String, &Parameter<F>)> {
        let mut names = HashMap::new();
        name_parameters(self.layers(), "", &mut names);
        let mut all = Vec::new();
        self.visit(&mut |parameter| {
            all.push((names.remove(&std::ptr::from_ref(parameter)).unwrap_or_default(), parameter))
        });
        all
    }

    /// Returns the parameters of all layers, first to last, to be written.
    pub fn parameters_mut(&mut self) -> impl ExactSizeIterator<Item = &mut Parameter<F>> {
        let chain: &mut dyn Layer<F> = &mut self.chain;
        chain.parameters_mut().into_iter()
    }

    /// Returns how many numbers the parameters hold, trained or not; states of generators are not counted.
    pub fn parameter_count(&self) -> usize {
        self.parameter_count
    }

    /// Freezes a layer, so that no optimizer moves it and its running statistics stay, or releases it.
    ///
    /// # Errors
    /// When there is no such layer.
    ///
    /// ```
    /// use feedforward::{Identity, Network};
    /// let mut network = Network::<f32>::builder(3).dense(2, Identity).build()?;
    /// network.set_frozen(0, true)?;
    /// assert!(network.parameters().all(|parameter| !parameter.is_trainable()));
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn set_frozen(&mut self, layer: usize, frozen: bool) -> Result<()> {
        check::index_below("Network::set_frozen", "layer", self.layers().len(), layer)?;
        for layer in self.chain.layers_mut().skip(layer).take(1) {
            layer.visit_mut(&mut |parameter| parameter.set_frozen(frozen));
        }
        Ok(())
    }
}
