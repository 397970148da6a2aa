//! Model files: what is saved comes back, in both precisions; what is no model file is refused by name.

use crate::resume::Folder;
use feedforward::activation::{AnyActivation, Clip, HardSigmoid};
use feedforward::data::{LabelEncoder, MinMaxScaler, StandardScaler};
use feedforward::description::Description;
use feedforward::estimator::{RegressionLoss, Settings};
use feedforward::io::Registry;
use feedforward::layer::{BatchNormOptions, Chain, Dropout, LayerNorm};
use feedforward::*;
use ndarray::{Array1, Array2, ArrayRef2, array};
use std::path::Path;

/// A network of every layer and activation of the crate, with settings that are not the defaults, trained a little.
fn everything<F: Float>() -> Network<F> {
    let mut builder = Network::builder(5).dropout(0.2).affine().dense_without_bias(6, LeakyRelu::new(0.3).unwrap());
    for name in AnyActivation::NAMES {
        builder = builder.dense(6, name.parse::<AnyActivation>().unwrap());
    }
    builder = builder.dense(6, Gelu::Tanh).dense(6, Elu::new(0.7).unwrap());
    builder =
        builder.dense(6, HardSigmoid::new(0.3, 0.4).unwrap()).activation(Clip::new(f64::NEG_INFINITY, 2.0).unwrap());
    builder = builder.batch_norm_with(BatchNormOptions::default().epsilon(1e-3).momentum(0.2));
    builder = builder.layer(|inputs, _| LayerNorm::with_epsilon(inputs, 1e-4));
    builder = builder.residual(|block| block.dense(3, Tanh).residual(|inner| inner.dense(3, Silu)).dense(6, Identity));
    builder = builder.layer(|inputs, rng| {
        let dense = Dense::new(inputs, 3, Softplus, Initializer::HeNormal, rng)?;
        Chain::new(vec![Box::new(dense), Box::new(Dropout::new(3, 0.1, rng)?)])
    });
    let mut network = builder.softmax().log_softmax().seed(3).build().unwrap();
    let inputs = inputs();
    let targets = Array2::from_shape_fn((7, 3), |(row, column)| F::from_f64(-((row + column) as f64)));
    for _ in 0..3 {
        network.train_step(&inputs, &targets, &Mse, &mut Sgd::new(0.01).unwrap()).unwrap();
    }
    network.set_frozen(2, true).unwrap();
    network
}

fn inputs<F: Float>() -> Array2<F> {
    Array2::from_shape_fn((7, 5), |(row, column)| F::from_f64(((row * 3 + column * 5) % 11) as f64 / 5.0 - 1.0))
}

#[test]
fn every_layer_and_activation_comes_back() {
    fn check<F: Float>() {
        let mut network = everything::<F>();
        let bytes = network.to_bytes().unwrap();
        let mut loaded = Network::<F>::from_bytes(&bytes).unwrap();
        assert_eq!(loaded, network);
        assert_eq!(loaded.predict(&inputs()).unwrap(), network.predict(&inputs()).unwrap());
        // The same bytes: each time, and after each way.
        assert_eq!(network.to_bytes().unwrap(), bytes);
        assert_eq!(loaded.to_bytes().unwrap(), bytes);
        assert_eq!(Network::<F>::read_from(&bytes[..]).unwrap(), network);
        let mut written = Vec::new();
        network.write_to(&mut written).unwrap();
        assert_eq!(written, bytes);
        // Frozen parameters stay frozen, and dropout draws the masks that it would have drawn.
        let frozen = |network: &Network<F>| network.parameters().map(Parameter::is_frozen).collect::<Vec<_>>();
        assert_eq!(frozen(&loaded), frozen(&network));
        assert!(frozen(&loaded).contains(&true));
        let targets = Array2::zeros((7, 3));
        for network in [&mut loaded, &mut network] {
            network.train_step(&inputs(), &targets, &Mse, &mut Sgd::new(0.01).unwrap()).unwrap();
        }
        assert_eq!(loaded, network);
    }
    check::<f32>();
    check::<f64>();
}

#[test]
fn each_precision_reads_the_other() {
    let single = everything::<f32>();
    let double = Network::<f64>::from_bytes(&single.to_bytes().unwrap()).unwrap();
    for (a, b) in single.parameters().zip(double.parameters()) {
        assert!(a.values().iter().zip(b.values()).all(|(&a, &b)| f64::from(a) == b));
    }
    assert_eq!(Network::<f32>::from_bytes(&double.to_bytes().unwrap()).unwrap(), single);
    let large = Dense::from_parameters(array![[1e39]], None, Identity).unwrap();
    let bytes = Network::from_layers(vec![Box::new(large)]).unwrap().to_bytes().unwrap();
    let error = Network::<f32>::from_bytes(&bytes).unwrap_err().to_string();
    assert!(error.starts_with("model: \"0.weight\"") && error.contains("range of f32"), "{error}");
}

#[test]
fn a_loaded_model_trains_on() {
    let data = Dataset::new(inputs::<f64>(), Array2::from_elem((7, 3), -1.0)).unwrap();
    let mut network = everything();
    let mut loaded = Network::from_bytes(&network.to_bytes().unwrap()).unwrap();
    for network in [&mut network, &mut loaded] {
        Trainer::new(3).batch_size(2).fit(network, &data, &Mse, &mut Adam::new(1e-3).unwrap()).unwrap();
    }
    assert_eq!(loaded, network);
}

#[test]
fn estimators_scalers_and_encoders_come_back() {
    fn check<F: Float>() {
        let folder = Folder::new(&format!("estimators-{}", size_of::<F>()));
        let path = folder.0.join("model");
        let table = Array2::from_shape_fn((60, 2), |(row, column)| F::from_f64(((row * (3 + column)) % 17) as f64));
        let settings = Settings { hidden: vec![5], epochs: 4, ..Settings::default() };
        let names = ["width", "hei\"ght"].map(str::to_owned).to_vec();

        let labels: Vec<_> =
            table.rows().into_iter().map(|row| if row[0] > row[1] { "über" } else { "un\nter" }).collect();
        let model = Classifier::fit_with(&settings, &table, &labels).unwrap().with_column_names(names.clone()).unwrap();
        model.save(&path).unwrap();
        let loaded = Classifier::<F, String>::load(&path).unwrap();
        assert_eq!(loaded.predict(&table).unwrap(), model.predict(&table).unwrap());
        assert_eq!(loaded.predict_proba(&table).unwrap(), model.predict_proba(&table).unwrap());
        assert_eq!((loaded.history(), loaded.column_names()), (model.history(), &names[..]));
        assert_eq!(loaded.to_bytes().unwrap(), model.to_bytes().unwrap());

        // 10 sorts before 9 as text.
        let numbers: Vec<_> = labels.iter().map(|&label| if label == "über" { 9_u8 } else { 10 }).collect();
        let model = Classifier::fit_with(&settings, &table, &numbers).unwrap();
        model.save(&path).unwrap();
        assert_eq!(Classifier::<F, u8>::load(&path).unwrap().predict(&table).unwrap(), model.predict(&table).unwrap());
        let text = Classifier::<F, String>::load(&path).unwrap();
        assert_eq!(text.classes(), ["9", "10"]);
        let texts: Vec<_> = numbers.iter().map(u8::to_string).collect();
        assert_eq!(text.score(&table, &texts).unwrap(), model.score(&table, &numbers).unwrap());
        let error = Classifier::<F, bool>::load(&path).unwrap_err().to_string();
        assert!(error.contains("labels of the type bool") && error.contains("\"9\""), "{error}");

        let numbers: Array1<_> = table.rows().into_iter().map(|row| row[0] - row[1]).collect();
        let model = Regressor::fit_with(&settings, &table, &numbers).unwrap().with_column_names(names.clone()).unwrap();
        model.save(&path).unwrap();
        let loaded = Regressor::<F>::load(&path).unwrap();
        assert_eq!(loaded.predict(&table).unwrap(), model.predict(&table).unwrap());
        assert_eq!((loaded.history(), loaded.column_names()), (model.history(), &names[..]));

        let scaler = StandardScaler::fit(&table).unwrap();
        scaler.save(&path).unwrap();
        assert_eq!(StandardScaler::<F>::load(&path).unwrap(), scaler);
        let error = MinMaxScaler::<F>::load(&path).unwrap_err().to_string();
        assert!(error.ends_with("expected a file of a MinMaxScaler, found one of a StandardScaler"), "{error}");
        let scaler = MinMaxScaler::fit(&table).unwrap();
        scaler.save(&path).unwrap();
        assert_eq!(MinMaxScaler::<F>::load(&path).unwrap(), scaler);
        let encoder = LabelEncoder::from_classes(vec!['b', 'a']).unwrap();
        encoder.save(&path).unwrap();
        assert_eq!(LabelEncoder::<char>::load(&path).unwrap(), encoder);
        assert!(model.clone().with_column_names(vec![]).is_err());
    }
    check::<f32>();
    check::<f64>();
}

#[test]
fn labels_that_look_alike_are_not_saved() {
    #[derive(Debug, Clone, PartialEq, Eq, Hash)]
    struct Same(u8);
    impl std::fmt::Display for Same {
        fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            to.write_str("same")
        }
    }
    let error = LabelEncoder::fit(&[Same(1), Same(2)]).unwrap().to_bytes().unwrap_err().to_string();
    assert_eq!(error, "LabelEncoder: expected distinct labels, found \"same\" twice");
}

#[derive(Debug, Clone, PartialEq)]
struct Scaled {
    factor: f64,
}

impl<F: Float> Activation<F> for Scaled {
    fn activate(&self, values: &mut [F]) {
        values.iter_mut().for_each(|value| *value *= F::from_f64(self.factor));
    }
    fn backpropagate(&self, _: &[F], _: &[F], gradient: &mut [F]) {
        gradient.iter_mut().for_each(|gradient| *gradient *= F::from_f64(self.factor));
    }
    fn describe(&self) -> Description {
        Description::new("Scaled").with("factor", self.factor)
    }
}

/// y = a x + b x, with two parameters of one name and a layer inside.
#[derive(Debug, Clone)]
struct Twice<F: Float> {
    weights: [Parameter<F>; 2],
    inner: [Box<dyn Layer<F>>; 1],
}

impl<F: Float> Twice<F> {
    fn new(size: usize) -> error::Result<Self> {
        let weights =
            [1, 2].map(|number| Parameter::weight(Array2::from_elem((1, size), F::from_f64(f64::from(number)))));
        let inner = Dense::with_seed(size, size, Identity, Initializer::HeNormal, 1)?;
        Ok(Self { weights, inner: [Box::new(inner)] })
    }
}

impl<F: Float> Layer<F> for Twice<F> {
    fn input_size(&self) -> usize {
        self.weights[0].len()
    }
    fn output_size(&self) -> usize {
        self.weights[0].len()
    }
    fn infer(&self, input: &ArrayRef2<F>, output: &mut ArrayRef2<F>) {
        self.inner[0].infer(input, output);
        let both = self.weights[0].values().iter().zip(self.weights[1].values());
        let scales: Array1<F> = both.map(|(&a, &b)| a + b).collect();
        output.rows_mut().into_iter().for_each(|mut row| row *= &scales);
    }
    fn backward(&mut self, _: &ArrayRef2<F>, _: &ArrayRef2<F>, _: &mut ArrayRef2<F>, _: Option<&mut ArrayRef2<F>>) {}
    fn visit<'a>(&'a self, visitor: &mut dyn FnMut(&'a Parameter<F>)) {
        self.weights.iter().for_each(&mut *visitor);
        self.inner[0].visit(visitor);
    }
    fn visit_mut<'a>(&'a mut self, visitor: &mut dyn FnMut(&'a mut Parameter<F>)) {
        self.weights.iter_mut().for_each(&mut *visitor);
        self.inner[0].visit_mut(visitor);
    }
    fn layers(&self) -> &[Box<dyn Layer<F>>] {
        &self.inner
    }
}

#[test]
fn kinds_outside_the_crate_need_a_constructor() {
    let layer = Twice::<f64>::new(2).unwrap();
    let mut network = Network::from_layers(vec![
        Box::new(layer),
        Box::new(Dense::with_seed(2, 2, Scaled { factor: 0.5 }, Initializer::HeNormal, 1).unwrap()),
    ])
    .unwrap();
    network.parameters_mut().for_each(|parameter| parameter.value_mut().mapv_inplace(|value| value + 0.25));
    let names: Vec<_> = network.named_parameters().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["0.weight", "0.weight_2", "0.0.weight", "0.0.bias", "1.weight", "1.bias"]);
    let bytes = network.to_bytes().unwrap();

    let error = Network::<f64>::from_bytes(&bytes).unwrap_err().to_string();
    assert!(error.contains("found \"Twice\"") && error.contains("with Registry::layer"), "{error}");
    let registry = Registry::new().layer("Twice", |_, inputs| Twice::new(inputs));
    let error = Network::from_bytes_with(&bytes, &registry).unwrap_err().to_string();
    assert!(error.contains("found \"Scaled\"") && error.contains("with Registry::activation"), "{error}");
    let registry =
        registry.activation("Scaled", |description| Ok(Scaled { factor: description.number("factor").unwrap() }));
    let loaded = Network::from_bytes_with(&bytes, &registry).unwrap();
    assert_eq!(loaded, network);
    let row = array![[1.0, -2.0]];
    assert_eq!(loaded.predict(&row).unwrap(), network.predict(&row).unwrap());
    // A constructor that makes another layer.
    let registry = Registry::new().layer("Twice", |_, inputs| Dropout::with_seed(inputs, 0.5, 1));
    let registry = registry.activation("Scaled", |_| Ok(Scaled { factor: 1.0 }));
    let error = Network::<f64>::from_bytes_with(&bytes, &registry).unwrap_err().to_string();
    assert!(error.contains("expected a tensor \"0.generator\""), "{error}");
}

/// Written by version 0.1.0 of this crate, and never again: 2 -> Dense(Relu) 2 -> Dense(Identity) 1.
const VERSION_1: &[u8] = include_bytes!("../files/version_1.safetensors");

#[test]
fn the_first_version_of_the_format_is_read_for_good() {
    // [1, 2] · [[0.5, -1], [0.25, 2]] + [0.5, -1] = [1.5, 2]; · [[2], [-0.5]] + 0.125 = 2.125
    let network = Network::<f32>::from_bytes(VERSION_1).unwrap();
    assert_eq!(network.predict(&array![[1.0, 2.0], [0.0, 0.0]]).unwrap(), array![[2.125], [1.125]]);
}

/// Written before estimators had settings, preparations and names of targets in their files, and never again.
const FIRST_CLASSIFIER: &[u8] = include_bytes!("../files/classifier_version_1.safetensors");
const FIRST_REGRESSOR: &[u8] = include_bytes!("../files/regressor_version_1.safetensors");

/// What the program that wrote them predicted.
#[derive(serde::Deserialize)]
struct FirstPredictions {
    inputs: Vec<[f64; 3]>,
    labels: Vec<String>,
    probabilities: Vec<[f64; 3]>,
    numbers: Vec<f64>,
}

#[test]
fn the_first_estimators_predict_as_they_did() {
    let text = include_str!("../files/predictions_version_1.json");
    let FirstPredictions { inputs, labels, probabilities, numbers } = serde_json::from_str(text).unwrap();
    let inputs = Array2::from(inputs);
    let mut classifier = Classifier::<f64, String>::from_bytes(FIRST_CLASSIFIER).unwrap();
    assert_eq!(classifier.classes(), ["great", "low", "\u{fc}ber"]);
    assert_eq!(classifier.predict(&inputs).unwrap(), labels);
    let predicted = classifier.predict_proba(&inputs).unwrap();
    approx::assert_abs_diff_eq!(predicted, Array2::from(probabilities), epsilon = 1e-12);
    let mut regressor = Regressor::<f64>::from_bytes(FIRST_REGRESSOR).unwrap();
    let expected = Array1::from(numbers);
    approx::assert_relative_eq!(regressor.predict(&inputs).unwrap(), expected, max_relative = 1e-12);
    let first = [("length", inputs[[0, 0]].into()), ("width", inputs[[0, 1]].into()), ("constant", 4.0.into())];
    assert_eq!(classifier.predict_row(first.clone()).unwrap(), labels[0]);
    approx::assert_relative_eq!(regressor.predict_row(first).unwrap(), expected[0], max_relative = 1e-12);

    let names = ["length", "width", "constant"];
    assert_eq!(
        (classifier.column_names(), regressor.column_names()),
        (&names.map(str::to_owned)[..], classifier.column_names())
    );
    assert_eq!((classifier.history().len(), classifier.settings(), regressor.settings()), (30, None, None));
    assert_eq!(regressor.loss(), RegressionLoss::Squared);
    // A file of today says the same.
    let again = Classifier::<f64, String>::from_bytes(&classifier.to_bytes().unwrap()).unwrap();
    assert_eq!(again.predict_proba(&inputs).unwrap(), predicted);
    let again = Regressor::<f64>::from_bytes(&regressor.to_bytes().unwrap()).unwrap();
    assert_eq!(again.predict(&inputs).unwrap(), regressor.predict(&inputs).unwrap());
    // Training goes on, with the usual settings.
    classifier.partial_fit(&inputs, &labels).unwrap();
    regressor.partial_fit(&inputs, &expected).unwrap();
    assert_eq!(classifier.history().len(), 31);
    // Single precision rounds the numbers.
    let single = Regressor::<f32>::from_bytes(FIRST_REGRESSOR).unwrap();
    let rounded = single.predict(&inputs.mapv(|number| number as f32)).unwrap().mapv(f64::from);
    approx::assert_relative_eq!(rounded, expected, max_relative = 1e-4);
}

#[test]
fn a_newer_version_is_refused_by_a_sentence_with_both() {
    let mut bytes = VERSION_1.to_vec();
    let key = br#"\"format_version\":"#;
    let at = bytes.windows(key.len()).position(|window| window == key).unwrap() + key.len();
    assert_eq!(bytes[at], b'1');
    bytes[at] = b'2';
    let error = Network::<f32>::from_bytes(&bytes).unwrap_err().to_string();
    assert!(error.contains("expected a file of format version 1 to 1, which feedforward 0.1.0 reads"), "{error}");
    assert!(error.contains("found version 2, written by feedforward 0.1.0"), "{error}");
}

#[test]
fn numbers_that_are_not_finite_are_refused_both_ways() {
    let mut network = Network::<f32>::builder(2).dense(1, Identity).build().unwrap();
    let bytes = network.to_bytes().unwrap();
    network.parameters_mut().for_each(|parameter| parameter.value_mut().fill(f32::NAN));
    let error = network.to_bytes().unwrap_err().to_string();
    assert!(error.starts_with("Network::save: expected finite numbers in the weight, found NaN"), "{error}");
    let mut broken = bytes.clone();
    let end = broken.len();
    broken[end - 4..].copy_from_slice(&f32::INFINITY.to_le_bytes());
    let error = Network::<f32>::from_bytes(&broken).unwrap_err().to_string();
    assert!(error.contains("expected finite numbers in the weight, found inf in row 1"), "{error}");
    let registry = Registry::new().allow_not_finite();
    let loaded = Network::<f32>::from_bytes_with(&broken, &registry).unwrap();
    assert_eq!(loaded.parameters().next().unwrap().values()[1], f32::INFINITY);
}

#[test]
fn every_prefix_and_every_longer_file_is_refused() {
    let bytes = everything::<f32>().to_bytes().unwrap();
    for length in 0..bytes.len() {
        assert!(Network::<f32>::from_bytes(&bytes[..length]).is_err(), "{length} bytes");
    }
    for length in (0..bytes.len()).step_by(97) {
        assert!(Network::<f32>::read_from(&bytes[..length]).is_err(), "{length} bytes");
    }
    let longer = [&bytes[..], &[0]].concat();
    assert!(Network::<f32>::from_bytes(&longer).is_err());
    assert!(Network::<f32>::read_from(&longer[..]).is_err());
}

/// Makes a safetensors file of this header and these bytes.
fn file(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), data].concat()
}

#[test]
fn crafted_headers_are_refused() {
    let document = |layers: &str, inputs: &str| {
        let text = format!(
            r#"{{"format_version":1,"crate_version":"0.1.0","kind":"Network","network":{{"inputs":{inputs},"layers":[{layers}],"frozen":[]}}}}"#
        );
        format!(r#""__metadata__":{{"feedforward":{text:?}}}"#)
    };
    let dense = |outputs: &str| {
        format!(
            r#"{{"kind":"Dense","settings":[["outputs",{{"size":{outputs}}}],["bias",{{"flag":false}}],["activation",{{"part":{{"kind":"Relu","settings":[]}}}}]]}}"#
        )
    };
    let good = format!(
        r#"{{{},"0.weight":{{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}}}}"#,
        document(&dense("1"), "1")
    );
    assert!(Network::<f32>::from_bytes(&file(&good, &[0; 4])).is_ok());
    let tensor = |name: &str, shape: &str, from: u64, to: u64| {
        format!(r#"{name:?}:{{"dtype":"F32","shape":{shape},"data_offsets":[{from},{to}]}}"#)
    };
    let with = |layers: &str, inputs: &str, tensors: &[String]| {
        format!("{{{},{}}}", document(layers, inputs), tensors.join(","))
    };
    let weight = || tensor("0.weight", "[1,1]", 0, 4);
    let deep = (0..1000)
        .fold(dense("1"), |inner, _| format!(r#"{{"kind":"Chain","settings":[["layers",{{"parts":[{inner}]}}]]}}"#));
    let cases = [
        ("overlap", with(&dense("1"), "1", &[weight(), tensor("x", "[1]", 2, 6)]), 6, "invalid offset"),
        ("a gap", with(&dense("1"), "1", &[weight(), tensor("x", "[1]", 8, 12)]), 12, "invalid offset"),
        ("twice", with(&dense("1"), "1", &[weight(), weight()]), 4, "the name \"0.weight\" comes twice"),
        ("backwards", with(&dense("1"), "1", &[tensor("0.weight", "[1,1]", 4, 0)]), 4, "header"),
        ("an overflow", with(&dense("1"), "1", &[tensor("0.weight", "[4294967296,4294967296]", 0, 4)]), 4, "header"),
        (
            "more than there is",
            with(&dense("1"), "1", &[tensor("0.weight", "[1,1000]", 0, 4000)]),
            4,
            "expected a file of",
        ),
        (
            "a wrong shape",
            with(&dense("1"), "1", &[tensor("0.weight", "[1]", 0, 4)]),
            4,
            "to have shape [1, 1], found [1]",
        ),
        ("another tensor", with(&dense("1"), "1", &[weight(), tensor("1.weight", "[1]", 4, 8)]), 8, "\"1.weight\""),
        ("no tensor", format!("{{{}}}", document("", "1")), 0, "layer"),
        ("a large layer", with(&dense("1000000000000"), "1000000", &[weight()]), 4, "as many as the file holds"),
        (
            "a huge layer",
            with(&dense("18446744073709551615"), "18446744073709551615", &[weight()]),
            4,
            "as the file holds",
        ),
        (
            "a large norm",
            with(r#"{"kind":"LayerNorm","settings":[["epsilon",{"number":1.0}]]}"#, "1000000000000", &[weight()]),
            4,
            "as the file holds",
        ),
        ("too deep", with(&deep, "1", &[weight()]), 4, "recursion"),
        ("a bad rate", with(r#"{"kind":"Dropout","settings":[["rate",{"number":2.0}]]}"#, "1", &[weight()]), 4, "rate"),
        ("no setting", with(r#"{"kind":"Dense","settings":[]}"#, "1", &[weight()]), 4, "\"outputs\""),
        ("no text", format!("{{{}}}", weight()), 4, "without the text \"feedforward\""),
        ("no document", format!(r#"{{"__metadata__":{{"feedforward":"[1]"}},{}}}"#, weight()), 4, "document"),
        ("no object", "[]".to_owned(), 0, "header"),
    ];
    for (what, header, length, expected) in cases {
        let bytes = file(&header, &vec![0; length]);
        let error = Network::<f32>::from_bytes(&bytes).expect_err(what).to_string();
        assert!(error.starts_with("model: ") && error.contains(expected), "{what}: {error}");
    }
    // A header that promises more than the file has, up to the largest number.
    for promised in [1, 100_000_001, u64::MAX] {
        let mut bytes = file(&good, &[0; 4]);
        let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()).wrapping_add(promised);
        bytes[..8].copy_from_slice(&length.to_le_bytes());
        assert!(Network::<f32>::from_bytes(&bytes).is_err());
        assert!(Network::<f32>::read_from(&bytes[..]).is_err());
    }
}

#[test]
fn errors_name_the_file() {
    let folder = Folder::new("model-errors");
    let path = folder.0.join("model");
    let network = Network::<f32>::builder(200).dense(300, Relu).build().unwrap();
    let message = |outcome: error::Result<()>| outcome.unwrap_err().to_string();
    let load = |path: &Path| Network::<f32>::load(path).map(drop);
    assert!(message(load(&path)).starts_with(&*path.to_string_lossy()));
    assert!(message(load(&folder.0)).contains("expected a file to read, found a folder"));
    assert!(message(network.save(&folder.0)).contains("expected a file to write, found a folder"));
    assert!(message(network.save(folder.0.join("nowhere").join("model"))).contains("nowhere"));
    std::fs::write(&path, b"text").unwrap();
    assert!(message(load(&path)).contains("expected a whole header"));
    assert!(message(network.save(path.join("below"))).contains("below"));
    // Nothing was changed, and nothing is left.
    assert_eq!(std::fs::read(&path).unwrap(), b"text");
    assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), 1);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_and_devices_stay() {
    use std::os::unix::fs::FileTypeExt;
    let network = Network::<f32>::builder(200).dense(300, Relu).build().unwrap();
    let error = network.save("/dev/full").unwrap_err().to_string();
    assert!(error.starts_with("/dev/full: ") && error.contains("No space left"), "{error}");
    assert!(std::fs::metadata("/dev/full").unwrap().file_type().is_char_device());
    // A folder in which nobody can write.
    let error = network.save("/proc/self/model").unwrap_err().to_string();
    assert!(error.starts_with("/proc/self/model: "), "{error}");
}

#[cfg(unix)]
#[test]
fn a_file_has_the_usual_permissions_and_a_link_stays_one() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("model-permissions");
    let (path, usual, link) = (folder.0.join("model"), folder.0.join("usual"), folder.0.join("link"));
    let network = Network::<f32>::builder(2).dense(3, Relu).build().unwrap();
    network.save(&path).unwrap();
    std::fs::write(&usual, b"").unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&path), mode(&usual));
    std::os::unix::fs::symlink(&usual, &link).unwrap();
    network.save(&link).unwrap();
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(Network::<f32>::load(&usual).unwrap(), network);
}

#[test]
fn one_loaded_network_serves_many_threads() {
    let network = Network::<f32>::from_bytes(&everything::<f32>().to_bytes().unwrap()).unwrap();
    let expected = network.predict(&inputs()).unwrap();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..64).map(|_| scope.spawn(|| network.predict(&inputs()).unwrap())).collect();
        threads.into_iter().for_each(|thread| assert_eq!(thread.join().unwrap(), expected));
    });
}
