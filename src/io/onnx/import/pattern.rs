//! Activations and normalizations that exporters write as several nodes.
//!
//! Each pattern ends in one node, and is compared as a formula: products with their factors in any order.

use super::activation::clip_bounds;
use super::graph::Graph;
use super::linear::Found;
use super::node::Node;
use super::step::Step;
use crate::activation::{HardSwish, Mish, Softsign, Step as StepActivation};
use crate::{AnyActivation, Gelu, Silu, Softplus};
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_PI};
use std::io;

/// Reads the nodes that end in this one as one step, if they are one of the patterns.
pub(super) fn read<'g>(graph: &'g Graph, node: &'g Node, value: &'g str) -> io::Result<Found<'g>> {
    let pattern = Pattern { graph };
    let activation = match node.operator.as_str() {
        "Mul" | "Div" => {
            if let Some(found) = pattern.layer_norm(node)? {
                return Ok(Some(found));
            }
            match pattern.gated(value)? {
                Some(found) => Some(found),
                None => pattern.softsign(node)?,
            }
        }
        "Where" => pattern.softplus_with_threshold(node)?,
        "Cast" => pattern.step(node)?,
        _ => None,
    };
    Ok(activation.map(|(activation, input)| (vec![Step::Activation(activation)], input)))
}

type Activated<'g> = Option<(AnyActivation, &'g str)>;

/// A product: a number, and the values that it is multiplied with.
type Product<'g> = (f64, Vec<&'g str>);

/// Most factors of a product that is looked at: x · x · x and a number are the longest one of a pattern.
const MOST_FACTORS: usize = 4;

struct Pattern<'g> {
    graph: &'g Graph,
}

impl<'g> Pattern<'g> {
    /// Returns the node that makes this value, if it is of this operator.
    fn maker(&self, value: &str, operator: &str) -> Option<&'g Node> {
        self.graph.maker(value).filter(|node| node.operator == operator)
    }

    /// Returns the input of the node that makes this value, if it is of this operator.
    fn input_of(&self, value: &str, operator: &str) -> Option<&'g str> {
        self.maker(value, operator)?.input(0)
    }

    /// Reads a value as a product in which x is a factor and not a product itself. `None` if it has too many factors.
    fn product(&self, value: &'g str, x: &str) -> io::Result<Option<Product<'g>>> {
        let (mut number, mut factors, mut open) = (1.0, Vec::new(), vec![value]);
        while let Some(value) = open.pop() {
            if factors.len() + open.len() >= MOST_FACTORS {
                return Ok(None);
            }
            if let Some(constant) = self.graph.scalar(value)? {
                number *= constant;
            } else if let Some((factor, others)) = self.factors(value)?.filter(|_| value != x) {
                number *= factor;
                open.extend(others);
            } else {
                factors.push(value);
            }
        }
        Ok(Some((number, factors)))
    }

    /// Returns the factors of a value, if it is a product of values, a quotient by a number or a power.
    fn factors(&self, value: &str) -> io::Result<Option<Product<'g>>> {
        let Some(node) = self.graph.maker(value) else { return Ok(None) };
        let (Some(left), Some(right)) = (node.input(0), node.input(1)) else { return Ok(None) };
        Ok(match node.operator.as_str() {
            "Mul" => Some((1.0, vec![left, right])),
            "Div" => self.graph.scalar(right)?.map(|divisor| (1.0 / divisor, vec![left])),
            "Pow" => match self.graph.scalar(right)? {
                Some(2.0) => Some((1.0, vec![left; 2])),
                Some(3.0) => Some((1.0, vec![left; 3])),
                _ => None,
            },
            _ => None,
        })
    }

    /// Returns the values that a value is a product of, and those that these are products of.
    fn candidates(&self, value: &'g str) -> io::Result<Vec<&'g str>> {
        let mut found = vec![value];
        let mut next = 0;
        while next < found.len() && found.len() < 2 * MOST_FACTORS {
            let (_, factors) = self.factors(found[next])?.unwrap_or_default();
            for factor in factors {
                if !found.contains(&factor) {
                    found.push(factor);
                }
            }
            next += 1;
        }
        Ok(found.split_off(1))
    }

    /// Reads a value as `number + other`.
    fn sum(&self, value: &str) -> io::Result<Option<(f64, &'g str)>> {
        let Some(node) = self.maker(value, "Add") else { return Ok(None) };
        let (Some(left), Some(right)) = (node.input(0), node.input(1)) else { return Ok(None) };
        match (self.graph.scalar(left)?, self.graph.scalar(right)?) {
            (Some(number), None) => Ok(Some((number, right))),
            (None, Some(number)) => Ok(Some((number, left))),
            _ => Ok(None),
        }
    }

    /// x · gate(x), for each gate that the crate has.
    fn gated(&self, value: &'g str) -> io::Result<Activated<'g>> {
        for x in self.candidates(value)? {
            let Some((factor, factors)) = self.product(value, x)? else { continue };
            let gate = match factors[..] {
                [first, gate] if first == x => gate,
                [gate, second] if second == x => gate,
                _ => continue,
            };
            if let Some(activation) = self.gate(factor, x, gate)? {
                return Ok(Some((activation, x)));
            }
        }
        Ok(None)
    }

    /// Returns the activation that is `factor · x · gate`.
    fn gate(&self, factor: f64, x: &str, gate: &'g str) -> io::Result<Option<AnyActivation>> {
        if is_near(factor, 1.0) {
            if self.input_of(gate, "Sigmoid") == Some(x) {
                return Ok(Some(Silu.into()));
            }
            let softplus = self.input_of(gate, "Tanh").and_then(|inner| self.input_of(inner, "Softplus"));
            if softplus == Some(x) {
                return Ok(Some(Mish.into()));
            }
            if let Some(node) = self.maker(gate, "HardSigmoid").filter(|node| node.input(0) == Some(x)) {
                let (alpha, beta) = (node.float("alpha", 0.2), node.float("beta", 0.5));
                return Ok((is_near(alpha, 1.0 / 6.0) && is_near(beta, 0.5)).then_some(HardSwish.into()));
            }
        }
        if is_near(factor, 1.0 / 6.0) {
            let Some(clip) = self.maker(gate, "Clip") else { return Ok(None) };
            let is_relu6 = clip_bounds(self.graph, clip)? == (0.0, 6.0);
            let is_shifted = self.sum(clip.required(0)?)? == Some((3.0, x));
            return Ok((is_relu6 && is_shifted).then_some(HardSwish.into()));
        }
        if is_near(factor, 0.5) {
            return Ok(match self.sum(gate)? {
                Some((1.0, inner)) => self.gelu(x, inner)?,
                _ => None,
            });
        }
        Ok(None)
    }

    /// Returns the Gelu whose gate is `(1 + inner) / 2`.
    fn gelu(&self, x: &str, inner: &'g str) -> io::Result<Option<AnyActivation>> {
        if let Some(argument) = self.input_of(inner, "Erf") {
            let product = self.product(argument, x)?;
            let is_exact = product.is_some_and(|(factor, x_)| is_near(factor, FRAC_1_SQRT_2) && x_ == [x]);
            return Ok(is_exact.then_some(Gelu::Exact.into()));
        }
        let Some(argument) = self.input_of(inner, "Tanh") else { return Ok(None) };
        let Some((factor, factors)) = self.product(argument, x)? else { return Ok(None) };
        if !is_near(factor, FRAC_2_PI.sqrt()) {
            return Ok(None);
        }
        // √(2/π) (x + 0.044715 x³), or √(2/π) x (1 + 0.044715 x²).
        let is_polynomial = match factors[..] {
            [sum] => {
                let Some(node) = self.maker(sum, "Add") else { return Ok(None) };
                let [left, right] = [node.required(0)?, node.required(1)?];
                let power = if left == x { right } else { left };
                (left == x || right == x) && self.is_power(power, x, 3)?
            }
            [one, other] => {
                let sum = if one == x { other } else { one };
                let square = self.sum(sum)?;
                (one == x || other == x) && matches!(square, Some((1.0, square)) if self.is_power(square, x, 2)?)
            }
            _ => false,
        };
        Ok(is_polynomial.then_some(Gelu::Tanh.into()))
    }

    /// Returns whether a value is 0.044715 times this power of x.
    fn is_power(&self, value: &'g str, x: &str, power: usize) -> io::Result<bool> {
        let Some((factor, factors)) = self.product(value, x)? else { return Ok(false) };
        Ok(is_near(factor, 0.044715) && factors.len() == power && factors.iter().all(|&factor| factor == x))
    }

    /// x / (1 + |x|).
    fn softsign(&self, node: &'g Node) -> io::Result<Activated<'g>> {
        let [x, divisor] = [node.required(0)?, node.required(1)?];
        if node.operator != "Div" {
            return Ok(None);
        }
        Ok(match self.sum(divisor)? {
            Some((1.0, size)) if self.input_of(size, "Abs") == Some(x) => Some((Softsign.into(), x)),
            _ => None,
        })
    }

    /// Softplus(x), but x where x is above a threshold of at least 20, where the two differ by less than 3e-9.
    fn softplus_with_threshold(&self, node: &'g Node) -> io::Result<Activated<'g>> {
        let [is_above, x, softplus] = [node.required(0)?, node.required(1)?, node.required(2)?];
        let Some(greater) = self.maker(is_above, "Greater") else { return Ok(None) };
        let threshold = graph_scalar(self.graph, greater.input(1))?;
        let is_one = self.input_of(softplus, "Softplus") == Some(x) && greater.input(0) == Some(x);
        Ok((is_one && threshold.is_some_and(|threshold| threshold >= 20.0)).then_some((Softplus.into(), x)))
    }

    /// x > 0, as a number.
    fn step(&self, node: &'g Node) -> io::Result<Activated<'g>> {
        let Some(greater) = self.maker(node.required(0)?, "Greater") else { return Ok(None) };
        let is_zero = graph_scalar(self.graph, greater.input(1))? == Some(0.0);
        Ok(greater.input(0).filter(|_| is_zero).map(|x| (StepActivation.into(), x)))
    }

    /// (x - mean) / √(variance + ε) over the last axis.
    fn layer_norm(&self, node: &'g Node) -> io::Result<Found<'g>> {
        let [centred, deviation] = [node.required(0)?, node.required(1)?];
        let (Some(difference), Some(sum)) = (self.maker(centred, "Sub"), self.input_of(deviation, "Sqrt")) else {
            return Ok(None);
        };
        let (Some((epsilon, variance)), "Div") = (self.sum(sum)?, node.operator.as_str()) else { return Ok(None) };
        let Some(square) = self.mean(variance)? else { return Ok(None) };
        let is_square = self.product(square, centred)? == Some((1.0, vec![centred; 2]));
        let x = difference.required(0)?;
        let is_centred = self.mean(difference.required(1)?)? == Some(x);
        let step = Step::LayerNorm { gamma: None, beta: None, epsilon, axis: -1 };
        Ok((is_square && is_centred).then(|| (vec![step], x)))
    }

    /// Returns the value whose mean over the last axis this value is.
    fn mean(&self, value: &str) -> io::Result<Option<&'g str>> {
        let Some(node) = self.maker(value, "ReduceMean") else { return Ok(None) };
        // An attribute up to version 17, an input since.
        let is_last = match node.input(1) {
            Some(axes) => self.graph.scalar(axes)? == Some(-1.0),
            None => node.ints("axes") == [-1],
        };
        Ok(node.input(0).filter(|_| is_last && node.int("keepdims", 1) == 1))
    }
}

fn graph_scalar(graph: &Graph, value: Option<&str>) -> io::Result<Option<f64>> {
    value.map_or(Ok(None), |value| graph.scalar(value))
}

/// Returns whether a number is this one, up to rounding to single precision.
fn is_near(number: f64, expected: f64) -> bool {
    (number - expected).abs() <= 1e-6 * expected.abs()
}
