//! Divides work between the threads of the rayon pool in force; without the feature `parallel` there is one thread.
//!
//! Work is divided only on a thread of a pool, where handing over a part takes about a microsecond. From any other
//! thread it takes ten times as long, each time. [`run_in_pool`] moves there once, for all the work that belongs
//! together.
//!
//! # A deadlock to avoid
//!
//! A thread outside the pool that hands its work over waits until a thread of the pool takes it. Suppose that it holds
//! a lock meanwhile, and that every thread of the pool waits for that lock: then none goes on. This happens when one
//! thread trains a network that it has locked (`Mutex`, `RwLock`), and the closures of a parallel iterator lock it to
//! predict. It also happens on a thread of the pool: while it waits for parts of its work, it runs other closures, and
//! may meet the lock that it holds itself.
//!
//! The crate cannot see the locks of a program. The remedy is to hold no lock during training or a large prediction:
//! train a clone, and lock only to exchange it for the network that predicts. Without the feature `parallel` nothing
//! waits for a pool.

use super::tuning::{COST_OF_ELEMENT, SPLIT_ELEMENTS};
#[cfg(feature = "parallel")]
use super::tuning::{POOL_MULTIPLICATIONS, THREAD_MULTIPLICATIONS};

/// Describes work that can be split in two. The result must not depend on where it is split.
pub(crate) trait Divisible: Sized + Send {
    /// Splits off the first part, about this share of the whole.
    fn split_at_share(self, share: f64) -> (Self, Self);
}

impl<T: Sync> Divisible for &[T] {
    fn split_at_share(self, share: f64) -> (Self, Self) {
        self.split_at(split_index(self.len(), share, SPLIT_ELEMENTS))
    }
}

impl<T: Send> Divisible for &mut [T] {
    fn split_at_share(self, share: f64) -> (Self, Self) {
        self.split_at_mut(split_index(self.len(), share, SPLIT_ELEMENTS))
    }
}

/// Slices of the same length.
impl<A: Divisible, B: Divisible> Divisible for (A, B) {
    fn split_at_share(self, share: f64) -> (Self, Self) {
        let ((a, a_rest), (b, b_rest)) = (self.0.split_at_share(share), self.1.split_at_share(share));
        ((a, b), (a_rest, b_rest))
    }
}

/// Slices of the same length.
impl<T: Send, const N: usize> Divisible for [&mut [T]; N] {
    fn split_at_share(self, share: f64) -> (Self, Self) {
        let mut parts = self.map(|slice| slice.split_at_share(share));
        let first = parts.each_mut().map(|(part, _)| std::mem::take(part));
        (first, parts.map(|(_, rest)| rest))
    }
}

/// A part of a slice that knows the index of its first element in the whole slice.
pub(super) struct IndexedSlice<'a, F> {
    pub(super) first: usize,
    pub(super) values: &'a mut [F],
}

impl<F: Send> Divisible for IndexedSlice<'_, F> {
    fn split_at_share(self, share: f64) -> (Self, Self) {
        let (values, rest) = self.values.split_at_share(share);
        let first = self.first + values.len();
        (Self { first: self.first, values }, Self { first, values: rest })
    }
}

/// Returns the multiple of `unit` next to this share of a length.
pub(super) fn split_index(length: usize, share: f64, unit: usize) -> usize {
    ((length as f64 * share / unit as f64).round() as usize * unit).min(length)
}

/// Runs work on a thread of the pool if it takes long enough; its length is given in multiplications of a matrix
/// product.
#[inline(always)]
pub(crate) fn run_in_pool<R: Send>(multiplications: usize, work: impl FnOnce() -> R + Send) -> R {
    #[cfg(feature = "parallel")]
    if multiplications >= POOL_MULTIPLICATIONS
        && rayon::current_thread_index().is_none()
        && rayon::current_num_threads() > 1
    {
        return rayon::scope(|_| work());
    }
    let _ = multiplications;
    work()
}

/// Returns how many threads pay off for this many multiplications of a matrix product.
#[inline]
pub(super) fn useful_threads(multiplications: usize) -> usize {
    #[cfg(feature = "parallel")]
    if multiplications >= 2 * THREAD_MULTIPLICATIONS && rayon::current_thread_index().is_some() {
        return (multiplications / THREAD_MULTIPLICATIONS).min(rayon::current_num_threads());
    }
    multiplications.min(1)
}

/// Runs the work in this many parts, on different threads. Out of line, because most work is not divided; through
/// `dyn`, so that it is compiled once for each kind of work.
#[inline(never)]
fn split_over<W: Divisible>(threads: usize, work: W, run: &(dyn Fn(W) + Sync)) {
    if threads <= 1 {
        return run(work);
    }
    let first = threads / 2;
    let (one, other) = work.split_at_share(first as f64 / threads as f64);
    join(|| split_over(first, one, run), || split_over(threads - first, other, run));
}

/// Runs an elementwise loop over this many elements, divided between as many threads as pay off.
#[inline]
pub(crate) fn split_by_elements<W: Divisible>(elements: usize, work: W, run: impl Fn(W) + Sync) {
    split_by_cost(COST_OF_ELEMENT * elements, work, run);
}

/// Runs work that takes as long as this many multiplications, divided between as many threads as pay off.
#[inline]
pub(crate) fn split_by_cost<W: Divisible>(multiplications: usize, work: W, run: impl Fn(W) + Sync) {
    match useful_threads(multiplications) {
        0 | 1 => run(work),
        threads => split_over(threads, work, &run),
    }
}

/// Runs both, at the same time if this is a thread of a pool.
#[cfg(feature = "parallel")]
pub(crate) fn join<A: Send, B: Send>(one: impl FnOnce() -> A + Send, other: impl FnOnce() -> B + Send) -> (A, B) {
    if rayon::current_thread_index().is_some() { rayon::join(one, other) } else { (one(), other()) }
}

/// Runs both, one after the other.
#[cfg(not(feature = "parallel"))]
pub(crate) fn join<A: Send, B: Send>(one: impl FnOnce() -> A + Send, other: impl FnOnce() -> B + Send) -> (A, B) {
    (one(), other())
}
