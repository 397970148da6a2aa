//! The product of small matrices, for which blocking and packing would take longer than the product: each matrix is
//! read in place.

use super::super::simd::{Level, Scalar, SimdLoop, dispatch, registers};
use super::super::tuning::{SMALL_COLUMN_MULTIPLICATIONS, SMALL_MULTIPLICATIONS};
use super::one_row;
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
        // Numbers one by one: a structure would be copied by wider loads than it was just stored by, which wait for
        // each other.
        let (a, [a_row, a_column]) = (a.start, a.strides);
        let (b, [b_row, _]) = (b.start, b.strides);
        return dispatch(OneColumn { m, k, a, a_row, a_column, b, b_row, start, c });
    }
    let registers = registers::<F>();
    let lanes = registers.lanes;
    if m == 1 && n > 2 * lanes && a.strides[1] == 1 && b.strides[0] >= n as isize {
        // SAFETY: the caller's promise, and the strides.
        return unsafe { one_row::multiply_small((k, n), a.start, b, start, c) };
    }
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
    a: *const F,
    a_row: isize,
    a_column: isize,
    b: *const F,
    b_row: isize,
    start: Start<F>,
    c: *mut F,
}

impl<F: Scalar> SimdLoop for OneColumn<F> {
    type Output = ();

    #[inline(always)]
    fn run<L: Level>(self, level: L) {
        let Self { m, k, a, a_row, a_column, b, b_row, start, c } = self;
        // SAFETY: rows stay below m and columns below k; a bias has one element.
        unsafe {
            let first = if let Start::Bias(start) = start { *start } else { F::zero() };
            for row in 0..m {
                let (mut sum, mut a, mut b) = (first, a.wrapping_offset(row as isize * a_row), b);
                for _ in 0..k {
                    sum = level.multiply_add(*a, *b, sum);
                    (a, b) = (a.wrapping_offset(a_column), b.wrapping_offset(b_row));
                }
                *c.add(row) = sum;
            }
        }
    }
}
