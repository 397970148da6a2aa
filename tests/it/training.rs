//! What a fit promises: the same bits every time, the same steps as by hand, and good weights kept.

use feedforward::data::*;
use feedforward::metrics::{Accuracy, Average, F1, MeanAbsoluteError, R2};
use feedforward::parameter::Role;
use feedforward::training::hook::{ClipNorm, MaxNorm, Penalty};
use feedforward::training::schedule::*;
use feedforward::*;
use ndarray::{Array1, Array2, Axis, array, s};
use std::ops::ControlFlow;

fn data(rows: usize) -> Dataset<f64> {
    let inputs = Array2::from_shape_fn((rows, 3), |(row, column)| ((row * (5 + column)) % 17) as f64 / 8.5 - 1.0);
    let targets = inputs.map_axis(Axis(1), |x| (2.0 * x[0] - x[1]).tanh() + 0.3 * x[2] * x[0]).insert_axis(Axis(1));
    Dataset::new(inputs, targets).unwrap()
}

fn network() -> Network<f64> {
    Network::builder(3).dense(8, Tanh).dropout(0.1).dense(1, Identity).seed(2).build().unwrap()
}

fn momentum() -> Momentum {
    Momentum::new(0.05, 0.9).unwrap()
}

fn full<'a>(epochs: usize) -> Trainer<'a, f64> {
    Trainer::new(epochs)
        .batch_size(7)
        .seed(3)
        .validation_share(0.25)
        .schedule_steps(Warmup::new(5).unwrap())
        .schedule_epochs(Exponential::new(0.9).unwrap())
        .hook(Penalty::elastic(1e-4, 1e-3).unwrap())
        .hook(ClipNorm::new(1.0).unwrap())
        .metric(R2)
}

#[test]
fn the_same_seed_gives_the_same_history_and_weights() {
    let run = |seed| {
        let mut network = network();
        let history = full(6).seed(seed).fit(&mut network, &data(50), &Mse, &mut momentum()).unwrap();
        (network, history)
    };
    assert_eq!(run(3), run(3));
    assert_ne!(run(3).1, run(4).1);
}

#[test]
fn fitting_again_goes_on() {
    let (mut once, mut twice) = (network(), network());
    let (mut rule, mut other_rule) = (momentum(), momentum());
    let whole = full(8).fit(&mut once, &data(50), &Mse, &mut rule).unwrap();
    let mut trainer = full(4);
    let mut parts = trainer.fit(&mut twice, &data(50), &Mse, &mut other_rule).unwrap().epochs().to_vec();
    parts.extend_from_slice(trainer.fit(&mut twice, &data(50), &Mse, &mut other_rule).unwrap().epochs());
    assert_eq!(whole.epochs(), parts);
    assert_eq!(once, twice);
}

#[test]
fn a_fit_in_order_is_its_steps() {
    let (data, mut fitted, mut stepped) = (data(20), network(), network());
    let mut rule = momentum();
    Trainer::new(3).batch_size(8).in_order().fit(&mut fitted, &data, &Mse, &mut rule).unwrap();
    for _ in 0..3 {
        for part in [0..8, 8..16, 16..20] {
            let (x, t) = (data.inputs().slice(s![part.clone(), ..]), data.targets().slice(s![part, ..]));
            stepped.train_step(&x, &t, &Mse, &mut rule).unwrap();
        }
    }
    assert_eq!(fitted, stepped);
}

#[test]
fn accumulated_batches_are_one_large_batch() {
    let plain = Network::<f64>::builder(3).dense(4, Tanh).dense(1, Identity).build().unwrap();
    let data = data(20).with_weights((0..20).map(|row| f64::from(row % 4) + 0.5).collect()).unwrap();
    let fit = |batch, together| {
        let mut network = plain.clone();
        let mut trainer = Trainer::new(4).in_order().batch_size(batch).accumulate(together);
        trainer.fit(&mut network, &data, &Mse, &mut momentum()).unwrap();
        network
    };
    approx::assert_relative_eq!(fit(20, 1), fit(6, 4), max_relative = 1e-10, epsilon = 1e-12);
}

#[test]
fn weights_count_like_repeated_rows() {
    let data = data(12);
    let repeats: Vec<usize> = (0..12).flat_map(|row| vec![row; row % 3]).collect();
    let weighted = data.clone().with_weights((0..12).map(|row| (row % 3) as f64).collect()).unwrap();
    let repeated = data.select(&repeats).unwrap();
    let plain = Network::<f64>::builder(3).dense(4, Tanh).dense(1, Identity).build().unwrap();
    let fit = |data: &Dataset<f64>| {
        let mut network = plain.clone();
        let mut trainer = Trainer::new(5).in_order().batch_size(100).validation(data).metric(R2);
        let history = trainer.fit(&mut network, data, &Huber::default(), &mut momentum()).unwrap();
        let last = history.last().unwrap().clone();
        (network, [last.training_loss, last.validation_loss.unwrap(), last.metrics[0].1])
    };
    let ((one, numbers), (other, others)) = (fit(&weighted), fit(&repeated));
    approx::assert_relative_eq!(one, other, max_relative = 1e-9, epsilon = 1e-12);
    approx::assert_relative_eq!(&numbers[..], &others[..], max_relative = 1e-9);
}

#[test]
fn a_penalty_is_in_the_loss_and_in_the_gradient() {
    let layer = Dense::from_parameters(array![[2.0], [-3.0]], Some(array![5.0]), Identity).unwrap();
    let mut network = Network::from_layers(vec![Box::new(layer)]).unwrap();
    let data = Dataset::new(array![[0.0, 0.0]], array![[5.0]]).unwrap();
    let mut trainer = Trainer::new(1).hook(Penalty::elastic(0.1, 0.01).unwrap());
    let history = trainer.fit(&mut network, &data, &Mse, &mut Sgd::new(1.0).unwrap()).unwrap();
    assert!((history.last().unwrap().training_loss - (0.1 * 5.0 + 0.005 * 13.0)).abs() < 1e-12);
    let values: Vec<f64> = network.parameters().flat_map(|p| p.values().to_vec()).collect();
    let expected = [2.0 - 0.1 - 0.02, -3.0 + 0.1 + 0.03, 5.0];
    approx::assert_abs_diff_eq!(Array1::from(values), Array1::from(expected.to_vec()), epsilon = 1e-12);
}

#[test]
fn max_norm_holds_after_every_step() {
    let mut network = network();
    Trainer::new(5).hook(MaxNorm::new(0.5).unwrap()).fit(&mut network, &data(40), &Mse, &mut momentum()).unwrap();
    for parameter in network.parameters().filter(|parameter| parameter.role() == Role::Weight) {
        let norms = parameter.value().map_axis(Axis(0), |column| column.dot(&column).sqrt());
        assert!(norms.iter().all(|&norm| norm < 0.5 + 1e-12), "{norms}");
    }
}

#[test]
fn early_stopping_takes_the_best_weights_back() {
    let data = data(40);
    let (train, validation) = data.split(0.5, 1).unwrap();
    let run = |stopping: EarlyStopping| {
        let mut network = Network::<f64>::builder(3).dense(30, Tanh).dense(1, Identity).build().unwrap();
        // A rate that is too high: the validation loss goes up and down.
        let mut rule = Momentum::new(0.2, 0.9).unwrap();
        let mut trainer = Trainer::new(60).batch_size(5).validation(&validation).early_stopping(stopping);
        let history = trainer.fit(&mut network, &train, &Mse, &mut rule).unwrap();
        let loss = Mse.value(&network.predict(validation.inputs()).unwrap(), validation.targets()).unwrap();
        (history, loss)
    };
    let (history, loss) = run(EarlyStopping::new(5).unwrap());
    let losses: Vec<f64> = history.epochs().iter().map(|record| record.validation_loss.unwrap()).collect();
    let best = losses.iter().copied().fold(f64::INFINITY, f64::min);
    assert!((loss - best).abs() < 1e-12);
    assert_eq!(losses[history.best_epoch().unwrap() - 1], best);
    assert_eq!(history.len(), history.best_epoch().unwrap() + 5);
    let (history, loss) = run(EarlyStopping::new(5).unwrap().keep_last());
    assert!((loss - history.last().unwrap().validation_loss.unwrap()).abs() < 1e-12);
}

#[test]
fn a_target_loss_and_an_observer_end_a_fit() {
    let mut network = network();
    let history = Trainer::new(500).target_loss(0.1).fit(&mut network, &data(50), &Mse, &mut momentum()).unwrap();
    assert!(history.len() < 500 && history.last().unwrap().training_loss <= 0.1);

    let mut seen = 0;
    let watch = |_: &Network<f64>, _: &EpochRecord| {
        seen += 1;
        if seen == 4 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let history = Trainer::new(9).observer(watch).fit(&mut network, &data(50), &Mse, &mut momentum()).unwrap();
    assert_eq!((history.len(), seen), (4, 4));
}

#[test]
fn splits_keep_every_row_once_and_classes_in_proportion() {
    let classes: Vec<usize> = (0..100).map(|row| [0, 0, 0, 1, 2][row % 5]).collect();
    let inputs = Array2::from_shape_fn((100, 1), |(row, _)| row as f64);
    let data = Dataset::new(inputs, one_hot(&classes, 3).unwrap()).unwrap();
    for (a, b) in [data.split(0.75, 5).unwrap(), data.split_stratified(0.75, 5).unwrap()] {
        let mut rows: Vec<usize> = a.inputs().iter().chain(b.inputs()).map(|&row| row as usize).collect();
        rows.sort_unstable();
        assert_eq!(rows, (0..100).collect::<Vec<_>>());
    }
    let (train, test) = data.split_stratified(0.75, 5).unwrap();
    assert_eq!(train.targets().sum_axis(Axis(0)), array![45.0, 15.0, 15.0]);
    assert_eq!(test.targets().sum_axis(Axis(0)), array![15.0, 5.0, 5.0]);
    assert_eq!(data.split(0.75, 5).unwrap(), data.split(0.75, 5).unwrap());
    assert_ne!(data.split(0.75, 5).unwrap(), data.split(0.75, 6).unwrap());
    for (train, test) in stratified_k_fold(&classes, 5, 1).unwrap() {
        assert_eq!((train.len(), test.len()), (80, 20));
        let count = |class| test.iter().filter(|&&row| classes[row] == class).count();
        assert_eq!([count(0), count(1), count(2)], [12, 4, 4]);
    }
}

#[test]
fn statistics_show_dead_and_saturated_neurons() {
    let dead = Dense::from_parameters(array![[1.0, 1.0]], Some(array![0.0, -100.0]), Relu).unwrap();
    let flat = Dense::from_parameters(array![[0.1, 0.0], [0.0, 50.0]], None, Sigmoid).unwrap();
    let end = Dense::from_parameters(array![[1.0], [1.0]], None, Identity).unwrap();
    let mut network = Network::from_layers(vec![Box::new(dead), Box::new(flat), Box::new(end)]).unwrap();
    network.compute_gradients(&array![[1.0], [2.0]], &array![[1.0], [1.0]], None, &Mse).unwrap();
    let statistics = network.layer_statistics();
    assert_eq!(statistics[0].dead, Some(0.5));
    assert_eq!(statistics[1].saturated, Some(0.0));
    assert!((statistics[0].weight_norm - 2.0_f64.sqrt()).abs() < 1e-12);
    let all: f64 = statistics.iter().map(|layer| layer.gradient_norm.powi(2)).sum();
    assert!((all.sqrt() - network.gradient_norm()).abs() < 1e-12);
}

#[test]
fn a_history_can_be_written_and_read() {
    let mut network = network();
    let data = data(30);
    let history = full(3).fit(&mut network, &data, &Mse, &mut momentum()).unwrap();
    let (mut csv, mut json) = (Vec::new(), Vec::new());
    history.write_csv(&mut csv).unwrap();
    history.write_json(&mut json).unwrap();
    let csv = String::from_utf8(csv).unwrap();
    assert_eq!(csv.lines().count(), 4);
    assert!(csv.lines().next().unwrap().ends_with("seconds,r2"));
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    let record = &history.epochs()[2];
    assert_eq!(json[2]["training_loss"].as_f64().unwrap(), record.training_loss);
    assert_eq!(json[2]["metrics"]["r2"].as_f64().unwrap(), record.metrics[0].1);
}

#[test]
fn classes_are_learned_with_class_weights_and_metrics() {
    let inputs = Array2::from_shape_fn((90, 2), |(row, column)| ((row * (3 + 4 * column)) % 19) as f32 / 9.5 - 1.0);
    let labels: Vec<usize> =
        inputs.rows().into_iter().map(|x| usize::from(x[0] > x[1]) + usize::from(x[0] > 0.5)).collect();
    let data =
        Dataset::new(inputs, one_hot(&labels, 3).unwrap()).unwrap().with_class_weights(&[1.0, 1.5, 2.0]).unwrap();
    let mut network = Network::<f32>::builder(2).dense(24, Relu).dense(3, Identity).build().unwrap();
    let mut trainer = Trainer::new(150).batch_size(16).metric(Accuracy);
    let history = trainer.fit(&mut network, &data, &CrossEntropy::default(), &mut Adam::new(0.01).unwrap()).unwrap();
    assert!(history.last().unwrap().metrics[0].1 > 0.95);
}

#[test]
fn a_data_set_is_evaluated_as_the_fit_evaluates_it() {
    let (train, validation) = data(40).with_weights((0..40).map(f64::from).collect()).unwrap().split(0.5, 1).unwrap();
    let mut network = network();
    let history = Trainer::new(2).validation(&validation).metric(R2).metric(MeanAbsoluteError).fit(
        &mut network,
        &train,
        &Mse,
        &mut momentum(),
    );
    let before = network.clone();
    let evaluation = network.evaluate(&validation, &Mse, &[&R2, &MeanAbsoluteError]).unwrap();
    let record = history.unwrap().last().unwrap().clone();
    assert_eq!((Some(evaluation.loss), &evaluation.metrics), (record.validation_loss, &record.metrics));
    assert_eq!(evaluation.metric("r2"), Some(record.metrics[0].1));
    assert_eq!(evaluation.metric("f1"), None);
    assert_eq!(network, before);
    // The weighted mean, by hand.
    let outputs = network.predict(validation.inputs()).unwrap();
    let (weights, targets) = (validation.weights().unwrap(), validation.targets());
    let terms = outputs.iter().zip(targets).zip(weights).map(|((p, t), w)| w * (p - t).powi(2));
    let expected = terms.sum::<f64>() / weights.iter().sum::<f64>();
    approx::assert_relative_eq!(evaluation.loss, expected, max_relative = 1e-12);

    let other = Dataset::new(array![[1.0]], array![[1.0]]).unwrap();
    let error = network.evaluate(&other, &Mse, &[]).unwrap_err();
    assert_eq!(error.to_string(), "Network::evaluate: expected 3 columns in the inputs, found 1");
    let far = Dataset::new(validation.inputs().to_owned(), validation.targets() * 1e200).unwrap();
    assert!(matches!(network.evaluate(&far, &Mse, &[]), Err(Error::LossNotFinite { .. })));
}

#[test]
fn metrics_of_a_fit_see_probabilities() {
    // Logits between 0 and 0.5 are class 1, although 0.5 is the threshold of probabilities.
    let dense = Dense::from_parameters(array![[1.0]], None, Identity).unwrap();
    let network = Network::from_layers(vec![Box::new(dense)]).unwrap();
    let data = Dataset::new(array![[-3.0], [-0.1], [0.2], [0.4], [2.0]], array![[0.0], [0.0], [1.0], [1.0], [1.0]]);
    let evaluation =
        network.evaluate(&data.unwrap(), &BinaryCrossEntropy::default(), &[&Accuracy, &F1(Average::Macro)]).unwrap();
    assert_eq!((evaluation.metrics[0].1, evaluation.metrics[1].1), (1.0, 1.0));
}

#[test]
fn an_error_names_its_operation_and_has_its_source() {
    use std::error::Error as _;
    let missing = feedforward::data::read_idx::<f32>("no such file").unwrap_err();
    assert_eq!(missing.operation(), None);
    let source = missing.source().unwrap().downcast_ref::<std::io::Error>().unwrap();
    assert_eq!(source.kind(), std::io::ErrorKind::NotFound);

    let error = Network::<f64>::builder(2).build().unwrap_err();
    assert_eq!((error.operation(), error.source().is_none()), (Some("Network"), true));
    let mut trainer = Trainer::new(5).batch_size(3);
    let error = trainer.fit(&mut network(), &data(9), &Mse, &mut Sgd::new(f64::MAX).unwrap()).unwrap_err();
    assert_eq!(error.operation(), Some("Trainer::fit"));
    let source = error.source().unwrap().downcast_ref::<Error>().unwrap();
    assert!(error.to_string().ends_with(&source.to_string()), "{error}");
}
