//! Trains a classifier of the iris flowers and saves it as ONNX, to be served by onnxruntime in any language.
//!
//! `cargo run --release --features onnx --example to_onnx`

use feedforward::Classifier;
use feedforward::data::Csv;
use feedforward::error::Result;
use ndarray::array;

/// The file numbers the species.
const SPECIES: [&str; 3] = ["setosa", "versicolor", "virginica"];

fn main() -> Result<()> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/iris.csv");
    let iris = Csv::new().read_file::<f32>(path)?;
    let names: Vec<_> = iris.targets()?.iter().map(|&class| SPECIES[class as usize]).collect();
    let classifier = Classifier::fit(&iris.inputs, &names)?;

    // Scaler, network, softmax and labels are in the file: it takes centimetres and gives names.
    let path = std::env::temp_dir().join("iris.onnx");
    classifier.save_onnx(&path)?;
    let flowers = array![[5.0, 3.4, 1.5, 0.2], [6.0, 2.8, 4.9, 1.6]];
    println!("here:             {:?}", classifier.predict(&flowers)?);
    let read = Classifier::<f32, String>::load_onnx(&path)?;
    println!("read from a file: {:?}", read.predict(&flowers)?);

    println!("\nIn Python (pip install onnxruntime):\n");
    println!("import numpy, onnxruntime");
    println!("session = onnxruntime.InferenceSession({:?})", path.display().to_string());
    println!("flowers = numpy.array([[5.0, 3.4, 1.5, 0.2], [6.0, 2.8, 4.9, 1.6]], dtype=numpy.float32)");
    println!("labels, probabilities = session.run(None, {{\"input\": flowers}})");
    println!("print(labels, probabilities)");
    Ok(())
}
