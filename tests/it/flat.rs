//! Parameters as one list, blended networks, Jacobians, single rows; and networks that outlive a panic.

use approx::assert_relative_eq;
use feedforward::layer::{BatchNorm, Dropout};
use feedforward::parameter::Role;
use feedforward::*;
use ndarray::{Array2, Axis, array};
use std::panic::{RefUnwindSafe, UnwindSafe, catch_unwind};

/// Dense layers with and without bias, a residual block, and statistics.
fn network<F: Float>(seed: u64) -> Network<F> {
    let builder = Network::builder(3).dense(6, Gelu::Exact).batch_norm().residual(|block| block.dense(6, Tanh));
    builder.dense_without_bias(2, Identity).seed(seed).build().unwrap()
}

/// Layers whose training is their prediction.
fn smooth<F: Float>(outputs: usize) -> Network<F> {
    let builder = Network::builder(3).dense(7, Silu).layer_norm().residual(|block| block.dense(9, Tanh).dense(7, Silu));
    builder.dense(outputs, Sigmoid).dense(outputs, Softplus).softmax().seed(4).build().unwrap()
}

fn row<F: Float>() -> [F; 3] {
    [0.7, -1.3, 0.2].map(F::from_f64)
}

fn flat_parameters_are_all_but_the_statistics<F: Float>() {
    let (mut network, other) = (network::<F>(1), network::<F>(2));
    let flat = network.parameters_flat();
    let expected: Vec<F> = network
        .parameters()
        .filter(|parameter| matches!(parameter.role(), Role::Weight | Role::Bias))
        .flat_map(|parameter| parameter.values().iter().copied())
        .collect();
    assert_eq!(flat, expected);
    assert_eq!(flat.len(), network.parameter_count() - 2 * 6);

    network.set_frozen(0, true).unwrap();
    network.set_parameters_flat(&other.parameters_flat()).unwrap();
    assert_eq!(network, other);
    assert_eq!(network.predict_row(&row()).unwrap(), other.predict_row(&row()).unwrap());
}

#[test]
fn flat_parameters_go_out_and_in() {
    flat_parameters_are_all_but_the_statistics::<f32>();
    flat_parameters_are_all_but_the_statistics::<f64>();
}

#[test]
fn flat_parameters_that_do_not_fit_change_nothing() {
    let mut network = network::<f64>(1);
    let (before, flat) = (network.clone(), network.parameters_flat());
    let count = flat.len();
    for found in [0, count - 1, count + 1] {
        let error = network.set_parameters_flat(&vec![0.5; found]).unwrap_err().to_string();
        let words = format!("Network::set_parameters_flat: expected {count} weights and biases, found {found}");
        assert_eq!(error, words);
    }
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut numbers = vec![0.5; count];
        numbers[count - 1] = bad;
        let error = network.set_parameters_flat(&numbers).unwrap_err();
        assert!(matches!(error, Error::NotFinite { column, .. } if column == count - 1), "{error}");
    }
    assert_eq!(network, before);
}

fn a_blend_lies_between<F: Float>() {
    let (start, mut other) = (network::<F>(1), network::<F>(2));
    let (inputs, targets) = (Array2::from_elem((2, 3), F::one()), Array2::zeros((2, 2)));
    other.train_step(&inputs, &targets, &Mse, &mut Sgd::new(0.1).unwrap()).unwrap();
    let blend = |tau| {
        let mut network = start.clone();
        network.blend(&other, tau).unwrap();
        network
    };
    assert_eq!(blend(0.0), start);
    assert_eq!(blend(1.0), other);
    let tau = 0.005;
    for ((blended, own), other) in blend(tau).parameters().zip(start.parameters()).zip(other.parameters()) {
        for ((&blended, own), other) in blended.values().iter().zip(own.values()).zip(other.values()) {
            let expected = F::from_f64((1.0 - tau) * own.widen() + tau * other.widen());
            assert_relative_eq!(blended, expected, max_relative = F::epsilon() * F::from_f64(4.0));
        }
    }
    // The statistics of the batch normalization have moved too.
    let mean = |network: &Network<F>| network.layers()[1].parameters()[2].values().to_vec();
    assert_ne!(mean(&blend(tau)), mean(&start));
}

#[test]
fn a_blend_moves_all_parameters_and_statistics() {
    a_blend_lies_between::<f32>();
    a_blend_lies_between::<f64>();
}

#[test]
fn generators_of_dropout_are_neither_listed_nor_blended() {
    let build = |seed| Network::<f64>::builder(3).dense(4, Tanh).dropout(0.5).dense(2, Identity).seed(seed).build();
    let (mut network, mut other) = (build(1).unwrap(), build(2).unwrap());
    assert_eq!(network.parameters_flat().len(), network.parameter_count());
    let (inputs, targets) = (Array2::ones((2, 3)), Array2::zeros((2, 2)));
    other.train_step(&inputs, &targets, &Mse, &mut Sgd::new(0.1).unwrap()).unwrap();
    let generator = |network: &Network<f64>| network.layers()[1].parameters()[0].clone();
    let before = generator(&network);
    assert_ne!(before, generator(&other));
    network.blend(&other, 1.0).unwrap();
    assert_eq!(network.parameters_flat(), other.parameters_flat());
    assert_eq!(generator(&network), before);
}

fn of_weights<F: Float>(weights: Array2<F>) -> Network<F> {
    Network::from_layers(vec![Box::new(Dense::from_parameters(weights, None, Identity).unwrap())]).unwrap()
}

#[test]
fn a_blend_of_the_largest_numbers_is_finite() {
    for tau in [0.1, 1.0 / 3.0, 0.5, 0.7, 0.9] {
        let mut network = of_weights(array![[f64::MAX, f64::MIN, f64::MAX, 5e-324]]);
        network.blend(&of_weights(array![[f64::MAX, f64::MIN, f64::MIN, 5e-324]]), tau).unwrap();
        let flat = network.parameters_flat();
        assert_eq!((flat[0], flat[1], flat[3]), (f64::MAX, f64::MIN, 5e-324));
        assert!(flat[2].is_finite());
        let mut network = of_weights(array![[f32::MAX, f32::MIN]]);
        network.blend(&of_weights(array![[f32::MAX, f32::MAX]]), tau).unwrap();
        assert!(network.parameters_flat().iter().all(|weight| weight.is_finite()));
    }
}

#[test]
fn networks_that_do_not_fit_are_not_blended() {
    let mut network = network::<f64>(1);
    let before = network.clone();
    for tau in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
        let error = network.blend(&before, tau).unwrap_err().to_string();
        assert_eq!(error, format!("Network::blend: tau: expected a number from 0 to 1, found {tau}"));
    }
    let other = |outputs, slope| Network::builder(3).dense(outputs, LeakyRelu::new(slope).unwrap()).build().unwrap();
    for (mut one, two) in [(other(4, 0.1), other(5, 0.1)), (other(4, 0.1), other(4, 0.2)), (other(2, 0.1), before)] {
        let error = one.blend(&two, 0.5).unwrap_err().to_string();
        let words = "Network::blend: expected a network with the same layers and settings, found a different one";
        assert_eq!(error, words);
    }
    let (mut sound, mut bad) = (other(4, 0.1), other(4, 0.1));
    let before = sound.clone();
    bad.parameters_mut().for_each(|parameter| parameter.value_mut().fill(f64::INFINITY));
    assert!(matches!(sound.blend(&bad, 0.0), Err(Error::NotFinite { .. })));
    assert!(matches!(bad.blend(&sound, 1.0), Err(Error::NotFinite { .. })));
    assert_eq!(sound, before);
}

/// (y(x + h) - y(x - h)) / 2h, extrapolated to h = 0.
fn measured_jacobian(network: &Network<f64>, input: &[f64]) -> Array2<f64> {
    let slope = |column: usize, h: f64| {
        let at = |step: f64| {
            let mut moved = input.to_vec();
            moved[column] += step;
            network.predict_row(&moved).unwrap()
        };
        let sides = at(h).into_iter().zip(at(-h));
        sides.map(|(right, left)| (right - left) / (2.0 * h)).collect::<Vec<_>>()
    };
    let slopes: Vec<_> = (0..input.len()).map(|column| (slope(column, 1e-3), slope(column, 5e-4))).collect();
    Array2::from_shape_fn((network.output_size(), input.len()), |(output, column)| {
        let (far, near) = (slopes[column].0[output], slopes[column].1[output]);
        (4.0 * near - far) / 3.0
    })
}

#[test]
fn the_jacobian_is_that_of_central_differences() {
    for outputs in [1, 2, 5] {
        let network = smooth::<f64>(outputs);
        let computed = network.jacobian(&row()).unwrap();
        assert_eq!(computed.dim(), (outputs, 3));
        assert_relative_eq!(computed, measured_jacobian(&network, &row()), max_relative = 1e-6, epsilon = 1e-9);
    }
}

#[test]
fn the_jacobian_in_single_precision_is_the_same_rounded() {
    let exact = smooth::<f64>(4).jacobian(&row()).unwrap();
    let single = smooth::<f32>(4).jacobian(&row()).unwrap().mapv(f64::from);
    assert_relative_eq!(single, exact, max_relative = 1e-4, epsilon = 1e-6);
}

#[test]
fn a_jacobian_of_many_outputs_is_computed_in_pieces() {
    // y = x·W has the Jacobian Wᵀ.
    let weights = Array2::from_shape_fn((3, 700), |(row, column)| (row * 1000 + column) as f64);
    assert_eq!(of_weights(weights.clone()).jacobian(&row()).unwrap(), weights.reversed_axes());
}

#[test]
fn a_jacobian_changes_nothing_and_refuses_other_training() {
    let network = smooth::<f64>(2);
    let before = network.clone();
    network.jacobian(&row()).unwrap();
    assert_eq!(network, before);
    assert!(network.parameters().all(|parameter| parameter.gradients().iter().all(|&gradient| gradient == 0.0)));

    let layers: [(Box<dyn Layer<f64>>, &str); 2] = [
        (Box::new(Dropout::with_seed(3, 0.5, 1).unwrap()), "Dropout"),
        (Box::new(BatchNorm::new(3).unwrap()), "BatchNorm"),
    ];
    for (layer, kind) in layers {
        let error = Network::from_layers(vec![layer]).unwrap().jacobian(&row()).unwrap_err().to_string();
        let words = "expected layers that compute the same in training as in prediction, and each row on its own";
        assert!(error.starts_with(&format!("Network::jacobian: {words}, found {kind}(")), "{error}");
    }
    for (bad, words) in [
        (vec![], "expected 3 columns in the inputs, found 0"),
        (vec![1.0; 4], "expected 3 columns in the inputs, found 4"),
        (vec![1.0, f64::NAN, 0.0], "expected finite numbers in the inputs, found NaN in row 0, column 1"),
    ] {
        assert_eq!(network.jacobian(&bad).unwrap_err().to_string(), format!("Network::jacobian: {words}"));
        assert_eq!(network.predict_row(&bad).unwrap_err().to_string(), format!("Network::predict: {words}"));
    }
    let steep = of_weights(array![[f32::MAX], [f32::MAX], [0.0]]);
    assert!(matches!(steep.jacobian(&[1.0, 1.0, 1.0]), Err(Error::NotFinite { what: "outputs", .. })));
}

fn a_row_is_a_matrix_of_one_row<F: Float>() {
    let network = network::<F>(3);
    let matrix = Array2::from_shape_vec((1, 3), row::<F>().to_vec()).unwrap();
    assert_eq!(network.predict_row(&row()).unwrap(), network.predict(&matrix).unwrap().remove_axis(Axis(0)).to_vec());
}

#[test]
fn one_row_is_predicted_from_a_slice() {
    a_row_is_a_matrix_of_one_row::<f32>();
    a_row_is_a_matrix_of_one_row::<f64>();
}

#[test]
fn models_may_be_caught_in_a_panic() {
    fn check<T: UnwindSafe + RefUnwindSafe>() {}
    check::<Network<f32>>();
    check::<Network<f64>>();
    check::<Classifier<f32, String>>();
    check::<Classifier<f64, u8>>();
    check::<Regressor<f64>>();

    let network = network::<f64>(1);
    let expected = network.predict_row(&row()).unwrap();
    let caught = catch_unwind(|| {
        network.predict_row(&row()).unwrap();
        panic!("in a request that the network serves");
    });
    assert!(caught.is_err());
    assert_eq!(network.predict_row(&row()).unwrap(), expected);
}

#[test]
fn layers_of_a_seed_are_those_of_a_generator() {
    use feedforward::rand::SeedableRng;
    let rng = &mut rand_chacha::ChaCha8Rng::seed_from_u64(9);
    let one = Dense::<f32, _>::new(4, 3, Tanh, Initializer::TorchLinear, rng).unwrap();
    let two = Dense::<f32, _>::with_seed(4, 3, Tanh, Initializer::TorchLinear, 9).unwrap();
    assert_eq!((one.weight(), one.bias()), (two.weight(), two.bias()));

    let dropped = |mut layer: Dropout<f64>| {
        let mut output = Array2::<f64>::zeros((1, 100));
        layer.forward(&Array2::ones((1, 100)), &mut output);
        output
    };
    let rng = &mut rand_chacha::ChaCha8Rng::seed_from_u64(9);
    assert_eq!(dropped(Dropout::new(100, 0.5, rng).unwrap()), dropped(Dropout::with_seed(100, 0.5, 9).unwrap()));
}
