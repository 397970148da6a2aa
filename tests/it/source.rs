//! Source code in C99 and Rust: compiled, run, and compared with predictions.
//!
//! All networks are in one C program and one Rust program, as compilers take a while to start.

use feedforward::activation::{AnyActivation, Clip, HardSigmoid};
use feedforward::estimator::Settings;
use feedforward::layer::{
    ActivationLayer, Affine, BatchNorm, Chain, Dropout, LayerNorm, LogSoftmax, Residual, Softmax,
};
use feedforward::{
    Activation, Classifier, Dense, Elu, Float, Gelu, Identity, Layer, LeakyRelu, Network, Regressor, Relu, Tanh,
};
use ndarray::{Array1, Array2};
use ndarray_rand::RandomExt;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::Uniform;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A network as source code, with rows of inputs and what it shall make of them.
struct Case {
    name: String,
    is_double: bool,
    c99: String,
    rust: String,
    inputs: Array2<f64>,
    outputs: Array2<f64>,
    /// The classes that a classifier predicts.
    classes: Option<Vec<i32>>,
}

/// How far an output may be from the prediction, relative to the largest of the row.
fn tolerance(is_double: bool) -> f64 {
    if is_double { 1e-12 } else { 1e-6 }
}

fn random(rows: usize, columns: usize, limit: f64, seed: u64) -> Array2<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    Array2::random_using((rows, columns), Uniform::new(-limit, limit).unwrap(), &mut rng)
}

fn narrow<F: Float>(numbers: &Array2<f64>) -> Array2<F> {
    numbers.mapv(F::from_f64)
}

fn widen<F: Float>(numbers: &Array2<F>) -> Array2<f64> {
    numbers.mapv(F::widen)
}

fn case_of<F: Float>(name: &str, network: &Network<F>, inputs: &Array2<f64>) -> Case {
    let is_double = size_of::<F>() == 8;
    let name = format!("{name}_{}", if is_double { "f64" } else { "f32" });
    let inputs = narrow::<F>(inputs);
    Case {
        c99: network.to_c99(&name).unwrap(),
        rust: network.to_rust(&name).unwrap(),
        is_double,
        outputs: widen(&network.predict(&inputs).unwrap()),
        inputs: widen(&inputs),
        name,
        classes: None,
    }
}

fn dense<F: Float>(
    inputs: usize,
    outputs: usize,
    activation: impl Into<AnyActivation>,
    seed: u64,
) -> Box<dyn Layer<F>> {
    let limit = (6.0 / (inputs + outputs) as f64).sqrt();
    let weight = narrow(&random(inputs, outputs, limit, seed));
    let bias = Array1::from_shape_fn(outputs, |k| F::from_f64(0.1 * k as f64 - 0.2));
    Box::new(Dense::from_parameters(weight, Some(bias), activation.into()).unwrap())
}

fn activations() -> Vec<(String, AnyActivation)> {
    let names =
        "identity sigmoid relu leaky_relu elu tanh softplus step gelu silu selu hard_sigmoid softsign mish clip";
    let named = names.split(' ').chain(["hard_swish"]).map(|name| (name.to_owned(), name.parse().unwrap()));
    let others: [(&str, AnyActivation); 8] = [
        ("steep_relu", LeakyRelu::new(0.3).unwrap().into()),
        ("deep_elu", Elu::new(0.7).unwrap().into()),
        ("gelu_tanh", Gelu::Tanh.into()),
        ("wide_sigmoid", HardSigmoid::new(0.2, 0.4).unwrap().into()),
        ("clip_both", Clip::new(-1.5, 0.75).unwrap().into()),
        ("clip_low", Clip::new(-1.5, f64::INFINITY).unwrap().into()),
        ("clip_high", Clip::new(f64::NEG_INFINITY, 0.75).unwrap().into()),
        ("clip_none", Clip::new(f64::NEG_INFINITY, f64::INFINITY).unwrap().into()),
    ];
    named.chain(others.map(|(name, activation)| (name.to_owned(), activation))).collect()
}

/// One number a row: no other output hides an error.
fn numbers() -> Array2<f64> {
    let extremes = [0.0, -0.0, 1e4, -1e4, 1e-30, -1e-30, 3.0, -3.0, 0.5, -0.5, 88.0, -88.0, -103.0, 1e-4, -1e-4];
    let near = (-400..=400).map(|k| f64::from(k) * 0.0371);
    let tails = (-60..0).map(|k| f64::from(k) * 1.713);
    let all: Vec<f64> = extremes.into_iter().chain(near).chain(tails).collect();
    Array2::from_shape_vec((all.len(), 1), all).unwrap()
}

/// Random rows, and some with the largest and the smallest numbers.
fn rows(columns: usize, seed: u64) -> Array2<f64> {
    let mut rows = random(24, columns, 2.0, seed);
    for (row, value) in [0.0, -0.0, 1e4, -1e4].into_iter().enumerate() {
        rows.row_mut(row).fill(value);
    }
    for (k, number) in rows.row_mut(4).iter_mut().enumerate() {
        *number = if k % 2 == 0 { 1e4 } else { -1e4 };
    }
    rows
}

/// Networks of every activation and layer.
fn networks<F: Float>() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, activation) in activations() {
        let layer = ActivationLayer::new(1, activation).unwrap();
        cases.push(case_of::<F>(&name, &Network::from_layers(vec![Box::new(layer)]).unwrap(), &numbers()));
    }
    let mut add = |name: &str, layers: Vec<Box<dyn Layer<F>>>| {
        let network = Network::from_layers(layers).unwrap();
        let inputs = rows(network.input_size(), 3);
        cases.push(case_of(name, &network, &inputs));
    };
    let vector = |size, factor: f64, start: f64| {
        Array1::from_shape_fn(size, |k| F::from_f64(start + factor * (1.7 * k as f64 + 0.3).sin()))
    };

    // All numbers of inputs modulo 4 and 8, few and many outputs.
    for (inputs, outputs) in [(1, 1), (2, 4), (3, 9), (5, 8), (7, 7), (8, 1), (9, 3), (13, 64), (19, 5), (64, 64)] {
        add(&format!("dense_{inputs}_{outputs}"), vec![dense(inputs, outputs, Identity, 5)]);
    }
    let weight = |inputs, outputs| narrow::<F>(&random(inputs, outputs, 1.0, 8));
    let without_bias = |inputs, outputs| {
        let layer = Dense::from_parameters(weight(inputs, outputs), None, Relu).unwrap();
        vec![Box::new(layer) as Box<dyn Layer<F>>]
    };
    add("no_bias", without_bias(6, 9));
    add("no_bias_narrow", without_bias(11, 2));
    add(
        "five_layers",
        vec![
            dense(4, 16, Relu, 1),
            dense(16, 12, Tanh, 2),
            dense(12, 24, Relu, 3),
            dense(24, 9, Tanh, 4),
            dense(9, 3, Identity, 5),
        ],
    );

    let batch_norm = |size: usize| {
        let mut layer = BatchNorm::<F>::new(size).unwrap();
        let values = [vector(size, 0.5, 1.0), vector(size, 0.3, 0.0), vector(size, 2.0, 0.0), vector(size, 0.5, 1.0)];
        layer.visit_mut(&mut {
            let mut values = values.into_iter();
            move |parameter| parameter.value_mut().row_mut(0).assign(&values.next().unwrap())
        });
        Box::new(layer) as Box<dyn Layer<F>>
    };
    let layer_norm = |size: usize, epsilon| {
        let mut layer = LayerNorm::<F>::with_epsilon(size, epsilon).unwrap();
        let mut values = [vector(size, 0.5, 1.0), vector(size, 0.3, 0.0)].into_iter();
        layer.visit_mut(&mut |parameter| parameter.value_mut().row_mut(0).assign(&values.next().unwrap()));
        Box::new(layer) as Box<dyn Layer<F>>
    };
    let affine = |size| {
        let layer = Affine::from_parameters(vector(size, 3.0, 1.0), vector(size, 1.0, 0.0), vector(size, 2.0, 0.0));
        Box::new(layer.unwrap()) as Box<dyn Layer<F>>
    };
    add("batch_norm", vec![batch_norm(5)]);
    add("layer_norm", vec![layer_norm(5, 1e-5)]);
    add("layer_norm_wide", vec![layer_norm(70, 1e-3)]);
    add("affine", vec![affine(6)]);
    add("softmax", vec![Box::new(Softmax::new(5).unwrap())]);
    add("log_softmax", vec![Box::new(LogSoftmax::new(5).unwrap())]);
    add("softmax_of_one", vec![Box::new(Softmax::new(1).unwrap()), Box::new(LogSoftmax::new(1).unwrap())]);
    let dropout = |size| Box::new(Dropout::new(size, 0.5, &mut ChaCha8Rng::seed_from_u64(1)).unwrap());
    add("dropout", vec![dropout(3)]);

    let chain = |layers| Chain::new(layers).unwrap();
    let residual = |layers| Box::new(Residual::new(chain(layers)).unwrap()) as Box<dyn Layer<F>>;
    add("residual_first", vec![residual(vec![dense(3, 10, Relu, 1), dense(10, 3, Identity, 2)])]);
    add("residual_of_nothing", vec![dense(3, 4, Identity, 3), residual(vec![dropout(4)])]);
    add(
        "residual_of_numbers",
        vec![dense(3, 9, Identity, 3), residual(vec![affine(9), batch_norm(9)]), dense(9, 9, Relu, 4)],
    );
    add(
        "residuals",
        vec![
            dense(4, 9, Relu, 1),
            residual(vec![
                layer_norm(9, 1e-5),
                dense(9, 12, Relu, 2),
                residual(vec![dense(12, 5, Relu, 3), dense(5, 12, Identity, 4)]),
                dense(12, 9, Identity, 5),
            ]),
            residual(vec![Box::new(chain(vec![dense(9, 9, Relu, 6), dropout(9)])) as Box<dyn Layer<F>>]),
            dense(9, 2, Identity, 7),
        ],
    );
    add(
        "everything",
        vec![
            affine(6),
            dense(6, 12, Relu, 1),
            batch_norm(12),
            Box::new(ActivationLayer::new(12, Relu).unwrap()),
            Box::new(chain(vec![dense(12, 10, Identity, 2), dropout(10), layer_norm(10, 1e-5)])),
            dense(10, 4, Identity, 3),
            Box::new(Softmax::new(4).unwrap()),
        ],
    );
    cases
}

/// A classifier whose labels are hard to write.
fn classifier<F: Float>() -> Classifier<F, String> {
    let labels = LABELS.iter().map(|label| (*label).to_owned());
    let labels: Vec<String> = labels.clone().chain(labels).collect();
    let inputs = Array2::from_shape_fn((labels.len(), 3), |(row, k)| {
        F::from_f64(1000.3 + (row % LABELS.len()) as f64 * (k as f64 - 0.7) + 0.01 * row as f64)
    });
    let settings = Settings { hidden: vec![9], epochs: 30, ..Settings::default() };
    Classifier::fit_with(&settings, &inputs, &labels).unwrap()
}

const LABELS: [&str; 6] =
    ["plain", "\"quoted\" \\ back\\", "line\nand\ttab", "??/ ??= trigraphs??", "naïve 🐢1", "*/ // %s"];

fn classifier_case<F: Float>() -> Case {
    let model = classifier::<F>();
    let name = if size_of::<F>() == 8 { "labels_f64" } else { "Labels_f32" };
    let inputs = narrow::<F>(&(random(20, 3, 4.0, 11) + 1000.0));
    let labels = model.predict(&inputs).unwrap();
    let classes = labels.iter().map(|label| model.classes().iter().position(|class| class == label).unwrap() as i32);
    Case {
        c99: model.to_c99(name).unwrap(),
        rust: model.to_rust(name).unwrap(),
        is_double: size_of::<F>() == 8,
        outputs: widen(&model.predict_proba(&inputs).unwrap()),
        inputs: widen(&inputs),
        classes: Some(classes.collect()),
        name: name.to_owned(),
    }
}

fn regressor_case<F: Float>() -> Case {
    let inputs = narrow::<F>(&(random(40, 3, 4.0, 12) * 50.0 + 1e4));
    let numbers = inputs.rows().into_iter().map(|row| F::from_f64(500.0) + row[0] - row[1]).collect::<Array1<F>>();
    let settings = Settings { hidden: vec![9], epochs: 20, ..Settings::default() };
    let model = Regressor::fit_with(&settings, &inputs, &numbers).unwrap();
    let name = if size_of::<F>() == 8 { "numbers_f64" } else { "numbers_f32" };
    Case {
        c99: model.to_c99(name).unwrap(),
        rust: model.to_rust(name).unwrap(),
        is_double: size_of::<F>() == 8,
        outputs: widen(&model.predict(&inputs).unwrap().insert_axis(ndarray::Axis(1))),
        inputs: widen(&inputs),
        classes: None,
        name: name.to_owned(),
    }
}

fn cases() -> Vec<Case> {
    let mut cases = networks::<f32>();
    cases.extend(networks::<f64>());
    cases.extend([
        classifier_case::<f32>(),
        classifier_case::<f64>(),
        regressor_case::<f32>(),
        regressor_case::<f64>(),
    ]);
    cases
}

/// A folder that is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("feedforward-source-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Runs a compiler, which must be there and be content.
fn compile(command: &mut Command, why: &str) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}; {why}"));
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && messages.is_empty(), "{command:?}:\n{messages}");
}

fn compile_c(folder: &Folder, sources: &[PathBuf], program: &str, options: &[&str]) -> PathBuf {
    let path = folder.0.join(program);
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let mut command = Command::new(compiler);
    command.args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-Wconversion", "-Wshadow"]);
    command.args(["-Wdouble-promotion", "-Wmissing-prototypes"]).args(options).args(sources).arg("-o").arg(&path);
    compile(&mut command, "this test needs a C compiler, as Rust needs its linker");
    path
}

/// Compiles one module per file, each in a library without std and with all warnings as errors, and a program.
fn compile_rust(folder: &Folder, library: &Path, program: &Path) -> PathBuf {
    let path = folder.0.join("rust_program");
    let compiler = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let rustc = || {
        let mut command = Command::new(&compiler);
        command
            .args(["--edition=2024", "-Copt-level=1", "-Dwarnings", "-Cdebuginfo=0"])
            .arg("--out-dir")
            .arg(&folder.0);
        command
    };
    let why = "this test needs rustc, or its path in RUSTC";
    let extern_library = format!("networks={}", folder.0.join("libnetworks.rlib").display());
    compile(rustc().args(["--crate-type=rlib", "--crate-name=networks"]).arg(library), why);
    compile(rustc().arg("--crate-name=rust_program").arg("--extern").arg(extern_library).arg(program), why);
    path
}

/// Gives each row to the program as the bits of its numbers, and one of NaN; returns the numbers of each line that it
/// prints.
fn run(program: &Path, cases: &[Case]) -> Vec<Vec<f64>> {
    let mut input = String::new();
    for (index, case) in cases.iter().enumerate() {
        for row in case.inputs.rows() {
            let _ = write!(input, "{index}");
            row.iter().for_each(|number| input += &format!(" {:x}", number.to_bits()));
            input.push('\n');
        }
        let nan = format!(" {:x}", f64::NAN.to_bits()).repeat(case.inputs.ncols());
        let _ = writeln!(input, "{index}{nan}");
    }
    let mut child = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    let number = |word: &str| f64::from_bits(u64::from_str_radix(word, 16).unwrap());
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| line.split_whitespace().map(number).collect()).collect()
}

/// Compares what a program printed with the predictions.
fn compare(language: &str, cases: &[Case], printed: &[Vec<f64>]) {
    let mut lines = printed.iter();
    let mut failures = String::new();
    for case in cases {
        let mut worst = (0.0, 0);
        for (row, expected) in case.outputs.rows().into_iter().enumerate() {
            let mut found = lines.next().unwrap().clone();
            if let Some(classes) = &case.classes {
                assert_eq!(found.pop().unwrap(), f64::from(classes[row]), "{language}, {}, row {row}", case.name);
            }
            assert_eq!(found.len(), expected.len(), "{language}, {}", case.name);
            let largest = expected.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
            for (&found, &expected) in found.iter().zip(expected) {
                let error = if found == expected { 0.0 } else { (found - expected).abs() / largest };
                if error.is_nan() || error > worst.0 {
                    worst = (error, row);
                }
            }
        }
        let mut of_nan = lines.next().unwrap().clone();
        if case.classes.is_some() {
            assert_eq!(of_nan.pop().unwrap(), -1.0, "{language}, {}", case.name);
        }
        assert!(of_nan.iter().all(|number| number.is_nan()), "{language}, {}: NaN became {of_nan:?}", case.name);
        if worst.0.is_nan() || worst.0 > tolerance(case.is_double) {
            let (error, row) = worst;
            let (input, output) = (case.inputs.row(row), case.outputs.row(row));
            let _ = writeln!(failures, "{}: error {error:e} in row {row}: {input} -> {output}", case.name);
        }
    }
    assert!(lines.next().is_none());
    assert!(failures.is_empty(), "{language}:\n{failures}");
}

/// A program that reads lines of a case and its inputs, and prints the outputs.
fn c_program(cases: &[Case]) -> String {
    let mut program = String::from(
        "#include <stdint.h>\n#include <stdio.h>\n#include <stdlib.h>\n
static double next(void)\n{\n    union { double number; uint64_t bits; } both;\n    unsigned long long bits;
    if (scanf(\"%llx\", &bits) != 1) exit(1);\n    both.bits = bits;\n    return both.number;\n}\n
static void show(double number)\n{\n    union { double number; uint64_t bits; } both;
    both.number = number;\n    printf(\"%llx \", (unsigned long long)both.bits);\n}\n\n",
    );
    let mut arms = String::new();
    for (index, case) in cases.iter().enumerate() {
        let (name, inputs, outputs) = (&case.name, case.inputs.ncols(), case.outputs.ncols());
        let float = if case.is_double { "double" } else { "float" };
        let function = if case.classes.is_some() { format!("{name}_probabilities") } else { name.clone() };
        let _ = writeln!(program, "void {function}(const {float} input[{inputs}], {float} output[{outputs}]);");
        let mut class = String::new();
        if case.classes.is_some() {
            let _ = writeln!(program, "int {name}(const {float} input[{inputs}]);");
            class = format!(" show((double){name}(input));");
        }
        let _ = writeln!(
            arms,
            "        case {index}: {{ {float} input[{inputs}], output[{outputs}];
            for (int k = 0; k < {inputs}; k++) input[k] = ({float})next();
            {function}(input, output);
            for (int k = 0; k < {outputs}; k++) show((double)output[k]);
           {class} break; }}"
        );
    }
    let _ = writeln!(
        program,
        "\nint main(void)\n{{\n    int index;\n    while (scanf(\"%d\", &index) == 1) {{\n        switch (index) {{\n{arms}
        default: return 1; }}\n        printf(\"\\n\");\n    }}\n    return 0;\n}}"
    );
    program
}

fn rust_library(folder: &Folder, cases: &[Case]) -> PathBuf {
    let mut library = String::from("#![no_std]\n#![allow(non_snake_case)]\n");
    for case in cases {
        folder.write(&format!("{}.rs", case.name), &case.rust);
        let _ = writeln!(library, "pub mod {};", case.name);
    }
    folder.write("networks.rs", &library)
}

fn rust_program(cases: &[Case]) -> String {
    let mut arms = String::new();
    for (index, case) in cases.iter().enumerate() {
        let name = &case.name;
        let float = if case.is_double { "f64" } else { "f32" };
        let path = format!("networks::{name}::{name}");
        let function = if case.classes.is_some() { format!("{path}_probabilities") } else { path.clone() };
        let class = if case.classes.is_some() {
            format!("all.push({path}(&input).map_or(-1.0, |class| class as f64));")
        } else {
            String::new()
        };
        let _ = writeln!(
            arms,
            "            {index} => {{ let input = core::array::from_fn(|k| numbers[k] as {float});
                #[allow(unused_mut)]
                let mut all: Vec<f64> = {function}(&input).iter().map(|&y| y as f64).collect(); {class} all }}"
        );
    }
    format!(
        "#[allow(clippy::all)]
fn main() {{
    for line in std::io::stdin().lines() {{
        let line = line.unwrap();
        let mut words = line.split(' ');
        let index: usize = words.next().unwrap().parse().unwrap();
        let numbers: Vec<f64> = words.map(|word| f64::from_bits(u64::from_str_radix(word, 16).unwrap())).collect();
        let all = match index {{
{arms}            _ => panic!(),
        }};
        println!(\"{{}}\", all.iter().map(|y| format!(\"{{:x}} \", y.to_bits())).collect::<String>());
    }}
}}
"
    )
}

#[test]
fn c_agrees_with_predictions() {
    let (cases, folder) = (cases(), Folder::new("c"));
    let mut sources = vec![folder.write("main.c", &c_program(&cases))];
    // One translation unit, as names of their own allow: a compiler takes longer to start than to compile these.
    let all: String = cases.iter().map(|case| case.c99.as_str()).collect();
    sources.push(folder.write("all.c", &all));
    let program = compile_c(&folder, &sources, "c_program", &["-O1"]);
    compare("C99", &cases, &run(&program, &cases));
}

#[test]
fn rust_agrees_with_predictions() {
    let (cases, folder) = (cases(), Folder::new("rust"));
    let library = rust_library(&folder, &cases);
    let main = folder.write("rust_program.rs", &rust_program(&cases));
    let program = compile_rust(&folder, &library, &main);
    compare("Rust", &cases, &run(&program, &cases));
}

#[test]
fn the_same_network_gives_the_same_text() {
    for (one, other) in networks::<f32>().iter().zip(networks::<f32>()) {
        assert_eq!((&one.c99, &one.rust), (&other.c99, &other.rust));
    }
}

#[test]
fn names_are_identifiers_of_both_languages() {
    let network = Network::<f32>::builder(2).dense(1, Tanh).build().unwrap();
    for name in ["a", "iris", "Iris_2", "x__y", "parts", "output", "buffer_0", "FLOAT", "to_bits", "NAME"] {
        assert!(network.to_c99(name).is_ok() && network.to_rust(name).is_ok(), "{name}");
    }
    let bad =
        ["", "2a", "_a", "a-b", "a b", "a;", "naïve", "a\n", "int", "restrict", "match", "Self", "main", "uint32_t"];
    for name in bad {
        let error = network.to_c99(name).unwrap_err().to_string();
        assert!(error.starts_with("to_c99: expected a name") && error.contains(&format!("{name:?}")), "{error}");
        assert!(network.to_rust(name).unwrap_err().to_string().starts_with("to_rust: expected a name"));
    }
}

#[test]
fn labels_are_escaped() {
    let model = classifier::<f32>();
    let (c99, rust) = (model.to_c99("labels").unwrap(), model.to_rust("labels").unwrap());
    for label in [
        r#""plain""#,
        r#""\"quoted\" \\ back\\""#,
        r#""line\012and\011tab""#,
        r#""?\?/ ?\?= trigraphs?\?""#,
        r#""na\303\257ve \360\237\220\2421""#,
        r#""*/ // %s""#,
    ] {
        assert!(c99.contains(label), "{label} in\n{c99}");
    }
    for label in LABELS {
        assert!(rust.contains(&format!("\"{}\"", label.escape_default())), "{label} in\n{rust}");
    }
    assert!(c99.is_ascii() && rust.is_ascii());
}

/// The C compiler reads the labels as they were: a program prints them.
#[test]
fn labels_arrive_in_c_and_rust() {
    let (model, folder) = (classifier::<f32>(), Folder::new("labels"));
    let expected = model.classes().join("|") + "|";
    let main = "#include <stdio.h>\nextern const char *const labels_labels[6];\n
int main(void)\n{\n    for (int k = 0; k < 6; k++) printf(\"%s|\", labels_labels[k]);\n    return 0;\n}\n";
    let sources = [folder.write("labels.c", &model.to_c99("labels").unwrap()), folder.write("main.c", main)];
    // Trigraphs are on in C99.
    let program = compile_c(&folder, &sources, "c_program", &[]);
    assert_eq!(String::from_utf8(Command::new(program).output().unwrap().stdout).unwrap(), expected);

    let library = folder.write("networks.rs", &format!("#![no_std]\n{}", model.to_rust("labels").unwrap()));
    let main = "fn main() {\n    networks::LABELS_LABELS.iter().for_each(|label| print!(\"{label}|\"));\n}\n";
    let program = compile_rust(&folder, &library, &folder.write("rust_program.rs", main));
    assert_eq!(String::from_utf8(Command::new(program).output().unwrap().stdout).unwrap(), expected);
}

#[test]
fn labels_that_cannot_be_told_apart_are_refused() {
    let inputs = random(4, 2, 1.0, 1);
    let settings = Settings { hidden: vec![2], epochs: 1, ..Settings::default() };
    let fit = |labels: [&'static str; 4]| Classifier::fit_with(&settings, &inputs, &labels).unwrap();
    for (bad, text) in [
        (
            fit(["", "a", "", "a"]),
            "to_c99: expected labels of 1 to 4095 bytes without a zero byte, found \"\" for output 0",
        ),
        (fit(["a\0", "a", "b", "a"]), "to_c99: expected labels of 1 to 4095 bytes"),
        (
            fit([Box::leak("x".repeat(4096).into_boxed_str()), "a", "b", "a"]),
            "to_c99: expected labels of 1 to 4095 bytes",
        ),
    ] {
        let error = bad.to_c99("name").unwrap_err().to_string();
        assert!(error.starts_with(text), "{error}");
    }

    /// Two labels with one text.
    #[derive(Debug, Clone, PartialEq, Eq, Hash)]
    struct Same(u8);
    impl std::fmt::Display for Same {
        fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            formatter.write_str("same")
        }
    }
    let model = Classifier::fit_with(&settings, &inputs, &[Same(0), Same(1), Same(0), Same(1)]).unwrap();
    let error = model.to_rust("name").unwrap_err().to_string();
    assert_eq!(error, "LabelEncoder: expected distinct labels, found \"same\" twice");
}

#[test]
fn what_is_not_of_the_crate_is_named() {
    #[derive(Debug, Clone)]
    struct Arctan;
    impl<F: Float> Activation<F> for Arctan {
        fn activate(&self, values: &mut [F]) {
            values.iter_mut().for_each(|z| *z = z.atan());
        }
        fn backpropagate(&self, _: &[F], _: &[F], _: &mut [F]) {}
    }
    let network = Network::<f32>::builder(2).dense(3, Arctan).build().unwrap();
    let error = network.to_c99("name").unwrap_err().to_string();
    assert!(
        error.starts_with("to_c99: expected activations of this crate") && error.ends_with("found Arctan"),
        "{error}"
    );

    #[derive(Debug, Clone)]
    struct Reverse;
    impl<F: Float> Layer<F> for Reverse {
        fn input_size(&self) -> usize {
            2
        }
        fn output_size(&self) -> usize {
            2
        }
        fn infer(&self, input: &ndarray::ArrayRef2<F>, output: &mut ndarray::ArrayRef2<F>) {
            output.assign(&input.slice(ndarray::s![.., ..;-1]));
        }
        fn backward(
            &mut self,
            _: &ndarray::ArrayRef2<F>,
            _: &ndarray::ArrayRef2<F>,
            _: &mut ndarray::ArrayRef2<F>,
            _: Option<&mut ndarray::ArrayRef2<F>>,
        ) {
        }
    }
    let network = Network::<f64>::from_layers(vec![Box::new(Reverse)]).unwrap();
    let error = network.to_rust("name").unwrap_err().to_string();
    assert!(error.starts_with("to_rust: expected layers of this crate") && error.ends_with("found Reverse"), "{error}");
}

#[test]
fn numbers_that_are_not_finite_are_refused() {
    for bad in [f32::NAN, f32::INFINITY] {
        let mut network = Network::<f32>::builder(2).dense(3, Relu).build().unwrap();
        network.parameters_mut().next().unwrap().values_and_gradients_mut().0[1] = bad;
        assert!(network.to_c99("name").is_err() && network.to_rust("name").is_err());
    }
    // Finite as a setting, infinite in the network's precision.
    let steep = LeakyRelu::new(1e300).unwrap();
    assert!(Network::<f32>::builder(2).dense(3, steep).build().unwrap().to_c99("name").is_err());
    assert!(Network::<f64>::builder(2).dense(3, steep).build().unwrap().to_c99("name").is_ok());
}
