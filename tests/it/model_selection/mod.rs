//! Folds, cross-validation and searches over settings.

mod cross_validation;
mod folds;
mod search;
mod toys;
