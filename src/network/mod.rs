//! [`Network`]: layers one after another, with the buffers that training needs.

mod buffers;
mod builder;
mod compare;
mod predict;
mod shards;
mod summary;
mod train;
mod values;

pub use builder::NetworkBuilder;
pub use predict::Scratch;

use crate::{Error, Float, Layer, Parameter, Result};
use buffers::Buffers;

/// Layers one after another: what is trained, and what predicts.
///
/// Inputs are `(batch, input_size)`, outputs `(batch, output_size)`. The network owns the buffers that a training step
/// needs; they grow to the largest batch seen, so that after the first step of a size no memory is asked for. Cloning
/// copies layers, parameters and optimizer state; the buffers start empty.
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
#[derive(Debug)]
pub struct Network<F> {
    layers: Vec<Box<dyn Layer<F>>>,
    buffers: Buffers<F>,
    parameter_count: usize,
}

impl<F: Float> Clone for Network<F> {
    fn clone(&self) -> Self {
        Self { layers: self.layers.clone(), buffers: Buffers::default(), parameter_count: self.parameter_count }
    }
}

impl<F: Float> Network<F> {
    /// Starts a network of rows of `inputs` numbers, layer by layer.
    ///
    /// ```
    /// use feedforward::{Network, Relu, Sigmoid};
    /// let network = Network::<f32>::builder(2).dense(8, Relu).dense(1, Sigmoid).seed(7).build()?;
    /// assert_eq!(network.parameter_count(), 2 * 8 + 8 + 8 + 1);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn builder(inputs: usize) -> NetworkBuilder<F> {
        NetworkBuilder::new(inputs)
    }

    /// A network of these layers, first to last.
    ///
    /// # Errors
    /// When there is no layer, a layer has no inputs or outputs, or two neighbours do not fit.
    ///
    /// ```
    /// use feedforward::{Dense, Identity, Network, Softmax};
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
        if layers.is_empty() {
            return Err(Error::Empty { operation: "Network", what: "layer" });
        }
        for (what, size) in layers.iter().flat_map(|l| [("input", l.input_size()), ("output", l.output_size())]) {
            if size == 0 {
                return Err(Error::Empty { operation: "Network", what });
            }
        }
        for (index, pair) in layers.windows(2).enumerate() {
            let (expected, found) = (pair[0].output_size(), pair[1].input_size());
            if expected != found {
                return Err(Error::LayersDoNotFit { layer: index + 1, expected, found });
            }
        }
        let parameters = layers.iter().flat_map(|layer| layer.parameters());
        let parameter_count = parameters.map(Parameter::len).sum();
        Ok(Self { layers, buffers: Buffers::default(), parameter_count })
    }

    /// Numbers per example that go in.
    ///
    /// ```
    /// use feedforward::{Network, Relu};
    /// let network = Network::<f32>::builder(4).dense(3, Relu).build()?;
    /// assert_eq!(network.input_size(), 4);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn input_size(&self) -> usize {
        self.layers.first().map_or(0, |layer| layer.input_size())
    }

    /// Numbers per example that come out.
    ///
    /// ```
    /// use feedforward::{Network, Relu};
    /// let network = Network::<f32>::builder(4).dense(3, Relu).build()?;
    /// assert_eq!(network.output_size(), 3);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn output_size(&self) -> usize {
        self.layers.last().map_or(0, |layer| layer.output_size())
    }

    /// The layers, first to last.
    ///
    /// ```
    /// use feedforward::{Network, Relu, Sigmoid};
    /// let network = Network::<f32>::builder(4).dense(3, Relu).dense(1, Sigmoid).build()?;
    /// let names: Vec<_> = network.layers().iter().map(|layer| layer.name()).collect();
    /// assert_eq!(names, ["Dense(Relu)", "Dense(Sigmoid)"]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn layers(&self) -> &[Box<dyn Layer<F>>] {
        &self.layers
    }

    /// The layers, first to last, to be changed. They cannot be replaced by others, which might not fit.
    ///
    /// ```
    /// use feedforward::{Network, Relu};
    /// let mut network = Network::<f32>::builder(2).dense(3, Relu).build()?;
    /// for layer in network.layers_mut() {
    ///     layer.parameters_mut()[0].value_mut().fill(0.1);
    /// }
    /// assert_eq!(network.predict(&ndarray::array![[1.0, 0.0]])?, ndarray::array![[0.1, 0.1, 0.1]]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn layers_mut(&mut self) -> impl ExactSizeIterator<Item = &mut (dyn Layer<F> + 'static)> {
        self.layers.iter_mut().map(|layer| &mut **layer)
    }

    /// The parameters of all layers, first to last.
    ///
    /// ```
    /// use feedforward::{Identity, Network};
    /// let network = Network::<f32>::builder(3).dense(2, Identity).build()?;
    /// let names: Vec<_> = network.parameters().map(|parameter| parameter.name()).collect();
    /// assert_eq!(names, ["weight", "bias"]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn parameters(&self) -> impl Iterator<Item = &Parameter<F>> {
        self.layers.iter().flat_map(|layer| layer.parameters())
    }

    /// The parameters of all layers, first to last, to be written.
    ///
    /// ```
    /// use feedforward::{Network, Relu};
    /// let mut network = Network::<f32>::builder(2).dense(3, Relu).build()?;
    /// network.parameters_mut().for_each(|parameter| parameter.value_mut().fill(0.0));
    /// assert!(network.parameters().all(|parameter| parameter.values().iter().all(|&value| value == 0.0)));
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn parameters_mut(&mut self) -> impl Iterator<Item = &mut Parameter<F>> {
        self.layers.iter_mut().flat_map(|layer| layer.parameters_mut())
    }

    /// How many numbers the layers hold, trained or not.
    ///
    /// ```
    /// use feedforward::{Network, Relu};
    /// let network = Network::<f32>::builder(4).dense(3, Relu).build()?;
    /// assert_eq!(network.parameter_count(), 4 * 3 + 3);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn parameter_count(&self) -> usize {
        self.parameter_count
    }

    /// Freezes a layer, so that no optimizer moves it, or lets it learn again.
    ///
    /// # Errors
    /// When there is no such layer.
    ///
    /// ```
    /// use feedforward::{Identity, Network};
    /// let mut network = Network::<f32>::builder(3).dense(2, Identity).build()?;
    /// network.set_frozen(0, true)?;
    /// assert!(network.parameters().all(|parameter| !parameter.is_trainable()));
    /// assert!(network.set_frozen(1, true).is_err());
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn set_frozen(&mut self, layer: usize, frozen: bool) -> Result<()> {
        let expected = format!("a layer below {}", self.layers.len());
        let layer = self.layers.get_mut(layer).ok_or_else(|| Error::invalid("Network::set_frozen", expected, layer))?;
        layer.parameters_mut().iter_mut().for_each(|parameter| parameter.set_frozen(frozen));
        Ok(())
    }
}
