//! Observers that report: a progress bar, a log line per epoch.

#[cfg(feature = "progress")]
use super::bar::Bar;
use super::{EpochRecord, Observer};
use crate::{Float, Network};
use std::ops::ControlFlow;

/// Shows a progress bar on standard error: steps, loss, the last metrics, time left. Feature `progress`.
///
/// Where standard error is no terminal, it prints one line per epoch instead.
///
/// ```
/// use feedforward::training::ProgressBar;
/// use feedforward::{Dataset, Identity, Mse, Network, Sgd, Trainer};
/// use ndarray::array;
///
/// let data = Dataset::new(array![[1.0], [2.0]], array![[2.0], [4.0]])?;
/// let mut network = Network::<f64>::builder(1).dense(1, Identity).build()?;
/// Trainer::new(3).observer(ProgressBar::new()).fit(&mut network, &data, &Mse, &mut Sgd::new(0.1)?)?;
/// # Ok::<(), feedforward::Error>(())
/// ```
#[cfg(feature = "progress")]
#[derive(Debug, Default)]
pub struct ProgressBar {
    bar: Bar,
    last: String,
}

#[cfg(feature = "progress")]
impl ProgressBar {
    /// Makes a bar that appears when training starts.
    pub fn new() -> Self {
        Self::default()
    }
}

#[cfg(feature = "progress")]
impl<F: Float> Observer<F> for ProgressBar {
    fn start(&mut self, epochs: usize, steps: usize) {
        self.last.clear();
        self.bar.start((epochs as u64).saturating_mul(steps as u64));
    }

    fn step(&mut self, step: usize, loss: F) -> ControlFlow<()> {
        self.bar.advance();
        // The text is only formatted when it may be drawn.
        if step.is_multiple_of(16) && self.bar.is_visible() {
            self.bar.set_message(format!("loss {:.4}{}", loss.widen(), self.last));
        }
        ControlFlow::Continue(())
    }

    fn epoch(&mut self, _network: &Network<F>, record: &EpochRecord) -> ControlFlow<()> {
        let line = format_record(record);
        self.last = format!(", {line}");
        self.bar.report(line);
        ControlFlow::Continue(())
    }

    fn end(&mut self) {
        self.bar.end();
    }

    fn is_display(&self) -> bool {
        true
    }
}

/// Logs a line at level `info` per epoch, through the crate `log`. Feature `log`.
///
/// ```
/// use feedforward::training::LogEpochs;
/// use feedforward::{Dataset, Identity, Mse, Network, Sgd, Trainer};
/// use ndarray::array;
///
/// let data = Dataset::new(array![[1.0], [2.0]], array![[2.0], [4.0]])?;
/// let mut network = Network::<f64>::builder(1).dense(1, Identity).build()?;
/// Trainer::new(3).observer(LogEpochs).fit(&mut network, &data, &Mse, &mut Sgd::new(0.1)?)?;
/// # Ok::<(), feedforward::Error>(())
/// ```
#[cfg(feature = "log")]
#[derive(Debug, Clone, Copy, Default)]
pub struct LogEpochs;

#[cfg(feature = "log")]
impl<F: Float> Observer<F> for LogEpochs {
    fn epoch(&mut self, _network: &Network<F>, record: &EpochRecord) -> ControlFlow<()> {
        log::info!(target: "feedforward", "{}", format_record(record));
        ControlFlow::Continue(())
    }

    fn is_display(&self) -> bool {
        true
    }
}

/// Formats a record, such as "epoch 3: loss 0.1234, validation 0.2345, accuracy 0.9500".
fn format_record(record: &EpochRecord) -> String {
    let validation = record.validation_loss.map(|loss| format!(", validation {loss:.4}"));
    let metrics = record.metrics.iter().map(|(name, value)| format!(", {name} {value:.4}"));
    let rest: String = validation.into_iter().chain(metrics).collect();
    format!("epoch {}: loss {:.4}{rest}", record.epoch, record.training_loss)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_all_there_is() {
        let mut record = EpochRecord {
            epoch: 3,
            training_loss: 0.5,
            validation_loss: None,
            metrics: Vec::new(),
            learning_rate: 0.1,
            gradient_norm: 1.0,
            seconds: 0.0,
        };
        assert_eq!(format_record(&record), "epoch 3: loss 0.5000");
        record.validation_loss = Some(0.25);
        record.metrics.push(("accuracy".to_owned(), 0.75));
        assert_eq!(format_record(&record), "epoch 3: loss 0.5000, validation 0.2500, accuracy 0.7500");
    }
}
