//! [`MultiLabelBuilder`]: what a classifier of several labels is fitted on, and how.

use super::column_labels::read_numbers;
use super::fitted::Fitted;
use super::multi_label::{check_indicators, indicators};
use super::plan::{Plan, plan_options, weighted};
use super::train::{Task, Training};
use super::{MultiLabelClassifier, Settings};
use crate::data::{Label, LabelEncoder, Preparation};
use crate::{BinaryCrossEntropy, Dataset, Error, Float, Result, Table, check};
use ndarray::{ArrayRef2, ArrayView2, Axis, CowArray, Ix2};

const OPERATION: &str = "MultiLabelClassifier";

/// Data, settings and weights that a [`MultiLabelClassifier`] is fitted on. [`fit`](Self::fit) checks them.
#[derive(Debug, Clone)]
#[must_use = "nothing is fitted before `fit`"]
pub struct MultiLabelBuilder<'a, F: Float, L> {
    plan: Plan<'a, F>,
    targets: LabelTargets<'a, F, L>,
}

#[derive(Debug, Clone)]
enum LabelTargets<'a, F, L> {
    /// The labels of all rows, one after the other, and where those of each row end.
    Sets { labels: Vec<L>, ends: Vec<usize> },
    /// A column of the matrix for each label.
    Indicators { labels: Vec<L>, matrix: ArrayView2<'a, F> },
    /// The labels that the predicted columns of the table stand for.
    Columns(Vec<L>),
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
        MultiLabelBuilder { plan, targets: LabelTargets::Columns(names) }
    }
}

impl<F: Float, L: Label> MultiLabelClassifier<F, L> {
    /// Starts a fit on an array, with the labels of each row: none, one or several.
    pub fn builder<'a>(inputs: &'a ArrayRef2<F>, labels: &[impl AsRef<[L]>]) -> MultiLabelBuilder<'a, F, L> {
        let mut ends = Vec::with_capacity(labels.len());
        let mut all = Vec::new();
        for labels in labels {
            all.extend_from_slice(labels.as_ref());
            ends.push(all.len());
        }
        let targets = LabelTargets::Sets { labels: all, ends };
        MultiLabelBuilder { plan: Plan::of_array(OPERATION, inputs.view()), targets }
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
        let targets = LabelTargets::Indicators { labels: labels.into_iter().collect(), matrix: indicators.view() };
        MultiLabelBuilder { plan: Plan::of_array(OPERATION, inputs.view()), targets }
    }
}

impl<'a, F: Float, L: Label> MultiLabelBuilder<'a, F, L> {
    plan_options!();

    /// Trains.
    ///
    /// # Errors
    /// When the rows of inputs, labels and weights differ in number, there is no label, an indicator is neither 1 nor
    /// 0, a number is not finite, a column of the table does not exist or cannot be prepared, a setting is out of
    /// range, or training diverges.
    pub fn fit(&self) -> Result<MultiLabelClassifier<F, L>> {
        self.fit_on(&self.plan.settings, None)
    }

    /// Trains on these rows; on all, without rows.
    pub(super) fn fit_on(&self, settings: &Settings, rows: Option<&[usize]>) -> Result<MultiLabelClassifier<F, L>> {
        self.plan.check_loss_of_classes(settings)?;
        let (encoder, indicators) = self.indicators(rows)?;
        let (preparation, prepared) = self.plan.prepare(rows, None)?;
        let data = weighted(Dataset::new(prepared, indicators.into_owned())?, self.plan.weights(rows)?)?;
        let (outputs, loss) = (encoder.classes().len(), BinaryCrossEntropy::default());
        let training = Training { operation: OPERATION, task: Task::Labels, data, outputs, loss: &loss, start: None };
        let (network, history) = training.run(settings)?;
        let fitted = Fitted {
            network,
            preparation,
            column_names: Vec::new(),
            target_names: self.plan.targets.clone(),
            history,
            settings: Some(settings.clone()),
        };
        Ok(MultiLabelClassifier { fitted, encoder })
    }

    /// Returns the labels of all rows, and the matrix of these rows; of all, without rows.
    pub(super) fn indicators(&self, rows: Option<&[usize]>) -> Result<Indicators<'_, F, L>> {
        self.plan.check_rows(rows)?;
        let (encoder, all): Indicators<'_, F, L> = match (&self.targets, self.plan.table()) {
            (LabelTargets::Sets { labels, ends }, _) => {
                let encoder = LabelEncoder::fit(labels)?;
                let starts = std::iter::once(&0).chain(ends);
                let sets: Vec<&[L]> = starts.zip(ends).map(|(&start, &end)| &labels[start..end]).collect();
                let matrix = indicators(&encoder, &sets)?;
                (encoder, matrix.into())
            }
            (LabelTargets::Indicators { labels, matrix }, _) => {
                (LabelEncoder::from_classes(labels.clone())?, matrix.into())
            }
            (LabelTargets::Columns(labels), Some(table)) => {
                let encoder = LabelEncoder::from_classes(labels.clone())?;
                (encoder, read_numbers::<F>(OPERATION, table, &self.plan.targets)?.into())
            }
            (LabelTargets::Columns(_), None) => return Err(Error::Empty { operation: OPERATION, what: "label" }),
        };
        check_indicators(OPERATION, &encoder, &all)?;
        let Some(rows) = rows else { return Ok((encoder, all)) };
        check::rows(OPERATION, "labels", self.plan.rows(), all.nrows())?;
        let chosen = all.select(Axis(0), rows);
        Ok((encoder, chosen.into()))
    }

    pub(super) fn plan(&self) -> &Plan<'a, F> {
        &self.plan
    }
}
