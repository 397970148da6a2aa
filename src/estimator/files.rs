//! Estimators in files: the network with its preparation, labels, names and settings.

use super::fitted::{Fitted, InputPreparation};
use super::{Classifier, MultiLabelClassifier, Regressor};
use crate::data::{FittedPreparation, Label, LabelEncoder, StandardScaler, invalid_data};
use crate::io::{Contents, Registry, Restore, Store, Writer, in_content, model_file, restore_network, store_network};
use crate::{Float, Network, Result};
use std::fmt::Display;
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

/// Hands over what all estimators consist of.
fn store_fitted<F: Float>(fitted: &Fitted<F>, to: &mut Writer) -> Result<()> {
    store_network(&fitted.network, NETWORK, to)?;
    match &fitted.preparation {
        InputPreparation::Scaled(scaler) => store_scaler(scaler, "scaler", to),
        InputPreparation::Columns(preparation) => to.set("preparation", preparation)?,
    }
    to.set("column_names", &fitted.column_names)?;
    to.set("target_names", &fitted.target_names)?;
    to.set("settings", &fitted.settings)?;
    to.set("history", &fitted.history)
}

/// Takes it back. Files of the first version have no preparation, no names of targets and no settings.
fn restore_fitted<F: Float>(from: &mut Contents, registry: &Registry<F>) -> io::Result<Fitted<F>> {
    let network = restore_network(from, NETWORK, registry)?;
    let (preparation, column_names) = match from.take::<Option<FittedPreparation>>("preparation")? {
        None => {
            let scaler = restore_scaler(from, "scaler", network.input_size())?;
            (InputPreparation::Scaled(scaler), restore_column_names(from, &network)?)
        }
        Some(preparation) => {
            demand("columns of the preparation", network.input_size(), preparation.output_size())?;
            (InputPreparation::Columns(preparation), Vec::new())
        }
    };
    let target_names = from.take::<Option<_>>("target_names")?.unwrap_or_default();
    let (settings, history) = (from.take("settings")?, from.take("history")?);
    Ok(Fitted { network, preparation, column_names, target_names, history, settings })
}

impl<F: Float, L: Label + Display> Store for Classifier<F, L> {
    const KIND: &'static str = "Classifier";

    fn store(&self, to: &mut Writer) -> Result<()> {
        store_fitted(&self.fitted, to)?;
        to.set("labels", &self.encoder.to_texts()?)
    }
}

impl<F: Float, L: Label + FromStr> Restore for Classifier<F, L> {
    const KINDS: &'static [&'static str] = &["Classifier"];
    type Options = Registry<F>;

    fn restore(from: &mut Contents, registry: &Registry<F>) -> io::Result<Self> {
        let fitted = restore_fitted(from, registry)?;
        let encoder = LabelEncoder::from_texts(&from.take::<Vec<String>>("labels")?).map_err(in_content)?;
        demand("labels", fitted.network.output_size(), encoder.classes().len())?;
        if !fitted.target_names.is_empty() {
            demand("column of labels", 1, fitted.target_names.len())?;
        }
        Ok(Self { fitted, encoder })
    }
}

impl<F: Float> Store for Regressor<F> {
    const KIND: &'static str = "Regressor";

    fn store(&self, to: &mut Writer) -> Result<()> {
        store_fitted(&self.fitted, to)?;
        store_scaler(&self.target_scaler, "target_scaler", to);
        Ok(())
    }
}

impl<F: Float> Restore for Regressor<F> {
    const KINDS: &'static [&'static str] = &["Regressor"];
    type Options = Registry<F>;

    fn restore(from: &mut Contents, registry: &Registry<F>) -> io::Result<Self> {
        let fitted = restore_fitted(from, registry)?;
        let target_scaler = restore_scaler(from, "target_scaler", fitted.network.output_size())?;
        if !fitted.target_names.is_empty() {
            demand("columns of numbers", fitted.network.output_size(), fitted.target_names.len())?;
        }
        let regressor = Self { fitted, target_scaler };
        regressor.loss().make::<F>().map_err(in_content)?;
        Ok(regressor)
    }
}

impl<F: Float, L: Label + Display> Store for MultiLabelClassifier<F, L> {
    const KIND: &'static str = "MultiLabelClassifier";

    fn store(&self, to: &mut Writer) -> Result<()> {
        store_fitted(&self.fitted, to)?;
        to.set("labels", &self.encoder.to_texts()?)
    }
}

impl<F: Float, L: Label + FromStr> Restore for MultiLabelClassifier<F, L> {
    const KINDS: &'static [&'static str] = &["MultiLabelClassifier"];
    type Options = Registry<F>;

    fn restore(from: &mut Contents, registry: &Registry<F>) -> io::Result<Self> {
        let fitted = restore_fitted(from, registry)?;
        let encoder = LabelEncoder::from_texts(&from.take::<Vec<String>>("labels")?).map_err(in_content)?;
        demand("labels", fitted.network.output_size(), encoder.classes().len())?;
        Ok(Self { fitted, encoder })
    }
}

model_file!(save impl[F: Float, L: Label + Display] MultiLabelClassifier<F, L>);
model_file!(load impl[F: Float, L: Label + FromStr] MultiLabelClassifier<F, L>, Registry<F>);
model_file!(save impl[F: Float, L: Label + Display] Classifier<F, L>);
model_file!(load impl[F: Float, L: Label + FromStr] Classifier<F, L>, Registry<F>);
model_file!(save impl[F: Float] Regressor<F>);
model_file!(load impl[F: Float] Regressor<F>, Registry<F>);
