//! Choosing a model: cross-validation, and searches over settings.
//!
//! Both take an [`Estimator`](crate::estimator::Estimator): data and settings, such as
//! [`Classifier::builder`](crate::Classifier::builder) makes. It is fitted on some rows and scored on others, and what
//! it learns of the data, a scaling for example, it learns on the former alone.
//!
//! [`CrossValidator::across`] and [`Search::across`] share fits out among [ranks](crate::distributed).
//!
//! ```
//! # let lengths = ndarray::Array2::from_shape_fn((30, 2), |(row, column)| ((row * 7 + column * 5) % 11) as f64);
//! # let kinds: Vec<_> = lengths.rows().into_iter().map(|row| if row[0] > 4.0 { "long" } else { "short" }).collect();
//! use feedforward::Classifier;
//! use feedforward::model_selection::{Folds, Search, cross_validate};
//!
//! # let settings = feedforward::estimator::Settings { hidden: vec![8], epochs: 20, ..Default::default() };
//! let estimator = Classifier::builder(&lengths, &kinds);
//! # let estimator = estimator.settings(settings);
//! let folds = Folds::new(3).seed(1);
//! println!("{}", cross_validate(&estimator, &folds)?);
//!
//! // Which settings are best, and how good are models whose settings are chosen so?
//! let search = Search::grid()
//!     .over("hidden", [vec![4], vec![8, 8]], |settings, value| settings.hidden = value)
//!     .over("learning_rate", [0.01, 0.1], |settings, value| settings.learning_rate = value)
//!     .folds(folds.clone());
//! let result = search.run(&estimator)?;
//! println!("{result}");
//! let model = result.into_model();
//! println!("{}", cross_validate(&search.on(&estimator), &folds)?);
//! # Ok::<(), feedforward::Error>(())
//! ```

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
mod message;
mod nested;
mod observer;
mod parameter;
mod ranking;
mod ranks;
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
