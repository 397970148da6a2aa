//! What ranks do before a fit: they compare what must be equal, and take over the state of rank 0.

use super::setup::{Setup, demand_text};
use super::trainer::Trainer;
use crate::distributed::{Communicator, agree};
use crate::kernel::{as_bytes, as_bytes_mut};
use crate::{Error, Float, Network, Optimizer, Result};

/// The name of the operation in errors.
const OPERATION: &str = "Trainer::across";

/// Returns what a program was built with that its results, or the files of a fit, depend on.
pub(crate) fn build() -> String {
    let endian = if cfg!(target_endian = "big") { "big-endian" } else { "little-endian" };
    let features = [
        ("mpi", cfg!(feature = "mpi")),
        ("parallel", cfg!(feature = "parallel")),
        ("safetensors", cfg!(feature = "safetensors")),
    ];
    let features: Vec<_> = features.into_iter().filter(|(_, is_on)| *is_on).map(|(name, _)| name).collect();
    format!("feedforward {}, {endian}, with the features {features:?}", env!("CARGO_PKG_VERSION"))
}

/// Returns the program and the network as texts, each with what it is called in an error.
pub(crate) fn describe_network<F: Float>(network: &Network<F>) -> Vec<(&'static str, String)> {
    let layers = network.layers().iter().map(|layer| format!("{:?}", layer.describe()));
    let frozen: Vec<bool> = network.parameters().map(|parameter| parameter.is_frozen()).collect();
    vec![
        ("a program built as", build()),
        ("a network with the layers", layers.collect::<Vec<_>>().join(", ")),
        ("frozen parameters:", format!("{frozen:?}")),
    ]
}

/// Demands the same setup and network on all ranks; the error on all of them says what differs, and where.
pub(super) fn demand_same<F: Float>(
    communicator: &dyn Communicator,
    setup: &Setup,
    trainer: &Trainer<'_, F>,
    network: &Network<F>,
) -> Result<()> {
    let mut parts = describe_network(network);
    parts.extend(setup.parts());
    parts.push(("epochs:", trainer.epochs.to_string()));
    let schedules: Vec<_> =
        trainer.schedules.iter().map(|(every, schedule)| format!("{every:?} {schedule:?}")).collect();
    parts.push(("the schedules", schedules.join(", ")));
    parts.push(("early stopping", format!("{:?}", trainer.early_stopping)));
    parts.push(("a target loss of", format!("{:?}", trainer.target_loss)));
    parts.push(("the reduction", format!("{:?}", trainer.reduction)));
    parts.push(("shards:", trainer.shards.to_string()));
    parts.push(("rows in parts:", trainer.is_partitioned.to_string()));
    demand_same_parts(OPERATION, communicator, &parts)
}

/// Demands the same texts on all ranks.
pub(crate) fn demand_same_parts(
    operation: &'static str,
    communicator: &dyn Communicator,
    parts: &[(&'static str, String)],
) -> Result<()> {
    // A text that holds the separator would only be cut in the error.
    let own: Vec<String> = parts.iter().map(|(_, text)| text.replace('\0', " ")).collect();
    let mut first = own.join("\0").into_bytes();
    communicator.broadcast(&mut first, 0)?;
    let first = String::from_utf8_lossy(&first).into_owned();
    let mut of_first = first.split('\0');
    let compare = |((what, _), own): (&(&'static str, String), &String)| {
        demand_text(operation, what, "on rank 0", of_first.next().unwrap_or("nothing"), own)
    };
    agree(communicator, parts.iter().zip(&own).try_for_each(compare))
}

/// Gives all ranks the weights, the state of the optimizer and of the schedules, and the counts of rank 0.
pub(super) fn take_over_state<F: Float>(
    communicator: &dyn Communicator,
    trainer: &mut Trainer<'_, F>,
    network: &mut Network<F>,
    optimizer: &mut dyn Optimizer<F>,
) -> Result<()> {
    let mut message = Vec::new();
    if communicator.rank() == 0 {
        write_state(&mut message, trainer, network, optimizer);
    }
    communicator.broadcast(&mut message, 0)?;
    let outcome = match communicator.rank() {
        0 => Ok(()),
        _ => read_state(&mut Reader(&message), trainer, network, optimizer),
    };
    agree(communicator, outcome)
}

fn write_state<F: Float>(
    to: &mut Vec<u8>,
    trainer: &Trainer<'_, F>,
    network: &Network<F>,
    optimizer: &mut dyn Optimizer<F>,
) {
    let put = |to: &mut Vec<u8>, number: u64| to.extend(number.to_le_bytes());
    put(to, trainer.epochs_done as u64);
    put(to, trainer.steps_done);
    put(to, optimizer.learning_rate().to_bits());
    for (_, schedule) in &trainer.schedules {
        let state = schedule.state();
        put(to, state.len() as u64);
        to.extend(as_bytes(&state));
    }
    network.visit(&mut |parameter| {
        to.extend(as_bytes(parameter.values()));
        let (rule, slots, steps) = parameter.state().unwrap_or(("", &[], 0));
        for number in [rule.len() as u64, slots.len() as u64, steps] {
            put(to, number);
        }
        to.extend(rule.as_bytes());
        to.extend(as_bytes(slots));
    });
}

fn read_state<F: Float>(
    from: &mut Reader<'_>,
    trainer: &mut Trainer<'_, F>,
    network: &mut Network<F>,
    optimizer: &mut dyn Optimizer<F>,
) -> Result<()> {
    trainer.epochs_done = from.number()? as usize;
    trainer.steps_done = from.number()?;
    let rate = f64::from_bits(from.number()?);
    for (_, schedule) in &mut trainer.schedules {
        let length = from.number()?;
        schedule.restore(&from.numbers(length)?);
    }
    let mut outcome = Ok(());
    network.visit_mut(&mut |parameter| {
        if outcome.is_ok() {
            outcome = read_parameter(from, parameter);
        }
    });
    outcome?;
    optimizer.set_learning_rate(rate)
}

fn read_parameter<F: Float>(from: &mut Reader<'_>, parameter: &mut crate::Parameter<F>) -> Result<()> {
    let values = from.numbers::<F>(parameter.len() as u64)?;
    parameter.values_and_gradients_mut().0.copy_from_slice(&values);
    let [rule, slots, steps] = [from.number()?, from.number()?, from.number()?];
    let rule = String::from_utf8_lossy(from.bytes(rule)?).into_owned();
    let slots = from.numbers(slots)?;
    if rule.is_empty() {
        parameter.reset_state();
    } else {
        parameter.set_state(rule, slots, steps);
    }
    Ok(())
}

/// Takes the parts of a message out, one after another.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn bytes(&mut self, length: u64) -> Result<&'a [u8]> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let taken = self.0.split_off(..length);
        taken.ok_or_else(|| Error::invalid(OPERATION, "the whole state of rank 0", "an end within it"))
    }

    fn number(&mut self) -> Result<u64> {
        let bytes = self.bytes(8)?;
        Ok(bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte)))
    }

    fn numbers<F: Float>(&mut self, count: u64) -> Result<Vec<F>> {
        let bytes = self.bytes(count.saturating_mul(size_of::<F>() as u64))?;
        let mut numbers = vec![F::zero(); bytes.len() / size_of::<F>()];
        as_bytes_mut(&mut numbers).copy_from_slice(bytes);
        Ok(numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distributed::Threads;

    #[test]
    fn programs_that_were_built_differently_are_refused_on_all_ranks() {
        let texts = Threads::run(3, |communicator| {
            let version =
                if communicator.rank() == 1 { build().replace("feedforward 0", "feedforward 7") } else { build() };
            let outcome = demand_same_parts(OPERATION, communicator, &[("a program built as", version)]);
            Ok(outcome.unwrap_err().to_string())
        });
        let texts = texts.unwrap();
        assert!(texts[1].starts_with("Trainer::across: expected a program built as feedforward 0."), "{texts:?}");
        assert!(texts[1].contains("as on rank 0, found feedforward 7."), "{texts:?}");
        assert_eq!([&texts[0], &texts[2]], [&format!("rank 1: {}", texts[1]); 2]);
    }
}
