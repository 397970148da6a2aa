//! [`MultiLabelClassifier`]: predicts several labels for each row.

use super::Inputs;
use super::fitted::{Fitted, fitted_accessors};
use crate::data::{Label, LabelEncoder, Row};
use crate::metrics::{LabelReport, subset_accuracy};
use crate::{BinaryCrossEntropy, Dataset, Error, Float, Result, Table, check};
use ndarray::{Array1, Array2, ArrayRef2, ArrayView1, Axis};
use std::fmt::Display;

/// Predicts any number of labels for each row: each label is a yes or no by itself.
///
/// The network has an output for each label, trained on [`BinaryCrossEntropy`]; a label is predicted if its probability
/// is above 0.5. [`metrics::label_f1`](crate::metrics::label_f1) and its kin score the probabilities,
/// [`evaluate`](Self::evaluate) reports on a table.
///
/// ```
/// use feedforward::estimator::MultiLabelClassifier;
/// use ndarray::array;
///
/// let inputs = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
/// let labels = [vec![], vec!["wet"], vec!["warm"], vec!["warm", "wet"]];
/// let model = MultiLabelClassifier::builder(&inputs, &labels).fit()?;
/// assert_eq!(model.predict(&array![[0.9, 0.1], [1.0, 1.0]])?, [vec!["warm"], vec!["warm", "wet"]]);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias("MultiOutputClassifier", "MultiLabelBinarizer"))]
#[derive(Debug, Clone)]
pub struct MultiLabelClassifier<F: Float, L> {
    pub(super) fitted: Fitted<F>,
    pub(super) encoder: LabelEncoder<L>,
}

impl<F: Float, L: Label> MultiLabelClassifier<F, L> {
    /// Returns the labels of each row, in the order of [`labels`](Self::labels).
    ///
    /// # Errors
    /// When the inputs have not the columns of the training, or hold what the preparation refuses: a number that is not
    /// finite, a missing entry, an unknown category.
    pub fn predict<'i>(&self, inputs: impl Into<Inputs<'i, F>>) -> Result<Vec<Vec<L>>> {
        let prepared = self.fitted.prepare("MultiLabelClassifier::predict", inputs.into())?;
        self.probabilities(&prepared)?.rows().into_iter().map(|row| self.labels_of(row)).collect()
    }

    fn labels_of(&self, probabilities: ArrayView1<'_, F>) -> Result<Vec<L>> {
        let half = F::from_f64(0.5);
        let present = probabilities.iter().enumerate().filter(|(_, probability)| **probability > half);
        self.encoder.decode(&present.map(|(label, _)| label).collect::<Vec<_>>())
    }

    /// Returns the probability of each label, in the order of [`labels`](Self::labels).
    ///
    /// # Errors
    /// As for [`predict`](Self::predict).
    pub fn predict_proba<'i>(&self, inputs: impl Into<Inputs<'i, F>>) -> Result<Array2<F>> {
        self.probabilities(&self.fitted.prepare("MultiLabelClassifier::predict_proba", inputs.into())?)
    }

    fn probabilities(&self, prepared: &ArrayRef2<F>) -> Result<Array2<F>> {
        self.fitted.network.predict_probabilities(prepared, &BinaryCrossEntropy::default())
    }

    /// Returns the labels of a row: the values by the names of their columns.
    ///
    /// # Errors
    /// When a column that is needed has no value, or one that the preparation refuses. A model of an array needs
    /// [`with_column_names`](Self::with_column_names).
    pub fn predict_row(&self, row: impl Into<Row>) -> Result<Vec<L>> {
        self.labels_of(self.predict_row_proba(row)?.view())
    }

    /// Returns the probability of each label for a row, in the order of [`labels`](Self::labels).
    ///
    /// # Errors
    /// As for [`predict_row`](Self::predict_row).
    pub fn predict_row_proba(&self, row: impl Into<Row>) -> Result<Array1<F>> {
        let prepared = self.fitted.prepare_row("MultiLabelClassifier::predict_row", &row.into())?;
        Ok(self.probabilities(&prepared)?.remove_axis(Axis(0)))
    }

    /// Returns the share of rows whose labels are all predicted, and no other.
    ///
    /// # Errors
    /// As for [`predict`](Self::predict), and when a label was not there in training.
    pub fn score<'i>(&self, inputs: impl Into<Inputs<'i, F>>, labels: &[impl AsRef<[L]>]) -> Result<f64> {
        let indicators = indicators(&self.encoder, labels)?;
        let prepared = self.fitted.prepare("MultiLabelClassifier::score", inputs.into())?;
        subset_accuracy(&self.probabilities(&prepared)?, &indicators, None)
    }

    /// Writes the labels of each row as a matrix: 1 in the column of each label that the row has, 0 elsewhere.
    ///
    /// # Errors
    /// When a label was not there in training.
    #[doc(alias = "MultiLabelBinarizer")]
    pub fn indicators(&self, labels: &[impl AsRef<[L]>]) -> Result<Array2<F>> {
        indicators(&self.encoder, labels)
    }

    /// Goes once over these rows, in batches, from where the training is, as
    /// [`Classifier::partial_fit`](crate::Classifier::partial_fit).
    ///
    /// # Errors
    /// As for [`predict`](Self::predict), when a label was not there in training, when the solver is
    /// [`Solver::Lbfgs`](super::Solver::Lbfgs), and when training diverges. The model has not changed then.
    pub fn partial_fit<'i>(&mut self, inputs: impl Into<Inputs<'i, F>>, labels: &[impl AsRef<[L]>]) -> Result<()> {
        let indicators = indicators(&self.encoder, labels)?;
        let prepared = self.fitted.prepare("MultiLabelClassifier::partial_fit", inputs.into())?;
        self.fitted.train_once(&Dataset::new(prepared, indicators)?, &BinaryCrossEntropy::default())
    }

    /// Returns all labels, in the order of the outputs.
    #[doc(alias = "classes_")]
    pub fn labels(&self) -> &[L] {
        self.encoder.classes()
    }
}

impl<F: Float, L: Label + Display> MultiLabelClassifier<F, L> {
    /// Predicts the labels of a table, which has them in the columns that the model was fitted to predict, and reports
    /// how well: precision, recall and F1 of each label.
    ///
    /// # Errors
    /// As for [`predict`](Self::predict), when the model was fitted on an array, and when a column does not exist or
    /// holds something else than 1 and 0.
    ///
    /// ```
    /// use feedforward::Table;
    /// use feedforward::data::Column;
    /// use feedforward::estimator::MultiLabelClassifier;
    /// let table = Table::new(vec![
    ///     Column::numbers("humidity", vec![0.1, 0.9, 0.2, 0.8]),
    ///     Column::numbers("rain", vec![0.0, 1.0, 0.0, 1.0]),
    ///     Column::numbers("sun", vec![1.0, 0.0, 1.0, 1.0]),
    /// ])?;
    /// let model = MultiLabelClassifier::on(&table, &["rain", "sun"]).fit()?;
    /// let report = model.evaluate(&table)?;
    /// assert_eq!(report.scores()[0].recall, 1.0);
    /// println!("{report}");
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn evaluate(&self, table: &Table) -> Result<LabelReport> {
        let operation = "MultiLabelClassifier::evaluate";
        let actual = self.fitted.target_numbers(operation, table)?;
        check_indicators(operation, &self.encoder, &actual)?;
        let prepared = self.fitted.prepare(operation, Inputs::Table(table))?;
        LabelReport::new(&self.probabilities(&prepared)?, &actual, None)?.with_labels(self.labels())
    }
}

/// Demands a column for each label, of ones and zeros.
pub(super) fn check_indicators<F: Float, L: Label>(
    operation: &'static str,
    encoder: &LabelEncoder<L>,
    indicators: &ArrayRef2<F>,
) -> Result<()> {
    check::columns(operation, "indicators", encoder.classes().len(), indicators.ncols())?;
    match indicators.indexed_iter().find(|(_, value)| !value.is_zero() && !value.is_one()) {
        None => Ok(()),
        Some(((row, column), found)) => {
            let expected = format!("1 or 0 for the label {:?}", encoder.classes()[column]);
            Err(Error::target(operation, row, expected, found))
        }
    }
}

/// Writes the labels of each row as 1 in their columns; a label that is named twice counts once.
pub(super) fn indicators<F: Float, L: Label>(
    encoder: &LabelEncoder<L>,
    labels: &[impl AsRef<[L]>],
) -> Result<Array2<F>> {
    let operation = "MultiLabelClassifier";
    let (rows, columns) = check::addressable::<F>(operation, labels.len(), encoder.classes().len())?;
    let mut indicators = Array2::zeros((rows, columns));
    for (row, labels) in labels.iter().enumerate() {
        for label in labels.as_ref() {
            let class = encoder.encode(std::slice::from_ref(label)).map_err(|_| {
                let expected = format!("some of {columns} known labels");
                Error::target(operation, row, expected, format!("{label:?}"))
            })?;
            indicators[[row, class[0]]] = F::one();
        }
    }
    Ok(indicators)
}

fitted_accessors!(impl[F: Float, L] MultiLabelClassifier<F, L>, "MultiLabelClassifier::with_column_names");
