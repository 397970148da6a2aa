//! Packs parts of a matrix: copies them in the order in which the tiles read them.

use super::super::simd::{Level, Scalar, SimdLoop, Vector, dispatch};
use super::operands::{Strided, panel_rows};

/// Copies `rows` x `depth` of `a`, whose rows are contiguous, one row after another.
///
/// # Safety
/// `a` must have these rows and columns, and `to` memory for all of them.
pub(super) unsafe fn pack_rows<F: Scalar>(a: Strided<F>, rows: usize, depth: usize, to: *mut F) {
    for row in 0..rows {
        // SAFETY: `depth` elements of a row of `a`, and as many of `to`.
        unsafe { to.add(row * depth).copy_from_nonoverlapping(a.at(row, 0).start, depth) };
    }
}

/// Packs `rows` x `depth` of `a` in row panels (see [`panel_rows`]), each column by column.
///
/// # Safety
/// `a` must have these rows and columns, and `to` memory for all of them.
pub(super) unsafe fn pack_row_panels<F: Scalar>(a: Strided<F>, rows: usize, depth: usize, to: *mut F) {
    dispatch(PackRowPanels { a, rows, depth, to });
}

struct PackRowPanels<F> {
    a: Strided<F>,
    rows: usize,
    depth: usize,
    to: *mut F,
}

impl<F: Scalar> SimdLoop for PackRowPanels<F> {
    type Output = ();

    #[inline(always)]
    fn run<L: Level>(self, _: L) {
        let Self { a, rows, depth, to } = self;
        for column in 0..depth {
            let mut first = 0;
            while first < rows {
                let (from, height) = (a.at(first, column), panel_rows(rows - first, false, L::TILE_ROWS));
                // SAFETY: only `pack_row_panels` makes one: `height` rows of a column below `depth`, and their elements
                // in the panel.
                unsafe {
                    let to = to.add(first * depth + column * height);
                    if height == L::TILE_ROWS && a.strides[0] == 1 {
                        to.copy_from_nonoverlapping(from.start, L::TILE_ROWS);
                    } else {
                        for row in 0..height {
                            *to.add(row) = *from.at(row, 0).start;
                        }
                    }
                }
                first += height;
            }
        }
    }
}

/// Packs `depth` x `columns` of `b` in column panels of two registers (NR columns), each row by row, with zeros in
/// place of the columns that the last panel lacks.
///
/// # Safety
/// `b` must have these rows and columns, and `to` memory for them with the columns rounded up to whole panels.
pub(super) unsafe fn pack_column_panels<F: Scalar>(b: Strided<F>, depth: usize, columns: usize, to: *mut F) {
    dispatch(PackColumnPanels { b, depth, columns, to });
}

struct PackColumnPanels<F> {
    b: Strided<F>,
    depth: usize,
    columns: usize,
    to: *mut F,
}

impl<F: Scalar> SimdLoop for PackColumnPanels<F> {
    type Output = ();

    #[inline(always)]
    fn run<L: Level>(self, level: L) {
        let Self { b, depth, columns, to } = self;
        let lanes = L::Vector::<F>::LANES;
        let width = 2 * lanes;
        let whole = columns - columns % width;
        // SAFETY: only `pack_column_panels` makes one: rows below `depth` and columns below `columns` of `b`, and their
        // elements in the panels.
        unsafe {
            match b.strides {
                [_, 1] => {
                    for row in 0..depth {
                        for column in (0..whole).step_by(width) {
                            let (from, to) = (b.at(row, column).start, to.add(column * depth + row * width));
                            L::Vector::load(level, from).store(to);
                            L::Vector::load(level, from.add(lanes)).store(to.add(lanes));
                        }
                    }
                }
                [1, _] => {
                    for column in (0..whole).step_by(width) {
                        transpose_panel::<F, L>(level, b.at(0, column), depth, to.add(column * depth));
                    }
                }
                _ => {
                    for column in (0..whole).step_by(width) {
                        pack_elements(b.at(0, column), depth, width, width, to.add(column * depth));
                    }
                }
            }
            if whole < columns {
                pack_elements(b.at(0, whole), depth, columns - whole, width, to.add(whole * depth));
            }
        }
    }
}

/// Packs one panel of this width, element by element.
///
/// # Safety
/// As for [`pack_column_panels`].
#[inline(always)]
unsafe fn pack_elements<F: Scalar>(b: Strided<F>, depth: usize, columns: usize, width: usize, to: *mut F) {
    for row in 0..depth {
        let from = b.at(row, 0);
        for column in 0..width {
            // SAFETY: reads the columns that exist, writes all.
            unsafe {
                let value = if column < columns { *from.at(0, column).start } else { F::zero() };
                *to.add(row * width + column) = value;
            }
        }
    }
}

/// Packs one whole panel, whose columns are contiguous, in squares of one register.
///
/// # Safety
/// As for [`pack_column_panels`].
#[inline(always)]
unsafe fn transpose_panel<F: Scalar, L: Level>(level: L, b: Strided<F>, depth: usize, to: *mut F) {
    let lanes = L::Vector::<F>::LANES;
    let (width, whole) = (2 * lanes, depth - depth % lanes);
    for row in (0..whole).step_by(lanes) {
        for column in (0..width).step_by(lanes) {
            let (from, to) = (b.at(row, column).start, to.wrapping_add(row * width + column));
            // SAFETY: a square of `b`, and its elements in the panel.
            unsafe { L::Vector::transpose(level, from, b.strides[1], to, width) };
        }
    }
    // SAFETY: the rows that are left.
    unsafe { pack_elements(b.at(whole, 0), depth - whole, width, width, to.add(whole * width)) };
}
