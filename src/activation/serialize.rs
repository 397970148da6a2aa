//! `Serialize` and `Deserialize` of [`AnyActivation`]: its description, or in a text its name.

use super::{Activation, AnyActivation};
use crate::Description;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// Writes the description.
impl Serialize for AnyActivation {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Activation::<f64>::describe(self).serialize(to)
    }
}

/// Reads a description; where the format is text, such as JSON, a name as well, for the default settings.
impl<'de> Deserialize<'de> for AnyActivation {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        if from.is_human_readable() {
            from.deserialize_any(NameOrDescription)
        } else {
            described(&Description::deserialize(from)?)
        }
    }
}

fn described<E: Error>(description: &Description) -> Result<AnyActivation, E> {
    AnyActivation::from_description(description).map_err(E::custom)
}

struct NameOrDescription;

impl<'de> Visitor<'de> for NameOrDescription {
    type Value = AnyActivation;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("the name or the description of an activation")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<AnyActivation, E> {
        name.parse().map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<AnyActivation, A::Error> {
        described(&Description::deserialize(MapAccessDeserializer::new(map))?)
    }
}
