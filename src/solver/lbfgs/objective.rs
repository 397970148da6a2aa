//! [`Objective`]: the loss as a function of the trained weights, and a point on it.

use crate::data::Batch;
use crate::training::Ranks;
use crate::training::hook::{Hook, Penalty};
use crate::{Dataset, Error, Float, Loss, Network, Result, kernel};

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
    /// The ranks that share the rows out among them, and the rows of this one.
    pub(super) ranks: Option<(Ranks<'a, F>, Batch<F>)>,
    /// Whether numbers overflowed at a point since this was last cleared.
    pub(super) overflowed: bool,
}

impl<F: Float> Objective<'_, F> {
    /// Computes the loss with the present weights; leaves its gradient in the network.
    pub(super) fn value(&mut self) -> Result<f64> {
        let (data, loss) = (self.data, self.loss);
        let mut value = match &mut self.ranks {
            Some((ranks, batch)) => ranks.compute_batch(self.network, data.len(), Ok(batch), loss)?.1,
            None => self.network.compute_data_gradients("Lbfgs", data, loss)?,
        };
        if let Some(penalty) = &mut self.penalty {
            value += penalty.after_backward(self.network)?;
        }
        if value.is_finite() {
            return Ok(value.widen());
        }
        Err(Error::LossNotFinite { operation: "Lbfgs", found: value.widen() })
    }

    /// Computes the loss at these weights; infinite where numbers overflow, so that the search turns back.
    pub(super) fn point(&mut self, values: &[F], direction: &[f64], t: f64) -> Result<Point<F>> {
        let overflow = || Point { t, loss: f64::INFINITY, slope: f64::INFINITY, gradient: Vec::new() };
        if !kernel::all_finite(values) {
            self.overflowed = true;
            return Ok(overflow());
        }
        self.network.set_trained_values(values);
        match self.value() {
            Ok(loss) if self.network.gradient_norm().is_finite() => {
                let gradient = self.network.trained_gradients();
                Ok(Point { t, loss, slope: dot(&gradient, direction), gradient })
            }
            Ok(_)
            | Err(Error::LossNotFinite { .. } | Error::GradientNotFinite { .. } | Error::StatisticNotFinite { .. }) => {
                self.overflowed = true;
                Ok(overflow())
            }
            Err(error) => Err(error),
        }
    }

    /// Moves the network to these weights; running statistics move once from `accepted`, which then holds all values.
    pub(super) fn accept(&mut self, weights: &[F], accepted: &mut Vec<F>) -> Result<()> {
        if self.network.has_proposals() {
            self.network.set_values(accepted);
            self.network.set_trained_values(weights);
            self.value()?;
        } else {
            self.network.set_trained_values(weights);
        }
        self.network.copy_values(accepted);
        Ok(())
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
