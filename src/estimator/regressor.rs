//! [`Regressor`]: predicts numbers.

use super::fitted::{Fitted, fitted_accessors};
use super::{Inputs, RegressionLoss, Targets};
use crate::data::{Row, StandardScaler};
use crate::io::Model;
use crate::metrics::{RegressionReport, r2};
use crate::{Dataset, Error, Float, Result, Table, check};
use ndarray::{Array1, Array2, ArrayRef2, Axis};
use std::borrow::Cow;

/// Predicts numbers for each row: one, or several outputs.
///
/// For training each output is scaled to mean 0 and deviation 1, and back afterwards; under the loss
/// [`RegressionLoss::Poisson`] it is not.
///
/// ```
/// use feedforward::Regressor;
/// use ndarray::{Array1, Array2};
///
/// let inputs = Array2::from_shape_fn((60, 1), |(row, _)| row as f64 / 10.0);
/// let numbers = Array1::from_shape_fn(60, |row| 100.0 + 7.0 * inputs[[row, 0]]);
/// let model = Regressor::fit(&inputs, &numbers)?;
/// assert!(model.score(&inputs, &numbers)? > 0.99);
/// # Ok::<(), feedforward::Error>(())
/// ```
///
/// Tables, weights and other options come with a builder: [`Regressor::on`](Self::on),
/// [`Regressor::builder`](Self::builder).
#[derive(Debug, Clone)]
pub struct Regressor<F: Float> {
    pub(super) fitted: Fitted<F>,
    /// Changes nothing if the loss does not scale.
    pub(super) target_scaler: StandardScaler<F>,
}

impl<F: Float> Regressor<F> {
    /// Joins the parts of a regressor that was trained elsewhere: it has no history.
    #[cfg(feature = "onnx")]
    pub(super) fn from_parts(
        network: crate::Network<F>,
        scaler: StandardScaler<F>,
        target_scaler: StandardScaler<F>,
        column_names: Vec<String>,
    ) -> Self {
        let fitted = Fitted::from_parts(network, scaler, column_names);
        Self { fitted, target_scaler }
    }

    /// Returns the number of each row, of a regressor with one output.
    ///
    /// # Errors
    /// When there are several outputs, and as for [`predict_all`](Self::predict_all).
    pub fn predict<'i>(&self, inputs: impl Into<Inputs<'i, F>>) -> Result<Array1<F>> {
        let outputs = self.fitted.network.output_size();
        if outputs != 1 {
            let expected = "a model with one output (predict_all returns all of several)";
            return Err(Error::invalid("Regressor::predict", expected, outputs));
        }
        Ok(self.predict_matrix("Regressor::predict", inputs.into())?.remove_axis(Axis(1)))
    }

    /// Returns the numbers of each row, `(rows, outputs)`.
    ///
    /// # Errors
    /// When the inputs have not the columns of the training, or hold what the preparation refuses: a number that is not
    /// finite, a missing entry, an unknown category; and when a number is too large for `F`.
    ///
    /// ```
    /// use feedforward::Regressor;
    /// use ndarray::Array2;
    /// let inputs = Array2::from_shape_fn((60, 1), |(row, _)| row as f64 / 10.0);
    /// let sums = Array2::from_shape_fn((60, 2), |(row, output)| inputs[[row, 0]] * (1.0 - 2.0 * output as f64));
    /// let model = Regressor::builder(&inputs, &sums).fit()?;
    /// assert_eq!(model.predict_all(&inputs)?.dim(), (60, 2));
    /// assert!(model.score(&inputs, &sums)? > 0.99);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn predict_all<'i>(&self, inputs: impl Into<Inputs<'i, F>>) -> Result<Array2<F>> {
        self.predict_matrix("Regressor::predict_all", inputs.into())
    }

    fn predict_matrix(&self, operation: &'static str, inputs: Inputs<'_, F>) -> Result<Array2<F>> {
        self.predict_prepared(&self.fitted.prepare(operation, inputs)?)
    }

    fn predict_prepared(&self, prepared: &ArrayRef2<F>) -> Result<Array2<F>> {
        let outputs = self.fitted.network.predict_probabilities(prepared, &*self.loss().make()?)?;
        self.target_scaler.inverse_transform(&outputs)
    }

    /// Returns the number of a row, of a regressor with one output: the values by the names of their columns.
    ///
    /// # Errors
    /// When there are several outputs, and as for [`predict_row_all`](Self::predict_row_all).
    pub fn predict_row(&self, row: impl Into<Row>) -> Result<F> {
        let numbers = self.predict_row_all(row)?;
        match numbers.as_slice() {
            Some([number]) => Ok(*number),
            _ => {
                let expected = "a model with one output (predict_row_all returns all of several)";
                Err(Error::invalid("Regressor::predict_row", expected, numbers.len()))
            }
        }
    }

    /// Returns the number of each output for a row: the values by the names of their columns.
    ///
    /// # Errors
    /// When a column that is needed has no value, or one that the preparation refuses. A model of an array needs
    /// [`with_column_names`](Self::with_column_names).
    ///
    /// ```
    /// use feedforward::Regressor;
    /// use ndarray::array;
    /// let model = Regressor::fit(&array![[1.0], [2.0], [3.0]], &array![10.0, 20.0, 30.0])?;
    /// let model = model.with_column_names(vec!["length".to_owned()])?;
    /// let weight: f64 = model.predict_row([("length", 2.5.into())])?;
    /// assert!((weight - 25.0).abs() < 5.0);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn predict_row_all(&self, row: impl Into<Row>) -> Result<Array1<F>> {
        let prepared = self.fitted.prepare_row("Regressor::predict_row", &row.into())?;
        Ok(self.predict_prepared(&prepared)?.remove_axis(Axis(0)))
    }

    /// Returns R² of the predictions; of several outputs the mean of theirs, as scikit-learn.
    ///
    /// # Errors
    /// As for [`predict_all`](Self::predict_all), and when there are fewer than 2 rows.
    pub fn score<'i, 't>(&self, inputs: impl Into<Inputs<'i, F>>, numbers: impl Into<Targets<'t, F>>) -> Result<f64> {
        let predictions = self.predict_matrix("Regressor::score", inputs.into())?;
        r2(&predictions, &numbers.into().matrix(), None)
    }

    /// Predicts the numbers of a table, which has them in the columns that the model was fitted to predict, and reports
    /// how well: R², root mean squared error and mean absolute error of each output.
    ///
    /// # Errors
    /// As for [`predict_all`](Self::predict_all), when the model was fitted on an array, when a column does not exist
    /// or holds something else than numbers, and when there are fewer than 2 rows.
    pub fn evaluate(&self, table: &Table) -> Result<RegressionReport> {
        let operation = "Regressor::evaluate";
        let actual = self.fitted.target_numbers(operation, table)?;
        let predictions = self.predict_matrix(operation, Inputs::Table(table))?;
        RegressionReport::new(&predictions, &actual, None)?.with_names(&self.fitted.target_names)
    }

    /// Goes once over these rows, in batches, from where the training is: with its settings, and with what its solver
    /// remembers of the steps before. A model from a file remembers none of them.
    ///
    /// The preparation and the scaler of the numbers stay as they are. The history gets a record.
    ///
    /// # Errors
    /// As for [`predict_all`](Self::predict_all), when numbers and rows do not fit, when the solver is
    /// [`Solver::Lbfgs`](super::Solver::Lbfgs), and when training diverges. The model has not changed then.
    pub fn partial_fit<'i, 't>(
        &mut self,
        inputs: impl Into<Inputs<'i, F>>,
        numbers: impl Into<Targets<'t, F>>,
    ) -> Result<()> {
        let prepared = self.fitted.prepare("Regressor::partial_fit", inputs.into())?;
        let targets = numbers.into().matrix();
        check::columns("Regressor::partial_fit", "targets", self.fitted.network.output_size(), targets.ncols())?;
        let data = Dataset::new(prepared, self.target_scaler.transform(&targets)?)?;
        self.fitted.train_once(&data, &*self.loss().make()?)
    }

    /// Returns the scaler of the predicted numbers; under [`RegressionLoss::Poisson`] it changes nothing.
    pub fn target_scaler(&self) -> &StandardScaler<F> {
        &self.target_scaler
    }

    /// Returns the loss that it was trained on; [`RegressionLoss::Squared`] for a regressor without settings.
    pub fn loss(&self) -> RegressionLoss {
        self.fitted.settings.as_ref().map_or_else(RegressionLoss::default, |settings| settings.loss)
    }

    /// Writes the network with both scalers as one C99 file: raw inputs in, numbers as in training out. A model of a
    /// table must have columns of scaled numbers alone, and the loss may not be [`RegressionLoss::Poisson`].
    ///
    /// For the rest see [`Network::to_c99`](crate::Network::to_c99).
    ///
    /// # Errors
    /// As for [`Network::to_c99`](crate::Network::to_c99), and when a column is no scaled number.
    pub fn to_c99(&self, name: &str) -> Result<String> {
        self.to_model()?.to_c99(name)
    }

    /// Writes the network with both scalers as one Rust file; see [`to_c99`](Self::to_c99) and
    /// [`Network::to_rust`](crate::Network::to_rust).
    ///
    /// # Errors
    /// As for [`to_c99`](Self::to_c99).
    pub fn to_rust(&self, name: &str) -> Result<String> {
        self.to_model()?.to_rust(name)
    }

    pub(super) fn to_model(&self) -> Result<Model<'_, F>> {
        if self.loss() == RegressionLoss::Poisson {
            let expected = "a regressor whose network gives the numbers that are predicted";
            return Err(Error::invalid(
                "Regressor",
                expected,
                "the loss Poisson, whose network gives their logarithms",
            ));
        }
        Ok(Model { output_scaler: Some(Cow::Borrowed(&self.target_scaler)), ..self.fitted.to_model("Regressor")? })
    }
}

fitted_accessors!(impl[F: Float] Regressor<F>, "Regressor::with_column_names");
