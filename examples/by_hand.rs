//! Computes derivatives by hand, by the library and as numeric slopes, side by side.
//!
//! First a chain of single neurons, output = σ(w3 σ(w2 σ(w1 x))), then a 3-3-3-1 network. Sigmoid everywhere, no
//! bias, J = 1/2 (p - a)².
//!
//! `cargo run --release --example by_hand`

use feedforward::error::Result;
use feedforward::{Dense, HalfSquaredError, Layer, Loss, Network, Sigmoid};
use ndarray::{Array2, array};

fn main() -> Result<()> {
    println!("the chain 1-1-1-1: dJ/dw1 = (p-a) p(1-p) w3 z(1-z) w2 y(1-y) x");
    let (x, a, [w1, w2, w3]) = (0.7, 0.1, [0.5, -1.5, 2.0]);
    let (y, z, p) = {
        let y = sigmoid(w1 * x);
        let z = sigmoid(w2 * y);
        (y, z, sigmoid(w3 * z))
    };
    let by_hand = (p - a) * p * (1.0 - p) * w3 * z * (1.0 - z) * w2 * y * (1.0 - y) * x;
    let chain = network([array![[w1]], array![[w2]], array![[w3]]])?;
    compare("w1", by_hand, &chain, (0, 0), &array![[x]], &array![[a]])?;

    println!("\nthe 3-3-3-1 network: dJ/dW1_ij = (p-a) p(1-p) sum_k [ W3_k z_k(1-z_k) W2_jk ] y_j(1-y_j) x_i");
    let w1 = array![[0.1, -0.4, 0.8], [0.7, 0.3, -0.2], [-0.5, 0.9, 0.6]];
    let w2 = array![[0.2, 0.5, -0.6], [-0.3, 0.8, 0.1], [0.4, -0.7, 0.9]];
    let w3 = array![[0.6], [-0.8], [0.3]];
    let (x, a) = (array![[1.0, 0.5, -1.0]], 1.0);
    let y = x.dot(&w1).mapv(sigmoid);
    let z = y.dot(&w2).mapv(sigmoid);
    let p = sigmoid(z.dot(&w3)[[0, 0]]);
    let network = network([w1, w2.clone(), w3.clone()])?;
    for i in 0..3 {
        for j in 0..3 {
            let inner: f64 = (0..3).map(|k| w3[[k, 0]] * z[[0, k]] * (1.0 - z[[0, k]]) * w2[[j, k]]).sum();
            let by_hand = (p - a) * p * (1.0 - p) * inner * y[[0, j]] * (1.0 - y[[0, j]]) * x[[0, i]];
            compare(&format!("W1[{i}, {j}]"), by_hand, &network, (i, j), &x, &array![[a]])?;
        }
    }
    println!(
        "\nThe slope is (J(w + h) - J(w - h)) / 2h with h = 1e-5: rounding and h leave it about ten correct digits."
    );
    Ok(())
}

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

fn network(weights: [Array2<f64>; 3]) -> Result<Network<f64>> {
    let layers = weights.map(|weight| Dense::from_parameters(weight, None, Sigmoid));
    let boxed = layers.into_iter().map(|layer| Ok(Box::new(layer?) as Box<dyn Layer<f64>>));
    Network::from_layers(boxed.collect::<Result<_>>()?)
}

/// Prints the three derivatives of J with respect to one weight of the first layer.
fn compare(
    name: &str,
    by_hand: f64,
    network: &Network<f64>,
    at: (usize, usize),
    x: &Array2<f64>,
    a: &Array2<f64>,
) -> Result<()> {
    let mut copy = network.clone();
    copy.compute_gradients(x, a, None, &HalfSquaredError)?;
    let library = copy.layers()[0].parameters()[0].gradient()[at];

    let loss_with = |change: f64| -> Result<f64> {
        let mut moved = network.clone();
        for parameter in moved.parameters_mut().take(1) {
            parameter.value_mut()[at] += change;
        }
        HalfSquaredError.value(&moved.predict(x)?, a)
    };
    let slope = (loss_with(1e-5)? - loss_with(-1e-5)?) / 2e-5;
    println!("{name:>9}: by hand {by_hand:+.12}, library {library:+.12}, slope {slope:+.12}");
    Ok(())
}
