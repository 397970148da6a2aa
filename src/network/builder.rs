//! [`NetworkBuilder`]: a network layer by layer, each fitted to the one before.

use super::Network;
use crate::{
    Activation, ActivationLayer, Affine, BatchNorm, BatchNormOptions, Chain, Dense, Dropout, Float, Initializer, Layer,
    LayerNorm, LogSoftmax, Residual, Result, Softmax,
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::fmt;

/// Makes a layer, given its number of inputs and the source of all randomness.
type MakeLayer<F> = Box<dyn FnOnce(usize, &mut ChaCha8Rng) -> Result<Box<dyn Layer<F>>> + Send + Sync>;

/// Builds a network layer by layer: each layer takes the outputs of the one before.
///
/// Everything is checked in [`build`](Self::build). All randomness comes from one seed, 0 by default, through a
/// generator whose stream is fixed (ChaCha8): the same seed gives the same network on every run.
///
/// ```
/// use feedforward::{Gelu, Identity, Initializer, Network, Relu};
///
/// let network = Network::<f32>::builder(4)
///     .dense(32, Relu)
///     .dense_with(16, Gelu::Exact, Initializer::LeCunNormal)
///     .dense(3, Identity)
///     .softmax()
///     .seed(42)
///     .build()?;
/// assert_eq!(network.layers().len(), 4);
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

impl<F: Float> Network<F> {
    /// Starts a network over rows of `inputs` numbers, to be built layer by layer.
    pub fn builder(inputs: usize) -> NetworkBuilder<F> {
        NetworkBuilder::new(inputs)
    }
}

impl<F: Float> NetworkBuilder<F> {
    fn new(inputs: usize) -> Self {
        Self { inputs, seed: 0, layers: Vec::new() }
    }

    /// Adds a dense layer, y = f(x·W + b), with the initializer of its activation: see [`Activation::initializer`].
    pub fn dense(self, outputs: usize, activation: impl Activation<F>) -> Self {
        let initializer = activation.initializer();
        self.dense_with(outputs, activation, initializer)
    }

    /// Adds a dense layer, y = f(x·W + b), with this initializer.
    pub fn dense_with(self, outputs: usize, activation: impl Activation<F>, initializer: Initializer) -> Self {
        self.layer(move |inputs, rng| Dense::new(inputs, outputs, activation, initializer, rng))
    }

    /// Adds a dense layer without bias, y = f(x·W).
    pub fn dense_without_bias(self, outputs: usize, activation: impl Activation<F>) -> Self {
        self.layer(move |inputs, rng| {
            let initializer = activation.initializer();
            Ok(Dense::new(inputs, outputs, activation, initializer, rng)?.without_bias())
        })
    }

    /// Adds an [`ActivationLayer`]: an activation on its own, for example behind a normalization.
    pub fn activation(self, activation: impl Activation<F>) -> Self {
        self.layer(move |inputs, _| ActivationLayer::new(inputs, activation))
    }

    /// Adds a softmax over all outputs. Leave it out before [`CrossEntropy`](crate::CrossEntropy), which takes logits.
    pub fn softmax(self) -> Self {
        self.layer(move |inputs, _| Softmax::new(inputs))
    }

    /// Adds a [`LogSoftmax`] over all outputs: logarithms of probabilities.
    pub fn log_softmax(self) -> Self {
        self.layer(move |inputs, _| LogSoftmax::new(inputs))
    }

    /// Adds [`Dropout`] at this rate: in training each number is zeroed with this probability.
    pub fn dropout(self, rate: f64) -> Self {
        self.layer(move |inputs, rng| Dropout::new(inputs, rate, rng))
    }

    /// Adds a [`BatchNorm`]: each feature is normalized over the batch.
    pub fn batch_norm(self) -> Self {
        self.batch_norm_with(BatchNormOptions::default())
    }

    /// Adds a [`BatchNorm`] with these options.
    pub fn batch_norm_with(self, options: BatchNormOptions) -> Self {
        self.layer(move |inputs, _| BatchNorm::with_options(inputs, options))
    }

    /// Adds a [`LayerNorm`]: each example is normalized over its features.
    pub fn layer_norm(self) -> Self {
        self.layer(move |inputs, _| LayerNorm::new(inputs))
    }

    /// Adds an [`Affine`] layer, which starts as the identity: each feature is scaled and shifted.
    pub fn affine(self) -> Self {
        self.layer(move |inputs, _| Affine::new(inputs))
    }

    /// Adds a [`Residual`] block, y = x + f(x), with the layers that `block` adds: they must put out as many numbers as
    /// they take.
    ///
    /// ```
    /// use feedforward::{Identity, Network, Tanh};
    /// let builder = Network::<f32>::builder(8).residual(|block| block.dense(16, Tanh).dense(8, Identity));
    /// assert_eq!(builder.build()?.output_size(), 8);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn residual(self, block: impl FnOnce(Self) -> Self) -> Self {
        let makes = block(Self::new(0)).layers;
        self.layer(move |inputs, rng| Residual::new(Chain::new(make_layers(inputs, makes, rng)?)?))
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
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Makes the layers, first to last, and checks that they fit.
    ///
    /// # Errors
    /// When there is no layer, a size is zero, or a layer cannot be made.
    pub fn build(self) -> Result<Network<F>> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        Network::from_layers(make_layers(self.inputs, self.layers, &mut rng)?)
    }
}

/// Makes layers, first to last, each for the outputs of the one before.
fn make_layers<F: Float>(
    inputs: usize,
    makes: Vec<MakeLayer<F>>,
    rng: &mut ChaCha8Rng,
) -> Result<Vec<Box<dyn Layer<F>>>> {
    let mut size = inputs;
    let mut layers = Vec::with_capacity(makes.len());
    for make in makes {
        let layer = make(size, rng)?;
        size = layer.output_size();
        layers.push(layer);
    }
    Ok(layers)
}
