//! Parts of data are row numbers: splitting and reading in batches copies no row twice.

use crate::counting::{allocations, largest_allocation, peak_memory};
use feedforward::Dataset;
use feedforward::data::{Batch, Examples};
use ndarray::Array2;

const ROWS: usize = 20_000;
const COLUMNS: usize = 100;
const BYTES: usize = ROWS * COLUMNS * size_of::<f64>();

fn data() -> Dataset<f64> {
    let inputs = Array2::from_shape_fn((ROWS, COLUMNS), |(row, column)| (row * COLUMNS + column) as f64);
    let targets = Array2::from_shape_fn((ROWS, 1), |(row, _)| (row % 3) as f64);
    let weights = (0..ROWS).map(|row| 1.0 + (row % 2) as f64).collect();
    Dataset::new(inputs, targets).unwrap().with_weights(weights).unwrap()
}

#[test]
fn a_split_takes_the_memory_of_row_numbers() {
    let data = data();
    let check = |what: &str, split: &dyn Fn() -> usize| {
        let (rows, peak) = peak_memory(split);
        assert_eq!(rows, ROWS);
        // Row numbers, weights and what counts them: a few times eight bytes a row.
        assert!(peak < 8 * ROWS * size_of::<f64>(), "{what} took {peak} of {BYTES} bytes");
    };
    check("split", &|| data.split(0.7, 1).map(|(one, other)| one.len() + other.len()).unwrap());
    check("split_stratified", &|| data.split_stratified(0.7, 1).map(|(one, other)| one.len() + other.len()).unwrap());
    check("a split of a split", &|| {
        let (one, other) = data.split(0.7, 1).unwrap();
        let (third, fourth) = one.split(0.5, 2).unwrap();
        third.len() + fourth.len() + other.len()
    });
    check("Examples::split", &|| {
        Examples::split(&data, 0.7, 1).map(|(one, other)| Examples::len(&one) + Examples::len(&other)).unwrap()
    });
    check("a clone", &|| data.clone().len());
}

#[test]
fn rows_of_a_part_are_gathered_without_a_request_for_memory() {
    let data = data();
    let (train, _) = data.split(0.7, 1).unwrap();
    let subset = Examples::select(&data, &[5, 7, 9, 11]).unwrap();
    let inner = Examples::select(&subset, &[3, 0]).unwrap();
    let mut batch = Batch::default();
    let rows: Vec<_> = (0..64).collect();
    train.gather(&rows, &mut batch).unwrap();
    inner.gather(&[0, 1], &mut batch).unwrap();
    let requests = allocations(|| {
        for first in (0..13_000).step_by(64) {
            let rows: [usize; 64] = std::array::from_fn(|index| first + index);
            train.gather(&rows, &mut batch).unwrap();
            subset.gather(&[3, 2, 1], &mut batch).unwrap();
            inner.gather(&[1, 0], &mut batch).unwrap();
        }
    });
    assert_eq!(requests, 0);
    assert!(train.arrays().is_none(), "nothing was copied");
}

#[test]
fn the_matrices_of_a_part_are_copied_once_and_one_by_one() {
    let (train, _) = data().split(0.5, 1).unwrap();
    let (_, largest) = largest_allocation(|| train.classes().unwrap());
    assert!(largest < BYTES / 8, "classes need targets alone, and took {largest} bytes");
    let (_, largest) = largest_allocation(|| train.inputs().nrows());
    assert_eq!(largest, BYTES / 2);
    assert_eq!(allocations(|| assert_eq!(train.inputs().nrows(), train.targets().nrows())), 0);
    assert!(train.arrays().is_some());
}
