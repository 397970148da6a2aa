//! What the crate promises, seen from outside, a module for each subject.
//!
//! They are one program: each one more would compile the generic kernels again.

mod activations;
mod affine;
mod architecture;
mod bad_input;
mod blocks;
mod campaign;
mod common;
mod digits;
mod double_double;
mod edges;
mod estimators;
mod fit;
mod flat;
mod golden;
mod gradients;
mod init;
#[cfg(feature = "keras")]
mod keras;
mod learning;
mod losses;
mod metrics;
mod network;
mod observers;
mod readers;
mod refusals;
mod shards;
mod sizes;
mod training;
mod xor;
