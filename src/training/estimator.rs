//! [`Classifier`] and [`Regressor`]: tabular problems in two lines, thin over everything below.

use super::{EarlyStopping, History, Trainer};
use crate::data::{LabelEncoder, StandardScaler, one_hot};
use crate::metrics::{accuracy, r2};
use crate::{Adam, CrossEntropy, Dataset, Error, Float, Identity, Mse, Network, Relu, Result};
use ndarray::{Array1, Array2, ArrayRef1, ArrayRef2, Axis};
use std::fmt::Debug;

/// What classifiers and regressors have in common: sizes, seed, how long to train.
///
/// Hidden layers are ReLU with He's start; inputs are scaled to mean 0 and deviation 1 (constant columns to 0); training is
/// [`Adam`] with a learning rate of 0.001 on batches of 32, for at most 200 epochs, stopping early on a tenth of the data
/// kept back (when there are at least 50 rows) with a patience of 20.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Sizes of the hidden layers.
    pub hidden: Vec<usize>,
    /// The learning rate.
    pub learning_rate: f64,
    /// Rows in a batch.
    pub batch_size: usize,
    /// Epochs at most.
    pub epochs: usize,
    /// Epochs without improvement on the data kept back before it stops; `None` trains on all data to the last epoch.
    pub patience: Option<usize>,
    /// The seed of everything random.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        let (hidden, learning_rate) = (vec![100], 0.001);
        Self { hidden, learning_rate, batch_size: 32, epochs: 200, patience: Some(20), seed: 0 }
    }
}

impl Settings {
    fn network<F: Float>(&self, inputs: usize, outputs: usize) -> Result<Network<F>> {
        let start = Network::builder(inputs).seed(self.seed);
        let hidden = self.hidden.iter().fold(start, |builder, &size| builder.dense(size, Relu));
        hidden.dense(outputs, Identity).build()
    }

    fn trainer<F: Float>(&self, rows: usize) -> Result<Trainer<'static, F>> {
        let trainer = Trainer::new(self.epochs).batch_size(self.batch_size).seed(self.seed);
        Ok(match self.patience {
            Some(patience) if rows >= 50 => trainer.validation_share(0.1).early_stopping(EarlyStopping::new(patience)?),
            _ => trainer,
        })
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
    pub fn fit(inputs: &ArrayRef2<F>, labels: &[L]) -> Result<Self> {
        Self::fit_with(&Settings::default(), inputs, labels)
    }

    /// Trains with these settings.
    ///
    /// # Errors
    /// As for [`fit`](Self::fit), and when a setting is out of range.
    pub fn fit_with(settings: &Settings, inputs: &ArrayRef2<F>, labels: &[L]) -> Result<Self> {
        let encoder = LabelEncoder::fit(labels)?;
        let classes = encoder.classes().len();
        if classes < 2 {
            return Err(Error::invalid("Classifier", "at least 2 different labels", classes));
        }
        let scaler = StandardScaler::fit_allowing_constant(inputs)?;
        let data = Dataset::new(scaler.transform(inputs)?, one_hot(&encoder.encode(labels)?, classes)?)?;
        let mut network = settings.network(inputs.ncols(), classes)?;
        let mut rule = Adam::new(F::from_f64(settings.learning_rate))?;
        let loss = CrossEntropy::default();
        let history = settings.trainer(data.len())?.fit(&mut network, &data, &loss, &mut rule)?;
        Ok(Self { network, scaler, encoder, history })
    }

    /// The likeliest label of each row.
    ///
    /// # Errors
    /// When the columns are not as many as were trained on, or a number is not finite.
    pub fn predict(&self, inputs: &ArrayRef2<F>) -> Result<Vec<L>> {
        self.encoder.decode(&crate::data::argmax(&self.network.predict(&self.scaler.transform(inputs)?)?))
    }

    /// The probability of each label, in the order of [`classes`](Self::classes).
    ///
    /// # Errors
    /// As for [`predict`](Self::predict).
    pub fn predict_proba(&self, inputs: &ArrayRef2<F>) -> Result<Array2<F>> {
        self.network.predict_probabilities(&self.scaler.transform(inputs)?, &CrossEntropy::default())
    }

    /// The share of rows whose label is predicted.
    ///
    /// # Errors
    /// As for [`predict`](Self::predict), and when a label was not there in training.
    pub fn score(&self, inputs: &ArrayRef2<F>, labels: &[L]) -> Result<f64> {
        accuracy(&self.encoder.encode(&self.predict(inputs)?)?, &self.encoder.encode(labels)?, None)
    }

    /// The labels, in order.
    pub fn classes(&self) -> &[L] {
        self.encoder.classes()
    }

    /// The network, which takes scaled inputs and gives logits.
    pub fn network(&self) -> &Network<F> {
        &self.network
    }

    /// How the training went.
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
    pub fn fit(inputs: &ArrayRef2<F>, numbers: &ArrayRef1<F>) -> Result<Self> {
        Self::fit_with(&Settings::default(), inputs, numbers)
    }

    /// Trains with these settings.
    ///
    /// # Errors
    /// As for [`fit`](Self::fit), and when a setting is out of range.
    pub fn fit_with(settings: &Settings, inputs: &ArrayRef2<F>, numbers: &ArrayRef1<F>) -> Result<Self> {
        let targets = numbers.to_owned().insert_axis(Axis(1));
        let scaler = StandardScaler::fit_allowing_constant(inputs)?;
        let target_scaler = StandardScaler::fit(&targets)?;
        let data = Dataset::new(scaler.transform(inputs)?, target_scaler.transform(&targets)?)?;
        let mut network = settings.network(inputs.ncols(), 1)?;
        let mut rule = Adam::new(F::from_f64(settings.learning_rate))?;
        let history = settings.trainer(data.len())?.fit(&mut network, &data, &Mse, &mut rule)?;
        Ok(Self { network, scaler, target_scaler, history })
    }

    /// The number of each row.
    ///
    /// # Errors
    /// When the columns are not as many as were trained on, or a number is not finite.
    pub fn predict(&self, inputs: &ArrayRef2<F>) -> Result<Array1<F>> {
        let scaled = self.network.predict(&self.scaler.transform(inputs)?)?;
        Ok(self.target_scaler.inverse(&scaled)?.remove_axis(Axis(1)))
    }

    /// R² of the predictions.
    ///
    /// # Errors
    /// As for [`predict`](Self::predict), and when there are fewer than 2 rows.
    pub fn score(&self, inputs: &ArrayRef2<F>, numbers: &ArrayRef1<F>) -> Result<f64> {
        let predictions = self.predict(inputs)?.insert_axis(Axis(1));
        r2(&predictions, &numbers.to_owned().insert_axis(Axis(1)), None)
    }

    /// The network, which takes and gives scaled numbers.
    pub fn network(&self) -> &Network<F> {
        &self.network
    }

    /// How the training went.
    pub fn history(&self) -> &History {
        &self.history
    }
}
