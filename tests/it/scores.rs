//! Scores of several labels, of quantiles and counts, curves and permutation importance equal scikit-learn's or what is
//! derived for them: the script is `../golden/scores.py`.

use feedforward::error::Result;
use feedforward::metrics::*;
use feedforward::{Dataset, Dense, Error, Float, Identity, Mse, Network, Poisson, Sgd, Trainer};
use ndarray::{Array2, array};
use serde::Deserialize;
use std::collections::BTreeMap;

type Matrix = Vec<Vec<f64>>;

#[derive(Deserialize)]
struct Golden {
    labels: Vec<Labels>,
    balanced: Vec<Balanced>,
    numbers: Vec<Numbers>,
    curves: Vec<Curves>,
    several_classes: Vec<SeveralClasses>,
    calibration: Vec<Calibration>,
    reports: Vec<Report>,
}

#[derive(Deserialize)]
struct Labels {
    targets: Matrix,
    probabilities: Matrix,
    weights: Option<Vec<f64>>,
    label_accuracy: f64,
    subset_accuracy: f64,
    precision: BTreeMap<String, f64>,
    recall: BTreeMap<String, f64>,
    f1: BTreeMap<String, f64>,
    /// Precision, recall, F1 and support of each label.
    of_each: [Vec<f64>; 4],
    /// With the names "label ", "label x", "label xx", ...
    report: String,
}

#[derive(Deserialize)]
struct Balanced {
    actual: Vec<usize>,
    predicted: Vec<usize>,
    weights: Option<Vec<f64>>,
    score: f64,
}

#[derive(Deserialize)]
struct Numbers {
    predictions: Matrix,
    targets: Matrix,
    weights: Option<Vec<f64>>,
    /// Levels, and the loss of each.
    pinball: Vec<[f64; 2]>,
    poisson_deviance: f64,
    median_absolute_error: f64,
    mean_absolute_percentage_error: f64,
}

#[derive(Deserialize)]
struct Curves {
    actual: Vec<usize>,
    scores: Vec<f64>,
    weights: Option<Vec<f64>>,
    /// False positive rates, true positive rates, and the thresholds but the first.
    roc: [Vec<f64>; 3],
    /// Precisions, recalls, and the thresholds.
    precision_recall: [Vec<f64>; 3],
    area: f64,
    average_precision: f64,
}

#[derive(Deserialize)]
struct SeveralClasses {
    actual: Vec<usize>,
    scores: Matrix,
    weights: Option<Vec<f64>>,
    average_precision: f64,
}

#[derive(Deserialize)]
struct Calibration {
    probabilities: Vec<f64>,
    actual: Vec<usize>,
    bins: usize,
    strategy: String,
    observed: Vec<f64>,
    predicted: Vec<f64>,
}

#[derive(Deserialize)]
struct Report {
    names: Vec<String>,
    actual: Vec<usize>,
    predicted: Vec<usize>,
    weights: Option<Vec<f64>>,
    text: String,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("../golden/scores.json")).unwrap()
}

fn matrix<F: Float>(rows: &Matrix) -> Array2<F> {
    Array2::from_shape_fn((rows.len(), rows[0].len()), |(row, column)| F::from_f64(rows[row][column]))
}

fn column(numbers: &[f64]) -> Array2<f64> {
    Array2::from_shape_vec((numbers.len(), 1), numbers.to_vec()).unwrap()
}

#[track_caller]
fn same(what: &str, found: Result<f64>, expected: f64) {
    let found = found.unwrap();
    assert!((found - expected).abs() < 1e-12 * expected.abs().max(1.0), "{what}: expected {expected}, found {found}");
}

#[track_caller]
fn all_same(what: &str, found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{what}: expected {expected:?}, found {found:?}");
    found.iter().zip(expected).for_each(|(&found, &expected)| same(what, Ok(found), expected));
}

fn words<T: std::fmt::Debug>(result: Result<T>) -> String {
    result.unwrap_err().to_string()
}

const AVERAGES: [(&str, LabelAverage); 4] = [
    ("macro", LabelAverage::Macro),
    ("micro", LabelAverage::Micro),
    ("weighted", LabelAverage::Weighted),
    ("samples", LabelAverage::Samples),
];

/// Returns the lines of a report, without the last column if it holds sums of weights: those are rounded here, and are
/// not in scikit-learn.
fn without_sums_of_weights(report: &str, weights: Option<&[f64]>) -> Vec<String> {
    let kept = if weights.is_some() { 43 } else { usize::MAX };
    report.lines().map(|line| line.chars().take(kept).collect()).collect()
}

fn check_labels<F: Float>(case: &Labels) {
    let (p, t): (Array2<F>, Array2<F>) = (matrix(&case.probabilities), matrix(&case.targets));
    let w = case.weights.as_deref();
    same("label accuracy", label_accuracy(&p, &t, w), case.label_accuracy);
    same("its metric", LabelAccuracy.value(&p, &t, w), case.label_accuracy);
    same("subset accuracy", subset_accuracy(&p, &t, w), case.subset_accuracy);
    same("its metric", SubsetAccuracy.value(&p, &t, w), case.subset_accuracy);
    for (name, average) in AVERAGES {
        same(name, label_precision(&p, &t, average, w), case.precision[name]);
        same(name, label_recall(&p, &t, average, w), case.recall[name]);
        same(name, label_f1(&p, &t, average, w), case.f1[name]);
        same(name, LabelPrecision(average).value(&p, &t, w), case.precision[name]);
        same(name, LabelRecall(average).value(&p, &t, w), case.recall[name]);
        same(name, LabelF1(average).value(&p, &t, w), case.f1[name]);
    }
    let all = label_scores(&p, &t, w).unwrap();
    assert!(all.iter().enumerate().all(|(column, scores)| scores.class == column));
    let list = |of: fn(&ClassScores) -> f64| all.iter().map(of).collect::<Vec<_>>();
    all_same("precision of each", &list(|scores| scores.precision), &case.of_each[0]);
    all_same("recall of each", &list(|scores| scores.recall), &case.of_each[1]);
    all_same("f1 of each", &list(|scores| scores.f1), &case.of_each[2]);
    all_same("support of each", &list(|scores| scores.support), &case.of_each[3]);

    let names: Vec<_> = (0..p.ncols()).map(|label| format!("label {}", "x".repeat(label))).collect();
    let report = LabelReport::new(&p, &t, w).unwrap().with_labels(&names).unwrap();
    assert_eq!(report.scores(), all);
    assert_eq!(without_sums_of_weights(&report.to_string(), w), without_sums_of_weights(&case.report, w));
}

#[test]
fn scores_of_several_labels_equal_scikit_learns() {
    for case in golden().labels {
        check_labels::<f64>(&case);
        check_labels::<f32>(&case);
    }
}

#[test]
fn balanced_accuracy_equals_scikit_learns() {
    for case in golden().balanced {
        let found = balanced_accuracy(&case.predicted, &case.actual, case.weights.as_deref());
        same("balanced accuracy", found, case.score);
    }
    // A model that always says the same scores 1 / K for any counts.
    assert_eq!(balanced_accuracy(&[2; 6], &[0, 1, 2, 2, 2, 2], None).unwrap(), 1.0 / 3.0);
    assert_eq!(balanced_accuracy(&[5], &[5], None).unwrap(), 1.0);
}

#[test]
fn further_scores_of_numbers_equal_scikit_learns() {
    for case in golden().numbers {
        let (p, t): (Array2<f64>, Array2<f64>) = (matrix(&case.predictions), matrix(&case.targets));
        let w = case.weights.as_deref();
        for &[level, expected] in &case.pinball {
            same("pinball", mean_pinball_loss(&p, &t, level, w), expected);
            same("its metric", MeanPinballLoss(level).value(&p, &t, w), expected);
        }
        same("poisson deviance", mean_poisson_deviance(&p, &t, w), case.poisson_deviance);
        same("median", median_absolute_error(&p, &t, w), case.median_absolute_error);
        let found = mean_absolute_percentage_error(&p, &t, w).unwrap();
        assert!((found / case.mean_absolute_percentage_error - 1.0).abs() < 1e-12, "{found}");
    }
}

#[test]
fn weights_of_a_median_count_like_repeated_rows() {
    let (p, zero) = (column(&[5.0, 1.0, 4.0, 2.0, 3.0]), column(&[0.0; 5]));
    let weighted = |weights: [f64; 5]| median_absolute_error(&p, &zero, Some(&weights)).unwrap();
    let repeated = |numbers: &[f64]| median_absolute_error(&column(numbers), &Array2::zeros((numbers.len(), 1)), None);
    assert_eq!(weighted([1.0; 5]), 3.0);
    assert_eq!(weighted([1.0, 2.0, 1.0, 0.0, 0.0]), repeated(&[5.0, 1.0, 1.0, 4.0]).unwrap());
    assert_eq!(weighted([0.0, 0.0, 0.5, 0.0, 0.5]), 3.5);
    assert_eq!(weighted([0.1, 0.1, 0.1, 0.3, 0.0]), 2.0);
    assert_eq!(weighted([1e300, 1e300, 0.0, 0.0, 0.0]), 3.0);
    // The mean of the two in the middle does not overflow.
    let huge = column(&[f64::MAX, f64::MAX]);
    assert_eq!(median_absolute_error(&huge, &column(&[0.0; 2]), None).unwrap(), f64::MAX);
}

#[test]
fn deviances_of_counts_keep_their_digits() {
    // 2 (t ln(t / p) - t + p) with 40 digits (mpmath).
    for (t, p, expected) in [
        (3.0, 3.0 + 3e-9, 2.999_999_606_263_819_5e-18),
        (3.0, 3.2, 0.012_768_873_174_572_992),
        (3.0, 2.75, 0.022_068_261_937_778_597),
        (0.1, 0.109, 7.644_607_517_895_325e-4),
        (5.0, 2.0, 3.162_907_318_741_550_7),
        (1.0, 1e-310, 1_425.602_757_656_308_3),
        (1e-310, 1e10, 2e10),
        (1e300, 1e300, 0.0),
        (0.0, 7.0, 14.0),
        (5e-324, 1.0, 2.0),
    ] {
        let found = mean_poisson_deviance(&array![[p]], &array![[t]], None).unwrap();
        assert!((found - expected).abs() <= 1e-14 * expected, "t {t}, p {p}: {found}, not {expected}");
    }
}

fn check_curve<F: Float>(case: &Curves) {
    let scores = column(&case.scores).mapv(F::from_f64);
    let w = case.weights.as_deref();
    let roc = roc_curve(&scores, &case.actual, 1, w).unwrap();
    let list = |of: fn(&RocPoint) -> f64| roc.points().iter().map(of).collect::<Vec<_>>();
    all_same("false positive rate", &list(|point| point.false_positive_rate), &case.roc[0]);
    all_same("true positive rate", &list(|point| point.true_positive_rate), &case.roc[1]);
    let threshold = |number: f64| F::from_f64(number).widen();
    let thresholds = |numbers: &[f64]| numbers.iter().map(|&number| Some(threshold(number))).collect::<Vec<_>>();
    let found: Vec<_> = roc.points().iter().map(|point| point.threshold).collect();
    assert_eq!(found[0], None);
    assert_eq!(found[1..], thresholds(&case.roc[2]));
    same("area", Ok(roc.area()), case.area);
    same("area again", roc_auc(&scores, &case.actual, w), case.area);

    let curve = precision_recall_curve(&scores, &case.actual, 1, w).unwrap();
    let list = |of: fn(&PrecisionRecallPoint) -> f64| curve.points().iter().map(of).collect::<Vec<_>>();
    all_same("precision", &list(|point| point.precision), &case.precision_recall[0]);
    all_same("recall", &list(|point| point.recall), &case.precision_recall[1]);
    let found: Vec<_> = curve.points().iter().map(|point| point.threshold).collect();
    let (last, others) = found.split_last().unwrap();
    assert_eq!((*last, others), (None, &thresholds(&case.precision_recall[2])[..]));
    same("average precision", Ok(curve.average_precision()), case.average_precision);
    same("average precision alone", average_precision(&scores, &case.actual, w), case.average_precision);

    // The same in two columns, and of the other class with the other scores.
    let both = ndarray::concatenate![ndarray::Axis(1), scores.mapv(|score| -score), scores];
    assert_eq!(roc_curve(&both, &case.actual, 1, w).unwrap(), roc);
    assert_eq!(precision_recall_curve(&both, &case.actual, 1, w).unwrap(), curve);
    same("area of the other", Ok(roc_curve(&both, &case.actual, 0, w).unwrap().area()), case.area);
    let targets = Array2::from_shape_fn((scores.nrows(), 1), |(row, _)| F::from_f64(case.actual[row] as f64));
    same("its metric", AveragePrecision.value(&scores, &targets, w), case.average_precision);
}

#[test]
fn curves_equal_scikit_learns() {
    for case in golden().curves {
        check_curve::<f64>(&case);
        check_curve::<f32>(&case);
    }
    for case in golden().several_classes {
        let scores: Array2<f64> = matrix(&case.scores);
        let found = average_precision(&scores, &case.actual, case.weights.as_deref());
        // Of two classes, ours is the score of class 1.
        if scores.ncols() > 2 {
            same("average precision of classes", found, case.average_precision);
        } else {
            let of_class = |positive: usize| {
                let curve = precision_recall_curve(&scores, &case.actual, positive, case.weights.as_deref());
                curve.unwrap().average_precision()
            };
            same("average precision of two", Ok((of_class(0) + of_class(1)) / 2.0), case.average_precision);
            same("average precision of class 1", found, of_class(1));
        }
    }
}

#[test]
fn calibration_equals_scikit_learns() {
    for case in golden().calibration {
        let bins = match case.strategy.as_str() {
            "uniform" => CalibrationBins::Uniform(case.bins),
            _ => CalibrationBins::Quantile(case.bins),
        };
        let probabilities = column(&case.probabilities);
        let points = calibration_curve(&probabilities, &case.actual, 1, bins).unwrap();
        let list = |of: fn(&CalibrationPoint) -> f64| points.iter().map(of).collect::<Vec<_>>();
        let what = format!("{bins:?} of {} rows", case.actual.len());
        all_same(&what, &list(|point| point.predicted), &case.predicted);
        all_same(&what, &list(|point| point.observed), &case.observed);
        assert_eq!(points.iter().map(|point| point.count).sum::<usize>(), case.actual.len());

        let both = ndarray::concatenate![ndarray::Axis(1), 1.0 - &probabilities, probabilities];
        assert_eq!(calibration_curve(&both, &case.actual, 1, bins).unwrap(), points);
    }
    // More bins than memory could hold.
    let points =
        calibration_curve(&array![[0.0], [0.5], [1.0]], &[0, 1, 1], 1, CalibrationBins::Uniform(usize::MAX)).unwrap();
    assert_eq!(points.iter().map(|point| point.predicted).collect::<Vec<_>>(), [0.0, 0.5, 1.0]);
}

#[test]
fn reports_of_awkward_labels_equal_scikit_learns() {
    for Report { names, actual, predicted, weights, text } in golden().reports {
        let matrix = ConfusionMatrix::new(&predicted, &actual, weights.as_deref()).unwrap();
        let named = matrix.with_labels(&names).unwrap();
        let found = named.classification_report().to_string();
        let lines = |text: &str| without_sums_of_weights(text, weights.as_deref());
        assert_eq!(lines(&found), lines(&text), "{names:?}");
        // Every line of the matrix is as wide as the others, and holds its counts.
        let width = |line: &str| line.chars().count();
        let lines = named.to_string();
        assert_eq!(lines.lines().count(), names.len() + 1);
        assert!(lines.lines().all(|line| width(line) == width(lines.lines().next().unwrap())), "{lines}");
    }
}

#[test]
fn weights_are_written_in_few_digits() {
    let report = |weights: [f64; 4]| {
        let matrix = ConfusionMatrix::new(&[0, 1, 1, 1], &[0, 0, 1, 1], Some(&weights)).unwrap();
        (matrix.to_string(), matrix.classification_report().to_string())
    };
    let (matrix, text) = report([0.1, 0.2, 0.3, 0.25]);
    assert_eq!(matrix.lines().nth(1), Some("               0  0.1  0.2"));
    let last = |text: &str| text.lines().map(|line| line.rsplit(' ').next().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(last(&text), ["support", "", "0.30", "0.55", "", "0.85", "0.85", "0.85"]);
    let (_, text) = report([1.0, 2.0, 3.0, 1e17]);
    assert_eq!(last(&text)[2..4], ["3", "100000000000000000"]);
    let (_, text) = report([1e-7 / 3.0, 0.0, 1.0, 1.0]);
    assert_eq!(last(&text)[2..4], ["3.33e-8", "2"]);
}

#[test]
fn labels_that_cannot_be_scored_are_refused() {
    let p = array![[0.9, 0.2], [0.1, 0.6]];
    let good = array![[1.0, 0.0], [0.0, 1.0]];
    let score = |p: &Array2<f64>, t: &Array2<f64>, w: Option<&[f64]>| {
        let all = [
            words(subset_accuracy(p, t, w)),
            words(label_accuracy(p, t, w)),
            words(label_precision(p, t, LabelAverage::Samples, w)),
            words(label_recall(p, t, LabelAverage::Macro, w)),
            words(label_f1(p, t, LabelAverage::Micro, w)),
            words(label_scores(p, t, w)),
            words(LabelReport::new(p, t, w)),
        ];
        let operations = [
            "subset_accuracy",
            "label_accuracy",
            "label_precision",
            "label_recall",
            "label_f1",
            "label_scores",
            "LabelReport",
        ];
        let rest = all[0].strip_prefix("subset_accuracy: ").unwrap().to_owned();
        for (text, operation) in all.iter().zip(operations) {
            assert_eq!(*text, format!("{operation}: {rest}"));
        }
        rest
    };
    let empty = Array2::<f64>::zeros((0, 2));
    assert_eq!(score(&empty, &empty, None), "expected at least one row, found 0");
    let hollow = Array2::<f64>::zeros((2, 0));
    assert_eq!(score(&hollow, &hollow, None), "expected at least one column, found 0");
    assert_eq!(score(&p, &array![[1.0, 0.0]], None), "expected 2 rows in the targets, found 1");
    assert_eq!(score(&p, &array![[1.0], [0.0]], None), "expected 2 columns in the targets, found 1");
    assert_eq!(score(&p, &good, Some(&[1.0])), "expected 2 rows in the sample weights, found 1");
    assert_eq!(score(&p, &good, Some(&[0.0, 0.0])), "expected a sample weight above 0, found only zeros");
    let nan = array![[0.9, f64::NAN], [0.1, 0.6]];
    assert_eq!(score(&nan, &good, None), "expected finite numbers in the probabilities, found NaN in row 0, column 1");
    assert_eq!(score(&p, &nan, None), "expected finite numbers in the targets, found NaN in row 0, column 1");
    for bad in [2.0, -1.0, 0.5] {
        let found = score(&p, &array![[1.0, 0.0], [bad, 1.0]], None);
        let expected = "expected probabilities from 0 to 1 other than 0.5, one for each label in row 1 of the targets";
        assert_eq!(found, format!("{expected}, found {bad}"));
    }
    let text = words(LabelReport::new(&p, &good, None).unwrap().with_labels(&["a"]));
    assert_eq!(text, "LabelReport: expected 2 names, one for each label, found 1");
    let metrics: [&dyn Metric<f64>; 5] = [
        &LabelAccuracy,
        &SubsetAccuracy,
        &LabelF1(LabelAverage::Macro),
        &LabelRecall(LabelAverage::Samples),
        &LabelPrecision(LabelAverage::Micro),
    ];
    for metric in metrics {
        assert!(metric.check_targets(2, &good).is_ok());
        assert!(metric.check_targets(3, &good).is_err());
        assert!(metric.check_targets(2, &array![[7.0, 0.0]]).is_err());
    }
}

#[test]
fn further_scores_of_numbers_refuse_what_they_cannot_score() {
    let (p, t) = (array![[1.0], [2.0]], array![[1.0], [3.0]]);
    for level in [0.0, 1.0, -0.5, 1.5, f64::NAN, f64::INFINITY] {
        let expected = format!("level: expected a number > 0 and < 1, found {level}");
        assert_eq!(words(mean_pinball_loss(&p, &t, level, None)), format!("mean_pinball_loss: {expected}"));
        let checked = Metric::<f64>::check_targets(&MeanPinballLoss(level), 1, &t);
        assert_eq!(words(checked), format!("MeanPinballLoss: {expected}"));
    }
    for bad in [0.0, -1.0] {
        let expected = format!("mean_poisson_deviance: expected rates > 0 in row 1 of the predictions, found {bad}");
        assert_eq!(words(mean_poisson_deviance(&array![[1.0], [bad]], &t, None)), expected);
    }
    let found = words(mean_poisson_deviance(&p, &array![[1.0], [-2.0]], None));
    assert_eq!(found, "mean_poisson_deviance: expected counts or rates >= 0 in row 1 of the targets, found -2");
    type Score = fn(&Array2<f64>, &Array2<f64>, Option<&[f64]>) -> Result<f64>;
    let scores: [(&str, Score); 4] = [
        ("mean_pinball_loss", |p, t, w| mean_pinball_loss(p, t, 0.5, w)),
        ("mean_poisson_deviance", |p, t, w| mean_poisson_deviance(p, t, w)),
        ("median_absolute_error", |p, t, w| median_absolute_error(p, t, w)),
        ("mean_absolute_percentage_error", |p, t, w| mean_absolute_percentage_error(p, t, w)),
    ];
    let empty = Array2::<f64>::zeros((0, 1));
    for (name, score) in scores {
        let refused = |p: &Array2<f64>, t: &Array2<f64>, w: Option<&[f64]>, text: &str| {
            assert_eq!(words(score(p, t, w)), format!("{name}: {text}"));
        };
        refused(&empty, &empty, None, "expected at least one row, found 0");
        refused(&p, &array![[1.0]], None, "expected 2 rows in the targets, found 1");
        refused(&p, &t, Some(&[1.0, -1.0]), "expected finite sample weights >= 0, found -1");
        let nan = array![[1.0], [f64::NAN]];
        refused(&nan, &t, None, "expected finite numbers in the predictions, found NaN in row 1, column 0");
        refused(&p, &nan, None, "expected finite numbers in the targets, found NaN in row 1, column 0");
    }
    let found = words(mean_absolute_percentage_error(&array![[1e300]], &array![[0.0]], None));
    assert_eq!(found, "mean_absolute_percentage_error: expected numbers whose score is finite, found inf");
    assert!(balanced_accuracy(&[], &[], None).is_err());
    assert!(balanced_accuracy(&[1], &[1, 2], None).is_err());
}

#[test]
fn metrics_of_a_loss_of_counts_see_rates() {
    let (inputs, _, network) = linear();
    let targets = Array2::from_shape_fn((40, 1), |(row, _)| (row % 4) as f64);
    let data = Dataset::new(inputs.clone(), targets.clone()).unwrap();
    let rates = network.predict(&inputs).unwrap().mapv(f64::exp);
    let found = network.evaluate(&data, &Poisson, &[&MeanPoissonDeviance, &MeanAbsoluteError]).unwrap();
    same("deviance", Ok(found.metrics[0].1), mean_poisson_deviance(&rates, &targets, None).unwrap());
    same("error", Ok(found.metrics[1].1), mean_absolute_error(&rates, &targets, None).unwrap());
    // Without the logarithm, the outputs of this network are no rates.
    let error = network.evaluate(&data, &Mse, &[&MeanPoissonDeviance]).unwrap_err().to_string();
    let expected = "mean_poisson_deviance: expected rates > 0 in row ";
    assert!(error.starts_with(expected), "{error}");

    let mut trained = network.clone();
    let mut trainer = Trainer::new(1).metric(MeanPinballLoss(1.5));
    let error = trainer.fit(&mut trained, &data, &Mse, &mut Sgd::new(0.1).unwrap()).unwrap_err().to_string();
    assert_eq!(error, "MeanPinballLoss: level: expected a number > 0 and < 1, found 1.5");
    assert_eq!(trained, network);
}

#[test]
fn curves_refuse_what_they_cannot_draw() {
    let scores = array![[0.1], [0.4], [0.8]];
    let roc = |scores: &Array2<f64>, actual: &[usize], positive, weights: Option<&[f64]>| {
        words(roc_curve(scores, actual, positive, weights))
    };
    let recall = |scores: &Array2<f64>, actual: &[usize], positive, weights: Option<&[f64]>| {
        words(precision_recall_curve(scores, actual, positive, weights))
    };
    assert_eq!(
        roc(&scores, &[1, 1, 1], 1, None),
        "roc_curve: expected examples of class 1 and of others, found only one kind"
    );
    assert_eq!(roc(&scores, &[0, 0, 0], 1, None), "roc_curve: expected an example of class 1, found none");
    assert_eq!(roc(&scores, &[0, 1, 1], 1, Some(&[0.0, 1.0, 1.0])), roc(&scores, &[1, 1, 1], 1, None));
    assert_eq!(
        recall(&scores, &[0, 0, 0], 2, None),
        "precision_recall_curve: expected an example of class 2, found none"
    );
    let all = precision_recall_curve(&scores, &[1, 1, 1], 1, None).unwrap();
    assert_eq!(all.average_precision(), 1.0);
    assert_eq!(roc(&scores, &[0, 1], 1, None), "roc_curve: expected 3 rows in the targets, found 2");
    assert_eq!(roc(&Array2::zeros((0, 1)), &[], 1, None), "roc_curve: expected at least one row, found 0");
    assert_eq!(roc(&Array2::zeros((3, 0)), &[0, 1, 1], 1, None), "roc_curve: expected at least one column, found 0");
    let nan = array![[0.1], [f64::NAN], [0.8]];
    let text = "roc_curve: expected finite numbers in the scores, found NaN in row 1, column 0";
    assert_eq!(roc(&nan, &[0, 1, 1], 1, None), text);
    let two = array![[0.1, 0.9], [0.4, 0.6]];
    assert_eq!(roc(&two, &[0, 1], 2, None), "roc_curve: expected a positive class below 2, found 2");
    assert_eq!(roc(&two, &[0, 2], 1, None), "roc_curve: expected a class below 2 in row 1 of the targets, found 2");
    assert_eq!(
        words(average_precision(&two, &[0, 0], None)),
        "average_precision: expected an example of class 1, found none"
    );

    let calibrate = |p: &Array2<f64>, actual: &[usize], bins| words(calibration_curve(p, actual, 1, bins));
    for bins in [CalibrationBins::Uniform(0), CalibrationBins::Quantile(0)] {
        assert_eq!(calibrate(&scores, &[0, 1, 1], bins), "calibration_curve: expected at least one bin, found 0");
    }
    let bins = CalibrationBins::Quantile(2);
    for bad in [-0.5, 1.5] {
        let text = calibrate(&array![[0.1], [bad], [0.8]], &[0, 1, 1], bins);
        assert_eq!(text, format!("calibration_curve: expected probabilities from 0 to 1 in row 1, found {bad}"));
    }
    let text = "calibration_curve: expected finite numbers in the probabilities, found NaN in row 1, column 0";
    assert_eq!(calibrate(&nan, &[0, 1, 1], bins), text);
    assert_eq!(calibrate(&scores, &[0], bins), "calibration_curve: expected 3 rows in the targets, found 1");
    // One class alone: its share is 0 or 1.
    let points = calibration_curve(&scores, &[1, 1, 1], 1, CalibrationBins::Uniform(1)).unwrap();
    assert_eq!((points.len(), points[0].observed, points[0].count), (1, 1.0, 3));
}

/// 40 rows of three columns, the last one unused, and targets 3 a - 2 b.
fn linear() -> (Array2<f64>, Array2<f64>, Network<f64>) {
    let inputs = Array2::from_shape_fn((40, 3), |(row, column)| ((row * (7 + 6 * column)) % 40) as f64 / 40.0);
    let dense = Dense::from_parameters(array![[3.0], [-2.0], [0.0]], None, Identity).unwrap();
    let network = Network::from_layers(vec![Box::new(dense)]).unwrap();
    let targets = network.predict(&inputs).unwrap();
    (inputs, targets, network)
}

#[test]
fn the_importance_of_a_column_of_a_linear_model_is_derived() {
    let (inputs, targets, network) = linear();
    let score = |inputs: &Array2<f64>| Ok(-mean_squared_error(&network.predict(inputs)?, &targets, None)?);
    let importance = permutation_importance(&inputs, 2000, 5, score).unwrap();
    assert_eq!(importance.baseline(), 0.0);
    // The error of row i is w (x_π(i) - x_i). Over all permutations π(i) is each row as often, i too, so the mean of
    // the squared errors is 2 w² times the variance of the column.
    let variance = |column: usize| {
        let column = inputs.column(column);
        let mean = column.mean().unwrap();
        column.mapv(|x| (x - mean).powi(2)).mean().unwrap()
    };
    for (column, weight) in [(0, 3.0_f64), (1, -2.0), (2, 0.0)] {
        let expected = 2.0 * weight.powi(2) * variance(column);
        let (mean, deviation) = (importance.means()[column], importance.deviations()[column]);
        let error = deviation / 2000.0_f64.sqrt();
        assert!((mean - expected).abs() <= 4.0 * error, "column {column}: {mean} ± {error}, not {expected}");
        assert_eq!(importance.drops()[column].len(), 2000);
    }
    assert_eq!(importance.ranking(), [0, 1, 2]);
    assert_eq!(importance.deviations()[2], 0.0);
}

#[test]
fn importances_depend_on_the_seed_alone() {
    let (inputs, targets, network) = linear();
    let score = |inputs: &Array2<f64>| r2(&network.predict(inputs)?, &targets, None);
    let once = permutation_importance(&inputs, 3, 1, score).unwrap();
    assert_eq!(permutation_importance(&inputs, 3, 1, score).unwrap(), once);
    assert_ne!(permutation_importance(&inputs, 3, 2, score).unwrap(), once);
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    for threads in [1, 3] {
        assert_eq!(pool(threads).install(|| permutation_importance(&inputs, 3, 1, score)).unwrap(), once);
    }
    // A column's permutations do not depend on the columns after it, and each is one of all rows.
    let fewer = PermutationImportance::of_columns((40, 1), 3, 1, 1.0, |column, permutation| {
        let mut sorted = permutation.to_vec();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..40).collect::<Vec<_>>());
        let mut permuted = inputs.clone();
        permuted.column_mut(column).iter_mut().zip(permutation).for_each(|(x, &row)| *x = inputs[[row, column]]);
        score(&permuted)
    });
    assert_eq!(fewer.unwrap().drops()[0], once.drops()[0]);
    // Views and f32 too, and more repeats begin with the same ones.
    let more = permutation_importance(&inputs.t().to_owned().reversed_axes(), 5, 1, score).unwrap();
    assert_eq!(more.drops()[1][..3], once.drops()[1]);
    let single = permutation_importance(&array![[1.0_f32], [2.0]], 1, 1, |inputs| Ok(f64::from(inputs[[0, 0]])));
    assert_eq!(single.unwrap().baseline(), 1.0);
}

#[test]
fn importances_are_displayed_best_first() {
    let drops = [0.25, -0.000_25, 0.75, 0.25];
    let of = |factor: f64| {
        PermutationImportance::of_columns((5, 4), 2, 1, 0.0, |column, _| Ok(-factor * drops[column])).unwrap()
    };
    let text = of(1.0).with_names(&["age", "größe", "a column of a long name", "height"]).unwrap().to_string();
    let expected = "\
column                     importance   deviation
a column of a long name        0.7500      0.0000
age                            0.2500      0.0000
height                         0.2500      0.0000
größe                         -0.0003      0.0000";
    assert_eq!(text, expected);
    assert_eq!(of(1e-9).to_string().lines().nth(1), Some("2          7.500e-10     0.000e0"));
    assert_eq!(of(0.0).to_string().lines().nth(1), Some("0             0.0000      0.0000"));
    assert_eq!(of(1.0).names(), ["0", "1", "2", "3"]);
}

#[cfg(feature = "serde")]
#[test]
fn curves_and_importances_are_written_as_json() {
    let scores = array![[0.25], [0.5]];
    let roc = serde_json::to_string(&roc_curve(&scores, &[0, 1], 1, None).unwrap()).unwrap();
    let start = r#"{"points":[{"threshold":null,"false_positive_rate":0.0,"true_positive_rate":0.0},"#;
    assert!(roc.starts_with(start), "{roc}");
    let recall = serde_json::to_string(&precision_recall_curve(&scores, &[0, 1], 1, None).unwrap()).unwrap();
    assert!(recall.ends_with(r#"{"threshold":null,"precision":1.0,"recall":0.0}]}"#), "{recall}");
    let points = calibration_curve(&scores, &[0, 1], 1, CalibrationBins::Uniform(1)).unwrap();
    let points = serde_json::to_string(&points).unwrap();
    assert_eq!(points, r#"[{"predicted":0.375,"observed":0.5,"count":2}]"#);
    let importance = PermutationImportance::of_columns((2, 1), 2, 1, 1.0, |_, _| Ok(0.5)).unwrap();
    let text = r#"{"baseline":1.0,"names":["0"],"drops":[[0.5,0.5]],"means":[0.5],"deviations":[0.0]}"#;
    assert_eq!(serde_json::to_string(&importance).unwrap(), text);
}

#[test]
fn importances_that_cannot_be_measured_are_refused() {
    let inputs = array![[1.0, 2.0], [3.0, 4.0]];
    let measure = |inputs: &Array2<f64>, repeats, score: fn(&Array2<f64>) -> Result<f64>| {
        words(permutation_importance(inputs, repeats, 1, score))
    };
    let name = "permutation_importance";
    assert_eq!(measure(&inputs, 0, |_| Ok(1.0)), format!("{name}: repeats: expected at least 1, found 0"));
    assert_eq!(measure(&Array2::zeros((0, 2)), 1, |_| Ok(1.0)), format!("{name}: expected at least one row, found 0"));
    assert_eq!(
        measure(&Array2::zeros((2, 0)), 1, |_| Ok(1.0)),
        format!("{name}: expected at least one column, found 0")
    );
    let text = measure(&array![[1.0, f64::NAN]], 1, |_| Ok(1.0));
    assert_eq!(text, format!("{name}: expected finite numbers in the inputs, found NaN in row 0, column 1"));
    let text = measure(&inputs, 1, |_| Ok(f64::NAN));
    assert_eq!(text, format!("{name}: expected a finite score of the inputs as they are, found NaN"));
    let later = |inputs: &Array2<f64>| if inputs[[0, 1]] == 4.0 { Ok(f64::INFINITY) } else { Ok(1.0) };
    let text = words(permutation_importance(&inputs, 20, 1, later));
    assert_eq!(text, format!("{name}: expected a finite drop of the score with column 1 permuted, found -inf"));
    let fails = |inputs: &Array2<f64>| match inputs[[0, 0]] == 3.0 {
        true => r2(&array![[1.0]], &array![[1.0]], None),
        false => Ok(1.0),
    };
    let error: Error = permutation_importance(&inputs, 20, 1, fails).unwrap_err();
    assert_eq!(error.to_string(), "r2: expected at least 2 rows, found 1");
    let importance = permutation_importance(&inputs, 1, 1, |_| Ok(1.0)).unwrap();
    let text = words(importance.with_names(&["a"]));
    assert_eq!(text, "PermutationImportance: expected 2 names, one for each column, found 1");
    let of = |shape, repeats| words(PermutationImportance::of_columns(shape, repeats, 1, 0.0, |_, _| Ok(0.0)));
    assert_eq!(of((0, 1), 1), format!("{name}: expected at least one row, found 0"));
    assert_eq!(of((1, 0), 1), format!("{name}: expected at least one column, found 0"));
    assert_eq!(of((1, 1), 0), format!("{name}: repeats: expected at least 1, found 0"));
}
