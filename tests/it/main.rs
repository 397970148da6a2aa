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
#[cfg(all(unix, feature = "safetensors"))]
mod crash;
#[cfg(feature = "csv")]
mod csv;
mod digits;
mod distributed;
mod double_double;
mod edges;
mod estimator_options;
mod estimator_tables;
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
#[cfg(feature = "mapped")]
mod mapped;
mod metrics;
#[cfg(feature = "safetensors")]
mod model_files;
mod model_selection;
mod multi_label;
mod network;
#[cfg(feature = "onnx")]
#[path = "../interop/networks.rs"]
mod networks;
mod observers;
#[cfg(feature = "onnx")]
mod onnx;
#[cfg(feature = "onnx")]
mod onnx_damage;
mod parts;
mod preparation;
#[cfg(feature = "onnx")]
mod protobuf;
#[cfg(feature = "pytorch")]
mod pytorch;
mod ranks;
mod readers;
mod refusals;
#[cfg(feature = "safetensors")]
mod resume;
mod scores;
#[cfg(feature = "serde")]
mod serialize;
#[cfg(feature = "serde")]
mod serve;
mod shards;
mod sizes;
mod solver_ranks;
mod source;
#[cfg(feature = "pytorch")]
mod state_dict_files;
mod tables;
#[cfg(all(feature = "csv", feature = "npy"))]
mod to_npy;
mod training;
mod xor;
