//! The layers of a Sequential model, made one after another.

use super::activation::{Applied, demand_last_axis, read_activation, read_class};
use super::config::{Common, Object, Sequential, Shape, parse, read_axes, read_numbers};
use super::file::Version;
use super::settings::{
    ActivationSettings, DenseSettings, DropoutSettings, FlattenSettings, NormSettings, NormalizationSettings,
    RescalingSettings, ReshapeSettings,
};
use super::weights::{COUNT, Variable, Weights};
use crate::activation::Identity;
use crate::data::{invalid_data, quote};
use crate::io::in_content;
use crate::{
    ActivationLayer, Affine, BatchNorm, BatchNormOptions, Dense, Dropout, Float, Layer, LayerNorm, LogSoftmax, Softmax,
};
use ndarray::{Array1, Array2};
use serde_json::value::RawValue;
use std::io;

/// The classes that are understood.
const CLASSES: &str = "Activation, BatchNormalization, Dense, Dropout, ELU, Flatten, Identity, InputLayer, \
                       LayerNormalization, LeakyReLU, Normalization, ReLU, Rescaling, Reshape, Softmax";

type Layers<F> = Vec<Box<dyn Layer<F>>>;

/// Makes the layers of a model with these weights.
pub(super) fn make_layers<F: Float>(
    model: Sequential<'_>,
    version: Version,
    weights: Weights<'_>,
) -> io::Result<Layers<F>> {
    let mut maker = Maker { version, weights, size: None, is_flat: false, layers: Vec::new() };
    for (index, object) in model.layers.iter().enumerate() {
        let common = parse::<Common<'_>>(object.config.get());
        let name = common.as_ref().map_or_else(|_| index.to_string(), |common| quote(common.name.as_bytes()));
        let in_layer = |error: io::Error| {
            let class = quote(object.class_name.as_bytes());
            invalid_data(format!("layer {name} of the class {class}: {error}"))
        };
        let make = || {
            let common = common?;
            let shape = common.batch_input_shape.as_ref().or(model.build_input_shape.as_ref());
            if let Some(shape) = shape.filter(|_| maker.size.is_none()) {
                maker.set_input(shape)?;
            }
            let made = maker.layers.len();
            maker.make(object)?;
            if !common.trainable {
                let made = maker.layers.iter_mut().skip(made);
                made.for_each(|layer| layer.visit_mut(&mut |parameter| parameter.set_frozen(true)));
            }
            Ok(())
        };
        make().map_err(in_layer)?;
    }
    maker.weights.finish()?;
    Ok(maker.layers)
}

/// What is known after some layers.
struct Maker<'a, F: Float> {
    version: Version,
    weights: Weights<'a>,
    /// Numbers of an example behind the last layer.
    size: Option<usize>,
    /// Whether they have one axis.
    is_flat: bool,
    layers: Layers<F>,
}

impl<F: Float> Maker<'_, F> {
    fn make(&mut self, object: &Object<'_>) -> io::Result<()> {
        let config = object.config.get();
        match &*object.class_name {
            "InputLayer" | "Identity" => self.size().map(|_| ()),
            "Dense" => self.dense(&parse(config)?),
            "Activation" => {
                let ActivationSettings { activation } = parse(config)?;
                self.apply(read_activation(activation.get(), self.version)?)
            }
            "BatchNormalization" => self.batch_norm(&parse(config)?),
            "LayerNormalization" => self.layer_norm(&parse(config)?),
            "Normalization" => self.normalization(&parse(config)?),
            "Rescaling" => self.rescaling(&parse(config)?),
            "Dropout" => self.dropout(&parse(config)?),
            "Flatten" => {
                let FlattenSettings { data_format } = parse(config)?;
                if data_format.is_some_and(|format| format != "channels_last") && !self.is_flat {
                    return Err(invalid_data("expected the data format channels_last, found another"));
                }
                self.is_flat = true;
                Ok(())
            }
            "Reshape" => {
                let size = self.size()?;
                let ReshapeSettings { target_shape } = parse(config)?;
                if !matches!(*target_shape, [axis] if axis == -1 || usize::try_from(axis) == Ok(size)) {
                    return Err(invalid_data(format!("expected the shape [{size}], found another")));
                }
                self.is_flat = true;
                Ok(())
            }
            _ => match read_class(object)? {
                Some(applied) => self.apply(applied),
                None => Err(invalid_data(format!("expected one of the classes {CLASSES}"))),
            },
        }
    }

    fn set_input(&mut self, shape: &Shape) -> io::Result<()> {
        let sizes = shape.get(1..).unwrap_or_default();
        let product = sizes.iter().try_fold(1_usize, |product, size| {
            size.and_then(|size| usize::try_from(size).ok()).and_then(|size| product.checked_mul(size))
        });
        let Some(size) = product.filter(|&size| size > 0 && !sizes.is_empty()) else {
            return Err(invalid_data("expected an input shape with a size for each axis but the first"));
        };
        (self.size, self.is_flat) = (Some(size), sizes.len() == 1);
        Ok(())
    }

    fn size(&self) -> io::Result<usize> {
        self.size.ok_or_else(|| invalid_data("expected an input shape, found none: the model was not built"))
    }

    /// Returns the size of an input that has one axis.
    fn flat_size(&self) -> io::Result<usize> {
        let size = self.size()?;
        if !self.is_flat {
            return Err(invalid_data("expected inputs of one axis, found more: only Flatten takes them"));
        }
        Ok(size)
    }

    fn push(&mut self, layer: crate::Result<impl Layer<F> + 'static>) -> io::Result<()> {
        self.layers.push(Box::new(layer.map_err(in_content)?));
        Ok(())
    }

    fn dense(&mut self, settings: &DenseSettings<'_>) -> io::Result<()> {
        let (inputs, outputs) = (self.flat_size()?, usize::try_from(settings.units).unwrap_or(usize::MAX));
        let applied = settings.activation.map_or("null", RawValue::get);
        let applied = read_activation(applied, self.version)?;
        let mut variables = vec![("kernel", vec![inputs, outputs])];
        if settings.use_bias {
            variables.push(("bias", vec![outputs]));
        }
        self.size = Some(outputs);
        let Some(numbers) = self.weights.take("dense", &variables)? else { return Ok(()) };
        let mut numbers = numbers.into_iter();
        let weight = Array2::from_shape_vec((inputs, outputs), numbers.next().unwrap_or_default());
        let weight = weight.map_err(|error| invalid_data(error.to_string()))?;
        let bias = numbers.next().map(Array1::from_vec);
        match applied {
            Applied::Each(activation) => {
                let dense = Dense::from_parameters(weight, bias, activation).map_err(in_content)?;
                self.layers.push(dense.into_typed());
                Ok(())
            }
            _ => {
                self.push(Dense::from_parameters(weight, bias, Identity))?;
                self.apply(applied)
            }
        }
    }

    fn apply(&mut self, applied: Applied) -> io::Result<()> {
        match applied {
            Applied::Each(activation) => {
                let size = self.size()?;
                self.layers.push(ActivationLayer::new(size, activation).map_err(in_content)?.into_typed());
                Ok(())
            }
            Applied::Softmax => {
                let size = self.flat_size()?;
                self.push(Softmax::new(size))
            }
            Applied::LogSoftmax => {
                let size = self.flat_size()?;
                self.push(LogSoftmax::new(size))
            }
        }
    }

    fn dropout(&mut self, settings: &DropoutSettings<'_>) -> io::Result<()> {
        if settings.noise_shape.is_some_and(|shape| shape.get() != "null") {
            return Err(invalid_data("expected dropout of each number by itself, found a noise_shape"));
        }
        // Without a seed, or with a generator of its own, the masks of Keras differ in each run.
        let seed = settings.seed.and_then(|seed| seed.get().parse().ok()).unwrap_or(0);
        let size = self.size()?;
        self.push(Dropout::with_seed(size, settings.rate, seed))
    }

    fn batch_norm(&mut self, settings: &NormSettings<'_>) -> io::Result<()> {
        demand_last_axis(settings.axis)?;
        if settings.renorm {
            return Err(invalid_data("expected renorm=False, found True"));
        }
        let size = self.flat_size()?;
        let variables = norm_variables(settings, size, &["moving_mean", "moving_variance"]);
        let Some(numbers) = self.weights.take("batch_normalization", &variables)? else { return Ok(()) };
        let [gamma, beta, mean, variance] = norm_parameters(settings, size, numbers);
        let options = BatchNormOptions::default().epsilon(settings.epsilon).momentum(1.0 - settings.momentum);
        let layer = BatchNorm::from_parameters(gamma, beta, mean, variance, options);
        self.push(layer.map(|layer| freeze_what_keras_lacks(layer, settings)))
    }

    fn layer_norm(&mut self, settings: &NormSettings<'_>) -> io::Result<()> {
        demand_last_axis(settings.axis)?;
        if settings.rms_scaling {
            return Err(invalid_data("expected rms_scaling=False, found True"));
        }
        let size = self.flat_size()?;
        let variables = norm_variables(settings, size, &[]);
        let Some(numbers) = self.weights.take("layer_normalization", &variables)? else { return Ok(()) };
        let [gamma, beta, ..] = norm_parameters(settings, size, numbers);
        let layer = LayerNorm::from_parameters(gamma, beta, settings.epsilon);
        self.push(layer.map(|layer| freeze_what_keras_lacks(layer, settings)))
    }

    fn normalization(&mut self, settings: &NormalizationSettings<'_>) -> io::Result<()> {
        let size = self.size()?;
        // Without an axis, one mean and one variance hold for all numbers.
        let axes = settings.axis.map(|axis| read_axes(axis.get())).transpose()?;
        let is_common = axes.as_ref().is_some_and(Vec::is_empty);
        if !is_common {
            demand_last_axis(settings.axis)?;
            self.flat_size()?;
        }
        let fixed = [settings.mean, settings.variance].map(|numbers| numbers.filter(|numbers| numbers.get() != "null"));
        let (mean, variance) = if let [Some(mean), Some(variance)] = fixed {
            self.weights.pass("normalization");
            (read_numbers(mean.get())?, read_numbers(variance.get())?)
        } else {
            let shape = if is_common { vec![] } else { vec![size] };
            let variables = [("mean", shape.clone()), ("variance", shape), (COUNT, vec![])];
            let Some(mut numbers) = self.weights.take::<F>("normalization", &variables)? else { return Ok(()) };
            let mut widened = || numbers.drain(..1).flatten().map(F::widen).collect::<Vec<_>>();
            (widened(), widened())
        };
        let deviation: Vec<_> = variance.iter().map(|&variance| deviation(variance)).collect();
        if settings.invert {
            return self.affine(size, &[0.0], &deviation, &mean);
        }
        let scale: Vec<_> = deviation.iter().map(|deviation| 1.0 / deviation).collect();
        self.affine(size, &mean, &scale, &[0.0])
    }

    fn rescaling(&mut self, settings: &RescalingSettings<'_>) -> io::Result<()> {
        let (scale, offset) = (read_numbers(settings.scale.get())?, read_numbers(settings.offset.get())?);
        let is_common = scale.len() == 1 && offset.len() == 1;
        let size = if is_common { self.size()? } else { self.flat_size()? };
        self.affine(size, &[0.0], &scale, &offset)
    }

    /// Adds y = (x - center) · scale + shift, which is not trained; a list of one number holds for all.
    fn affine(&mut self, size: usize, center: &[f64], scale: &[f64], shift: &[f64]) -> io::Result<()> {
        self.weights.allow(size)?;
        let spread = |numbers: &[f64]| {
            if numbers.len() != 1 && numbers.len() != size {
                return Err(invalid_data(format!("expected 1 or {size} numbers, found {}", numbers.len())));
            }
            let all = numbers.iter().cycle().take(size);
            all.map(|&number| crate::io::convert(number).map_err(in_content)).collect::<io::Result<Array1<F>>>()
        };
        let mut layer = Affine::from_parameters(spread(center)?, spread(scale)?, spread(shift)?).map_err(in_content)?;
        layer.visit_mut(&mut |parameter| parameter.set_frozen(true));
        self.push(Ok(layer))
    }
}

/// Returns the standard deviation that Keras divides by.
pub(super) fn deviation(variance: f64) -> f64 {
    /// Keras' `backend.epsilon()`, unless a program sets another.
    const EPSILON: f64 = 1e-7;
    // A variance that is NaN stays so, and is refused.
    let deviation = variance.sqrt();
    if deviation < EPSILON { EPSILON } else { deviation }
}

/// Returns the variables of a normalization: gamma and beta if it has them, then others.
fn norm_variables(settings: &NormSettings<'_>, size: usize, others: &[&'static str]) -> Vec<Variable> {
    let all = [("gamma", settings.scale), ("beta", settings.center)];
    let own = all.into_iter().filter(|&(_, is_used)| is_used).map(|(name, _)| name);
    own.chain(others.iter().copied()).map(|name| (name, vec![size])).collect()
}

/// Returns gamma, beta and the others; a gamma of ones and a beta of zeros where Keras has none.
fn norm_parameters<F: Float>(settings: &NormSettings<'_>, size: usize, numbers: Vec<Vec<F>>) -> [Array1<F>; 4] {
    let mut numbers = numbers.into_iter().map(Array1::from_vec);
    let mut next = |is_used: bool, otherwise: F| {
        let found = if is_used { numbers.next() } else { None };
        found.unwrap_or_else(|| Array1::from_elem(size, otherwise))
    };
    [next(settings.scale, F::one()), next(settings.center, F::zero()), next(true, F::zero()), next(true, F::one())]
}

/// Freezes gamma and beta where Keras has none, so that training does not move them.
fn freeze_what_keras_lacks<F: Float, L: Layer<F>>(mut layer: L, settings: &NormSettings<'_>) -> L {
    layer.visit_mut(&mut |parameter| match parameter.name() {
        "gamma" if !settings.scale => parameter.set_frozen(true),
        "beta" if !settings.center => parameter.set_frozen(true),
        _ => {}
    });
    layer
}
