//! Training without mini-batches: all data at once, with curvature ([`Lbfgs`]) or without derivatives.

mod genetic;
mod lbfgs;
mod random_search;
mod ranks;
mod search_loss;

pub use genetic::GeneticAlgorithm;
pub use lbfgs::Lbfgs;
pub use random_search::RandomSearch;
