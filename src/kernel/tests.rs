use super::*;
use ndarray::{Array2, ArrayView2, Axis, s};
use proptest::prelude::*;

/// The definition of the matrix product, in three loops.
fn naive<F: Element>(a: ArrayView2<F>, b: ArrayView2<F>) -> Array2<F> {
    Array2::from_shape_fn((a.nrows(), b.ncols()), |(i, j)| {
        (0..a.ncols()).fold(F::zero(), |sum, k| sum + a[[i, k]] * b[[k, j]])
    })
}

/// A matrix of small whole numbers, so that every order of summation gives the same bits.
fn whole_numbers<F: Element>(rows: usize, columns: usize, seed: usize) -> Array2<F> {
    let value = |(i, j): (usize, usize)| ((i * 31 + j * 17 + seed * 7) % 19) as f64 - 9.0;
    Array2::from_shape_fn((rows, columns), |at| F::from(value(at)).unwrap())
}

/// A view of shape `(rows, columns)` in one of six layouts, over a larger array.
fn view<F: Element>(owner: &Array2<F>, rows: usize, columns: usize, layout: usize) -> ArrayView2<'_, F> {
    match layout {
        0 => owner.slice(s![..rows, ..columns]),
        1 => owner.slice(s![..columns, ..rows]).reversed_axes(),
        2 => owner.slice(s![..rows;-1, ..columns]),
        3 => owner.slice(s![..rows, ..columns;-1]),
        4 => owner.slice(s![..2 * rows;2, ..3 * columns;3]),
        _ => owner.slice(s![..2 * columns;-2, ..rows;-1]).reversed_axes(),
    }
}

fn check<F: Element>((m, k, n): (usize, usize, usize), layouts: (usize, usize, usize)) {
    let owner =
        |rows: usize, columns: usize, seed| whole_numbers::<F>(3 * rows.max(columns), 3 * rows.max(columns), seed);
    let (a, b) = (owner(m, k, 1), owner(k, n, 2));
    let (a, b) = (view(&a, m, k, layouts.0), view(&b, k, n, layouts.1));
    let mut c = Array2::from_elem(if layouts.2 == 1 { (n, m) } else { (m, n) }, F::nan());
    let mut c = if layouts.2 == 1 { c.view_mut().reversed_axes() } else { c.view_mut() };
    if layouts.2 == 2 {
        c.invert_axis(Axis(0));
    }
    matmul(&a, &b, &mut c);
    assert_eq!(c, naive(a, b), "{m} x {k} x {n}, layouts {layouts:?}");
}

proptest! {
    #[test]
    fn the_product_is_its_definition_for_all_shapes_and_layouts(
        m in 0_usize..20, k in 0_usize..20, n in 0_usize..20,
        layouts in (0_usize..6, 0_usize..6, 0_usize..3),
    ) {
        check::<f32>((m, k, n), layouts);
        check::<f64>((m, k, n), layouts);
    }
}

#[test]
fn the_product_is_its_definition_at_the_sizes_where_blocks_end() {
    for shape in [(1, 300, 1), (1, 70, 130), (130, 70, 1), (65, 513, 33), (7, 1, 9), (128, 784, 10)] {
        check::<f32>(shape, (0, 0, 0));
        check::<f64>(shape, (1, 1, 1));
    }
}

#[test]
#[should_panic(expected = "shapes do not fit")]
fn shapes_that_do_not_fit_are_refused() {
    matmul(&Array2::<f32>::zeros((2, 3)), &Array2::zeros((2, 3)), &mut Array2::zeros((2, 3)));
}
