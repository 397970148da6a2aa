//! [`Search`]: tries settings and picks the best.

use super::candidate::Candidate;
use super::candidates::{Described, combine, draw};
use super::differences::describe_differences;
use super::evaluate::Scorer;
use super::folds::{Fold, Folds};
use super::halving::Halving;
use super::observer::SearchObserver;
use super::parameter::Parameter;
use super::ranking::Ranking;
use super::ranks::demand_same_jobs;
use super::rounds::{Progress, Rounds};
use super::search_result::SearchResult;
use crate::clock::Stopwatch;
use crate::distributed::{Alone, Communicator, agree_on};
use crate::estimator::{Estimator, Scoring, Settings};
use crate::{Error, Result, check};
use rand::distr::Distribution;
use std::fmt::Debug;
use std::ops::ControlFlow;

const OPERATION: &str = "Search";

/// Tries settings by cross-validation, and fits the best ones on all rows.
///
/// | constructor | candidates |
/// | --- | --- |
/// | [`grid`](Self::grid) | each combination of values |
/// | [`random`](Self::random) | some at random, from lists of values and distributions (Bergstra and Bengio 2012) |
/// | [`candidates`](Self::candidates) | those that it is given |
///
/// [`over`](Self::over) and [`sample`](Self::sample) name what is varied, and say how a value is set; all other
/// settings are those of the estimator. Candidates and folds run at the same time on the threads of the rayon pool in
/// force (feature `parallel`); the result does not depend on their number. A candidate that diverges or cannot be
/// fitted loses, with its error in the table, and the others go on.
///
/// The score of the best candidate is a little too good: it was the best of several that are measured with an error.
/// [`on`](Self::on) makes an estimator of the search, which a cross-validation scores on rows that had no part in the
/// choice (nested cross-validation, Varma and Simon 2006).
///
/// ```
/// # let lengths = ndarray::Array2::from_shape_fn((30, 2), |(row, column)| ((row * 7 + column * 5) % 11) as f64);
/// # let kinds: Vec<_> = lengths.rows().into_iter().map(|row| if row[0] > 4.0 { "long" } else { "short" }).collect();
/// # let start = feedforward::estimator::Settings { hidden: vec![4], epochs: 20, ..Default::default() };
/// # let estimator = feedforward::Classifier::builder(&lengths, &kinds).settings(start);
/// use feedforward::model_selection::{Folds, LogUniform, Search};
///
/// let search = Search::random(6)
///     .sample("learning_rate", LogUniform::new(1e-3, 1.0)?, |settings, value| settings.learning_rate = value)
///     .over("hidden", [vec![4], vec![8], vec![8, 8]], |settings, value| settings.hidden = value)
///     .folds(Folds::new(3))
///     .seed(1);
/// let result = search.run(&estimator)?;
/// println!("{result}");
/// assert_eq!(result.candidates().len(), 6);
/// assert_eq!(result.model().predict(&lengths)?.len(), 30);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "nothing is tried before `run`"]
#[doc(alias("GridSearchCV", "RandomizedSearchCV", "HalvingRandomSearchCV", "Hyperband"))]
pub struct Search<'a> {
    plan: Plan,
    parameters: Vec<Parameter<'a>>,
    folds: Folds,
    scoring: Option<Scoring>,
    halving: Option<usize>,
    seed: u64,
    communicator: &'a dyn Communicator,
}

/// Where candidates come from.
#[derive(Debug)]
enum Plan {
    Grid,
    Random(usize),
    Candidates(Vec<Settings>),
}

impl<'a> Search<'a> {
    fn new(plan: Plan) -> Self {
        let (parameters, folds, communicator) = (Vec::new(), Folds::new(5), &Alone);
        Self { plan, parameters, folds, scoring: None, halving: None, seed: 0, communicator }
    }

    /// Makes a search through each combination of values.
    pub fn grid() -> Self {
        Self::new(Plan::Grid)
    }

    /// Makes a search through this many candidates at random.
    ///
    /// If all parameters are lists of values, no combination is tried twice, and no more than there are.
    pub fn random(candidates: usize) -> Self {
        Self::new(Plan::Random(candidates))
    }

    /// Makes a search through these settings; with [`over`](Self::over), each is combined with each value.
    pub fn candidates(settings: Vec<Settings>) -> Self {
        Self::new(Plan::Candidates(settings))
    }

    /// Varies a parameter over these values; `apply` sets a value. The name and the value stand in the table.
    pub fn over<T: Clone + Debug + Send + Sync + 'a>(
        mut self,
        name: impl Into<String>,
        values: impl IntoIterator<Item = T>,
        apply: impl Fn(&mut Settings, T) + Send + Sync + 'a,
    ) -> Self {
        self.parameters.push(Parameter::of_values(name.into(), values.into_iter().collect(), apply));
        self
    }

    /// Draws a parameter from a distribution, in a [`random`](Self::random) search; `apply` sets a value.
    pub fn sample<T: Debug>(
        mut self,
        name: impl Into<String>,
        distribution: impl Distribution<T> + Send + Sync + 'a,
        apply: impl Fn(&mut Settings, T) + Send + Sync + 'a,
    ) -> Self {
        self.parameters.push(Parameter::of_distribution(name.into(), distribution, apply));
        self
    }

    /// Sets the folds on which candidates are scored. The default is `Folds::new(5)`.
    pub fn folds(self, folds: Folds) -> Self {
        Self { folds, ..self }
    }

    /// Sets the score by which candidates are compared. The default is that of the estimator.
    pub fn scoring(self, scoring: Scoring) -> Self {
        Self { scoring: Some(scoring), ..self }
    }

    /// Sets the seed by which a [`random`](Self::random) search draws. The default is 0. Folds and settings have seeds
    /// of their own.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Trains all candidates shortly and the best of them longer: successive halving, Jamieson and Talwalkar 2016.
    ///
    /// With factor η, n candidates and R epochs in their settings there are s = min(⌊log_η n⌋, ⌊log_η R⌋) rounds before
    /// the last one. Round i = 0, …, s trains the candidates that are left for ⌊R·η^(i-s)⌋ epochs, from the start
    /// again, and keeps the best ⌊n·η^-(i+1)⌋: a bracket of Hyperband (Li et al. 2018, algorithm 1), where η is 3 or 4.
    /// Each round costs about as many epochs as another, n·R·η^-s for each fold. Candidates with different numbers of
    /// epochs are trained for the same share of them.
    ///
    /// ```
    /// # use feedforward::model_selection::Search;
    /// // 27 candidates for 7 epochs, 9 for 22, 3 for 66, and the best one for 200.
    /// let search = Search::random(27).halving(3);
    /// ```
    pub fn halving(self, factor: usize) -> Self {
        Self { halving: Some(factor), ..self }
    }

    /// Shares candidates and folds out among ranks, which all call [`run`](Self::run) with the same data. All ranks
    /// return what one rank alone does; each fits the best candidate on all rows.
    ///
    /// The observer of rank 0 is called, those of the other ranks are not; it ends the search on all ranks. Data that
    /// differ between ranks are not noticed if the number of rows and the folds are the same. [`on`](Self::on) makes an
    /// estimator that searches on one rank: give the communicator to the
    /// [`CrossValidator`](crate::model_selection::CrossValidator) that scores it.
    ///
    /// ```
    /// # let lengths = ndarray::Array2::from_shape_fn((30, 2), |(row, column)| ((row * 7 + column * 5) % 11) as f64);
    /// # let kinds: Vec<_> = lengths.rows().into_iter().map(|row| if row[0] > 4.0 { "long" } else { "short"
    /// }).collect();
    /// # let start = feedforward::estimator::Settings { hidden: vec![4], epochs: 20, ..Default::default() };
    /// # let estimator = feedforward::Classifier::builder(&lengths, &kinds).settings(start);
    /// use feedforward::distributed::Threads;
    /// use feedforward::model_selection::{Folds, Search};
    ///
    /// let models = Threads::run(2, |rank| {
    ///     let search = Search::grid().over("l2", [0.0, 0.1, 1.0], |settings, value| settings.l2 = Some(value));
    ///     search.folds(Folds::new(3)).across(rank).run(&estimator)
    /// })?;
    /// assert_eq!(models[0].best(), models[1].best());
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn across(self, communicator: &'a dyn Communicator) -> Self {
        Self { communicator, ..self }
    }

    /// Scores all candidates, and fits the best one on all rows.
    ///
    /// A candidate that cannot be fitted on all rows loses too, and the next one is fitted.
    ///
    /// # Errors
    /// When there is no candidate or no parameter, there are more than 1,000,000 candidates, a parameter has no value,
    /// no name, or the name of another, a grid has a distribution, the rows cannot be divided into folds (see
    /// [`Folds::split`]), the factor of halving is below 2, or no candidate can be fitted. [`across`](Self::across)
    /// ranks also when something of that is so on another rank, ranks have other candidates, folds or scorings, or a
    /// rank fails.
    pub fn run<E: Estimator + ?Sized>(&self, estimator: &E) -> Result<SearchResult<E::Model>> {
        self.run_observed(estimator, &mut |_: &Candidate| ControlFlow::Continue(()))
    }

    /// Runs as [`run`](Self::run) does, and calls the observer after each candidate.
    ///
    /// An observer that ends the search leaves the candidates that it was called for; the best of them is fitted.
    ///
    /// # Errors
    /// As for [`run`](Self::run).
    pub fn run_observed<E: Estimator + ?Sized>(
        &self,
        estimator: &E,
        observer: &mut dyn SearchObserver,
    ) -> Result<SearchResult<E::Model>> {
        self.run_on(estimator, &self.folds, observer, self.communicator)
    }

    /// Runs with other folds and other ranks.
    pub(super) fn run_on<E: Estimator + ?Sized>(
        &self,
        estimator: &E,
        folds: &Folds,
        observer: &mut dyn SearchObserver,
        communicator: &dyn Communicator,
    ) -> Result<SearchResult<E::Model>> {
        let (mut candidates, folds, halving) = agree_on(communicator, self.make_plan(estimator, folds))?;
        let scoring = self.scoring.unwrap_or_else(|| estimator.default_scoring());
        let scorer = Scorer { operation: OPERATION, scorings: &[scoring], with_training: false };
        demand_same_jobs(communicator, estimator, &folds, &scorer, || {
            let settings: Vec<_> = candidates.iter().map(|candidate| &candidate.settings).collect();
            format!("{settings:?}, halving: {:?}", self.halving)
        })?;
        let silent = &mut |_: &Candidate| ControlFlow::Continue(());
        let observer: &mut dyn SearchObserver = if communicator.rank() == 0 { observer } else { silent };
        observer.start(halving.evaluations(candidates.len()));
        let rounds = Rounds { estimator, folds: &folds, scorer: &scorer, halving: &halving, communicator };
        let progress = rounds.run(&mut candidates, observer);
        observer.end();
        let progress = progress?;
        candidates.truncate(progress.tried);
        fit_best(communicator, estimator, Ranking::new(scoring, candidates), progress)
    }

    /// Makes the candidates, the folds and the rounds.
    fn make_plan<E: Estimator + ?Sized>(
        &self,
        estimator: &E,
        folds: &Folds,
    ) -> Result<(Vec<Candidate>, Vec<Fold>, Halving)> {
        check::not_empty(OPERATION, "row", estimator.len())?;
        let candidates = self.make_candidates(estimator.settings())?;
        let most_epochs = candidates.iter().map(|candidate| candidate.settings.epochs).max().unwrap_or(0);
        let halving = match self.halving {
            Some(factor) => Halving::plan(factor, candidates.len(), most_epochs)?,
            None => Halving::none(),
        };
        let folds = folds.split(estimator.len(), estimator.classes()?.as_deref())?;
        Ok((candidates, folds, halving))
    }

    /// Returns the folds for an estimator on some of the rows.
    pub(super) fn folds_for_rows(&self, rows: &[usize]) -> Result<Folds> {
        self.folds.for_rows(rows)
    }

    fn make_candidates(&self, start: &Settings) -> Result<Vec<Candidate>> {
        let described: Vec<Described> = match &self.plan {
            Plan::Grid => combine(&[(Vec::new(), start.clone())], &self.parameters)?,
            Plan::Random(count) => draw(*count, start, &self.parameters, self.seed)?,
            Plan::Candidates(list) => combine(&describe_differences(list), &self.parameters)?,
        };
        let candidate = |(number, (parameters, settings)): (usize, Described)| {
            let epochs = settings.epochs;
            Candidate { number, parameters, settings, epochs, round: 0, scores: None, error: None }
        };
        Ok(described.into_iter().enumerate().map(candidate).collect())
    }
}

/// Fits the best candidate on all rows, on each rank; if that fails, the next one.
fn fit_best<E: Estimator + ?Sized>(
    communicator: &dyn Communicator,
    estimator: &E,
    mut ranking: Ranking,
    progress: Progress,
) -> Result<SearchResult<E::Model>> {
    let rows: Vec<_> = (0..estimator.len()).collect();
    let mut first_error = progress.error;
    while let Some(best) = ranking.candidates().first().filter(|best| best.error.is_none()) {
        let watch = Stopwatch::start();
        let model = estimator.fit_rows(&best.settings, &rows);
        // A fit gives all ranks the same. Where it does not, they could not go on together.
        let have_failed = communicator.all_gather(&[u8::from(model.is_err())])?;
        let is_same = have_failed.iter().all(|failed| *failed == have_failed[0]);
        match if is_same { model } else { agree_on(communicator, model) } {
            Ok(model) => {
                let (refit_seconds, was_stopped) = (watch.seconds(), progress.was_stopped);
                return Ok(SearchResult { ranking, model, refit_seconds, was_stopped });
            }
            Err(error) if !is_same => return Err(error),
            Err(error) => {
                ranking.fail_best(format!("fitted on all rows: {error}"));
                first_error.get_or_insert(error);
            }
        }
    }
    let tried = ranking.candidates().len();
    let source = first_error.unwrap_or(Error::Empty { operation: OPERATION, what: "candidate" });
    Err(Error::NoCandidate { operation: OPERATION, tried, source: Box::new(source) })
}
