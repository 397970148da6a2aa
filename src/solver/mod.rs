//! Training without mini-batches: all data at once, with curvature ([`Lbfgs`]) or without derivatives.

mod genetic;
mod lbfgs;
mod objective;
mod random_search;

pub use genetic::GeneticAlgorithm;
pub use lbfgs::Lbfgs;
pub use random_search::RandomSearch;
