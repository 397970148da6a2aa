//! Several ranks that train one network: the same bits for any number of them, and one outcome for all.

use feedforward::distributed::{Communicator, Reduction, Threads};
use feedforward::error::Result;
use feedforward::metrics::Accuracy;
use feedforward::training::hook::{ClipNorm, Penalty};
use feedforward::training::schedule::ReduceOnPlateau;
use feedforward::{Adam, CrossEntropy, Dataset, EarlyStopping, Float, History, Identity, Network, Relu, Tanh, Trainer};
use ndarray::Array2;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Rows of three classes that a small network can tell apart.
fn examples<F: Float>(rows: usize, inputs: usize) -> Dataset<F> {
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let numbers = Array2::from_shape_fn((rows, inputs), |_| F::from_f64(random.random_range(-1.0..1.0)));
    let class = |row: usize| {
        let sum: f64 = numbers.row(row).iter().take(3).map(|number| number.widen()).sum();
        F::from_f64(if sum < -0.4 {
            0.0
        } else if sum < 0.4 {
            1.0
        } else {
            2.0
        })
    };
    let targets = Array2::from_shape_fn((rows, 1), |(row, _)| class(row));
    Dataset::new(numbers, targets).unwrap()
}

fn weighted<F: Float>(data: Dataset<F>) -> Dataset<F> {
    // Some rows, and whole stretches of them, have no weight.
    let weights = (0..data.len()).map(|row| F::from_f64([0.0, 0.5, 1.0, 3.0][row % 4] * f64::from(row % 90 > 20)));
    let weights = weights.collect();
    data.with_weights(weights).unwrap()
}

type Outcome<F> = (Network<F>, History);

/// Runs `train` on 1, 2, 3, 4 and 8 ranks, and demands the same bits on all of them.
fn demand_same_bits<F: Float>(train: impl Fn(&dyn Communicator) -> Result<Outcome<F>> + Sync) -> Outcome<F> {
    let mut one = Threads::run(1, |ranks| train(ranks)).unwrap();
    let first = one.remove(0);
    for size in [2, 3, 4, 8] {
        for (rank, outcome) in Threads::run(size, |ranks| train(ranks)).unwrap().into_iter().enumerate() {
            assert_eq!(outcome.1, first.1, "the history of rank {rank} of {size}");
            assert!(outcome.0 == first.0, "the weights of rank {rank} of {size}");
        }
    }
    first
}

#[test]
fn any_number_of_ranks_gives_the_same_bits_for_784_128_64_10_with_adam() {
    let data = examples::<f32>(700, 784);
    demand_same_bits(|ranks| {
        let builder = Network::builder(784).dense(128, Relu).dense(64, Relu).dense(10, Identity);
        let mut network = builder.seed(1).build()?;
        let mut trainer = Trainer::new(2).batch_size(256).validation_share(0.2).metric(Accuracy).across(ranks);
        let history = trainer.fit(&mut network, &data, &CrossEntropy::default(), &mut Adam::new(0.001)?)?;
        Ok((network, history))
    });
}

fn everything_at_once<F: Float>() {
    let (data, validation) = (weighted(examples::<F>(203, 7)), weighted(examples::<F>(101, 7)));
    let (_, history) = demand_same_bits(|ranks| {
        let builder = Network::builder(7).dense(9, Tanh).layer_norm().dense(3, Identity);
        let mut network = builder.seed(1).build()?;
        let mut trainer = Trainer::new(30)
            .batch_size(32)
            .accumulate(2)
            .validation(&validation)
            .early_stopping(EarlyStopping::new(3)?)
            .schedule_epochs(ReduceOnPlateau::new(0.5, 1)?)
            .hook(Penalty::l2(0.01)?)
            .hook(ClipNorm::new(0.5)?)
            .metric(Accuracy)
            .across(ranks);
        let history = trainer.fit(&mut network, &data, &CrossEntropy::default(), &mut Adam::new(0.01)?)?;
        Ok((network, history))
    });
    assert!(history.len() > 2);
}

#[test]
fn weights_hooks_schedules_and_early_stopping_keep_the_bits() {
    everything_at_once::<f32>();
    everything_at_once::<f64>();
}

#[test]
fn layers_that_mix_rows_see_the_whole_batch() {
    let data = examples::<f64>(150, 5);
    let train = |trainer: &mut Trainer<'_, f64>| {
        let builder = Network::builder(5).dense(8, Identity).batch_norm().activation(Relu).dropout(0.3);
        let mut network = builder.dense(3, Identity).seed(1).build()?;
        let history = trainer.fit(&mut network, &data, &CrossEntropy::default(), &mut Adam::new(0.01)?)?;
        Ok((network, history))
    };
    let together = demand_same_bits(|ranks| train(&mut Trainer::new(4).batch_size(32).across(ranks)));
    let alone = train(&mut Trainer::new(4).batch_size(32)).unwrap();
    approx::assert_relative_eq!(
        together.1.last().unwrap().training_loss,
        alone.1.last().unwrap().training_loss,
        max_relative = 1e-12
    );
}

#[test]
fn the_deterministic_sum_agrees_with_a_fit_without_ranks_and_with_the_fast_one() {
    let data = weighted(examples::<f64>(150, 5));
    let train = |trainer: &mut Trainer<'_, f64>| {
        let mut network = Network::builder(5).dense(8, Relu).dense(3, Identity).seed(1).build()?;
        trainer.fit(&mut network, &data, &CrossEntropy::default(), &mut Adam::new(0.01)?)?;
        Ok(network)
    };
    let alone = train(&mut Trainer::new(5)).unwrap();
    for reduction in [Reduction::Deterministic, Reduction::Fast] {
        let all = Threads::run(3, |ranks| train(&mut Trainer::new(5).across(ranks).reduction(reduction))).unwrap();
        assert!(all.iter().all(|network| *network == all[0]));
        approx::assert_relative_eq!(all[0], alone, max_relative = 1e-9);
    }
}

#[test]
fn rows_held_in_parts_give_the_bits_of_rows_held_by_all() {
    let (data, validation) = (weighted(examples::<f32>(203, 7)), examples::<f32>(60, 7));
    let train = |ranks: &dyn Communicator, in_parts: bool| {
        let mut network = Network::builder(7).dense(9, Tanh).dense(3, Identity).seed(1).build()?;
        let part = |all: &Dataset<f32>| {
            let (rank, size) = (ranks.rank(), ranks.size());
            let rows: Vec<_> = (all.len() * rank / size..all.len() * (rank + 1) / size).collect();
            all.select(&rows)
        };
        let (data, validation) = match in_parts {
            true => (part(&data)?, part(&validation)?),
            false => (data.clone(), validation.clone()),
        };
        let mut trainer = Trainer::new(3).validation(&validation).metric(Accuracy).across(ranks);
        if in_parts {
            trainer = trainer.partitioned();
        }
        let history = trainer.fit(&mut network, &data, &CrossEntropy::default(), &mut Adam::new(0.01)?)?;
        Ok((network, history))
    };
    let whole = demand_same_bits(|ranks| train(ranks, false));
    let parts = demand_same_bits(|ranks| train(ranks, true));
    assert_eq!(whole.1, parts.1);
    assert!(whole.0 == parts.0);
}
