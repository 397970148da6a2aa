//! [`Error`]: which operation failed, what it expected, what it found.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Everything that can be wrong with what a caller hands in.
///
/// Each variant names the operation, what it expected and what it found. An operation that returns an error has
/// changed nothing, unless its documentation says so.
///
/// ```
/// use feedforward::{Error, Sgd};
///
/// let error = Sgd::new(-0.1).unwrap_err();
/// assert_eq!(error.to_string(), "Sgd: learning_rate: expected a finite number >= 0, found -0.1");
/// assert!(matches!(error, Error::Hyperparameter { .. }));
/// assert_eq!(error.operation(), Some("Sgd"));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A matrix has the wrong number of columns (features or outputs).
    Columns {
        /// The operation that was called.
        operation: &'static str,
        /// Which matrix.
        what: &'static str,
        /// Columns the operation needs.
        expected: usize,
        /// Columns the matrix has.
        found: usize,
    },

    /// Two arguments that go together row by row have different numbers of rows.
    Rows {
        /// The operation that was called.
        operation: &'static str,
        /// Which of the two.
        what: &'static str,
        /// Rows of the other one.
        expected: usize,
        /// Rows of this one.
        found: usize,
    },

    /// A matrix has the wrong shape.
    Shape {
        /// The operation that was called.
        operation: &'static str,
        /// Which matrix, with its article: "a gradient".
        what: &'static str,
        /// Rows and columns the operation needs.
        expected: (usize, usize),
        /// Rows and columns the matrix has.
        found: (usize, usize),
    },

    /// A matrix would be larger than memory can hold: a size that came from `0 - 1`, for example.
    TooLarge {
        /// The operation that was called.
        operation: &'static str,
        /// Most numbers that it may have, as far as the allocator says.
        limit: usize,
        /// Rows asked for.
        rows: usize,
        /// Columns asked for.
        columns: usize,
    },

    /// An argument that needs at least one element has none.
    Empty {
        /// The operation that was called.
        operation: &'static str,
        /// What is missing: row, layer, input, output, ...
        what: &'static str,
    },

    /// Two neighbouring layers do not fit.
    LayersDoNotFit {
        /// The operation that was called.
        operation: &'static str,
        /// Index of the layer whose input does not fit, counted from 0.
        layer: usize,
        /// Outputs of the layer before.
        expected: usize,
        /// Inputs of this layer.
        found: usize,
    },

    /// An index is too large.
    OutOfRange {
        /// The operation that was called.
        operation: &'static str,
        /// What is counted: layer, class, row, ...
        what: &'static str,
        /// How many there are.
        limit: usize,
        /// The index given.
        found: usize,
    },

    /// A number is NaN or infinite.
    NotFinite {
        /// The operation that was called.
        operation: &'static str,
        /// Which matrix.
        what: &'static str,
        /// Row, counted from 0.
        row: usize,
        /// Column, counted from 0.
        column: usize,
        /// The number found.
        found: f64,
    },

    /// A target is not what the loss or metric needs.
    Target {
        /// The loss, metric or encoder.
        operation: &'static str,
        /// Row, counted from 0.
        row: usize,
        /// What the operation needs.
        expected: String,
        /// What the row holds.
        found: String,
    },

    /// A hyperparameter is out of its range.
    Hyperparameter {
        /// What it belongs to.
        operation: &'static str,
        /// The hyperparameter.
        name: &'static str,
        /// Its range.
        expected: &'static str,
        /// The value given.
        found: f64,
    },

    /// The loss of a training step is NaN or infinite; the parameters are as they were before the step.
    LossNotFinite {
        /// The operation that was called.
        operation: &'static str,
        /// The loss.
        found: f64,
    },

    /// A gradient is NaN or infinite; the parameters are as they were before the step.
    GradientNotFinite {
        /// The operation that was called.
        operation: &'static str,
        /// Index of the layer, counted from 0.
        layer: usize,
        /// Name of the parameter.
        parameter: &'static str,
        /// The gradient found.
        found: f64,
    },

    /// The next value of a running statistic is NaN or infinite; the parameters are as they were before the step.
    StatisticNotFinite {
        /// The operation that was called.
        operation: &'static str,
        /// Index of the layer, counted from 0.
        layer: usize,
        /// Name of the parameter.
        parameter: &'static str,
        /// The value found.
        found: f64,
    },

    /// A parameter was NaN or infinite before the step began, most often because an update with a far too high
    /// learning rate overflowed; nothing has changed.
    ParameterNotFinite {
        /// The operation that was called.
        operation: &'static str,
        /// Index of the layer, counted from 0.
        layer: usize,
        /// Name of the parameter.
        parameter: &'static str,
        /// The value found.
        found: f64,
    },

    /// A fit ended because a loss, a gradient or a weight is no longer finite.
    ///
    /// The network has the weights from the end of the epoch before, or the best ones if early stopping keeps them.
    /// [`Trainer::history`](crate::Trainer::history) has the epochs before.
    Diverged {
        /// The epoch, counted from 1.
        epoch: usize,
        /// The batch within the epoch, counted from 1.
        batch: usize,
        /// What went wrong.
        source: Box<Error>,
    },

    /// A fit ended because a hook, a schedule or a metric failed, although its numbers were finite.
    ///
    /// The network has the weights from the end of the epoch before, or the best ones if early stopping keeps them.
    /// [`Trainer::history`](crate::Trainer::history) has the epochs before.
    Interrupted {
        /// The epoch, counted from 1.
        epoch: usize,
        /// The batch within the epoch, counted from 1.
        batch: usize,
        /// The error of the hook, the schedule or the metric.
        source: Box<Error>,
    },

    /// A fold of a cross-validation could not be fitted or scored.
    Fold {
        /// The operation that was called.
        operation: &'static str,
        /// The fold, counted from 1.
        fold: usize,
        /// The number of folds.
        folds: usize,
        /// What went wrong.
        source: Box<Error>,
    },

    /// None of the candidates of a search could be fitted and scored.
    NoCandidate {
        /// The operation that was called.
        operation: &'static str,
        /// How many were tried.
        tried: usize,
        /// What went wrong with the first one.
        source: Box<Error>,
    },

    /// One of the ranks that work together left, failed, was killed or hangs; the other ranks get this error.
    ///
    /// The rank that failed returns what went wrong there. See [`Communicator`](crate::distributed::Communicator).
    Rank {
        /// The rank that is the cause, counted from 0.
        rank: usize,
        /// What it did: "panicked: ...", "ended with an error: ...", "has not answered for 60 s", or its error.
        problem: String,
    },

    /// `backward` was called without a `forward` before it.
    BackwardBeforeForward {
        /// The operation that was called.
        operation: &'static str,
    },

    /// An argument is wrong in a way that no other variant describes.
    Invalid {
        /// The operation that was called.
        operation: &'static str,
        /// What it needs.
        expected: String,
        /// What it was given.
        found: String,
    },

    /// A file could not be read or written, or does not hold what it should.
    ///
    /// A wrong content has a source of kind [`InvalidData`](io::ErrorKind::InvalidData) that says where in the file.
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: io::Error,
    },
}

impl Error {
    /// Returns the operation that failed, such as "Network::train_step"; `None` for a file and for another rank.
    pub fn operation(&self) -> Option<&'static str> {
        match self {
            Self::Columns { operation, .. }
            | Self::Rows { operation, .. }
            | Self::Shape { operation, .. }
            | Self::TooLarge { operation, .. }
            | Self::Empty { operation, .. }
            | Self::LayersDoNotFit { operation, .. }
            | Self::OutOfRange { operation, .. }
            | Self::NotFinite { operation, .. }
            | Self::Target { operation, .. }
            | Self::Hyperparameter { operation, .. }
            | Self::LossNotFinite { operation, .. }
            | Self::GradientNotFinite { operation, .. }
            | Self::StatisticNotFinite { operation, .. }
            | Self::ParameterNotFinite { operation, .. }
            | Self::Fold { operation, .. }
            | Self::NoCandidate { operation, .. }
            | Self::BackwardBeforeForward { operation }
            | Self::Invalid { operation, .. } => Some(operation),
            Self::Diverged { .. } | Self::Interrupted { .. } => Some("Trainer::fit"),
            Self::File { .. } | Self::Rank { .. } => None,
        }
    }

    #[cold]
    pub(crate) fn invalid(operation: &'static str, expected: impl Into<String>, found: impl ToString) -> Self {
        let (expected, found) = (expected.into(), found.to_string());
        Self::Invalid { operation, expected, found }
    }

    #[cold]
    pub(crate) fn target(
        operation: &'static str,
        row: usize,
        expected: impl Into<String>,
        found: impl ToString,
    ) -> Self {
        let (expected, found) = (expected.into(), found.to_string());
        Self::Target { operation, row, expected, found }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNCHANGED: &str = "the parameters are unchanged";
        match self {
            Self::Columns { operation, what, expected, found } => {
                write!(to, "{operation}: expected {} in the {what}, found {found}", Count(*expected, "column"))
            }
            Self::Rows { operation, what, expected, found } => {
                write!(to, "{operation}: expected {} in the {what}, found {found}", Count(*expected, "row"))
            }
            Self::Shape { operation, what, expected, found } => {
                write!(to, "{operation}: expected {what} of shape {expected:?}, found {found:?}")
            }
            Self::TooLarge { operation, limit, rows, columns } => {
                write!(to, "{operation}: expected at most {limit} numbers, found {rows} x {columns}")
            }
            Self::Empty { operation, what } => write!(to, "{operation}: expected at least one {what}, found 0"),
            Self::LayersDoNotFit { operation, layer, expected, found } => {
                let (inputs, outputs) = (Count(*expected, "input"), Count(*expected, "output"));
                write!(to, "{operation}: expected layer {layer} to take {inputs}, ")?;
                write!(to, "as layer {} has {outputs}, found {found}", layer.saturating_sub(1))
            }
            Self::OutOfRange { operation, what, limit, found } => {
                write!(to, "{operation}: expected a {what} below {limit}, found {found}")
            }
            Self::NotFinite { operation, what, row, column, found } => {
                write!(to, "{operation}: expected finite numbers in the {what}, ")?;
                write!(to, "found {found} in row {row}, column {column}")
            }
            Self::Target { operation, row, expected, found } => {
                write!(to, "{operation}: expected {expected} in row {row} of the targets, found {found}")
            }
            Self::Hyperparameter { operation, name, expected, found } => {
                write!(to, "{operation}: {name}: expected {expected}, found {found}")
            }
            Self::LossNotFinite { operation, found } => {
                write!(to, "{operation}: expected a finite loss, found {found}; {UNCHANGED}")
            }
            Self::GradientNotFinite { operation, layer, parameter, found } => {
                write!(to, "{operation}: expected finite gradients, ")?;
                write!(to, "found {found} in the {parameter} of layer {layer}; {UNCHANGED}")
            }
            Self::StatisticNotFinite { operation, layer, parameter, found } => {
                write!(to, "{operation}: expected finite statistics, ")?;
                write!(to, "found {found} for the {parameter} of layer {layer}; {UNCHANGED}")
            }
            Self::ParameterNotFinite { operation, layer, parameter, found } => {
                write!(to, "{operation}: expected finite parameters, ")?;
                write!(to, "found {found} in the {parameter} of layer {layer} before the step")
            }
            Self::Diverged { epoch, batch, source } => {
                write!(to, "training diverged in epoch {epoch}, batch {batch}: {source}")
            }
            Self::Interrupted { epoch, batch, source } => {
                write!(to, "training was interrupted in epoch {epoch}, batch {batch}: {source}")
            }
            Self::Fold { operation, fold, folds, source } => {
                write!(to, "{operation}: fold {fold} of {folds}: {source}")
            }
            Self::NoCandidate { operation, tried, source } => {
                write!(to, "{operation}: expected a candidate that can be fitted, found none in {tried}; ")?;
                write!(to, "the first: {source}")
            }
            Self::Rank { rank, problem } => write!(to, "rank {rank}: {problem}"),
            Self::BackwardBeforeForward { operation } => {
                write!(to, "{operation}: expected a forward pass before it, found none")
            }
            Self::Invalid { operation, expected, found } => {
                write!(to, "{operation}: expected {expected}, found {found}")
            }
            Self::File { path, source } => write!(to, "{}: {source}", path.display()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Diverged { source, .. }
            | Self::Interrupted { source, .. }
            | Self::Fold { source, .. }
            | Self::NoCandidate { source, .. } => Some(&**source),
            Self::File { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// A number with its noun: "1 column", "2 columns".
struct Count(usize, &'static str);

impl fmt::Display for Count {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(count, noun) = self;
        write!(to, "{count} {noun}{}", if *count == 1 { "" } else { "s" })
    }
}

/// A result whose error is [`Error`].
///
/// ```
/// use feedforward::{Network, Relu};
///
/// fn model() -> feedforward::error::Result<Network<f32>> {
///     Network::builder(4).dense(8, Relu).dense(1, Relu).build()
/// }
/// assert!(model().is_ok());
/// ```
pub type Result<T> = std::result::Result<T, Error>;
