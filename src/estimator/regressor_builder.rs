//! [`RegressorBuilder`]: what a regressor is fitted on, and how.

use super::column_labels::read_numbers;
use super::fitted::Fitted;
use super::plan::{Plan, Start, plan_options, weighted};
use super::train::{Task, Training};
use super::{Regressor, Settings, Targets};
use crate::data::{Preparation, StandardScaler};
use crate::{Dataset, Error, Float, Result, Table, check};
use ndarray::{Array1, Array2, ArrayRef2, Axis, CowArray, Ix2};

const OPERATION: &str = "Regressor";

/// Data, settings and weights that a [`Regressor`] is fitted on. [`fit`](Self::fit) checks them.
///
/// ```
/// use feedforward::Regressor;
/// use feedforward::estimator::{RegressionLoss, Settings};
/// use ndarray::array;
///
/// let (inputs, counts) = (array![[0.0], [1.0], [0.0], [1.0]], array![2.0, 7.0, 4.0, 9.0]);
/// let settings = Settings { loss: RegressionLoss::Poisson, learning_rate: 0.01, epochs: 500, ..Settings::default() };
/// let model = Regressor::builder(&inputs, &counts).settings(settings).weights(&[1.0, 1.0, 1.0, 0.0]).fit()?;
/// let rate: f64 = model.predict(&array![[1.0]])?[0];
/// assert!((rate - 7.0).abs() < 0.1);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "nothing is fitted before `fit`"]
pub struct RegressorBuilder<'a, F: Float> {
    plan: Plan<'a, F>,
    /// None for those of the plan's columns.
    numbers: Option<CowArray<'a, F, Ix2>>,
    start: Start<'a, Regressor<F>>,
}

impl Regressor<f64> {
    /// Starts a fit on a table: predicts the numbers in one column from the others.
    ///
    /// Unless [`preparation`](RegressorBuilder::preparation) says how, the other columns are prepared as
    /// [`Preparation::guess`] chooses.
    ///
    /// ```
    /// use feedforward::data::Column;
    /// use feedforward::{Regressor, Table};
    ///
    /// let table = Table::new(vec![
    ///     Column::numbers("area", vec![50.0, 80.0, 65.0, 120.0]),
    ///     Column::texts("town", ["Bonn", "Ulm", "Bonn", "Ulm"].map(Some)),
    ///     Column::numbers("price", vec![210.0, 300.0, 280.0, 440.0]),
    /// ])?;
    /// let model = Regressor::on(&table, "price").fit()?;
    /// println!("{}", model.evaluate(&table)?);
    /// let price = model.predict_row([("area", 70.0.into()), ("town", "Bonn".into())])?;
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn on<'a>(table: &'a Table, target: &str) -> RegressorBuilder<'a, f64> {
        Self::on_columns(table, &[target])
    }

    /// Starts a fit on a table: predicts the numbers in these columns from the others.
    pub fn on_columns<'a>(table: &'a Table, targets: &[impl AsRef<str>]) -> RegressorBuilder<'a, f64> {
        let names = targets.iter().map(|name| name.as_ref().to_owned()).collect();
        RegressorBuilder::new(Plan::of_table(OPERATION, table, names), None)
    }
}

impl<F: Float> Regressor<F> {
    /// Starts a fit on an array: a row for each example, with one number, or with a row of a matrix of several.
    pub fn builder<'a>(inputs: &'a ArrayRef2<F>, numbers: impl Into<Targets<'a, F>>) -> RegressorBuilder<'a, F> {
        RegressorBuilder::new(Plan::of_array(OPERATION, inputs.view()), Some(numbers.into().matrix().into()))
    }

    /// Trains with the default settings.
    ///
    /// # Errors
    /// When rows and numbers do not fit, a number is not finite, or the numbers are all the same.
    pub fn fit<'a>(inputs: &'a ArrayRef2<F>, numbers: impl Into<Targets<'a, F>>) -> Result<Self> {
        Self::builder(inputs, numbers).fit()
    }

    /// Trains with these settings.
    ///
    /// # Errors
    /// As for [`fit`](Self::fit), and when a setting is out of range.
    pub fn fit_with<'a>(
        settings: &Settings,
        inputs: &'a ArrayRef2<F>,
        numbers: impl Into<Targets<'a, F>>,
    ) -> Result<Self> {
        Self::builder(inputs, numbers).settings(settings.clone()).fit()
    }
}

impl<'a, F: Float> RegressorBuilder<'a, F> {
    fn new(plan: Plan<'a, F>, numbers: Option<CowArray<'a, F, Ix2>>) -> Self {
        Self { plan, numbers, start: Start::New }
    }

    plan_options!();

    /// Goes on from the weights of a model, with its preparation and the scaler of its numbers, and with its settings
    /// unless others are set afterwards. What the solver remembered is forgotten.
    #[doc(alias = "warm_start")]
    pub fn start_from(mut self, model: &'a Regressor<F>) -> Self {
        self.plan.settings = model.fitted.settings.clone().unwrap_or_default();
        Self { start: Start::From(model), ..self }
    }

    /// Trains in another precision; a table is read in double precision unless this is called.
    pub fn precision<G: Float>(self) -> RegressorBuilder<'a, G> {
        let Self { plan, numbers, start } = self;
        let numbers = numbers.map(|numbers| numbers.mapv(|number| G::from_f64(number.widen())).into());
        RegressorBuilder { plan: plan.precision(), numbers, start: start.in_other_precision() }
    }

    /// Trains.
    ///
    /// # Errors
    /// When the rows of inputs, numbers and weights differ in number, a number is not finite, missing, or does not fit
    /// the loss, the numbers of an output are all the same, a column of the table does not exist or cannot be prepared,
    /// a setting is out of range, or training diverges.
    pub fn fit(&self) -> Result<Regressor<F>> {
        self.fit_on(&self.plan.settings, None)
    }

    /// Trains on these rows; on all, without rows.
    pub(super) fn fit_on(&self, settings: &Settings, rows: Option<&[usize]>) -> Result<Regressor<F>> {
        let model = self.start.model(OPERATION)?;
        if let Some(start) = model {
            self.plan.check_start(settings, &start.fitted)?;
            if start.loss().scales_targets() != settings.loss.scales_targets() {
                let expected = format!("a loss that predicts as {:?} of the model to start from does", start.loss());
                return Err(Error::invalid(OPERATION, expected, format!("{:?}", settings.loss)));
            }
        }
        self.plan.check_rows(rows)?;
        let loss = settings.loss.make()?;
        let targets = self.targets(rows)?;
        let start = model.map(|model| &model.fitted);
        let (preparation, prepared) = self.plan.prepare(rows, start)?;
        let target_scaler = match model {
            Some(model) => model.target_scaler.clone(),
            None => self.fit_scaler(settings, &targets)?,
        };
        let outputs = targets.ncols();
        if let Some(start) = start {
            check::columns(OPERATION, "targets", start.network.output_size(), outputs)?;
        }
        let data = weighted(Dataset::new(prepared, target_scaler.transform(&targets)?)?, self.plan.weights(rows)?)?;
        let start_network = start.map(|start| start.network.clone());
        let training =
            Training { operation: OPERATION, task: Task::Numbers, data, outputs, loss: &*loss, start: start_network };
        let (network, history) = training.run(settings)?;
        let target_names = self.plan.targets.clone();
        let column_names = start.map_or(Vec::new(), |start| start.column_names.clone());
        let fitted =
            Fitted { network, preparation, column_names, target_names, history, settings: Some(settings.clone()) };
        Ok(Regressor { fitted, target_scaler })
    }

    /// Returns the numbers of these rows.
    pub(super) fn targets(&self, rows: Option<&[usize]>) -> Result<Array2<F>> {
        let all = match (&self.numbers, self.plan.table()) {
            (Some(numbers), _) => numbers.view().into(),
            (None, Some(table)) => {
                check::not_empty(OPERATION, "column to predict", self.plan.targets.len())?;
                CowArray::from(read_numbers::<F>(OPERATION, table, &self.plan.targets)?)
            }
            (None, None) => return Err(Error::Empty { operation: OPERATION, what: "column to predict" }),
        };
        match rows {
            Some(rows) => {
                check::rows(OPERATION, "targets", self.plan.rows(), all.nrows())?;
                Ok(all.select(Axis(0), rows))
            }
            None => Ok(all.into_owned()),
        }
    }

    fn fit_scaler(&self, settings: &Settings, targets: &ArrayRef2<F>) -> Result<StandardScaler<F>> {
        if !settings.loss.scales_targets() {
            let outputs = targets.ncols();
            return StandardScaler::from_parameters(Array1::zeros(outputs), Array1::ones(outputs));
        }
        for (name, numbers) in self.plan.targets.iter().zip(targets.columns()) {
            if let Some(&first) = numbers.first()
                && numbers.iter().all(|&number| number == first)
            {
                let expected = format!("different numbers in the column {name:?}");
                return Err(Error::invalid(OPERATION, expected, format!("{first} in every row")));
            }
        }
        StandardScaler::fit(targets)
    }

    pub(super) fn plan(&self) -> &Plan<'a, F> {
        &self.plan
    }
}
