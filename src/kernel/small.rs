//! The matrix product of small matrices, where a general product spends its time on getting ready.

use super::Element;
use ndarray::ArrayRef2;

/// Multiplications up to which plain loops are the faster way.
pub(super) const LIMIT: usize = 64;

/// Whether the rows of `b`, or those of `a` and the columns of `b`, are contiguous.
pub(super) fn can<F>(a: &ArrayRef2<F>, b: &ArrayRef2<F>) -> bool {
    b.is_standard_layout() || a.is_standard_layout() && b.t().is_standard_layout()
}

/// `c += a · b`, when it [`can`] be done.
pub(super) fn add_product<F: Element>(a: &ArrayRef2<F>, b: &ArrayRef2<F>, c: &mut [F]) {
    let (k, n) = b.dim();
    if let Some(b) = b.as_slice() {
        for (row, sums) in c.chunks_exact_mut(n).enumerate() {
            for (&factor, values) in a.row(row).iter().zip(b.chunks_exact(n)) {
                for (sum, &value) in sums.iter_mut().zip(values) {
                    *sum += factor * value;
                }
            }
        }
    } else if let (Some(a), Some(b)) = (a.as_slice(), b.t().to_slice()) {
        for (row, sums) in a.chunks_exact(k).zip(c.chunks_exact_mut(n)) {
            for (sum, column) in sums.iter_mut().zip(b.chunks_exact(k)) {
                *sum = row.iter().zip(column).fold(*sum, |sum, (&x, &y)| sum + x * y);
            }
        }
    }
}
