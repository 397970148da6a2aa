//! Every derivative is right: against measured slopes, loops written out, and formulas derived by hand.

use feedforward::GradientLocation;
use feedforward::activation::{Clip, HardSigmoid, HardSwish, Mish, Selu, Softsign, Step, softmax};
use feedforward::layer::Affine;
use feedforward::*;
use ndarray::{Array1, Array2, ArrayRef2, array};
use ndarray_rand::RandomExt;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{StandardNormal, Uniform};

fn normal(rows: usize, columns: usize, seed: u64) -> Array2<f64> {
    Array2::random_using((rows, columns), StandardNormal, &mut ChaCha8Rng::seed_from_u64(seed))
}

/// One hidden layer of each kind in turn, between dense layers.
fn network(kind: usize, [inputs, hidden, outputs]: [usize; 3], seed: u64) -> Network<f64> {
    let start = Network::builder(inputs);
    let middle = match kind {
        0 => start.dense(hidden, Identity),
        1 => start.dense(hidden, Sigmoid),
        2 => start.dense(hidden, Relu),
        3 => start.dense(hidden, LeakyRelu::new(0.2).unwrap()),
        4 => start.dense(hidden, Elu::new(0.7).unwrap()),
        5 => start.dense(hidden, Tanh),
        6 => start.dense(hidden, Softplus),
        7 => start.dense(hidden, Identity).activation(Gelu::Exact),
        8 => start.dense(hidden, Identity).activation(Gelu::Tanh),
        9 => start.dense(hidden, Identity).activation(Silu),
        10 => start.dense(hidden, Identity).softmax(),
        11 => start.dense(hidden, Identity).activation(Tanh),
        12 => start.dense_without_bias(hidden, Tanh),
        13 => start.dense(hidden, Tanh).dropout(0.4),
        14 => start.dense(hidden, Tanh).batch_norm(),
        15 => start.dense(hidden, Selu),
        16 => start.dense(hidden, HardSigmoid::new(0.3, 0.4).unwrap()),
        17 => start.dense(hidden, Softsign),
        18 => start.dense(hidden, Identity).activation(Mish),
        19 => start.dense(hidden, Clip::new(-0.7, 1.2).unwrap()),
        20 => start.dense(hidden, Identity).activation(HardSwish),
        21 => start.dense(hidden, Identity).log_softmax(),
        22 => start.dense(hidden, Tanh).layer(|inputs, _| {
            let number = |k: usize| 0.3 + 0.7 * k as f64;
            let [center, scale, shift] = [0, 1, 2].map(|first| Array1::from_shape_fn(inputs, |k| number(k + first)));
            Affine::from_parameters(center, scale, shift)
        }),
        _ => start.dense(hidden, Tanh).layer_norm(),
    };
    middle.dense(outputs, Identity).seed(seed).build().unwrap()
}

const KINDS: usize = 24;

/// Each loss with targets that suit it.
fn losses(rows: usize, outputs: usize, seed: u64) -> Vec<(Box<dyn Loss<f64>>, Array2<f64>)> {
    let numbers = normal(rows, outputs, seed);
    let shares =
        Array2::random_using((rows, outputs), Uniform::new(0.0, 1.0).unwrap(), &mut ChaCha8Rng::seed_from_u64(seed));
    let mut distribution = numbers.clone();
    softmax(&mut distribution);
    let classes = Array2::from_shape_fn((rows, 1), |(row, _)| (row % outputs) as f64);
    vec![
        (Box::new(Mse), numbers.clone()),
        (Box::new(HalfSquaredError), numbers.clone()),
        (Box::new(Mae), numbers.clone()),
        (Box::new(Quantile::new(0.3).unwrap()), numbers.clone()),
        (Box::new(Poisson), numbers.mapv(|t| (3.0 * t.abs()).floor())),
        (Box::new(Huber::new(0.5).unwrap()), numbers),
        (Box::new(BinaryCrossEntropy::default()), shares),
        (Box::new(CrossEntropy::default()), distribution),
        (Box::new(CrossEntropy::default()), classes.clone()),
        (Box::new(CrossEntropy::default().smoothing(0.2)), classes),
    ]
}

/// The same cases on every run; others with the environment variables PROPTEST_CASES and PROPTEST_RNG_SEED.
fn settings() -> ProptestConfig {
    let given = |name| std::env::var(name).is_ok();
    let mut settings = ProptestConfig::default();
    if !given("PROPTEST_CASES") {
        settings.cases = 12;
    }
    if !given("PROPTEST_RNG_SEED") {
        settings.rng_seed = RngSeed::Fixed(1);
    }
    settings
}

proptest! {
    #![proptest_config(settings())]

    #[test]
    fn every_layer_under_every_loss_passes_the_gradient_check(
        sizes in [1_usize..5, 3_usize..7, 2_usize..4], rows in 2_usize..5, seed in 0_u64..100_000,
    ) {
        for kind in 0..KINDS {
            let network = network(kind, sizes, seed);
            let inputs = normal(rows, sizes[0], seed + 1);
            for (loss, targets) in losses(rows, sizes[2], seed + 2) {
                let report = gradient_check(&network, &inputs, &targets, &*loss).unwrap();
                // A slope measured from losses near 1 is good to about 1e-11: tiny derivatives have fewer digits.
                let exact = report.worst().is_none_or(|worst| {
                    worst.relative_error < 1e-5 || (worst.analytic - worst.numeric).abs() < 1e-9
                });
                prop_assert!(exact, "{network}{loss:?}: {report}");
                // All that a residual of 0 feeds is at a corner of Mae and of the pinball loss. Two rows through
                // BatchNorm are all but flat.
                let at_zero = ["Mae", "Quantile"].iter().any(|name| format!("{loss:?}").starts_with(name));
                let corners = [2, 3].contains(&kind) || at_zero;
                let enough = report.checked() > if corners { 0 } else { 10 * report.skipped() };
                prop_assert!(enough, "{network}{loss:?}: {report}");
            }
        }
    }

    #[test]
    fn a_dense_layer_is_its_definition_in_three_loops(
        (rows, inputs, outputs) in (1_usize..9, 1_usize..9, 1_usize..9), seed in 0_u64..100_000,
    ) {
        let sizes = [rows, inputs, outputs];
        in_three_loops::<f64>(sizes, seed, 1e-12);
        in_three_loops::<f32>(sizes, seed, 1e-4);
    }
}

/// A dense layer, with and without bias, forward and backward against its definition, element by element in double
/// precision; a sum of a few terms near 1 is good to `tolerance`.
fn in_three_loops<F: Float>([rows, inputs, outputs]: [usize; 3], seed: u64, tolerance: f64) {
    let random = |rows, columns, part| normal(rows, columns, seed + part).mapv(F::from_f64);
    let (w, b) = (random(inputs, outputs, 0), random(1, outputs, 1));
    let (x, above) = (random(rows, inputs, 2), random(rows, outputs, 3));
    for bias in [None, Some(b.row(0).to_owned())] {
        let b = bias.clone().unwrap_or_else(|| ndarray::Array1::zeros(outputs));
        let mut layer = Dense::from_parameters(w.clone(), bias, Tanh).unwrap();
        let mut y = Array2::from_elem((rows, outputs), F::nan());
        let mut below = Array2::from_elem((rows, inputs), F::nan());
        layer.visit_mut(&mut |parameter| parameter.gradient_mut().fill(F::nan()));
        layer.forward(&x, &mut y);
        layer.backward(&x, &y, &mut above.clone(), Some(&mut below));

        let close = |found: F, expected: f64| {
            let error = (found.widen() - expected).abs();
            assert!(error < tolerance * (1.0 + expected.abs()), "expected {expected}, found {found}");
        };
        let sum = |range: usize, term: &dyn Fn(usize) -> f64| (0..range).map(term).sum::<f64>();
        let [w, x, above] = [&w, &x, &above].map(|matrix| matrix.mapv(F::widen));
        let z = |r, j| sum(inputs, &|i| x[[r, i]] * w[[i, j]]) + b[j].widen();
        let dz = |r, j| above[[r, j]] * (1.0 - z(r, j).tanh().powi(2));
        y.indexed_iter().for_each(|((r, j), &y)| close(y, z(r, j).tanh()));
        for ((i, j), &dw) in layer.weight().gradient().indexed_iter() {
            close(dw, sum(rows, &|r| x[[r, i]] * dz(r, j)));
        }
        for (j, &db) in layer.bias().iter().flat_map(|bias| bias.gradients().iter().enumerate()) {
            close(db, sum(rows, &|r| dz(r, j)));
        }
        for ((r, i), &dx) in below.indexed_iter() {
            close(dx, sum(outputs, &|j| dz(r, j) * w[[i, j]]));
        }
    }
}

#[test]
fn the_3_3_3_1_network_has_the_derivative_derived_by_hand() {
    let sigmoid = |z: f64| 1.0 / (1.0 + (-z).exp());
    let (w1, w2, w3) = (normal(3, 3, 1), normal(3, 3, 2), normal(3, 1, 3));
    let (x, a) = (normal(1, 3, 4), 0.3);
    let y = x.dot(&w1).mapv(sigmoid);
    let z = y.dot(&w2).mapv(sigmoid);
    let p = sigmoid(z.dot(&w3)[[0, 0]]);

    let layer = |w: &Array2<f64>| -> Box<dyn Layer<f64>> {
        Box::new(SigmoidLayer::from_parameters(w.clone(), None, Sigmoid).unwrap())
    };
    let mut network = Network::from_layers(vec![layer(&w1), layer(&w2), layer(&w3)]).unwrap();
    network.compute_gradients(&x, &array![[a]], None, &HalfSquaredError).unwrap();
    for ((i, j), &found) in network.layers()[0].parameters()[0].gradient().indexed_iter() {
        let inner: f64 = (0..3).map(|k| w3[[k, 0]] * z[[0, k]] * (1.0 - z[[0, k]]) * w2[[j, k]]).sum();
        let expected = (p - a) * p * (1.0 - p) * inner * y[[0, j]] * (1.0 - y[[0, j]]) * x[[0, i]];
        assert!((found - expected).abs() < 1e-15, "W1[{i}, {j}]: expected {expected}, found {found}");
    }
}

#[test]
fn nothing_before_a_step_function_learns() {
    let mut network = Network::builder(2).dense(4, Step).dense(1, Identity).seed(2).build().unwrap();
    let (inputs, targets) = (normal(8, 2, 1), normal(8, 1, 2));
    let before = network.clone();
    let mut optimizer = Sgd::new(0.1).unwrap();
    for _ in 0..20 {
        network.train_step(&inputs, &targets, &Mse, &mut optimizer).unwrap();
    }
    assert_eq!(network.layers()[0].parameters(), before.layers()[0].parameters());
    assert_ne!(network.layers()[1].parameters(), before.layers()[1].parameters());
    assert!(network.layers()[0].parameters().iter().all(|p| p.gradients().iter().all(|&g| g == 0.0)));
}

/// y = x, which claims dL/dx = 1.001 dL/dy for the second feature.
#[derive(Debug, Clone)]
struct SlightlyWrong;

impl Layer<f64> for SlightlyWrong {
    fn input_size(&self) -> usize {
        3
    }
    fn output_size(&self) -> usize {
        3
    }
    fn infer(&self, input: &ArrayRef2<f64>, output: &mut ArrayRef2<f64>) {
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
            below.column_mut(1).mapv_inplace(|gradient| 1.001 * gradient);
        }
    }
}

#[test]
fn a_wrong_derivative_is_found_where_it_is() {
    let wrong = Network::builder(3).layer(|_, _| Ok(SlightlyWrong)).dense(2, Tanh).seed(1).build().unwrap();
    let report = gradient_check(&wrong, &normal(4, 3, 1), &normal(4, 2, 2), &Mse).unwrap();
    let worst = report.worst().unwrap();
    assert!(matches!(worst.location, GradientLocation::Input { column: 1, .. }), "{report}");
    assert!((worst.relative_error - 0.001 / 2.001).abs() < 1e-6, "{report}");
}

/// A dense layer that claims 1.001 times the derivative of its second bias.
#[derive(Debug, Clone)]
struct WrongBias(Dense<f64, Tanh>);

impl Layer<f64> for WrongBias {
    fn input_size(&self) -> usize {
        self.0.input_size()
    }
    fn output_size(&self) -> usize {
        self.0.output_size()
    }
    fn infer(&self, input: &ArrayRef2<f64>, output: &mut ArrayRef2<f64>) {
        self.0.infer(input, output);
    }
    fn backward(
        &mut self,
        input: &ArrayRef2<f64>,
        output: &ArrayRef2<f64>,
        above: &mut ArrayRef2<f64>,
        below: Option<&mut ArrayRef2<f64>>,
    ) {
        self.0.backward(input, output, above, below);
        let layer: &mut dyn Layer<f64> = &mut self.0;
        layer.parameters_mut()[1].gradient_mut()[[0, 1]] *= 1.001;
    }
    fn visit<'a>(&'a self, visitor: &mut dyn FnMut(&'a Parameter<f64>)) {
        self.0.visit(visitor);
    }
    fn visit_mut<'a>(&'a mut self, visitor: &mut dyn FnMut(&'a mut Parameter<f64>)) {
        self.0.visit_mut(visitor);
    }
}

#[test]
fn a_wrong_derivative_of_a_parameter_is_found_where_it_is() {
    let builder = Network::builder(3)
        .dense(4, Tanh)
        .layer(|inputs, rng| Ok(WrongBias(Dense::new(inputs, 3, Tanh, Initializer::GlorotUniform, rng)?)));
    let wrong = builder.dense(2, Identity).seed(1).build().unwrap();
    let report = gradient_check(&wrong, &normal(4, 3, 1), &normal(4, 2, 2), &Mse).unwrap();
    let worst = report.worst().unwrap();
    assert_eq!(
        worst.location,
        GradientLocation::Parameter { layer: 1, parameter: 1, name: "bias", row: 0, column: 1 },
        "{report}"
    );
    assert!((worst.relative_error - 0.001 / 2.001).abs() < 1e-6, "{report}");
    let place = "at layer 1, parameter 1, bias[0, 1]: computed ";
    assert!(report.to_string().contains(place), "{report}");
}

#[test]
fn corners_are_skipped_and_counted() {
    // The second input is exactly at the corner of |x| written as relu(x) + relu(-x).
    let layer = Dense::from_parameters(array![[1.0, -1.0]], None, Relu).unwrap();
    let sum = Dense::from_parameters(array![[1.0], [1.0]], None, Identity).unwrap();
    let network = Network::from_layers(vec![Box::new(layer), Box::new(sum)]).unwrap();
    let report = gradient_check(&network, &array![[0.7], [0.0]], &array![[0.1], [-0.5]], &Mse).unwrap();
    assert_eq!(report.skipped(), 1, "{report}");
    assert!(report.worst_error() < 1e-8, "{report}");
}
