//! [`Registry`]: which kinds of layers and activations a file may hold.

use crate::activation::TakeActivation;
use crate::data::shorten;
use crate::description::Setting;
use crate::layer::{Affine, LogSoftmax};
use crate::{
    Activation, ActivationLayer, AnyActivation, BatchNorm, BatchNormOptions, Chain, Dense, Description, Dropout, Error,
    Float, Layer, LayerNorm, Residual, Result, Softmax,
};
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

/// Makes a layer from its description and its number of inputs.
type MakeLayer<F> = Box<dyn Fn(&Description, usize) -> Result<Box<dyn Layer<F>>> + Send + Sync>;

/// Which kinds of layers and activations a model file may hold: those of the crate, and yours.
///
/// A file names a layer by the kind of its [`Description`] and keeps its settings; the constructor makes a layer of the
/// right sizes from them, whose parameters are then overwritten. So a kind of your own needs
/// [`describe`](Layer::describe) with all of its settings, and a constructor here. Its kind must differ from those of
/// the crate's layers.
///
/// ```
/// use feedforward::error::Result;
/// use feedforward::io::Registry;
/// use feedforward::{Activation, Float, Network};
///
/// /// f(z) = z².
/// #[derive(Debug, Clone)]
/// struct Square;
///
/// impl<F: Float> Activation<F> for Square {
///     fn needs_input(&self) -> bool {
///         true
///     }
///     fn activate(&self, values: &mut [F]) {
///         values.iter_mut().for_each(|z| *z = *z * *z);
///     }
///     fn backpropagate(&self, inputs: &[F], _outputs: &[F], gradient: &mut [F]) {
///         gradient.iter_mut().zip(inputs).for_each(|(gradient, &z)| *gradient *= z + z);
///     }
/// }
///
/// let network = Network::<f32>::builder(2).dense(3, Square).build()?;
/// let bytes = network.to_bytes()?;
/// let registry = Registry::new().activation("Square", |_| Ok(Square));
/// assert_eq!(Network::from_bytes_with(&bytes, &registry)?, network);
///
/// let error = Network::<f32>::from_bytes(&bytes).unwrap_err().to_string();
/// assert!(error.contains("Square") && error.contains("Registry::activation"));
/// # Ok::<(), feedforward::Error>(())
/// ```
pub struct Registry<F: Float> {
    layers: BTreeMap<String, MakeLayer<F>>,
    activations: BTreeMap<String, Box<dyn MakeWithActivation<F>>>,
    allows_not_finite: bool,
}

impl<F: Float> fmt::Debug for Registry<F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut registry = formatter.debug_struct("Registry");
        registry.field("layers", &self.layers.keys()).field("activations", &self.activations.keys());
        registry.field("allows_not_finite", &self.allows_not_finite).finish()
    }
}

impl<F: Float> Default for Registry<F> {
    fn default() -> Self {
        Self::new()
    }
}

impl<F: Float> Registry<F> {
    /// Makes a registry of the crate's own kinds.
    pub fn new() -> Self {
        Self { layers: BTreeMap::new(), activations: BTreeMap::new(), allows_not_finite: false }
    }

    /// Adds a kind of layer: `make` is given its description and its number of inputs.
    ///
    /// ```
    /// use feedforward::io::Registry;
    /// use feedforward::layer::Dropout;
    ///
    /// // As if `Dropout` were a layer of your own.
    /// let registry = Registry::<f32>::new().layer("Mask", |description, inputs| {
    ///     Dropout::with_seed(inputs, description.number("rate").unwrap_or(0.5), 1)
    /// });
    /// ```
    pub fn layer<L: Layer<F> + 'static>(
        mut self,
        kind: impl Into<String>,
        make: impl Fn(&Description, usize) -> Result<L> + Send + Sync + 'static,
    ) -> Self {
        let make = move |description: &Description, inputs: usize| -> Result<Box<dyn Layer<F>>> {
            Ok(Box::new(make(description, inputs)?))
        };
        self.layers.insert(kind.into(), Box::new(make));
        self
    }

    /// Adds a kind of activation, for dense layers and activation layers: `make` is given its description.
    pub fn activation<A: Activation<F>>(
        mut self,
        kind: impl Into<String>,
        make: impl Fn(&Description) -> Result<A> + Send + Sync + 'static,
    ) -> Self {
        self.activations.insert(kind.into(), Box::new(WithActivation { make, of: PhantomData }));
        self
    }

    /// Loads weights that are NaN or infinite too, to look at them: predictions with them are errors.
    pub fn allow_not_finite(self) -> Self {
        Self { allows_not_finite: true, ..self }
    }

    pub(super) fn allows_not_finite(&self) -> bool {
        self.allows_not_finite
    }

    /// Makes layers, first to last, each for the outputs of the one before. Together they may have `budget` numbers,
    /// so that a description of a few bytes cannot ask for all of the memory.
    pub(super) fn make_layers(
        &self,
        descriptions: &[Description],
        inputs: usize,
        budget: &mut usize,
    ) -> Result<Vec<Box<dyn Layer<F>>>> {
        let mut layers = Vec::new();
        let mut size = inputs;
        for description in descriptions {
            let layer = self.make_layer(description, size, budget)?;
            size = layer.output_size();
            layers.push(layer);
        }
        Ok(layers)
    }

    fn make_layer(&self, description: &Description, inputs: usize, budget: &mut usize) -> Result<Box<dyn Layer<F>>> {
        if let Some(make) = self.layers.get(description.kind()) {
            return make(description, inputs);
        }
        Ok(match description.kind() {
            "Dense" => {
                let outputs = size_of(description, "outputs")?;
                let has_bias = flag_of(description, "bias")?;
                spend(budget, inputs.saturating_add(usize::from(has_bias)).saturating_mul(outputs))?;
                let shape = Shape::Dense { inputs, outputs, has_bias };
                return self.with_activation(part_of(description, "activation")?, shape);
            }
            "ActivationLayer" => {
                return self.with_activation(part_of(description, "activation")?, Shape::Layer { size: inputs });
            }
            "Affine" => {
                spend(budget, inputs.saturating_mul(3))?;
                Box::new(Affine::new(inputs)?)
            }
            "BatchNorm" => {
                spend(budget, inputs.saturating_mul(4))?;
                let options = BatchNormOptions::default().epsilon(number_of(description, "epsilon")?);
                Box::new(BatchNorm::with_options(inputs, options.momentum(number_of(description, "momentum")?))?)
            }
            "LayerNorm" => {
                spend(budget, inputs.saturating_mul(2))?;
                Box::new(LayerNorm::with_epsilon(inputs, number_of(description, "epsilon")?)?)
            }
            // The generator's seed is among the parameters.
            "Dropout" => Box::new(Dropout::with_seed(inputs, number_of(description, "rate")?, 0)?),
            "Softmax" => Box::new(Softmax::new(inputs)?),
            "LogSoftmax" => Box::new(LogSoftmax::new(inputs)?),
            "Chain" => Box::new(self.make_chain(description, inputs, budget)?),
            "Residual" => Box::new(Residual::new(self.make_chain(description, inputs, budget)?)?),
            kind => {
                let known = ["Dense", "ActivationLayer", "Affine", "BatchNorm", "LayerNorm", "Dropout", "Softmax"];
                let known = known.into_iter().chain(["LogSoftmax", "Chain", "Residual"]);
                return Err(unknown(
                    "layer",
                    "Registry::layer",
                    known.chain(self.layers.keys().map(String::as_str)),
                    kind,
                ));
            }
        })
    }

    fn make_chain(&self, description: &Description, inputs: usize, budget: &mut usize) -> Result<Chain<F>> {
        match description.get("layers") {
            Some(Setting::Parts(parts)) => Chain::new(self.make_layers(parts, inputs, budget)?),
            found => Err(missing(description, "layers", "a list of layers", found)),
        }
    }

    /// Makes a layer of this shape with the activation that is described.
    fn with_activation(&self, activation: &Description, shape: Shape) -> Result<Box<dyn Layer<F>>> {
        if let Some(make) = self.activations.get(activation.kind()) {
            return make.make(activation, shape);
        }
        if activation.kind().parse::<AnyActivation>().is_err() {
            let mine = self.activations.keys().map(String::as_str);
            let known = AnyActivation::NAMES.iter().copied().chain(mine);
            return Err(unknown("activation", "Registry::activation", known, activation.kind()));
        }
        AnyActivation::from_description(activation)?.unwrap_into(shape)
    }
}

/// The layers that have an activation inside.
#[derive(Debug, Clone, Copy)]
enum Shape {
    Dense { inputs: usize, outputs: usize, has_bias: bool },
    Layer { size: usize },
}

impl<F: Float> TakeActivation<F> for Shape {
    type Output = Result<Box<dyn Layer<F>>>;

    fn take<A: Activation<F>>(self, activation: A) -> Self::Output {
        Ok(match self {
            Self::Dense { inputs, outputs, has_bias } => Box::new(Dense::zeros(inputs, outputs, has_bias, activation)?),
            Self::Layer { size } => Box::new(ActivationLayer::new(size, activation)?),
        })
    }
}

/// Makes layers with an activation of one type, which is known only where it was registered.
trait MakeWithActivation<F: Float>: Send + Sync {
    fn make(&self, activation: &Description, shape: Shape) -> Result<Box<dyn Layer<F>>>;
}

struct WithActivation<M, A> {
    make: M,
    of: PhantomData<fn() -> A>,
}

impl<F: Float, A: Activation<F>, M: Fn(&Description) -> Result<A> + Send + Sync> MakeWithActivation<F>
    for WithActivation<M, A>
{
    fn make(&self, activation: &Description, shape: Shape) -> Result<Box<dyn Layer<F>>> {
        shape.take((self.make)(activation)?)
    }
}

fn spend(budget: &mut usize, numbers: usize) -> Result<()> {
    match budget.checked_sub(numbers) {
        Some(left) => *budget = left,
        None => {
            let expected = format!("layers of at most {budget} more numbers, as many as the file holds");
            return Err(Error::invalid(OPERATION, expected, numbers));
        }
    }
    Ok(())
}

const OPERATION: &str = "Registry";

#[cold]
fn unknown<'a>(what: &str, register: &str, known: impl Iterator<Item = &'a str>, kind: &str) -> Error {
    let known = known.collect::<Vec<_>>().join(", ");
    let kind = shorten(kind.to_owned(), 100);
    let remedy = format!("if it is one of your own, name its constructor with {register}");
    Error::invalid(OPERATION, format!("a kind of {what} that it knows ({known})"), format!("{kind:?}; {remedy}"))
}

#[cold]
fn missing(description: &Description, name: &str, expected: &str, found: Option<&Setting>) -> Error {
    let kind = description.kind();
    let found = found.map_or("none".to_owned(), |setting| shorten(format!("{setting:?}"), 100));
    Error::invalid(OPERATION, format!("{expected} as the setting {name:?} of {kind}"), found)
}

fn size_of(description: &Description, name: &str) -> Result<usize> {
    let size = match description.get(name) {
        Some(&Setting::Size(size)) => usize::try_from(size).ok(),
        _ => None,
    };
    size.ok_or_else(|| missing(description, name, "a size", description.get(name)))
}

fn flag_of(description: &Description, name: &str) -> Result<bool> {
    match description.get(name) {
        Some(&Setting::Flag(flag)) => Ok(flag),
        found => Err(missing(description, name, "true or false", found)),
    }
}

fn number_of(description: &Description, name: &str) -> Result<f64> {
    description.number(name).ok_or_else(|| missing(description, name, "a number", description.get(name)))
}

fn part_of<'a>(description: &'a Description, name: &str) -> Result<&'a Description> {
    description.part(name).ok_or_else(|| missing(description, name, "a part", description.get(name)))
}
