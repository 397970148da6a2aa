//! [`Map`]: examples that are changed as they are gathered.

use super::Batch;
use crate::Float;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::fmt;

/// Words of 32 bits of a generator's stream that belong to one epoch, as a power of two.
const WORDS_OF_EPOCH: u32 = 36;

/// [`Examples`](super::Examples) whose rows are changed as they are gathered: noise, shifts, flips. It is made by
/// [`Examples::map`](super::Examples::map).
///
/// Each row has a generator of its own in each epoch, a `ChaCha8Rng` with the seed, the row's number as its stream, and
/// the word 2³⁶ · epoch as the start. So the same seed gives the same bits for any order of the rows, any batch size
/// and any number of threads, and different ones in each epoch.
///
/// Rows are counted in the examples that `map` was called on: `data.map(..)` and then `split` is not the same as
/// `split` and then `map`.
///
/// ```
/// use feedforward::Dataset;
/// use feedforward::data::{Batch, Examples};
/// use ndarray::array;
/// use rand::Rng;
///
/// let data = Dataset::new(array![[1.0], [2.0]], array![[1.0], [2.0]])?;
/// let noisy = data.map(7, |rng, input, _| input.iter_mut().for_each(|x| *x += rng.random_range(-0.1..0.1)));
/// let [mut first, mut second] = [Batch::default(), Batch::default()];
/// noisy.gather(&[0, 1], &mut first)?;
/// noisy.gather(&[1], &mut second)?;
/// assert_ne!(first.inputs()[[1, 0]], 2.0);
/// assert_eq!(first.inputs()[[1, 0]], second.inputs()[[0, 0]]);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Clone)]
pub struct Map<E, T> {
    examples: E,
    rng: ChaCha8Rng,
    change: T,
}

/// Shows the examples alone.
impl<E: fmt::Debug, T> fmt::Debug for Map<E, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Map").field("examples", &self.examples).finish_non_exhaustive()
    }
}

impl<E, T> Map<E, T> {
    pub(super) fn new(examples: E, seed: u64, change: T) -> Self {
        Self { examples, rng: ChaCha8Rng::seed_from_u64(seed), change }
    }

    pub(super) fn examples(&self) -> &E {
        &self.examples
    }

    /// Changes the rows of a batch, which have these numbers in the examples.
    pub(super) fn change_rows<F: Float>(&self, rows: &[usize], batch: &mut Batch<F>)
    where
        T: Fn(&mut ChaCha8Rng, &mut [F], &mut [F]),
    {
        let (first_row, epoch) = (batch.first_row(), batch.epoch());
        for (index, &row) in rows.iter().enumerate().take(batch.len()) {
            let mut rng = self.rng.clone();
            rng.set_stream((first_row + row) as u64);
            rng.set_word_pos(u128::from(epoch) << WORDS_OF_EPOCH);
            let (input, target) = batch.row_mut(index);
            (self.change)(&mut rng, input, target);
        }
    }
}
