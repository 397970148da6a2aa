//! [`Fitted`]: what all fitted estimators consist of.

use super::column_labels::read_numbers;
use super::train::train_once;
use super::{Inputs, Settings};
use crate::data::{Column, FittedPreparation, Row, StandardScaler, Value};
use crate::io::Model;
use crate::{Dataset, Error, Float, History, Loss, Network, Result, Table, check};
use ndarray::{Array2, ArrayRef2};
use std::borrow::Cow;

/// How the inputs of an estimator become those of its network.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum InputPreparation<F> {
    /// Of an array.
    Scaled(StandardScaler<F>),
    /// Of a table.
    Columns(FittedPreparation),
}

/// A network with what prepares its inputs, and how both came about.
#[derive(Debug, Clone)]
pub(super) struct Fitted<F: Float> {
    pub(super) network: Network<F>,
    pub(super) preparation: InputPreparation<F>,
    /// The names of the columns of an array; none, or one for each.
    pub(super) column_names: Vec<String>,
    /// The columns of the table that are predicted; none if it was fitted on an array.
    pub(super) target_names: Vec<String>,
    pub(super) history: History,
    /// None if it was trained elsewhere, or loaded from a file of a version that did not keep them.
    pub(super) settings: Option<Settings>,
}

impl<F: Float> Fitted<F> {
    /// Joins the parts of an estimator that was trained elsewhere.
    #[cfg(feature = "onnx")]
    pub(super) fn from_parts(network: Network<F>, scaler: StandardScaler<F>, column_names: Vec<String>) -> Self {
        let (preparation, history) = (InputPreparation::Scaled(scaler), History::default());
        Self { network, preparation, column_names, target_names: Vec::new(), history, settings: None }
    }

    /// Returns what the network takes for these inputs.
    pub(super) fn prepare(&self, operation: &'static str, inputs: Inputs<'_, F>) -> Result<Array2<F>> {
        match (&self.preparation, inputs) {
            (InputPreparation::Scaled(scaler), Inputs::Array(array)) => scaler.transform(&array),
            (InputPreparation::Columns(preparation), Inputs::Table(table)) => preparation.transform(table),
            (InputPreparation::Columns(_), Inputs::Array(_)) => {
                let expected = "a table with the columns that it was fitted on";
                Err(Error::invalid(operation, expected, "an array, whose columns have no names"))
            }
            (InputPreparation::Scaled(scaler), Inputs::Table(table)) => {
                let names = self.names_of_array(operation, "a table")?;
                scaler.transform(&table.select(names)?.to_array::<F>()?)
            }
        }
    }

    /// Returns what the network takes for this row.
    pub(super) fn prepare_row(&self, operation: &'static str, row: &Row) -> Result<Array2<F>> {
        let scaler = match &self.preparation {
            InputPreparation::Columns(preparation) => {
                return Ok(preparation.transform_row::<F>(row)?.insert_axis(ndarray::Axis(0)));
            }
            InputPreparation::Scaled(scaler) => scaler,
        };
        let names = self.names_of_array(operation, "a row with names")?;
        let mut array = Array2::zeros((1, names.len()));
        for (name, to) in names.iter().zip(&mut array) {
            *to = match row.get(name) {
                Some(Value::Number(number)) => F::from_f64(*number),
                other => {
                    let found = other.map_or("none".to_owned(), |value| format!("{value:?}"));
                    return Err(Error::invalid(operation, format!("a number for the column {name:?}"), found));
                }
            };
        }
        scaler.transform(&array)
    }

    /// Returns the names of the columns of the array that it was fitted on.
    fn names_of_array(&self, operation: &'static str, found: &str) -> Result<&[String]> {
        if self.column_names.is_empty() {
            let expected = "an array, as it was fitted on (with_column_names gives its columns names)";
            return Err(Error::invalid(operation, expected, found));
        }
        Ok(&self.column_names)
    }

    /// Returns the column with the largest output of each row of prepared inputs.
    pub(super) fn predict_classes(&self, prepared: &ArrayRef2<F>) -> Result<Vec<usize>> {
        // All outputs of many rows and classes would take far more memory than the classes.
        let rows = self.network.rows_per_piece();
        if prepared.nrows() <= rows {
            return crate::data::argmax(&self.network.predict(prepared)?);
        }
        let mut classes = Vec::with_capacity(prepared.nrows());
        for piece in prepared.axis_chunks_iter(ndarray::Axis(0), rows) {
            classes.extend(crate::data::argmax(&self.network.predict(&piece)?)?);
        }
        Ok(classes)
    }

    /// Goes once over these rows, from where the training is.
    pub(super) fn train_once(&mut self, data: &Dataset<F>, loss: &dyn Loss<F>) -> Result<()> {
        let settings = self.settings.clone().unwrap_or_default();
        train_once(&settings, &mut self.network, &mut self.history, data, loss)
    }

    /// Returns the columns of a table that are predicted.
    pub(super) fn targets<'a>(&self, operation: &'static str, table: &'a Table) -> Result<Vec<&'a Column>> {
        if self.target_names.is_empty() {
            let expected = "a model that was fitted on a table, which names the column to be predicted";
            return Err(Error::invalid(operation, expected, "one that was fitted on an array"));
        }
        self.target_names.iter().map(|name| table.column(name)).collect()
    }

    /// Returns the numbers of a table that are predicted, a column for each output.
    pub(super) fn target_numbers(&self, operation: &'static str, table: &Table) -> Result<Array2<F>> {
        self.targets(operation, table)?;
        read_numbers(operation, table, &self.target_names)
    }

    /// Returns the columns of a table that it needs; none if it was fitted on an array.
    pub(super) fn table_columns(&self) -> Vec<String> {
        self.preparation().map_or(Vec::new(), |it| it.input_columns().map(str::to_owned).collect())
    }

    pub(super) fn scaler(&self) -> Option<&StandardScaler<F>> {
        match &self.preparation {
            InputPreparation::Scaled(scaler) => Some(scaler),
            InputPreparation::Columns(_) => None,
        }
    }

    pub(super) fn preparation(&self) -> Option<&FittedPreparation> {
        match &self.preparation {
            InputPreparation::Scaled(_) => None,
            InputPreparation::Columns(preparation) => Some(preparation),
        }
    }

    /// Names the columns of the inputs.
    pub(super) fn with_column_names(self, operation: &'static str, names: Vec<String>) -> Result<Self> {
        if let InputPreparation::Columns(preparation) = &self.preparation {
            let expected = "a model that was fitted on an array";
            let found = crate::data::list(preparation.input_columns().map(str::as_bytes));
            return Err(Error::invalid(operation, expected, format!("one of a table with the columns {found}")));
        }
        check::columns(operation, "names", self.network.input_size(), names.len())?;
        Ok(Self { column_names: names, ..self })
    }

    /// Returns network, scaler and names of the columns for another format.
    pub(super) fn to_model(&self, operation: &'static str) -> Result<Model<'_, F>> {
        let (scaler, names) = match &self.preparation {
            InputPreparation::Scaled(scaler) => (Cow::Borrowed(scaler), Cow::Borrowed(&self.column_names[..])),
            InputPreparation::Columns(preparation) => {
                let scaler = preparation.as_scaler().ok_or_else(|| refuse_preparation(operation, preparation))?;
                (Cow::Owned(scaler), Cow::Owned(preparation.input_columns().map(str::to_owned).collect()))
            }
        };
        Ok(Model {
            input_scaler: Some(scaler),
            column_names: (!names.is_empty()).then_some(names),
            ..Model::of_network(Cow::Borrowed(&self.network))
        })
    }
}

/// Says which column no other format can prepare.
#[cold]
fn refuse_preparation(operation: &'static str, preparation: &FittedPreparation) -> Error {
    let expected = "columns of scaled numbers alone, which a file without the crate can prepare";
    let found = preparation.first_beyond_scaler().unwrap_or_default();
    Error::invalid(operation, expected, crate::data::shorten(format!("the column {found}"), 200))
}

/// Adds to an estimator what shows the parts of its [`Fitted`].
macro_rules! fitted_accessors {
    (impl[$($generics:tt)*] $type:ty, $operation:literal) => {
        impl<$($generics)*> $type {
            /// Returns the scaler of the inputs, if the model was fitted on an array.
            pub fn scaler(&self) -> Option<&crate::data::StandardScaler<F>> {
                self.fitted.scaler()
            }

            /// Returns the preparation of the columns, if the model was fitted on a table.
            pub fn preparation(&self) -> Option<&crate::data::FittedPreparation> {
                self.fitted.preparation()
            }

            /// Returns the network, which takes prepared inputs.
            pub fn network(&self) -> &crate::Network<F> {
                &self.fitted.network
            }

            /// Returns the settings that it was trained with; none if it is of another library.
            pub fn settings(&self) -> Option<&super::Settings> {
                self.fitted.settings.as_ref()
            }

            /// Returns the history of the training; it is empty for a model of another library.
            pub fn history(&self) -> &crate::History {
                &self.fitted.history
            }

            /// Names the columns of the array that it was fitted on: files keep the names, and tables and rows with
            /// these columns can be predicted for.
            ///
            /// # Errors
            /// When there are not as many names as columns, or the model was fitted on a table.
            pub fn with_column_names(self, names: Vec<String>) -> crate::Result<Self> {
                Ok(Self { fitted: self.fitted.with_column_names($operation, names)?, ..self })
            }

            /// Returns the names of the columns of the array that it was fitted on; empty when they have none, and when
            /// it was fitted on a table, whose columns [`preparation`](Self::preparation) names.
            #[doc(alias = "feature_names_in_")]
            pub fn column_names(&self) -> &[String] {
                &self.fitted.column_names
            }
        }
    };
}

pub(super) use fitted_accessors;
