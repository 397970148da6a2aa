//! Times one Rust peer on one configuration, or checks the steps it takes: prints one line of JSON.

mod burn;
mod candle;
mod configuration;
mod feedforward;
mod measure;
mod peak;
mod rust_mlp;

use configuration::Configuration;
use serde_json::{Value, json};
use std::error::Error;

/// A network being trained, with its data and its optimizer.
trait Peer {
    /// Forward, loss, backward, update, on the whole batch.
    fn train_step(&mut self);
    /// Predicts, and keeps the outputs.
    fn predict(&mut self, rows: Rows);
    /// What the last `predict` gave.
    fn outputs(&self) -> Vec<f32>;
}

#[derive(Clone, Copy)]
enum Rows {
    First,
    All,
}

fn main() -> Result<(), Box<dyn Error>> {
    let name = option("--peer").ok_or("--peer NAME is missing")?;
    if name == "peak" {
        println!("{}", json!({ "gflops": peak::gflops() }));
        return Ok(());
    }
    let configuration = option("--configuration").ok_or("--configuration NAME is missing")?;
    let configuration = Configuration::named(&configuration).ok_or("no such configuration")?;
    let mut peer = new_peer(&name, &configuration)?;
    let result = if std::env::args().any(|argument| argument == "--check") {
        check(peer.as_mut(), &configuration)
    } else {
        time(peer.as_mut(), option("--seconds").map_or(Ok(0.3), |seconds| seconds.parse())?)
    };
    println!("{result}");
    Ok(())
}

/// The argument that follows `name`.
fn option(name: &str) -> Option<String> {
    std::env::args().skip_while(|argument| argument != name).nth(1)
}

fn new_peer(name: &str, configuration: &Configuration) -> Result<Box<dyn Peer>, Box<dyn Error>> {
    Ok(match name {
        "feedforward" => Box::new(feedforward::Feedforward::new(configuration)?),
        "rust-mlp" => Box::new(rust_mlp::RustMlp::new(configuration)?),
        "burn" => Box::new(burn::Burn::new(configuration)),
        "candle" => Box::new(candle::Candle::new(configuration)?),
        _ => return Err("no such peer".into()),
    })
}

fn time(peer: &mut dyn Peer, seconds: f64) -> Value {
    json!({
        "train": measure::measure(seconds, || peer.train_step()),
        "row": measure::measure(seconds, || peer.predict(Rows::First)),
        "batch": measure::measure(seconds, || peer.predict(Rows::All)),
    })
}

/// The losses before and after each of three steps, and the first row predicted by itself after them.
fn check(peer: &mut dyn Peer, configuration: &Configuration) -> Value {
    let targets = configuration.targets();
    let mut losses = Vec::new();
    for step in 0..4 {
        if step > 0 {
            peer.train_step();
        }
        peer.predict(Rows::All);
        let outputs = peer.outputs();
        assert_eq!(outputs.len(), targets.len());
        let squares = outputs.iter().zip(&targets).map(|(output, target)| f64::from(output - target).powi(2));
        losses.push(squares.sum::<f64>() / targets.len() as f64);
    }
    peer.predict(Rows::First);
    json!({ "losses": losses, "row": peer.outputs() })
}
