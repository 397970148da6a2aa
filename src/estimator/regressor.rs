//! [`Regressor`]: predicts numbers.

use super::Settings;
use crate::data::StandardScaler;
use crate::metrics::r2;
use crate::{Dataset, Float, History, Mse, Network, Result};
use ndarray::{Array1, ArrayRef1, ArrayRef2, Axis};
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
    network: Network<F>,
    scaler: StandardScaler<F>,
    target_scaler: StandardScaler<F>,
    history: History,
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
        Ok(Self { network, scaler, target_scaler, history })
    }

    /// Joins the parts of a regressor that was trained elsewhere: it has no history.
    #[cfg(feature = "onnx")]
    pub(super) fn from_parts(network: Network<F>, scaler: StandardScaler<F>, target_scaler: StandardScaler<F>) -> Self {
        Self { network, scaler, target_scaler, history: History::default() }
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

    /// Returns the history of the training; it is empty for a regressor that comes from a file.
    pub fn history(&self) -> &History {
        &self.history
    }
}
