//! The settings of the layers, as Keras' JSON has them.

use super::config::yes;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

#[derive(Deserialize)]
pub(super) struct DenseSettings<'a> {
    pub(super) units: u64,
    #[serde(borrow, default)]
    pub(super) activation: Option<&'a RawValue>,
    #[serde(default = "yes")]
    pub(super) use_bias: bool,
}

#[derive(Deserialize)]
pub(super) struct ActivationSettings<'a> {
    #[serde(borrow)]
    pub(super) activation: &'a RawValue,
}

#[derive(Deserialize)]
pub(super) struct DropoutSettings<'a> {
    pub(super) rate: f64,
    #[serde(borrow, default)]
    pub(super) seed: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) noise_shape: Option<&'a RawValue>,
}

/// Settings of both normalizations.
#[derive(Deserialize)]
pub(super) struct NormSettings<'a> {
    #[serde(borrow, default)]
    pub(super) axis: Option<&'a RawValue>,
    pub(super) epsilon: f64,
    /// How much of the old running averages stays; of a BatchNormalization alone.
    #[serde(default)]
    pub(super) momentum: f64,
    #[serde(default = "yes")]
    pub(super) center: bool,
    #[serde(default = "yes")]
    pub(super) scale: bool,
    #[serde(default)]
    pub(super) renorm: bool,
    #[serde(default)]
    pub(super) rms_scaling: bool,
}

#[derive(Deserialize)]
pub(super) struct NormalizationSettings<'a> {
    #[serde(borrow, default)]
    pub(super) axis: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) mean: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) variance: Option<&'a RawValue>,
    #[serde(default)]
    pub(super) invert: bool,
}

#[derive(Deserialize)]
pub(super) struct RescalingSettings<'a> {
    #[serde(borrow)]
    pub(super) scale: &'a RawValue,
    #[serde(borrow)]
    pub(super) offset: &'a RawValue,
}

#[derive(Deserialize)]
pub(super) struct ReshapeSettings {
    pub(super) target_shape: Vec<i64>,
}

#[derive(Deserialize)]
pub(super) struct FlattenSettings<'a> {
    #[serde(borrow, default)]
    pub(super) data_format: Option<Cow<'a, str>>,
}
