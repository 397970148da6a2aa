//! Estimators whose scores can be derived by hand, and one that trains networks.

use feedforward::error::Result;
use feedforward::estimator::{Estimator, Scoring, Settings};
use feedforward::metrics::{mean_absolute_error, r2, root_mean_squared_error};
use feedforward::{Classifier, Error};
use ndarray::{Array2, Axis};
use std::fmt::Debug;
use std::sync::Mutex;

pub fn words<T: Debug>(result: Result<T>, words: &str) {
    assert_eq!(result.unwrap_err().to_string(), words);
}

/// Returns what the work gives in pools of 1, 2 and 4 threads.
pub fn in_pools<T: Send>(work: impl Fn() -> T + Sync) -> [T; 3] {
    [1, 2, 4].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(&work)
    })
}

/// An error of the kind that a fit gives.
pub fn diverged() -> Error {
    let source = Box::new(feedforward::Sgd::new(f64::NAN).unwrap_err());
    Error::Diverged { epoch: 1, batch: 2, source }
}

/// Predicts the mean of the training numbers, and remembers which rows it was handed.
#[derive(Default)]
pub struct Mean {
    pub numbers: Vec<f64>,
    pub settings: Settings,
    /// Rows of each fit.
    pub fitted: Mutex<Vec<Vec<usize>>>,
    /// Rows that the model was fitted on, and rows of each score.
    pub scored: Mutex<Vec<(Vec<usize>, Vec<usize>)>>,
}

impl Mean {
    pub fn of(numbers: &[f64]) -> Self {
        Self { numbers: numbers.to_vec(), ..Self::default() }
    }
}

impl Estimator for Mean {
    type Model = (f64, Vec<usize>);

    fn len(&self) -> usize {
        self.numbers.len()
    }
    fn settings(&self) -> &Settings {
        &self.settings
    }
    fn classes(&self) -> Result<Option<Vec<usize>>> {
        Ok(None)
    }
    fn fit_rows(&self, _: &Settings, rows: &[usize]) -> Result<Self::Model> {
        self.fitted.lock().unwrap().push(rows.to_vec());
        Ok((rows.iter().map(|&row| self.numbers[row]).sum::<f64>() / rows.len() as f64, rows.to_vec()))
    }
    fn score_rows(&self, (mean, fitted): &Self::Model, rows: &[usize], scoring: Scoring) -> Result<f64> {
        self.scored.lock().unwrap().push((fitted.clone(), rows.to_vec()));
        let actual = Array2::from_shape_fn((rows.len(), 1), |(index, _)| self.numbers[rows[index]]);
        let predicted = Array2::from_elem((rows.len(), 1), *mean);
        match scoring {
            Scoring::MeanAbsoluteError => mean_absolute_error(&predicted, &actual, None),
            Scoring::RootMeanSquaredError => root_mean_squared_error(&predicted, &actual, None),
            _ => r2(&predicted, &actual, None),
        }
    }
    fn default_scoring(&self) -> Scoring {
        Scoring::MeanAbsoluteError
    }
}

/// Its score is a function of settings and test rows; it learns nothing. The function says what goes wrong, too.
pub struct Formula<F> {
    pub rows: usize,
    pub settings: Settings,
    pub scoring: Scoring,
    pub score: F,
}

impl<F: Fn(&Settings, &[usize]) -> Result<f64> + Sync> Formula<F> {
    pub fn new(rows: usize, scoring: Scoring, score: F) -> Self {
        Self { rows, settings: Settings::default(), scoring, score }
    }
}

impl<F: Fn(&Settings, &[usize]) -> Result<f64> + Sync> Estimator for Formula<F> {
    type Model = Settings;

    fn len(&self) -> usize {
        self.rows
    }
    fn settings(&self) -> &Settings {
        &self.settings
    }
    fn classes(&self) -> Result<Option<Vec<usize>>> {
        Ok(None)
    }
    fn fit_rows(&self, settings: &Settings, rows: &[usize]) -> Result<Settings> {
        // A fit on all rows fails as a score does, so that a test can see it.
        if rows.len() == self.rows {
            (self.score)(settings, &[])?;
        }
        Ok(settings.clone())
    }
    fn score_rows(&self, model: &Settings, rows: &[usize], _: Scoring) -> Result<f64> {
        (self.score)(model, rows)
    }
    fn default_scoring(&self) -> Scoring {
        self.scoring
    }
}

/// Trains classifiers on clouds of points.
pub struct Clouds {
    inputs: Array2<f64>,
    labels: Vec<usize>,
    settings: Settings,
}

impl Clouds {
    pub fn new(rows: usize) -> Self {
        let place = |row: usize, column: usize| ((row * 7 + column * 5) % 11) as f64 / 4.0;
        let shift = |row: usize, column: usize| (row % 3 * (1 - column)) as f64;
        let inputs = Array2::from_shape_fn((rows, 2), |(row, column)| place(row, column) + shift(row, column));
        let settings = Settings { hidden: vec![4], epochs: 12, learning_rate: 0.02, ..Settings::default() };
        Self { inputs, labels: (0..rows).map(|row| row % 3).collect(), settings }
    }

    fn labels_of(&self, rows: &[usize]) -> Vec<usize> {
        rows.iter().map(|&row| self.labels[row]).collect()
    }
}

impl Estimator for Clouds {
    type Model = Classifier<f64, usize>;

    fn len(&self) -> usize {
        self.labels.len()
    }
    fn settings(&self) -> &Settings {
        &self.settings
    }
    fn classes(&self) -> Result<Option<Vec<usize>>> {
        Ok(Some(self.labels.clone()))
    }
    fn fit_rows(&self, settings: &Settings, rows: &[usize]) -> Result<Self::Model> {
        Classifier::fit_with(settings, &self.inputs.select(Axis(0), rows), &self.labels_of(rows))
    }
    fn score_rows(&self, model: &Self::Model, rows: &[usize], _: Scoring) -> Result<f64> {
        model.score(&self.inputs.select(Axis(0), rows), &self.labels_of(rows))
    }
    fn default_scoring(&self) -> Scoring {
        Scoring::Accuracy
    }
}
