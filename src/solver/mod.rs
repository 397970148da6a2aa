//! Training without mini-batches: all data at once, with curvature ([`Lbfgs`]) or without derivatives.
//!
//! `across` shares the work out among [ranks](crate::distributed).

mod genetic;
mod lbfgs;
mod random_search;
mod ranks;
mod search_loss;

pub use genetic::GeneticAlgorithm;
pub use lbfgs::Lbfgs;
pub use random_search::RandomSearch;
