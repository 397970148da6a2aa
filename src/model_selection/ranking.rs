//! [`Ranking`]: the candidates of a search, best first.

use super::candidate::Candidate;
use super::cross_validation::CrossValidation;
use super::text;
use crate::estimator::Scoring;
use std::cmp::{Ordering, Reverse};
use std::fmt;

/// The candidates of a search, best first; those that failed come last, with their errors.
///
/// Candidates that successive halving kept longer come before others; of equal scores the earlier candidate comes
/// first. It prints as a table, where long numbers are rounded to four digits; with the feature `serde` it can be
/// written as JSON.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Ranking {
    scoring: Scoring,
    candidates: Vec<Candidate>,
}

impl Ranking {
    pub(super) fn new(scoring: Scoring, mut candidates: Vec<Candidate>) -> Self {
        sort(scoring, &mut candidates);
        Self { scoring, candidates }
    }

    /// Returns which score the candidates are compared by.
    pub fn scoring(&self) -> Scoring {
        self.scoring
    }

    /// Returns the candidates, best first.
    pub fn candidates(&self) -> &[Candidate] {
        &self.candidates
    }

    /// Notes that the best candidate failed after all.
    pub(super) fn fail_best(&mut self, error: String) {
        if let Some(best) = self.candidates.first_mut() {
            best.error = Some(error);
        }
        sort(self.scoring, &mut self.candidates);
    }

    /// Returns a table of comma-separated values with a header: rank, each parameter, epochs, mean, deviation, the
    /// score of each fold, seconds, error. Fields that a candidate does not have are empty.
    pub fn to_csv(&self) -> String {
        let folds = self.candidates.iter().filter_map(Candidate::scores).map(|scores| scores.folds().len()).max();
        let folds = folds.unwrap_or(0);
        let mut header = vec!["rank".to_owned()];
        header.extend(self.parameter_names());
        header.extend(["epochs", &format!("mean_{}", self.scoring), "deviation"].map(str::to_owned));
        header.extend((1..=folds).map(|fold| format!("fold_{fold}")));
        header.extend(["fit_seconds", "score_seconds", "error"].map(str::to_owned));
        let mut lines = text::csv_line(&header);
        for (index, candidate) in self.candidates.iter().enumerate() {
            let scores = candidate.scores();
            let number =
                |value: fn(&CrossValidation) -> f64| scores.map_or(String::new(), |scores| value(scores).to_string());
            let mut cells = vec![(index + 1).to_string()];
            cells.extend(candidate.parameters.iter().map(|(_, value)| value.clone()));
            cells.push(candidate.epochs.to_string());
            cells.extend([number(CrossValidation::mean), number(CrossValidation::deviation)]);
            let tests = scores.map_or(&[][..], |scores| scores.scores().test());
            cells.extend((0..folds).map(|fold| tests.get(fold).map_or(String::new(), f64::to_string)));
            cells.extend([number(CrossValidation::fit_seconds), number(CrossValidation::score_seconds)]);
            cells.push(candidate.error().unwrap_or_default().to_owned());
            lines.push_str(&text::csv_line(&cells));
        }
        lines
    }

    fn parameter_names(&self) -> impl Iterator<Item = String> {
        self.candidates.first().into_iter().flat_map(|first| &first.parameters).map(|(name, _)| name.clone())
    }
}

fn sort(scoring: Scoring, candidates: &mut [Candidate]) {
    candidates.sort_by(|one, other| compare(scoring, one, other));
}

/// Compares candidates, the better one first. The order is total, as scores are finite and numbers differ.
pub(super) fn compare(scoring: Scoring, one: &Candidate, other: &Candidate) -> Ordering {
    let key = |candidate: &Candidate| (candidate.error.is_some(), Reverse(candidate.round));
    // Adding 0 makes -0 the same as 0.
    let sign = if scoring.is_loss() { 1.0 } else { -1.0 };
    let loss = |candidate: &Candidate| candidate.mean().map_or(0.0, |mean| sign * mean + 0.0);
    key(one).cmp(&key(other)).then(loss(one).total_cmp(&loss(other))).then(one.number.cmp(&other.number))
}

impl fmt::Display for Ranking {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        // After successive halving, scores of different rounds stand below each other.
        let has_rounds = self.candidates.iter().any(|candidate| candidate.round > 0);
        let mut header = vec!["rank".to_owned()];
        header.extend(self.parameter_names());
        header.extend(has_rounds.then(|| "epochs".to_owned()));
        header.extend([&self.scoring.to_string(), "deviation", "fit seconds"].map(str::to_owned));
        let mut rows = vec![header];
        for (index, candidate) in self.candidates.iter().enumerate() {
            let mut cells = vec![(index + 1).to_string()];
            cells.extend(candidate.parameters.iter().map(|(_, value)| text::shorten(value)));
            cells.extend(has_rounds.then(|| candidate.epochs.to_string()));
            match (&candidate.error, &candidate.scores) {
                (Some(error), _) => cells.push(format!("failed: {error}")),
                (None, Some(scores)) => {
                    cells.extend([text::number(scores.mean()), text::number(scores.deviation())]);
                    cells.push(text::seconds(scores.fit_seconds()));
                }
                (None, None) => {}
            }
            rows.push(cells);
        }
        text::write_table(to, &rows)
    }
}
