//! Checks of arguments: each function is named by what it demands, and its error says what was found.

use crate::error::{Error, Result};
use crate::float::Float;
use crate::kernel;
use ndarray::ArrayRef2;

/// Demands a hyperparameter that is finite and not negative.
pub(crate) fn finite_at_least_zero(operation: &'static str, name: &'static str, found: f64) -> Result<f64> {
    demand(found.is_finite() && found >= 0.0, operation, name, "a finite number >= 0", found)
}

/// Demands a hyperparameter that is finite and above zero.
pub(crate) fn finite_above_zero(operation: &'static str, name: &'static str, found: f64) -> Result<f64> {
    demand(found.is_finite() && found > 0.0, operation, name, "a finite number > 0", found)
}

/// Demands a hyperparameter that is finite.
pub(crate) fn finite(operation: &'static str, name: &'static str, found: f64) -> Result<f64> {
    demand(found.is_finite(), operation, name, "a finite number", found)
}

/// Demands a hyperparameter from 0 to below 1: a dropout rate, the coefficient of a running average.
pub(crate) fn below_one(operation: &'static str, name: &'static str, found: f64) -> Result<f64> {
    demand((0.0..1.0).contains(&found), operation, name, "a number >= 0 and < 1", found)
}

/// Demands a hyperparameter between 0 and 1: the level of a quantile.
pub(crate) fn inside_zero_and_one(operation: &'static str, name: &'static str, found: f64) -> Result<f64> {
    demand(found > 0.0 && found < 1.0, operation, name, "a number > 0 and < 1", found)
}

/// Demands a hyperparameter from 0 to 1.
pub(crate) fn share(operation: &'static str, name: &'static str, found: f64) -> Result<f64> {
    demand((0.0..=1.0).contains(&found), operation, name, "a number from 0 to 1", found)
}

/// Demands the epsilon that keeps a division from being one by zero: above zero in single precision too.
pub(crate) fn epsilon(operation: &'static str, found: f64) -> Result<f64> {
    let range = f64::from(f32::MIN_POSITIVE)..=f64::from(f32::MAX);
    demand(range.contains(&found), operation, "epsilon", "a number from 1.2e-38 to 3.4e38", found)
}

/// Demands a count of at least `least`.
pub(crate) fn at_least(operation: &'static str, name: &'static str, least: u64, found: u64) -> Result<u64> {
    let expected = if least == 1 { "at least 1" } else { "at least 2" };
    demand(found >= least, operation, name, expected, found as f64).map(|_| found)
}

/// Demands the lowest loss so far, which is infinite before the first one.
#[cfg(feature = "serde")]
pub(crate) fn best_loss(operation: &'static str, found: f64) -> Result<()> {
    let expected = "a finite number, or infinity before the first loss";
    demand(found > f64::NEG_INFINITY, operation, "best", expected, found).map(drop)
}

/// Demands a count of epochs without improvement that the patience allows.
#[cfg(feature = "serde")]
pub(crate) fn at_most_patience(operation: &'static str, patience: usize, found: usize) -> Result<()> {
    demand(found <= patience, operation, "waited", "at most the patience", found as f64).map(drop)
}

fn demand(holds: bool, operation: &'static str, name: &'static str, expected: &'static str, found: f64) -> Result<f64> {
    if holds { Ok(found) } else { Err(Error::Hyperparameter { operation, name, expected, found }) }
}

/// Demands at least one of something: a row, an input, an epoch.
#[inline]
pub(crate) fn not_empty(operation: &'static str, what: &'static str, count: usize) -> Result<()> {
    if count > 0 { Ok(()) } else { Err(Error::Empty { operation, what }) }
}

/// Demands an index below the number of elements.
pub(crate) fn index_below(operation: &'static str, what: &'static str, limit: usize, found: usize) -> Result<()> {
    if found < limit { Ok(()) } else { Err(Error::OutOfRange { operation, what, limit, found }) }
}

/// Demands class indices below the number of classes.
pub(crate) fn classes_below(operation: &'static str, classes: usize, actual: &[usize]) -> Result<()> {
    let Some(row) = actual.iter().position(|&class| class >= classes) else { return Ok(()) };
    let expected = format!("a class below {classes}");
    Err(Error::target(operation, row, expected, actual[row]))
}

/// Returns whether the numbers of a row are probabilities that add up to 1.
pub(crate) fn is_distribution<'a, F: Float>(values: impl Iterator<Item = &'a F> + Clone) -> bool {
    let sum: f64 = values.clone().map(|value| value.widen()).sum();
    values.into_iter().all(|&value| value >= F::zero()) && (sum - 1.0).abs() <= 1e-3
}

/// Demands a shape whose numbers can be addressed and allocated; returns it.
pub(crate) fn addressable<F>(operation: &'static str, rows: usize, columns: usize) -> Result<(usize, usize)> {
    addressable_times::<F>(operation, 1, rows, columns)
}

/// Demands a shape in which `times` matrices can be addressed and allocated at once; returns it.
///
/// A failed allocation ends the process, so a large one is tried here first.
pub(crate) fn addressable_times<F>(
    operation: &'static str,
    times: usize,
    rows: usize,
    columns: usize,
) -> Result<(usize, usize)> {
    match rows.checked_mul(columns) {
        Some(count) if count <= ALWAYS_ALLOCATED || can_allocate::<F>(count, times) => Ok((rows, columns)),
        count => Err(too_large::<F>(operation, times, rows, columns, count)),
    }
}

/// Numbers of a matrix that is allocated without a try.
const ALWAYS_ALLOCATED: usize = 1 << 26;

/// Most bytes that are tried: some systems promise any amount, and end the process when it is written to.
const MOST_BYTES: usize = match 1_usize.checked_shl(40) {
    Some(tebibyte) => tebibyte,
    None => isize::MAX as usize,
};

/// Returns whether the allocator gives memory for `times` matrices of this many numbers.
fn can_allocate<F>(count: usize, times: usize) -> bool {
    count <= MOST_BYTES / size_of::<F>() / times && Vec::<F>::new().try_reserve_exact(count * times).is_ok()
}

#[cold]
fn too_large<F>(operation: &'static str, times: usize, rows: usize, columns: usize, count: Option<usize>) -> Error {
    let mut limit = MOST_BYTES / size_of::<F>() / times;
    if count.is_some_and(|count| count <= limit) {
        // Not as much as that: the largest part of it that the allocator gives.
        while !can_allocate::<F>(limit, times) {
            limit /= 2;
        }
    }
    Error::TooLarge { operation, limit, rows, columns }
}

/// Demands this number of columns.
#[inline]
pub(crate) fn columns(operation: &'static str, what: &'static str, expected: usize, found: usize) -> Result<()> {
    if expected == found { Ok(()) } else { Err(Error::Columns { operation, what, expected, found }) }
}

/// Demands this number of rows.
#[inline]
pub(crate) fn rows(operation: &'static str, what: &'static str, expected: usize, found: usize) -> Result<()> {
    if expected == found { Ok(()) } else { Err(Error::Rows { operation, what, expected, found }) }
}

/// Demands at least one row, and as many rows of targets.
#[inline]
pub(crate) fn rows_and_targets<F>(
    operation: &'static str,
    matrix: &ArrayRef2<F>,
    targets: &ArrayRef2<F>,
) -> Result<()> {
    not_empty(operation, "row", matrix.nrows())?;
    rows(operation, "targets", matrix.nrows(), targets.nrows())
}

/// Demands this shape.
#[inline]
pub(crate) fn shape(
    operation: &'static str,
    what: &'static str,
    expected: (usize, usize),
    found: (usize, usize),
) -> Result<()> {
    if expected == found { Ok(()) } else { Err(Error::Shape { operation, what, expected, found }) }
}

/// Demands finite numbers.
pub(crate) fn all_finite<F: Float>(operation: &'static str, what: &'static str, matrix: &ArrayRef2<F>) -> Result<()> {
    let finite = match matrix.as_slice().or_else(|| matrix.as_slice_memory_order()) {
        Some(values) => kernel::all_finite(values),
        None => matrix.iter().all(|value| value.is_finite()),
    };
    if finite { Ok(()) } else { Err(not_finite(operation, what, matrix)) }
}

#[cold]
fn not_finite<F: Float>(operation: &'static str, what: &'static str, matrix: &ArrayRef2<F>) -> Error {
    let first = matrix.indexed_iter().find(|(_, value)| !value.is_finite());
    let ((row, column), found) = first.map_or(((0, 0), f64::NAN), |(index, value)| (index, value.widen()));
    Error::NotFinite { operation, what, row, column, found }
}

/// Demands weights of rows that a weighted mean can be taken with; without weights every row weighs 1.
pub(crate) fn sample_weights<F: Float>(operation: &'static str, count: usize, weights: Option<&[F]>) -> Result<()> {
    let Some(weights) = weights else { return Ok(()) };
    rows(operation, "sample weights", count, weights.len())?;
    let bad = weights.iter().find(|weight| !(weight.is_finite() && **weight >= F::zero()));
    if let Some(found) = bad {
        return Err(Error::invalid(operation, "finite sample weights >= 0", found.widen()));
    }
    if !weights.iter().map(|weight| weight.widen()).sum::<f64>().is_finite() {
        return Err(Error::invalid(operation, "sample weights with a finite sum", "one that overflows"));
    }
    if weights.iter().all(|weight| weight.is_zero()) {
        return Err(Error::invalid(operation, "a sample weight above 0", "only zeros"));
    }
    Ok(())
}
