//! [`Stopwatch`]: how long something takes, where there is a clock.

use std::time::Instant;

/// Whether the target has a clock: on wasm32-unknown-unknown `Instant::now` panics.
const HAS_CLOCK: bool = !cfg!(all(target_family = "wasm", target_os = "unknown"));

/// Measures the time since it was started.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopwatch(Option<Instant>);

impl Stopwatch {
    /// Starts to measure.
    pub(crate) fn start() -> Self {
        Self(HAS_CLOCK.then(Instant::now))
    }

    /// Returns the seconds since the start; 0 on a target without a clock.
    pub(crate) fn seconds(self) -> f64 {
        self.0.map_or(0.0, |start| start.elapsed().as_secs_f64())
    }
}
