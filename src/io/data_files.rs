//! Scalers and encoders in files.

use super::model_file;
use super::safetensors::in_content;
use super::store::{Contents, Restore, Store, Writer};
use crate::data::{Label, LabelEncoder, MinMaxScaler, StandardScaler};
use crate::{Float, Result};
use std::fmt::Display;
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

impl<L: Label + Display> Store for LabelEncoder<L> {
    const KIND: &'static str = "LabelEncoder";

    fn store(&self, to: &mut Writer) -> Result<()> {
        to.set("labels", &self.to_texts()?)
    }
}

impl<L: Label + FromStr> Restore for LabelEncoder<L> {
    const KINDS: &'static [&'static str] = &["LabelEncoder"];
    type Options = ();

    fn restore(from: &mut Contents, (): &()) -> io::Result<Self> {
        Self::from_texts(&from.take::<Vec<String>>("labels")?).map_err(in_content)
    }
}

model_file!(save impl[L: Label + Display] LabelEncoder<L>);
model_file!(load impl[L: Label + FromStr] LabelEncoder<L>);
