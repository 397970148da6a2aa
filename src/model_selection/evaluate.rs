//! Fits and scores candidates fold by fold, at the same time, and hands on the results in their order.

use super::cross_validation::{CrossValidation, FoldRecord, Scores};
use super::folds::Fold;
use super::jobs::run_in_order;
use crate::clock::Stopwatch;
use crate::estimator::{Estimator, Scoring, Settings};
use crate::{Error, Result};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How each fold is scored.
pub(super) struct Scorer<'a> {
    pub(super) operation: &'static str,
    /// At least one.
    pub(super) scorings: &'a [Scoring],
    pub(super) with_training: bool,
}

/// What one fold came to: a number for each scoring, on the test rows and, if asked for, on the training rows.
#[derive(Debug)]
pub(super) struct FoldScores {
    pub(super) record: FoldRecord,
    pub(super) test: Vec<f64>,
    pub(super) training: Option<Vec<f64>>,
}

/// Why a fold, or a candidate, could not be fitted or scored.
#[derive(Debug)]
pub(super) struct FoldFailure {
    /// Of another rank, it names that rank.
    pub(super) error: Error,
    /// The error as the rank says it that has it: the same on all ranks.
    pub(super) text: String,
}

impl From<Error> for FoldFailure {
    fn from(error: Error) -> Self {
        Self { text: error.to_string(), error }
    }
}

pub(super) type FoldResult = std::result::Result<FoldScores, FoldFailure>;

/// Is called with each candidate's index and scores, in the order of the candidates.
pub(super) type Receiver<'a> =
    dyn FnMut(usize, std::result::Result<CrossValidation, FoldFailure>) -> ControlFlow<()> + Send + 'a;

/// Fits and scores each candidate on each fold. The first fold that fails is the error of its candidate; [`Receiver`]
/// can end all of it. Returns whether it did.
///
/// What the receiver is handed does not depend on the number of threads.
pub(super) fn evaluate<E: Estimator + ?Sized>(
    estimator: &E,
    candidates: &[Settings],
    folds: &[Fold],
    scorer: &Scorer<'_>,
    receiver: &mut Receiver<'_>,
) -> ControlFlow<()> {
    let desk = Desk { state: Mutex::new(State { open: BTreeMap::new(), next: 0, receiver: Some(receiver) }), scorer };
    let stopped = AtomicBool::new(false);
    run_in_order(candidates.len() * folds.len(), |job| {
        let (candidate, fold) = (job / folds.len(), job % folds.len());
        if stopped.load(Ordering::Relaxed) {
            return;
        }
        // Jobs are taken up in order, so the folds before one that failed are done or under way.
        let result = if desk.has_failed(candidate) {
            None
        } else {
            Some(scorer.fit_and_score(estimator, &candidates[candidate], &folds[fold]).map_err(FoldFailure::from))
        };
        desk.put(candidate, fold, folds.len(), result);
        if desk.hand_on(folds.len()).is_break() {
            stopped.store(true, Ordering::Relaxed);
        }
    });
    if stopped.into_inner() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

impl Scorer<'_> {
    pub(super) fn fit_and_score<E: Estimator + ?Sized>(
        &self,
        estimator: &E,
        settings: &Settings,
        (training_rows, test_rows): &Fold,
    ) -> Result<FoldScores> {
        let watch = Stopwatch::start();
        let model = estimator.fit_rows(settings, training_rows)?;
        let fit_seconds = watch.seconds();
        let watch = Stopwatch::start();
        let score = |rows: &[usize]| -> Result<Vec<f64>> {
            self.scorings.iter().map(|&scoring| self.score(estimator, &model, rows, scoring)).collect()
        };
        let test = score(test_rows)?;
        let training = if self.with_training { Some(score(training_rows)?) } else { None };
        let (training_rows, test_rows) = (training_rows.len(), test_rows.len());
        let record = FoldRecord { training_rows, test_rows, fit_seconds, score_seconds: watch.seconds() };
        Ok(FoldScores { record, test, training })
    }

    fn score<E: Estimator + ?Sized>(
        &self,
        estimator: &E,
        model: &E::Model,
        rows: &[usize],
        scoring: Scoring,
    ) -> Result<f64> {
        let score = estimator.score_rows(model, rows, scoring)?;
        if score.is_finite() {
            return Ok(score);
        }
        Err(Error::invalid(self.operation, format!("a finite score {scoring}"), score))
    }

    /// Joins the folds of a candidate.
    pub(super) fn join(&self, folds: Vec<Option<FoldResult>>) -> std::result::Result<CrossValidation, FoldFailure> {
        let (operation, count) = (self.operation, folds.len());
        let mut done = Vec::with_capacity(count);
        for (index, result) in folds.into_iter().enumerate() {
            let fold = index + 1;
            let in_fold = |FoldFailure { error, text }| FoldFailure {
                error: Error::Fold { operation, fold, folds: count, source: Box::new(error) },
                text: format!("{operation}: fold {fold} of {count}: {text}"),
            };
            done.extend(result.transpose().map_err(in_fold)?);
        }
        let scores = |index: usize| Scores {
            scoring: self.scorings[index],
            test: done.iter().map(|fold| fold.test[index]).collect(),
            training: self.with_training.then(|| {
                done.iter().filter_map(|fold| fold.training.as_ref()).map(|training| training[index]).collect()
            }),
        };
        Ok(CrossValidation {
            folds: done.iter().map(|fold| fold.record).collect(),
            main: scores(0),
            others: (1..self.scorings.len()).map(scores).collect(),
        })
    }
}

/// Collects what the threads have done.
struct Desk<'a, 'r> {
    state: Mutex<State<'a, 'r>>,
    scorer: &'a Scorer<'a>,
}

struct State<'a, 'r> {
    /// The candidates that are under way, or done and not handed on.
    open: BTreeMap<usize, Open>,
    /// The candidate to be handed on next.
    next: usize,
    /// Missing while it is called, and after it has ended the evaluation.
    receiver: Option<&'a mut Receiver<'r>>,
}

/// A candidate: what its folds came to, `None` where none was tried, and how many are done.
struct Open {
    folds: Vec<Option<FoldResult>>,
    done: usize,
    failed: bool,
}

impl<'a, 'r> Desk<'a, 'r> {
    fn lock(&self) -> MutexGuard<'_, State<'a, 'r>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has_failed(&self, candidate: usize) -> bool {
        self.lock().open.get(&candidate).is_some_and(|open| open.failed)
    }

    fn put(&self, candidate: usize, fold: usize, folds: usize, result: Option<FoldResult>) {
        let mut state = self.lock();
        let empty = || Open { folds: (0..folds).map(|_| None).collect(), done: 0, failed: false };
        let open = state.open.entry(candidate).or_insert_with(empty);
        open.done += 1;
        open.failed |= matches!(result, Some(Err(_)));
        open.folds[fold] = result;
    }

    /// Hands on all candidates that are next and done.
    ///
    /// The lock is not held while the receiver runs: it may wait for the pool, whose threads may wait for the lock.
    fn hand_on(&self, folds: usize) -> ControlFlow<()> {
        loop {
            let mut state = self.lock();
            let next = state.next;
            if state.receiver.is_none() || state.open.get(&next).is_none_or(|open| open.done < folds) {
                return ControlFlow::Continue(());
            }
            let (Some(receiver), Some(open)) = (state.receiver.take(), state.open.remove(&next)) else {
                return ControlFlow::Continue(());
            };
            state.next += 1;
            drop(state);
            receiver(next, self.scorer.join(open.folds))?;
            self.lock().receiver = Some(receiver);
        }
    }
}
