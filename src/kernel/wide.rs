//! Loops compiled three times: for any processor, for one with AVX2 and FMA, and for one with AVX-512, chosen at run time.

use super::Element;
use super::vector::Vector;
#[cfg(target_arch = "x86_64")]
use std::sync::atomic::{AtomicU8, Ordering};

/// What a processor can do.
pub trait Level {
    /// One register of numbers.
    type Vector<F: Element>: Vector<F>;

    /// A shorter one, for what does not fill the other, where there is one.
    type Short<F: Element>: Vector<F>;

    /// Rows of the largest tile of a matrix product, two registers wide, whose sums the registers have room for.
    const ROWS: usize;

    /// a · b + c, rounded once where there is an instruction for it.
    #[inline(always)]
    fn multiply_add<F: Element>(a: F, b: F, c: F) -> F {
        a.mul_add(b, c)
    }
}

/// AVX2 and FMA.
#[cfg(target_arch = "x86_64")]
pub(super) struct Avx2;

#[cfg(target_arch = "x86_64")]
impl Level for Avx2 {
    type Vector<F: Element> = F::Avx2;
    type Short<F: Element> = F::HalfAvx2;
    const ROWS: usize = 6;
}

/// AVX-512, as every processor with it for numbers of all sizes has it.
#[cfg(target_arch = "x86_64")]
pub(super) struct Avx512;

#[cfg(target_arch = "x86_64")]
impl Level for Avx512 {
    type Vector<F: Element> = F::Avx512;
    type Short<F: Element> = F::Avx2;
    const ROWS: usize = 12;
}

/// What every processor can do.
pub(super) struct Any;

impl Level for Any {
    type Vector<F: Element> = F::Array;
    type Short<F: Element> = F::Array;
    const ROWS: usize = 6;

    #[inline(always)]
    fn multiply_add<F: Element>(a: F, b: F, c: F) -> F {
        if cfg!(target_arch = "aarch64") { a.mul_add(b, c) } else { a * b + c }
    }
}

/// A loop. `run` and all it calls must be `#[inline(always)]`, or it is compiled for any processor alone.
pub(super) trait Work {
    type Output;
    fn run<L: Level>(self) -> Self::Output;
}

/// The levels, the best last; below them, that it is not known yet.
#[cfg(target_arch = "x86_64")]
const ANY: u8 = 1;
#[cfg(target_arch = "x86_64")]
const AVX2: u8 = 2;
#[cfg(target_arch = "x86_64")]
const AVX512: u8 = 3;

/// The best level this processor has.
#[cfg(target_arch = "x86_64")]
#[inline]
fn best() -> u8 {
    static BEST: AtomicU8 = AtomicU8::new(0);

    #[cold]
    fn found() -> u8 {
        use std::arch::is_x86_feature_detected as has;
        let avx2 = has!("avx2") && has!("fma");
        let avx512 = avx2 && has!("avx512f") && has!("avx512vl") && has!("avx512dq") && has!("avx512bw");
        let best = ANY + u8::from(avx2) + u8::from(avx512);
        BEST.store(best, Ordering::Relaxed);
        best
    }
    let best = match BEST.load(Ordering::Relaxed) {
        0 => found(),
        known => known,
    };
    #[cfg(test)]
    let best = best.min(super::tests::LEVEL.get());
    best
}

/// Runs the loop as wide as the processor can.
#[inline]
pub(super) fn wide<W: Work>(work: W) -> W::Output {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2,fma")]
        unsafe fn with_avx2<W: Work>(work: W) -> W::Output {
            work.run::<Avx2>()
        }
        #[target_feature(enable = "avx2,fma,avx512f,avx512vl,avx512dq,avx512bw")]
        unsafe fn with_avx512<W: Work>(work: W) -> W::Output {
            work.run::<Avx512>()
        }
        match best() {
            // SAFETY: the processor has what the level stands for.
            AVX512 => return unsafe { with_avx512(work) },
            // SAFETY: the same.
            AVX2 => return unsafe { with_avx2(work) },
            _ => {}
        }
    }
    with_any(work)
}

/// Where there are other levels not part of its caller, which would make room for all its variables whatever the processor.
#[cfg_attr(target_arch = "x86_64", inline(never))]
fn with_any<W: Work>(work: W) -> W::Output {
    work.run::<Any>()
}

/// A loop without multiply-add, as a closure.
struct Plain<T>(T);

impl<R, T: FnOnce() -> R> Work for Plain<T> {
    type Output = R;

    #[inline(always)]
    fn run<L: Level>(self) -> R {
        (self.0)()
    }
}

/// The same for a closure over a plain loop, which the compiler makes wide.
#[inline]
pub(crate) fn widely<R>(work: impl FnOnce() -> R) -> R {
    wide(Plain(work))
}
