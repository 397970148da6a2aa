//! [`SearchObserver`]: called after each candidate of a search, and able to end it.

use super::candidate::Candidate;
#[cfg(feature = "progress")]
use crate::training::Bar;
use std::ops::ControlFlow;

/// Is called after each candidate of a search; it can end the search.
///
/// A closure over a candidate is an observer. Candidates are handed over in the order in which they were made, so a
/// search that an observer ends has the same result for every number of threads.
///
/// ```
/// # let lengths = ndarray::Array2::from_shape_fn((30, 2), |(row, column)| ((row * 7 + column * 5) % 11) as f64);
/// # let kinds: Vec<_> = lengths.rows().into_iter().map(|row| if row[0] > 4.0 { "long" } else { "short" }).collect();
/// # let start = feedforward::estimator::Settings { hidden: vec![4], epochs: 20, ..Default::default() };
/// # let estimator = feedforward::Classifier::builder(&lengths, &kinds).settings(start);
/// use feedforward::model_selection::{Candidate, Folds, Search};
/// use std::ops::ControlFlow;
///
/// let rates = [0.001, 0.01, 0.05, 0.1, 0.5];
/// let search = Search::grid().over("rate", rates, |settings, value| settings.learning_rate = value);
/// let mut budget = 3;
/// let result = search.folds(Folds::new(2)).run_observed(&estimator, &mut |candidate: &Candidate| {
///     println!("{:?}: {:?}", candidate.parameters(), candidate.mean());
///     budget -= 1;
///     if budget > 0 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
/// })?;
/// assert!(result.was_stopped());
/// assert_eq!(result.candidates().len(), 3);
/// # Ok::<(), feedforward::Error>(())
/// ```
pub trait SearchObserver: Send {
    /// Is called before the first candidate, with how often [`candidate`](Self::candidate) will be called.
    fn start(&mut self, _count: usize) {}

    /// Is called after all folds of a candidate; [`ControlFlow::Break`] ends the search with what there is so far.
    ///
    /// In successive halving it is called for each candidate of each round.
    fn candidate(&mut self, candidate: &Candidate) -> ControlFlow<()>;

    /// Is called after the last candidate.
    fn end(&mut self) {}
}

impl<T: FnMut(&Candidate) -> ControlFlow<()> + Send> SearchObserver for T {
    fn candidate(&mut self, candidate: &Candidate) -> ControlFlow<()> {
        self(candidate)
    }
}

/// Shows a progress bar on standard error: candidates, the score of the last one, time left. Feature `progress`.
///
/// Where standard error is no terminal, it prints one line per candidate instead.
///
/// ```
/// # let lengths = ndarray::Array2::from_shape_fn((30, 2), |(row, column)| ((row * 7 + column * 5) % 11) as f64);
/// # let kinds: Vec<_> = lengths.rows().into_iter().map(|row| if row[0] > 4.0 { "long" } else { "short" }).collect();
/// # let start = feedforward::estimator::Settings { hidden: vec![4], epochs: 20, ..Default::default() };
/// # let estimator = feedforward::Classifier::builder(&lengths, &kinds).settings(start);
/// use feedforward::model_selection::{Folds, Search, SearchBar};
///
/// let search = Search::grid().over("l2", [0.0, 0.1], |settings, value| settings.l2 = Some(value));
/// let result = search.folds(Folds::new(2)).run_observed(&estimator, &mut SearchBar::new())?;
/// # Ok::<(), feedforward::Error>(())
/// ```
#[cfg(feature = "progress")]
#[derive(Debug, Default)]
pub struct SearchBar {
    bar: Bar,
}

#[cfg(feature = "progress")]
impl SearchBar {
    /// Makes a bar that appears when the search starts.
    pub fn new() -> Self {
        Self::default()
    }
}

#[cfg(feature = "progress")]
impl SearchObserver for SearchBar {
    fn start(&mut self, count: usize) {
        self.bar.start(count as u64);
    }

    fn candidate(&mut self, candidate: &Candidate) -> ControlFlow<()> {
        self.bar.advance();
        self.bar.report(describe(candidate));
        ControlFlow::Continue(())
    }

    fn end(&mut self) {
        self.bar.end();
    }
}

/// Describes a candidate in a line: "candidate 3: hidden [16], accuracy 0.9500".
#[cfg(feature = "progress")]
fn describe(candidate: &Candidate) -> String {
    let result = match (candidate.scores(), candidate.error()) {
        (Some(scores), None) => format!("{} {}", scores.scores().scoring(), super::text::number(scores.mean())),
        (_, error) => format!("failed: {}", error.unwrap_or_default()),
    };
    let parameters: String = candidate.parameters().iter().map(|(name, value)| format!("{name} {value}, ")).collect();
    format!("candidate {}: {parameters}{result}", candidate.number())
}

#[cfg(all(test, feature = "progress"))]
mod tests {
    use super::*;
    use crate::estimator::Settings;

    #[test]
    fn a_line_has_all_there_is() {
        let candidate = Candidate {
            number: 3,
            parameters: vec![("hidden".to_owned(), "[16]".to_owned()), ("l2".to_owned(), "0.1".to_owned())],
            settings: Settings::default(),
            epochs: 200,
            round: 0,
            scores: None,
            error: Some("fold 1 of 5: diverged".to_owned()),
        };
        assert_eq!(describe(&candidate), "candidate 3: hidden [16], l2 0.1, failed: fold 1 of 5: diverged");
    }
}
