//! Work divided between the threads of the pool in force; without the feature `parallel` there is one.

/// Multiplications below which another thread is not worth its wake-up.
#[cfg(feature = "parallel")]
const WORTH: usize = 1 << 21;

/// Work that can be cut in two. What is done must not depend on where.
pub(super) trait Divisible: Sized + Send {
    fn halves(self, share: f64) -> (Self, Self);
}

/// How many threads are worth having for this many multiplications.
pub(super) fn useful(multiplications: usize) -> usize {
    #[cfg(feature = "parallel")]
    return (multiplications / WORTH).clamp(1, rayon::current_num_threads());
    #[cfg(not(feature = "parallel"))]
    return multiplications.min(1);
}

/// Does the work with this many threads.
pub(super) fn split<W: Divisible>(work: W, threads: usize, run: &(impl Fn(W) + Sync)) {
    if threads <= 1 {
        return run(work);
    }
    let first = threads / 2;
    let (one, other) = work.halves(first as f64 / threads as f64);
    join(|| split(one, first, run), || split(other, threads - first, run));
}

#[cfg(feature = "parallel")]
fn join(one: impl FnOnce() + Send, other: impl FnOnce() + Send) {
    rayon::join(one, other);
}

#[cfg(not(feature = "parallel"))]
fn join(one: impl FnOnce() + Send, other: impl FnOnce() + Send) {
    one();
    other();
}
