//! [`Buffers`]: the memory of a training step, grown to the largest batch seen.

use super::passes::Pass;
use super::shards::Shards;
use crate::Float;
use crate::layer::Buffer;

/// The buffers of a training step.
#[derive(Debug)]
pub(super) struct Buffers<F: Float> {
    pub(super) pass: Pass<F>,
    pub(super) shards: Shards<F>,
    /// The inputs of the last `forward`, and of a step whose inputs are not in standard layout.
    pub(super) inputs: Buffer<F>,
    pub(super) targets: Buffer<F>,
    pub(super) input_gradient: Buffer<F>,
    /// Rows of the last `forward` that a `backward` may follow; 0 for none.
    pub(super) rows: usize,
}

impl<F: Float> Default for Buffers<F> {
    fn default() -> Self {
        Self {
            pass: Pass::default(),
            shards: Shards::default(),
            inputs: Buffer::default(),
            targets: Buffer::default(),
            input_gradient: Buffer::default(),
            rows: 0,
        }
    }
}
