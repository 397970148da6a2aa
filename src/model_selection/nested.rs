//! [`SearchEstimator`]: a search as an estimator, which a cross-validation scores.

use super::candidate::Candidate;
use super::search::Search;
use super::search_result::SearchResult;
use crate::distributed::Alone;
use crate::estimator::{Estimator, Scoring, Settings};
use crate::{Result, check};
use std::ops::ControlFlow;

impl<'a> Search<'a> {
    /// Makes an estimator that runs this search on the rows that it is fitted on: see [`SearchEstimator`].
    pub fn on<E: Estimator + ?Sized>(&self, estimator: &'a E) -> SearchEstimator<'_, E> {
        SearchEstimator { search: self, estimator }
    }
}

/// An estimator whose fit is a search: it chooses settings and fits the best.
///
/// Cross-validated, it says how good models are that are chosen so: the rows of a test part had no part in the choice
/// (nested cross-validation; Varma and Simon 2006, Cawley and Talbot 2010).
///
/// ```
/// # let lengths = ndarray::Array2::from_shape_fn((30, 2), |(row, column)| ((row * 7 + column * 5) % 11) as f64);
/// # let kinds: Vec<_> = lengths.rows().into_iter().map(|row| if row[0] > 4.0 { "long" } else { "short" }).collect();
/// # let start = feedforward::estimator::Settings { hidden: vec![4], epochs: 20, ..Default::default() };
/// # let estimator = feedforward::Classifier::builder(&lengths, &kinds).settings(start);
/// use feedforward::model_selection::{Folds, Search, cross_validate};
///
/// let search = Search::grid().over("l2", [0.0, 0.1], |settings, value| settings.l2 = Some(value));
/// let search = search.folds(Folds::new(2));
/// let result = cross_validate(&search.on(&estimator), &Folds::new(3).seed(1))?;
/// println!("{:.2} ± {:.2}", result.mean(), result.deviation());
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug)]
pub struct SearchEstimator<'a, E: ?Sized> {
    search: &'a Search<'a>,
    estimator: &'a E,
}

impl<E: Estimator + ?Sized> Estimator for SearchEstimator<'_, E> {
    type Model = SearchResult<E::Model>;

    fn len(&self) -> usize {
        self.estimator.len()
    }

    fn settings(&self) -> &Settings {
        self.estimator.settings()
    }

    fn classes(&self) -> Result<Option<Vec<usize>>> {
        self.estimator.classes()
    }

    fn fit_rows(&self, settings: &Settings, rows: &[usize]) -> Result<Self::Model> {
        let part = Part { estimator: self.estimator, settings, rows };
        let folds = self.search.folds_for_rows(rows)?;
        // A cross-validation runs several of these fits at the same time, each on one rank.
        self.search.run_on(&part, &folds, &mut |_: &Candidate| ControlFlow::Continue(()), &Alone)
    }

    fn score_rows(&self, model: &Self::Model, rows: &[usize], scoring: Scoring) -> Result<f64> {
        self.estimator.score_rows(model.model(), rows, scoring)
    }

    fn default_scoring(&self) -> Scoring {
        self.estimator.default_scoring()
    }
}

/// An estimator that knows some of the rows only.
struct Part<'a, E: ?Sized> {
    estimator: &'a E,
    settings: &'a Settings,
    rows: &'a [usize],
}

impl<E: Estimator + ?Sized> Part<'_, E> {
    /// Returns the numbers that these rows have in the whole.
    fn rows_of_whole(&self, rows: &[usize]) -> Result<Vec<usize>> {
        let of_whole = |&row: &usize| {
            check::index_below("Search", "row", self.rows.len(), row)?;
            Ok(self.rows[row])
        };
        rows.iter().map(of_whole).collect()
    }
}

impl<E: Estimator + ?Sized> Estimator for Part<'_, E> {
    type Model = E::Model;

    fn len(&self) -> usize {
        self.rows.len()
    }

    fn settings(&self) -> &Settings {
        self.settings
    }

    fn classes(&self) -> Result<Option<Vec<usize>>> {
        let Some(classes) = self.estimator.classes()? else { return Ok(None) };
        let of_row = |&row: &usize| {
            check::index_below("Search", "row", classes.len(), row)?;
            Ok(classes[row])
        };
        self.rows.iter().map(of_row).collect::<Result<_>>().map(Some)
    }

    fn fit_rows(&self, settings: &Settings, rows: &[usize]) -> Result<Self::Model> {
        self.estimator.fit_rows(settings, &self.rows_of_whole(rows)?)
    }

    fn score_rows(&self, model: &Self::Model, rows: &[usize], scoring: Scoring) -> Result<f64> {
        self.estimator.score_rows(model, &self.rows_of_whole(rows)?, scoring)
    }

    fn default_scoring(&self) -> Scoring {
        self.estimator.default_scoring()
    }
}
