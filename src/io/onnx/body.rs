//! [`Body`]: nodes and constants, as they are added one after another.

use super::messages::{AttributeProto, NodeProto, TensorProto, attribute_type, data_type};
use crate::Float;
use prost::Message;
use prost::bytes::Bytes;

/// The name of the operation in errors about a model that cannot be written.
pub(super) const OPERATION: &str = "to_onnx";

/// The type of numbers of a precision.
pub(super) fn type_of<F: Float>() -> i32 {
    if size_of::<F>() == 4 { data_type::FLOAT } else { data_type::DOUBLE }
}

/// Nodes and constants of a graph or a function.
#[derive(Debug, Default)]
pub(super) struct Body {
    pub(super) nodes: Vec<Bytes>,
    pub(super) initializers: Vec<Bytes>,
    count: usize,
}

/// The value of an attribute.
#[derive(Debug, Clone)]
pub(super) enum Attribute {
    Float(f32),
    Int(i64),
    Ints(Vec<i64>),
    Text(&'static str),
    /// An encoded one.
    Tensor(Bytes),
}

impl Body {
    /// Adds a node of ONNX with one output, and returns the output's name.
    pub(super) fn node(&mut self, operator: &str, inputs: &[&str], attributes: &[(&str, Attribute)]) -> String {
        self.node_in("", operator, inputs, attributes)
    }

    /// Adds a node of an operator of this domain with one output, and returns the output's name.
    pub(super) fn node_in(
        &mut self,
        domain: &str,
        operator: &str,
        inputs: &[&str],
        attributes: &[(&str, Attribute)],
    ) -> String {
        let output = format!("{}_{}", operator.to_lowercase(), self.count);
        self.node_to(&output, domain, operator, inputs, attributes);
        output
    }

    /// Adds a node with an output of this name, of an operator of this domain.
    pub(super) fn node_to(
        &mut self,
        output: &str,
        domain: &str,
        operator: &str,
        inputs: &[&str],
        attributes: &[(&str, Attribute)],
    ) {
        let node = NodeProto {
            input: inputs.iter().map(|&input| input.to_owned()).collect(),
            output: vec![output.to_owned()],
            name: format!("{operator}_{}", self.count),
            op_type: operator.to_owned(),
            attribute: attributes.iter().map(|(name, value)| encode_attribute(name, value)).collect(),
            domain: domain.to_owned(),
        };
        self.count += 1;
        self.nodes.push(node.encode_to_vec().into());
    }

    /// Adds a constant in the precision of the model.
    pub(super) fn constant<F: Float>(&mut self, name: String, sizes: &[usize], values: &[F]) -> String {
        let bytes = if size_of::<F>() == 4 {
            values.iter().flat_map(|value| (value.widen() as f32).to_le_bytes()).collect()
        } else {
            to_bytes(values.iter().map(|value| value.widen()))
        };
        self.initializer(numbers(name, type_of::<F>(), sizes, bytes))
    }

    /// Adds a constant in double precision.
    pub(super) fn double(&mut self, name: String, values: &[f64]) -> String {
        let bytes = to_bytes(values.iter().copied());
        self.initializer(numbers(name, data_type::DOUBLE, &[values.len()], bytes))
    }

    /// Adds a single number in the precision of the model, and returns its name.
    pub(super) fn scalar<F: Float>(&mut self, value: f64) -> String {
        let name = format!("constant_{}", self.count);
        self.count += 1;
        self.constant(name, &[], &[F::from_f64(value)])
    }

    /// Adds a tensor, and returns its name.
    pub(super) fn initializer(&mut self, tensor: TensorProto) -> String {
        self.initializers.push(tensor.encode_to_vec().into());
        tensor.name
    }
}

/// Makes a tensor of numbers that are bytes already.
fn numbers(name: String, data_type: i32, sizes: &[usize], bytes: Vec<u8>) -> TensorProto {
    let dims = sizes.iter().map(|&size| size as i64).collect();
    TensorProto { name, data_type, dims, raw_data: Some(bytes.into()), ..TensorProto::default() }
}

/// Makes a single number in double precision, for a node `Constant` in a function.
pub(super) fn double_scalar(value: f64) -> Attribute {
    let tensor = numbers(String::new(), data_type::DOUBLE, &[], value.to_le_bytes().to_vec());
    Attribute::Tensor(tensor.encode_to_vec().into())
}

fn to_bytes(values: impl Iterator<Item = f64>) -> Vec<u8> {
    values.flat_map(f64::to_le_bytes).collect()
}

fn encode_attribute(name: &str, value: &Attribute) -> Bytes {
    let mut attribute = AttributeProto { name: name.to_owned(), ..AttributeProto::default() };
    match value {
        Attribute::Float(number) => (attribute.f, attribute.r#type) = (Some(*number), attribute_type::FLOAT),
        Attribute::Int(number) => (attribute.i, attribute.r#type) = (Some(*number), attribute_type::INT),
        Attribute::Ints(numbers) => {
            attribute.ints = numbers.clone();
            attribute.r#type = attribute_type::INTS;
        }
        Attribute::Text(text) => {
            attribute.s = Some(Bytes::from_static(text.as_bytes()));
            attribute.r#type = attribute_type::STRING;
        }
        Attribute::Tensor(tensor) => {
            attribute.t = Some(tensor.clone());
            attribute.r#type = attribute_type::TENSOR;
        }
    }
    attribute.encode_to_vec().into()
}
