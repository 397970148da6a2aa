//! Choosing a model: cross-validation, and searches over settings.

mod candidate;
mod candidates;
mod cross_validate;
mod cross_validation;
mod differences;
mod evaluate;
mod folds;
mod halving;
mod jobs;
mod log_uniform;
mod nested;
mod observer;
mod parameter;
mod ranking;
mod rounds;
mod search;
mod search_result;
mod text;

pub use candidate::Candidate;
pub use cross_validate::{CrossValidator, cross_validate};
pub use cross_validation::{CrossValidation, FoldRecord, Scores};
pub use folds::Folds;
pub use log_uniform::LogUniform;
pub use nested::SearchEstimator;
#[cfg(feature = "progress")]
pub use observer::SearchBar;
pub use observer::SearchObserver;
pub use ranking::Ranking;
pub use search::Search;
pub use search_result::SearchResult;
