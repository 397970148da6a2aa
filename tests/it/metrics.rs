//! Metrics and scalers equal scikit-learn's: the script that computed them is `../golden/metrics.py`.

use crate::common;
use feedforward::data::{MinMaxScaler, StandardScaler, argmax, one_hot, stratified_k_fold};
use feedforward::metrics::*;
use feedforward::{Dataset, Float};
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

#[derive(Deserialize)]
struct Classifications {
    scores: Vec<Scores>,
    labels: Vec<Labels>,
    constant: Vec<Constant>,
    columns: Vec<Column>,
}

#[derive(Deserialize)]
struct Scores {
    actual: Vec<usize>,
    predicted: Vec<usize>,
    weights: Option<Vec<f64>>,
    /// Precision, recall, F1 and support of each class.
    per_class: [Vec<f64>; 4],
    /// Precision, recall and F1, for two classes, of class 0 and of class 1.
    binary: Vec<[f64; 3]>,
    labels: Vec<String>,
    report: String,
}

#[derive(Deserialize)]
struct Labels {
    targets: Matrix,
    probabilities: Matrix,
    weights: Option<Vec<f64>>,
    accuracy: f64,
}

#[derive(Deserialize)]
struct Constant {
    targets: Vec<f64>,
    predictions: Vec<f64>,
    weights: Option<Vec<f64>>,
    r2: f64,
    explained_variance: f64,
}

#[derive(Deserialize)]
struct Column {
    column: Vec<f64>,
    single: bool,
    is_constant: bool,
    mean: f64,
    deviation: f64,
}

fn classifications() -> Classifications {
    serde_json::from_str(include_str!("../golden/classes.json")).unwrap()
}

#[test]
fn scores_of_each_class_and_reports_equal_scikit_learns() {
    for case in classifications().scores {
        let (p, a, w) = (&case.predicted[..], &case.actual[..], case.weights.as_deref());
        let matrix = ConfusionMatrix::new(p, a, w).unwrap();
        let all = class_scores(p, a, w).unwrap();
        assert_eq!(all.len(), case.per_class[0].len());
        for (index, (scores, of_matrix)) in all.iter().zip(matrix.class_scores()).enumerate() {
            let found = [scores.precision, scores.recall, scores.f1, scores.support];
            let again = [of_matrix.precision, of_matrix.recall, of_matrix.f1, of_matrix.support];
            for ((found, again), expected) in found.into_iter().zip(again).zip(&case.per_class) {
                same("a score of a class", Ok(found), expected[index]);
                same("a score from the matrix", Ok(again), expected[index]);
            }
        }
        for (positive, expected) in case.binary.iter().enumerate() {
            let average = Average::Binary { positive };
            same("precision", precision(p, a, average, w), expected[0]);
            same("recall", recall(p, a, average, w), expected[1]);
            same("f1", f1(p, a, average, w), expected[2]);
        }
        if !case.report.is_empty() {
            let report = matrix.with_labels(&case.labels).unwrap().classification_report();
            assert_eq!(report.to_string(), case.report.trim_end_matches('\n'));
        }
    }
    for case in classifications().labels {
        let (p, t): (Array2<f64>, Array2<f64>) = (matrix(&case.probabilities), matrix(&case.targets));
        same("label accuracy", label_accuracy(&p, &t, case.weights.as_deref()), case.accuracy);
    }
}

#[test]
fn a_binary_score_needs_two_classes_with_the_positive_one() {
    let binary = |predicted: &[usize], actual: &[usize], positive| {
        f1(predicted, actual, Average::Binary { positive }, None).map_err(|error| error.to_string())
    };
    let words = "f1: expected two classes for a binary score (other averages are macro, micro and weighted), found 3";
    assert_eq!(binary(&[0, 1, 2], &[0, 1, 1], 1).unwrap_err(), words);
    let words = "f1: expected 2, the positive class, among the two, found [0, 1]";
    assert_eq!(binary(&[0, 1], &[1, 1], 2).unwrap_err(), words);
    assert_eq!(binary(&[0, 0], &[0, 0], 1), Ok(0.0));
    assert_eq!(binary(&[3, 7], &[7, 7], 7), Ok(2.0 / 3.0));
}

#[test]
fn a_confusion_matrix_has_names() {
    let matrix = ConfusionMatrix::new(&[0, 2, 1], &[0, 2, 2], None).unwrap();
    assert_eq!(matrix.labels(), ["0", "1", "2"]);
    let named = matrix.clone().with_labels(&["ant", "bee", "cockchafer", "dragonfly"]).unwrap();
    assert_eq!(named.counts().dim(), (4, 4));
    assert_eq!(named.class_scores(), matrix.class_scores());
    let text = "true \\ predicted        ant        bee cockchafer  dragonfly
             ant          1          0          0          0
             bee          0          0          0          0
      cockchafer          0          1          1          0
       dragonfly          0          0          0          0";
    assert_eq!(named.to_string(), text);
    let error = matrix.with_labels(&["ant"]).unwrap_err().to_string();
    assert_eq!(error, "ConfusionMatrix: expected 3 labels, one for each class, found 1");
}

#[test]
fn scores_of_constant_targets_are_0_or_1_as_scikit_learns() {
    for case in classifications().constant {
        let column = |numbers: &[f64]| Array2::from_shape_vec((numbers.len(), 1), numbers.to_vec()).unwrap();
        let (p, t, w) = (column(&case.predictions), column(&case.targets), case.weights.as_deref());
        // scikit-learn's own scores with weights are -1e31 for some of these.
        let constant_error = case.targets.iter().zip(&case.predictions).all(|(t, p)| t - p == case.targets[0] - p);
        let expected = |score: f64, explained: bool| if score > -1e20 { score } else { f64::from(explained) };
        let perfect = case.targets == case.predictions;
        same("r2", r2(&p, &t, w), expected(case.r2, perfect));
        let shifted = case.targets[0] == case.targets[1] && case.predictions[0] == case.predictions[1];
        let explained = if shifted { 1.0 } else { expected(case.explained_variance, constant_error && perfect) };
        same("explained variance", explained_variance(&p, &t, w), explained);
    }
}

fn check_column<F: Float>(case: &Column) {
    let column = Array2::from_shape_fn((case.column.len(), 1), |(row, _)| F::from_f64(case.column[row]));
    assert_eq!(StandardScaler::fit(&column).is_err(), case.is_constant, "{:?}", case.column);
    assert_eq!(MinMaxScaler::fit(&column).is_err(), case.is_constant, "{:?}", case.column);
    let scaler = StandardScaler::fit_allowing_constant(&column).unwrap();
    assert!((scaler.mean()[0] / case.mean - 1.0).abs() < 1e-15, "mean of {:?}: {}", case.column, scaler.mean());
    assert!((scaler.deviation()[0] / case.deviation - 1.0).abs() < 1e-12, "deviation of {:?}", case.column);
}

#[test]
fn moments_of_columns_equal_scikit_learns() {
    for case in classifications().columns {
        if case.single { check_column::<f32>(&case) } else { check_column::<f64>(&case) }
    }
}

fn check_scaling<F: common::Precise>(numbers: &[f64]) {
    let column = Array2::from_shape_fn((numbers.len(), 1), |(row, _)| F::from_f64(numbers[row]));
    let scaler = StandardScaler::fit(&column).unwrap();
    let scaled = scaler.transform(&column).unwrap();
    let count = numbers.len() as f64;
    let mean = scaled.iter().map(|y| y.widen()).sum::<f64>() / count;
    let deviation = (scaled.iter().map(|y| y.widen().powi(2)).sum::<f64>() / count).sqrt();
    assert!(mean.abs() < F::TOLERANCE && (deviation - 1.0).abs() < F::TOLERANCE, "{numbers:?}: {scaled}");
    let ranged = MinMaxScaler::fit(&column).unwrap();
    let share = ranged.transform(&column).unwrap();
    let ends = share.iter().fold((f64::MAX, f64::MIN), |(a, b), y| (a.min(y.widen()), b.max(y.widen())));
    assert!(ends == (0.0, 1.0), "{numbers:?}: {share}");
    let largest = column.iter().fold(0.0, |largest: f64, x| largest.max(x.widen().abs()));
    for inverse in [scaler.inverse_transform(&scaled), ranged.inverse_transform(&share)] {
        let inverse = inverse.unwrap();
        let error = inverse.iter().zip(&column).map(|(a, b)| (a.widen() - b.widen()).abs()).fold(0.0, f64::max);
        assert!(error <= 4.0 * F::epsilon().widen() * largest, "{numbers:?} came back as {inverse}");
    }
}

#[test]
fn columns_of_any_size_are_scaled_to_deviation_one() {
    for size in [1e-180, 1e-30, 1.0, 1e30, 1e160, 1e300] {
        check_scaling::<f64>(&[1.0 * size, -3.0 * size, 0.5 * size, 2.0 * size]);
    }
    for (base, step) in [(1e8, 8.0), (-1e8, 8.0), (1e15, 1.0), (5e-300, 1e-300)] {
        check_scaling::<f64>(&(0..10).map(|i| base + step * f64::from(i)).collect::<Vec<_>>());
    }
    check_scaling::<f32>(&(0..10).map(|i| 1e8 + 8.0 * f64::from(i)).collect::<Vec<_>>());
    check_scaling::<f32>(&[-3e38, 3e38]);
    check_scaling::<f32>(&[1e-40, 3e-40, 5e-39]);
    check_scaling::<f32>(&[3e38, 2e38, 1e38]);
    let far = MinMaxScaler::fit(&array![[-f64::MAX], [f64::MAX]]).unwrap_err().to_string();
    let words = "a distance from the smallest to the largest number, found one that is too large for f64 in column 0";
    assert_eq!(far, format!("MinMaxScaler: expected {words}"));
}

#[test]
fn scaled_numbers_are_finite_or_refused() {
    let scaler = StandardScaler::fit(&array![[1.0, 1e-3], [3.0, 2e-3]]).unwrap();
    for (bad, words) in [
        (f64::NAN, "in the inputs, found NaN in row 1, column 1"),
        (f64::INFINITY, "in the inputs, found inf in row 1, column 1"),
        (1e308, "in the scaled inputs, found inf in row 1, column 1"),
    ] {
        let error = scaler.transform(&array![[1.0, 1.0], [1.0, bad]]).unwrap_err().to_string();
        assert_eq!(error, format!("StandardScaler: expected finite numbers {words}"));
    }
    let error = StandardScaler::fit(&array![[1e30_f32], [3e30]]).unwrap().inverse_transform(&array![[1e10]]);
    let words = "StandardScaler: expected finite numbers in the inputs, found inf in row 0, column 0";
    assert_eq!(error.unwrap_err().to_string(), words);
    assert!(MinMaxScaler::fit(&array![[0.0], [1e-5]]).unwrap().transform(&array![[1e305]]).is_err());
}

#[test]
fn scores_of_large_numbers_are_right_or_refused() {
    let (p, t) = (array![[1e200], [1e200]], array![[-1e200], [1e200]]);
    let words = "mean_squared_error: expected numbers whose score is finite, found inf";
    assert_eq!(mean_squared_error(&p, &t, None).unwrap_err().to_string(), words);
    same("mae", mean_absolute_error(&p, &t, None), 1e200);
    same("rmse", root_mean_squared_error(&p, &t, None), 2e200 / 2.0_f64.sqrt());
    same("r2", r2(&p, &t, None), -1.0);
    same("r2 of small numbers", r2(&(&p / 1e200 * 1e-200), &(&t / 1e200 * 1e-200), None), -1.0);
    same("mse", mean_squared_error(&array![[1e154], [0.0]], &array![[0.0], [0.0]], None), 0.5e308);
    same("explained variance", explained_variance(&array![[f64::MAX], [0.0]], &array![[0.0], [f64::MAX]], None), -3.0);
    same(
        "mae",
        mean_absolute_error(&array![[f64::MAX], [0.0]], &array![[-f64::MAX / 2.0], [0.0]], None),
        f64::MAX * 0.75,
    );
}

/// Scores outputs and targets by everything there is; each score is finite or refused.
fn check_all_scores(outputs: &Array2<f64>, targets: &Array2<f64>, weights: Option<&[f64]>) {
    let binary = Average::Binary { positive: 1 };
    let metrics: [&dyn Metric<f64>; 27] = [
        &BalancedAccuracy,
        &AveragePrecision,
        &SubsetAccuracy,
        &LabelPrecision(LabelAverage::Macro),
        &LabelRecall(LabelAverage::Micro),
        &LabelF1(LabelAverage::Weighted),
        &LabelF1(LabelAverage::Samples),
        &MeanPinballLoss(0.9),
        &MeanPoissonDeviance,
        &MedianAbsoluteError,
        &MeanAbsolutePercentageError,
        &Named::new("same", MeanPinballLoss(0.1)),
        &Named::new("same", MeanPinballLoss(f64::NAN)),
        &Accuracy,
        &LabelAccuracy,
        &TopK(1),
        &TopK(2),
        &RocAuc,
        &F1(Average::Macro),
        &Precision(Average::Micro),
        &Recall(Average::Weighted),
        &F1(binary),
        &MeanSquaredError,
        &RootMeanSquaredError,
        &MeanAbsoluteError,
        &R2,
        &ExplainedVariance,
    ];
    for metric in metrics {
        if let Ok(score) = metric.value(outputs, targets, weights) {
            assert!(score.is_finite(), "{metric:?} of {outputs} and {targets}, weights {weights:?}: {score}");
        }
    }
    let Ok(data) = Dataset::new(targets.clone(), targets.clone()) else { return };
    let Ok(classes) = data.classes() else { return };
    for score in [log_loss(outputs, &classes, weights), brier(outputs, &classes, weights)].into_iter().flatten() {
        assert!(score.is_finite());
    }
    for positive in 0..3 {
        if let Ok(curve) = roc_curve(outputs, &classes, positive, weights) {
            let is_rate = |rate: f64| (0.0..=1.0).contains(&rate);
            assert!(is_rate(curve.area()));
            assert!(curve.points().iter().all(|p| is_rate(p.false_positive_rate) && is_rate(p.true_positive_rate)));
        }
        if let Ok(curve) = precision_recall_curve(outputs, &classes, positive, weights) {
            assert!((0.0..=1.0 + 1e-15).contains(&curve.average_precision()));
            assert!(curve.points().iter().all(|p| p.precision.is_finite() && p.recall.is_finite()));
        }
        for bins in [CalibrationBins::Uniform(3), CalibrationBins::Quantile(2)] {
            for point in calibration_curve(outputs, &classes, positive, bins).into_iter().flatten() {
                assert!(point.count > 0 && point.predicted.is_finite() && point.observed.is_finite());
            }
        }
    }
    if let Ok(matrix) = ConfusionMatrix::new(&classes, &classes, weights) {
        assert!(matrix.accuracy().is_finite() && matrix.counts().iter().all(|count| count.is_finite()));
        assert!(!matrix.classification_report().to_string().contains("NaN"));
    }
    for scores in class_scores(&classes, &classes, weights).into_iter().flatten() {
        assert!([scores.precision, scores.recall, scores.f1, scores.support].iter().all(|score| score.is_finite()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_score_that_is_returned_is_finite(
        rows in 0_usize..5, outputs in 0_usize..4, columns in 0_usize..4,
        draws in prop::collection::vec(0_usize..16, 40), weighted in any::<bool>(),
    ) {
        const NUMBERS: [f64; 16] = [
            0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 2.0, 0.5, -1.0, 1e200, -1e200, f64::MAX, -f64::MAX, f64::NAN, f64::INFINITY,
            5e-324,
        ];
        const WEIGHTS: [f64; 4] = [1.0, 1e308, 5e-324, 0.0];
        let matrix = |columns: usize, start: usize| {
            // Half of the cases without the numbers that nothing accepts.
            let limit = if draws[39] < 8 { 13 } else { 16 };
            let number = |(row, column): (usize, usize)| NUMBERS[draws[start + row * columns + column] % limit];
            Array2::from_shape_fn((rows, columns), number)
        };
        let weights: Vec<f64> = (0..rows).map(|row| WEIGHTS[draws[33 + row] % 4]).collect();
        check_all_scores(&matrix(outputs, 0), &matrix(columns, 16), weighted.then_some(&weights[..]));
    }
}

fn accuracy_of(outputs: &Array2<f64>, targets: &Array2<f64>) -> Result<f64, String> {
    Accuracy.value(outputs, targets, None).map_err(|error| error.to_string())
}

#[test]
fn soft_targets_stand_for_the_most_probable_class() {
    let outputs = array![[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]];
    let soft = array![[0.95, 0.05], [0.05, 0.95], [0.95, 0.05]];
    assert_eq!(accuracy_of(&outputs, &soft), Ok(1.0));
    assert_eq!(accuracy_of(&outputs, &array![[0.0], [1.0], [0.0]]), Ok(1.0));
    let (first, second) = (outputs.column(1).to_owned(), soft.column(1).to_owned());
    let (first, second) = (first.insert_axis(ndarray::Axis(1)), second.insert_axis(ndarray::Axis(1)));
    assert_eq!(accuracy_of(&first, &second), Ok(1.0));
    assert_eq!(RocAuc.value(&first, &second, None).unwrap(), 1.0);
    assert_eq!(F1(Average::Binary { positive: 1 }).value(&first, &second, None).unwrap(), 1.0);
    assert_eq!(TopK(1).value(&outputs, &soft, None).unwrap(), 1.0);
    assert_eq!(Dataset::new(outputs, soft).unwrap().classes().unwrap(), [0, 1, 0]);
}

#[test]
fn targets_without_a_class_are_refused_with_a_remedy() {
    let outputs = array![[0.9, 0.1, 0.0], [0.2, 0.8, 0.0]];
    let several = array![[1.0, 1.0, 0.0], [0.0, 1.0, 1.0]];
    let words = "expected a single 1 or probabilities that add up to 1 (columns of several labels are scored one by \
                 one) in row 0 of the targets, found [1.0, 1.0, 0.0]";
    assert_eq!(accuracy_of(&outputs, &several), Err(format!("Accuracy: {words}")));
    let data = Dataset::new(outputs.clone(), several.clone()).unwrap();
    assert_eq!(data.classes().unwrap_err().to_string(), format!("Dataset: {words}"));
    assert!(data.clone().with_balanced_classes().is_err());
    assert!(data.clone().with_class_weights(&[1.0; 3]).is_err());
    assert!(data.split_stratified(0.5, 1).is_err());
    same("label accuracy", LabelAccuracy.value(&outputs, &several, None), 4.0 / 6.0);
    let metrics: [&dyn Metric<f64>; 5] =
        [&TopK(1), &RocAuc, &F1(Average::Macro), &Precision(Average::Micro), &Recall(Average::Macro)];
    for metric in metrics {
        assert!(metric.value(&outputs, &several, None).is_err(), "{metric:?}");
    }

    let words = "Accuracy: expected one class that is the most probable in row 1 of the targets, found [0.4, 0.4, 0.2]";
    assert_eq!(accuracy_of(&outputs, &array![[1.0, 0.0, 0.0], [0.4, 0.4, 0.2]]), Err(words.to_owned()));
    assert!(accuracy_of(&outputs, &array![[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]]).is_err());
    assert!(accuracy_of(&outputs, &array![[2.0, -1.0, 0.0], [1.0, 0.0, 0.0]]).is_err());
    assert!(accuracy_of(&outputs, &array![[3.0], [0.0]]).is_err());
    assert!(accuracy_of(&outputs, &array![[0.0, 1.0], [0.0, 1.0]]).is_err());
    let words = "Accuracy: expected a class index (a whole number >= 0; probabilities take a column for each class) \
                 in row 1 of the targets, found 0.95";
    assert_eq!(accuracy_of(&outputs, &array![[0.0], [0.95]]), Err(words.to_owned()));
    let words = "Accuracy: expected 0, 1 or a probability of class 1 other than 0.5 (numbers are scored by metrics such as R2) \
                 in row 0 of the targets, found";
    for number in [17.25, -1.0, 2.0, 0.5] {
        let error = accuracy_of(&array![[0.3], [0.4]], &array![[number], [1.0]]);
        assert_eq!(error, Err(format!("{words} {number}")));
    }
}

#[test]
fn metrics_of_one_kind_have_different_names() {
    let metrics: [&dyn Metric<f32>; 14] = [
        &TopK(1),
        &TopK(2),
        &Recall(Average::Macro),
        &Recall(Average::Micro),
        &F1(Average::Weighted),
        &Precision(Average::Binary { positive: 1 }),
        &Named::new("my own", Accuracy),
        &Named::new("mine, boxed", LabelAccuracy),
        &Accuracy,
        &LabelF1(LabelAverage::Samples),
        &LabelPrecision(LabelAverage::Macro),
        &MeanPinballLoss(0.9),
        &MeanPoissonDeviance,
        &MeanAbsolutePercentageError,
    ];
    let names = metrics.map(Metric::name);
    let expected = [
        "top 1 accuracy",
        "top 2 accuracy",
        "macro recall",
        "micro recall",
        "weighted f1",
        "precision of class 1",
        "my own",
        "mine, boxed",
        "accuracy",
        "samples label f1",
        "macro label precision",
        "pinball loss of 0.9",
        "poisson deviance",
        "mape",
    ];
    assert_eq!(names, expected);
}

#[test]
fn no_class_is_read_from_nan_or_from_no_column() {
    let words = |result: feedforward::error::Result<Vec<usize>>| result.unwrap_err().to_string();
    assert_eq!(words(argmax(&Array2::<f32>::zeros((2, 0)))), "argmax: expected at least one column, found 0");
    let nan = array![[1.0, 2.0], [f64::NAN, 0.0]];
    assert_eq!(words(argmax(&nan)), "argmax: expected finite numbers in the scores, found NaN in row 1, column 0");
    assert_eq!(argmax(&array![[f64::NEG_INFINITY, -1e300, f64::NEG_INFINITY]]).unwrap(), [1]);
    for classes in [usize::MAX, 1 << 62, 1 << 58] {
        assert!(one_hot::<f64>(&[0], classes).is_err(), "{classes}");
    }
    assert!(roc_auc(&Array2::<f64>::zeros((2, 0)), &[0, 1], None).is_err());
    assert!(RocAuc.value(&Array2::<f64>::zeros((2, 0)), &array![[0.0], [1.0]], None).is_err());
}
