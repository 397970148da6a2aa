//! The matrix product, in blocks that stay in the caches.

use super::pack::{pack_rows, pack_strip};
use super::tile::{Place, ROWS, Strided, tile};
use super::wide::{Level, Work, wide};
use super::{Element, few_rows, small, threads};
use ndarray::ArrayRef2;

/// Depth of the block of `b` that is packed at a time, and its columns in narrow tiles: together a quarter of a megabyte, half
/// of a usual L2 cache.
const DEPTH: usize = 256;
const STRIPS: usize = 32;

/// `c = a · b`, for any layout of `a` and `b`; a transposed view costs nothing. `c` is in standard layout.
///
/// Each element of `c` is summed up in the same order whatever the number of threads.
///
/// # Panics
/// When the shapes do not fit.
pub(crate) fn matmul<F: Element>(a: &ArrayRef2<F>, b: &ArrayRef2<F>, c: &mut ArrayRef2<F>) {
    let (m, k) = a.dim();
    let n = b.ncols();
    assert_eq!((b.nrows(), c.dim()), (k, (m, n)), "matmul: shapes do not fit");
    let Some(c) = c.as_slice_mut() else { panic!("matmul: the product must be in standard layout") };
    if m * n * k == 0 {
        return c.fill(F::zero());
    }
    let done = m * n * k <= small::LIMIT && small::matmul(a, b, c) || m <= few_rows::LIMIT && few_rows::matmul(a, b, c);
    if !done {
        let size = Size { m, n, k };
        let product = Product { size, a: strided(a), b: strided(b), c: c.as_mut_ptr(), stride: n };
        threads::split(product, threads::useful(m * n * k));
    }
}

fn strided<F>(matrix: &ArrayRef2<F>) -> Strided<*const F> {
    let strides = matrix.strides();
    Strided { start: matrix.as_ptr(), strides: [strides[0], strides[1]] }
}

/// `m` rows and `n` columns of sums of `k` products.
#[derive(Debug, Clone, Copy)]
struct Size {
    m: usize,
    n: usize,
    k: usize,
}

/// A product to be worked out, or a part of one: some rows or columns of `c`.
///
/// Only made by [`matmul`] and [`Product::halves`], so that the pointers describe arrays that are borrowed as long as
/// it lives, of the shapes (m, k), (k, n) and (m, n); the parts of `c` that two of them write never overlap.
#[derive(Debug)]
pub struct Product<F> {
    size: Size,
    a: Strided<*const F>,
    b: Strided<*const F>,
    c: *mut F,
    stride: usize,
}

// SAFETY: `a` and `b` are only read, and no two products write the same elements of `c`.
unsafe impl<F: Element> Send for Product<F> {}

impl<F: Element> threads::Divisible for Product<F> {
    /// At whole tiles, across the longer side.
    fn halves(self, share: f64) -> (Self, Self) {
        let Size { m, n, k } = self.size;
        let width = 2 * F::LANES;
        let at =
            |length: usize, unit: usize| ((length as f64 * share / unit as f64).round() as usize * unit).min(length);
        if m > n {
            let (rows, stride) = (at(m, ROWS), self.stride);
            let rest = Size { m: m - rows, n, k };
            let (a, c) = (self.a.at(rows, 0), self.c.wrapping_add(rows * stride));
            return (Self { size: Size { m: rows, n, k }, ..self }, Self { size: rest, a, c, ..self });
        }
        let columns = at(n, width);
        let rest = Size { m, n: n - columns, k };
        let (b, c) = (self.b.at(0, columns), self.c.wrapping_add(columns));
        (Self { size: Size { m, n: columns, k }, ..self }, Self { size: rest, b, c, ..self })
    }

    fn run(self) {
        if self.size.m * self.size.n > 0 {
            F::product(self);
        }
    }
}

impl<F: Element> Product<F> {
    /// In tiles `WIDE` columns wide; `NARROW` is half of it, for what is left over.
    pub(super) fn in_tiles<const WIDE: usize, const NARROW: usize>(self) {
        let Size { m, n, k } = self.size;
        let pack_a = self.a.strides[1] != 1 && falls_on_few_sets::<F>(self.a.strides[1], k);
        let for_a = if pack_a { m.next_multiple_of(ROWS) * DEPTH.min(k) } else { 0 };
        let for_b = DEPTH.min(k) * (STRIPS * NARROW).min(n.next_multiple_of(WIDE));
        F::with_room(for_a + for_b, |room| {
            let (a, b) = room.split_at_mut(for_a);
            wide(Blocks::<F, WIDE, NARROW> { product: self, a, b });
        });
    }
}

/// Whether a column of `k` elements this far apart needs more places than an L1 cache of 64 sets of 8 lines has for it.
fn falls_on_few_sets<F>(stride: isize, k: usize) -> bool {
    const LINE: usize = 64;
    let bytes = stride.unsigned_abs() * size_of::<F>();
    let sets = LINE >> (bytes / LINE).trailing_zeros().min(6);
    bytes >= LINE && k.min(DEPTH) > 8 * sets
}

/// A product with room for its packed parts; for `a` there is none if it is read where it is.
struct Blocks<'a, F, const WIDE: usize, const NARROW: usize> {
    product: Product<F>,
    a: &'a mut [F],
    b: &'a mut [F],
}

impl<F: Element, const WIDE: usize, const NARROW: usize> Work for Blocks<'_, F, WIDE, NARROW> {
    type Output = ();

    #[inline(always)]
    fn run<L: Level>(mut self) {
        let Size { n, k, .. } = self.product.size;
        if self.a.is_empty() {
            for column in (0..n).step_by(STRIPS * NARROW) {
                for deep in (0..k).step_by(DEPTH) {
                    self.multiply::<L>(deep, column);
                }
            }
        } else {
            for deep in (0..k).step_by(DEPTH) {
                self.pack_a(deep);
                for column in (0..n).step_by(STRIPS * NARROW) {
                    self.multiply::<L>(deep, column);
                }
            }
        }
    }
}

impl<F: Element, const WIDE: usize, const NARROW: usize> Blocks<'_, F, WIDE, NARROW> {
    #[inline(always)]
    fn pack_a(&mut self, deep: usize) {
        let Size { m, k, .. } = self.product.size;
        let depth = DEPTH.min(k - deep);
        let to = self.a[..m.next_multiple_of(ROWS) * depth].as_mut_ptr();
        // SAFETY: `a` has all rows and `depth` columns from `deep` on; `to` has as much room as just checked.
        unsafe { pack_rows(self.product.a.at(0, deep), m, depth, to) };
    }

    /// Strip after strip; the last one is narrow if that is enough for it.
    #[inline(always)]
    fn pack_b(&mut self, deep: usize, depth: usize, column: usize, columns: usize) {
        for first in (0..columns).step_by(WIDE) {
            let there = WIDE.min(columns - first);
            let (b, to) = (self.product.b.at(deep, column + first), &mut self.b[first * depth..]);
            // SAFETY: `b` has these rows and columns; the slice taken has room for the strip.
            unsafe {
                if there > NARROW {
                    pack_strip::<F, WIDE>(b, depth, there, to[..WIDE * depth].as_mut_ptr());
                } else {
                    pack_strip::<F, NARROW>(b, depth, there, to[..NARROW * depth].as_mut_ptr());
                }
            }
        }
    }

    /// All rows of `a` times one block of `b`, which is packed first.
    #[inline(always)]
    fn multiply<L: Level>(&mut self, deep: usize, column: usize) {
        let Product { size, a, c, stride, .. } = self.product;
        let (columns, depth) = ((STRIPS * NARROW).min(size.n - column), DEPTH.min(size.k - deep));
        self.pack_b(deep, depth, column, columns);
        for row in (0..size.m).step_by(ROWS) {
            let rows = ROWS.min(size.m - row);
            let a = if self.a.is_empty() {
                a.at(row, deep)
            } else {
                Strided { start: self.a[row * depth..].as_ptr(), strides: [1, ROWS as isize] }
            };
            for first in (0..columns).step_by(WIDE) {
                let there = WIDE.min(columns - first);
                let start = c.wrapping_add(row * stride + column + first);
                let place = Place { start, stride, columns: there, add: deep > 0 };
                prefetch(place, rows);
                let b = self.b[first * depth..].as_ptr();
                // SAFETY: `a` has these rows and `depth` columns, the strip packed at `b` as many rows, and `c` the place.
                unsafe {
                    if there > NARROW {
                        tile::<F, L::Vector<F>, 2>(rows, depth, a, b, place);
                    } else {
                        tile::<F, L::Vector<F>, 1>(rows, depth, a, b, place);
                    }
                }
            }
        }
    }
}

/// Asks for the lines of a tile that will be written when its sums are done.
#[inline(always)]
fn prefetch<F: Element>(place: Place<F>, rows: usize) {
    #[cfg(target_arch = "x86_64")]
    for row in 0..rows {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let line = place.start.wrapping_add(row * place.stride);
        // SAFETY: a hint, which reads nothing.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.cast_const().cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (place, rows);
}
