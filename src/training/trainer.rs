//! [`Trainer`]: epochs of mini-batches, with validation, schedules, hooks and observers.

use super::fit::Fit;
use super::{EarlyStopping, History, Hook, Observer, Schedule};
use crate::kernel::run_in_pool;
use crate::metrics::Metric;
use crate::{Dataset, Error, Float, Loss, Network, Optimizer, Result};
use std::fmt;

/// How often a schedule is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Every {
    Step,
    Epoch,
}

/// Where the validation data come from.
#[derive(Debug)]
enum Validation<'a, F> {
    None,
    Set(&'a Dataset<F>),
    Share(f64),
}

/// Trains a network on a data set: epochs of shuffled mini-batches.
///
/// The same seed gives the same weights and the same [`History`], bit for bit. Fitting again goes on where the last fit ended:
/// five epochs and five more are the same as ten. A batch size larger than the data means the whole data in one batch.
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
///     .metric(Accuracy::default())
///     .fit(&mut network, &data, &CrossEntropy::default(), &mut optimizer)?;
/// assert!(history.last().unwrap().training_loss < 0.3);
/// # Ok::<(), feedforward::Error>(())
/// ```
pub struct Trainer<'a, F: Float> {
    pub(super) epochs: usize,
    pub(super) batch_size: usize,
    pub(super) seed: u64,
    pub(super) shuffle: bool,
    pub(super) accumulate: usize,
    validation: Validation<'a, F>,
    pub(super) early_stopping: Option<EarlyStopping>,
    pub(super) target_loss: Option<f64>,
    pub(super) schedules: Vec<(Every, Box<dyn Schedule + 'a>)>,
    pub(super) hooks: Vec<Box<dyn Hook<F> + 'a>>,
    pub(super) metrics: Vec<Box<dyn Metric<F> + 'a>>,
    pub(super) observers: Vec<Box<dyn Observer<F> + 'a>>,
    /// Epochs and steps of all fits so far.
    pub(super) epochs_done: usize,
    pub(super) steps_done: u64,
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
    /// For this many epochs, in shuffled batches of 32.
    ///
    /// ```
    /// # use feedforward::{Dataset, EarlyStopping, Identity, Mse, Network, Sgd, Trainer};
    /// # use ndarray::array;
    /// # let data = Dataset::new(array![[1.0], [2.0]], array![[2.0], [4.0]])?;
    /// # let mut network = Network::<f64>::builder(1).dense(1, Identity).build()?;
    /// # let (loss, mut rule) = (Mse, Sgd::new(0.1)?);
    /// let history = Trainer::new(3).fit(&mut network, &data, &loss, &mut rule)?;
    /// assert_eq!(history.len(), 3);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn new(epochs: usize) -> Self {
        Self {
            epochs,
            batch_size: 32,
            seed: 0,
            shuffle: true,
            accumulate: 1,
            validation: Validation::None,
            early_stopping: None,
            target_loss: None,
            schedules: Vec::new(),
            hooks: Vec::new(),
            metrics: Vec::new(),
            observers: Vec::new(),
            epochs_done: 0,
            steps_done: 0,
        }
    }

    /// Rows in a batch; the last one of an epoch has what is left.
    ///
    /// ```
    /// # use feedforward::{Dataset, EarlyStopping, Identity, Mse, Network, Sgd, Trainer};
    /// # use ndarray::array;
    /// # let data = Dataset::new(array![[1.0], [2.0]], array![[2.0], [4.0]])?;
    /// # let mut network = Network::<f64>::builder(1).dense(1, Identity).build()?;
    /// # let (loss, mut rule) = (Mse, Sgd::new(0.1)?);
    /// let history = Trainer::new(3).batch_size(1).fit(&mut network, &data, &loss, &mut rule)?;
    /// assert_eq!(history.len(), 3);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn batch_size(self, batch_size: usize) -> Self {
        Self { batch_size, ..self }
    }

    /// The seed of the shuffling and of the validation share; 0 unless said otherwise.
    ///
    /// ```
    /// # use feedforward::{Dataset, EarlyStopping, Identity, Mse, Network, Sgd, Trainer};
    /// # use ndarray::array;
    /// # let data = Dataset::new(array![[1.0], [2.0]], array![[2.0], [4.0]])?;
    /// # let mut network = Network::<f64>::builder(1).dense(1, Identity).build()?;
    /// # let (loss, mut rule) = (Mse, Sgd::new(0.1)?);
    /// let history = Trainer::new(3).seed(7).fit(&mut network, &data, &loss, &mut rule)?;
    /// assert_eq!(history.len(), 3);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Takes the rows in the order they have, in every epoch.
    ///
    /// ```
    /// # use feedforward::{Dataset, EarlyStopping, Identity, Mse, Network, Sgd, Trainer};
    /// # use ndarray::array;
    /// # let data = Dataset::new(array![[1.0], [2.0]], array![[2.0], [4.0]])?;
    /// # let mut network = Network::<f64>::builder(1).dense(1, Identity).build()?;
    /// # let (loss, mut rule) = (Mse, Sgd::new(0.1)?);
    /// let history = Trainer::new(3).in_order().fit(&mut network, &data, &loss, &mut rule)?;
    /// assert_eq!(history.len(), 3);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn in_order(self) -> Self {
        Self { shuffle: false, ..self }
    }

    /// Moves the weights only after this many batches, along the gradient of their mean loss: a large batch in little memory.
    ///
    /// The last group of an epoch has the batches that are left.
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

    /// Data to validate on after each epoch.
    ///
    /// ```
    /// # use feedforward::{Dataset, EarlyStopping, Identity, Mse, Network, Sgd, Trainer};
    /// # use ndarray::array;
    /// # let data = Dataset::new(array![[1.0], [2.0]], array![[2.0], [4.0]])?;
    /// # let mut network = Network::<f64>::builder(1).dense(1, Identity).build()?;
    /// # let (loss, mut rule) = (Mse, Sgd::new(0.1)?);
    /// let history = Trainer::new(3).validation(&data).fit(&mut network, &data, &loss, &mut rule)?;
    /// assert!(history.last().unwrap().validation_loss.is_some());
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn validation(self, data: &'a Dataset<F>) -> Self {
        Self { validation: Validation::Set(data), ..self }
    }

    /// Keeps this share of the data back to validate on, chosen at random by the seed; the same in every fit.
    ///
    /// ```
    /// # use feedforward::{Dataset, EarlyStopping, Identity, Mse, Network, Sgd, Trainer};
    /// # use ndarray::array;
    /// # let data = Dataset::new(array![[1.0], [2.0]], array![[2.0], [4.0]])?;
    /// # let mut network = Network::<f64>::builder(1).dense(1, Identity).build()?;
    /// # let (loss, mut rule) = (Mse, Sgd::new(0.1)?);
    /// let history = Trainer::new(3).validation_share(0.5).fit(&mut network, &data, &loss, &mut rule)?;
    /// assert!(history.last().unwrap().validation_loss.is_some());
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn validation_share(self, share: f64) -> Self {
        Self { validation: Validation::Share(share), ..self }
    }

    /// Stops when the loss no longer improves, and takes the best weights back: see [`EarlyStopping`].
    ///
    /// ```
    /// # use feedforward::{Dataset, EarlyStopping, Identity, Mse, Network, Sgd, Trainer};
    /// # use ndarray::array;
    /// # let data = Dataset::new(array![[1.0], [2.0]], array![[2.0], [4.0]])?;
    /// # let mut network = Network::<f64>::builder(1).dense(1, Identity).build()?;
    /// # let (loss, mut rule) = (Mse, Sgd::new(0.1)?);
    /// let history = Trainer::new(3).early_stopping(EarlyStopping::new(5)?).fit(&mut network, &data, &loss, &mut rule)?;
    /// assert_eq!(history.best_epoch(), Some(3));
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn early_stopping(self, early_stopping: EarlyStopping) -> Self {
        Self { early_stopping: Some(early_stopping), ..self }
    }

    /// Stops when the loss (of the validation data if there are any) is at most this after an epoch.
    ///
    /// ```
    /// # use feedforward::{Dataset, EarlyStopping, Identity, Mse, Network, Sgd, Trainer};
    /// # use ndarray::array;
    /// # let data = Dataset::new(array![[1.0], [2.0]], array![[2.0], [4.0]])?;
    /// # let mut network = Network::<f64>::builder(1).dense(1, Identity).build()?;
    /// # let (loss, mut rule) = (Mse, Sgd::new(0.1)?);
    /// let history = Trainer::new(3).target_loss(1e9).fit(&mut network, &data, &loss, &mut rule)?;
    /// assert_eq!(history.len(), 1);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn target_loss(self, loss: f64) -> Self {
        Self { target_loss: Some(loss), ..self }
    }

    /// Changes the learning rate from epoch to epoch; with several schedules their factors are multiplied.
    ///
    /// ```
    /// use feedforward::schedule::Exponential;
    /// # use feedforward::{Dataset, EarlyStopping, Identity, Mse, Network, Sgd, Trainer};
    /// # use ndarray::array;
    /// # let data = Dataset::new(array![[1.0], [2.0]], array![[2.0], [4.0]])?;
    /// # let mut network = Network::<f64>::builder(1).dense(1, Identity).build()?;
    /// # let (loss, mut rule) = (Mse, Sgd::new(0.1)?);
    /// let history = Trainer::new(3).schedule_epochs(Exponential::new(0.5)?).fit(&mut network, &data, &loss, &mut rule)?;
    /// assert_eq!(history.last().unwrap().learning_rate, 0.1 * 0.25);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn schedule_epochs(mut self, schedule: impl Schedule + 'a) -> Self {
        self.schedules.push((Every::Epoch, Box::new(schedule)));
        self
    }

    /// Changes the learning rate from step to step.
    ///
    /// ```
    /// use feedforward::schedule::Warmup;
    /// # use feedforward::{Dataset, EarlyStopping, Identity, Mse, Network, Sgd, Trainer};
    /// # use ndarray::array;
    /// # let data = Dataset::new(array![[1.0], [2.0]], array![[2.0], [4.0]])?;
    /// # let mut network = Network::<f64>::builder(1).dense(1, Identity).build()?;
    /// # let (loss, mut rule) = (Mse, Sgd::new(0.1)?);
    /// let history = Trainer::new(3).schedule_steps(Warmup::new(2)?).fit(&mut network, &data, &loss, &mut rule)?;
    /// assert_eq!(history.epochs()[0].learning_rate, 0.05); // the first of two steps
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn schedule_steps(mut self, schedule: impl Schedule + 'a) -> Self {
        self.schedules.push((Every::Step, Box::new(schedule)));
        self
    }

    /// Adds a hook between backward and update: a penalty, clipping, one of your own. Hooks run in the order they were added.
    ///
    /// ```
    /// use feedforward::{ClipNorm, Penalty};
    /// # use feedforward::{Dataset, EarlyStopping, Identity, Mse, Network, Sgd, Trainer};
    /// # use ndarray::array;
    /// # let data = Dataset::new(array![[1.0], [2.0]], array![[2.0], [4.0]])?;
    /// # let mut network = Network::<f64>::builder(1).dense(1, Identity).build()?;
    /// # let (loss, mut rule) = (Mse, Sgd::new(0.1)?);
    /// let history = Trainer::new(3).hook(Penalty::l2(1e-3)?).hook(ClipNorm::new(1.0)?).fit(&mut network, &data, &loss, &mut rule)?;
    /// assert_eq!(history.len(), 3);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn hook(mut self, hook: impl Hook<F> + 'a) -> Self {
        self.hooks.push(Box::new(hook));
        self
    }

    /// Adds a metric, computed after each epoch on the validation data, or on the training data if there are none.
    ///
    /// ```
    /// use feedforward::metrics::R2;
    /// # use feedforward::{Dataset, EarlyStopping, Identity, Mse, Network, Sgd, Trainer};
    /// # use ndarray::array;
    /// # let data = Dataset::new(array![[1.0], [2.0]], array![[2.0], [4.0]])?;
    /// # let mut network = Network::<f64>::builder(1).dense(1, Identity).build()?;
    /// # let (loss, mut rule) = (Mse, Sgd::new(0.1)?);
    /// let history = Trainer::new(3).metric(R2).fit(&mut network, &data, &loss, &mut rule)?;
    /// assert_eq!(history.last().unwrap().metrics.len(), 1);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn metric(mut self, metric: impl Metric<F> + 'a) -> Self {
        self.metrics.push(Box::new(metric));
        self
    }

    /// Adds an observer, told of each step and each epoch, which may end training.
    ///
    /// ```
    /// use feedforward::{EpochRecord, Signal};
    /// # use feedforward::{Dataset, EarlyStopping, Identity, Mse, Network, Sgd, Trainer};
    /// # use ndarray::array;
    /// # let data = Dataset::new(array![[1.0], [2.0]], array![[2.0], [4.0]])?;
    /// # let mut network = Network::<f64>::builder(1).dense(1, Identity).build()?;
    /// # let (loss, mut rule) = (Mse, Sgd::new(0.1)?);
    /// let stop_soon = |_: &Network<f64>, record: &EpochRecord| if record.epoch < 2 { Signal::Continue } else { Signal::Stop };
    /// let history = Trainer::new(9).observer(stop_soon).fit(&mut network, &data, &loss, &mut rule)?;
    /// assert_eq!(history.len(), 2);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn observer(mut self, observer: impl Observer<F> + 'a) -> Self {
        self.observers.push(Box::new(observer));
        self
    }

    /// Trains the network.
    ///
    /// # Errors
    /// When a setting or the data do not fit; nothing has changed then. When a loss, a gradient or a weight is no longer finite,
    /// the error is [`Error::Diverged`], when a hook or a schedule fails, it is [`Error::Interrupted`]: both name epoch and batch
    /// and hold the history so far; the network has the weights from the end of the last epoch, or the best ones if early stopping looks for them. A metric that
    /// cannot be worked out ends the fit after its epoch.
    ///
    /// ```
    /// use feedforward::{Dataset, Identity, Mse, Network, Sgd, Trainer};
    /// use ndarray::array;
    /// let data = Dataset::new(array![[1.0], [2.0]], array![[2.0], [4.0]])?;
    /// let mut network = Network::<f64>::builder(1).dense(1, Identity).build()?;
    /// let (loss, mut rule) = (Mse, Sgd::new(0.1)?);
    /// let history = Trainer::new(20).fit(&mut network, &data, &loss, &mut rule)?;
    /// assert!(history.last().unwrap().training_loss < history.epochs()[0].training_loss);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn fit(
        &mut self,
        network: &mut Network<F>,
        data: &Dataset<F>,
        loss: &dyn Loss<F>,
        optimizer: &mut dyn Optimizer<F>,
    ) -> Result<History> {
        let parts = match self.validation {
            Validation::Share(share) => Some(data.split(1.0 - share, self.seed)?),
            _ => None,
        };
        let (data, validation) = match (&parts, &self.validation) {
            (Some((train, validation)), _) => (train, Some(validation)),
            (None, Validation::Set(validation)) => (data, Some(*validation)),
            _ => (data, None),
        };
        self.check(network, data, validation, loss)?;
        let rate = optimizer.learning_rate();
        let work = network.multiplications(self.batch_size.min(data.len()));
        let outcome = run_in_pool(work, || Fit::new(self, network, data, validation, loss, optimizer).run());
        // The schedules count on from here in the next fit, from the same learning rate.
        optimizer.set_learning_rate(rate)?;
        outcome
    }

    fn check(
        &self,
        network: &Network<F>,
        data: &Dataset<F>,
        validation: Option<&Dataset<F>>,
        loss: &dyn Loss<F>,
    ) -> Result<()> {
        for (what, found) in
            [("epoch", self.epochs), ("row in a batch", self.batch_size), ("batch to accumulate", self.accumulate)]
        {
            if found == 0 {
                return Err(Error::Empty { operation: "Trainer", what });
            }
        }
        if let Some(found) = self.target_loss.filter(|loss| !loss.is_finite()) {
            let (operation, expected) = ("Trainer", "a finite number");
            return Err(Error::Hyperparameter { operation, name: "target_loss", expected, found });
        }
        for data in [Some(data), validation].into_iter().flatten() {
            network.check_inputs("Trainer", data.inputs())?;
            loss.check_targets(network.output_size(), data.targets())?;
        }
        Ok(())
    }
}
