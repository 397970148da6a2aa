//! [`Setup`]: what must be the same in the run that goes on from a checkpoint.

use super::trainer::Trainer;
use crate::data::shorten;
use crate::{Dataset, Error, Float, Loss, Optimizer, Result};
use serde::{Deserialize, Serialize};
use std::fmt::Debug;

/// The name of the operation in errors.
pub(super) const OPERATION: &str = "Trainer::resume";

/// What must be the same in the run that goes on, or its bits would differ.
///
/// Rules, losses and the like are compared by the text that `Debug` gives them: it holds all of their settings.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Setup {
    precision: String,
    loss: String,
    optimizer: String,
    batch_size: usize,
    seed: u64,
    shuffles: bool,
    accumulate: usize,
    drops_last: bool,
    hooks: String,
    metrics: Vec<String>,
    data: Sample,
    validation: Option<Sample>,
}

/// Counts and a checksum that tell one data set from another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Sample {
    rows: usize,
    inputs: usize,
    targets: usize,
    has_weights: bool,
    checksum: String,
}

/// Rows that the checksum is computed from.
const SAMPLED_ROWS: usize = 64;

impl Sample {
    fn of<F: Float>(data: &Dataset<F>) -> Self {
        let mut hash = Fnv::default();
        for sample in 0..data.len().min(SAMPLED_ROWS) {
            // Evenly spread, the first and the last row among them.
            let row = sample * (data.len() - 1) / (data.len().min(SAMPLED_ROWS) - 1).max(1);
            data.inputs().row(row).iter().chain(data.targets().row(row)).for_each(|&number| hash.add(number));
            data.weights().iter().for_each(|weights| hash.add(weights[row]));
        }
        let (inputs, targets, has_weights) = (data.inputs().ncols(), data.targets().ncols(), data.weights().is_some());
        Self { rows: data.len(), inputs, targets, has_weights, checksum: format!("{:016x}", hash.0) }
    }
}

/// The hash FNV-1a of the bits of numbers.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    fn add<F: Float>(&mut self, number: F) {
        for byte in number.widen().to_le_bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

impl Setup {
    pub(super) fn new<F: Float>(
        trainer: &Trainer<'_, F>,
        data: &Dataset<F>,
        validation: Option<&Dataset<F>>,
        loss: &dyn Loss<F>,
        optimizer: &dyn Optimizer<F>,
    ) -> Self {
        Self {
            precision: std::any::type_name::<F>().to_owned(),
            loss: format!("{loss:?}"),
            optimizer: format!("{optimizer:?}"),
            batch_size: trainer.batch_size,
            seed: trainer.seed,
            shuffles: trainer.shuffle,
            accumulate: trainer.accumulate,
            drops_last: trainer.drops_last,
            hooks: format!("{:?}", trainer.hooks),
            metrics: trainer.metrics.iter().map(|metric| metric.name()).collect(),
            data: Sample::of(data),
            validation: validation.map(Sample::of),
        }
    }

    /// Demands that this setup is the one of the checkpoint; the error names the first difference.
    pub(super) fn demand(&self, saved: &Self) -> Result<()> {
        demand("the precision", &saved.precision, &self.precision)?;
        demand("data", &saved.data, &self.data)?;
        demand("validation data", &saved.validation, &self.validation)?;
        demand("the loss", &saved.loss, &self.loss)?;
        demand("the optimizer", &saved.optimizer, &self.optimizer)?;
        demand("a batch size of", &saved.batch_size, &self.batch_size)?;
        demand("the seed", &saved.seed, &self.seed)?;
        demand("shuffling:", &saved.shuffles, &self.shuffles)?;
        demand("batches to accumulate:", &saved.accumulate, &self.accumulate)?;
        demand("dropping of the last batch:", &saved.drops_last, &self.drops_last)?;
        demand("the hooks", &saved.hooks, &self.hooks)?;
        demand("the metrics", &saved.metrics, &self.metrics)
    }
}

/// Demands that a part is as in the checkpoint.
pub(super) fn demand<T: PartialEq + Debug>(what: &str, saved: &T, found: &T) -> Result<()> {
    if saved == found {
        return Ok(());
    }
    let [saved, found] = [saved, found].map(|value| shorten(format!("{value:?}"), 300));
    Err(Error::invalid(OPERATION, format!("{what} {saved}, as in the checkpoint"), found))
}
