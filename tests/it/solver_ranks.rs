//! Solvers across ranks: the same bits for any number of ranks, and faults that end all of them.

use feedforward::distributed::{Alone, Communicator, Threads};
use feedforward::error::Result;
use feedforward::parameter::Role;
use feedforward::solver::{GeneticAlgorithm, Lbfgs, RandomSearch};
use feedforward::training::hook::Penalty;
use feedforward::{
    BinaryCrossEntropy, CrossEntropy, Dataset, Error, Float, History, Identity, Loss, Mse, Network, Sigmoid, Tanh,
};
use ndarray::Array2;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

const RANKS: [usize; 5] = [1, 2, 3, 4, 8];

/// Three inputs, two targets in (0, 1), and weights, some of them 0.
fn data<F: Float>(rows: usize) -> Dataset<F> {
    let number = |index: usize| F::from_f64((index * 37 % 101) as f64 / 50.0 - 1.0);
    let inputs = Array2::from_shape_fn((rows, 3), |(row, column)| number(row * 5 + column * 29));
    let targets = Array2::from_shape_fn((rows, 2), |(row, column)| {
        let (x, y) = (inputs[[row, 0]].widen(), inputs[[row, 1 + column]].widen());
        F::from_f64(0.5 + 0.4 * (2.0 * x).sin() * y)
    });
    let weights = (0..rows).map(|row| F::from_f64((row % 4) as f64 / 2.0)).collect();
    Dataset::new(inputs, targets).unwrap().with_weights(weights).unwrap()
}

fn network<F: Float>(seed: u64) -> Network<F> {
    Network::builder(3).dense(6, Tanh).dense(2, Sigmoid).seed(seed).build().unwrap()
}

/// What a solver does on one rank.
type Solve<'a, F> = &'a (dyn Fn(&dyn Communicator, &mut Network<F>) -> Result<History> + Sync);

/// Solves on all ranks, which start from other weights, and returns the values and the history that all have.
fn on_ranks<F: Float>(ranks: usize, start: &Network<F>, solve: Solve<'_, F>) -> (Vec<F>, History) {
    let results = Threads::run(ranks, |rank| {
        let mut network = start.clone();
        if rank.rank() > 0 {
            let moved: Vec<F> = start.parameters_flat().iter().map(|&weight| weight + F::one()).collect();
            network.set_parameters_flat(&moved)?;
        }
        let history = solve(rank, &mut network)?;
        Ok((network.parameters_flat(), history))
    });
    let mut results = results.unwrap();
    let first = results.pop().unwrap();
    for other in results {
        assert_eq!(other, first, "of {ranks} ranks");
    }
    first
}

/// Returns what each number of ranks gives, which is the same.
fn on_any_ranks<F: Float>(what: &str, start: &Network<F>, solve: Solve<'_, F>) -> (Vec<F>, History) {
    let [one, others @ ..] = RANKS.map(|ranks| on_ranks(ranks, start, solve));
    for (other, ranks) in others.iter().zip(&RANKS[1..]) {
        assert_eq!(*other, one, "{what}: {ranks} ranks and 1");
    }
    one
}

fn lbfgs_gives_the_same_bits<F: Float>(tolerance: f64) {
    // 8 shards, some of them shorter, and 32 for 2048 rows.
    for rows in [20, 64, 301, 2048] {
        let data = data::<F>(rows);
        for lbfgs in [Lbfgs::new(), Lbfgs::new().memory(2).penalty(Penalty::l2(0.01).unwrap())] {
            let start = network::<F>(4);
            let solve = |rank: &dyn Communicator, network: &mut Network<F>| {
                lbfgs.clone().across(rank).fit(network, &data, &Mse, 12)
            };
            let (values, history) = on_any_ranks(&format!("Lbfgs, {rows} rows"), &start, &solve);
            let mut alone = start.clone();
            let expected = lbfgs.fit(&mut alone, &data, &Mse, 12).unwrap();
            assert_eq!(history.len(), expected.len());
            // To rounding: it grows from step to step, so the first ones are compared.
            for (found, expected) in history.epochs().iter().zip(expected.epochs()).take(4) {
                approx::assert_relative_eq!(found.training_loss, expected.training_loss, max_relative = tolerance);
            }
            assert!(history.last().unwrap().training_loss < 0.5 * history.epochs()[0].training_loss);
            assert!(values.iter().all(|value| value.is_finite()));
        }
    }
}

#[test]
fn lbfgs_gives_the_same_bits_on_any_number_of_ranks_in_f64() {
    lbfgs_gives_the_same_bits::<f64>(1e-9);
}

#[test]
fn lbfgs_gives_the_same_bits_on_any_number_of_ranks_in_f32() {
    lbfgs_gives_the_same_bits::<f32>(1e-4);
}

#[test]
fn frozen_layers_and_other_losses_go_across_ranks_too() {
    let data = data::<f64>(200);
    let mut start = Network::<f64>::builder(3).dense(6, Tanh).dense(2, Identity).seed(3).build().unwrap();
    start.set_frozen(0, true).unwrap();
    let solve = |rank: &dyn Communicator, network: &mut Network<f64>| {
        Lbfgs::new().across(rank).fit(network, &data, &BinaryCrossEntropy::default(), 8)
    };
    let (values, _) = on_any_ranks("frozen", &start, &solve);
    assert_eq!(values[..24], start.parameters_flat()[..24]);
    assert_ne!(values[24..], start.parameters_flat()[24..]);
    let classes = Array2::from_shape_fn((200, 2), |(row, column)| if row % 2 == column { 1.0 } else { 0.0 });
    let data = Dataset::new(data.inputs().to_owned(), classes).unwrap();
    let solve = |rank: &dyn Communicator, network: &mut Network<f64>| {
        Lbfgs::new().across(rank).fit(network, &data, &CrossEntropy::default(), 8)
    };
    on_any_ranks("classes", &start, &solve);
}

/// Statistics of a batch are those of all rows, on any number of ranks.
#[test]
fn layers_that_mix_rows_go_across_ranks() {
    let data = data::<f64>(150);
    let start =
        Network::<f64>::builder(3).dense(5, Identity).batch_norm().activation(Tanh).dense(2, Sigmoid).seed(2).build();
    let start = start.unwrap();
    let solve =
        |rank: &dyn Communicator, network: &mut Network<f64>| Lbfgs::new().across(rank).fit(network, &data, &Mse, 6);
    let (_, history) = on_any_ranks("BatchNorm", &start, &solve);
    let mut alone = start.clone();
    let expected = Lbfgs::new().fit(&mut alone, &data, &Mse, 6).unwrap();
    for (found, expected) in history.epochs().iter().zip(expected.epochs()) {
        approx::assert_relative_eq!(found.training_loss, expected.training_loss, max_relative = 1e-9);
    }
    let mut across = start.clone();
    Lbfgs::new().across(&Alone).fit(&mut across, &data, &Mse, 6).unwrap();
    let statistics = |network: &Network<f64>| -> Vec<f64> {
        let statistics = network.parameters().filter(|parameter| parameter.role() == Role::Statistic);
        statistics.flat_map(|parameter| parameter.values().to_vec()).collect()
    };
    assert_eq!(statistics(&across).len(), 10);
    for (found, expected) in statistics(&across).into_iter().zip(statistics(&alone)) {
        approx::assert_relative_eq!(found, expected, max_relative = 1e-9);
    }
}

#[test]
fn more_ranks_than_rows_are_refused() {
    let data = data::<f64>(3);
    let errors = Threads::run(5, |rank| {
        let mut network = network::<f64>(1);
        Ok(Lbfgs::new().across(rank).fit(&mut network, &data, &Mse, 3).unwrap_err().to_string())
    });
    assert_eq!(errors.unwrap(), ["Lbfgs: expected at most 3 ranks to share 3 rows, found 5"; 5]);
}

/// (p - t)², and infinite where a target of 0 meets a prediction above 1.
#[derive(Debug)]
struct Fence;

impl<F: Float> Loss<F> for Fence {
    fn example(&self, prediction: &[F], target: &[F], gradient: &mut [F]) -> F {
        let difference = prediction[0] - target[0];
        gradient[0] = difference + difference;
        if target[0] == F::zero() && prediction[0] > F::one() { F::infinity() } else { difference * difference }
    }
}

/// The steps that the other rows ask for make the loss of one row infinite: all ranks must turn back together.
#[test]
fn an_infinite_loss_in_one_leaf_turns_all_ranks_back() {
    let targets = Array2::from_shape_fn((256, 1), |(row, _)| if row == 200 { 0.0 } else { 3.0 });
    let data = Dataset::new(Array2::from_elem((256, 1), 0.2), targets).unwrap();
    let start = Network::<f32>::builder(1).dense(1, Identity).seed(1).build().unwrap();
    let solve = |rank: &dyn Communicator, iterations: usize| {
        let mut network = start.clone();
        let history = Lbfgs::new().across(rank).fit(&mut network, &data, &Fence, iterations);
        Ok((history.map_err(|error| error.to_string()), network.parameters_flat()))
    };
    // It comes to the fence step by step, and cannot pass it: the loss was 4 or less on this side of it.
    let words = "Lbfgs: expected a loss with a lower bound, found 3.98828125";
    for (iterations, words) in [(1, None), (2, None), (100, Some(words))] {
        let alone = solve(&Alone, iterations).unwrap();
        assert_eq!(alone.0.as_ref().err().map(String::as_str), words);
        for ranks in RANKS {
            let all = Threads::run(ranks, |rank| solve(rank, iterations)).unwrap();
            assert_eq!(all, vec![alone.clone(); ranks], "{iterations} iterations, {ranks} ranks");
        }
    }
    // Where it is infinite from the start, all ranks say so.
    let far = Dataset::new(Array2::from_elem((256, 1), 1e9), Array2::zeros((256, 1))).unwrap();
    let errors = Threads::run(3, |rank| {
        let mut network = Network::<f32>::builder(1).dense(1, Identity).seed(1).build()?;
        network.set_parameters_flat(&[1.0, 0.0])?;
        Ok(Lbfgs::new().across(rank).fit(&mut network, &far, &Fence, 10).unwrap_err().to_string())
    });
    assert_eq!(errors.unwrap(), ["Lbfgs: expected a finite loss, found inf; the parameters are unchanged"; 3]);
}

fn searches_give_the_bits_of_one_rank_alone<F: Float>() {
    let data = data::<F>(40);
    let start = network::<F>(7);
    let random = RandomSearch::new(0.3).unwrap().seed(5);
    let mut alone = start.clone();
    let expected = random.fit(&mut alone, &data, &Mse, 60).unwrap();
    let solve =
        |rank: &dyn Communicator, network: &mut Network<F>| random.clone().across(rank).fit(network, &data, &Mse, 60);
    assert_eq!(on_any_ranks("RandomSearch", &start, &solve), (alone.parameters_flat(), expected));

    // 13 children are no multiple of any number of ranks but 1; 2 are fewer than 3 ranks have.
    for (population, elite) in [(15, 2), (3, 1)] {
        let genetic = GeneticAlgorithm::new(population, elite).unwrap().seed(5);
        let mut alone = start.clone();
        let expected = genetic.fit(&mut alone, &data, &Mse, 12).unwrap();
        let solve = |rank: &dyn Communicator, network: &mut Network<F>| {
            genetic.clone().across(rank).fit(network, &data, &Mse, 12)
        };
        assert_eq!(on_any_ranks("GeneticAlgorithm", &start, &solve), (alone.parameters_flat(), expected));
    }
}

#[test]
fn searches_give_the_bits_of_one_rank_alone_in_f64() {
    searches_give_the_bits_of_one_rank_alone::<f64>();
}

#[test]
fn searches_give_the_bits_of_one_rank_alone_in_f32() {
    searches_give_the_bits_of_one_rank_alone::<f32>();
}

/// Runs a solver on three ranks; returns what each says, and checks that no network has changed.
fn errors(solve: impl Fn(&dyn Communicator, &mut Network<f64>) -> Result<History> + Sync) -> Vec<String> {
    let results = Threads::run(3, |rank| {
        let mut network = network::<f64>(1 + rank.rank() as u64);
        let before = network.parameters_flat();
        let error = solve(rank, &mut network).unwrap_err();
        assert_eq!(network.parameters_flat(), before, "rank {}", rank.rank());
        Ok(error.to_string())
    });
    results.unwrap()
}

#[test]
fn ranks_with_another_problem_are_told_what_differs() {
    let (same, other) = (data::<f64>(40), data::<f64>(41));
    let mut changed = same.inputs().to_owned();
    changed[[17, 1]] += 1e-12;
    let weights = same.weights().unwrap().to_vec();
    let changed = Dataset::new(changed, same.targets().to_owned()).unwrap().with_weights(weights).unwrap();
    let genetic = GeneticAlgorithm::new(6, 2).unwrap();
    let is_last = |rank: &dyn Communicator| rank.rank() == 2;

    let found = errors(|rank, network| {
        let memory = if is_last(rank) { 7 } else { 10 };
        Lbfgs::new().memory(memory).across(rank).fit(network, &same, &Mse, 5)
    });
    only_rank_2(found, "Lbfgs: expected steps to remember: 10, as on rank 0, found 7");
    let found = errors(|rank, network| {
        let data = if is_last(rank) { &other } else { &same };
        genetic.clone().across(rank).fit(network, data, &Mse, 5)
    });
    assert!(found[2].starts_with("GeneticAlgorithm: expected data Sample { rows: 40,"), "{found:?}");
    assert!(found[2].contains(", as on rank 0, found Sample { rows: 41,"), "{found:?}");
    assert_eq!(found[..2], [format!("rank 2: {}", found[2]), format!("rank 2: {}", found[2])]);
    let found = errors(|rank, network| {
        let data = if is_last(rank) { &changed } else { &same };
        RandomSearch::new(0.1)?.across(rank).fit(network, data, &Mse, 5)
    });
    assert!(found[2].starts_with("RandomSearch: expected data Sample { rows: 40,"), "{found:?}");
    let found = errors(|rank, network| {
        let loss: &dyn Loss<f64> = if is_last(rank) { &BinaryCrossEntropy::default() } else { &Mse };
        RandomSearch::new(0.1)?.across(rank).fit(network, &same, loss, 5)
    });
    // It takes logits: the rank says so before the others are asked.
    assert!(found[0].starts_with("rank 2: RandomSearch: expected a last layer with"), "{found:?}");
    let found = errors(|rank, network| {
        if is_last(rank) {
            *network = Network::builder(3).dense(6, Tanh).dense(2, Tanh).seed(3).build()?;
            let outcome = RandomSearch::new(0.1)?.across(rank).fit(network, &same, &Mse, 5);
            *network = self::network(3);
            return outcome;
        }
        RandomSearch::new(0.1)?.across(rank).fit(network, &same, &Mse, 5)
    });
    assert!(found[2].starts_with("RandomSearch: expected a network with the layers ..."), "{found:?}");
    assert!(found[2].contains("Tanh") && found[0] == format!("rank 2: {}", found[2]), "{found:?}");
}

/// Checks that rank 2 has this error, and the others say so.
fn only_rank_2(found: Vec<String>, own: &str) {
    assert_eq!(found, [format!("rank 2: {own}"), format!("rank 2: {own}"), own.to_owned()]);
}

#[test]
fn ranks_that_call_other_solvers_are_told_so() {
    let data = data::<f64>(40);
    let found = errors(|rank, network| match rank.rank() {
        0 => Lbfgs::new().across(rank).fit(network, &data, &Mse, 5),
        _ => RandomSearch::new(0.1)?.across(rank).fit(network, &data, &Mse, 5),
    });
    let other = "RandomSearch: expected the call of Lbfgs, as on rank 0, found RandomSearch";
    assert_eq!(found, [format!("rank 1: {other}"), other.to_owned(), other.to_owned()]);
}

#[test]
fn bad_input_on_one_rank_ends_all_and_names_it() {
    let data = data::<f64>(40);
    let found =
        errors(|rank, network| Lbfgs::new().memory(rank.rank().min(1)).across(rank).fit(network, &data, &Mse, 5));
    let own = "Lbfgs: expected at least one step to remember, found 0";
    assert_eq!(found, [own.to_owned(), format!("rank 0: {own}"), format!("rank 0: {own}")]);
    let found = errors(|rank, network| {
        let mutation = if rank.rank() == 1 { f64::NAN } else { 0.5 };
        GeneticAlgorithm::new(4, 1)?.mutation(mutation).across(rank).fit(network, &data, &Mse, 5)
    });
    let own = "GeneticAlgorithm: mutation: expected a finite number >= 0, found NaN";
    assert_eq!(found, [format!("rank 1: {own}"), own.to_owned(), format!("rank 1: {own}")]);
    let found = errors(|rank, network| {
        let rounds = usize::from(rank.rank() != 2);
        RandomSearch::new(0.1)?.across(rank).fit(network, &data, &Mse, rounds)
    });
    let own = "RandomSearch: expected at least one round, found 0";
    assert_eq!(found, [format!("rank 2: {own}"), format!("rank 2: {own}"), own.to_owned()]);
}

#[test]
fn a_panic_on_one_rank_ends_all_and_names_it() {
    let data = data::<f64>(100);
    let solvers: [Solve<'_, f64>; 3] = [
        &|rank, network| Lbfgs::new().across(rank).fit(network, &data, &armed(rank), 50),
        &|rank, network| RandomSearch::new(0.1)?.across(rank).fit(network, &data, &armed(rank), 50),
        &|rank, network| GeneticAlgorithm::new(9, 3)?.across(rank).fit(network, &data, &armed(rank), 50),
    ];
    fn armed(rank: &dyn Communicator) -> Panics {
        Panics { calls: AtomicUsize::new(0), is_armed: rank.rank() == 1 }
    }
    for solve in solvers {
        let error = Threads::run(4, |rank| solve(rank, &mut network(1))).unwrap_err();
        assert!(matches!(&error, Error::Rank { rank: 1, .. }), "{error}");
        assert_eq!(error.to_string(), "rank 1: panicked: the loss gave up");
    }
}

/// The sum of squares; it panics on one rank after some examples.
struct Panics {
    calls: AtomicUsize,
    is_armed: bool,
}

/// The same on all ranks: it is compared.
impl fmt::Debug for Panics {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("Panics")
    }
}

impl<F: Float> Loss<F> for Panics {
    fn example(&self, prediction: &[F], target: &[F], gradient: &mut [F]) -> F {
        if self.is_armed && self.calls.fetch_add(1, Ordering::Relaxed) >= 200 {
            panic!("the loss gave up");
        }
        let mut sum = F::zero();
        for ((gradient, &p), &t) in gradient.iter_mut().zip(prediction).zip(target) {
            *gradient = p - t;
            sum += (p - t) * (p - t);
        }
        sum
    }
}

#[test]
fn one_rank_without_others_is_no_different() {
    let data = data::<f64>(50);
    let (mut one, mut other) = (network::<f64>(1), network::<f64>(1));
    let genetic = GeneticAlgorithm::new(5, 1).unwrap();
    genetic.fit(&mut one, &data, &Mse, 3).unwrap();
    genetic.clone().across(&Alone).fit(&mut other, &data, &Mse, 3).unwrap();
    assert_eq!(one.parameters_flat(), other.parameters_flat());
    // Solvers are equal when their settings are.
    assert_eq!(genetic.clone().across(&Alone), genetic);
    assert_ne!(genetic.clone().seed(3), genetic);
    let random = RandomSearch::new(0.5).unwrap();
    assert!(random.clone().across(&Alone) == random && random.clone().seed(1) != random);
}
