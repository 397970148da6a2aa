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
pub(super) enum RowBlock<F> {
    /// Row by row, each `k` elements apart or as in the matrix.
    Strided(Strided<F>),
    /// Row panels of [`panel_rows`] rows, each column by column.
    Panels { start: *const F, depth: usize },
}

impl<F> RowBlock<F> {
    /// Returns the panel of this many rows from this row on.
    #[inline(always)]
    pub(super) fn panel(self, row: usize, rows: usize) -> Strided<F> {
        match self {
            Self::Strided(a) => a.at(row, 0),
            Self::Panels { start, depth } => {
                Strided { start: start.wrapping_add(row * depth), strides: [1, rows as isize] }
            }
        }
    }
}

/// Returns the rows of the next row panel (MR) when this many are left: as many as the registers hold sums for, but so that the
/// last panel has enough rows to hide the latency of the arithmetic. If `b` is `narrow`, one register wide, the registers hold
/// the sums of more rows.
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
pub(super) struct Output<F> {
    /// The first element.
    pub(super) start: *mut F,
    /// Elements from one row to the next.
    pub(super) stride: usize,
    /// Columns that exist, which may be fewer than the registers have lanes.
    pub(super) columns: usize,
    /// What the sums start from.
    pub(super) from: Start<F>,
}
