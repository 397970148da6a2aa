//! The product of large matrices, in blocks that stay in the caches (Goto and van de Geijn 2008).
//!
//! The loops, from the outermost: threads split `c` at whole tiles; blocks of [`MC`] rows of `a`; blocks of [`KC`] of
//! the depth; groups of column panels of `b`, NC columns together; column panels of NR columns; row panels of MR rows.
//! The last two and the micro-kernel are in `tile`.

use super::super::simd::{Scalar, registers};
use super::super::threads::{Divisible, split_by_cost, split_index};
use super::super::tuning::{
    CACHE_LINE, KC, L1_WAYS, MC, PAGE, PANELS_PER_NC, READ_A_IN_PLACE_COLUMNS, READ_A_IN_PLACE_ROWS,
    READ_B_IN_PLACE_ROWS, SPLIT_ROWS, TLB_PAGES,
};
use super::operands::{RowBlock, Size, Start, Strided, TileOutput};
use super::pack::{pack_column_panels, pack_row_panels, pack_rows};
use super::tile::{PanelProduct, all_rows, last_whole_row, multiply_panel};

/// A product to compute, or a part of one: some rows or columns of `c`.
///
/// The pointers describe arrays that are borrowed as long as it lives, of the shapes of `size`; see [`Product::new`].
/// The parts of `c` that two of them write never overlap.
#[derive(Debug)]
pub(super) struct Product<F> {
    size: Size,
    a: Strided<F>,
    b: Strided<F>,
    start: Start<F>,
    c: *mut F,
    stride: usize,
}

// SAFETY: `a`, `b` and `start` are only read, and no two products write the same elements of `c`.
unsafe impl<F: Scalar> Send for Product<F> {}

impl<F: Scalar> Divisible for Product<F> {
    /// Splits the longer side of `c` at whole tiles.
    fn split_at_share(self, share: f64) -> (Self, Self) {
        let Size { m, n, k } = self.size;
        if m > n {
            let rows = split_index(m, share, SPLIT_ROWS);
            return (self.rows(0, rows), self.rows(rows, m - rows));
        }
        let columns = split_index(n, share, SPLIT_ROWS);
        let rest = Size { m, n: n - columns, k };
        let (b, c, start) = (self.b.at(0, columns), self.c.wrapping_add(columns), self.start.at(columns));
        (Self { size: Size { m, n: columns, k }, ..self }, Self { size: rest, b, c, start, ..self })
    }
}

/// How the rows of a block of `a` are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packing {
    /// Not at all.
    InPlace,
    /// Row by row: in place, the rows are so far apart that they evict each other from the L1 cache.
    Rows,
    /// In row panels: the columns of `a` are contiguous, and evict each other likewise.
    RowPanels,
}

impl<F: Scalar> Product<F> {
    /// # Safety
    /// As long as the product lives, `a`, `b` and the bias in `start` must be readable and `c` writable by nobody else;
    /// their shapes must be those of `size`, with `c` in standard layout.
    pub(super) unsafe fn new(size: Size, a: Strided<F>, b: Strided<F>, start: Start<F>, c: *mut F) -> Self {
        Self { size, a, b, start, c, stride: size.n }
    }

    /// Computes the product with as many threads as pay off, and hands each block of it to the epilogue.
    pub(super) fn run(self, epilogue: &(dyn Fn(&mut [F]) + Sync)) {
        let Size { m, n, k } = self.size;
        split_by_cost(m * n * k, self, |part: Self| part.run_part(epilogue));
    }

    fn run_part(self, epilogue: &(dyn Fn(&mut [F]) + Sync)) {
        let Self { size: Size { m, n, .. }, c, stride, .. } = self;
        for (top, height) in equal_parts(m, MC) {
            self.rows(top, height).multiply();
            let block = c.wrapping_add(top * stride);
            // SAFETY: only this part writes these rows and columns of `c`, and it has written them.
            unsafe {
                if n == stride {
                    epilogue(std::slice::from_raw_parts_mut(block, height * n));
                } else {
                    (0..height).for_each(|row| epilogue(std::slice::from_raw_parts_mut(block.add(row * stride), n)));
                }
            }
        }
    }

    fn rows(&self, top: usize, height: usize) -> Self {
        let size = Size { m: height, ..self.size };
        let (a, c) = (self.a.at(top, 0), self.c.wrapping_add(top * self.stride));
        Self { size, a, b: self.b, start: self.start, c, stride: self.stride }
    }

    fn packing(&self) -> Packing {
        let Size { m, n, k } = self.size;
        let [row, column] = self.a.strides.map(|stride| stride.unsigned_abs() * size_of::<F>());
        if n <= READ_A_IN_PLACE_COLUMNS || m <= READ_A_IN_PLACE_ROWS {
            return Packing::InPlace;
        }
        match self.a.strides[1] == 1 {
            true if row.is_multiple_of(PAGE) => Packing::Rows,
            false if conflicts_in_cache(column, KC.min(k)) => Packing::RowPanels,
            _ => Packing::InPlace,
        }
    }

    fn reads_b_in_place(&self, width: usize) -> bool {
        let [row, column] = self.b.strides;
        column == 1 && (self.size.m <= READ_B_IN_PLACE_ROWS * width || row.unsigned_abs() <= width)
    }

    /// Computes the product of one block of rows.
    fn multiply(&self) {
        let (Size { m, n, k }, registers) = (self.size, registers::<F>());
        let width = 2 * registers.lanes;
        let packing = self.packing();
        let b_in_place = self.reads_b_in_place(width);
        let group = (PANELS_PER_NC * width).min(n.next_multiple_of(width));
        let length_of_a = if packing == Packing::InPlace { 0 } else { m * KC.min(k) };
        let length_of_b = if b_in_place { 0 } else { KC.min(k) * group };
        let mut scratch = F::scratch().take();
        // The panels of `b` first: they gain more from starting at a cache line.
        let (packed_b, packed_a) = aligned(&mut scratch, length_of_a + length_of_b).split_at_mut(length_of_b);
        for (top, depth) in equal_parts(k, KC) {
            let a = self.pack_a(packing, top, depth, packed_a);
            let start = if top == 0 { self.start } else { Start::Accumulate };
            for (first, columns) in parts(n, group) {
                if !b_in_place {
                    self.pack_b((top, depth), (first, columns), width, packed_b);
                }
                for column in (first..first + columns).step_by(width) {
                    let (b, b_stride) = match b_in_place {
                        true => (self.b.at(top, column).start, self.b.strides[0]),
                        false => (packed_b[(column - first) * depth..].as_ptr(), width as isize),
                    };
                    let columns = width.min(n - column);
                    // Packed panels are filled with zeros up to whole registers.
                    let b_whole = match b_in_place {
                        true => last_whole_row((b, b_stride), depth, columns, registers),
                        false => all_rows(),
                    };
                    let (rows, stride) = (m, self.stride);
                    let c = TileOutput { start: self.c.wrapping_add(column), stride, columns, from: start.at(column) };
                    let narrow = n <= registers.lanes;
                    // SAFETY: `a` has `m` rows and `depth` columns, the panel of `b` `depth` rows of these columns, and
                    // `c` these rows and columns.
                    unsafe {
                        let panel = PanelProduct { rows, depth, a, narrow, b, b_stride, b_whole, c };
                        multiply_panel(&panel, registers);
                    }
                }
            }
        }
        F::scratch().set(scratch);
    }

    /// Returns the block of `a` at this depth, in the order in which the tiles read it.
    fn pack_a(&self, packing: Packing, top: usize, depth: usize, packed: &mut [F]) -> RowBlock<F> {
        let (a, rows, to) = (self.a.at(0, top), self.size.m, packed.as_mut_ptr());
        assert!(packing == Packing::InPlace || packed.len() >= rows * depth);
        // SAFETY: `a` has these rows and columns, and `packed` memory for all of them.
        unsafe {
            match packing {
                Packing::InPlace => RowBlock::in_place(a),
                Packing::Rows => {
                    pack_rows(a, rows, depth, to);
                    RowBlock::in_place(Strided { start: to, strides: [depth as isize, 1] })
                }
                Packing::RowPanels => {
                    pack_row_panels(a, rows, depth, to);
                    RowBlock::packed(to, depth)
                }
            }
        }
    }

    /// Packs column panels of `b`.
    fn pack_b(&self, (top, depth): (usize, usize), (first, columns): (usize, usize), width: usize, packed: &mut [F]) {
        let to = &mut packed[..depth * columns.next_multiple_of(width)];
        // SAFETY: `b` has these rows and columns, and the slice memory for their panels.
        unsafe { pack_column_panels(self.b.at(top, first), depth, columns, to.as_mut_ptr()) };
    }
}

/// Returns whether `count` elements, each `bytes` after the one before, evict each other: they map to sets of an L1
/// cache that hold too few lines, or lie in more pages than the TLB translates.
fn conflicts_in_cache(bytes: usize, count: usize) -> bool {
    let sets = (PAGE / CACHE_LINE) >> (bytes / CACHE_LINE).max(1).trailing_zeros().min(6);
    count > L1_WAYS / 2 * sets || count * bytes > TLB_PAGES * PAGE
}

/// Returns the first `length` elements from the start of a cache line on.
fn aligned<F: Scalar>(scratch: &mut Vec<F>, length: usize) -> &mut [F] {
    let spare = CACHE_LINE / size_of::<F>();
    if length > 0 && scratch.len() < length + spare {
        scratch.resize(length + spare, F::zero());
    }
    let start = scratch.as_ptr().align_offset(CACHE_LINE).min(scratch.len() - length);
    &mut scratch[start..start + length]
}

/// Returns the start and the length of parts of about the same length, at most `most`.
fn equal_parts(length: usize, most: usize) -> impl Iterator<Item = (usize, usize)> {
    // A division takes as long as a small tile.
    let each = if length <= most { length } else { length.div_ceil(length.div_ceil(most)) };
    parts(length, each)
}

/// Returns the start and the length of parts, all but the last of this length.
fn parts(length: usize, each: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let part = (start, each.min(length - start));
        start += part.1;
        (part.1 > 0).then_some(part)
    })
}
