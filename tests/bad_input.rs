//! Bad input is an error that says what was expected and what was found, and changes nothing.

use feedforward::*;
use ndarray::{Array1, Array2, ArrayRef2, Axis, array, s};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

fn network() -> Network<f64> {
    Network::builder(3).dense(4, Tanh).dense(2, Identity).seed(5).build().unwrap()
}

fn inputs() -> Array2<f64> {
    Array2::from_shape_fn((5, 3), |(row, column)| (row as f64 - 2.0) * 0.3 + column as f64 * 0.1)
}

fn targets() -> Array2<f64> {
    Array2::from_shape_fn((5, 2), |(row, column)| ((row + column) % 2) as f64)
}

/// A step with these is refused, with these words, and the next good step is as if nothing had been tried.
fn refused(inputs: &ArrayRef2<f64>, targets: &ArrayRef2<f64>, loss: &dyn Loss<f64>, words: &str) -> Error {
    let mut network = network();
    let mut optimizer = Momentum::new(0.1, 0.9).unwrap();
    network.train_step(&self::inputs(), &self::targets(), &Mse, &mut optimizer).unwrap();
    let mut untouched = network.clone();

    let error = network.train_step(inputs, targets, loss, &mut optimizer).unwrap_err();
    assert_eq!(error.to_string(), words);
    assert_eq!(network, untouched);
    for network in [&mut network, &mut untouched] {
        network.train_step(&self::inputs(), &self::targets(), &Mse, &mut optimizer).unwrap();
    }
    assert_eq!(network, untouched);
    error
}

#[test]
fn inputs_and_targets_must_fit() {
    let error = refused(
        &Array2::zeros((5, 4)),
        &targets(),
        &Mse,
        "Network::train_step: expected 3 columns in the inputs, found 4",
    );
    assert!(matches!(error, Error::Columns { expected: 3, found: 4, .. }));
    let error = refused(&inputs(), &Array2::zeros((5, 3)), &Mse, "Loss: expected 2 columns in the targets, found 3");
    assert!(matches!(error, Error::Columns { expected: 2, found: 3, .. }));
    let error = refused(
        &inputs(),
        &Array2::zeros((4, 2)),
        &Mse,
        "Network::train_step: expected 5 rows in the targets, found 4",
    );
    assert!(matches!(error, Error::Rows { expected: 5, found: 4, .. }));
    let none = (Array2::zeros((0, 3)), Array2::zeros((0, 2)));
    let error = refused(&none.0, &none.1, &Mse, "Network::train_step: expected at least one row, found 0");
    assert!(matches!(error, Error::Empty { what: "row", .. }));
}

#[test]
fn inputs_and_targets_must_be_finite() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let (mut inputs, mut targets) = (inputs(), targets());
        inputs[[2, 1]] = bad;
        let words =
            format!("Network::train_step: expected finite numbers in the inputs, found {bad} in row 2, column 1");
        assert!(matches!(refused(&inputs, &targets, &Mse, &words), Error::NotFinite { row: 2, column: 1, .. }));
        assert!(network().predict(&inputs).is_err());
        assert!(network().forward(&inputs).is_err());
        targets[[4, 0]] = bad;
        let words = format!("Loss: expected finite numbers in the targets, found {bad} in row 4, column 0");
        refused(&self::inputs(), &targets, &Mse, &words);
    }
}

#[test]
fn classes_must_be_whole_and_in_range() {
    let loss = CrossEntropy::default();
    for bad in [2.0, -1.0, 0.5] {
        let mut targets = Array2::zeros((5, 1));
        targets[[3, 0]] = bad;
        let words = format!("CrossEntropy: expected a class index from 0 to 1 in row 3 of the targets, found {bad}");
        assert!(matches!(refused(&inputs(), &targets, &loss, &words), Error::Target { row: 3, .. }));
    }
}

#[test]
fn shares_must_be_a_distribution() {
    for bad in [[0.5, 0.6], [-0.5, 1.5], [0.0, 0.0]] {
        let mut targets = targets();
        targets.row_mut(1).assign(&Array1::from(bad.to_vec()));
        let words = format!(
            "CrossEntropy: expected probabilities >= 0 that add up to 1 in row 1 of the targets, found {bad:?}"
        );
        refused(&inputs(), &targets, &CrossEntropy::default(), &words);
    }
    let mut targets = targets();
    targets[[2, 1]] = 1.5;
    let words = "BinaryCrossEntropy: expected probabilities from 0 to 1 in row 2 of the targets, found 1.5";
    refused(&inputs(), &targets, &BinaryCrossEntropy, words);
    let one = CrossEntropy::default().value(&array![[0.3]], &array![[1.0]]).unwrap_err();
    assert_eq!(one.to_string(), "CrossEntropy: expected at least 2 outputs, one for each class, found 1");
}

#[test]
fn a_loss_or_gradient_that_overflows_stops_the_step() {
    let huge = array![[1e300, 1e300], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]];
    let words = "Network::train_step: expected a finite loss, found inf; the parameters are unchanged";
    assert!(matches!(refused(&inputs(), &huge, &Mse, words), Error::LossNotFinite { .. }));

    // In f32: the loss is finite, the gradient of the weight overflows.
    let layer = Dense::from_parameters(array![[0.0_f32]], None, Identity).unwrap();
    let mut network = Network::from_layers(vec![Box::new(layer)]).unwrap();
    let before = network.clone();
    let error = network
        .train_step(&array![[3e38]], &array![[1e10]], &HalfSquaredError, &mut Sgd::new(0.1).unwrap())
        .unwrap_err();
    assert!(matches!(error, Error::GradientNotFinite { layer: 0, parameter: "weight", .. }), "{error}");
    assert_eq!(network, before);
}

#[test]
fn sample_weights_must_fit() {
    let mut network = network();
    let mut with = |weights: &[f64]| network.compute_gradients(&inputs(), &targets(), Some(weights), &Mse);
    assert!(with(&[1.0; 5]).is_ok());
    for (weights, words) in [
        (vec![1.0; 4], "expected 5 rows in the sample weights, found 4"),
        (vec![1.0, 1.0, -1.0, 1.0, 1.0], "expected finite sample weights >= 0, found -1"),
        (vec![1.0, 1.0, f64::NAN, 1.0, 1.0], "expected finite sample weights >= 0, found NaN"),
        (vec![0.0; 5], "expected a sample weight above 0, found only zeros"),
    ] {
        assert_eq!(with(&weights).unwrap_err().to_string(), format!("Network::train_step: {words}"));
    }
}

#[test]
fn backward_needs_a_forward() {
    let mut network = network();
    let gradient = Array2::ones((5, 2));
    let words = "Network::backward: expected a forward pass before it, found none";
    assert_eq!(network.backward(&gradient).unwrap_err().to_string(), words);
    network.train_step(&inputs(), &targets(), &Mse, &mut Sgd::new(0.1).unwrap()).unwrap();
    assert_eq!(
        network.backward_to_inputs(&gradient).unwrap_err(),
        Error::BackwardBeforeForward { operation: "Network::backward" }
    );
    network.forward(&inputs()).unwrap();
    assert!(network.backward(&Array2::ones((4, 2))).is_err());
    assert!(network.backward(&Array2::from_elem((5, 2), f64::NAN)).is_err());
    network.backward(&gradient).unwrap();
}

#[test]
fn sizes_and_layers_must_fit() {
    let rng = &mut ChaCha8Rng::seed_from_u64(0);
    let he = Initializer::HeNormal;
    assert_eq!(
        Dense::<f32, _>::new(0, 2, Relu, he, rng).unwrap_err().to_string(),
        "Dense: expected at least one input, found 0"
    );
    assert_eq!(
        Dense::<f32, _>::new(2, 0, Relu, he, rng).unwrap_err().to_string(),
        "Dense: expected at least one output, found 0"
    );
    assert!(Network::<f32>::builder(0).dense(2, Relu).build().is_err());
    assert!(Network::<f32>::builder(2).dense(0, Relu).build().is_err());
    assert_eq!(
        Network::<f32>::builder(2).build().unwrap_err().to_string(),
        "Network: expected at least one layer, found 0"
    );
    assert!(Softmax::new(0).is_err());
    assert!(Elementwise::new(0, Silu).is_err());
    assert!(ActivationLayer::new(0, Relu).is_err());
    assert!(BatchNorm::<f32>::new(0).is_err());
    assert!(LayerNorm::<f32>::new(0).is_err());
    assert!(Dropout::new(0, 0.5, rng).is_err());
    for rate in [-0.1, 1.0, f64::NAN] {
        assert!(Dropout::new(3, rate, rng).is_err());
    }

    let dense = |inputs, outputs| -> Box<dyn Layer<f32>> {
        Box::new(Dense::from_parameters(Array2::zeros((inputs, outputs)), None, Identity).unwrap())
    };
    let error = Network::from_layers(vec![dense(2, 3), dense(3, 4), dense(5, 1)]).unwrap_err();
    let words = "Network: expected layer 2 to take 4 inputs, as layer 1 has 4 outputs, found 5";
    assert_eq!(error.to_string(), words);
    assert!(Network::<f32>::from_layers(vec![]).is_err());
}

#[test]
fn weight_and_bias_must_fit_and_be_finite() {
    let weight = Array2::<f64>::zeros((2, 3));
    let error = Dense::from_parameters(weight.clone(), Some(Array1::zeros(2)), Identity).unwrap_err();
    assert_eq!(error.to_string(), "Dense: expected 3 columns in the bias, found 2");
    assert!(Dense::from_parameters(weight.clone(), Some(array![0.0, f64::NAN, 0.0]), Identity).is_err());
    assert!(Dense::from_parameters(weight.mapv(|_| f64::INFINITY), None, Identity).is_err());
    assert!(Dense::from_parameters(Array2::<f64>::zeros((0, 3)), None, Identity).is_err());
    let mut parameter = Parameter::weight(weight);
    assert!(parameter.set_value(&Array2::zeros((3, 2))).is_err());
}

#[test]
fn hyperparameters_must_be_in_range() {
    for rate in [-0.1, f64::NAN, f64::INFINITY] {
        let words = format!("Sgd: learning_rate: expected a finite number >= 0, found {rate}");
        assert_eq!(Sgd::new(rate).unwrap_err().to_string(), words);
        assert!(Momentum::new(rate, 0.9).is_err());
        let mut sgd = Sgd::new(0.5).unwrap();
        assert!(sgd.set_learning_rate(rate).is_err());
        assert_eq!(sgd.learning_rate(), 0.5);
        for failed in [
            Adagrad::new(rate).is_err(),
            RmsProp::new(rate).is_err(),
            Adam::new(rate).is_err(),
            AdamW::new(rate).is_err(),
            Nadam::new(rate).is_err(),
            Rprop::new(rate).is_err(),
        ] {
            assert!(failed);
        }
    }
    assert_eq!(
        Sgd::new(-0.1_f32).unwrap_err().to_string(),
        "Sgd: learning_rate: expected a finite number >= 0, found -0.1"
    );
    for momentum in [-0.1, 1.0, 1.5, f64::NAN, f64::INFINITY] {
        assert!(Momentum::new(0.1, momentum).is_err());
        assert!(Momentum::nesterov(0.1, momentum).is_err());
        assert!(Adam::new(0.1).unwrap().with_betas(momentum, 0.9).is_err());
        assert!(Adam::new(0.1).unwrap().with_betas(0.9, momentum).is_err());
        assert!(Nadam::new(0.1).unwrap().with_betas(0.9, momentum).is_err());
        assert!(RmsProp::new(0.1).unwrap().with_rho(momentum).is_err());
    }
    for bad in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(LeakyRelu::new(bad).is_err());
        assert!(Elu::new(bad).is_err());
        assert!(Huber::new(bad).is_err());
        assert!(Adam::new(0.1).unwrap().with_epsilon(bad).is_err());
        assert!(AdamW::from_adam(Adam::new(0.1).unwrap(), bad).is_err());
        assert!(CrossEntropy::with_smoothing(bad).is_err());
        let rng = &mut ChaCha8Rng::seed_from_u64(0);
        let mut dense = |initializer| Dense::<f64, _>::new(2, 2, Relu, initializer, rng);
        assert!(dense(Initializer::Normal { deviation: bad }).is_err());
        assert!(dense(Initializer::Uniform { low: 0.0, high: bad }).is_err());
        assert!(bad == -1.0 || dense(Initializer::Constant(bad)).is_err());
    }
}

#[test]
fn losses_alone_refuse_what_does_not_fit() {
    let (p, t) = (array![[1.0, 2.0]], array![[1.0, 2.0]]);
    assert!(Mse.value(&p, &array![[1.0]]).is_err());
    assert!(Mse.value(&p, &array![[1.0, 2.0], [1.0, 2.0]]).is_err());
    assert!(Mse.value(&Array2::<f64>::zeros((0, 2)), &Array2::zeros((0, 2))).is_err());
    assert!(Mse.value(&array![[f64::NAN, 0.0]], &t).is_err());
    assert!(Mse.value_and_gradient(&p, &t, &mut Array2::zeros((2, 1))).is_err());
}

#[test]
fn predictions_go_where_they_fit() {
    let mut scratch = Scratch::default();
    let error = network().predict_into(&inputs(), &mut scratch, &mut Array2::zeros((5, 3))).unwrap_err();
    assert_eq!(error.to_string(), "Network::predict: expected outputs of shape (5, 2), found (5, 3)");
    assert!(network().predict(&Array2::zeros((1, 2))).is_err());
    assert!(network().predict(&Array2::zeros((0, 3))).is_err());
}

#[test]
fn every_layout_simply_works() {
    let wide = Array2::from_shape_fn((10, 9), |(row, column)| ((row * 7 + column * 5) % 11) as f64 / 11.0);
    let tall = wide.t().to_owned();
    let steps = [(2, 3), (-2, -3)];
    let mut views = vec![wide.slice(s![..5, ..3]), tall.slice(s![..3, ..5]).reversed_axes()];
    views.extend(steps.map(|(row, column)| wide.slice(s![..;row, ..;column])));
    for inputs in views {
        let targets = inputs.slice(s![..;-1, ..2]);
        let copies = (inputs.as_standard_layout().to_owned(), targets.as_standard_layout().to_owned());
        let (mut a, mut b) = (network(), network());
        let mut optimizer = Momentum::new(0.1, 0.9).unwrap();
        let loss = a.train_step(&inputs, &targets, &Mse, &mut optimizer).unwrap();
        assert_eq!(loss, b.train_step(&copies.0, &copies.1, &Mse, &mut optimizer).unwrap());
        assert_eq!(a, b);

        let expected = b.predict(&copies.0).unwrap();
        assert_eq!(a.predict(&inputs).unwrap(), expected);
        let mut outputs = Array2::zeros((2, 5));
        let mut reversed = outputs.view_mut().reversed_axes();
        reversed.invert_axis(Axis(0));
        a.predict_into(&inputs, &mut Scratch::default(), &mut reversed).unwrap();
        assert_eq!(reversed, expected);

        let mut gradient = Array2::zeros((2, 5)).reversed_axes();
        assert_eq!(
            Mse.value_and_gradient(&inputs.slice(s![.., ..2]), &targets, &mut gradient),
            Mse.value(&copies.0.slice(s![.., ..2]), &copies.1)
        );
        a.forward(&inputs).unwrap();
        b.forward(&copies.0).unwrap();
        let below = a.backward_to_inputs(&gradient).unwrap().to_owned();
        assert_eq!(below, b.backward_to_inputs(&gradient.as_standard_layout()).unwrap());
    }
}
