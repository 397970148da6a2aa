//! A campaign of random programs with extreme numbers: an `Ok` holds no NaN or infinity, an `Err` moves nothing.
//!
//! `CAMPAIGN=100000 cargo test --release -p feedforward-tests --test it campaign` runs more of them.

use feedforward::activation::{Mish, Selu};
use feedforward::layer::Chain;
use feedforward::metrics::R2;
use feedforward::solver::{GeneticAlgorithm, Lbfgs, RandomSearch};
use feedforward::training::hook::{ClipNorm, MaxNorm, Penalty};
use feedforward::training::schedule::Exponential;
use feedforward::*;
use ndarray::{Array2, ArrayRef2};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A layer of a user that wraps others and passes the visitor on.
#[derive(Debug, Clone)]
struct Wrapper<F: Float>(Chain<F>);

impl<F: Float> Layer<F> for Wrapper<F> {
    fn input_size(&self) -> usize {
        self.0.input_size()
    }
    fn output_size(&self) -> usize {
        self.0.output_size()
    }
    fn infer(&self, input: &ArrayRef2<F>, output: &mut ArrayRef2<F>) {
        self.0.infer(input, output);
    }
    fn forward(&mut self, input: &ArrayRef2<F>, output: &mut ArrayRef2<F>) {
        self.0.forward(input, output);
    }
    fn backward(
        &mut self,
        input: &ArrayRef2<F>,
        output: &ArrayRef2<F>,
        above: &mut ArrayRef2<F>,
        below: Option<&mut ArrayRef2<F>>,
    ) {
        self.0.backward(input, output, above, below);
    }
    fn visit<'a>(&'a self, visitor: &mut dyn FnMut(&'a Parameter<F>)) {
        self.0.visit(visitor);
    }
    fn visit_mut<'a>(&'a mut self, visitor: &mut dyn FnMut(&'a mut Parameter<F>)) {
        self.0.visit_mut(visitor);
    }
}

const INPUTS: usize = 3;

/// A random network; most are small and ordinary.
fn network<F: Float>(rng: &mut ChaCha8Rng) -> Network<F> {
    let mut builder = Network::builder(INPUTS).seed(rng.random());
    for _ in 0..rng.random_range(0..4) {
        let width = rng.random_range(1..5);
        builder = match rng.random_range(0..16) {
            0 => builder.dense(width, Relu),
            1 => builder.dense(width, Tanh),
            2 => builder.dense(width, Sigmoid),
            3 => builder.dense(width, Gelu::Exact),
            4 => builder.dense(width, Softplus),
            5 => builder.dropout(0.4),
            6 => builder.batch_norm(),
            7 => builder.layer_norm(),
            8 => builder.softmax(),
            9 => builder.residual(|block| block.batch_norm().dropout(0.2)),
            10 => builder.layer(|inputs, rng| {
                let norm = feedforward::layer::BatchNorm::new(inputs)?;
                let dropout = feedforward::layer::Dropout::new(inputs, 0.3, rng)?;
                Ok(Wrapper(Chain::new(vec![Box::new(norm), Box::new(dropout)])?))
            }),
            11 => builder.log_softmax(),
            12 => builder.affine(),
            13 => builder.activation(Mish),
            14 => builder.dense(width, Selu),
            _ => builder.activation(Elu::default()),
        };
    }
    let mut network = builder.dense(rng.random_range(1..4), Identity).build().unwrap();
    if rng.random_bool(0.2) {
        let factor = F::from_f64(extreme::<F>(rng, 0.8));
        network.parameters_mut().filter(|parameter| parameter.is_trainable()).for_each(|parameter| {
            parameter.value_mut().mapv_inplace(|w: F| if (w * factor).is_finite() { w * factor } else { w })
        });
    }
    network
}

/// A number: ordinary most of the time, else of any magnitude that F holds.
fn extreme<F: Float>(rng: &mut ChaCha8Rng, share: f64) -> f64 {
    let ordinary = rng.random_range(-2.0..2.0);
    if !rng.random_bool(share) {
        return ordinary;
    }
    let most = F::max_value().widen().log10();
    let magnitude = 10.0_f64.powf(rng.random_range(-most..most));
    F::from_f64(magnitude * f64::signum(ordinary)).widen()
}

fn matrix<F: Float>(rng: &mut ChaCha8Rng, rows: usize, columns: usize, share: f64) -> Array2<F> {
    Array2::from_shape_simple_fn((rows, columns), || F::from_f64(extreme::<F>(rng, share)))
}

fn rule<F: Float>(rng: &mut ChaCha8Rng) -> Box<dyn Optimizer<F>> {
    let rate = if rng.random_bool(0.3) { extreme::<F>(rng, 1.0).abs() } else { 0.05 };
    match rng.random_range(0..8) {
        0 => Box::new(Sgd::new(rate).unwrap()),
        1 => Box::new(Momentum::new(rate, 0.9).unwrap()),
        2 => Box::new(Adam::new(rate).unwrap()),
        3 => Box::new(AdamW::new(rate).unwrap()),
        4 => Box::new(Nadam::new(rate).unwrap()),
        5 => Box::new(RmsProp::new(rate).unwrap()),
        6 => Box::new(Adagrad::new(rate).unwrap()),
        _ => Box::new(Rprop::new(rate).unwrap()),
    }
}

/// A loss, and the targets that suit it.
fn loss<F: Float>(rng: &mut ChaCha8Rng, rows: usize, outputs: usize, share: f64) -> (Box<dyn Loss<F>>, Array2<F>) {
    match rng.random_range(0..8) {
        0 => (
            Box::new(BinaryCrossEntropy::default()),
            matrix::<F>(rng, rows, outputs, 0.0).mapv(|t| t.abs() / F::from_f64(2.0)),
        ),
        1 if outputs > 1 => {
            let class = |(row, _): (usize, usize)| F::from_f64((row % outputs) as f64);
            (Box::new(CrossEntropy::default().smoothing(0.1)), Array2::from_shape_fn((rows, 1), class))
        }
        2 => (Box::new(Mae), matrix(rng, rows, outputs, share)),
        3 => (Box::new(Huber::default()), matrix(rng, rows, outputs, share)),
        4 => (Box::new(HalfSquaredError), matrix(rng, rows, outputs, share)),
        5 => (Box::new(Quantile::new(0.8).unwrap()), matrix(rng, rows, outputs, share)),
        6 => (Box::new(Poisson), matrix::<F>(rng, rows, outputs, share).mapv(|t| t.abs())),
        _ => (Box::new(Mse), matrix(rng, rows, outputs, share)),
    }
}

fn assert_finite<F: Float>(what: &str, network: &Network<F>) {
    for parameter in network.parameters() {
        assert!(parameter.values().iter().all(|value| value.is_finite()), "{what}: {}", parameter.name());
    }
}

fn assert_history(what: &str, history: &History) {
    for record in history.epochs() {
        let numbers = [record.training_loss, record.gradient_norm, record.learning_rate];
        let others = record.validation_loss.iter().chain(record.metrics.iter().map(|(_, value)| value));
        assert!(numbers.iter().chain(others).all(|number| number.is_finite()), "{what}: {record:?}");
    }
}

/// After a refused operation the network is as it was, and so is the step after it.
fn assert_unmoved<F: Float>(what: &str, network: &mut Network<F>, mut untouched: Network<F>) {
    assert_eq!(*network, untouched, "{what} moved something");
    let (inputs, targets) = (Array2::from_elem((4, INPUTS), F::one()), Array2::zeros((4, network.output_size())));
    let step = |network: &mut Network<F>| network.compute_gradients(&inputs, &targets, None, &Mse).ok();
    assert_eq!(step(network), step(&mut untouched), "{what} moved a generator");
    assert_eq!(*network, untouched, "{what} moved the step after it");
}

fn run<F: Float>(seed: u64) {
    let rng = &mut ChaCha8Rng::seed_from_u64(seed);
    let mut network = network::<F>(rng);
    let share = if rng.random_bool(0.5) { 0.15 } else { 0.0 };
    let rows = rng.random_range(1..9);
    let inputs = matrix::<F>(rng, rows, INPUTS, share);
    let (loss, targets) = loss::<F>(rng, rows, network.output_size(), share);
    let mut rule = rule::<F>(rng);
    let before = network.clone();
    let Ok(data) = Dataset::new(inputs.clone(), targets.clone()) else { panic!("the data are finite") };
    let solver = rng.random_range(0..6);
    let what = format!("program {seed} ({}), solver {solver}, {loss:?}, {rule:?}", std::any::type_name::<F>());

    if let Ok(outputs) = network.predict(&inputs) {
        assert!(outputs.iter().all(|output| output.is_finite()), "{what}: outputs");
    }
    if let Ok(evaluation) = network.evaluate(&data, &*loss, &[&R2]) {
        assert!(evaluation.loss.is_finite() && evaluation.metrics[0].1.is_finite(), "{what}: evaluation");
    }
    assert_unmoved(&format!("{what}: predict"), &mut network.clone(), before.clone());

    match solver {
        0 => match network.train_step(&inputs, &targets, &*loss, &mut *rule) {
            Ok(value) => assert!(value.is_finite(), "{what}: loss"),
            Err(error) => assert_unmoved(&format!("{what}: {error}"), &mut network, before),
        },
        1 | 2 => {
            let mut trainer = Trainer::new(3).batch_size(3).validation(&data).metric(R2);
            trainer = trainer.hook(Penalty::l2(1e-3).unwrap()).hook(ClipNorm::new(1.0).unwrap());
            trainer = trainer.hook(MaxNorm::new(5.0).unwrap()).schedule_epochs(Exponential::new(0.9).unwrap());
            if solver == 2 {
                trainer = trainer.early_stopping(EarlyStopping::new(2).unwrap()).accumulate(2);
            }
            match trainer.fit(&mut network, &data, &*loss, &mut *rule) {
                Ok(history) => assert_history(&what, &history),
                Err(_) => assert_history(&what, trainer.history()),
            }
            assert_finite(&what, &network);
        }
        _ => {
            let outcome = match solver {
                3 => Lbfgs::new().fit(&mut network, &data, &*loss, 8),
                4 => {
                    RandomSearch::new(extreme::<F>(rng, 0.3).abs() + 1e-3).unwrap().fit(&mut network, &data, &*loss, 6)
                }
                _ => {
                    let search = GeneticAlgorithm::new(6, 2).unwrap().mutation(extreme::<F>(rng, 0.3).abs());
                    search.fit(&mut network, &data, &*loss, 4)
                }
            };
            match outcome {
                Ok(history) => {
                    assert_history(&what, &history);
                    assert_finite(&what, &network);
                }
                Err(error) => assert_unmoved(&format!("{what}: {error}"), &mut network, before),
            }
        }
    }
}

#[test]
fn random_programs_hold_no_infinity_in_an_ok_and_move_nothing_by_an_err() {
    let programs = std::env::var("CAMPAIGN").ok().and_then(|count| count.parse().ok()).unwrap_or(1500);
    for seed in 0..programs {
        run::<f32>(seed);
        run::<f64>(seed);
    }
}
