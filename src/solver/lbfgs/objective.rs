//! [`Objective`]: the loss as a function of the trained weights, and a point on it.

use crate::training::hook::{Hook, Penalty};
use crate::{Dataset, Error, Float, Loss, Network, Result};

/// A point on the line of a search.
#[derive(Clone)]
pub(super) struct Point<F> {
    pub(super) t: f64,
    pub(super) loss: f64,
    pub(super) slope: f64,
    pub(super) gradient: Vec<F>,
}

/// A change below this is ignored.
pub(super) const LEAST_CHANGE: f64 = 1e-9;

/// The loss as a function of the trained weights.
pub(super) struct Objective<'a, F: Float> {
    pub(super) network: &'a mut Network<F>,
    pub(super) data: &'a Dataset<F>,
    pub(super) loss: &'a dyn Loss<F>,
    pub(super) penalty: Option<Penalty>,
}

impl<F: Float> Objective<'_, F> {
    /// Computes the loss with the present weights; leaves its gradient in the network.
    pub(super) fn value(&mut self) -> Result<f64> {
        let data = self.data;
        let mut value = self.network.compute_gradients(data.inputs(), data.targets(), data.weights(), self.loss)?;
        if let Some(penalty) = &mut self.penalty {
            value += penalty.after_backward(self.network)?;
        }
        Ok(value.widen())
    }

    /// Computes the loss at these weights; infinite where numbers overflow, so that the search turns back.
    pub(super) fn point(&mut self, values: &[F], direction: &[f64], t: f64) -> Result<Point<F>> {
        self.network.set_trained_values(values);
        match self.value() {
            Ok(loss) => {
                let gradient = self.network.trained_gradients();
                Ok(Point { t, loss, slope: dot(&gradient, direction), gradient })
            }
            Err(Error::LossNotFinite { .. } | Error::GradientNotFinite { .. } | Error::StatisticNotFinite { .. }) => {
                Ok(Point { t, loss: f64::INFINITY, slope: f64::INFINITY, gradient: Vec::new() })
            }
            Err(error) => Err(error),
        }
    }
}

/// Computes the dot product in double precision.
pub(super) fn dot<A: Float, B: Float>(a: &[A], b: &[B]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a.widen() * b.widen()).sum()
}

/// Adds factor · other to the sum.
pub(super) fn add(sum: &mut [f64], factor: f64, other: &[f64]) {
    sum.iter_mut().zip(other).for_each(|(sum, other)| *sum += factor * other);
}

/// Returns the largest magnitude.
pub(super) fn largest<F: Float>(values: &[F]) -> f64 {
    values.iter().map(|value| value.widen().abs()).fold(0.0, f64::max)
}
