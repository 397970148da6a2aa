//! Options of estimators on arrays: settings, weights, several outputs, warm starts, single passes.

use feedforward::data::{Label, LabelEncoder, MinMaxScaler, StandardScaler};
use feedforward::error::Result;
use feedforward::estimator::{Clipping, RateSchedule, RegressionLoss, Scoring, Settings, Solver, SolverOptions};
use feedforward::training::{Better, Ending};
use feedforward::*;
use ndarray::{Array1, Array2, Axis, array, concatenate, s};
use std::fmt::Debug;

fn words<T: Debug>(result: Result<T>, words: &str) {
    assert_eq!(result.unwrap_err().to_string(), words);
}

/// Numbers that look drawn, from 0 to 1.
fn number(row: usize, column: usize) -> f64 {
    ((row * 7919 + column * 104_729 + row * row * 31) % 1009) as f64 / 1009.0
}

fn inputs<F: Float>(rows: usize, columns: usize) -> Array2<F> {
    Array2::from_shape_fn((rows, columns), |(row, column)| F::from_f64(number(row, column)))
}

/// Whether the sum of two inputs is above 1: "above" in about a half of the rows.
fn sides<F: Float>(inputs: &Array2<F>) -> Vec<&'static str> {
    inputs.rows().into_iter().map(|row| if row[0] + row[1] > F::one() { "above" } else { "below" }).collect()
}

fn quick() -> Settings {
    Settings { hidden: vec![8], epochs: 3, ..Settings::default() }
}

/// Holds rows out of few, too: only what is asked for is stopped on then.
fn held_out() -> Settings {
    Settings { stop_on: Some(Scoring::LogLoss), ..quick() }
}

#[test]
fn every_setting_changes_what_is_learned() {
    let inputs = inputs::<f64>(120, 2);
    let labels = sides(&inputs);
    let fit = |settings: Settings| {
        let model = Classifier::fit_with(&settings, &inputs, &labels).unwrap();
        assert_eq!(model.settings(), Some(&settings));
        model.predict_proba(&inputs).unwrap()
    };
    let usual = fit(held_out());
    assert_eq!(fit(held_out()), usual);
    let options = SolverOptions::default();
    let with = |solver, solver_options| Settings { solver, solver_options, ..held_out() };
    let others = [
        Settings { hidden: vec![8, 4], ..held_out() },
        Settings { activation: Tanh.into(), ..held_out() },
        Settings { dropout: 0.5, ..held_out() },
        Settings { batch_norm: true, ..held_out() },
        Settings { learning_rate: 0.01, ..held_out() },
        Settings { schedule: RateSchedule::Exponential { factor: 0.1 }, ..held_out() },
        Settings { schedule: RateSchedule::Cosine { warmup: 2 }, ..held_out() },
        Settings { schedule: RateSchedule::OneCycle, ..held_out() },
        Settings { l1: 0.1, ..held_out() },
        Settings { l2: Some(0.1), ..held_out() },
        Settings { clipping: Some(Clipping::Norm(1e-9)), ..held_out() },
        Settings { clipping: Some(Clipping::Value(1e-9)), ..held_out() },
        Settings { batch_size: 16, ..held_out() },
        Settings { epochs: 4, ..held_out() },
        Settings { patience: None, ..held_out() },
        Settings { validation_share: 0.5, ..held_out() },
        Settings { seed: 1, ..held_out() },
        with(Solver::Adam, SolverOptions { beta1: 0.5, ..options.clone() }),
        with(Solver::Adam, SolverOptions { beta2: 0.5, ..options.clone() }),
        with(Solver::Adam, SolverOptions { epsilon: Some(0.1), ..options.clone() }),
        with(Solver::AdamW, SolverOptions { weight_decay: 0.5, ..options.clone() }),
        with(Solver::Nadam, options.clone()),
        with(Solver::RmsProp, options.clone()),
        with(Solver::RmsProp, SolverOptions { rho: 0.5, ..options.clone() }),
        with(Solver::Adagrad, options.clone()),
        with(Solver::Sgd, options.clone()),
        with(Solver::Momentum, SolverOptions { momentum: 0.5, ..options.clone() }),
        with(Solver::Nesterov, options.clone()),
        with(Solver::Rprop, options.clone()),
        with(Solver::Lbfgs, SolverOptions { memory: 1, ..options.clone() }),
        with(Solver::Lbfgs, SolverOptions { tolerance: 0.5, ..options }),
    ];
    let mut seen = vec![usual];
    for settings in others {
        let text = format!("{settings:?}");
        let learned = fit(settings);
        assert!(!seen.contains(&learned), "{text}");
        seen.push(learned);
    }
}

#[test]
fn the_settings_make_the_same_network_and_trainer_as_by_hand() {
    let inputs = inputs::<f64>(40, 3);
    let numbers: Array1<f64> = inputs.rows().into_iter().map(|row| row[0] - 2.0 * row[2]).collect();
    let (schedule, clipping) = (RateSchedule::StepDecay { every: 2, factor: 0.5 }, Some(Clipping::Norm(0.5)));
    let settings = Settings {
        hidden: vec![6, 5],
        dropout: 0.25,
        batch_norm: true,
        solver: Solver::Nesterov,
        learning_rate: 0.05,
        schedule,
        l1: 1e-3,
        l2: Some(1e-2),
        clipping,
        batch_size: 7,
        epochs: 4,
        patience: None,
        seed: 11,
        ..Settings::default()
    };
    let model = Regressor::fit_with(&settings, &inputs, &numbers).unwrap();

    let targets = numbers.insert_axis(Axis(1));
    let (scaler, target_scaler) = (StandardScaler::fit(&inputs).unwrap(), StandardScaler::fit(&targets).unwrap());
    let data = Dataset::new(scaler.transform(&inputs).unwrap(), target_scaler.transform(&targets).unwrap()).unwrap();
    let dense = |builder: network::NetworkBuilder<f64>, size| {
        let start = Initializer::TorchLinear;
        let layer =
            builder.layer(move |inputs, rng| Ok(Dense::new(inputs, size, Identity, start, rng)?.without_bias()));
        layer.batch_norm().activation(Relu).dropout(0.25)
    };
    let mut network = dense(dense(Network::builder(3), 6), 5)
        .dense_with(1, Identity, Initializer::TorchLinear)
        .seed(11)
        .build()
        .unwrap();
    let mut trainer = Trainer::new(4)
        .batch_size(7)
        .seed(11)
        .schedule_epochs(training::schedule::StepDecay::new(2, 0.5).unwrap())
        .hook(training::hook::Penalty::elastic(1e-3, 1e-2).unwrap())
        .hook(training::hook::ClipNorm::new(0.5).unwrap());
    trainer.fit(&mut network, &data, &Mse, &mut Momentum::nesterov(0.05, 0.9).unwrap()).unwrap();
    assert_eq!(model.network(), &network);
}

#[test]
fn training_stops_on_the_score_that_was_asked_for() {
    let inputs = inputs::<f64>(200, 2);
    let labels = sides(&inputs);
    let settings = Settings { patience: Some(5), learning_rate: 0.01, epochs: 300, ..quick() };
    for (stop_on, name) in [
        (Scoring::Accuracy, "accuracy"),
        (Scoring::BalancedAccuracy, "balanced accuracy"),
        (Scoring::MacroF1, "macro f1"),
        (Scoring::RocAuc, "roc auc"),
    ] {
        let settings = Settings { stop_on: Some(stop_on), ..settings.clone() };
        let history = Classifier::fit_with(&settings, &inputs, &labels).unwrap().history().clone();
        assert_eq!(history.ending(), Some(Ending::EarlyStopping));
        let values: Vec<f64> = history.epochs().iter().map(|epoch| epoch.metrics[0].1).collect();
        assert_eq!(history.epochs()[0].metrics[0].0, name);
        let best = values.iter().copied().fold(0.0, f64::max);
        let first = values.iter().position(|&value| value == best).unwrap() + 1;
        assert_eq!((history.best_epoch(), history.len()), (Some(first), first + 5), "{name}");
    }
    // The loss is the log-loss.
    let log_loss = Settings { stop_on: Some(Scoring::LogLoss), ..settings.clone() };
    let history = Classifier::fit_with(&log_loss, &inputs, &labels).unwrap().history().clone();
    let losses: Vec<f64> = history.epochs().iter().map(|epoch| epoch.validation_loss.unwrap()).collect();
    let best = losses.iter().copied().fold(f64::INFINITY, f64::min);
    assert_eq!(losses[history.best_epoch().unwrap() - 1], best);
    let numbers: Array1<f64> = inputs.rows().into_iter().map(|row| row[0] * row[1]).collect();
    for (stop_on, name, better) in [
        (Scoring::R2, "r2", Better::Higher),
        (Scoring::RootMeanSquaredError, "rmse", Better::Lower),
        (Scoring::MeanAbsoluteError, "mae", Better::Lower),
    ] {
        let settings = Settings { stop_on: Some(stop_on), ..settings.clone() };
        let history = Regressor::fit_with(&settings, &inputs, &numbers).unwrap().history().clone();
        assert_eq!(history.epochs()[0].metrics[0].0, name);
        let values: Vec<f64> = history.epochs().iter().map(|epoch| epoch.metrics[0].1).collect();
        let of_best = values[history.best_epoch().unwrap() - 1];
        assert!(values.iter().all(|&value| if better == Better::Lower { value >= of_best } else { value <= of_best }));
    }
    let refuse = |stop_on| Settings { stop_on: Some(stop_on), ..quick() };
    let of_numbers = [Scoring::R2, Scoring::RootMeanSquaredError, Scoring::MeanAbsoluteError];
    for other in of_numbers {
        let expected = "a score of classes to stop on: Accuracy, BalancedAccuracy, MacroF1, RocAuc or LogLoss";
        words(
            Classifier::fit_with(&refuse(other), &inputs, &labels),
            &format!("Classifier: expected {expected}, found {other:?}"),
        );
    }
    use Scoring::{Accuracy, BalancedAccuracy, LogLoss, MacroF1, RocAuc};
    for other in [Accuracy, BalancedAccuracy, MacroF1, LogLoss, RocAuc] {
        let expected = "a score of numbers to stop on: R2, RootMeanSquaredError or MeanAbsoluteError";
        words(
            Regressor::fit_with(&refuse(other), &inputs, &numbers),
            &format!("Regressor: expected {expected}, found {other:?}"),
        );
    }
    let mut network = Network::builder(2).dense(1, Identity).build().unwrap();
    let data = Dataset::new(inputs.clone(), numbers.insert_axis(Axis(1))).unwrap();
    let stopping = EarlyStopping::new(2).unwrap().on_metric("r2", Better::Higher);
    words(
        Trainer::new(2).early_stopping(stopping).fit(&mut network, &data, &Mse, &mut Sgd::new(0.1).unwrap()),
        "EarlyStopping: expected a metric \"r2\" of the trainer to watch, found []",
    );
}

#[test]
fn settings_out_of_range_are_named() {
    let inputs = inputs::<f64>(60, 2);
    let numbers = inputs.column(0).to_owned();
    let fit = |settings: Settings| Regressor::fit_with(&settings, &inputs, &numbers);
    let options = SolverOptions::default;
    for (settings, expected) in [
        (Settings { dropout: 1.0, ..quick() }, "Dropout: rate: expected a number >= 0 and < 1, found 1"),
        (Settings { l1: -1.0, ..quick() }, "Penalty: l1: expected a finite number >= 0, found -1"),
        (
            Settings { validation_share: 1.0, ..quick() },
            "Regressor: validation_share: expected a number > 0 and < 1, found 1",
        ),
        (
            Settings { validation_share: f64::NAN, ..quick() },
            "Regressor: validation_share: expected a number > 0 and < 1, found NaN",
        ),
        (
            Settings { solver_options: SolverOptions { beta1: 1.0, ..options() }, ..quick() },
            "Adam: beta1: expected a number >= 0 and < 1, found 1",
        ),
        (
            Settings { solver_options: SolverOptions { epsilon: Some(0.0), ..options() }, ..quick() },
            "Adam: epsilon: expected a number from 1.2e-38 to 3.4e38, found 0",
        ),
        (
            Settings { schedule: RateSchedule::Exponential { factor: -1.0 }, ..quick() },
            "Exponential: factor: expected a finite number >= 0, found -1",
        ),
        (
            Settings { loss: RegressionLoss::Huber { delta: 0.0 }, ..quick() },
            "Huber: delta: expected a finite number > 0, found 0",
        ),
        (
            Settings { loss: RegressionLoss::Quantile { level: 1.0 }, ..quick() },
            "Quantile: level: expected a number > 0 and < 1, found 1",
        ),
    ] {
        words(fit(settings), expected);
    }
    let error = fit(Settings { clipping: Some(Clipping::Norm(0.0)), ..quick() }).unwrap_err().to_string();
    assert!(error.starts_with("ClipNorm: "), "{error}");
    let error = fit(Settings { solver: Solver::Lbfgs, dropout: 0.5, ..quick() }).unwrap_err().to_string();
    assert!(error.starts_with("Lbfgs: expected layers that give the same outputs every time"), "{error}");
    words(
        Classifier::fit_with(&Settings { loss: RegressionLoss::Absolute, ..quick() }, &inputs, &sides(&inputs)),
        "Classifier: expected the default loss in the settings, as a classifier is trained on its cross-entropy, found Absolute",
    );
}

#[test]
fn a_weight_counts_as_repeated_rows() {
    fn check<F: Float>() {
        let inputs = inputs::<F>(30, 2);
        let labels = sides(&inputs);
        let weights: Vec<f64> = (0..30).map(|row| (row % 3) as f64).collect();
        let repeated: Vec<usize> = (0..30).flat_map(|row| std::iter::repeat_n(row, row % 3)).collect();
        // All rows at once, on inputs of the same scale: the sums are then of the same terms.
        let settings = Settings { solver: Solver::Lbfgs, epochs: 5, hidden: vec![4], ..Settings::default() };
        let zero_mean = |rows: &Array2<F>| MinMaxScaler::fit(rows).unwrap();
        assert!(zero_mean(&inputs).range()[0] > 0.5);
        let weighted =
            Classifier::builder(&inputs, &labels).settings(settings.clone()).weights(&weights).fit().unwrap();
        let scaler = weighted.scaler().unwrap();
        let (rows, row_labels): (Array2<F>, Vec<_>) =
            (inputs.select(Axis(0), &repeated), repeated.iter().map(|&row| labels[row]).collect());
        let data = Dataset::new(
            scaler.transform(&rows).unwrap(),
            Array2::from_shape_fn((rows.nrows(), 1), |(row, _)| F::from_f64(f64::from(row_labels[row] == "below"))),
        );
        let start = Initializer::TorchLinear;
        let builder = Network::builder(2).dense_with(4, Relu, start).dense_with(2, Identity, start);
        let mut network = builder.build().unwrap();
        solver::Lbfgs::new().fit(&mut network, &data.unwrap(), &CrossEntropy::default(), 5).unwrap();
        let tolerance = F::epsilon().sqrt();
        approx::assert_abs_diff_eq!(weighted.network(), &network, epsilon = tolerance);
    }
    check::<f32>();
    check::<f64>();
}

#[test]
fn weights_of_classes_are_weights_of_their_rows() {
    let inputs = inputs::<f64>(60, 2);
    let labels: Vec<_> = (0..60).map(|row| if row % 4 == 0 { "rare" } else { "usual" }).collect();
    let builder = || Classifier::builder(&inputs, &labels).settings(quick());
    let learned = |builder: estimator::ClassifierBuilder<'_, f64, &'static str>| {
        let model = builder.fit().unwrap();
        assert_eq!(model.classes(), ["rare", "usual"]);
        model.network().clone()
    };
    let (rare, usual) = (60.0 / (2.0 * 15.0), 60.0 / (2.0 * 45.0));
    let by_row: Vec<f64> = labels.iter().map(|&label| if label == "rare" { rare } else { usual }).collect();
    let balanced = learned(builder().balanced());
    assert_eq!(balanced, learned(builder().weights(&by_row)));
    assert_eq!(balanced, learned(builder().class_weights([("rare", rare), ("usual", usual)])));
    assert_ne!(balanced, learned(builder()));
    // Both count.
    let own: Vec<f64> = (0..60).map(|row| 1.0 + number(row, 5)).collect();
    let product: Vec<f64> = own.iter().zip(&by_row).map(|(own, class)| class * own).collect();
    assert_eq!(learned(builder().balanced().weights(&own)), learned(builder().weights(&product)));
    // A class that is not named weighs 1.
    let threefold: Vec<f64> = labels.iter().map(|&label| if label == "rare" { 3.0 } else { 1.0 }).collect();
    assert_eq!(learned(builder().class_weights([("rare", 3.0)])), learned(builder().weights(&threefold)));

    words(
        builder().class_weights([("odd", 3.0)]).fit(),
        "Classifier: expected class weights of the 2 labels, found one of \"odd\"",
    );
    words(
        builder().class_weights([("rare", -1.0)]).fit(),
        "Classifier: expected finite class weights >= 0, found -1 for \"rare\"",
    );
    words(builder().weights(&own[1..]).fit(), "Classifier: expected 60 rows in the weights, found 59");
    words(builder().weights(&[0.0; 60]).fit(), "Dataset: expected a sample weight above 0, found only zeros");
    words(builder().weights(&[f64::NAN; 60]).fit(), "Dataset: expected finite sample weights >= 0, found NaN");
    words(
        builder().weights_column("weight").fit(),
        "Classifier: expected a table with the column \"weight\" of weights, found an array",
    );
}

#[test]
fn all_losses_of_a_regressor_learn_what_they_are_for() {
    fn check<F: Float>() {
        let inputs = Array2::from_shape_fn((300, 1), |(row, _)| F::from_f64((row % 3) as f64));
        // For each of three inputs 100 numbers: 0, 1, 4, 9, ... 81 times 1, 2 or 3.
        let number = |row: usize| ((row / 3 % 10).pow(2) * (row % 3 + 1)) as f64;
        let numbers = Array1::from_shape_fn(300, |row| F::from_f64(number(row)));
        let settings =
            Settings { hidden: vec![16], learning_rate: 0.01, epochs: 400, patience: None, ..Settings::default() };
        for (loss, expected) in [
            (RegressionLoss::Squared, 28.5),
            (RegressionLoss::Absolute, 20.5),
            (RegressionLoss::Quantile { level: 0.75 }, 49.0),
            (RegressionLoss::Quantile { level: 0.25 }, 4.0),
            (RegressionLoss::Poisson, 28.5),
        ] {
            let schedule = RateSchedule::Cosine { warmup: 0 };
            let settings = Settings { loss, schedule, ..settings.clone() };
            let model = Regressor::fit_with(&settings, &inputs, &numbers).unwrap();
            for (row, predicted) in model.predict(&inputs.slice(s![..3, ..])).unwrap().iter().enumerate() {
                let (expected, predicted) = (expected * (row + 1) as f64, predicted.widen());
                // The median of an even count is anything between two numbers, 16 and 25.
                let slack = if loss == RegressionLoss::Absolute { 4.5 * (row + 1) as f64 } else { 0.05 * expected };
                assert!((predicted - expected).abs() < slack + 0.5, "{loss:?}: {predicted}, not {expected}");
            }
            if loss == RegressionLoss::Poisson {
                assert_eq!(model.target_scaler().mean()[0], 0.0);
            }
        }
    }
    check::<f32>();
    check::<f64>();
    let rates = Settings { loss: RegressionLoss::Poisson, ..quick() };
    words(
        Regressor::fit_with(&rates, &array![[1.0], [2.0]], &array![1.0, -1.0]),
        "Poisson: expected counts or rates >= 0 in row 1 of the targets, found -1",
    );
    // A rate can be constant.
    let model = Regressor::fit_with(&rates, &array![[1.0], [2.0]], &array![1.0, 1.0]).unwrap();
    let error = model.to_c99("rate").unwrap_err().to_string();
    assert!(error.contains("the loss Poisson, whose network gives their logarithms"), "{error}");
}

#[test]
fn several_outputs_are_learned_at_once() {
    let inputs = inputs::<f64>(80, 2);
    let targets = Array2::from_shape_fn((80, 3), |(row, output)| {
        inputs[[row, 0]] * (output as f64 + 1.0) - inputs[[row, 1]] + 100.0 * output as f64
    });
    let settings = Settings { solver: Solver::Lbfgs, hidden: vec![6], ..Settings::default() };
    let model = Regressor::fit_with(&settings, &inputs, &targets).unwrap();
    let predicted = model.predict_all(&inputs).unwrap();
    assert_eq!(predicted.dim(), (80, 3));
    let mean = (0..3).map(|output| {
        let column = |matrix: &Array2<f64>| matrix.column(output).insert_axis(Axis(1)).to_owned();
        metrics::r2(&column(&predicted), &column(&targets), None).unwrap() / 3.0
    });
    let score = model.score(&inputs, &targets).unwrap();
    assert!(score > 0.999 && (mean.sum::<f64>() - score).abs() < 1e-12, "{score}");
    words(
        model.predict(&inputs),
        "Regressor::predict: expected a model with one output (predict_all returns all of several), found 3",
    );
    words(model.score(&inputs, &targets.slice(s![.., ..2])), "r2: expected 3 columns in the targets, found 2");
    // A column is a matrix of one output.
    let single = Regressor::fit_with(&settings, &inputs, &targets.slice(s![.., 1..2])).unwrap();
    let vector = Regressor::fit_with(&settings, &inputs, &targets.column(1)).unwrap();
    assert_eq!(single.predict_all(&inputs).unwrap().column(0), vector.predict(&inputs).unwrap());
    let empty = Regressor::fit_with(&settings, &inputs, &targets.slice(s![.., ..0]));
    assert!(empty.unwrap_err().to_string().contains("expected at least one column"));
}

#[test]
fn single_passes_go_on_with_what_the_solver_remembers() {
    let inputs = inputs::<f64>(64, 2);
    let numbers: Array1<f64> = inputs.rows().into_iter().map(|row| row[0] - row[1]).collect();
    // A pass has no penalty unless one is set.
    let settings = Settings { patience: None, epochs: 2, batch_size: 64, l2: Some(0.0), ..quick() };
    let mut passes = Regressor::fit_with(&settings, &inputs, &numbers).unwrap();
    for _ in 0..3 {
        passes.partial_fit(&inputs, &numbers).unwrap();
    }
    // One batch holds all rows: their order does not matter, so five epochs are two and three.
    let whole = Regressor::fit_with(&Settings { epochs: 5, ..settings.clone() }, &inputs, &numbers).unwrap();
    approx::assert_abs_diff_eq!(passes.network(), whole.network(), epsilon = 1e-12);
    let epochs: Vec<usize> = passes.history().epochs().iter().map(|record| record.epoch).collect();
    assert_eq!(epochs, [1, 2, 3, 4, 5]);
    assert_eq!(passes.target_scaler(), whole.target_scaler());

    let labels = sides(&inputs);
    let mut model = Classifier::fit_with(&settings, &inputs, &labels).unwrap();
    let before = (model.network().clone(), model.history().clone());
    words(
        model.partial_fit(&inputs, &["beside"; 64]),
        "LabelEncoder: expected one of 2 known labels in row 0 of the targets, found \"beside\"",
    );
    words(model.partial_fit(&inputs, &labels[1..]), "Dataset: expected 64 rows in the targets, found 63");
    words(
        model.partial_fit(&inputs.slice(s![.., ..1]), &labels),
        "StandardScaler: expected 2 columns in the inputs, found 1",
    );
    assert!(model.partial_fit(&Array2::from_elem((64, 2), 1.7e308), &labels).is_err());
    assert_eq!((model.network().clone(), model.history().clone()), before);
    // Rows of one class are no reason to refuse.
    model.partial_fit(&inputs, &["above"; 64]).unwrap();
    assert_ne!(model.network(), &before.0);

    let mut model = Classifier::fit_with(&Settings { solver: Solver::Lbfgs, ..quick() }, &inputs, &labels).unwrap();
    words(
        model.partial_fit(&inputs, &labels),
        "partial_fit: expected a solver that takes batches, found Lbfgs, which takes all rows at once",
    );
}

#[test]
fn a_warm_start_goes_on_from_the_weights() {
    let inputs = inputs::<f64>(90, 2);
    let labels = sides(&inputs);
    let settings = Settings { solver: Solver::Sgd, patience: None, batch_size: 90, learning_rate: 0.1, ..quick() };
    let first = Classifier::fit_with(&settings, &inputs, &labels).unwrap();
    let second = Classifier::builder(&inputs, &labels).start_from(&first).fit().unwrap();
    let whole = Classifier::fit_with(&Settings { epochs: 6, ..settings.clone() }, &inputs, &labels).unwrap();
    approx::assert_abs_diff_eq!(second.network(), whole.network(), epsilon = 1e-12);
    assert_eq!(second.settings(), Some(&settings));
    // Preparation and classes are those of the model, also for rows of other ranges and fewer classes.
    let (others, above) = (inputs.mapv(|x| 10.0 + x), vec!["above"; 90]);
    let third = Classifier::builder(&others, &above).start_from(&first).fit().unwrap();
    assert_eq!((third.scaler(), third.classes()), (first.scaler(), first.classes()));

    let small = Settings { hidden: vec![4], ..settings.clone() };
    let error = Classifier::builder(&inputs, &labels).start_from(&first).settings(small).fit().unwrap_err().to_string();
    assert!(error.starts_with("Classifier: expected the layers of the model to start from: hidden [8]"), "{error}");
    let narrow = inputs.slice(s![.., ..1]);
    words(
        Classifier::builder(&narrow, &labels).start_from(&first).fit(),
        "StandardScaler: expected 2 columns in the inputs, found 1",
    );
    words(
        Classifier::builder(&inputs, &["beside"; 90]).start_from(&first).fit(),
        "LabelEncoder: expected one of 2 known labels in row 0 of the targets, found \"beside\"",
    );
    let lost = Classifier::builder(&inputs, &labels).start_from(&first).precision::<f32>().fit();
    assert!(lost.unwrap_err().to_string().contains("start_from after precision"));

    let numbers: Array1<f64> = inputs.rows().into_iter().map(|row| row[0] - row[1]).collect();
    let first = Regressor::fit_with(&settings, &inputs, &numbers).unwrap();
    let second = Regressor::builder(&inputs, &numbers).start_from(&first).fit().unwrap();
    let whole = Regressor::fit_with(&Settings { epochs: 6, ..settings.clone() }, &inputs, &numbers).unwrap();
    approx::assert_abs_diff_eq!(second.network(), whole.network(), epsilon = 1e-12);
    let twice = concatenate![Axis(1), inputs.slice(s![.., ..1]), inputs.slice(s![.., ..1])];
    words(
        Regressor::builder(&inputs, &twice).start_from(&first).fit(),
        "Regressor: expected 1 column in the targets, found 2",
    );
    let rates = Settings { loss: RegressionLoss::Poisson, ..settings };
    let error = Regressor::builder(&inputs, &numbers).start_from(&first).settings(rates).fit().unwrap_err().to_string();
    assert!(
        error.contains("a loss that predicts as Squared of the model to start from does, found Poisson"),
        "{error}"
    );
}

#[test]
fn the_order_of_classes_does_not_depend_on_the_order_of_rows() {
    #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
    enum Size {
        Small,
        Large,
    }
    fn order<L: Label>(labels: &[L]) -> Vec<L> {
        let reversed: Vec<L> = labels.iter().rev().cloned().collect();
        let (one, other) = (LabelEncoder::fit(labels).unwrap(), LabelEncoder::fit(&reversed).unwrap());
        assert_eq!(one, other);
        one.classes().to_vec()
    }
    assert_eq!(order(&[10, 9, -2, 100, 9]), [-2, 9, 10, 100]);
    assert_eq!(order(&["b c", "b", "a", "\"q\"", "ü", "b"]), ["\"q\"", "a", "b", "b c", "ü"]);
    assert_eq!(order(&['b', 'a']), ['a', 'b']);
    assert_eq!(order(&[true, false]), [false, true]);
    assert_eq!(order(&[(2, "a"), (1, "b")]), [(1, "b"), (2, "a")]);
    assert_eq!(order(&[Size::Small, Size::Large]), [Size::Large, Size::Small]);
    assert_eq!(LabelEncoder::sorted(&[Size::Large, Size::Small]).unwrap().classes(), [Size::Small, Size::Large]);

    let inputs = inputs::<f64>(20, 2);
    let labels: Vec<_> = (0..20).map(|row| if row % 2 == 0 { Size::Large } else { Size::Small }).collect();
    let builder = || Classifier::builder(&inputs, &labels).settings(quick());
    let model = builder().class_order([Size::Small, Size::Large]).fit().unwrap();
    assert_eq!(model.classes(), [Size::Small, Size::Large]);
    words(
        builder().class_order([Size::Small]).fit(),
        "LabelEncoder: expected one of 1 known labels in row 0 of the targets, found Large",
    );
    // A class without rows has an output too.
    let numbers: Vec<usize> = (0..20).map(|row| 2 * (row % 2)).collect();
    let model = Classifier::builder(&inputs, &numbers).settings(quick()).class_order(0..3_usize).fit().unwrap();
    assert_eq!(model.predict_proba(&inputs).unwrap().ncols(), 3);
}

#[test]
fn classes_of_few_rows_stay_in_training() {
    let inputs = inputs::<f64>(100, 2);
    // One row of "once", two of "twice", 97 of the others.
    let labels: Vec<_> = (0..100)
        .map(|row| match row {
            0 => "once",
            1 | 2 => "twice",
            _ if row % 2 == 0 => "even",
            _ => "odd",
        })
        .collect();
    for seed in 0..20 {
        let settings = Settings { seed, epochs: 2, ..held_out() };
        let model = Classifier::fit_with(&settings, &inputs, &labels).unwrap();
        assert_eq!(model.classes().len(), 4);
        assert!(model.history().epochs()[0].validation_loss.is_some());
    }
    // Each row its own class: nothing can be held out, and all epochs are run.
    let different: Vec<usize> = (0..100).collect();
    let model = Classifier::fit_with(&held_out(), &inputs, &different).unwrap();
    assert_eq!((model.classes().len(), model.history().len()), (100, 3));
    assert_eq!(model.history().epochs()[0].validation_loss, None);
    // Two rows are enough.
    let two = inputs.slice(s![..2, ..]);
    let model = Classifier::fit(&two, &["a", "b"]).unwrap();
    assert_eq!(model.predict(&two).unwrap(), ["a", "b"]);
    // A part without weights is not held out.
    let mut weights = [0.0; 100];
    weights[7] = 1.0;
    let model = Classifier::builder(&inputs, &labels).settings(held_out()).weights(&weights).fit().unwrap();
    assert_eq!(model.history().epochs()[0].validation_loss, None);
}
