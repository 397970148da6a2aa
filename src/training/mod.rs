//! Training: everything between data and a trained network.

mod early_stopping;
mod estimator;
mod fit;
mod history;
mod hook;
mod lbfgs;
mod observer;
pub mod schedule;
mod search;
mod trainer;

pub use early_stopping::{EarlyStopping, Monitor};
pub use estimator::{Classifier, Regressor, Settings};
pub use history::{EpochRecord, History};
pub use hook::{ClipNorm, ClipValue, Hook, MaxNorm, Penalty};
pub use lbfgs::Lbfgs;
pub use observer::{LayerStatistics, Observer, Signal};
pub use schedule::Schedule;
pub use search::{Genetic, Perturbation};
pub use trainer::Trainer;
