//! [`Lbfgs`]: all data at once, and the curvature from the last steps.

mod curvature;
mod line_search;

use super::{EpochRecord, History, Hook, Penalty};
use crate::error::{Error, at_least_zero};
use crate::{Dataset, Float, Loss, Network, Result};
use curvature::Curvature;
use line_search::{Line, Point};
use std::time::Instant;

/// The limited-memory method of Broyden, Fletcher, Goldfarb and Shanno; for small data it beats all other rules.
///
/// A step goes along -H g: H, the inverse of the curvature, is estimated from the last changes s of the weights and y of the
/// gradient (the two-loop recursion, which starts from sᵀy / yᵀy). Its length t, first 1, is found by a line search until the
/// strong Wolfe conditions hold: L(t) ≤ L(0) + 1e-4 t L'(0) and |L'(t)| ≤ 0.9 |L'(0)|. All data are one batch, and the loss must
/// be a function of the weights alone: with [`Dropout`](crate::Dropout) it is not.
///
/// Nocedal and Wright, Numerical Optimization, algorithms 3.5, 3.6 and 7.4; the same steps as PyTorch's.
///
/// ```
/// use feedforward::{Dataset, Identity, Lbfgs, Mse, Network, Tanh};
/// use ndarray::Array2;
///
/// let inputs = Array2::from_shape_fn((40, 1), |(row, _)| row as f64 / 10.0 - 2.0);
/// let waves = Dataset::new(inputs.clone(), inputs.mapv(|x| (2.0 * x).sin()))?;
/// let mut network = Network::builder(1).dense(10, Tanh).dense(1, Identity).seed(1).build()?;
/// let history = Lbfgs::new().fit(&mut network, &waves, &Mse, 200)?;
/// assert!(history.last().unwrap().training_loss < 1e-3);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Lbfgs {
    memory: usize,
    tolerance: f64,
    penalty: Option<Penalty>,
}

impl Default for Lbfgs {
    fn default() -> Self {
        Self { memory: 10, tolerance: 1e-7, penalty: None }
    }
}

impl Lbfgs {
    /// Remembers the last 10 steps and ends when no derivative is above 1e-7.
    ///
    /// ```
    /// let rule = feedforward::Lbfgs::new();
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Remembers this many steps: more of them see the curvature better and cost two copies of the weights each.
    ///
    /// # Errors
    /// When it is 0.
    ///
    /// ```
    /// assert!(feedforward::Lbfgs::new().memory(20).is_ok());
    /// assert!(feedforward::Lbfgs::new().memory(0).is_err());
    /// ```
    pub fn memory(self, steps: usize) -> Result<Self> {
        if steps == 0 {
            return Err(Error::Empty { operation: "Lbfgs", what: "step to remember" });
        }
        Ok(Self { memory: steps, ..self })
    }

    /// Ends when no derivative is larger than this.
    ///
    /// # Errors
    /// When it is negative or not finite.
    ///
    /// ```
    /// assert!(feedforward::Lbfgs::new().tolerance(1e-5).is_ok());
    /// assert!(feedforward::Lbfgs::new().tolerance(-1.0).is_err());
    /// ```
    pub fn tolerance(self, tolerance: f64) -> Result<Self> {
        Ok(Self { tolerance: at_least_zero("Lbfgs", "tolerance", tolerance)?, ..self })
    }

    /// Adds a penalty on the weights to the loss.
    ///
    /// ```
    /// use feedforward::{Lbfgs, Penalty};
    /// let rule = Lbfgs::new().penalty(Penalty::l2(1e-4)?);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn penalty(self, penalty: Penalty) -> Self {
        Self { penalty: Some(penalty), ..self }
    }

    /// At most this many steps. The history has one record for each: the loss after it, and as learning rate its length t.
    /// It ends sooner when the gradient is within the tolerance or loss and weights no longer move by 1e-9.
    ///
    /// # Errors
    /// When there is no iteration, network and data do not fit, or the loss is not finite at the start.
    ///
    /// ```
    /// use feedforward::{Dataset, Identity, Lbfgs, Mse, Network};
    /// use ndarray::array;
    /// let line = Dataset::new(array![[0.0], [1.0], [2.0]], array![[1.0], [3.0], [5.0]])?;
    /// let mut network = Network::<f64>::builder(1).dense(1, Identity).build()?;
    /// let history = Lbfgs::new().fit(&mut network, &line, &Mse, 20)?;
    /// assert!(history.last().unwrap().training_loss < 1e-10);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn fit<F: Float>(
        &self,
        network: &mut Network<F>,
        data: &Dataset<F>,
        loss: &dyn Loss<F>,
        iterations: usize,
    ) -> Result<History> {
        if iterations == 0 {
            return Err(Error::Empty { operation: "Lbfgs", what: "iteration" });
        }
        let mut objective = Objective { network, data, loss, penalty: self.penalty.clone() };
        let (value, mut here) = (objective.value()?, objective.network.trained_values());
        let mut point = Point { t: 0.0, loss: value, slope: 0.0, gradient: objective.network.trained_gradients() };
        let (mut curvature, mut history) = (Curvature::default(), History::default());
        for iteration in 1..=iterations {
            let start = Instant::now();
            let direction = curvature.direction(&point.gradient);
            point = Point { t: 0.0, slope: dot(&point.gradient, &direction), ..point };
            if largest(&point.gradient) <= self.tolerance || point.slope > -LEAST_CHANGE {
                break;
            }
            let length = point.gradient.iter().map(|g| g.widen().abs()).sum::<f64>();
            let first = if iteration == 1 { (1.0 / length).min(1.0) } else { 1.0 };
            let line = Line::new(&here, &direction, &point);
            let next = line.search(&mut objective, first)?;
            here = line.at(next.t);
            let moved = next.t * largest(&direction);
            history.epochs.push(record(iteration, &next, start));
            curvature.learn(&direction, &point, &next, self.memory);
            let settled = moved <= LEAST_CHANGE || (next.loss - point.loss).abs() < LEAST_CHANGE;
            point = next;
            if settled {
                break;
            }
        }
        objective.network.set_trained_values(&here);
        Ok(history)
    }
}

/// Below this, a change counts for nothing.
const LEAST_CHANGE: f64 = 1e-9;

/// The loss as a function of the trained weights.
struct Objective<'a, F: Float> {
    network: &'a mut Network<F>,
    data: &'a Dataset<F>,
    loss: &'a dyn Loss<F>,
    penalty: Option<Penalty>,
}

impl<F: Float> Objective<'_, F> {
    /// The loss with the weights the network has; leaves its gradient there.
    fn value(&mut self) -> Result<f64> {
        let data = self.data;
        let mut value = self.network.compute_gradients(data.inputs(), data.targets(), data.weights(), self.loss)?;
        if let Some(penalty) = &mut self.penalty {
            value += penalty.after_backward(self.network)?;
        }
        Ok(value.widen())
    }

    /// What it is there; infinite where numbers overflow, so that the search turns back.
    fn point(&mut self, values: &[F], direction: &[f64], t: f64) -> Result<Point<F>> {
        self.network.set_trained_values(values);
        match self.value() {
            Ok(loss) => {
                let gradient = self.network.trained_gradients();
                Ok(Point { t, loss, slope: dot(&gradient, direction), gradient })
            }
            Err(Error::LossNotFinite { .. } | Error::GradientNotFinite { .. }) => {
                Ok(Point { t, loss: f64::INFINITY, slope: f64::INFINITY, gradient: Vec::new() })
            }
            Err(error) => Err(error),
        }
    }
}

fn dot<A: Float, B: Float>(a: &[A], b: &[B]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a.widen() * b.widen()).sum()
}

fn add(sum: &mut [f64], factor: f64, other: &[f64]) {
    sum.iter_mut().zip(other).for_each(|(sum, other)| *sum += factor * other);
}

fn largest<F: Float>(values: &[F]) -> f64 {
    values.iter().map(|value| value.widen().abs()).fold(0.0, f64::max)
}

fn record<F: Float>(epoch: usize, point: &Point<F>, start: Instant) -> EpochRecord {
    EpochRecord {
        epoch,
        training_loss: point.loss,
        validation_loss: None,
        metrics: Vec::new(),
        learning_rate: point.t,
        gradient_norm: dot(&point.gradient, &point.gradient).sqrt(),
        seconds: start.elapsed().as_secs_f64(),
    }
}
