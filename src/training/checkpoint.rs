//! Checkpoints: a fit under way in a file, and going on from it to the same bits.

use super::setup::{Setup, demand_text};
use super::trainer::Trainer;
use super::{EarlyStopping, History};
use crate::data::{in_file, invalid_data, quote, shorten};
use crate::distributed::{Communicator, agree_on};
use crate::io::{
    Architecture, CHECKPOINT, Contents, Store, TRAINING, Writer, in_content, restore_parameters, store_network,
};
use crate::{Description, Error, Float, Network, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::io;
use std::path::Path;

/// The name of the operation in errors.
pub(super) const OPERATION: &str = "Trainer::resume";

/// Where the other one of two parts stands that differ.
const IN_CHECKPOINT: &str = "in the checkpoint";

/// Demands that a part is as in the checkpoint.
fn demand<T: PartialEq + Debug>(what: &str, saved: &T, found: &T) -> Result<()> {
    demand_text(OPERATION, what, IN_CHECKPOINT, &format!("{saved:?}"), &format!("{found:?}"))
}

/// How far a fit is: counts and sums that go on in the next batch.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Progress {
    /// Epochs and steps of all fits of the trainer.
    pub(super) epochs_done: usize,
    pub(super) steps_done: u64,
    /// Epochs of this fit that ended.
    pub(super) epochs_run: usize,
    /// Batches of the epoch under way that ended.
    pub(super) batches_done: usize,
    pub(super) rate: f64,
    pub(super) group_weight: f64,
    pub(super) group_scale: f64,
    pub(super) loss_sum: f64,
    pub(super) weight_sum: f64,
    pub(super) good_steps: u64,
    pub(super) gradient_norm: f64,
    /// Seconds of the epoch under way.
    pub(super) seconds: f64,
}

impl Progress {
    /// Returns whether a fit with this number of batches in an epoch can be here. Counts have a limit, so that none
    /// overflows.
    fn is_possible(&self, batches: usize) -> bool {
        const MOST: u64 = 1 << 53;
        let counts = [self.epochs_done as u64, self.steps_done, self.epochs_run as u64, self.good_steps];
        let sums = [self.group_weight, self.weight_sum, self.rate, self.gradient_norm, self.seconds];
        counts.iter().all(|&count| count <= MOST)
            && self.batches_done <= batches
            && sums.iter().all(|sum| sum.is_finite() && *sum >= 0.0)
            && self.loss_sum.is_finite()
            && self.group_scale.is_finite()
            && self.group_scale > 0.0
    }
}

/// A fit under way, to be written.
pub(super) struct Checkpoint<'c, F: Float> {
    pub(super) setup: &'c Setup,
    pub(super) progress: Progress,
    pub(super) network: &'c Network<F>,
    pub(super) history: &'c History,
    /// What `Debug` says of each schedule, and what it remembers.
    pub(super) schedules: Vec<String>,
    pub(super) schedule_states: Vec<Vec<f64>>,
    pub(super) early_stopping: Option<&'c EarlyStopping>,
    /// Sums of gradients, values at the end of the last epoch, values of the best one; empty where there are none.
    pub(super) numbers: [&'c [F]; 3],
}

impl<F: Float> Trainer<'_, F> {
    /// Returns what `Debug` says of each schedule, its state included.
    pub(super) fn describe_schedules(&self) -> Vec<String> {
        self.schedules.iter().map(|schedule| format!("{schedule:?}")).collect()
    }

    pub(super) fn schedule_states(&self) -> Vec<Vec<f64>> {
        self.schedules.iter().map(|(_, schedule)| schedule.state()).collect()
    }

    /// Gives the schedules their states of the checkpoint, after which they must be described as there.
    fn restore_schedules(&mut self, described: &[String], states: &[Vec<f64>]) -> Result<()> {
        let before = self.schedule_states();
        let lengths = |states: &[Vec<f64>]| states.iter().map(Vec::len).collect::<Vec<_>>();
        if lengths(&before) == lengths(states) {
            self.set_schedule_states(states);
        }
        let outcome = demand("the schedules", &described.to_vec(), &self.describe_schedules());
        if outcome.is_err() {
            self.set_schedule_states(&before);
        }
        outcome
    }

    fn set_schedule_states(&mut self, states: &[Vec<f64>]) {
        self.schedules.iter_mut().zip(states).for_each(|((_, schedule), state)| schedule.restore(state));
    }
}

/// The names of [`Checkpoint::numbers`].
const NUMBERS: [&str; 3] = ["training.accumulated", "training.good", "training.best"];

/// What a rule remembers of one parameter; its slots are a tensor.
#[derive(Serialize, Deserialize)]
struct RuleState {
    rule: String,
    steps: u64,
    slots: usize,
}

impl<F: Float> Store for Checkpoint<'_, F> {
    const KIND: &'static str = CHECKPOINT;

    fn store(&self, to: &mut Writer) -> Result<()> {
        store_network(self.network, "", to)?;
        to.set("setup", self.setup)?;
        to.set("progress", &self.progress)?;
        to.set("history", self.history)?;
        let mut rules = BTreeMap::new();
        for (name, parameter) in self.network.named_parameters() {
            if let Some((rule, slots, steps)) = parameter.state() {
                to.add(format!("{TRAINING}optimizer.{name}"), vec![slots.len()], slots);
                rules.insert(name, RuleState { rule: rule.to_owned(), steps, slots: slots.len() });
            }
        }
        to.set("rules", &rules)?;
        to.set("schedules", &self.schedules)?;
        to.set("schedule_states", &self.schedule_states.iter().map(Vec::len).collect::<Vec<_>>())?;
        for (index, state) in self.schedule_states.iter().enumerate() {
            to.add(format!("{TRAINING}schedule.{index}"), vec![state.len()], state);
        }
        to.set("early_stopping", &self.early_stopping.map(|stopping| stopping.settings_text()))?;
        if let Some(stopping) = self.early_stopping {
            to.add(format!("{TRAINING}early_stopping"), vec![2], &stopping.state());
        }
        to.set("lengths", &self.numbers.map(<[F]>::len))?;
        for (name, numbers) in NUMBERS.into_iter().zip(self.numbers) {
            to.add(name, vec![numbers.len()], numbers);
        }
        Ok(())
    }
}

/// A fit as a checkpoint holds it, compared with the one that goes on.
pub(super) struct Saved<F: Float> {
    pub(super) progress: Progress,
    pub(super) history: History,
    pub(super) network: Network<F>,
    pub(super) early_stopping: Option<[f64; 2]>,
    /// As in [`Checkpoint`].
    pub(super) numbers: [Vec<F>; 3],
}

/// Opens a checkpoint; on several ranks rank 0 reads the file, and the others need none.
pub(super) fn open_checkpoint(path: &Path, communicator: Option<&dyn Communicator>) -> Result<io::Result<Contents>> {
    let Some(communicator) = communicator else { return Ok(crate::io::open(path, &[CHECKPOINT])) };
    let read = match communicator.rank() {
        0 => std::fs::read(path).map_err(in_file(path)),
        _ => Ok(Vec::new()),
    };
    let mut bytes = agree_on(communicator, read)?;
    communicator.broadcast(&mut bytes, 0)?;
    Ok(crate::io::open_bytes(&bytes, &[CHECKPOINT]))
}

/// Takes a checkpoint of this setup, network and trainer out of its contents; the schedules take their state, nothing
/// else changes.
pub(super) fn read_checkpoint<F: Float>(
    path: &Path,
    contents: io::Result<Contents>,
    setup: &Setup,
    network: &Network<F>,
    trainer: &mut Trainer<'_, F>,
    batches: usize,
) -> Result<Saved<F>> {
    let mut contents = contents.map_err(in_file(path))?;
    let part = |error| in_file(path)(error);
    let saved: Setup = contents.take("setup").map_err(part)?;
    for ((what, saved), (_, found)) in saved.parts().iter().zip(setup.parts()) {
        demand_text(OPERATION, what, IN_CHECKPOINT, saved, &found)?;
    }
    let architecture: Architecture = contents.take("network").map_err(part)?;
    demand_layers(&architecture, network)?;
    let stopping: Option<String> = contents.take("early_stopping").map_err(part)?;
    demand("early stopping", &stopping, &trainer.early_stopping.as_ref().map(EarlyStopping::settings_text))?;
    let counts: Vec<usize> = contents.take("schedule_states").map_err(part)?;
    let described: Vec<String> = contents.take("schedules").map_err(part)?;
    let (schedules, saved) =
        restore(&mut contents, &architecture, network, &counts, stopping.is_some()).map_err(part)?;
    saved.check(batches).map_err(part)?;
    trainer.restore_schedules(&described, &schedules)?;
    Ok(saved)
}

impl<F: Float> Saved<F> {
    /// Demands counts and sums that a fit can have, and as many numbers as the network.
    fn check(&self, batches: usize) -> io::Result<()> {
        let progress = &self.progress;
        let (mut all, mut trained) = (0, 0);
        self.network.visit(&mut |parameter| {
            all += parameter.len();
            trained += if parameter.is_trainable() { parameter.len() } else { 0 };
        });
        let [accumulated, good, best] = &self.numbers;
        let lengths = [
            (accumulated, trained, progress.group_weight > 0.0 && !accumulated.is_empty()),
            (good, all, progress.batches_done > 0),
            (best, all, !best.is_empty()),
        ];
        let fits =
            lengths.iter().all(|(numbers, length, is_needed)| numbers.len() == if *is_needed { *length } else { 0 });
        let are_finite = self.numbers.iter().flatten().all(|number| number.is_finite());
        if progress.is_possible(batches) && fits && are_finite {
            return Ok(());
        }
        Err(invalid_data("expected counts and sums of a fit under way, found some that no fit can have"))
    }
}

/// Takes the numbers of a checkpoint out: those of the schedules, and the rest.
fn restore<F: Float>(
    from: &mut Contents,
    architecture: &Architecture,
    network: &Network<F>,
    schedules: &[usize],
    has_early_stopping: bool,
) -> io::Result<(Vec<Vec<f64>>, Saved<F>)> {
    let mut network = network.clone();
    restore_parameters(from, "", architecture, &mut network)?;
    network.check_finite_values(OPERATION).map_err(in_content)?;
    let mut rules: BTreeMap<String, RuleState> = from.take("rules")?;
    let names: Vec<_> = network.named_parameters().into_iter().map(|(name, _)| name).collect();
    let (mut names, mut outcome) = (names.into_iter(), Ok(()));
    network.visit_mut(&mut |parameter| {
        let name = names.next().unwrap_or_default();
        match rules.remove(&name).filter(|_| outcome.is_ok()) {
            None => parameter.reset_state(),
            Some(RuleState { rule, steps, slots }) => {
                let numbers = from.take_numbers::<F>(&format!("{TRAINING}optimizer.{name}"), &[slots]);
                outcome = numbers.and_then(|numbers| {
                    if !numbers.iter().all(|number| number.is_finite()) {
                        return Err(invalid_data(format!("expected finite numbers of the rule for {name:?}")));
                    }
                    parameter.set_state(rule, numbers, steps.min(u64::MAX / 2));
                    Ok(())
                });
            }
        }
    });
    outcome?;
    if let Some(name) = rules.keys().next() {
        return Err(invalid_data(format!(
            "expected rules for parameters that exist, found one for {}",
            quote(name.as_bytes())
        )));
    }
    let schedule =
        |(index, &count): (usize, &usize)| from.take_numbers(&format!("{TRAINING}schedule.{index}"), &[count]);
    let schedules = schedules.iter().enumerate().map(schedule).collect::<io::Result<_>>()?;
    let early_stopping = match has_early_stopping {
        true => from.take_numbers(&format!("{TRAINING}early_stopping"), &[2])?.try_into().ok(),
        false => None,
    };
    let lengths: [usize; 3] = from.take("lengths")?;
    let mut numbers = [const { Vec::new() }; 3];
    for ((name, length), numbers) in NUMBERS.into_iter().zip(lengths).zip(&mut numbers) {
        *numbers = from.take_numbers(name, &[length])?;
    }
    let (progress, history) = (from.take("progress")?, from.take("history")?);
    from.demand_empty()?;
    Ok((schedules, Saved { progress, history, network, early_stopping, numbers }))
}

/// Demands that the network has the layers of the checkpoint.
fn demand_layers<F: Float>(saved: &Architecture, network: &Network<F>) -> Result<()> {
    demand("a network with this number of inputs:", &saved.inputs, &network.input_size())?;
    demand("a network with this number of layers:", &saved.layers.len(), &network.layers().len())?;
    for (index, (saved, layer)) in saved.layers.iter().zip(network.layers()).enumerate() {
        if *saved != layer.describe() {
            let expected = format!("layer {index} of the network to be {}, as in the checkpoint", describe(saved));
            return Err(Error::invalid(OPERATION, expected, describe(&layer.describe())));
        }
    }
    Ok(())
}

/// Returns kind and settings as one line.
fn describe(description: &Description) -> String {
    let text = serde_json::to_string(description);
    shorten(text.unwrap_or_else(|_| description.to_string()), 300)
}
