//! Keras' models predict here what they predict in Keras: `../interop/keras.py` made the files and the outputs.

use crate::common::{Matrix, matrix};
use feedforward::data::Source;
use feedforward::layer::Affine;
use feedforward::*;
use ndarray::{Array2, array};
use serde::Deserialize;
use std::io::{Cursor, Read, Write};
use std::path::PathBuf;

#[derive(Deserialize)]
struct Case {
    name: String,
    files: Vec<String>,
    precision: String,
    inputs: Matrix,
    outputs: Matrix,
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("../interop/keras/cases.json")).unwrap()
}

/// A file that is gone again when the test is over.
struct Temporary(PathBuf);

impl Temporary {
    fn new(name: &str, bytes: &[u8]) -> Self {
        let thread = format!("{:?}", std::thread::current().id()).replace(['(', ')'], "");
        let path = std::env::temp_dir().join(format!("feedforward-keras-{}-{thread}-{name}", std::process::id()));
        std::fs::write(&path, bytes).unwrap();
        Self(path)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).ok();
    }
}

/// Returns a file of the script.
fn bytes(name: &str) -> Vec<u8> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/interop/keras/");
    let packed = std::fs::read(format!("{path}{name}.gz")).unwrap();
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut bytes).unwrap();
    bytes
}

fn load<F: Float>(bytes: &[u8]) -> feedforward::error::Result<Network<F>> {
    // The name says nothing of the format.
    Network::load_keras(&Temporary::new("model.bin", bytes).0)
}

fn load_weights<F: Float>(network: &mut Network<F>, bytes: &[u8]) -> feedforward::error::Result<()> {
    network.load_keras_weights(&Temporary::new("weights.bin", bytes).0)
}

/// Returns the largest error relative to the largest output.
fn deviation<F: Float>(network: &Network<F>, case: &Case) -> f64 {
    let (found, expected) = (network.predict(&matrix::<F>(&case.inputs)).unwrap(), matrix::<f64>(&case.outputs));
    assert_eq!(found.dim(), expected.dim(), "{}", case.name);
    let largest = expected.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    let errors = found.iter().zip(&expected).map(|(found, expected)| (found.widen() - expected).abs());
    errors.fold(0.0, f64::max) / largest
}

/// Single precision differs in the last digits; double precision is that of Keras only where Keras has it.
fn check<F: Float>(network: &Network<F>, case: &Case, file: &str) {
    let is_exact = size_of::<F>() == 8 && case.precision == "f64";
    let (error, limit) = (deviation(network, case), if is_exact { 1e-12 } else { 1e-6 });
    assert!(error <= limit, "{file}: a relative error of {error:e}");
}

#[test]
fn models_predict_what_they_predict_in_keras() {
    let mut files = 0;
    for case in cases() {
        for file in case.files.iter().filter(|file| !file.ends_with("weights.h5")) {
            check(&load::<f32>(&bytes(file)).unwrap(), &case, file);
            check(&load::<f64>(&bytes(file)).unwrap(), &case, file);
            files += 1;
        }
    }
    assert_eq!(files, 35);
}

#[test]
fn weights_alone_are_read_into_a_network_that_is_there() {
    fn check_all<F: Float>(case: &Case) {
        let whole = load::<F>(&bytes(&case.files[0])).unwrap();
        for file in &case.files {
            let mut network = whole.clone();
            for parameter in network.parameters_mut() {
                let is_normalization = ["center", "scale", "shift"].contains(&parameter.name());
                if parameter.is_trainable() || parameter.role() == parameter::Role::Statistic || is_normalization {
                    // Of an affine layer too, unless it is a Rescaling: the file holds nothing of it.
                    if !is_normalization || case.name == "adapted" {
                        parameter.value_mut().fill(F::from_f64(0.25));
                    }
                }
            }
            assert_ne!(network, whole, "{file}");
            load_weights(&mut network, &bytes(file)).unwrap();
            check(&network, case, file);
        }
    }
    let mut count = 0;
    for case in cases().iter().filter(|case| case.files.iter().any(|file| file.ends_with("weights.h5"))) {
        check_all::<f32>(case);
        check_all::<f64>(case);
        count += 1;
    }
    assert_eq!(count, 6);
}

#[test]
fn a_network_is_built_as_the_model_says() {
    let kinds = |file: &str| -> Vec<String> {
        let network = load::<f32>(&bytes(file)).unwrap();
        network.layers().iter().map(|layer| layer.describe().to_string()).collect()
    };
    let five = ["Dense(Relu)", "Dense(Selu)", "Dense(Elu(alpha=1))", "Dense(Silu)", "Dense(Identity)", "Softmax"];
    assert_eq!(kinds("five_layers.h5"), five);
    let layers = [
        "Dense(Identity)",
        "ActivationLayer(Relu)",
        "Dense(LeakyRelu(slope=0.1))",
        "ActivationLayer(LeakyRelu(slope=0.3))",
        "Dense(Identity)",
        "ActivationLayer(Elu(alpha=0.5))",
        "ActivationLayer(Clip(low=0, high=6))",
        "ActivationLayer(LeakyRelu(slope=0.2))",
        "ActivationLayer(Tanh)",
        "ActivationLayer(Mish)",
        "Dense(Identity)",
        "Softmax",
    ];
    assert_eq!(kinds("activation_layers.keras"), layers);
    let norms = kinds("norms.keras");
    assert_eq!(norms[2], format!("BatchNorm(epsilon=0.0001, momentum={})", 1.0 - 0.9));
    assert_eq!(norms[3], "Dropout(rate=0.25)");
    assert_eq!(norms[5..7], ["LayerNorm(epsilon=0.001)", "LayerNorm(epsilon=0.01)"]);
    assert_eq!(kinds("image.h5")[..2], ["Affine", "Dense(Relu)"]);
    assert_eq!(kinds("keras_2.h5")[0], "Dense(HardSigmoid(alpha=0.2, beta=0.5))");
}

#[test]
fn what_keras_does_not_train_is_frozen() {
    let trained = |file: &str| -> Vec<bool> {
        load::<f32>(&bytes(file)).unwrap().parameters().map(|parameter| parameter.is_trainable()).collect()
    };
    assert_eq!(trained("frozen.keras"), [false, false, true, true]);
    assert_eq!(trained("frozen.h5"), [false, false, true, true]);
    let adapted = trained("adapted.keras");
    assert_eq!(adapted, [false, false, false, true, true, true, true]);
    // A BatchNormalization without center: gamma is trained; beta, mean and variance are not.
    assert_eq!(trained("norms.keras")[6..10], [true, false, false, false]);
}

#[test]
fn training_goes_on_after_loading() {
    let mut network = load::<f32>(&bytes("plain_norms.keras")).unwrap();
    let case = cases().into_iter().find(|case| case.name == "plain_norms").unwrap();
    let (inputs, targets) = (matrix(&case.inputs), Array2::zeros((case.inputs.len(), 2)));
    let mut rule = Adam::new(0.01).unwrap();
    let before = network.train_step(&inputs, &targets, &Mse, &mut rule).unwrap();
    let after = (0..50).map(|_| network.train_step(&inputs, &targets, &Mse, &mut rule).unwrap()).last().unwrap();
    assert!(after < before, "{before} -> {after}");
}

/// Returns the members of an archive.
fn members(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(archive)).unwrap();
    let read = |index| {
        let mut member = archive.by_index(index).unwrap();
        let mut content = Vec::new();
        member.read_to_end(&mut content).unwrap();
        (member.name().to_owned(), content)
    };
    (0..3).map(read).collect()
}

fn pack(members: &[(String, Vec<u8>)], method: zip::CompressionMethod) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        writer.start_file(name, zip::write::SimpleFileOptions::default().compression_method(method)).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Returns the archive with another member.
fn with_member(archive: &[u8], name: &str, content: impl Into<Vec<u8>>) -> Vec<u8> {
    let mut members = members(archive);
    members.iter_mut().find(|(other, _)| other == name).unwrap().1 = content.into();
    pack(&members, zip::CompressionMethod::Stored)
}

/// Returns the archive with another text in its configuration.
fn with_text(archive: &[u8], from: &str, to: &str) -> Vec<u8> {
    let (_, config) = members(archive).into_iter().find(|(name, _)| name == "config.json").unwrap();
    let config = String::from_utf8(config).unwrap();
    assert!(config.contains(from), "{from} in {config}");
    with_member(archive, "config.json", config.replace(from, to))
}

#[track_caller]
fn assert_refused<T: std::fmt::Debug>(outcome: feedforward::error::Result<T>, words: &[&str]) {
    let error = outcome.unwrap_err();
    assert!(matches!(error, Error::File { .. }), "{error}");
    let message = error.to_string();
    assert!(message.len() < 2000, "{message}");
    for word in words {
        assert!(message.contains(word), "expected {word:?} in: {message}");
    }
}

#[test]
fn what_is_no_such_model_is_refused() {
    let refused = |name: &str, words: &[&str]| assert_refused(load::<f32>(&bytes(name)), words);
    let supported = "Activation, BatchNormalization, Dense";
    refused("refused_lambda.keras", &["layer \"lambda\"", "class \"Lambda\"", supported]);
    refused("refused_function.keras", &["own_activation", "found", "relu, relu6"]);
    refused("refused_functional.h5", &["Sequential", "\"Functional\""]);
    refused("no_bias.weights.h5", &["found weights alone", "load_keras_weights"]);
    refused("refused_names.h5", &["overlap"]);

    let model = bytes("no_bias.keras");
    let changed =
        |from: &str, to: &str, words: &[&str]| assert_refused(load::<f32>(&with_text(&model, from, to)), words);
    changed(
        "\"units\": 4",
        "\"units\": 4611686018427387904",
        &["misshapen", "layers/dense/vars/0 (kernel)", "found [3, 4]"],
    );
    changed("\"units\": 4", "\"units\": 0", &["misshapen"]);
    changed("\"units\": 4", "\"units\": -1", &["layer \"dense", "-1"]);
    changed("\"units\": 4", "\"units\": 4.5", &["layer \"dense"]);
    changed("\"units\": 4", "\"unit\": 4", &["layer \"dense", "units"]);
    changed("\"use_bias\": false", "\"use_bias\": true", &["missing: layers/dense/vars/1 (bias)"]);
    changed("\"use_bias\": true", "\"use_bias\": false", &["unexpected: layers/dense_1/vars/1"]);
    changed("\"class_name\": \"Dense\"", "\"class_name\": \"Conv2D\"", &["class \"Conv2D\"", supported]);
    changed("\"class_name\": \"Dense\"", "\"class_name\": \"LayerNormalization\"", &["layer \"dense"]);
    changed("\"class_name\": \"Sequential\"", "\"class_name\": \"Model\"", &["\"Model\""]);
    changed("\"activation\": \"tanh\"", "\"activation\": \"exponential\"", &["layer \"dense", "\"exponential\""]);
    changed(
        "\"activation\": \"tanh\"",
        "\"activation\": {\"class_name\": \"Lambda\", \"config\": {}}",
        &["\"Lambda\""],
    );
    changed("[null, 3]", "[null, 4611686018427387904]", &["misshapen"]);
    changed("[null, 3]", "[null, null]", &["input shape"]);
    changed("[null, 3]", "[null]", &["input shape"]);
    changed("[null, 3]", "[null, 4611686018427387904, 16]", &["input shape"]);
    changed("[null, 3]", "[null, 1, 3]", &["layer \"dense", "one axis"]);
    changed("[null, 3]", "null", &["input shape"]);

    let image = bytes("image.keras");
    let huge = with_text(&image, "[null, 2, 3, 1]", "[null, 1000000, 1000000]");
    assert_refused(load::<f32>(&huge), &["layer \"rescaling", "1000000000000"]);

    for version in ["4.0.0", "", "x"] {
        let other = with_member(&model, "metadata.json", format!("{{\"keras_version\": \"{version}\"}}"));
        assert_refused(load::<f32>(&other), &["Keras 1 to 3"]);
    }
    for member in ["config.json", "metadata.json", "model.weights.h5"] {
        assert_refused(load::<f32>(&with_member(&model, member, "")), &[]);
        let rest: Vec<_> = members(&model).into_iter().filter(|(name, _)| name != member).collect();
        assert_refused(load::<f32>(&pack(&rest, zip::CompressionMethod::Stored)), &[member, "found"]);
    }
    for text in ["[", "{}", "null", "\u{0}", "{\"class_name\": \"Sequential\", \"config\": {\"layers\": []}}"] {
        assert_refused(load::<f32>(&with_member(&model, "config.json", text)), &[]);
    }
    // Brackets in each other, which a careless parser follows until its stack ends.
    let deep = format!("{{\"class_name\": \"Sequential\", \"config\": {}", "[".repeat(200_000));
    assert_refused(load::<f32>(&with_member(&model, "config.json", deep)), &["configuration"]);
}

#[test]
fn weights_that_do_not_fit_are_listed_and_change_nothing() {
    let network = || Network::<f32>::builder(2).dense(2, Identity).dense(1, Identity).seed(3).build().unwrap();
    let refused = |name: &str, words: &[&str]| {
        let mut changed = network();
        assert_refused(load_weights(&mut changed, &bytes(&format!("refused_{name}.weights.h5"))), words);
        assert_eq!(changed, network(), "{name}");
    };
    refused("nan", &["layer 0", "NaN"]);
    refused("cycle", &["one path to each object"]);
    refused("alias", &["one path to each object"]);
    refused("deep", &["groups in each other"]);
    refused("missing", &["missing: layers/dense/vars/1 (bias)"]);
    refused("unexpected", &["unexpected: layers/dense/vars/2"]);
    refused("misshapen", &["misshapen: layers/dense/vars/0 (kernel) of shape [2, 2], found [3, 2]"]);
    refused("integers", &["layers/dense/vars/0", "whole numbers of 1 bytes"]);
    refused("strings", &["layers/dense/vars/0", "strings"]);
    refused("big_endian", &["layers/dense/vars/0", "big-endian"]);
    refused("chunks", &["layers/dense/vars/0", "chunks"]);
    refused("soft_link", &["missing: layers/dense/vars/0 (kernel)"]);
    refused("external_link", &["missing: layers/dense/vars/0 (kernel)"]);
    refused("external_data", &["layers/dense/vars/0", "other files"]);
    refused("never_written", &["layers/dense/vars/0"]);

    let mut other = Network::<f32>::builder(3).dense(4, Tanh).dense(2, Identity).dense(1, Relu).build().unwrap();
    let before = other.clone();
    let lists = ["missing", "layers/dense_2/vars/1 (bias)", "layers/dense/vars/1 (bias)"];
    assert_refused(load_weights(&mut other, &bytes("no_bias.weights.h5")), &lists);
    assert_refused(load_weights(&mut other, &bytes("no_bias.h5")), &["missing: bias of dense, kernel of dense"]);
    assert_eq!(other, before);

    let mut residual = Network::<f32>::builder(3).residual(|block| block.dense(3, Relu)).build().unwrap();
    assert_refused(load_weights(&mut residual, &bytes("no_bias.weights.h5")), &["Residual", "layer 0"]);
}

#[test]
fn numbers_outside_the_precision_are_refused() {
    let large = 1e300_f64.to_le_bytes();
    let mut model = bytes("f64.h5");
    let case = cases().into_iter().find(|case| case.name == "f64").unwrap();
    let network = load::<f64>(&model).unwrap();
    let first = network.parameters().next().unwrap().values()[0].to_le_bytes();
    let at = model.windows(8).position(|window| window == first).unwrap();
    model[at..at + 8].copy_from_slice(&large);
    assert!(load::<f64>(&model).is_ok());
    assert_refused(load::<f32>(&model), &["layer \"dense", "within the range of f32"]);
    model[at..at + 8].copy_from_slice(&f64::INFINITY.to_le_bytes());
    assert_refused(load::<f64>(&model), &["layer \"dense", "inf"]);
    check(&network, &case, "f64.h5");
}

#[test]
fn packed_members_have_a_limit() {
    let model = bytes("no_bias.keras");
    let mut members = members(&model);
    members.iter_mut().find(|(name, _)| name == "config.json").unwrap().1.resize(200 << 20, b' ');
    let bomb = Temporary::new("bomb.keras", &pack(&members, zip::CompressionMethod::Deflated));
    assert!(std::fs::metadata(&bomb.0).unwrap().len() < 1 << 20);
    assert_refused(Network::<f32>::load_keras(&bomb.0), &["config.json", "unpack_ratio"]);
    assert!(Network::<f32>::load_keras(Source::new(&bomb.0).unpack_ratio(1032)).is_ok());
}

#[test]
fn no_prefix_of_a_file_is_read_as_a_whole_one() {
    for name in ["no_bias.keras", "no_bias.h5", "plain_norms.h5", "keras_2.h5", "five_layers_deflated.keras"] {
        let whole = bytes(name);
        let expected = load::<f32>(&whole).unwrap();
        // Every prefix of one file of each kind.
        let step = if name.starts_with("no_bias") { 1 } else { 37 };
        for length in (0..whole.len()).step_by(step) {
            // What is cut off may be free space.
            if let Ok(network) = load::<f32>(&whole[..length]) {
                assert_eq!(network, expected, "{name} cut to {length} bytes");
            }
        }
    }
    let whole = bytes("no_bias.weights.h5");
    let fresh = load::<f32>(&bytes("no_bias.keras")).unwrap();
    for length in 0..whole.len() {
        let mut network = fresh.clone();
        network.parameters_mut().for_each(|parameter| parameter.value_mut().fill(0.5));
        let before = network.clone();
        match load_weights(&mut network, &whole[..length]) {
            Ok(()) => assert_eq!(network, fresh, "cut to {length} bytes"),
            Err(_) => assert_eq!(network, before, "cut to {length} bytes"),
        }
    }
}

#[test]
fn a_path_that_is_no_file_is_an_error() {
    let folder = std::env::temp_dir();
    assert_refused(Network::<f32>::load_keras(&folder), &[]);
    let missing = folder.join("feedforward-keras-none.keras");
    assert_refused(Network::<f32>::load_keras(&missing), &["feedforward-keras-none.keras"]);
    let mut network = Network::<f32>::builder(2).dense(2, Identity).build().unwrap();
    assert_refused(network.load_keras_weights(&missing), &["feedforward-keras-none.keras"]);
    assert_refused(load::<f32>(b""), &["expected a file of Keras"]);
    assert_refused(load::<f32>(b"a text"), &["found one that starts with \"a text\""]);
    let zeros = std::path::Path::new("/dev/zero");
    if zeros.exists() {
        assert_refused(Network::<f32>::load_keras(zeros), &["expected a file of Keras"]);
    }
}

#[test]
fn an_affine_layer_takes_a_normalization_only_if_there_are_as_many() {
    let affine = || Affine::from_parameters(array![0.0_f32, 0.0, 0.0], array![1.0, 1.0, 1.0], array![0.0, 0.0, 0.0]);
    let dense = |outputs, inputs| Dense::with_seed(inputs, outputs, Tanh, Initializer::GlorotUniform, 1).unwrap();
    let layers: Vec<Box<dyn Layer<f32>>> =
        vec![Box::new(affine().unwrap()), Box::new(affine().unwrap()), Box::new(dense(4, 3)), Box::new(dense(2, 4))];
    let mut network = Network::from_layers(layers).unwrap();
    assert_refused(load_weights(&mut network, &bytes("adapted.weights.h5")), &["2 layers", "found 1"]);
    assert_refused(load_weights(&mut network, &bytes("adapted.h5")), &["2 layers", "found 1"]);
}
