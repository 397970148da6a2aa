//! [`SearchResult`]: the best model of a search, and the ranking of its candidates.

use super::candidate::Candidate;
use super::ranking::Ranking;
use std::fmt;

/// The best model of a search, fitted on all rows, and the ranking of all candidates. It prints as the ranking does.
#[derive(Debug, Clone)]
pub struct SearchResult<M> {
    pub(super) ranking: Ranking,
    pub(super) model: M,
    pub(super) refit_seconds: f64,
    pub(super) was_stopped: bool,
}

impl<M> SearchResult<M> {
    /// Returns the model with the settings of the best candidate, fitted on all rows.
    pub fn model(&self) -> &M {
        &self.model
    }

    /// Returns the model alone.
    pub fn into_model(self) -> M {
        self.model
    }

    /// Returns the best candidate.
    pub fn best(&self) -> &Candidate {
        // A search without a candidate has no result.
        &self.ranking.candidates()[0]
    }

    /// Returns all candidates, best first, as a table that can be printed and written.
    pub fn ranking(&self) -> &Ranking {
        &self.ranking
    }

    /// Returns all candidates, best first.
    pub fn candidates(&self) -> &[Candidate] {
        self.ranking.candidates()
    }

    /// Returns the seconds that the fit on all rows took.
    pub fn refit_seconds(&self) -> f64 {
        self.refit_seconds
    }

    /// Returns whether an observer ended the search before all candidates were scored.
    pub fn was_stopped(&self) -> bool {
        self.was_stopped
    }
}

impl<M> fmt::Display for SearchResult<M> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ranking.fmt(to)
    }
}
