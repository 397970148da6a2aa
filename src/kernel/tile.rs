//! The innermost loop of the matrix product: a few rows of `a` times a few columns of `b`, in registers.

use super::Element;
use super::vector::Vector;
use super::wide::Level;

/// A matrix somewhere in memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Strided<T> {
    pub(super) start: T,
    /// From one row to the next, and from one column to the next.
    pub(super) strides: [isize; 2],
}

impl<F> Strided<*const F> {
    /// From another row and column on.
    #[inline(always)]
    pub(super) fn at(self, row: usize, column: usize) -> Self {
        let offset = row as isize * self.strides[0] + column as isize * self.strides[1];
        Self { start: self.start.wrapping_offset(offset), ..self }
    }
}

/// Some rows of `a`, in the order in which they are read.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rows<F> {
    Strided(Strided<*const F>),
    /// Panels of a few rows each, column after column.
    Interleaved {
        start: *const F,
        depth: usize,
    },
}

impl<F> Rows<F> {
    /// The panel of this many rows.
    #[inline(always)]
    pub(super) fn at(self, row: usize, rows: usize) -> Strided<*const F> {
        match self {
            Self::Strided(a) => a.at(row, 0),
            Self::Interleaved { start, depth } => {
                Strided { start: start.wrapping_add(row * depth), strides: [1, rows as isize] }
            }
        }
    }
}

/// What the sums of a tile start from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Start<F> {
    Zero,
    /// The same numbers in each row.
    Row(*const F),
    /// What is there already.
    There,
}

impl<F> Start<F> {
    /// From another column on.
    #[inline(always)]
    pub(super) fn at(self, column: usize) -> Self {
        match self {
            Self::Row(start) => Self::Row(start.wrapping_add(column)),
            other => other,
        }
    }
}

/// Where a tile of the product goes: the first element, the length of a row, and the columns that are there.
#[derive(Clone, Copy)]
pub(super) struct Place<F> {
    pub(super) start: *mut F,
    pub(super) stride: usize,
    pub(super) columns: usize,
    pub(super) from: Start<F>,
}

/// Rows that are taken in [`panel`]s.
#[derive(Clone, Copy)]
pub(super) struct AllRows<F> {
    pub(super) a: Rows<F>,
    pub(super) count: usize,
    /// Whether `b` has no more columns than a vector.
    pub(super) narrow: bool,
}

/// All rows of `a` times `N` vectors of columns of `b`: a [`tile`] for each panel, the first of which goes to `place`.
///
/// # Safety
/// As for [`tile`], for all rows.
#[inline(always)]
pub(super) unsafe fn strip<F: Element, L: Level, V: Vector<F>, const N: usize, const PARTIAL: bool>(
    rows: AllRows<F>,
    k: usize,
    b: Strided<*const F>,
    place: Place<F>,
) {
    /// Bytes of a product that are in an L1 cache anyway.
    const NEAR: usize = 1 << 15;
    let AllRows { a, count, narrow } = rows;
    let far = count * place.stride * size_of::<F>() > NEAR;
    let mut row = 0;
    while row < count {
        let rows = panel::<L>(count - row, narrow);
        let place = Place { start: place.start.wrapping_add(row * place.stride), ..place };
        if far {
            prefetch(place, rows);
        }
        // SAFETY: the caller's promise, handed on.
        unsafe { tile::<F, L, V, N, PARTIAL>(rows, k, a.at(row, rows), b, place) };
        row += rows;
    }
}

/// Rows of the next tile when so many are left: as many as there can be, but such that the last ones are not too few to keep
/// the units busy. Where `b` has no more columns than a vector there is room for the sums of more.
#[inline(always)]
pub(super) fn panel<L: Level>(left: usize, narrow: bool) -> usize {
    match left {
        8.. if narrow && L::ROWS == 6 => 8,
        7..=9 if L::ROWS == 6 => left.div_ceil(2),
        20.. | 12 => L::ROWS,
        8.. if L::ROWS > 8 => 8,
        _ => left.min(6),
    }
}

/// Asks for the lines of a tile that will be written when its sums are done.
#[inline(always)]
fn prefetch<F: Element>(place: Place<F>, rows: usize) {
    #[cfg(target_arch = "x86_64")]
    for row in 0..rows {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let start = place.start.wrapping_add(row * place.stride).cast_const().cast::<i8>();
        for line in (0..place.columns * size_of::<F>()).step_by(64) {
            // SAFETY: a hint, which reads nothing.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(start.wrapping_add(line)) };
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (place, rows);
}

/// `rows` rows of `a`, as many as a [`panel`] has, times `N` vectors of columns of `b`, whose rows are
/// contiguous, over a depth of `k`. If it is `PARTIAL`, `place` may have fewer columns than the last vector reaches, and `b` too.
///
/// # Safety
/// `a` must have `rows` rows and `k` columns, `b` must have `k` rows of `N` vectors, or of the columns of `place` if it is
/// `PARTIAL`, and `place` must be writable. There must be more columns than in all but the last vector. The processor must have
/// what `L` and `V` need.
#[inline(always)]
pub(super) unsafe fn tile<F: Element, L: Level, V: Vector<F>, const N: usize, const PARTIAL: bool>(
    rows: usize,
    k: usize,
    a: Strided<*const F>,
    b: Strided<*const F>,
    place: Place<F>,
) {
    // SAFETY: the caller's promise, handed on.
    unsafe {
        match rows {
            12 if L::ROWS >= 12 => exactly::<F, V, 12, N, PARTIAL>(k, a, b, place),
            8 if L::ROWS >= 8 || N == 1 => exactly::<F, V, 8, N, PARTIAL>(k, a, b, place),
            6 => exactly::<F, V, 6, N, PARTIAL>(k, a, b, place),
            5 => exactly::<F, V, 5, N, PARTIAL>(k, a, b, place),
            4 => exactly::<F, V, 4, N, PARTIAL>(k, a, b, place),
            3 => exactly::<F, V, 3, N, PARTIAL>(k, a, b, place),
            2 => exactly::<F, V, 2, N, PARTIAL>(k, a, b, place),
            _ => exactly::<F, V, 1, N, PARTIAL>(k, a, b, place),
        }
    }
}

/// Something for each row, written out, so that every row has registers of its own. A loop is not always unrolled.
macro_rules! each_row {
    ($row:ident < $rows:expr => $body:block) => {
        each_row!($row < $rows => $body; 0 1 2 3 4 5 6 7 8 9 10 11)
    };
    ($row:ident < $rows:expr => $body:block; $($number:literal)*) => {
        $({
            let $row: usize = $number;
            if $row < $rows $body
        })*
    };
}

/// As [`tile`], for `R` rows.
///
/// # Safety
/// As for [`tile`].
// Indices, because the compiler turns such loops into registers and iterators over arrays not always.
#[inline(always)]
#[allow(clippy::needless_range_loop)]
pub(super) unsafe fn exactly<F: Element, V: Vector<F>, const R: usize, const N: usize, const PARTIAL: bool>(
    k: usize,
    a: Strided<*const F>,
    b: Strided<*const F>,
    place: Place<F>,
) {
    // Where each vector of columns starts. The last of several ends with the last column and may share some with the one before,
    // which come out the same in both: whole vectors are read and written faster than parts of them.
    let starts: [usize; N] = std::array::from_fn(|vector| match PARTIAL && N > 1 && vector == N - 1 {
        true => place.columns - V::LANES,
        false => vector * V::LANES,
    });
    // Rows of b from which a whole vector can be read: past the columns come, in a matrix that has no others, those of the next
    // rows, which do no harm there.
    let whole = match (PARTIAL && N == 1 && place.columns < V::LANES, b.strides[0] == place.columns as isize) {
        (false, _) => k,
        (true, true) => (k + 1).saturating_sub(V::LANES.div_ceil(place.columns)),
        (true, false) => 0,
    };
    // SAFETY: the processor has what V needs; `column` is below k columns of each row of `a`, and `b` at one of its k rows
    // of N vectors, of which the last may be partial; the sums of all columns go to R rows of them.
    unsafe {
        let read = |from: *const F, vector: usize, some: bool| match some {
            true => V::load_some(from, place.columns),
            false => V::load(from.add(starts[vector])),
        };
        let mut sums = [[V::splat(F::zero()); N]; R];
        if let Start::Row(start) = place.from {
            let row: [V; N] = std::array::from_fn(|vector| read(start, vector, place.columns < V::LANES));
            sums = [row; R];
        }
        let rows: [*const F; R] = std::array::from_fn(|row| a.at(row, 0).start);
        let (mut column, mut b_row) = (0, b.start);
        for row in 0..k {
            let values: [V; N] = std::array::from_fn(|vector| read(b_row, vector, PARTIAL && N == 1 && row >= whole));
            each_row!(row < R => {
                let factor = V::splat(*rows[row].offset(column));
                for vector in 0..N {
                    sums[row][vector] = sums[row][vector].add_product(factor, values[vector]);
                }
            });
            column += a.strides[1];
            b_row = b_row.wrapping_offset(b.strides[0]);
        }
        let add = matches!(place.from, Start::There);
        each_row!(row < R => {
            let to = place.start.add(row * place.stride);
            if place.columns < V::LANES {
                write_some(sums[row][0], to, place.columns, add);
            } else {
                if add {
                    for vector in 0..N {
                        sums[row][vector] = sums[row][vector].add(V::load(to.add(starts[vector])));
                    }
                }
                for vector in 0..N {
                    sums[row][vector].store(to.add(starts[vector]));
                }
            }
        });
    }
}

/// Writes the first columns of one vector.
///
/// # Safety
/// As many elements as there are columns must be writable, and the processor must have what `V` needs.
#[inline(always)]
unsafe fn write_some<F: Element, V: Vector<F>>(sum: V, to: *mut F, columns: usize, add: bool) {
    // SAFETY: the caller's promise.
    unsafe {
        let sum = if add { sum.add(V::load_some(to, columns)) } else { sum };
        sum.store_some(to, columns);
    }
}
