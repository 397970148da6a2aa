//! Work divided between the threads of the pool in force; without the feature `parallel` there is one.
//!
//! Work is only divided on a thread of a pool, where handing a part on takes about a microsecond; from any other thread it would
//! take ten times as long, each time. [`enter`] goes there once, for all that belongs together.

/// Multiplications for which it is worth going to a pool and back.
#[cfg(feature = "parallel")]
const WORTH_ENTERING: usize = 1 << 22;

/// Multiplications, on elements that are in a cache, that are worth handing on.
#[cfg(feature = "parallel")]
const WORTH: usize = 1 << 18;

/// Multiplications of a matrix product that take as long as one step over an element in a cache.
pub(crate) const PER_ELEMENT: usize = 8;

/// Work that can be cut in two. What is done must not depend on where.
pub(crate) trait Divisible: Sized + Send {
    fn halves(self, share: f64) -> (Self, Self);
}

impl<T: Sync> Divisible for &[T] {
    fn halves(self, share: f64) -> (Self, Self) {
        self.split_at(cut(self.len(), share))
    }
}

impl<T: Send> Divisible for &mut [T] {
    fn halves(self, share: f64) -> (Self, Self) {
        self.split_at_mut(cut(self.len(), share))
    }
}

/// Two slices of one length.
impl<A: Divisible, B: Divisible> Divisible for (A, B) {
    fn halves(self, share: f64) -> (Self, Self) {
        let ((a, a_rest), (b, b_rest)) = (self.0.halves(share), self.1.halves(share));
        ((a, b), (a_rest, b_rest))
    }
}

/// Where to cut, between registers.
fn cut(length: usize, share: f64) -> usize {
    const LANES: usize = 16;
    ((length as f64 * share / LANES as f64).round() as usize * LANES).min(length)
}

/// Does work that is as much as so many multiplications of a matrix product on a thread of the pool, if it is worth it.
#[inline(always)]
pub(crate) fn enter<R: Send>(multiplications: usize, work: impl FnOnce() -> R + Send) -> R {
    #[cfg(feature = "parallel")]
    if multiplications >= WORTH_ENTERING && rayon::current_thread_index().is_none() && rayon::current_num_threads() > 1
    {
        return rayon::scope(|_| work());
    }
    let _ = multiplications;
    work()
}

/// How many threads are worth having for this many multiplications of a matrix product.
#[inline]
pub(super) fn useful(multiplications: usize) -> usize {
    #[cfg(feature = "parallel")]
    if multiplications >= 2 * WORTH && rayon::current_thread_index().is_some() {
        return (multiplications / WORTH).min(rayon::current_num_threads());
    }
    multiplications.min(1)
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

/// Does something to each of so many elements, in as many pieces as there are threads worth having.
#[inline]
pub(crate) fn in_pieces<W: Divisible>(elements: usize, work: W, run: impl Fn(W) + Sync) {
    split_among(PER_ELEMENT * elements, work, run);
}

/// Does work that is as much as so many multiplications with as many threads as are worth having.
#[inline]
pub(crate) fn split_among<W: Divisible>(multiplications: usize, work: W, run: impl Fn(W) + Sync) {
    match useful(multiplications) {
        0 | 1 => run(work),
        threads => split(work, threads, &run),
    }
}

/// Does both, at the same time if this is a thread of a pool.
#[cfg(feature = "parallel")]
pub(crate) fn join<A: Send, B: Send>(one: impl FnOnce() -> A + Send, other: impl FnOnce() -> B + Send) -> (A, B) {
    if rayon::current_thread_index().is_some() { rayon::join(one, other) } else { (one(), other()) }
}

/// Does both.
#[cfg(not(feature = "parallel"))]
pub(crate) fn join<A: Send, B: Send>(one: impl FnOnce() -> A + Send, other: impl FnOnce() -> B + Send) -> (A, B) {
    (one(), other())
}
