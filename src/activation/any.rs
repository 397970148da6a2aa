//! [`AnyActivation`]: an activation chosen at run time.

use super::{
    Activation, Clip, Elu, Gelu, HardSigmoid, HardSwish, Identity, LeakyRelu, Mish, Relu, Selu, Sigmoid, Silu,
    Softplus, Softsign, Step, Tanh,
};
use crate::description::Setting;
use crate::{Description, Error, Float, Initializer, Result};
use std::fmt;
use std::str::FromStr;

/// Something made of an activation of any type.
#[cfg(feature = "safetensors")]
pub(crate) trait TakeActivation<F: Float> {
    type Output;

    fn take<A: Activation<F>>(self, activation: A) -> Self::Output;
}

macro_rules! any_activation {
    ($($kind:ident),*) => {
        /// One of the crate's activations, chosen at run time: from a configuration file, a command line, a search.
        ///
        /// It computes the same bits as the activation inside it. A name selects the default settings:
        ///
        /// ```
        /// use feedforward::activation::AnyActivation;
        /// use feedforward::{LeakyRelu, Network};
        ///
        /// let chosen: AnyActivation = "tanh".parse()?;
        /// let other = AnyActivation::from(LeakyRelu::new(0.2)?);
        /// let network = Network::<f32>::builder(2).dense(8, chosen).dense(1, other).build()?;
        /// assert_eq!(network.layers()[0].describe().to_string(), "Dense(Tanh)");
        /// # Ok::<(), feedforward::Error>(())
        /// ```
        #[derive(Clone, Copy, PartialEq)]
        #[non_exhaustive]
        pub enum AnyActivation {
            $(
                #[doc = concat!("See [`", stringify!($kind), "`].")]
                $kind($kind),
            )*
        }

        $(
            impl From<$kind> for AnyActivation {
                fn from(activation: $kind) -> Self {
                    Self::$kind(activation)
                }
            }
        )*

        /// Writes the activation inside: `Tanh`, not `Tanh(Tanh)`.
        impl fmt::Debug for AnyActivation {
            fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$kind(activation) => fmt::Debug::fmt(activation, to),)*
                }
            }
        }

        impl AnyActivation {
            /// Hands the activation inside to `take`, by its own type.
            #[cfg(feature = "safetensors")]
            pub(crate) fn unwrap_into<F: Float, T: TakeActivation<F>>(self, take: T) -> T::Output {
                match self {
                    $(Self::$kind(activation) => take.take(activation),)*
                }
            }
        }

        impl<F: Float> Activation<F> for AnyActivation {
            fn needs_input(&self) -> bool {
                match self {
                    $(Self::$kind(activation) => Activation::<F>::needs_input(activation),)*
                }
            }

            fn activate(&self, values: &mut [F]) {
                match self {
                    $(Self::$kind(activation) => activation.activate(values),)*
                }
            }

            fn backpropagate(&self, inputs: &[F], outputs: &[F], gradient: &mut [F]) {
                match self {
                    $(Self::$kind(activation) => activation.backpropagate(inputs, outputs, gradient),)*
                }
            }

            fn initializer(&self) -> Initializer {
                match self {
                    $(Self::$kind(activation) => Activation::<F>::initializer(activation),)*
                }
            }

            fn describe(&self) -> Description {
                match self {
                    $(Self::$kind(activation) => Activation::<F>::describe(activation),)*
                }
            }
        }

        impl AnyActivation {
            /// The names of the activations, as [`from_str`](Self::from_str) and [`Description::kind`] have them.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($kind)),*];
        }

        impl FromStr for AnyActivation {
            type Err = Error;

            /// Finds the activation of this name, in upper or lower case and with or without `_` and `-`.
            fn from_str(name: &str) -> Result<Self> {
                let plain = |name: &str| name.replace(['_', '-'], "").to_lowercase();
                $(
                    if plain(name) == plain(stringify!($kind)) {
                        return Ok(Self::$kind($kind::default()));
                    }
                )*
                let names = Self::NAMES.join(", ");
                Err(Error::invalid("AnyActivation", format!("one of {names}"), format!("{name:?}")))
            }
        }
    };
}

any_activation!(
    Identity,
    Sigmoid,
    Relu,
    LeakyRelu,
    Elu,
    Tanh,
    Softplus,
    Step,
    Gelu,
    Silu,
    Selu,
    HardSigmoid,
    Softsign,
    Mish,
    Clip,
    HardSwish
);

impl Default for AnyActivation {
    fn default() -> Self {
        Self::Relu(Relu)
    }
}

impl AnyActivation {
    /// Rebuilds an activation of the crate from what [`Activation::describe`] said of it.
    ///
    /// # Errors
    /// When the kind is unknown or a setting is out of range.
    pub fn from_description(description: &Description) -> Result<Self> {
        let number = |name: &'static str| {
            let missing = || Error::invalid("AnyActivation", format!("a number called {name}"), description);
            description.number(name).ok_or_else(missing)
        };
        Ok(match description.kind().parse()? {
            Self::LeakyRelu(_) => LeakyRelu::new(number("slope")?)?.into(),
            Self::Elu(_) => Elu::new(number("alpha")?)?.into(),
            Self::HardSigmoid(_) => HardSigmoid::new(number("alpha")?, number("beta")?)?.into(),
            Self::Clip(_) => Clip::new(number("low")?, number("high")?)?.into(),
            Self::Gelu(_) => match description.get("form") {
                Some(Setting::Text(form)) if form == "Tanh" => Gelu::Tanh.into(),
                Some(Setting::Text(form)) if form == "Exact" => Gelu::Exact.into(),
                _ => return Err(Error::invalid("AnyActivation", "a form Exact or Tanh", description)),
            },
            other => other,
        })
    }
}
