//! Reads models of Keras: `.keras` archives, `.weights.h5` and `.h5` files.

mod activation;
mod assign;
mod config;
mod file;
mod layers;
mod settings;
mod weights;

use crate::data::{Source, in_file, invalid_data};
use crate::{Float, Network, Result};
use assign::assign_weights;
use file::KerasFile;
use layers::make_layers;
use std::io;

impl<F: Float> Network<F> {
    /// Reads a Sequential model of Keras, architecture and weights, from a `.keras` or an `.h5` file.
    ///
    /// Files of Keras 3 and of Keras 2 (`tf.keras`) are read; the content tells the format, not the name. A softmax at
    /// the end becomes a [`Softmax`](crate::layer::Softmax) layer. These layers are supported, on inputs of one axis:
    /// Dense, Activation, ReLU, LeakyReLU, ELU, Softmax, Dropout, BatchNormalization, LayerNormalization,
    /// Normalization, Rescaling, InputLayer, Identity; and Flatten or Reshape to one axis, also of an image.
    /// Nothing in the file is run: a Lambda layer or a function of your own is an error. Weights of 16, 32 and 64 bits
    /// are read as they are stored; layers that Keras does not train are frozen.
    ///
    /// Predictions are those of Keras, up to rounding. Training goes on alike but for two things: the running variance
    /// of a [`BatchNorm`](crate::layer::BatchNorm) is the unbiased one here, and the masks of dropout differ.
    ///
    /// Keras' archives are not compressed; a member that is has a limit ([`Source`]). Memory for a small multiple of
    /// the file is allocated.
    ///
    /// # Errors
    /// When the file cannot be read, is damaged, or holds something else than such a model: the error names the file,
    /// the layer and its class. Weights that are missing, unexpected or of another shape are listed in one error. So is
    /// a weight that is not finite, or too large for the precision.
    ///
    /// ```no_run
    /// use feedforward::Network;
    ///
    /// // Python: model.save("model.keras")
    /// let network = Network::<f32>::load_keras("model.keras")?;
    /// let probabilities = network.predict_row(&[5.1, 3.5, 1.4, 0.2])?;
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    #[doc(alias("keras", "h5", "hdf5", "tensorflow"))]
    pub fn load_keras(source: impl Into<Source>) -> Result<Self> {
        let source = source.into();
        read_network(&source).map_err(in_file(source.path()))
    }

    /// Overwrites all weights with those of a model of Keras with the same layers: `.weights.h5`, `.keras` or `.h5`.
    ///
    /// A `.weights.h5` file holds no architecture: build the network first. Its layers are found by class and order, as
    /// Keras does; layers without weights do not count. An [`Affine`](crate::layer::Affine) layer takes the mean and
    /// the variance of a Normalization, if the file has as many as the network.
    ///
    /// # Errors
    /// When the file cannot be read or is damaged, or one weight is missing, unexpected, of another shape, or not
    /// finite; the error lists all of them. Nothing is changed then.
    ///
    /// ```no_run
    /// use feedforward::{Identity, Network, Relu};
    ///
    /// // Python: model.save_weights("model.weights.h5")
    /// let mut network = Network::<f32>::builder(4).dense(16, Relu).dense(3, Identity).softmax().build()?;
    /// network.load_keras_weights("model.weights.h5")?;
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    #[doc(alias("keras", "h5", "hdf5", "load_weights"))]
    pub fn load_keras_weights(&mut self, source: impl Into<Source>) -> Result<()> {
        let source = source.into();
        let file = KerasFile::read(&source);
        let assigned = file.and_then(|file| assign_weights(self, file.weights()?));
        assigned.map_err(in_file(source.path()))
    }
}

fn read_network<F: Float>(source: &Source) -> io::Result<Network<F>> {
    let file = KerasFile::read(source)?;
    let mut weights = file.weights()?;
    let text = file.config(&mut weights)?;
    let version = file.version(&mut weights)?;
    let layers = make_layers(config::Sequential::parse(&text)?, version, weights)?;
    Network::from_layers(layers).map_err(|error| invalid_data(error.to_string()))
}
