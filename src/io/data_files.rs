//! Scalers and encoders in files.

use super::model_file;
use super::safetensors::in_content;
use super::store::{Contents, Restore, Store, Writer};
use crate::data::{LabelEncoder, MinMaxScaler, StandardScaler};
use crate::{Error, Float, Result};
use std::fmt::{Debug, Display};
use std::io;
use std::str::FromStr;

/// A scaler in a file: two numbers for each column, by name.
macro_rules! scaler_file {
    ($scaler:ident, $first:ident, $second:ident) => {
        impl<F: Float> Store for $scaler<F> {
            const KIND: &'static str = stringify!($scaler);

            fn store(&self, to: &mut Writer) -> Result<()> {
                to.add_column(stringify!($first), self.$first());
                to.add_column(stringify!($second), self.$second());
                Ok(())
            }
        }

        impl<F: Float> Restore for $scaler<F> {
            const KINDS: &'static [&'static str] = &[stringify!($scaler)];
            type Options = ();

            fn restore(from: &mut Contents, (): &()) -> io::Result<Self> {
                let [first, second] = [stringify!($first), stringify!($second)].map(|name| from.take_column(name));
                Self::from_parameters(first?, second?).map_err(in_content)
            }
        }

        model_file!(save impl[F: Float] $scaler<F>);
        model_file!(load impl[F: Float] $scaler<F>);
    };
}

scaler_file!(StandardScaler, mean, deviation);
scaler_file!(MinMaxScaler, minimum, range);

impl<L: Ord + Clone + Debug + Display> Store for LabelEncoder<L> {
    const KIND: &'static str = "LabelEncoder";

    fn store(&self, to: &mut Writer) -> Result<()> {
        to.set("labels", &label_texts(self)?)
    }
}

impl<L: Ord + Clone + Debug + FromStr> Restore for LabelEncoder<L> {
    const KINDS: &'static [&'static str] = &["LabelEncoder"];
    type Options = ();

    fn restore(from: &mut Contents, (): &()) -> io::Result<Self> {
        encoder_from_texts(&from.take::<Vec<String>>("labels")?).map_err(in_content)
    }
}

model_file!(save impl[L: Ord + Clone + Debug + Display] LabelEncoder<L>);
model_file!(load impl[L: Ord + Clone + Debug + FromStr] LabelEncoder<L>);

/// Returns the text of each label, in the order of their numbers.
///
/// # Errors
/// When two labels have the same text: they could not be told apart again.
pub(crate) fn label_texts<L: Ord + Clone + Debug + Display>(encoder: &LabelEncoder<L>) -> Result<Vec<String>> {
    let texts: Vec<_> = encoder.classes().iter().map(L::to_string).collect();
    LabelEncoder::from_classes(texts.clone())?;
    Ok(texts)
}

/// Makes an encoder from the text of each label.
///
/// # Errors
/// When a text is no label of this type, or two are the same label.
pub(crate) fn encoder_from_texts<L: Ord + Clone + Debug + FromStr>(texts: &[String]) -> Result<LabelEncoder<L>> {
    let parse = |text: &String| {
        let expected = || format!("labels of the type {}", std::any::type_name::<L>());
        text.parse().map_err(|_| Error::invalid("LabelEncoder", expected(), format!("{text:?}")))
    };
    LabelEncoder::from_classes(texts.iter().map(parse).collect::<Result<_>>()?)
}
