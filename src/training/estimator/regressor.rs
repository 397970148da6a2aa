//! [`Regressor`]: how much?

use super::Settings;
use crate::data::StandardScaler;
use crate::metrics::r2;
use crate::{Dataset, Float, History, Mse, Network, Result};
use ndarray::{Array1, ArrayRef1, ArrayRef2, Axis};
use std::fmt::Debug;

/// A network that predicts a number. The number is scaled to mean 0 and deviation 1 in training, and back afterwards.
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
    /// Trains with the usual settings.
    ///
    /// # Errors
    /// When rows and numbers do not fit, a number is not finite, or the numbers are all the same.
    ///
    /// ```
    /// use feedforward::Regressor;
    /// let inputs = ndarray::Array2::from_shape_fn((60, 1), |(row, _)| row as f64 / 10.0);
    /// let numbers = ndarray::Array1::from_shape_fn(60, |row| 100.0 + 7.0 * inputs[[row, 0]]);
    /// let model = Regressor::fit(&inputs, &numbers)?;
    /// assert!(model.score(&inputs, &numbers)? > 0.99);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn fit(inputs: &ArrayRef2<F>, numbers: &ArrayRef1<F>) -> Result<Self> {
        Self::fit_with(&Settings::default(), inputs, numbers)
    }

    /// Trains with these settings.
    ///
    /// # Errors
    /// As for [`fit`](Self::fit), and when a setting is out of range.
    ///
    /// ```
    /// # use feedforward::Regressor;
    /// # let inputs = ndarray::Array2::from_shape_fn((60, 1), |(row, _)| row as f64 / 10.0);
    /// # let numbers = ndarray::Array1::from_shape_fn(60, |row| 100.0 + 7.0 * inputs[[row, 0]]);
    /// use feedforward::{Settings, Solver};
    /// let settings = Settings { hidden: vec![8], solver: Solver::Lbfgs, ..Settings::default() };
    /// let model = Regressor::fit_with(&settings, &inputs, &numbers)?;
    /// assert!(model.score(&inputs, &numbers)? > 0.99);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn fit_with(settings: &Settings, inputs: &ArrayRef2<F>, numbers: &ArrayRef1<F>) -> Result<Self> {
        let targets = numbers.to_owned().insert_axis(Axis(1));
        let scaler = StandardScaler::fit_allowing_constant(inputs)?;
        let target_scaler = StandardScaler::fit(&targets)?;
        let data = Dataset::new(scaler.transform(inputs)?, target_scaler.transform(&targets)?)?;
        let (network, history) = settings.train(&data, &Mse, Dataset::split)?;
        Ok(Self { network, scaler, target_scaler, history })
    }

    /// The number of each row.
    ///
    /// # Errors
    /// When the columns are not as many as were trained on, or a number is not finite.
    ///
    /// ```
    /// # use feedforward::Regressor;
    /// # let inputs = ndarray::Array2::from_shape_fn((60, 1), |(row, _)| row as f64 / 10.0);
    /// # let numbers = ndarray::Array1::from_shape_fn(60, |row| 100.0 + 7.0 * inputs[[row, 0]]);
    /// let model = Regressor::fit(&inputs, &numbers)?;
    /// assert!((model.predict(&ndarray::array![[3.0]])?[0] - 121.0).abs() < 2.0);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn predict(&self, inputs: &ArrayRef2<F>) -> Result<Array1<F>> {
        let scaled = self.network.predict(&self.scaler.transform(inputs)?)?;
        Ok(self.target_scaler.inverse(&scaled)?.remove_axis(Axis(1)))
    }

    /// R² of the predictions.
    ///
    /// # Errors
    /// As for [`predict`](Self::predict), and when there are fewer than 2 rows.
    ///
    /// ```
    /// # use feedforward::Regressor;
    /// # let inputs = ndarray::Array2::from_shape_fn((60, 1), |(row, _)| row as f64 / 10.0);
    /// # let numbers = ndarray::Array1::from_shape_fn(60, |row| 100.0 + 7.0 * inputs[[row, 0]]);
    /// let model = Regressor::fit(&inputs, &numbers)?;
    /// assert!(model.score(&inputs, &numbers)? > 0.99);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn score(&self, inputs: &ArrayRef2<F>, numbers: &ArrayRef1<F>) -> Result<f64> {
        let predictions = self.predict(inputs)?.insert_axis(Axis(1));
        r2(&predictions, &numbers.to_owned().insert_axis(Axis(1)), None)
    }

    /// The scaler of the inputs.
    ///
    /// ```
    /// # use feedforward::Regressor;
    /// # let inputs = ndarray::Array2::from_shape_fn((60, 1), |(row, _)| row as f64 / 10.0);
    /// # let numbers = ndarray::Array1::from_shape_fn(60, |row| 100.0 + 7.0 * inputs[[row, 0]]);
    /// let model = Regressor::fit(&inputs, &numbers)?;
    /// assert!((model.scaler().mean()[0] - 2.95).abs() < 1e-9);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn scaler(&self) -> &StandardScaler<F> {
        &self.scaler
    }

    /// The scaler of the numbers that are predicted.
    ///
    /// ```
    /// # use feedforward::Regressor;
    /// # let inputs = ndarray::Array2::from_shape_fn((60, 1), |(row, _)| row as f64 / 10.0);
    /// # let numbers = ndarray::Array1::from_shape_fn(60, |row| 100.0 + 7.0 * inputs[[row, 0]]);
    /// let model = Regressor::fit(&inputs, &numbers)?;
    /// assert!((model.target_scaler().mean()[0] - 120.65).abs() < 1e-9);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn target_scaler(&self) -> &StandardScaler<F> {
        &self.target_scaler
    }

    /// The network, which takes and gives scaled numbers.
    ///
    /// ```
    /// # use feedforward::Regressor;
    /// # let inputs = ndarray::Array2::from_shape_fn((60, 1), |(row, _)| row as f64 / 10.0);
    /// # let numbers = ndarray::Array1::from_shape_fn(60, |row| 100.0 + 7.0 * inputs[[row, 0]]);
    /// let model = Regressor::fit(&inputs, &numbers)?;
    /// assert_eq!(model.network().output_size(), 1);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn network(&self) -> &Network<F> {
        &self.network
    }

    /// How the training went.
    ///
    /// ```
    /// # use feedforward::Regressor;
    /// # let inputs = ndarray::Array2::from_shape_fn((60, 1), |(row, _)| row as f64 / 10.0);
    /// # let numbers = ndarray::Array1::from_shape_fn(60, |row| 100.0 + 7.0 * inputs[[row, 0]]);
    /// let model = Regressor::fit(&inputs, &numbers)?;
    /// assert!(model.history().best_epoch().is_some());
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn history(&self) -> &History {
        &self.history
    }
}
