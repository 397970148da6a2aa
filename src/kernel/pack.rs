//! Copies of parts of a matrix in the order in which the innermost loop reads them.

use super::Element;
use super::tile::{Strided, panel};
use super::vector::Vector;
use super::wide::Level;

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
pub(super) unsafe fn interleave_rows<F: Element, L: Level>(
    a: Strided<*const F>,
    rows: usize,
    depth: usize,
    to: *mut F,
) {
    for column in 0..depth {
        let mut first = 0;
        while first < rows {
            let (from, height) = (a.at(first, column), panel::<L>(rows - first, false));
            // SAFETY: `height` rows of a column below `depth`, and their places in the panel.
            unsafe {
                let place = to.add(first * depth + column * height);
                if height == L::ROWS && a.strides[0] == 1 {
                    place.copy_from_nonoverlapping(from.start, L::ROWS);
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

/// Packs `depth` x `columns` of `b` in strips of two registers of columns: in each, row after row, with zeros where columns are
/// missing.
///
/// # Safety
/// `b` must have that many rows and columns, and `to` room for them with the columns rounded up to whole strips. The processor
/// must have what `V` needs.
#[inline(always)]
pub(super) unsafe fn pack_strips<F: Element, V: Vector<F>>(
    b: Strided<*const F>,
    depth: usize,
    columns: usize,
    to: *mut F,
) {
    let width = 2 * V::LANES;
    let whole = columns - columns % width;
    // SAFETY: rows below `depth` and columns below `columns` of `b`, and their places in the strips.
    unsafe {
        match b.strides {
            [_, 1] => {
                for row in 0..depth {
                    for column in (0..whole).step_by(width) {
                        let (from, to) = (b.at(row, column).start, to.add(column * depth + row * width));
                        V::load(from).store(to);
                        V::load(from.add(V::LANES)).store(to.add(V::LANES));
                    }
                }
            }
            [1, _] => {
                for column in (0..whole).step_by(width) {
                    transpose::<F, V>(b.at(0, column), depth, to.add(column * depth));
                }
            }
            _ => {
                for column in (0..whole).step_by(width) {
                    pack_some(b.at(0, column), depth, width, width, to.add(column * depth));
                }
            }
        }
        if whole < columns {
            pack_some(b.at(0, whole), depth, columns - whole, width, to.add(whole * depth));
        }
    }
}

/// One strip of this width, element by element.
///
/// # Safety
/// As for [`pack_strips`].
#[inline(always)]
unsafe fn pack_some<F: Element>(b: Strided<*const F>, depth: usize, columns: usize, width: usize, to: *mut F) {
    for row in 0..depth {
        let from = b.at(row, 0);
        for column in 0..width {
            // SAFETY: columns that are there, and the places of all.
            unsafe {
                let value = if column < columns { *from.at(0, column).start } else { F::zero() };
                *to.add(row * width + column) = value;
            }
        }
    }
}

/// One strip of whole columns whose elements are contiguous, in squares.
///
/// # Safety
/// As for [`pack_strips`].
#[inline(always)]
unsafe fn transpose<F: Element, V: Vector<F>>(b: Strided<*const F>, depth: usize, to: *mut F) {
    let (width, whole) = (2 * V::LANES, depth - depth % V::LANES);
    for row in (0..whole).step_by(V::LANES) {
        for column in (0..width).step_by(V::LANES) {
            // SAFETY: a square of `b`, and its place.
            unsafe { V::transpose(b.at(row, column).start, b.strides[1], to.add(row * width + column), width) };
        }
    }
    // SAFETY: the rows that are left.
    unsafe { pack_some(b.at(whole, 0), depth - whole, width, width, to.add(whole * width)) };
}
