//! [`Loss`]: how wrong predictions are, as one number with its gradient; one family per file.

mod cross_entropy;
mod regression;

pub use cross_entropy::{BinaryCrossEntropy, CrossEntropy};
pub use regression::{HalfSquaredError, Huber, Mae, Mse};

use crate::error::all_finite;
use crate::kernel::{self, join};
use crate::layer::{flat, flat_mut, type_name};
use crate::{Error, Float, Result};
use ndarray::{Array2, ArrayRef2};
use std::fmt::Debug;

/// How wrong predictions are: the mean over the batch of a loss per example.
///
/// For n examples with predictions p_i, targets t_i and weights w_i, L = Σ w_i ℓ(p_i, t_i) / Σ w_i; without weights all
/// are 1 and L is the plain mean. Value and gradient of ℓ come from one function, so they always belong together. A
/// loss of one's own is that function:
///
/// ```
/// use feedforward::{Float, Loss};
/// use ndarray::array;
///
/// /// ℓ(p, t) = Σ_k ln cosh(p_k - t_k), gradient tanh(p_k - t_k).
/// #[derive(Debug)]
/// struct LogCosh;
///
/// impl<F: Float> Loss<F> for LogCosh {
///     fn example(&self, prediction: &[F], target: &[F], gradient: &mut [F]) -> F {
///         let mut sum = F::zero();
///         for ((gradient, &p), &t) in gradient.iter_mut().zip(prediction).zip(target) {
///             *gradient = (p - t).tanh();
///             sum += (p - t).cosh().ln();
///         }
///         sum
///     }
/// }
///
/// let loss = LogCosh.value(&array![[1.0], [3.0]], &array![[1.0], [2.0]])?;
/// assert!((loss - 1.0_f64.cosh().ln() / 2.0).abs() < 1e-15);
/// # Ok::<(), feedforward::Error>(())
/// ```
pub trait Loss<F: Float>: Debug + Send + Sync {
    /// ℓ of one example; overwrites `gradient` with dℓ/dprediction.
    ///
    /// ```
    /// use feedforward::{HalfSquaredError, Loss};
    /// let mut gradient = [0.0];
    /// assert_eq!(HalfSquaredError.example(&[3.0], &[1.0], &mut gradient), 2.0);
    /// assert_eq!(gradient, [2.0]);
    /// ```
    fn example(&self, prediction: &[F], target: &[F], gradient: &mut [F]) -> F;

    /// Whether these targets make sense for predictions with this many columns.
    ///
    /// # Errors
    /// Unless overridden: when the targets have another number of columns or a number in them is not finite.
    ///
    /// ```
    /// use feedforward::{CrossEntropy, Loss};
    /// use ndarray::array;
    /// assert!(CrossEntropy::default().check_targets(3, &array![[2.0]]).is_ok()); // a class of three
    /// assert!(CrossEntropy::default().check_targets(3, &array![[3.0]]).is_err());
    /// ```
    fn check_targets(&self, outputs: usize, targets: &ArrayRef2<F>) -> Result<()> {
        if targets.ncols() == outputs && targets.as_slice().is_some_and(kernel::all_finite) {
            return Ok(());
        }
        // The name takes longer to work out than small targets to check.
        let operation = type_name::<Self>();
        same_columns(operation, outputs, targets)?;
        all_finite(operation, "targets", targets)
    }

    /// Turns one row of outputs into what they stand for: probabilities, for a loss on logits.
    ///
    /// ```
    /// use feedforward::{BinaryCrossEntropy, Loss};
    /// let mut outputs = [0.0];
    /// BinaryCrossEntropy.activate(&mut outputs);
    /// assert_eq!(outputs, [0.5]);
    /// ```
    fn activate(&self, _outputs: &mut [F]) {}

    /// L of the predictions.
    ///
    /// # Errors
    /// When predictions and targets do not fit each other, or are empty or not finite.
    ///
    /// ```
    /// use feedforward::{Loss, Mae};
    /// use ndarray::array;
    /// assert_eq!(Mae.value(&array![[1.0], [2.0]], &array![[1.0], [5.0]])?, 1.5);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    fn value(&self, predictions: &ArrayRef2<F>, targets: &ArrayRef2<F>) -> Result<F> {
        self.value_and_gradient(predictions, targets, &mut Array2::zeros(predictions.dim()))
    }

    /// Overwrites `gradient` with dL/dpredictions and returns L.
    ///
    /// # Errors
    /// When predictions, targets and gradient do not fit each other, or are empty or not finite.
    ///
    /// ```
    /// use feedforward::{Loss, Mse};
    /// use ndarray::array;
    ///
    /// let mut gradient = array![[0.0, 0.0]];
    /// let loss = Mse.value_and_gradient(&array![[3.0, 1.0]], &array![[1.0, 1.0]], &mut gradient)?;
    /// assert_eq!(loss, 2.0);
    /// assert_eq!(gradient, array![[2.0, 0.0]]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    fn value_and_gradient(
        &self,
        predictions: &ArrayRef2<F>,
        targets: &ArrayRef2<F>,
        gradient: &mut ArrayRef2<F>,
    ) -> Result<F> {
        let operation = type_name::<Self>();
        check_rows(operation, predictions, targets)?;
        if predictions.ncols() == 0 {
            return Err(Error::Empty { operation, what: "column in the predictions" });
        }
        all_finite(operation, "predictions", predictions)?;
        self.check_targets(predictions.ncols(), targets)?;
        if gradient.dim() != predictions.dim() {
            let expected = format!("a gradient of shape {:?}", predictions.dim());
            return Err(Error::invalid(operation, expected, format!("{:?}", gradient.dim())));
        }
        let (predictions, targets) = (predictions.as_standard_layout(), targets.as_standard_layout());
        let mut written = Array2::zeros(predictions.dim());
        let loss = self.weighted_mean(&predictions, &targets, None, &mut written);
        gradient.assign(&written);
        Ok(loss)
    }

    /// L with an optional weight for each row, and its gradient, of matrices that were checked before: what
    /// [`Network::train_step`](crate::Network::train_step) calls. Allocates nothing.
    ///
    /// Without weights the rows count alike. All matrices are in standard layout.
    ///
    /// # Panics
    /// May panic when the shapes do not fit or a matrix is not in standard layout.
    ///
    /// ```
    /// use feedforward::{HalfSquaredError, Loss};
    /// use ndarray::{Array2, array};
    /// let (predictions, targets) = (array![[2.0], [4.0]], array![[0.0], [0.0]]);
    /// let mut gradient = Array2::zeros((2, 1));
    /// let loss = HalfSquaredError.weighted_mean(&predictions, &targets, Some(&[3.0, 1.0]), &mut gradient);
    /// assert_eq!(loss, (3.0 * 2.0 + 8.0) / 4.0);
    /// assert_eq!(gradient, array![[1.5], [1.0]]);
    /// ```
    fn weighted_mean(
        &self,
        predictions: &ArrayRef2<F>,
        targets: &ArrayRef2<F>,
        weights: Option<&[F]>,
        gradient: &mut ArrayRef2<F>,
    ) -> F {
        let rows = Rows {
            rows: predictions.nrows(),
            outputs: predictions.ncols(),
            columns: targets.ncols(),
            total: total_weight(predictions.nrows(), weights),
            predictions: flat(predictions),
            targets: flat(targets),
            weights,
            gradient: flat_mut(gradient),
        };
        F::from_f64(rows.mean(self))
    }
}

/// Rows whose loss is to be worked out, as slices in standard layout.
struct Rows<'a, F> {
    rows: usize,
    outputs: usize,
    columns: usize,
    /// Sum of the weights of all rows, these and others.
    total: f64,
    predictions: &'a [F],
    targets: &'a [F],
    weights: Option<&'a [F]>,
    gradient: &'a mut [F],
}

impl<F: Float> Rows<'_, F> {
    /// Rows that are added up one after another. Sums of more are added up in pairs, whatever the number of threads.
    const TOGETHER: usize = 512;

    /// What these rows add to the mean; writes their gradient.
    fn mean<L: Loss<F> + ?Sized>(self, loss: &L) -> f64 {
        if self.rows > Self::TOGETHER {
            let (one, other) = self.halves();
            let (one, other) = join(|| one.mean(loss), || other.mean(loss));
            return one + other;
        }
        let (mut sum, each) = (0.0, F::from_f64(1.0 / self.total));
        for row in 0..self.rows {
            let prediction = &self.predictions[row * self.outputs..][..self.outputs];
            let target = &self.targets[row * self.columns..][..self.columns];
            let gradient = &mut self.gradient[row * self.outputs..][..self.outputs];
            let value = loss.example(prediction, target, gradient).widen();
            let (weight, share) = match self.weights.map(|weights| weights[row].widen()) {
                Some(weight) => (weight, F::from_f64(weight / self.total)),
                None => (1.0, each),
            };
            sum += weight * value;
            gradient.iter_mut().for_each(|gradient| *gradient *= share);
        }
        sum / self.total
    }

    fn halves(self) -> (Self, Self) {
        let rows = self.rows / 2;
        let (predictions, other_predictions) = self.predictions.split_at(rows * self.outputs);
        let (targets, other_targets) = self.targets.split_at(rows * self.columns);
        let (gradient, other_gradient) = self.gradient.split_at_mut(rows * self.outputs);
        let (weights, other_weights) = match self.weights.map(|weights| weights.split_at(rows)) {
            Some((weights, others)) => (Some(weights), Some(others)),
            None => (None, None),
        };
        let one = Self { rows, predictions, targets, weights, gradient, ..self };
        let other = Self {
            rows: self.rows - rows,
            predictions: other_predictions,
            targets: other_targets,
            weights: other_weights,
            gradient: other_gradient,
            ..self
        };
        (one, other)
    }
}

/// Predictions or inputs that go row by row with targets.
pub(crate) fn check_rows<F>(operation: &'static str, rows: &ArrayRef2<F>, targets: &ArrayRef2<F>) -> Result<()> {
    if rows.nrows() == 0 {
        return Err(Error::Empty { operation, what: "row" });
    }
    if rows.nrows() != targets.nrows() {
        let (expected, found) = (rows.nrows(), targets.nrows());
        return Err(Error::Rows { operation, what: "targets", expected, found });
    }
    Ok(())
}

fn same_columns<F>(operation: &'static str, outputs: usize, targets: &ArrayRef2<F>) -> Result<()> {
    let (expected, found) = (outputs, targets.ncols());
    if expected == found {
        return Ok(());
    }
    Err(Error::Columns { operation, what: "targets", expected, found })
}

/// What the losses of so many rows are divided by.
pub(crate) fn total_weight<F: Float>(rows: usize, weights: Option<&[F]>) -> f64 {
    weights.map_or(rows as f64, |all| all.iter().map(|weight| weight.widen()).sum())
}

/// Weights of rows that a weighted mean can be taken with.
pub(crate) fn check_weights<F: Float>(operation: &'static str, rows: usize, weights: Option<&[F]>) -> Result<()> {
    let Some(weights) = weights else { return Ok(()) };
    if weights.len() != rows {
        return Err(Error::Rows { operation, what: "sample weights", expected: rows, found: weights.len() });
    }
    let bad = weights.iter().find(|weight| !(weight.is_finite() && **weight >= F::zero()));
    if let Some(found) = bad {
        return Err(Error::invalid(operation, "finite sample weights >= 0", found.widen()));
    }
    if weights.iter().all(|weight| weight.is_zero()) {
        return Err(Error::invalid(operation, "a sample weight above 0", "only zeros"));
    }
    Ok(())
}
