//! State dicts of trained networks, with the modules of PyTorch that they are for, and the outputs.

use feedforward::layer::BatchNormOptions;
use feedforward::network::NetworkBuilder;
use feedforward::{
    Activation, Adam, Elu, Float, Gelu, Identity, LeakyRelu, Mse, Network, Relu, Sigmoid, Silu, Softplus, Tanh,
};
use ndarray::{Array2, ArrayRef2};
use serde_json::{Value as Json, json};
use std::path::Path;

/// Writes `<case>.f32.safetensors`, `<case>.f64.safetensors` and `cases.json` into a folder.
pub fn write(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    let cases: Vec<Json> = cases::<f32>(folder).into_iter().chain(cases::<f64>(folder)).collect();
    std::fs::write(folder.join("cases.json"), Json::from(cases).to_string()).unwrap();
}

/// A network under construction, and the modules of a `torch.nn.Sequential` that does the same.
struct Case<F> {
    builder: NetworkBuilder<F>,
    modules: Vec<Json>,
    size: usize,
}

impl<F: Float> Case<F> {
    fn new(size: usize) -> Self {
        Self { builder: Network::builder(size), modules: Vec::new(), size }
    }

    fn dense(mut self, outputs: usize, activation: impl Activation<F>, module: Json) -> Self {
        self.modules.extend([json!(["Linear", [self.size, outputs]]), module]);
        Self { builder: self.builder.dense(outputs, activation), size: outputs, ..self }
    }

    fn linear(mut self, outputs: usize) -> Self {
        self.modules.push(json!(["Linear", [self.size, outputs]]));
        Self { builder: self.builder.dense(outputs, Identity), size: outputs, ..self }
    }

    fn linear_without_bias(mut self, outputs: usize) -> Self {
        self.modules.push(json!(["Linear", [self.size, outputs, false]]));
        Self { builder: self.builder.dense_without_bias(outputs, Identity), size: outputs, ..self }
    }

    fn with(mut self, module: Json, add: impl FnOnce(NetworkBuilder<F>) -> NetworkBuilder<F>) -> Self {
        self.modules.push(module);
        Self { builder: add(self.builder), ..self }
    }
}

fn cases<F: Float>(folder: &Path) -> Vec<Json> {
    let relu = || json!(["ReLU", []]);
    let tanh = || json!(["Tanh", []]);
    let every_activation = Case::<F>::new(3)
        .dense(4, Sigmoid, json!(["Sigmoid", []]))
        .dense(4, Relu, relu())
        .dense(4, LeakyRelu::new(0.2).unwrap(), json!(["LeakyReLU", [0.2]]))
        .dense(4, Elu::new(0.5).unwrap(), json!(["ELU", [0.5]]))
        .dense(4, Tanh, tanh())
        .dense(4, Softplus, json!(["Softplus", []]))
        .dense(4, Gelu::Exact, json!(["GELU", []]))
        .dense(4, Gelu::Tanh, json!(["GELU", ["tanh"]]))
        .dense(4, Silu, json!(["SiLU", []]))
        .linear(3)
        .with(json!(["Softmax", [1]]), NetworkBuilder::softmax);
    let keras = BatchNormOptions::default().epsilon(1e-3).momentum(0.01);
    let norms = Case::<F>::new(3)
        .linear(6)
        .with(json!(["BatchNorm1d", [6]]), NetworkBuilder::batch_norm)
        .with(relu(), |builder| builder.activation(Relu))
        .linear(5)
        .with(json!(["LayerNorm", [5]]), NetworkBuilder::layer_norm)
        .with(json!(["Dropout", [0.2]]), |builder| builder.dropout(0.2))
        .with(json!(["BatchNorm1d", [5, 1e-3, 0.01]]), |builder| builder.batch_norm_with(keras))
        .linear(2);
    let block = json!(["Residual", [["Linear", [4, 6]], tanh(), ["Linear", [6, 4]]]]);
    let residual = Case::<F>::new(3)
        .dense(4, Relu, relu())
        .with(block, |builder| builder.residual(|block| block.dense(6, Tanh).dense(4, Identity)))
        .linear(1);
    let five =
        Case::<F>::new(2).dense(4, Tanh, tanh()).dense(5, Relu, relu()).dense(3, Tanh, tanh()).dense(4, Relu, relu());
    let cases = [
        ("one_neuron", Case::<F>::new(1).linear(1)),
        ("no_bias", Case::<F>::new(3).linear_without_bias(4).linear_without_bias(2)),
        ("five_layers", five.linear(1)),
        ("every_activation", every_activation),
        ("norms", norms),
        ("residual", residual),
    ];
    cases.into_iter().map(|(name, case)| write_case(folder, name, case)).collect()
}

/// Trains the network for some steps, writes its state dict, and describes the case.
fn write_case<F: Float>(folder: &Path, name: &str, case: Case<F>) -> Json {
    let mut network = case.builder.seed(3).build().unwrap();
    let inputs = |rows, shift: f64| {
        Array2::from_shape_fn((rows, network.input_size()), |(row, column)| {
            F::from_f64(((row * 7 + column * 3) as f64 + shift).sin() * 2.0 + 0.5)
        })
    };
    let (train, test) = (inputs(32, 0.0), inputs(8, 0.3));
    let targets = Array2::from_shape_fn((32, network.output_size()), |(row, _)| F::from_f64((row as f64).cos()));
    let mut optimizer = Adam::new(0.01).unwrap();
    for _ in 0..20 {
        network.train_step(&train, &targets, &Mse, &mut optimizer).unwrap();
    }
    let precision = if size_of::<F>() == 4 { "f32" } else { "f64" };
    let file = format!("{name}.{precision}.safetensors");
    network.state_dict().unwrap().save(folder.join(&file)).unwrap();
    let rows = |matrix: &ArrayRef2<F>| -> Vec<Vec<f64>> {
        matrix.rows().into_iter().map(|row| row.iter().map(|number| number.widen()).collect()).collect()
    };
    let outputs = network.predict(&test).unwrap();
    let (inputs, outputs) = (rows(&test), rows(&outputs));
    json!({"file": file, "modules": case.modules, "precision": precision, "inputs": inputs, "outputs": outputs})
}
