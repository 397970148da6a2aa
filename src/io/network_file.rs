//! A [`Network`] in a file: its layers as descriptions, its parameters as tensors.

use super::safetensors::in_content;
use super::store::{Contents, Restore, Store, Writer};
use super::{Registry, model_file};
use crate::data::{invalid_data, quote};
use crate::{Description, Float, Network, Result};
use serde::{Deserialize, Serialize};
use std::io;

/// What the document says of a network.
#[derive(Serialize, Deserialize)]
pub(crate) struct Architecture {
    pub(crate) inputs: usize,
    pub(crate) layers: Vec<Description>,
    /// Names of the parameters that are frozen.
    frozen: Vec<String>,
}

/// Hands a network to the writer; the names of its tensors start with `prefix`.
pub(crate) fn store_network<F: Float>(network: &Network<F>, prefix: &str, to: &mut Writer) -> Result<()> {
    network.check_finite_values("Network::save")?;
    let mut frozen = Vec::new();
    for (name, parameter) in network.named_parameters() {
        to.add(format!("{prefix}{name}"), parameter.value().shape().to_vec(), parameter.values());
        if parameter.is_frozen() {
            frozen.push(name);
        }
    }
    let layers = network.layers().iter().map(|layer| layer.describe()).collect();
    to.set("network", &Architecture { inputs: network.input_size(), layers, frozen })
}

/// Takes a network back.
pub(crate) fn restore_network<F: Float>(
    from: &mut Contents,
    prefix: &str,
    registry: &Registry<F>,
) -> io::Result<Network<F>> {
    let architecture: Architecture = from.take("network")?;
    let mut budget = from.count_numbers();
    let layers = registry.make_layers(&architecture.layers, architecture.inputs, &mut budget).map_err(in_content)?;
    let mut network = Network::from_layers(layers).map_err(in_content)?;
    restore_parameters(from, prefix, &architecture, &mut network)?;
    if !registry.allows_not_finite() {
        network.check_finite_values("load").map_err(in_content)?;
    }
    Ok(network)
}

/// Takes the parameters back into a network of this architecture.
pub(crate) fn restore_parameters<F: Float>(
    from: &mut Contents,
    prefix: &str,
    Architecture { frozen, .. }: &Architecture,
    network: &mut Network<F>,
) -> io::Result<()> {
    let names: Vec<_> = network.named_parameters().into_iter().map(|(name, _)| name).collect();
    if let Some(name) = frozen.iter().find(|name| !names.contains(name)) {
        return Err(invalid_data(format!("expected frozen parameters that exist, found {}", quote(name.as_bytes()))));
    }
    let mut outcome = Ok(());
    let mut names = names.into_iter();
    network.visit_mut(&mut |parameter| {
        let name = names.next().unwrap_or_default();
        if outcome.is_ok() {
            let values = from.take_numbers(&format!("{prefix}{name}"), parameter.value().shape());
            outcome = values.map(|values| parameter.replace_values(values));
        }
        parameter.set_frozen(frozen.contains(&name));
    });
    outcome
}

/// The kind of file that holds a network and how far its training is.
pub(crate) const CHECKPOINT: &str = "Checkpoint";

/// What the names of the tensors of a training start with.
pub(crate) const TRAINING: &str = "training.";

impl<F: Float> Store for Network<F> {
    const KIND: &'static str = "Network";

    fn store(&self, to: &mut Writer) -> Result<()> {
        store_network(self, "", to)
    }
}

impl<F: Float> Restore for Network<F> {
    const KINDS: &'static [&'static str] = &["Network", CHECKPOINT];
    type Options = Registry<F>;

    fn restore(from: &mut Contents, registry: &Registry<F>) -> io::Result<Self> {
        from.forget(TRAINING);
        restore_network(from, "", registry)
    }
}

model_file!(save impl[F: Float] Network<F>);
model_file!(load impl[F: Float] Network<F>, Registry<F>);
