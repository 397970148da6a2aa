//! Training by gradient descent: [`Trainer`] and its parts.

#[cfg(feature = "progress")]
mod bar;
#[cfg(feature = "safetensors")]
mod checkpoint;
mod early_stopping;
mod epochs;
mod feed;
mod fit;
mod history;
pub mod hook;
mod join;
mod observer;
#[cfg(any(feature = "progress", feature = "log"))]
mod progress;
mod ranks;
#[cfg(feature = "safetensors")]
mod resume;
pub mod schedule;
mod setup;
mod steps;
mod trainer;

#[cfg(feature = "progress")]
pub(crate) use bar::Bar;
pub use early_stopping::{Better, EarlyStopping};
pub use history::{Ending, EpochRecord, History};
pub use hook::Hook;
pub(crate) use join::{build, demand_same_parts, describe_network};
pub use observer::Observer;
#[cfg(feature = "log")]
pub use progress::LogEpochs;
#[cfg(feature = "progress")]
pub use progress::ProgressBar;
pub(crate) use ranks::Ranks;
pub use schedule::Schedule;
pub(crate) use setup::{Fnv, describe_data};
#[cfg(feature = "safetensors")]
pub use trainer::Interval;
pub use trainer::Trainer;
