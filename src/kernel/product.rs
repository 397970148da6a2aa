//! The matrix product, in blocks that stay in the caches.

use super::pack::{copy_rows, interleave_rows, pack_strips};
use super::small::Small;
use super::tile::{AllRows, Place, Rows, Start, Strided, strip};
use super::vector::Vector;
use super::wide::{Level, Work};
use super::{Element, all_finite, one_row, threads};
use ndarray::ArrayRef2;
use std::sync::atomic::{AtomicBool, Ordering};

/// Most products that are summed up in one go: a strip of `b` this deep stays close to the units, in the L1 cache or just beyond.
const DEPTH: usize = 400;

/// Most rows of `a` that are taken together: a block this high and deep takes about half of an L2 cache of a megabyte.
const HEIGHT: usize = 384;

/// Strips of `b` that are packed together, so that more than one line is read from a row at a time.
const STRIPS: usize = 4;

/// Rows of `a`, in widths of a strip, up to which a strip of `b` is not used often enough to be worth packing.
const FEW: usize = 4;

/// Columns of `b` up to which a block of `a` is not used often enough to be worth packing.
const NARROW_B: usize = 32;

/// `c = a · b`, for any layout of `a` and `b`; a transposed view costs nothing. `c` is in standard layout.
///
/// Each element of `c` is summed up in the same order whatever the number of threads.
///
/// # Panics
/// When the shapes do not fit.
pub(crate) fn matmul<F: Element>(a: &ArrayRef2<F>, b: &ArrayRef2<F>, c: &mut ArrayRef2<F>) {
    affine(a, b, None, c, |_| ());
}

/// As [`matmul`]; whether every element of the product is finite.
///
/// # Panics
/// When the shapes do not fit.
pub(crate) fn matmul_is_finite<F: Element>(a: &ArrayRef2<F>, b: &ArrayRef2<F>, c: &mut ArrayRef2<F>) -> bool {
    let finite = AtomicBool::new(true);
    affine(a, b, None, c, |piece| {
        if !all_finite(piece) {
            finite.store(false, Ordering::Relaxed);
        }
    });
    finite.into_inner()
}

/// `c = f(a · b + bias)`, the bias added to each row, `f` given each piece of `c` once while it is in a cache: as
/// [`matmul`] otherwise.
///
/// # Panics
/// When the shapes do not fit.
pub(crate) fn affine<F: Element>(
    a: &ArrayRef2<F>,
    b: &ArrayRef2<F>,
    bias: Option<&[F]>,
    c: &mut ArrayRef2<F>,
    f: impl Fn(&mut [F]) + Sync,
) {
    let (m, k) = a.dim();
    let n = b.ncols();
    assert_eq!((b.nrows(), c.dim()), (k, (m, n)), "matmul: shapes do not fit");
    assert!(bias.is_none_or(|bias| bias.len() == n), "matmul: the bias does not fit");
    let Some(c) = c.as_slice_mut() else { panic!("matmul: the product must be in standard layout") };
    let (size, start) = (Size { m, n, k }, bias.map_or(Start::Zero, |bias| Start::Row(bias.as_ptr())));
    let (a_there, b_there) = (strided(a), strided(b));
    if m * n * k == 0 {
        fill_rows(c, n, bias);
    } else if Small::is(size, b_there) {
        F::small(&Small { size, a: a_there, b: b_there, start, c: c.as_mut_ptr() });
    } else if n == 1 && one_row::can(&b.t(), &a.t()) {
        fill_rows(c, n, bias);
        one_row::add_product(&b.t(), &a.t(), c);
    } else if one_row::can(a, b) {
        fill_rows(c, n, bias);
        one_row::add_product(a, b, c);
    } else {
        let product = Product { size, a: a_there, b: b_there, start, c: c.as_mut_ptr(), stride: n };
        return product.in_parts(&f);
    }
    f(c);
}

/// Makes each row the bias, or zero.
fn fill_rows<F: Element>(c: &mut [F], columns: usize, bias: Option<&[F]>) {
    match bias {
        Some(bias) if columns > 0 => c.chunks_exact_mut(columns).for_each(|row| row.copy_from_slice(bias)),
        _ => c.fill(F::zero()),
    }
}

fn strided<F>(matrix: &ArrayRef2<F>) -> Strided<*const F> {
    let strides = matrix.strides();
    Strided { start: matrix.as_ptr(), strides: [strides[0], strides[1]] }
}

/// `m` rows and `n` columns of sums of `k` products.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) m: usize,
    pub(super) n: usize,
    pub(super) k: usize,
}

/// A product to be worked out, or a part of one: some rows or columns of `c`.
///
/// Only made by [`affine`] and [`Product::halves`], so that the pointers describe arrays that are borrowed as long as
/// it lives, of the shapes (m, k), (k, n), (n) and (m, n); the parts of `c` that two of them write never overlap.
#[derive(Debug)]
pub struct Product<F> {
    size: Size,
    a: Strided<*const F>,
    b: Strided<*const F>,
    start: Start<F>,
    c: *mut F,
    stride: usize,
}

// SAFETY: `a`, `b` and `start` are only read, and no two products write the same elements of `c`.
unsafe impl<F: Element> Send for Product<F> {}

impl<F: Element> threads::Divisible for Product<F> {
    /// At whole tiles, across the longer side.
    fn halves(self, share: f64) -> (Self, Self) {
        const UNIT: usize = 32;
        let Size { m, n, k } = self.size;
        let at =
            |length: usize, unit: usize| ((length as f64 * share / unit as f64).round() as usize * unit).min(length);
        if m > n {
            let (rows, stride) = (at(m, UNIT), self.stride);
            let rest = Size { m: m - rows, n, k };
            let (a, c) = (self.a.at(rows, 0), self.c.wrapping_add(rows * stride));
            return (Self { size: Size { m: rows, n, k }, ..self }, Self { size: rest, a, c, ..self });
        }
        let columns = at(n, UNIT);
        let rest = Size { m, n: n - columns, k };
        let (b, c, start) = (self.b.at(0, columns), self.c.wrapping_add(columns), self.start.at(columns));
        (Self { size: Size { m, n: columns, k }, ..self }, Self { size: rest, b, c, start, ..self })
    }
}

/// How the rows of a block of `a` are brought into the order in which they are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packing {
    /// They are read where they are.
    InPlace,
    /// One after another: their distance is such that they would drive each other out of the L1 cache.
    Copied,
    /// In panels of a few rows, column after column: `a` lies the other way round.
    Interleaved,
}

impl<F: Element> Product<F> {
    /// Works it out with as many threads as are worth having. Not part of its caller, which small products pass through.
    #[inline(never)]
    fn in_parts(self, f: &(impl Fn(&mut [F]) + Sync)) {
        let Size { m, n, k } = self.size;
        threads::split(self, threads::useful(m * n * k), &|part: Self| part.in_blocks(f));
    }

    /// Works it out in blocks of rows, and hands each of them to `f`.
    fn in_blocks(self, f: &impl Fn(&mut [F])) {
        let Self { size: Size { m, n, .. }, c, stride, .. } = self;
        for (top, height) in pieces(m, HEIGHT) {
            F::product(self.rows(top, height));
            let block = c.wrapping_add(top * stride);
            // SAFETY: these rows and columns of `c` are written by this part alone, and no one else has them now.
            unsafe {
                if n == stride {
                    f(std::slice::from_raw_parts_mut(block, height * n));
                } else {
                    (0..height).for_each(|row| f(std::slice::from_raw_parts_mut(block.add(row * stride), n)));
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
        match () {
            () if n <= NARROW_B || m <= 6 => Packing::InPlace,
            () if self.a.strides[1] == 1 && row % PAGE == 0 => Packing::Copied,
            () if self.a.strides[1] != 1 && drive_out(column, DEPTH.min(k)) => Packing::Interleaved,
            () => Packing::InPlace,
        }
    }

    fn reads_b_in_place(&self, width: usize) -> bool {
        self.b.strides[1] == 1 && (self.size.m <= FEW * width || self.b.strides[0].unsigned_abs() <= width)
    }
}

/// Distance at which lines take the same place in an L1 cache of 64 sets; also the size of a page of memory.
const PAGE: usize = 4096;

/// Whether so many elements, so many bytes apart, take more than half of the lines of an L1 cache that they can lie in, or more
/// pages than there are quick translations for.
fn drive_out(bytes: usize, count: usize) -> bool {
    const LINE: usize = 64;
    const WAYS: usize = 8;
    let sets = (PAGE / LINE) >> (bytes / LINE).max(1).trailing_zeros().min(6);
    count > WAYS / 2 * sets || count * bytes > 64 * PAGE
}

impl<F: Element> Work for Product<F> {
    type Output = ();

    #[inline(always)]
    fn run<L: Level>(self) {
        let (product, Size { m, n, k }, width) = (&self, self.size, width::<F, L>());
        let (packing, depth, group) =
            (product.packing(), DEPTH.min(k), (STRIPS * width).min(n.next_multiple_of(width)));
        let for_a = if packing == Packing::InPlace { 0 } else { m * depth };
        let for_b = if product.reads_b_in_place(width) { 0 } else { depth * group };
        let mut room = F::room().take();
        // The strips first: they are the better for starting a cache line.
        let (b, a) = aligned(&mut room, for_a + for_b).split_at_mut(for_b);
        let mut packed = Packed { product, packing, a, b };
        for (deep, depth) in pieces(k, DEPTH) {
            let rows = packed.pack_a::<L>(deep, depth);
            for (first, columns) in parts(n, group) {
                let end = first + columns;
                packed.pack_b::<L>(deep, depth, first, end);
                for column in (first..end).step_by(width) {
                    packed.multiply::<L>(rows, (deep, depth), column, column - first);
                }
            }
        }
        F::room().set(room);
    }
}

/// Columns of a tile.
#[inline(always)]
fn width<F: Element, L: Level>() -> usize {
    2 * L::Vector::<F>::LANES
}

/// The first `length` elements from the start of a cache line on.
fn aligned<F: Element>(room: &mut Vec<F>, length: usize) -> &mut [F] {
    const LINE: usize = 64;
    let spare = LINE / size_of::<F>();
    if length > 0 && room.len() < length + spare {
        room.resize(length + spare, F::zero());
    }
    let start = room.as_ptr().align_offset(LINE).min(room.len() - length);
    &mut room[start..start + length]
}

/// A product with room for its packed parts: a block of `a`, unless it is read in place, and some strips of `b`.
struct Packed<'a, F> {
    product: &'a Product<F>,
    packing: Packing,
    a: &'a mut [F],
    b: &'a mut [F],
}

/// The start and the length of pieces of about the same length, of at most `most`.
#[inline(always)]
fn pieces(length: usize, most: usize) -> impl Iterator<Item = (usize, usize)> {
    // A division takes as long as a small tile.
    let each = if length <= most { length } else { length.div_ceil(length.div_ceil(most)) };
    parts(length, each)
}

/// The start and the length of parts, all but the last of this length.
#[inline(always)]
fn parts(length: usize, each: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let part = (start, each.min(length - start));
        start += part.1;
        (part.1 > 0).then_some(part)
    })
}

impl<F: Element> Packed<'_, F> {
    /// The block of `a`, in the order in which it is read.
    #[inline(always)]
    fn pack_a<L: Level>(&mut self, deep: usize, depth: usize) -> Rows<F> {
        let (a, height) = (self.product.a.at(0, deep), self.product.size.m);
        let to = self.a.as_mut_ptr();
        assert!(self.packing == Packing::InPlace || self.a.len() >= height * depth);
        // SAFETY: `a` has these rows and columns, and `to` has as much room as just checked.
        unsafe {
            match self.packing {
                Packing::InPlace => Rows::Strided(a),
                Packing::Interleaved => {
                    interleave_rows::<F, L>(a, height, depth, to);
                    Rows::Interleaved { start: to, depth }
                }
                Packing::Copied => {
                    copy_rows(a, height, depth, to);
                    Rows::Strided(Strided { start: to, strides: [depth as isize, 1] })
                }
            }
        }
    }

    /// Packs strips of `b`, unless they are read in place.
    #[inline(always)]
    fn pack_b<L: Level>(&mut self, deep: usize, depth: usize, group: usize, end: usize) {
        let width = width::<F, L>();
        if self.product.reads_b_in_place(width) {
            return;
        }
        let (b, to) = (self.product.b.at(deep, group), &mut self.b[..depth * (end - group).next_multiple_of(width)]);
        // SAFETY: `b` has these rows and columns, and the slice has room for their strips.
        unsafe { pack_strips::<F, L::Vector<F>>(b, depth, end - group, to.as_mut_ptr()) };
    }

    /// The block of `a` times the strip of `b` at this column, which is the first but `packed` columns of those that are packed.
    #[inline(always)]
    fn multiply<L: Level>(&mut self, a: Rows<F>, (deep, depth): (usize, usize), column: usize, packed: usize) {
        let width = width::<F, L>();
        let columns = width.min(self.product.size.n - column);
        let in_place = self.product.reads_b_in_place(width);
        let b = match in_place {
            true => self.product.b.at(deep, column),
            false => Strided { start: self.b[packed * depth..].as_ptr(), strides: [width as isize, 1] },
        };
        // Past the columns that are there, only a strip that was packed may be read.
        let whole = columns.is_multiple_of(width / 2) || !in_place && columns < width / 2;
        let short = columns <= L::Short::<F>::LANES;
        let &Product { size: Size { m, n, .. }, c, stride, start, .. } = self.product;
        let from = if deep == 0 { start.at(column) } else { Start::There };
        let rows = AllRows { a, count: m, narrow: n <= width / 2 };
        let place = Place { start: c.wrapping_add(column), stride, columns, from };
        // SAFETY: `a` has these rows and `depth` columns, the strip `b` as many rows, and `c` the place.
        unsafe {
            match (columns > width / 2, whole) {
                (true, true) => strip::<F, L, L::Vector<F>, 2, false>(rows, depth, b, place),
                (true, false) => strip::<F, L, L::Vector<F>, 2, true>(rows, depth, b, place),
                (false, _) if short => strip::<F, L, L::Short<F>, 1, true>(rows, depth, b, place),
                (false, true) => strip::<F, L, L::Vector<F>, 1, false>(rows, depth, b, place),
                (false, false) => strip::<F, L, L::Vector<F>, 1, true>(rows, depth, b, place),
            }
        }
    }
}
