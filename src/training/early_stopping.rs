//! [`EarlyStopping`]: ends training when the loss no longer improves.

use crate::{Result, check};

/// Which values of a metric are better ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Better {
    /// Higher values: accuracy, F1, R².
    Higher,
    /// Lower values: errors.
    Lower,
}

/// Stops when the loss has not improved for `patience` epochs in a row, and restores the best weights.
///
/// An epoch counts as improved when loss < best - min_delta. The loss is that of the validation set, or with
/// [`on_training_loss`](Self::on_training_loss) the training loss; a fit with neither is refused.
/// [`on_metric`](Self::on_metric) watches a metric instead. The same as Keras's callback, except that the best weights
/// are restored by default; [`keep_last`](Self::keep_last) keeps the last. Prechelt 1998.
///
/// ```
/// use feedforward::EarlyStopping;
/// let on_validation = EarlyStopping::new(5)?.min_delta(1e-4);
/// let on_convergence = EarlyStopping::new(10)?.on_training_loss().keep_last();
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct EarlyStopping {
    patience: usize,
    min_delta: f64,
    watches_training_loss: bool,
    /// The metric that is watched in place of the loss.
    metric: Option<(String, Better)>,
    restores_best: bool,
    best: f64,
    waited: usize,
}

/// What follows from the loss of an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Improved,
    Wait,
    Stop,
}

impl EarlyStopping {
    /// Makes the rule that stops after this many epochs without improvement.
    ///
    /// # Errors
    /// When the patience is 0.
    pub fn new(patience: usize) -> Result<Self> {
        check::at_least("EarlyStopping", "patience", 1, patience as u64)?;
        Ok(Self {
            patience,
            min_delta: 0.0,
            watches_training_loss: false,
            metric: None,
            restores_best: true,
            best: f64::INFINITY,
            waited: 0,
        })
    }

    /// Sets how much lower than the best a loss must be to count as improved: finite and at least 0; the default is 0.
    pub fn min_delta(self, min_delta: f64) -> Self {
        Self { min_delta, ..self }
    }

    /// Watches the training loss, also with a validation set, so that training stops when it has converged.
    pub fn on_training_loss(self) -> Self {
        Self { watches_training_loss: true, ..self }
    }

    /// Watches the trainer's metric of this name in place of the loss: of the validation data, or of the training data
    /// if there are none. [`min_delta`](Self::min_delta) is then a difference of the metric.
    ///
    /// ```
    /// use feedforward::metrics::Accuracy;
    /// use feedforward::training::Better;
    /// use feedforward::{EarlyStopping, Trainer};
    /// let stopping = EarlyStopping::new(10)?.on_metric("accuracy", Better::Higher);
    /// let trainer = Trainer::<f32>::new(100).validation_share(0.1).metric(Accuracy).early_stopping(stopping);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn on_metric(self, name: impl Into<String>, better: Better) -> Self {
        Self { metric: Some((name.into(), better)), ..self }
    }

    /// Keeps the last weights instead of the best.
    pub fn keep_last(self) -> Self {
        Self { restores_best: false, ..self }
    }

    /// Checks the options; `fit` calls it before anything changes.
    pub(crate) fn check(&self) -> Result<()> {
        check::finite_at_least_zero("EarlyStopping", "min_delta", self.min_delta).map(drop)
    }

    pub(super) fn watches_training_loss(&self) -> bool {
        self.watches_training_loss
    }

    /// Returns the name of the metric that it watches, if it watches one.
    pub(super) fn metric(&self) -> Option<&str> {
        self.metric.as_ref().map(|(name, _)| name.as_str())
    }

    /// Returns the number that shall become small: this loss, or the metric of its name, with its sign changed if
    /// higher values are better.
    pub(super) fn watched(&self, loss: f64, metrics: &[(String, f64)]) -> f64 {
        let Some((name, better)) = &self.metric else { return loss };
        let value = metrics.iter().find(|(other, _)| other == name).map_or(f64::INFINITY, |(_, value)| *value);
        if *better == Better::Higher { -value } else { value }
    }

    pub(super) fn restores_best(&self) -> bool {
        self.restores_best
    }

    /// Compares the loss of an epoch with the best so far.
    pub(super) fn judge(&mut self, loss: f64) -> Verdict {
        if loss < self.best - self.min_delta {
            (self.best, self.waited) = (loss, 0);
            return Verdict::Improved;
        }
        self.waited = self.waited.saturating_add(1);
        if self.waited >= self.patience { Verdict::Stop } else { Verdict::Wait }
    }

    /// Returns the best loss so far and the epochs since.
    #[cfg(feature = "safetensors")]
    pub(super) fn state(&self) -> [f64; 2] {
        [self.best, self.waited as f64]
    }

    /// Returns what `Debug` says of the settings.
    #[cfg(feature = "safetensors")]
    pub(super) fn settings_text(&self) -> String {
        let mut settings = self.clone();
        settings.start(f64::INFINITY);
        format!("{settings:?}")
    }

    /// Takes back what [`state`](Self::state) returned.
    #[cfg(feature = "safetensors")]
    pub(super) fn restore(&mut self, [best, waited]: [f64; 2]) {
        (self.best, self.waited) = (best, waited as usize);
    }

    /// Starts a fit with this loss as the best so far; infinity for none.
    pub(super) fn start(&mut self, best: f64) {
        (self.best, self.waited) = (best, 0);
    }
}

#[cfg(feature = "serde")]
crate::serialize::checked_serde!(
    "EarlyStopping",
    struct EarlyStopping {
        patience: usize,
        min_delta: f64,
        #[serde(rename = "on_training_loss")]
        watches_training_loss: bool,
        #[serde(default)]
        metric: Option<(String, Better)>,
        #[serde(rename = "restore_best_weights")]
        restores_best: bool,
        #[serde(with = "crate::serialize::number")]
        best: f64,
        waited: usize,
    },
    |stopping| {
        EarlyStopping::new(stopping.patience)?;
        stopping.check()?;
        check::best_loss("EarlyStopping", stopping.best)?;
        check::at_most_patience("EarlyStopping", stopping.patience, stopping.waited)
    }
);
