//! Bad input is an error that says what was expected and what was found, and changes nothing.

use feedforward::activation::{Clip, HardSigmoid, HardSwish, Mish, Selu, Softsign, Step};
use feedforward::error::Result;
use feedforward::layer::{ActivationLayer, BatchNorm};
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
    let error = refused(&inputs(), &Array2::zeros((5, 3)), &Mse, "Mse: expected 2 columns in the targets, found 3");
    assert!(matches!(error, Error::Columns { expected: 2, found: 3, .. }));
    let error = refused(
        &inputs(),
        &Array2::zeros((4, 2)),
        &Mse,
        "Network::train_step: expected 5 rows in the targets, found 4",
    );
    assert!(matches!(error, Error::Rows { expected: 5, found: 4, .. }));
    let words = "CrossEntropy: expected 2 columns in the targets, found 3";
    refused(&inputs(), &Array2::zeros((5, 3)), &CrossEntropy::default(), words);
    let words = "Mse: expected 2 columns in the targets, found 0";
    refused(&inputs(), &Array2::zeros((5, 0)), &Mse, words);
    let words = "Network::train_step: expected 3 columns in the inputs, found 0";
    refused(&Array2::zeros((5, 0)), &targets(), &Mse, words);
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
        let words = words.replace("train_step", "predict");
        assert_eq!(network().predict(&inputs).unwrap_err().to_string(), words);
        let words = words.replace("predict", "forward");
        assert_eq!(network().forward(&inputs).unwrap_err().to_string(), words);
        targets[[4, 0]] = bad;
        let words = format!("Mse: expected finite numbers in the targets, found {bad} in row 4, column 0");
        refused(&self::inputs(), &targets, &Mse, &words);
    }
}

#[test]
fn classes_must_be_whole_and_in_range() {
    let loss = CrossEntropy::default();
    for bad in [2.0, -1.0, 0.5, 1e-300, 1e300] {
        let mut targets = Array2::zeros((5, 1));
        targets[[3, 0]] = bad;
        let words = format!("CrossEntropy: expected a class index from 0 to 1 in row 3 of the targets, found {bad}");
        assert!(matches!(refused(&inputs(), &targets, &loss, &words), Error::Target { row: 3, .. }));
    }
    let mut targets = Array2::zeros((5, 1));
    targets[[3, 0]] = f64::NAN;
    let words = "CrossEntropy: expected finite numbers in the targets, found NaN in row 3, column 0";
    refused(&inputs(), &targets, &loss, words);
}

#[test]
fn shares_must_be_a_distribution() {
    for bad in [[0.5, 0.6], [-0.5, 1.5], [0.0, 0.0]] {
        let mut targets = targets();
        targets.row_mut(1).assign(&Array1::from(bad.to_vec()));
        let words = format!(
            "CrossEntropy: expected probabilities >= 0 that add up to 1 (several labels in a row take \
             BinaryCrossEntropy) in row 1 of the targets, found {bad:?}"
        );
        refused(&inputs(), &targets, &CrossEntropy::default(), &words);
    }
    let mut targets = targets();
    targets[[2, 1]] = 1.5;
    let words = "BinaryCrossEntropy: expected probabilities from 0 to 1 in row 2 of the targets, found 1.5";
    refused(&inputs(), &targets, &BinaryCrossEntropy::default(), words);
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
fn no_activation_hides_a_nan() {
    fn check<F: Float>(activation: impl Activation<F>) {
        // Long enough for loops over several numbers at once, with a rest.
        let mut values = [F::one(); 21];
        (values[0], values[20]) = (F::nan(), F::nan());
        activation.activate(&mut values);
        let nans = values.map(|value| value.is_nan());
        assert!(nans[0] && nans[20] && !nans[1..20].contains(&true), "{activation:?}: {values:?}");
    }
    fn check_all<F: Float>() {
        check::<F>(Identity);
        check::<F>(Sigmoid);
        check::<F>(Relu);
        check::<F>(LeakyRelu::default());
        check::<F>(Elu::default());
        check::<F>(Tanh);
        check::<F>(Softplus);
        check::<F>(Step);
        check::<F>(Gelu::Exact);
        check::<F>(Gelu::Tanh);
        check::<F>(Silu);
        check::<F>(Selu);
        check::<F>(HardSigmoid::default());
        check::<F>(Softsign);
        check::<F>(Mish);
        check::<F>(Clip::default());
        check::<F>(HardSwish);
    }
    check_all::<f32>();
    check_all::<f64>();
}

#[test]
fn weights_that_became_nan_stop_the_next_step() {
    let mut network = network();
    network.parameters_mut().next().unwrap().value_mut()[[0, 0]] = f64::NAN;
    let bits = |network: &Network<f64>| -> Vec<u64> {
        network.parameters().flat_map(|parameter| parameter.values()).map(|value| value.to_bits()).collect()
    };
    let before = bits(&network);
    let error = network.train_step(&inputs(), &targets(), &Mse, &mut Sgd::new(0.1).unwrap()).unwrap_err();
    let words = "expected finite parameters, found NaN in the weight of layer 0 before the step";
    assert!(error.to_string().ends_with(words), "{error}");
    assert!(matches!(error, Error::ParameterNotFinite { layer: 0, parameter: "weight", .. }), "{error}");
    assert_eq!(bits(&network), before);
}

#[test]
fn weights_that_an_update_carried_to_infinity_are_what_the_next_step_complains_of() {
    let mut network = Network::<f64>::builder(3).dense(2, Identity).build().unwrap();
    let (inputs, far) = (inputs(), targets() * 1000.0);
    let mut rule = Sgd::new(f64::MAX).unwrap();
    network.train_step(&inputs, &far, &Mse, &mut rule).unwrap();
    for _ in 0..2 {
        let error = network.train_step(&inputs, &far, &Mse, &mut rule).unwrap_err();
        assert!(matches!(error, Error::ParameterNotFinite { layer: 0, found, .. } if found.is_infinite()), "{error}");
    }

    // The loss is finite, a gradient is not: below a rectifier that lets nothing through, 0 times infinity.
    let below = Dense::from_parameters(array![[1.0]], None, Identity).unwrap();
    let mut above = Dense::from_parameters(array![[1.0]], None, Relu).unwrap();
    above.visit_mut(&mut |parameter| parameter.value_mut().fill(f64::NEG_INFINITY));
    let mut network = Network::from_layers(vec![Box::new(below), Box::new(above)]).unwrap();
    let error = network.train_step(&array![[1.0]], &array![[1.0]], &Mse, &mut Sgd::new(0.1).unwrap()).unwrap_err();
    assert!(matches!(error, Error::ParameterNotFinite { layer: 1, .. }), "{error}");
}

#[test]
fn a_step_that_fails_moves_no_running_statistics() {
    // In f32: the normalised numbers and the loss are finite, the gradient of the weight below overflows.
    let below = Dense::from_parameters(array![[1e-30_f32]], None, Identity).unwrap();
    let layers: Vec<Box<dyn Layer<f32>>> = vec![Box::new(below), Box::new(BatchNorm::new(1).unwrap())];
    let mut network = Network::from_layers(layers).unwrap();
    let before = network.clone();
    let (inputs, targets) = (array![[3e38], [-3e38], [1e38]], array![[1e15], [-1e10], [0.0]]);
    let error = network.train_step(&inputs, &targets, &Mse, &mut Sgd::new(0.1).unwrap()).unwrap_err();
    assert!(matches!(error, Error::GradientNotFinite { layer: 0, .. }), "{error}");
    assert_eq!(network, before);
    network.train_step(&array![[1e30], [2e30]], &array![[1.0], [2.0]], &Mse, &mut Sgd::new(0.1).unwrap()).unwrap();
    assert_ne!(network.layers()[1].parameters()[2], before.layers()[1].parameters()[2]);
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
        assert_eq!(with(&weights).unwrap_err().to_string(), format!("Network::compute_gradients: {words}"));
    }
}

#[test]
fn backward_needs_a_forward() {
    let mut network = network();
    let gradient = Array2::ones((5, 2));
    let words = "Network::backward: expected a forward pass before it, found none";
    assert_eq!(network.backward(&gradient).unwrap_err().to_string(), words);
    network.train_step(&inputs(), &targets(), &Mse, &mut Sgd::new(0.1).unwrap()).unwrap();
    let error = network.backward_to_inputs(&gradient).unwrap_err();
    assert!(matches!(error, Error::BackwardBeforeForward { operation: "Network::backward" }), "{error}");
}

#[test]
fn a_refused_pass_leaves_the_one_before_as_it_was() {
    let gradient = Array2::ones((5, 2));
    let gradients = |network: &Network<f64>| -> Vec<f64> {
        network.parameters().flat_map(|parameter| parameter.gradients()).copied().collect()
    };
    let mut network = network();
    network.forward(&inputs()).unwrap();
    network.backward(&gradient).unwrap();
    let expected = gradients(&network);

    network.forward(&inputs()).unwrap();
    for (bad, words) in [
        (Array2::ones((4, 2)), "expected a gradient of shape (5, 2), found (4, 2)"),
        (Array2::ones((5, 3)), "expected a gradient of shape (5, 2), found (5, 3)"),
        (Array2::from_elem((5, 2), f64::NAN), "expected finite numbers in the gradient, found NaN in row 0, column 0"),
    ] {
        assert_eq!(network.backward(&bad).unwrap_err().to_string(), format!("Network::backward: {words}"));
        assert_eq!(gradients(&network), expected);
    }
    let words = "Network::forward: expected 3 columns in the inputs, found 2";
    assert_eq!(network.forward(&Array2::zeros((1, 2))).unwrap_err().to_string(), words);
    network.backward(&gradient).unwrap();
    assert_eq!(gradients(&network), expected);
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
    for (builder, words) in [
        (Network::<f32>::builder(2), "Network: expected at least one layer, found 0"),
        (Network::builder(0).dense(2, Relu), "Dense: expected at least one input, found 0"),
        (Network::builder(2).dense(0, Relu), "Dense: expected at least one output, found 0"),
        (Network::builder(2).dense_without_bias(0, Relu), "Dense: expected at least one output, found 0"),
        (Network::builder(0).softmax(), "Softmax: expected at least one input, found 0"),
        (Network::builder(0).log_softmax(), "LogSoftmax: expected at least one input, found 0"),
        (Network::builder(0).affine(), "Affine: expected at least one input, found 0"),
        (Network::builder(0).activation(Silu), "ActivationLayer: expected at least one input, found 0"),
        (Network::builder(0).activation(Relu), "ActivationLayer: expected at least one input, found 0"),
        (Network::builder(0).batch_norm(), "BatchNorm: expected at least one input, found 0"),
        (Network::builder(0).layer_norm(), "LayerNorm: expected at least one input, found 0"),
        (Network::builder(0).dropout(0.5), "Dropout: expected at least one input, found 0"),
        (Network::builder(3).dropout(-0.1), "Dropout: rate: expected a number >= 0 and < 1, found -0.1"),
        (Network::builder(3).dropout(1.0), "Dropout: rate: expected a number >= 0 and < 1, found 1"),
        (Network::builder(3).dropout(f64::NAN), "Dropout: rate: expected a number >= 0 and < 1, found NaN"),
        (
            // What 0 - 1 is in a release build.
            Network::builder(usize::MAX).dense(2, Relu),
            "Dense: expected at most 137438953472 numbers, found 18446744073709551615 x 2",
        ),
    ] {
        assert_eq!(builder.build().unwrap_err().to_string(), words);
    }

    let dense = |inputs, outputs| -> Box<dyn Layer<f32>> {
        Box::new(Dense::from_parameters(Array2::zeros((inputs, outputs)), None, Identity).unwrap())
    };
    let error = Network::from_layers(vec![dense(2, 3), dense(3, 4), dense(5, 1)]).unwrap_err();
    let words = "Network: expected layer 2 to take 4 inputs, as layer 1 has 4 outputs, found 5";
    assert_eq!(error.to_string(), words);
    let error = Network::<f32>::from_layers(vec![]).unwrap_err();
    assert_eq!(error.to_string(), "Network: expected at least one layer, found 0");
    for (layer, what) in [(OfSize(0, 2), "input"), (OfSize(2, 0), "output")] {
        let error = Network::<f32>::from_layers(vec![dense(2, 2), Box::new(layer)]).unwrap_err();
        assert_eq!(error.to_string(), format!("Network: expected at least one {what}, found 0"));
    }
}

/// A layer of somebody's that says it has these sizes.
#[derive(Debug, Clone)]
struct OfSize(usize, usize);

impl Layer<f32> for OfSize {
    fn input_size(&self) -> usize {
        self.0
    }
    fn output_size(&self) -> usize {
        self.1
    }
    fn infer(&self, _: &ArrayRef2<f32>, _: &mut ArrayRef2<f32>) {}
    fn backward(
        &mut self,
        _: &ArrayRef2<f32>,
        _: &ArrayRef2<f32>,
        _: &mut ArrayRef2<f32>,
        _: Option<&mut ArrayRef2<f32>>,
    ) {
    }
}

#[test]
fn weight_and_bias_must_fit_and_be_finite() {
    let weight = Array2::<f64>::zeros((2, 3));
    let error = Dense::from_parameters(weight.clone(), Some(Array1::zeros(2)), Identity).unwrap_err();
    assert_eq!(error.to_string(), "Dense: expected 3 columns in the bias, found 2");
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut bias = Array1::zeros(3);
        bias[1] = bad;
        let error = Dense::from_parameters(weight.clone(), Some(bias), Identity).unwrap_err();
        let words = format!("Dense: expected finite numbers in the bias, found {bad} in row 0, column 1");
        assert_eq!(error.to_string(), words);
        let mut weight = weight.clone();
        weight[[1, 2]] = bad;
        let error = Dense::from_parameters(weight, None, Identity).unwrap_err();
        let words = format!("Dense: expected finite numbers in the weight, found {bad} in row 1, column 2");
        assert_eq!(error.to_string(), words);
    }
    for (shape, words) in [((0, 3), "at least one input"), ((3, 0), "at least one output")] {
        let error = Dense::from_parameters(Array2::<f64>::zeros(shape), None, Identity).unwrap_err();
        assert_eq!(error.to_string(), format!("Dense: expected {words}, found 0"));
    }
    let mut parameter = Parameter::weight(array![[1.0, 2.0]]);
    let error = parameter.set_value(&Array2::zeros((2, 1))).unwrap_err();
    assert_eq!(error.to_string(), "Parameter::set_value: expected a value of shape (1, 2), found (2, 1)");
    assert_eq!(parameter.values(), [1.0, 2.0]);
}

#[test]
fn a_weight_in_any_layout_is_the_weight() {
    let weight = Array2::from_shape_fn((2, 3), |(row, column)| (row * 3 + column) as f64);
    let mut reversed = weight.clone();
    reversed.invert_axis(Axis(0));
    let upside_down = weight.slice(s![..;-1, ..]).to_owned();
    for (given, expected) in [(weight.clone().reversed_axes(), weight.t().to_owned()), (reversed, upside_down)] {
        let layer = Dense::from_parameters(given.clone(), None, Identity).unwrap();
        assert_eq!(layer.weight().value(), expected);
        assert!(layer.weight().values().iter().eq(&expected)); // row after row
        let mut parameter = Parameter::weight(Array2::zeros(expected.dim()));
        parameter.set_value(&given).unwrap();
        assert_eq!(parameter.value(), expected);
    }
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
        Sgd::new(-0.1).unwrap_err().to_string(),
        "Sgd: learning_rate: expected a finite number >= 0, found -0.1"
    );
    for momentum in [-0.1, 1.0, 1.5, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let words = format!("Momentum: momentum: expected a number >= 0 and < 1, found {momentum}");
        assert_eq!(Momentum::new(0.1, momentum).unwrap_err().to_string(), words);
        assert_eq!(Momentum::nesterov(0.1, momentum).unwrap_err().to_string(), words);
        let rules: [Box<dyn Optimizer<f64>>; 4] = [
            Box::new(Adam::new(0.1).unwrap().betas(momentum, 0.9)),
            Box::new(Adam::new(0.1).unwrap().betas(0.9, momentum)),
            Box::new(Nadam::new(0.1).unwrap().betas(0.9, momentum)),
            Box::new(RmsProp::new(0.1).unwrap().rho(momentum)),
        ];
        assert!(rules.iter().all(|rule| rule.check().is_err()));
    }
    for bad in [-1.0, f64::NAN, f64::INFINITY] {
        let words = |error: Error, start: &str| assert_eq!(error.to_string(), format!("{start}, found {bad}"));
        words(LeakyRelu::new(bad).unwrap_err(), "LeakyRelu: slope: expected a finite number >= 0");
        words(Elu::new(bad).unwrap_err(), "Elu: alpha: expected a finite number >= 0");
        words(Huber::new(bad).unwrap_err(), "Huber: delta: expected a finite number > 0");
        assert!(Optimizer::<f64>::check(&Adam::new(0.1).unwrap().epsilon(bad)).is_err());
        assert!(Optimizer::<f64>::check(&AdamW::new(0.1).unwrap().weight_decay(bad)).is_err());
        let error = CrossEntropy::default().smoothing(bad).check_targets(2, &array![[1.0]]).unwrap_err();
        words(error, "CrossEntropy: smoothing: expected a number >= 0 and < 1");
        let rng = &mut ChaCha8Rng::seed_from_u64(0);
        let mut dense = |initializer| Dense::<f64, _>::new(2, 2, Relu, initializer, rng);
        let error = dense(Initializer::Normal { deviation: bad }).unwrap_err();
        words(error, "Initializer::Normal: deviation: expected a finite number >= 0");
        let error = dense(Initializer::Uniform { low: 0.0, high: bad }).unwrap_err();
        let text = format!("Initializer::Uniform: expected finite bounds, low below high, found 0 to {bad}");
        assert_eq!(error.to_string(), text);
        assert!(dense(Initializer::Uniform { low: f64::NAN, high: 1.0 }).is_err());
        let error = dense(Initializer::Uniform { low: f64::NEG_INFINITY, high: 1.0 }).unwrap_err();
        assert!(error.to_string().ends_with("finite bounds, low below high, found -inf to 1"), "{error}");
        if bad != -1.0 {
            let error = dense(Initializer::Constant(bad)).unwrap_err();
            words(error, "Initializer::Constant: value: expected a finite number");
        }
    }
}

#[test]
fn a_start_must_be_within_the_range_of_the_type() {
    let rng = &mut ChaCha8Rng::seed_from_u64(0);
    for initializer in [
        Initializer::Constant(1e39),
        Initializer::Normal { deviation: 1e39 },
        Initializer::Uniform { low: 1e39, high: 2e39 },
    ] {
        let error = Dense::<f32, _>::new(2, 2, Relu, initializer, rng).unwrap_err();
        let words = "Initializer: expected finite numbers in the weight, found ";
        assert!(error.to_string().starts_with(words), "{error}");
        assert!(Dense::<f64, _>::new(2, 2, Relu, initializer, rng).is_ok());
    }
}

#[test]
fn a_loss_of_counts_refuses_negative_targets_and_infinite_rates() {
    let words = |result: Result<f64>| result.unwrap_err().to_string();
    let z = array![[0.0, 1.0], [2.0, 3.0]];
    assert_eq!(
        words(Poisson.value(&z, &array![[1.0, 2.0], [0.0, -1.0]])),
        "Poisson: expected counts or rates >= 0 in row 1 of the targets, found -1"
    );
    assert_eq!(words(Poisson.value(&z, &array![[1.0], [0.0]])), "Poisson: expected 2 columns in the targets, found 1");
    assert_eq!(
        words(Poisson.value(&z, &array![[1.0, 2.0], [f64::NAN, 1.0]])),
        "Poisson: expected finite numbers in the targets, found NaN in row 1, column 0"
    );
    assert_eq!(
        words(Poisson.value(&array![[1000.0]], &array![[1.0]])),
        "Poisson: expected predictions and targets whose loss is finite, found a loss of inf"
    );
    assert!(Poisson.value(&array![[89.0_f32]], &array![[1.0]]).is_err());
    assert!(Poisson.value(&array![[88.0_f32]], &array![[1.0]]).is_ok());

    // A network that predicts 100 z: a rate of e^100 is too large for f32.
    let dense = Dense::from_parameters(array![[100.0_f32]], None, Identity).unwrap();
    let mut network = Network::from_layers(vec![Box::new(dense)]).unwrap();
    let before = network.clone();
    let error = network.predict_probabilities(&array![[0.5], [1.0]], &Poisson).unwrap_err().to_string();
    let words = "expected finite numbers in the activated outputs, found inf in row 1, column 0";
    assert_eq!(error, format!("Network::predict_probabilities: {words}"));
    let rates = network.predict_probabilities(&array![[0.01], [-0.02]], &Poisson).unwrap();
    approx::assert_abs_diff_eq!(rates, array![[1.0_f32.exp()], [(-2.0_f32).exp()]], epsilon = 1e-6);
    let mut sgd = Sgd::new(0.1).unwrap();
    let error = network.train_step(&array![[1.0]], &array![[1.0]], &Poisson, &mut sgd).unwrap_err().to_string();
    assert_eq!(error, "Network::train_step: expected a finite loss, found inf; the parameters are unchanged");
    assert_eq!(network, before);
    let data = Dataset::new(array![[0.01_f32]], array![[-1.0]]).unwrap();
    let error = Trainer::new(1).fit(&mut network, &data, &Poisson, &mut sgd).unwrap_err().to_string();
    assert_eq!(error, "Poisson: expected counts or rates >= 0 in row 0 of the targets, found -1");
}

#[test]
fn losses_alone_refuse_what_does_not_fit() {
    let (p, t) = (array![[1.0, 2.0]], array![[1.0, 2.0]]);
    for (predictions, targets, words) in [
        (p.clone(), array![[1.0]], "2 columns in the targets, found 1"),
        (p.clone(), array![[1.0, 2.0], [1.0, 2.0]], "1 row in the targets, found 2"),
        (Array2::zeros((0, 2)), Array2::zeros((0, 2)), "at least one row, found 0"),
        (Array2::zeros((2, 0)), Array2::zeros((2, 0)), "at least one column in the predictions, found 0"),
        (array![[0.0, f64::NAN]], t.clone(), "finite numbers in the predictions, found NaN in row 0, column 1"),
    ] {
        let mut gradient = Array2::from_elem(predictions.dim(), 7.0);
        let error = Mse.value_and_gradient(&predictions, &targets, &mut gradient).unwrap_err();
        assert_eq!(error.to_string(), format!("Mse: expected {words}"));
        assert!(gradient.iter().all(|&untouched| untouched == 7.0));
        assert_eq!(Mse.value(&predictions, &targets).unwrap_err().to_string(), error.to_string());
    }
    let error = Mse.value_and_gradient(&p, &t, &mut Array2::zeros((2, 1))).unwrap_err();
    assert_eq!(error.to_string(), "Mse: expected a gradient of shape (1, 2), found (2, 1)");
}

/// ℓ(p) = p², which asks for no targets.
#[derive(Debug)]
struct Size;

impl Loss<f64> for Size {
    fn example(&self, prediction: &[f64], target: &[f64], gradient: &mut [f64]) -> f64 {
        assert!(target.is_empty());
        gradient[0] = 2.0 * prediction[0];
        prediction[0] * prediction[0]
    }
    fn check_targets(&self, _: usize, _: &ArrayRef2<f64>) -> Result<()> {
        Ok(())
    }
}

#[test]
fn a_loss_may_need_no_targets() {
    let none = Array2::zeros((2, 0));
    assert_eq!(Size.value(&array![[1.0], [3.0]], &none).unwrap(), 5.0);
    let mut network = Network::builder(3).dense(1, Tanh).build().unwrap();
    let inputs = inputs().slice(s![..2, ..]).to_owned();
    let mut optimizer = Sgd::new(0.1).unwrap();
    let first = network.train_step(&inputs, &none, &Size, &mut optimizer).unwrap();
    assert!(network.train_step(&inputs, &none, &Size, &mut optimizer).unwrap() < first);
}

#[test]
#[should_panic(expected = "standard layout")]
fn a_layer_called_directly_says_which_layout_it_needs() {
    let mut output = Array2::<f64>::zeros((3, 2)).reversed_axes();
    ActivationLayer::new(3, Tanh).unwrap().infer(&Array2::zeros((2, 3)), &mut output);
}

#[test]
fn predictions_go_where_they_fit() {
    let mut scratch = Scratch::default();
    for (inputs, shape, words) in [
        (inputs(), (5, 3), "outputs of shape (5, 2), found (5, 3)"),
        (inputs(), (4, 2), "outputs of shape (5, 2), found (4, 2)"),
        (Array2::zeros((1, 2)), (1, 2), "3 columns in the inputs, found 2"),
        (Array2::zeros((1, 0)), (1, 2), "3 columns in the inputs, found 0"),
        (Array2::zeros((0, 3)), (0, 2), "at least one row, found 0"),
    ] {
        let mut outputs = Array2::from_elem(shape, 7.0);
        let error = network().predict_into(&inputs, &mut scratch, &mut outputs).unwrap_err();
        assert_eq!(error.to_string(), format!("Network::predict: expected {words}"));
        assert!(outputs.iter().all(|&untouched| untouched == 7.0));
    }
    assert!(network().predict_probabilities(&Array2::zeros((1, 2)), &Mse).is_err());
    let error = network().set_frozen(2, true).unwrap_err();
    assert_eq!(error.to_string(), "Network::set_frozen: expected a layer below 2, found 2");
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
            Mse.value_and_gradient(&inputs.slice(s![.., ..2]), &targets, &mut gradient).unwrap(),
            Mse.value(&copies.0.slice(s![.., ..2]), &copies.1).unwrap()
        );
        a.forward(&inputs).unwrap();
        b.forward(&copies.0).unwrap();
        let below = a.backward_to_inputs(&gradient).unwrap().to_owned();
        assert_eq!(below, b.backward_to_inputs(&gradient.as_standard_layout()).unwrap());
    }
}
