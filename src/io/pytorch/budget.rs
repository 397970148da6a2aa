//! [`Budget`]: what a file may cost, in proportion to its length.

use crate::{Error, Result};

/// How many times its length a file may take in memory, and how often its tree may be looked at.
///
/// Two of the four are half precision, which is widened; the rest is for tensors that share a storage.
const TIMES: usize = 4;
/// What a small file may take in addition, in bytes.
const SLACK: usize = 1 << 16;

/// What is left of the memory and the time that the length of a file justifies.
///
/// A pickle can name one tensor, one storage or one branch of its tree any number of times.
#[derive(Debug)]
pub(super) struct Budget {
    bytes: usize,
    steps: usize,
    all_bytes: usize,
}

impl Budget {
    pub(super) fn new(file: usize) -> Self {
        let all_bytes = file.saturating_mul(TIMES).saturating_add(SLACK);
        Self { bytes: all_bytes, steps: all_bytes, all_bytes }
    }

    /// Takes memory for a tensor.
    ///
    /// # Errors
    /// When there is not as much left.
    pub(super) fn take_bytes(&mut self, bytes: usize) -> Result<()> {
        let Some(left) = self.bytes.checked_sub(bytes) else {
            let expected = format!("tensors of at most {} bytes ({TIMES} times the file)", self.all_bytes);
            return Err(Error::invalid("StateDict", expected, "more: views that repeat their numbers"));
        };
        self.bytes = left;
        Ok(())
    }

    /// Takes time for this number of values of the tree.
    ///
    /// # Errors
    /// When there is not as much left.
    pub(super) fn take_steps(&mut self, steps: usize) -> Result<()> {
        let Some(left) = self.steps.checked_sub(steps) else {
            return Err(Error::invalid(
                "StateDict",
                "modules and dicts that form a tree",
                "ones that repeat endlessly",
            ));
        };
        self.steps = left;
        Ok(())
    }
}
