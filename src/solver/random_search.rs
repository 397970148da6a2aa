//! [`RandomSearch`]: random moves of all weights; the better ones are kept.

use super::search_loss::{SearchLoss, draw_normal};
use crate::clock::Stopwatch;
use crate::training::Ending;
use crate::{Dataset, EpochRecord, Float, History, Loss, Network, Result, check};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Moves all weights at random, and keeps the move if the loss is lower.
///
/// If it is not, the opposite move is tried; if that is no better either, moves become shorter (times 0.98), and after
/// each success longer (times 1.1). One round is one move: one or two forward passes over all data. Solis and Wets
/// 1981.
///
/// ```
/// use feedforward::solver::RandomSearch;
/// use feedforward::{Dataset, Mse, Network, Sigmoid, Tanh};
/// use ndarray::array;
///
/// let inputs = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
/// let xor = Dataset::new(inputs, array![[0.0], [1.0], [1.0], [0.0]])?;
/// let mut network = Network::<f64>::builder(2).dense(4, Tanh).dense(1, Sigmoid).seed(1).build()?;
/// let history = RandomSearch::new(0.5)?.seed(1).fit(&mut network, &xor, &Mse, 2000)?;
/// assert!(history.last().unwrap().training_loss < 0.05);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RandomSearch {
    size: f64,
    seed: u64,
}

impl RandomSearch {
    /// Starts with moves of this standard deviation.
    ///
    /// # Errors
    /// When it is not finite and above zero.
    pub fn new(size: f64) -> Result<Self> {
        Ok(Self { size: check::finite_above_zero("RandomSearch", "size", size)?, seed: 0 })
    }

    /// Sets the seed of the moves; 0 by default.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Searches for this many rounds; the network ends with the best weights found. The history has one record per
    /// round, with the size of the moves as its learning rate.
    ///
    /// # Errors
    /// When there is no round, network and data do not fit, or the loss at the start is not finite.
    pub fn fit<F: Float>(
        &self,
        network: &mut Network<F>,
        data: &Dataset<F>,
        loss: &dyn Loss<F>,
        rounds: usize,
    ) -> Result<History> {
        let mut search = SearchLoss::new("RandomSearch", network, data, loss, rounds)?;
        let rng = &mut ChaCha8Rng::seed_from_u64(self.seed);
        let (mut size, mut history) = (self.size, History::default());
        let mut best = network.trained_values();
        let mut lowest = search.first_loss(network)?;
        for round in 1..=rounds {
            let watch = Stopwatch::start();
            let step: Vec<F> = best.iter().map(|_| draw_normal(rng, size)).collect();
            let mut found = false;
            for sign in [F::one(), -F::one()] {
                let tried: Vec<F> = best.iter().zip(&step).map(|(&w, &step)| w + sign * step).collect();
                let (value, tried) = search.weigh(network, tried)?;
                if value < lowest {
                    (lowest, best, found) = (value, tried, true);
                    break;
                }
            }
            size *= if found { 1.1 } else { 0.98 };
            history.epochs.push(EpochRecord::new(round, lowest, size, 0.0, watch.seconds()));
        }
        network.set_trained_values(&best);
        history.ending = Some(Ending::Completed);
        Ok(history)
    }
}
