//! [`Slot`]: a layer with parameters, under the names and shapes that PyTorch has for them.

use crate::{Error, Float, Layer, Network, Parameter, Result, Role};

/// What a layer is in PyTorch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Linear,
    BatchNorm,
    LayerNorm,
}

/// A layer with parameters.
#[derive(Debug)]
pub(super) struct Slot {
    /// Where it is in the network: "2.0" is the first layer within the third.
    pub(super) path: String,
    /// Its name in a `torch.nn.Sequential`, where the activation of a dense layer is a module by itself.
    pub(super) sequential_name: String,
    pub(super) kind: Kind,
    pub(super) epsilon: Option<f64>,
    pub(super) parts: Vec<Part>,
}

/// A parameter of a layer.
#[derive(Debug)]
pub(super) struct Part {
    /// Its name in PyTorch.
    pub(super) name: &'static str,
    /// Its shape in PyTorch.
    pub(super) shape: Vec<usize>,
    /// Where its numbers start among those of all parameters.
    pub(super) start: usize,
}

impl Part {
    pub(super) fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Returns the position, from the start, of the number that is at this position in PyTorch.
    ///
    /// A matrix is transposed: `(outputs, inputs)` there, `(inputs, outputs)` here.
    pub(super) fn position(&self, index: usize) -> usize {
        match self.shape[..] {
            [outputs, inputs] => index % inputs * outputs + index / inputs,
            _ => index,
        }
    }
}

/// Returns the layers with parameters, in the order of their parameters.
///
/// # Errors
/// When PyTorch has no counterpart of a layer.
pub(super) fn slots<F: Float>(operation: &'static str, network: &Network<F>) -> Result<Vec<Slot>> {
    let mut slots = Vec::new();
    let above = ("", "");
    collect(operation, network.layers(), above, &mut 0, &mut slots)?;
    Ok(slots)
}

fn collect<F: Float>(
    operation: &'static str,
    layers: &[Box<dyn Layer<F>>],
    (path, name): (&str, &str),
    start: &mut usize,
    slots: &mut Vec<Slot>,
) -> Result<()> {
    let join =
        |above: &str, index: usize| if above.is_empty() { index.to_string() } else { format!("{above}.{index}") };
    let mut module = 0;
    for (index, layer) in layers.iter().enumerate() {
        let (path, name) = (join(path, index), join(name, module));
        let description = layer.describe();
        // Most modules have no activation inside.
        let has_activation = description.part("activation").is_some_and(|part| part.kind() != "Identity");
        module += if description.kind() == "Dense" && has_activation { 2 } else { 1 };
        if !layer.layers().is_empty() {
            collect(operation, layer.layers(), (&path, &name), start, slots)?;
            continue;
        }
        let mut parts = Vec::new();
        let parameters = layer.parameters();
        for parameter in &parameters {
            if parameter.role() != Role::State {
                let Some((name, shape)) = part(description.kind(), parameter) else {
                    let expected = "layers that PyTorch has: Dense, BatchNorm and LayerNorm";
                    let found = format!("layer {path} of kind {} with parameters", description.kind());
                    return Err(Error::invalid(operation, expected, found));
                };
                parts.push(Part { name, shape, start: *start });
            }
            *start += parameter.len();
        }
        if !parts.is_empty() {
            let kind = match description.kind() {
                "BatchNorm" => Kind::BatchNorm,
                "LayerNorm" => Kind::LayerNorm,
                _ => Kind::Linear,
            };
            let epsilon = description.number("epsilon");
            slots.push(Slot { path, sequential_name: name, kind, epsilon, parts });
        }
    }
    Ok(())
}

/// Returns name and shape of a parameter in PyTorch.
fn part<F: Float>(kind: &str, parameter: &Parameter<F>) -> Option<(&'static str, Vec<usize>)> {
    let (rows, columns) = parameter.value().dim();
    let name = match (kind, parameter.name()) {
        ("Dense", "weight") => return Some(("weight", vec![columns, rows])),
        ("BatchNorm" | "LayerNorm", "gamma") => "weight",
        ("Dense", "bias") | ("BatchNorm" | "LayerNorm", "beta") => "bias",
        ("BatchNorm", "running_mean") => "running_mean",
        ("BatchNorm", "running_variance") => "running_var",
        _ => return None,
    };
    Some((name, vec![columns]))
}
