//! Minimum and median of many samples.

use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Long enough that reading the clock does not count.
const SAMPLE: Duration = Duration::from_micros(100);

/// Repeats `step` for `seconds`: the time it takes in microseconds, as JSON.
pub fn measure(seconds: f64, mut step: impl FnMut()) -> Value {
    let budget = Duration::from_secs_f64(seconds);
    let repeats = warm_up(budget / 5, &mut step);
    let mut samples = Vec::new();
    let start = Instant::now();
    while start.elapsed() < budget || samples.len() < 3 {
        let sample = Instant::now();
        for _ in 0..repeats {
            step();
        }
        samples.push(sample.elapsed().as_secs_f64() * 1e6 / f64::from(repeats));
    }
    samples.sort_by(f64::total_cmp);
    json!({ "minimum": samples[0], "median": samples[samples.len() / 2] })
}

/// Fills caches and buffers, and returns how many steps make a sample.
fn warm_up(budget: Duration, step: &mut impl FnMut()) -> u32 {
    step();
    let (start, mut fastest) = (Instant::now(), Duration::MAX);
    while start.elapsed() < budget {
        let sample = Instant::now();
        step();
        fastest = fastest.min(sample.elapsed());
    }
    let fastest = fastest.max(Duration::from_nanos(20));
    SAMPLE.as_nanos().div_ceil(fastest.as_nanos()) as u32
}
