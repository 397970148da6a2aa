use super::simd::LEVEL_LIMIT;
use super::*;
use ndarray::{Array2, ArrayView2, s};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Computes the matrix product by its definition, in three loops.
fn naive<F: Element>(a: ArrayView2<F>, b: ArrayView2<F>) -> Array2<F> {
    Array2::from_shape_fn((a.nrows(), b.ncols()), |(i, j)| {
        (0..a.ncols()).fold(F::zero(), |sum, k| sum + a[[i, k]] * b[[k, j]])
    })
}

/// Returns a matrix of small integers, for which every order of summation gives the same bits.
fn whole_numbers<F: Element>(rows: usize, columns: usize, seed: usize) -> Array2<F> {
    let value = |(i, j): (usize, usize)| ((i * 31 + j * 17 + seed * 7) % 19) as f64 - 9.0;
    Array2::from_shape_fn((rows, columns), |at| F::from(value(at)).unwrap())
}

/// Returns a view of shape `(rows, columns)` in one of six layouts, over a larger array.
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

#[test]
fn the_product_is_its_definition_for_all_shapes_and_layouts() {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    for _ in 0..500 {
        let [m, k, n] = [(); 3].map(|()| rng.random_range(0..20));
        let layouts = (rng.random_range(0..6), rng.random_range(0..6));
        on_every_level(|| {
            check::<f32>((m, k, n), layouts);
            check::<f64>((m, k, n), layouts);
        });
    }
}

#[test]
fn the_product_is_its_definition_at_the_sizes_where_blocks_end() {
    let shapes = [
        (1, 300, 1),
        (2, 70, 130),
        (130, 70, 1),
        (65, 513, 33),
        (7, 1, 9),
        (128, 784, 10),
        (9, 257, 290),
        (400, 300, 80),
    ];
    for shape in shapes {
        for layouts in [(0, 0), (1, 0), (0, 1), (1, 1), (2, 4)] {
            on_every_level(|| {
                check::<f32>(shape, layouts);
                check::<f64>(shape, layouts);
            });
        }
    }
}

#[test]
fn the_product_is_its_definition_where_rows_follow_each_other_without_a_gap() {
    fn check<F: Element>(m: usize, k: usize, n: usize) {
        let (a, b) = (whole_numbers::<F>(m, k, 1), whole_numbers::<F>(k, n, 2));
        let expected = naive(a.view(), b.view());
        // The same matrix with contiguous columns.
        let columns = a.t().as_standard_layout().into_owned().reversed_axes();
        for a in [a, columns] {
            let mut c = Array2::from_elem((m, n), F::nan());
            matmul(&a, &b, &mut c);
            assert_eq!(c, expected, "{m} x {k} x {n}");
        }
    }
    // Every number of columns up to a few registers, for few rows and for as many as are computed in blocks.
    for (m, k) in [(1, 1), (2, 3), (4, 2), (8, 7), (9, 16), (16, 40), (300, 5), (13, 450)] {
        for n in 1..36 {
            on_every_level(|| {
                check::<f32>(m, k, n);
                check::<f64>(m, k, n);
            });
        }
    }
}

#[test]
fn one_row_times_a_matrix_is_its_definition_near_and_far() {
    fn check<F: Element>(k: usize, n: usize) {
        let (row, b) = (whole_numbers::<F>(1, k, 1), whole_numbers::<F>(k, n, 2));
        let mut c = Array2::from_elem((1, n), F::nan());
        matmul(&row, &b, &mut c);
        assert_eq!(c, naive(row.view(), b.view()), "{k} x {n}");
        // The transposed matrix: its columns are contiguous.
        let mut c = Array2::from_elem((1, k), F::nan());
        let row = whole_numbers::<F>(1, n, 3);
        matmul(&row, &b.t(), &mut c);
        assert_eq!(c, naive(row.view(), b.t()), "{n} x {k}, transposed");
    }
    // Columns for each number of registers, whole and partial; rows that the runs do not divide; matrices larger than a
    // common L2 cache, in single and in double precision.
    for (k, n) in [(37, 129), (90, 53), (65, 256), (263, 509), (3, 60_000), (60_000, 3), (301, 640)] {
        on_every_level(|| {
            check::<f32>(k, n);
            check::<f64>(k, n);
        });
    }
}

#[test]
fn sums_of_columns_are_their_definition() {
    fn check<F: Element>(rows: usize, columns: usize) {
        let matrix = whole_numbers::<F>(rows, columns, 1);
        let mut sums = vec![F::nan(); columns];
        sum_rows(matrix.as_slice().unwrap(), &mut sums);
        assert_eq!(sums, matrix.sum_axis(ndarray::Axis(0)).to_vec(), "{rows} x {columns}");
    }
    for (rows, columns) in (0..40).flat_map(|rows| [1, 2, 3, 8, 10, 16, 64, 100].map(|columns| (rows, columns))) {
        on_every_level(|| {
            check::<f32>(rows, columns);
            check::<f64>(rows, columns);
        });
    }
}

#[test]
fn sums_of_many_rows_keep_their_digits() {
    for (rows, columns) in [(1 << 22, 1), (1 << 18, 10), (30_000, 130), (1025, 3)] {
        let value = |index: usize| 0.1_f32 + (index % 7) as f32 * 0.01;
        let matrix: Vec<f32> = (0..rows * columns).map(|index| value(index / columns)).collect();
        let exact: f64 = (0..rows).map(|row| f64::from(value(row))).sum();
        on_every_level(|| {
            let mut sums = vec![0.0; columns];
            sum_rows(&matrix, &mut sums);
            assert!(sums.iter().all(|&sum| (f64::from(sum) / exact - 1.0).abs() < 1e-7), "{rows} x {columns}");
        });
    }
}

#[test]
#[should_panic(expected = "shapes do not fit")]
fn shapes_that_do_not_fit_are_refused() {
    matmul(&Array2::<f32>::zeros((2, 3)), &Array2::zeros((2, 3)), &mut Array2::zeros((2, 3)));
}

/// The number of the best level; 1 is the portable one.
const BEST: u8 = 3;

/// Runs a test on every level of this processor.
fn on_every_level(test: impl Fn()) {
    for level in (1..=BEST).rev() {
        LEVEL_LIMIT.set(level);
        test();
    }
    LEVEL_LIMIT.set(BEST);
}

/// Returns the error in units of the last place of the exact value, which is `exact` plus `left`, for numbers with this
/// many binary digits and no bits below `least`.
fn units(found: f64, exact: f64, left: f64, digits: i32, least: f64) -> f64 {
    if found == exact && left == 0.0 || found.is_nan() && exact.is_nan() {
        return 0.0;
    }
    let next = f64::from_bits(exact.abs().to_bits() + 1);
    let unit = ((next - exact.abs()) * 2.0_f64.powi(52 - digits)).max(least);
    ((found - exact) - left).abs() / unit
}

/// A function over a slice, and the same function of one number in double precision.
type Pair = (fn(&mut [f32]), fn(f64) -> f64);

const FUNCTIONS: [Pair; 3] = [(exp, f64::exp), (sigmoid, |x| 1.0 / (1.0 + (-x).exp())), (tanh, f64::tanh)];

#[test]
fn exponentials_of_f32_are_within_two_units_in_the_last_place() {
    // Every 997th bit pattern: subnormals, infinities and NaN among them.
    let mut all: Vec<f32> = (0..=u32::MAX / 997).map(|index| f32::from_bits(index * 997)).collect();
    all.extend([0.0, -0.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN, f32::MIN_POSITIVE, 88.722_83, -103.972_08]);
    on_every_level(|| {
        for (which, (function, exact)) in FUNCTIONS.into_iter().enumerate() {
            let mut found = all.clone();
            function(&mut found);
            for (&x, found) in all.iter().zip(found) {
                let exact = exact(f64::from(x));
                let largest = f64::from(f32::MAX) * (1.0 + 2.0_f64.powi(-25));
                let exact = if exact > largest { f64::INFINITY } else { exact };
                let error = units(found.into(), exact, 0.0, 23, 2.0_f64.powi(-149));
                assert!(error <= 2.0, "function {which}: {error} units at {x}");
            }
        }
    });
}

/// Reads rows of seven numbers, each row in brackets on a line of its own. `parse` rounds to the nearest number, to the
/// last bit.
fn read_rows(json: &str) -> Vec<[f64; 7]> {
    let read_row = |line: &str| -> Option<[f64; 7]> {
        let numbers = line.trim_end_matches(',').strip_prefix('[')?.strip_suffix(']')?;
        let numbers: Vec<f64> = numbers.split(',').map(|number| number.trim().parse().unwrap()).collect();
        Some(numbers.try_into().expect("seven numbers in a row"))
    };
    json.lines().filter_map(read_row).collect()
}

#[test]
fn exponentials_of_f64_are_within_two_units_in_the_last_place() {
    // For each x the three functions to 40 digits, each as a double and the remainder.
    let rows = read_rows(include_str!("../../tests/golden/exponentials.json"));
    assert_eq!(rows.len(), 481, "rows of the golden file");
    let functions: [fn(&mut [f64]); 3] = [exp, sigmoid, tanh];
    on_every_level(|| {
        for (which, function) in functions.into_iter().enumerate() {
            let mut found: Vec<f64> = rows.iter().map(|row| row[0]).collect();
            function(&mut found);
            for (row, found) in rows.iter().zip(found) {
                let error = units(found, row[1 + 2 * which], row[2 + 2 * which], 52, f64::from_bits(1));
                assert!(error <= 2.0, "function {which}: {error} units at {}", row[0]);
            }
            let mut ends = [f64::NEG_INFINITY, f64::INFINITY, f64::NAN];
            function(&mut ends);
            let least = if which == 2 { -1.0 } else { 0.0 };
            let most = if which == 0 { f64::INFINITY } else { 1.0 };
            assert!(ends[0] == least && ends[1] == most && ends[2].is_nan(), "function {which}: {ends:?}");
        }
    });
}

#[test]
fn exponentials_do_not_depend_on_where_in_a_slice_a_number_is() {
    let all: Vec<f32> = (0..100).map(|index| index as f32 * 0.37 - 18.0).collect();
    on_every_level(|| {
        for (function, _) in FUNCTIONS {
            let mut together = all.clone();
            function(&mut together);
            for length in 0..all.len() {
                let mut some = all[..length].to_vec();
                function(&mut some);
                assert_eq!(some, together[..length]);
            }
        }
    });
}

#[test]
fn what_is_not_finite_is_found_wherever_it_is() {
    on_every_level(|| {
        for length in [1, 7, 15, 16, 31, 63, 64, 255, 256, 300, 1000] {
            assert!(all_finite(&vec![f32::MAX; length]) && all_finite(&vec![-1.0; length]));
            for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                for place in [0, length / 2, length - 1] {
                    let mut values = vec![1.0; length];
                    values[place] = bad;
                    assert!(!all_finite(&values), "{bad} at {place} of {length}");
                }
            }
        }
    });
}

#[test]
fn a_bias_is_added_and_a_function_applied_to_each_element_once() {
    on_every_level(|| {
        for (m, k, n) in [(1, 1, 1), (1, 40, 70), (3, 5, 1), (70, 60, 1), (4, 2, 4), (13, 300, 33), (400, 20, 40)] {
            let (a, b) = (whole_numbers::<f64>(m, k, 1), whole_numbers::<f64>(k, n, 2));
            let bias: Vec<f64> = (0..n).map(|column| column as f64).collect();
            let mut c = Array2::from_elem((m, n), f64::NAN);
            affine(&a, &b, Some(&bias), &mut c, |values| {
                values.iter_mut().for_each(|value| *value = 2.0 * *value + 1.0)
            });
            let expected = 2.0 * (naive(a.view(), b.view()) + ndarray::ArrayView1::from(&bias)) + 1.0;
            assert_eq!(c, expected, "{m} x {k} x {n}");
        }
    });
}

#[test]
fn bytes_become_numbers_as_their_definition_says() {
    fn check<F: Element + Scaled>() {
        for length in (0..70).chain([784]) {
            let bytes: Vec<u8> = (0..length).map(|index| (index * 37 % 256) as u8).collect();
            for scale in [1.0, 1.0 / 255.0, 3e-5] {
                let mut values = vec![F::nan(); length];
                scale_bytes(&bytes, scale, &mut values);
                let expected: Vec<_> = bytes.iter().map(|&byte| F::rounded(f64::from(byte) * scale)).collect();
                assert_eq!(values, expected);
            }
            let numbers: Vec<_> = (0..length).map(|index| F::rounded(index as f64 * 0.1)).collect();
            let mut values = vec![F::nan(); length];
            copy_le_bytes(&F::bytes(&numbers), &mut values);
            assert_eq!(values, numbers);
        }
    }
    trait Scaled: Sized {
        fn rounded(value: f64) -> Self;
        fn bytes(values: &[Self]) -> Vec<u8>;
    }
    impl Scaled for f32 {
        fn rounded(value: f64) -> Self {
            value as Self
        }
        fn bytes(values: &[Self]) -> Vec<u8> {
            values.iter().flat_map(|value| value.to_le_bytes()).collect()
        }
    }
    impl Scaled for f64 {
        fn rounded(value: f64) -> Self {
            value
        }
        fn bytes(values: &[Self]) -> Vec<u8> {
            values.iter().flat_map(|value| value.to_le_bytes()).collect()
        }
    }
    on_every_level(|| {
        check::<f32>();
        check::<f64>();
    });
}

#[test]
fn a_byte_over_255_is_the_quotient_to_the_last_bit() {
    let bytes: Vec<u8> = (0..=255).collect();
    let mut values = [f32::NAN; 256];
    scale_bytes(&bytes, 1.0 / 255.0, &mut values);
    assert!(bytes.iter().zip(values).all(|(&byte, value)| value == f32::from(byte) / 255.0));
}
