//! Trains a classifier of the iris flowers and saves it as ONNX, to be served by onnxruntime in any language.
//!
//! `cargo run --release --features onnx --example to_onnx`

#[path = "data/iris.rs"]
mod iris;

use feedforward::Classifier;
use feedforward::error::Result;
use ndarray::array;

fn main() -> Result<()> {
    let table = iris::load()?;
    let (lengths, species) = (table.drop(&["species"])?, table.select(&["species"])?.to_array::<f32>()?);
    let names: Vec<_> = species.iter().map(|&class| iris::SPECIES[class as usize]).collect();
    let classifier = Classifier::fit(&lengths.to_array::<f32>()?, &names)?;

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
