//! Making a network from a state dict.

use super::StateDict;
use super::differences::is_class_of;
use super::load::{Order, load};
use super::modules::{Module, modules};
use super::names::is_same_but_numbers;
use super::slots::Kind;
use crate::data::{list, quote};
use crate::{
    Activation, ActivationLayer, BatchNorm, BatchNormOptions, Dense, Error, Float, Identity, Layer, LayerNorm, Network,
    Result, check,
};
use ndarray::{Array1, Array2};

const OPERATION: &str = "Network::from_state_dict";

impl<F: Float> Network<F> {
    /// Makes a network of the modules in a state dict of PyTorch, whose sizes are those of the tensors.
    ///
    /// A module with a matrix as weight is a `Linear`, one with running statistics a `BatchNorm1d`, one with a vector
    /// as weight and a bias a `LayerNorm`. They follow each other in the order of the file, which for a pickle is that
    /// of `__init__`. The hidden activation comes behind each `Linear` and the normalizations that follow it, the
    /// output activation behind the last ones. Dropout has no tensors and changes no prediction. For everything else,
    /// build the network and call [`load_state_dict`](Self::load_state_dict).
    ///
    /// A state dict does not hold epsilon and momentum: they are PyTorch's defaults (1e-5 and 0.1), unless the file has
    /// a whole module. A momentum of `None` becomes 0.1, which matters in further training alone.
    ///
    /// # Errors
    /// When a module is of another sort, the sizes of two do not fit, a number is not finite or too large, or the names
    /// in a safetensors file, which are sorted, differ in more than numbers: see [`StateDict::ordered`].
    ///
    /// ```
    /// use feedforward::io::{StateDict, Tensor};
    /// use feedforward::{Network, Sigmoid, Tanh};
    ///
    /// let tensor = |shape: &[usize]| Tensor::new(shape.to_vec(), vec![0.1_f32; shape.iter().product()]);
    /// let dict = StateDict::from_tensors([
    ///     ("fc1.weight", tensor(&[8, 4])?),
    ///     ("fc1.bias", tensor(&[8])?),
    ///     ("norm.weight", tensor(&[8])?),
    ///     ("norm.bias", tensor(&[8])?),
    ///     ("fc2.weight", tensor(&[1, 8])?),
    /// ])?;
    /// let network = Network::<f32>::from_state_dict(&dict, Tanh, Sigmoid)?;
    /// let kinds: Vec<_> = network.layers().iter().map(|layer| layer.describe().kind().to_owned()).collect();
    /// assert_eq!(kinds, ["Dense", "LayerNorm", "ActivationLayer", "Dense"]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn from_state_dict(dict: &StateDict, hidden: impl Activation<F>, output: impl Activation<F>) -> Result<Self> {
        let modules = modules(dict);
        check_order(dict, &modules)?;
        let sorts = modules.iter().map(Sort::find).collect::<Result<Vec<_>>>()?;
        let is_linear = |sort: &Sort| sort.kind == Kind::Linear;
        let last = sorts.iter().rposition(is_linear);
        let mut layers: Vec<Box<dyn Layer<F>>> = Vec::new();
        let mut output = Some(output);
        for (index, sort) in sorts.iter().enumerate() {
            // Whether the activation of the linear module before comes behind this one.
            let is_end = sorts.get(index + 1).is_none_or(is_linear);
            let is_hidden = last.is_some_and(|last| index < last);
            let has_activation = is_end && sorts[..=index].iter().any(is_linear);
            match (has_activation, is_hidden) {
                (false, _) => sort.push(&mut layers, Identity)?,
                (true, true) => sort.push(&mut layers, hidden.clone())?,
                (true, false) => {
                    if let Some(output) = output.take() {
                        sort.push(&mut layers, output)?;
                    }
                }
            }
        }
        let mut network = Self::from_layers(layers)?;
        load(&mut network, OPERATION, dict, Order::File)?;
        Ok(network)
    }
}

/// Demands names that tell the order of the modules, if the file does not.
fn check_order(dict: &StateDict, modules: &[Module<'_>]) -> Result<()> {
    let [first, others @ ..] = modules else { return Ok(()) };
    match others.iter().find(|other| dict.is_sorted && !is_same_but_numbers(first.name, other.name)) {
        None => Ok(()),
        Some(other) => {
            let expected = "names of modules that differ in numbers alone, or their order through `StateDict::ordered`";
            Err(Error::invalid(OPERATION, expected, list([first.name, other.name].map(str::as_bytes))))
        }
    }
}

/// What a module is, and its sizes.
struct Sort {
    kind: Kind,
    outputs: usize,
    inputs: usize,
    has_bias: bool,
    options: BatchNormOptions,
    epsilon: Option<f64>,
}

impl Sort {
    fn find(module: &Module<'_>) -> Result<Self> {
        let shape = |name: &str| module.get(name).map(|tensor| tensor.shape());
        let bias = shape("bias");
        let (kind, outputs, inputs) = match (shape("weight"), shape("running_mean")) {
            (Some(&[outputs, inputs]), None) => (Kind::Linear, outputs, inputs),
            (_, Some(&[size])) => (Kind::BatchNorm, size, size),
            (Some(&[size]), None) if bias.is_some() => (Kind::LayerNorm, size, size),
            _ => return Err(Self::unknown(module)),
        };
        if module.class_of_torch().is_some_and(|class| !is_class_of(kind, class)) {
            return Err(Self::unknown(module));
        }
        check::not_empty(OPERATION, "output", outputs)?;
        check::not_empty(OPERATION, "input", inputs)?;
        let (mut options, mut epsilon) = (BatchNormOptions::default(), None);
        if let Some(settings) = module.settings {
            epsilon = settings.epsilon;
            options = settings.epsilon.map_or(options, |epsilon| options.epsilon(epsilon));
            options = settings.momentum.map_or(options, |momentum| options.momentum(momentum));
        }
        Ok(Self { kind, outputs, inputs, has_bias: bias.is_some(), options, epsilon })
    }

    #[cold]
    fn unknown(module: &Module<'_>) -> Error {
        let tensors: Vec<_> = module
            .tensors
            .iter()
            .take(6)
            .map(|(name, tensor)| format!("{} {:?}", quote(name.as_bytes()), tensor.shape()))
            .collect();
        let class = module.class_of_torch().map_or(String::new(), |class| format!(" of class {class}"));
        let found = format!("{}{class} with {}", quote(module.name.as_bytes()), tensors.join(", "));
        Error::invalid(OPERATION, "modules Linear, BatchNorm1d or LayerNorm", found)
    }

    /// Adds the layer, still empty, and its activation.
    fn push<F: Float>(&self, layers: &mut Vec<Box<dyn Layer<F>>>, activation: impl Activation<F>) -> Result<()> {
        let &Self { kind, outputs, inputs, has_bias, options, epsilon } = self;
        let norm: Box<dyn Layer<F>> = match kind {
            Kind::Linear => {
                let bias = has_bias.then(|| Array1::zeros(outputs));
                layers.push(Box::new(Dense::from_parameters(Array2::zeros((inputs, outputs)), bias, activation)?));
                return Ok(());
            }
            Kind::BatchNorm => Box::new(BatchNorm::with_options(inputs, options)?),
            Kind::LayerNorm => match epsilon {
                Some(epsilon) => Box::new(LayerNorm::with_epsilon(inputs, epsilon)?),
                None => Box::new(LayerNorm::new(inputs)?),
            },
        };
        layers.push(norm);
        if activation.describe().kind() != "Identity" {
            layers.push(Box::new(ActivationLayer::new(inputs, activation)?));
        }
        Ok(())
    }
}
