//! [`Lbfgs`]: steps along the gradient of all data, bent by the curvature of the last steps.

mod curvature;
mod line_search;
mod objective;

use super::ranks::prepare;
use crate::clock::Stopwatch;
use crate::data::{Batch, gather};
use crate::distributed::{Communicator, Reduction, agree_on};
use crate::network::norm;
use crate::training::hook::Penalty;
use crate::training::{Ending, Ranks};
use crate::{Dataset, EpochRecord, Error, Float, History, Layer, Loss, Network, Result, Role, check};
use curvature::Curvature;
use line_search::Line;
use objective::{LEAST_CHANGE, Objective, Point, dot, largest};

/// Trains by the limited-memory method of Broyden, Fletcher, Goldfarb and Shanno: the best rule for small data.
///
/// A step goes along -H g: H, the inverse of the curvature, is estimated from the last changes s of the weights and y
/// of the gradient (the two-loop recursion, which starts from sᵀy / yᵀy). Its length t, first 1, is found by a line
/// search until the strong Wolfe conditions hold: L(t) ≤ L(0) + 1e-4 t L'(0) and |L'(t)| ≤ 0.9 |L'(0)|. All data are
/// one batch, and the loss must be a function of the weights alone: with [`Dropout`](crate::Dropout) it is not.
///
/// Nocedal and Wright, Numerical Optimization, algorithms 3.5, 3.6 and 7.4; the same steps as PyTorch's.
///
/// ```
/// use feedforward::solver::Lbfgs;
/// use feedforward::{Dataset, Identity, Mse, Network, Tanh};
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
pub struct Lbfgs<'a> {
    memory: usize,
    tolerance: f64,
    penalty: Option<Penalty>,
    communicator: Option<&'a dyn Communicator>,
}

impl Default for Lbfgs<'_> {
    fn default() -> Self {
        Self { memory: 10, tolerance: 1e-7, penalty: None, communicator: None }
    }
}

const OPERATION: &str = "Lbfgs";

impl<'a> Lbfgs<'a> {
    /// Remembers the last 10 steps and ends when the gradient has fallen to 1e-7 of that at the start.
    pub fn new() -> Self {
        Self::default()
    }

    /// Remembers this many steps, at least 1: more steps estimate the curvature better and cost two copies of the
    /// weights each. Checked in [`fit`](Self::fit).
    pub fn memory(self, steps: usize) -> Self {
        Self { memory: steps, ..self }
    }

    /// Ends when no derivative is larger than this share of the largest one at the start. Checked in
    /// [`fit`](Self::fit).
    pub fn tolerance(self, tolerance: f64) -> Self {
        Self { tolerance, ..self }
    }

    /// Adds a penalty on the weights to the loss.
    pub fn penalty(self, penalty: Penalty) -> Self {
        Self { penalty: Some(penalty), ..self }
    }

    /// Shares the sums over rows out among ranks, which all call [`fit`](Self::fit) with the same data.
    ///
    /// The rows are divided into a power of two of shards, 8 or more, whose gradients are added up along a binary tree.
    /// Any number of ranks gives the same bits, 1 too; without `across` the last bits are others. A layer that mixes
    /// rows, such as [`BatchNorm`](crate::layer::BatchNorm), computes all of them on each rank. All ranks begin with
    /// the weights of rank 0.
    ///
    /// ```
    /// use feedforward::distributed::{Communicator, Threads};
    /// use feedforward::solver::Lbfgs;
    /// use feedforward::{Dataset, Identity, Mse, Network, Tanh};
    /// use ndarray::Array2;
    ///
    /// let inputs = Array2::from_shape_fn((200, 1), |(row, _)| row as f64 / 50.0 - 2.0);
    /// let waves = Dataset::new(inputs.clone(), inputs.mapv(|x| (2.0 * x).sin()))?;
    /// let train = |communicator: &dyn Communicator| {
    ///     let mut network = Network::builder(1).dense(10, Tanh).dense(1, Identity).seed(1).build()?;
    ///     Lbfgs::new().across(communicator).fit(&mut network, &waves, &Mse, 50)?;
    ///     Ok(network.parameters_flat())
    /// };
    /// let one = Threads::run(1, |rank| train(rank))?;
    /// let three = Threads::run(3, |rank| train(rank))?;
    /// assert_eq!(one[0], three[2]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn across(self, communicator: &'a dyn Communicator) -> Self {
        Self { communicator: Some(communicator), ..self }
    }

    /// Trains for at most this many steps. The history has one record per step: the loss after it, and its length t as
    /// learning rate. [`History::ending`] says whether it converged, reached the limit, or could not descend.
    ///
    /// It has converged when no derivative is larger than the tolerance times the largest one at the start, or when
    /// weights or loss change by less than a billionth of themselves; so the result does not depend on the units of the
    /// targets. Running statistics move once per step, not at the points that a line search tries. Many rows go through
    /// the network in pieces, if its rows are independent.
    ///
    /// # Errors
    /// When an option is out of its range, there is no iteration, network and data do not fit, a layer is random
    /// ([`Dropout`](crate::layer::Dropout)), the loss is not finite at the start, or it has no lower bound.
    /// [`across`](Self::across) ranks also when something of that is so on another rank, ranks have other data, layers
    /// or settings, there are more ranks than shards or rows, or a rank fails. The network is then unchanged.
    pub fn fit<F: Float>(
        &self,
        network: &mut Network<F>,
        data: &Dataset<F>,
        loss: &dyn Loss<F>,
        iterations: usize,
    ) -> Result<History> {
        let checked = self.check(network, data, loss, iterations);
        match self.communicator {
            Some(communicator) => agree_on(communicator, checked)?,
            None => checked?,
        }
        let mut before = Vec::new();
        network.copy_values(&mut before);
        let outcome = self.fit_checked(network, data, loss, iterations);
        if outcome.is_err() {
            network.set_values(&before);
        }
        outcome
    }

    fn check<F: Float>(
        &self,
        network: &Network<F>,
        data: &Dataset<F>,
        loss: &dyn Loss<F>,
        iterations: usize,
    ) -> Result<()> {
        check::not_empty(OPERATION, "iteration", iterations)?;
        check::not_empty(OPERATION, "step to remember", self.memory)?;
        check::finite_at_least_zero(OPERATION, "tolerance", self.tolerance)?;
        network.check_data(OPERATION, data, loss)?;
        network.check_finite_values(OPERATION)?;
        if let Some(random) = network.layers().iter().find(|layer| is_random(&***layer)) {
            return Err(Error::invalid(OPERATION, "layers that give the same outputs every time", random.describe()));
        }
        Ok(())
    }

    fn fit_checked<F: Float>(
        &self,
        network: &mut Network<F>,
        data: &Dataset<F>,
        loss: &dyn Loss<F>,
        iterations: usize,
    ) -> Result<History> {
        let ranks = match self.communicator {
            Some(communicator) => Some(self.join(communicator, network, data, loss, iterations)?),
            None => None,
        };
        let penalty = self.penalty.clone();
        self.descend(&mut Objective { network, data, loss, penalty, ranks, overflowed: false }, iterations)
    }

    /// Joins the other ranks, and copies the rows that this one computes.
    fn join<'r, F: Float>(
        &self,
        communicator: &'r dyn Communicator,
        network: &mut Network<F>,
        data: &Dataset<F>,
        loss: &dyn Loss<F>,
        iterations: usize,
    ) -> Result<(Ranks<'r, F>, Batch<F>)> {
        let settings = vec![
            ("iterations:", iterations.to_string()),
            ("steps to remember:", self.memory.to_string()),
            ("a tolerance of", format!("{:?}", self.tolerance)),
            ("the penalty", format!("{:?}", self.penalty)),
        ];
        prepare(communicator, OPERATION, network, data, loss, settings)?;
        let shards = shards_of(data.len());
        let (size, most) = (communicator.size(), shards.min(data.len()));
        if size > most {
            let expected = format!("at most {most} ranks to share {} rows", data.len());
            return Err(Error::invalid(OPERATION, expected, size));
        }
        let sums = (Reduction::Deterministic, shards);
        let ranks = Ranks::new(OPERATION, communicator, sums, false, false, network, data)?;
        let (own, mut batch) = (ranks.share().rows(data.len()), Batch::default());
        agree_on(communicator, gather(OPERATION, data, &own.collect::<Vec<_>>(), &mut batch))?;
        Ok((ranks, batch))
    }

    fn descend<F: Float>(&self, objective: &mut Objective<'_, F>, iterations: usize) -> Result<History> {
        let (value, mut here) = (objective.value()?, objective.network.trained_values());
        let mut point = Point { t: 0.0, loss: value, slope: 0.0, gradient: objective.network.trained_gradients() };
        let (mut curvature, mut history) = (Curvature::default(), History::default());
        let (tolerance, mut accepted) = (self.tolerance * largest(&point.gradient), Vec::new());
        objective.network.copy_values(&mut accepted);
        history.ending = Some(Ending::Completed);
        for iteration in 1..=iterations {
            let watch = Stopwatch::start();
            let direction = curvature.direction(&point.gradient);
            point = Point { t: 0.0, slope: dot(&point.gradient, &direction), ..point };
            if largest(&point.gradient) <= tolerance || -point.slope <= LEAST_CHANGE * point.loss.abs() {
                history.ending = Some(Ending::Converged);
                break;
            }
            let length = point.gradient.iter().map(|g| g.widen().abs()).sum::<f64>();
            let first = if iteration == 1 { (1.0 / length).min(1.0) } else { 1.0 };
            let line = Line::new(&here, &direction, &point);
            objective.overflowed = false;
            let next = line.search(objective, first)?;
            if next.loss < -UNBOUNDED * (1.0 + value.abs()) || next.loss >= point.loss && objective.overflowed {
                return Err(Error::invalid(OPERATION, "a loss with a lower bound", next.loss));
            }
            if next.loss >= point.loss {
                history.ending = Some(Ending::CouldNotDescend);
                break;
            }
            here = line.at(next.t);
            objective.accept(&here, &mut accepted)?;
            let moved = next.t * largest(&direction);
            let size = norm(|add| add(&next.gradient));
            history.epochs.push(EpochRecord::new(iteration, next.loss, next.t, size, watch.seconds()));
            curvature.learn(&direction, &point, &next, self.memory);
            let settled = moved <= LEAST_CHANGE * largest(&here)
                || (next.loss - point.loss).abs() <= LEAST_CHANGE * next.loss.abs();
            point = next;
            if settled {
                history.ending = Some(Ending::Converged);
                break;
            }
        }
        objective.network.set_values(&accepted);
        Ok(history)
    }
}

/// Returns into how many shards the rows are divided across ranks, a power of two that depends on their number alone.
///
/// From 512 rows on, a shard has 64 rows or more, so that adding its gradients up costs little beside computing them.
fn shards_of(rows: usize) -> usize {
    1 << (rows / 64).max(8).ilog2()
}

/// A loss that has fallen below minus this multiple of its size at the start has no lower bound.
const UNBOUNDED: f64 = 1e12;

/// Returns whether a layer draws random numbers: it has the state of a generator.
fn is_random<F: Float>(layer: &dyn Layer<F>) -> bool {
    layer.parameters().iter().any(|parameter| parameter.role() == Role::State)
}
