//! How operations read rows of [`Examples`]: copied into a batch or viewed, and checked.

use super::examples::arrays_of;
use super::{Arrays, Batch, Examples};
use crate::{Error, Float, Result, check, kernel};
use ndarray::ArrayRef2;
use std::ops::Range;

/// Gathers rows for an operation, and demands the shape that the examples promise, finite numbers, and weights >= 0.
pub(crate) fn gather<F: Float>(
    operation: &'static str,
    examples: &dyn Examples<F>,
    rows: &[usize],
    batch: &mut Batch<F>,
) -> Result<()> {
    examples.gather(rows, batch)?;
    check::shape(operation, "inputs", (rows.len(), examples.input_size()), batch.inputs().dim())?;
    demand_finite(operation, "inputs", rows, batch.inputs())?;
    check_targets_of(operation, examples, rows, batch)
}

/// Views consecutive rows; copies them into the batch unless they stand in memory.
pub(crate) fn view<'a, F: Float>(
    operation: &'static str,
    examples: &'a dyn Examples<F>,
    rows: Range<usize>,
    batch: &'a mut Batch<F>,
) -> Result<Arrays<'a, F>> {
    view_or(gather, operation, examples, rows, batch)
}

/// Does the same with targets and weights alone; the inputs may be those of other rows.
pub(crate) fn view_targets<'a, F: Float>(
    operation: &'static str,
    examples: &'a dyn Examples<F>,
    rows: Range<usize>,
    batch: &'a mut Batch<F>,
) -> Result<Arrays<'a, F>> {
    view_or(gather_targets, operation, examples, rows, batch)
}

/// Copies some rows of examples into a batch.
type Gather<F> = fn(&'static str, &dyn Examples<F>, &[usize], &mut Batch<F>) -> Result<()>;

fn view_or<'a, F: Float>(
    gather: Gather<F>,
    operation: &'static str,
    examples: &'a dyn Examples<F>,
    rows: Range<usize>,
    batch: &'a mut Batch<F>,
) -> Result<Arrays<'a, F>> {
    if let Some(arrays) = arrays_of(examples) {
        return Ok(arrays.slice(rows));
    }
    gather(operation, examples, &rows.collect::<Vec<_>>(), batch)?;
    Ok(batch.arrays())
}

/// Does the same as [`gather`] for targets and weights alone.
pub(crate) fn gather_targets<F: Float>(
    operation: &'static str,
    examples: &dyn Examples<F>,
    rows: &[usize],
    batch: &mut Batch<F>,
) -> Result<()> {
    examples.gather_targets(rows, batch)?;
    check_targets_of(operation, examples, rows, batch)
}

fn check_targets_of<F: Float>(
    operation: &'static str,
    examples: &dyn Examples<F>,
    rows: &[usize],
    batch: &Batch<F>,
) -> Result<()> {
    check::shape(operation, "targets", (rows.len(), examples.target_size()), batch.targets().dim())?;
    demand_finite(operation, "targets", rows, batch.targets())?;
    if batch.weights().is_some() != examples.has_weights() {
        let expected = if examples.has_weights() { "a weight for each row" } else { "rows without weights" };
        return Err(Error::invalid(operation, expected, "the opposite in a batch"));
    }
    let is_bad = |weight: &F| !weight.is_finite() || *weight < F::zero();
    let mut weights = batch.weights().unwrap_or_default().iter().zip(rows);
    if let Some((weight, row)) = weights.find(|(weight, _)| is_bad(weight)) {
        return Err(Error::invalid(operation, "finite weights >= 0", format!("{weight} in row {row}")));
    }
    Ok(())
}

/// Demands finite numbers; the error names the row of the examples.
fn demand_finite<F: Float>(
    operation: &'static str,
    what: &'static str,
    rows: &[usize],
    matrix: &ArrayRef2<F>,
) -> Result<()> {
    if matrix.as_slice().is_some_and(kernel::all_finite) {
        return Ok(());
    }
    let outcome = check::all_finite(operation, what, matrix);
    outcome.map_err(|error| match error {
        Error::NotFinite { row, column, found, .. } => {
            Error::NotFinite { operation, what, row: rows.get(row).copied().unwrap_or(row), column, found }
        }
        other => other,
    })
}

/// Rows whose targets are looked at together, where they do not stand in memory.
const ROWS_AT_ONCE: usize = 4096;

/// Demands finite inputs and weights that a mean can be taken with, of examples in memory; others are checked as they are
/// gathered.
pub(crate) fn check_arrays<F: Float>(operation: &'static str, examples: &dyn Examples<F>) -> Result<()> {
    let Some(Arrays { inputs, weights, .. }) = arrays_of(examples) else { return Ok(()) };
    check::all_finite(operation, "inputs", &inputs)?;
    check::sample_weights(operation, inputs.nrows(), weights)
}

/// Calls `check` with the targets of all rows, some at a time; its errors name the row of the examples. Demands a row
/// with a weight.
pub(crate) fn check_targets<F: Float>(
    operation: &'static str,
    examples: &dyn Examples<F>,
    check: &mut dyn FnMut(&ArrayRef2<F>) -> Result<()>,
) -> Result<()> {
    let at_once = if arrays_of(examples).is_some() { examples.len() } else { ROWS_AT_ONCE };
    let (mut batch, mut has_weight) = (Batch::default(), !examples.has_weights());
    for first in (0..examples.len()).step_by(at_once) {
        let rows = first..examples.len().min(first + at_once);
        let Arrays { targets, weights, .. } = view_targets(operation, examples, rows, &mut batch)?;
        has_weight |= weights.unwrap_or_default().iter().any(|&weight| weight > F::zero());
        check(&targets).map_err(|error| match error {
            Error::Target { operation, row, expected, found } => {
                Error::Target { operation, row: row + first, expected, found }
            }
            other => other,
        })?;
    }
    if has_weight { Ok(()) } else { Err(Error::invalid(operation, "a row with a weight above 0", "none")) }
}
