//! The nodes of each activation.

use super::super::body::{Attribute, OPERATION, type_of};
use super::exporter::Exporter;
use crate::description::Setting;
use crate::{AnyActivation, Description, Error, Float, Result};

/// Adds the nodes of an activation after the last value.
pub(super) fn add<F: Float>(exporter: &mut Exporter<F>, description: &Description, place: &str) -> Result<()> {
    let unknown = |_| Error::invalid(OPERATION, "activations of the crate", format!("{description} in layer {place}"));
    let activation = AnyActivation::from_description(description).map_err(unknown)?;
    let number = |name| description.number(name).unwrap_or_default();
    match activation {
        AnyActivation::Identity(_) => {}
        AnyActivation::Relu(_) => exporter.apply("Relu", &[], &[]),
        AnyActivation::Sigmoid(_) => exporter.apply("Sigmoid", &[], &[]),
        AnyActivation::Tanh(_) => exporter.apply("Tanh", &[], &[]),
        AnyActivation::LeakyRelu(_) => with_settings(exporter, "LeakyRelu", &[("alpha", number("slope"))])?,
        AnyActivation::Elu(_) => with_settings(exporter, "Elu", &[("alpha", number("alpha"))])?,
        AnyActivation::HardSigmoid(_) => {
            with_settings(exporter, "HardSigmoid", &[("alpha", number("alpha")), ("beta", number("beta"))])?;
        }
        AnyActivation::Selu(_) => with_settings(exporter, "Selu", &[])?,
        AnyActivation::HardSwish(_) => with_settings(exporter, "HardSwish", &[])?,
        AnyActivation::Softplus(_) => with_settings(exporter, "Softplus", &[])?,
        AnyActivation::Mish(_) => with_settings(exporter, "Mish", &[])?,
        AnyActivation::Softsign(_) => softsign(exporter),
        AnyActivation::Clip(_) => clip(exporter, number("low"), number("high")),
        AnyActivation::Silu(_) => {
            let before = exporter.value().to_owned();
            exporter.apply("Sigmoid", &[], &[]);
            exporter.combine("Mul", &before);
        }
        AnyActivation::Step(_) => {
            let zero = exporter.body().scalar::<F>(0.0);
            exporter.apply("Greater", &[&zero], &[]);
            exporter.apply("Cast", &[], &[("to", Attribute::Int(type_of::<F>().into()))]);
        }
        AnyActivation::Gelu(_) => {
            let is_tanh = matches!(description.get("form"), Some(Setting::Text(form)) if form == "Tanh");
            match (exporter.is_double(), is_tanh) {
                (true, true) => exporter.call("GeluTanh", &[]),
                (true, false) => exporter.call("Gelu", &[]),
                (false, true) => exporter.apply("Gelu", &[], &[("approximate", Attribute::Text("tanh"))]),
                (false, false) => exporter.apply("Gelu", &[], &[]),
            }
        }
    }
    Ok(())
}

/// Adds an operator whose settings are attributes in single precision, and constants of a function in double precision.
fn with_settings<F: Float>(exporter: &mut Exporter<F>, operator: &'static str, settings: &[(&str, f64)]) -> Result<()> {
    if exporter.is_double() {
        let constants: Vec<_> = settings.iter().map(|&(_, value)| exporter.body().scalar::<F>(value)).collect();
        exporter.call(operator, &constants.iter().map(String::as_str).collect::<Vec<_>>());
        return Ok(());
    }
    if let Some((name, value)) = settings.iter().find(|(_, value)| !(*value as f32).is_finite()) {
        return Err(Error::invalid(OPERATION, format!("a {name} of {operator} within the range of f32"), value));
    }
    let attributes: Vec<_> = settings.iter().map(|&(name, value)| (name, Attribute::Float(value as f32))).collect();
    exporter.apply(operator, &[], &attributes);
    Ok(())
}

/// x / (1 + |x|): one node in single precision.
fn softsign<F: Float>(exporter: &mut Exporter<F>) {
    if !exporter.is_double() {
        return exporter.apply("Softsign", &[], &[]);
    }
    let before = exporter.value().to_owned();
    let one = exporter.body().scalar::<F>(1.0);
    exporter.apply("Abs", &[], &[]);
    exporter.apply("Add", &[&one], &[]);
    exporter.combine("Div", &before);
}

/// A bound that is infinite is left out; a finite one stays so.
fn clip<F: Float>(exporter: &mut Exporter<F>, low: f64, high: f64) {
    let limits = F::min_value().widen()..=F::max_value().widen();
    let mut bound = |bound: f64| {
        let clamped = bound.clamp(*limits.start(), *limits.end());
        if bound.is_finite() { exporter.body().scalar::<F>(clamped) } else { String::new() }
    };
    let (low, high) = (bound(low), bound(high));
    match (low.is_empty(), high.is_empty()) {
        (_, false) => exporter.apply("Clip", &[&low, &high], &[]),
        (false, true) => exporter.apply("Clip", &[&low], &[]),
        (true, true) => exporter.apply("Clip", &[], &[]),
    }
}
