//! Several labels in a row: reports, fits on some rows, the score to stop on.

use feedforward::data::Column;
use feedforward::error::Result;
use feedforward::estimator::{Estimator, MultiLabelClassifier, Scoring, Settings};
use feedforward::model_selection::{Folds, cross_validate};
use feedforward::training::Ending;
use feedforward::*;
use ndarray::Axis;
use std::fmt::Debug;

#[track_caller]
fn words<T: Debug>(result: Result<T>, words: &str) {
    assert_eq!(result.unwrap_err().to_string(), words);
}

#[track_caller]
fn starts<T: Debug>(result: Result<T>, start: &str) {
    let error = result.unwrap_err().to_string();
    assert!(error.starts_with(start), "{error}");
}

fn quick() -> Settings {
    Settings { hidden: vec![16], learning_rate: 0.01, epochs: 20, ..Settings::default() }
}

/// Two numbers in each row, and whether they are large.
fn large_ones() -> Table {
    let number = |row: usize, step: usize| ((row * step) % 11) as f64 / 11.0;
    let numbers = |step| (0..80).map(|row| number(row, step)).collect();
    let is_large = |step| (0..80).map(|row| f64::from(number(row, step) > 0.5)).collect();
    Table::new(vec![
        Column::numbers("x", numbers(3)),
        Column::numbers("y", numbers(5)),
        Column::numbers("right", is_large(3)),
        Column::numbers("up", is_large(5)),
    ])
    .unwrap()
}

#[test]
fn several_labels_of_a_table_are_reported() {
    fn check<F: Float>() {
        let table = large_ones();
        let inputs = table.select(&["x", "y"]).unwrap().to_array::<F>().unwrap();
        let indicators = table.select(&["right", "up"]).unwrap().to_array::<F>().unwrap();
        let settings = Settings { epochs: 2, ..quick() };
        let model = MultiLabelClassifier::of_indicators(&inputs, &indicators, ["right", "up"]).settings(settings).fit();
        let error = model.unwrap().evaluate(&table).unwrap_err().to_string();
        assert!(error.starts_with("MultiLabelClassifier::evaluate: expected a model that was fitted on a table"));
    }
    check::<f32>();
    check::<f64>();
    let table = large_ones();
    let model = MultiLabelClassifier::on(&table, &["right", "up"]).settings(Settings { epochs: 5, ..quick() }).fit();
    let model = model.unwrap();
    let actual = table.select(&["right", "up"]).unwrap().to_array::<f64>().unwrap();
    let report = model.evaluate(&table).unwrap();
    let of_probabilities = metrics::LabelReport::new(&model.predict_proba(&table).unwrap(), &actual, None).unwrap();
    assert_eq!(report, of_probabilities.with_labels(&["right", "up"]).unwrap());
    // By hand, from the labels that are predicted.
    let predicted = model.predict(&table).unwrap();
    for (label, scores) in ["right", "up"].iter().zip(report.scores()) {
        let column = table.column(label).unwrap().as_numbers().unwrap();
        let is_predicted: Vec<bool> = predicted.iter().map(|labels| labels.iter().any(|it| it == label)).collect();
        let hits = is_predicted.iter().zip(column).filter(|(predicted, actual)| **predicted && **actual == 1.0).count();
        assert_eq!(scores.recall, hits as f64 / column.iter().sum::<f64>());
        assert_eq!(scores.support, column.iter().sum::<f64>());
    }
    assert!(report.to_string().lines().any(|line| line.trim_start().starts_with("right ")), "{report}");

    words(
        model.evaluate(&table.drop(&["up"]).unwrap()),
        "Table: expected a column \"up\", found \"x\", \"y\", \"right\"",
    );
    let halves = Column::numbers("up", vec![0.5; 80]);
    words(
        model.evaluate(&table.with_column(halves).unwrap()),
        "MultiLabelClassifier::evaluate: expected 1 or 0 for the label \"up\" in row 0 of the targets, found 0.5",
    );
    let texts = Column::texts("up", vec![Some("yes"); 80]);
    starts(
        model.evaluate(&table.with_column(texts).unwrap()),
        "MultiLabelClassifier::evaluate: expected numbers in the column \"up\", found \"yes\" in row 0",
    );
}

#[test]
fn builders_of_several_labels_are_fitted_on_some_rows_and_scored_on_others() {
    let table = large_ones();
    let builder = MultiLabelClassifier::on(&table, &["right", "up"]).settings(quick());
    assert_eq!((builder.len(), builder.classes().unwrap()), (80, None));
    assert_eq!(builder.default_scoring(), Scoring::Accuracy);
    let (train, test): (Vec<usize>, Vec<usize>) = (0..80).partition(|row| row % 5 != 0);
    let model = builder.fit_rows(&quick(), &train).unwrap();
    let chosen = table.select_rows(&train).unwrap();
    let alone = MultiLabelClassifier::on(&chosen, &["right", "up"]).settings(quick()).fit().unwrap();
    assert_eq!((model.network(), model.preparation()), (alone.network(), alone.preparation()));

    let held_out = table.select_rows(&test).unwrap();
    let probabilities = model.predict_proba(&held_out).unwrap();
    let actual = held_out.select(&["right", "up"]).unwrap().to_array::<f64>().unwrap();
    let score = |scoring| builder.score_rows(&model, &test, scoring).unwrap();
    assert_eq!(score(Scoring::Accuracy), metrics::subset_accuracy(&probabilities, &actual, None).unwrap());
    let macro_f1 = metrics::label_f1(&probabilities, &actual, metrics::LabelAverage::Macro, None).unwrap();
    assert_eq!(score(Scoring::MacroF1), macro_f1);
    let terms = probabilities.iter().zip(&actual).map(|(p, t)| -(if *t == 1.0 { *p } else { 1.0 - p }).ln());
    approx::assert_relative_eq!(score(Scoring::LogLoss), terms.sum::<f64>() / 32.0, max_relative = 1e-12);
    for scoring in [
        Scoring::BalancedAccuracy,
        Scoring::RocAuc,
        Scoring::R2,
        Scoring::RootMeanSquaredError,
        Scoring::MeanAbsoluteError,
    ] {
        words(
            builder.score_rows(&model, &test, scoring),
            &format!("MultiLabelClassifier::score_rows: expected a score of labels, found {scoring}"),
        );
    }
    words(builder.fit_rows(&quick(), &[80]), "MultiLabelClassifier: expected a row below 80, found 80");
    words(
        builder.score_rows(&model, &[81], Scoring::Accuracy),
        "MultiLabelClassifier: expected a row below 80, found 81",
    );

    // Of sets and of matrices too: the same rows give the same network.
    let inputs = table.select(&["x", "y"]).unwrap().to_array::<f64>().unwrap();
    let indicators = table.select(&["right", "up"]).unwrap().to_array::<f64>().unwrap();
    let set = |row: ndarray::ArrayView1<'_, f64>| {
        ["right", "up"].into_iter().zip(row).filter(|it| *it.1 == 1.0).map(|it| it.0).collect()
    };
    let sets: Vec<Vec<&str>> = indicators.rows().into_iter().map(set).collect();
    let of_sets = MultiLabelClassifier::builder(&inputs, &sets).settings(quick());
    let of_indicators = MultiLabelClassifier::of_indicators(&inputs, &indicators, ["right", "up"]).settings(quick());
    let first = of_sets.fit_rows(&quick(), &train).unwrap();
    let second = of_indicators.fit_rows(&quick(), &train).unwrap();
    assert_eq!((first.labels(), first.network()), (second.labels(), second.network()));
    let rows = |rows: &[usize]| (inputs.select(Axis(0), rows), rows.iter().map(|&row| sets[row].clone()).collect());
    let (test_inputs, test_sets): (_, Vec<Vec<&str>>) = rows(&test);
    let accuracy = first.score(&test_inputs, &test_sets).unwrap();
    assert_eq!(of_sets.score_rows(&first, &test, Scoring::Accuracy).unwrap(), accuracy);
    // The labels of all rows are known in each fit, also where none of its rows has one.
    let without: Vec<usize> = (0..80).filter(|&row| !sets[row].contains(&"up")).collect();
    assert_eq!(of_sets.fit_rows(&quick(), &without).unwrap().labels(), ["right", "up"]);

    let result = cross_validate(&builder, &Folds::new(4).seed(1)).unwrap();
    assert_eq!((result.scores().scoring(), result.scores().test().len()), (Scoring::Accuracy, 4));
    words(
        cross_validate(&builder, &Folds::stratified(4)),
        "Folds: expected classes for stratified folds, found numbers or several labels to be predicted",
    );
}

#[test]
fn training_stops_on_each_score_of_labels() {
    let table = large_ones();
    let fit = |stop_on| {
        let settings = Settings { stop_on, patience: Some(5), epochs: 300, validation_share: 0.3, ..quick() };
        MultiLabelClassifier::on(&table, &["right", "up"]).settings(settings).fit()
    };
    for (stop_on, name) in [(Scoring::Accuracy, "subset accuracy"), (Scoring::MacroF1, "macro label f1")] {
        let history = fit(Some(stop_on)).unwrap().history().clone();
        assert_eq!(history.ending(), Some(Ending::EarlyStopping), "{name}");
        assert_eq!(history.epochs()[0].metrics[0].0, name);
        let values: Vec<f64> = history.epochs().iter().map(|epoch| epoch.metrics[0].1).collect();
        let best = values.iter().copied().fold(0.0, f64::max);
        let first = values.iter().position(|&value| value == best).unwrap() + 1;
        assert_eq!((history.best_epoch(), history.len()), (Some(first), first + 5), "{name}");
    }
    // The loss is the log-loss.
    let history = fit(Some(Scoring::LogLoss)).unwrap().history().clone();
    let losses: Vec<f64> = history.epochs().iter().map(|epoch| epoch.validation_loss.unwrap()).collect();
    let best = losses.iter().copied().fold(f64::INFINITY, f64::min);
    assert_eq!(losses[history.best_epoch().unwrap() - 1], best);
    for other in [
        Scoring::BalancedAccuracy,
        Scoring::RocAuc,
        Scoring::R2,
        Scoring::RootMeanSquaredError,
        Scoring::MeanAbsoluteError,
    ] {
        let expected = "a score of labels to stop on: Accuracy, MacroF1 or LogLoss";
        words(fit(Some(other)), &format!("MultiLabelClassifier: expected {expected}, found {other:?}"));
    }
}

#[test]
fn a_column_of_weights_weighs_the_rows_and_is_no_input() {
    let weights: Vec<f64> = (0..80).map(|row| f64::from(row % 4)).collect();
    let table = large_ones();
    let weighted = table.with_column(Column::numbers("weight", weights.clone())).unwrap();
    let settings = Settings { epochs: 3, ..quick() };
    let by_column = MultiLabelClassifier::on(&weighted, &["right", "up"]).weights_column("weight");
    let by_column = by_column.settings(settings.clone()).fit().unwrap();
    let by_slice = MultiLabelClassifier::on(&table, &["right", "up"]).weights(&weights).settings(settings);
    assert_eq!(by_column.network(), by_slice.fit().unwrap().network());
}
