//! The product of one row, such as one example to predict: no element of `b` is used twice, so nothing is worth
//! packing.

use super::super::simd::{Level, Registers, Scalar, SimdLoop, Vector, dispatch};
use super::super::threads::{IndexedSlice, split_by_cost};
use super::super::tuning::{COST_OF_ROW_ELEMENT, FAR_MATRIX_BYTES, FAR_MATRIX_RUNS};
use super::operands::{Start, Strided, TileOutput};
use super::tile::{last_whole_row, tile};
use ndarray::ArrayRef2;

/// Returns whether a product takes this path: `a` is one contiguous row, and the rows or the columns of `b` are
/// contiguous.
pub(super) fn is_one_row_product<F>(a: &ArrayRef2<F>, b: &ArrayRef2<F>) -> bool {
    a.nrows() == 1 && a.is_standard_layout() && (b.is_standard_layout() || b.t().is_standard_layout())
}

/// Computes `c += a · b` for a product that takes this path.
pub(super) fn add_product<F: Scalar>(a: &ArrayRef2<F>, b: &ArrayRef2<F>, c: &mut [F]) {
    let row = a.as_slice().unwrap_or_default();
    if let Some(b) = b.as_slice() {
        let stride = c.len();
        // From the cache it is best to keep all sums in registers; from memory, to read a few long runs of rows that
        // the hardware prefetches.
        let runs = if size_of_val(b) > FAR_MATRIX_BYTES { FAR_MATRIX_RUNS } else { row.len() };
        let all = IndexedSlice { first: 0, values: c };
        split_by_cost(COST_OF_ROW_ELEMENT * b.len(), all, |part: IndexedSlice<'_, F>| {
            let b = &b[part.first..];
            dispatch(ScaledRows { factors: row, runs, b, stride, start: Start::Accumulate, sums: part.values });
        });
    } else if let Some(b) = b.t().to_slice() {
        dispatch(DotProducts { row, b, sums: c });
    }
}

/// Computes `c = start + a · b` for a small product of one row, with more columns than a column panel.
///
/// # Safety
/// `a` must have `k` contiguous elements, `b` `k` rows of `n` contiguous columns with a positive stride of at least
/// `n`, a bias `n` elements, and `c` must have `n` elements and be writable.
#[inline(never)]
pub(super) unsafe fn multiply_small<F: Scalar>(
    (k, n): (usize, usize),
    a: *const F,
    b: Strided<F>,
    start: Start<F>,
    c: *mut F,
) {
    let stride = b.strides[0].unsigned_abs();
    // SAFETY: the caller's promise.
    let (factors, b, sums) = unsafe {
        let b = std::slice::from_raw_parts(b.start, (k - 1) * stride + n);
        (std::slice::from_raw_parts(a, k), b, std::slice::from_raw_parts_mut(c, n))
    };
    dispatch(ScaledRows { factors, runs: k, b, stride, start, sums });
}

/// Computes `sums = start + Σ factor · row of b`, the rows `stride` elements apart. Splits the rows into `runs`
/// contiguous runs and adds one row of each run per iteration.
struct ScaledRows<'a, F> {
    factors: &'a [F],
    runs: usize,
    b: &'a [F],
    stride: usize,
    start: Start<F>,
    sums: &'a mut [F],
}

impl<F: Scalar> SimdLoop for ScaledRows<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<L: Level>(self, level: L) {
        let Self { factors, runs, b, stride, mut start, sums } = self;
        assert!(b.len() >= (factors.len() - 1) * stride + sums.len(), "the rows of b");
        let length = factors.len() / runs;
        let rest = length * runs;
        // The rows that the runs do not divide come last, one after another.
        for first in 0..length + 1 {
            let (first, step, count) =
                if first < length { (first, length, runs) } else { (rest, 1, factors.len() - rest) };
            let a = Strided { start: factors[first..].as_ptr(), strides: [0, step as isize] };
            let mut column = 0;
            while column < sums.len() && count > 0 {
                let b = (b[first * stride + column..].as_ptr(), (step * stride) as isize);
                let (from, sums) = (start.at(column), &mut sums[column..]);
                // SAFETY: there are `count` factors, and as many rows of b with the columns that are left.
                column += unsafe { add_columns::<F, L::Vector<F>>(level, count, a, b, from, sums) };
            }
            start = Start::Accumulate;
        }
    }
}

/// Computes the first of the sums, up to eight registers of them; returns how many that are.
///
/// # Safety
/// There must be `k` factors in `a`, and as many rows in `b`, with a column for each sum, as in a bias.
#[inline(always)]
unsafe fn add_columns<F: Scalar, V: Vector<F>>(
    level: V::Level,
    k: usize,
    a: Strided<F>,
    b: (*const F, isize),
    from: Start<F>,
    sums: &mut [F],
) -> usize {
    let columns = sums.len().min(8 * V::LANES);
    let c = TileOutput { start: sums.as_mut_ptr(), stride: 0, columns, from };
    let whole = last_whole_row(b, k, columns, Registers { lanes: V::LANES, short_lanes: V::LANES });
    // SAFETY: the caller's promise.
    unsafe {
        match columns.div_ceil(V::LANES) {
            // The case of large matrices with constants, so that all registers are at constant distances.
            8 if columns == 8 * V::LANES && matches!(from, Start::Accumulate) => {
                let c = TileOutput { columns: 8 * V::LANES, from: Start::Accumulate, ..c };
                tile::<F, V, 1, 8>(level, k, a, b, whole, c);
            }
            8 => tile::<F, V, 1, 8>(level, k, a, b, whole, c),
            7 => tile::<F, V, 1, 7>(level, k, a, b, whole, c),
            6 => tile::<F, V, 1, 6>(level, k, a, b, whole, c),
            5 => tile::<F, V, 1, 5>(level, k, a, b, whole, c),
            4 => tile::<F, V, 1, 4>(level, k, a, b, whole, c),
            3 => tile::<F, V, 1, 3>(level, k, a, b, whole, c),
            2 => tile::<F, V, 1, 2>(level, k, a, b, whole, c),
            _ => tile::<F, V, 1, 1>(level, k, a, b, whole, c),
        }
    }
    columns
}

/// Computes `sums += row · each column of b`, the columns contiguous and one after another.
struct DotProducts<'a, F> {
    row: &'a [F],
    b: &'a [F],
    sums: &'a mut [F],
}

impl<F: Scalar> SimdLoop for DotProducts<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<L: Level>(self, level: L) {
        for (sum, column) in self.sums.iter_mut().zip(self.b.chunks_exact(self.row.len())) {
            *sum += dot::<F, L>(level, self.row, column);
        }
    }
}

/// Computes the dot product, in four registers of sums that are added in pairs at the end.
#[inline(always)]
fn dot<F: Scalar, L: Level>(level: L, a: &[F], b: &[F]) -> F {
    const TOGETHER: usize = 4;
    let lanes = L::Vector::<F>::LANES;
    let mut sums = [L::Vector::<F>::splat(level, F::zero()); TOGETHER];
    let (mut a, mut b) = (a, b);
    while a.len() >= TOGETHER * lanes && b.len() >= TOGETHER * lanes {
        let (a_now, b_now);
        (a_now, a) = a.split_at(TOGETHER * lanes);
        (b_now, b) = b.split_at(TOGETHER * lanes);
        for ((sum, a), b) in sums.iter_mut().zip(a_now.chunks_exact(lanes)).zip(b_now.chunks_exact(lanes)) {
            *sum = sum.add_product(L::Vector::read(level, a), L::Vector::read(level, b));
        }
    }
    let [mut first, second, third, fourth] = sums;
    for (a, b) in a.chunks(lanes).zip(b.chunks(lanes)) {
        first = first.add_product(L::Vector::read(level, a), L::Vector::read(level, b));
    }
    let mut each = [F::zero(); 16];
    first.add(second).add(third.add(fourth)).write(&mut each);
    let mut half = lanes / 2;
    while half > 0 {
        let (low, high) = each.split_at_mut(half);
        low.iter_mut().zip(high).for_each(|(sum, &mut other)| *sum += other);
        half /= 2;
    }
    each[0]
}
