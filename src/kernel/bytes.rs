//! Numbers as the bytes they are made of, for messages and files.

use super::Element;

/// Returns the bytes of the numbers, in the order of the processor.
#[inline]
pub(crate) fn as_bytes<F: Element>(values: &[F]) -> &[u8] {
    // SAFETY: `Element` is implemented for f32 and f64 alone, which have no padding, so each of the `size_of_val` bytes
    // is initialized; u8 has no alignment; the lifetime and the shared borrow are those of `values`.
    unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), size_of_val(values)) }
}

/// Returns the bytes of the numbers, in the order of the processor, to be written.
#[inline]
pub(crate) fn as_bytes_mut<F: Element>(values: &mut [F]) -> &mut [u8] {
    // SAFETY: as in `as_bytes`; the borrow is as exclusive as that of `values`, and each pattern of bits that may be
    // written is a number of type f32 or f64 (a NaN, perhaps).
    unsafe { std::slice::from_raw_parts_mut(values.as_mut_ptr().cast(), size_of_val(values)) }
}

/// Numbers whose type has become known.
#[derive(Debug)]
pub enum Numbers<'a> {
    F32(&'a mut [f32]),
    F64(&'a mut [f64]),
}
