//! Steps of linear operators and normalizations: Gemm, MatMul, Add, Scaler, BatchNormalization, ...

use super::super::functions::DOMAIN;
use super::graph::Graph;
use super::node::Node;
use super::step::Step;
use crate::io::Tensor;
use std::io;

/// What a node does: its steps, last first, and the value that it does it with.
pub(super) type Found<'g> = Option<(Vec<Step>, &'g str)>;

/// Reads a node of one of these operators.
pub(super) fn read<'g>(graph: &Graph, node: &'g Node) -> io::Result<Found<'g>> {
    match node.operator.as_str() {
        "Gemm" => gemm(graph, node).map(Some),
        "MatMul" => {
            let weight = parameter(graph, node, 1, "a weight")?;
            let step = Step::Multiply { weight, is_transposed: false, alpha: 1.0 };
            Ok(Some((vec![step], node.required(0)?)))
        }
        "Add" | "Sub" | "Mul" | "Div" => arithmetic(graph, node),
        "Neg" => Ok(Some((vec![Step::Scale(number(-1.0)?)], node.required(0)?))),
        "ai.onnx.ml.Scaler" => scaler(node).map(Some),
        "BatchNormalization" | "feedforward.BatchNormalization" => batch_norm(graph, node).map(Some),
        "LayerNormalization" | "feedforward.LayerNormalization" => layer_norm(graph, node).map(Some),
        _ => Ok(None),
    }
}

/// Returns an input that must be a constant.
fn parameter(graph: &Graph, node: &Node, index: usize, what: &str) -> io::Result<Tensor> {
    let constant = graph.constant(node.required(index)?).map_err(|error| node.fault(error))?;
    constant.ok_or_else(|| node.fault(format!("expected {what} that is a constant as input {index}, found data")))
}

/// Makes a tensor of one number.
pub(super) fn number(value: f64) -> io::Result<Tensor> {
    Tensor::new(Vec::new(), vec![value]).map_err(|error| io::Error::other(error.to_string()))
}

/// alpha · A · B + beta · C.
fn gemm<'g>(graph: &Graph, node: &'g Node) -> io::Result<(Vec<Step>, &'g str)> {
    if node.int("transA", 0) != 0 {
        return Err(node.fault("expected rows as data, found transposed data (transA)"));
    }
    let weight = parameter(graph, node, 1, "a weight")?;
    let (is_transposed, alpha) = (node.int("transB", 0) != 0, node.float("alpha", 1.0));
    let mut steps = Vec::new();
    if node.input(2).is_some() {
        let constant = parameter(graph, node, 2, "a bias")?;
        steps.push(Step::Add { constant, sign: node.float("beta", 1.0) });
    }
    steps.push(Step::Multiply { weight, is_transposed, alpha });
    Ok((steps, node.required(0)?))
}

/// Addition and multiplication of data and a constant, on either side where it makes sense.
fn arithmetic<'g>(graph: &Graph, node: &'g Node) -> io::Result<Found<'g>> {
    let (left, right) = (node.required(0)?, node.required(1)?);
    let constants = [left, right].map(|value| graph.is_constant(value));
    let (data, index) = match constants {
        [false, true] => (left, 1),
        [true, false] => (right, 0),
        _ => return Ok(None),
    };
    let constant = parameter(graph, node, index, "a number")?;
    let add = |sign| vec![Step::Add { constant: constant.clone(), sign }];
    Ok(Some(match (node.operator.as_str(), index) {
        ("Add", _) => (add(1.0), data),
        ("Sub", 1) => (add(-1.0), data),
        ("Sub", _) => (vec![Step::Add { constant, sign: 1.0 }, Step::Scale(number(-1.0)?)], data),
        ("Mul", _) => (vec![Step::Scale(constant)], data),
        ("Div", 1) => (vec![Step::Divide(constant)], data),
        _ => return Err(node.fault("expected data divided by a constant, found a constant divided by data")),
    }))
}

/// (x - offset) · scale, of scikit-learn's scalers.
fn scaler(node: &Node) -> io::Result<(Vec<Step>, &str)> {
    let tensor = |name: &str| {
        let numbers = node.floats(name).to_vec();
        let constant = Tensor::new(vec![numbers.len()], numbers).map_err(|error| node.fault(error))?;
        if constant.shape() == [0] {
            return Err(node.fault(format!("expected numbers called {name}, found none")));
        }
        Ok(constant)
    };
    let steps = vec![Step::Scale(tensor("scale")?), Step::Add { constant: tensor("offset")?, sign: -1.0 }];
    Ok((steps, node.required(0)?))
}

fn batch_norm<'g>(graph: &Graph, node: &'g Node) -> io::Result<(Vec<Step>, &'g str)> {
    if node.int("training_mode", 0) != 0 {
        return Err(node.fault("expected a model for prediction, found training_mode"));
    }
    let [gamma, beta, mean, variance] = [1, 2, 3, 4].map(|index| parameter(graph, node, index, "a parameter"));
    let parameters = [gamma?, beta?, mean?, variance?];
    let step = Step::BatchNorm { parameters, epsilon: epsilon(graph, node, 5)? };
    Ok((vec![step], node.required(0)?))
}

fn layer_norm<'g>(graph: &Graph, node: &'g Node) -> io::Result<(Vec<Step>, &'g str)> {
    let gamma = Some(parameter(graph, node, 1, "a scale")?);
    let beta = node.input(2).map(|_| parameter(graph, node, 2, "a bias")).transpose()?;
    let (epsilon, axis) = (epsilon(graph, node, 3)?, node.int("axis", -1));
    Ok((vec![Step::LayerNorm { gamma, beta, epsilon, axis }], node.required(0)?))
}

/// Returns the epsilon: a setting, or the last input of the crate's own functions.
fn epsilon(graph: &Graph, node: &Node, index: usize) -> io::Result<f64> {
    if !node.operator.starts_with(DOMAIN) {
        return Ok(node.float("epsilon", 1e-5));
    }
    let number = graph.scalar(node.required(index)?)?;
    number.ok_or_else(|| node.fault("expected a number as epsilon, found data"))
}
