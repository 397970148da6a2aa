//! The way back from an output to the input: what a graph does, step by step.

use super::graph::Graph;
use super::linear::Found;
use super::node::Node;
use super::step::{Located, Step};
use super::{activation, linear, pattern, shape};
use crate::data::{invalid_data, quote};
use std::io;

/// The operators that the importer knows.
const SUPPORTED: &str = "Gemm, MatMul, Add, Sub, Mul, Div, Neg, Scaler, BatchNormalization, LayerNormalization, Relu, \
    LeakyRelu, Elu, Selu, Sigmoid, HardSigmoid, Tanh, Softplus, Softsign, Gelu, Swish, Mish, HardSwish, Clip, Max, \
    Min, PRelu, Softmax, LogSoftmax, Identity, Dropout, Flatten, Reshape, Squeeze, Unsqueeze, Cast, Constant";

/// Most shortcuts inside of each other.
const MOST_NESTED: usize = 32;

/// Returns the steps that lead from the value `from` to the value `to`, first to last.
pub(super) fn walk(graph: &Graph, from: &str, to: &str) -> io::Result<Vec<Located>> {
    walk_nested(graph, from, to, 0, &invalid_data)
}

/// Does the same inside of `depth` shortcuts; `fault` makes the error of a value that does not depend on `from` alone.
fn walk_nested(
    graph: &Graph,
    from: &str,
    to: &str,
    depth: usize,
    fault: &dyn Fn(String) -> io::Error,
) -> io::Result<Vec<Located>> {
    let mut steps = Vec::new();
    let mut value = to;
    while value != from {
        if graph.is_constant(value) {
            return Err(fault(format!("expected data, found the constant {}", quote(value.as_bytes()))));
        }
        if graph.order(value) <= graph.order(from) {
            let [from, to] = [from, to].map(|name| quote(name.as_bytes()));
            return Err(fault(format!("expected {to} to depend on {from} alone, found that it does not")));
        }
        let (found, before) = read(graph, value, depth)?;
        steps.extend(found);
        value = before;
    }
    steps.reverse();
    Ok(steps)
}

/// Returns the steps that make a value, last first, and the value that they start from.
fn read<'g>(graph: &'g Graph, value: &'g str, depth: usize) -> io::Result<(Vec<Located>, &'g str)> {
    let Some(node) = graph.maker(value) else {
        let fault = "expected the first output alone to be used, found another one";
        return Err(graph.side_maker(value).map_or_else(|| invalid_data(fault), |node| node.fault(fault)));
    };
    let readers: [&dyn Fn() -> io::Result<Found<'g>>; 5] = [
        &|| pattern::read(graph, node, value),
        &|| linear::read(graph, node),
        &|| activation::read(graph, node),
        &|| shape::read(graph, node),
        &|| two_classes(graph, node),
    ];
    for read in readers {
        if let Some((steps, before)) = read()? {
            return Ok((steps.into_iter().map(|step| Located { node: node.index, step }).collect(), before));
        }
    }
    let (left, right) = match (node.operator.as_str(), node.input(0), node.input(1)) {
        ("Add", Some(left), Some(right)) => (left, right),
        ("Sub" | "Mul" | "Div", _, _) => return Err(node.fault("expected a constant on one side, found data on both")),
        _ => return Err(node.fault(format!("expected an operator of a layer; supported are {SUPPORTED}"))),
    };
    let step = if left == right {
        Step::Scale(linear::number(2.0)?)
    } else {
        if depth == MOST_NESTED {
            return Err(
                node.fault(format!("expected at most {MOST_NESTED} shortcuts inside of each other, found more"))
            );
        }
        // A shortcut starts at the value that is made first.
        let is_left_first = graph.order(left) < graph.order(right);
        let (start, end) = if is_left_first { (left, right) } else { (right, left) };
        let fault = |text: String| node.fault(format!("expected a shortcut, x + f(x): {text}"));
        let inner = walk_nested(graph, start, end, depth + 1, &fault)?;
        return Ok((vec![Located { node: node.index, step: Step::Residual(inner) }], start));
    };
    Ok((vec![Located { node: node.index, step }], left))
}

/// Reads (1 - p, p) of a sigmoid p, as scikit-learn's classifiers of two classes end.
fn two_classes<'g>(graph: &'g Graph, node: &'g Node) -> io::Result<Found<'g>> {
    let [first, second] = &node.inputs[..] else { return Ok(None) };
    let (Some(rest), Some(sigmoid)) = (graph.maker(first), graph.maker(second)) else { return Ok(None) };
    let is_pair = node.operator == "Concat" && matches!(node.int("axis", 0), 1 | -1);
    if !is_pair || rest.operator != "Sub" || sigmoid.operator != "Sigmoid" || rest.input(1) != Some(second) {
        return Ok(None);
    }
    let is_one = graph.scalar(rest.required(0)?)? == Some(1.0);
    Ok(sigmoid.input(0).filter(|_| is_one).map(|before| (vec![Step::TwoClasses], before)))
}
