//! The JSON of a Sequential model: its layers, each with its class and settings.

use crate::data::{invalid_data, quote};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::io;

/// An object as Keras serializes it: a layer, a model or an activation.
///
/// Its settings are parsed one object at a time, so that a long list takes no memory.
#[derive(Debug, Deserialize)]
pub(super) struct Object<'a> {
    #[serde(borrow)]
    pub(super) class_name: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) config: &'a RawValue,
}

/// The name of a layer, and whether it is trained.
#[derive(Debug, Deserialize)]
pub(super) struct Common<'a> {
    #[serde(borrow, default)]
    pub(super) name: Cow<'a, str>,
    #[serde(default = "yes")]
    pub(super) trainable: bool,
    /// The shape of the inputs, where there is no InputLayer.
    #[serde(alias = "batch_shape")]
    pub(super) batch_input_shape: Option<Shape>,
}

/// Sizes of the dimensions; `None` for the batch.
pub(super) type Shape = Vec<Option<u64>>;

/// The layers of a model.
#[derive(Debug, Deserialize)]
pub(super) struct Sequential<'a> {
    #[serde(borrow)]
    pub(super) layers: Vec<Object<'a>>,
    #[serde(default)]
    pub(super) build_input_shape: Option<Shape>,
}

impl<'a> Sequential<'a> {
    pub(super) fn parse(text: &'a str) -> io::Result<Self> {
        let model: Object<'a> = parse(text).map_err(in_config)?;
        if model.class_name != "Sequential" {
            let found = quote(model.class_name.as_bytes());
            return Err(invalid_data(format!("expected a model of the class Sequential, found {found}")));
        }
        let config = model.config.get();
        // The first versions wrote the list alone.
        if config.starts_with('[') {
            return Ok(Self { layers: parse(config).map_err(in_config)?, build_input_shape: None });
        }
        parse(config).map_err(in_config)
    }
}

fn in_config(error: io::Error) -> io::Error {
    invalid_data(format!("the model's configuration: {error}"))
}

/// Parses the settings of something.
pub(super) fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> io::Result<T> {
    serde_json::from_str(text).map_err(|error| {
        // The message may quote the text.
        let message: String = error.to_string().chars().take(200).collect();
        invalid_data(message)
    })
}

/// The default of settings that are on.
pub(super) fn yes() -> bool {
    true
}

/// Reads one number or a list of them; a NumPy array is an object that holds one of these.
pub(super) fn read_numbers(text: &str) -> io::Result<Vec<f64>> {
    #[derive(Deserialize)]
    struct Array<'a> {
        #[serde(borrow)]
        value: &'a RawValue,
    }
    match text.as_bytes().first() {
        Some(b'{') => {
            let array: Object<'_> = parse(text)?;
            let array: Array<'_> = parse(array.config.get())?;
            read_list(array.value.get())
        }
        _ => read_list(text),
    }
}

/// Reads one axis or a list of them.
pub(super) fn read_axes(text: &str) -> io::Result<Vec<i64>> {
    read_list(text)
}

fn read_list<'a, T: Deserialize<'a>>(text: &'a str) -> io::Result<Vec<T>> {
    if text.starts_with('[') { parse(text) } else { Ok(vec![parse(text)?]) }
}
