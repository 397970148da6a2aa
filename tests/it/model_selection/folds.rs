//! [`Folds`] and the splits below it.

use super::toys::words;
use feedforward::data::{group_k_fold, k_fold, stratified_k_fold, time_series_split};
use feedforward::model_selection::Folds;
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    grouped: Vec<Grouped>,
    time_series: Vec<TimeSeries>,
}

#[derive(Deserialize)]
struct Grouped {
    groups: Vec<usize>,
    folds: usize,
    parts: Vec<(Vec<usize>, Vec<usize>)>,
}

#[derive(Deserialize)]
struct TimeSeries {
    rows: usize,
    folds: usize,
    gap: usize,
    parts: Vec<(Vec<usize>, Vec<usize>)>,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("../../golden/splits.json")).unwrap()
}

#[test]
fn groups_and_time_series_are_divided_as_in_scikit_learn() {
    let Golden { grouped, time_series } = golden();
    assert_eq!((grouped.len(), time_series.len()), (5, 6));
    for Grouped { groups, folds, parts } in grouped {
        assert_eq!(group_k_fold(&groups, folds).unwrap(), parts);
        // Any labels with the same order.
        let labels: Vec<String> = groups.iter().map(|group| format!("group {group:02}")).collect();
        assert_eq!(Folds::grouped(folds, &labels).split(groups.len(), None).unwrap(), parts);
    }
    for TimeSeries { rows, folds, gap, parts } in time_series {
        assert_eq!(time_series_split(rows, folds, gap).unwrap(), parts);
        assert_eq!(Folds::time_series(folds).gap(gap).split(rows, None).unwrap(), parts);
    }
}

#[test]
fn folds_of_classes_are_stratified_and_those_of_numbers_are_not() {
    let classes: Vec<_> = (0..60).map(|row| usize::from(row % 10 == 0)).collect();
    let of_classes = Folds::new(3).seed(4).split(60, Some(&classes)).unwrap();
    assert_eq!(of_classes, stratified_k_fold(&classes, 3, 4).unwrap());
    assert_eq!(of_classes, Folds::stratified(3).seed(4).split(60, Some(&classes)).unwrap());
    let of_numbers = Folds::new(3).seed(4).split(60, None).unwrap();
    assert_eq!(of_numbers, k_fold(60, 3, 4).unwrap());
    assert_eq!(of_numbers, Folds::plain(3).seed(4).split(60, Some(&classes)).unwrap());
}

#[test]
fn each_repeat_tests_every_row_once_in_another_order() {
    let folds = Folds::plain(4).repeated(3).seed(9).split(22, None).unwrap();
    assert_eq!(folds.len(), 12);
    for repeat in folds.chunks(4) {
        let mut tested: Vec<_> = repeat.iter().flat_map(|(_, test)| test.clone()).collect();
        tested.sort_unstable();
        assert_eq!(tested, (0..22).collect::<Vec<_>>());
        for (train, test) in repeat {
            assert_eq!(train.len() + test.len(), 22);
            assert!(test.iter().all(|row| !train.contains(row)));
        }
    }
    assert_ne!(folds[..4], folds[4..8]);
    assert_ne!(folds[4..8], folds[8..]);
    assert_eq!(folds[..4], Folds::plain(4).seed(9).split(22, None).unwrap());
}

#[test]
fn rows_that_cannot_be_divided_so_are_refused() {
    words(Folds::new(5).split(3, None), "k_fold: expected 2 to 3 folds, found 5");
    words(Folds::new(1).split(3, None), "k_fold: expected 2 to 3 folds, found 1");
    words(Folds::new(0).split(3, None), "k_fold: expected 2 to 3 folds, found 0");
    let rare = [0, 0, 0, 1, 1, 1, 1];
    words(
        Folds::new(4).split(7, Some(&rare)),
        "Folds: expected 4 rows or more of class 0 for as many stratified folds, \
         found 3; folds made by Folds::plain need none",
    );
    words(Folds::new(8).split(7, Some(&rare)), "stratified_k_fold: expected 2 to 7 folds, found 8");
    assert_eq!(Folds::plain(4).split(7, Some(&rare)).unwrap().len(), 4);
    words(Folds::new(2).split(8, Some(&rare)), "Folds: expected 8 rows in the classes, found 7");
    words(
        Folds::stratified(2).split(8, None),
        "Folds: expected classes for stratified folds, found numbers or several labels to be predicted",
    );
    words(
        Folds::grouped(3, &["a", "b", "a"]).split(3, None),
        "group_k_fold: expected at least 2 folds, and as many groups as folds, found 3 folds of 2 groups",
    );
    words(
        Folds::grouped(1, &["a", "b", "a"]).split(3, None),
        "group_k_fold: expected at least 2 folds, and as many groups as folds, found 1 folds of 2 groups",
    );
    words(Folds::grouped(2, &["a", "b", "a"]).split(4, None), "Folds: expected 4 rows in the groups, found 3");
    words(
        Folds::time_series(4).split(4, None),
        "time_series_split: expected at least 2 folds, and more rows than folds, found 4 folds of 4 rows",
    );
    words(
        Folds::time_series(2).gap(4).split(10, None),
        "time_series_split: expected a gap below 4 rows, which are those before the first test part, found 4",
    );
    words(Folds::new(2).gap(1).split(10, None), "Folds: expected a gap in time series only, found one of 1 rows");
    words(Folds::new(2).repeated(0).split(10, None), "Folds: repeated: expected at least 1, found 0");
    words(
        Folds::time_series(2).repeated(2).split(10, None),
        "Folds: expected folds at random, as others are the same each time, found 2 repeats",
    );
    words(
        Folds::new(2).repeated(500_001).split(10, None),
        "Folds: expected at most 1000000 folds with their repeats, found 1000002",
    );
    words(
        Folds::new(2).repeated(usize::MAX).split(10, None),
        &format!("Folds: expected at most 1000000 folds with their repeats, found {}", usize::MAX),
    );
}
