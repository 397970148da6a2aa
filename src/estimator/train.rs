//! [`Training`]: one fit of an estimator's network.

use super::solver::Method;
use super::{Scoring, Settings};
use crate::metrics::{
    Accuracy, Average, BalancedAccuracy, F1, LabelAverage, LabelF1, MeanAbsoluteError, Metric, R2, RocAuc,
    RootMeanSquaredError, SubsetAccuracy,
};
use crate::training::{Better, Ending};
use crate::{Dataset, EarlyStopping, Error, Float, History, Loss, Network, Result, Trainer, check};

/// Rows from which on some are held out for early stopping: see the experiment in `defaults.md`.
const ROWS_TO_HOLD_OUT: usize = 1_000;

/// Training on fewer rows has converged when the loss has not fallen by the second number in as many epochs as the
/// first: `n_iter_no_change` and `tol` of scikit-learn.
const CONVERGENCE: (usize, f64) = (10, 1e-4);

/// What an estimator predicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    /// One of several classes; targets are their numbers.
    Classes,
    /// Each of several labels or not.
    Labels,
    Numbers,
}

/// What a network is trained on, and how.
#[derive(Debug)]
pub(super) struct Training<'t, F: Float> {
    pub(super) operation: &'static str,
    pub(super) task: Task,
    pub(super) data: Dataset<F>,
    pub(super) outputs: usize,
    pub(super) loss: &'t dyn Loss<F>,
    /// The network to go on with, if there is one.
    pub(super) start: Option<Network<F>>,
}

impl<F: Float> Training<'_, F> {
    /// Builds and trains a network; holds out a part of the data for early stopping.
    pub(super) fn run(self, settings: &Settings) -> Result<(Network<F>, History)> {
        let Self { operation, task, data, outputs, loss, start } = self;
        let mut network = match start {
            Some(network) => network,
            None => settings.network(data.inputs().ncols(), outputs)?,
        };
        let penalty = settings.penalty(data.len())?;
        let method = settings.solver.make(settings.learning_rate, &settings.solver_options, &penalty)?;
        let mut rule = match method {
            Method::Batches(rule) => rule,
            Method::Lbfgs(lbfgs) => {
                let history = lbfgs.fit(&mut network, &data, loss, settings.epochs)?;
                return Ok((network, history));
            }
        };
        let mut trainer = settings.trainer(settings.epochs, penalty)?;
        check::not_empty("Trainer", "epoch", settings.epochs)?;
        if let Some(schedule) = settings.schedule.make(settings.epochs)? {
            trainer = trainer.schedule_epochs(schedule);
        }
        let stopping = stopping(operation, task, settings)?;
        let holds_out = data.len() >= ROWS_TO_HOLD_OUT || settings.stop_on.is_some();
        let (train, validation) = match &stopping {
            Some(_) if holds_out => data.hold_out(settings.validation_share, settings.seed, task == Task::Classes)?,
            _ => (data, None),
        };
        let mut trainer = match (stopping, &validation) {
            (Some((stopping, metric)), Some(validation)) => {
                let trainer = trainer.validation(validation).early_stopping(stopping);
                metric.into_iter().fold(trainer, Trainer::metric)
            }
            (Some(_), None) => {
                let converged = EarlyStopping::new(CONVERGENCE.0)?.min_delta(CONVERGENCE.1);
                trainer.early_stopping(converged.on_training_loss().keep_last())
            }
            (None, _) => trainer,
        };
        let history = trainer.fit(&mut network, &train, loss, &mut *rule)?;
        Ok((network, history))
    }
}

/// Goes once over these rows with a network that was trained before, and adds the record of that to the history.
///
/// # Errors
/// As for a fit; neither network nor history has changed then.
pub(super) fn train_once<F: Float>(
    settings: &Settings,
    network: &mut Network<F>,
    history: &mut History,
    data: &Dataset<F>,
    loss: &dyn Loss<F>,
) -> Result<()> {
    let operation = "partial_fit";
    let penalty = settings.penalty_of_part()?;
    let method = settings.solver.make(settings.learning_rate, &settings.solver_options, &penalty)?;
    let Method::Batches(mut rule) = method else {
        return Err(Error::invalid(operation, "a solver that takes batches", "Lbfgs, which takes all rows at once"));
    };
    // Another order of the rows each time.
    let seed = settings.seed.wrapping_add(history.len() as u64);
    let mut trainer = settings.trainer(1, penalty)?.seed(seed);
    let mut trained = network.clone();
    let last = trainer.fit(&mut trained, data, loss, &mut *rule)?.epochs.pop();
    *network = trained;
    history.epochs.extend(last.map(|mut record| {
        record.epoch = history.epochs.last().map_or(1, |before| before.epoch + 1);
        record
    }));
    history.ending = Some(Ending::Completed);
    Ok(())
}

/// A rule to stop by, with the metric that it watches.
type Stopping<F> = (EarlyStopping, Option<Box<dyn Metric<F>>>);

fn stopping<F: Float>(operation: &'static str, task: Task, settings: &Settings) -> Result<Option<Stopping<F>>> {
    let Some(patience) = settings.patience else { return Ok(None) };
    check::inside_zero_and_one(operation, "validation_share", settings.validation_share)?;
    let stopping = EarlyStopping::new(patience)?;
    let Some(scoring) = settings.stop_on else { return Ok(Some((stopping, None))) };
    let metric: Box<dyn Metric<F>> = match (task, scoring) {
        // The loss is this score.
        (Task::Classes | Task::Labels, Scoring::LogLoss) => return Ok(Some((stopping, None))),
        (Task::Classes, Scoring::Accuracy) => Box::new(Accuracy),
        (Task::Classes, Scoring::BalancedAccuracy) => Box::new(BalancedAccuracy),
        (Task::Classes, Scoring::MacroF1) => Box::new(F1(Average::Macro)),
        (Task::Classes, Scoring::RocAuc) => Box::new(RocAuc),
        (Task::Labels, Scoring::Accuracy) => Box::new(SubsetAccuracy),
        (Task::Labels, Scoring::MacroF1) => Box::new(LabelF1(LabelAverage::Macro)),
        (Task::Numbers, Scoring::R2) => Box::new(R2),
        (Task::Numbers, Scoring::RootMeanSquaredError) => Box::new(RootMeanSquaredError),
        (Task::Numbers, Scoring::MeanAbsoluteError) => Box::new(MeanAbsoluteError),
        _ => {
            let expected = match task {
                Task::Classes => {
                    "a score of classes to stop on: Accuracy, BalancedAccuracy, MacroF1, RocAuc or LogLoss"
                }
                Task::Labels => "a score of labels to stop on: Accuracy, MacroF1 or LogLoss",
                Task::Numbers => "a score of numbers to stop on: R2, RootMeanSquaredError or MeanAbsoluteError",
            };
            return Err(Error::invalid(operation, expected, format!("{scoring:?}")));
        }
    };
    let better = if scoring.is_loss() { Better::Lower } else { Better::Higher };
    Ok(Some((stopping.on_metric(metric.name(), better), Some(metric))))
}
