//! Each start has the spread its formula says.

use feedforward::activation::{Clip, HardSigmoid, HardSwish, Mish, Selu, Softsign};
use feedforward::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

const INPUTS: usize = 200;
const OUTPUTS: usize = 300;

fn layer(initializer: Initializer) -> Dense<f64, Identity> {
    Dense::new(INPUTS, OUTPUTS, Identity, initializer, &mut ChaCha8Rng::seed_from_u64(1)).unwrap()
}

/// Mean, standard deviation and largest size of the weights.
fn spread(layer: &Dense<f64, Identity>) -> (f64, f64, f64) {
    let values = layer.weight().values();
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    (mean, variance.sqrt(), values.iter().fold(0.0, |largest, value| value.abs().max(largest)))
}

#[test]
fn normal_starts_have_the_deviation_of_their_formula() {
    let (inputs, both) = (INPUTS as f64, (INPUTS + OUTPUTS) as f64);
    for (initializer, expected) in [
        (Initializer::HeNormal, (2.0 / inputs).sqrt()),
        (Initializer::GlorotNormal, (2.0 / both).sqrt()),
        (Initializer::LeCunNormal, (1.0 / inputs).sqrt()),
        (Initializer::Normal { deviation: 0.7 }, 0.7),
    ] {
        let layer = layer(initializer);
        let (mean, deviation, largest) = spread(&layer);
        // 60,000 samples: the mean is good to expected / 245, the deviation to 0.3%.
        assert!(mean.abs() < 4.0 * expected / 245.0, "{initializer:?}: mean {mean}");
        assert!((deviation / expected - 1.0).abs() < 0.012, "{initializer:?}: deviation {deviation}, not {expected}");
        assert!(largest > 3.5 * expected, "{initializer:?} looks cut off at {largest}");
        assert!(layer.bias().unwrap().values().iter().all(|&bias| bias == 0.0));
    }
}

#[test]
fn uniform_starts_fill_their_bounds_evenly() {
    let (inputs, both) = (INPUTS as f64, (INPUTS + OUTPUTS) as f64);
    for (initializer, bound) in [
        (Initializer::HeUniform, (6.0 / inputs).sqrt()),
        (Initializer::GlorotUniform, (6.0 / both).sqrt()),
        (Initializer::GlorotUniformWithBias, (6.0 / both).sqrt()),
        (Initializer::TorchLinear, (1.0 / inputs).sqrt()),
        (Initializer::Uniform { low: -0.3, high: 0.3 }, 0.3),
    ] {
        let (mean, deviation, largest) = spread(&layer(initializer));
        assert!(largest <= bound && largest > 0.999 * bound, "{initializer:?}: {largest}, not {bound}");
        assert!(
            mean.abs() < 0.02 * bound && (deviation * 3.0_f64.sqrt() / bound - 1.0).abs() < 0.01,
            "{initializer:?}"
        );
    }
}

#[test]
fn the_defaults_of_pytorch_and_scikit_learn_start_biases_too_and_constants_are_constant() {
    for (initializer, bound) in [
        (Initializer::TorchLinear, (1.0 / INPUTS as f64).sqrt()),
        (Initializer::GlorotUniformWithBias, (6.0 / (INPUTS + OUTPUTS) as f64).sqrt()),
    ] {
        let layer = layer(initializer);
        let bias = layer.bias().unwrap().values();
        let largest = bias.iter().fold(0.0_f64, |largest, value| value.abs().max(largest));
        assert!(largest <= bound && largest > 0.9 * bound, "{initializer:?}: {largest}, not {bound}");
    }
    assert!(layer(Initializer::Constant(0.25)).weight().values().iter().all(|&value| value == 0.25));
}

#[test]
fn activations_choose_the_start_that_suits_them() {
    fn of(activation: impl Activation<f64>) -> Initializer {
        activation.initializer()
    }
    assert_eq!(of(Relu), Initializer::HeNormal);
    assert_eq!(of(LeakyRelu::default()), Initializer::HeNormal);
    assert_eq!(of(Sigmoid), Initializer::GlorotUniform);
    assert_eq!(of(Tanh), Initializer::GlorotUniform);
    assert_eq!(of(Identity), Initializer::GlorotUniform);
    assert_eq!(of(Selu), Initializer::LeCunNormal);
    assert_eq!(of(HardSigmoid::default()), Initializer::GlorotUniform);
    assert_eq!(of(Softsign), Initializer::GlorotUniform);
    assert_eq!(of(Mish), Initializer::HeNormal);
    assert_eq!(of(HardSwish), Initializer::HeNormal);
    assert_eq!(of(Clip::relu6()), Initializer::HeNormal);
    assert_eq!(of(Clip::new(-1.0, 1.0).unwrap()), Initializer::GlorotUniform);
}
