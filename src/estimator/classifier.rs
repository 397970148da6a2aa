//! [`Classifier`]: predicts labels.

use super::Settings;
use crate::data::{LabelEncoder, StandardScaler, one_hot};
use crate::io::Model;
use crate::metrics::accuracy;
use crate::{CrossEntropy, Dataset, Error, Float, History, Network, Result, check};
use ndarray::{Array2, ArrayRef2};
use std::borrow::Cow;
use std::fmt::{Debug, Display};

/// Predicts a label for each row. Labels can be of any type with an order: strings, numbers, enums.
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
    pub(super) network: Network<F>,
    pub(super) scaler: StandardScaler<F>,
    pub(super) encoder: LabelEncoder<L>,
    pub(super) history: History,
    pub(super) column_names: Vec<String>,
}

impl<F: Float, L: Ord + Clone + Debug> Classifier<F, L> {
    /// Trains with the default settings.
    ///
    /// # Errors
    /// When rows and labels do not fit, a number is not finite, or there are fewer than 2 classes.
    pub fn fit(inputs: &ArrayRef2<F>, labels: &[L]) -> Result<Self> {
        Self::fit_with(&Settings::default(), inputs, labels)
    }

    /// Trains with these settings. The held-out rows have each class in its proportion.
    ///
    /// # Errors
    /// As for [`fit`](Self::fit), when a setting is out of range, and when a class would be missing from the training
    /// part.
    ///
    /// ```
    /// # use feedforward::Classifier;
    /// # let lengths = ndarray::array![[5.1, 1.4], [4.9, 1.5], [4.7, 1.3], [7.0, 4.7], [6.4, 4.5], [6.9, 4.9]];
    /// # let kinds = ["setosa", "setosa", "setosa", "versicolor", "versicolor", "versicolor"];
    /// use feedforward::estimator::Settings;
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
        Ok(Self { network, scaler, encoder, history, column_names: Vec::new() })
    }

    /// Joins the parts of a classifier that was trained elsewhere: it has no history.
    #[cfg(feature = "onnx")]
    pub(super) fn from_parts(
        network: Network<F>,
        scaler: StandardScaler<F>,
        encoder: LabelEncoder<L>,
        column_names: Vec<String>,
    ) -> Self {
        Self { network, scaler, encoder, history: History::default(), column_names }
    }

    /// Returns the most probable label of each row.
    ///
    /// # Errors
    /// When there are not as many columns as in training, or a number is not finite.
    pub fn predict(&self, inputs: &ArrayRef2<F>) -> Result<Vec<L>> {
        self.encoder.decode(&crate::data::argmax(&self.network.predict(&self.scaler.transform(inputs)?)?)?)
    }

    /// Returns the probability of each label, in the order of [`classes`](Self::classes).
    ///
    /// # Errors
    /// As for [`predict`](Self::predict).
    pub fn predict_proba(&self, inputs: &ArrayRef2<F>) -> Result<Array2<F>> {
        self.network.predict_probabilities(&self.scaler.transform(inputs)?, &CrossEntropy::default())
    }

    /// Returns the accuracy: the share of rows whose label is predicted.
    ///
    /// # Errors
    /// As for [`predict`](Self::predict), and when a label was not there in training.
    pub fn score(&self, inputs: &ArrayRef2<F>, labels: &[L]) -> Result<f64> {
        accuracy(&self.encoder.encode(&self.predict(inputs)?)?, &self.encoder.encode(labels)?, None)
    }

    /// Returns the labels, in order.
    pub fn classes(&self) -> &[L] {
        self.encoder.classes()
    }

    /// Returns the scaler of the inputs.
    pub fn scaler(&self) -> &StandardScaler<F> {
        &self.scaler
    }

    /// Returns the encoder of the labels.
    pub fn encoder(&self) -> &LabelEncoder<L> {
        &self.encoder
    }

    /// Returns the network, which takes scaled inputs and gives logits.
    pub fn network(&self) -> &Network<F> {
        &self.network
    }

    /// Names the columns of the inputs: files keep the names.
    ///
    /// # Errors
    /// When there are not as many names as columns.
    pub fn with_column_names(self, names: Vec<String>) -> Result<Self> {
        check::columns("Classifier::with_column_names", "names", self.network.input_size(), names.len())?;
        Ok(Self { column_names: names, ..self })
    }

    /// Returns the names of the columns of the inputs; empty when they have none.
    #[doc(alias = "feature_names_in_")]
    pub fn column_names(&self) -> &[String] {
        &self.column_names
    }

    /// Returns the history of the training; it is empty for a classifier of another library.
    pub fn history(&self) -> &History {
        &self.history
    }
}

impl<F: Float, L: Ord + Clone + Debug + Display> Classifier<F, L> {
    /// Writes scaler, network and labels as one C99 file.
    ///
    /// `int name(const float input[4])` returns the index of the most probable class, and -1 if a number is NaN;
    /// `name_labels[index]` is its label, in UTF-8; `name_probabilities(input, output)` writes the probability of each
    /// class as [`predict_proba`](Self::predict_proba) does, and `name_scores` the logits. The inputs are not scaled
    /// yet. For the rest see [`Network::to_c99`].
    ///
    /// # Errors
    /// As for [`Network::to_c99`], and when a label is empty, as text the same as another, longer than 4095 bytes, or
    /// has a zero byte in it.
    ///
    /// ```
    /// use feedforward::Classifier;
    /// use ndarray::array;
    ///
    /// let lengths = array![[5.1, 1.4], [4.9, 1.5], [7.0, 4.7], [6.4, 4.5]];
    /// let model = Classifier::fit(&lengths, &["setosa", "setosa", "versicolor", "versicolor"])?;
    /// let source = model.to_c99("iris")?;
    /// assert!(source.contains("int iris(const double input[2])"));
    /// assert!(source.contains("\"setosa\",\n    \"versicolor\""));
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn to_c99(&self, name: &str) -> Result<String> {
        self.to_model()?.to_c99(name)
    }

    /// Writes scaler, network and labels as one Rust file.
    ///
    /// `pub fn name(input: &[f32; 4]) -> Option<usize>` returns the index of the most probable class, and none if a
    /// number is NaN; `NAME_LABELS[index]` is its label; `name_probabilities(input)` and `name_scores(input)` return
    /// the probability and the logit of each class. For the rest see [`Network::to_rust`].
    ///
    /// # Errors
    /// As for [`to_c99`](Self::to_c99).
    pub fn to_rust(&self, name: &str) -> Result<String> {
        self.to_model()?.to_rust(name)
    }

    pub(super) fn to_model(&self) -> Result<Model<'_, F>> {
        let column_names = (!self.column_names.is_empty()).then_some(Cow::Borrowed(&self.column_names[..]));
        Ok(Model {
            input_scaler: Some(Cow::Borrowed(&self.scaler)),
            labels: Some(self.encoder.to_texts()?),
            column_names,
            ..Model::of_network(Cow::Borrowed(&self.network))
        })
    }
}
