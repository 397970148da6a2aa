//! The matrix product of a few rows, such as one example to predict: `b` is read once, in the order in which it lies.

use super::Element;
use super::wide::{Level, Work, wide};
use ndarray::ArrayRef2;

/// Rows up to which this is the faster way.
pub(super) const LIMIT: usize = 3;

/// Rows of `b` taken together, so that a sum is loaded and stored once for all of them.
const TOGETHER: usize = 8;

/// Whether the rows of `a`, and the rows or the columns of `b`, are contiguous.
pub(super) fn can<F>(a: &ArrayRef2<F>, b: &ArrayRef2<F>) -> bool {
    a.is_standard_layout() && (b.is_standard_layout() || b.t().is_standard_layout())
}

/// `c += a · b`, when it [`can`] be done.
pub(super) fn add_product<F: Element>(a: &ArrayRef2<F>, b: &ArrayRef2<F>, c: &mut [F]) {
    let (k, n) = b.dim();
    let rows = a.as_slice().unwrap_or_default().chunks_exact(k).zip(c.chunks_exact_mut(n));
    if let Some(b) = b.as_slice() {
        rows.for_each(|(factors, sums)| wide(SumOfRows { factors, b, sums }));
    } else if let Some(b) = b.t().to_slice() {
        rows.for_each(|(row, sums)| wide(Dots { row, b, sums }));
    }
}

/// `sums += Σ factor · row of b`.
struct SumOfRows<'a, F> {
    factors: &'a [F],
    b: &'a [F],
    sums: &'a mut [F],
}

impl<F: Element> Work for SumOfRows<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<L: Level>(self) {
        let n = self.sums.len();
        let (mut factors, mut rows) = (self.factors, self.b);
        while let Some((some, rest)) = factors.split_first_chunk::<TOGETHER>() {
            add_rows::<L, F, TOGETHER>(some, rows, self.sums);
            (factors, rows) = (rest, &rows[TOGETHER * n..]);
        }
        for (&factor, row) in factors.iter().zip(rows.chunks_exact(n)) {
            add_rows::<L, F, 1>(&[factor], row, self.sums);
        }
    }
}

#[inline(always)]
fn add_rows<L: Level, F: Element, const N: usize>(factors: &[F; N], block: &[F], sums: &mut [F]) {
    let n = sums.len();
    let rows: [&[F]; N] = std::array::from_fn(|row| &block[row * n..][..n]);
    for (column, sum) in sums.iter_mut().enumerate() {
        for (&factor, row) in factors.iter().zip(rows) {
            *sum = L::multiply_add(factor, row[column], *sum);
        }
    }
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
            *sum += dot::<L, F>(self.row, column);
        }
    }
}

/// The sum of products, in 32 sums side by side that are added up in pairs at the end.
#[inline(always)]
fn dot<L: Level, F: Element>(a: &[F], b: &[F]) -> F {
    const WIDE: usize = 32;
    let mut sums = [F::zero(); WIDE];
    let (a, a_rest) = a.split_at(a.len() - a.len() % WIDE);
    let (b, b_rest) = b.split_at(a.len());
    for (a, b) in a.chunks_exact(WIDE).zip(b.chunks_exact(WIDE)) {
        for ((sum, &a), &b) in sums.iter_mut().zip(a).zip(b) {
            *sum = L::multiply_add(a, b, *sum);
        }
    }
    for half in [16, 8, 4, 2, 1] {
        let (low, high) = sums.split_at_mut(half);
        low.iter_mut().zip(high).for_each(|(sum, &mut other)| *sum += other);
    }
    let rest = a_rest.iter().zip(b_rest).fold(F::zero(), |sum, (&a, &b)| L::multiply_add(a, b, sum));
    sums[0] + rest
}
