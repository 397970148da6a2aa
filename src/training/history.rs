//! [`History`]: the record of each epoch of a fit.

use crate::data::csv_field;
use crate::{Error, Result};
use std::fmt::Write as _;
use std::io::{self, Write};

/// The record of one epoch.
///
/// ```
/// use feedforward::{Dataset, Identity, Mse, Network, Sgd, Trainer};
/// use ndarray::array;
///
/// let data = Dataset::new(array![[1.0], [2.0], [3.0]], array![[2.0], [4.0], [6.0]])?;
/// let mut network = Network::<f64>::builder(1).dense(1, Identity).build()?;
/// let history = Trainer::new(5).validation(&data).fit(&mut network, &data, &Mse, &mut Sgd::new(0.1)?)?;
/// for record in history.epochs() {
///     println!("{}: {} {:?}", record.epoch, record.training_loss, record.validation_loss);
/// }
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct EpochRecord {
    /// Number of the epoch, counted from 1, over all fits of the trainer.
    pub epoch: usize,
    /// Mean training loss over the epoch, each batch before its update, penalties included.
    #[cfg_attr(feature = "serde", serde(with = "crate::serialize::number"))]
    pub training_loss: f64,
    /// Loss of the validation set at the end of the epoch, without penalties, if there is one.
    #[cfg_attr(feature = "serde", serde(with = "crate::serialize::optional_number"))]
    pub validation_loss: Option<f64>,
    /// Name and value of each metric at the end of the epoch, of the validation set if there is one.
    #[cfg_attr(feature = "serde", serde(with = "crate::serialize::named_numbers"))]
    pub metrics: Vec<(String, f64)>,
    /// Learning rate of the last step.
    #[cfg_attr(feature = "serde", serde(with = "crate::serialize::number"))]
    pub learning_rate: f64,
    /// Norm of the gradient of the last step, after the hooks.
    #[cfg_attr(feature = "serde", serde(with = "crate::serialize::number"))]
    pub gradient_norm: f64,
    /// Duration of the epoch in seconds, validation and metrics included. Not part of `==`.
    #[cfg_attr(feature = "serde", serde(with = "crate::serialize::number"))]
    pub seconds: f64,
}

impl EpochRecord {
    /// Records an epoch that was neither validated nor scored.
    pub(crate) fn new(epoch: usize, training_loss: f64, learning_rate: f64, gradient_norm: f64, seconds: f64) -> Self {
        let (validation_loss, metrics) = (None, Vec::new());
        Self { epoch, training_loss, validation_loss, metrics, learning_rate, gradient_norm, seconds }
    }
}

/// Compares everything but the duration: the same seed gives the same history.
impl PartialEq for EpochRecord {
    fn eq(&self, other: &Self) -> bool {
        let numbers = |record: &Self| {
            let validation_loss = record.validation_loss.map(f64::to_bits);
            let rest = [record.training_loss, record.learning_rate, record.gradient_norm].map(f64::to_bits);
            (record.epoch, validation_loss, rest)
        };
        let metrics = |record: &Self| -> Vec<_> {
            record.metrics.iter().map(|(name, value)| (name.clone(), value.to_bits())).collect()
        };
        numbers(self) == numbers(other) && metrics(self) == metrics(other)
    }
}

/// Why a fit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Ending {
    /// After the number of epochs, steps or rounds that was asked for.
    Completed,
    /// The loss no longer improved: see [`EarlyStopping`](super::EarlyStopping).
    EarlyStopping,
    /// The target loss was reached.
    TargetLoss,
    /// An observer ended it.
    Observer,
    /// Gradient, weights or loss no longer change by more than the tolerance.
    Converged,
    /// No step along the search direction lowers the loss, although the gradient is above the tolerance.
    CouldNotDescend,
}

/// The records of all epochs of a fit.
///
/// ```
/// use feedforward::{Dataset, Identity, Mse, Network, Sgd, Trainer};
/// use ndarray::array;
///
/// let data = Dataset::new(array![[1.0], [2.0], [3.0]], array![[2.0], [4.0], [6.0]])?;
/// let mut network = Network::<f64>::builder(1).dense(1, Identity).build()?;
/// let history = Trainer::new(50).batch_size(3).fit(&mut network, &data, &Mse, &mut Sgd::new(0.1)?)?;
/// assert_eq!(history.len(), 50);
/// assert!(history.last().unwrap().training_loss < history.epochs()[0].training_loss);
/// let mut table = Vec::new();
/// history.write_csv(&mut table)?;
/// assert!(table.starts_with(b"epoch,training_loss,validation_loss,learning_rate,gradient_norm,seconds\n1,"));
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct History {
    pub(crate) epochs: Vec<EpochRecord>,
    pub(crate) best_epoch: Option<usize>,
    pub(crate) ending: Option<Ending>,
}

impl History {
    /// Returns one record for each epoch.
    pub fn epochs(&self) -> &[EpochRecord] {
        &self.epochs
    }

    /// Returns the record of the last epoch.
    pub fn last(&self) -> Option<&EpochRecord> {
        self.epochs.last()
    }

    /// Returns how many epochs were trained.
    pub fn len(&self) -> usize {
        self.epochs.len()
    }

    /// Returns whether no epoch was trained.
    pub fn is_empty(&self) -> bool {
        self.epochs.is_empty()
    }

    /// Returns the epoch with the best loss, if early stopping watched it.
    pub fn best_epoch(&self) -> Option<usize> {
        self.best_epoch
    }

    /// Returns why the fit ended; `None` after an error.
    pub fn ending(&self) -> Option<Ending> {
        self.ending
    }

    /// Writes a table with a header and one line per epoch; the field is empty where there is no validation loss.
    ///
    /// # Errors
    /// When `to` cannot be written.
    pub fn write_csv(&self, mut to: impl Write) -> Result<()> {
        let mut text = String::from("epoch,training_loss,validation_loss,learning_rate,gradient_norm,seconds");
        for (name, _) in self.epochs.first().map_or(&[][..], |record| &record.metrics) {
            let _ = write!(text, ",{}", csv_field(name));
        }
        text.push('\n');
        for record in &self.epochs {
            let EpochRecord { epoch, training_loss, learning_rate, gradient_norm, seconds, .. } = record;
            let validation_loss = record.validation_loss.map_or(String::new(), |loss| loss.to_string());
            let _ = write!(text, "{epoch},{training_loss},{validation_loss},{learning_rate},{gradient_norm},{seconds}");
            for (_, value) in &record.metrics {
                let _ = write!(text, ",{value}");
            }
            text.push('\n');
        }
        to.write_all(text.as_bytes()).map_err(not_written)
    }

    /// Writes an array of objects, one per epoch; `null` stands for a missing value and for one that is not finite.
    ///
    /// # Errors
    /// When `to` cannot be written.
    pub fn write_json(&self, mut to: impl Write) -> Result<()> {
        let records: Vec<_> = self.epochs.iter().map(json_object).collect();
        let body = if records.is_empty() { String::new() } else { format!("\n  {}\n", records.join(",\n  ")) };
        to.write_all(format!("[{body}]\n").as_bytes()).map_err(not_written)
    }
}

fn not_written(source: io::Error) -> Error {
    Error::File { path: "history".into(), source }
}

fn json_object(record: &EpochRecord) -> String {
    let metrics: Vec<_> =
        record.metrics.iter().map(|(name, value)| format!("{}: {}", json_string(name), json_number(*value))).collect();
    format!(
        "{{\"epoch\": {}, \"training_loss\": {}, \"validation_loss\": {}, \"metrics\": {{{}}}, \"learning_rate\": {}, \
         \"gradient_norm\": {}, \"seconds\": {}}}",
        record.epoch,
        json_number(record.training_loss),
        record.validation_loss.map_or("null".to_owned(), json_number),
        metrics.join(", "),
        json_number(record.learning_rate),
        json_number(record.gradient_norm),
        json_number(record.seconds),
    )
}

fn json_number(value: f64) -> String {
    if value.is_finite() { value.to_string() } else { "null".to_owned() }
}

fn json_string(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            control if control < ' ' => {
                let _ = write!(quoted, "\\u{:04x}", control as u32);
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}
