//! The matrix product of small matrices, where a general product spends its time on getting ready.

use super::Element;
use ndarray::ArrayRef2;

/// Multiplications up to which plain loops are the faster way.
pub(super) const LIMIT: usize = 64;

/// `c = a · b`, when the rows or the columns of `b` lie contiguous; false when they do not.
pub(super) fn matmul<F: Element>(a: &ArrayRef2<F>, b: &ArrayRef2<F>, c: &mut [F]) -> bool {
    let (m, n) = (a.nrows(), b.ncols());
    if let Some(b) = b.as_slice() {
        for (row, sums) in c.chunks_exact_mut(n).enumerate() {
            sums.fill(F::zero());
            for (&factor, values) in a.row(row).iter().zip(b.chunks_exact(n)) {
                for (sum, &value) in sums.iter_mut().zip(values) {
                    *sum += factor * value;
                }
            }
        }
        return true;
    }
    let (Some(a), Some(b)) = (a.as_slice(), b.t().to_slice()) else { return false };
    let k = a.len() / m;
    for (row, sums) in a.chunks_exact(k).zip(c.chunks_exact_mut(n)) {
        for (sum, column) in sums.iter_mut().zip(b.chunks_exact(k)) {
            *sum = row.iter().zip(column).fold(F::zero(), |sum, (&x, &y)| sum + x * y);
        }
    }
    true
}
