//! [`Classifier`]: which class?

use super::Settings;
use crate::data::{LabelEncoder, StandardScaler, one_hot};
use crate::metrics::accuracy;
use crate::{CrossEntropy, Dataset, Error, Float, History, Network, Result};
use ndarray::{Array2, ArrayRef2};
use std::fmt::Debug;

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
