//! Training without derivatives, as before backpropagation: random changes, of which the better are kept.

use super::{EpochRecord, History};
use crate::{Dataset, Error, Float, Loss, Network, Result, Scratch};
use ndarray::Array2;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use std::time::Instant;

/// Moves all weights at random, and keeps the move if the loss is lower.
///
/// If it is not, the opposite move is tried; if that is no better either, moves become shorter (times 0.98), and after each
/// success longer (times 1.1). One round is one move: one or two forward passes over all data. Solis and Wets 1981.
///
/// ```
/// use feedforward::{Dataset, Mse, Network, Perturbation, Sigmoid, Tanh};
/// use ndarray::array;
///
/// let inputs = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
/// let xor = Dataset::new(inputs, array![[0.0], [1.0], [1.0], [0.0]])?;
/// let mut network = Network::<f64>::builder(2).dense(4, Tanh).dense(1, Sigmoid).seed(1).build()?;
/// let history = Perturbation::new(0.5)?.seed(1).fit(&mut network, &xor, &Mse, 2000)?;
/// assert!(history.last().unwrap().training_loss < 0.05);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Perturbation {
    size: f64,
    seed: u64,
}

impl Perturbation {
    /// With moves of this standard deviation at first.
    ///
    /// # Errors
    /// When it is not finite and above zero.
    ///
    /// ```
    /// assert!(feedforward::Perturbation::new(0.5).is_ok());
    /// assert!(feedforward::Perturbation::new(0.0).is_err());
    /// ```
    pub fn new(size: f64) -> Result<Self> {
        if size.is_finite() && size > 0.0 {
            return Ok(Self { size, seed: 0 });
        }
        let (operation, expected) = ("Perturbation", "a finite number > 0");
        Err(Error::Hyperparameter { operation, name: "size", expected, found: size })
    }

    /// The seed of the moves; 0 unless said otherwise.
    ///
    /// ```
    /// assert_ne!(feedforward::Perturbation::new(0.5)?.seed(1), feedforward::Perturbation::new(0.5)?.seed(2));
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// This many rounds; the network ends with the best weights found. The history has one record for each round, whose
    /// learning rate is the size of the moves.
    ///
    /// # Errors
    /// When there is no round, or network and data do not fit.
    ///
    /// ```
    /// use feedforward::{Dataset, Identity, Mse, Network, Perturbation};
    /// use ndarray::array;
    /// let line = Dataset::new(array![[0.0], [1.0], [2.0]], array![[1.0], [3.0], [5.0]])?;
    /// let mut network = Network::<f64>::builder(1).dense(1, Identity).build()?;
    /// let history = Perturbation::new(0.5)?.fit(&mut network, &line, &Mse, 300)?;
    /// assert!(history.last().unwrap().training_loss < 0.1);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn fit<F: Float>(
        &self,
        network: &mut Network<F>,
        data: &Dataset<F>,
        loss: &dyn Loss<F>,
        rounds: usize,
    ) -> Result<History> {
        let mut judge = Judge::new("Perturbation", network, data, loss, rounds)?;
        let rng = &mut ChaCha8Rng::seed_from_u64(self.seed);
        let (mut size, mut history) = (self.size, History::default());
        let mut best = network.trained_values();
        let mut lowest = judge.loss(network)?;
        for round in 1..=rounds {
            let start = Instant::now();
            let step: Vec<F> = best.iter().map(|_| normal(rng, size)).collect();
            let mut found = false;
            for sign in [F::one(), -F::one()] {
                let tried: Vec<F> = best.iter().zip(&step).map(|(&w, &step)| w + sign * step).collect();
                network.set_trained_values(&tried);
                let value = judge.loss(network)?;
                if value < lowest {
                    (lowest, best, found) = (value, tried, true);
                    break;
                }
            }
            size *= if found { 1.1 } else { 0.98 };
            history.epochs.push(record(round, lowest, size, start));
        }
        network.set_trained_values(&best);
        Ok(history)
    }
}

/// A population of networks: the better ones survive and have children, which mix their parents' weights and mutate.
///
/// In each generation the `elite` lowest losses live on unchanged; the others are replaced by children of parents found by
/// tournament (the best of three at random), each weight from one parent or the other (uniform crossover), with a
/// normally distributed change to one weight in ten. One generation is one forward pass over all data for each child.
/// Holland 1975; Montana and Davis 1989 for networks.
///
/// ```
/// use feedforward::{Dataset, Genetic, Mse, Network, Sigmoid, Tanh};
/// use ndarray::array;
///
/// let inputs = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
/// let xor = Dataset::new(inputs, array![[0.0], [1.0], [1.0], [0.0]])?;
/// let mut network = Network::<f64>::builder(2).dense(4, Tanh).dense(1, Sigmoid).seed(1).build()?;
/// let history = Genetic::new(40, 4)?.seed(1).fit(&mut network, &xor, &Mse, 100)?;
/// assert!(history.last().unwrap().training_loss < 0.05);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Genetic {
    population: usize,
    elite: usize,
    mutation: f64,
    seed: u64,
}

impl Genetic {
    /// With this many networks, of which the `elite` best live on unchanged.
    ///
    /// # Errors
    /// When the elite is empty or not smaller than the population.
    ///
    /// ```
    /// assert!(feedforward::Genetic::new(40, 4).is_ok());
    /// assert!(feedforward::Genetic::new(4, 4).is_err());
    /// ```
    pub fn new(population: usize, elite: usize) -> Result<Self> {
        if elite == 0 || elite >= population {
            return Err(Error::invalid("Genetic", format!("an elite from 1 to below {population}"), elite));
        }
        Ok(Self { population, elite, mutation: 0.5, seed: 0 })
    }

    /// Standard deviation of the changes; 0.5 unless said otherwise.
    ///
    /// # Errors
    /// When it is negative or not finite.
    ///
    /// ```
    /// let search = feedforward::Genetic::new(40, 4)?.mutation(0.1)?;
    /// assert!(search.mutation(-1.0).is_err());
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn mutation(self, mutation: f64) -> Result<Self> {
        Ok(Self { mutation: crate::error::at_least_zero("Genetic", "mutation", mutation)?, ..self })
    }

    /// The seed of all chance; 0 unless said otherwise.
    ///
    /// ```
    /// assert_ne!(feedforward::Genetic::new(40, 4)?.seed(1), feedforward::Genetic::new(40, 4)?.seed(2));
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// This many generations; the network is the first ancestor, and ends with the best weights found.
    ///
    /// # Errors
    /// When there is no generation, or network and data do not fit.
    ///
    /// ```
    /// use feedforward::{Dataset, Genetic, Identity, Mse, Network};
    /// use ndarray::array;
    /// let line = Dataset::new(array![[0.0], [1.0], [2.0]], array![[1.0], [3.0], [5.0]])?;
    /// let mut network = Network::<f64>::builder(1).dense(1, Identity).build()?;
    /// let history = Genetic::new(40, 4)?.fit(&mut network, &line, &Mse, 50)?;
    /// assert!(history.last().unwrap().training_loss < 0.1);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn fit<F: Float>(
        &self,
        network: &mut Network<F>,
        data: &Dataset<F>,
        loss: &dyn Loss<F>,
        generations: usize,
    ) -> Result<History> {
        let mut judge = Judge::new("Genetic", network, data, loss, generations)?;
        let rng = &mut ChaCha8Rng::seed_from_u64(self.seed);
        let mut history = History::default();
        let ancestor = network.trained_values();
        let mut population = vec![(judge.loss(network)?, ancestor.clone())];
        for _ in 1..self.population {
            let other = ancestor.iter().map(|&w| w + normal(rng, 2.0 * self.mutation)).collect();
            population.push(judge.weigh(network, other)?);
        }
        for generation in 1..=generations {
            let start = Instant::now();
            population.sort_by(|a, b| a.0.total_cmp(&b.0));
            let mut next = population[..self.elite].to_vec();
            while next.len() < self.population {
                let child = self.child(&population, rng);
                next.push(judge.weigh(network, child)?);
            }
            population = next;
            let lowest = population.iter().map(|one| one.0).fold(f64::INFINITY, f64::min);
            history.epochs.push(record(generation, lowest, self.mutation, start));
        }
        population.sort_by(|a, b| a.0.total_cmp(&b.0));
        network.set_trained_values(&population[0].1);
        Ok(history)
    }

    fn child<F: Float>(&self, population: &[(f64, Vec<F>)], rng: &mut ChaCha8Rng) -> Vec<F> {
        // The population is sorted: the lowest of three places wins the tournament.
        let mut parent = || (0..3).map(|_| rng.random_range(0..population.len())).min().unwrap_or(0);
        let (mother, father) = (parent(), parent());
        let both = population[mother].1.iter().zip(&population[father].1);
        let gene = |(&one, &other): (&F, &F)| {
            let inherited = if rng.random_bool(0.5) { one } else { other };
            if rng.random_bool(0.1) { inherited + normal(rng, self.mutation) } else { inherited }
        };
        both.map(gene).collect()
    }
}

/// What the loss of a network is, over all data and weights.
struct Judge<'a, F: Float> {
    data: &'a Dataset<F>,
    loss: &'a dyn Loss<F>,
    scratch: Scratch<F>,
    outputs: Array2<F>,
    gradient: Array2<F>,
}

impl<'a, F: Float> Judge<'a, F> {
    fn new(
        operation: &'static str,
        network: &Network<F>,
        data: &'a Dataset<F>,
        loss: &'a dyn Loss<F>,
        rounds: usize,
    ) -> Result<Self> {
        if rounds == 0 {
            return Err(Error::Empty { operation, what: "round" });
        }
        network.check_inputs(operation, data.inputs())?;
        loss.check_targets(network.output_size(), data.targets())?;
        let outputs = Array2::zeros((data.len(), network.output_size()));
        Ok(Self { data, loss, scratch: Scratch::default(), gradient: outputs.clone(), outputs })
    }

    /// Infinite where the outputs overflow, so that it is never the lowest.
    fn loss(&mut self, network: &Network<F>) -> Result<f64> {
        network.predict_into(self.data.inputs(), &mut self.scratch, &mut self.outputs)?;
        let targets = self.data.targets();
        let value = self.loss.weighted_mean(&self.outputs, targets, self.data.weights(), &mut self.gradient).widen();
        Ok(if value.is_finite() { value } else { f64::INFINITY })
    }

    fn weigh(&mut self, network: &mut Network<F>, values: Vec<F>) -> Result<(f64, Vec<F>)> {
        network.set_trained_values(&values);
        Ok((self.loss(network)?, values))
    }
}

fn normal<F: Float>(rng: &mut ChaCha8Rng, size: f64) -> F {
    let sample: f64 = StandardNormal.sample(rng);
    F::from_f64(size * sample)
}

fn record(epoch: usize, training_loss: f64, size: f64, start: Instant) -> EpochRecord {
    let (validation_loss, metrics) = (None, Vec::new());
    let seconds = start.elapsed().as_secs_f64();
    EpochRecord { epoch, training_loss, validation_loss, metrics, learning_rate: size, gradient_norm: 0.0, seconds }
}
