//! Twenty steps of every optimizer, the schedules, the normalisations and the clips equal PyTorch's: the script that
//! computed them is `../golden/learning.py`.

use crate::common::{Matrix, Precise, assert_close, matrix};
use feedforward::layer::{BatchNorm, BatchNormOptions, LayerNorm};
use feedforward::solver::Lbfgs;
use feedforward::training::hook::{ClipNorm, ClipValue, Hook, MaxNorm};
use feedforward::training::schedule::*;
use feedforward::*;
use ndarray::{Array1, Array2};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Golden {
    optimizers: BTreeMap<String, Steps>,
    clips: BTreeMap<String, Steps>,
    schedules: BTreeMap<String, Vec<f64>>,
    plateau: Plateau,
    norms: BTreeMap<String, Norm>,
    lbfgs: Steps,
    renorm: Renorm,
    class_weights: ClassWeights,
}

#[derive(Deserialize)]
struct Steps {
    parameters: Vec<Matrix>,
    inputs: Matrix,
    targets: Matrix,
    losses: Vec<f64>,
    after: Vec<Matrix>,
}

#[derive(Deserialize)]
struct Plateau {
    losses: Vec<f64>,
    factors: Vec<f64>,
}

#[derive(Deserialize)]
struct Norm {
    gain: Matrix,
    shift: Matrix,
    passes: Vec<Pass>,
    prediction: Matrix,
}

#[derive(Deserialize)]
struct Pass {
    inputs: Matrix,
    targets: Matrix,
    outputs: Matrix,
    input_gradient: Matrix,
    gain_gradient: Matrix,
    shift_gradient: Matrix,
}

#[derive(Deserialize)]
struct Renorm {
    weight: Matrix,
    after: Matrix,
}

#[derive(Deserialize)]
struct ClassWeights {
    logits: Matrix,
    classes: Vec<usize>,
    loss: f64,
    gradient: Matrix,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("../golden/learning.json")).unwrap()
}

fn network<F: Float>(parameters: &[Matrix]) -> Network<F> {
    let bias = |rows: &Matrix| Some(matrix(rows).row(0).to_owned());
    let first = Dense::from_parameters(matrix(&parameters[0]), bias(&parameters[1]), Tanh).unwrap();
    let second = Dense::from_parameters(matrix(&parameters[2]), bias(&parameters[3]), Identity).unwrap();
    Network::from_layers(vec![Box::new(first), Box::new(second)]).unwrap()
}

/// Through the trainer, so that hooks are tried where they run.
fn check_steps<F: Precise>(name: &str, steps: &Steps, mut trainer: Trainer<'_, F>, rule: &mut dyn Optimizer<F>) {
    let mut network = network::<F>(&steps.parameters);
    let data = Dataset::new(matrix(&steps.inputs), matrix(&steps.targets)).unwrap();
    let history = trainer.fit(&mut network, &data, &Mse, rule).unwrap();
    assert_eq!(history.len(), 20);
    for (record, &expected) in history.epochs().iter().zip(&steps.losses) {
        let error = (record.training_loss - expected).abs();
        assert!(error <= F::TOLERANCE * expected, "{name}, epoch {}", record.epoch);
    }
    for (parameter, expected) in network.parameters().zip(&steps.after) {
        assert_close(&format!("{name}, {} at the end", parameter.name()), parameter.value(), expected);
    }
}

fn rule<F: Float>(name: &str) -> Box<dyn Optimizer<F>> {
    match name {
        "sgd" => Box::new(Sgd::new(0.1).unwrap()),
        "momentum" => Box::new(Momentum::new(0.05, 0.9).unwrap()),
        "nesterov" => Box::new(Momentum::nesterov(0.05, 0.9).unwrap()),
        "adagrad" => Box::new(Adagrad::new(0.1).unwrap()),
        "rms_prop" => Box::new(RmsProp::new(0.01).unwrap()),
        "adam" => Box::new(Adam::new(0.05).unwrap()),
        "amsgrad" => Box::new(Adam::new(0.05).unwrap().amsgrad()),
        "adam_w" => Box::new(AdamW::new(0.05).unwrap().weight_decay(0.1)),
        "nadam" => Box::new(Nadam::new(0.05).unwrap()),
        "rprop" => Box::new(Rprop::new(0.01).unwrap()),
        other => panic!("no rule called {other}"),
    }
}

fn trainer<'a, F: Float>() -> Trainer<'a, F> {
    Trainer::new(20).batch_size(6).in_order()
}

#[test]
fn twenty_steps_of_every_optimizer_agree_with_pytorch() {
    let cases = golden().optimizers;
    assert_eq!(cases.len(), 10);
    for (name, steps) in &cases {
        check_steps::<f64>(name, steps, trainer(), &mut *rule(name));
        check_steps::<f32>(name, steps, trainer(), &mut *rule(name));
    }
}

fn check_lbfgs<F: Precise>(steps: &Steps) -> Network<F> {
    let mut network = network::<F>(&steps.parameters);
    let data = Dataset::new(matrix(&steps.inputs), matrix(&steps.targets)).unwrap();
    let history = Lbfgs::new().fit(&mut network, &data, &Mse, 20).unwrap();
    assert_eq!(history.len(), 20);
    for (record, &expected) in history.epochs().iter().zip(&steps.losses) {
        let found = record.training_loss;
        assert!((found - expected).abs() <= F::TOLERANCE * expected, "iteration {}: {expected}, {found}", record.epoch);
    }
    network
}

#[test]
fn twenty_steps_of_lbfgs_agree_with_pytorch() {
    let steps = golden().lbfgs;
    for (parameter, expected) in check_lbfgs::<f64>(&steps).parameters().zip(&steps.after) {
        assert_close(parameter.name(), parameter.value(), expected);
    }
    // Each search starts from the last: in f32 the weights drift within the flat valley where the loss is the same.
    check_lbfgs::<f32>(&steps);
}

#[test]
fn clipping_agrees_with_pytorch() {
    let cases = golden().clips;
    let norm = ClipNorm::new(0.3).unwrap();
    check_steps::<f64>("norm", &cases["norm"], trainer().hook(norm.clone()), &mut *rule("sgd"));
    check_steps::<f32>("norm", &cases["norm"], trainer().hook(norm), &mut *rule("sgd"));
    let value = ClipValue::new(0.05).unwrap();
    check_steps::<f64>("value", &cases["value"], trainer().hook(value.clone()), &mut *rule("sgd"));
    check_steps::<f32>("value", &cases["value"], trainer().hook(value), &mut *rule("sgd"));
}

#[test]
fn schedules_agree_with_pytorch() {
    let cases = golden().schedules;
    assert_eq!(cases.len(), 11);
    for (name, expected) in &cases {
        let mut schedule: Box<dyn Schedule> = match name.as_str() {
            "step" => Box::new(StepDecay::new(7, 0.5).unwrap()),
            "exponential" => Box::new(Exponential::new(0.9).unwrap()),
            "polynomial" => Box::new(Polynomial::new(50, 2.0).unwrap()),
            "cosine" => Box::new(Cosine::new(59).unwrap()),
            "restarts" => Box::new(Cosine::new(8).unwrap().restarts(2)),
            "warmup" => Box::new(Warmup::new(10).unwrap()),
            "one_cycle" => Box::new(OneCycle::new(61).unwrap()),
            "constant" => Box::new(Constant),
            "inverse_scaling" => Box::new(InverseScaling::new(0.5).unwrap()),
            "warmup_then_cosine" => Box::new(Warmup::new(10).unwrap().then(10, Cosine::new(49).unwrap())),
            "warmup_times_exponential" => Box::new(Warmup::new(10).unwrap().times(Exponential::new(0.9).unwrap())),
            other => panic!("no schedule called {other}"),
        };
        for (step, &expected) in expected.iter().enumerate() {
            let found = schedule.factor(step as u64);
            assert!((found - expected).abs() < 1e-12, "{name} at {step}: expected {expected}, found {found}");
        }
    }
    let Plateau { losses, factors } = golden().plateau;
    let mut schedule = ReduceOnPlateau::new(0.5, 2).unwrap();
    for (epoch, (loss, expected)) in losses.into_iter().zip(factors).enumerate() {
        assert_eq!(schedule.factor(epoch as u64), expected, "epoch {epoch}");
        schedule.observe(loss);
    }
}

fn check_max_norm<F: Precise>(renorm: &Renorm) {
    let layer = Dense::from_parameters(matrix::<F>(&renorm.weight), None, Identity).unwrap();
    let mut network = Network::from_layers(vec![Box::new(layer)]).unwrap();
    MaxNorm::new(0.8).unwrap().after_update(&mut network);
    // PyTorch adds 1e-7 to the norm.
    let found = network.parameters().next().unwrap().value().mapv(Float::widen);
    let expected: Array2<f64> = matrix(&renorm.after);
    assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-6), "{found} is not {expected}");
}

#[test]
fn max_norm_agrees_with_pytorch() {
    let case = golden().renorm;
    check_max_norm::<f64>(&case);
    check_max_norm::<f32>(&case);
}

fn check_class_weights<F: Precise>(case: &ClassWeights) {
    let logits: Array2<F> = matrix(&case.logits);
    let targets = Array2::from_shape_fn((case.classes.len(), 1), |(row, _)| F::from_f64(case.classes[row] as f64));
    let data = Dataset::new(logits, targets).unwrap().with_class_weights(&[0.5, 2.0, 1.25]).unwrap();
    let mut gradient = Array2::zeros(data.inputs().dim());
    let total = data.weights().unwrap().iter().map(|weight| weight.widen()).sum();
    let (inputs, targets) = (data.inputs(), data.targets());
    let loss = CrossEntropy::default().mean_and_gradient(inputs, targets, data.weights(), total, &mut gradient);
    assert!((loss.widen() - case.loss).abs() <= F::TOLERANCE * case.loss);
    assert_close("gradient", &gradient, &case.gradient);
}

#[test]
fn class_weights_agree_with_pytorch() {
    let case = golden().class_weights;
    check_class_weights::<f64>(&case);
    check_class_weights::<f32>(&case);
}

#[derive(Deserialize)]
struct ClassWeightCases {
    logits: Matrix,
    class_weights: Vec<f64>,
    cross_entropy: Vec<Weighted>,
    binary: Vec<Weighted>,
}

#[derive(Deserialize)]
struct Weighted {
    weights: bool,
    smoothing: f64,
    targets: Matrix,
    loss: f64,
    gradient: Matrix,
}

fn check_weighted<F: Precise>(logits: &Matrix, case: &Weighted, loss: &dyn Loss<F>) {
    let (logits, targets): (Array2<F>, Array2<F>) = (matrix(logits), matrix(&case.targets));
    let mut gradient = Array2::zeros(logits.dim());
    let value = loss.value_and_gradient(&logits, &targets, &mut gradient).unwrap();
    let what = format!("{loss:?}, {} columns of targets", targets.ncols());
    assert!((value.widen() - case.loss).abs() <= F::TOLERANCE * case.loss, "{what}: {value}, not {}", case.loss);
    assert_close(&what, &gradient, &case.gradient);
}

#[test]
fn class_weights_and_smoothing_agree_with_pytorch_for_targets_of_every_kind() {
    let cases: ClassWeightCases = serde_json::from_str(include_str!("../golden/class_weights.json")).unwrap();
    assert_eq!((cases.cross_entropy.len(), cases.binary.len()), (12, 4));
    for case in &cases.cross_entropy {
        let mut loss = CrossEntropy::default().smoothing(case.smoothing);
        if case.weights {
            loss = loss.class_weights(&cases.class_weights[..]);
        }
        check_weighted::<f64>(&cases.logits, case, &loss);
        check_weighted::<f32>(&cases.logits, case, &loss);
    }
    for case in &cases.binary {
        let loss = BinaryCrossEntropy::default().smoothing(case.smoothing);
        check_weighted::<f64>(&cases.logits, case, &loss);
        check_weighted::<f32>(&cases.logits, case, &loss);
    }
}

#[test]
fn class_weights_must_fit() {
    let value = |weights: &[f64], targets: Array2<f64>| {
        let loss = CrossEntropy::default().class_weights(weights);
        loss.value(&Array2::zeros((targets.nrows(), 3)), &targets).map_err(|error| error.to_string())
    };
    let third = |class| Array2::from_elem((2, 1), class);
    assert!(value(&[0.0, 1.0, 1.0], third(1.0)).is_ok());
    let words = |result: Result<f64, String>| result.unwrap_err();
    assert_eq!(words(value(&[1.0; 2], third(1.0))), "CrossEntropy: expected 3 columns in the class weights, found 2");
    let error = words(value(&[1.0, -1.0, 1.0], third(1.0)));
    assert_eq!(error, "CrossEntropy: expected finite class weights >= 0, found -1");
    let error = words(value(&[0.0, 1.0, 1.0], third(0.0)));
    assert_eq!(
        error,
        "CrossEntropy: expected a row of a class whose weight is above 0, found class weights [0.0, 1.0, 1.0]"
    );
    let smoothing = BinaryCrossEntropy::default().smoothing(1.0).value(&third(0.5), &third(1.0)).unwrap_err();
    assert_eq!(smoothing.to_string(), "BinaryCrossEntropy: smoothing: expected a number >= 0 and < 1, found 1");
}

fn check_norm<F: Precise>(name: &str, norm: &Norm, layer: Box<dyn Layer<F>>) {
    let mut network = Network::from_layers(vec![layer]).unwrap();
    for pass in &norm.passes {
        let outputs = network.forward(&matrix(&pass.inputs)).unwrap().to_owned();
        assert_close(&format!("{name}, outputs"), &outputs, &pass.outputs);
        let mut gradient = Array2::zeros(outputs.dim());
        Mse.value_and_gradient(&outputs, &matrix(&pass.targets), &mut gradient).unwrap();
        let below = network.backward_to_inputs(&gradient).unwrap().to_owned();
        assert_close(&format!("{name}, input gradient"), &below, &pass.input_gradient);
        for (parameter, expected) in network.parameters().zip([&pass.gain_gradient, &pass.shift_gradient]) {
            assert_close(&format!("{name}, {}", parameter.name()), parameter.gradient(), expected);
        }
    }
    let prediction = network.predict(&matrix(&norm.passes[0].inputs)).unwrap();
    assert_close(&format!("{name}, prediction"), &prediction, &norm.prediction);
}

#[test]
fn normalisations_agree_with_pytorch() {
    let norms = golden().norms;
    check_norm::<f64>("batch", &norms["batch"], batch_norm(&norms["batch"]));
    check_norm::<f32>("batch", &norms["batch"], batch_norm(&norms["batch"]));
    check_norm::<f64>("layer", &norms["layer"], layer_norm(&norms["layer"]));
    check_norm::<f32>("layer", &norms["layer"], layer_norm(&norms["layer"]));
}

fn row<F: Float>(rows: &Matrix) -> Array1<F> {
    matrix(rows).row(0).to_owned()
}

fn batch_norm<F: Float>(norm: &Norm) -> Box<dyn Layer<F>> {
    let (gamma, beta, options) = (row(&norm.gain), row(&norm.shift), BatchNormOptions::default());
    Box::new(BatchNorm::from_parameters(gamma, beta, Array1::zeros(4), Array1::ones(4), options).unwrap())
}

fn layer_norm<F: Float>(norm: &Norm) -> Box<dyn Layer<F>> {
    Box::new(LayerNorm::from_parameters(row(&norm.gain), row(&norm.shift), 1e-5).unwrap())
}

/// A frozen layer makes parameters of one network take different numbers of steps: none may move the others.
#[test]
fn nadam_follows_its_formula_however_many_steps_each_parameter_took() {
    let mut rule = Nadam::new(0.01).unwrap();
    let mut early = Parameter::weight(ndarray::arr2(&[[1.0_f64]]));
    let mut late = early.clone();
    let (mut product, mut mean, mut square, mut expected) = (1.0, 0.0, 0.0, 1.0);
    let momentum = |t: i32| 0.9 * (1.0 - 0.5 * 0.96_f64.powf(0.004 * f64::from(t)));
    for t in 1..=300 {
        let gradient = (f64::from(t) * 0.7).sin() + 0.3;
        early.gradient_mut().fill(gradient);
        rule.step(&mut early);
        if t > 150 {
            late.gradient_mut().fill(1.0);
            rule.step(&mut late);
        }
        product *= momentum(t);
        mean = 0.9 * mean + 0.1 * gradient;
        square = 0.999 * square + 0.001 * gradient * gradient;
        let ahead = (1.0 - momentum(t)) * gradient / (1.0 - product)
            + momentum(t + 1) * mean / (1.0 - product * momentum(t + 1));
        expected -= 0.01 * ahead / ((square / (1.0 - 0.999_f64.powi(t))).sqrt() + 1e-8);
        assert!((early.value()[[0, 0]] - expected).abs() < 1e-12, "step {t}");
    }
    assert_eq!((early.steps_of("Nadam"), late.steps_of("Nadam")), (300, 150));
}

/// The rate falls after the same epochs if a constant is taken off all losses, so that they are negative.
#[test]
fn a_plateau_of_negative_losses_reduces_the_rate() {
    for best in [1.0, -1.0, -1e6, -1e-6] {
        let margin = 1e-4_f64 * f64::abs(best);
        let mut schedule = ReduceOnPlateau::new(0.5, 1).unwrap();
        for (loss, factor) in [
            (best, 1.0),
            (best, 1.0),
            (best - 0.5 * margin, 0.5),
            (best - 2.0 * margin, 0.5),
            (best, 0.5),
            (best, 0.25),
        ] {
            schedule.observe(loss);
            assert_eq!(schedule.factor(0), factor, "best {best}, loss {loss}");
        }
    }
}
