//! The messages of ONNX that the crate reads and writes, with the field numbers of `onnx.proto`.
//!
//! A message inside another one stays bytes until [`Reader::read`] is asked for it: so no file can nest messages until
//! the stack overflows, and the numbers of a large tensor are not copied while a file is read.

use crate::data::invalid_data;
use prost::Message;
use prost::bytes::Bytes;
use std::io;

/// A file: the graph, and the operators it is written in.
#[derive(Clone, PartialEq, Message)]
pub(super) struct ModelProto {
    #[prost(int64, tag = "1")]
    pub(super) ir_version: i64,
    #[prost(string, tag = "2")]
    pub(super) producer_name: String,
    #[prost(string, tag = "3")]
    pub(super) producer_version: String,
    /// One; a file with more is refused.
    #[prost(bytes = "bytes", repeated, tag = "7")]
    pub(super) graph: Vec<Bytes>,
    #[prost(bytes = "bytes", repeated, tag = "8")]
    pub(super) opset_import: Vec<Bytes>,
    #[prost(bytes = "bytes", repeated, tag = "14")]
    pub(super) metadata_props: Vec<Bytes>,
    #[prost(bytes = "bytes", repeated, tag = "25")]
    pub(super) functions: Vec<Bytes>,
}

/// A set of operators and its version; the empty domain is that of ONNX itself.
#[derive(Clone, PartialEq, Message)]
pub(super) struct OperatorSetIdProto {
    #[prost(string, tag = "1")]
    pub(super) domain: String,
    #[prost(int64, tag = "2")]
    pub(super) version: i64,
}

/// A pair of texts.
#[derive(Clone, PartialEq, Message)]
pub(super) struct StringStringEntryProto {
    #[prost(string, tag = "1")]
    pub(super) key: String,
    #[prost(string, tag = "2")]
    pub(super) value: String,
}

/// Nodes in an order in which they can run, constants, inputs and outputs.
#[derive(Clone, PartialEq, Message)]
pub(super) struct GraphProto {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    pub(super) node: Vec<Bytes>,
    #[prost(string, tag = "2")]
    pub(super) name: String,
    #[prost(bytes = "bytes", repeated, tag = "5")]
    pub(super) initializer: Vec<Bytes>,
    #[prost(bytes = "bytes", repeated, tag = "11")]
    pub(super) input: Vec<Bytes>,
    #[prost(bytes = "bytes", repeated, tag = "12")]
    pub(super) output: Vec<Bytes>,
    #[prost(bytes = "bytes", repeated, tag = "15")]
    pub(super) sparse_initializer: Vec<Bytes>,
}

/// A function that the file defines, to be used like an operator.
#[derive(Clone, PartialEq, Message)]
pub(super) struct FunctionProto {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(string, repeated, tag = "4")]
    pub(super) input: Vec<String>,
    #[prost(string, repeated, tag = "5")]
    pub(super) output: Vec<String>,
    #[prost(bytes = "bytes", repeated, tag = "7")]
    pub(super) node: Vec<Bytes>,
    #[prost(bytes = "bytes", repeated, tag = "9")]
    pub(super) opset_import: Vec<Bytes>,
    #[prost(string, tag = "10")]
    pub(super) domain: String,
}

/// One application of an operator.
#[derive(Clone, PartialEq, Message)]
pub(super) struct NodeProto {
    #[prost(string, repeated, tag = "1")]
    pub(super) input: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    pub(super) output: Vec<String>,
    #[prost(string, tag = "3")]
    pub(super) name: String,
    #[prost(string, tag = "4")]
    pub(super) op_type: String,
    #[prost(bytes = "bytes", repeated, tag = "5")]
    pub(super) attribute: Vec<Bytes>,
    #[prost(string, tag = "7")]
    pub(super) domain: String,
}

/// A setting of a node. Graphs inside attributes belong to operators that are no layers, and are not read.
#[derive(Clone, PartialEq, Message)]
pub(super) struct AttributeProto {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(float, optional, tag = "2")]
    pub(super) f: Option<f32>,
    #[prost(int64, optional, tag = "3")]
    pub(super) i: Option<i64>,
    #[prost(bytes = "bytes", optional, tag = "4")]
    pub(super) s: Option<Bytes>,
    #[prost(bytes = "bytes", optional, tag = "5")]
    pub(super) t: Option<Bytes>,
    #[prost(float, repeated, tag = "7")]
    pub(super) floats: Vec<f32>,
    #[prost(int64, repeated, tag = "8")]
    pub(super) ints: Vec<i64>,
    #[prost(bytes = "bytes", repeated, tag = "9")]
    pub(super) strings: Vec<Bytes>,
    /// One of the numbers below.
    #[prost(int32, tag = "20")]
    pub(super) r#type: i32,
}

/// The types of attributes that the crate writes or tells apart.
pub(super) mod attribute_type {
    pub(in super::super) const FLOAT: i32 = 1;
    pub(in super::super) const INT: i32 = 2;
    pub(in super::super) const STRING: i32 = 3;
    pub(in super::super) const TENSOR: i32 = 4;
    pub(in super::super) const INTS: i32 = 7;
}

/// Numbers or texts with a shape, in the field of their type, as raw bytes or in a file beside the model.
#[derive(Clone, PartialEq, Message)]
pub(super) struct TensorProto {
    #[prost(int64, repeated, tag = "1")]
    pub(super) dims: Vec<i64>,
    /// One of the numbers of [`data_type`].
    #[prost(int32, tag = "2")]
    pub(super) data_type: i32,
    #[prost(bytes = "bytes", optional, tag = "3")]
    pub(super) segment: Option<Bytes>,
    #[prost(float, repeated, tag = "4")]
    pub(super) float_data: Vec<f32>,
    #[prost(int32, repeated, tag = "5")]
    pub(super) int32_data: Vec<i32>,
    #[prost(bytes = "bytes", repeated, tag = "6")]
    pub(super) string_data: Vec<Bytes>,
    #[prost(int64, repeated, tag = "7")]
    pub(super) int64_data: Vec<i64>,
    #[prost(string, tag = "8")]
    pub(super) name: String,
    #[prost(bytes = "bytes", optional, tag = "9")]
    pub(super) raw_data: Option<Bytes>,
    #[prost(double, repeated, tag = "10")]
    pub(super) double_data: Vec<f64>,
    #[prost(bytes = "bytes", repeated, tag = "13")]
    pub(super) external_data: Vec<Bytes>,
    /// 1 for a file beside the model.
    #[prost(int32, tag = "14")]
    pub(super) data_location: i32,
}

/// The types of elements that the crate reads or writes.
pub(super) mod data_type {
    pub(in super::super) const FLOAT: i32 = 1;
    pub(in super::super) const INT32: i32 = 6;
    pub(in super::super) const INT64: i32 = 7;
    pub(in super::super) const STRING: i32 = 8;
    pub(in super::super) const BOOL: i32 = 9;
    pub(in super::super) const FLOAT16: i32 = 10;
    pub(in super::super) const DOUBLE: i32 = 11;
    pub(in super::super) const BFLOAT16: i32 = 16;

    /// Returns whether numbers of this type are floating-point numbers that the crate reads.
    pub(in super::super) fn is_float(data_type: i32) -> bool {
        matches!(data_type, FLOAT | FLOAT16 | DOUBLE | BFLOAT16)
    }

    /// Returns the name of a type, as ONNX writes it.
    pub(in super::super) fn name(data_type: i32) -> String {
        const NAMES: [&str; 17] = [
            "UNDEFINED",
            "FLOAT",
            "UINT8",
            "INT8",
            "UINT16",
            "INT16",
            "INT32",
            "INT64",
            "STRING",
            "BOOL",
            "FLOAT16",
            "DOUBLE",
            "UINT32",
            "UINT64",
            "COMPLEX64",
            "COMPLEX128",
            "BFLOAT16",
        ];
        let known = usize::try_from(data_type).ok().and_then(|index| NAMES.get(index));
        known.map_or_else(|| format!("type {data_type}"), |&name| name.to_owned())
    }
}

/// Name and type of an input or output.
#[derive(Clone, PartialEq, Message)]
pub(super) struct ValueInfoProto {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(message, optional, tag = "2")]
    pub(super) r#type: Option<TypeProto>,
}

/// The type of a value; only tensors are told apart.
#[derive(Clone, PartialEq, Message)]
pub(super) struct TypeProto {
    #[prost(message, optional, tag = "1")]
    pub(super) tensor_type: Option<TensorTypeProto>,
}

/// The type of a tensor.
#[derive(Clone, PartialEq, Message)]
pub(super) struct TensorTypeProto {
    #[prost(int32, tag = "1")]
    pub(super) elem_type: i32,
    #[prost(bytes = "bytes", optional, tag = "2")]
    pub(super) shape: Option<Bytes>,
}

/// The sizes of a tensor.
#[derive(Clone, PartialEq, Message)]
pub(super) struct TensorShapeProto {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    pub(super) dim: Vec<Bytes>,
}

/// A size: a number, a name, or neither.
#[derive(Clone, PartialEq, Message)]
pub(super) struct DimensionProto {
    #[prost(int64, optional, tag = "1")]
    pub(super) dim_value: Option<i64>,
    #[prost(string, optional, tag = "2")]
    pub(super) dim_param: Option<String>,
}

/// Texts and messages that a file may have, all in all.
///
/// Each takes up to some hundred bytes of memory, but only 2 bytes of the file if it is empty. A network of a thousand
/// layers has some ten thousand.
const MOST_FIELDS: usize = 1 << 18;

/// Reads messages, and counts the fields that take more memory than the file has bytes for them.
#[derive(Debug)]
pub(super) struct Reader {
    fields_left: usize,
}

impl Reader {
    pub(super) fn new() -> Self {
        Self { fields_left: MOST_FIELDS }
    }

    /// Reads one message; the messages in it stay bytes.
    pub(super) fn read<M: Message + Default>(&mut self, bytes: &Bytes) -> io::Result<M> {
        let fields = count_fields(bytes).ok_or_else(|| invalid_data("expected a whole ONNX model, found damage"))?;
        self.fields_left = self
            .fields_left
            .checked_sub(fields)
            .ok_or_else(|| invalid_data(format!("expected at most {MOST_FIELDS} texts and messages, found more")))?;
        M::decode(bytes.clone()).map_err(|error| invalid_data(format!("expected an ONNX model, found damage: {error}")))
    }

    /// Reads several messages.
    pub(super) fn read_all<M: Message + Default>(&mut self, messages: &[Bytes]) -> io::Result<Vec<M>> {
        messages.iter().map(|bytes| self.read(bytes)).collect()
    }
}

/// Counts the fields of a message that have a length: texts, messages, packed numbers. Returns `None` for a message
/// that is damaged.
fn count_fields(mut bytes: &[u8]) -> Option<usize> {
    let mut fields = 0;
    while !bytes.is_empty() {
        let key = take_varint(&mut bytes)?;
        let length = match key & 7 {
            0 => take_varint(&mut bytes).map(|_| 0)?,
            1 => 8,
            2 => {
                fields += 1;
                usize::try_from(take_varint(&mut bytes)?).ok()?
            }
            5 => 4,
            // Groups, which ONNX does not have.
            _ => return None,
        };
        bytes = bytes.get(length..)?;
    }
    Some(fields)
}

/// Takes a number of up to 64 bits, 7 in each byte, lowest first.
fn take_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for index in 0..10 {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << (7 * index);
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}
