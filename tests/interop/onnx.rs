//! ONNX files of every layer, with inputs and outputs; and what the importer makes of files of others.

use crate::networks::{networks, rows};
use feedforward::data::{StandardScaler, argmax};
use feedforward::estimator::Settings;
use feedforward::io::OnnxOptions;
use feedforward::{Classifier, Float, Identity, Network, Regressor, Relu};
use ndarray::{Array1, Array2, Axis};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What stands beside a file: inputs, and what this crate makes of them.
#[derive(Serialize, Deserialize, Default)]
struct Expected {
    /// "f32" or "f64".
    precision: String,
    inputs: Vec<Vec<f64>>,
    #[serde(default)]
    outputs: Vec<Vec<f64>>,
    #[serde(default)]
    labels: Vec<String>,
}

fn numbers<F: Float>(matrix: &Array2<F>) -> Vec<Vec<f64>> {
    matrix.rows().into_iter().map(|row| row.iter().map(|value| value.widen()).collect()).collect()
}

fn precision<F: Float>() -> &'static str {
    if size_of::<F>() == 4 { "f32" } else { "f64" }
}

/// Writes files of every layer and activation in both precisions, of classifiers and of regressors.
pub fn write(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    write_in::<f32>(folder);
    write_in::<f64>(folder);
}

fn write_in<F: Float>(folder: &Path) {
    let save = |name: &str, bytes: Vec<u8>, inputs: &Array2<F>, outputs: Array2<F>, labels: Vec<String>| {
        let path = |extension: &str| folder.join(format!("{name}.{}.{extension}", precision::<F>()));
        std::fs::write(path("onnx"), bytes).unwrap();
        let (inputs, outputs) = (numbers(inputs), numbers(&outputs));
        let expected = Expected { precision: precision::<F>().to_owned(), inputs, outputs, labels };
        std::fs::write(path("json"), serde_json::to_string(&expected).unwrap()).unwrap();
    };
    for (name, network) in networks::<F>() {
        let inputs = rows(network.input_size());
        save(&name, network.to_onnx().unwrap(), &inputs, network.predict(&inputs).unwrap(), Vec::new());
    }
    write_options(&save);
    write_estimators(&save);
}

type Save<'a, F> = dyn Fn(&str, Vec<u8>, &Array2<F>, Array2<F>, Vec<String>) + 'a;

/// A network with scalers around it, and one with each activation at the end.
fn write_options<F: Float>(save: &Save<'_, F>) {
    // Means that are large beside the deviation: single precision alone would lose all digits.
    let inputs = rows::<F>(3) + F::from_f64(1e5);
    let scaler = StandardScaler::fit(&inputs).unwrap();
    let network = Network::<F>::builder(3).dense(8, Relu).dense(2, Identity).build().unwrap();
    let scaled = network.predict(&scaler.transform(&inputs).unwrap()).unwrap();
    let back = StandardScaler::from_parameters(ndarray::array![1e4, -3.0], ndarray::array![20.0, 0.5]).unwrap();
    let options = OnnxOptions::default().input_scaler(&scaler).output_scaler(&back).column_names(["a", "\"b\"", "ü"]);
    let bytes = network.to_onnx_with(&options).unwrap();
    save("scalers", bytes, &inputs, back.inverse_transform(&scaled).unwrap(), Vec::new());
    let inputs = rows(3);
    let logits = network.predict(&inputs).unwrap();
    let names = ["cat", "dog"];
    let labels = || argmax(&logits).unwrap().into_iter().map(|class| names[class].to_owned()).collect();
    let mut probabilities = logits.clone();
    feedforward::activation::softmax(&mut probabilities);
    let softmax = OnnxOptions::default().softmax().labels(names);
    save("ending_softmax", network.to_onnx_with(&softmax).unwrap(), &inputs, probabilities, labels());
    let sigmoid = logits.mapv(|z| F::one() / (F::one() + (-z).exp()));
    let options = OnnxOptions::default().sigmoid();
    save("ending_sigmoid", network.to_onnx_with(&options).unwrap(), &inputs, sigmoid, Vec::new());
}

fn write_estimators<F: Float>(save: &Save<'_, F>) {
    let settings = Settings { hidden: vec![6], epochs: 30, ..Settings::default() };
    let inputs = rows::<F>(3);
    let largest = argmax(&inputs).unwrap();
    let names: Vec<_> = largest.iter().map(|&class| ["low", "middle", "high"][class].to_owned()).collect();
    let classifier = Classifier::fit_with(&settings, &inputs, &names).unwrap();
    let outputs = classifier.predict_proba(&inputs).unwrap();
    save("classifier", classifier.to_onnx().unwrap(), &inputs, outputs, classifier.predict(&inputs).unwrap());
    let classifier = Classifier::fit_with(&settings, &inputs, &largest).unwrap();
    let outputs = classifier.predict_proba(&inputs).unwrap();
    let labels = classifier.predict(&inputs).unwrap().iter().map(usize::to_string).collect();
    save("classifier_of_numbers", classifier.to_onnx().unwrap(), &inputs, outputs, labels);
    let sums: Array1<F> = inputs.sum_axis(Axis(1)) * F::from_f64(30.0);
    let regressor = Regressor::fit_with(&settings, &inputs, &sums).unwrap();
    let outputs = regressor.predict(&inputs).unwrap().insert_axis(Axis(1));
    save("regressor", regressor.to_onnx().unwrap(), &inputs, outputs, Vec::new());
}

/// Reads each `NAME.onnx` of a folder with the inputs in `NAME.json`; writes the outputs, or why it was refused, to
/// `NAME.out.json`.
pub fn read(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "onnx") {
            continue;
        }
        let text = std::fs::read_to_string(path.with_extension("json")).unwrap();
        let expected: Expected = serde_json::from_str(&text).unwrap();
        let outcome = match expected.precision.as_str() {
            "f32" => predict::<f32>(&path, &expected.inputs),
            _ => predict::<f64>(&path, &expected.inputs),
        };
        let outcome = match outcome {
            Ok(outputs) => serde_json::json!({ "outputs": outputs }),
            Err(error) => serde_json::json!({ "refused": error.to_string() }),
        };
        std::fs::write(path.with_extension("out.json"), outcome.to_string()).unwrap();
    }
}

fn predict<F: Float>(path: &Path, inputs: &[Vec<f64>]) -> feedforward::error::Result<Vec<Vec<f64>>> {
    let network = Network::<F>::load_onnx(path)?;
    let columns = inputs.first().map_or(0, Vec::len);
    let inputs = Array2::from_shape_fn((inputs.len(), columns), |(row, column)| F::from_f64(inputs[row][column]));
    Ok(numbers(&network.predict(&inputs)?))
}
