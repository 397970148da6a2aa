//! Copies of parts of a matrix in the order in which the innermost loop reads them.

use super::Element;
use super::product::panel;
use super::tile::{ROWS, Strided};
use super::vector::Vector;

/// Copies `rows` x `depth` of `a`, whose rows are contiguous, one row after another.
///
/// # Safety
/// `a` must have that many rows and columns, and `to` room for them.
#[inline(always)]
pub(super) unsafe fn copy_rows<F: Element>(a: Strided<*const F>, rows: usize, depth: usize, to: *mut F) {
    for row in 0..rows {
        // SAFETY: `depth` elements of a row of `a`, and their places.
        unsafe { to.add(row * depth).copy_from_nonoverlapping(a.at(row, 0).start, depth) };
    }
}

/// Packs `rows` x `depth` of `a` in panels of a few rows (see [`panel`]), column after column.
///
/// # Safety
/// `a` must have that many rows and columns, and `to` room for them.
#[inline(always)]
pub(super) unsafe fn interleave_rows<F: Element>(a: Strided<*const F>, rows: usize, depth: usize, to: *mut F) {
    for column in 0..depth {
        let mut first = 0;
        while first < rows {
            let (from, height) = (a.at(first, column), panel(rows - first));
            // SAFETY: `height` rows of a column below `depth`, and their places in the panel.
            unsafe {
                let place = to.add(first * depth + column * height);
                if height == ROWS && a.strides[0] == 1 {
                    *place.cast::<[F; ROWS]>() = *from.start.cast::<[F; ROWS]>();
                } else {
                    for row in 0..height {
                        *place.add(row) = *from.at(row, 0).start;
                    }
                }
            }
            first += height;
        }
    }
}

/// Packs `depth` x `columns` of `b` in strips of `C` columns: in each, row after row, with zeros where columns are missing.
///
/// # Safety
/// `b` must have that many rows and columns, and `to` room for them with the columns rounded up to a multiple of `C`. The
/// processor must have what `V` needs.
#[inline(always)]
pub(super) unsafe fn pack_strips<F: Element, V: Vector<F>, const C: usize>(
    b: Strided<*const F>,
    depth: usize,
    columns: usize,
    to: *mut F,
) {
    let whole = columns - columns % C;
    // SAFETY: rows below `depth` and columns below `columns` of `b`, and their places in the strips.
    unsafe {
        match b.strides {
            [_, 1] => {
                for row in 0..depth {
                    for column in (0..whole).step_by(C) {
                        let from = b.at(row, column).start.cast::<[F; C]>();
                        *to.add(column * depth + row * C).cast::<[F; C]>() = *from;
                    }
                }
            }
            [1, _] => (0..whole).step_by(C).for_each(|column| {
                transpose::<F, V, C>(b.at(0, column), depth, to.add(column * depth));
            }),
            _ => (0..whole)
                .step_by(C)
                .for_each(|column| pack_some::<F, C>(b.at(0, column), depth, C, to.add(column * depth))),
        }
        if whole < columns {
            pack_some::<F, C>(b.at(0, whole), depth, columns - whole, to.add(whole * depth));
        }
    }
}

/// One strip, element by element.
///
/// # Safety
/// As for [`pack_strips`].
#[inline(always)]
unsafe fn pack_some<F: Element, const C: usize>(b: Strided<*const F>, depth: usize, columns: usize, to: *mut F) {
    for row in 0..depth {
        let (from, to) = (b.at(row, 0), to.wrapping_add(row * C).cast::<[F; C]>());
        // SAFETY: columns that are there, and the places of all.
        unsafe {
            *to = std::array::from_fn(|column| if column < columns { *from.at(0, column).start } else { F::zero() });
        }
    }
}

/// One strip of whole columns whose elements are contiguous, in squares.
///
/// # Safety
/// As for [`pack_strips`].
#[inline(always)]
unsafe fn transpose<F: Element, V: Vector<F>, const C: usize>(b: Strided<*const F>, depth: usize, to: *mut F) {
    let whole = depth - depth % F::LANES;
    for row in (0..whole).step_by(F::LANES) {
        for column in (0..C).step_by(F::LANES) {
            // SAFETY: a square of `b`, and its place.
            unsafe { V::transpose(b.at(row, column).start, b.strides[1], to.add(row * C + column), C) };
        }
    }
    // SAFETY: the rows that are left.
    unsafe { pack_some::<F, C>(b.at(whole, 0), depth - whole, C, to.add(whole * C)) };
}
