//! State dicts and modules that PyTorch saved, read without Python and compared with its outputs.
//!
//! `tests/interop/pytorch.py` writes the files and the numbers.

use feedforward::activation::AnyActivation;
use feedforward::io::{StateDict, Tensor, Values};
use feedforward::layer::{BatchNormOptions, LayerNorm};
use feedforward::{
    Elu, Float, Gelu, Identity, Initializer, Layer, LeakyRelu, Network, Parameter, Relu, Sigmoid, Silu, Softplus, Tanh,
};
use ndarray::{Array2, ArrayRef2, array};
use serde_json::Value as Json;
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("interop/pytorch")
}

fn read(file: &str) -> StateDict {
    StateDict::read(folder().join(file)).unwrap()
}

fn bytes(file: &str) -> Vec<u8> {
    std::fs::read(folder().join(file)).unwrap()
}

fn expected() -> Json {
    serde_json::from_str(&std::fs::read_to_string(folder().join("expected.json")).unwrap()).unwrap()
}

fn numbers(json: &Json) -> Vec<f64> {
    json.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn matrix<F: Float>(json: &Json) -> Array2<F> {
    let rows: Vec<Vec<f64>> = json.as_array().unwrap().iter().map(numbers).collect();
    Array2::from_shape_fn((rows.len(), rows[0].len()), |(row, column)| F::from_f64(rows[row][column]))
}

/// Compares predictions with PyTorch's outputs, relative to the largest of them.
fn assert_agrees<F: Float>(file: &str, network: &Network<F>) {
    let case = &expected()[file];
    let outputs = network.predict(&matrix::<F>(&case["inputs"])).unwrap();
    let reference = matrix::<f64>(&case["outputs"]);
    assert_eq!(outputs.dim(), reference.dim(), "{file}");
    let scale = reference.iter().fold(0.0_f64, |scale, value| scale.max(value.abs()));
    let tolerance = if size_of::<F>() == 4 { 1e-6 } else { 1e-12 };
    for (&found, &expected) in outputs.iter().zip(&reference) {
        let error = (found.widen() - expected).abs();
        assert!(error <= tolerance * scale.max(1.0), "{file}: expected {expected}, found {found}");
    }
}

/// Makes the networks of the script, still with random weights.
fn network<F: Float>(file: &str) -> Network<F> {
    let builder = Network::builder;
    let residual = || builder(3).dense(4, Relu).residual(|block| block.dense(6, Tanh).dense(4, Identity));
    let net = BatchNormOptions::default().epsilon(1e-3).momentum(0.3);
    let built = match file.split('.').next().unwrap() {
        "no_bias" => builder(3).dense_without_bias(4, Relu).dense_without_bias(2, Identity),
        "one_neuron" => builder(1).dense(1, Identity),
        "alone" => builder(3).dense(2, Identity),
        "five_layers" => [4, 5, 3, 4].iter().fold(builder(2), |net, &size| net.dense(size, Tanh)).dense(1, Identity),
        "activations" => {
            let functions: [AnyActivation; 9] = [
                Sigmoid.into(),
                Relu.into(),
                LeakyRelu::new(0.2).unwrap().into(),
                Elu::new(0.5).unwrap().into(),
                Tanh.into(),
                Softplus.into(),
                Gelu::Exact.into(),
                Gelu::Tanh.into(),
                Silu.into(),
            ];
            functions.into_iter().fold(builder(3), |net, function| net.dense(3, function)).dense(3, Identity).softmax()
        }
        "norms" | "two" => {
            let net = builder(3).dense(4, Identity).batch_norm().activation(Relu).dense(4, Identity);
            net.layer_norm().activation(Tanh).dense(2, Identity)
        }
        "bare_norms" => builder(3).dense(4, Identity).batch_norm().activation(Relu).layer_norm().dense(2, Identity),
        "residual" => residual().dense(1, Identity),
        "module" | "legacy_module" | "net" => {
            builder(3).dense(6, Identity).batch_norm_with(net).activation(Tanh).dense(2, Identity)
        }
        _ => builder(3).dense(5, Relu).dense(2, Identity),
    };
    built.seed(5).build().unwrap()
}

fn loads<F: Float>(file: &str) {
    let mut loaded = network::<F>(file);
    loaded.load_state_dict(&read(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    assert_agrees(file, &loaded);
}

const FILES: [&str; 22] = [
    "plain.pt",
    "protocol_4.pt",
    "protocol_5.pt",
    "legacy.pt",
    "no_bias.pt",
    "one_neuron.pt",
    "alone.pt",
    "five_layers.pt",
    "activations.pt",
    "norms.pt",
    "residual.pt",
    "double.pt",
    "half.pt",
    "bfloat.pt",
    "checkpoint.pt",
    "module.pt",
    "legacy_module.pt",
    "net.pt",
    "double.safetensors",
    "half.safetensors",
    "bfloat.safetensors",
    "net.safetensors",
];

#[test]
fn outputs_are_those_of_pytorch() {
    for file in FILES {
        loads::<f32>(file);
        loads::<f64>(file);
    }
    // Ten layers of one shape, whose header has 10.weight before 2.weight.
    loads::<f64>("activations.safetensors");
}

#[test]
fn names_choose_the_modules() {
    for file in ["net.pt", "net.safetensors", "module.pt"] {
        let mut loaded = network::<f64>(file);
        loaded.load_state_dict_as(&read(file), &["fc1", "bn1", "fc2"]).unwrap();
        assert_agrees(file, &loaded);
        let before = loaded.clone();
        for wrong in [&["fc1", "bn1"][..], &["fc1", "bn2", "fc2"], &["fc2", "bn1", "fc1"], &["fc1", "bn1", "fc1"]] {
            assert!(loaded.load_state_dict_as(&read(file), wrong).is_err(), "{wrong:?}");
        }
        assert!(before.parameters().eq(loaded.parameters()));
    }
    // A layer normalization without parameters has no tensor; only names say that it is there.
    let dict = read("bare_norms.pt");
    let mut loaded = network::<f64>("bare_norms.pt");
    assert!(loaded.load_state_dict(&dict).is_err());
    loaded.load_state_dict_as(&dict, &["0", "1", "3", "4"]).unwrap();
    assert_agrees("bare_norms.pt", &loaded);

    let mut parallel = network::<f64>("plain.pt");
    parallel.load_state_dict(&read("parallel.pt").strip_prefix("module.").unwrap()).unwrap();
    assert_agrees("parallel.pt", &parallel);
    assert!(read("parallel.pt").strip_prefix("nodule.").is_err());
}

#[test]
fn one_of_several_state_dicts_is_chosen_by_its_name() {
    let path = folder().join("two.pt");
    let error = StateDict::read(&path).unwrap_err().to_string();
    assert!(error.contains("two.pt") && error.contains(r#"found "nets.now", "nets.mean""#), "{error}");
    let mut loaded = network::<f64>("two.pt");
    loaded.load_state_dict(&StateDict::read_entry(&path, "nets.mean").unwrap()).unwrap();
    assert_agrees("two.pt", &loaded);
    assert!(StateDict::read_entry(&path, "mean").is_err());
    assert!(StateDict::entry_from_bytes(&bytes("net.safetensors"), "mean").is_err());
    assert_eq!(StateDict::read_entry(folder().join("plain.pt"), "").unwrap(), read("plain.pt"));
}

#[test]
fn a_network_is_made_of_the_tensors_alone() {
    for file in ["plain.pt", "no_bias.pt", "double.pt", "half.safetensors", "checkpoint.pt", "legacy.pt"] {
        assert_agrees(file, &Network::<f64>::from_state_dict(&read(file), Relu, Identity).unwrap());
    }
    assert_agrees("five_layers.pt", &Network::<f32>::from_state_dict(&read("five_layers.pt"), Tanh, Identity).unwrap());
    assert_agrees("one_neuron.pt", &Network::<f32>::from_state_dict(&read("one_neuron.pt"), Tanh, Identity).unwrap());
    // Epsilon and momentum are those of the module.
    for file in ["module.pt", "legacy_module.pt"] {
        let made = Network::<f64>::from_state_dict(&read(file), Tanh, Identity).unwrap();
        assert_agrees(file, &made);
        let kinds: Vec<_> = made.layers().iter().map(|layer| layer.describe().to_string()).collect();
        let batch_norm = "BatchNorm(epsilon=0.001, momentum=0.3)";
        assert_eq!(kinds, ["Dense(Identity)", batch_norm, "ActivationLayer(Tanh)", "Dense(Identity)"]);
    }
    // A sorted file does not say that bn1 comes between fc1 and fc2.
    let dict = read("net.safetensors");
    let error = Network::<f64>::from_state_dict(&dict, Tanh, Identity).unwrap_err().to_string();
    assert!(error.contains("StateDict::ordered") && error.contains(r#""bn1", "fc1""#), "{error}");
    let ordered = dict.ordered(&["fc1", "bn1", "fc2"]).unwrap();
    assert_eq!(Network::<f64>::from_state_dict(&ordered, Tanh, Identity).unwrap().layers().len(), 4);
    assert!(dict.ordered(&["fc1", "fc2"]).is_err() && dict.ordered(&["fc1", "bn1", "fc2", "fc3"]).is_err());
}

#[test]
fn views_are_read_element_by_element() {
    let expected = &expected()["views.pt"];
    for file in ["views.pt", "legacy_views.pt"] {
        let dict = read(file);
        assert_eq!(dict.len(), expected.as_object().unwrap().len());
        for (name, tensor) in dict.iter() {
            let shape: Vec<usize> = numbers(&expected[name]["shape"]).iter().map(|&size| size as usize).collect();
            assert_eq!(tensor.shape(), shape, "{name}");
            assert_eq!(tensor.to_vec::<f64>().unwrap(), numbers(&expected[name]["values"]), "{name}");
        }
        assert!(matches!(dict.get("three").unwrap().values(), Values::F64(_)));
        assert!(matches!(dict.get("int64").unwrap().values(), Values::I64(values) if values == &[1 << 60]));
    }
}

#[test]
fn what_is_no_parameter_is_refused_by_name() {
    for (file, name) in [
        ("refused_bool.pt", r#""mask""#),
        ("refused_complex.pt", r#""complex""#),
        ("refused_sparse.pt", r#""sparse""#),
        ("refused_negated.pt", r#""negated""#),
        ("refused_script.pt", "TorchScript"),
    ] {
        let error = StateDict::read(folder().join(file)).unwrap_err().to_string();
        assert!(error.contains(name) && error.contains(file), "{error}");
    }
}

#[test]
fn all_differences_are_listed_and_nothing_is_changed() {
    let mut network = Network::<f64>::builder(3).dense(4, Relu).dense(3, Relu).dense(2, Identity).build().unwrap();
    let before = network.clone();
    let error = network.load_state_dict(&read("plain.pt")).unwrap_err().to_string();
    assert_eq!(
        error,
        "Network::load_state_dict: expected exactly the tensors of the network, found missing: weight [2, 3] of layer 2, \
         bias [2] of layer 2; misshapen: \"0.weight\" (expected [4, 3], found [5, 3]), \"0.bias\" (expected [4], found \
         [5]), \"2.weight\" (expected [3, 4], found [2, 5]), \"2.bias\" (expected [3], found [2])"
    );
    let error = network.load_state_dict(&read("norms.pt")).unwrap_err().to_string();
    assert!(error.contains("unexpected: \"1.running_mean\" [4]"), "{error}");
    assert!(before.parameters().eq(network.parameters()));

    // The module says that its epsilon is another.
    let batch_norm = Network::<f64>::builder(3).dense(6, Identity).batch_norm().activation(Tanh).dense(2, Identity);
    let error = batch_norm.build().unwrap().load_state_dict(&read("module.pt")).unwrap_err().to_string();
    assert!(error.contains(r#"unusable: "bn1.eps": expected 1e-5, found 1e-3"#), "{error}");
}

#[test]
fn numbers_that_are_not_finite_or_too_large_are_refused() {
    let mut network = Network::<f32>::builder(1).dense(1, Identity).build().unwrap();
    let before = network.clone();
    let error = network.load_state_dict(&read("nan.pt")).unwrap_err().to_string();
    assert!(error.contains(r#"unusable: "nan.weight": expected finite numbers, found NaN"#), "{error}");
    let dict = |weight: f64| {
        let weight = Tensor::new(vec![1, 1], vec![weight]).unwrap();
        StateDict::from_tensors([("a.weight", weight), ("a.bias", Tensor::new(vec![1], vec![0.0]).unwrap())]).unwrap()
    };
    for weight in [1e39, f64::INFINITY, f64::NAN, -1e300] {
        assert!(network.load_state_dict(&dict(weight)).is_err(), "{weight}");
        assert!(Network::<f32>::from_state_dict(&dict(weight), Relu, Identity).is_err(), "{weight}");
    }
    assert!(before.parameters().eq(network.parameters()));
    network.load_state_dict(&dict(1e38)).unwrap();
    assert!(Network::<f64>::from_state_dict(&dict(1e39), Relu, Identity).is_ok());

    let vector = |value: f32| Tensor::new(vec![1], vec![value]).unwrap();
    let statistics = [("running_mean", vector(0.0)), ("running_var", vector(-1.0))];
    let norm = StateDict::from_tensors(statistics).unwrap();
    assert!(Network::<f32>::from_state_dict(&norm, Relu, Identity).is_err(), "a variance below 0");
}

#[test]
fn equal_shapes_under_unclear_names_are_refused() {
    let tensor = |value: f32| Tensor::new(vec![2, 2], vec![value; 4]).unwrap();
    let square = |names: [&str; 2]| {
        let tensors = names.map(|name| (format!("{name}.weight"), tensor(if name.contains('d') { 2.0 } else { 1.0 })));
        let path = std::env::temp_dir().join(format!("feedforward-unclear-{}-{}", std::process::id(), names[0]));
        StateDict::from_tensors(tensors).unwrap().save(&path).unwrap();
        let dict = StateDict::read(&path).unwrap();
        std::fs::remove_file(path).unwrap();
        dict
    };
    let builder = || Network::<f32>::builder(2).dense_without_bias(2, Relu).dense_without_bias(2, Identity);
    let mut network = builder().build().unwrap();
    let unclear = square(["encoder", "decoder"]);
    let error = network.load_state_dict(&unclear).unwrap_err().to_string();
    assert!(error.contains(r#""decoder", "encoder""#), "{error}");
    assert!(Network::<f32>::from_state_dict(&unclear, Relu, Identity).is_err());
    network.load_state_dict_as(&unclear, &["encoder", "decoder"]).unwrap();
    assert_eq!(network.layers()[1].parameters()[0].values()[0], 2.0);
    network.load_state_dict(&square(["fc2", "fc10"])).unwrap();
}

/// y = x · scale: a layer that PyTorch does not know.
#[derive(Debug, Clone)]
struct Scale<F>(Parameter<F>);

impl<F: Float> Layer<F> for Scale<F> {
    fn input_size(&self) -> usize {
        self.0.len()
    }
    fn output_size(&self) -> usize {
        self.0.len()
    }
    fn infer(&self, input: &ArrayRef2<F>, output: &mut ArrayRef2<F>) {
        output.assign(input);
        *output *= self.0.value();
    }
    fn backward(&mut self, _: &ArrayRef2<F>, _: &ArrayRef2<F>, _: &mut ArrayRef2<F>, _: Option<&mut ArrayRef2<F>>) {}
    fn visit<'a>(&'a self, visitor: &mut dyn FnMut(&'a Parameter<F>)) {
        visitor(&self.0);
    }
    fn visit_mut<'a>(&'a mut self, visitor: &mut dyn FnMut(&'a mut Parameter<F>)) {
        visitor(&mut self.0);
    }
}

#[test]
fn a_layer_that_pytorch_does_not_have_is_refused() {
    let scale = Scale(Parameter::weight(array![[1.0_f32, 2.0]]));
    let mut network = Network::from_layers(vec![Box::new(scale)]).unwrap();
    for error in [network.state_dict().unwrap_err(), network.load_state_dict(&read("plain.pt")).unwrap_err()] {
        assert!(error.to_string().contains("layer 0 of kind Scale with parameters"), "{error}");
    }
}

/// A network of every layer that PyTorch has.
fn every_layer<F: Float>() -> Network<F> {
    let inner = |block: feedforward::network::NetworkBuilder<F>| block.dense(6, Tanh).dense(4, Identity);
    let network = Network::builder(3).dense_with(4, Relu, Initializer::HeNormal).dropout(0.5).residual(inner);
    let network = network.dense(4, Identity).batch_norm().activation(Relu).layer(|size, _| LayerNorm::new(size));
    network.dense_without_bias(2, Sigmoid).seed(8).build().unwrap()
}

#[test]
fn a_written_state_dict_is_read_again() {
    let names = [
        "0.weight",
        "0.bias",
        "3.0.weight",
        "3.0.bias",
        "3.2.weight",
        "3.2.bias",
        "4.weight",
        "4.bias",
        "5.weight",
        "5.bias",
        "5.running_mean",
        "5.running_var",
        "5.num_batches_tracked",
        "7.weight",
        "7.bias",
        "8.weight",
    ];
    fn check<F: Float>(names: &[&str]) {
        let network = every_layer::<F>();
        let dict = network.state_dict().unwrap();
        assert_eq!(dict.names().collect::<Vec<_>>(), names);
        let path = |number: u32| {
            let name = format!("feedforward-written-{}-{}-{number}.safetensors", std::process::id(), size_of::<F>());
            std::env::temp_dir().join(name)
        };
        dict.save(path(1)).unwrap();
        network.clone().state_dict().unwrap().save(path(2)).unwrap();
        assert_eq!(std::fs::read(path(1)).unwrap(), std::fs::read(path(2)).unwrap());
        let again = StateDict::read(path(1)).unwrap();
        for (name, tensor) in dict.iter() {
            assert_eq!(again.get(name), Some(tensor));
        }
        let mut other = Network::from_layers(every_layer::<F>().layers().to_vec()).unwrap();
        other.parameters_mut().for_each(|parameter| {
            if parameter.name() != "state" && parameter.role() != feedforward::parameter::Role::State {
                parameter.value_mut().fill(F::one());
            }
        });
        other.load_state_dict(&again).unwrap();
        assert!(network.parameters().eq(other.parameters()));
        std::fs::remove_file(path(1)).unwrap();
        std::fs::remove_file(path(2)).unwrap();
    }
    check::<f32>(&names);
    check::<f64>(&names);

    let network = every_layer::<f32>();
    let modules = ["fc1", "block.fc1", "block.fc2", "fc2", "bn", "ln", "out"];
    let named = network.state_dict_as(&modules).unwrap();
    let mut other = every_layer::<f32>();
    other.load_state_dict_as(&named, &modules).unwrap();
    assert!(network.parameters().eq(other.parameters()));
    assert!(network.state_dict_as(&modules[1..]).is_err());
    assert!(network.state_dict_as(&["a"; 7]).is_err(), "names that are equal");
    assert!(named.save("/no such folder/file.safetensors").is_err());
}
