//! Writing checkpoints of a fit, and going on from one.

use super::checkpoint::{Checkpoint, Progress, Saved, open_checkpoint, read_checkpoint};
use super::epochs::Fit;
use super::setup::Setup;
use super::trainer::Interval;
use super::{Ending, History, Trainer};
use crate::data::Examples;
use crate::distributed::agree_among;
use crate::{Float, Loss, Network, Optimizer, Result};
use std::path::Path;

impl<F: Float> Trainer<'_, F> {
    /// Goes on with a fit from its [checkpoint](Self::checkpoint), and ends with the same bits as if it had never
    /// stopped.
    ///
    /// Everything is made anew as it was for `fit`: the trainer with its settings, a network of the same layers, the
    /// same data, loss and optimizer. The number of epochs may be larger than before. A fit that had ended returns at
    /// once. The checkpoints go on if the trainer has them.
    ///
    /// # Errors
    /// As for [`fit`](Self::fit); when the file is no checkpoint; and when data, network, loss, optimizer or a setting
    /// are not those of the checkpoint: the error says which, and nothing has changed.
    ///
    /// ```
    /// use feedforward::training::Interval;
    /// use feedforward::{Adam, Dataset, Identity, Mse, Network, Trainer};
    /// use ndarray::array;
    ///
    /// let path = std::env::temp_dir().join(format!("resume-{}.safetensors", std::process::id()));
    /// let data = Dataset::new(array![[1.0], [2.0], [3.0]], array![[2.0], [4.0], [6.0]])?;
    /// let train = |epochs, resumes| {
    ///     let mut network = Network::<f64>::builder(1).dense(1, Identity).seed(1).build()?;
    ///     let mut trainer = Trainer::new(epochs).batch_size(2).checkpoint(&path, Interval::Epochs(1));
    ///     let (loss, mut optimizer) = (Mse, Adam::new(0.1)?);
    ///     let history = if resumes {
    ///         trainer.resume(&path, &mut network, &data, &loss, &mut optimizer)?
    ///     } else {
    ///         trainer.fit(&mut network, &data, &loss, &mut optimizer)?
    ///     };
    ///     Ok::<_, feedforward::Error>((network, history))
    /// };
    /// train(3, false)?;
    /// let resumed = train(5, true)?;
    /// assert_eq!(resumed, train(5, false)?);
    /// # std::fs::remove_file(&path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "safetensors")]
    pub fn resume(
        &mut self,
        path: impl AsRef<Path>,
        network: &mut Network<F>,
        data: &dyn Examples<F>,
        loss: &dyn Loss<F>,
        optimizer: &mut dyn Optimizer<F>,
    ) -> Result<History> {
        let path = path.as_ref();
        self.run(network, data, loss, optimizer, |fit| fit.go_on_from(path))
    }
}

impl<F: Float> Fit<'_, '_, F> {
    /// Takes everything over from a checkpoint.
    fn go_on_from(&mut self, path: &Path) -> Result<()> {
        let setup = Setup::new(self.trainer, self.data, self.validation, self.loss, self.optimizer)?;
        let communicator = self.ranks.as_ref().map(|ranks| ranks.communicator);
        let contents = open_checkpoint(path, communicator)?;
        let saved = read_checkpoint(path, contents, &setup, self.network, self.trainer, self.batches());
        let saved = agree_among(communicator, saved)?;
        let Saved { progress, history, network, early_stopping, numbers } = saved;
        *self.network = network;
        (self.trainer.epochs_done, self.trainer.steps_done) = (progress.epochs_done, progress.steps_done);
        // An observer ended that run, not the training.
        let ending = history.ending.filter(|&ending| ending != Ending::Observer);
        self.trainer.history = History { ending, ..history };
        if let (Some(stopping), Some(state)) = (&mut self.trainer.early_stopping, early_stopping) {
            stopping.restore(state);
        }
        (self.epochs_run, self.batches_done) = (progress.epochs_run, progress.batches_done);
        (self.loss_sum, self.weight_sum) = (progress.loss_sum, progress.weight_sum);
        (self.group_weight, self.group_scale) = (progress.group_weight, progress.group_scale);
        self.good_steps = progress.good_steps;
        self.gradient_norm = Some(progress.gradient_norm);
        self.seconds_before = progress.seconds;
        [self.accumulated, self.good, self.best] = numbers;
        self.setup = self.trainer.checkpoint.is_some().then_some((setup, progress.steps_done));
        self.optimizer.set_learning_rate(progress.rate)
    }

    /// Writes a checkpoint after a step if it is time, or if the fit ends here.
    pub(super) fn write_checkpoint_after_step(&mut self, stops: bool) -> Result<()> {
        let (Some((_, last)), Some((_, every))) = (&self.setup, &self.trainer.checkpoint) else { return Ok(()) };
        let is_due = matches!(*every, Interval::Steps(steps) if self.trainer.steps_done - last >= steps);
        if is_due || stops { self.write_checkpoint_on_first_rank() } else { Ok(()) }
    }

    /// Writes a checkpoint after an epoch if it is time, or if it was the last one. An epoch that an observer ended was
    /// written when it did.
    pub(super) fn write_checkpoint_after_epoch(&mut self) -> Result<()> {
        let Some((_, every)) = &self.trainer.checkpoint else { return Ok(()) };
        let is_last = self.epochs_run == self.trainer.epochs;
        let is_due = matches!(*every, Interval::Epochs(epochs) if self.epochs_run.is_multiple_of(epochs)) || is_last;
        let is_needed = is_due || self.trainer.history.ending.is_some();
        if is_needed && !self.is_cut { self.write_checkpoint_on_first_rank() } else { Ok(()) }
    }

    /// Writes a checkpoint; on several ranks rank 0 does, and all hear how it went.
    fn write_checkpoint_on_first_rank(&mut self) -> Result<()> {
        let outcome = if self.is_first_rank() {
            self.write_checkpoint()
        } else {
            self.setup.iter_mut().for_each(|(_, last)| *last = self.trainer.steps_done);
            Ok(())
        };
        match &mut self.ranks {
            Some(ranks) => ranks.agree(outcome),
            None => outcome,
        }
    }

    #[cold]
    fn write_checkpoint(&mut self) -> Result<()> {
        let gradient_norm = self.gradient_norm();
        let (Some((setup, last)), Some((path, _))) = (&mut self.setup, &self.trainer.checkpoint) else { return Ok(()) };
        *last = self.trainer.steps_done;
        let is_within_epoch = self.batches_done > 0;
        let progress = Progress {
            epochs_done: self.trainer.epochs_done,
            steps_done: self.trainer.steps_done,
            epochs_run: self.epochs_run,
            batches_done: self.batches_done,
            rate: self.optimizer.learning_rate(),
            group_weight: self.group_weight,
            group_scale: self.group_scale,
            loss_sum: self.loss_sum,
            weight_sum: self.weight_sum,
            good_steps: self.good_steps,
            gradient_norm,
            seconds: if is_within_epoch { self.seconds_before + self.watch.seconds() } else { 0.0 },
        };
        let checkpoint = Checkpoint {
            setup,
            progress,
            network: self.network,
            history: &self.trainer.history,
            schedules: self.trainer.describe_schedules(),
            schedule_states: self.trainer.schedule_states(),
            early_stopping: self.trainer.early_stopping.as_ref(),
            numbers: [
                if self.group_weight > 0.0 { &self.accumulated } else { &[] },
                // The end of the last epoch is where the next one starts.
                if is_within_epoch { &self.good } else { &[] },
                &self.best,
            ],
        };
        crate::io::save(&checkpoint, path)
    }
}
