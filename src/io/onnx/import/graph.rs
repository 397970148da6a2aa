//! [`Graph`]: the nodes and constants of a file, checked, to be looked up by name.

use super::super::constant::{read_numbers, read_texts, sizes, transpose};
use super::super::external::External;
use super::super::functions;
use super::super::messages::{
    DimensionProto, GraphProto, ModelProto, OperatorSetIdProto, Reader, StringStringEntryProto, TensorProto,
    TensorShapeProto, ValueInfoProto, data_type,
};
use super::node::{self, Node};
use crate::data::{invalid_data, list, quote};
use crate::io::{Tensor, Values};
use prost::bytes::Bytes;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::Path;

/// A graph whose nodes are in an order in which they can run, and whose names are unique.
#[derive(Debug)]
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
    /// What makes each value.
    makers: HashMap<String, Maker>,
    constants: Vec<TensorProto>,
    /// The one input that is no constant.
    pub(super) input: Input,
    pub(super) outputs: Vec<Output>,
    /// The version of ONNX's operators.
    pub(super) opset: i64,
    pub(super) metadata: BTreeMap<String, String>,
    sources: RefCell<Sources>,
}

/// What constants are read from, and how much more may be read.
#[derive(Debug)]
struct Sources {
    reader: Reader,
    external: External,
    /// Bytes of the file.
    file: u64,
    /// Numbers that constants had up to now.
    numbers: u64,
}

#[derive(Debug, Clone, Copy)]
enum Maker {
    Input,
    /// A tensor of the graph, or that of a node `Constant`.
    Constant(usize),
    /// The output of this index of this node.
    Node(usize, usize),
}

/// The input of the graph.
#[derive(Debug)]
pub(super) struct Input {
    pub(super) name: String,
    /// The sizes, `None` where the file does not fix one; the whole is `None` when the file does not say.
    pub(super) sizes: Option<Vec<Option<usize>>>,
}

/// An output of the graph.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) name: String,
    /// Whether it holds labels, which are integers or texts.
    pub(super) is_label: bool,
}

/// Most numbers that constants may have besides one for each byte of the files.
///
/// A single number can stand for one in each column, and a tensor can be used many times; files do so in small ways.
const MORE_NUMBERS: u64 = 1 << 14;

/// Versions of ONNX's operators that the importer knows.
const OPSETS: std::ops::RangeInclusive<i64> = 7..=28;

impl Graph {
    /// Reads a file.
    pub(super) fn read(bytes: Vec<u8>, folder: Option<&Path>) -> io::Result<Self> {
        let file = bytes.len() as u64;
        let mut reader = Reader::new();
        let model: ModelProto = reader.read(&Bytes::from(bytes))?;
        let [graph] = &model.graph[..] else {
            return Err(invalid_data(format!("expected a model with one graph, found {}", model.graph.len())));
        };
        let opset = read_opset(&mut reader, &model)?;
        let graph: GraphProto = reader.read(graph)?;
        if !graph.sparse_initializer.is_empty() {
            return Err(invalid_data("expected dense tensors, found sparse ones"));
        }
        let mut makers = HashMap::new();
        let mut constants: Vec<TensorProto> = reader.read_all(&graph.initializer)?;
        for (index, tensor) in constants.iter().enumerate() {
            insert(&mut makers, &tensor.name, Maker::Constant(index))?;
        }
        let input = read_input(&mut reader, &graph, &mut makers)?;
        let own_functions = read_functions(&model, opset);
        let mut nodes = Vec::with_capacity(graph.node.len());
        for (index, bytes) in graph.node.iter().enumerate() {
            let node = node::read(&mut reader, index, bytes, &own_functions)?;
            for input in node.inputs.iter().filter(|input| !input.is_empty()) {
                if !makers.contains_key(input) {
                    let found = format!("{}, which nothing before it makes", quote(input.as_bytes()));
                    return Err(node.fault(format!("expected nodes in the order in which they run, found {found}")));
                }
            }
            if let ("Constant", [name]) = (node.operator.as_str(), &node.outputs[..]) {
                insert(&mut makers, name, Maker::Constant(constants.len()))?;
                constants.push(node::read_constant(&mut reader, &node)?);
                nodes.push(node);
                continue;
            }
            for (output, name) in node.outputs.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
                insert(&mut makers, name, Maker::Node(index, output))?;
            }
            nodes.push(node);
        }
        let outputs = read_outputs(&mut reader, &graph, &makers)?;
        let entries: Vec<StringStringEntryProto> = reader.read_all(&model.metadata_props)?;
        let metadata = entries.into_iter().map(|entry| (entry.key, entry.value)).collect();
        let external = External::new(folder);
        let sources = RefCell::new(Sources { reader, external, file, numbers: 0 });
        Ok(Self { nodes, makers, constants, input, outputs, opset, metadata, sources })
    }

    /// Returns the node that makes this value as its first output.
    pub(super) fn maker(&self, value: &str) -> Option<&Node> {
        match self.makers.get(value) {
            Some(&Maker::Node(index, 0)) => self.nodes.get(index),
            _ => None,
        }
    }

    /// Returns the node that makes this value as another output than its first one.
    pub(super) fn side_maker(&self, value: &str) -> Option<&Node> {
        match self.makers.get(value) {
            Some(&Maker::Node(index, 1..)) => self.nodes.get(index),
            _ => None,
        }
    }

    /// Returns the place of a value in the order in which values are made; the input comes first.
    pub(super) fn order(&self, value: &str) -> usize {
        match self.makers.get(value) {
            Some(&Maker::Node(index, _)) => index + 1,
            _ => 0,
        }
    }

    /// Returns the tensor that this value is, if it is a constant, and whether it is to be transposed.
    ///
    /// Exporters write one or two nodes that pass a constant on; more would be a file that wants to take time.
    fn message(&self, value: &str) -> Option<(&TensorProto, bool)> {
        let (mut value, mut is_transposed, mut is_cut) = (value, false, false);
        for _ in 0..8 {
            let node = match *self.makers.get(value)? {
                Maker::Constant(index) => {
                    // A cast to integers would cut digits off.
                    let tensor = self.constants.get(index);
                    let tensor = tensor.filter(|tensor| !is_cut || !data_type::is_float(tensor.data_type));
                    return tensor.map(|tensor| (tensor, is_transposed));
                }
                Maker::Node(index, 0) => self.nodes.get(index)?,
                _ => return None,
            };
            match node.operator.as_str() {
                "Identity" => {}
                "Cast" => is_cut |= !i32::try_from(node.int("to", 0)).is_ok_and(data_type::is_float),
                "Transpose" if matches!(node.ints("perm"), [] | [1, 0]) => is_transposed = !is_transposed,
                _ => return None,
            }
            value = node.input(0)?;
        }
        None
    }

    /// Returns the numbers of this value, if it is a constant.
    pub(super) fn constant(&self, value: &str) -> io::Result<Option<Tensor>> {
        let Some((message, is_transposed)) = self.message(value) else { return Ok(None) };
        let in_constant =
            |error: io::Error| io::Error::new(error.kind(), format!("constant {}: {error}", quote(value.as_bytes())));
        self.read_tensor(message, is_transposed).map(Some).map_err(in_constant)
    }

    fn read_tensor(&self, message: &TensorProto, is_transposed: bool) -> io::Result<Tensor> {
        let (_, count) = sizes(message)?;
        let sources = &mut *self.sources.borrow_mut();
        // The bytes of another file count from when they are read.
        let is_external = message.data_location != 0;
        if !is_external {
            sources.take(count as u64)?;
        }
        let tensor = read_numbers(message, &mut sources.reader, &mut sources.external)?;
        if is_external {
            sources.take(count as u64)?;
        }
        if is_transposed { transpose(&tensor) } else { Ok(tensor) }
    }

    /// Returns the number of this value, if it is a constant of one element.
    pub(super) fn scalar(&self, value: &str) -> io::Result<Option<f64>> {
        let is_single = |(message, _): (&TensorProto, bool)| sizes(message).is_ok_and(|(_, count)| count == 1);
        if !self.message(value).is_some_and(is_single) {
            return Ok(None);
        }
        let numbers = self.constant(value)?.and_then(|tensor| tensor.to_vec::<f64>().ok());
        Ok(numbers.and_then(|numbers| numbers.first().copied()))
    }

    /// Returns whether this value is a constant.
    pub(super) fn is_constant(&self, value: &str) -> bool {
        self.message(value).is_some()
    }

    /// Returns the texts of this value, or its integers as texts, if it is a constant.
    pub(super) fn labels(&self, value: &str) -> io::Result<Option<Vec<String>>> {
        if let Some((message, _)) = self.message(value).filter(|(message, _)| message.data_type == data_type::STRING) {
            return read_texts(message).map(Some);
        }
        Ok(match self.constant(value)?.as_ref().map(Tensor::values) {
            Some(Values::I64(numbers)) => Some(numbers.iter().map(i64::to_string).collect()),
            _ => None,
        })
    }

    /// Notes that a constant was written out to this many numbers; refuses when that is far more than the file has.
    pub(super) fn take_numbers(&self, count: usize) -> io::Result<()> {
        self.sources.borrow_mut().take(count as u64)
    }
}

impl Sources {
    fn take(&mut self, count: u64) -> io::Result<()> {
        self.numbers = self.numbers.saturating_add(count);
        let most = MORE_NUMBERS.saturating_add(self.file).saturating_add(self.external.bytes_read());
        if self.numbers <= most {
            return Ok(());
        }
        let expected = format!("expected constants that stand for at most {most} numbers");
        Err(invalid_data(format!("{expected} in a file of {} bytes, found {}", self.file, self.numbers)))
    }
}

fn insert(makers: &mut HashMap<String, Maker>, name: &str, maker: Maker) -> io::Result<()> {
    match makers.insert(name.to_owned(), maker) {
        None => Ok(()),
        Some(_) => Err(invalid_data(format!("expected unique names, found {} twice", quote(name.as_bytes())))),
    }
}

/// Returns the version of ONNX's operators.
fn read_opset(reader: &mut Reader, model: &ModelProto) -> io::Result<i64> {
    let sets: Vec<OperatorSetIdProto> = reader.read_all(&model.opset_import)?;
    let own: Vec<_> = sets.iter().filter(|set| matches!(set.domain.as_str(), "" | "ai.onnx")).collect();
    let [set] = own[..] else {
        return Err(invalid_data(format!("expected one version of the operators of ONNX, found {}", own.len())));
    };
    if !OPSETS.contains(&set.version) {
        let (first, last) = (OPSETS.start(), OPSETS.end());
        let expected = format!("expected the operators of ONNX in a version from {first} to {last}");
        return Err(invalid_data(format!("{expected}, found {}", set.version)));
    }
    Ok(set.version)
}

/// Returns the names of the functions in the file that are those of this crate.
fn read_functions(model: &ModelProto, opset: i64) -> Vec<&'static str> {
    let names = functions::FUNCTIONS.iter().map(|(name, _)| *name);
    names.filter(|name| functions::encode(name, opset).is_some_and(|own| model.functions.contains(&own))).collect()
}

/// Reads the input that is no constant.
fn read_input(reader: &mut Reader, graph: &GraphProto, makers: &mut HashMap<String, Maker>) -> io::Result<Input> {
    let mut inputs = Vec::new();
    for value in reader.read_all::<ValueInfoProto>(&graph.input)? {
        // Old files list constants among the inputs.
        if !matches!(makers.get(&value.name), Some(Maker::Constant(_))) {
            insert(makers, &value.name, Maker::Input)?;
            inputs.push(value);
        }
    }
    let [input] = &inputs[..] else {
        let names = list(inputs.iter().map(|input| input.name.as_bytes()));
        return Err(invalid_data(format!("expected one input, found {}: {names}", inputs.len())));
    };
    let tensor = input.r#type.as_ref().and_then(|r#type| r#type.tensor_type.as_ref());
    let Some(tensor) = tensor.filter(|tensor| data_type::is_float(tensor.elem_type) || tensor.elem_type == 0) else {
        let found = tensor.map_or_else(|| "no tensor".to_owned(), |tensor| data_type::name(tensor.elem_type));
        let name = quote(input.name.as_bytes());
        return Err(invalid_data(format!("expected floating-point numbers as input {name}, found {found}")));
    };
    let mut sizes = None;
    if let Some(shape) = &tensor.shape {
        let shape: TensorShapeProto = reader.read(shape)?;
        let dimensions: Vec<DimensionProto> = reader.read_all(&shape.dim)?;
        let size = |dimension: &DimensionProto| match dimension.dim_value {
            Some(size @ 1..) => usize::try_from(size).map(Some).map_err(|_| size),
            // Some exporters write 0 or -1 for a batch of any size.
            _ => Ok(None),
        };
        let found: Result<Vec<_>, _> = dimensions.iter().map(size).collect();
        sizes = Some(found.map_err(|size| invalid_data(format!("expected the size of an input, found {size}")))?);
    }
    Ok(Input { name: input.name.clone(), sizes })
}

fn read_outputs(reader: &mut Reader, graph: &GraphProto, makers: &HashMap<String, Maker>) -> io::Result<Vec<Output>> {
    let values: Vec<ValueInfoProto> = reader.read_all(&graph.output)?;
    let output = |value: &ValueInfoProto| {
        if !makers.contains_key(&value.name) {
            let name = quote(value.name.as_bytes());
            return Err(invalid_data(format!("expected outputs that a node makes, found {name}")));
        }
        let tensor = value.r#type.as_ref().and_then(|r#type| r#type.tensor_type.as_ref());
        let is_label = tensor.is_some_and(|tensor| tensor.elem_type != 0 && !data_type::is_float(tensor.elem_type));
        Ok(Output { name: value.name.clone(), is_label })
    };
    values.iter().map(output).collect()
}
