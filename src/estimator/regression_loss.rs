//! [`RegressionLoss`]: what a regressor makes small.

use crate::{Float, Huber, Loss, Mae, Mse, Poisson, Quantile, Result};

/// The loss that a [`Regressor`](crate::Regressor) is trained on.
///
/// ```
/// use feedforward::Regressor;
/// use feedforward::estimator::{RegressionLoss, Settings, Solver};
/// use ndarray::{Array1, Array2};
///
/// // Numbers from 0 to 9 for each input: nine of ten are below 9.
/// let inputs = Array2::from_shape_fn((200, 1), |(row, _)| (row % 2) as f64);
/// let numbers = Array1::from_shape_fn(200, |row| (row / 2 % 10) as f64);
/// let loss = RegressionLoss::Quantile { level: 0.85 };
/// let settings = Settings { loss, hidden: vec![4], learning_rate: 0.01, patience: None, ..Settings::default() };
/// let model = Regressor::fit_with(&settings, &inputs, &numbers)?;
/// assert!(model.predict(&inputs)?.iter().all(|number| (number - 8.0).abs() < 0.5));
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum RegressionLoss {
    /// [`Mse`]: predicts means.
    #[default]
    Squared,
    /// [`Mae`]: predicts medians.
    Absolute,
    /// [`Huber`]: as `Squared` near the numbers, as `Absolute` beyond delta.
    Huber {
        /// The border, in standard deviations of the numbers.
        #[cfg_attr(feature = "serde", serde(with = "crate::serialize::number"))]
        delta: f64,
    },
    /// [`Quantile`]: predicts what this share of the numbers is below.
    Quantile {
        /// The share, above 0 and below 1.
        #[cfg_attr(feature = "serde", serde(with = "crate::serialize::number"))]
        level: f64,
    },
    /// [`Poisson`]: predicts the rates of counts, which are not scaled; the logarithm of the rate is learned.
    Poisson,
}

impl RegressionLoss {
    pub(super) fn make<F: Float>(self) -> Result<Box<dyn Loss<F>>> {
        Ok(match self {
            Self::Squared => Box::new(Mse),
            Self::Absolute => Box::new(Mae),
            Self::Huber { delta } => Box::new(Huber::new(delta)?),
            Self::Quantile { level } => Box::new(Quantile::new(level)?),
            Self::Poisson => Box::new(Poisson),
        })
    }

    /// Returns whether the network learns the numbers scaled to mean 0 and deviation 1.
    pub(super) fn scales_targets(self) -> bool {
        self != Self::Poisson
    }
}
