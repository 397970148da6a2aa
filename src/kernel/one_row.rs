//! The matrix product of one row, such as one example to predict: nothing is used twice, so nothing is worth packing.

use super::Element;
use super::threads::{Divisible, in_pieces};
use super::tile::{Place, Start, Strided, exactly};
use super::vector::Vector;
use super::wide::{Level, Work, wide};
use ndarray::ArrayRef2;

/// Whether `a` is one contiguous row, and the rows or the columns of `b` are contiguous.
pub(super) fn can<F>(a: &ArrayRef2<F>, b: &ArrayRef2<F>) -> bool {
    a.nrows() == 1 && a.is_standard_layout() && (b.is_standard_layout() || b.t().is_standard_layout())
}

/// `c += a · b`, when it [`can`] be done.
pub(super) fn add_product<F: Element>(a: &ArrayRef2<F>, b: &ArrayRef2<F>, c: &mut [F]) {
    let row = a.as_slice().unwrap_or_default();
    if let Some(b) = b.as_slice() {
        let stride = c.len();
        // What is near is best read with all sums in registers; what is far, as a few long runs of rows that are fetched ahead.
        let runs = if size_of_val(b) > FAR { 6 } else { row.len() };
        in_pieces(b.len() / 4, Columns { first: 0, sums: c }, |Columns { first, sums }: Columns<'_, F>| {
            wide(SumOfRows { factors: row, runs, b: &b[first..], stride, sums });
        });
    } else if let Some(b) = b.t().to_slice() {
        wide(Dots { row, b, sums: c });
    }
}

/// Sums of some columns, from the first on.
pub(super) struct Columns<'a, F> {
    pub(super) first: usize,
    pub(super) sums: &'a mut [F],
}

impl<F: Element> Divisible for Columns<'_, F> {
    fn halves(self, share: f64) -> (Self, Self) {
        let (sums, rest) = self.sums.halves(share);
        let first = self.first + sums.len();
        (Self { first: self.first, sums }, Self { first, sums: rest })
    }
}

/// `sums += Σ factor · row of b`, the rows `stride` elements apart, in so many runs of rows, of each of which one is taken at a
/// time.
struct SumOfRows<'a, F> {
    factors: &'a [F],
    runs: usize,
    b: &'a [F],
    stride: usize,
    sums: &'a mut [F],
}

impl<F: Element> Work for SumOfRows<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<L: Level>(self) {
        let Self { factors, runs, b, stride, sums } = self;
        assert!(b.len() >= (factors.len() - 1) * stride + sums.len(), "the rows of b");
        let length = factors.len() / runs;
        let rest = length * runs;
        let each = (0..length).map(|first| (first, length, runs)).chain([(rest, 1, factors.len() - rest)]);
        for (first, step, count) in each {
            let a = Strided { start: factors[first..].as_ptr(), strides: [0, step as isize] };
            let mut column = 0;
            while column < sums.len() && count > 0 {
                let b =
                    Strided { start: b[first * stride + column..].as_ptr(), strides: [(step * stride) as isize, 1] };
                // SAFETY: there are so many rows and factors, and the rows of b have as many columns as are left.
                column += unsafe { strip::<F, L::Vector<F>>(count, a, b, &mut sums[column..]) };
            }
        }
    }
}

/// Bytes that do not stay in a usual L2 cache.
const FAR: usize = 1 << 19;

/// Adds to the first of the sums, up to eight registers of them; returns how many that are.
///
/// # Safety
/// There must be `k` factors in `a`, and as many rows in `b`, with a column for each sum. The processor must have what `V` needs.
#[inline(always)]
unsafe fn strip<F: Element, V: Vector<F>>(
    k: usize,
    a: Strided<*const F>,
    b: Strided<*const F>,
    sums: &mut [F],
) -> usize {
    let columns = sums.len().min(8 * V::LANES);
    let place = Place { start: sums.as_mut_ptr(), stride: 0, columns, from: Start::There };
    // SAFETY: the caller's promise, handed on.
    unsafe {
        match columns.div_ceil(V::LANES) {
            8 if columns.is_multiple_of(V::LANES) => exactly::<F, V, 1, 8, false>(k, a, b, place),
            8 => exactly::<F, V, 1, 8, true>(k, a, b, place),
            7 => exactly::<F, V, 1, 7, true>(k, a, b, place),
            6 => exactly::<F, V, 1, 6, true>(k, a, b, place),
            5 => exactly::<F, V, 1, 5, true>(k, a, b, place),
            4 => exactly::<F, V, 1, 4, true>(k, a, b, place),
            3 => exactly::<F, V, 1, 3, true>(k, a, b, place),
            2 => exactly::<F, V, 1, 2, true>(k, a, b, place),
            _ => exactly::<F, V, 1, 1, true>(k, a, b, place),
        }
    }
    columns
}

/// `sums += row · each column of b`, the columns lying one after another.
struct Dots<'a, F> {
    row: &'a [F],
    b: &'a [F],
    sums: &'a mut [F],
}

impl<F: Element> Work for Dots<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<L: Level>(self) {
        for (sum, column) in self.sums.iter_mut().zip(self.b.chunks_exact(self.row.len())) {
            // SAFETY: a column is as long as the row, and the processor has what L stands for.
            *sum += unsafe { dot::<F, L::Vector<F>>(self.row.as_ptr(), column.as_ptr(), column.len()) };
        }
    }
}

/// The sum of `k` products, in four registers of sums that are added up in pairs at the end.
///
/// # Safety
/// There must be `k` numbers in `a` and in `b`, and the processor must have what `V` needs.
#[inline(always)]
unsafe fn dot<F: Element, V: Vector<F>>(a: *const F, b: *const F, k: usize) -> F {
    const TOGETHER: usize = 4;
    let (mut at, mut each) = (0, [F::zero(); 16]);
    // SAFETY: the caller's promise; no register has more than 16 numbers.
    unsafe {
        let mut sums = [V::splat(F::zero()); TOGETHER];
        while k - at >= TOGETHER * V::LANES {
            for sum in &mut sums {
                *sum = sum.add_product(V::load(a.add(at)), V::load(b.add(at)));
                at += V::LANES;
            }
        }
        let [mut first, second, third, fourth] = sums;
        while k - at >= V::LANES {
            first = first.add_product(V::load(a.add(at)), V::load(b.add(at)));
            at += V::LANES;
        }
        if k > at {
            first = first.add_product(V::load_some(a.add(at), k - at), V::load_some(b.add(at), k - at));
        }
        first.add(second).add(third.add(fourth)).store(each.as_mut_ptr());
    }
    let mut half = V::LANES / 2;
    while half > 0 {
        let (low, high) = each.split_at_mut(half);
        low.iter_mut().zip(high).for_each(|(sum, &mut other)| *sum += other);
        half /= 2;
    }
    each[0]
}
