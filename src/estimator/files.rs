//! Classifiers and regressors in files: the network with its scalers, labels and names.

use super::{Classifier, Regressor};
use crate::data::{LabelEncoder, StandardScaler, invalid_data};
use crate::io::{Contents, Registry, Restore, Store, Writer, in_content, model_file, restore_network, store_network};
use crate::{Float, Network, Result};
use std::fmt::{Debug, Display};
use std::io;
use std::str::FromStr;

/// The names of the network's tensors start with this.
const NETWORK: &str = "network.";

fn store_scaler<F: Float>(scaler: &StandardScaler<F>, name: &str, to: &mut Writer) {
    to.add_column(format!("{name}.mean"), scaler.mean());
    to.add_column(format!("{name}.deviation"), scaler.deviation());
}

/// Takes back a scaler of this many columns.
fn restore_scaler<F: Float>(from: &mut Contents, name: &str, columns: usize) -> io::Result<StandardScaler<F>> {
    let [mean, deviation] = ["mean", "deviation"].map(|part| from.take_column(&format!("{name}.{part}")));
    let scaler = StandardScaler::from_parameters(mean?, deviation?).map_err(in_content)?;
    demand(&format!("columns of {name}"), columns, scaler.mean().len())?;
    Ok(scaler)
}

/// Takes back the names of the columns; there are none, or one for each input.
fn restore_column_names<F: Float>(from: &mut Contents, network: &Network<F>) -> io::Result<Vec<String>> {
    let names: Vec<String> = from.take("column_names")?;
    if !names.is_empty() {
        demand("column names", network.input_size(), names.len())?;
    }
    Ok(names)
}

fn demand(what: &str, expected: usize, found: usize) -> io::Result<()> {
    if expected == found { Ok(()) } else { Err(invalid_data(format!("expected {expected} {what}, found {found}"))) }
}

impl<F: Float, L: Ord + Clone + Debug + Display> Store for Classifier<F, L> {
    const KIND: &'static str = "Classifier";

    fn store(&self, to: &mut Writer) -> Result<()> {
        store_network(&self.network, NETWORK, to)?;
        store_scaler(&self.scaler, "scaler", to);
        to.set("labels", &self.encoder.to_texts()?)?;
        to.set("column_names", &self.column_names)?;
        to.set("history", &self.history)
    }
}

impl<F: Float, L: Ord + Clone + Debug + FromStr> Restore for Classifier<F, L> {
    const KINDS: &'static [&'static str] = &["Classifier"];
    type Options = Registry<F>;

    fn restore(from: &mut Contents, registry: &Registry<F>) -> io::Result<Self> {
        let network = restore_network(from, NETWORK, registry)?;
        let scaler = restore_scaler(from, "scaler", network.input_size())?;
        let encoder = LabelEncoder::from_texts(&from.take::<Vec<String>>("labels")?).map_err(in_content)?;
        demand("labels", network.output_size(), encoder.classes().len())?;
        let column_names = restore_column_names(from, &network)?;
        Ok(Self { network, scaler, encoder, history: from.take("history")?, column_names })
    }
}

impl<F: Float> Store for Regressor<F> {
    const KIND: &'static str = "Regressor";

    fn store(&self, to: &mut Writer) -> Result<()> {
        store_network(&self.network, NETWORK, to)?;
        store_scaler(&self.scaler, "scaler", to);
        store_scaler(&self.target_scaler, "target_scaler", to);
        to.set("column_names", &self.column_names)?;
        to.set("history", &self.history)
    }
}

impl<F: Float> Restore for Regressor<F> {
    const KINDS: &'static [&'static str] = &["Regressor"];
    type Options = Registry<F>;

    fn restore(from: &mut Contents, registry: &Registry<F>) -> io::Result<Self> {
        let network = restore_network(from, NETWORK, registry)?;
        let scaler = restore_scaler(from, "scaler", network.input_size())?;
        let target_scaler = restore_scaler(from, "target_scaler", network.output_size())?;
        demand("outputs", 1, network.output_size())?;
        let column_names = restore_column_names(from, &network)?;
        Ok(Self { network, scaler, target_scaler, history: from.take("history")?, column_names })
    }
}

model_file!(save impl[F: Float, L: Ord + Clone + Debug + Display] Classifier<F, L>);
model_file!(load impl[F: Float, L: Ord + Clone + Debug + FromStr] Classifier<F, L>, Registry<F>);
model_file!(save impl[F: Float] Regressor<F>);
model_file!(load impl[F: Float] Regressor<F>, Registry<F>);
