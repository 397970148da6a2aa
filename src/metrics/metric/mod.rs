//! [`Metric`]: a score of a network's outputs that the trainer records after each epoch; the scores, a kind per file.

mod classes;
mod labels;
mod numbers;

pub use classes::{Accuracy, AveragePrecision, BalancedAccuracy, F1, Precision, Recall, RocAuc, TopK};
pub use labels::{LabelAccuracy, LabelF1, LabelPrecision, LabelRecall, SubsetAccuracy};
pub use numbers::{
    ExplainedVariance, MeanAbsoluteError, MeanAbsolutePercentageError, MeanPinballLoss, MeanPoissonDeviance,
    MeanSquaredError, MedianAbsoluteError, R2, RootMeanSquaredError,
};

use crate::{Float, Result};
use ndarray::ArrayRef2;
use std::fmt::Debug;

/// A score of a network's outputs, for [`Trainer::metric`](crate::Trainer::metric).
///
/// ```
/// use feedforward::metrics::Metric;
/// use feedforward::error::Result;
/// use feedforward::Float;
/// use ndarray::ArrayRef2;
///
/// /// The largest error of all.
/// #[derive(Debug)]
/// struct LargestError;
///
/// impl<F: Float> Metric<F> for LargestError {
///     fn name(&self) -> String {
///         "largest error".to_owned()
///     }
///     fn value(&self, outputs: &ArrayRef2<F>, targets: &ArrayRef2<F>, _: Option<&[f64]>) -> Result<f64> {
///         Ok(outputs.iter().zip(targets).map(|(&p, &t)| (p - t).abs().widen()).fold(0.0, f64::max))
///     }
/// }
/// ```
pub trait Metric<F: Float>: Debug + Send + Sync {
    /// Returns the name it has in the history; [`Named`] gives it another.
    fn name(&self) -> String;

    /// Computes the score of the outputs. [`Network::evaluate`](crate::Network::evaluate) and the trainer hand over
    /// what the loss makes of them: probabilities, for a loss on logits; rates, for [`Poisson`](crate::Poisson).
    ///
    /// # Errors
    /// When outputs and targets are not what the score needs; a score that is returned is finite.
    fn value(&self, outputs: &ArrayRef2<F>, targets: &ArrayRef2<F>, weights: Option<&[f64]>) -> Result<f64>;

    /// Checks targets for a network with this many outputs. The trainer calls it before the first step.
    ///
    /// # Errors
    /// When no output could be scored against them.
    fn check_targets(&self, _outputs: usize, _targets: &ArrayRef2<F>) -> Result<()> {
        Ok(())
    }
}

/// A metric that is chosen at run time.
impl<F: Float, M: Metric<F> + ?Sized> Metric<F> for Box<M> {
    fn name(&self) -> String {
        (**self).name()
    }

    fn value(&self, outputs: &ArrayRef2<F>, targets: &ArrayRef2<F>, weights: Option<&[f64]>) -> Result<f64> {
        (**self).value(outputs, targets, weights)
    }

    fn check_targets(&self, outputs: usize, targets: &ArrayRef2<F>) -> Result<()> {
        (**self).check_targets(outputs, targets)
    }
}

/// Gives a metric another name in the history.
///
/// ```
/// use feedforward::metrics::{Metric, Named, R2};
/// let metric = Named::new("explained share", R2);
/// assert_eq!(Metric::<f32>::name(&metric), "explained share");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named<M> {
    name: String,
    metric: M,
}

impl<M> Named<M> {
    /// Makes the metric with this name.
    pub fn new(name: impl Into<String>, metric: M) -> Self {
        Self { name: name.into(), metric }
    }
}

impl<F: Float, M: Metric<F>> Metric<F> for Named<M> {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn value(&self, outputs: &ArrayRef2<F>, targets: &ArrayRef2<F>, weights: Option<&[f64]>) -> Result<f64> {
        self.metric.value(outputs, targets, weights)
    }

    fn check_targets(&self, outputs: usize, targets: &ArrayRef2<F>) -> Result<()> {
        self.metric.check_targets(outputs, targets)
    }
}
