//! Compares ten sigmoid layers with ten ReLU layers (He initialization): how much gradient reaches the first layer.
//!
//! `cargo run --release --example vanishing_gradient`

#[path = "data/digits.rs"]
mod digits;

use feedforward::error::Result;
use feedforward::{CrossEntropy, Identity, Network, Relu, Sgd, Sigmoid, Trainer};

fn main() -> Result<()> {
    let digits = digits::load()?;

    println!(
        "saturated: share of the outputs where the slope is below 0.01; dead: share of the neurons where it is 0 for"
    );
    println!("every example\n");
    for name in ["sigmoid", "relu"] {
        let mut builder = Network::builder(64).seed(1);
        for _ in 0..10 {
            builder = if name == "relu" { builder.dense(32, Relu) } else { builder.dense(32, Sigmoid) };
        }
        let mut network = builder.dense(10, Identity).build()?;
        let loss = CrossEntropy::default();
        network.compute_gradients(digits.inputs(), digits.targets(), None, &loss)?;

        println!("ten hidden layers of {name} (0 to 9) and the output, before training:");
        println!("layer  gradient norm  saturated  dead");
        for (index, layer) in network.layer_statistics().iter().enumerate() {
            let share = |share: Option<f64>| format!("{:.0}%", 100.0 * share.unwrap_or(0.0));
            let (saturated, dead) = (share(layer.saturated), share(layer.dead));
            println!("{index:5}  {:13.2e}  {saturated:>9}  {dead:>4}", layer.gradient_norm);
        }
        let history = Trainer::new(10).fit(&mut network, &digits, &loss, &mut Sgd::new(0.05)?)?;
        let last = history.last().map_or(f64::NAN, |record| record.training_loss);
        println!("training loss after 10 epochs: {last:.4} (guessing: {:.4})\n", 10.0_f64.ln());
    }
    println!("A sigmoid's slope is at most 1/4: ten of them leave the first layer next to no gradient to learn from.");
    Ok(())
}
