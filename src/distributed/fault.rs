//! [`Fault`]: which rank is the cause of an error, and what it did.

use crate::Error;
use std::error::Error as _;

/// Which rank is the cause of an error, and what it did.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    pub(super) rank: usize,
    pub(super) problem: String,
}

impl Fault {
    pub(super) fn new(rank: usize, problem: impl Into<String>) -> Self {
        Self { rank, problem: problem.into() }
    }

    /// Returns the fault of another rank that an error reports, itself or as its source.
    pub(super) fn within(error: &Error) -> Option<Self> {
        let mut error = error;
        loop {
            if let Error::Rank { rank, problem } = error {
                return Some(Self::new(*rank, problem));
            }
            error = error.source()?.downcast_ref()?;
        }
    }

    pub(super) fn into_error(self) -> Error {
        Error::Rank { rank: self.rank, problem: self.problem }
    }
}
