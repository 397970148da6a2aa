//! [`Plan`]: what all builders of estimators share: inputs, settings, preparation, weights.

use super::fitted::{Fitted, InputPreparation};
use super::{Inputs, RegressionLoss, Settings};
use crate::data::{Preparation, Role, StandardScaler};
use crate::{Dataset, Error, Float, Result, Table, check};
use ndarray::{Array2, ArrayView2, Axis, CowArray, Ix2};
use std::borrow::Cow;

/// Inputs, settings, preparation and weights of a fit.
#[derive(Debug, Clone)]
pub(super) struct Plan<'a, F> {
    operation: &'static str,
    inputs: Source<'a, F>,
    /// The columns of the table that are predicted.
    pub(super) targets: Vec<String>,
    pub(super) settings: Settings,
    preparation: Option<Preparation>,
    weights: Weights<'a>,
}

#[derive(Debug, Clone)]
enum Source<'a, F> {
    Array(CowArray<'a, F, Ix2>),
    Table(&'a Table),
}

#[derive(Debug, Clone, Default)]
enum Weights<'a> {
    #[default]
    Equal,
    Given(&'a [f64]),
    Column(String),
}

/// The model that a fit goes on from.
#[derive(Debug, Clone)]
pub(super) enum Start<'a, M> {
    New,
    From(&'a M),
    /// A model was given, and another precision afterwards.
    OtherPrecision,
}

impl<'a, M> Start<'a, M> {
    /// Returns what is left of it in another precision.
    pub(super) fn in_other_precision<N>(self) -> Start<'a, N> {
        match self {
            Self::New => Start::New,
            Self::From(_) | Self::OtherPrecision => Start::OtherPrecision,
        }
    }

    /// Returns the model, if there is one.
    ///
    /// # Errors
    /// When it was given in another precision.
    pub(super) fn model(&self, operation: &'static str) -> Result<Option<&'a M>> {
        match *self {
            Self::New => Ok(None),
            Self::From(model) => Ok(Some(model)),
            Self::OtherPrecision => {
                let expected = "a model to start from in the precision of the fit: start_from after precision";
                Err(Error::invalid(operation, expected, "one in another precision"))
            }
        }
    }
}

impl<'a, F: Float> Plan<'a, F> {
    pub(super) fn of_array(operation: &'static str, inputs: ArrayView2<'a, F>) -> Self {
        Self::new(operation, Source::Array(inputs.into()), Vec::new())
    }

    pub(super) fn of_table(operation: &'static str, table: &'a Table, targets: Vec<String>) -> Self {
        Self::new(operation, Source::Table(table), targets)
    }

    fn new(operation: &'static str, inputs: Source<'a, F>, targets: Vec<String>) -> Self {
        let (settings, preparation, weights) = (Settings::default(), None, Weights::Equal);
        Self { operation, inputs, targets, settings, preparation, weights }
    }

    pub(super) fn with_preparation(self, preparation: Preparation) -> Self {
        Self { preparation: Some(preparation), ..self }
    }

    pub(super) fn with_weights(self, weights: &'a [f64]) -> Self {
        Self { weights: Weights::Given(weights), ..self }
    }

    pub(super) fn with_weights_column(self, name: String) -> Self {
        Self { weights: Weights::Column(name), ..self }
    }

    /// Does the same in another precision.
    pub(super) fn precision<G: Float>(self) -> Plan<'a, G> {
        let Self { operation, inputs, targets, settings, preparation, weights } = self;
        let inputs = match inputs {
            Source::Array(array) => Source::Array(array.mapv(|number| G::from_f64(number.widen())).into()),
            Source::Table(table) => Source::Table(table),
        };
        Plan { operation, inputs, targets, settings, preparation, weights }
    }

    /// Returns the table, if the inputs are one.
    pub(super) fn table(&self) -> Option<&'a Table> {
        match self.inputs {
            Source::Array(_) => None,
            Source::Table(table) => Some(table),
        }
    }

    /// Returns the number of rows.
    pub(super) fn rows(&self) -> usize {
        match &self.inputs {
            Source::Array(array) => array.nrows(),
            Source::Table(table) => table.rows(),
        }
    }

    /// Demands rows that exist.
    pub(super) fn check_rows(&self, rows: Option<&[usize]>) -> Result<()> {
        rows.unwrap_or_default().iter().try_for_each(|&row| check::index_below(self.operation, "row", self.rows(), row))
    }

    /// Demands settings without a loss for numbers: classifiers have their own.
    pub(super) fn check_loss_of_classes(&self, settings: &Settings) -> Result<()> {
        if settings.loss == RegressionLoss::default() {
            return Ok(());
        }
        let expected = "the default loss in the settings, as a classifier is trained on its cross-entropy";
        Err(Error::invalid(self.operation, expected, format!("{:?}", settings.loss)))
    }

    /// Demands that the settings keep the layers of the model to go on from.
    pub(super) fn check_start(&self, settings: &Settings, start: &Fitted<F>) -> Result<()> {
        match &start.settings {
            Some(before) if !before.same_layers(settings) => {
                let layers = |settings: &Settings| {
                    let Settings { hidden, activation, dropout, batch_norm, .. } = settings;
                    format!("hidden {hidden:?}, {activation:?}, dropout {dropout}, batch_norm {batch_norm}")
                };
                let expected = format!("the layers of the model to start from: {}", layers(before));
                Err(Error::invalid(self.operation, expected, layers(settings)))
            }
            _ => Ok(()),
        }
    }

    /// Learns the preparation from these rows and applies it to them; takes that of the model to go on from, if there
    /// is one.
    pub(super) fn prepare(
        &self,
        rows: Option<&[usize]>,
        start: Option<&Fitted<F>>,
    ) -> Result<(InputPreparation<F>, Array2<F>)> {
        if let Some(start) = start {
            let prepared = match &self.inputs {
                Source::Array(array) => start.prepare(self.operation, Inputs::Array(select(array, rows).view()))?,
                Source::Table(table) => start.prepare(self.operation, Inputs::Table(&*chosen(table, rows)?))?,
            };
            return Ok((start.preparation.clone(), prepared));
        }
        match &self.inputs {
            Source::Array(_) if self.preparation.is_some() => {
                let expected = "a table, whose columns have the names of the preparation";
                Err(Error::invalid(self.operation, expected, "an array"))
            }
            Source::Array(array) => {
                let inputs = select(array, rows);
                let scaler = StandardScaler::fit_allowing_constant(&inputs)?;
                let prepared = scaler.transform(&inputs)?;
                Ok((InputPreparation::Scaled(scaler), prepared))
            }
            Source::Table(table) => {
                let inputs = chosen(table, rows)?;
                let fitted = match &self.preparation {
                    Some(preparation) => self.checked(preparation)?.fit(&inputs)?,
                    None => self.guess(&inputs)?.fit(&inputs)?,
                };
                let prepared = fitted.transform(&inputs)?;
                Ok((InputPreparation::Columns(fitted), prepared))
            }
        }
    }

    /// Chooses roles for the columns that are neither predicted nor weights.
    fn guess(&self, table: &Table) -> Result<Preparation> {
        let mut others = self.targets.clone();
        if let Weights::Column(name) = &self.weights
            && !others.contains(name)
        {
            others.push(name.clone());
        }
        if others.len() == table.columns().len() {
            let expected = "a column to predict from, besides those that are predicted and that of the weights";
            return Err(Error::invalid(self.operation, expected, "none"));
        }
        others.iter().try_for_each(|name| table.column(name).map(drop))?;
        others.into_iter().fold(Preparation::new(), Preparation::leave_out).guess_rest(table)
    }

    /// Demands a preparation that does not use what is to be predicted.
    fn checked<'p>(&self, preparation: &'p Preparation) -> Result<&'p Preparation> {
        let is_used = |name: &str, role: &Role| *role != Role::LeaveOut && self.targets.iter().any(|it| it == name);
        match preparation.roles().find(|(name, role)| is_used(name, role)) {
            None => Ok(preparation),
            Some((name, role)) => {
                let expected = format!("a preparation that leaves out {name:?}, which is to be predicted");
                Err(Error::invalid(self.operation, expected, role))
            }
        }
    }

    /// Returns the weights of these rows, if rows have weights.
    pub(super) fn weights(&self, rows: Option<&[usize]>) -> Result<Option<Vec<f64>>> {
        let all = match &self.weights {
            Weights::Equal => return Ok(None),
            Weights::Given(weights) => weights,
            Weights::Column(name) => {
                let Some(table) = self.table() else {
                    let expected = format!("a table with the column {name:?} of weights");
                    return Err(Error::invalid(self.operation, expected, "an array"));
                };
                let column = table.column(name)?;
                let Some(weights) = column.as_numbers() else {
                    let expected = format!("weights in the column {name:?}");
                    return Err(Error::invalid(self.operation, expected, "texts"));
                };
                if let Some(row) = weights.iter().position(|weight| weight.is_nan()) {
                    let expected = format!("a weight in row {row} of the column {name:?}");
                    return Err(Error::invalid(self.operation, expected, "none"));
                }
                weights
            }
        };
        check::rows(self.operation, "weights", self.rows(), all.len())?;
        Ok(Some(match rows {
            Some(rows) => rows.iter().map(|&row| all[row]).collect(),
            None => all.to_vec(),
        }))
    }

    /// Calls `work` with these rows of the inputs.
    pub(super) fn with_inputs<T>(&self, rows: &[usize], work: impl FnOnce(Inputs<'_, F>) -> T) -> Result<T> {
        self.check_rows(Some(rows))?;
        Ok(match &self.inputs {
            Source::Array(array) => work(Inputs::from(&array.select(Axis(0), rows))),
            Source::Table(table) => work(Inputs::Table(&table.select_rows(rows)?)),
        })
    }
}

/// Returns these rows of an array, which exist; all of them, without a copy, without rows.
fn select<'i, F: Float>(array: &'i CowArray<'_, F, Ix2>, rows: Option<&[usize]>) -> CowArray<'i, F, Ix2> {
    match rows {
        Some(rows) => array.select(Axis(0), rows).into(),
        None => array.view().into(),
    }
}

/// Returns these rows of a table; all of them, without a copy, without rows.
fn chosen<'t>(table: &'t Table, rows: Option<&[usize]>) -> Result<Cow<'t, Table>> {
    Ok(match rows {
        Some(rows) => Cow::Owned(table.select_rows(rows)?),
        None => Cow::Borrowed(table),
    })
}

/// Gives the rows of data their weights, if they have some.
pub(super) fn weighted<F: Float>(data: Dataset<F>, weights: Option<Vec<f64>>) -> Result<Dataset<F>> {
    match weights {
        Some(weights) => data.with_weights(weights.into_iter().map(F::from_f64).collect()),
        None => Ok(data),
    }
}

/// Makes the options that all builders have: they set what their `plan` holds.
macro_rules! plan_options {
    () => {
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

        /// Takes the weights of the rows from a column of the table; it is no input then.
        pub fn weights_column(self, name: &str) -> Self {
            Self { plan: self.plan.with_weights_column(name.to_owned()), ..self }
        }
    };
}

pub(super) use plan_options;
