//! [`NetworkBuilder`]: a network layer by layer, each fitted to the one before.

use super::Network;
use crate::{
    Activation, ActivationLayer, BatchNorm, Dense, Dropout, Elementwise, ElementwiseFunction, Float, Initializer,
    Layer, LayerNorm, Result, Softmax,
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::fmt;

/// Makes a layer, given its number of inputs and the source of all randomness.
type MakeLayer<F> = Box<dyn FnOnce(usize, &mut ChaCha8Rng) -> Result<Box<dyn Layer<F>>> + Send + Sync>;

/// A network in the making: each layer takes what the one before puts out.
///
/// Everything is checked in [`build`](Self::build). All randomness comes from one seed, 0 unless said otherwise, through a
/// generator whose stream is fixed (ChaCha8): the same seed gives the same network on every run.
///
/// ```
/// use feedforward::{Gelu, Identity, Initializer, Network, Relu};
///
/// let network = Network::<f32>::builder(4)
///     .dense(32, Relu)
///     .dense_with(16, Identity, Initializer::LeCunNormal)
///     .elementwise(Gelu::Exact)
///     .dense(3, Identity)
///     .softmax()
///     .seed(42)
///     .build()?;
/// assert_eq!(network.layers().len(), 5);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[must_use = "a builder is no network before `build`"]
pub struct NetworkBuilder<F> {
    inputs: usize,
    seed: u64,
    layers: Vec<MakeLayer<F>>,
}

impl<F> fmt::Debug for NetworkBuilder<F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut builder = formatter.debug_struct("NetworkBuilder");
        builder.field("inputs", &self.inputs).field("seed", &self.seed);
        builder.field("layers", &self.layers.len()).finish_non_exhaustive()
    }
}

impl<F: Float> NetworkBuilder<F> {
    pub(super) fn new(inputs: usize) -> Self {
        Self { inputs, seed: 0, layers: Vec::new() }
    }

    /// Adds a dense layer, y = f(x·W + b), initialised as [`Activation::initializer`] says (He for the ReLU family,
    /// Glorot otherwise).
    ///
    /// ```
    /// use feedforward::{Identity, Network, Relu};
    /// let network = Network::<f32>::builder(4).dense(8, Relu).dense(3, Identity).build()?;
    /// assert_eq!(network.parameter_count(), 4 * 8 + 8 + 8 * 3 + 3);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn dense(self, outputs: usize, activation: impl Activation<F>) -> Self {
        let initializer = activation.initializer();
        self.dense_with(outputs, activation, initializer)
    }

    /// Adds a dense layer, y = f(x·W + b), with this initializer.
    ///
    /// ```
    /// use feedforward::{Initializer, Network, Tanh};
    /// let network = Network::<f32>::builder(2).dense_with(3, Tanh, Initializer::Constant(0.5)).build()?;
    /// assert!(network.layers()[0].parameters()[0].values().iter().all(|&weight| weight == 0.5));
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn dense_with(self, outputs: usize, activation: impl Activation<F>, initializer: Initializer) -> Self {
        self.layer(move |inputs, rng| Dense::new(inputs, outputs, activation, initializer, rng))
    }

    /// Adds a dense layer without bias, y = f(x·W).
    ///
    /// ```
    /// use feedforward::{Identity, Network};
    /// let network = Network::<f32>::builder(4).dense_without_bias(3, Identity).build()?;
    /// assert_eq!(network.parameter_count(), 12);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn dense_without_bias(self, outputs: usize, activation: impl Activation<F>) -> Self {
        self.layer(move |inputs, rng| {
            let initializer = activation.initializer();
            Ok(Dense::new(inputs, outputs, activation, initializer, rng)?.without_bias())
        })
    }

    /// Adds an [`ActivationLayer`]: an activation on its own, such as behind a normalisation.
    ///
    /// ```
    /// use feedforward::{Identity, Network, Relu};
    /// let network = Network::<f32>::builder(4).dense(8, Identity).batch_norm().activation(Relu).build()?;
    /// assert_eq!(network.layers()[2].name(), "Relu");
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn activation(self, activation: impl Activation<F>) -> Self {
        self.layer(move |inputs, _| ActivationLayer::new(inputs, activation))
    }

    /// Adds an [`Elementwise`] layer: a function of each number alone, such as GELU.
    ///
    /// ```
    /// use feedforward::{Identity, Network, Silu};
    /// let network = Network::<f32>::builder(4).dense(8, Identity).elementwise(Silu).build()?;
    /// assert_eq!(network.layers()[1].name(), "Silu");
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn elementwise(self, function: impl ElementwiseFunction<F>) -> Self {
        self.layer(move |inputs, _| Elementwise::new(inputs, function))
    }

    /// Adds a softmax over all outputs. Not needed, and not wanted, before [`CrossEntropy`](crate::CrossEntropy).
    ///
    /// ```
    /// use feedforward::{Identity, Network};
    /// let network = Network::<f32>::builder(2).dense(4, Identity).softmax().build()?;
    /// assert!((network.predict(&ndarray::array![[0.5, -2.0]])?.sum() - 1.0).abs() < 1e-6);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn softmax(self) -> Self {
        self.layer(move |inputs, _| Softmax::new(inputs))
    }

    /// Adds [`Dropout`] at this rate: in training each number is zeroed with this probability.
    ///
    /// ```
    /// use feedforward::{Identity, Network, Relu};
    /// let network = Network::<f32>::builder(4).dense(32, Relu).dropout(0.2).dense(1, Identity).build()?;
    /// assert_eq!(network.layers()[1].name(), "Dropout(0.2)");
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn dropout(self, rate: f64) -> Self {
        self.layer(move |inputs, rng| Dropout::new(inputs, rate, rng))
    }

    /// Adds a [`BatchNorm`]: each feature is normalised over the batch.
    ///
    /// ```
    /// use feedforward::{Identity, Network};
    /// let network = Network::<f32>::builder(4).dense(8, Identity).batch_norm().build()?;
    /// assert_eq!(network.layers()[1].name(), "BatchNorm");
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn batch_norm(self) -> Self {
        self.layer(move |inputs, _| BatchNorm::new(inputs))
    }

    /// Adds a [`LayerNorm`]: each example is normalised over its features.
    ///
    /// ```
    /// use feedforward::{Identity, Network};
    /// let network = Network::<f32>::builder(4).layer_norm().dense(8, Identity).build()?;
    /// assert_eq!(network.layers()[0].name(), "LayerNorm");
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn layer_norm(self) -> Self {
        self.layer(move |inputs, _| LayerNorm::new(inputs))
    }

    /// Adds any layer: `make` is given the number of its inputs and the generator seeded with the network's seed.
    ///
    /// ```
    /// use feedforward::{Dense, Initializer, Network, Tanh};
    ///
    /// let network = Network::<f64>::builder(5)
    ///     .layer(|inputs, rng| Dense::new(inputs, inputs, Tanh, Initializer::GlorotNormal, rng))
    ///     .build()?;
    /// assert_eq!(network.output_size(), 5);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn layer<L: Layer<F> + 'static>(
        mut self,
        make: impl FnOnce(usize, &mut ChaCha8Rng) -> Result<L> + Send + Sync + 'static,
    ) -> Self {
        self.layers.push(Box::new(move |inputs, rng| Ok(Box::new(make(inputs, rng)?))));
        self
    }

    /// Sets the seed that all randomness of the network comes from.
    ///
    /// ```
    /// use feedforward::{Identity, Network};
    /// let build = |seed| Network::<f32>::builder(4).dense(3, Identity).seed(seed).build();
    /// assert_eq!(build(1)?, build(1)?);
    /// assert_ne!(build(1)?, build(2)?);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Makes the layers, first to last, and checks that they fit.
    ///
    /// # Errors
    /// When there is no layer, a size is zero, or a layer cannot be made.
    ///
    /// ```
    /// use feedforward::{Network, Relu};
    /// assert!(Network::<f32>::builder(2).dense(8, Relu).build().is_ok());
    /// let error = Network::<f32>::builder(2).build().unwrap_err();
    /// assert_eq!(error.to_string(), "Network: expected at least one layer, found 0");
    /// ```
    pub fn build(self) -> Result<Network<F>> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let mut size = self.inputs;
        let mut layers = Vec::with_capacity(self.layers.len());
        for make in self.layers {
            let layer = make(size, &mut rng)?;
            size = layer.output_size();
            layers.push(layer);
        }
        Network::from_layers(layers)
    }
}
