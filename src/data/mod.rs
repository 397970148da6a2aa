//! Data: sets of examples, their batches, splits and scales.

mod dataset;
mod encoding;
mod scaler;
mod split;

pub use dataset::Dataset;
pub use encoding::{LabelEncoder, argmax, one_hot};
pub use scaler::{MinMaxScaler, StandardScaler};
pub use split::{k_fold, stratified_k_fold};
