//! Reads a classifier that PyTorch trained and saved, and predicts with it.
//!
//! `cargo run --release --example from_pytorch --features pytorch`

use feedforward::data::argmax;
use feedforward::error::Result;
use feedforward::io::StateDict;
use feedforward::{Identity, Network, Relu};
use ndarray::array;

fn main() -> Result<()> {
    // torch.save({"model": model.state_dict(), "epoch": 200}, "iris.pt"), with
    // model = Sequential(BatchNorm1d(4), Linear(4, 8), ReLU(), Linear(8, 3)): see tests/interop/pytorch.py.
    let dict = StateDict::read(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/iris.pt"))?;
    for (name, tensor) in dict.iter() {
        println!("{name:22} {:?}", tensor.shape());
    }

    let mut network = Network::<f32>::builder(4).batch_norm().dense(8, Relu).dense(3, Identity).build()?;
    network.load_state_dict(&dict)?;

    // The same network, without a word about its sizes.
    let guessed = Network::<f32>::from_state_dict(&dict, Relu, Identity)?;
    let flowers = array![[5.1, 3.5, 1.4, 0.2], [6.0, 2.9, 4.5, 1.5], [6.3, 3.3, 6.0, 2.5]];
    assert_eq!(network.predict(&flowers)?, guessed.predict(&flowers)?);

    let kinds = ["setosa", "versicolor", "virginica"];
    println!();
    for (flower, kind) in flowers.rows().into_iter().zip(argmax(&network.predict(&flowers)?)?) {
        println!("{flower} is {}", kinds[kind]);
    }
    Ok(())
}
