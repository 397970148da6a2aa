//! [`agree`]: all ranks go on, or none does.

use super::Communicator;
use super::communicator::lowest;
use super::fault::Fault;
use crate::Result;

/// Returns Ok on all ranks if all have Ok, and an error on all otherwise; all ranks call it.
///
/// A rank with an error returns its own. The others return [`Error::Rank`](crate::Error::Rank) with the lowest rank
/// that has an error of its own, and the error's text.
pub(crate) fn agree(communicator: &dyn Communicator, outcome: Result<()>) -> Result<()> {
    let (rank, size) = (communicator.rank() as u64, communicator.size() as u64);
    let Err(error) = outcome else {
        let first = lowest(communicator, u64::MAX)?;
        if first == u64::MAX {
            return Ok(());
        }
        return Err(share(communicator, first % size, None)?.into_error());
    };
    // The error of this rank goes before those that only repeat another rank's.
    let repeated = Fault::within(&error);
    let key = if repeated.is_some() { size + rank } else { rank };
    // When the others cannot be told, they find out by themselves.
    if let Ok(first) = lowest(communicator, key) {
        let fault = repeated.unwrap_or_else(|| Fault::new(communicator.rank(), error.to_string()));
        let _ = share(communicator, first % size, Some(fault));
    }
    Err(error)
}

/// Returns the fault that the rank `root` knows of, on all ranks.
fn share(communicator: &dyn Communicator, root: u64, own: Option<Fault>) -> Result<Fault> {
    let mut bytes = Vec::new();
    if let Some(Fault { rank, problem }) = own {
        bytes.extend((rank as u64).to_le_bytes());
        bytes.extend(problem.as_bytes());
    }
    communicator.broadcast(&mut bytes, root as usize)?;
    let (rank, problem) = bytes.split_first_chunk().unwrap_or((&[0; 8], &[]));
    Ok(Fault::new(u64::from_le_bytes(*rank) as usize, String::from_utf8_lossy(problem)))
}

#[cfg(test)]
mod tests;
