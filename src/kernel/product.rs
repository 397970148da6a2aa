//! The matrix product.

use super::{Element, small};
use ndarray::ArrayRef2;

/// `c = a · b` for any layout of the three; a transposed view costs nothing.
///
/// # Panics
/// When the shapes do not fit.
#[allow(unsafe_code)]
pub(crate) fn matmul<F: Element>(a: &ArrayRef2<F>, b: &ArrayRef2<F>, c: &mut ArrayRef2<F>) {
    let (m, k) = a.dim();
    let n = b.ncols();
    assert_eq!((b.nrows(), c.dim()), (k, (m, n)), "matmul: shapes do not fit");
    if m * n * k == 0 {
        c.fill(F::zero());
        return;
    }
    if m * n * k <= small::LIMIT && small::matmul(a, b, c) {
        return;
    }
    let [a_rows, a_columns] = strides(a);
    let [b_rows, b_columns] = strides(b);
    let [c_rows, c_columns] = strides(c);
    // SAFETY: the three pointers and stride pairs describe the whole of arrays that live as long as this call, of the
    // shapes (m, k), (k, n) and (m, n) just checked; `c` is borrowed mutably, so it overlaps neither `a` nor `b`.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            c.as_mut_ptr(),
            c_columns,
            c_rows,
            false,
            a.as_ptr(),
            a_columns,
            a_rows,
            b.as_ptr(),
            b_columns,
            b_rows,
            F::zero(),
            F::one(),
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

fn strides<F>(matrix: &ArrayRef2<F>) -> [isize; 2] {
    let strides = matrix.strides();
    [strides[0], strides[1]]
}
