//! Steps of operators that are activations, and of operators that change no number.

use super::super::messages::data_type;
use super::graph::Graph;
use super::linear::{Found, number};
use super::node::Node;
use super::step::Step;
use crate::activation::{Clip, HardSigmoid, HardSwish, Mish, Selu, Softsign};
use crate::{AnyActivation, Elu, Gelu, LeakyRelu, Relu, Result, Sigmoid, Silu, Softplus, Tanh};
use std::io;

/// Reads a node of one of these operators.
pub(super) fn read<'g>(graph: &Graph, node: &'g Node) -> io::Result<Found<'g>> {
    if node.operator == "Selu" {
        return selu(node).map(Some);
    }
    if let "Max" | "Min" = node.operator.as_str() {
        return bound(graph, node);
    }
    let steps = match activation(graph, node)? {
        Some(activation) => vec![Step::Activation(activation)],
        None => match softmax(graph, node)? {
            Some(step) => vec![step],
            None if changes_nothing(graph, node)? => Vec::new(),
            None => return Ok(None),
        },
    };
    Ok(Some((steps, node.required(0)?)))
}

fn activation(graph: &Graph, node: &Node) -> io::Result<Option<AnyActivation>> {
    fn checked<A: Into<AnyActivation>>(node: &Node, activation: Result<A>) -> io::Result<AnyActivation> {
        activation.map(Into::into).map_err(|error| node.fault(error))
    }
    // The crate's own functions have their settings as inputs.
    let setting = |index| {
        let number = graph.scalar(node.required(index)?)?;
        number.ok_or_else(|| node.fault(format!("expected one number as input {index}, found something else")))
    };
    Ok(Some(match node.operator.as_str() {
        "Relu" => Relu.into(),
        "Sigmoid" => Sigmoid.into(),
        "Tanh" => Tanh.into(),
        "Softplus" | "feedforward.Softplus" => Softplus.into(),
        "Softsign" => Softsign.into(),
        "Mish" | "feedforward.Mish" => Mish.into(),
        "HardSwish" | "feedforward.HardSwish" => HardSwish.into(),
        "feedforward.Selu" => Selu.into(),
        "feedforward.Gelu" => Gelu::Exact.into(),
        "feedforward.GeluTanh" => Gelu::Tanh.into(),
        "LeakyRelu" => checked(node, LeakyRelu::new(node.float("alpha", 0.01)))?,
        "feedforward.LeakyRelu" => checked(node, LeakyRelu::new(setting(1)?))?,
        "PRelu" => checked(node, LeakyRelu::new(setting(1)?))?,
        "Elu" => checked(node, Elu::new(node.float("alpha", 1.0)))?,
        "feedforward.Elu" => checked(node, Elu::new(setting(1)?))?,
        "HardSigmoid" => checked(node, HardSigmoid::new(node.float("alpha", 0.2), node.float("beta", 0.5)))?,
        "feedforward.HardSigmoid" => checked(node, HardSigmoid::new(setting(1)?, setting(2)?))?,
        "Swish" if node.float("alpha", 1.0) == 1.0 => Silu.into(),
        "Gelu" => match node.text("approximate")?.as_deref() {
            None | Some("none") => Gelu::Exact.into(),
            Some("tanh") => Gelu::Tanh.into(),
            Some(_) => return Err(node.fault("expected none or tanh as approximation, found another one")),
        },
        "Clip" => {
            let (low, high) = clip_bounds(graph, node)?;
            checked(node, Clip::new(low, high))?
        }
        _ => return Ok(None),
    }))
}

/// Returns the bounds of a node `Clip`: attributes up to version 10, inputs since; either may be left out.
pub(super) fn clip_bounds(graph: &Graph, node: &Node) -> io::Result<(f64, f64)> {
    let bound = |index, name: &str, default: f64| match node.input(index) {
        Some(value) => {
            let number = graph.scalar(value)?;
            number.ok_or_else(|| node.fault(format!("expected one number as {name}, found something else")))
        }
        None => Ok(node.float(name, default)),
    };
    Ok((bound(1, "min", f64::NEG_INFINITY)?, bound(2, "max", f64::INFINITY)?))
}

/// The larger or the smaller one of data and a number.
fn bound<'g>(graph: &Graph, node: &'g Node) -> io::Result<Found<'g>> {
    let [left, right] = &node.inputs[..] else { return Ok(None) };
    let (data, bound) = match (graph.scalar(left)?, graph.scalar(right)?) {
        (None, Some(bound)) => (left, bound),
        (Some(bound), None) => (right, bound),
        _ => return Ok(None),
    };
    let (low, high) = if node.operator == "Max" { (bound, f64::INFINITY) } else { (f64::NEG_INFINITY, bound) };
    let clip = Clip::new(low, high).map_err(|error| node.fault(error))?;
    Ok(Some((vec![Step::Activation(clip.into())], data)))
}

/// gamma · Elu(alpha); with the constants of the paper, rounded to single precision, it is the crate's own.
fn selu(node: &Node) -> io::Result<(Vec<Step>, &str)> {
    let (alpha, gamma) = (node.float("alpha", 1.673_263_2), node.float("gamma", 1.050_701));
    let input = node.required(0)?;
    if (alpha - 1.673_263_24).abs() < 1e-6 && (gamma - 1.050_700_99).abs() < 1e-6 {
        return Ok((vec![Step::Activation(Selu.into())], input));
    }
    let elu = Elu::new(alpha).map_err(|error| node.fault(error))?;
    Ok((vec![Step::Scale(number(gamma)?), Step::Activation(elu.into())], input))
}

fn softmax(graph: &Graph, node: &Node) -> io::Result<Option<Step>> {
    let is_logarithm = match node.operator.as_str() {
        "Softmax" => false,
        "LogSoftmax" => true,
        _ => return Ok(None),
    };
    // Before version 13 all axes from this one on count as one.
    let is_flattening = graph.opset < 13;
    let axis = node.int("axis", if is_flattening { 1 } else { -1 });
    Ok(Some(Step::Softmax { axis, is_logarithm, is_flattening }))
}

/// Returns whether the node passes its numbers on, in prediction.
fn changes_nothing(graph: &Graph, node: &Node) -> io::Result<bool> {
    match node.operator.as_str() {
        "Identity" => Ok(true),
        "Cast" => {
            let to = node.int("to", 0);
            if i32::try_from(to).is_ok_and(data_type::is_float) {
                return Ok(true);
            }
            let name = i32::try_from(to).map_or_else(|_| to.to_string(), data_type::name);
            Err(node.fault(format!("expected a cast to floating-point numbers, found one to {name}")))
        }
        "Dropout" => {
            // The third input came with version 12.
            let is_training = node.input(2).map(|value| graph.scalar(value)).transpose()?;
            match is_training {
                None | Some(Some(0.0)) => Ok(true),
                Some(_) => Err(node.fault("expected a model for prediction, found training_mode")),
            }
        }
        _ => Ok(false),
    }
}
