//! Numbers of all ranks, and outcomes that all ranks agree on.

use super::agree::agree;
use super::communicator::Communicator;
use crate::kernel::{as_bytes, as_bytes_mut};
use crate::{Error, Float, Result};

/// Returns the numbers of all ranks, one after another; the counts may differ.
pub(crate) fn all_gather_numbers<F: Float>(communicator: &dyn Communicator, own: &[F]) -> Result<Vec<F>> {
    let bytes = communicator.all_gather(as_bytes(own))?.concat();
    let mut numbers = vec![F::zero(); bytes.len() / size_of::<F>()];
    let length = numbers.len() * size_of::<F>();
    as_bytes_mut(&mut numbers).copy_from_slice(&bytes[..length]);
    Ok(numbers)
}

/// Returns the value if all ranks have one, and an error on all otherwise, as [`agree`] does.
pub(crate) fn agree_on<T>(communicator: &dyn Communicator, outcome: Result<T>) -> Result<T> {
    let (value, outcome) = match outcome {
        Ok(value) => (Some(value), Ok(())),
        Err(problem) => (None, Err(problem)),
    };
    agree(communicator, outcome)?;
    value.ok_or_else(|| Error::invalid("Communicator", "an error on all ranks after one on this rank", "none"))
}

/// Returns the outcome where there are no ranks; among ranks, what [`agree_on`] returns.
pub(crate) fn agree_among<T>(communicator: Option<&dyn Communicator>, outcome: Result<T>) -> Result<T> {
    match communicator {
        Some(communicator) => agree_on(communicator, outcome),
        None => outcome,
    }
}
