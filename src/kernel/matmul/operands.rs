//! What a matrix product is made of: its size, its matrices in memory, and where its sums start.

/// The sizes of a product: `a` is (m, k), `b` is (k, n), `c` is (m, n).
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) m: usize,
    pub(super) n: usize,
    pub(super) k: usize,
}

/// A matrix in memory, of any layout.
#[derive(Debug, Clone, Copy)]
pub(super) struct Strided<F> {
    /// The first element.
    pub(super) start: *const F,
    /// Elements from one row to the next, and from one column to the next.
    pub(super) strides: [isize; 2],
}

impl<F> Strided<F> {
    /// Returns the part of the matrix from this row and column on.
    #[inline(always)]
    pub(super) fn at(self, row: usize, column: usize) -> Self {
        let offset = row as isize * self.strides[0] + column as isize * self.strides[1];
        Self { start: self.start.wrapping_offset(offset), ..self }
    }
}

/// What the sums of a product start from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Start<F> {
    Zero,
    /// The same numbers in each row.
    Bias(*const F),
    /// What `c` holds already.
    Accumulate,
}

impl<F> Start<F> {
    /// Returns the start for the columns from this one on.
    #[inline(always)]
    pub(super) fn at(self, column: usize) -> Self {
        match self {
            Self::Bias(start) => Self::Bias(start.wrapping_add(column)),
            other => other,
        }
    }
}

/// Some rows of `a`, in the order in which the tiles read them.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowBlock<F> {
    matrix: Strided<F>,
    /// Elements from the first row of a panel to the first row of the next, for each row of the panel.
    advance: isize,
    /// Whether it was packed in row panels of [`panel_rows`] rows, each column by column.
    is_packed: bool,
}

impl<F: Copy> RowBlock<F> {
    /// Describes rows that are read where they are.
    #[inline(always)]
    pub(super) fn in_place(matrix: Strided<F>) -> Self {
        Self { matrix, advance: matrix.strides[0], is_packed: false }
    }

    /// Describes rows that were packed in row panels of this depth.
    pub(super) fn packed(start: *const F, depth: usize) -> Self {
        Self { matrix: Strided { start, strides: [1, 0] }, advance: depth as isize, is_packed: true }
    }

    /// Returns the panel of this many rows from this row on.
    #[inline(always)]
    pub(super) fn panel(&self, row: usize, rows: usize) -> Strided<F> {
        let start = self.matrix.start.wrapping_offset(row as isize * reload(&self.advance));
        let column = if self.is_packed { rows as isize } else { reload(&self.matrix.strides[1]) };
        Strided { start, strides: [reload(&self.matrix.strides[0]), column] }
    }
}

/// Reads a stride from memory again. Otherwise the compiler computes its multiples, for tiles of all sizes, before the
/// first tile: a small product then takes longer to start than to compute.
#[inline(always)]
pub(super) fn reload<T: Copy>(stride: &T) -> T {
    // SAFETY: a reference is valid.
    unsafe { std::ptr::read_volatile(stride) }
}

/// Returns the rows of the next row panel (MR) when this many are left: as many as the registers hold sums for, but so
/// that the last panel has enough rows to hide the latency of the arithmetic. If `b` is `narrow`, one register wide,
/// the registers hold the sums of more rows.
#[inline(always)]
pub(super) fn panel_rows(left: usize, narrow: bool, tile_rows: usize) -> usize {
    match left {
        8.. if narrow && tile_rows == 6 => 8,
        7..=9 if tile_rows == 6 => left.div_ceil(2),
        20.. | 12 => tile_rows,
        8.. if tile_rows > 8 => 8,
        _ => left.min(6),
    }
}

/// Where the sums of some columns go.
#[derive(Debug, Clone, Copy)]
pub(super) struct TileOutput<F> {
    /// The first element.
    pub(super) start: *mut F,
    /// Elements from one row to the next.
    pub(super) stride: usize,
    /// Columns that exist, possibly fewer than the registers have lanes.
    pub(super) columns: usize,
    /// What the sums start from.
    pub(super) from: Start<F>,
}
