//! XOR, the smallest problem that needs a hidden layer, from twenty starts.

use feedforward::*;
use ndarray::array;

/// The mean squared error after this many steps on XOR.
fn train(hidden: usize, seed: u64, steps: usize) -> (f64, Network<f64>) {
    let inputs = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    let targets = array![[0.0], [1.0], [1.0], [0.0]];
    let mut network = Network::builder(2).dense(hidden, Sigmoid).dense(1, Sigmoid).seed(seed).build().unwrap();
    let mut optimizer = Momentum::new(0.5, 0.9).unwrap();
    let mut loss = f64::NAN;
    for _ in 0..steps {
        loss = network.train_step(&inputs, &targets, &Mse, &mut optimizer).unwrap();
    }
    (loss, network)
}

fn converged(hidden: usize, steps: usize) -> Vec<u64> {
    (0..20).filter(|&seed| train(hidden, seed, steps).0 < 0.01).collect()
}

#[test]
fn four_hidden_neurons_find_xor_from_every_start() {
    assert_eq!(converged(4, 5000).len(), 20);
}

#[test]
fn two_hidden_neurons_find_xor_from_18_of_20_starts_and_the_others_are_stuck() {
    // Two neurons are just enough, so nothing is left to go around a bad region: where both have come to split the same
    // corner off, the error sits at 0.125 (two of four examples at 0.5) with a gradient next to nothing.
    let found = converged(2, 5000);
    assert_eq!(found.len(), 18);
    for seed in (0..20).filter(|seed| !found.contains(seed)) {
        let (loss, network) = train(2, seed, 5000);
        let largest = network.parameters().flat_map(|p| p.gradients()).fold(0.0_f64, |m, g| m.max(g.abs()));
        assert!((0.12..0.17).contains(&loss) && largest < 1e-3, "seed {seed}: loss {loss}, gradient {largest}");
    }
}
