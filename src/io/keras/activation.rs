//! Keras' activations by name or as serialized objects.

use super::config::{Object, parse, read_axes};
use super::file::Version;
use crate::activation::{
    AnyActivation, Clip, Elu, Gelu, HardSigmoid, HardSwish, Identity, LeakyRelu, Mish, Relu, Selu, Sigmoid, Silu,
    Softplus, Softsign, Tanh,
};
use crate::data::{invalid_data, quote};
use crate::io::in_content;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::io;

/// The names that are understood.
const NAMES: &str = "elu, gelu, hard_sigmoid, hard_silu, hard_swish, hard_tanh, leaky_relu, linear, log_softmax, \
                     mish, relu, relu6, selu, sigmoid, silu, softmax, softplus, softsign, swish, tanh";

/// An activation, or a layer that stands for one.
#[derive(Debug, Clone, Copy)]
pub(super) enum Applied {
    /// A function of each number.
    Each(AnyActivation),
    Softmax,
    LogSoftmax,
}

/// Returns the activation of this JSON: nothing, a name, or an object.
pub(super) fn read_activation(text: &str, version: Version) -> io::Result<Applied> {
    if text == "null" {
        return Ok(Applied::Each(Identity.into()));
    }
    if text.starts_with('"') {
        return by_name(&parse::<String>(text)?, version);
    }
    let object: Object<'_> = parse(text)?;
    match read_class(&object)? {
        Some(applied) => Ok(applied),
        // A function: its configuration is its name.
        None if object.class_name == "function" => by_name(&parse::<String>(object.config.get())?, version),
        None => Err(unknown(&object.class_name)),
    }
}

fn by_name(name: &str, version: Version) -> io::Result<Applied> {
    Ok(Applied::Each(match name {
        "elu" => Elu::default().into(),
        "gelu" => Gelu::Exact.into(),
        "hard_sigmoid" => match version {
            Version::Two => HardSigmoid::new(0.2, 0.5).map_err(in_content)?.into(),
            Version::Three => HardSigmoid::default().into(),
        },
        "hard_silu" | "hard_swish" => HardSwish.into(),
        "hard_tanh" => Clip::new(-1.0, 1.0).map_err(in_content)?.into(),
        "leaky_relu" => LeakyRelu::new(0.2).map_err(in_content)?.into(),
        "linear" => Identity.into(),
        "log_softmax" => return Ok(Applied::LogSoftmax),
        "mish" => Mish.into(),
        "relu" => Relu.into(),
        "relu6" => Clip::relu6().into(),
        "selu" => Selu.into(),
        "sigmoid" => Sigmoid.into(),
        "silu" | "swish" => Silu.into(),
        "softmax" => return Ok(Applied::Softmax),
        "softplus" => Softplus.into(),
        "softsign" => Softsign.into(),
        "tanh" => Tanh.into(),
        _ => return Err(unknown(name)),
    }))
}

#[cold]
fn unknown(name: &str) -> io::Error {
    invalid_data(format!("expected one of the activations {NAMES}, found {}", quote(name.as_bytes())))
}

#[derive(Deserialize)]
struct ReluSettings {
    max_value: Option<f64>,
    #[serde(default)]
    negative_slope: Option<f64>,
    #[serde(default)]
    threshold: Option<f64>,
}

#[derive(Deserialize)]
struct LeakyReluSettings {
    #[serde(alias = "alpha")]
    negative_slope: Option<f64>,
}

#[derive(Deserialize)]
struct EluSettings {
    alpha: Option<f64>,
}

#[derive(Deserialize)]
struct SoftmaxSettings<'a> {
    #[serde(borrow, default)]
    axis: Option<&'a RawValue>,
}

/// Returns the activation that a layer of this class applies; `None` for other classes.
pub(super) fn read_class(object: &Object<'_>) -> io::Result<Option<Applied>> {
    let config = object.config.get();
    let each = match &*object.class_name {
        "ReLU" => relu(&parse(config)?)?,
        "LeakyReLU" => {
            let LeakyReluSettings { negative_slope } = parse(config)?;
            LeakyRelu::new(negative_slope.unwrap_or(0.3)).map_err(in_content)?.into()
        }
        "ELU" => {
            let EluSettings { alpha } = parse(config)?;
            Elu::new(alpha.unwrap_or(1.0)).map_err(in_content)?.into()
        }
        "Softmax" => {
            let SoftmaxSettings { axis } = parse(config)?;
            demand_last_axis(axis)?;
            return Ok(Some(Applied::Softmax));
        }
        _ => return Ok(None),
    };
    Ok(Some(Applied::Each(each)))
}

fn relu(settings: &ReluSettings) -> io::Result<AnyActivation> {
    let slope = settings.negative_slope.unwrap_or(0.0);
    match (settings.max_value, settings.threshold.unwrap_or(0.0)) {
        (None, 0.0) if slope == 0.0 => Ok(Relu.into()),
        (None, 0.0) => LeakyRelu::new(slope).map(AnyActivation::from).map_err(in_content),
        (Some(most), 0.0) if slope == 0.0 => Clip::new(0.0, most).map(AnyActivation::from).map_err(in_content),
        (most, threshold) => {
            let found = format!("max_value {most:?}, negative_slope {slope}, threshold {threshold}");
            Err(invalid_data(format!("expected a max_value or a negative_slope, and no threshold, found {found}")))
        }
    }
}

/// Demands the last axis of a matrix, which is the default.
pub(super) fn demand_last_axis(axis: Option<&RawValue>) -> io::Result<()> {
    let Some(axis) = axis else { return Ok(()) };
    match *read_axes(axis.get())? {
        [-1 | 1] => Ok(()),
        _ => Err(invalid_data(format!("expected the last axis, found {}", quote(axis.get().as_bytes())))),
    }
}
