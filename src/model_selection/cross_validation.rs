//! [`CrossValidation`]: the scores of an estimator on rows that it was not fitted on.

use super::text;
use crate::estimator::Scoring;
use std::fmt;

/// The scores of an estimator on rows that it was not fitted on, fold by fold.
///
/// It prints as a table. Two are equal if all but their seconds is.
#[derive(Debug, Clone, PartialEq)]
pub struct CrossValidation {
    pub(super) folds: Vec<FoldRecord>,
    /// The first scoring has them for itself, so that there is always one.
    pub(super) main: Scores,
    pub(super) others: Vec<Scores>,
}

/// Sizes and times of one fold.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct FoldRecord {
    /// Rows that were trained on.
    pub training_rows: usize,
    /// Rows that were tested.
    pub test_rows: usize,
    /// Seconds that the fit took. Not part of `==`.
    pub fit_seconds: f64,
    /// Seconds that all scores took. Not part of `==`.
    pub score_seconds: f64,
}

/// Compares everything but the seconds.
impl PartialEq for FoldRecord {
    fn eq(&self, other: &Self) -> bool {
        (self.training_rows, self.test_rows) == (other.training_rows, other.test_rows)
    }
}

/// The scores of all folds by one scoring.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Scores {
    pub(super) scoring: Scoring,
    pub(super) test: Vec<f64>,
    pub(super) training: Option<Vec<f64>>,
}

impl CrossValidation {
    /// Returns sizes and times of each fold.
    pub fn folds(&self) -> &[FoldRecord] {
        &self.folds
    }

    /// Returns the scores by the first scoring.
    pub fn scores(&self) -> &Scores {
        &self.main
    }

    /// Returns the scores by this scoring, if it was asked for.
    pub fn scores_by(&self, scoring: Scoring) -> Option<&Scores> {
        self.all_scores().find(|scores| scores.scoring == scoring)
    }

    /// Returns the scores by each scoring, in the order in which they were asked for.
    pub fn all_scores(&self) -> impl Iterator<Item = &Scores> {
        std::iter::once(&self.main).chain(&self.others)
    }

    /// Returns the mean over the folds of the first score: see [`Scores::mean`].
    pub fn mean(&self) -> f64 {
        self.main.mean()
    }

    /// Returns the deviation over the folds of the first score: see [`Scores::deviation`].
    pub fn deviation(&self) -> f64 {
        self.main.deviation()
    }

    /// Returns the seconds that all fits took, added up.
    pub fn fit_seconds(&self) -> f64 {
        self.folds.iter().map(|fold| fold.fit_seconds).sum()
    }

    /// Returns the seconds that all scores took, added up.
    pub fn score_seconds(&self) -> f64 {
        self.folds.iter().map(|fold| fold.score_seconds).sum()
    }
}

impl Scores {
    /// Returns which score it is.
    pub fn scoring(&self) -> Scoring {
        self.scoring
    }

    /// Returns the score of each fold, on its test rows.
    pub fn test(&self) -> &[f64] {
        &self.test
    }

    /// Returns the score of each fold on the rows that it was trained on, if they were asked for.
    pub fn training(&self) -> Option<&[f64]> {
        self.training.as_deref()
    }

    /// Returns the mean m = Σ sᵢ/k of the scores s₁, …, sₖ on test rows. Each fold counts the same.
    pub fn mean(&self) -> f64 {
        mean(&self.test)
    }

    /// Returns the standard deviation √(Σ(sᵢ - m)²/(k - 1)) of the scores on test rows.
    ///
    /// It is that of a sample, as in pandas: one degree of freedom went into the mean. scikit-learn's `std_test_score`
    /// divides by k, and is smaller by a tenth for five folds.
    pub fn deviation(&self) -> f64 {
        deviation(&self.test)
    }
}

/// Adds numbers divided by their count: a sum of large ones could overflow.
fn mean(scores: &[f64]) -> f64 {
    let count = scores.len() as f64;
    scores.iter().map(|score| score / count).sum()
}

/// Scales by the largest deviation, whose square could overflow.
fn deviation(scores: &[f64]) -> f64 {
    let mean = mean(scores);
    let largest = scores.iter().fold(0.0_f64, |largest, score| largest.max((score - mean).abs()));
    if largest == 0.0 {
        return 0.0;
    }
    let squares: f64 = scores.iter().map(|score| ((score - mean) / largest).powi(2)).sum();
    largest * (squares / (scores.len() as f64 - 1.0)).sqrt()
}

impl fmt::Display for CrossValidation {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns: Vec<(String, &[f64])> = self
            .all_scores()
            .flat_map(|scores| {
                let training = scores.training().map(|training| (format!("training {}", scores.scoring), training));
                std::iter::once((scores.scoring.to_string(), scores.test())).chain(training)
            })
            .collect();
        let line = |cells: [String; 3], numbers: Vec<String>, seconds: [String; 2]| -> Vec<String> {
            cells.into_iter().chain(numbers).chain(seconds).collect()
        };
        let names = columns.iter().map(|(name, _)| name.clone()).collect();
        let mut rows = vec![line(
            ["fold", "training rows", "test rows"].map(str::to_owned),
            names,
            ["fit seconds", "score seconds"].map(str::to_owned),
        )];
        for (index, fold) in self.folds.iter().enumerate() {
            rows.push(line(
                [index + 1, fold.training_rows, fold.test_rows].map(|count| count.to_string()),
                columns.iter().map(|(_, scores)| text::number(scores[index])).collect(),
                [fold.fit_seconds, fold.score_seconds].map(text::seconds),
            ));
        }
        type Summary = fn(&[f64]) -> f64;
        for (name, summary) in [("mean", mean as Summary), ("deviation", deviation)] {
            let numbers = columns.iter().map(|(_, scores)| text::number(summary(scores))).collect();
            rows.push(line([name.to_owned(), String::new(), String::new()], numbers, [String::new(), String::new()]));
        }
        text::write_table(to, &rows)
    }
}

#[cfg(feature = "serde")]
crate::serialize::checked_serde!(
    "CrossValidation",
    struct CrossValidation {
        folds: Vec<FoldRecord>,
        main: Scores,
        others: Vec<Scores>,
    },
    |read| {
        let operation = "CrossValidation";
        crate::check::at_least(operation, "folds", 2, read.folds.len() as u64)?;
        let seconds = read.folds.iter().flat_map(|fold| [fold.fit_seconds, fold.score_seconds]);
        for scores in read.all_scores() {
            for values in std::iter::once(&scores.test).chain(&scores.training) {
                crate::check::rows(operation, "scores", read.folds.len(), values.len())?;
            }
        }
        let scores = read.all_scores().flat_map(|scores| scores.test.iter().chain(scores.training.iter().flatten()));
        for number in seconds.chain(scores.copied()) {
            crate::check::finite(operation, "scores and seconds", number)?;
        }
        Ok(())
    }
);
