//! Metrics and scalers equal scikit-learn's: the script that computed them is `../golden/metrics.py`.

use feedforward::Dataset;
use feedforward::data::{MinMaxScaler, StandardScaler, stratified_k_fold};
use feedforward::metrics::*;
use ndarray::{Array2, array};
use proptest::prelude::*;
use serde::Deserialize;
use std::collections::BTreeMap;

type Matrix = Vec<Vec<f64>>;

#[derive(Deserialize)]
struct Golden {
    classes: Vec<Classes>,
    numbers: Vec<Numbers>,
    scaling: Scaling,
    splits: Vec<Split>,
}

#[derive(Deserialize)]
struct Classes {
    actual: Vec<usize>,
    predicted: Vec<usize>,
    scores: Matrix,
    probabilities: Matrix,
    weights: Option<Vec<f64>>,
    accuracy: f64,
    top2: f64,
    precision: BTreeMap<String, f64>,
    recall: BTreeMap<String, f64>,
    f1: BTreeMap<String, f64>,
    confusion: Matrix,
    log_loss: f64,
    brier: f64,
    roc_auc: f64,
}

#[derive(Deserialize)]
struct Numbers {
    predictions: Matrix,
    targets: Matrix,
    weights: Option<Vec<f64>>,
    mse: f64,
    rmse: f64,
    mae: f64,
    r2: f64,
    explained_variance: f64,
}

#[derive(Deserialize)]
struct Scaling {
    table: Matrix,
    standard: Matrix,
    min_max: Matrix,
}

#[derive(Deserialize)]
struct Split {
    counts: Vec<usize>,
    train: usize,
    in_train: Vec<usize>,
    folds: usize,
    in_folds: Vec<Vec<usize>>,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("../golden/metrics.json")).unwrap()
}

fn matrix(rows: &Matrix) -> Array2<f64> {
    Array2::from_shape_fn((rows.len(), rows[0].len()), |(row, column)| rows[row][column])
}

fn same(what: &str, found: feedforward::error::Result<f64>, expected: f64) {
    let found = found.unwrap();
    assert!((found - expected).abs() < 1e-12 * expected.abs().max(1.0), "{what}: expected {expected}, found {found}");
}

#[test]
fn scores_of_classes_equal_scikit_learns() {
    for case in golden().classes {
        let (p, a, w) = (&case.predicted[..], &case.actual[..], case.weights.as_deref());
        same("accuracy", accuracy(p, a, w), case.accuracy);
        for (name, average) in [("macro", Average::Macro), ("micro", Average::Micro), ("weighted", Average::Weighted)] {
            same(name, precision(p, a, average, w), case.precision[name]);
            same(name, recall(p, a, average, w), case.recall[name]);
            same(name, f1(p, a, average, w), case.f1[name]);
        }
        let confusion = ConfusionMatrix::new(p, a, w).unwrap();
        assert!(confusion.counts().iter().zip(&matrix(&case.confusion)).all(|(a, b)| (a - b).abs() < 1e-12));
        same("confusion accuracy", Ok(confusion.accuracy()), case.accuracy);

        let (scores, probabilities) = (matrix(&case.scores), matrix(&case.probabilities));
        same("roc auc", roc_auc(&scores, a, w), case.roc_auc);
        same("roc auc in f32", roc_auc(&scores.mapv(|s| s as f32), a, w), case.roc_auc);
        same("log loss", log_loss(&probabilities, a, w), case.log_loss);
        same("brier", brier(&probabilities, a, w), case.brier);
        same("top 2", top_k_accuracy(&scores, a, 2, w), case.top2);
    }
}

#[test]
fn scores_of_numbers_equal_scikit_learns() {
    for case in golden().numbers {
        let (p, t, w) = (matrix(&case.predictions), matrix(&case.targets), case.weights.as_deref());
        same("mse", mean_squared_error(&p, &t, w), case.mse);
        same("rmse", root_mean_squared_error(&p, &t, w), case.rmse);
        same("mae", mean_absolute_error(&p, &t, w), case.mae);
        same("r2", r2(&p, &t, w), case.r2);
        same("explained variance", explained_variance(&p, &t, w), case.explained_variance);
    }
}

#[test]
fn scalers_equal_scikit_learns_and_go_back() {
    let Scaling { table, standard, min_max } = golden().scaling;
    let table = matrix(&table);
    let close =
        |a: &Array2<f64>, b: &Array2<f64>| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12 * b.abs().max(1.0));
    let (one, other) = (StandardScaler::fit(&table).unwrap(), MinMaxScaler::fit(&table).unwrap());
    let scaled = [one.transform(&table).unwrap(), other.transform(&table).unwrap()];
    assert!(close(&scaled[0], &matrix(&standard)) && close(&scaled[1], &matrix(&min_max)));
    assert!(
        close(&one.inverse_transform(&scaled[0]).unwrap(), &table)
            && close(&other.inverse_transform(&scaled[1]).unwrap(), &table)
    );

    let constant = array![[1.0, 7.0], [2.0, 7.0]];
    assert!(StandardScaler::fit(&constant).is_err() && MinMaxScaler::fit(&constant).is_err());
    let allowed = StandardScaler::fit_allowing_constant(&constant).unwrap();
    assert_eq!(allowed.transform(&constant).unwrap(), array![[-1.0, 0.0], [1.0, 0.0]]);
    assert_eq!(
        MinMaxScaler::fit_allowing_constant(&constant).unwrap().transform(&constant).unwrap(),
        array![[0.0, 0.0], [1.0, 0.0]]
    );
    assert!(one.transform(&Array2::zeros((1, 2))).is_err());
    assert!(StandardScaler::fit(&Array2::<f64>::zeros((0, 2))).is_err());
    assert!(StandardScaler::fit(&array![[f64::NAN], [1.0]]).is_err());
}

#[test]
fn stratified_parts_hold_as_much_of_each_class_as_scikit_learns() {
    for Split { counts, train, in_train, folds, in_folds } in golden().splits {
        let classes: Vec<usize> = counts.iter().enumerate().flat_map(|(class, &count)| vec![class; count]).collect();
        let count = |part: Vec<usize>| {
            let of_class = |class| part.iter().filter(|&&other| other == class).count();
            (0..counts.len()).map(of_class).collect::<Vec<_>>()
        };
        let rows = classes.len();
        let targets = Array2::from_shape_fn((rows, 1), |(row, _)| classes[row] as f64);
        let data = Dataset::new(Array2::zeros((rows, 1)), targets).unwrap();
        for seed in 0..3 {
            let (first, second) = data.split_stratified(train as f64 / rows as f64, seed).unwrap();
            assert_eq!(count(first.classes().unwrap()), in_train);
            assert_eq!(second.len(), rows - train);
            let parts = stratified_k_fold(&classes, folds, seed).unwrap();
            let tests = parts.into_iter().map(|(_, test)| count(test.into_iter().map(|row| classes[row]).collect()));
            assert_eq!(tests.collect::<Vec<_>>(), in_folds);
        }
    }
}

proptest! {
    #[test]
    fn the_area_under_the_curve_is_the_share_of_pairs_in_order(
        examples in prop::collection::vec((0_u8..6, any::<bool>(), 1_u8..4), 2..40),
    ) {
        let scores = Array2::from_shape_fn((examples.len(), 1), |(row, _)| f64::from(examples[row].0));
        let actual: Vec<_> = examples.iter().map(|example| usize::from(example.1)).collect();
        let weights: Vec<_> = examples.iter().map(|example| f64::from(example.2)).collect();
        let (mut won, mut pairs) = (0.0, 0.0);
        for (score, _, weight) in examples.iter().filter(|example| example.1) {
            for (other, _, other_weight) in examples.iter().filter(|example| !example.1) {
                let both = f64::from(*weight) * f64::from(*other_weight);
                pairs += both;
                won += both * if score > other { 1.0 } else if score == other { 0.5 } else { 0.0 };
            }
        }
        match roc_auc(&scores, &actual, Some(&weights)) {
            Ok(area) => prop_assert!((area - won / pairs).abs() < 1e-12),
            Err(_) => prop_assert_eq!(pairs, 0.0),
        }
    }
}

#[test]
fn what_cannot_be_scored_is_refused() {
    let far = ConfusionMatrix::new(&[0, 4096], &[0, 0], None).unwrap_err();
    assert_eq!(far.to_string(), "ConfusionMatrix: expected a class below 4096, found 4096");
    assert_eq!(recall(&[0, usize::MAX], &[0, usize::MAX], Average::Macro, None).unwrap(), 1.0);
    let words = f1(&[0], &[0, 1], Average::Macro, None).unwrap_err().to_string();
    assert_eq!(words, "f1: expected 1 row in the targets, found 2");
    assert!(accuracy(&[], &[], None).is_err());
    assert!(accuracy(&[0, 1], &[0], None).is_err());
    for weights in [vec![1.0], vec![-1.0, 1.0], vec![f64::NAN, 1.0], vec![0.0, 0.0]] {
        assert!(accuracy(&[0, 1], &[0, 1], Some(&weights)).is_err());
    }
    let halves = array![[0.5, 0.5], [0.5, 0.5]];
    assert!(log_loss(&halves, &[0, 2], None).is_err());
    assert!(log_loss(&array![[0.5, 0.6]], &[0], None).is_err());
    assert!(brier(&array![[f64::NAN, 0.5]], &[0], None).is_err());
    assert!(roc_auc(&halves, &[1, 1], None).is_err());
    assert!(top_k_accuracy(&halves, &[0, 5], 1, None).is_err());
    assert!(top_k_accuracy(&halves, &[0, 1], 0, None).is_err());
    assert!(r2(&array![[1.0]], &array![[1.0]], None).is_err());
    assert!(mean_squared_error(&halves, &array![[1.0], [1.0]], None).is_err());
    assert!(mean_squared_error(&halves, &halves.mapv(|_| f64::INFINITY), None).is_err());
}
