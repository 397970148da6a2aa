//! Runs a loop on the best level of the processor: portable, AVX2 with FMA, or AVX-512.

#[cfg(target_arch = "x86_64")]
use super::vector::{Avx2, Avx512};
use super::vector::{Level, Portable, Scalar, Vector};
#[cfg(target_arch = "x86_64")]
use std::sync::atomic::{AtomicU8, Ordering};

/// A loop that is compiled once for each level.
///
/// `run` and all it calls must be `#[inline(always)]`. A function that is not inlined is compiled without the
/// instructions of the level.
pub(in crate::kernel) trait SimdLoop {
    /// What the loop returns.
    type Output;

    /// Runs the loop on a level.
    fn run<L: Level>(self, level: L) -> Self::Output;
}

// The levels as numbers, the best last. Zero means not detected yet.
#[cfg(target_arch = "x86_64")]
const PORTABLE: u8 = 1;
#[cfg(target_arch = "x86_64")]
const AVX2: u8 = 2;
#[cfg(target_arch = "x86_64")]
const AVX512: u8 = 3;

#[cfg(test)]
thread_local! {
    /// The number of the best level that this thread may use: tests run every level.
    pub(in crate::kernel) static LEVEL_LIMIT: std::cell::Cell<u8> = const { std::cell::Cell::new(u8::MAX) };
}

/// Returns the number of the best level of this processor.
#[cfg(target_arch = "x86_64")]
#[inline]
fn level() -> u8 {
    static DETECTED: AtomicU8 = AtomicU8::new(0);

    #[cold]
    fn detect() -> u8 {
        use std::arch::is_x86_feature_detected as has;
        let avx2 = has!("avx2") && has!("fma");
        let avx512 = avx2 && has!("avx512f") && has!("avx512vl") && has!("avx512dq") && has!("avx512bw");
        let level = PORTABLE + u8::from(avx2) + u8::from(avx512);
        DETECTED.store(level, Ordering::Relaxed);
        level
    }
    let level = match DETECTED.load(Ordering::Relaxed) {
        0 => detect(),
        known => known,
    };
    #[cfg(test)]
    let level = level.min(LEVEL_LIMIT.get());
    level
}

/// Runs a loop on the best level of this processor.
#[inline]
pub(in crate::kernel) fn dispatch<W: SimdLoop>(work: W) -> W::Output {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2,fma")]
        #[inline(never)]
        fn run_avx2<W: SimdLoop>(work: W) -> W::Output {
            // SAFETY: this function has these features.
            work.run(unsafe { Avx2::new_unchecked() })
        }

        #[target_feature(enable = "avx2,fma,avx512f,avx512vl,avx512dq,avx512bw")]
        #[inline(never)]
        fn run_avx512<W: SimdLoop>(work: W) -> W::Output {
            // SAFETY: this function has these features.
            work.run(unsafe { Avx512::new_unchecked() })
        }

        match level() {
            // SAFETY: the features of the level were detected.
            AVX512 => return unsafe { run_avx512(work) },
            // SAFETY: the same.
            AVX2 => return unsafe { run_avx2(work) },
            _ => {}
        }
    }
    run_portable(work)
}

/// Runs a loop on the portable level. Out of line where there are other levels, so that it does not enlarge the stack
/// frame of the caller.
#[cfg_attr(target_arch = "x86_64", inline(never))]
fn run_portable<W: SimdLoop>(work: W) -> W::Output {
    work.run(Portable)
}

/// A closure over a plain loop.
struct PlainLoop<T>(T);

impl<R, T: FnOnce() -> R> SimdLoop for PlainLoop<T> {
    type Output = R;

    #[inline(always)]
    fn run<L: Level>(self, _: L) -> R {
        (self.0)()
    }
}

/// Runs a closure over a plain loop, which the compiler vectorizes for each level.
#[inline]
pub(crate) fn vectorize<R>(work: impl FnOnce() -> R) -> R {
    dispatch(PlainLoop(work))
}

/// The sizes of a level for one type, for code that is the same on every level.
#[derive(Debug, Clone, Copy)]
pub(in crate::kernel) struct Registers {
    /// Elements of a register.
    pub(in crate::kernel) lanes: usize,
    /// Elements of a short register, as many as `lanes` if the level has none.
    pub(in crate::kernel) short_lanes: usize,
}

impl Registers {
    /// Returns the lanes of the register for the last columns of a matrix: the short one if it is enough.
    #[inline(always)]
    pub(in crate::kernel) fn lanes_for(self, columns: usize) -> usize {
        if columns <= self.short_lanes { self.short_lanes } else { self.lanes }
    }

    const fn of<F: Scalar, L: Level>() -> Self {
        Self { lanes: L::Vector::<F>::LANES, short_lanes: L::Short::<F>::LANES }
    }
}

/// Returns the sizes of the best level of this processor.
#[inline]
pub(in crate::kernel) fn registers<F: Scalar>() -> Registers {
    #[cfg(target_arch = "x86_64")]
    match level() {
        AVX512 => return const { Registers::of::<F, Avx512>() },
        AVX2 => return const { Registers::of::<F, Avx2>() },
        _ => {}
    }
    const { Registers::of::<F, Portable>() }
}
