//! [`Node`]: one application of an operator, with its settings.

use super::super::constant::read_text;
use super::super::functions;
use super::super::messages::{AttributeProto, NodeProto, Reader, TensorProto, data_type};
use crate::data::{invalid_data, quote};
use prost::bytes::Bytes;
use std::io;

/// A node.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) index: usize,
    /// The operator: "Gemm", or with its domain "ai.onnx.ml.Scaler".
    pub(super) operator: String,
    name: String,
    pub(super) inputs: Vec<String>,
    pub(super) outputs: Vec<String>,
    attributes: Vec<AttributeProto>,
}

impl Node {
    /// Returns an input, if it is there: exporters leave trailing ones out, and name others with an empty text.
    pub(super) fn input(&self, index: usize) -> Option<&str> {
        self.inputs.get(index).map(String::as_str).filter(|name| !name.is_empty())
    }

    /// Returns an input that must be there.
    pub(super) fn required(&self, index: usize) -> io::Result<&str> {
        let missing = || self.fault(format!("expected an input {index} (counted from 0), found none"));
        self.input(index).ok_or_else(missing)
    }

    fn attribute(&self, name: &str) -> Option<&AttributeProto> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// Returns whether it has an attribute of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.attribute(name).is_some()
    }

    /// Returns a setting. Settings are in single precision: the shortest decimal number of each is what was meant.
    pub(super) fn float(&self, name: &str, default: f64) -> f64 {
        let number = self.attribute(name).and_then(|attribute| attribute.f);
        number.map_or(default, |number| number.to_string().parse().unwrap_or_else(|_| f64::from(number)))
    }

    pub(super) fn int(&self, name: &str, default: i64) -> i64 {
        self.attribute(name).and_then(|attribute| attribute.i).unwrap_or(default)
    }

    pub(super) fn ints(&self, name: &str) -> &[i64] {
        self.attribute(name).map_or(&[], |attribute| &attribute.ints)
    }

    pub(super) fn floats(&self, name: &str) -> &[f32] {
        self.attribute(name).map_or(&[], |attribute| &attribute.floats)
    }

    pub(super) fn text(&self, name: &str) -> io::Result<Option<String>> {
        self.attribute(name).and_then(|attribute| attribute.s.as_ref()).map(|text| read_text(text)).transpose()
    }

    /// Makes an error of this node.
    pub(super) fn fault(&self, text: impl std::fmt::Display) -> io::Error {
        let Self { index, name, operator, .. } = self;
        let operator = quote(operator.as_bytes());
        invalid_data(format!("node {index} {} ({}): {text}", quote(name.as_bytes()), operator.replace('"', "")))
    }
}

/// Reads a node. One that calls a function of the crate gets the function's name as operator.
pub(super) fn read(reader: &mut Reader, index: usize, bytes: &Bytes, own_functions: &[&str]) -> io::Result<Node> {
    let NodeProto { input, output, name, op_type, attribute, domain } = reader.read(bytes)?;
    let operator = match domain.as_str() {
        "" | "ai.onnx" => op_type,
        functions::DOMAIN if !own_functions.contains(&op_type.as_str()) => format!("{domain}.{op_type} (unknown)"),
        _ => format!("{domain}.{op_type}"),
    };
    let mut node = Node { index, operator, name, inputs: input, outputs: output, attributes: Vec::new() };
    node.attributes = reader.read_all(&attribute).map_err(|error| node.fault(error))?;
    Ok(node)
}

/// Reads the tensor of a node `Constant`.
pub(super) fn read_constant(reader: &mut Reader, node: &Node) -> io::Result<TensorProto> {
    let [attribute] = &node.attributes[..] else {
        return Err(node.fault(format!("expected one value, found {}", node.attributes.len())));
    };
    let one = |data_type| TensorProto { data_type, ..TensorProto::default() };
    let many = |data_type, count: usize| TensorProto { dims: vec![count as i64], ..one(data_type) };
    let AttributeProto { f, i, t, floats, ints, strings, .. } = attribute;
    Ok(match (attribute.name.as_str(), f, i, t) {
        ("value", _, _, Some(bytes)) => reader.read(bytes).map_err(|error| node.fault(error))?,
        ("value_float", Some(number), _, _) => TensorProto { float_data: vec![*number], ..one(data_type::FLOAT) },
        ("value_int", _, Some(number), _) => TensorProto { int64_data: vec![*number], ..one(data_type::INT64) },
        ("value_floats", ..) => TensorProto { float_data: floats.clone(), ..many(data_type::FLOAT, floats.len()) },
        ("value_ints", ..) => TensorProto { int64_data: ints.clone(), ..many(data_type::INT64, ints.len()) },
        ("value_strings", ..) => TensorProto { string_data: strings.clone(), ..many(data_type::STRING, strings.len()) },
        (other, ..) => return Err(node.fault(format!("expected a tensor, found {}", quote(other.as_bytes())))),
    })
}
