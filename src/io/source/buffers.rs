//! [`Buffers`]: few arrays for the values of a [`Program`], as each is free after its last use.

use super::program::{Operation, Program, Step};

/// Where each value of a program is kept, and the sizes of the arrays for that.
pub(super) struct Buffers {
    pub(super) places: Vec<Place>,
    pub(super) sizes: Vec<usize>,
}

/// Where a value is kept.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Place {
    Input,
    Output,
    Local(usize),
}

impl Buffers {
    pub(super) fn new<F>(program: &Program<F>) -> Self {
        let steps = &program.steps;
        let count = steps.len();
        // The step that reads a value last; the last value is read after all steps.
        let mut last_read: Vec<_> = (0..=count).collect();
        for (index, step) in steps.iter().enumerate() {
            for value in reads(step) {
                last_read[value] = index;
            }
        }
        last_read[count] = count;
        // A step that works number by number overwrites its input, if nobody reads that later: both share one array,
        // named by the first value in it.
        let mut first: Vec<_> = (0..=count).collect();
        for (index, step) in steps.iter().enumerate() {
            let overwrites = !matches!(step.operation, Operation::Dense { .. });
            if overwrites && step.input > 0 && last_read[step.input] == index {
                first[index + 1] = first[step.input];
            }
        }
        let mut places = vec![Place::Input; count + 1];
        let (mut sizes, mut free_after) = (Vec::<usize>::new(), Vec::<usize>::new());
        for value in 1..=count {
            places[value] = if first[value] == first[count] {
                Place::Output
            } else if first[value] < value {
                places[first[value]]
            } else {
                let (size, made_by) = (steps[value - 1].size, value - 1);
                let last = (value..=count).filter(|&other| first[other] == value).map(|other| last_read[other]).max();
                let free = free_after.iter().position(|&after| after < made_by);
                let index = free.unwrap_or_else(|| {
                    sizes.push(0);
                    free_after.push(0);
                    sizes.len() - 1
                });
                sizes[index] = sizes[index].max(size);
                free_after[index] = last.unwrap_or(made_by);
                Place::Local(index)
            };
        }
        Self { places, sizes }
    }
}

/// Returns the values that a step reads.
fn reads<F>(step: &Step<F>) -> impl Iterator<Item = usize> {
    let other = if let Operation::Add { other } = step.operation { Some(other) } else { None };
    std::iter::once(step.input).chain(other)
}
