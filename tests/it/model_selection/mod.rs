//! Folds, cross-validation and searches over settings.

mod cross_validation;
mod folds;
mod leaks;
mod search;
mod toys;
