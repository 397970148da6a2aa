//! Folds, cross-validation and searches over settings.

mod cross_validation;
mod folds;
mod leaks;
mod ranks;
mod search;
mod toys;
