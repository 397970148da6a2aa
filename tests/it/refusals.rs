//! Every setting out of range and all data that do not fit are refused with words that name them, before anything
//! moves.

use feedforward::activation::{Clip, HardSigmoid};
use feedforward::data::*;
use feedforward::error::Result;
use feedforward::layer::{Affine, BatchNorm, BatchNormOptions, Dropout, LayerNorm, LogSoftmax};
use feedforward::solver::{GeneticAlgorithm, Lbfgs, RandomSearch};
use feedforward::training::hook::{ClipNorm, ClipValue, MaxNorm, Penalty};
use feedforward::training::schedule::*;
use feedforward::*;
use ndarray::{Array1, Array2, array};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::fmt::Debug;

/// A hyperparameter by the name its error has, and what is made of it.
type Case = (&'static str, fn(f64) -> Result<()>);

fn refused(cases: &[Case], expected: &str, bad: &[f64]) {
    for (name, make) in cases {
        for &found in bad {
            words(make(found), &format!("{name}: expected {expected}, found {found}"));
        }
    }
}

fn words<T: Debug>(result: Result<T>, words: &str) {
    assert_eq!(result.unwrap_err().to_string(), words);
}

#[test]
fn learning_rates_and_factors_are_finite_and_not_negative() {
    let cases: [Case; 22] = [
        ("Sgd: learning_rate", |bad| Sgd::new(bad).map(drop)),
        ("Momentum: learning_rate", |bad| Momentum::new(bad, 0.9).map(drop)),
        ("Momentum: learning_rate", |bad| Momentum::nesterov(bad, 0.9).map(drop)),
        ("Adagrad: learning_rate", |bad| Adagrad::new(bad).map(drop)),
        ("RmsProp: learning_rate", |bad| RmsProp::new(bad).map(drop)),
        ("Adam: learning_rate", |bad| Adam::new(bad).map(drop)),
        ("Nadam: learning_rate", |bad| Nadam::new(bad).map(drop)),
        ("Rprop: learning_rate", |bad| Rprop::new(bad).map(drop)),
        ("AdamW: learning_rate", |bad| AdamW::new(bad).map(drop)),
        ("AdamW: weight_decay", |bad| check(AdamW::new(0.1)?.weight_decay(bad))),
        ("Lbfgs: tolerance", |bad| fit(|network, data| Lbfgs::new().tolerance(bad).fit(network, data, &Mse, 1))),
        ("Penalty: l1", |bad| Penalty::l1(bad).map(drop)),
        ("Penalty: l2", |bad| Penalty::l2(bad).map(drop)),
        ("Penalty: l1", |bad| Penalty::elastic(bad, 0.1).map(drop)),
        ("EarlyStopping: min_delta", |bad| {
            let stopping = EarlyStopping::new(1)?.min_delta(bad);
            fit(|network, data| {
                let mut trainer = Trainer::new(1).early_stopping(stopping.clone());
                trainer.fit(network, data, &Mse, &mut Sgd::new(0.1)?)
            })
        }),
        ("StepDecay: factor", |bad| StepDecay::new(3, bad).map(drop)),
        ("Exponential: factor", |bad| Exponential::new(bad).map(drop)),
        ("InverseScaling: power", |bad| InverseScaling::new(bad).map(drop)),
        ("Polynomial: power", |bad| Polynomial::new(3, bad).map(drop)),
        ("GeneticAlgorithm: mutation", |bad| {
            let search = GeneticAlgorithm::new(4, 1)?.mutation(bad);
            fit(|network, data| search.fit(network, data, &Mse, 1))
        }),
        ("LeakyRelu: slope", |bad| LeakyRelu::new(bad).map(drop)),
        ("Elu: alpha", |bad| Elu::new(bad).map(drop)),
    ];
    refused(&cases, "a finite number >= 0", &[-0.5, f64::NAN, f64::INFINITY, f64::NEG_INFINITY]);
}

/// Checks the hyperparameters of a rule, as `train_step` and `fit` do.
fn check(rule: impl Optimizer<f64>) -> Result<()> {
    rule.check()
}

/// Fits a network with these settings.
fn fit(fit: impl Fn(&mut Network<f64>, &Dataset<f64>) -> Result<History>) -> Result<()> {
    fit(&mut network(), &data(20)).map(drop)
}

#[test]
fn epsilons_are_above_zero_in_single_precision_too() {
    let cases: [Case; 6] = [
        ("Adagrad: epsilon", |bad| check(Adagrad::new(0.1)?.epsilon(bad))),
        ("RmsProp: epsilon", |bad| check(RmsProp::new(0.1)?.epsilon(bad))),
        ("Adam: epsilon", |bad| check(Adam::new(0.1)?.epsilon(bad))),
        ("Nadam: epsilon", |bad| check(Nadam::new(0.1)?.epsilon(bad))),
        ("LayerNorm: epsilon", |bad| LayerNorm::<f64>::with_epsilon(2, bad).map(drop)),
        ("LayerNorm: epsilon", |bad| LayerNorm::from_parameters(array![1.0], array![0.0], bad).map(drop)),
    ];
    let expected = "a number from 1.2e-38 to 3.4e38";
    refused(&cases, expected, &[0.0, -0.5, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e-50, 1e50]);
}

#[test]
fn options_out_of_range_are_refused_before_anything_moves() {
    let (inputs, targets) = (array![[1.0, 2.0, 3.0]], array![[1.0]]);
    let (mut network, before) = (network(), network());
    let mut rule = Adam::new(0.1).unwrap().epsilon(0.0);
    let expected = "Adam: epsilon: expected a number from 1.2e-38 to 3.4e38, found 0";
    words(network.train_step(&inputs, &targets, &Mse, &mut rule), expected);
    network.compute_gradients(&inputs, &targets, None, &Mse).unwrap();
    words(network.update(&mut rule), expected);
    words(Trainer::new(1).fit(&mut network, &data(20), &Mse, &mut rule), expected);
    let mut sgd = Sgd::new(0.1).unwrap();
    let schedule = Cosine::new(3).unwrap().restarts(0);
    words(
        Trainer::new(1).schedule_epochs(schedule).fit(&mut network, &data(20), &Mse, &mut sgd),
        "Cosine: restarts: expected at least 1, found 0",
    );
    let options = BatchNormOptions::default();
    words(
        BatchNorm::<f64>::with_options(2, options.momentum(1.5)),
        "BatchNorm: momentum: expected a number from 0 to 1, found 1.5",
    );
    assert_eq!(network, before);
}

#[test]
fn layers_too_large_for_any_memory_are_refused() {
    // A tebibyte, divided among values and gradients of all parameters.
    let found = |most: usize| format!("expected at most {most} numbers, found 1 x {}", usize::MAX);
    words(BatchNorm::<f64>::new(usize::MAX), &format!("BatchNorm: {}", found((1 << 40) / 8 / 8)));
    words(LayerNorm::<f64>::new(usize::MAX), &format!("LayerNorm: {}", found((1 << 40) / 8 / 4)));
    words(Affine::<f64>::new(usize::MAX), &format!("Affine: {}", found((1 << 40) / 8 / 6)));
}

#[test]
fn parameters_that_do_not_fit_each_other_are_refused() {
    let options = BatchNormOptions::default();
    let two = || array![1.0, 2.0];
    let none = || Array1::<f64>::zeros(0);
    words(LayerNorm::from_parameters(none(), none(), 1e-5), "LayerNorm: expected at least one input, found 0");
    words(Affine::from_parameters(none(), two(), two()), "Affine: expected at least one input, found 0");
    words(
        BatchNorm::from_parameters(none(), none(), none(), none(), options),
        "BatchNorm: expected at least one input, found 0",
    );
    words(LayerNorm::from_parameters(two(), array![1.0], 1e-5), "LayerNorm: expected 2 columns in the beta, found 1");
    words(
        Affine::from_parameters(two(), two(), array![1.0, 2.0, 3.0]),
        "Affine: expected 2 columns in the shift, found 3",
    );
    words(Affine::from_parameters(two(), none(), two()), "Affine: expected 2 columns in the scale, found 0");
    words(
        BatchNorm::from_parameters(two(), two(), two(), array![1.0], options),
        "BatchNorm: expected 2 columns in the running_variance, found 1",
    );
    words(
        BatchNorm::from_parameters(two(), two(), array![0.0], two(), options),
        "BatchNorm: expected 2 columns in the running_mean, found 1",
    );
    words(
        BatchNorm::from_parameters(two(), two(), two(), array![0.0, -0.5], options),
        "BatchNorm: expected running variances >= 0, found -0.5",
    );
    words(
        BatchNorm::from_parameters(two(), two(), two(), two(), options.momentum(2.0)),
        "BatchNorm: momentum: expected a number from 0 to 1, found 2",
    );
    words(
        BatchNorm::from_parameters(two(), two(), two(), two(), options.epsilon(0.0)),
        "BatchNorm: epsilon: expected a number from 1.2e-38 to 3.4e38, found 0",
    );
    for bad in [f64::NAN, f64::INFINITY] {
        let with = || array![1.0, bad];
        let expected = |name: &str| format!("expected finite numbers in the {name}, found {bad} in row 0, column 1");
        words(LayerNorm::from_parameters(with(), two(), 1e-5), &format!("LayerNorm: {}", expected("gamma")));
        words(Affine::from_parameters(with(), two(), two()), &format!("Affine: {}", expected("center")));
        words(Affine::from_parameters(two(), with(), two()), &format!("Affine: {}", expected("scale")));
        words(
            BatchNorm::from_parameters(two(), two(), two(), with(), options),
            &format!("BatchNorm: {}", expected("running_variance")),
        );
    }
}

#[test]
fn limits_and_sizes_are_finite_and_above_zero() {
    let cases: [Case; 6] = [
        ("ClipNorm: largest norm", |bad| ClipNorm::new(bad).map(drop)),
        ("ClipValue: largest value", |bad| ClipValue::new(bad).map(drop)),
        ("MaxNorm: largest norm", |bad| MaxNorm::new(bad).map(drop)),
        ("RandomSearch: size", |bad| RandomSearch::new(bad).map(drop)),
        ("Huber: delta", |bad| Huber::new(bad).map(drop)),
        ("HardSigmoid: alpha", |bad| HardSigmoid::new(bad, 0.5).map(drop)),
    ];
    refused(&cases, "a finite number > 0", &[0.0, -0.5, f64::NAN, f64::INFINITY]);
    let beta: Case = ("HardSigmoid: beta", |bad| HardSigmoid::new(0.2, bad).map(drop));
    refused(&[beta], "a finite number", &[f64::NAN, f64::INFINITY, f64::NEG_INFINITY]);
}

#[test]
fn levels_of_quantiles_are_between_zero_and_one() {
    let cases: [Case; 1] = [("Quantile: level", |bad| Quantile::new(bad).map(drop))];
    refused(&cases, "a number > 0 and < 1", &[0.0, 1.0, -0.5, 1.5, f64::NAN, f64::INFINITY]);
}

#[test]
fn bounds_are_in_order() {
    let (nan, infinite) = (f64::NAN, f64::INFINITY);
    for (low, high) in [(1.0, 1.0), (1.0, 0.0), (nan, 1.0), (0.0, nan), (infinite, -infinite), (infinite, infinite)] {
        words(Clip::new(low, high), &format!("Clip: expected bounds, low below high, found {low} to {high}"));
    }
}

#[test]
fn shares_of_averages_are_below_one() {
    let cases: [Case; 10] = [
        ("Momentum: momentum", |bad| Momentum::new(0.1, bad).map(drop)),
        ("Momentum: momentum", |bad| Momentum::nesterov(0.1, bad).map(drop)),
        ("RmsProp: rho", |bad| check(RmsProp::new(0.1)?.rho(bad))),
        ("Adam: beta1", |bad| check(Adam::new(0.1)?.betas(bad, 0.9))),
        ("Adam: beta2", |bad| check(Adam::new(0.1)?.betas(0.9, bad))),
        ("Nadam: beta1", |bad| check(Nadam::new(0.1)?.betas(bad, 0.9))),
        ("Nadam: beta2", |bad| check(Nadam::new(0.1)?.betas(0.9, bad))),
        ("ReduceOnPlateau: factor", |bad| ReduceOnPlateau::new(bad, 1).map(drop)),
        ("CrossEntropy: smoothing", |bad| CrossEntropy::default().smoothing(bad).check_targets(2, &array![[1.0]])),
        ("Dropout: rate", |bad| Dropout::<f64>::new(3, bad, &mut ChaCha8Rng::seed_from_u64(0)).map(drop)),
    ];
    refused(&cases, "a number >= 0 and < 1", &[1.0, -0.5, 1.5, f64::NAN, f64::INFINITY]);
}

#[test]
fn counts_are_not_zero() {
    words(EarlyStopping::new(0), "EarlyStopping: patience: expected at least 1, found 0");
    words(StepDecay::new(0, 0.5), "StepDecay: every: expected at least 1, found 0");
    words(Polynomial::new(0, 1.0), "Polynomial: steps: expected at least 1, found 0");
    words(Cosine::new(0), "Cosine: steps: expected at least 1, found 0");
    words(Cosine::new(3).unwrap().restarts(0).check(), "Cosine: restarts: expected at least 1, found 0");
    words(Warmup::new(0), "Warmup: steps: expected at least 1, found 0");
    words(OneCycle::new(1), "OneCycle: steps: expected at least 2, found 1");
    words(
        fit(|network, data| Lbfgs::new().memory(0).fit(network, data, &Mse, 1)),
        "Lbfgs: expected at least one step to remember, found 0",
    );
    words(GeneticAlgorithm::new(5, 0), "GeneticAlgorithm: expected an elite from 1 to below 5, found 0");
    words(GeneticAlgorithm::new(5, 5), "GeneticAlgorithm: expected an elite from 1 to below 5, found 5");
    words(BatchNorm::<f64>::new(0), "BatchNorm: expected at least one input, found 0");
    words(LayerNorm::<f64>::new(0), "LayerNorm: expected at least one input, found 0");
    words(Affine::<f64>::new(0), "Affine: expected at least one input, found 0");
    words(LogSoftmax::new(0), "LogSoftmax: expected at least one input, found 0");
    let rng = &mut ChaCha8Rng::seed_from_u64(0);
    words(Dropout::<f64>::new(0, 0.5, rng), "Dropout: expected at least one input, found 0");
}

#[test]
fn a_learning_rate_that_is_refused_leaves_the_old_one() {
    let rules: [(&str, Box<dyn Optimizer<f64>>); 9] = [
        ("Sgd", Box::new(Sgd::new(0.5).unwrap())),
        ("Momentum", Box::new(Momentum::new(0.5, 0.9).unwrap())),
        ("Adagrad", Box::new(Adagrad::new(0.5).unwrap())),
        ("RmsProp", Box::new(RmsProp::new(0.5).unwrap())),
        ("Adam", Box::new(Adam::new(0.5).unwrap())),
        ("AdamW", Box::new(AdamW::new(0.5).unwrap())),
        ("Nadam", Box::new(Nadam::new(0.5).unwrap())),
        ("Rprop", Box::new(Rprop::new(0.5).unwrap())),
        ("Momentum", Box::new(Momentum::nesterov(0.5, 0.9).unwrap())),
    ];
    for (name, mut rule) in rules {
        for bad in [-0.1, f64::NAN, f64::INFINITY] {
            let expected = format!("{name}: learning_rate: expected a finite number >= 0, found {bad}");
            words(rule.set_learning_rate(bad), &expected);
            assert_eq!(rule.learning_rate(), 0.5);
        }
        rule.set_learning_rate(0.25).unwrap();
        assert_eq!(rule.learning_rate(), 0.25);
    }
}

fn data(rows: usize) -> Dataset<f64> {
    let inputs = Array2::from_shape_fn((rows, 3), |(row, column)| ((row * (5 + column)) % 17) as f64 / 8.5);
    Dataset::new(inputs.clone(), inputs.map_axis(ndarray::Axis(1), |x| x.sum()).insert_axis(ndarray::Axis(1))).unwrap()
}

fn network() -> Network<f64> {
    Network::builder(3).dense(8, Tanh).dense(1, Identity).seed(2).build().unwrap()
}

#[test]
fn a_fit_that_is_refused_moves_nothing() {
    let (data, before, other) = (data(50), network(), Dataset::new(array![[0.0, 0.0]], array![[0.0]]).unwrap());
    let split = |found: f64| {
        format!("Trainer: expected a share between 0 and 1 that leaves no part empty, found {found} of 50 rows")
    };
    let trainers = [
        (Trainer::new(0), "Trainer: expected at least one epoch, found 0".to_owned()),
        (Trainer::new(1).batch_size(0), "Trainer: expected at least one row in a batch, found 0".to_owned()),
        (Trainer::new(1).accumulate(0), "Trainer: expected at least one batch to accumulate, found 0".to_owned()),
        (Trainer::new(1).validation_share(0.0), split(1.0)),
        (Trainer::new(1).validation_share(1.0), split(0.0)),
        (Trainer::new(1).validation_share(-0.5), split(1.5)),
        (Trainer::new(1).validation_share(0.001), split(0.999)),
        (Trainer::new(1).validation_share(f64::NAN), split(f64::NAN)),
        (Trainer::new(1).validation(&other), "Trainer: expected 3 columns in the inputs, found 2".to_owned()),
        (Trainer::new(1).target_loss(f64::NAN), "Trainer: target_loss: expected a finite number, found NaN".to_owned()),
    ];
    let (mut network, mut rule) = (network(), Momentum::new(0.05, 0.9).unwrap());
    for (mut trainer, expected) in trainers {
        words(trainer.fit(&mut network, &data, &Mse, &mut rule), &expected);
    }
    words(
        Trainer::new(1).fit(&mut network, &other, &Mse, &mut rule),
        "Trainer: expected 3 columns in the inputs, found 2",
    );
    words(
        Trainer::new(1).fit(&mut network, &data, &CrossEntropy::default(), &mut rule),
        "CrossEntropy: expected at least 2 outputs, one for each class, found 1",
    );
    words(Lbfgs::new().fit(&mut network, &data, &Mse, 0), "Lbfgs: expected at least one iteration, found 0");
    words(
        RandomSearch::new(0.1).unwrap().fit(&mut network, &data, &Mse, 0),
        "RandomSearch: expected at least one round, found 0",
    );
    words(
        GeneticAlgorithm::new(4, 1).unwrap().fit(&mut network, &other, &Mse, 3),
        "GeneticAlgorithm: expected 3 columns in the inputs, found 2",
    );
    assert_eq!(network, before);
    assert_eq!(rule.learning_rate(), 0.05);
    assert!(network.parameters().all(|parameter| parameter.steps_of("Momentum") == 0));
}

#[test]
fn a_batch_larger_than_the_data_is_the_whole_data() {
    let fit = |batch_size| {
        let (mut network, mut rule) = (network(), Momentum::new(0.05, 0.9).unwrap());
        Trainer::new(3).batch_size(batch_size).fit(&mut network, &data(20), &Mse, &mut rule).unwrap();
        network
    };
    assert_eq!(fit(20), fit(usize::MAX));
}

#[test]
fn data_that_do_not_fit_are_refused() {
    let zeros = |rows, columns| Array2::<f64>::zeros((rows, columns));
    words(Dataset::new(zeros(3, 2), zeros(4, 1)), "Dataset: expected 3 rows in the targets, found 4");
    words(Dataset::new(zeros(0, 2), zeros(0, 1)), "Dataset: expected at least one row, found 0");
    words(Dataset::new(zeros(3, 0), zeros(3, 1)), "Dataset: expected at least one column, found 0");
    words(Dataset::new(zeros(3, 2), zeros(3, 0)), "Dataset: expected at least one column, found 0");
    words(
        Dataset::new(array![[0.0, f64::NAN]], array![[1.0]]),
        "Dataset: expected finite numbers in the inputs, found NaN in row 0, column 1",
    );
    words(
        Dataset::new(array![[1.0]], array![[f64::INFINITY]]),
        "Dataset: expected finite numbers in the targets, found inf in row 0, column 0",
    );
    let data = data(10);
    for (weights, expected) in [
        (vec![1.0; 9], "expected 10 rows in the sample weights, found 9"),
        (vec![0.0; 10], "expected a sample weight above 0, found only zeros"),
        (vec![-1.0; 10], "expected finite sample weights >= 0, found -1"),
        (vec![f64::NAN; 10], "expected finite sample weights >= 0, found NaN"),
        (vec![f64::INFINITY; 10], "expected finite sample weights >= 0, found inf"),
    ] {
        words(data.clone().with_weights(weights), &format!("Dataset: {expected}"));
    }
    words(data.select(&[]), "Dataset::select: expected at least one row, found 0");
    words(data.select(&[10]), "Dataset::select: expected a row below 10, found 10");
    words(
        Dataset::new(zeros(2, 1), array![[0.5], [1.0]]).unwrap().classes(),
        "Dataset: expected a class index (a whole number >= 0; probabilities take a column for each class) in row 0 of \
         the targets, found 0.5",
    );
    words(
        Dataset::new(zeros(2, 1), array![[0.0], [1.0]]).unwrap().with_class_weights(&[1.0]),
        "Dataset: expected a weight for class 1, found 1 weights",
    );
}

#[test]
fn parts_that_would_be_empty_or_lack_a_class_are_refused() {
    let data = data(10);
    for share in [0.0, 1.0, -0.5, 1.5, f64::NAN, 0.01, 0.99] {
        let expected = format!("expected a share between 0 and 1 that leaves no part empty, found {share} of 10 rows");
        words(data.split(share, 1), &format!("Dataset::split: {expected}"));
        let stratified = Dataset::new(data.inputs().to_owned(), Array2::zeros((10, 1))).unwrap();
        words(stratified.split_stratified(share, 1), &format!("Dataset::split_stratified: {expected}"));
    }
    let rare = Array2::from_shape_fn((20, 1), |(row, _)| f64::from(row == 7));
    words(
        Dataset::new(Array2::zeros((20, 1)), rare).unwrap().split_stratified(0.2, 1),
        "Dataset::split_stratified: expected class 1 in the first part, found 1 rows of it",
    );
    // A class of a large number takes no memory for those below.
    let far = Dataset::new(Array2::zeros((4, 1)), array![[7.0], [999_999_999.0], [7.0], [999_999_999.0]]).unwrap();
    assert_eq!(far.split_stratified(0.5, 1).unwrap().0.targets().sum(), 1_000_000_006.0);
    words(one_hot::<f64>(&[], 0), "one_hot: expected at least one class, found 0");
    words(one_hot::<f64>(&[0, 3], 3), "one_hot: expected a class below 3 in row 1 of the targets, found 3");
    words(LabelEncoder::fit(&["a", "b"]).unwrap().decode(&[2]), "LabelEncoder: expected a class below 2, found 2");
    words(k_fold(10, 1, 0), "k_fold: expected 2 to 10 folds, found 1");
    words(k_fold(10, 11, 0), "k_fold: expected 2 to 10 folds, found 11");
    assert!(k_fold(usize::MAX, 2, 0).is_err() && k_fold(1 << 58, 2, 0).is_err());
    words(stratified_k_fold(&[0, 0, 1], 2, 0), "stratified_k_fold: expected at least 2 rows of class 1, found 1");
}

#[test]
fn what_a_scaler_cannot_measure_is_refused() {
    let constant = array![[1.0, 7.0], [2.0, 7.0]];
    let expected = "expected columns that are not constant, found 7 in every row of column 1";
    words(StandardScaler::fit(&constant), &format!("StandardScaler: {expected}"));
    words(MinMaxScaler::fit(&constant), &format!("MinMaxScaler: {expected}"));
    words(StandardScaler::<f64>::fit(&Array2::zeros((0, 2))), "StandardScaler: expected at least one row, found 0");
    words(
        MinMaxScaler::fit(&array![[1.0], [f64::NAN]]),
        "MinMaxScaler: expected finite numbers in the inputs, found NaN in row 1, column 0",
    );
    let scaler = StandardScaler::fit(&array![[1.0, 2.0], [3.0, 5.0]]).unwrap();
    words(scaler.transform(&array![[1.0]]), "StandardScaler: expected 2 columns in the inputs, found 1");
}
