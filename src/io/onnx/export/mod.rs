//! From a model to the bytes of an ONNX file.

mod activation;
mod exporter;
mod layer;

use super::body::{Attribute, Body, OPERATION, type_of};
use super::functions;
use super::messages::{
    DimensionProto, GraphProto, ModelProto, OperatorSetIdProto, StringStringEntryProto, TensorProto, TensorShapeProto,
    TensorTypeProto, TypeProto, ValueInfoProto, data_type,
};
use super::options::OutputActivation;
use crate::data::StandardScaler;
use crate::io::Model;
use crate::{Error, Float, Result, check};
use exporter::Exporter;
use prost::Message;
use prost::bytes::Bytes;

/// The version of ONNX's operators that files are written in: the first one with Gelu.
const OPSET: i64 = 20;

/// The version of the file format that came with these operators.
const IR_VERSION: i64 = 9;

/// Names of inputs, outputs and keys of metadata.
pub(super) const INPUT: &str = "input";
pub(super) const OUTPUT: &str = "output";
pub(super) const PROBABILITIES: &str = "probabilities";
pub(super) const LABEL: &str = "label";
pub(super) const COLUMN: &str = "column";

/// Writes a model as ONNX.
pub(super) fn write<F: Float>(model: &Model<'_, F>, activation: Option<OutputActivation>) -> Result<Vec<u8>> {
    let network = &*model.network;
    check_model(model)?;
    let (inputs, outputs) = (network.input_size(), network.output_size());
    let mut exporter = Exporter::new(INPUT);
    if let Some(scaler) = &model.input_scaler {
        scale(&mut exporter, "input_scaler", scaler, ["Sub", "Div"]);
    }
    layer::add_all(&mut exporter, network.layers(), "")?;
    if let Some(scaler) = &model.output_scaler {
        scale(&mut exporter, "output_scaler", scaler, ["Mul", "Add"]);
    }
    match activation {
        Some(OutputActivation::Softmax) => exporter.apply("Softmax", &[], &[("axis", Attribute::Int(-1))]),
        Some(OutputActivation::Sigmoid) => exporter.apply("Sigmoid", &[], &[]),
        None => {}
    }
    let output = if activation == Some(OutputActivation::Softmax) { PROBABILITIES } else { OUTPUT };
    let (mut body, last, used) = exporter.finish();
    body.node_to(output, "", "Identity", &[&last], &[]);
    let mut graph_outputs = vec![value(output, type_of::<F>(), Some(outputs))];
    if let Some(labels) = &model.labels {
        graph_outputs.insert(0, add_label(&mut body, output, labels));
    }
    let graph = GraphProto {
        name: "feedforward".to_owned(),
        node: body.nodes,
        initializer: body.initializers,
        input: vec![value(INPUT, type_of::<F>(), Some(inputs))],
        output: graph_outputs,
        sparse_initializer: Vec::new(),
    };
    let mut metadata = Vec::new();
    add_names(&mut metadata, COLUMN, model.column_names.as_deref().unwrap_or_default());
    add_names(&mut metadata, LABEL, model.labels.as_deref().unwrap_or_default());
    let domains =
        [("", OPSET)].into_iter().chain((!used.is_empty()).then_some((functions::DOMAIN, functions::VERSION)));
    let opset = |(domain, version): (&str, i64)| {
        OperatorSetIdProto { domain: domain.to_owned(), version }.encode_to_vec().into()
    };
    let bytes = ModelProto {
        ir_version: IR_VERSION,
        producer_name: env!("CARGO_PKG_NAME").to_owned(),
        producer_version: env!("CARGO_PKG_VERSION").to_owned(),
        graph: vec![graph.encode_to_vec().into()],
        opset_import: domains.map(opset).collect(),
        metadata_props: metadata,
        functions: used.iter().filter_map(|name| functions::encode(name, OPSET)).collect(),
    }
    .encode_to_vec();
    if i32::try_from(bytes.len()).is_err() {
        // The readers of protobuf messages take no more.
        return Err(Error::invalid(OPERATION, "a model of less than 2 GiB", format!("{} bytes", bytes.len())));
    }
    Ok(bytes)
}

/// Demands sizes that fit, and finite parameters.
fn check_model<F: Float>(model: &Model<'_, F>) -> Result<()> {
    let (inputs, outputs) = (model.network.input_size(), model.network.output_size());
    if let Some(scaler) = &model.input_scaler {
        check::columns(OPERATION, "scaler of the inputs", inputs, scaler.mean().len())?;
    }
    if let Some(scaler) = &model.output_scaler {
        check::columns(OPERATION, "scaler of the outputs", outputs, scaler.mean().len())?;
    }
    if let Some(names) = &model.column_names {
        check::columns(OPERATION, "names of columns", inputs, names.len())?;
    }
    if let Some(labels) = &model.labels {
        check::columns(OPERATION, "labels", outputs, labels.len())?;
    }
    model
        .network
        .parameters()
        .try_for_each(|parameter| check::all_finite(OPERATION, parameter.name(), parameter.value()))
}

/// Shifts and scales with the numbers of a scaler, in double precision, rounded once as the scaler does.
fn scale<F: Float>(exporter: &mut Exporter<F>, name: &str, scaler: &StandardScaler<F>, operators: [&str; 2]) {
    let [mean, deviation] = [scaler.mean(), scaler.deviation()].map(|numbers| numbers.to_vec());
    let mean = exporter.body().double(format!("{name}.mean"), &mean);
    let deviation = exporter.body().double(format!("{name}.deviation"), &deviation);
    let constants = if operators[0] == "Sub" { [mean, deviation] } else { [deviation, mean] };
    exporter.in_double(|exporter| {
        for (operator, constant) in operators.iter().zip(&constants) {
            exporter.apply(operator, &[constant], &[]);
        }
    });
}

/// Adds the label of the largest output as an output of its own.
fn add_label(body: &mut Body, output: &str, labels: &[String]) -> Bytes {
    // As 7 and not as "07", so that reading gives the same text.
    let numbers: Option<Vec<i64>> =
        labels.iter().map(|label| label.parse().ok().filter(|number: &i64| number.to_string() == *label)).collect();
    let mut classes = TensorProto { name: "labels".to_owned(), dims: vec![labels.len() as i64], ..Default::default() };
    if let Some(numbers) = numbers {
        classes.data_type = data_type::INT64;
        classes.int64_data = numbers;
    } else {
        classes.data_type = data_type::STRING;
        classes.string_data = labels.iter().map(|label| Bytes::copy_from_slice(label.as_bytes())).collect();
    }
    let (data_type, classes) = (classes.data_type, body.initializer(classes));
    let attributes = [("axis", Attribute::Int(1)), ("keepdims", Attribute::Int(0))];
    let largest = body.node("ArgMax", &[output], &attributes);
    body.node_to(LABEL, "", "Gather", &[&classes, &largest], &[]);
    value(LABEL, data_type, None)
}

/// Describes an input or output: `(batch, columns)`, or `(batch)` without columns.
fn value(name: &str, elem_type: i32, columns: Option<usize>) -> Bytes {
    let batch = DimensionProto { dim_value: None, dim_param: Some("batch".to_owned()) };
    let columns = columns.map(|columns| DimensionProto { dim_value: Some(columns as i64), dim_param: None });
    let dim = [batch].iter().chain(&columns).map(|dimension| dimension.encode_to_vec().into()).collect();
    let shape = Some(TensorShapeProto { dim }.encode_to_vec().into());
    let tensor_type = Some(TensorTypeProto { elem_type, shape });
    ValueInfoProto { name: name.to_owned(), r#type: Some(TypeProto { tensor_type }) }.encode_to_vec().into()
}

fn add_names(metadata: &mut Vec<Bytes>, kind: &str, names: &[String]) {
    for (index, name) in names.iter().enumerate() {
        let entry = StringStringEntryProto { key: format!("{kind}.{index}"), value: name.clone() };
        metadata.push(entry.encode_to_vec().into());
    }
}
