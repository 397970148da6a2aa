//! The product of small matrices, for which blocking and packing would take longer than the product: each matrix is
//! read in place.

use super::super::simd::{Level, Scalar, SimdLoop, dispatch, registers};
use super::super::tuning::{SMALL_COLUMN_MULTIPLICATIONS, SMALL_MULTIPLICATIONS};
use super::operands::{RowBlock, Size, Start, Strided, TileOutput};
use super::tile::{PanelProduct, last_whole_row, multiply_panel};

/// Returns whether a product takes this path: it is small and not empty, and the rows of `b` are contiguous.
#[inline(always)]
pub(super) fn is_small_product<F>(size: Size, b: Strided<F>) -> bool {
    let limit = if size.n == 1 { SMALL_COLUMN_MULTIPLICATIONS } else { SMALL_MULTIPLICATIONS };
    let multiplications = size.m * size.n * size.k;
    // Wraps for an empty product, which is then above the limit.
    multiplications.wrapping_sub(1) < limit && b.strides[1] == 1
}

/// Computes a small product: `c = start + a · b`, with `c` in standard layout.
///
/// # Safety
/// The matrices must have the shapes of `size`, a bias `n` elements, and `c` must be writable. The rows of `b` must be
/// contiguous.
#[inline(always)]
pub(super) unsafe fn multiply<F: Scalar>(size: Size, a: Strided<F>, b: Strided<F>, start: Start<F>, c: *mut F) {
    let Size { m, n, k } = size;
    if n == 1 {
        return dispatch(OneColumn { m, k, a, b, start, c });
    }
    let registers = registers::<F>();
    let lanes = registers.lanes;
    let mut column = 0;
    while column < n {
        let columns = if n - column > lanes { (n - column).min(2 * lanes) } else { n - column };
        let (b, b_stride) = (b.start.wrapping_add(column), b.strides[0]);
        let panel = PanelProduct {
            rows: m,
            depth: k,
            a: RowBlock::in_place(a),
            narrow: columns <= lanes,
            b,
            b_stride,
            b_whole: last_whole_row((b, b_stride), k, columns, registers),
            c: TileOutput { start: c.wrapping_add(column), stride: n, columns, from: start.at(column) },
        };
        // SAFETY: the caller's promise for these columns.
        unsafe { multiply_panel(&panel, registers) };
        column += columns;
    }
}

/// A product whose `b` is one column.
struct OneColumn<F> {
    m: usize,
    k: usize,
    a: Strided<F>,
    b: Strided<F>,
    start: Start<F>,
    c: *mut F,
}

impl<F: Scalar> SimdLoop for OneColumn<F> {
    type Output = ();

    #[inline(always)]
    fn run<L: Level>(self, level: L) {
        let Self { m, k, a, b, start, c } = self;
        // SAFETY: rows stay below m and columns below k; a bias has one element.
        unsafe {
            let first = if let Start::Bias(start) = start { *start } else { F::zero() };
            for row in 0..m {
                let (mut sum, mut a, mut b) = (first, a.at(row, 0), b);
                for _ in 0..k {
                    sum = level.multiply_add(*a.start, *b.start, sum);
                    (a, b) = (a.at(0, 1), b.at(1, 0));
                }
                *c.add(row) = sum;
            }
        }
    }
}
