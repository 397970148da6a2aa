//! Model files of the crate, for safetensors and NumPy to open.

use feedforward::{Float, Identity, Network, Relu, Sigmoid, Tanh};
use ndarray::Array2;
use std::path::Path;

/// Writes networks with inputs and outputs into the folder.
pub fn write(folder: &Path) {
    write_of::<f32>(folder, "f32");
    write_of::<f64>(folder, "f64");
}

fn write_of<F: Float>(folder: &Path, precision: &str) {
    let networks = [
        Network::<F>::builder(3).dense(1, Identity),
        Network::builder(3).dense(8, Tanh).dense(4, Sigmoid).dense(2, Identity),
        Network::builder(3).dense_without_bias(16, Relu).dense(16, Relu).dense(3, Tanh),
    ];
    for (index, builder) in networks.into_iter().enumerate() {
        let network = builder.seed(index as u64).build().unwrap();
        let number = |(row, column)| F::from_f64(((row * 7 + column * 5) % 13) as f64 / 6.5 - 1.0);
        let inputs = Array2::from_shape_fn((5, 3), number);
        let outputs = network.predict(&inputs).unwrap();
        let path = folder.join(format!("network_{index}.{precision}.safetensors"));
        network.save(&path).unwrap();
        let rows = |matrix: &Array2<F>| -> Vec<Vec<f64>> {
            matrix.rows().into_iter().map(|row| row.iter().map(|number| number.widen()).collect()).collect()
        };
        let case = serde_json::json!({ "inputs": rows(&inputs), "outputs": rows(&outputs), "precision": precision });
        std::fs::write(path.with_extension("json"), case.to_string()).unwrap();
    }
}
