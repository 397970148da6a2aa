//! [`Program`]: a model as steps, from which source code of any language is printed.

use crate::data::StandardScaler;
use crate::io::Model;
use crate::{AnyActivation, Description, Error, Float, Layer, Parameter, Result, check};

/// A model as steps. Value 0 is the input; step k makes value k + 1, the last one the output.
pub(super) struct Program<F> {
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    pub(super) steps: Vec<Step<F>>,
}

/// One step of a [`Program`].
pub(super) struct Step<F> {
    /// The value that it reads.
    pub(super) input: usize,
    /// How many numbers it makes.
    pub(super) size: usize,
    pub(super) operation: Operation<F>,
    /// What it stands for, for a comment.
    pub(super) title: String,
}

/// What a step computes of its input x.
pub(super) enum Operation<F> {
    /// y = x·W + b, the weight row-major: `(inputs, outputs)`, or transposed if [`is_narrow`](Step::is_narrow).
    Dense {
        inputs: usize,
        weight: Vec<F>,
        bias: Option<Vec<F>>,
    },
    /// y = ((x - center) - rest) · scale + shift. Center and rest together have twice the digits of either.
    Affine {
        center: Option<Vec<F>>,
        rest: Option<Vec<F>>,
        scale: Vec<F>,
        shift: Option<Vec<F>>,
    },
    /// y = gamma · (x - mean) / √(variance + ε) + beta, the moments in double precision.
    LayerNorm {
        gamma: Vec<F>,
        beta: Vec<F>,
        epsilon: f64,
    },
    /// y = f(x), number by number.
    Each(Call),
    Softmax,
    LogSoftmax,
    /// y = x + another value.
    Add {
        other: usize,
    },
}

/// A function of the library with its settings.
#[derive(Clone)]
pub(super) struct Call {
    pub(super) function: &'static str,
    pub(super) settings: Vec<f64>,
    /// Whether it is computed in double precision, and rounded once.
    pub(super) is_double: bool,
}

/// Fewer outputs than this are computed as sums over the inputs, several of these at a time.
const NARROW: usize = 8;

impl<F> Step<F> {
    /// Returns whether it is a dense layer with few outputs, whose weights are stored as `(outputs, inputs)`.
    ///
    /// A wide one adds rows of the weight to the outputs, which fill registers; a narrow one would wait for each sum.
    pub(super) fn is_narrow(&self) -> bool {
        matches!(self.operation, Operation::Dense { inputs, .. } if self.size < NARROW && inputs >= NARROW)
    }

    /// Returns the tables of its numbers: the name of each, its columns if it is a matrix, and the numbers.
    pub(super) fn tables(&self) -> Vec<(&'static str, Option<usize>, &[F])> {
        match &self.operation {
            Operation::Dense { inputs, weight, bias } => {
                let columns = if self.is_narrow() { *inputs } else { self.size };
                let bias = bias.iter().map(|bias| ("bias", None, &bias[..]));
                bias.chain([("weight", Some(columns), &weight[..])]).collect()
            }
            Operation::Affine { center, rest, scale, shift } => {
                let others = [("center", center), ("rest", rest), ("shift", shift)];
                let others = others.into_iter().filter_map(|(name, numbers)| Some((name, None, numbers.as_deref()?)));
                others.chain([("scale", None, &scale[..])]).collect()
            }
            Operation::LayerNorm { gamma, beta, .. } => vec![("gamma", None, gamma), ("beta", None, beta)],
            Operation::Each(_) | Operation::Softmax | Operation::LogSoftmax | Operation::Add { .. } => Vec::new(),
        }
    }
}

impl<F: Float> Program<F> {
    /// Turns a model into steps.
    ///
    /// # Errors
    /// When a layer or an activation is not of the crate, or a number is not finite or beyond the range of `F`.
    pub(super) fn new(operation: &'static str, model: &Model<'_, F>) -> Result<Self> {
        let (inputs, outputs) = (model.network.input_size(), model.network.output_size());
        let mut builder = Builder { operation, steps: Vec::new(), last: (0, inputs) };
        if let Some(scaler) = &model.input_scaler {
            builder.add_scaler(scaler)?;
        }
        builder.add_layers(model.network.layers())?;
        if let Some(scaler) = &model.output_scaler {
            builder.add_inverse_scaler(scaler)?;
        }
        Ok(Self { inputs, outputs, steps: builder.steps })
    }

    /// Returns the calls of all steps.
    pub(super) fn calls(&self) -> impl Iterator<Item = &Call> {
        self.steps.iter().filter_map(|step| if let Operation::Each(call) = &step.operation { Some(call) } else { None })
    }
}

/// Collects the steps.
struct Builder<F> {
    operation: &'static str,
    steps: Vec<Step<F>>,
    /// The value made last, and its size.
    last: (usize, usize),
}

impl<F: Float> Builder<F> {
    fn add(&mut self, size: usize, title: impl ToString, operation: Operation<F>) {
        self.steps.push(Step { input: self.last.0, size, operation, title: title.to_string() });
        self.last = (self.steps.len(), size);
    }

    fn add_layers(&mut self, layers: &[Box<dyn Layer<F>>]) -> Result<()> {
        layers.iter().try_for_each(|layer| self.add_layer(&**layer))
    }

    fn add_layer(&mut self, layer: &dyn Layer<F>) -> Result<()> {
        let description = layer.describe();
        let size = layer.output_size();
        let epsilon = || description.number("epsilon").ok_or_else(|| self.unknown("layers", &description));
        match description.kind() {
            "Dense" => {
                let inputs = layer.input_size();
                let weight = self.parameter(layer, &description, "weight", inputs * size)?;
                let has_bias = layer.parameters().iter().any(|parameter| parameter.name() == "bias");
                let bias = has_bias.then(|| self.parameter(layer, &description, "bias", size)).transpose()?;
                let title = format!("Dense: {inputs} inputs, {size} outputs");
                self.add(size, title, Operation::Dense { inputs, weight, bias });
                if let Some(Step { operation: Operation::Dense { weight, .. }, .. }) =
                    self.steps.last_mut().filter(|step| step.is_narrow())
                {
                    *weight = (0..size).flat_map(|k| weight[k..].iter().step_by(size).copied()).collect();
                }
                self.add_activation(size, description.part("activation"), &description)
            }
            "ActivationLayer" => self.add_activation(size, description.part("activation"), &description),
            "BatchNorm" => {
                let epsilon = epsilon()?;
                let parameter = |name| self.parameter(layer, &description, name, size);
                let (gamma, beta, center) = (parameter("gamma")?, parameter("beta")?, parameter("running_mean")?);
                let variance = parameter("running_variance")?;
                let scale = gamma.iter().zip(variance);
                let scale = scale.map(|(gamma, variance)| gamma.widen() / (variance.widen() + epsilon).sqrt());
                let scale = self.round(&description, scale)?;
                self.add(
                    size,
                    description,
                    Operation::Affine { center: Some(center), rest: None, scale, shift: Some(beta) },
                );
                Ok(())
            }
            "Affine" => {
                let parameter = |name| self.parameter(layer, &description, name, size);
                let (center, scale, shift) = (parameter("center")?, parameter("scale")?, parameter("shift")?);
                self.add(
                    size,
                    description,
                    Operation::Affine { center: Some(center), rest: None, scale, shift: Some(shift) },
                );
                Ok(())
            }
            "LayerNorm" => {
                let epsilon = epsilon()?;
                let parameter = |name| self.parameter(layer, &description, name, size);
                let (gamma, beta) = (parameter("gamma")?, parameter("beta")?);
                self.add(size, description, Operation::LayerNorm { gamma, beta, epsilon });
                Ok(())
            }
            "Softmax" => {
                self.add(size, description, Operation::Softmax);
                Ok(())
            }
            "LogSoftmax" => {
                self.add(size, description, Operation::LogSoftmax);
                Ok(())
            }
            // It does nothing in prediction.
            "Dropout" => Ok(()),
            "Chain" if !layer.layers().is_empty() => self.add_layers(layer.layers()),
            "Residual" if !layer.layers().is_empty() => {
                let other = self.last.0;
                self.add_layers(layer.layers())?;
                self.add(size, "Residual: add what went into the block", Operation::Add { other });
                Ok(())
            }
            _ => Err(self.unknown("layers", &description)),
        }
    }

    /// Adds an activation, unless it does nothing.
    fn add_activation(&mut self, size: usize, activation: Option<&Description>, layer: &Description) -> Result<()> {
        let activation = activation.ok_or_else(|| self.unknown("layers", layer))?;
        let known = AnyActivation::from_description(activation).ok();
        let number = |name| activation.number(name).unwrap_or(f64::NAN);
        let (function, settings, is_double) = match known.ok_or_else(|| self.unknown("activations", activation))? {
            AnyActivation::Identity(_) => return Ok(()),
            AnyActivation::Sigmoid(_) => ("sigmoid", vec![], false),
            AnyActivation::Relu(_) => ("relu", vec![], false),
            AnyActivation::LeakyRelu(_) => ("leaky_relu", vec![number("slope")], false),
            AnyActivation::Elu(_) => ("elu", vec![number("alpha")], false),
            AnyActivation::Selu(_) => ("selu", vec![], false),
            AnyActivation::Tanh(_) => ("tanh", vec![], false),
            AnyActivation::Softplus(_) => ("softplus", vec![], false),
            AnyActivation::Softsign(_) => ("softsign", vec![], false),
            AnyActivation::Step(_) => ("step", vec![], false),
            AnyActivation::Gelu(crate::Gelu::Exact) => ("gelu", vec![], true),
            AnyActivation::Gelu(crate::Gelu::Tanh) => ("gelu_tanh", vec![], true),
            AnyActivation::Silu(_) => ("silu", vec![], false),
            AnyActivation::Mish(_) => ("mish", vec![], true),
            AnyActivation::HardSwish(_) => ("hard_swish", vec![], false),
            AnyActivation::HardSigmoid(_) => ("hard_sigmoid", vec![number("alpha"), number("beta")], true),
            AnyActivation::Clip(_) => {
                let within = |bound: f64| bound.clamp(F::min_value().widen(), F::max_value().widen());
                match [number("low"), number("high")] {
                    [low, high] if low.is_infinite() && high.is_infinite() => return Ok(()),
                    [low, high] if high.is_infinite() => ("at_least", vec![within(low)], false),
                    [low, high] if low.is_infinite() => ("at_most", vec![within(high)], false),
                    [low, high] => ("clip", vec![within(low), within(high)], false),
                }
            }
        };
        for &setting in &settings {
            let rounded = if is_double { setting } else { F::from_f64(setting).widen() };
            check::finite(self.operation, "setting of an activation", rounded)?;
        }
        self.add(size, activation, Operation::Each(Call { function, settings, is_double }));
        Ok(())
    }

    /// Adds y = (x - mean) / deviation.
    fn add_scaler(&mut self, scaler: &StandardScaler<F>) -> Result<()> {
        let name = Description::new("StandardScaler");
        let center = self.round(&name, scaler.mean().iter().copied())?;
        let rest: Vec<_> = scaler.mean().iter().zip(&center).map(|(mean, c)| F::from_f64(mean - c.widen())).collect();
        let rest = if rest.iter().all(|rest| rest.is_zero()) { None } else { Some(rest) };
        let scale = self.round(&name, scaler.deviation().iter().map(|deviation| 1.0 / deviation))?;
        let title = "scale the inputs";
        self.add(scale.len(), title, Operation::Affine { center: Some(center), rest, scale, shift: None });
        Ok(())
    }

    /// Adds y = x · deviation + mean.
    fn add_inverse_scaler(&mut self, scaler: &StandardScaler<F>) -> Result<()> {
        let name = Description::new("StandardScaler");
        let scale = self.round(&name, scaler.deviation().iter().copied())?;
        let shift = Some(self.round(&name, scaler.mean().iter().copied())?);
        self.add(scale.len(), "scale the outputs back", Operation::Affine { center: None, rest: None, scale, shift });
        Ok(())
    }

    /// Returns the values of the parameter of this name, which are finite.
    fn parameter(&self, layer: &dyn Layer<F>, kind: &Description, name: &'static str, count: usize) -> Result<Vec<F>> {
        let parameters = layer.parameters();
        let found = parameters.into_iter().find(|parameter| parameter.name() == name && parameter.len() == count);
        let values = found.map(Parameter::values).ok_or_else(|| self.unknown("layers", kind))?;
        values.iter().try_for_each(|value| check::finite(self.operation, name, value.widen()).map(drop))?;
        Ok(values.to_vec())
    }

    /// Rounds numbers to the precision of the network.
    ///
    /// # Errors
    /// When one is beyond its range, or so small that it loses digits.
    fn round(&self, name: &Description, numbers: impl Iterator<Item = f64>) -> Result<Vec<F>> {
        let round = |number: f64| {
            let rounded = F::from_f64(number);
            if rounded.is_normal() || number == 0.0 {
                return Ok(rounded);
            }
            let expected = format!("numbers of {} within the range of {}", name.kind(), std::any::type_name::<F>());
            Err(Error::invalid(self.operation, expected, number))
        };
        numbers.map(round).collect()
    }

    fn unknown(&self, what: &str, found: &Description) -> Error {
        Error::invalid(self.operation, format!("{what} of this crate, with their settings and parameters"), found)
    }
}
