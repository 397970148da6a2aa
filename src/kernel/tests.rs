use super::*;
use ndarray::{Array2, ArrayView2, s};
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

fn check<F: Element>((m, k, n): (usize, usize, usize), layouts: (usize, usize)) {
    let owner =
        |rows: usize, columns: usize, seed| whole_numbers::<F>(3 * rows.max(columns), 3 * rows.max(columns), seed);
    let (a, b) = (owner(m, k, 1), owner(k, n, 2));
    let (a, b) = (view(&a, m, k, layouts.0), view(&b, k, n, layouts.1));
    let mut c = Array2::from_elem((m, n), F::nan());
    matmul(&a, &b, &mut c);
    assert_eq!(c, naive(a, b), "{m} x {k} x {n}, layouts {layouts:?}");
}

proptest! {
    #[test]
    fn the_product_is_its_definition_for_all_shapes_and_layouts(
        m in 0_usize..20, k in 0_usize..20, n in 0_usize..20,
        layouts in (0_usize..6, 0_usize..6),
    ) {
        check::<f32>((m, k, n), layouts);
        check::<f64>((m, k, n), layouts);
    }
}

#[test]
fn the_product_is_its_definition_at_the_sizes_where_blocks_end() {
    let shapes = [(1, 300, 1), (2, 70, 130), (130, 70, 1), (65, 513, 33), (7, 1, 9), (128, 784, 10), (9, 257, 290)];
    for shape in shapes {
        for layouts in [(0, 0), (1, 0), (0, 1), (1, 1), (2, 4)] {
            check::<f32>(shape, layouts);
            check::<f64>(shape, layouts);
        }
    }
}

#[test]
#[should_panic(expected = "shapes do not fit")]
fn shapes_that_do_not_fit_are_refused() {
    matmul(&Array2::<f32>::zeros((2, 3)), &Array2::zeros((2, 3)), &mut Array2::zeros((2, 3)));
}

/// Distance in units of the last place of the exact value, of which `nearest` is the nearest f64.
fn units<F: Element>(found: F, exact: f64, least: f64, digits: i32) -> f64 {
    let found: f64 = num_traits_to_f64(found);
    if found == exact || (found.is_nan() && exact.is_nan()) {
        return 0.0;
    }
    let unit = (2.0_f64.powi(exact.abs().log2().floor() as i32 - digits)).max(least);
    (found - exact).abs() / unit
}

fn num_traits_to_f64<F: Element>(value: F) -> f64 {
    value.to_f64().unwrap()
}

/// A function over a slice, and the same of one number in double precision.
type Pair = (fn(&mut [f32]), fn(f64) -> f64);

const FUNCTIONS: [Pair; 3] = [(exp, f64::exp), (sigmoid, |x| 1.0 / (1.0 + (-x).exp())), (tanh, f64::tanh)];

#[test]
fn exponentials_of_f32_are_within_two_units_in_the_last_place() {
    for (which, (function, exact)) in FUNCTIONS.into_iter().enumerate() {
        let mut worst = (0.0_f64, 0.0);
        // Every 997th number there is: subnormals, infinities and NaN among them.
        let mut all: Vec<f32> = (0..=u32::MAX / 997).map(|index| f32::from_bits(index * 997)).collect();
        all.extend([0.0, -0.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN, f32::MIN_POSITIVE, 88.722_83, -103.972_08]);
        let mut found = all.clone();
        function(&mut found);
        for (x, found) in all.into_iter().zip(found) {
            let exact = exact(f64::from(x));
            let largest = f64::from(f32::MAX) * (1.0 + 2.0_f64.powi(-25));
            let exact = if exact > largest { f64::INFINITY } else { exact };
            let error = units(found, exact, 2.0_f64.powi(-149), 23);
            if error.is_nan() || error > worst.0 {
                worst = (error, x.into());
            }
        }
        println!("{which} {worst:?}");
        assert!(worst.0 <= 2.0, "function {which}: {} units at {}", worst.0, worst.1);
    }
}
