//! [`cross_validate`].

use super::toys::{Clouds, Formula, Mean, diverged, in_pools, words};
use feedforward::estimator::{Estimator, Scoring};
#[cfg(feature = "serde")]
use feedforward::model_selection::CrossValidation;
use feedforward::model_selection::{CrossValidator, Folds, cross_validate};

#[test]
fn scores_are_those_derived_by_hand() {
    // The first fit sees 2 and 4, the second one 2, 4, 9 and 1: means 3 and 4.
    let estimator = Mean::of(&[2.0, 4.0, 9.0, 1.0, 6.0, 2.0]);
    let scorings = [Scoring::MeanAbsoluteError, Scoring::RootMeanSquaredError];
    let result =
        CrossValidator::new(Folds::time_series(2)).scorings(scorings).training_scores().run(&estimator).unwrap();
    assert_eq!(result.scores().test(), [4.0, 2.0]);
    assert_eq!(result.scores().training().unwrap(), [1.0, 2.5]);
    let squared = result.scores_by(Scoring::RootMeanSquaredError).unwrap();
    approx::assert_relative_eq!(squared.test()[0], 20.0_f64.sqrt(), max_relative = 1e-15);
    approx::assert_relative_eq!(squared.test()[1], 2.0, max_relative = 1e-15);
    assert_eq!((result.mean(), result.deviation()), (3.0, 2.0_f64.sqrt()));
    assert!(result.scores_by(Scoring::Accuracy).is_none());
    let sizes: Vec<_> = result.folds().iter().map(|fold| (fold.training_rows, fold.test_rows)).collect();
    assert_eq!(sizes, [(2, 2), (4, 2)]);
    assert!(result.fit_seconds() >= 0.0 && result.score_seconds() >= 0.0);

    let plain = cross_validate(&estimator, &Folds::time_series(2)).unwrap();
    assert_eq!((plain.scores().test(), plain.scores().training()), (&[4.0, 2.0][..], None));
}

#[test]
fn each_fit_sees_the_training_rows_of_its_fold_and_each_score_the_test_rows() {
    let estimator = Mean::of(&[0.0; 20]);
    let folds = Folds::new(4).repeated(2).seed(3);
    cross_validate(&estimator, &folds).unwrap();
    let sorted = |mut all: Vec<_>| {
        all.sort();
        all
    };
    let expected = folds.split(20, None).unwrap();
    assert_eq!(sorted(estimator.scored.into_inner().unwrap()), sorted(expected.clone()));
    let training = expected.into_iter().map(|(train, _)| train).collect::<Vec<_>>();
    let mut fitted = estimator.fitted.into_inner().unwrap();
    fitted.sort();
    let mut training = training;
    training.sort();
    assert_eq!(fitted, training);
}

#[test]
fn the_scores_do_not_depend_on_the_number_of_threads() {
    let estimator = Clouds::new(61);
    let folds = Folds::new(5).repeated(2).seed(1);
    let [one, two, four] = in_pools(|| CrossValidator::new(folds.clone()).training_scores().run(&estimator).unwrap());
    assert_eq!((&one, &one), (&two, &four));
    assert_eq!(one.folds().len(), 10);
    assert!(one.deviation() > 0.0 && one.mean() > 0.5, "{one}");
    // What a hand-written loop gives.
    for ((train, test), &score) in
        folds.split(61, estimator.classes().unwrap().as_deref()).unwrap().iter().zip(one.scores().test())
    {
        let model = estimator.fit_rows(estimator.settings(), train).unwrap();
        assert_eq!(estimator.score_rows(&model, test, Scoring::Accuracy).unwrap(), score);
    }
}

#[test]
fn a_fold_that_fails_is_an_error_that_names_it() {
    let folds = Folds::time_series(4);
    let failing = Formula::new(10, Scoring::R2, |_, rows| if rows[0] >= 6 { Err(diverged()) } else { Ok(0.5) });
    for result in in_pools(|| cross_validate(&failing, &folds)) {
        let error = result.unwrap_err();
        assert_eq!(
            error.to_string(),
            "cross_validate: fold 3 of 4: training diverged in epoch 1, batch 2: \
             Sgd: learning_rate: expected a finite number >= 0, found NaN"
        );
        assert_eq!(error.operation(), Some("cross_validate"));
        let source = std::error::Error::source(&error).unwrap();
        assert!(source.to_string().starts_with("training diverged"), "{source}");
    }
    let infinite = Formula::new(10, Scoring::LogLoss, |_, _| Ok(f64::INFINITY));
    words(
        cross_validate(&infinite, &folds),
        "cross_validate: fold 1 of 4: cross_validate: expected a finite score log_loss, found inf",
    );
    let empty = Formula::new(0, Scoring::R2, |_, _| Ok(0.0));
    words(cross_validate(&empty, &folds), "cross_validate: expected at least one row, found 0");
    let twice = CrossValidator::new(folds).scorings([Scoring::R2, Scoring::LogLoss, Scoring::R2]);
    words(twice.run(&infinite), "cross_validate: expected different scorings, found r2 twice");
    let one = Formula::new(10, Scoring::R2, |_, _| Ok(0.0));
    words(cross_validate(&one, &Folds::new(11)), "k_fold: expected 2 to 10 folds, found 11");
}

#[test]
fn mean_and_deviation_do_not_overflow() {
    let large =
        Formula::new(10, Scoring::MeanAbsoluteError, |_, rows| Ok(if rows[0] < 6 { f64::MAX } else { f64::MAX / 2.0 }));
    let result = cross_validate(&large, &Folds::time_series(4)).unwrap();
    assert_eq!(result.mean(), 0.75 * f64::MAX);
    approx::assert_relative_eq!(result.deviation(), f64::MAX / 4.0 * (4.0_f64 / 3.0).sqrt(), max_relative = 1e-14);
}

#[test]
fn it_prints_a_table() {
    let estimator = Mean::of(&[2.0, 4.0, 9.0, 1.0, 6.0, 2.0]);
    let scorings = [Scoring::MeanAbsoluteError, Scoring::R2];
    let result =
        CrossValidator::new(Folds::time_series(2)).scorings(scorings).training_scores().run(&estimator).unwrap();
    let expected = "     fold  training rows  test rows  mean_absolute_error  training mean_absolute_error       r2  training r2  fit seconds  score seconds
        1              2          2               4.0000                        1.0000  -0.2500       0.0000        0.000          0.000
        2              4          2               2.0000                        2.5000   0.0000       0.0000        0.000          0.000
     mean                                         3.0000                        1.7500  -0.1250       0.0000
deviation                                         1.4142                        1.0607   0.1768       0.0000";
    assert_eq!(result.to_string(), expected);
}

#[cfg(feature = "serde")]
#[test]
fn it_survives_json_and_broken_ones_are_refused() {
    let estimator = Mean::of(&[2.0, 4.0, 9.0, 1.0, 6.0, 2.0]);
    let result = CrossValidator::new(Folds::time_series(2)).training_scores().run(&estimator).unwrap();
    let text = serde_json::to_string(&result).unwrap();
    assert_eq!(serde_json::from_str::<CrossValidation>(&text).unwrap(), result);
    assert!(text.contains(r#""scoring":"mean_absolute_error","test":[4.0,2.0],"training":[1.0,2.5]"#), "{text}");
    let refused = |text: &str| serde_json::from_str::<CrossValidation>(text).unwrap_err().to_string();
    let error = refused(&text.replace("[4.0,2.0]", "[4.0]"));
    assert!(error.starts_with("CrossValidation: expected 2 rows in the scores, found 1"), "{error}");
    let error = refused(r#"{"folds":[],"main":{"scoring":"r2","test":[],"training":null},"others":[]}"#);
    assert!(error.starts_with("CrossValidation: folds: expected at least 2, found 0"), "{error}");
}
