//! [`Classifier`] and [`Regressor`], and training without derivatives.

use feedforward::data::Label;
use feedforward::error::Result;
use feedforward::estimator::{Settings, Solver};
use feedforward::solver::{GeneticAlgorithm, RandomSearch};
use feedforward::*;
use ndarray::{Array1, Array2, array};
use std::fmt::Debug;

fn words<T: Debug>(result: Result<T>, words: &str) {
    assert_eq!(result.unwrap_err().to_string(), words);
}

/// Three clouds of points, one for each label.
fn clouds<L: Clone>(labels: [L; 3], rows: usize) -> (Array2<f64>, Vec<L>) {
    let place = |row: usize, column: usize| ((row * 7 + column * 5) % 11) as f64 / 11.0;
    let inputs = Array2::from_shape_fn((rows, 2), |(row, column)| {
        place(row, column) + if column == 0 { 3.0 * (row % 3) as f64 } else { 100.0 }
    });
    (inputs, (0..rows).map(|row| labels[row % 3].clone()).collect())
}

#[test]
fn labels_can_be_strings_numbers_or_enums() {
    #[derive(Debug, Clone, PartialEq, Eq, Hash)]
    enum Size {
        Small,
        Medium,
        Large,
    }
    fn learned<L: Label>(labels: [L; 3]) {
        let (inputs, labels) = clouds(labels, 90);
        let model = Classifier::fit(&inputs, &labels).unwrap();
        assert_eq!(model.score(&inputs, &labels).unwrap(), 1.0);
        assert_eq!(model.predict(&inputs).unwrap(), labels);
    }
    learned(["setosa", "versicolor", "virginica"]);
    learned(["setosa".to_owned(), "virginica".to_owned(), "versicolor".to_owned()]);
    learned([7, -3, 100]);
    learned([2_u8, 1, 0]);
    learned([Size::Small, Size::Medium, Size::Large]);
}

#[test]
fn every_solver_and_activation_learns() {
    let (inputs, labels) = clouds(["a", "b", "c"], 60);
    for solver in [Solver::Adam, Solver::Momentum, Solver::Lbfgs] {
        for activation in [Relu.into(), Tanh.into(), Sigmoid.into()] {
            let settings =
                Settings { hidden: vec![12, 8], solver, activation, learning_rate: 0.01, ..Settings::default() };
            let model = Classifier::fit_with(&settings, &inputs, &labels).unwrap();
            let score = model.score(&inputs, &labels).unwrap();
            assert!(score > 0.9, "{solver:?}, {activation:?}: {score}");
        }
    }
}

/// The largest weight and the largest bias of the layers of an estimator that has hardly been trained.
fn start_of(settings: Settings) -> Vec<(f64, f64)> {
    let (inputs, labels) = clouds(["a", "b", "c"], 60);
    let settings = Settings { hidden: vec![400, 300], learning_rate: 1e-12, epochs: 1, ..settings };
    let model = Classifier::fit_with(&settings, &inputs, &labels).unwrap();
    let largest = |values: &[f64]| values.iter().fold(0.0_f64, |largest, value| value.abs().max(largest));
    let parameters: Vec<f64> = model.network().parameters().map(|parameter| largest(parameter.values())).collect();
    parameters.chunks(2).map(|pair| (pair[0], pair[1])).collect()
}

#[test]
fn the_start_of_relus_is_that_of_pytorch_and_can_be_chosen() {
    let near = |found: f64, bound: f64| assert!(found <= bound && found > 0.97 * bound, "{found}, not {bound}");
    let fan_ins = [2.0_f64, 400.0, 300.0];
    for ((weight, bias), fan_in) in start_of(Settings::default()).into_iter().zip(fan_ins) {
        near(weight, (1.0 / fan_in).sqrt() + 1e-9);
        assert!(bias > 0.0 && bias <= (1.0 / fan_in).sqrt() + 1e-9, "{bias}");
    }
    let chosen = Settings { start: Some(Initializer::GlorotUniformWithBias), ..Settings::default() };
    near(start_of(chosen)[1].0, (6.0_f64 / 700.0).sqrt() + 1e-9);
    // Tanh keeps the start that suits it: Glorot's, and biases of 0.
    let tanh = start_of(Settings { activation: Tanh.into(), ..Settings::default() });
    near(tanh[0].0, (6.0_f64 / 402.0).sqrt() + 1e-9);
    near(tanh[2].0, (6.0_f64 / 303.0).sqrt() + 1e-9);
    assert!(tanh.iter().all(|&(_, bias)| bias < 1e-9));
    let error = Classifier::fit_with(
        &Settings { start: Some(Initializer::Normal { deviation: -1.0 }), ..Settings::default() },
        &clouds([1, 2, 3], 60).0,
        &clouds([1, 2, 3], 60).1,
    );
    words(error, "Initializer::Normal: deviation: expected a finite number >= 0, found -1");
}

#[test]
fn rows_are_held_out_from_1000_on_and_fewer_are_trained_on_until_the_loss_has_converged() {
    let history = |rows: usize, patience| {
        let (inputs, labels) = clouds(["a", "b", "c"], rows);
        let settings = Settings { hidden: vec![4], learning_rate: 0.05, epochs: 400, patience, ..Settings::default() };
        Classifier::fit_with(&settings, &inputs, &labels).unwrap().history().clone()
    };
    let held_out = |history: &History| history.epochs().iter().all(|record| record.validation_loss.is_some());
    let few = history(999, Some(2));
    assert!(few.len() < 400 && few.epochs()[0].validation_loss.is_none(), "{}", few.len());
    let best =
        |records: &[EpochRecord]| records.iter().fold(f64::INFINITY, |best, record| best.min(record.training_loss));
    let (before, last) = few.epochs().split_at(few.len() - 10);
    assert!(best(last) > best(before) - 1e-4);
    let many = history(1_000, Some(2));
    assert!(many.len() < 400 && held_out(&many), "{}", many.len());
    for rows in [999, 1_000] {
        let all = history(rows, None);
        assert!(all.len() == 400 && all.epochs()[0].validation_loss.is_none());
    }
}

#[test]
fn the_penalty_of_adam_is_six_over_the_rows_and_at_most_0_03() {
    let weights = |rows: usize, settings: Settings| {
        let (inputs, labels) = clouds([1, 2, 3], rows);
        let settings = Settings { hidden: vec![3], epochs: 2, ..settings };
        let model = Classifier::fit_with(&settings, &inputs, &labels).unwrap();
        model.network().parameters_flat()
    };
    let usual = Settings::default;
    for (rows, factor) in [(30, 0.03), (198, 0.03), (300, 0.02), (1_200, 0.005)] {
        let found = weights(rows, usual());
        assert_eq!(found, weights(rows, Settings { l2: Some(factor), ..usual() }), "{rows}");
        assert_ne!(found, weights(rows, Settings { l2: Some(0.0), ..usual() }), "{rows}");
    }
    for solver in [Solver::Momentum, Solver::Lbfgs] {
        let of_solver = || Settings { solver, ..usual() };
        assert_eq!(weights(60, of_solver()), weights(60, Settings { l2: Some(0.0), ..of_solver() }));
    }
}

#[test]
fn probabilities_add_up_and_belong_to_the_prediction() {
    let (inputs, labels) = clouds([30, 10, 20], 60);
    let model = Classifier::fit(&inputs, &labels).unwrap();
    assert_eq!(model.classes(), [10, 20, 30]);
    let probabilities = model.predict_proba(&inputs).unwrap();
    for (row, predicted) in probabilities.rows().into_iter().zip(model.predict(&inputs).unwrap()) {
        assert!((row.sum() - 1.0).abs() < 1e-12);
        let own = row[model.classes().iter().position(|&class| class == predicted).unwrap()];
        assert!(row.iter().all(|&other| other <= own));
    }
}

#[test]
fn the_same_seed_gives_the_same_model() {
    let (inputs, labels) = clouds(["a", "b", "c"], 60);
    let fit = |seed| {
        let settings = Settings { epochs: 5, seed, ..Settings::default() };
        let model = Classifier::fit_with(&settings, &inputs, &labels).unwrap();
        (model.network().clone(), model.history().clone())
    };
    assert_eq!(fit(1), fit(1));
    assert_ne!(fit(1), fit(2));
}

#[test]
fn what_a_classifier_cannot_learn_or_know_is_refused() {
    let (inputs, labels) = clouds(["a", "b", "c"], 60);
    words(Classifier::fit(&inputs, &["a"; 60]), "Classifier: expected at least 2 different labels, found 1: \"a\"");
    words(Classifier::fit(&inputs, &labels[1..]), "Dataset: expected 60 rows in the targets, found 59");
    words(Classifier::<f64, &str>::fit(&inputs, &[]), "LabelEncoder: expected at least one label, found 0");
    words(
        Classifier::fit(&array![[1.0], [f64::NAN]], &["a", "b"]),
        "StandardScaler: expected finite numbers in the inputs, found NaN in row 1, column 0",
    );
    let model = Classifier::fit_with(&Settings { epochs: 2, ..Settings::default() }, &inputs, &labels).unwrap();
    words(
        model.score(&inputs.slice(ndarray::s![..2, ..]), &["a", "z"]),
        "LabelEncoder: expected one of 3 known labels in row 1 of the targets, found \"z\"",
    );
    words(model.predict(&array![[1.0]]), "StandardScaler: expected 2 columns in the inputs, found 1");
    words(
        model.predict_proba(&array![[f64::INFINITY, 0.0]]),
        "StandardScaler: expected finite numbers in the inputs, found inf in row 0, column 0",
    );
}

#[test]
fn settings_out_of_range_are_refused() {
    let (inputs, labels) = clouds(["a", "b", "c"], 30);
    let usual = Settings::default;
    for (settings, expected) in [
        (Settings { hidden: vec![0], ..usual() }, "Dense: expected at least one output, found 0"),
        (
            Settings { learning_rate: f64::NAN, ..usual() },
            "Adam: learning_rate: expected a finite number >= 0, found NaN",
        ),
        (Settings { l2: Some(-1.0), ..usual() }, "Penalty: l2: expected a finite number >= 0, found -1"),
        (Settings { batch_size: 0, ..usual() }, "Trainer: expected at least one row in a batch, found 0"),
        (Settings { epochs: 0, ..usual() }, "Trainer: expected at least one epoch, found 0"),
        (Settings { epochs: 0, solver: Solver::Lbfgs, ..usual() }, "Lbfgs: expected at least one iteration, found 0"),
        (Settings { patience: Some(0), ..usual() }, "EarlyStopping: patience: expected at least 1, found 0"),
    ] {
        words(Classifier::fit_with(&settings, &inputs, &labels), expected);
    }
}

#[test]
fn numbers_are_predicted_on_their_own_scale() {
    let inputs = Array2::from_shape_fn((80, 2), |(row, column)| ((row * (3 + 2 * column)) % 17) as f64);
    let numbers: Array1<f64> = inputs.rows().into_iter().map(|x| 1e6 + 1e3 * x[0] - 500.0 * x[1]).collect();
    let settings = Settings { solver: Solver::Lbfgs, hidden: vec![10], ..Settings::default() };
    let model = Regressor::fit_with(&settings, &inputs, &numbers).unwrap();
    assert!(model.score(&inputs, &numbers).unwrap() > 0.9999);
    let worst = (&model.predict(&inputs).unwrap() - &numbers).mapv(f64::abs).fold(0.0, |a: f64, &b| a.max(b));
    assert!(worst < 200.0, "{worst}");

    words(
        Regressor::fit(&inputs, &Array1::from_elem(80, 5.0)),
        "StandardScaler: expected columns that are not constant, found 5 in every row of column 0",
    );
    words(Regressor::fit(&inputs, &Array1::zeros(0)), "StandardScaler: expected at least one row, found 0");
    words(Regressor::fit(&inputs, &array![1.0, 2.0]), "Dataset: expected 80 rows in the targets, found 2");
}

fn xor() -> Dataset<f64> {
    Dataset::new(array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], array![[0.0], [1.0], [1.0], [0.0]]).unwrap()
}

#[test]
fn without_derivatives_the_loss_never_rises_and_the_network_keeps_the_lowest() {
    type Search = fn(&mut Network<f64>, u64) -> Result<History>;
    let searches: [(Search, f64); 2] = [
        (|network, seed| RandomSearch::new(0.5)?.seed(seed).fit(network, &xor(), &Mse, 2000), 0.05),
        (|network, seed| GeneticAlgorithm::new(40, 4)?.seed(seed).fit(network, &xor(), &Mse, 100), 0.05),
    ];
    for (search, reached) in searches {
        let start = Network::<f64>::builder(2).dense(4, Tanh).dense(1, Sigmoid).seed(1).build().unwrap();
        let run = |seed| {
            let mut network = start.clone();
            let history = search(&mut network, seed).unwrap();
            (network, history)
        };
        let (network, history) = run(1);
        let losses: Vec<f64> = history.epochs().iter().map(|record| record.training_loss).collect();
        assert!(losses.windows(2).all(|pair| pair[1] <= pair[0]));
        let last = losses[losses.len() - 1];
        assert!(last < reached, "{last}");
        let loss = Mse.value(&network.predict(xor().inputs()).unwrap(), xor().targets()).unwrap();
        assert!((loss - last).abs() < 1e-12);
        assert_eq!(run(1), (network, history));
        assert_ne!(run(1), run(2));
    }
}
