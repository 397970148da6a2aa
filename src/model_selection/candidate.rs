//! [`Candidate`]: settings that a search has tried, and what they came to.

use super::cross_validation::CrossValidation;
use crate::estimator::Settings;

/// Settings that a search has tried, and what they came to.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Candidate {
    pub(super) number: usize,
    pub(super) parameters: Vec<(String, String)>,
    pub(super) settings: Settings,
    pub(super) epochs: usize,
    pub(super) round: usize,
    pub(super) scores: Option<CrossValidation>,
    pub(super) error: Option<String>,
}

impl Candidate {
    /// Returns its number in the order in which candidates were made, counted from 0.
    pub fn number(&self) -> usize {
        self.number
    }

    /// Returns name and value, as text, of each parameter that the search varies.
    pub fn parameters(&self) -> &[(String, String)] {
        &self.parameters
    }

    /// Returns the settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Returns the scores, fold by fold; `None` if a fold failed.
    ///
    /// After successive halving they are those of the last round that the candidate took part in.
    pub fn scores(&self) -> Option<&CrossValidation> {
        self.scores.as_ref()
    }

    /// Returns the mean score over the folds; `None` if a fold failed.
    pub fn mean(&self) -> Option<f64> {
        self.scores().map(CrossValidation::mean)
    }

    /// Returns why the candidate could not be fitted or scored.
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// Returns the most epochs that each fold was trained for in the last round: fewer than in the settings if
    /// successive halving has dropped the candidate before.
    pub fn epochs(&self) -> usize {
        self.epochs
    }

    /// Returns the last round of successive halving that the candidate took part in, counted from 0.
    pub fn round(&self) -> usize {
        self.round
    }
}
