//! `Serialize` and `Deserialize` of the scalers: their parameters as plain lists, checked when they are read.

use super::{MinMaxScaler, StandardScaler};
use crate::Float;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Implements both for a scaler, given what it calls its two parameters.
macro_rules! scaler_serde {
    ($name:literal, $scaler:ident, $offset:ident, $scale:ident) => {
        const _: () = {
            #[derive(Serialize, Deserialize)]
            #[serde(rename = $name, deny_unknown_fields)]
            struct Parameters {
                $offset: Vec<f64>,
                $scale: Vec<f64>,
            }

            impl<F: Float> Serialize for $scaler<F> {
                fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                    Parameters { $offset: self.$offset().to_vec(), $scale: self.$scale().to_vec() }.serialize(to)
                }
            }

            impl<'de, F: Float> Deserialize<'de> for $scaler<F> {
                fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                    let Parameters { $offset, $scale } = Parameters::deserialize(from)?;
                    Self::from_parameters($offset.into(), $scale.into()).map_err(de::Error::custom)
                }
            }
        };
    };
}

scaler_serde!("StandardScaler", StandardScaler, mean, deviation);
scaler_serde!("MinMaxScaler", MinMaxScaler, minimum, range);
