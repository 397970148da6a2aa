//! Predicts with one network on many threads: prediction takes `&self`, so it copies nothing and locks nothing.
//!
//! `cargo run --release --example threads`

use feedforward::error::Result;
use feedforward::{Identity, Network, Relu, Scratch};
use ndarray::{Array2, Axis};
use std::thread;

fn main() -> Result<()> {
    let network = Network::<f32>::builder(20).dense(64, Relu).dense(5, Identity).seed(1).build()?;
    let inputs = Array2::from_shape_fn((10_000, 20), |(row, column)| ((row * 31 + column * 17) % 101) as f32 / 101.0);
    let alone = network.predict(&inputs)?;

    let mut together = Array2::zeros(alone.dim());
    thread::scope(|scope| {
        let parts = inputs.axis_chunks_iter(Axis(0), 2_500).zip(together.axis_chunks_iter_mut(Axis(0), 2_500));
        let network = &network;
        let threads: Vec<_> = parts
            .enumerate()
            .map(|(number, (inputs, mut outputs))| {
                scope.spawn(move || {
                    let mut scratch = Scratch::default(); // one for each thread
                    network.predict_into(&inputs, &mut scratch, &mut outputs)?;
                    println!("thread {number} predicted {} rows", inputs.nrows());
                    Ok(())
                })
            })
            .collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("no thread panics"))
    })?;

    let largest = alone.iter().zip(&together).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    println!("largest difference from what one thread predicts alone: {largest}");
    Ok(())
}
