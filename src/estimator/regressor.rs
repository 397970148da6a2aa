//! [`Regressor`]: predicts numbers.

use super::Settings;
use crate::data::StandardScaler;
use crate::io::Model;
use crate::metrics::r2;
use crate::{Dataset, Float, History, Mse, Network, Result, check};
use ndarray::{Array1, ArrayRef1, ArrayRef2, Axis};
use std::borrow::Cow;
use std::fmt::Debug;

/// Predicts a number for each row. The numbers are scaled to mean 0 and deviation 1 for training, and back afterwards.
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
#[derive(Debug, Clone)]
pub struct Regressor<F: Float> {
    pub(super) network: Network<F>,
    pub(super) scaler: StandardScaler<F>,
    pub(super) target_scaler: StandardScaler<F>,
    pub(super) history: History,
    pub(super) column_names: Vec<String>,
}

impl<F: Float> Regressor<F> {
    /// Trains with the default settings.
    ///
    /// # Errors
    /// When rows and numbers do not fit, a number is not finite, or the numbers are all the same.
    pub fn fit(inputs: &ArrayRef2<F>, numbers: &ArrayRef1<F>) -> Result<Self> {
        Self::fit_with(&Settings::default(), inputs, numbers)
    }

    /// Trains with these settings.
    ///
    /// # Errors
    /// As for [`fit`](Self::fit), and when a setting is out of range.
    pub fn fit_with(settings: &Settings, inputs: &ArrayRef2<F>, numbers: &ArrayRef1<F>) -> Result<Self> {
        let targets = numbers.to_owned().insert_axis(Axis(1));
        let scaler = StandardScaler::fit_allowing_constant(inputs)?;
        let target_scaler = StandardScaler::fit(&targets)?;
        let data = Dataset::new(scaler.transform(inputs)?, target_scaler.transform(&targets)?)?;
        let (network, history) = settings.train(&data, &Mse, Dataset::split)?;
        Ok(Self { network, scaler, target_scaler, history, column_names: Vec::new() })
    }

    /// Joins the parts of a regressor that was trained elsewhere: it has no history.
    #[cfg(feature = "onnx")]
    pub(super) fn from_parts(
        network: Network<F>,
        scaler: StandardScaler<F>,
        target_scaler: StandardScaler<F>,
        column_names: Vec<String>,
    ) -> Self {
        Self { network, scaler, target_scaler, history: History::default(), column_names }
    }

    /// Returns the number of each row.
    ///
    /// # Errors
    /// When there are not as many columns as in training, or a number is not finite.
    pub fn predict(&self, inputs: &ArrayRef2<F>) -> Result<Array1<F>> {
        let scaled = self.network.predict(&self.scaler.transform(inputs)?)?;
        Ok(self.target_scaler.inverse_transform(&scaled)?.remove_axis(Axis(1)))
    }

    /// Returns R² of the predictions.
    ///
    /// # Errors
    /// As for [`predict`](Self::predict), and when there are fewer than 2 rows.
    pub fn score(&self, inputs: &ArrayRef2<F>, numbers: &ArrayRef1<F>) -> Result<f64> {
        let predictions = self.predict(inputs)?.insert_axis(Axis(1));
        r2(&predictions, &numbers.to_owned().insert_axis(Axis(1)), None)
    }

    /// Returns the scaler of the inputs.
    pub fn scaler(&self) -> &StandardScaler<F> {
        &self.scaler
    }

    /// Returns the scaler of the predicted numbers.
    pub fn target_scaler(&self) -> &StandardScaler<F> {
        &self.target_scaler
    }

    /// Returns the network, which takes and gives scaled numbers.
    pub fn network(&self) -> &Network<F> {
        &self.network
    }

    /// Names the columns of the inputs: files keep the names.
    ///
    /// # Errors
    /// When there are not as many names as columns.
    pub fn with_column_names(self, names: Vec<String>) -> Result<Self> {
        check::columns("Regressor::with_column_names", "names", self.network.input_size(), names.len())?;
        Ok(Self { column_names: names, ..self })
    }

    /// Returns the names of the columns of the inputs; empty when they have none.
    #[doc(alias = "feature_names_in_")]
    pub fn column_names(&self) -> &[String] {
        &self.column_names
    }

    /// Returns the history of the training; it is empty for a regressor of another library.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Writes the network with both scalers as one C99 file: raw inputs in, numbers as in training out.
    ///
    /// For the rest see [`Network::to_c99`].
    ///
    /// # Errors
    /// As for [`Network::to_c99`].
    pub fn to_c99(&self, name: &str) -> Result<String> {
        self.to_model().to_c99(name)
    }

    /// Writes the network with both scalers as one Rust file; see [`to_c99`](Self::to_c99) and [`Network::to_rust`].
    ///
    /// # Errors
    /// As for [`Network::to_c99`].
    pub fn to_rust(&self, name: &str) -> Result<String> {
        self.to_model().to_rust(name)
    }

    pub(super) fn to_model(&self) -> Model<'_, F> {
        let column_names = (!self.column_names.is_empty()).then_some(Cow::Borrowed(&self.column_names[..]));
        Model {
            column_names,
            input_scaler: Some(Cow::Borrowed(&self.scaler)),
            output_scaler: Some(Cow::Borrowed(&self.target_scaler)),
            ..Model::of_network(Cow::Borrowed(&self.network))
        }
    }
}
