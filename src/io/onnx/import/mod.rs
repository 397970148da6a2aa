//! From the bytes of an ONNX file to a model.

mod activation;
mod build;
mod graph;
mod labels;
mod linear;
mod node;
mod pattern;
mod piece;
mod shape;
mod step;
mod walk;

use super::export::{COLUMN, LABEL};
use crate::activation::Sigmoid;
use crate::data::{StandardScaler, invalid_data, list};
use crate::io::Model;
use crate::{AnyActivation, Float, Network};
use graph::Graph;
use piece::Piece;
use std::borrow::Cow;
use std::io;
use std::path::Path;

/// Reads a file as one network: everything from the input to the output.
pub(super) fn read_network<F: Float>(bytes: Vec<u8>, folder: Option<&Path>) -> io::Result<Network<F>> {
    network_of(read(&Graph::read(bytes, folder)?, false)?.pieces)
}

/// Reads a classifier: a scaler, a network that gives logits, and labels.
pub(super) fn read_classifier<F: Float>(bytes: Vec<u8>, folder: Option<&Path>) -> io::Result<Model<'static, F>> {
    let graph = Graph::read(bytes, folder)?;
    let Parts { labels, mut pieces } = read(&graph, true)?;
    // Softmax of logarithms of probabilities gives the probabilities again.
    let is_single = |size: usize| size == 1;
    match pieces.last_mut() {
        Some(Piece::Softmax { .. }) => drop(pieces.pop()),
        Some(Piece::Dense { weight, activation, .. })
            if *activation == Some(Sigmoid.into()) && is_single(weight.ncols()) =>
        {
            *activation = None;
            pieces.push(build::logits_of_two());
        }
        Some(Piece::Activation { size, activation })
            if *activation == AnyActivation::from(Sigmoid) && is_single(*size) =>
        {
            pieces.pop();
            pieces.push(build::logits_of_two());
        }
        _ => {}
    }
    let input_scaler = take_input_scaler(&mut pieces);
    let network = network_of(pieces)?;
    let outputs = network.output_size();
    if outputs < 2 {
        return Err(invalid_data(
            "expected a classifier with at least 2 outputs or a sigmoid at the end, found neither",
        ));
    }
    let names = labels.or_else(|| names_of(&graph, LABEL));
    let labels = names.unwrap_or_else(|| (0..outputs).map(|class| class.to_string()).collect());
    if labels.len() != outputs {
        return Err(invalid_data(format!("expected {outputs} labels, one for each output, found {}", labels.len())));
    }
    let column_names = names_of(&graph, COLUMN).map(Cow::Owned);
    Ok(Model { network: Cow::Owned(network), input_scaler, output_scaler: None, labels: Some(labels), column_names })
}

/// Reads a regressor: a network between a scaler of its inputs and one of its outputs.
pub(super) fn read_regressor<F: Float>(bytes: Vec<u8>, folder: Option<&Path>) -> io::Result<Model<'static, F>> {
    let graph = Graph::read(bytes, folder)?;
    let Parts { mut pieces, .. } = read(&graph, false)?;
    let input_scaler = take_input_scaler(&mut pieces);
    let output_scaler = match pieces.last() {
        Some(Piece::Affine(shifts)) if pieces.len() > 1 => shifts.as_output_scaler().map(Cow::Owned),
        _ => None,
    };
    if output_scaler.is_some() {
        pieces.pop();
    }
    let network = network_of(pieces)?;
    if network.output_size() != 1 {
        let found = network.output_size();
        return Err(invalid_data(format!("expected a regressor with 1 output, found {found}")));
    }
    let column_names = names_of(&graph, COLUMN).map(Cow::Owned);
    Ok(Model { network: Cow::Owned(network), input_scaler, output_scaler, labels: None, column_names })
}

/// Takes what scales the inputs off the front.
fn take_input_scaler<F: Float>(pieces: &mut Vec<Piece<F>>) -> Option<Cow<'static, StandardScaler<F>>> {
    let scaler = match pieces.first() {
        // What is left is a network only if there is a layer more.
        Some(Piece::Affine(shifts)) if pieces.len() > 1 => shifts.as_input_scaler(),
        _ => None,
    }?;
    pieces.remove(0);
    Some(Cow::Owned(scaler))
}

fn network_of<F: Float>(pieces: Vec<Piece<F>>) -> io::Result<Network<F>> {
    let layers: crate::Result<Vec<_>> = pieces.into_iter().map(Piece::into_layer).collect();
    layers.and_then(Network::from_layers).map_err(|error| invalid_data(error.to_string()))
}

/// Returns the names of this kind in the metadata of a file that the crate has written.
fn names_of(graph: &Graph, kind: &str) -> Option<Vec<String>> {
    let name = |index| graph.metadata.get(&format!("{kind}.{index}")).cloned();
    let names: Vec<_> = (0..).map_while(name).collect();
    (!names.is_empty()).then_some(names)
}

/// What leads from the input to the output, and the names of the labels if an output holds labels.
struct Parts<F: Float> {
    pieces: Vec<Piece<F>>,
    labels: Option<Vec<String>>,
}

fn read<F: Float>(graph: &Graph, needs_labels: bool) -> io::Result<Parts<F>> {
    let (mut label, mut numbers) = (None, Vec::new());
    for output in &graph.outputs {
        match graph.maker(&output.name) {
            // A list of tables of labels and probabilities, as scikit-learn's converter writes it.
            Some(node) if node.operator == "ai.onnx.ml.ZipMap" => numbers.push(node.required(0)?),
            _ if output.is_label && label.is_none() => label = Some(&output.name),
            _ => numbers.push(&output.name),
        }
    }
    let labels = label.filter(|_| needs_labels || numbers.is_empty()).map(|label| labels::read(graph, label));
    let labels = labels.transpose()?;
    let output = match (&numbers[..], &labels) {
        (&[output], _) => output,
        ([], Some(labels)) => labels.scores,
        _ => {
            let names = list(numbers.iter().map(|name| name.as_bytes()));
            return Err(invalid_data(format!("expected one output of numbers, found {}: {names}", numbers.len())));
        }
    };
    if let Some(labels) = &labels {
        labels::check_scores(graph, labels, output)?;
    }
    let steps = walk::walk(graph, &graph.input.name, output)?;
    let pieces = build::build(graph, steps)?;
    Ok(Parts { pieces, labels: labels.and_then(|labels| labels.names) })
}
