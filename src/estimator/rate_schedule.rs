//! [`RateSchedule`]: how the learning rate of an estimator changes from epoch to epoch.

use crate::Result;
use crate::training::Schedule;
use crate::training::schedule::{
    Cosine, Exponential, InverseScaling, OneCycle, Polynomial, ReduceOnPlateau, StepDecay, Warmup,
};

/// How the learning rate changes from epoch to epoch; see [`training::schedule`](crate::training::schedule) for the
/// formulas.
///
/// ```
/// use feedforward::estimator::{RateSchedule, Settings};
/// let settings = Settings { schedule: RateSchedule::Cosine { warmup: 5 }, ..Settings::default() };
/// # #[cfg(feature = "serde")] {
/// let read: Settings = serde_json::from_str(r#"{"schedule": {"cosine": {"warmup": 5}}}"#)?;
/// assert_eq!(read, settings);
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum RateSchedule {
    /// Stays as it is.
    #[default]
    Constant,
    /// Falls along half a cosine, to 0 after the last epoch of [`Settings::epochs`](super::Settings::epochs).
    Cosine {
        /// Epochs before that in which it rises in a straight line; may be 0.
        warmup: usize,
    },
    /// Rises and falls along two half cosines over all epochs.
    OneCycle,
    /// Falls as (1 - t / epochs)^power.
    Polynomial {
        /// The power: 1 for a straight line.
        #[cfg_attr(feature = "serde", serde(with = "crate::serialize::number"))]
        power: f64,
    },
    /// Is multiplied by a factor after each epoch.
    Exponential {
        /// The factor.
        #[cfg_attr(feature = "serde", serde(with = "crate::serialize::number"))]
        factor: f64,
    },
    /// Is multiplied by a factor after some epochs.
    StepDecay {
        /// The number of epochs.
        every: usize,
        /// The factor.
        #[cfg_attr(feature = "serde", serde(with = "crate::serialize::number"))]
        factor: f64,
    },
    /// Falls as 1 / (t + 1)^power.
    InverseScaling {
        /// The power.
        #[cfg_attr(feature = "serde", serde(with = "crate::serialize::number"))]
        power: f64,
    },
    /// Is multiplied by a factor when the loss (of the held-out rows, if there are some) has not improved for some
    /// epochs.
    ReduceOnPlateau {
        /// The factor.
        #[cfg_attr(feature = "serde", serde(with = "crate::serialize::number"))]
        factor: f64,
        /// The number of epochs.
        patience: usize,
    },
}

impl RateSchedule {
    /// Makes the schedule for a training of this many epochs; none if the rate is constant.
    pub(super) fn make(self, epochs: usize) -> Result<Option<Box<dyn Schedule>>> {
        let all = epochs as u64;
        Ok(Some(match self {
            Self::Constant => return Ok(None),
            Self::Cosine { warmup: 0 } => Box::new(Cosine::new(all)?),
            Self::Cosine { warmup } => {
                let warmup = warmup as u64;
                Box::new(Warmup::new(warmup)?.then(warmup, Cosine::new(all.saturating_sub(warmup).max(1))?))
            }
            Self::OneCycle => Box::new(OneCycle::new(all)?),
            Self::Polynomial { power } => Box::new(Polynomial::new(all, power)?),
            Self::Exponential { factor } => Box::new(Exponential::new(factor)?),
            Self::StepDecay { every, factor } => Box::new(StepDecay::new(every as u64, factor)?),
            Self::InverseScaling { power } => Box::new(InverseScaling::new(power)?),
            Self::ReduceOnPlateau { factor, patience } => Box::new(ReduceOnPlateau::new(factor, patience)?),
        }))
    }
}
