//! The ground floor: loops over plain numbers, safe to call from above. The only room with `unsafe`.

mod product;
mod small;

pub(crate) use product::matmul;

/// What the kernels exist for. Public in a private module, so that nobody can add to it.
pub trait Element: ndarray::NdFloat {}

impl Element for f32 {}
impl Element for f64 {}

/// Whether every value is finite; a loop without an early exit, which the compiler makes wide.
pub(crate) fn all_finite<F: Element>(values: &[F]) -> bool {
    values.iter().fold(true, |finite, value| finite & value.is_finite())
}

/// Adds `row` to each row of `matrix`, given as one slice in standard layout.
pub(crate) fn add_row<F: Element>(matrix: &mut [F], row: &[F]) {
    for values in matrix.chunks_exact_mut(row.len()) {
        for (value, &addend) in values.iter_mut().zip(row) {
            *value += addend;
        }
    }
}

/// Overwrites `sums` with the sum of each column of `matrix`, given as one slice in standard layout.
pub(crate) fn sum_rows<F: Element>(matrix: &[F], sums: &mut [F]) {
    sums.fill(F::zero());
    for values in matrix.chunks_exact(sums.len()) {
        for (sum, &value) in sums.iter_mut().zip(values) {
            *sum += value;
        }
    }
}

#[cfg(test)]
mod tests;
