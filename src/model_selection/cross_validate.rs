//! [`cross_validate`]: fits and scores an estimator on each fold.

use super::cross_validation::CrossValidation;
use super::evaluate::{FoldFailure, Scorer};
use super::folds::{Fold, Folds};
use super::ranks::{demand_same_jobs, evaluate_across};
use crate::distributed::{Alone, Communicator, agree_on};
use crate::estimator::{Estimator, Scoring};
use crate::{Error, Result, check};
use std::ops::ControlFlow;

const OPERATION: &str = "cross_validate";

/// Fits the estimator on the training rows of each fold, and scores it on the test rows. Stone 1974.
///
/// What an estimator learns from data, a scaling for example, it learns on the training rows of the fold alone. The
/// folds run on the threads of the rayon pool in force (feature `parallel`); the scores do not depend on their number.
/// [`CrossValidator`] has more options.
///
/// ```
/// # let lengths = ndarray::Array2::from_shape_fn((30, 2), |(row, column)| ((row * 7 + column * 5) % 11) as f64);
/// # let kinds: Vec<_> = lengths.rows().into_iter().map(|row| if row[0] > 4.0 { "long" } else { "short" }).collect();
/// use feedforward::Classifier;
/// use feedforward::estimator::Settings;
/// use feedforward::model_selection::{Folds, cross_validate};
///
/// let settings = Settings { hidden: vec![8], learning_rate: 0.05, ..Settings::default() };
/// let estimator = Classifier::builder(&lengths, &kinds).settings(settings);
/// let result = cross_validate(&estimator, &Folds::new(5).seed(1))?;
/// assert_eq!(result.scores().test().len(), 5);
/// assert!(result.mean() > 0.8);
/// # Ok::<(), feedforward::Error>(())
/// ```
///
/// # Errors
/// When the rows cannot be divided so, see [`Folds::split`], or a fold cannot be fitted or scored: the error names it.
pub fn cross_validate<E: Estimator + ?Sized>(estimator: &E, folds: &Folds) -> Result<CrossValidation> {
    CrossValidator::new(folds.clone()).run(estimator)
}

/// The options of a cross-validation: see [`cross_validate`].
///
/// ```
/// # let lengths = ndarray::Array2::from_shape_fn((30, 2), |(row, column)| ((row * 7 + column * 5) % 11) as f64);
/// # let kinds: Vec<_> = lengths.rows().into_iter().map(|row| if row[0] > 4.0 { "long" } else { "short" }).collect();
/// # let settings = feedforward::estimator::Settings { hidden: vec![4], epochs: 20, ..Default::default() };
/// # let estimator = feedforward::Classifier::builder(&lengths, &kinds).settings(settings);
/// use feedforward::estimator::Scoring;
/// use feedforward::model_selection::{CrossValidator, Folds};
///
/// let scorings = [Scoring::LogLoss, Scoring::Accuracy];
/// let result = CrossValidator::new(Folds::new(3)).scorings(scorings).training_scores().run(&estimator)?;
/// assert_eq!(result.scores().scoring(), Scoring::LogLoss);
/// assert!(result.scores_by(Scoring::Accuracy).is_some_and(|scores| scores.training().is_some()));
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "nothing is fitted before `run`"]
pub struct CrossValidator<'a> {
    folds: Folds,
    scorings: Vec<Scoring>,
    with_training: bool,
    communicator: &'a dyn Communicator,
}

/// Compares everything but the communicator.
impl PartialEq for CrossValidator<'_> {
    fn eq(&self, other: &Self) -> bool {
        let options = |one: &Self| (one.folds.clone(), one.scorings.clone(), one.with_training);
        options(self) == options(other)
    }
}

impl<'a> CrossValidator<'a> {
    /// Makes a cross-validation over these folds, by the score that the estimator uses by default.
    pub fn new(folds: Folds) -> Self {
        Self { folds, scorings: Vec::new(), with_training: false, communicator: &Alone }
    }

    /// Scores by each of these instead.
    pub fn scorings(self, scorings: impl IntoIterator<Item = Scoring>) -> Self {
        Self { scorings: scorings.into_iter().collect(), ..self }
    }

    /// Scores the training rows too: a score that is much better there than on the test rows shows overfitting.
    pub fn training_scores(self) -> Self {
        Self { with_training: true, ..self }
    }

    /// Shares the folds out among ranks, which all call [`run`](Self::run) with the same data. All ranks return what
    /// one rank alone does.
    ///
    /// Data that differ between ranks are not noticed if the number of rows and the folds are the same.
    ///
    /// ```
    /// # let lengths = ndarray::Array2::from_shape_fn((30, 2), |(row, column)| ((row * 7 + column * 5) % 11) as f64);
    /// # let kinds: Vec<_> = lengths.rows().into_iter().map(|row| if row[0] > 4.0 { "long" } else { "short"
    /// }).collect();
    /// # let settings = feedforward::estimator::Settings { hidden: vec![4], epochs: 20, ..Default::default() };
    /// # let estimator = feedforward::Classifier::builder(&lengths, &kinds).settings(settings);
    /// use feedforward::distributed::Threads;
    /// use feedforward::model_selection::{CrossValidator, Folds, cross_validate};
    ///
    /// let folds = Folds::new(3);
    /// let results = Threads::run(2, |rank| CrossValidator::new(folds.clone()).across(rank).run(&estimator))?;
    /// assert_eq!(results[1], cross_validate(&estimator, &folds)?);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn across(self, communicator: &'a dyn Communicator) -> Self {
        Self { communicator, ..self }
    }

    /// Fits and scores the estimator on each fold.
    ///
    /// # Errors
    /// As for [`cross_validate`], and when the same scoring is asked for twice. [`across`](Self::across) ranks also
    /// when something of that is so on another rank, ranks have other folds, scorings or settings, or a rank fails.
    pub fn run<E: Estimator + ?Sized>(&self, estimator: &E) -> Result<CrossValidation> {
        let (folds, scorings) = agree_on(self.communicator, self.plan(estimator))?;
        let scorer = Scorer { operation: OPERATION, scorings: &scorings, with_training: self.with_training };
        let settings = estimator.settings();
        demand_same_jobs(self.communicator, estimator, &folds, &scorer, || {
            format!("{settings:?}, with_training: {}", self.with_training)
        })?;
        let mut result = Err(Error::Empty { operation: OPERATION, what: "fold" });
        let receive = &mut |_, scores: std::result::Result<_, FoldFailure>| {
            result = scores.map_err(|failure| failure.error);
            ControlFlow::Continue(())
        };
        let candidates = std::slice::from_ref(settings);
        let _ = evaluate_across(self.communicator, estimator, candidates, &folds, &scorer, receive)?;
        result
    }

    /// Divides the rows into folds, and returns them with the scorings.
    fn plan<E: Estimator + ?Sized>(&self, estimator: &E) -> Result<(Vec<Fold>, Vec<Scoring>)> {
        check::not_empty(OPERATION, "row", estimator.len())?;
        let folds = self.folds.split(estimator.len(), estimator.classes()?.as_deref())?;
        let default = [estimator.default_scoring()];
        let scorings = if self.scorings.is_empty() { &default } else { &self.scorings[..] };
        if let Some((_, twice)) = scorings.iter().enumerate().find(|(index, one)| scorings[..*index].contains(one)) {
            return Err(Error::invalid(OPERATION, "different scorings", format!("{twice} twice")));
        }
        Ok((folds, scorings.to_vec()))
    }
}
