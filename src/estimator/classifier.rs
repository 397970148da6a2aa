//! [`Classifier`]: predicts labels.

use super::Inputs;
use super::column_labels::encode_column;
use super::fitted::{Fitted, fitted_accessors};
#[cfg(feature = "onnx")]
use crate::Network;
#[cfg(feature = "onnx")]
use crate::data::StandardScaler;
use crate::data::{Label, LabelEncoder, Row};
use crate::io::Model;
use crate::metrics::{ClassificationReport, ConfusionMatrix, accuracy};
use crate::{CrossEntropy, Dataset, Error, Float, Result, Table};
use ndarray::{Array1, Array2, ArrayRef2, Axis};
use std::fmt::Display;

/// Predicts a label for each row. Labels can be of any type that is a [`Label`]: texts, whole numbers, enums.
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
///
/// Tables, weights and other options come with a builder: [`Classifier::on`](Self::on),
/// [`Classifier::builder`](Self::builder). The order of [`classes`](Self::classes) is that of [`LabelEncoder`].
#[derive(Debug, Clone)]
pub struct Classifier<F: Float, L> {
    pub(super) fitted: Fitted<F>,
    pub(super) encoder: LabelEncoder<L>,
}

impl<F: Float, L: Label> Classifier<F, L> {
    /// Joins the parts of a classifier that was trained elsewhere: it has no history.
    #[cfg(feature = "onnx")]
    pub(super) fn from_parts(
        network: Network<F>,
        scaler: StandardScaler<F>,
        encoder: LabelEncoder<L>,
        column_names: Vec<String>,
    ) -> Self {
        Self { fitted: Fitted::from_parts(network, scaler, column_names), encoder }
    }

    /// Returns the most probable label of each row.
    ///
    /// # Errors
    /// When the inputs have not the columns of the training, or hold what the preparation refuses: a number that is not
    /// finite, a missing entry, an unknown category.
    pub fn predict<'i>(&self, inputs: impl Into<Inputs<'i, F>>) -> Result<Vec<L>> {
        self.encoder.decode(&self.predict_classes("Classifier::predict", inputs.into())?)
    }

    pub(super) fn predict_classes(&self, operation: &'static str, inputs: Inputs<'_, F>) -> Result<Vec<usize>> {
        self.fitted.predict_classes(&self.fitted.prepare(operation, inputs)?)
    }

    /// Returns the probability of each label, in the order of [`classes`](Self::classes).
    ///
    /// # Errors
    /// As for [`predict`](Self::predict).
    pub fn predict_proba<'i>(&self, inputs: impl Into<Inputs<'i, F>>) -> Result<Array2<F>> {
        self.probabilities(&self.fitted.prepare("Classifier::predict_proba", inputs.into())?)
    }

    fn probabilities(&self, prepared: &ArrayRef2<F>) -> Result<Array2<F>> {
        self.fitted.network.predict_probabilities(prepared, &CrossEntropy::default())
    }

    /// Returns the most probable label of a row: the values by the names of their columns.
    ///
    /// # Errors
    /// When a column that is needed has no value, or one that the preparation refuses. A model of an array needs
    /// [`with_column_names`](Self::with_column_names).
    ///
    /// ```
    /// use feedforward::data::Column;
    /// use feedforward::{Classifier, Table};
    ///
    /// let lengths = vec![39.1, 39.5, 40.3, 46.1, 50.0, 48.7, f64::NAN];
    /// let islands = ["Torgersen", "Torgersen", "Dream", "Biscoe", "Biscoe", "Biscoe", "Torgersen"];
    /// let species = ["Adelie", "Adelie", "Adelie", "Gentoo", "Gentoo", "Gentoo", "Adelie"];
    /// let table = Table::new(vec![
    ///     Column::numbers("bill_length_mm", lengths),
    ///     Column::texts("island", islands.map(Some)),
    ///     Column::texts("species", species.map(Some)),
    /// ])?;
    /// let model = Classifier::on(&table, "species").fit()?;
    /// let label = model.predict_row(&[("bill_length_mm", 39.1.into()), ("island", "Torgersen".into())])?;
    /// assert_eq!(label, "Adelie");
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn predict_row(&self, row: impl Into<Row>) -> Result<L> {
        let prepared = self.fitted.prepare_row("Classifier::predict_row", &row.into())?;
        let class = self.fitted.predict_classes(&prepared)?;
        let label = self.encoder.decode(&class)?.pop();
        label.ok_or(Error::Empty { operation: "Classifier::predict_row", what: "row" })
    }

    /// Returns the probability of each label for a row, in the order of [`classes`](Self::classes).
    ///
    /// # Errors
    /// As for [`predict_row`](Self::predict_row).
    pub fn predict_row_proba(&self, row: impl Into<Row>) -> Result<Array1<F>> {
        let prepared = self.fitted.prepare_row("Classifier::predict_row_proba", &row.into())?;
        Ok(self.probabilities(&prepared)?.remove_axis(Axis(0)))
    }

    /// Returns the accuracy: the share of rows whose label is predicted.
    ///
    /// # Errors
    /// As for [`predict`](Self::predict), and when a label was not there in training.
    pub fn score<'i>(&self, inputs: impl Into<Inputs<'i, F>>, labels: &[L]) -> Result<f64> {
        let predicted = self.predict_classes("Classifier::score", inputs.into())?;
        accuracy(&predicted, &self.encoder.encode(labels)?, None)
    }

    /// Goes once over these rows, in batches, from where the training is: with its settings, and with what its solver
    /// remembers of the steps before. A model from a file remembers none of them.
    ///
    /// The preparation and the classes stay as they are. The history gets a record.
    ///
    /// # Errors
    /// As for [`predict`](Self::predict), when a label is not one of [`classes`](Self::classes), when the solver is
    /// [`Solver::Lbfgs`](super::Solver::Lbfgs), and when training diverges. The model has not changed then.
    ///
    /// ```
    /// use feedforward::Classifier;
    /// use ndarray::array;
    /// let mut model = Classifier::fit(&array![[1.0], [2.0], [7.0], [8.0]], &["low", "low", "high", "high"])?;
    /// model.partial_fit(&array![[0.5], [9.0]], &["low", "high"])?;
    /// assert_eq!(model.history().len(), 201);
    /// assert!(model.partial_fit(&array![[4.0]], &["medium"]).is_err());
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn partial_fit<'i>(&mut self, inputs: impl Into<Inputs<'i, F>>, labels: &[L]) -> Result<()> {
        let prepared = self.fitted.prepare("Classifier::partial_fit", inputs.into())?;
        let data = Dataset::new(prepared, class_column(&self.encoder.encode(labels)?))?;
        self.fitted.train_once(&data, &CrossEntropy::default())
    }

    /// Returns the labels, in the order of their numbers.
    #[doc(alias = "classes_")]
    pub fn classes(&self) -> &[L] {
        self.encoder.classes()
    }

    /// Returns the encoder of the labels.
    pub fn encoder(&self) -> &LabelEncoder<L> {
        &self.encoder
    }
}

/// Writes classes as targets of [`CrossEntropy`]: their numbers in one column.
pub(super) fn class_column<F: Float>(classes: &[usize]) -> Array2<F> {
    Array1::from_iter(classes.iter().map(|&class| F::from_f64(class as f64))).insert_axis(Axis(1))
}

impl<F: Float, L: Label + Display> Classifier<F, L> {
    /// Predicts the labels of a table, which has them in the column that the model was fitted to predict, and reports
    /// how well: precision, recall and F1 of each class.
    ///
    /// # Errors
    /// As for [`predict`](Self::predict), when the model was fitted on an array, when the column does not exist or
    /// holds a label that was not there in training, and when there are more than 4096 classes.
    pub fn evaluate(&self, table: &Table) -> Result<ClassificationReport> {
        let operation = "Classifier::evaluate";
        let actual = self.actual_classes(operation, table)?;
        let predicted = self.predict_classes(operation, Inputs::Table(table))?;
        let matrix = ConfusionMatrix::new(&predicted, &actual, None)?.with_labels(self.classes())?;
        Ok(matrix.classification_report())
    }

    /// Returns the class of each row, in the column that the model was fitted to predict.
    pub(super) fn actual_classes(&self, operation: &'static str, table: &Table) -> Result<Vec<usize>> {
        let columns = self.fitted.targets(operation, table)?;
        columns.first().map_or(Ok(Vec::new()), |column| encode_column(operation, &self.encoder, column))
    }
}

fitted_accessors!(impl[F: Float, L] Classifier<F, L>, "Classifier::with_column_names");

impl<F: Float, L: Label + Display> Classifier<F, L> {
    /// Writes scaler, network and labels as one C99 file. A model of a table must have columns of scaled numbers alone.
    ///
    /// `int name(const float input[4])` returns the index of the most probable class, and -1 if a number is NaN;
    /// `name_labels[index]` is its label, in UTF-8; `name_probabilities(input, output)` writes the probability of each
    /// class as [`predict_proba`](Self::predict_proba) does, and `name_scores` the logits. The inputs are not scaled
    /// yet. For the rest see [`Network::to_c99`](crate::Network::to_c99).
    ///
    /// # Errors
    /// As for [`Network::to_c99`](crate::Network::to_c99), and when a column is no scaled number, a label is empty, as
    /// text the same as another, longer than 4095 bytes, or has a zero byte in it.
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
    /// the probability and the logit of each class. For the rest see
    /// [`Network::to_rust`](crate::Network::to_rust).
    ///
    /// # Errors
    /// As for [`to_c99`](Self::to_c99).
    pub fn to_rust(&self, name: &str) -> Result<String> {
        self.to_model()?.to_rust(name)
    }

    pub(super) fn to_model(&self) -> Result<Model<'_, F>> {
        let labels = Some(self.encoder.to_texts()?);
        Ok(Model { labels, ..self.fitted.to_model("Classifier")? })
    }
}
