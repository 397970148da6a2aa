//! ONNX: files of other libraries predict as they do, and files of this crate come back.

use crate::common::{Matrix, Precise, assert_close, matrix};
use crate::networks::{networks, rows};
use feedforward::data::{StandardScaler, argmax};
use feedforward::estimator::Settings;
use feedforward::io::OnnxOptions;
use feedforward::{Classifier, Float, Identity, Layer, Network, Parameter, Regressor, Relu, Sigmoid};
use ndarray::{Array1, Array2, ArrayRef2, Axis, array};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

#[derive(Deserialize)]
struct Case {
    precision: String,
    inputs: Matrix,
    outputs: Matrix,
    #[serde(default)]
    labels: Vec<String>,
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/interop"))
}

fn cases() -> BTreeMap<String, Case> {
    serde_json::from_str(&std::fs::read_to_string(folder().join("onnx.json")).unwrap()).unwrap()
}

fn path(name: &str) -> PathBuf {
    folder().join("onnx").join(format!("{name}.onnx"))
}

fn agrees<F: Precise>(name: &str, case: &Case) {
    let network = Network::<F>::load_onnx(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let outputs = network.predict(&matrix(&case.inputs)).unwrap();
    assert_eq!(outputs.dim(), (case.outputs.len(), case.outputs[0].len()), "{name}");
    assert_close(name, &outputs, &case.outputs);
}

#[test]
fn files_of_other_libraries_predict_as_they_do() {
    let cases = cases();
    assert_eq!(cases.len(), 95);
    // The converter writes a shape with one column for both outputs: each row becomes two.
    let mistaken = "skl_two_outputs";
    let error = Network::<f32>::load_onnx(path(mistaken)).unwrap_err().to_string();
    assert!(error.contains("expected a shape with a row of 2 numbers for each of batch, found [-1, 1]"), "{error}");
    for (name, case) in cases.iter().filter(|(name, _)| *name != mistaken) {
        agrees::<f32>(name, case);
        if case.precision == "f64" {
            agrees::<f64>(name, case);
        }
    }
}

#[test]
fn classifiers_of_scikit_learn_give_its_labels_and_probabilities() {
    let mut count = 0;
    for (name, case) in cases().iter().filter(|(_, case)| !case.labels.is_empty()) {
        let classifier = Classifier::<f32, String>::load_onnx(path(name)).unwrap();
        let inputs = matrix(&case.inputs);
        assert_eq!(classifier.predict(&inputs).unwrap(), case.labels, "{name}");
        assert_close(name, &classifier.predict_proba(&inputs).unwrap(), &case.outputs);
        assert!(classifier.history().is_empty());
        // The scaler of the pipeline is the classifier's, not a layer.
        let has_scaler = !["skl_no_zipmap", "skl_two_names"].contains(&name.as_str());
        assert_eq!(classifier.scaler().unwrap().mean().iter().any(|&mean| mean != 0.0), has_scaler, "{name}");
        assert_eq!(classifier.network().layers()[0].describe().kind(), "Dense", "{name}");
        count += 1;
    }
    assert_eq!(count, 6);
    // Several labels for a row: probabilities for a network, but no classifier.
    let error = Classifier::<f32, u32>::load_onnx(path("skl_many_labels")).unwrap_err().to_string();
    assert!(error.contains("(ai.onnx.ml.Binarizer): expected the label of the largest score"), "{error}");
    let numbers = Classifier::<f32, u32>::load_onnx(path("skl_classifier")).unwrap();
    assert_eq!(numbers.classes(), [0, 1, 2]);
    let error = Classifier::<f32, u32>::load_onnx(path("skl_names")).unwrap_err().to_string();
    assert!(error.ends_with("skl_names.onnx: LabelEncoder: expected labels of the type u32, found \"low\""), "{error}");
}

#[test]
fn regressors_of_scikit_learn_give_its_numbers() {
    for name in ["skl_regressor", "skl_min_max"] {
        let case = &cases()[name];
        let regressor = Regressor::<f32>::load_onnx(path(name)).unwrap();
        let found = regressor.predict(&matrix(&case.inputs)).unwrap().insert_axis(Axis(1));
        assert_close(name, &found, &case.outputs);
        assert!(regressor.scaler().unwrap().mean().iter().all(|&mean| mean != 0.0) || name == "skl_min_max");
    }
    let error = Regressor::<f32>::load_onnx(path("torch_no_bias_dynamo")).unwrap_err().to_string();
    assert!(error.ends_with("expected a regressor with 1 output, found 2"), "{error}");
}

#[test]
fn classifiers_of_pytorch_number_their_classes() {
    for name in ["torch_softmax_dynamo", "torch_log_softmax_script", "torch_no_bias_dynamo"] {
        let case = &cases()[name];
        let classifier = Classifier::<f32, usize>::load_onnx(path(name)).unwrap();
        let expected = argmax(&matrix::<f32>(&case.outputs)).unwrap();
        assert_eq!(classifier.predict(&matrix(&case.inputs)).unwrap(), expected, "{name}");
    }
}

/// One probability is that of the second of two classes.
#[test]
fn a_sigmoid_at_the_end_is_a_classifier_of_two_classes() {
    let network = Network::<f64>::builder(3).dense(4, Relu).dense(1, Sigmoid).build().unwrap();
    let classifier = Classifier::<f64, u8>::from_onnx(&network.to_onnx().unwrap()).unwrap();
    let (inputs, expected) = (rows(3), network.predict(&rows(3)).unwrap());
    let found = classifier.predict_proba(&inputs).unwrap();
    for (found, &expected) in found.rows().into_iter().zip(&expected) {
        assert!((found[1] - expected).abs() < 1e-15 && (found[0] - (1.0 - expected)).abs() < 1e-15);
    }
}

fn comes_back<F: Precise>() {
    for (name, network) in networks::<F>() {
        let read =
            Network::<F>::from_onnx(&network.to_onnx().unwrap()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let inputs = rows(network.input_size());
        let (expected, found) = (network.predict(&inputs).unwrap(), read.predict(&inputs).unwrap());
        assert_eq!(found, expected, "{name}");
        // The settings come back as they were: epsilons, slopes, bounds.
        if !["dropout", "chain", "residual_of_nothing", "alone"].iter().any(|other| name.contains(other)) {
            let describe = |network: &Network<F>| {
                network.layers().iter().map(|layer| layer.describe().to_string()).collect::<Vec<_>>().join(", ")
            };
            assert_eq!(describe(&read), describe(&network), "{name}");
        }
    }
}

#[test]
fn every_layer_and_activation_comes_back_with_the_same_bits() {
    comes_back::<f32>();
    comes_back::<f64>();
}

#[test]
fn scalers_and_endings_come_back_as_layers() {
    fn check<F: Precise>() {
        // The mean has more digits than single precision.
        let inputs = rows::<F>(3) + F::from_f64(1e5);
        let scaler = StandardScaler::fit(&inputs).unwrap();
        let back = StandardScaler::from_parameters(array![1e4, -3.0], array![20.0, 0.5]).unwrap();
        let network = Network::<F>::builder(3).dense(8, Relu).dense(2, Identity).build().unwrap();
        let scaled = network.predict(&scaler.transform(&inputs).unwrap()).unwrap();
        let options = OnnxOptions::default().input_scaler(&scaler).output_scaler(&back);
        let read = Network::<F>::from_onnx(&network.to_onnx_with(&options).unwrap()).unwrap();
        let numbers = |matrix: Array2<F>| -> Matrix {
            matrix.rows().into_iter().map(|row| row.iter().map(|value| value.widen()).collect()).collect()
        };
        let expected = numbers(back.inverse_transform(&scaled).unwrap());
        assert_close("scalers", &read.predict(&inputs).unwrap(), &expected);

        let softmax = OnnxOptions::default().softmax().labels(["a", "b"]).column_names(["x", "y", "\"z\""]);
        let read = Network::<F>::from_onnx(&network.to_onnx_with(&softmax).unwrap()).unwrap();
        let mut probabilities = network.predict(&rows(3)).unwrap();
        let sigmoid = probabilities.mapv(|z| F::one() / (F::one() + (-z).exp()));
        feedforward::activation::softmax(&mut probabilities);
        assert_eq!(read.predict(&rows(3)).unwrap(), probabilities);
        let read = Network::<F>::from_onnx(&network.to_onnx_with(&OnnxOptions::default().sigmoid()).unwrap()).unwrap();
        assert_close("sigmoid", &read.predict(&rows(3)).unwrap(), &numbers(sigmoid));
    }
    check::<f32>();
    check::<f64>();
}

#[test]
fn classifiers_and_regressors_come_back() {
    fn check<F: Precise>() {
        let settings = Settings { hidden: vec![6], epochs: 20, ..Settings::default() };
        let inputs = rows::<F>(3) + F::from_f64(1e4);
        let classes = argmax(&inputs).unwrap();
        let names: Vec<_> = classes.iter().map(|&class| ["07", "ü \"", ""][class].to_owned()).collect();
        let classifier = Classifier::fit_with(&settings, &inputs, &names).unwrap();
        let read = Classifier::<F, String>::from_onnx(&classifier.to_onnx().unwrap()).unwrap();
        assert_eq!((read.classes(), read.scaler()), (classifier.classes(), classifier.scaler()));
        assert_eq!(read.predict_proba(&inputs).unwrap(), classifier.predict_proba(&inputs).unwrap());
        let classifier = Classifier::fit_with(&settings, &inputs, &classes).unwrap();
        let file = std::env::temp_dir().join(format!("feedforward-onnx-{}-{}", std::process::id(), size_of::<F>()));
        classifier.save_onnx(&file).unwrap();
        let read = Classifier::<F, usize>::load_onnx(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        assert_eq!(read.predict(&inputs).unwrap(), classifier.predict(&inputs).unwrap());

        let sums: Array1<F> = inputs.sum_axis(Axis(1));
        let regressor = Regressor::fit_with(&settings, &inputs, &sums).unwrap();
        let read = Regressor::<F>::from_onnx(&regressor.to_onnx().unwrap()).unwrap();
        assert_eq!((read.scaler(), read.target_scaler()), (regressor.scaler(), regressor.target_scaler()));
        assert_eq!(read.predict(&inputs).unwrap(), regressor.predict(&inputs).unwrap());
    }
    check::<f32>();
    check::<f64>();
}

#[test]
fn options_are_send_sync_and_debug() {
    fn check<T: Send + Sync + std::fmt::Debug>() {}
    check::<OnnxOptions<'static, f32>>();
}

/// y = 2x.
#[derive(Debug, Clone)]
struct Doubled;

impl<F: Float> Layer<F> for Doubled {
    fn input_size(&self) -> usize {
        2
    }
    fn output_size(&self) -> usize {
        2
    }
    fn infer(&self, input: &ArrayRef2<F>, output: &mut ArrayRef2<F>) {
        output.assign(&(input + input));
    }
    fn backward(
        &mut self,
        _input: &ArrayRef2<F>,
        _output: &ArrayRef2<F>,
        output_gradient: &mut ArrayRef2<F>,
        input_gradient: Option<&mut ArrayRef2<F>>,
    ) {
        if let Some(input_gradient) = input_gradient {
            input_gradient.assign(&(&*output_gradient + &*output_gradient));
        }
    }
}

#[test]
fn what_cannot_be_written_is_named() {
    let network = Network::<f32>::builder(2)
        .dense(2, Relu)
        .residual(|block| block.dense(2, Relu).layer(|_, _| Ok(Doubled)))
        .build()
        .unwrap();
    let error = network.to_onnx().unwrap_err().to_string();
    assert_eq!(error, "to_onnx: expected layers of the crate, found layer 1.1, Doubled");

    let mut network = Network::<f32>::builder(2).dense(2, Relu).build().unwrap();
    let fits = OnnxOptions::default().labels(["a"]);
    let error = network.to_onnx_with(&fits).unwrap_err().to_string();
    assert_eq!(error, "to_onnx: expected 2 columns in the labels, found 1");
    network.visit_mut(&mut |parameter: &mut Parameter<f32>| parameter.value_mut().fill(f32::NAN));
    let error = network.to_onnx().unwrap_err().to_string();
    assert_eq!(error, "to_onnx: expected finite numbers in the weight, found NaN in row 0, column 0");
}

#[test]
fn a_file_that_cannot_be_written_leaves_nothing_behind() {
    let network = Network::<f32>::builder(2).dense(2, Relu).build().unwrap();
    let folder = std::env::temp_dir().join(format!("feedforward-onnx-folder-{}", std::process::id()));
    let missing = folder.join("model.onnx");
    assert!(network.save_onnx(&missing).unwrap_err().to_string().contains("model.onnx: "));
    std::fs::create_dir(&folder).unwrap();
    assert!(network.save_onnx(&folder).is_err());
    network.save_onnx(&missing).unwrap();
    network.save_onnx(&missing).unwrap();
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    std::fs::remove_dir_all(&folder).unwrap();
    if cfg!(target_os = "linux") {
        assert!(network.save_onnx("/dev/full").unwrap_err().to_string().starts_with("/dev/full: "));
    }
}
