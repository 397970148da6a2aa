//! The matrix product `c = f(a · b + bias)`. Each shape takes one of three paths:
//!
//! - [`small`]: few multiplications; the matrices are read in place.
//! - [`one_row`]: a row times a matrix, or a matrix times a column; limited by reading the matrix once.
//! - [`blocked`]: all others; blocks that stay in the caches, packed where it pays, divided between threads.
//!
//! All three end in the micro-kernel of [`tile`], except for dot products. Each element of `c` is summed up in the same
//! order for any number of threads.

mod blocked;
mod one_row;
mod operands;
mod pack;
mod small;
mod tile;

use super::simd::Scalar;
use blocked::Product;
use ndarray::ArrayRef2;
use operands::{Size, Start, Strided};

/// Computes `c = f(a · b + bias)`: see [`super::affine`].
pub(super) fn affine<F: Scalar>(
    a: &ArrayRef2<F>,
    b: &ArrayRef2<F>,
    bias: Option<&[F]>,
    c: &mut ArrayRef2<F>,
    epilogue: &(dyn Fn(&mut [F]) + Sync),
) {
    let (m, k) = a.dim();
    let n = b.ncols();
    assert!((b.nrows(), c.dim()) == (k, (m, n)), "matmul: shapes do not fit");
    assert!(bias.is_none_or(|bias| bias.len() == n), "matmul: the bias does not fit");
    let Some(c) = c.as_slice_mut() else { panic!("matmul: the product must be in standard layout") };
    let size = Size { m, n, k };
    let start = bias.map_or(Start::Zero, |bias| Start::Bias(bias.as_ptr()));
    let strided_b = strided(b);
    if small::is_small_product(size, strided_b) {
        // SAFETY: the arrays have these shapes, as just checked, and `c` is in standard layout.
        unsafe { small::multiply(size, strided(a), strided_b, start, c.as_mut_ptr()) };
        return epilogue(c);
    }
    multiply_large(a, b, bias, c, epilogue);
}

/// Computes a product that is not small. Out of line, so that its variables do not enlarge the stack frame of small
/// products.
#[inline(never)]
fn multiply_large<F: Scalar>(
    a: &ArrayRef2<F>,
    b: &ArrayRef2<F>,
    bias: Option<&[F]>,
    c: &mut [F],
    epilogue: &(dyn Fn(&mut [F]) + Sync),
) {
    let (m, k) = a.dim();
    let n = b.ncols();
    if m * n * k == 0 {
        fill_rows(c, n, bias);
    } else if n == 1 && one_row::is_one_row_product(&b.t(), &a.t()) {
        fill_rows(c, n, bias);
        one_row::add_product(&b.t(), &a.t(), c);
    } else if one_row::is_one_row_product(a, b) {
        fill_rows(c, n, bias);
        one_row::add_product(a, b, c);
    } else {
        let start = bias.map_or(Start::Zero, |bias| Start::Bias(bias.as_ptr()));
        // SAFETY: the arrays have these shapes, as `affine` checked, and are borrowed until the product has run.
        let product = unsafe { Product::new(Size { m, n, k }, strided(a), strided(b), start, c.as_mut_ptr()) };
        return product.run(epilogue);
    }
    epilogue(c);
}

/// Sets each row to the bias, or to zero.
fn fill_rows<F: Scalar>(c: &mut [F], columns: usize, bias: Option<&[F]>) {
    match bias {
        Some(bias) if columns > 0 => c.chunks_exact_mut(columns).for_each(|row| row.copy_from_slice(bias)),
        _ => c.fill(F::zero()),
    }
}

fn strided<F>(matrix: &ArrayRef2<F>) -> Strided<F> {
    let strides = matrix.strides();
    Strided { start: matrix.as_ptr(), strides: [strides[0], strides[1]] }
}
