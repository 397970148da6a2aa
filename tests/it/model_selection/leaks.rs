//! Nothing of the held-out rows leaks into a fit: what is learned of the columns is learned on the training rows.

use feedforward::data::{Category, Column, FittedPreparation, Number, Preparation};
use feedforward::error::Result;
use feedforward::estimator::{Estimator, Scoring, Settings};
use feedforward::model_selection::{Folds, Search, cross_validate};
use feedforward::{Classifier, Regressor, Table};
use ndarray::{Array1, Array2};
use std::sync::Mutex;

const ROWS: usize = 30;

/// A table with an island that occurs in one row, which has a length far from the others.
fn table() -> Table {
    let length = |row: usize| if row == 4 { 1e6 } else { (row * 7 % 11) as f64 };
    let island = |row: usize| if row == 4 { "Torgersen" } else { ["Biscoe", "Dream"][row % 2] };
    let species = |row: usize| ["Adelie", "Gentoo", "Chinstrap"][row % 3];
    Table::new(vec![
        Column::numbers("length", (0..ROWS).map(length).collect::<Vec<_>>()),
        Column::texts("island", (0..ROWS).map(|row| Some(island(row)))),
        Column::texts("species", (0..ROWS).map(|row| Some(species(row)))),
    ])
    .unwrap()
}

fn preparation() -> Preparation {
    Preparation::new().number("length", Number::standard()).category("island", Category::one_hot())
}

fn settings() -> Settings {
    Settings { hidden: vec![4], epochs: 3, patience: None, ..Settings::default() }
}

/// Remembers the rows of each fit and what it learned of the columns.
struct Watched<E: Estimator, T> {
    estimator: E,
    learn: fn(&E::Model) -> T,
    learned: Mutex<Vec<(Vec<usize>, T)>>,
}

impl<E: Estimator, T> Watched<E, T> {
    fn new(estimator: E, learn: fn(&E::Model) -> T) -> Self {
        Self { estimator, learn, learned: Mutex::default() }
    }
}

impl<E: Estimator, T: Send> Estimator for Watched<E, T> {
    type Model = E::Model;

    fn len(&self) -> usize {
        self.estimator.len()
    }
    fn settings(&self) -> &Settings {
        self.estimator.settings()
    }
    fn classes(&self) -> Result<Option<Vec<usize>>> {
        self.estimator.classes()
    }
    fn fit_rows(&self, settings: &Settings, rows: &[usize]) -> Result<E::Model> {
        let model = self.estimator.fit_rows(settings, rows)?;
        self.learned.lock().unwrap().push((rows.to_vec(), (self.learn)(&model)));
        Ok(model)
    }
    fn score_rows(&self, model: &E::Model, rows: &[usize], scoring: Scoring) -> Result<f64> {
        self.estimator.score_rows(model, rows, scoring)
    }
    fn default_scoring(&self) -> Scoring {
        self.estimator.default_scoring()
    }
}

fn prepared(model: &Classifier<f64, String>) -> FittedPreparation {
    model.preparation().unwrap().clone()
}

#[test]
fn a_preparation_is_learned_on_the_training_rows() {
    let table = table();
    let watched =
        Watched::new(Classifier::on(&table, "species").preparation(preparation()).settings(settings()), prepared);
    let folds = Folds::new(3).seed(1);
    cross_validate(&watched, &folds).unwrap();

    let learned = watched.learned.into_inner().unwrap();
    assert_eq!(learned.len(), 3);
    let of_all = preparation().fit(&table).unwrap();
    for (rows, found) in &learned {
        assert_eq!(*found, preparation().fit(&table.select_rows(rows).unwrap()).unwrap());
        assert_ne!(*found, of_all);
    }
    // The island of row 4 is unknown where that row is tested, and the mean length is not moved by its length.
    let without: Vec<_> = learned.iter().filter(|(rows, _)| !rows.contains(&4)).collect();
    assert_eq!(without.len(), 1);
    let found = &without[0].1;
    assert_eq!(found.output_names(), ["length", "island=Biscoe", "island=Dream"]);
    let prepared = found.transform::<f64>(&table.select_rows(&[4]).unwrap()).unwrap();
    assert_eq!([prepared[[0, 1]], prepared[[0, 2]]], [0.0, 0.0]);
    assert!(prepared[[0, 0]] > 1e5, "{}", prepared[[0, 0]]);
}

#[test]
fn guessed_preparations_are_learned_on_the_training_rows_of_each_candidate() {
    let table = table();
    let watched = Watched::new(Classifier::on(&table, "species").settings(settings()), prepared);
    let search = Search::grid().over("hidden", [vec![2], vec![3]], |settings, value| settings.hidden = value);
    search.folds(Folds::new(3)).run(&watched).unwrap();
    let learned = watched.learned.into_inner().unwrap();
    assert_eq!(learned.len(), 7);
    let inputs = table.drop(&["species"]).unwrap();
    for (rows, found) in &learned {
        let part = inputs.select_rows(rows).unwrap();
        assert_eq!(*found, Preparation::guess(&part).unwrap().fit(&part).unwrap());
    }
    assert_eq!(learned.iter().filter(|(rows, _)| rows.len() == ROWS).count(), 1);
}

#[test]
fn scalings_are_learned_on_the_training_rows() {
    let inputs = Array2::from_shape_fn((ROWS, 1), |(row, _)| (row * row) as f64);
    let numbers = Array1::from_shape_fn(ROWS, |row| 3.0 * row as f64);
    let means = |model: &Regressor<f64>| [model.scaler().unwrap().mean()[0], model.target_scaler().mean()[0]];
    let watched = Watched::new(Regressor::builder(&inputs, &numbers).settings(settings()), means);
    cross_validate(&watched, &Folds::time_series(3)).unwrap();
    let mut learned = watched.learned.into_inner().unwrap();
    learned.sort_by_key(|(rows, _)| rows.len());
    assert_eq!(learned.iter().map(|(rows, _)| rows.len()).collect::<Vec<_>>(), [9, 16, 23]);
    for (rows, [input, target]) in learned {
        // Means of 0², ..., (n - 1)² and of 3·0, ..., 3·(n - 1).
        let n = rows.len() as f64;
        approx::assert_relative_eq!(input, (n - 1.0) * (2.0 * n - 1.0) / 6.0, max_relative = 1e-12);
        approx::assert_relative_eq!(target, 1.5 * (n - 1.0), max_relative = 1e-12);
    }
}
