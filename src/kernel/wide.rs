//! Loops compiled twice: for any processor, and for one with AVX2 and fused multiply-add, chosen at run time.

use super::Element;
use super::vector::Vector;

/// What a processor can do.
pub trait Level {
    /// One register of numbers.
    type Vector<F: Element>: Vector<F>;

    /// a · b + c, rounded once where there is an instruction for it.
    fn multiply_add<F: Element>(a: F, b: F, c: F) -> F;
}

/// AVX2 and FMA.
#[cfg(target_arch = "x86_64")]
pub(super) struct Avx2;

#[cfg(target_arch = "x86_64")]
impl Level for Avx2 {
    type Vector<F: Element> = F::Avx2;

    #[inline(always)]
    fn multiply_add<F: Element>(a: F, b: F, c: F) -> F {
        a.mul_add(b, c)
    }
}

/// What every processor can do.
pub(super) struct Any;

impl Level for Any {
    type Vector<F: Element> = F::Array;

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

/// Runs the loop as wide as the processor can.
#[inline]
pub(super) fn wide<W: Work>(work: W) -> W::Output {
    #[cfg(test)]
    if super::tests::PORTABLE.get() {
        return work.run::<Any>();
    }
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2,fma")]
        unsafe fn with_avx2<W: Work>(work: W) -> W::Output {
            work.run::<Avx2>()
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            // SAFETY: the processor has both, as just seen.
            return unsafe { with_avx2(work) };
        }
    }
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
