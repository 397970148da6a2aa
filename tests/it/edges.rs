//! Training at the edges: rows that are left over, weights of any size, losses that end or never do.

use feedforward::activation::HardSigmoid;
use feedforward::error::Result;
use feedforward::layer::Dropout;
use feedforward::metrics::{Accuracy, Average, F1, Metric, Named, RocAuc};
use feedforward::solver::{Lbfgs, RandomSearch};
use feedforward::training::hook::{ClipNorm, Hook};
use feedforward::training::{Ending, Observer};
use feedforward::*;
use ndarray::{Array2, ArrayRef2, Axis, array};
use rand::SeedableRng;
use std::ops::ControlFlow;

fn data(rows: usize) -> Dataset<f64> {
    let inputs = Array2::from_shape_fn((rows, 3), |(row, column)| ((row * (5 + column)) % 17) as f64 / 8.5 - 1.0);
    let targets = inputs.map_axis(Axis(1), |x| (2.0 * x[0] - x[1]).tanh() + 0.3 * x[2] * x[0]).insert_axis(Axis(1));
    Dataset::new(inputs, targets).unwrap()
}

fn network() -> Network<f64> {
    Network::builder(3).dense(8, Tanh).dense(1, Identity).seed(2).build().unwrap()
}

/// Counts the steps of an epoch and the rows are what they are.
struct CountSteps<'a>(&'a mut Vec<usize>);

impl Observer<f64> for CountSteps<'_> {
    fn start(&mut self, _: usize, steps: usize) {
        self.0.push(steps);
    }
    fn step(&mut self, step: usize, _: f64) -> ControlFlow<()> {
        self.0.push(step);
        ControlFlow::Continue(())
    }
    fn epoch(&mut self, _: &Network<f64>, _: &EpochRecord) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

#[test]
fn a_single_row_left_over_joins_the_batch_before_it_under_batch_norm() {
    let steps = |batch_norm: bool, drops: bool, rows: usize| {
        let builder = Network::builder(3).dense(4, Identity);
        let builder = if batch_norm { builder.batch_norm() } else { builder };
        let mut network = builder.dense(1, Identity).build().unwrap();
        let mut seen = Vec::new();
        let mut trainer = Trainer::new(1).batch_size(32).observer(CountSteps(&mut seen));
        trainer = if drops { trainer.drop_last() } else { trainer };
        trainer.fit(&mut network, &data(rows), &Mse, &mut Sgd::new(0.01).unwrap()).unwrap();
        drop(trainer);
        // The number that was announced, then the steps.
        assert_eq!(seen[0], seen.len() - 1);
        seen[0]
    };
    assert_eq!((steps(false, false, 33), steps(true, false, 33)), (2, 1));
    assert_eq!((steps(true, false, 34), steps(true, true, 34)), (2, 1));
    assert_eq!((steps(true, false, 1), steps(true, true, 1), steps(false, true, 20)), (1, 1, 1));
    assert_eq!((steps(true, false, 65), steps(true, true, 65), steps(false, false, 64)), (2, 2, 2));
}

#[test]
fn a_fixed_center_asks_for_no_batch_of_more_than_one_row() {
    let mut seen = Vec::new();
    let mut network = Network::builder(3).affine().dense(1, Identity).build().unwrap();
    let mut trainer = Trainer::new(1).batch_size(32).observer(CountSteps(&mut seen));
    trainer.fit(&mut network, &data(33), &Mse, &mut Sgd::new(0.01).unwrap()).unwrap();
    drop(trainer);
    assert_eq!(seen[0], 2);
}

#[test]
fn thirty_three_rows_train_a_batch_norm_as_well_as_thirty_two() {
    let loss = |rows: usize| {
        let builder = Network::builder(3).dense(16, Identity).batch_norm().activation(Tanh);
        let mut network = builder.dense(1, Identity).seed(1).build().unwrap();
        let (data, mut adam) = (data(rows), Adam::new(0.01).unwrap());
        Trainer::new(300).batch_size(32).fit(&mut network, &data, &Mse, &mut adam).unwrap();
        network.evaluate(&data, &Mse, &[]).unwrap().loss
    };
    let (even, odd) = (loss(32), loss(33));
    assert!(odd < 3.0 * even + 1e-3, "33 rows: {odd}, 32 rows: {even}");
}

#[test]
fn dropped_rows_are_the_last_of_the_order() {
    let (mut dropped, mut first) = (network(), network());
    let rows: Vec<usize> = (0..20).collect();
    Trainer::new(3)
        .in_order()
        .batch_size(10)
        .drop_last()
        .fit(&mut dropped, &data(27), &Mse, &mut Sgd::new(0.1).unwrap())
        .unwrap();
    let some = data(27).select(&rows).unwrap();
    Trainer::new(3).in_order().batch_size(10).fit(&mut first, &some, &Mse, &mut Sgd::new(0.1).unwrap()).unwrap();
    assert_eq!(dropped, first);
}

#[test]
fn row_weights_of_any_size_train_alike() {
    fn fit<F: Float>(weight: f64, accumulate: usize) -> Vec<f64> {
        let inputs = data(20).inputs().mapv(F::from_f64);
        let targets = data(20).targets().mapv(F::from_f64);
        let weights = vec![F::from_f64(weight); 20];
        let data = Dataset::new(inputs, targets).unwrap().with_weights(weights).unwrap();
        let mut network = Network::<F>::builder(3).dense(8, Tanh).dense(1, Identity).seed(2).build().unwrap();
        let mut trainer = Trainer::new(3).batch_size(4).accumulate(accumulate);
        trainer.fit(&mut network, &data, &Mse, &mut Sgd::new(0.1).unwrap()).unwrap();
        network.parameters().flat_map(|parameter| parameter.values()).map(|value| value.widen()).collect()
    }
    for accumulate in [1, 3] {
        for (single, expected) in fit::<f32>(1e37, accumulate).into_iter().zip(fit::<f32>(1.0, accumulate)) {
            approx::assert_relative_eq!(single, expected, max_relative = 1e-5, epsilon = 1e-6);
        }
        for (double, expected) in fit::<f64>(1e300, accumulate).into_iter().zip(fit::<f64>(1.0, accumulate)) {
            approx::assert_relative_eq!(double, expected, max_relative = 1e-12, epsilon = 1e-13);
        }
    }
    let error = data(2).with_weights(vec![1e308, 1.7e308]).unwrap_err();
    assert!(error.to_string().contains("sample weights with a finite sum"), "{error}");
}

#[test]
fn whether_a_split_of_weighted_rows_works_does_not_depend_on_the_seed() {
    let mut weights = vec![0.0; 20];
    (weights[3], weights[4]) = (1.0, 2.0);
    let two = data(20).with_weights(weights.clone()).unwrap();
    weights[3] = 0.0;
    let one = data(20).with_weights(weights).unwrap();
    for seed in 0..50 {
        let (a, b) = two.split(0.8, seed).unwrap();
        assert_eq!(a.weights().unwrap().iter().sum::<f64>() + b.weights().unwrap().iter().sum::<f64>(), 3.0);
        let mut rows: Vec<f64> = a.inputs().column(0).iter().chain(b.inputs().column(0)).copied().collect();
        let mut all = data(20).inputs().column(0).to_vec();
        rows.sort_by(f64::total_cmp);
        all.sort_by(f64::total_cmp);
        assert_eq!(rows, all);
        assert!(one.split(0.8, seed).is_err());
        let mut trainer = Trainer::new(1).validation_share(0.2).seed(seed);
        trainer.fit(&mut network(), &two, &Mse, &mut Sgd::new(0.1).unwrap()).unwrap();
    }
}

#[test]
fn the_norm_of_gradients_of_any_size_is_clipped_to_one() {
    for magnitude in [1e200, 1e-200, 1.0] {
        let mut network = Network::<f64>::builder(2).dense_without_bias(2, Identity).build().unwrap();
        network.parameters_mut().for_each(|parameter| parameter.gradient_mut().fill(magnitude));
        approx::assert_relative_eq!(network.gradient_norm(), 2.0 * magnitude, max_relative = 1e-12);
        ClipNorm::new(1.0).unwrap().after_backward(&mut network).unwrap();
        let expected = if magnitude > 1e-3 { 1.0 } else { 2.0 * magnitude };
        approx::assert_relative_eq!(network.gradient_norm(), expected, max_relative = 1e-5);
    }
}

#[test]
fn the_units_of_the_targets_do_not_change_how_far_lbfgs_comes() {
    let r2 = |factor: f64| {
        let data = Dataset::new(data(60).inputs().to_owned(), data(60).targets() * factor).unwrap();
        let mut network = network();
        // The last layer starts in the units of the targets.
        network.parameters_mut().skip(2).for_each(|p| p.value_mut().mapv_inplace(|w| w * factor));
        let history = Lbfgs::new().fit(&mut network, &data, &Mse, 100).unwrap();
        let outputs = network.predict(data.inputs()).unwrap();
        (history.len(), metrics::r2(&outputs, data.targets(), None).unwrap())
    };
    let (steps, ordinary) = r2(1.0);
    let (small_steps, small) = r2(1e-5);
    assert!(ordinary > 0.98 && small > 0.98, "{ordinary} and {small}");
    assert!(steps > 10 && small_steps > 10, "{steps} and {small_steps}");
}

/// L = the output itself: it has no lower bound.
#[derive(Debug)]
struct Unbounded;

impl<F: Float> Loss<F> for Unbounded {
    fn example(&self, prediction: &[F], _: &[F], gradient: &mut [F]) -> F {
        gradient.fill(F::one());
        prediction.iter().copied().sum()
    }
}

#[test]
fn combinations_that_cannot_be_meant_are_refused_before_the_first_step() {
    let data = Dataset::new(array![[0.0, 1.0, 2.0], [1.0, 0.0, 2.0]], array![[0.0], [1.0]]).unwrap();
    let probabilities = [
        Network::builder(3).dense(2, Sigmoid).seed(1).build().unwrap(),
        Network::builder(3).dense(2, Identity).softmax().seed(1).build().unwrap(),
        Network::builder(3).dense(2, HardSigmoid::default()).seed(1).build().unwrap(),
        Network::builder(3).dense(2, Identity).activation(Sigmoid).seed(1).build().unwrap(),
    ];
    for network in probabilities {
        let loss = CrossEntropy::default();
        let mut trained = network.clone();
        let mut rule = Sgd::new(0.1).unwrap();
        let errors = [
            Trainer::new(1).fit(&mut trained, &data, &loss, &mut rule).unwrap_err(),
            Lbfgs::new().fit(&mut trained, &data, &loss, 1).unwrap_err(),
            RandomSearch::new(0.1).unwrap().fit(&mut trained, &data, &loss, 1).unwrap_err(),
            network.evaluate(&data, &loss, &[]).map(drop).unwrap_err(),
        ];
        for error in errors {
            assert!(error.to_string().contains("expected a last layer with the activation Identity"), "{error}");
        }
        assert_eq!(trained, network);
    }
    let (start, mut rule) = (network(), Sgd::new(0.1).unwrap());
    let mut trained = start.clone();
    let mut trainer = Trainer::new(1).early_stopping(EarlyStopping::new(1).unwrap());
    let error = trainer.fit(&mut trained, &data, &Mse, &mut rule).unwrap_err();
    assert!(error.to_string().contains("expected validation data"), "{error}");
    assert_eq!(trained, start);

    let numbers = self::data(9);
    let fit = |mut trainer: Trainer<'_, f64>| trainer.fit(&mut network(), &numbers, &Mse, &mut Sgd::new(0.1).unwrap());
    for error in [
        fit(Trainer::new(1).metric(Accuracy)),
        fit(Trainer::new(1).metric(Named::new("mine", F1(Average::Macro)))),
        fit(Trainer::new(1).metric(RocAuc)),
    ] {
        let error = error.unwrap_err();
        assert!(matches!(error, Error::Target { row: 0, .. }), "{error}");
        assert!(error.to_string().contains("metrics such as R2"), "{error}");
    }
}

#[test]
fn a_fit_says_how_it_ended() {
    let data = data(40);
    let ending = |trainer: &mut Trainer<'_, f64>| {
        trainer.fit(&mut network(), &data, &Mse, &mut Momentum::new(0.05, 0.9).unwrap()).unwrap().ending()
    };
    assert_eq!(ending(&mut Trainer::new(2)), Some(Ending::Completed));
    assert_eq!(ending(&mut Trainer::new(9).target_loss(1e9)), Some(Ending::TargetLoss));
    let stopping = EarlyStopping::new(1).unwrap().on_training_loss().min_delta(1e9);
    assert_eq!(ending(&mut Trainer::new(9).early_stopping(stopping)), Some(Ending::EarlyStopping));
    let stop = |_: &Network<f64>, _: &EpochRecord| ControlFlow::Break(());
    assert_eq!(ending(&mut Trainer::new(9).observer(stop)), Some(Ending::Observer));

    let mut linear = Network::builder(3).dense(1, Identity).seed(2).build().unwrap();
    let history = Lbfgs::new().fit(&mut linear, &data, &Mse, 200).unwrap();
    assert_eq!(history.ending(), Some(Ending::Converged));
    assert_eq!(Lbfgs::new().fit(&mut network(), &data, &Mse, 2).unwrap().ending(), Some(Ending::Completed));
}

#[test]
fn a_loss_without_a_lower_bound_ends_in_an_error_with_the_weights_it_had() {
    let (mut unbounded, before) = (network(), network());
    let error = Lbfgs::new().fit(&mut unbounded, &data(10), &Unbounded, 1000).unwrap_err();
    assert!(error.to_string().starts_with("Lbfgs: expected a loss with a lower bound, found -"), "{error}");
    assert_eq!(unbounded, before);
}

#[test]
fn lbfgs_refuses_random_layers_and_moves_statistics_once_a_step() {
    let mut random = Network::<f64>::builder(3).dropout(0.5).dense(1, Identity).build().unwrap();
    let error = Lbfgs::new().fit(&mut random, &data(10), &Mse, 5).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Lbfgs: expected layers that give the same outputs every time, found Dropout(rate=0.5)"
    );
    let mut network = Network::<f64>::builder(3).batch_norm().dense(1, Identity).build().unwrap();
    let history = Lbfgs::new().fit(&mut network, &data(20), &Mse, 3).unwrap();
    // All data are one batch: after k passes the running mean is (1 - 0.9^k) times their mean.
    let mean = data(20).inputs().mean_axis(Axis(0)).unwrap();
    let running = network.parameters().find(|parameter| parameter.name() == "running_mean").unwrap().values().to_vec();
    let passes = 1 + history.len() as i32;
    for (running, mean) in running.into_iter().zip(mean) {
        approx::assert_relative_eq!(running, (1.0 - 0.9_f64.powi(passes)) * mean, max_relative = 1e-9);
    }
}

#[test]
fn a_second_fit_counts_the_weights_it_starts_from() {
    let (train, validation) = data(60).split(0.5, 1).unwrap();
    let mut network = network();
    let mut trainer = Trainer::new(30).validation(&validation).early_stopping(EarlyStopping::new(50).unwrap());
    trainer.fit(&mut network, &train, &Mse, &mut Momentum::new(0.05, 0.9).unwrap()).unwrap();
    let (start, loss) = (network.clone(), network.evaluate(&validation, &Mse, &[]).unwrap().loss);
    // A rate that makes everything worse, but not by an overflow.
    let history = trainer.fit(&mut network, &train, &Mse, &mut Sgd::new(20.0).unwrap()).unwrap();
    assert!(history.epochs().iter().all(|record| record.validation_loss.unwrap() > loss));
    assert_eq!(history.best_epoch(), Some(30));
    assert_eq!(network, start);
}

#[test]
fn a_metric_that_fails_ends_the_fit_with_the_last_good_weights() {
    /// Fails after the second epoch.
    #[derive(Debug)]
    struct Fails(std::sync::atomic::AtomicUsize);
    impl Metric<f64> for Fails {
        fn name(&self) -> String {
            "fails".to_owned()
        }
        fn value(&self, outputs: &ArrayRef2<f64>, targets: &ArrayRef2<f64>, _: Option<&[f64]>) -> Result<f64> {
            let epoch = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            if epoch < 1 { Ok(0.5) } else { RocAuc.value(outputs, &Array2::zeros(targets.dim()), None) }
        }
    }
    let (mut network, mut good) = (network(), network());
    let mut trainer = Trainer::new(5).metric(Fails(0.into()));
    let error = trainer.fit(&mut network, &data(20), &Mse, &mut Sgd::new(0.1).unwrap()).unwrap_err();
    assert!(matches!(error, Error::Interrupted { epoch: 2, .. }), "{error}");
    Trainer::new(1).fit(&mut good, &data(20), &Mse, &mut Sgd::new(0.1).unwrap()).unwrap();
    assert_eq!((trainer.history().len(), network), (1, good));
}

/// 9.97e36 is NetCDF's fill value; its square is beyond f32.
#[test]
fn a_validation_loss_that_overflows_ends_the_fit_and_moves_nothing() {
    let train = Dataset::new(array![[0.5_f32], [1.0]], array![[0.5], [1.0]]).unwrap();
    for (target, trains) in [(9.97e36_f32, false), (1.0, true)] {
        let validation = Dataset::new(array![[0.5], [1.0]], array![[0.5], [target]]).unwrap();
        let start = Network::builder(1).dense(1, Identity).seed(1).build().unwrap();
        let mut network = start.clone();
        let mut trainer = Trainer::new(20).validation(&validation);
        let outcome = trainer.fit(&mut network, &train, &Mse, &mut Sgd::new(0.1).unwrap());
        assert_eq!(outcome.is_ok(), trains);
        if let Err(error) = outcome {
            assert!(matches!(error, Error::Diverged { epoch: 1, .. }), "{error}");
            assert_eq!(network, start);
            assert!(trainer.history().epochs().iter().all(|record| record.validation_loss.unwrap().is_finite()));
        }
    }
}

#[test]
fn an_observer_that_stops_before_any_weight_leaves_no_record() {
    struct AtOnce;
    impl Observer<f64> for AtOnce {
        fn step(&mut self, _: usize, _: f64) -> ControlFlow<()> {
            ControlFlow::Break(())
        }
        fn epoch(&mut self, _: &Network<f64>, _: &EpochRecord) -> ControlFlow<()> {
            ControlFlow::Continue(())
        }
    }
    let data = data(4).with_weights(vec![0.0, 0.0, 1.0, 1.0]).unwrap();
    let mut trainer = Trainer::new(3).in_order().batch_size(2).observer(AtOnce);
    let history = trainer.fit(&mut network(), &data, &Mse, &mut Sgd::new(0.1).unwrap()).unwrap();
    assert_eq!((history.len(), history.ending()), (0, Some(Ending::Observer)));
}

#[test]
fn a_refused_step_leaves_the_generator_where_it_was() {
    let rng = &mut rand_chacha::ChaCha8Rng::seed_from_u64(3);
    let dropout = Dropout::<f64>::new(3, 0.5, rng).unwrap();
    let dense = Dense::new(3, 1, Identity, Initializer::HeNormal, rng).unwrap();
    let mut network = Network::from_layers(vec![Box::new(dropout), Box::new(dense)]).unwrap();
    let (inputs, targets, mut sgd) =
        (data(6).inputs().to_owned(), data(6).targets().to_owned(), Sgd::new(0.1).unwrap());
    network.train_step(&inputs, &targets, &Mse, &mut sgd).unwrap();
    let mut untouched = network.clone();
    for _ in 0..3 {
        network.train_step(&inputs, &(&targets * 1e200), &Mse, &mut sgd).unwrap_err();
        assert_eq!(network, untouched);
    }
    for _ in 0..3 {
        let losses = [&mut network, &mut untouched]
            .map(|network| network.train_step(&inputs, &targets, &Mse, &mut sgd).unwrap());
        assert_eq!(losses[0], losses[1]);
    }
    // Forward passes by hand draw new masks each time, and a frozen layer goes on drawing.
    let first = network.forward(&inputs).unwrap().to_owned();
    assert_ne!(network.forward(&inputs).unwrap(), first);
    network.set_frozen(0, true).unwrap();
    let mut step = || network.compute_gradients(&inputs, &targets, None, &Mse).unwrap();
    assert_ne!(step(), step());
}

#[test]
fn a_finite_row_whose_output_overflows_is_an_error_that_names_it() {
    let dense = Dense::from_parameters(array![[1e5_f32], [1e5]], None, Identity).unwrap();
    let network = Network::from_layers(vec![Box::new(dense)]).unwrap();
    let error = network.predict(&array![[1.0, 1.0], [1e38, 1e38]]).unwrap_err();
    let words = "Network::predict: expected finite numbers in the outputs, found inf in row 1, column 0";
    assert_eq!(error.to_string(), words);
    assert!(network.predict_probabilities(&array![[1e38, 1e38]], &BinaryCrossEntropy::default()).is_err());
}

#[test]
fn many_rows_are_predicted_in_pieces() {
    let mut network = Network::<f64>::builder(3).dense(200, Tanh).dense(2, Identity).seed(1).build().unwrap();
    let rows = 20_000;
    let inputs = Array2::from_shape_fn((rows, 3), |(row, column)| ((row * (column + 3)) % 101) as f64 / 50.0 - 1.0);
    let whole = network.predict(&inputs).unwrap();
    for first in [0, 5000, 19_990] {
        let some = network.predict(&inputs.slice(ndarray::s![first..first + 10, ..])).unwrap();
        approx::assert_abs_diff_eq!(some, whole.slice(ndarray::s![first..first + 10, ..]), epsilon = 1e-13);
    }
    // Views in another layout, in and out.
    let columns = inputs.t().as_standard_layout().into_owned();
    let mut outputs = Array2::zeros((2, rows)).reversed_axes();
    network.predict_into(&columns.t(), &mut Scratch::default(), &mut outputs).unwrap();
    assert_eq!(outputs, whole);
    // A solver's pass over all data, too.
    let data = Dataset::new(inputs, whole.mapv(|y| y.sin())).unwrap();
    let history = Lbfgs::new().fit(&mut network, &data, &Mse, 2).unwrap();
    assert!(history.last().unwrap().training_loss < history.epochs()[0].training_loss);
}
