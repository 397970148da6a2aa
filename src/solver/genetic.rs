//! [`GeneticAlgorithm`]: a population of networks that is selected, crossed and mutated.

use super::ranks::prepare;
use super::search_loss::{SearchLoss, draw_normal};
use crate::clock::Stopwatch;
use crate::distributed::{Alone, Communicator, agree_on};
use crate::training::Ending;
use crate::{Dataset, EpochRecord, Error, Float, History, Loss, Network, Result, check};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const OPERATION: &str = "GeneticAlgorithm";

/// Evolves a population of networks: the better ones survive and have children, which mix their parents' weights and
/// mutate.
///
/// In each generation the `elite` lowest losses live on unchanged; the others are replaced by children of parents found
/// by tournament (the best of three at random), each weight from one parent or the other (uniform crossover), with a
/// normally distributed change to one weight in ten. One generation is one forward pass over all data for each child.
/// Holland 1975; Montana and Davis 1989 for networks.
///
/// ```
/// use feedforward::solver::GeneticAlgorithm;
/// use feedforward::{Dataset, Mse, Network, Sigmoid, Tanh};
/// use ndarray::array;
///
/// let inputs = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
/// let xor = Dataset::new(inputs, array![[0.0], [1.0], [1.0], [0.0]])?;
/// let mut network = Network::<f64>::builder(2).dense(4, Tanh).dense(1, Sigmoid).seed(1).build()?;
/// let history = GeneticAlgorithm::new(40, 4)?.seed(1).fit(&mut network, &xor, &Mse, 100)?;
/// assert!(history.last().unwrap().training_loss < 0.05);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct GeneticAlgorithm<'a> {
    population: usize,
    elite: usize,
    mutation: f64,
    seed: u64,
    communicator: &'a dyn Communicator,
}

/// Compares everything but the communicator.
impl PartialEq for GeneticAlgorithm<'_> {
    fn eq(&self, other: &Self) -> bool {
        let settings = |one: &Self| (one.population, one.elite, one.mutation, one.seed);
        settings(self) == settings(other)
    }
}

impl<'a> GeneticAlgorithm<'a> {
    /// Makes a population of this many networks; the `elite` best ones survive unchanged.
    ///
    /// # Errors
    /// When the elite is empty or not smaller than the population.
    pub fn new(population: usize, elite: usize) -> Result<Self> {
        if elite == 0 || elite >= population {
            return Err(Error::invalid(OPERATION, format!("an elite from 1 to below {population}"), elite));
        }
        Ok(Self { population, elite, mutation: 0.5, seed: 0, communicator: &Alone })
    }

    /// Sets the standard deviation of the mutations; 0.5 by default. Checked in [`fit`](Self::fit).
    pub fn mutation(self, mutation: f64) -> Self {
        Self { mutation, ..self }
    }

    /// Sets the seed of all randomness; 0 by default.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Shares the networks of a generation out among ranks, which all call [`fit`](Self::fit) with the same data. The
    /// network of rank 0 is the ancestor, and all ranks end with the same bits, for any number of ranks.
    pub fn across(self, communicator: &'a dyn Communicator) -> Self {
        Self { communicator, ..self }
    }

    /// Evolves this many generations; the network is the first ancestor, and ends with the best weights found.
    ///
    /// # Errors
    /// When the mutation is negative or not finite, there is no generation, network and data do not fit, or the
    /// loss at the start is not finite. [`across`](Self::across) ranks also when something of that is so on another
    /// rank, ranks have other data, layers or settings, or a rank fails. The network is then unchanged.
    pub fn fit<F: Float>(
        &self,
        network: &mut Network<F>,
        data: &Dataset<F>,
        loss: &dyn Loss<F>,
        generations: usize,
    ) -> Result<History> {
        let mutation = check::finite_at_least_zero(OPERATION, "mutation", self.mutation);
        let search = mutation.and_then(|_| SearchLoss::new(OPERATION, network, data, loss, generations));
        let mut search = agree_on(self.communicator, search)?;
        let mut before = Vec::new();
        network.copy_values(&mut before);
        let settings = vec![
            ("generations:", generations.to_string()),
            ("a population of", self.population.to_string()),
            ("an elite of", self.elite.to_string()),
            ("a mutation of", format!("{:?}", self.mutation)),
            ("the seed", self.seed.to_string()),
        ];
        let prepared = prepare(self.communicator, OPERATION, network, data, loss, settings);
        let outcome = prepared.and_then(|()| self.evolve(network, &mut search, generations));
        if outcome.is_err() {
            network.set_values(&before);
        }
        outcome
    }

    fn evolve<F: Float>(
        &self,
        network: &mut Network<F>,
        search: &mut SearchLoss<'_, F>,
        generations: usize,
    ) -> Result<History> {
        let rng = &mut ChaCha8Rng::seed_from_u64(self.seed);
        let mut history = History::default();
        let ancestor = network.trained_values();
        let mut population = vec![(agree_on(self.communicator, search.first_loss(network))?, ancestor.clone())];
        let mut other = || ancestor.iter().map(|&w| w + draw_normal(rng, 2.0 * self.mutation)).collect();
        let others = (1..self.population).map(|_| other()).collect();
        population.extend(search.weigh_all(network, self.communicator, others)?);
        for generation in 1..=generations {
            let watch = Stopwatch::start();
            population.sort_by(|a, b| a.0.total_cmp(&b.0));
            let children = (self.elite..self.population).map(|_| self.child(&population, rng)).collect();
            population.truncate(self.elite);
            population.extend(search.weigh_all(network, self.communicator, children)?);
            let lowest = population.iter().map(|one| one.0).fold(f64::INFINITY, f64::min);
            history.epochs.push(EpochRecord::new(generation, lowest, self.mutation, 0.0, watch.seconds()));
        }
        population.sort_by(|a, b| a.0.total_cmp(&b.0));
        network.set_trained_values(&population[0].1);
        history.ending = Some(Ending::Completed);
        Ok(history)
    }

    fn child<F: Float>(&self, population: &[(f64, Vec<F>)], rng: &mut ChaCha8Rng) -> Vec<F> {
        // The population is sorted: the lowest of three indices wins the tournament.
        let mut parent = || (0..3).map(|_| rng.random_range(0..population.len())).min().unwrap_or(0);
        let (mother, father) = (parent(), parent());
        let both = population[mother].1.iter().zip(&population[father].1);
        let gene = |(&one, &other): (&F, &F)| {
            let inherited = if rng.random_bool(0.5) { one } else { other };
            if rng.random_bool(0.1) { inherited + draw_normal(rng, self.mutation) } else { inherited }
        };
        both.map(gene).collect()
    }
}
