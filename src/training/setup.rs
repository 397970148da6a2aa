//! [`Setup`]: what must be the same in the run that goes on from a checkpoint, and on all ranks.

use super::trainer::Trainer;
use crate::data::{Batch, Examples, gather, shorten};
use crate::{Error, Float, Loss, Optimizer, Result};
use std::fmt::Debug;

/// What must be the same in the run that goes on and on all ranks, or the bits would differ.
///
/// Rules, losses and the like are compared by the text that `Debug` gives them: it holds all of their settings.
#[derive(Debug, PartialEq)]
#[cfg_attr(feature = "safetensors", derive(serde::Serialize, serde::Deserialize))]
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
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "safetensors", derive(serde::Serialize, serde::Deserialize))]
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
    fn of<F: Float>(operation: &'static str, data: &dyn Examples<F>) -> Result<Self> {
        // Evenly spread, the first and the last row among them.
        let count = data.len().min(SAMPLED_ROWS);
        let rows: Vec<_> = (0..count).map(|sample| sample * (data.len() - 1) / (count - 1).max(1)).collect();
        let (mut batch, mut hash) = (Batch::default(), Fnv::default());
        gather(operation, data, &rows, &mut batch)?;
        for row in 0..count {
            batch
                .inputs()
                .row(row)
                .iter()
                .chain(batch.targets().row(row))
                .for_each(|number| hash.add(number.widen().to_bits()));
            batch.weights().iter().for_each(|weights| hash.add(weights[row].widen().to_bits()));
        }
        let (inputs, targets, has_weights) = (data.input_size(), data.target_size(), data.has_weights());
        Ok(Self { rows: data.len(), inputs, targets, has_weights, checksum: hash.text() })
    }
}

/// Describes a data set by its counts and a checksum of some rows.
pub(crate) fn describe_data<F: Float>(operation: &'static str, data: &dyn Examples<F>) -> Result<String> {
    Sample::of(operation, data).map(|sample| format!("{sample:?}"))
}

/// The hash FNV-1a.
pub(crate) struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    /// Adds eight bytes: the bits of a number.
    pub(crate) fn add(&mut self, bits: u64) {
        for byte in bits.to_le_bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    /// Returns the hash as text.
    pub(crate) fn text(&self) -> String {
        format!("{:016x}", self.0)
    }
}

impl Setup {
    pub(super) fn new<F: Float>(
        trainer: &Trainer<'_, F>,
        data: &dyn Examples<F>,
        validation: Option<&dyn Examples<F>>,
        loss: &dyn Loss<F>,
        optimizer: &dyn Optimizer<F>,
    ) -> Result<Self> {
        Ok(Self {
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
            data: Sample::of("Trainer", data)?,
            validation: validation.map(|data| Sample::of("Trainer", data)).transpose()?,
        })
    }

    /// Returns the parts as texts, each with what it is called in an error: "expected the loss Mse, ...".
    pub(super) fn parts(&self) -> Vec<(&'static str, String)> {
        let text = |part: &dyn Debug| format!("{part:?}");
        vec![
            ("the precision", text(&self.precision)),
            ("data", text(&self.data)),
            ("validation data", text(&self.validation)),
            ("the loss", text(&self.loss)),
            ("the optimizer", text(&self.optimizer)),
            ("a batch size of", text(&self.batch_size)),
            ("the seed", text(&self.seed)),
            ("shuffling:", text(&self.shuffles)),
            ("batches to accumulate:", text(&self.accumulate)),
            ("dropping of the last batch:", text(&self.drops_last)),
            ("the hooks", text(&self.hooks)),
            ("the metrics", text(&self.metrics)),
        ]
    }
}

/// Demands that the text of a part is as elsewhere: "in the checkpoint", "on rank 0".
pub(super) fn demand_text(
    operation: &'static str,
    what: &str,
    elsewhere: &str,
    saved: &str,
    found: &str,
) -> Result<()> {
    if saved == found {
        return Ok(());
    }
    let [saved, found] = show_difference([saved, found]);
    Err(Error::invalid(operation, format!("{what} {saved}, as {elsewhere}"), found))
}

/// Shortens two texts to where they begin to differ.
fn show_difference(texts: [&str; 2]) -> [String; 2] {
    const SHOWN: usize = 300;
    if texts.iter().all(|text| text.len() <= SHOWN) {
        return texts.map(str::to_owned);
    }
    let same = texts[0].chars().zip(texts[1].chars()).take_while(|(one, other)| one == other).count();
    let start = same.saturating_sub(SHOWN / 4);
    let before = if start > 0 { "..." } else { "" };
    texts.map(|text| format!("{before}{}", shorten(text.chars().skip(start).collect(), SHOWN)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_shown_where_they_differ() {
        let text = |number: usize| format!("{}, hidden: [{number}], {}", "a".repeat(5000), "b".repeat(5000));
        let [first, second] = show_difference([&text(16), &text(32)]);
        assert!(first.starts_with("...aaa") && first.contains("hidden: [16]") && first.ends_with("b..."), "{first}");
        assert!(second.contains("hidden: [32]") && second.len() < 310, "{second}");
        let at_the_start = show_difference(["x", &"y".repeat(1000)]);
        assert_eq!(at_the_start, ["x".to_owned(), format!("{}...", "y".repeat(300))]);
    }
}
