//! Data: sets of examples, readers of files, encoding of labels, splits and scalers.

#[cfg(feature = "npy")]
mod archive;
mod batch;
#[cfg(feature = "csv")]
mod csv;
mod dataset;
mod dataset_split;
mod elements;
mod encoding;
mod examples;
mod file;
mod gather;
#[cfg(feature = "gzip")]
mod gzip;
mod idx;
mod map;
#[cfg(feature = "mapped")]
mod mapped;
mod mnist;
mod moments;
#[cfg(feature = "npy")]
mod npy;
#[cfg(feature = "npy")]
mod npy_columns;
#[cfg(feature = "npy")]
mod npy_writer;
mod partitioned;
mod preparation;
mod quantile;
mod scaler;
#[cfg(feature = "serde")]
mod serialize;
mod source;
mod split;
mod table;
mod targets;

#[cfg(feature = "keras")]
pub(crate) use archive::read_member;
#[cfg(feature = "pytorch")]
pub(crate) use archive::stored_members;
pub use batch::{Arrays, Batch};
#[cfg(feature = "csv")]
pub use csv::Csv;
pub use dataset::Dataset;
#[cfg(feature = "safetensors")]
pub(crate) use elements::half;
pub use encoding::{Label, LabelEncoder, argmax, one_hot};
pub use examples::{Examples, Subset};
pub(crate) use examples::{arrays_of, split_rows, visit_weights};
pub(crate) use file::{csv_field, list, quote, shorten};
#[cfg(feature = "safetensors")]
pub(crate) use file::{in_file, invalid_data, read_header_bytes, read_up_to, reserve};
pub(crate) use gather::{check_arrays, check_targets, gather, view, view_targets};
pub use idx::read_idx;
pub use map::Map;
#[cfg(feature = "mapped")]
pub use mapped::Mapped;
pub use mnist::{emnist, mnist};
pub(crate) use moments::{Moments, power_of_two_near};
#[cfg(feature = "npy")]
pub use npy::{read_npy, read_npz};
#[cfg(feature = "npy")]
pub use npy_writer::write_npy;
pub(crate) use partitioned::Partitioned;
pub use preparation::{
    Category, FittedPreparation, MissingCategory, MissingNumber, Number, Preparation, Role, Scale, UnknownCategory,
};
pub(crate) use quantile::quantile;
pub(crate) use scaler::smallest_and_range;
pub use scaler::{MinMaxScaler, StandardScaler};
pub use source::Source;
pub use split::{group_k_fold, k_fold, stratified_k_fold, time_series_split};
pub use table::{Column, ColumnSummary, Entry, Kind, NumberSummary, Row, Table, TableSummary, Value};
pub(crate) use targets::{read_classes, read_yes_or_no};
