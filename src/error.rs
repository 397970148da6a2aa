//! [`Error`]: what was asked, what was expected, what was found.

use crate::{Float, History};
use ndarray::ArrayRef2;

/// Everything that can be wrong with what a caller hands in.
///
/// Each variant names the operation, what it expected and what it found. An operation that returns an error has
/// changed nothing, unless its documentation says otherwise.
///
/// ```
/// use feedforward::{Error, Sgd};
///
/// let error = Sgd::<f32>::new(-0.1).unwrap_err();
/// assert_eq!(error.to_string(), "Sgd: learning_rate: expected a finite number >= 0, found -0.1");
/// assert!(matches!(error, Error::Hyperparameter { .. }));
/// ```
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A matrix has the wrong number of columns (features or outputs).
    #[error("{operation}: expected {expected} columns in the {what}, found {found}")]
    Columns {
        /// The operation that was asked for.
        operation: &'static str,
        /// Which matrix.
        what: &'static str,
        /// Columns the operation needs.
        expected: usize,
        /// Columns the matrix has.
        found: usize,
    },

    /// Two things that go together row by row have different numbers of rows.
    #[error("{operation}: expected {expected} rows in the {what}, found {found}")]
    Rows {
        /// The operation that was asked for.
        operation: &'static str,
        /// Which of the two.
        what: &'static str,
        /// Rows the other one has.
        expected: usize,
        /// Rows this one has.
        found: usize,
    },

    /// Something that needs at least one element has none.
    #[error("{operation}: expected at least one {what}, found 0")]
    Empty {
        /// The operation that was asked for.
        operation: &'static str,
        /// What there is none of: row, layer, input, output, ...
        what: &'static str,
    },

    /// Two neighbouring layers do not fit.
    #[error("Network: expected layer {layer} to take {expected} inputs, as layer {} has {expected} outputs, found {found}", layer - 1)]
    LayersDoNotFit {
        /// Index of the layer whose input does not fit, counted from 0.
        layer: usize,
        /// Outputs of the layer before.
        expected: usize,
        /// Inputs of this layer.
        found: usize,
    },

    /// A number is NaN or infinite.
    #[error("{operation}: expected finite numbers in the {what}, found {found} in row {row}, column {column}")]
    NotFinite {
        /// The operation that was asked for.
        operation: &'static str,
        /// Which matrix.
        what: &'static str,
        /// Row, counted from 0.
        row: usize,
        /// Column, counted from 0.
        column: usize,
        /// The number found there.
        found: f64,
    },

    /// A target cannot be what the loss needs.
    #[error("{operation}: expected {expected} in row {row} of the targets, found {found}")]
    Target {
        /// The loss.
        operation: &'static str,
        /// Row, counted from 0.
        row: usize,
        /// What the loss needs.
        expected: String,
        /// What the row holds.
        found: String,
    },

    /// A hyperparameter is out of its range.
    #[error("{operation}: {name}: expected {expected}, found {found}")]
    Hyperparameter {
        /// What was to be constructed.
        operation: &'static str,
        /// The hyperparameter.
        name: &'static str,
        /// Its range.
        expected: &'static str,
        /// The value given.
        found: f64,
    },

    /// The loss of a training step came out as NaN or infinite; the parameters are as they were before the step.
    #[error("{operation}: expected a finite loss, found {found}; the parameters are unchanged")]
    LossNotFinite {
        /// The operation that was asked for.
        operation: &'static str,
        /// The loss.
        found: f64,
    },

    /// A gradient came out as NaN or infinite; the parameters are as they were before the step.
    #[error(
        "{operation}: expected finite gradients, found {found} in the {parameter} of layer {layer}; the parameters are unchanged"
    )]
    GradientNotFinite {
        /// The operation that was asked for.
        operation: &'static str,
        /// Index of the layer, counted from 0.
        layer: usize,
        /// Name of the parameter.
        parameter: &'static str,
        /// The gradient found.
        found: f64,
    },

    /// A parameter was NaN or infinite before the step began, most often because an update with a far too high learning rate
    /// overflowed; nothing has changed.
    #[error(
        "{operation}: expected finite parameters, found {found} in the {parameter} of layer {layer} before the step"
    )]
    ParameterNotFinite {
        /// The operation that was asked for.
        operation: &'static str,
        /// Index of the layer, counted from 0.
        layer: usize,
        /// Name of the parameter.
        parameter: &'static str,
        /// The value found.
        found: f64,
    },

    /// A training run whose loss, gradients or weights are no longer finite; the network has the weights from the end of the
    /// epoch before.
    #[error("training diverged in epoch {epoch}, batch {batch}: {problem}")]
    Diverged {
        /// The epoch, counted from 1.
        epoch: usize,
        /// The batch within the epoch, counted from 1.
        batch: usize,
        /// What went wrong.
        problem: Box<Error>,
        /// The epochs before.
        history: Box<History>,
    },

    /// A training run that could not go on although its numbers were finite, because a hook or a schedule failed; the network has
    /// the weights from the end of the epoch before.
    #[error("training was interrupted in epoch {epoch}, batch {batch}: {problem}")]
    Interrupted {
        /// The epoch, counted from 1.
        epoch: usize,
        /// The batch within the epoch, counted from 1.
        batch: usize,
        /// The error of the hook or the schedule.
        problem: Box<Error>,
        /// The epochs before.
        history: Box<History>,
    },

    /// `backward` was called without a `forward` before it.
    #[error("{operation}: expected a forward pass before it, found none")]
    BackwardBeforeForward {
        /// The operation that was asked for.
        operation: &'static str,
    },

    /// Anything else, in the same form.
    #[error("{operation}: expected {expected}, found {found}")]
    Invalid {
        /// The operation that was asked for.
        operation: &'static str,
        /// What it needs.
        expected: String,
        /// What it was given.
        found: String,
    },

    /// A file could not be read or written, or does not hold what it should.
    #[error("{path}: {problem}")]
    File {
        /// The file.
        path: String,
        /// What is wrong, and where in the file.
        problem: String,
    },
}

impl Error {
    pub(crate) fn invalid(operation: &'static str, expected: impl Into<String>, found: impl ToString) -> Self {
        let (expected, found) = (expected.into(), found.to_string());
        Self::Invalid { operation, expected, found }
    }
}

/// A result whose error is [`Error`].
///
/// ```
/// use feedforward::{Network, Relu, Result};
///
/// fn model() -> Result<Network<f32>> {
///     Network::builder(4).dense(8, Relu).dense(1, Relu).build()
/// }
/// assert!(model().is_ok());
/// ```
pub type Result<T> = std::result::Result<T, Error>;

/// A hyperparameter that must be finite and not negative.
pub(crate) fn at_least_zero(operation: &'static str, name: &'static str, found: f64) -> Result<f64> {
    if found.is_finite() && found >= 0.0 {
        return Ok(found);
    }
    Err(Error::Hyperparameter { operation, name, expected: "a finite number >= 0", found })
}

/// A matrix whose numbers must all be finite.
pub(crate) fn all_finite<F: Float>(operation: &'static str, what: &'static str, matrix: &ArrayRef2<F>) -> Result<()> {
    let finite = match matrix.as_slice().or_else(|| matrix.as_slice_memory_order()) {
        Some(values) => crate::kernel::all_finite(values),
        None => matrix.iter().all(|value| value.is_finite()),
    };
    if finite { Ok(()) } else { Err(not_finite(operation, what, matrix)) }
}

#[cold]
fn not_finite<F: Float>(operation: &'static str, what: &'static str, matrix: &ArrayRef2<F>) -> Error {
    let place = matrix.indexed_iter().find(|(_, value)| !value.is_finite());
    let ((row, column), found) = place.map_or(((0, 0), f64::NAN), |(place, value)| (place, value.widen()));
    Error::NotFinite { operation, what, row, column, found }
}
