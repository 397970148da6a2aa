//! Runs jobs on the threads of the rayon pool in force, taken up one after the other.

/// Runs the jobs 0..count, on several threads if there are. A job is not taken up before all jobs with lower numbers
/// have been: what is done early is what stands first.
#[cfg(feature = "parallel")]
pub(super) fn run_in_order(count: usize, run: impl Fn(usize) + Send + Sync) {
    use rayon::iter::{ParallelBridge, ParallelIterator};
    // A parallel range would be split in halves, and the last job be among the first.
    (0..count).par_bridge().for_each(run);
}

/// Runs the jobs 0..count.
#[cfg(not(feature = "parallel"))]
pub(super) fn run_in_order(count: usize, run: impl Fn(usize) + Send + Sync) {
    (0..count).for_each(run);
}

/// Returns on how many threads jobs run.
pub(super) fn threads() -> usize {
    #[cfg(feature = "parallel")]
    let threads = rayon::current_num_threads();
    #[cfg(not(feature = "parallel"))]
    let threads = 1;
    threads
}
