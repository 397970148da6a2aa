//! [`Classifier`] and [`Regressor`]: tabular problems in two lines, thin over everything below.

use super::{EarlyStopping, History, Lbfgs, Penalty, Trainer};
use crate::data::{LabelEncoder, StandardScaler, one_hot};
use crate::metrics::{accuracy, r2};
use crate::{
    Adam, CrossEntropy, Dataset, Error, Float, Identity, Loss, Momentum, Mse, Network, Optimizer, Relu, Result,
    Sigmoid, Tanh,
};
use ndarray::{Array1, Array2, ArrayRef1, ArrayRef2, Axis};
use std::fmt::Debug;

/// What classifiers and regressors have in common: sizes, rule, seed, how long to train.
///
/// Usually one hidden layer of 100 ReLUs, trained by [`Adam`] with a learning rate of 0.001 on batches of 32 for at most 200
/// epochs, stopping early on a tenth of the data that is kept back (when there are at least 50 rows) with a patience of 20. Inputs
/// are scaled to mean 0 and deviation 1 (constant columns to 0). The names are scikit-learn's where it has the same thing.
///
/// ```
/// use feedforward::{Regressor, Settings, Solver};
/// use ndarray::{Array1, Array2};
///
/// let inputs = Array2::from_shape_fn((30, 1), |(row, _)| row as f64 / 10.0);
/// let numbers = Array1::from_shape_fn(30, |row| (inputs[[row, 0]]).sin());
/// let settings = Settings { hidden: vec![10], solver: Solver::Lbfgs, ..Settings::default() };
/// assert!(Regressor::fit_with(&settings, &inputs, &numbers)?.score(&inputs, &numbers)? > 0.99);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Sizes of the hidden layers.
    pub hidden: Vec<usize>,
    /// What the hidden layers do.
    pub activation: HiddenActivation,
    /// The rule that moves the weights.
    pub solver: Solver,
    /// The learning rate; [`Solver::Lbfgs`] needs none.
    pub learning_rate: f64,
    /// The factor of an L2 penalty on the weights, as for [`Penalty::l2`].
    pub l2: f64,
    /// Rows in a batch; [`Solver::Lbfgs`] takes all.
    pub batch_size: usize,
    /// Epochs at most; steps of [`Solver::Lbfgs`].
    pub epochs: usize,
    /// Epochs without improvement on the data kept back before it stops; `None` trains on all data to the last epoch, and so
    /// does [`Solver::Lbfgs`].
    pub patience: Option<usize>,
    /// The seed of everything random.
    pub seed: u64,
}

/// What the hidden layers of an estimator do.
///
/// ```
/// use feedforward::{HiddenActivation, Settings};
/// let settings = Settings { activation: HiddenActivation::Tanh, ..Settings::default() };
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum HiddenActivation {
    /// max(0, z), started with He's initializer.
    #[default]
    Relu,
    /// tanh(z), started with Glorot's.
    Tanh,
    /// 1 / (1 + e^-z), started with Glorot's.
    Sigmoid,
}

/// The rule that trains an estimator.
///
/// ```
/// use feedforward::{Settings, Solver};
/// let settings = Settings { solver: Solver::Lbfgs, epochs: 500, ..Settings::default() };
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Solver {
    /// [`Adam`].
    #[default]
    Adam,
    /// [`Momentum`] of 0.9.
    Momentum,
    /// [`Lbfgs`]: for up to some thousand rows the best there is.
    Lbfgs,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            hidden: vec![100],
            activation: HiddenActivation::default(),
            solver: Solver::default(),
            learning_rate: 0.001,
            l2: 0.0,
            batch_size: 32,
            epochs: 200,
            patience: Some(20),
            seed: 0,
        }
    }
}

/// A way to split data in two: see [`Dataset::split`].
type Split<F> = fn(&Dataset<F>, f64, u64) -> Result<(Dataset<F>, Dataset<F>)>;

impl Settings {
    /// Builds and trains a network for these data, which are kept back in part by `split` to stop early.
    fn train<F: Float>(&self, data: &Dataset<F>, loss: &dyn Loss<F>, split: Split<F>) -> Result<(Network<F>, History)> {
        let mut network = self.network(data.inputs().ncols(), data.targets().ncols())?;
        let (penalty, rate) = (Penalty::l2(self.l2)?, F::from_f64(self.learning_rate));
        let mut rule: Box<dyn Optimizer<F>> = match self.solver {
            Solver::Adam => Box::new(Adam::new(rate)?),
            Solver::Momentum => Box::new(Momentum::new(rate, 0.9)?),
            Solver::Lbfgs => {
                let history = Lbfgs::new().penalty(penalty).fit(&mut network, data, loss, self.epochs)?;
                return Ok((network, history));
            }
        };
        let stopping = self.patience.map(EarlyStopping::new).transpose()?;
        let mut trainer = Trainer::new(self.epochs).batch_size(self.batch_size).seed(self.seed).hook(penalty);
        let history = match stopping {
            Some(stopping) if data.len() >= 50 => {
                let (train, validation) = split(data, 0.9, self.seed)?;
                let mut trainer = trainer.validation(&validation).early_stopping(stopping);
                trainer.fit(&mut network, &train, loss, &mut *rule)?
            }
            _ => trainer.fit(&mut network, data, loss, &mut *rule)?,
        };
        Ok((network, history))
    }

    fn network<F: Float>(&self, inputs: usize, outputs: usize) -> Result<Network<F>> {
        let start = Network::builder(inputs).seed(self.seed);
        let hidden = self.hidden.iter().fold(start, |builder, &size| match self.activation {
            HiddenActivation::Relu => builder.dense(size, Relu),
            HiddenActivation::Tanh => builder.dense(size, Tanh),
            HiddenActivation::Sigmoid => builder.dense(size, Sigmoid),
        });
        hidden.dense(outputs, Identity).build()
    }
}

/// A network that tells classes apart. Labels can be anything that has an order: strings, numbers, enums.
///
/// ```
/// use feedforward::Classifier;
/// use ndarray::array;
///
/// let lengths = array![[5.1, 1.4], [4.9, 1.5], [4.7, 1.3], [7.0, 4.7], [6.4, 4.5], [6.9, 4.9]];
/// let model = Classifier::fit(&lengths, &["setosa", "setosa", "setosa", "versicolor", "versicolor", "versicolor"])?;
/// assert_eq!(model.predict(&array![[5.0, 1.4], [6.6, 4.6]])?, ["setosa", "versicolor"]);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Classifier<F: Float, L> {
    network: Network<F>,
    scaler: StandardScaler<F>,
    encoder: LabelEncoder<L>,
    history: History,
}

impl<F: Float, L: Ord + Clone + Debug> Classifier<F, L> {
    /// Trains with the usual settings.
    ///
    /// # Errors
    /// When rows and labels do not fit, a number is not finite, or there are fewer than 2 classes.
    ///
    /// ```
    /// use feedforward::Classifier;
    /// let lengths = ndarray::array![[5.1, 1.4], [4.9, 1.5], [4.7, 1.3], [7.0, 4.7], [6.4, 4.5], [6.9, 4.9]];
    /// let kinds = ["setosa", "setosa", "setosa", "versicolor", "versicolor", "versicolor"];
    /// let model = Classifier::fit(&lengths, &kinds)?;
    /// assert_eq!(model.score(&lengths, &kinds)?, 1.0);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn fit(inputs: &ArrayRef2<F>, labels: &[L]) -> Result<Self> {
        Self::fit_with(&Settings::default(), inputs, labels)
    }

    /// Trains with these settings. The data kept back have each class in its proportion.
    ///
    /// # Errors
    /// As for [`fit`](Self::fit), when a setting is out of range, and when a class would be missing from the training part.
    ///
    /// ```
    /// # use feedforward::Classifier;
    /// # let lengths = ndarray::array![[5.1, 1.4], [4.9, 1.5], [4.7, 1.3], [7.0, 4.7], [6.4, 4.5], [6.9, 4.9]];
    /// # let kinds = ["setosa", "setosa", "setosa", "versicolor", "versicolor", "versicolor"];
    /// use feedforward::Settings;
    /// let settings = Settings { hidden: vec![8], epochs: 50, ..Settings::default() };
    /// let model = Classifier::fit_with(&settings, &lengths, &kinds)?;
    /// assert_eq!(model.history().len(), 50);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn fit_with(settings: &Settings, inputs: &ArrayRef2<F>, labels: &[L]) -> Result<Self> {
        let encoder = LabelEncoder::fit(labels)?;
        let classes = encoder.classes().len();
        if classes < 2 {
            return Err(Error::invalid("Classifier", "at least 2 different labels", classes));
        }
        let scaler = StandardScaler::fit_allowing_constant(inputs)?;
        let data = Dataset::new(scaler.transform(inputs)?, one_hot(&encoder.encode(labels)?, classes)?)?;
        let (network, history) = settings.train(&data, &CrossEntropy::default(), Dataset::split_stratified)?;
        Ok(Self { network, scaler, encoder, history })
    }

    /// The likeliest label of each row.
    ///
    /// # Errors
    /// When the columns are not as many as were trained on, or a number is not finite.
    ///
    /// ```
    /// # use feedforward::Classifier;
    /// # let lengths = ndarray::array![[5.1, 1.4], [4.9, 1.5], [4.7, 1.3], [7.0, 4.7], [6.4, 4.5], [6.9, 4.9]];
    /// # let kinds = ["setosa", "setosa", "setosa", "versicolor", "versicolor", "versicolor"];
    /// let model = Classifier::fit(&lengths, &kinds)?;
    /// assert_eq!(model.predict(&ndarray::array![[5.0, 1.4]])?, ["setosa"]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn predict(&self, inputs: &ArrayRef2<F>) -> Result<Vec<L>> {
        self.encoder.decode(&crate::data::argmax(&self.network.predict(&self.scaler.transform(inputs)?)?))
    }

    /// The probability of each label, in the order of [`classes`](Self::classes).
    ///
    /// # Errors
    /// As for [`predict`](Self::predict).
    ///
    /// ```
    /// # use feedforward::Classifier;
    /// # let lengths = ndarray::array![[5.1, 1.4], [4.9, 1.5], [4.7, 1.3], [7.0, 4.7], [6.4, 4.5], [6.9, 4.9]];
    /// # let kinds = ["setosa", "setosa", "setosa", "versicolor", "versicolor", "versicolor"];
    /// let model = Classifier::fit(&lengths, &kinds)?;
    /// assert!(model.predict_proba(&ndarray::array![[5.0, 1.4]])?[[0, 0]] > 0.9); // setosa
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn predict_proba(&self, inputs: &ArrayRef2<F>) -> Result<Array2<F>> {
        self.network.predict_probabilities(&self.scaler.transform(inputs)?, &CrossEntropy::default())
    }

    /// The share of rows whose label is predicted.
    ///
    /// # Errors
    /// As for [`predict`](Self::predict), and when a label was not there in training.
    ///
    /// ```
    /// # use feedforward::Classifier;
    /// # let lengths = ndarray::array![[5.1, 1.4], [4.9, 1.5], [4.7, 1.3], [7.0, 4.7], [6.4, 4.5], [6.9, 4.9]];
    /// # let kinds = ["setosa", "setosa", "setosa", "versicolor", "versicolor", "versicolor"];
    /// let model = Classifier::fit(&lengths, &kinds)?;
    /// assert_eq!(model.score(&lengths, &kinds)?, 1.0);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn score(&self, inputs: &ArrayRef2<F>, labels: &[L]) -> Result<f64> {
        accuracy(&self.encoder.encode(&self.predict(inputs)?)?, &self.encoder.encode(labels)?, None)
    }

    /// The labels, in order.
    ///
    /// ```
    /// # use feedforward::Classifier;
    /// # let lengths = ndarray::array![[5.1, 1.4], [4.9, 1.5], [4.7, 1.3], [7.0, 4.7], [6.4, 4.5], [6.9, 4.9]];
    /// # let kinds = ["setosa", "setosa", "setosa", "versicolor", "versicolor", "versicolor"];
    /// let model = Classifier::fit(&lengths, &kinds)?;
    /// assert_eq!(model.classes(), ["setosa", "versicolor"]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn classes(&self) -> &[L] {
        self.encoder.classes()
    }

    /// The scaler of the inputs.
    ///
    /// ```
    /// # use feedforward::Classifier;
    /// # let lengths = ndarray::array![[5.1, 1.4], [4.9, 1.5], [4.7, 1.3], [7.0, 4.7], [6.4, 4.5], [6.9, 4.9]];
    /// # let kinds = ["setosa", "setosa", "setosa", "versicolor", "versicolor", "versicolor"];
    /// let model = Classifier::fit(&lengths, &kinds)?;
    /// assert!((4.7..7.0).contains(&model.scaler().mean()[0]));
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn scaler(&self) -> &StandardScaler<F> {
        &self.scaler
    }

    /// The numbers of the labels.
    ///
    /// ```
    /// # use feedforward::Classifier;
    /// # let lengths = ndarray::array![[5.1, 1.4], [4.9, 1.5], [4.7, 1.3], [7.0, 4.7], [6.4, 4.5], [6.9, 4.9]];
    /// # let kinds = ["setosa", "setosa", "setosa", "versicolor", "versicolor", "versicolor"];
    /// let model = Classifier::fit(&lengths, &kinds)?;
    /// assert_eq!(model.encoder().encode(&["versicolor"])?, [1]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn encoder(&self) -> &LabelEncoder<L> {
        &self.encoder
    }

    /// The network, which takes scaled inputs and gives logits.
    ///
    /// ```
    /// # use feedforward::Classifier;
    /// # let lengths = ndarray::array![[5.1, 1.4], [4.9, 1.5], [4.7, 1.3], [7.0, 4.7], [6.4, 4.5], [6.9, 4.9]];
    /// # let kinds = ["setosa", "setosa", "setosa", "versicolor", "versicolor", "versicolor"];
    /// let model = Classifier::fit(&lengths, &kinds)?;
    /// assert_eq!(model.network().output_size(), 2);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn network(&self) -> &Network<F> {
        &self.network
    }

    /// How the training went.
    ///
    /// ```
    /// # use feedforward::Classifier;
    /// # let lengths = ndarray::array![[5.1, 1.4], [4.9, 1.5], [4.7, 1.3], [7.0, 4.7], [6.4, 4.5], [6.9, 4.9]];
    /// # let kinds = ["setosa", "setosa", "setosa", "versicolor", "versicolor", "versicolor"];
    /// let model = Classifier::fit(&lengths, &kinds)?;
    /// assert_eq!(model.history().len(), 200);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn history(&self) -> &History {
        &self.history
    }
}

/// A network that predicts a number. The number is scaled to mean 0 and deviation 1 in training, and back afterwards.
///
/// ```
/// use feedforward::Regressor;
/// use ndarray::{Array1, Array2};
///
/// let inputs = Array2::from_shape_fn((60, 1), |(row, _)| row as f64 / 10.0);
/// let numbers = Array1::from_shape_fn(60, |row| 100.0 + 7.0 * inputs[[row, 0]]);
/// let model = Regressor::fit(&inputs, &numbers)?;
/// assert!(model.score(&inputs, &numbers)? > 0.99);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Regressor<F: Float> {
    network: Network<F>,
    scaler: StandardScaler<F>,
    target_scaler: StandardScaler<F>,
    history: History,
}

impl<F: Float> Regressor<F> {
    /// Trains with the usual settings.
    ///
    /// # Errors
    /// When rows and numbers do not fit, a number is not finite, or the numbers are all the same.
    ///
    /// ```
    /// use feedforward::Regressor;
    /// let inputs = ndarray::Array2::from_shape_fn((60, 1), |(row, _)| row as f64 / 10.0);
    /// let numbers = ndarray::Array1::from_shape_fn(60, |row| 100.0 + 7.0 * inputs[[row, 0]]);
    /// let model = Regressor::fit(&inputs, &numbers)?;
    /// assert!(model.score(&inputs, &numbers)? > 0.99);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn fit(inputs: &ArrayRef2<F>, numbers: &ArrayRef1<F>) -> Result<Self> {
        Self::fit_with(&Settings::default(), inputs, numbers)
    }

    /// Trains with these settings.
    ///
    /// # Errors
    /// As for [`fit`](Self::fit), and when a setting is out of range.
    ///
    /// ```
    /// # use feedforward::Regressor;
    /// # let inputs = ndarray::Array2::from_shape_fn((60, 1), |(row, _)| row as f64 / 10.0);
    /// # let numbers = ndarray::Array1::from_shape_fn(60, |row| 100.0 + 7.0 * inputs[[row, 0]]);
    /// use feedforward::{Settings, Solver};
    /// let settings = Settings { hidden: vec![8], solver: Solver::Lbfgs, ..Settings::default() };
    /// let model = Regressor::fit_with(&settings, &inputs, &numbers)?;
    /// assert!(model.score(&inputs, &numbers)? > 0.99);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn fit_with(settings: &Settings, inputs: &ArrayRef2<F>, numbers: &ArrayRef1<F>) -> Result<Self> {
        let targets = numbers.to_owned().insert_axis(Axis(1));
        let scaler = StandardScaler::fit_allowing_constant(inputs)?;
        let target_scaler = StandardScaler::fit(&targets)?;
        let data = Dataset::new(scaler.transform(inputs)?, target_scaler.transform(&targets)?)?;
        let (network, history) = settings.train(&data, &Mse, Dataset::split)?;
        Ok(Self { network, scaler, target_scaler, history })
    }

    /// The number of each row.
    ///
    /// # Errors
    /// When the columns are not as many as were trained on, or a number is not finite.
    ///
    /// ```
    /// # use feedforward::Regressor;
    /// # let inputs = ndarray::Array2::from_shape_fn((60, 1), |(row, _)| row as f64 / 10.0);
    /// # let numbers = ndarray::Array1::from_shape_fn(60, |row| 100.0 + 7.0 * inputs[[row, 0]]);
    /// let model = Regressor::fit(&inputs, &numbers)?;
    /// assert!((model.predict(&ndarray::array![[3.0]])?[0] - 121.0).abs() < 2.0);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn predict(&self, inputs: &ArrayRef2<F>) -> Result<Array1<F>> {
        let scaled = self.network.predict(&self.scaler.transform(inputs)?)?;
        Ok(self.target_scaler.inverse(&scaled)?.remove_axis(Axis(1)))
    }

    /// R² of the predictions.
    ///
    /// # Errors
    /// As for [`predict`](Self::predict), and when there are fewer than 2 rows.
    ///
    /// ```
    /// # use feedforward::Regressor;
    /// # let inputs = ndarray::Array2::from_shape_fn((60, 1), |(row, _)| row as f64 / 10.0);
    /// # let numbers = ndarray::Array1::from_shape_fn(60, |row| 100.0 + 7.0 * inputs[[row, 0]]);
    /// let model = Regressor::fit(&inputs, &numbers)?;
    /// assert!(model.score(&inputs, &numbers)? > 0.99);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn score(&self, inputs: &ArrayRef2<F>, numbers: &ArrayRef1<F>) -> Result<f64> {
        let predictions = self.predict(inputs)?.insert_axis(Axis(1));
        r2(&predictions, &numbers.to_owned().insert_axis(Axis(1)), None)
    }

    /// The scaler of the inputs.
    ///
    /// ```
    /// # use feedforward::Regressor;
    /// # let inputs = ndarray::Array2::from_shape_fn((60, 1), |(row, _)| row as f64 / 10.0);
    /// # let numbers = ndarray::Array1::from_shape_fn(60, |row| 100.0 + 7.0 * inputs[[row, 0]]);
    /// let model = Regressor::fit(&inputs, &numbers)?;
    /// assert!((model.scaler().mean()[0] - 2.95).abs() < 1e-9);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn scaler(&self) -> &StandardScaler<F> {
        &self.scaler
    }

    /// The scaler of the numbers that are predicted.
    ///
    /// ```
    /// # use feedforward::Regressor;
    /// # let inputs = ndarray::Array2::from_shape_fn((60, 1), |(row, _)| row as f64 / 10.0);
    /// # let numbers = ndarray::Array1::from_shape_fn(60, |row| 100.0 + 7.0 * inputs[[row, 0]]);
    /// let model = Regressor::fit(&inputs, &numbers)?;
    /// assert!((model.target_scaler().mean()[0] - 120.65).abs() < 1e-9);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn target_scaler(&self) -> &StandardScaler<F> {
        &self.target_scaler
    }

    /// The network, which takes and gives scaled numbers.
    ///
    /// ```
    /// # use feedforward::Regressor;
    /// # let inputs = ndarray::Array2::from_shape_fn((60, 1), |(row, _)| row as f64 / 10.0);
    /// # let numbers = ndarray::Array1::from_shape_fn(60, |row| 100.0 + 7.0 * inputs[[row, 0]]);
    /// let model = Regressor::fit(&inputs, &numbers)?;
    /// assert_eq!(model.network().output_size(), 1);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn network(&self) -> &Network<F> {
        &self.network
    }

    /// How the training went.
    ///
    /// ```
    /// # use feedforward::Regressor;
    /// # let inputs = ndarray::Array2::from_shape_fn((60, 1), |(row, _)| row as f64 / 10.0);
    /// # let numbers = ndarray::Array1::from_shape_fn(60, |row| 100.0 + 7.0 * inputs[[row, 0]]);
    /// let model = Regressor::fit(&inputs, &numbers)?;
    /// assert!(model.history().best_epoch().is_some());
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn history(&self) -> &History {
        &self.history
    }
}
