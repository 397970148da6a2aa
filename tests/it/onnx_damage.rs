//! ONNX files that are damaged, hostile, or no chain of layers: each is an error that names the fault.

use crate::networks::networks;
use crate::protobuf::{Graph, dimensions, field, floats, model, node, tensor, value};
use feedforward::{Classifier, Network, Regressor};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::path::{Path, PathBuf};

fn refused(bytes: &[u8]) -> String {
    let text = Network::<f32>::from_onnx(bytes).unwrap_err().to_string();
    assert!(text.starts_with("model: ") && text.len() < 1000, "{text}");
    text["model: ".len()..].to_owned()
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("interop/onnx").join(name)
}

/// Reads bytes in every way there is; what comes back must be able to predict finite numbers or say why not.
fn read(bytes: &[u8]) -> bool {
    let _ = Classifier::<f32, String>::from_onnx(bytes);
    let _ = Regressor::<f32>::from_onnx(bytes);
    let Ok(network) = Network::<f64>::from_onnx(bytes) else { return false };
    assert!(network.parameters().all(|parameter| parameter.values().iter().all(|value| value.is_finite())));
    if network.input_size() < 1 << 16 {
        let _ = network.predict(&ndarray::Array2::ones((2, network.input_size())));
    }
    true
}

#[test]
fn no_prefix_of_a_file_is_a_model() {
    for name in ["torch_norms_dynamo.onnx", "skl_two_classes.onnx", "torch_old_gelu_tanh_script.onnx"] {
        let whole = std::fs::read(file(name)).unwrap();
        assert!(read(&whole), "{name}");
        for length in 0..whole.len() {
            // The last fields may be versions of operators that nothing uses, or metadata.
            let is_read = read(&whole[..length]);
            assert!(!is_read || whole.len() - length < 40, "{name}: {length} bytes");
        }
    }
}

#[test]
fn mutations_are_read_or_refused() {
    let mut files: Vec<_> =
        ["torch_residual_dynamo.onnx", "skl_names.onnx", "hand_arithmetic.onnx", "hand_reshape.onnx"]
            .iter()
            .map(|name| std::fs::read(file(name)).unwrap())
            .collect();
    files.extend(networks::<f64>().iter().step_by(9).map(|(_, network)| network.to_onnx().unwrap()));
    let random = &mut ChaCha8Rng::seed_from_u64(1);
    for index in 0..4000 {
        let mut bytes = files[index % files.len()].clone();
        for _ in 0..random.random_range(1..4) {
            let at = random.random_range(0..bytes.len());
            match random.random_range(0..4) {
                0 => bytes[at] = random.random(),
                1 => bytes[at] ^= 1 << random.random_range(0..8),
                2 => drop(bytes.drain(at..(at + random.random_range(1..9)).min(bytes.len()))),
                _ => {
                    let other = &files[random.random_range(0..files.len())];
                    let start = random.random_range(0..other.len());
                    let end = (start + random.random_range(1..40)).min(other.len());
                    bytes.splice(at..at, other[start..end].iter().copied());
                }
            }
            if bytes.is_empty() {
                break;
            }
        }
        read(&bytes);
    }
}

/// A graph of x with 3 columns, these nodes and the output y.
fn graph(nodes: Vec<Vec<u8>>) -> Graph {
    Graph {
        nodes,
        constants: vec![tensor("w", &[3, 2], &[1.0; 6]), tensor("v", &[3], &[1.0, 2.0, 3.0])],
        inputs: vec![value("x", &[0, 3])],
        outputs: vec![value("y", &[])],
    }
}

fn refused_nodes(nodes: Vec<Vec<u8>>) -> String {
    refused(&model(20, &graph(nodes)))
}

#[test]
fn a_graph_that_cannot_run_is_refused() {
    let relu = |from, to| node("Relu", &[from], &[to], &[]);
    assert!(read(&model(20, &graph(vec![relu("x", "a"), relu("a", "y")]))));
    let expected =
        "node 0 \"\" (Relu): expected nodes in the order in which they run, found \"a\", which nothing before it makes";
    // A cycle, nodes in the wrong order, and a value that nothing makes.
    assert_eq!(refused_nodes(vec![relu("a", "b"), relu("b", "a"), relu("a", "y")]), expected);
    assert_eq!(refused_nodes(vec![relu("a", "y"), relu("x", "a")]), expected);
    assert_eq!(refused_nodes(vec![relu("a", "y")]), expected);
    let twice = refused_nodes(vec![relu("x", "y"), relu("x", "y")]);
    assert_eq!(twice, "expected unique names, found \"y\" twice");
    assert_eq!(refused_nodes(vec![relu("x", "z")]), "expected outputs that a node makes, found \"y\"");
    let constant = refused_nodes(vec![relu("w", "y")]);
    assert_eq!(constant, "expected data, found the constant \"w\"");
    let missing = refused_nodes(vec![node("Relu", &[], &["y"], &[])]);
    assert_eq!(missing, "node 0 \"\" (Relu): expected an input 0 (counted from 0), found none");
    let mut two = graph(vec![node("Add", &["x", "x2"], &["y"], &[])]);
    two.inputs.push(value("x2", &[0, 3]));
    assert_eq!(refused(&model(20, &two)), "expected one input, found 2: \"x\", \"x2\"");
    let mut outputs = graph(vec![relu("x", "y"), relu("x", "z")]);
    outputs.outputs.push(value("z", &[]));
    assert_eq!(refused(&model(20, &outputs)), "expected one output of numbers, found 2: \"y\", \"z\"");
}

#[test]
fn what_is_no_layer_is_named_with_its_node() {
    let words = refused_nodes(vec![node("Relu", &["x"], &["a"], &[]), node("Sin", &["a"], &["y"], &[])]);
    assert!(
        words.starts_with("node 1 \"\" (Sin): expected an operator of a layer; supported are Gemm, MatMul"),
        "{words}"
    );
    for (nodes, expected) in [
        (vec![node("Mul", &["x", "x"], &["y"], &[])], "expected a constant on one side, found data on both"),
        (vec![node("Div", &["v", "x"], &["y"], &[])], "found a constant divided by data"),
        (vec![node("MatMul", &["w", "x"], &["y"], &[])], "expected a weight that is a constant as input 1, found data"),
        (vec![node("MatMul", &["x", "v"], &["y"], &[])], "expected a weight of two axes, found the shape [3]"),
        (vec![node("Gemm", &["x", "w"], &["y"], &[("transA", 1)])], "found transposed data (transA)"),
        (vec![node("Gemm", &["x", "w"], &["y"], &[("transB", 1)])], "expected a weight for 3 inputs, found one for 2"),
        (vec![node("Add", &["x", "w"], &["y"], &[])], "found a constant of shape [3, 2]"),
        (vec![node("Softmax", &["x"], &["y"], &[("axis", 0)])], "expected axis 1 of [3], which is the row, found 0"),
        (vec![node("Softmax", &["x"], &["y"], &[("axis", 7)])], "expected an axis of 2, found 7"),
        (vec![node("Flatten", &["x"], &["y"], &[("axis", 0)])], "expected rows to be flattened, found axis 0 of [3]"),
        (
            vec![node("Cast", &["x"], &["y"], &[("to", 7)])],
            "expected a cast to floating-point numbers, found one to INT64",
        ),
        (vec![node("Dropout", &["x"], &["a", "y"], &[])], "expected the first output alone to be used"),
        // A shortcut from three columns to one, which would repeat the one.
        (
            vec![
                node("MatMul", &["x", "w"], &["a"], &[]),
                node("Gemm", &["a", "one"], &["b"], &[]),
                node("Add", &["b", "x"], &["y"], &[]),
            ],
            "expected a shortcut over rows of sizes [3], found [1]",
        ),
    ] {
        let mut graph = graph(nodes);
        graph.constants.push(tensor("one", &[2, 1], &[1.0; 2]));
        let words = refused(&model(20, &graph));
        assert!(words.starts_with("node ") && words.contains(expected), "{words}");
    }
}

#[test]
fn shortcuts_may_not_nest_without_end() {
    let mut nodes = vec![node("Relu", &["x"], &["a0"], &[])];
    for depth in 0..5000 {
        // Each is a shortcut of the one before around the one before that: no network.
        let (before, this) = (format!("a{depth}"), format!("a{}", depth + 1));
        let earlier = if depth == 0 { "x".to_owned() } else { format!("a{}", depth - 1) };
        nodes.push(node("Add", &[&before, &earlier], &[&this], &[]));
    }
    nodes.push(node("Relu", &["a5000"], &["y"], &[]));
    let words = refused_nodes(nodes);
    assert!(words.contains("expected at most 32 shortcuts inside of each other, found more"), "{words}");
}

#[test]
fn tensors_must_be_what_their_shapes_say() {
    let with = |constant: Vec<u8>| {
        let mut graph = graph(vec![node("Add", &["x", "c"], &["y"], &[])]);
        graph.constants.push(constant);
        refused(&model(20, &graph))
    };
    for (constant, expected) in [
        (tensor("c", &[3], &[1.0; 2]), "constant \"c\": expected bytes for a tensor of shape [3], found 8"),
        (tensor("c", &[0], &[]), "constant \"c\": expected at least one number, found the shape [0]"),
        (tensor("c", &[-1], &[1.0]), "constant \"c\": expected the sizes of a tensor, found [-1]"),
        (tensor("c", &[i64::MAX, i64::MAX], &[1.0]), "expected the sizes of a tensor, found [9223372036854775807, "),
        (tensor("c", &[1 << 40], &[1.0]), "found 1099511627776"),
        (tensor("c", &[1; 9], &[1.0]), "expected the sizes of a tensor, found 9 axes"),
        (tensor("c", &[3], &[1.0, f32::NAN, 1.0]), "expected finite numbers, found NaN"),
        (tensor("c", &[3], &[1.0, f32::INFINITY, 1.0]), "expected finite numbers, found inf"),
        ([tensor("c", &[3], &[1.0; 3]), field(3, b"")].concat(), "expected a whole tensor, found a segment of one"),
    ] {
        let words = with(constant);
        assert!(words.starts_with("node 0 \"\" (Add): ") && words.contains(expected), "{words}");
    }
    let mut weight = graph(vec![node("MatMul", &["x", "n"], &["y"], &[])]);
    weight.constants.push(tensor("n", &[3, 1], &[0.0, f32::NAN, 0.0]));
    assert_eq!(refused(&model(20, &weight)), "node 0 \"\" (MatMul): expected finite numbers, found NaN");
}

#[test]
fn a_small_file_cannot_ask_for_much_memory() {
    for (sizes, expected) in [
        // One number for each of 2^40 columns.
        (vec![0, 1 << 40], "expected constants that stand for at most "),
        (vec![0, 1 << 20, 1 << 20], "expected constants that stand for at most "),
        (vec![0, i64::MAX, i64::MAX], "expected a row that fits in memory, found one of sizes "),
        (vec![0, 0], "expected an input with a fixed number of columns, found one without"),
        (vec![0], "expected an input of two axes or more, the batch and the columns, found one of 1"),
    ] {
        let mut graph = graph(vec![node("Mul", &["x", "c"], &["y"], &[])]);
        graph.constants.push(tensor("c", &[], &[2.0]));
        graph.inputs = vec![value("x", &sizes)];
        let words = refused(&model(20, &graph));
        assert!(words.contains(expected), "{words}");
    }
    // The same weight a thousand times.
    let mut tied = graph(Vec::new());
    tied.constants.push(tensor("c", &[64, 64], &[0.01; 64 * 64]));
    tied.inputs = vec![value("v0", &[0, 64])];
    tied.constants.remove(1);
    tied.nodes = (0..1000)
        .map(|k| {
            node(
                "MatMul",
                &[&format!("v{k}"), "c"],
                &[&if k == 999 { "y".to_owned() } else { format!("v{}", k + 1) }],
                &[],
            )
        })
        .collect();
    assert!(refused(&model(20, &tied)).contains("expected constants that stand for at most "));
    // Messages of two bytes each.
    let empty = field(7, &field(1, b"").repeat(300_000));
    assert_eq!(
        refused(&[empty, field(8, &[16, 20])].concat()),
        "expected at most 262144 texts and messages, found more"
    );
    // Groups inside of groups, which ONNX does not have.
    assert_eq!(refused(&[0x0b; 100_000]), "expected a whole ONNX model, found damage");
}

#[test]
fn versions_and_graphs_are_counted() {
    let graph = graph(vec![node("Relu", &["x"], &["y"], &[])]);
    for opset in [0, 6, 29, -1] {
        let expected = format!("expected the operators of ONNX in a version from 7 to 28, found {opset}");
        assert_eq!(refused(&model(opset, &graph)), expected);
    }
    assert_eq!(refused(b""), "expected a model with one graph, found 0");
    let bytes = model(20, &graph);
    assert_eq!(refused(&bytes.repeat(2)), "expected a model with one graph, found 2");
}

/// A folder with a model whose weight is in another file.
struct Outside(PathBuf);

impl Outside {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("feedforward-outside-{}-{name}", std::process::id()));
        std::fs::create_dir_all(folder.join("inner")).unwrap();
        std::fs::write(folder.join("weights"), floats(&[1.0; 12])).unwrap();
        std::fs::write(folder.join("inner/weights"), floats(&[1.0; 12])).unwrap();
        Self(folder)
    }

    /// Reads a model whose weights are at these places: keys and values.
    fn read(&self, places: &[&[(&str, &str)]]) -> Result<Network<f32>, String> {
        let mut graph = graph(Vec::new());
        let mut last = "x".to_owned();
        for (index, place) in places.iter().enumerate() {
            let name = format!("w{index}");
            let entry = |(key, value): &(&str, &str)| {
                field(13, &[field(1, key.as_bytes()), field(2, value.as_bytes())].concat())
            };
            let place: Vec<_> = place.iter().flat_map(entry).collect();
            graph
                .constants
                .push([dimensions(&[3]), vec![16, 1], field(8, name.as_bytes()), place, vec![14 << 3, 1]].concat());
            let next = if index + 1 == places.len() { "y".to_owned() } else { format!("v{index}") };
            graph.nodes.push(node("Add", &[&last, &name], &[&next], &[]));
            last = next;
        }
        std::fs::write(self.0.join("inner/model.onnx"), model(20, &graph)).unwrap();
        Network::load_onnx(self.0.join("inner/model.onnx")).map_err(|error| error.to_string())
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

#[test]
fn external_data_stays_in_its_folder_and_its_file() {
    let outside = Outside::new("data");
    let location = ("location", "weights");
    assert!(outside.read(&[&[location, ("offset", "36"), ("length", "12")]]).is_ok());
    assert!(outside.read(&[&[location], &[location, ("offset", "12")], &[location]]).is_ok());
    let absolute = outside.0.join("weights").display().to_string();
    for (place, expected) in [
        (vec![("location", "../weights")], "expected a file in the folder of the model, found a path"),
        (vec![("location", "..")], "found a path"),
        (vec![("location", ".")], "found a path"),
        (vec![("location", "")], "found a path"),
        (vec![("location", "..\\weights")], "found a path"),
        (vec![("location", &*absolute)], "found a path"),
        (vec![("location", "missing")], "external data \"missing\": "),
        (
            vec![location, ("offset", "37")],
            "expected 12 bytes from byte 37 on in \"weights\", found a file of 48 bytes",
        ),
        (vec![location, ("offset", "18446744073709551615")], "found a file of 48 bytes"),
        (vec![location, ("offset", "-1")], "expected a number as offset of external data, found \"-1\""),
        (vec![location, ("length", "48")], "expected a part of 12 bytes in \"weights\", found one of 48"),
    ] {
        let words = outside.read(&[&place]).unwrap_err();
        assert!(words.contains("model.onnx: node 0 ") && words.contains(expected), "{words}");
    }
    let words = outside.read(&[&[location], &[location, ("offset", "8")]]).unwrap_err();
    assert!(
        words.contains("expected parts that do not overlap in \"weights\", found bytes 0 to 12, some of another part"),
        "{words}"
    );
    let bytes = std::fs::read(outside.0.join("inner/model.onnx")).unwrap();
    assert!(refused(&bytes).contains("expected all numbers in the model, found a model in memory"));
}

#[cfg(unix)]
#[test]
fn external_data_is_no_link_out_of_its_folder_and_no_device() {
    let outside = Outside::new("link");
    std::os::unix::fs::symlink(outside.0.join("weights"), outside.0.join("inner/out")).unwrap();
    std::os::unix::fs::symlink("weights", outside.0.join("inner/in")).unwrap();
    std::fs::create_dir(outside.0.join("inner/folder")).unwrap();
    assert!(outside.read(&[&[("location", "in")]]).is_ok());
    assert!(outside.read(&[&[("location", "out")]]).unwrap_err().contains("found a link to another one"));
    assert!(outside.read(&[&[("location", "folder")]]).unwrap_err().contains("found no regular file"));
}

#[test]
fn files_that_are_none_are_named() {
    let folder = std::env::temp_dir();
    let error = Network::<f32>::load_onnx(&folder).unwrap_err().to_string();
    assert_eq!(error, format!("{}: expected a regular file, found something else", folder.display()));
    let missing = folder.join("feedforward-missing.onnx");
    assert!(Network::<f32>::load_onnx(&missing).unwrap_err().to_string().starts_with(&missing.display().to_string()));
    if cfg!(target_os = "linux") {
        assert!(Network::<f32>::load_onnx("/dev/zero").is_err());
    }
}
