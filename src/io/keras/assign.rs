//! The weights of a file written into a network that is there.

use super::layers::deviation;
use super::weights::{COUNT, Variable, Weights};
use crate::data::invalid_data;
use crate::{Float, Network};
use std::io;

/// Overwrites the weights of the network; an error changes nothing.
pub(super) fn assign_weights<F: Float>(network: &mut Network<F>, mut weights: Weights<'_>) -> io::Result<()> {
    let affine = network.layers().iter().filter(|layer| layer.describe().kind() == "Affine").count();
    let normalizations = weights.count_normalizations()?;
    if normalizations > 0 && normalizations != affine {
        let expected = format!("expected {affine} layers of the class Normalization, as the network has affine layers");
        return Err(invalid_data(format!("{expected}, found {normalizations}")));
    }
    let mut all = Vec::new();
    for (index, layer) in network.layers().iter().enumerate() {
        let shapes: Vec<_> = layer.parameters().iter().map(|parameter| parameter.value().dim()).collect();
        let description = layer.describe();
        let class = match description.kind() {
            "Dense" => "dense",
            "BatchNorm" => "batch_normalization",
            "LayerNorm" => "layer_normalization",
            "Affine" if normalizations > 0 => "normalization",
            "Affine" | "Dropout" => {
                all.push(None);
                continue;
            }
            _ if shapes.is_empty() => {
                all.push(None);
                continue;
            }
            kind => {
                let text = format!("expected layers that Keras has too, found {kind} as layer {index} of the network");
                return Err(invalid_data(text));
            }
        };
        let variables = variables_of(class, &shapes);
        let numbers = weights.take::<F>(class, &variables).map_err(|error| in_layer(index, &error))?;
        let numbers = numbers.map(|numbers| if class == "normalization" { affine_of(numbers) } else { numbers });
        if let Some(found) = numbers.iter().flatten().flatten().find(|number| !number.is_finite()) {
            return Err(invalid_data(format!("expected finite weights for layer {index}, found {found}")));
        }
        let variances = numbers.iter().flatten().skip(if class == "batch_normalization" { 3 } else { usize::MAX });
        if let Some(found) = variances.flatten().find(|&&variance| variance < F::zero()) {
            return Err(invalid_data(format!("expected variances >= 0 for layer {index}, found {found}")));
        }
        all.push(numbers);
    }
    weights.finish()?;
    for (layer, numbers) in network.layers_mut().zip(all) {
        let Some(numbers) = numbers else { continue };
        let mut numbers = numbers.into_iter();
        layer.visit_mut(&mut |parameter| {
            let values = numbers.next().unwrap_or_default();
            parameter.value_mut().iter_mut().zip(values).for_each(|(value, number)| *value = number);
        });
    }
    Ok(())
}

/// Returns Keras' variables for the parameters of a layer, which are of these shapes.
fn variables_of(class: &str, shapes: &[(usize, usize)]) -> Vec<Variable> {
    let names: &[&'static str] = match class {
        "dense" => &["kernel", "bias"],
        "normalization" => {
            let size = shapes.first().map_or(0, |&(_, size)| size);
            return vec![("mean", vec![size]), ("variance", vec![size]), (COUNT, vec![])];
        }
        _ => &["gamma", "beta", "moving_mean", "moving_variance"],
    };
    let shape = |name: &str, (rows, columns)| if name == "kernel" { vec![rows, columns] } else { vec![columns] };
    names.iter().zip(shapes).map(|(&name, &dimensions)| (name, shape(name, dimensions))).collect()
}

/// Returns center, scale and shift for mean and variance.
fn affine_of<F: Float>(numbers: Vec<Vec<F>>) -> Vec<Vec<F>> {
    let [mean, variance] = <[Vec<F>; 2]>::try_from(numbers).unwrap_or_default();
    let scale = variance.iter().map(|variance| F::from_f64(1.0 / deviation(variance.widen()))).collect();
    let shift = vec![F::zero(); mean.len()];
    vec![mean, scale, shift]
}

fn in_layer(index: usize, error: &io::Error) -> io::Error {
    invalid_data(format!("layer {index} of the network: {error}"))
}
