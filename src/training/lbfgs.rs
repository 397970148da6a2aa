//! [`Lbfgs`]: all data at once, and the curvature from the last steps.

use super::{EpochRecord, History, Hook, Penalty};
use crate::error::{Error, at_least_zero};
use crate::{Dataset, Float, Loss, Network, Result};
use std::collections::VecDeque;
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
    pub fn new() -> Self {
        Self::default()
    }

    /// Remembers this many steps: more of them see the curvature better and cost two copies of the weights each.
    ///
    /// # Errors
    /// When it is 0.
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
    pub fn tolerance(self, tolerance: f64) -> Result<Self> {
        Ok(Self { tolerance: at_least_zero("Lbfgs", "tolerance", tolerance)?, ..self })
    }

    /// Adds a penalty on the weights to the loss.
    pub fn penalty(self, penalty: Penalty) -> Self {
        Self { penalty: Some(penalty), ..self }
    }

    /// At most this many steps. The history has one record for each: the loss after it, and as learning rate its length t.
    /// It ends sooner when the gradient is within the tolerance or loss and weights no longer move by 1e-9.
    ///
    /// # Errors
    /// When there is no iteration, network and data do not fit, or the loss is not finite at the start.
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
            let line = Line { start: &here, direction: &direction, from: &point };
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
    fn point(&mut self, values: &[F], direction: &[F], t: f64) -> Result<Point<F>> {
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

/// A point on the line of a search.
#[derive(Clone)]
struct Point<F> {
    t: f64,
    loss: f64,
    slope: f64,
    gradient: Vec<F>,
}

/// The line along which a step is searched.
struct Line<'a, F> {
    start: &'a [F],
    direction: &'a [F],
    from: &'a Point<F>,
}

impl<F: Float> Line<'_, F> {
    const MOST_POINTS: usize = 25;

    fn at(&self, t: f64) -> Vec<F> {
        let t = F::from_f64(t);
        self.start.iter().zip(self.direction).map(|(&start, &direction)| start + t * direction).collect()
    }

    fn try_at(&self, objective: &mut Objective<'_, F>, t: f64) -> Result<Point<F>> {
        objective.point(&self.at(t), self.direction, t)
    }

    fn falls_too_little(&self, point: &Point<F>) -> bool {
        point.loss > self.from.loss + 1e-4 * point.t * self.from.slope
    }

    fn is_flat_enough(&self, point: &Point<F>) -> bool {
        point.slope.abs() <= -0.9 * self.from.slope
    }

    /// Goes on until a point is good or there is a good one between it and the last.
    fn search(&self, objective: &mut Objective<'_, F>, first: f64) -> Result<Point<F>> {
        let mut last = self.from.clone();
        let mut point = self.try_at(objective, first)?;
        for tried in 0..Self::MOST_POINTS {
            let rises = self.falls_too_little(&point) || (tried > 1 && point.loss >= last.loss);
            if !rises && self.is_flat_enough(&point) {
                return Ok(point);
            }
            if rises || point.slope >= 0.0 {
                return self.zoom(objective, last, point, Self::MOST_POINTS - tried);
            }
            let t = cubic_minimum(&last, &point, point.t + 0.01 * (point.t - last.t), 10.0 * point.t);
            last = point;
            point = self.try_at(objective, t)?;
        }
        Ok(if point.loss < self.from.loss { point } else { self.from.clone() })
    }

    /// Narrows the interval between two points down to a good one.
    fn zoom(
        &self,
        objective: &mut Objective<'_, F>,
        one: Point<F>,
        other: Point<F>,
        points: usize,
    ) -> Result<Point<F>> {
        let (mut low, mut high) = if one.loss <= other.loss { (one, other) } else { (other, one) };
        let (size, mut slow) = (largest(self.direction), false);
        for _ in 0..points {
            let (least, most) = (low.t.min(high.t), low.t.max(high.t));
            if (most - least) * size < LEAST_CHANGE {
                break;
            }
            let guess = cubic_minimum(&low, &high, least, most);
            let t = inside(guess, least, most, &mut slow);
            let point = self.try_at(objective, t)?;
            if self.falls_too_little(&point) || point.loss >= low.loss {
                high = point;
                if low.loss > high.loss {
                    std::mem::swap(&mut low, &mut high);
                }
                continue;
            }
            if self.is_flat_enough(&point) {
                return Ok(point);
            }
            if point.slope * (high.t - low.t) >= 0.0 {
                high = low;
            }
            low = point;
        }
        Ok(low)
    }
}

/// Keeps the second guess in a row that is close to an end of the interval away from it.
fn inside(guess: f64, least: f64, most: f64, slow: &mut bool) -> f64 {
    let margin = 0.1 * (most - least);
    let close = (most - guess).min(guess - least) < margin;
    let moves = close && (*slow || guess >= most || guess <= least);
    *slow = close && !moves;
    match moves {
        true if (guess - most).abs() < (guess - least).abs() => most - margin,
        true => least + margin,
        false => guess,
    }
}

/// Where the cubic through two points with their slopes is lowest, within bounds; halfway if there is no such place.
fn cubic_minimum<F>(one: &Point<F>, other: &Point<F>, least: f64, most: f64) -> f64 {
    let (a, b) = if one.t <= other.t { (one, other) } else { (other, one) };
    let d1 = a.slope + b.slope - 3.0 * (a.loss - b.loss) / (a.t - b.t);
    let d2 = (d1 * d1 - a.slope * b.slope).sqrt();
    let lowest = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2.0 * d2));
    if lowest.is_finite() { lowest.max(least).min(most) } else { (least + most) / 2.0 }
}

/// The changes of weights and gradient in the last steps, with 1 / sᵀy.
struct Curvature<F> {
    steps: VecDeque<(Vec<F>, Vec<F>, f64)>,
    scale: f64,
}

impl<F> Default for Curvature<F> {
    fn default() -> Self {
        Self { steps: VecDeque::new(), scale: 1.0 }
    }
}

impl<F: Float> Curvature<F> {
    /// -H g.
    fn direction(&self, gradient: &[F]) -> Vec<F> {
        let mut direction: Vec<F> = gradient.iter().map(|&g| -g).collect();
        let mut shares = Vec::with_capacity(self.steps.len());
        for (s, y, rho) in self.steps.iter().rev() {
            let share = rho * dot(s, &direction);
            add(&mut direction, -share, y);
            shares.push(share);
        }
        let scale = F::from_f64(self.scale);
        direction.iter_mut().for_each(|d| *d *= scale);
        for ((s, y, rho), share) in self.steps.iter().zip(shares.into_iter().rev()) {
            let correction = share - rho * dot(y, &direction);
            add(&mut direction, correction, s);
        }
        direction
    }

    fn learn(&mut self, direction: &[F], from: &Point<F>, to: &Point<F>, memory: usize) {
        let t = F::from_f64(to.t);
        let s: Vec<F> = direction.iter().map(|&d| t * d).collect();
        let y: Vec<F> = to.gradient.iter().zip(&from.gradient).map(|(&new, &old)| new - old).collect();
        let product = dot(&y, &s);
        if product > 1e-10 {
            if self.steps.len() == memory {
                self.steps.pop_front();
            }
            self.scale = product / dot(&y, &y);
            self.steps.push_back((s, y, 1.0 / product));
        }
    }
}

fn dot<F: Float>(a: &[F], b: &[F]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a.widen() * b.widen()).sum()
}

fn add<F: Float>(sum: &mut [F], factor: f64, other: &[F]) {
    let factor = F::from_f64(factor);
    sum.iter_mut().zip(other).for_each(|(sum, &other)| *sum += factor * other);
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
