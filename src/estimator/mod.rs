//! [`Classifier`], [`Regressor`] and [`MultiLabelClassifier`]: from tables or arrays to predictions in two lines; and
//! their [`Settings`].

mod classifier;
mod classifier_builder;
mod column_labels;
#[allow(clippy::module_inception)]
mod estimator;
#[cfg(feature = "safetensors")]
mod files;
mod fitted;
mod importance;
mod inputs;
mod multi_label;
mod multi_label_builder;
#[cfg(feature = "onnx")]
mod onnx;
mod plan;
mod rate_schedule;
mod regression_loss;
mod regressor;
mod regressor_builder;
mod rows;
mod scoring;
mod settings;
mod solver;
mod train;

pub use classifier::Classifier;
pub use classifier_builder::ClassifierBuilder;
pub use estimator::Estimator;
pub use inputs::{Inputs, Targets};
pub use multi_label::MultiLabelClassifier;
pub use multi_label_builder::MultiLabelBuilder;
pub use rate_schedule::RateSchedule;
pub use regression_loss::RegressionLoss;
pub use regressor::Regressor;
pub use regressor_builder::RegressorBuilder;
pub use scoring::Scoring;
pub use settings::{Clipping, Settings};
pub use solver::{Solver, SolverOptions};
