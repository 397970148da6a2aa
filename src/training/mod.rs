//! Training: everything between data and a trained network.

mod early_stopping;
mod history;
mod hook;
mod observer;
pub mod schedule;
mod trainer;

pub use early_stopping::{EarlyStopping, Monitor};
pub use history::{EpochRecord, History};
pub use hook::{ClipNorm, ClipValue, Hook, MaxNorm, Penalty};
pub use observer::{LayerStatistics, Observer, Signal};
pub use schedule::Schedule;
pub use trainer::Trainer;
