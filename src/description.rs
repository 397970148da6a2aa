//! [`Description`]: kind and settings of a layer or activation, as plain data.

use std::fmt;

/// The kind and the settings of a layer or an activation, as plain data.
///
/// It is what a summary prints, what makes two networks comparable, and what a file keeps. It displays its kind, its
/// nested descriptions and its numbers; sizes and flags are left out.
///
/// ```
/// use feedforward::{Dense, Initializer, Layer, LeakyRelu};
/// use rand::SeedableRng;
///
/// let rng = &mut rand_chacha::ChaCha8Rng::seed_from_u64(1);
/// let layer = Dense::<f32, _>::new(4, 3, LeakyRelu::new(0.2)?, Initializer::HeNormal, rng)?;
/// let description = layer.describe();
/// assert_eq!(description.kind(), "Dense");
/// assert_eq!(description.to_string(), "Dense(LeakyRelu(slope=0.2))");
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Description {
    kind: String,
    settings: Vec<(String, Setting)>,
}

/// One setting of a [`Description`].
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum Setting {
    /// A count, such as the number of outputs.
    Size(u64),
    /// A real number, such as a dropout rate.
    Number(#[cfg_attr(feature = "serde", serde(with = "crate::serialize::number"))] f64),
    /// Whether something is switched on, such as a bias.
    Flag(bool),
    /// One of several forms, by name.
    Text(String),
    /// A nested part, such as the activation of a dense layer.
    Part(#[cfg_attr(feature = "serde", serde(deserialize_with = "crate::serialize::nested"))] Description),
    /// Nested parts in their order, such as the layers of a chain.
    Parts(#[cfg_attr(feature = "serde", serde(deserialize_with = "crate::serialize::nested"))] Vec<Description>),
}

macro_rules! setting_from {
    ($($type:ty => $variant:ident),*) => {$(
        impl From<$type> for Setting {
            fn from(value: $type) -> Self {
                Self::$variant(value.into())
            }
        }
    )*};
}

setting_from!(u64 => Size, f64 => Number, bool => Flag, &str => Text, Description => Part, Vec<Description> => Parts);

impl From<usize> for Setting {
    fn from(size: usize) -> Self {
        Self::Size(size as u64)
    }
}

impl Description {
    /// Describes something of this kind without settings.
    pub fn new(kind: impl Into<String>) -> Self {
        Self { kind: kind.into(), settings: Vec::new() }
    }

    /// Describes a type by its name, without its path and parameters.
    ///
    /// ```
    /// use feedforward::description::Description;
    /// assert_eq!(Description::of_type::<Option<f32>>().kind(), "Option");
    /// ```
    pub fn of_type<T: ?Sized>() -> Self {
        Self::new(type_name::<T>())
    }

    /// Adds a setting.
    pub fn with(mut self, name: impl Into<String>, setting: impl Into<Setting>) -> Self {
        self.settings.push((name.into(), setting.into()));
        self
    }

    /// Returns the kind, such as "Dense".
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Returns names and settings in their order.
    pub fn settings(&self) -> impl ExactSizeIterator<Item = (&str, &Setting)> {
        self.settings.iter().map(|(name, setting)| (name.as_str(), setting))
    }

    /// Returns the setting of this name.
    pub fn get(&self, name: &str) -> Option<&Setting> {
        self.settings.iter().find(|(other, _)| other == name).map(|(_, setting)| setting)
    }

    /// Returns the number of this name, if it is one.
    pub fn number(&self, name: &str) -> Option<f64> {
        if let Some(Setting::Number(number)) = self.get(name) { Some(*number) } else { None }
    }

    /// Returns the nested part of this name, if it is one.
    pub fn part(&self, name: &str) -> Option<&Description> {
        if let Some(Setting::Part(part)) = self.get(name) { Some(part) } else { None }
    }
}

impl fmt::Display for Description {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: Vec<_> = self.settings().filter_map(|(name, setting)| show(name, setting)).collect();
        write!(formatter, "{}", self.kind)?;
        if shown.is_empty() { Ok(()) } else { write!(formatter, "({})", shown.join(", ")) }
    }
}

fn show(name: &str, setting: &Setting) -> Option<String> {
    match setting {
        Setting::Size(_) | Setting::Flag(_) => None,
        Setting::Number(number) => Some(format!("{name}={number}")),
        Setting::Text(text) => Some(text.clone()),
        Setting::Part(part) => Some(part.to_string()),
        Setting::Parts(parts) => Some(parts.iter().map(Description::to_string).collect::<Vec<_>>().join(", ")),
    }
}

/// Returns the name of a type without its path and parameters.
pub(crate) fn type_name<T: ?Sized>() -> &'static str {
    let name = std::any::type_name::<T>();
    let name = name.split('<').next().unwrap_or(name);
    name.rsplit("::").next().unwrap_or(name)
}
