//! [`Lbfgs`]: steps along the gradient of all data, bent by the curvature of the last steps.

mod curvature;
mod line_search;
mod objective;

use crate::clock::Stopwatch;
use crate::network::norm;
use crate::training::Ending;
use crate::training::hook::Penalty;
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
    /// ([`Dropout`](crate::layer::Dropout)), the loss is not finite at the start, or it has no lower bound. The
    /// network is then unchanged.
    pub fn fit<F: Float>(
        &self,
        network: &mut Network<F>,
        data: &Dataset<F>,
        loss: &dyn Loss<F>,
        iterations: usize,
    ) -> Result<History> {
        check::not_empty("Lbfgs", "iteration", iterations)?;
        check::not_empty("Lbfgs", "step to remember", self.memory)?;
        check::finite_at_least_zero("Lbfgs", "tolerance", self.tolerance)?;
        network.check_data("Lbfgs", data, loss)?;
        network.check_finite_values("Lbfgs")?;
        if let Some(random) = network.layers().iter().find(|layer| is_random(&***layer)) {
            return Err(Error::invalid("Lbfgs", "layers that give the same outputs every time", random.describe()));
        }
        let mut before = Vec::new();
        network.copy_values(&mut before);
        let outcome = self.descend(
            &mut Objective { network, data, loss, penalty: self.penalty.clone(), overflowed: false },
            iterations,
        );
        if outcome.is_err() {
            network.set_values(&before);
        }
        outcome
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
                return Err(Error::invalid("Lbfgs", "a loss with a lower bound", next.loss));
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

/// A loss that has fallen below minus this multiple of its size at the start has no lower bound.
const UNBOUNDED: f64 = 1e12;

/// Returns whether a layer draws random numbers: it has the state of a generator.
fn is_random<F: Float>(layer: &dyn Layer<F>) -> bool {
    layer.parameters().iter().any(|parameter| parameter.role() == Role::State)
}
