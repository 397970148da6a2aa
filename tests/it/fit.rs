//! What a fit does at its edges: diverging runs, groups of batches, frozen layers, observers that end it.

use feedforward::error::Result;
use feedforward::metrics::R2;
use feedforward::parameter::Update;
use feedforward::solver::{GeneticAlgorithm, Lbfgs, RandomSearch};
use feedforward::training::hook::{ClipNorm, ClipValue, Hook, MaxNorm, Penalty};
use feedforward::training::schedule::*;
use feedforward::training::{Ending, Observer};
use feedforward::*;
use ndarray::{Array2, Axis, array};
use std::ops::ControlFlow;

fn data(rows: usize) -> Dataset<f64> {
    let inputs = Array2::from_shape_fn((rows, 3), |(row, column)| ((row * (5 + column)) % 17) as f64 / 8.5 - 1.0);
    let targets = inputs.map_axis(Axis(1), |x| (2.0 * x[0] - x[1]).tanh() + 0.3 * x[2] * x[0]).insert_axis(Axis(1));
    Dataset::new(inputs, targets).unwrap()
}

fn network() -> Network<f64> {
    Network::builder(3).dense(8, Tanh).dense(1, Identity).seed(2).build().unwrap()
}

fn momentum() -> Momentum {
    Momentum::new(0.05, 0.9).unwrap()
}

/// 1 for some epochs, then more than any network can bear.
#[derive(Debug)]
struct Explode(u64);

impl Schedule for Explode {
    fn factor(&mut self, step: u64) -> f64 {
        if step < self.0 { 1.0 } else { 1e200 }
    }
}

fn diverged(error: Error) -> (usize, usize, Error) {
    match error {
        Error::Diverged { epoch, batch, source } => (epoch, batch, *source),
        other => panic!("{other}"),
    }
}

#[test]
fn a_diverging_run_goes_back_to_the_last_good_epoch_and_can_be_tried_again() {
    let (mut network, mut good, data) = (network(), network(), data(50));
    let trainer = |epochs| Trainer::new(epochs).batch_size(10).seed(4).metric(R2);
    let expected = trainer(3).fit(&mut good, &data, &Mse, &mut momentum()).unwrap();

    let (mut rule, mut explodes) = (momentum(), trainer(9).schedule_epochs(Explode(3)));
    let error = explodes.fit(&mut network, &data, &Mse, &mut rule).unwrap_err();
    assert!(error.to_string().starts_with("training diverged in epoch 4, batch "), "{error}");
    let (epoch, batch, problem) = diverged(error);
    assert_eq!((epoch, explodes.history().epochs()), (4, expected.epochs()));
    assert_eq!((explodes.history().ending(), expected.ending()), (None, Some(Ending::Completed)));
    assert!((2..=5).contains(&batch));
    assert!(matches!(problem, Error::LossNotFinite { .. } | Error::GradientNotFinite { .. }), "{problem}");
    assert_eq!(network, good);

    // The velocities of the explosion are forgotten, the learning rate is as it was.
    assert_eq!(rule.learning_rate(), 0.05);
    let again = trainer(3).fit(&mut network, &data, &Mse, &mut rule).unwrap();
    assert!(again.last().unwrap().training_loss < expected.last().unwrap().training_loss);
}

/// A factor for each step, written down; the third epoch explodes, once.
#[derive(Debug)]
struct Asked<'a>(&'a mut Vec<u64>);

impl Schedule for Asked<'_> {
    fn factor(&mut self, step: u64) -> f64 {
        self.0.push(step);
        if self.0.len() == 5 { 1e300 } else { 1.0 }
    }
}

#[test]
fn after_a_diverging_run_epochs_and_steps_count_on_from_the_last_good_epoch() {
    let (mut network, mut rule, data, mut asked) = (network(), Sgd::new(0.01).unwrap(), data(20), Vec::new());
    let mut trainer = Trainer::new(3).batch_size(10).schedule_steps(Asked(&mut asked));
    let (epoch, batch, ..) = diverged(trainer.fit(&mut network, &data, &Mse, &mut rule).unwrap_err());
    let history = trainer.fit(&mut network, &data, &Mse, &mut rule).unwrap();
    drop(trainer);
    assert_eq!((epoch, batch, history.epochs()[0].epoch), (3, 2, 3));
    assert_eq!(asked, [0, 1, 2, 3, 4, 5, 4, 5, 6, 7, 8, 9]);
}

#[test]
fn weights_that_overflow_in_the_very_last_step_are_noticed() {
    let mut network = Network::<f64>::builder(3).dense(1, Identity).build().unwrap();
    let before = network.clone();
    let small = data(50);
    let data = Dataset::new(small.inputs().to_owned(), small.targets() * 1000.0).unwrap();
    let mut ends = 0;
    let mut trainer = Trainer::new(1).batch_size(50).observer(Ends(&mut ends));
    let error = trainer.fit(&mut network, &data, &Mse, &mut Sgd::new(f64::MAX).unwrap()).unwrap_err();
    let epochs = trainer.history().len();
    drop(trainer);
    let (epoch, batch, problem) = diverged(error);
    assert_eq!((epoch, batch, epochs, ends), (1, 1, 0, 1));
    assert!(matches!(problem, Error::NotFinite { what: "weight" | "bias", .. }), "{problem}");
    assert_eq!(network, before);
}

#[test]
fn outputs_that_overflow_after_an_epoch_are_noticed() {
    let layer = Dense::from_parameters(array![[0.0]], None, Identity).unwrap();
    let mut network = Network::from_layers(vec![Box::new(layer)]).unwrap();
    let train = Dataset::new(array![[1.0]], array![[1.0]]).unwrap();
    let validation = Dataset::new(array![[1.0], [1e10]], array![[1.0], [0.0]]).unwrap();
    // One step to w = 1e300: finite, but 1e310 is not.
    let mut trainer = Trainer::new(1).validation(&validation).metric(R2);
    let error = trainer.fit(&mut network, &train, &Mse, &mut Sgd::new(0.5e300).unwrap()).unwrap_err();
    let (epoch, batch, problem) = diverged(error);
    assert_eq!((epoch, batch), (1, 1));
    assert!(matches!(problem, Error::NotFinite { what: "outputs", row: 1, column: 0, .. }), "{problem}");
    assert_eq!(network.parameters().next().unwrap().values(), [0.0]);
}

/// Counts how often it is told of the end.
struct Ends<'a>(&'a mut usize);

impl Observer<f64> for Ends<'_> {
    fn epoch(&mut self, _: &Network<f64>, _: &EpochRecord) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn end(&mut self) {
        *self.0 += 1;
    }
}

#[test]
fn a_diverging_run_with_early_stopping_has_the_best_weights() {
    let (mut network, data) = (network(), data(50));
    let stopping = EarlyStopping::new(50).unwrap();
    let mut trainer = Trainer::new(20).validation(&data).early_stopping(stopping).schedule_epochs(Explode(8));
    let error = trainer.fit(&mut network, &data, &Mse, &mut Momentum::new(0.3, 0.9).unwrap()).unwrap_err();
    diverged(error);
    let losses: Vec<f64> = trainer.history().epochs().iter().map(|record| record.validation_loss.unwrap()).collect();
    let best = losses.iter().copied().fold(f64::INFINITY, f64::min);
    assert_eq!(losses.len(), 8);
    let loss = Mse.value(&network.predict(data.inputs()).unwrap(), data.targets()).unwrap();
    assert!((loss - best).abs() < 1e-12);
}

#[test]
fn batches_that_weigh_nothing_count_for_nothing_in_a_group() {
    let data = data(8);
    let weighted = data.clone().with_weights(vec![0.0, 0.0, 1.0, 2.0, 3.0, 4.0, 0.0, 0.0]).unwrap();
    let part = data.select(&[2, 3, 4, 5]).unwrap().with_weights(vec![1.0, 2.0, 3.0, 4.0]).unwrap();
    let fit = |data: &Dataset<f64>, together| {
        let mut network = network();
        let mut trainer = Trainer::new(5).in_order().batch_size(2).accumulate(together);
        let history = trainer.fit(&mut network, data, &Mse, &mut momentum()).unwrap();
        (network, history.last().unwrap().training_loss)
    };
    for together in [1, 2] {
        // Groups of two: nothing and a batch, a batch and nothing.
        let ((one, loss), (other, expected)) = (fit(&weighted, together), fit(&part, 1));
        approx::assert_relative_eq!(one, other, max_relative = 1e-12, epsilon = 1e-14);
        assert!((loss - expected).abs() < 1e-12);
    }
}

#[test]
fn accumulated_batches_report_the_loss_of_one_large_batch_penalty_included() {
    let data = data(20);
    let fit = |batch, together| {
        let mut network = network();
        let penalty = Penalty::elastic(0.01, 0.1).unwrap();
        let mut trainer = Trainer::new(4).in_order().batch_size(batch).accumulate(together).hook(penalty);
        let history = trainer.fit(&mut network, &data, &Mse, &mut momentum()).unwrap();
        history.epochs().iter().map(|record| record.training_loss).collect::<Vec<_>>()
    };
    let (whole, parts) = (fit(20, 1), fit(6, 4));
    approx::assert_relative_eq!(&whole[..], &parts[..], max_relative = 1e-10);
}

#[test]
fn the_last_group_of_an_epoch_may_be_smaller() {
    let (data, mut fitted, mut stepped) = (data(14), network(), network());
    let mut trainer = Trainer::new(1).in_order().batch_size(4).accumulate(3);
    trainer.fit(&mut fitted, &data, &Mse, &mut momentum()).unwrap();
    let mut rule = momentum();
    for rows in [0..12, 12..14] {
        let part = data.select(&rows.collect::<Vec<_>>()).unwrap();
        stepped.train_step(part.inputs(), part.targets(), &Mse, &mut rule).unwrap();
    }
    approx::assert_relative_eq!(fitted, stepped, max_relative = 1e-12, epsilon = 1e-14);
}

#[test]
fn row_weights_count_like_repeated_rows_in_every_loss() {
    let losses: [Box<dyn Loss<f64>>; 9] = [
        Box::new(Mse),
        Box::new(HalfSquaredError),
        Box::new(Mae),
        Box::new(Quantile::new(0.9).unwrap()),
        Box::new(Poisson),
        Box::new(Huber::new(0.5).unwrap()),
        Box::new(BinaryCrossEntropy::default()),
        Box::new(CrossEntropy::default()),
        Box::new(CrossEntropy::default().smoothing(0.1)),
    ];
    let inputs = data(9).inputs().to_owned();
    let targets = Array2::from_shape_fn((9, 2), |(row, column)| f64::from((row / 2) % 2 == column));
    let data = Dataset::new(inputs, targets).unwrap();
    let repeats: Vec<usize> = (0..9).flat_map(|row| vec![row; row % 3]).collect();
    let (repeated, weights) = (data.select(&repeats).unwrap(), (0..9).map(|row| (row % 3) as f64).collect::<Vec<_>>());
    for loss in losses {
        let mut one = Network::<f64>::builder(3).dense(4, Tanh).dense(2, Identity).build().unwrap();
        let mut other = one.clone();
        let a = one.compute_gradients(data.inputs(), data.targets(), Some(&weights), &*loss).unwrap();
        let b = other.compute_gradients(repeated.inputs(), repeated.targets(), None, &*loss).unwrap();
        approx::assert_relative_eq!(a, b, max_relative = 1e-12);
        for (a, b) in one.parameters().zip(other.parameters()) {
            approx::assert_abs_diff_eq!(a.gradient(), b.gradient(), epsilon = 1e-12);
        }
    }
}

#[test]
fn class_weights_multiply_with_row_weights() {
    let data = Dataset::new(array![[1.0], [2.0], [3.0]], array![[0.0], [1.0], [1.0]]).unwrap();
    let weighted = data.clone().with_weights(vec![1.0, 2.0, 3.0]).unwrap();
    assert_eq!(weighted.clone().with_class_weights(&[0.5, 10.0]).unwrap().weights(), Some(&[0.5, 20.0, 30.0][..]));
    assert_eq!(weighted.with_balanced_classes().unwrap().weights(), Some(&[1.5, 1.5, 2.25][..]));
}

fn all_rules() -> Vec<Box<dyn Optimizer<f64>>> {
    vec![
        Box::new(Sgd::new(0.1).unwrap()),
        Box::new(momentum()),
        Box::new(Momentum::nesterov(0.05, 0.9).unwrap()),
        Box::new(Adagrad::new(0.1).unwrap()),
        Box::new(RmsProp::new(0.01).unwrap()),
        Box::new(Adam::new(0.01).unwrap()),
        Box::new(Adam::new(0.01).unwrap().amsgrad()),
        Box::new(AdamW::new(0.01).unwrap()),
        Box::new(Nadam::new(0.01).unwrap()),
        Box::new(Rprop::new(0.01).unwrap()),
    ]
}

/// Its first layer is frozen, and would be shortened by every hook if it were not.
fn half_frozen() -> Network<f64> {
    let mut network = network();
    network.parameters_mut().next().unwrap().value_mut().fill(3.0);
    network.set_frozen(0, true).unwrap();
    network
}

fn first_layer(network: &Network<f64>) -> Vec<f64> {
    network.layers()[0].parameters().iter().flat_map(|parameter| parameter.values().to_vec()).collect()
}

#[test]
fn nothing_moves_a_frozen_layer() {
    let (start, data) = (half_frozen(), data(30));
    let check = |name: &str, fit: &mut dyn FnMut(&mut Network<f64>) -> Result<History>| {
        let mut network = start.clone();
        fit(&mut network).unwrap();
        assert_eq!(first_layer(&network), first_layer(&start), "{name}");
        assert_ne!(network, start, "{name}");
    };
    for mut rule in all_rules() {
        let mut trainer = Trainer::new(3)
            .accumulate(2)
            .hook(Penalty::elastic(0.01, 0.1).unwrap())
            .hook(ClipValue::new(0.5).unwrap())
            .hook(ClipNorm::new(0.5).unwrap())
            .hook(MaxNorm::new(0.5).unwrap());
        check(&format!("{rule:?}"), &mut |network| trainer.fit(network, &data, &Mse, &mut *rule));
    }
    let lbfgs = Lbfgs::new().penalty(Penalty::l2(0.1).unwrap());
    check("Lbfgs", &mut |network| lbfgs.fit(network, &data, &Mse, 5));
    check("RandomSearch", &mut |network| RandomSearch::new(0.1)?.fit(network, &data, &Mse, 50));
    check("GeneticAlgorithm", &mut |network| GeneticAlgorithm::new(6, 2)?.fit(network, &data, &Mse, 10));
}

#[test]
fn hooks_neither_count_nor_change_what_is_frozen() {
    let data = data(30);
    let mut network = half_frozen();
    network.compute_gradients(data.inputs(), data.targets(), None, &Mse).unwrap();
    network.parameters_mut().for_each(|parameter| parameter.gradient_mut().fill(2.0));
    let trained = network.layers()[1].parameters();
    let squares: f64 = trained[0].values().iter().map(|w| w * w).sum();
    let count = trained.iter().map(|parameter| parameter.len()).sum::<usize>();
    assert_eq!(network.gradient_norm(), (4.0 * count as f64).sqrt());

    let mut clip: Box<dyn Hook<f64>> = Box::new(ClipNorm::new(1.0).unwrap());
    clip.after_backward(&mut network).unwrap();
    assert!((network.gradient_norm() - 1.0).abs() < 1e-6);
    let mut clip: Box<dyn Hook<f64>> = Box::new(ClipValue::new(0.1).unwrap());
    clip.after_backward(&mut network).unwrap();
    let mut penalty: Box<dyn Hook<f64>> = Box::new(Penalty::l2(0.5).unwrap());
    let added = penalty.after_backward(&mut network).unwrap();
    assert!((added - 0.25 * squares).abs() < 1e-12);
    assert!(network.layers()[0].parameters().iter().all(|frozen| frozen.gradients().iter().all(|&g| g == 2.0)));
}

/// Σ_k (p_k - t_k)² / 2, written by a user.
#[derive(Debug)]
struct Squares;

impl Loss<f64> for Squares {
    fn example(&self, prediction: &[f64], target: &[f64], gradient: &mut [f64]) -> f64 {
        for ((gradient, p), t) in gradient.iter_mut().zip(prediction).zip(target) {
            *gradient = p - t;
        }
        gradient.iter().map(|error| 0.5 * error * error).sum()
    }
}

/// w -= η g, written by a user.
#[derive(Debug)]
struct Downhill(f64);

impl Optimizer<f64> for Downhill {
    fn step(&mut self, parameter: &mut Parameter<f64>) {
        let rate = self.0;
        parameter.step("Downhill", |Update { value, gradient, .. }: Update<'_, f64, 0>| {
            value.iter_mut().zip(gradient).for_each(|(w, g)| *w -= rate * g);
        });
    }

    fn learning_rate(&self) -> f64 {
        self.0
    }

    fn set_learning_rate(&mut self, rate: f64) -> Result<()> {
        self.0 = rate;
        Ok(())
    }
}

/// y = w x, written by a user: one parameter.
#[derive(Debug, Clone)]
struct Stretch(Parameter<f64>, usize);

impl Layer<f64> for Stretch {
    fn input_size(&self) -> usize {
        self.1
    }

    fn output_size(&self) -> usize {
        self.1
    }

    fn infer(&self, input: &ndarray::ArrayRef2<f64>, output: &mut ndarray::ArrayRef2<f64>) {
        output.assign(input);
        output.mapv_inplace(|x| x * self.0.values()[0]);
    }

    fn backward(
        &mut self,
        input: &ndarray::ArrayRef2<f64>,
        _: &ndarray::ArrayRef2<f64>,
        output_gradient: &mut ndarray::ArrayRef2<f64>,
        input_gradient: Option<&mut ndarray::ArrayRef2<f64>>,
    ) {
        let w = self.0.values()[0];
        self.0.gradients_mut()[0] = input.iter().zip(&*output_gradient).map(|(x, g)| x * g).sum();
        if let Some(below) = input_gradient {
            below.assign(output_gradient);
            below.mapv_inplace(|g| w * g);
        }
    }

    fn visit<'a>(&'a self, visitor: &mut dyn FnMut(&'a Parameter<f64>)) {
        visitor(&self.0);
    }

    fn visit_mut<'a>(&'a mut self, visitor: &mut dyn FnMut(&'a mut Parameter<f64>)) {
        visitor(&mut self.0);
    }
}

#[test]
fn what_users_make_is_trained_like_what_is_there() {
    let data = data(30).with_weights((0..30).map(|row| f64::from(row % 3)).collect()).unwrap();
    let stretch = || Stretch(Parameter::weight(array![[1.0]]), 3);
    let dense = Dense::from_parameters(array![[0.1], [-0.2], [0.3]], Some(array![0.0]), Identity).unwrap();
    let start = Network::from_layers(vec![Box::new(stretch()), Box::new(dense)]).unwrap();
    let fit = |loss: &dyn Loss<f64>, rule: &mut dyn Optimizer<f64>| {
        let mut network = start.clone();
        let history = full_trainer().fit(&mut network, &data, loss, rule).unwrap();
        (network, history)
    };
    let (network, history) = fit(&Squares, &mut Downhill(0.1));
    assert_eq!((network.clone(), history.clone()), fit(&HalfSquaredError, &mut Sgd::new(0.1).unwrap()));
    assert!(history.last().unwrap().training_loss < 0.5 * history.epochs()[0].training_loss);
    assert_ne!(network.layers()[0].parameters()[0].values(), [1.0]);
}

fn full_trainer<'a>() -> Trainer<'a, f64> {
    Trainer::new(10)
        .batch_size(4)
        .accumulate(2)
        .validation_share(0.2)
        .schedule_epochs(Exponential::new(0.9).unwrap())
        .hook(Penalty::l2(1e-3).unwrap())
        .hook(ClipNorm::new(5.0).unwrap())
        .metric(R2)
        .early_stopping(EarlyStopping::new(20).unwrap())
}

/// Adds 1 to every number of the gradient.
#[derive(Debug)]
struct AddOne;

impl Hook<f64> for AddOne {
    fn after_backward(&mut self, network: &mut Network<f64>) -> Result<f64> {
        network.parameters_mut().for_each(|parameter| parameter.gradient_mut().mapv_inplace(|g| g + 1.0));
        Ok(0.0)
    }
}

/// Fails at its third step.
#[derive(Debug)]
struct FailsLater(usize);

impl Hook<f64> for FailsLater {
    fn after_backward(&mut self, _: &mut Network<f64>) -> Result<f64> {
        self.0 += 1;
        if self.0 < 3 {
            return Ok(0.0);
        }
        Err(Error::Invalid { operation: "AllReduce", expected: "four processes".into(), found: "three".into() })
    }
}

#[test]
fn a_hook_that_fails_is_no_divergence_and_leaves_the_last_good_epoch() {
    let (mut network, mut good, data) = (network(), network(), data(20));
    let expected = Trainer::new(1).batch_size(10).fit(&mut good, &data, &Mse, &mut momentum()).unwrap();
    let mut trainer = Trainer::new(5).batch_size(10).hook(FailsLater(0));
    let error = trainer.fit(&mut network, &data, &Mse, &mut momentum()).unwrap_err();
    let words = "training was interrupted in epoch 2, batch 1: AllReduce: expected four processes, found three";
    assert_eq!(error.to_string(), words);
    let Error::Interrupted { epoch: 2, batch: 1, source } = error else { panic!("{error}") };
    assert!(matches!(*source, Error::Invalid { operation: "AllReduce", .. }));
    assert_eq!((trainer.history().epochs(), &network), (expected.epochs(), &good));
}

/// Counts its steps.
#[derive(Debug)]
struct Steps<'a>(&'a mut usize);

impl Hook<f64> for Steps<'_> {
    fn after_backward(&mut self, _: &mut Network<f64>) -> Result<f64> {
        *self.0 += 1;
        Ok(0.0)
    }
}

#[test]
fn a_batch_that_weighs_nothing_is_no_step_for_hooks_and_optimizer() {
    let weights = vec![1.0, 1.0, 0.0, 0.0];
    let data = data(4).with_weights(weights).unwrap();
    let (mut steps, mut one, mut other) = (0, network(), network());
    let mut trainer = Trainer::new(1).in_order().batch_size(2).hook(Steps(&mut steps));
    trainer.fit(&mut one, &data, &Mse, &mut momentum()).unwrap();
    drop(trainer);
    assert_eq!(steps, 1);
    let first = data.select(&[0, 1]).unwrap();
    Trainer::new(1).in_order().fit(&mut other, &first, &Mse, &mut momentum()).unwrap();
    assert_eq!(one, other);
}

#[test]
fn batch_statistics_count_every_batch_of_a_group() {
    let fit = |together| {
        let mut network = Network::builder(3).batch_norm().dense(1, Identity).build().unwrap();
        network.set_frozen(1, true).unwrap();
        let mut trainer = Trainer::new(1).in_order().batch_size(5).accumulate(together);
        trainer.fit(&mut network, &data(20), &Mse, &mut momentum()).unwrap();
        network.layers()[0].parameters()[2..].iter().flat_map(|parameter| parameter.values().to_vec()).collect()
    };
    let (each, groups): (Vec<f64>, Vec<f64>) = (fit(1), fit(4));
    assert_eq!(each, groups);
}

#[test]
fn hooks_run_in_the_order_they_were_added() {
    // The gradient is 2 (w x - t) x = 0.
    let layer = Dense::from_parameters(array![[0.0]], None, Identity).unwrap();
    let start = Network::from_layers(vec![Box::new(layer)]).unwrap();
    let data = Dataset::new(array![[1.0]], array![[0.0]]).unwrap();
    let moved = |trainer: Trainer<'_, f64>| {
        let mut network = start.clone();
        { trainer }.fit(&mut network, &data, &Mse, &mut Sgd::new(1.0).unwrap()).unwrap();
        network.parameters().next().unwrap().values()[0]
    };
    let clip = || ClipValue::new(0.5).unwrap();
    assert_eq!(moved(Trainer::new(1).hook(AddOne).hook(clip())), -0.5);
    assert_eq!(moved(Trainer::new(1).hook(clip()).hook(AddOne)), -1.0);
}

#[test]
fn schedules_count_steps_or_epochs_and_are_multiplied() {
    let rates = |trainer: Trainer<'_, f64>| {
        let history = { trainer }.batch_size(5).fit(&mut network(), &data(20), &Mse, &mut Sgd::new(0.1).unwrap());
        history.unwrap().epochs().iter().map(|record| record.learning_rate).collect::<Vec<_>>()
    };
    let close = |found: Vec<f64>, expected: [f64; 3]| {
        assert!(found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-15), "{found:?}");
    };
    let (by_epoch, by_step) = (|| Exponential::new(0.5).unwrap(), || StepDecay::new(3, 0.1).unwrap());
    close(rates(Trainer::new(3).schedule_epochs(by_epoch())), [0.1, 0.05, 0.025]);
    // The last of four steps of each epoch: numbers 3, 7 and 11.
    close(rates(Trainer::new(3).schedule_steps(by_step())), [0.01, 0.001, 0.0001]);
    close(rates(Trainer::new(3).schedule_steps(by_step()).schedule_epochs(by_epoch())), [0.01, 0.0005, 0.000025]);
}

#[test]
fn a_plateau_after_a_warm_up_does_not_count_the_warm_up() {
    let mut schedule = Warmup::new(3).unwrap().then(3, ReduceOnPlateau::new(0.5, 1).unwrap());
    let mut factors = Vec::new();
    for epoch in 0..8 {
        factors.push(schedule.factor(epoch));
        schedule.observe(1.0);
    }
    let third = 1.0 / 3.0;
    assert_eq!(factors, [third, 2.0 * third, 1.0, 1.0, 1.0, 1.0, 0.5, 0.5]);
}

#[test]
fn training_ends_on_convergence() {
    let (mut network, mut rule) = (network(), Sgd::new(0.0).unwrap());
    let stopping = EarlyStopping::new(3).unwrap().on_training_loss();
    // The rows always add up in the same order, so that the loss stays the same to the bit.
    let mut trainer = Trainer::new(50).in_order().early_stopping(stopping);
    let history = trainer.fit(&mut network, &data(20), &Mse, &mut rule).unwrap();
    assert_eq!((history.len(), history.best_epoch()), (4, Some(1)));
}

#[test]
fn an_improvement_below_min_delta_is_none() {
    let stops_after = |min_delta: f64| {
        let stopping = EarlyStopping::new(2).unwrap().on_training_loss().min_delta(min_delta);
        let mut trainer = Trainer::new(40).in_order().batch_size(20).early_stopping(stopping);
        trainer.fit(&mut network(), &data(20), &Mse, &mut Sgd::new(0.001).unwrap()).unwrap().len()
    };
    assert_eq!((stops_after(0.0), stops_after(1e3)), (40, 3));
}

#[test]
fn an_observer_that_ends_training_leaves_the_best_weights_so_far() {
    let (mut network, data) = (network(), data(40));
    let (train, validation) = data.split(0.5, 1).unwrap();
    let mut losses = Vec::new();
    // Ends as soon as the validation loss has gone up.
    let watch = |_: &Network<f64>, record: &EpochRecord| {
        losses.push(record.validation_loss.unwrap());
        let rises = losses.len() > 1 && losses[losses.len() - 1] > losses[losses.len() - 2];
        if rises { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let stopping = EarlyStopping::new(1000).unwrap();
    let mut trainer = Trainer::new(500).batch_size(5).validation(&validation).early_stopping(stopping).observer(watch);
    let history = trainer.fit(&mut network, &train, &Mse, &mut Momentum::new(0.2, 0.9).unwrap()).unwrap();
    drop(trainer);
    assert!(history.len() < 500 && history.best_epoch() < Some(history.len()));
    let loss = Mse.value(&network.predict(validation.inputs()).unwrap(), validation.targets()).unwrap();
    assert!((loss - losses.iter().copied().fold(f64::INFINITY, f64::min)).abs() < 1e-12);
}

/// Ends training in the middle of the first epoch.
struct AfterSteps(usize);

impl Observer<f64> for AfterSteps {
    fn step(&mut self, step: usize, _: f64) -> ControlFlow<()> {
        if step == self.0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn epoch(&mut self, _: &Network<f64>, _: &EpochRecord) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

#[test]
fn an_observer_can_end_training_between_two_steps() {
    let (data, mut fitted, mut stepped) = (data(20), network(), network());
    let mut trainer = Trainer::new(9).in_order().batch_size(5).observer(AfterSteps(2));
    let history = trainer.fit(&mut fitted, &data, &Mse, &mut momentum()).unwrap();
    let first = data.select(&(0..10).collect::<Vec<_>>()).unwrap();
    Trainer::new(1).in_order().batch_size(5).fit(&mut stepped, &first, &Mse, &mut momentum()).unwrap();
    assert_eq!((fitted, history.len()), (stepped, 1));
}

#[test]
fn single_epochs_one_after_another_are_one_fit() {
    let (mut whole, mut parts) = (network(), network());
    let history = Trainer::new(4).seed(3).fit(&mut whole, &data(50), &Mse, &mut momentum()).unwrap();
    let (mut trainer, mut rule) = (Trainer::new(1).seed(3), momentum());
    for record in history.epochs() {
        let part = trainer.fit(&mut parts, &data(50), &Mse, &mut rule).unwrap();
        assert_eq!(part.epochs(), std::slice::from_ref(record));
    }
    assert_eq!(whole, parts);
}

#[cfg(feature = "parallel")]
#[test]
fn the_number_of_threads_changes_no_bit() {
    let inputs = Array2::from_shape_fn((96, 300), |(row, column)| ((row * 7 + column * 11) % 23) as f32 / 23.0);
    let targets = Array2::from_shape_fn((96, 1), |(row, _)| (row % 3) as f32);
    let data = Dataset::new(inputs, targets).unwrap();
    let fit = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let mut network = Network::<f32>::builder(300).dense(400, Relu).dense(3, Identity).build().unwrap();
            let mut trainer = Trainer::new(2).batch_size(96).validation_share(0.1);
            let mut rule = Adam::new(0.001).unwrap();
            let history = trainer.fit(&mut network, &data, &CrossEntropy::default(), &mut rule).unwrap();
            (network, history)
        })
    };
    let one = fit(1);
    for threads in [2, 3, 5] {
        assert_eq!(fit(threads), one, "{threads} threads");
    }
}
