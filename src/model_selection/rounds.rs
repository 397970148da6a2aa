//! Scores the candidates of a search, in one round or by successive halving.

use super::candidate::Candidate;
use super::evaluate::{FoldFailure, Scorer};
use super::folds::Fold;
use super::halving::Halving;
use super::observer::SearchObserver;
use super::ranking::compare;
use super::ranks::evaluate_across;
use crate::distributed::Communicator;
use crate::estimator::{Estimator, Settings};
use crate::{Error, Result};

/// What is the same for all candidates.
pub(super) struct Rounds<'a, E: ?Sized> {
    pub(super) estimator: &'a E,
    pub(super) folds: &'a [Fold],
    pub(super) scorer: &'a Scorer<'a>,
    pub(super) halving: &'a Halving,
    pub(super) communicator: &'a dyn Communicator,
}

/// How far the rounds have come.
pub(super) struct Progress {
    /// How many of the candidates have been tried.
    pub(super) tried: usize,
    /// Whether an observer ended the search.
    pub(super) was_stopped: bool,
    /// The first error of a candidate.
    pub(super) error: Option<Error>,
}

impl<E: Estimator + ?Sized> Rounds<'_, E> {
    /// Scores the candidates in each round that they reach, and notes scores and errors in them.
    pub(super) fn run(&self, candidates: &mut [Candidate], observer: &mut dyn SearchObserver) -> Result<Progress> {
        let mut progress = Progress { tried: candidates.len(), was_stopped: false, error: None };
        let mut left: Vec<usize> = (0..candidates.len()).collect();
        for round in self.halving.rounds() {
            if round > 0 {
                left.retain(|&index| candidates[index].error.is_none());
                left.sort_by(|&one, &other| compare(self.scorer.scorings[0], &candidates[one], &candidates[other]));
                left.truncate(self.halving.candidates(round, candidates.len()));
                left.sort_unstable();
            }
            let done = self.run_round(round, &left, candidates, observer, &mut progress)?;
            if progress.was_stopped {
                if round == 0 {
                    progress.tried = done;
                }
                break;
            }
        }
        Ok(progress)
    }

    /// Scores the candidates with these indices; returns how many are done when an observer ends it.
    fn run_round(
        &self,
        round: usize,
        left: &[usize],
        candidates: &mut [Candidate],
        observer: &mut dyn SearchObserver,
        progress: &mut Progress,
    ) -> Result<usize> {
        let for_round = |&index: &usize| {
            let settings = candidates[index].settings.clone();
            Settings { epochs: self.halving.epochs(round, settings.epochs), ..settings }
        };
        let settings: Vec<_> = left.iter().map(for_round).collect();
        let mut done = 0;
        let receive = &mut |index: usize, result| {
            let candidate: &mut Candidate = &mut candidates[left[index]];
            candidate.round = round;
            candidate.epochs = settings[index].epochs;
            match result {
                Ok(scores) => candidate.scores = Some(scores),
                Err(FoldFailure { error, text }) => {
                    candidate.scores = None;
                    candidate.error = Some(text);
                    progress.error.get_or_insert(error);
                }
            }
            done += 1;
            observer.candidate(candidate)
        };
        let (estimator, folds, scorer) = (self.estimator, self.folds, self.scorer);
        let flow = evaluate_across(self.communicator, estimator, &settings, folds, scorer, receive)?;
        progress.was_stopped = flow.is_break();
        Ok(done)
    }
}
