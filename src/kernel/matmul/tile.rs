//! The micro-kernel of the matrix product: a tile of a few rows and one or two registers of columns, whose sums stay in
//! registers.

use super::super::simd::{Level, Registers, Scalar, SimdLoop, Vector, dispatch};
use super::super::tuning::{CACHE_LINE, PREFETCH_BYTES};
use super::operands::{RowBlock, Start, Strided, TileOutput, panel_rows, reload};

/// All rows of a block of `a` times one column panel of `b`, which is up to two registers wide.
///
/// # Safety
/// Whoever makes one for [`multiply_panel`] promises: `a` has `rows` rows and `depth` columns; `b` has `depth` rows
/// with the columns of `c`, contiguous in each row, and whole registers can be read from rows that start up to
/// `b_whole`; `c` is writable.
#[derive(Debug, Clone, Copy)]
pub(super) struct PanelProduct<F> {
    pub(super) rows: usize,
    pub(super) depth: usize,
    pub(super) a: RowBlock<F>,
    /// Whether all of `b` is at most one register wide; see [`panel_rows`].
    pub(super) narrow: bool,
    /// The first row of `b`, and elements from one row to the next.
    pub(super) b: *const F,
    pub(super) b_stride: isize,
    /// The last address of a row of `b` that can be read in whole registers; see [`last_whole_row`].
    pub(super) b_whole: *const F,
    pub(super) c: TileOutput<F>,
}

/// Computes the product of a column panel, with as many registers as its columns need.
///
/// # Safety
/// As [`PanelProduct`] says; there are at most two registers of columns.
#[inline(always)]
pub(super) unsafe fn multiply_panel<F: Scalar>(panel: &PanelProduct<F>, registers: Registers) {
    match panel.c.columns {
        columns if columns > registers.lanes => dispatch(TwoRegisters(panel)),
        columns if registers.lanes_for(columns) < registers.lanes => dispatch(ShortRegister(panel)),
        _ => dispatch(OneRegister(panel)),
    }
}

/// Returns the last address from which a row of `b`, with `depth` rows of this many columns, can be read in whole
/// registers of the length that its columns need. Behind the last column the register reads the next rows, which is
/// harmless if the matrix has no other columns.
#[inline(always)]
pub(super) fn last_whole_row<F>(
    (b, stride): (*const F, isize),
    depth: usize,
    columns: usize,
    registers: Registers,
) -> *const F {
    let lanes = registers.lanes_for(columns);
    if columns >= lanes {
        all_rows()
    } else if stride == columns as isize && depth * columns >= lanes {
        b.wrapping_add(depth * columns - lanes)
    } else {
        std::ptr::null()
    }
}

/// Returns the address for [`PanelProduct::b_whole`] if all rows of `b` can be read in whole registers.
#[inline(always)]
pub(super) fn all_rows<F>() -> *const F {
    std::ptr::without_provenance(usize::MAX)
}

struct TwoRegisters<'a, F>(&'a PanelProduct<F>);

impl<F: Scalar> SimdLoop for TwoRegisters<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<L: Level>(self, level: L) {
        // SAFETY: only `multiply_panel` makes one, whose caller promises this.
        unsafe { multiply_rows::<F, L, L::Vector<F>, 2>(level, self.0) };
    }
}

struct OneRegister<'a, F>(&'a PanelProduct<F>);

impl<F: Scalar> SimdLoop for OneRegister<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<L: Level>(self, level: L) {
        // SAFETY: as for two registers.
        unsafe { multiply_rows::<F, L, L::Vector<F>, 1>(level, self.0) };
    }
}

struct ShortRegister<'a, F>(&'a PanelProduct<F>);

impl<F: Scalar> SimdLoop for ShortRegister<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<L: Level>(self, level: L) {
        // Not compiled where `multiply_panel` never comes.
        if const { L::Short::<F>::LANES < L::Vector::<F>::LANES } {
            // SAFETY: as for two registers.
            unsafe { multiply_rows::<F, L, L::Short<F>, 1>(level.short(), self.0) };
        }
    }
}

/// Computes the tiles of a column panel one below the other.
///
/// # Safety
/// As [`PanelProduct`] says.
#[inline(always)]
unsafe fn multiply_rows<F: Scalar, L: Level, V: Vector<F>, const N: usize>(level: V::Level, panel: &PanelProduct<F>) {
    let &PanelProduct { rows: count, depth, narrow, b, b_stride, b_whole, .. } = panel;
    let (b, TileOutput { columns, from, .. }) = ((b, b_stride), panel.c);
    let far = count * panel.c.stride * size_of::<F>() > PREFETCH_BYTES;
    let mut row = 0;
    while row < count {
        let rows = panel_rows(count - row, narrow, L::TILE_ROWS);
        let stride = reload(&panel.c.stride);
        let c = TileOutput { start: panel.c.start.wrapping_add(row * stride), stride, columns, from };
        if far {
            prefetch(c, rows);
        }
        let a = panel.a.panel(row, rows);
        // SAFETY: the caller's promise for these rows.
        unsafe {
            match rows {
                12 if L::TILE_ROWS >= 12 => tile::<F, V, 12, N>(level, depth, a, b, b_whole, c),
                8 if L::TILE_ROWS >= 8 || N == 1 => tile::<F, V, 8, N>(level, depth, a, b, b_whole, c),
                6 => tile::<F, V, 6, N>(level, depth, a, b, b_whole, c),
                5 => tile::<F, V, 5, N>(level, depth, a, b, b_whole, c),
                4 => tile::<F, V, 4, N>(level, depth, a, b, b_whole, c),
                3 => tile::<F, V, 3, N>(level, depth, a, b, b_whole, c),
                2 => tile::<F, V, 2, N>(level, depth, a, b, b_whole, c),
                _ => tile::<F, V, 1, N>(level, depth, a, b, b_whole, c),
            }
        }
        row += rows;
    }
}

/// Prefetches the cache lines of a tile, which will be written when its sums are done.
#[inline(always)]
fn prefetch<F: Scalar>(c: TileOutput<F>, rows: usize) {
    #[cfg(target_arch = "x86_64")]
    for row in 0..rows {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let start = c.start.wrapping_add(row * c.stride).cast_const().cast::<i8>();
        for line in (0..c.columns * size_of::<F>()).step_by(CACHE_LINE) {
            // SAFETY: a hint, which reads nothing.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(start.wrapping_add(line)) };
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (c, rows, CACHE_LINE);
}

/// Repeats a block for each row, written out, so that the sums of each row stay in registers: the compiler does not
/// always unroll a loop. Rows from `R` on are not compiled.
macro_rules! each_row {
    ($row:ident < $rows:ident => $body:block) => {
        each_row!($row < $rows => $body; 0 1 2 3 4 5 6 7 8 9 10 11)
    };
    ($row:ident < $rows:ident => $body:block; $($number:literal)*) => {
        $(
            if const { $number < $rows } {
                let $row: usize = const { if $number < $rows { $number } else { 0 } };
                $body
            }
        )*
    };
}

/// Computes `R` rows and `N` registers of columns of a product over a depth of `k`. The columns of `c` may end within
/// the last register, but reach into it.
///
/// # Safety
/// `a` must have `R` rows and `k` columns. `b` must have `k` rows with the columns of `c`, contiguous in each row, and
/// whole registers must be readable from rows that start up to `b_whole`. `c` must be writable.
// Indices, because the compiler keeps arrays in registers in such loops, and with iterators not always.
#[inline(always)]
#[allow(clippy::needless_range_loop)]
pub(super) unsafe fn tile<F: Scalar, V: Vector<F>, const R: usize, const N: usize>(
    level: V::Level,
    k: usize,
    a: Strided<F>,
    (b, b_stride): (*const F, isize),
    b_whole: *const F,
    c: TileOutput<F>,
) {
    // The last of several registers ends with the last column and may share columns with the one before, whose sums are
    // then the same in both: whole registers are read and written faster than parts.
    let mut starts = [0; N];
    for vector in 0..N {
        starts[vector] = if N > 1 && vector == N - 1 { c.columns - V::LANES } else { vector * V::LANES };
    }
    let partial = N == 1 && c.columns < V::LANES;
    // SAFETY: `column` stays below k in each row of `a`, and `b_row` is one of the k rows of `b`; the registers start
    // within the columns of `c` and end with them or are read and written in part.
    unsafe {
        let mut sums = [[V::splat(level, F::zero()); N]; R];
        if let Start::Bias(start) = c.from {
            let mut row = sums[0];
            for vector in 0..N {
                row[vector] = match partial {
                    true => V::load_some(level, start, c.columns),
                    false => V::load(level, start.add(starts[vector])),
                };
            }
            sums = [row; R];
        }
        let mut rows = [a.start; R];
        each_row!(row < R => { rows[row] = a.at(row, 0).start; });
        let (mut column, mut b_row) = (0, b);
        let mut values = sums[0];
        for _ in 0..k {
            for vector in 0..N {
                values[vector] = match N == 1 && b_row > b_whole {
                    true => V::load_some(level, b_row, c.columns),
                    false => V::load(level, b_row.add(starts[vector])),
                };
            }
            each_row!(row < R => {
                let factor = V::splat(level, *rows[row].offset(column));
                for vector in 0..N {
                    sums[row][vector] = sums[row][vector].add_product(factor, values[vector]);
                }
            });
            column += a.strides[1];
            b_row = b_row.wrapping_offset(b_stride);
        }
        let accumulate = matches!(c.from, Start::Accumulate);
        each_row!(row < R => {
            let to = c.start.add(row * c.stride);
            if partial {
                let sum = sums[row][0];
                let sum = if accumulate { sum.add(V::load_some(level, to, c.columns)) } else { sum };
                sum.store_some(to, c.columns);
            } else {
                if accumulate {
                    for vector in 0..N {
                        sums[row][vector] = sums[row][vector].add(V::load(level, to.add(starts[vector])));
                    }
                }
                for vector in 0..N {
                    sums[row][vector].store(to.add(starts[vector]));
                }
            }
        });
    }
}
