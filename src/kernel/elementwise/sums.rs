//! Sums over slices, and over the rows of a matrix.

use super::super::simd::{Scalar, vectorize};
use super::super::threads::{IndexedSlice, split_by_elements};
use super::super::tuning::{SUM_ROWS_IN_F, SUM_ROWS_MIN_ELEMENTS};
use super::SUMS;

/// Returns Σ |value|, summed up in double precision.
pub(in crate::kernel) fn sum_magnitudes<F: Scalar>(values: &[F], widen: impl Fn(F) -> f64) -> f64 {
    sum(values, |value| widen(value.abs()))
}

/// Returns Σ value², squared and summed up in double precision.
pub(in crate::kernel) fn sum_squares<F: Scalar>(values: &[F], widen: impl Fn(F) -> f64) -> f64 {
    sum(values, |value| widen(value) * widen(value))
}

/// Returns the sum of a term for each value, in 16 sums side by side that are added up at the end.
#[inline(always)]
fn sum<F: Scalar>(values: &[F], term: impl Fn(F) -> f64) -> f64 {
    vectorize(|| {
        let mut sums = [0.0; 16];
        let (chunks, rest) = (values.chunks_exact(16), values.chunks_exact(16).remainder());
        for values in chunks {
            sums.iter_mut().zip(values).for_each(|(sum, &value)| *sum += term(value));
        }
        sums.iter().sum::<f64>() + rest.iter().map(|&value| term(value)).sum::<f64>()
    })
}

/// Overwrites `sums` with the sum of each column of `matrix`, which is given as one slice in standard layout.
///
/// Few rows are added in the precision of F, many in double precision, so that the relative error stays below 1e-6.
pub(in crate::kernel) fn sum_rows<F: Scalar>(
    matrix: &[F],
    sums: &mut [F],
    widen: impl Fn(F) -> f64 + Sync,
    narrow: impl Fn(f64) -> F + Sync,
) {
    let columns = sums.len();
    if matrix.len() > columns.saturating_mul(SUM_ROWS_IN_F) {
        return sum_many_rows(matrix, sums, widen, narrow);
    }
    if matrix.len() < SUM_ROWS_MIN_ELEMENTS {
        for (column, sum) in sums.iter_mut().enumerate() {
            let (mut total, mut index) = (F::zero(), column);
            while let Some(&value) = matrix.get(index) {
                total += value;
                index += columns;
            }
            *sum = total;
        }
        return;
    }
    if SUMS.is_multiple_of(columns) {
        return vectorize(|| {
            // Adds several rows side by side in registers, and the sums of the same column at the end.
            let mut wide = [F::zero(); SUMS];
            add_rows(matrix.chunks_exact(SUMS), &mut wide);
            sums.fill(F::zero());
            let rest = matrix.chunks_exact(SUMS).remainder();
            add_rows(wide.chunks_exact(columns).chain(rest.chunks_exact(columns)), sums);
        });
    }
    let all = IndexedSlice { first: 0, values: sums };
    split_by_elements(matrix.len(), all, |part: IndexedSlice<'_, F>| {
        vectorize(|| {
            part.values.fill(F::zero());
            add_rows(matrix.chunks_exact(columns).map(|row| &row[part.first..]), part.values);
        });
    });
}

/// Does the same with totals in double precision, some columns at a time.
fn sum_many_rows<F: Scalar>(
    matrix: &[F],
    sums: &mut [F],
    widen: impl Fn(F) -> f64 + Sync,
    narrow: impl Fn(f64) -> F + Sync,
) {
    let columns = sums.len();
    let all = IndexedSlice { first: 0, values: sums };
    split_by_elements(matrix.len(), all, |part: IndexedSlice<'_, F>| {
        let mut first = part.first;
        for sums in part.values.chunks_mut(SUMS) {
            vectorize(|| {
                let mut totals = [0.0; SUMS];
                for row in matrix.chunks_exact(columns) {
                    totals.iter_mut().zip(&row[first..][..sums.len()]).for_each(|(total, &x)| *total += widen(x));
                }
                sums.iter_mut().zip(totals).for_each(|(sum, total)| *sum = narrow(total));
            });
            first += sums.len();
        }
    });
}

/// Adds to each sum the element of the same index in each row.
#[inline(always)]
fn add_rows<'a, F: Scalar>(rows: impl Iterator<Item = &'a [F]>, sums: &mut [F]) {
    for row in rows {
        sums.iter_mut().zip(row).for_each(|(sum, &value)| *sum += value);
    }
}
