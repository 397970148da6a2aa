//! [`ClassifierBuilder`]: what a classifier is fitted on, and how.

use super::classifier::class_column;
use super::column_labels::read_classes;
use super::fitted::Fitted;
use super::plan::{Plan, Start, plan_options, weighted};
use super::train::{Task, Training};
use super::{Classifier, Settings};
use crate::data::{Label, LabelEncoder, Preparation};
use crate::{CrossEntropy, Dataset, Error, Float, Result, Table, check};
use ndarray::ArrayRef2;

const OPERATION: &str = "Classifier";

/// Data, settings and weights that a [`Classifier`] is fitted on. [`fit`](Self::fit) checks them.
///
/// ```
/// use feedforward::Classifier;
/// use feedforward::estimator::Settings;
/// use ndarray::array;
///
/// let inputs = array![[0.1], [0.4], [0.2], [0.3], [0.9]];
/// let labels = ["healthy", "healthy", "healthy", "healthy", "ill"];
/// let settings = Settings { hidden: vec![8], ..Settings::default() };
/// let model = Classifier::builder(&inputs, &labels).settings(settings).balanced().fit()?;
/// assert_eq!(model.predict(&array![[0.8]])?, ["ill"]);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "nothing is fitted before `fit`"]
pub struct ClassifierBuilder<'a, F: Float, L> {
    plan: Plan<'a, F>,
    labels: Labels<'a, L>,
    classes: Option<Vec<L>>,
    class_weights: ClassWeights<L>,
    start: Start<'a, Classifier<F, L>>,
}

#[derive(Debug, Clone)]
enum Labels<'a, L> {
    Given(&'a [L]),
    /// The labels of a column, in their order, and the class of each row.
    Column {
        table: &'a Table,
        name: String,
        read: ReadLabels<L>,
    },
}

type ReadLabels<L> = fn(&Table, &str) -> Result<(LabelEncoder<L>, Vec<usize>)>;

#[derive(Debug, Clone)]
enum ClassWeights<L> {
    Equal,
    Balanced,
    Given(Vec<(L, f64)>),
}

fn read_column(table: &Table, name: &str) -> Result<(LabelEncoder<String>, Vec<usize>)> {
    read_classes(OPERATION, table.column(name)?)
}

impl Classifier<f64, String> {
    /// Starts a fit on a table: predicts the labels in one column from the others.
    ///
    /// Labels are texts, or whole numbers as they are written. Unless [`preparation`](ClassifierBuilder::preparation)
    /// says how, the other columns are prepared as [`Preparation::guess`] chooses.
    ///
    /// ```
    /// use feedforward::data::Column;
    /// use feedforward::{Classifier, Table};
    ///
    /// let table = Table::new(vec![
    ///     Column::numbers("bill_length_mm", vec![39.1, 39.5, 40.3, 46.1, 50.0, 48.7]),
    ///     Column::texts("species", ["Adelie", "Adelie", "Adelie", "Gentoo", "Gentoo", "Gentoo"].map(Some)),
    /// ])?;
    /// let model = Classifier::on(&table, "species").fit()?;
    /// println!("{}", model.evaluate(&table)?);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn on<'a>(table: &'a Table, target: &str) -> ClassifierBuilder<'a, f64, String> {
        let name = target.to_owned();
        let plan = Plan::of_table(OPERATION, table, vec![name.clone()]);
        ClassifierBuilder::new(plan, Labels::Column { table, name, read: read_column })
    }
}

impl<F: Float, L: Label> Classifier<F, L> {
    /// Starts a fit on an array: a row and a label for each example.
    pub fn builder<'a>(inputs: &'a ArrayRef2<F>, labels: &'a [L]) -> ClassifierBuilder<'a, F, L> {
        ClassifierBuilder::new(Plan::of_array(OPERATION, inputs.view()), Labels::Given(labels))
    }

    /// Trains with the default settings.
    ///
    /// # Errors
    /// When rows and labels do not fit, a number is not finite, or there are fewer than 2 classes.
    pub fn fit(inputs: &ArrayRef2<F>, labels: &[L]) -> Result<Self> {
        Self::builder(inputs, labels).fit()
    }

    /// Trains with these settings. The held-out rows have each class in its proportion, as far as a row of each stays
    /// in training.
    ///
    /// # Errors
    /// As for [`fit`](Self::fit), and when a setting is out of range.
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
        Self::builder(inputs, labels).settings(settings.clone()).fit()
    }
}

impl<'a, F: Float, L: Label> ClassifierBuilder<'a, F, L> {
    fn new(plan: Plan<'a, F>, labels: Labels<'a, L>) -> Self {
        let (classes, class_weights) = (None, ClassWeights::Equal);
        Self { plan, labels, classes, class_weights, start: Start::New }
    }

    plan_options!();

    /// Weights each row by its class, on top of its own weight; a class that is not named weighs 1.
    ///
    /// ```
    /// # use feedforward::Classifier;
    /// # let (inputs, labels) = (ndarray::array![[0.1], [0.9], [0.2]], ["healthy", "ill", "healthy"]);
    /// let model = Classifier::builder(&inputs, &labels).class_weights([("ill", 5.0)]).fit()?;
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    #[doc(alias = "class_weight")]
    pub fn class_weights(self, weights: impl IntoIterator<Item = (impl Into<L>, f64)>) -> Self {
        let weights = weights.into_iter().map(|(label, weight)| (label.into(), weight)).collect();
        Self { class_weights: ClassWeights::Given(weights), ..self }
    }

    /// Weights each row by rows / (classes · rows of its class), on top of its own weight: all classes count the same.
    ///
    /// scikit-learn's `class_weight="balanced"`.
    #[doc(alias = "class_weight")]
    pub fn balanced(self) -> Self {
        Self { class_weights: ClassWeights::Balanced, ..self }
    }

    /// Sets the order of the classes; there may be some that no row has.
    pub fn class_order(self, classes: impl IntoIterator<Item = impl Into<L>>) -> Self {
        Self { classes: Some(classes.into_iter().map(Into::into).collect()), ..self }
    }

    /// Goes on from the weights of a model, with its preparation and its classes, and with its settings unless others
    /// are set afterwards. What the solver remembered is forgotten.
    #[doc(alias = "warm_start")]
    pub fn start_from(mut self, model: &'a Classifier<F, L>) -> Self {
        self.plan.settings = model.fitted.settings.clone().unwrap_or_default();
        Self { start: Start::From(model), ..self }
    }

    /// Trains in another precision; a table is read in double precision unless this is called.
    ///
    /// ```
    /// # use feedforward::data::Column;
    /// # use feedforward::{Classifier, Table};
    /// # let column = Column::texts("y", ["a", "b", "a", "b"].map(Some));
    /// # let table = Table::new(vec![Column::numbers("x", vec![1.0, 2.0, 1.5, 2.5]), column])?;
    /// let model = Classifier::on(&table, "y").precision::<f32>().fit()?;
    /// let probabilities: ndarray::Array2<f32> = model.predict_proba(&table)?;
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn precision<G: Float>(self) -> ClassifierBuilder<'a, G, L> {
        let Self { plan, labels, classes, class_weights, start } = self;
        let (plan, start) = (plan.precision(), start.in_other_precision());
        ClassifierBuilder { plan, labels, classes, class_weights, start }
    }

    /// Trains.
    ///
    /// # Errors
    /// When the rows of inputs, labels and weights differ in number, a number is not finite, a label or a weight is
    /// missing, there are fewer than 2 classes, a column of the table does not exist or cannot be prepared, a setting
    /// is out of range, or training diverges.
    pub fn fit(&self) -> Result<Classifier<F, L>> {
        self.fit_on(&self.plan.settings, None)
    }

    /// Trains on these rows; on all, without rows.
    pub(super) fn fit_on(&self, settings: &Settings, rows: Option<&[usize]>) -> Result<Classifier<F, L>> {
        let start = self.checked_start(settings)?;
        self.plan.check_rows(rows)?;
        let (encoder, classes) = self.encode()?;
        let targets = match rows {
            Some(rows) => {
                check::rows(OPERATION, "labels", self.plan.rows(), classes.len())?;
                rows.iter().map(|&row| classes[row]).collect()
            }
            None => classes,
        };
        if start.is_none() {
            self.check_classes(&encoder, &targets)?;
        }
        let weights = self.row_weights(&encoder, &targets, rows)?;
        let (preparation, prepared) = self.plan.prepare(rows, start)?;
        let data = weighted(Dataset::new(prepared, class_column(&targets))?, weights)?;
        let training = Training {
            operation: OPERATION,
            task: Task::Classes,
            data,
            outputs: encoder.classes().len(),
            loss: &CrossEntropy::default(),
            start: start.map(|start| start.network.clone()),
        };
        let (network, history) = training.run(settings)?;
        let (target_names, settings) = (self.plan.targets.clone(), Some(settings.clone()));
        let column_names = start.map_or(Vec::new(), |start| start.column_names.clone());
        Ok(Classifier {
            fitted: Fitted { network, preparation, column_names, target_names, history, settings },
            encoder,
        })
    }

    fn checked_start(&self, settings: &Settings) -> Result<Option<&'a Fitted<F>>> {
        let start = self.start.model(OPERATION)?.map(|model| &model.fitted);
        self.plan.check_loss_of_classes(settings)?;
        start.map_or(Ok(()), |start| self.plan.check_start(settings, start))?;
        Ok(start)
    }

    /// Returns the encoder of the labels and the class of each row.
    pub(super) fn encode(&self) -> Result<(LabelEncoder<L>, Vec<usize>)> {
        let known = match (&self.start, &self.classes) {
            (Start::From(model), _) => Some(model.encoder.clone()),
            (_, Some(classes)) => Some(LabelEncoder::from_classes(classes.clone())?),
            (_, None) => None,
        };
        match &self.labels {
            Labels::Given(labels) => {
                let encoder = known.map_or_else(|| LabelEncoder::fit(labels), Ok)?;
                let classes = encoder.encode(labels)?;
                Ok((encoder, classes))
            }
            Labels::Column { table, name, read } => {
                let (encoder, classes) = read(table, name)?;
                let Some(known) = known else { return Ok((encoder, classes)) };
                let numbers = known.encode(encoder.classes())?;
                Ok((known, classes.into_iter().map(|class| numbers[class]).collect()))
            }
        }
    }

    /// Demands rows of at least two classes.
    fn check_classes(&self, encoder: &LabelEncoder<L>, targets: &[usize]) -> Result<()> {
        check::not_empty(OPERATION, "row", targets.len())?;
        if targets.windows(2).any(|pair| pair[0] != pair[1]) {
            return Ok(());
        }
        let only = encoder.decode(&targets[..1])?;
        Err(Error::invalid(OPERATION, "at least 2 different labels", format!("1: {:?}", only[0])))
    }

    /// Returns the weight of each of these rows, times that of its class; none if all weigh 1.
    fn row_weights(
        &self,
        encoder: &LabelEncoder<L>,
        targets: &[usize],
        rows: Option<&[usize]>,
    ) -> Result<Option<Vec<f64>>> {
        let of_rows = self.plan.weights(rows)?;
        let mut of_class = vec![1.0; encoder.classes().len()];
        match &self.class_weights {
            ClassWeights::Equal => return Ok(of_rows),
            ClassWeights::Given(weights) => {
                for (label, weight) in weights {
                    let class = encoder.encode(std::slice::from_ref(label)).map_err(|_| {
                        let expected = format!("class weights of the {} labels", encoder.classes().len());
                        Error::invalid(OPERATION, expected, format!("one of {label:?}"))
                    })?;
                    if !(weight.is_finite() && *weight >= 0.0) {
                        return Err(Error::invalid(
                            OPERATION,
                            "finite class weights >= 0",
                            format!("{weight} for {label:?}"),
                        ));
                    }
                    of_class[class[0]] = *weight;
                }
            }
            ClassWeights::Balanced => {
                let mut counts = vec![0_usize; of_class.len()];
                targets.iter().for_each(|&class| counts[class] += 1);
                let present = counts.iter().filter(|&&count| count > 0).count();
                let share = targets.len() as f64 / present as f64;
                of_class = counts.into_iter().map(|count| share / count.max(1) as f64).collect();
            }
        }
        let class_weights = targets.iter().map(|&class| of_class[class]);
        Ok(Some(match of_rows {
            Some(weights) => class_weights.zip(weights).map(|(class, row)| class * row).collect(),
            None => class_weights.collect(),
        }))
    }

    pub(super) fn plan(&self) -> &Plan<'a, F> {
        &self.plan
    }
}
