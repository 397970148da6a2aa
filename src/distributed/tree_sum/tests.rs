//! Sums along the tree beside their definition.

use super::TreeSum;
use crate::distributed::{Communicator, Threads};
use crate::{Error, Float};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Returns numbers of very different sizes, whose sum depends on the order.
fn leaf<F: Float>(leaf: usize, step: usize, numbers: usize) -> (Vec<F>, [f64; 3]) {
    let mut random = ChaCha8Rng::seed_from_u64((1000 * step + leaf) as u64);
    let mut number = || random.random_range(-1.0..1.0_f64) * 10_f64.powi(random.random_range(-6..6));
    let sums = [number(), number(), number()];
    ((0..numbers).map(|_| F::from_f64(number())).collect(), sums)
}

/// The definition: the sum of a node is that of its left half plus that of its right half.
fn naive<F: Float>(first: usize, count: usize, step: usize, numbers: usize) -> (Vec<F>, [f64; 3]) {
    if count == 1 {
        return leaf(first, step, numbers);
    }
    let (left, left_sums) = naive::<F>(first, count / 2, step, numbers);
    let (right, right_sums) = naive::<F>(first + count / 2, count / 2, step, numbers);
    let values = left.iter().zip(&right).map(|(&left, &right)| left + right).collect();
    (values, std::array::from_fn(|index| left_sums[index] + right_sums[index]))
}

/// Sums up some steps on some ranks, and compares the bits on each rank.
fn check<F: Float>(leaves: usize, ranks: usize) {
    // Longer ones and shorter ones in turn, in the same buffers.
    check_lengths::<F>(leaves, ranks, &[5, 1, 40, 0, 40]);
}

fn check_lengths<F: Float>(leaves: usize, ranks: usize, lengths: &[usize]) {
    let results = Threads::run(ranks, |communicator| {
        let mut sum = TreeSum::<F>::default();
        let mut steps = Vec::new();
        for (step, &numbers) in lengths.iter().enumerate() {
            sum.start(leaves, communicator, numbers);
            for own in TreeSum::<F>::leaves_of(leaves, communicator.rank(), ranks) {
                let (values, sums) = leaf::<F>(own, step, numbers);
                sum.add_leaf(sums, |leaf| values.chunks(7).for_each(|part| leaf.put(part)));
            }
            let (values, sums) = sum.finish(communicator)?;
            steps.push((numbers, values.to_vec(), sums));
        }
        Ok(steps)
    })
    .unwrap();
    assert_eq!(results.len(), ranks);
    let bits = |values: &[F], sums: &[f64; 3]| {
        let values: Vec<_> = values.iter().map(|value| value.widen().to_bits()).collect();
        (values, sums.map(f64::to_bits))
    };
    for (rank, steps) in results.iter().enumerate() {
        for (step, (numbers, values, sums)) in steps.iter().enumerate() {
            let (expected, expected_sums) = naive::<F>(0, leaves, step, *numbers);
            let expected = bits(&expected, &expected_sums);
            assert_eq!(bits(values, sums), expected, "{leaves} leaves, {ranks} ranks, rank {rank}, step {step}");
        }
    }
}

#[test]
fn many_numbers_are_added_up_in_the_order_of_the_tree() {
    for ranks in [1, 2, 3, 4, 8, 16] {
        check_lengths::<f32>(16, ranks, &[16_384, 20_011]);
        check_lengths::<f64>(16, ranks, &[8_193, 3]);
    }
}

#[test]
fn a_tree_sum_has_the_same_bits_for_any_number_of_ranks() {
    for ranks in (1..=9).chain([13, 16, 17]) {
        for leaves in [1, 2, 4, 8, 16, 32] {
            check::<f32>(leaves, ranks);
            check::<f64>(leaves, ranks);
        }
    }
}

#[test]
fn each_leaf_belongs_to_one_rank() {
    for size in 1..=20 {
        for leaves in [1, 2, 4, 8, 16, 32] {
            let mut next = 0;
            for rank in 0..size {
                let own = TreeSum::<f32>::leaves_of(leaves, rank, size);
                assert_eq!(own.start, next);
                for leaf in own.clone() {
                    assert_eq!(
                        TreeSum::<f32>::owner(leaf, leaves, size),
                        rank,
                        "leaf {leaf} of {leaves}, {size} ranks"
                    );
                }
                next = own.end;
            }
            assert_eq!(next, leaves);
        }
    }
}

#[test]
fn a_tree_sum_allocates_nothing_after_its_first_step() {
    for ranks in [1, 2, 3, 4, 5] {
        Threads::run(ranks, |communicator| {
            let mut sum = TreeSum::<f32>::default();
            let mut step = || {
                sum.start(32, communicator, 10);
                for _ in TreeSum::<f32>::leaves_of(32, communicator.rank(), ranks) {
                    sum.add_leaf([0.0; 3], |leaf| leaf.put_zeros(10));
                }
                sum.finish(communicator)?;
                let buffers = sum.nodes.iter().map(|node| &node.values).chain(&sum.spare);
                let mut addresses: Vec<_> = buffers.map(|values| values.as_ptr() as usize).collect();
                addresses.sort_unstable();
                Ok::<_, Error>(addresses)
            };
            let first = step()?;
            assert!(first.len() <= 11, "{} buffers", first.len());
            for _ in 0..3 {
                assert_eq!(step()?, first);
            }
            Ok(())
        })
        .unwrap();
    }
}
