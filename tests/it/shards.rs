//! A large batch through a small network, which is taken in parts, gives what the parts give.

use approx::assert_relative_eq;
use feedforward::layer::ActivationLayer;
use feedforward::*;
use ndarray::{Array2, ArrayRef2, s};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const ROWS: usize = 40_000;

fn data<F: Float>() -> (Array2<F>, Array2<F>, Vec<F>) {
    let value = |index: usize| F::from_f64(((index * 37 + 11) % 101) as f64 / 50.0 - 1.0);
    let inputs = Array2::from_shape_fn((ROWS, 3), |(row, column)| value(3 * row + column * column));
    let targets = Array2::from_shape_fn((ROWS, 2), |(row, column)| value(row + 5 * column));
    // No weight at all for the first rows, more than the first part has.
    let weights = (0..ROWS).map(|row| if row < 6_000 { F::from_f64(0.0) } else { value(row).abs() }).collect();
    (inputs, targets, weights)
}

fn network<F: Float>() -> Network<F> {
    let tail = ActivationLayer::new(2, Softplus).unwrap();
    let builder = Network::builder(3).dense(8, Tanh).dense(2, Identity);
    builder.layer(move |_, _| Ok(tail.clone())).seed(5).build().unwrap()
}

/// All other layers whose rows are independent.
fn network_of_blocks<F: Float>() -> Network<F> {
    let builder = Network::builder(3).dense(8, Gelu::Exact).layer_norm().residual(|block| block.dense(8, Silu));
    builder.dense(5, Identity).softmax().dense(2, Identity).seed(5).build().unwrap()
}

fn gradients<F: Float>(network: &Network<F>) -> Vec<f64> {
    network.parameters().flat_map(|parameter| parameter.gradients()).map(|gradient| gradient.widen()).collect()
}

/// Gradients and loss of the whole, and of small batches added up by weight.
fn compare<F: Float>(network: fn() -> Network<F>, tolerance: f64, weighted: bool) {
    let (inputs, targets, weights) = data::<F>();
    let (mut whole, mut some) = (network(), network());
    let given = weighted.then_some(&weights[..]);
    let loss = whole.compute_gradients(&inputs, &targets, given, &Mse).unwrap().widen();
    let (mut sums, mut losses, mut total) = (vec![0.0; gradients(&some).len()], 0.0, 0.0);
    for first in (0..ROWS).step_by(500) {
        let rows = first..first + 500;
        let weight = given.map_or(500.0, |weights| weights[rows.clone()].iter().map(|weight| weight.widen()).sum());
        if weight > 0.0 {
            let (inputs, targets) = (inputs.slice(s![rows.clone(), ..]), targets.slice(s![rows.clone(), ..]));
            let part = given.map(|weights| &weights[rows]);
            losses += weight * some.compute_gradients(&inputs, &targets, part, &Mse).unwrap().widen();
            sums.iter_mut().zip(gradients(&some)).for_each(|(sum, gradient)| *sum += weight * gradient);
            total += weight;
        }
    }
    assert_relative_eq!(loss, losses / total, max_relative = tolerance);
    for (found, sum) in gradients(&whole).into_iter().zip(sums) {
        assert_relative_eq!(found, sum / total, max_relative = tolerance, epsilon = tolerance);
    }
}

#[test]
fn a_large_batch_has_the_loss_and_the_gradients_of_its_parts() {
    for weighted in [false, true] {
        compare::<f64>(network, 1e-12, weighted);
        compare::<f32>(network, 1e-5, weighted);
        compare::<f64>(network_of_blocks, 1e-11, weighted);
    }
}

#[test]
fn they_do_not_depend_on_the_number_of_threads() {
    let (inputs, targets, _) = data::<f32>();
    for network in [network::<f32>, network_of_blocks] {
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let mut network = network();
            let loss = pool.install(|| network.compute_gradients(&inputs, &targets, None, &Mse).unwrap());
            (loss, gradients(&network))
        };
        let one = with(1);
        assert_eq!(with(2), one);
        assert_eq!(with(5), one);
    }
}

/// The identity, which notes the most rows that it has seen at once in training.
#[derive(Debug, Clone)]
struct Watch {
    most_rows: Arc<AtomicUsize>,
    independent: bool,
}

impl Layer<f64> for Watch {
    fn input_size(&self) -> usize {
        3
    }
    fn output_size(&self) -> usize {
        3
    }
    fn infer(&self, input: &ArrayRef2<f64>, output: &mut ArrayRef2<f64>) {
        self.most_rows.fetch_max(input.nrows(), Ordering::Relaxed);
        output.assign(input);
    }
    fn backward(
        &mut self,
        _: &ArrayRef2<f64>,
        _: &ArrayRef2<f64>,
        above: &mut ArrayRef2<f64>,
        below: Option<&mut ArrayRef2<f64>>,
    ) {
        if let Some(below) = below {
            below.assign(above);
        }
    }
    fn rows_are_independent(&self) -> bool {
        self.independent
    }
}

#[test]
fn a_batch_is_divided_only_if_every_layer_says_that_its_rows_are_independent() {
    let (inputs, targets, _) = data::<f64>();
    let most_rows = |independent| {
        let most_rows = Arc::new(AtomicUsize::new(0));
        let watch = Watch { most_rows: most_rows.clone(), independent };
        let builder = Network::builder(3).layer(move |_, _| Ok(watch)).dense(8, Gelu::Exact).layer_norm();
        let mut network = builder.dense(2, Identity).softmax().build().unwrap();
        network.compute_gradients(&inputs, &targets, None, &Mse).unwrap();
        most_rows.load(Ordering::Relaxed)
    };
    assert!(most_rows(true) < ROWS / 10);
    assert_eq!(most_rows(false), ROWS);
}

#[test]
fn shards_see_weights_that_were_changed_between_two_steps() {
    let (inputs, targets, _) = data::<f64>();
    let mut network = network::<f64>();
    network.compute_gradients(&inputs, &targets, None, &Mse).unwrap();
    network.parameters_mut().for_each(|parameter| parameter.value_mut().mapv_inplace(|value| 0.5 * value));
    let mut fresh = network.clone();
    let losses =
        [&mut network, &mut fresh].map(|network| network.compute_gradients(&inputs, &targets, None, &Mse).unwrap());
    assert_eq!(losses[0], losses[1]);
    assert_eq!(gradients(&network), gradients(&fresh));
}

#[test]
fn statistics_are_of_all_rows() {
    let dense = Dense::from_parameters(ndarray::array![[1.0, -1.0]], None, Relu).unwrap();
    let mut network = Network::from_layers(vec![Box::new(dense)]).unwrap();
    let (mut inputs, targets) = (Array2::<f64>::ones((ROWS, 1)), Array2::zeros((ROWS, 2)));
    network.compute_gradients(&inputs, &targets, None, &Mse).unwrap();
    assert_eq!(network.layer_statistics()[0].dead, Some(0.5));
    // One row is enough to keep a neuron alive.
    inputs[[ROWS - 1, 0]] = -1.0;
    network.compute_gradients(&inputs, &targets, None, &Mse).unwrap();
    assert_eq!(network.layer_statistics()[0].dead, Some(0.0));
    // A batch that is not divided comes after one that was.
    network.compute_gradients(&inputs.slice(s![..3, ..]), &targets.slice(s![..3, ..]), None, &Mse).unwrap();
    assert_eq!(network.layer_statistics()[0].dead, Some(0.5));
}

#[test]
fn a_loss_that_overflows_moves_nothing() {
    let (inputs, mut targets, _) = data::<f64>();
    targets[[ROWS - 1, 0]] = 1e300;
    let mut network = network::<f64>();
    let before = network.clone();
    let error = network.train_step(&inputs, &targets, &Mse, &mut Sgd::new(0.1).unwrap()).unwrap_err();
    assert!(matches!(error, Error::LossNotFinite { .. }), "{error}");
    assert_eq!(network, before);
}
