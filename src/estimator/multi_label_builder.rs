//! [`MultiLabelBuilder`]: what a classifier of several labels is fitted on, and how.

use super::column_labels::read_numbers;
use super::fitted::Fitted;
use super::multi_label::indicators;
use super::plan::Plan;
use super::train::{Task, Training};
use super::{MultiLabelClassifier, RegressionLoss, Settings};
use crate::data::{Label, LabelEncoder, Preparation};
use crate::{BinaryCrossEntropy, Dataset, Error, Float, Result, Table, check};
use ndarray::{ArrayRef2, CowArray, Ix2};

const OPERATION: &str = "MultiLabelClassifier";

/// Data, settings and weights that a [`MultiLabelClassifier`] is fitted on. [`fit`](Self::fit) checks them.
#[derive(Debug)]
#[must_use = "nothing is fitted before `fit`"]
pub struct MultiLabelBuilder<'a, F: Float, L> {
    plan: Plan<'a, F>,
    /// What was wrong with the labels, or the labels and their matrix; they are read from the table if there are none.
    targets: Result<Option<Indicators<'a, F, L>>>,
    /// The labels that the columns of a table stand for.
    of_columns: Vec<L>,
}

/// The labels, and the matrix of the rows that have them.
type Indicators<'a, F, L> = (LabelEncoder<L>, CowArray<'a, F, Ix2>);

impl MultiLabelClassifier<f64, String> {
    /// Starts a fit on a table: predicts from the other columns whether each of these is 1 or 0.
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
    /// assert_eq!(model.predict_row([("humidity", 0.95.into())])?, ["rain"]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn on<'a>(table: &'a Table, targets: &[impl AsRef<str>]) -> MultiLabelBuilder<'a, f64, String> {
        let names: Vec<String> = targets.iter().map(|name| name.as_ref().to_owned()).collect();
        let plan = Plan::of_table(OPERATION, table, names.clone());
        MultiLabelBuilder { plan, targets: Ok(None), of_columns: names }
    }
}

impl<F: Float, L: Label> MultiLabelClassifier<F, L> {
    /// Starts a fit on an array, with the labels of each row: none, one or several.
    pub fn builder<'a>(inputs: &'a ArrayRef2<F>, labels: &[impl AsRef<[L]>]) -> MultiLabelBuilder<'a, F, L> {
        let all: Vec<L> = labels.iter().flat_map(|labels| labels.as_ref()).cloned().collect();
        let targets = LabelEncoder::fit(&all).and_then(|encoder| {
            let indicators = indicators(&encoder, labels)?;
            Ok(Some((encoder, indicators.into())))
        });
        MultiLabelBuilder { plan: Plan::of_array(OPERATION, inputs.view()), targets, of_columns: Vec::new() }
    }

    /// Starts a fit on an array, with a matrix of ones and zeros: whether a row (row) has a label (column).
    ///
    /// ```
    /// use feedforward::estimator::MultiLabelClassifier;
    /// use ndarray::array;
    /// let (inputs, indicators) = (array![[0.0], [1.0], [2.0]], array![[0.0, 1.0], [1.0, 1.0], [1.0, 0.0]]);
    /// let model = MultiLabelClassifier::of_indicators(&inputs, &indicators, ["high", "low"]).fit()?;
    /// assert_eq!(model.predict(&array![[3.0]])?, [["high"]]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn of_indicators<'a>(
        inputs: &'a ArrayRef2<F>,
        indicators: &'a ArrayRef2<F>,
        labels: impl IntoIterator<Item = L>,
    ) -> MultiLabelBuilder<'a, F, L> {
        let encoder = LabelEncoder::from_classes(labels.into_iter().collect());
        let targets = encoder.map(|encoder| Some((encoder, indicators.view().into())));
        MultiLabelBuilder { plan: Plan::of_array(OPERATION, inputs.view()), targets, of_columns: Vec::new() }
    }
}

impl<'a, F: Float, L: Label> MultiLabelBuilder<'a, F, L> {
    /// Sets the settings.
    pub fn settings(mut self, settings: Settings) -> Self {
        self.plan.settings = settings;
        self
    }

    /// Sets the role of each column of the table.
    pub fn preparation(self, preparation: Preparation) -> Self {
        Self { plan: self.plan.with_preparation(preparation), ..self }
    }

    /// Sets a weight for each row, which counts in the loss: finite numbers >= 0.
    #[doc(alias = "sample_weight")]
    pub fn weights(self, weights: &'a [f64]) -> Self {
        Self { plan: self.plan.with_weights(weights), ..self }
    }

    /// Trains.
    ///
    /// # Errors
    /// When the rows of inputs, labels and weights differ in number, there is no label, an indicator is neither 1 nor 0,
    /// a number is not finite, a column of the table does not exist or cannot be prepared, a setting is out of range, or
    /// training diverges.
    pub fn fit(self) -> Result<MultiLabelClassifier<F, L>> {
        let Self { plan, targets, of_columns } = self;
        let settings = &plan.settings;
        if settings.loss != RegressionLoss::default() {
            let expected = "the default loss in the settings, as a classifier is trained on its cross-entropy";
            return Err(Error::invalid(OPERATION, expected, format!("{:?}", settings.loss)));
        }
        let (encoder, indicators) = match (targets?, plan.table()) {
            (Some(targets), _) => targets,
            (None, Some(table)) => {
                let encoder = LabelEncoder::from_classes(of_columns)?;
                (encoder, read_numbers::<F>(OPERATION, table, &plan.targets)?.into())
            }
            (None, None) => return Err(Error::Empty { operation: OPERATION, what: "label" }),
        };
        check::columns(OPERATION, "indicators", encoder.classes().len(), indicators.ncols())?;
        let other = indicators.indexed_iter().find(|(_, value)| !value.is_zero() && !value.is_one());
        if let Some(((row, column), found)) = other {
            let expected = format!("1 or 0 for the label {:?}", encoder.classes()[column]);
            return Err(Error::target(OPERATION, row, expected, found));
        }
        let (preparation, prepared) = plan.prepare(None, None)?;
        let mut data = Dataset::new(prepared, indicators.into_owned())?;
        if let Some(weights) = plan.weights(None)? {
            data = data.with_weights(weights.into_iter().map(F::from_f64).collect())?;
        }
        let (outputs, loss) = (encoder.classes().len(), BinaryCrossEntropy::default());
        let training = Training { operation: OPERATION, task: Task::Labels, data, outputs, loss: &loss, start: None };
        let (network, history) = training.run(settings)?;
        let fitted = Fitted {
            network,
            preparation,
            column_names: Vec::new(),
            target_names: plan.targets.clone(),
            history,
            settings: Some(settings.clone()),
        };
        Ok(MultiLabelClassifier { fitted, encoder })
    }
}
