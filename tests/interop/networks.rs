//! Networks of every layer and activation, with parameters that are nowhere at their defaults.

use feedforward::activation::{AnyActivation, Clip, HardSigmoid};
use feedforward::layer::{Affine, BatchNormOptions, Chain, LayerNorm, LogSoftmax};
use feedforward::{
    Activation, Dense, Elu, Float, Gelu, Identity, Initializer, LeakyRelu, Mse, Network, Relu, Sgd, Tanh,
};
use ndarray::{Array1, Array2};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The activations, each with settings that are not its defaults if it has some.
pub fn activations() -> Vec<AnyActivation> {
    let names = "Identity Sigmoid Relu Tanh Softplus Step Silu Selu Softsign Mish HardSwish";
    let mut all: Vec<AnyActivation> = names.split(' ').map(|name| name.parse().unwrap()).collect();
    let settings: [AnyActivation; 5] = [
        LeakyRelu::new(0.2).unwrap().into(),
        Elu::new(0.7).unwrap().into(),
        Gelu::Exact.into(),
        Gelu::Tanh.into(),
        HardSigmoid::new(0.3, 0.4).unwrap().into(),
    ];
    all.extend(settings);
    let bounds = [(-0.5, 0.75), (f64::NEG_INFINITY, 0.5), (-0.25, f64::INFINITY), (f64::NEG_INFINITY, f64::INFINITY)];
    all.extend(bounds.map(|(low, high)| AnyActivation::from(Clip::new(low, high).unwrap())));
    all
}

/// Random rows between -3 and 3.
pub fn rows<F: Float>(columns: usize) -> Array2<F> {
    let random = &mut ChaCha8Rng::seed_from_u64(7);
    Array2::from_shape_simple_fn((9, columns), || F::from_f64(random.random_range(-3.0..3.0)))
}

/// Every layer and activation, each in a small network with a name.
pub fn networks<F: Float>() -> Vec<(String, Network<F>)> {
    let mut all = Vec::new();
    for (index, activation) in activations().into_iter().enumerate() {
        let kind = Activation::<F>::describe(&activation).kind().to_lowercase();
        let network = Network::builder(3).dense(5, activation).dense(2, Identity);
        all.push((format!("{kind}_{index}"), network.build().unwrap()));
        all.push((format!("{kind}_{index}_alone"), Network::builder(3).activation(activation).build().unwrap()));
    }
    let layer_norm = |size: usize| {
        let numbers = |start: f64| Array1::from_shape_fn(size, |k| F::from_f64(start + 0.3 * k as f64));
        LayerNorm::from_parameters(numbers(0.5), numbers(-1.0), 1e-3)
    };
    let affine = |size: usize| {
        let numbers = |start: f64| Array1::from_shape_fn(size, |k| F::from_f64(start + 0.7 * k as f64));
        Affine::from_parameters(numbers(-1.0), numbers(0.5), numbers(2.0))
    };
    let builder = |inputs| Network::builder(inputs).seed(3);
    let chain = |inputs: usize, random: &mut ChaCha8Rng| {
        let first = Dense::new(inputs, 4, Relu, Initializer::HeNormal, random)?;
        let second = Dense::new(4, 3, Tanh, Initializer::GlorotUniform, random)?;
        Chain::new(vec![Box::new(first), Box::new(second)])
    };
    for (name, builder) in [
        ("no_bias", builder(3).dense_without_bias(4, Relu).dense_without_bias(2, Identity)),
        ("one_neuron", builder(1).dense(1, Identity)),
        ("five_layers", (0..4).fold(builder(3), |builder, _| builder.dense(6, Tanh)).dense(2, Identity)),
        ("batch_norm", builder(3).dense(4, Identity).batch_norm().activation(Relu).dense(2, Identity)),
        ("batch_norm_first", builder(3).batch_norm_with(BatchNormOptions::default().epsilon(1e-3)).dense(2, Identity)),
        ("layer_norm", builder(3).dense(4, Tanh).layer(move |size, _| layer_norm(size)).dense(2, Identity)),
        ("affine", builder(3).layer(move |size, _| affine(size)).dense(2, Identity)),
        ("dropout", builder(3).dense(8, Relu).dropout(0.5).dense(2, Identity)),
        ("dropout_alone", builder(3).dropout(0.5)),
        ("softmax", builder(3).dense(4, Identity).softmax()),
        ("log_softmax", builder(3).dense(4, Identity).layer(|size, _| LogSoftmax::new(size))),
        ("residual", builder(3).residual(|block| block.dense(5, Relu).dense(3, Identity)).dense(2, Identity)),
        (
            "residual_nested",
            builder(3).residual(|block| block.dense(3, Tanh).residual(|block| block.dense(3, Tanh)).dense(3, Identity)),
        ),
        ("residual_of_nothing", builder(3).residual(|block| block.dropout(0.1)).dense(2, Identity)),
        ("chain", builder(3).layer(chain).dense(2, Identity)),
    ] {
        let mut network: Network<F> = builder.build().unwrap();
        // Moves running means, gamma and beta from where they start.
        let targets = Array2::ones((9, network.output_size()));
        for _ in 0..20 {
            network.train_step(&rows(network.input_size()), &targets, &Mse, &mut Sgd::new(0.05).unwrap()).unwrap();
        }
        all.push((name.to_owned(), network));
    }
    all
}
