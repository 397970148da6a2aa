//! Copies of parts of a matrix in the order in which the innermost loop reads them.

use super::Element;
use super::tile::{ROWS, Strided};

/// Packs `rows` x `depth` of `a` in panels of six rows, column after column.
///
/// # Safety
/// `a` must have that many rows and columns, and `to` room for them with the rows rounded up to a multiple of six.
#[inline(always)]
pub(super) unsafe fn pack_rows<F: Element>(a: Strided<*const F>, rows: usize, depth: usize, to: *mut F) {
    let whole = rows - rows % ROWS;
    for column in 0..depth {
        for first in (0..rows).step_by(ROWS) {
            let from = a.at(first, column);
            let panel = to.wrapping_add(first * depth + column * ROWS);
            // SAFETY: rows below `rows` of a column below `depth`, and their places in the panel.
            unsafe {
                if first < whole && a.strides[0] == 1 {
                    *panel.cast::<[F; ROWS]>() = *from.start.cast::<[F; ROWS]>();
                } else {
                    for row in 0..ROWS.min(rows - first) {
                        *panel.add(row) = *from.at(row, 0).start;
                    }
                }
            }
        }
    }
}

/// Packs `depth` x `columns` of `b` as one strip of rows of `C` elements, with zeros where columns are missing.
///
/// # Safety
/// `b` must have that many rows and columns (at most `C`), and `to` room for `depth` rows of `C`.
#[inline(always)]
pub(super) unsafe fn pack_strip<F: Element, const C: usize>(
    b: Strided<*const F>,
    depth: usize,
    columns: usize,
    to: *mut F,
) {
    let strip = to.cast::<[F; C]>();
    // SAFETY: rows below `depth` and columns below `columns` of `b`, and their places in the strip.
    unsafe {
        if columns == C && b.strides[1] == 1 {
            for row in 0..depth {
                *strip.add(row) = *b.at(row, 0).start.cast::<[F; C]>();
            }
        } else if columns == C && b.strides[0] == 1 {
            transpose::<F, C>(b, depth, strip);
        } else {
            for row in 0..depth {
                let from = b.at(row, 0);
                let values =
                    std::array::from_fn(|column| if column < columns { *from.at(0, column).start } else { F::zero() });
                *strip.add(row) = values;
            }
        }
    }
}

/// `C` columns whose elements lie next to each other, eight rows at a time.
///
/// # Safety
/// As for [`pack_strip`].
#[inline(always)]
unsafe fn transpose<F: Element, const C: usize>(b: Strided<*const F>, depth: usize, strip: *mut [F; C]) {
    const DEEP: usize = 8;
    let whole = depth - depth % DEEP;
    for first in (0..whole).step_by(DEEP) {
        let mut square = [[F::zero(); C]; DEEP];
        for column in 0..C {
            // SAFETY: eight elements of a column, from a row that has seven more below `depth`.
            let values = unsafe { *b.at(first, column).start.cast::<[F; DEEP]>() };
            square.iter_mut().zip(values).for_each(|(row, value)| row[column] = value);
        }
        // SAFETY: eight rows of the strip.
        unsafe { *strip.add(first).cast::<[[F; C]; DEEP]>() = square };
    }
    for row in whole..depth {
        for column in 0..C {
            // SAFETY: one element of `b` and its place in the strip.
            unsafe { (*strip.add(row))[column] = *b.at(row, column).start };
        }
    }
}
