//! [`RandomSearch`]: random moves of all weights; the better ones are kept.

use super::ranks::prepare;
use super::search_loss::{SearchLoss, draw_normal};
use crate::clock::Stopwatch;
use crate::distributed::{Alone, Communicator, agree_on};
use crate::training::Ending;
use crate::{Dataset, EpochRecord, Float, History, Loss, Network, Result, check};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

const OPERATION: &str = "RandomSearch";

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
#[derive(Debug, Clone)]
pub struct RandomSearch<'a> {
    size: f64,
    seed: u64,
    communicator: &'a dyn Communicator,
}

/// Compares everything but the communicator.
impl PartialEq for RandomSearch<'_> {
    fn eq(&self, other: &Self) -> bool {
        (self.size, self.seed) == (other.size, other.seed)
    }
}

impl<'a> RandomSearch<'a> {
    /// Starts with moves of this standard deviation.
    ///
    /// # Errors
    /// When it is not finite and above zero.
    pub fn new(size: f64) -> Result<Self> {
        Ok(Self { size: check::finite_above_zero(OPERATION, "size", size)?, seed: 0, communicator: &Alone })
    }

    /// Sets the seed of the moves; 0 by default.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Tries a move and its opposite at the same time on two ranks, which all call [`fit`](Self::fit) with the same
    /// data. The search starts from the network of rank 0, and all ranks end with the bits that one rank alone gets.
    /// More than two ranks gain nothing.
    pub fn across(self, communicator: &'a dyn Communicator) -> Self {
        Self { communicator, ..self }
    }

    /// Searches for this many rounds; the network ends with the best weights found. The history has one record per
    /// round, with the size of the moves as its learning rate.
    ///
    /// # Errors
    /// When there is no round, network and data do not fit, or the loss at the start is not finite.
    /// [`across`](Self::across) ranks also when something of that is so on another rank, ranks have other data, layers
    /// or settings, or a rank fails. The network is then unchanged.
    pub fn fit<F: Float>(
        &self,
        network: &mut Network<F>,
        data: &Dataset<F>,
        loss: &dyn Loss<F>,
        rounds: usize,
    ) -> Result<History> {
        let mut search = agree_on(self.communicator, SearchLoss::new(OPERATION, network, data, loss, rounds))?;
        let mut before = Vec::new();
        network.copy_values(&mut before);
        let settings = vec![
            ("rounds:", rounds.to_string()),
            ("a size of", format!("{:?}", self.size)),
            ("the seed", self.seed.to_string()),
        ];
        let prepared = prepare(self.communicator, OPERATION, network, data, loss, settings);
        let outcome = prepared.and_then(|()| self.search(network, &mut search, rounds));
        if outcome.is_err() {
            network.set_values(&before);
        }
        outcome
    }

    fn search<F: Float>(
        &self,
        network: &mut Network<F>,
        search: &mut SearchLoss<'_, F>,
        rounds: usize,
    ) -> Result<History> {
        let rng = &mut ChaCha8Rng::seed_from_u64(self.seed);
        let (mut size, mut history) = (self.size, History::default());
        let mut best = network.trained_values();
        let mut lowest = agree_on(self.communicator, search.first_loss(network))?;
        // The opposite move is tried in vain where the first one is better, unless another rank does it meanwhile.
        let at_once = self.communicator.size().min(2);
        for round in 1..=rounds {
            let watch = Stopwatch::start();
            let step: Vec<F> = best.iter().map(|_| draw_normal(rng, size)).collect();
            let mut found = false;
            for signs in [F::one(), -F::one()].chunks(at_once) {
                let moved = |&sign: &F| best.iter().zip(&step).map(|(&w, &step)| w + sign * step).collect();
                let tried = search.weigh_all(network, self.communicator, signs.iter().map(moved).collect())?;
                if let Some(better) = tried.into_iter().find(|(value, _)| *value < lowest) {
                    (lowest, best) = better;
                    found = true;
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
