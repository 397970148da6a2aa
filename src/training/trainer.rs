//! [`Trainer`]: epochs of mini-batches, with validation, schedules, hooks and observers.

use super::{EarlyStopping, History, Hook, Observer, Schedule};
use crate::Float;
use crate::data::Examples;
use crate::distributed::{Communicator, Reduction};
use crate::metrics::Metric;
#[cfg(feature = "safetensors")]
use crate::{Result, check};
use std::fmt;
#[cfg(feature = "safetensors")]
use std::path::PathBuf;

/// Shards of a batch, unless the trainer says another number.
const SHARDS: usize = 8;

/// What a schedule counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Every {
    Step,
    Epoch,
}

/// How often a checkpoint is written.
///
/// ```
/// use feedforward::Trainer;
/// use feedforward::training::Interval;
/// let trainer = Trainer::<f32>::new(10).checkpoint("run.safetensors", Interval::Epochs(1));
/// ```
#[cfg(feature = "safetensors")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Interval {
    /// After this many epochs.
    Epochs(usize),
    /// After this many steps, in the middle of an epoch too.
    Steps(u64),
}

#[cfg(feature = "safetensors")]
impl Interval {
    pub(super) fn check(self) -> Result<()> {
        match self {
            Self::Epochs(epochs) => check::not_empty("Trainer::checkpoint", "epoch", epochs),
            Self::Steps(steps) => check::at_least("Trainer::checkpoint", "steps", 1, steps).map(drop),
        }
    }
}

/// The source of the validation data.
pub(super) enum Validation<'a, F> {
    None,
    Set(&'a dyn Examples<F>),
    Share(f64),
}

/// Trains a network on a data set: epochs of shuffled mini-batches.
///
/// The same seed gives the same weights and the same [`History`], bit for bit. Fitting again goes on where the last fit
/// ended: five epochs and five more are the same as ten. A batch size larger than the data means one batch of all rows.
///
/// ```
/// use feedforward::metrics::Accuracy;
/// use feedforward::{CrossEntropy, Dataset, EarlyStopping, Identity, Momentum, Network, Relu, Trainer};
/// use ndarray::Array2;
///
/// let inputs = Array2::from_shape_fn((90, 2), |(row, column)| ((row * (3 + column)) % 17) as f32 / 17.0);
/// let targets = Array2::from_shape_fn((90, 1), |(row, _)| f32::from(inputs[[row, 0]] > inputs[[row, 1]]));
/// let data = Dataset::new(inputs, targets)?;
///
/// let mut network = Network::builder(2).dense(16, Relu).dense(2, Identity).seed(1).build()?;
/// let mut optimizer = Momentum::new(0.1, 0.9)?;
/// let history = Trainer::new(100)
///     .batch_size(16)
///     .validation_share(0.2)
///     .early_stopping(EarlyStopping::new(20)?)
///     .metric(Accuracy)
///     .fit(&mut network, &data, &CrossEntropy::default(), &mut optimizer)?;
/// assert!(history.last().unwrap().training_loss < 0.3);
/// # Ok::<(), feedforward::Error>(())
/// ```
///
/// # Threads
/// Large batches are divided between the threads of the rayon pool in force (feature `parallel`). Hold no lock on the
/// network meanwhile if closures of a parallel iterator take the same lock: they fill the pool and wait for the lock,
/// and its holder waits for the pool, for ever. Train a clone instead, and lock only to exchange it for the network
/// that predicts.
pub struct Trainer<'a, F: Float> {
    pub(super) epochs: usize,
    pub(super) batch_size: usize,
    pub(super) seed: u64,
    pub(super) shuffle: bool,
    pub(super) accumulate: usize,
    pub(super) drops_last: bool,
    pub(super) validation: Validation<'a, F>,
    pub(super) early_stopping: Option<EarlyStopping>,
    pub(super) target_loss: Option<f64>,
    pub(super) schedules: Vec<(Every, Box<dyn Schedule + 'a>)>,
    pub(super) hooks: Vec<Box<dyn Hook<F> + 'a>>,
    pub(super) metrics: Vec<Box<dyn Metric<F> + 'a>>,
    pub(super) observers: Vec<Box<dyn Observer<F> + 'a>>,
    /// Where and how often checkpoints are written.
    #[cfg(feature = "safetensors")]
    pub(super) checkpoint: Option<(PathBuf, Interval)>,
    /// The ranks that train together, how they add up, and whether each holds a part of the rows.
    pub(super) communicator: Option<&'a dyn Communicator>,
    pub(super) reduction: Reduction,
    pub(super) shards: usize,
    pub(super) is_partitioned: bool,
    /// Epochs and steps of all fits so far.
    pub(super) epochs_done: usize,
    pub(super) steps_done: u64,
    /// The epochs of the last fit.
    pub(super) history: History,
}

impl<F: Float> fmt::Debug for Trainer<'_, F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut trainer = formatter.debug_struct("Trainer");
        trainer.field("epochs", &self.epochs).field("batch_size", &self.batch_size).field("seed", &self.seed);
        trainer.field("schedules", &self.schedules).field("hooks", &self.hooks).field("metrics", &self.metrics);
        trainer.field("epochs_done", &self.epochs_done).finish_non_exhaustive()
    }
}

impl<'a, F: Float> Trainer<'a, F> {
    /// Trains for this many epochs, in shuffled batches of 32.
    pub fn new(epochs: usize) -> Self {
        Self {
            epochs,
            batch_size: 32,
            seed: 0,
            shuffle: true,
            accumulate: 1,
            drops_last: false,
            validation: Validation::None,
            early_stopping: None,
            target_loss: None,
            schedules: Vec::new(),
            hooks: Vec::new(),
            metrics: Vec::new(),
            observers: Vec::new(),
            #[cfg(feature = "safetensors")]
            checkpoint: None,
            communicator: None,
            reduction: Reduction::default(),
            shards: SHARDS,
            is_partitioned: false,
            epochs_done: 0,
            steps_done: 0,
            history: History::default(),
        }
    }

    /// Sets the rows in a batch; the last batch of an epoch has the remaining rows.
    ///
    /// If a layer has running statistics ([`BatchNorm`](crate::layer::BatchNorm)), a single remaining row joins the
    /// batch before it: the variance of one row is 0, and would ruin them. See [`drop_last`](Self::drop_last) too.
    pub fn batch_size(self, batch_size: usize) -> Self {
        Self { batch_size, ..self }
    }

    /// Leaves the remaining rows of an epoch out when they do not fill a batch, unless there is no other batch. With
    /// shuffling, other rows are left out in each epoch. PyTorch's `drop_last`.
    pub fn drop_last(self) -> Self {
        Self { drops_last: true, ..self }
    }

    /// Sets the seed of the shuffling and of the validation share; 0 by default.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Takes the rows in their own order in every epoch, without shuffling.
    pub fn in_order(self) -> Self {
        Self { shuffle: false, ..self }
    }

    /// Moves the weights only after this many batches, along the gradient of their mean loss: a large batch in little
    /// memory.
    ///
    /// The last group of an epoch has the remaining batches.
    ///
    /// ```
    /// use feedforward::{Dataset, Identity, Mse, Network, Sgd, Trainer};
    /// use ndarray::array;
    ///
    /// let data = Dataset::new(array![[1.0], [2.0], [3.0], [4.0]], array![[2.0], [4.0], [6.0], [8.0]])?;
    /// let fit = |batch_size, together| {
    ///     let mut network = Network::<f64>::builder(1).dense(1, Identity).build()?;
    ///     let mut trainer = Trainer::new(3).in_order().batch_size(batch_size).accumulate(together);
    ///     trainer.fit(&mut network, &data, &Mse, &mut Sgd::new(0.1)?)?;
    ///     network.predict(&array![[1.0]])
    /// };
    /// approx::assert_abs_diff_eq!(fit(4, 1)?, fit(2, 2)?, epsilon = 1e-12);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn accumulate(self, batches: usize) -> Self {
        Self { accumulate: batches, ..self }
    }

    /// Validates on these data after each epoch.
    pub fn validation(self, data: &'a dyn Examples<F>) -> Self {
        Self { validation: Validation::Set(data), ..self }
    }

    /// Holds out this share of the data to validate on, chosen at random by the seed; the same in every fit.
    pub fn validation_share(self, share: f64) -> Self {
        Self { validation: Validation::Share(share), ..self }
    }

    /// Stops when the loss no longer improves, and restores the best weights: see [`EarlyStopping`].
    pub fn early_stopping(self, early_stopping: EarlyStopping) -> Self {
        Self { early_stopping: Some(early_stopping), ..self }
    }

    /// Stops when the loss (of the validation data if there are any) is at most this after an epoch.
    pub fn target_loss(self, loss: f64) -> Self {
        Self { target_loss: Some(loss), ..self }
    }

    /// Changes the learning rate from epoch to epoch; with several schedules their factors are multiplied.
    ///
    /// ```
    /// use feedforward::training::schedule::Exponential;
    /// # use feedforward::{Dataset, EarlyStopping, Identity, Mse, Network, Sgd, Trainer};
    /// # use ndarray::array;
    /// # let data = Dataset::new(array![[1.0], [2.0]], array![[2.0], [4.0]])?;
    /// # let mut network = Network::<f64>::builder(1).dense(1, Identity).build()?;
    /// # let (loss, mut rule) = (Mse, Sgd::new(0.1)?);
    /// let mut trainer = Trainer::new(3).schedule_epochs(Exponential::new(0.5)?);
    /// let history = trainer.fit(&mut network, &data, &loss, &mut rule)?;
    /// assert_eq!(history.last().unwrap().learning_rate, 0.1 * 0.25);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn schedule_epochs(mut self, schedule: impl Schedule + 'a) -> Self {
        self.schedules.push((Every::Epoch, Box::new(schedule)));
        self
    }

    /// Changes the learning rate from step to step.
    pub fn schedule_steps(mut self, schedule: impl Schedule + 'a) -> Self {
        self.schedules.push((Every::Step, Box::new(schedule)));
        self
    }

    /// Adds a hook between backward and update: a penalty, clipping, or your own. Hooks run in the order they were
    /// added.
    pub fn hook(mut self, hook: impl Hook<F> + 'a) -> Self {
        self.hooks.push(Box::new(hook));
        self
    }

    /// Adds a metric, computed after each epoch on the validation data, or on the training data if there are none.
    pub fn metric(mut self, metric: impl Metric<F> + 'a) -> Self {
        self.metrics.push(Box::new(metric));
        self
    }

    /// Adds an observer, called after each step and each epoch; it can end training.
    ///
    /// ```
    /// use feedforward::EpochRecord;
    /// use std::ops::ControlFlow;
    /// # use feedforward::{Dataset, EarlyStopping, Identity, Mse, Network, Sgd, Trainer};
    /// # use ndarray::array;
    /// # let data = Dataset::new(array![[1.0], [2.0]], array![[2.0], [4.0]])?;
    /// # let mut network = Network::<f64>::builder(1).dense(1, Identity).build()?;
    /// # let (loss, mut rule) = (Mse, Sgd::new(0.1)?);
    /// let stop_soon = |_: &Network<f64>, record: &EpochRecord| {
    ///     if record.epoch < 2 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    /// };
    /// let history = Trainer::new(9).observer(stop_soon).fit(&mut network, &data, &loss, &mut rule)?;
    /// assert_eq!(history.len(), 2);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn observer(mut self, observer: impl Observer<F> + 'a) -> Self {
        self.observers.push(Box::new(observer));
        self
    }

    /// Writes a checkpoint to this file now and then, from which [`resume`](Self::resume) goes on.
    ///
    /// The file holds the network, what the optimizer remembers, the state of schedules and early stopping, the sums of
    /// the epoch under way, and the history. It is replaced at once, so it is whole at every moment. One more is
    /// written when the fit ends, and when an observer ends it. [`Network::load`](crate::Network::load) reads the
    /// network from it.
    ///
    /// A layer, a hook or a schedule of your own that remembers something must keep it in a parameter of
    /// [`Role::State`](crate::parameter::Role::State), or in [`Schedule::state`].
    #[cfg(feature = "safetensors")]
    #[doc(alias("ModelCheckpoint", "BackupAndRestore"))]
    pub fn checkpoint(self, path: impl Into<PathBuf>, every: Interval) -> Self {
        Self { checkpoint: Some((path.into(), every)), ..self }
    }

    /// Trains together with other ranks: each computes some rows of every batch.
    ///
    /// All ranks run the same program: they make the same trainer, network, loss and optimizer, and call
    /// [`fit`](Self::fit) at the same time. What differs is an error on all of them. Weights, the state of the
    /// optimizer and of schedules come from rank 0. The batch size is that of all ranks together. A batch is divided
    /// into [shards](Self::shards) that depend on its rows alone, whose gradients are added along a fixed tree: so
    /// weights and history have the same bits for any number of ranks (see [`Reduction`]). Hooks, the optimizer and
    /// observers run on each rank, on the gradient of the whole batch. Checkpoints are written and read by rank 0
    /// alone.
    ///
    /// An error on one rank is an error on all. See [`distributed`](crate::distributed) for how to start ranks, and
    /// what happens to the others when one is lost.
    ///
    /// ```
    /// use feedforward::distributed::{Communicator, Threads};
    /// use feedforward::{Adam, Dataset, Mse, Network, Tanh, Trainer};
    /// use ndarray::Array2;
    ///
    /// let inputs = Array2::from_shape_fn((200, 2), |(row, column)| ((row * (3 + column)) % 17) as f64 / 17.0);
    /// let targets = inputs.map_axis(ndarray::Axis(1), |row| row.sum() / 4.0).insert_axis(ndarray::Axis(1));
    /// let data = Dataset::new(inputs, targets)?;
    /// let train = |communicator: &dyn Communicator| {
    ///     let mut network = Network::builder(2).dense(8, Tanh).dense(1, Tanh).seed(1).build()?;
    ///     let mut trainer = Trainer::new(5).batch_size(64).across(communicator);
    ///     trainer.fit(&mut network, &data, &Mse, &mut Adam::new(0.01)?)?;
    ///     Ok(network)
    /// };
    /// let one = Threads::run(1, |communicator| train(communicator))?;
    /// let four = Threads::run(4, |communicator| train(communicator))?;
    /// assert!(four.iter().all(|network| *network == one[0]));
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    #[doc(alias("DistributedDataParallel", "DDP", "MPI"))]
    pub fn across(self, communicator: &'a dyn Communicator) -> Self {
        Self { communicator: Some(communicator), ..self }
    }

    /// Sets how the gradients of [ranks](Self::across) are added up; [`Reduction::Deterministic`] by default.
    pub fn reduction(self, reduction: Reduction) -> Self {
        Self { reduction, ..self }
    }

    /// Sets into how many shards a batch is divided between [ranks](Self::across), a power of two; 8 by default.
    ///
    /// A deterministic sum has the same bits for any number of ranks up to this one, and for this number of shards.
    /// Each shard costs about as much as an update: take as many as there will be ranks, not more, where a large
    /// network trains on few rows.
    pub fn shards(self, shards: usize) -> Self {
        Self { shards, ..self }
    }

    /// Says that each of the [ranks](Self::across) holds a part of the rows, of the training data and of those that
    /// [`validation`](Self::validation) names; by default each holds all of them.
    ///
    /// Parts follow one another in the order of the ranks. For each batch the ranks send each other the rows that they
    /// compute, so weights and history have the bits that they have when each rank holds all rows.
    pub fn partitioned(self) -> Self {
        Self { is_partitioned: true, ..self }
    }

    /// Returns the epochs of the last fit, also of one that ended in an error.
    pub fn history(&self) -> &History {
        &self.history
    }
}
