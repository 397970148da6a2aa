//! Several ranks that train one network: the same bits for any number of them, and one outcome for all.

use feedforward::data::{Batch, Examples};
use feedforward::distributed::{Communicator, Reduction, Threads};
use feedforward::error::{Error, Result};
use feedforward::metrics::Accuracy;
use feedforward::training::Hook;
use feedforward::training::hook::{ClipNorm, Penalty};
use feedforward::training::schedule::ReduceOnPlateau;
use feedforward::{Adam, CrossEntropy, Dataset, EarlyStopping, Float, History, Identity, Network, Relu, Tanh, Trainer};
use ndarray::Array2;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

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

#[test]
fn batches_without_weight_are_no_steps() {
    let data = examples::<f64>(160, 5);
    let weights = (0..160).map(|row| if (32..96).contains(&row) { 0.0 } else { 1e30 }).collect();
    let data = data.with_weights(weights).unwrap();
    let train = |trainer: &mut Trainer<'_, f64>| {
        let builder = Network::builder(5).dense(8, Relu).batch_norm().dropout(0.2).dense(3, Identity);
        let mut network = builder.seed(1).build()?;
        let mut rule = Adam::new(0.01)?;
        let history = trainer.fit(&mut network, &data, &CrossEntropy::default(), &mut rule)?;
        Ok((network, history))
    };
    let together = demand_same_bits(|ranks| train(&mut Trainer::new(3).in_order().across(ranks)));
    approx::assert_relative_eq!(together.0, train(&mut Trainer::new(3).in_order()).unwrap().0, max_relative = 1e-9);
}

/// Trains a small network with these settings.
fn train(trainer: &mut Trainer<'_, f64>, data: &dyn Examples<f64>) -> Result<Outcome<f64>> {
    let mut network = Network::builder(5).dense(6, Tanh).dropout(0.1).dense(3, Identity).seed(1).build()?;
    let history = trainer.fit(&mut network, data, &CrossEntropy::default(), &mut Adam::new(0.01)?)?;
    Ok((network, history))
}

/// Returns what each rank says after an error on one of them.
fn errors<T: Send>(ranks: usize, work: impl Fn(&dyn Communicator) -> Result<T> + Sync) -> Vec<String> {
    Threads::run(ranks, |communicator| Ok(work(communicator).err().map_or("none".into(), |error| error.to_string())))
        .unwrap()
}

#[cfg(feature = "safetensors")]
#[test]
fn a_checkpoint_of_rank_zero_is_resumed_on_another_number_of_ranks() {
    let folder = crate::resume::Folder::new("ranks-resume");
    let (path, data) = (folder.0.join("run.safetensors"), examples::<f64>(100, 5));
    let straight = demand_same_bits(|ranks| train(&mut Trainer::new(6).across(ranks), &data));
    for (before, after, steps) in [(1, 4, 2), (2, 3, 7), (8, 1, 11), (3, 2, 13)] {
        let _ = std::fs::remove_file(&path);
        Threads::run(before, |ranks| {
            let mut left = steps;
            struct Count<'a>(&'a mut usize);
            impl feedforward::training::Observer<f64> for Count<'_> {
                fn step(&mut self, _: usize, _: f64) -> ControlFlow<()> {
                    *self.0 -= 1;
                    if *self.0 == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                }
                fn epoch(&mut self, _: &Network<f64>, _: &feedforward::EpochRecord) -> ControlFlow<()> {
                    ControlFlow::Continue(())
                }
            }
            // Another path on each rank: only that of rank 0 is written.
            let own = if ranks.rank() == 0 { path.clone() } else { folder.0.join("never").join("written") };
            let trainer = Trainer::new(6).across(ranks).checkpoint(own, feedforward::training::Interval::Steps(3));
            train(&mut trainer.observer(Count(&mut left)), &data)
        })
        .unwrap();
        let resumed = Threads::run(after, |ranks| {
            let mut network = Network::builder(5).dense(6, Tanh).dropout(0.1).dense(3, Identity).build()?;
            let own = if ranks.rank() == 0 { path.clone() } else { folder.0.join("nowhere") };
            let (loss, mut rule) = (CrossEntropy::default(), Adam::new(0.01)?);
            let history = Trainer::new(6).across(ranks).resume(own, &mut network, &data, &loss, &mut rule)?;
            Ok((network, history))
        });
        for outcome in resumed.unwrap() {
            assert_eq!(outcome.1, straight.1);
            assert!(outcome.0 == straight.0);
        }
    }
    let found = errors(3, |ranks| {
        let mut network = Network::builder(5).dense(6, Tanh).dropout(0.1).dense(3, Identity).build()?;
        let (loss, mut rule) = (CrossEntropy::default(), Adam::new(0.01)?);
        Trainer::new(6).across(ranks).resume(folder.0.join("nowhere"), &mut network, &data, &loss, &mut rule)
    });
    assert!(found[0].contains("nowhere: No such file"), "{found:?}");
    assert!(found[1..].iter().all(|text| text.starts_with("rank 0: ") && text.contains("nowhere")), "{found:?}");
}

#[cfg(feature = "safetensors")]
#[test]
fn a_checkpoint_that_cannot_be_written_ends_all_ranks() {
    let data = examples::<f64>(100, 5);
    let found = errors(3, |ranks| {
        train(
            &mut Trainer::new(3)
                .across(ranks)
                .checkpoint("/proc/nowhere/run", feedforward::training::Interval::Epochs(1)),
            &data,
        )
    });
    assert!(found[0].starts_with("training was interrupted in epoch 1, batch 4: /proc/nowhere"), "{found:?}");
    assert!(found[1].starts_with("training was interrupted in epoch 1, batch 4: rank 0: /proc/nowhere"), "{found:?}");
    assert_eq!(found[1], found[2]);
}

#[test]
fn an_observer_that_ends_training_on_one_rank_ends_it_on_all() {
    let data = examples::<f64>(100, 5);
    let histories = Threads::run(3, |ranks| {
        let stop = |_: &Network<f64>, record: &feedforward::EpochRecord| {
            let stops = ranks.rank() == 1 && record.epoch == 2;
            if stops { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        train(&mut Trainer::new(5).across(ranks).observer(stop), &data).map(|outcome| outcome.1)
    });
    for history in histories.unwrap() {
        assert_eq!((history.len(), history.ending()), (2, Some(feedforward::training::Ending::Observer)));
    }
}

#[test]
fn an_error_on_one_rank_is_one_on_all_and_names_it() {
    let data = examples::<f64>(100, 5);
    // A hook that fails on one rank, in the second step of the second epoch.
    let found = errors(3, |ranks| {
        let mut steps = 0;
        let hook = |_: &mut Network<f64>| {
            steps += 1;
            match ranks.rank() == 2 && steps == 6 {
                true => Err(Error::Empty { operation: "Hook", what: "patience" }),
                false => Ok(0.0),
            }
        };
        train(&mut Trainer::new(5).across(ranks).hook(Call(hook)), &data)
    });
    let text = "training was interrupted in epoch 2, batch 3: ";
    let problem = "Hook: expected at least one patience, found 0";
    assert_eq!(
        found,
        [format!("{text}rank 2: {problem}"), format!("{text}rank 2: {problem}"), format!("{text}{problem}")]
    );
}

/// A hook that calls a function after each backward pass.
struct Call<T>(T);

impl<T> std::fmt::Debug for Call<T> {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("Call")
    }
}

impl<T: FnMut(&mut Network<f64>) -> Result<f64> + Send> Hook<f64> for Call<T> {
    fn after_backward(&mut self, network: &mut Network<f64>) -> Result<f64> {
        self.0(network)
    }
}

/// Rows in memory, one of them with NaN.
struct Spoiled(Dataset<f64>);

impl Examples<f64> for Spoiled {
    fn len(&self) -> usize {
        self.0.len()
    }
    fn input_size(&self) -> usize {
        5
    }
    fn target_size(&self) -> usize {
        1
    }
    fn gather(&self, rows: &[usize], batch: &mut Batch<f64>) -> Result<()> {
        Examples::gather(&self.0, rows, batch)?;
        for (index, &row) in rows.iter().enumerate().filter(|(_, row)| **row == 76) {
            batch.input_mut(index)[3] = f64::NAN + row as f64;
        }
        Ok(())
    }
}

#[test]
fn nan_on_one_rank_only_is_an_error_on_all() {
    let found = errors(2, |ranks| {
        let data = examples::<f64>(100, 5);
        let (whole, spoiled) = (data.clone(), Spoiled(data));
        let data: &dyn Examples<f64> = if ranks.rank() == 1 { &spoiled } else { &whole };
        // In order: row 76 is on rank 1.
        train(&mut Trainer::new(2).batch_size(100).in_order().across(ranks), data)
    });
    // Row 77 would be found before the fit, where the data of all ranks are compared.
    let problem = "Trainer: expected finite numbers in the inputs, found NaN in row 76, column 3";
    assert_eq!(found[0], format!("training was interrupted in epoch 1, batch 1: rank 1: {problem}"));
    assert_eq!(found[1], format!("training diverged in epoch 1, batch 1: {problem}"));
}

#[test]
fn a_panic_on_one_rank_ends_all() {
    let data = examples::<f64>(100, 5);
    let calls = AtomicUsize::new(0);
    let outcome = Threads::run(3, |ranks| {
        let hook = |_: &mut Network<f64>| {
            assert!(ranks.rank() != 1 || calls.fetch_add(1, Ordering::Relaxed) < 3, "out of coffee");
            Ok(0.0)
        };
        train(&mut Trainer::new(5).across(ranks).hook(Call(hook)), &data)
    });
    assert_eq!(outcome.unwrap_err().to_string(), "rank 1: panicked: out of coffee");
}

#[test]
fn what_differs_between_ranks_is_named() {
    let data = examples::<f64>(100, 5);
    let other = examples::<f64>(101, 5);
    type Change = fn(Trainer<'_, f64>) -> Trainer<'_, f64>;
    let changes: [(&str, Change); 6] = [
        ("a batch size of 32, as on rank 0, found 16", |trainer| trainer.batch_size(16)),
        ("the seed 0, as on rank 0, found 7", |trainer| trainer.seed(7)),
        ("epochs: 3, as on rank 0, found 4", |_| Trainer::new(4)),
        ("shuffling: true, as on rank 0, found false", |trainer| trainer.in_order()),
        ("the hooks \"[]\", as on rank 0, found \"[ClipNorm", |trainer| trainer.hook(ClipNorm::new(1.0).unwrap())),
        ("the reduction Deterministic, as on rank 0, found Fast", |trainer| trainer.reduction(Reduction::Fast)),
    ];
    for (words, change) in changes {
        let found = errors(3, |ranks| {
            let trainer = Trainer::new(3);
            let trainer = if ranks.rank() == 1 { change(trainer) } else { trainer };
            train(&mut trainer.across(ranks), &data)
        });
        assert!(found[1].contains(words), "{found:?}");
        assert!(found[0].starts_with("rank 1: ") && found[0].contains(words), "{found:?}");
    }
    let found =
        errors(2, |ranks| train(&mut Trainer::new(3).across(ranks), if ranks.rank() == 1 { &other } else { &data }));
    assert!(found[1].contains("data Sample { rows: 100") && found[1].contains("found Sample { rows: 101"), "{found:?}");
    let found = errors(2, |ranks| {
        let width = 6 + ranks.rank();
        let mut network = Network::builder(5).dense(width, Tanh).dense(3, Identity).build()?;
        let (loss, mut rule) = (CrossEntropy::default(), Adam::new(0.01)?);
        Trainer::new(3).across(ranks).fit(&mut network, &data, &loss, &mut rule)
    });
    assert!(found[1].contains("Trainer::across: expected a network with the layers"), "{found:?}");
    let found = errors(2, |ranks| {
        let mut network = Network::builder(5).dense(3, Identity).build()?;
        let (loss, mut rule) = (CrossEntropy::default(), Adam::new(0.01 * (1 + ranks.rank()) as f64)?);
        Trainer::new(3).across(ranks).fit(&mut network, &data, &loss, &mut rule)
    });
    assert!(found[1].contains("expected the optimizer \"Adam"), "{found:?}");
    let found = errors(2, |ranks| {
        let mut network = Network::builder(5).dense(3, Identity).build()?;
        let (loss, mut rule) = (CrossEntropy::default().smoothing(0.1 * ranks.rank() as f64), Adam::new(0.01)?);
        Trainer::new(3).across(ranks).fit(&mut network, &data, &loss, &mut rule)
    });
    assert!(found[1].contains("Trainer::across: expected the loss \"CrossEntropy"), "{found:?}");
    assert!(found[0].starts_with("rank 1: Trainer::across: expected the loss"), "{found:?}");
}

#[test]
fn a_number_of_ranks_that_cannot_share_the_rows_is_refused() {
    let data = examples::<f64>(3, 5);
    let found = errors(4, |ranks| train(&mut Trainer::new(3).across(ranks), &data));
    assert!(
        found.iter().all(|text| *text == "Trainer::across: expected at most 3 ranks, one for each row, found 4"),
        "{found:?}"
    );
    let data = examples::<f64>(100, 5);
    let found = errors(9, |ranks| train(&mut Trainer::new(3).across(ranks), &data));
    let text =
        "Trainer::across: expected at most 8 ranks, one for each shard of a batch (see Trainer::shards), found 9";
    assert!(found.iter().all(|found| found == text), "{found:?}");
    let fast = |ranks: &dyn Communicator| {
        train(&mut Trainer::new(1).reduction(Reduction::Fast).across(ranks), &data).map(drop)
    };
    assert_eq!(Threads::run(9, |ranks| fast(ranks)).unwrap().len(), 9);
}

/// No rows at all.
struct Nothing;

impl Examples<f64> for Nothing {
    fn len(&self) -> usize {
        0
    }
    fn input_size(&self) -> usize {
        5
    }
    fn target_size(&self) -> usize {
        1
    }
    fn gather(&self, _: &[usize], batch: &mut Batch<f64>) -> Result<()> {
        batch.resize(0, 5, 1);
        Ok(())
    }
}

#[test]
fn parts_that_do_not_fit_each_other_are_refused() {
    let data = examples::<f64>(100, 5);
    let found = errors(2, |ranks| {
        let data: &dyn Examples<f64> = if ranks.rank() == 1 { &Nothing } else { &data };
        train(&mut Trainer::new(3).across(ranks).partitioned(), data)
    });
    assert_eq!(
        found,
        ["rank 1: Trainer: expected at least one row, found 0", "Trainer: expected at least one row, found 0"]
    );
    let weighted = weighted(examples::<f64>(100, 5));
    let found = errors(2, |ranks| {
        train(&mut Trainer::new(3).across(ranks).partitioned(), if ranks.rank() == 1 { &weighted } else { &data })
    });
    let text = "Trainer: expected rows with 5 inputs, 1 targets, 0 weights, as on rank 0, \
                found 5 inputs, 1 targets, 1 weights on rank 1";
    assert_eq!(found, [text, text]);
}

#[test]
fn a_hook_that_differs_from_rank_to_rank_is_found() {
    let data = examples::<f64>(100, 5);
    let found = errors(3, |ranks| {
        let hook = |network: &mut Network<f64>| {
            if ranks.rank() == 2 {
                network.visit_mut(&mut |parameter| parameter.gradient_mut().fill(0.5));
            }
            Ok(0.0)
        };
        train(&mut Trainer::new(3).across(ranks).hook(Call(hook)), &data)
    });
    assert!(found.iter().all(|text| text.contains("the same weights on all ranks after an epoch")), "{found:?}");
    assert!(found.iter().all(|text| text.ends_with("found others on rank 2 than on rank 0")), "{found:?}");
}

#[test]
fn weights_and_what_the_optimizer_remembers_come_from_rank_zero() {
    let data = examples::<f64>(100, 5);
    demand_same_bits(|ranks| {
        let builder = Network::builder(5).dense(6, Tanh).dropout(0.1).dense(3, Identity);
        let mut network = builder.seed(1 + ranks.rank() as u64).build()?;
        let (loss, mut rule) = (CrossEntropy::default(), Adam::new(0.01)?);
        // What each rank does alone counts on rank 0.
        let epochs = 2 + ranks.rank();
        Trainer::new(epochs).seed(9).fit(&mut network, &data, &loss, &mut rule)?;
        let history = Trainer::new(2).across(ranks).fit(&mut network, &data, &loss, &mut rule)?;
        let states: Vec<_> = network.parameters().map(|parameter| parameter.steps_of("Adam")).collect();
        assert!(states[..2] == [16, 16], "{states:?}");
        Ok((network, history))
    });
}

#[cfg(feature = "mapped")]
#[test]
fn a_file_that_exists_on_some_ranks_only_ends_all() {
    let data = examples::<f64>(100, 5);
    let found = std::sync::Mutex::new(Vec::new());
    let outcome = Threads::run(3, |ranks| {
        let read = || match ranks.rank() {
            1 => feedforward::data::Mapped::<f64>::new("/nowhere/inputs.npy", "/nowhere/targets.npy").map(drop),
            _ => train(&mut Trainer::new(2).across(ranks), &data).map(drop),
        };
        read().inspect_err(|error| found.lock().unwrap().push((ranks.rank(), error.to_string())))
    });
    assert!(outcome.unwrap_err().to_string().starts_with("/nowhere/inputs.npy: "));
    let found = found.into_inner().unwrap();
    assert_eq!(found.len(), 3);
    for (_, text) in found.iter().filter(|(rank, _)| *rank != 1) {
        assert!(text.starts_with("rank 1: ended with an error: /nowhere/inputs.npy: "), "{text}");
    }
}
