//! Training: everything between data and a trained network.

mod early_stopping;
mod estimator;
mod fit;
mod history;
mod hook;
mod lbfgs;
mod observer;
#[cfg(any(feature = "progress", feature = "log"))]
mod report;
pub mod schedule;
mod search;
mod trainer;

pub use early_stopping::{EarlyStopping, Monitor};
pub use estimator::{Classifier, HiddenActivation, Regressor, Settings, Solver};
pub use history::{EpochRecord, History};
pub use hook::{ClipNorm, ClipValue, Hook, MaxNorm, Penalty};
pub use lbfgs::Lbfgs;
pub use observer::{LayerStatistics, Observer, Signal};
#[cfg(feature = "log")]
pub use report::LogEpochs;
#[cfg(feature = "progress")]
pub use report::ProgressBar;
pub use schedule::Schedule;
pub use search::{Genetic, Perturbation};
pub use trainer::Trainer;
