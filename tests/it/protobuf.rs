//! ONNX files by hand, so that every byte of them can be wrong.

/// What a graph is made of, each an encoded message.
pub struct Graph {
    pub nodes: Vec<Vec<u8>>,
    pub constants: Vec<Vec<u8>>,
    pub inputs: Vec<Vec<u8>>,
    pub outputs: Vec<Vec<u8>>,
}

fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// A field with a length: a text, a message, packed numbers.
pub fn field(tag: u64, content: &[u8]) -> Vec<u8> {
    [varint(tag << 3 | 2), varint(content.len() as u64), content.to_vec()].concat()
}

fn number(tag: u64, value: i64) -> Vec<u8> {
    [varint(tag << 3), varint(value as u64)].concat()
}

pub fn model(opset: i64, graph: &Graph) -> Vec<u8> {
    let Graph { nodes, constants, inputs, outputs } = graph;
    let all = [(1, nodes), (5, constants), (11, inputs), (12, outputs)];
    let graph: Vec<u8> = all.iter().flat_map(|(tag, messages)| messages.iter().flat_map(|m| field(*tag, m))).collect();
    [number(1, 8), field(7, &graph), field(8, &number(2, opset))].concat()
}

/// A node with integers as attributes.
pub fn node(operator: &str, inputs: &[&str], outputs: &[&str], attributes: &[(&str, i64)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    inputs.iter().for_each(|name| bytes.extend(field(1, name.as_bytes())));
    outputs.iter().for_each(|name| bytes.extend(field(2, name.as_bytes())));
    bytes.extend(field(4, operator.as_bytes()));
    for (name, value) in attributes {
        bytes.extend(field(5, &[field(1, name.as_bytes()), number(3, *value), number(20, 2)].concat()));
    }
    bytes
}

pub fn floats(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// The sizes of a tensor.
pub fn dimensions(sizes: &[i64]) -> Vec<u8> {
    sizes.iter().flat_map(|&size| number(1, size)).collect()
}

/// A tensor of floats as raw bytes.
pub fn tensor(name: &str, sizes: &[i64], numbers: &[f32]) -> Vec<u8> {
    [dimensions(sizes), number(2, 1), field(8, name.as_bytes()), field(9, &floats(numbers))].concat()
}

/// An input or output of floats; a size of 0 is left open.
pub fn value(name: &str, sizes: &[i64]) -> Vec<u8> {
    let size = |&size: &i64| field(1, &if size == 0 { field(2, b"batch") } else { number(1, size) });
    let shape: Vec<u8> = sizes.iter().flat_map(size).collect();
    let tensor = [number(1, 1), field(2, &shape)].concat();
    [field(1, name.as_bytes()), field(2, &field(1, &tensor))].concat()
}
