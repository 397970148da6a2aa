//! The nodes of each layer.

use super::super::body::{Attribute, OPERATION};
use super::activation;
use super::exporter::Exporter;
use crate::{Description, Error, Float, Layer, Parameter, Result};

/// Adds layers one after another; `prefix` is the place of the layers that they are inside of.
pub(super) fn add_all<F: Float>(exporter: &mut Exporter<F>, layers: &[Box<dyn Layer<F>>], prefix: &str) -> Result<()> {
    for (index, layer) in layers.iter().enumerate() {
        add(exporter, &**layer, &format!("{prefix}{index}"))?;
    }
    Ok(())
}

fn add<F: Float>(exporter: &mut Exporter<F>, layer: &dyn Layer<F>, place: &str) -> Result<()> {
    let description = layer.describe();
    let parameters = layer.parameters();
    let unknown = || Error::invalid(OPERATION, "layers of the crate", format!("layer {place}, {description}"));
    match (description.kind(), &parameters[..]) {
        ("Dense", [weight, others @ ..]) if others.len() <= 1 => {
            dense(exporter, weight, others.first().copied(), place);
            activation_of(exporter, &description, place)
        }
        ("ActivationLayer", []) => activation_of(exporter, &description, place),
        (kind @ ("Softmax" | "LogSoftmax"), []) => {
            exporter.apply(kind, &[], &[("axis", Attribute::Int(-1))]);
            Ok(())
        }
        ("Dropout", _) => Ok(()),
        ("BatchNorm", [_, _, _, _]) => norm(exporter, "BatchNormalization", &description, &parameters, place),
        ("LayerNorm", [_, _]) => norm(exporter, "LayerNormalization", &description, &parameters, place),
        ("Affine", [_, _, _]) => {
            let names: Vec<_> =
                parameters.iter().map(|parameter| add_wide_parameter(exporter, parameter, place)).collect();
            exporter.in_double(|exporter| {
                for (operator, name) in ["Sub", "Mul", "Add"].iter().zip(&names) {
                    exporter.apply(operator, &[name], &[]);
                }
            });
            Ok(())
        }
        ("Residual", _) => {
            let before = exporter.value().to_owned();
            add_all(exporter, layer.layers(), &format!("{place}."))?;
            exporter.combine("Add", &before);
            Ok(())
        }
        ("Chain", _) => add_all(exporter, layer.layers(), &format!("{place}.")),
        _ => Err(unknown()),
    }
}

fn dense<F: Float>(exporter: &mut Exporter<F>, weight: &Parameter<F>, bias: Option<&Parameter<F>>, place: &str) {
    let sizes = [weight.value().nrows(), weight.value().ncols()];
    let weight = exporter.body().constant(format!("{place}.weight"), &sizes, weight.values());
    match bias {
        Some(bias) => {
            let bias = add_parameter(exporter, bias, place);
            exporter.apply("Gemm", &[&weight, &bias], &[]);
        }
        None => exporter.apply("MatMul", &[&weight], &[]),
    }
}

/// Adds a normalization. The settings of ONNX are in single precision, so double precision has a function.
fn norm<F: Float>(
    exporter: &mut Exporter<F>,
    operator: &'static str,
    description: &Description,
    parameters: &[&Parameter<F>],
    place: &str,
) -> Result<()> {
    let mut names: Vec<_> = parameters.iter().map(|parameter| add_parameter(exporter, parameter, place)).collect();
    let epsilon = description.number("epsilon").unwrap_or_default();
    if exporter.is_double() {
        names.push(exporter.body().scalar::<F>(epsilon));
        exporter.call(operator, &names.iter().map(String::as_str).collect::<Vec<_>>());
    } else {
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        exporter.apply(operator, &names, &[("epsilon", Attribute::Float(epsilon as f32))]);
    }
    Ok(())
}

fn activation_of<F: Float>(exporter: &mut Exporter<F>, description: &Description, place: &str) -> Result<()> {
    let Some(part) = description.part("activation") else {
        return Err(Error::invalid(OPERATION, "layers of the crate", format!("layer {place}, {description}")));
    };
    activation::add(exporter, part, place)
}

/// Adds a parameter that has a number for each feature.
fn add_parameter<F: Float>(exporter: &mut Exporter<F>, parameter: &Parameter<F>, place: &str) -> String {
    exporter.body().constant(format!("{place}.{}", parameter.name()), &[parameter.len()], parameter.values())
}

/// Adds a parameter in double precision.
fn add_wide_parameter<F: Float>(exporter: &mut Exporter<F>, parameter: &Parameter<F>, place: &str) -> String {
    let values: Vec<_> = parameter.values().iter().map(|value| value.widen()).collect();
    exporter.body().double(format!("{place}.{}", parameter.name()), &values)
}
