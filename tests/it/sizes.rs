//! No size and no number panics: every call with an extreme one is refused or gives finite results.

use feedforward::activation::{AnyActivation, Clip, HardSigmoid};
use feedforward::data::*;
use feedforward::distributed::{Alone, Communicator, Threads};
use feedforward::error::Result;
use feedforward::layer::{
    ActivationLayer, Affine, BatchNorm, BatchNormOptions, Chain, Dropout, LayerNorm, LogSoftmax, Residual, Softmax,
};
use feedforward::metrics::*;
use feedforward::model_selection::{Folds, LogUniform};
use feedforward::solver::{GeneticAlgorithm, Lbfgs, RandomSearch};
use feedforward::training::hook::{ClipNorm, ClipValue, MaxNorm, Penalty};
use feedforward::training::schedule::*;
use feedforward::*;
use ndarray::{Array1, Array2, ArrayRef2, array};
use rand::SeedableRng;
use rand::distr::Distribution;
use rand_chacha::ChaCha8Rng;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

const SIZES: [usize; 6] = [0, 1, 2, 1 << 42, 1 << 62, usize::MAX];

const NUMBERS: [f64; 16] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    5e-324,
    1e-40,
    f32::MAX as f64,
    f32::MIN as f64,
    1e39,
    f64::MAX,
    f64::MIN,
    f64::EPSILON,
];

/// Counts what the calls of one test came to.
#[derive(Default)]
struct Calls {
    accepted: usize,
    refused: usize,
    wrong: Vec<String>,
}

impl Calls {
    /// Makes a call; returns what it gave, and `None` for an error or a panic.
    fn call<T>(&mut self, name: impl Debug, call: impl FnOnce() -> Result<T>) -> Option<T> {
        match catch_unwind(AssertUnwindSafe(call)) {
            Ok(Ok(value)) => {
                self.accepted += 1;
                return Some(value);
            }
            Ok(Err(error)) => {
                self.refused += 1;
                if error.to_string().is_empty() {
                    self.wrong.push(format!("{name:?} has an error without words"));
                }
            }
            Err(_) => self.wrong.push(format!("{name:?} panics")),
        }
        None
    }

    /// Makes a call that gives numbers, which must be finite.
    fn numbers<F: Float>(&mut self, name: impl Debug, call: impl FnOnce() -> Result<Vec<F>>) {
        if let Some(numbers) = self.call(&name, call)
            && let Some(found) = numbers.iter().find(|number| !number.is_finite())
        {
            self.wrong.push(format!("{name:?} gives {found}"));
        }
    }

    /// Both outcomes must have happened, or the calls tried nothing.
    #[track_caller]
    fn finish(self) {
        assert!(self.wrong.is_empty(), "{}", self.wrong.join("\n"));
        assert!(self.accepted > 0 && self.refused > 0, "{} accepted, {} refused", self.accepted, self.refused);
    }
}

fn of<F: Float>(matrix: Array2<F>) -> Vec<F> {
    matrix.into_iter().collect()
}

/// The values of all parameters.
fn values<F: Float>(layer: &dyn Layer<F>) -> Vec<F> {
    layer.parameters().into_iter().flat_map(|parameter| parameter.values().iter().copied()).collect()
}

fn initializers(number: f64) -> [Initializer; 11] {
    [
        Initializer::HeNormal,
        Initializer::HeUniform,
        Initializer::GlorotNormal,
        Initializer::GlorotUniform,
        Initializer::LeCunNormal,
        Initializer::Normal { deviation: number },
        Initializer::Uniform { low: -1.0, high: number },
        Initializer::Uniform { low: number, high: 1.0 },
        Initializer::Constant(number),
        Initializer::TorchLinear,
        Initializer::GlorotUniformWithBias,
    ]
}

fn layers_of_any_size<F: Float>() {
    let mut calls = Calls::default();
    for size in SIZES {
        calls.numbers(("BatchNorm", size), || Ok(values(&BatchNorm::<F>::new(size)?)));
        calls.numbers(("LayerNorm", size), || Ok(values(&LayerNorm::<F>::new(size)?)));
        calls.numbers(("Affine", size), || Ok(values(&Affine::<F>::new(size)?)));
        calls.call(("Softmax", size), || Softmax::new(size));
        calls.call(("LogSoftmax", size), || LogSoftmax::new(size));
        calls.call(("ActivationLayer", size), || ActivationLayer::new(size, Tanh));
        calls.call(("Residual", size), || {
            Residual::new(Chain::<F>::new(vec![Box::new(Softmax::new(size)?), Box::new(Softmax::new(size)?)])?)
        });
        for number in NUMBERS {
            calls.call(("Dropout", size, number), || Dropout::<F>::with_seed(size, number, 1));
            calls.numbers(("LayerNorm", size, number), || Ok(values(&LayerNorm::<F>::with_epsilon(size, number)?)));
            for options in [BatchNormOptions::default().epsilon(number), BatchNormOptions::default().momentum(number)] {
                let make = || Ok(values(&BatchNorm::<F>::with_options(size, options)?));
                calls.numbers(("BatchNorm", size, options), make);
            }
        }
        for outputs in SIZES {
            for number in NUMBERS.map(F::from_f64) {
                let given = |size: usize| Array1::from_elem(size.min(3), number);
                let (these, others) = (|| given(size), || given(outputs));
                calls.numbers(("Affine", size, outputs, number), || {
                    Ok(values(&Affine::from_parameters(these(), others(), these())?))
                });
                calls.numbers(("LayerNorm", size, outputs, number), || {
                    Ok(values(&LayerNorm::from_parameters(these(), others(), 1e-5)?))
                });
                calls.numbers(("BatchNorm", size, outputs, number), || {
                    let options = BatchNormOptions::default();
                    Ok(values(&BatchNorm::from_parameters(these(), these(), others(), these(), options)?))
                });
            }
            for initializer in NUMBERS.into_iter().flat_map(initializers) {
                let make = || Ok(values(&Dense::<F, _>::with_seed(size, outputs, Relu, initializer, 1)?));
                calls.numbers(("Dense", size, outputs, initializer), make);
            }
        }
    }
    calls.finish();
}

#[test]
fn activations_of_any_setting_are_made_or_refused() {
    let mut calls = Calls::default();
    for (number, other) in NUMBERS.into_iter().flat_map(|number| NUMBERS.map(|other| (number, other))) {
        let mut outputs = |activation: Result<AnyActivation>| {
            calls.numbers(("activation", number, other), || {
                // Of ordinary inputs, with their derivatives.
                let (activation, inputs) = (activation?, [-2.0_f32, 0.0, 0.7]);
                let (mut outputs, mut gradient) = (inputs, [0.0; 3]);
                activation.activate(&mut outputs);
                activation.backpropagate(&inputs, &outputs, &mut gradient);
                Ok([outputs, gradient].concat())
            });
        };
        outputs(HardSigmoid::new(number, other).map(AnyActivation::from));
        outputs(Clip::new(number, other).map(AnyActivation::from));
    }
    calls.finish();
}

#[test]
fn layers_of_any_size_are_made_or_refused() {
    layers_of_any_size::<f32>();
    layers_of_any_size::<f64>();
}

#[test]
fn networks_of_any_size_are_built_or_refused() {
    let mut calls = Calls::default();
    for (inputs, hidden) in SIZES.into_iter().flat_map(|inputs| SIZES.map(|hidden| (inputs, hidden))) {
        let start = || Network::<f32>::builder(inputs);
        let builders = [
            start().dense(hidden, AnyActivation::default()).dense(1, Identity),
            start().dense_without_bias(hidden, Relu).batch_norm(),
            start().softmax().activation(Silu).dropout(0.5),
            start().dropout(0.1).residual(|block| block.dense(hidden, Tanh)),
            start().layer(move |inputs, rng| Dense::new(hidden, inputs, Tanh, Initializer::HeNormal, rng)),
            start().softmax().layer(move |_, _| Softmax::new(hidden)),
        ];
        for (index, builder) in builders.into_iter().enumerate() {
            let network = calls.call(("builder", index, inputs, hidden), || builder.build());
            let Some(mut network) = network else { continue };
            let wrong_row = vec![1.0; inputs.min(2) + 1];
            calls.call(("display", index, inputs, hidden), || Ok(network.to_string()));
            calls.numbers(("parameters_flat", index, inputs, hidden), || Ok(network.parameters_flat()));
            calls.numbers(("jacobian", index, inputs, hidden), || Ok(of(network.jacobian(&wrong_row)?)));
            calls.call(("set_frozen", index, inputs, hidden), || network.set_frozen(hidden, true));
            if inputs > 2 {
                continue;
            }
            calls.numbers(("predict_row", index, inputs, hidden), || network.predict_row(&vec![1.0; inputs]));
            calls.numbers(("jacobian", index, inputs, hidden), || Ok(of(network.jacobian(&vec![1.0; inputs])?)));
            calls.numbers(("forward", index, inputs, hidden), || {
                Ok(of(network.forward(&Array2::ones((1, inputs)))?.to_owned()))
            });
        }
    }
    calls.finish();
}

#[test]
fn parameters_of_any_number_are_set_or_refused() {
    let mut calls = Calls::default();
    let network = Network::<f32>::builder(1).dense(2, Tanh).dense(1, Identity).build().unwrap();
    for number in NUMBERS {
        let (mut one, flat) = (network.clone(), vec![number as f32; network.parameter_count()]);
        calls.call(("set_parameters_flat", number), || one.set_parameters_flat(&flat));
        calls.numbers(("parameters_flat", number), || Ok(one.parameters_flat()));
        for input in NUMBERS.map(|input| input as f32) {
            // What is not finite inside is an error too.
            calls.numbers(("jacobian", number, input), || Ok(of(one.jacobian(&[input])?)));
        }
        for tau in NUMBERS {
            let mut two = network.clone();
            calls.call(("blend", number, tau), || two.blend(&one, tau));
            calls.numbers(("blend", number, tau), || Ok(two.parameters_flat()));
        }
        let (weight, bias) = (array![[number as f32, 0.0]], array![number as f32, 1.0]);
        calls.numbers(("Dense", number), || Ok(values(&Dense::from_parameters(weight, Some(bias), Relu)?)));
    }
    for size in SIZES.into_iter().filter(|&size| size <= 1 << 62) {
        // Arrays without a number may have any size.
        for shape in [(size, 0), (0, size)] {
            let weight = Array2::<f64>::zeros(shape);
            let parameter = calls.call(("Parameter", shape), || Ok(Parameter::weight(weight.clone()))).unwrap();
            assert!(parameter.is_empty());
            calls.call(("Dense", shape), || Dense::from_parameters(weight.clone(), None, Relu));
        }
    }
    calls.finish();
}

/// Returns the loss of one step of training.
fn step(mut optimizer: impl Optimizer<f64>) -> Result<Vec<f64>> {
    let mut network = Network::<f64>::builder(1).dense(1, Tanh).build()?;
    Ok(vec![network.train_step(&array![[1.0]], &array![[0.5]], &Mse, &mut optimizer)?])
}

#[test]
fn optimizers_take_or_refuse_any_number() {
    type Make = fn(f64, f64) -> Result<Vec<f64>>;
    let rules: [(&str, Make); 15] = [
        ("Sgd", |a, _| step(Sgd::new(a)?)),
        ("Momentum", |a, b| step(Momentum::new(a, b)?)),
        ("nesterov", |a, b| step(Momentum::nesterov(a, b)?)),
        ("Adagrad", |a, b| step(Adagrad::new(a)?.epsilon(b))),
        ("RmsProp rho", |a, b| step(RmsProp::new(a)?.rho(b))),
        ("RmsProp epsilon", |a, b| step(RmsProp::new(a)?.epsilon(b))),
        ("Adam betas", |a, b| step(Adam::new(0.1)?.betas(a, b))),
        ("Adam epsilon", |a, b| step(Adam::new(a)?.epsilon(b))),
        ("AdamW betas", |a, b| step(AdamW::new(0.1)?.betas(a, b))),
        ("AdamW weight_decay", |a, b| step(AdamW::new(a)?.weight_decay(b))),
        ("AdamW epsilon", |a, b| step(AdamW::new(a)?.epsilon(b))),
        ("Nadam betas", |a, b| step(Nadam::new(0.1)?.betas(a, b))),
        ("Nadam epsilon", |a, b| step(Nadam::new(a)?.epsilon(b))),
        ("Rprop", |a, _| step(Rprop::new(a)?)),
        ("set_learning_rate", |a, b| {
            let mut rule = Sgd::new(a)?;
            Optimizer::<f64>::set_learning_rate(&mut rule, b)?;
            Ok(vec![Optimizer::<f64>::learning_rate(&rule)])
        }),
    ];
    let mut calls = Calls::default();
    for (name, make) in rules {
        for (a, b) in NUMBERS.into_iter().flat_map(|a| NUMBERS.map(|b| (a, b))) {
            calls.numbers((name, a, b), || make(a, b));
        }
    }
    calls.finish();
}

#[test]
fn schedules_take_or_refuse_any_count_and_number() {
    const COUNTS: [u64; 6] = [0, 1, 2, 1 << 42, 1 << 62, u64::MAX];
    type Make = fn(u64, f64) -> Result<Box<dyn Schedule>>;
    let schedules: [(&str, Make); 12] = [
        ("StepDecay", |count, number| Ok(Box::new(StepDecay::new(count, number)?))),
        ("Exponential", |_, number| Ok(Box::new(Exponential::new(number)?))),
        ("InverseScaling", |_, number| Ok(Box::new(InverseScaling::new(number)?))),
        ("Polynomial", |count, number| Ok(Box::new(Polynomial::new(count, number)?))),
        ("Cosine", |count, _| Ok(Box::new(Cosine::new(count)?))),
        ("restarts", |count, _| Ok(Box::new(Cosine::new(1)?.restarts(count)))),
        ("long restarts", |count, _| Ok(Box::new(Cosine::new(count)?.restarts(2)))),
        ("Warmup", |count, _| Ok(Box::new(Warmup::new(count)?))),
        ("OneCycle", |count, _| Ok(Box::new(OneCycle::new(count)?))),
        ("ReduceOnPlateau", |count, number| Ok(Box::new(ReduceOnPlateau::new(number, count as usize)?))),
        ("then", |count, number| Ok(Box::new(Warmup::new(2)?.then(count, Exponential::new(number)?)))),
        ("times", |count, number| Ok(Box::new(Warmup::new(count)?.times(Exponential::new(number)?)))),
    ];
    let mut calls = Calls::default();
    for (name, make) in schedules {
        for (count, number) in COUNTS.into_iter().flat_map(|count| NUMBERS.map(|number| (count, number))) {
            calls.call((name, count, number), || {
                let mut schedule = make(count, number)?;
                schedule.check()?;
                for step in COUNTS {
                    // A factor may overflow: the rate that comes of it is refused by the optimizer.
                    schedule.factor(step);
                    NUMBERS.into_iter().for_each(|loss| schedule.observe(loss));
                }
                Ok(())
            });
        }
    }
    calls.finish();
}

fn network_and_data() -> (Network<f64>, Dataset<f64>) {
    let network = Network::builder(1).dense(2, Tanh).dense(1, Identity).build().unwrap();
    let data = Dataset::new(array![[0.0], [1.0], [2.0], [3.0]], array![[0.0], [1.0], [4.0], [9.0]]).unwrap();
    (network, data)
}

#[test]
fn hooks_stopping_and_solvers_take_or_refuse_any_number() {
    type Fit = fn(&mut Network<f64>, &Dataset<f64>, f64) -> Result<History>;
    let fits: [(&str, Fit); 14] = [
        ("l1", |network, data, number| {
            Trainer::new(1).hook(Penalty::l1(number)?).fit(network, data, &Mse, &mut Sgd::new(0.01)?)
        }),
        ("l2", |network, data, number| {
            Trainer::new(1).hook(Penalty::l2(number)?).fit(network, data, &Mse, &mut Sgd::new(0.01)?)
        }),
        ("elastic", |network, data, number| {
            let hook = Penalty::elastic(number, number)?;
            Trainer::new(1).hook(hook).fit(network, data, &Mse, &mut Sgd::new(0.01)?)
        }),
        ("ClipNorm", |network, data, number| {
            Trainer::new(1).hook(ClipNorm::new(number)?).fit(network, data, &Mse, &mut Sgd::new(0.01)?)
        }),
        ("ClipValue", |network, data, number| {
            Trainer::new(1).hook(ClipValue::new(number)?).fit(network, data, &Mse, &mut Sgd::new(0.01)?)
        }),
        ("MaxNorm", |network, data, number| {
            Trainer::new(1).hook(MaxNorm::new(number)?).fit(network, data, &Mse, &mut Sgd::new(0.01)?)
        }),
        ("min_delta", |network, data, number| {
            let stopping = EarlyStopping::new(1)?.min_delta(number);
            let mut trainer = Trainer::new(2).validation(data).early_stopping(stopping);
            trainer.fit(network, data, &Mse, &mut Sgd::new(0.01)?)
        }),
        ("validation_share", |network, data, number| {
            Trainer::new(1).validation_share(number).fit(network, data, &Mse, &mut Sgd::new(0.01)?)
        }),
        ("target_loss", |network, data, number| {
            Trainer::new(2).target_loss(number).fit(network, data, &Mse, &mut Sgd::new(0.01)?)
        }),
        ("learning rate", |network, data, number| Trainer::new(2).fit(network, data, &Mse, &mut Sgd::new(number)?)),
        ("tolerance", |network, data, number| Lbfgs::new().tolerance(number).fit(network, data, &Mse, 2)),
        ("RandomSearch", |network, data, number| RandomSearch::new(number)?.fit(network, data, &Mse, 2)),
        ("mutation", |network, data, number| GeneticAlgorithm::new(3, 1)?.mutation(number).fit(network, data, &Mse, 2)),
        ("schedule", |network, data, number| {
            let mut trainer = Trainer::new(3).schedule_epochs(Exponential::new(number)?);
            trainer.fit(network, data, &Mse, &mut Sgd::new(0.01)?)
        }),
    ];
    let mut calls = Calls::default();
    for (name, fit) in fits {
        for number in NUMBERS {
            let (mut network, data) = network_and_data();
            let numbers = || {
                let history = fit(&mut network, &data, number)?;
                let mut all: Vec<_> = history.epochs().iter().map(|record| record.training_loss).collect();
                all.extend(network.parameters_flat());
                Ok(all)
            };
            calls.numbers((name, number), numbers);
            calls.numbers((name, number, "weights"), || Ok(network.parameters_flat()));
        }
    }
    calls.finish();
}

#[test]
fn training_takes_or_refuses_any_count() {
    let mut calls = Calls::default();
    for size in SIZES {
        let fit = |mut trainer: Trainer<'_, f64>| {
            let (mut network, data) = network_and_data();
            let history = trainer.fit(&mut network, &data, &Mse, &mut Sgd::new(0.01)?)?;
            Ok(history.epochs().iter().map(|record| record.training_loss).collect())
        };
        calls.numbers(("epochs", size), || fit(Trainer::new(size).target_loss(f64::MAX)));
        calls.numbers(("batch_size", size), || fit(Trainer::new(1).batch_size(size)));
        calls.numbers(("accumulate", size), || fit(Trainer::new(1).batch_size(1).accumulate(size)));
        calls.numbers(("patience", size), || {
            fit(Trainer::new(2).validation_share(0.5).early_stopping(EarlyStopping::new(size)?))
        });
        let (mut network, data) = network_and_data();
        calls.call(("memory", size), || Lbfgs::new().memory(size).fit(&mut network, &data, &Mse, 2));
        for elite in SIZES {
            calls.call(("GeneticAlgorithm", size, elite), || GeneticAlgorithm::new(size, elite));
        }
    }
    calls.finish();
}

/// A loss with its parameter.
fn losses<F: Float>(number: f64) -> Vec<(&'static str, Box<dyn Loss<F>>)> {
    let mut losses: Vec<(&str, Box<dyn Loss<F>>)> = vec![
        ("Mse", Box::new(Mse)),
        ("HalfSquaredError", Box::new(HalfSquaredError)),
        ("Mae", Box::new(Mae)),
        ("Poisson", Box::new(Poisson)),
        ("BinaryCrossEntropy", Box::<BinaryCrossEntropy>::default()),
        ("CrossEntropy", Box::new(CrossEntropy::default().smoothing(number))),
    ];
    if let Ok(huber) = Huber::new(number) {
        losses.push(("Huber", Box::new(huber)));
    }
    if let Ok(quantile) = Quantile::new(number) {
        losses.push(("Quantile", Box::new(quantile)));
    }
    losses
}

fn losses_of_any_number<F: Float>() {
    let mut calls = Calls::default();
    for number in NUMBERS {
        for (name, loss) in losses::<F>(number) {
            for (p, t) in NUMBERS.into_iter().flat_map(|p| NUMBERS.map(|t| (p, t))) {
                let (predictions, targets) = (Array2::from_elem((2, 2), F::from_f64(p)), F::from_f64(t));
                for targets in [Array2::from_elem((2, 2), targets), Array2::from_elem((2, 1), targets)] {
                    let mut gradient = Array2::zeros((2, 2));
                    let value = || Ok(vec![loss.value(&predictions, &targets)?]);
                    let with_gradient = || {
                        let value = loss.value_and_gradient(&predictions, &targets, &mut gradient)?;
                        Ok(gradient.iter().copied().chain([value]).collect())
                    };
                    calls.numbers((name, number, p, t), value);
                    calls.numbers((name, number, p, t, "gradient"), with_gradient);
                }
            }
        }
    }
    calls.finish();
}

#[test]
fn losses_of_any_number_are_finite_or_refused() {
    losses_of_any_number::<f32>();
    losses_of_any_number::<f64>();
}

/// Arrays without a number, which may have any shape.
fn hollow() -> Vec<Array2<f64>> {
    let sizes = [0, 1, 1 << 40, 1 << 62, isize::MAX as usize];
    sizes.into_iter().flat_map(|size| [Array2::zeros((size, 0)), Array2::zeros((0, size))]).collect()
}

#[test]
fn arrays_without_numbers_are_refused() {
    let mut calls = Calls::default();
    let (mut network, data) = network_and_data();
    for hollow in hollow() {
        let shape = hollow.dim();
        let row = array![[1.0]];
        calls.call(("predict", shape), || network.predict(&hollow));
        calls.call(("probabilities", shape), || network.predict_probabilities(&hollow, &Mse));
        calls
            .call(("predict_into", shape), || network.predict_into(&row, &mut Scratch::default(), &mut hollow.clone()));
        calls.call(("forward", shape), || network.forward(&hollow).map(drop));
        calls.call(("backward", shape), || {
            network.forward(&row)?;
            network.backward(&hollow)
        });
        for (inputs, targets) in [(&hollow, &hollow), (&row, &hollow), (&hollow, &row)] {
            calls
                .call(("train_step", shape), || network.train_step(inputs, targets, &Mse, &mut Sgd::new(0.1).unwrap()));
            calls.call(("Dataset", shape), || Dataset::new(inputs.clone(), targets.clone()));
            calls.call(("gradient_check", shape), || gradient_check(&network, inputs, targets, &Mse));
        }
        calls.call(("StandardScaler", shape), || StandardScaler::fit(&hollow));
        calls.call(("StandardScaler", shape), || StandardScaler::fit_allowing_constant(&hollow));
        calls.call(("MinMaxScaler", shape), || MinMaxScaler::fit(&hollow));
        calls.call(("MinMaxScaler", shape), || MinMaxScaler::fit_allowing_constant(&hollow));
        calls.call(("transform", shape), || StandardScaler::fit(&data.inputs().to_owned())?.transform(&hollow));
        calls.call(("set_value", shape), || Parameter::weight(row.clone()).set_value(&hollow));
        calls.call(("Classifier", shape), || Classifier::fit(&hollow, &["a", "b"]));
        calls.call(("Regressor", shape), || Regressor::fit(&hollow, &array![1.0, 2.0]));
        calls.call(("Regressor of several", shape), || Regressor::fit(&hollow, &hollow));
        calls.call(("Regressor of nothing", shape), || Regressor::fit(&array![[1.0], [2.0]], &hollow));
        calls.call(("MultiLabelClassifier", shape), || {
            feedforward::estimator::MultiLabelClassifier::of_indicators(&hollow, &hollow, ["a", "b"]).fit()
        });
    }
    // A good call between the bad ones.
    calls.call("predict", || network.predict(data.inputs()));
    calls.finish();
}

#[test]
fn losses_refuse_arrays_without_numbers() {
    let mut calls = Calls::default();
    let row = array![[1.0, 0.0]];
    for (name, loss) in losses::<f64>(0.5) {
        for hollow in hollow() {
            let shape = hollow.dim();
            for (predictions, targets) in [(&hollow, &hollow), (&row, &hollow), (&hollow, &row)] {
                calls.call((name, shape), || loss.value(predictions, targets));
                calls.call((name, shape, "gradient"), || {
                    loss.value_and_gradient(predictions, targets, &mut hollow.clone())
                });
            }
            calls.call((name, shape, "targets"), || loss.check_targets(2, &hollow));
        }
        calls.call(name, || loss.value(&row, &row));
    }
    calls.finish();
}

type Score = fn(&ArrayRef2<f64>, &ArrayRef2<f64>) -> Result<f64>;
const SCORES: [(&str, Score); 24] = [
    ("mean_squared_error", |a, b| mean_squared_error(a, b, None)),
    ("root_mean_squared_error", |a, b| root_mean_squared_error(a, b, None)),
    ("mean_absolute_error", |a, b| mean_absolute_error(a, b, None)),
    ("r2", |a, b| r2(a, b, None)),
    ("explained_variance", |a, b| explained_variance(a, b, None)),
    ("log_loss", |a, _| log_loss(a, &[1, 0], None)),
    ("brier", |a, _| brier(a, &[1, 0], None)),
    ("roc_auc", |a, _| roc_auc(a, &[1, 0], None)),
    ("top_k_accuracy", |a, _| top_k_accuracy(a, &[1, 0], 1, None)),
    ("average_precision", |a, _| average_precision(a, &[1, 0], None)),
    ("roc_curve", |a, _| Ok(roc_curve(a, &[1, 0], 1, None)?.area())),
    ("precision_recall_curve", |a, _| Ok(precision_recall_curve(a, &[1, 0], 0, None)?.average_precision())),
    ("calibration_curve", |a, _| Ok(calibration_curve(a, &[1, 0], 1, CalibrationBins::Quantile(2))?[0].predicted)),
    ("label_accuracy", |a, b| label_accuracy(a, b, None)),
    ("subset_accuracy", |a, b| subset_accuracy(a, b, None)),
    ("label_precision", |a, b| label_precision(a, b, LabelAverage::Samples, None)),
    ("label_recall", |a, b| label_recall(a, b, LabelAverage::Weighted, None)),
    ("label_f1", |a, b| label_f1(a, b, LabelAverage::Macro, None)),
    ("label_scores", |a, b| Ok(label_scores(a, b, None)?[0].f1)),
    ("LabelReport", |a, b| Ok(LabelReport::new(a, b, None)?.scores()[0].recall)),
    ("mean_pinball_loss", |a, b| mean_pinball_loss(a, b, 0.25, None)),
    ("median_absolute_error", |a, b| median_absolute_error(a, b, None)),
    ("mean_absolute_percentage_error", |a, b| mean_absolute_percentage_error(a, b, None)),
    ("mean_poisson_deviance", |a, b| mean_poisson_deviance(a, b, None)),
];

#[test]
fn metrics_refuse_arrays_without_numbers() {
    let mut calls = Calls::default();
    let pair = array![[0.25, 0.75], [0.5, 0.5]];
    for (name, score) in SCORES {
        for hollow in hollow() {
            let shape = hollow.dim();
            for (predictions, targets) in [(&hollow, &hollow), (&pair, &hollow), (&hollow, &pair)] {
                calls.call((name, shape), || score(predictions, targets));
            }
        }
        calls.call(name, || score(&pair, &pair.mapv(|value| value + 0.1)));
    }
    calls.finish();
}

#[test]
fn metrics_of_any_number_are_finite_or_refused() {
    let mut calls = Calls::default();
    for (name, score) in SCORES {
        for (p, t) in NUMBERS.into_iter().flat_map(|p| NUMBERS.map(|t| (p, t))) {
            let (predictions, targets) = (array![[p, 0.5], [0.25, 1.0]], array![[0.75, t], [1.0, 0.0]]);
            calls.numbers((name, p, t), || Ok(vec![score(&predictions, &targets)?]));
        }
    }
    calls.finish();
}

#[test]
fn classes_and_rows_of_any_size_are_taken_or_refused() {
    let mut calls = Calls::default();
    let data = network_and_data().1;
    for size in SIZES {
        for class in SIZES {
            calls.numbers(("one_hot", class, size), || Ok(of(one_hot::<f64>(&[class], size)?)));
            calls.call(("stratified_k_fold", class, size), || stratified_k_fold(&[class; 4], size, 1));
            calls.call(("group_k_fold", class, size), || group_k_fold(&[class, 3, 3, 4], size));
            for rows in SIZES {
                calls.call(("time_series_split", class, size, rows), || time_series_split(rows, size, class));
            }
            let folds = [Folds::new(size), Folds::grouped(size, &[1, 2, 2, 3]), Folds::time_series(size)];
            for folds in folds.into_iter().flat_map(|folds| [folds.clone().gap(class), folds.repeated(class)]) {
                calls.call(("Folds", class, size), || folds.split(4, None));
            }
            calls.call(("ConfusionMatrix", class, size), || ConfusionMatrix::new(&[class], &[size], None));
            calls.numbers(("accuracy", class, size), || Ok(vec![accuracy(&[class], &[size], None)?]));
            calls.numbers(("balanced", class, size), || Ok(vec![balanced_accuracy(&[class], &[size], None)?]));
            let scores = array![[0.1, 0.9], [0.9, 0.1]];
            calls.call(("roc_curve", class, size), || roc_curve(&scores, &[size, 0], class, None));
            calls.call(("precision_recall", class, size), || precision_recall_curve(&scores, &[size, 0], class, None));
            for bins in [CalibrationBins::Uniform(class), CalibrationBins::Quantile(class)] {
                calls.call(("calibration", class, size), || calibration_curve(&scores, &[0, 1], size.min(1), bins));
            }
            calls.call(("importance", class, size), || {
                // One permutation of few rows: many would take the time that was asked for.
                let repeats = if size > 2 { usize::MAX } else { size };
                PermutationImportance::of_columns((class.min(2), 1), repeats, 1, 0.5, |_, _| Ok(0.5))
            });
            calls.call(("importance of rows", class, size), || {
                PermutationImportance::of_columns((class.max(1 << 50), size), 1, 1, 0.5, |_, _| Ok(0.5))
            });
            for average in [Average::Macro, Average::Micro, Average::Weighted] {
                calls.numbers(("precision", class, size), || Ok(vec![precision(&[class], &[size], average, None)?]));
                calls.numbers(("recall", class, size), || Ok(vec![recall(&[class], &[size], average, None)?]));
                calls.numbers(("f1", class, size), || Ok(vec![f1(&[class], &[size], average, None)?]));
            }
        }
        calls.call(("select", size), || data.select(&[size]));
        calls.call(("Subset", size), || Subset::new(&data, vec![size]).map(|subset| subset.rows().len()));
        calls.call(("gather", size), || data.gather(&[size], &mut Batch::default()));
        calls.call(("decode", size), || LabelEncoder::fit(&["a", "b"])?.decode(&[size]));
        calls.call(("top_k", size), || top_k_accuracy(&array![[0.1, 0.9]], &[1], size, None));
        calls.call(("log_loss", size), || log_loss(&array![[0.1, 0.9]], &[size], None));
        calls.call(("brier", size), || brier(&array![[0.1, 0.9]], &[size], None));
        calls.call(("average_precision", size), || average_precision(&array![[0.1, 0.9]], &[size], None));
        calls.call(("roc_auc", size), || roc_auc(&array![[0.1, 0.9], [0.9, 0.1]], &[size, 0], None));
        for rows in [0, 1, 2, 10] {
            calls.call(("k_fold", rows, size), || k_fold(rows, size, 1));
        }
    }
    for number in NUMBERS {
        calls.call(("split", number), || data.split(number, 1));
        calls.call(("Examples::split", number), || {
            Examples::split(&data, number, 1).map(|(first, _)| first.rows().len())
        });
        calls.call(("split_stratified", number), || data.split_stratified(number, 1));
        calls.numbers(("mean_pinball_loss", number), || {
            Ok(vec![mean_pinball_loss(&array![[1.0, 2.0]], &array![[2.0, -1.0]], number, None)?])
        });
        calls.call(("importance", number), || {
            PermutationImportance::of_columns((3, 2), 2, 1, number, |column, _| Ok(NUMBERS[column + 5]))
        });
        for other in NUMBERS {
            calls.numbers(("LogUniform", number, other), || {
                let rng = &mut ChaCha8Rng::seed_from_u64(1);
                Ok(LogUniform::new(number, other)?.sample_iter(rng).take(20).collect::<Vec<f64>>())
            });
        }
        calls.call(("with_weights", number), || data.clone().with_weights(vec![number; 4]));
        calls.call(("with_class_weights", number), || data.clone().with_class_weights(&[number; 10]));
        let of_class = Dataset::new(array![[1.0], [2.0]], array![[number], [0.0]]);
        calls.call(("classes", number), || of_class?.with_balanced_classes());
        for other in NUMBERS {
            let column = array![[number], [other], [0.0]];
            calls.numbers(("StandardScaler", number, other), || {
                let scaler = StandardScaler::fit_allowing_constant(&column)?;
                let scaled = scaler.transform(&column)?;
                let again = scaler.inverse_transform(&scaled)?;
                Ok(scaled.into_iter().chain(again).collect())
            });
            calls.numbers(("MinMaxScaler", number, other), || {
                let scaler = MinMaxScaler::fit_allowing_constant(&column)?;
                let scaled = scaler.transform(&column)?;
                let again = scaler.inverse_transform(&scaled)?;
                Ok(scaled.into_iter().chain(again).collect())
            });
        }
    }
    calls.finish();
}

#[cfg(feature = "mapped")]
#[test]
fn mapped_numbers_of_any_size_and_scale_are_finite_or_refused() {
    let mut calls = Calls::default();
    let path = std::env::temp_dir().join(format!("feedforward-sizes-{}.npy", std::process::id()));
    for number in NUMBERS {
        write_npy(&path, &array![[1.0], [number]]).unwrap();
        calls.call(("with_weights", number), || Mapped::<f64>::new(&path, &path)?.with_weights(&path));
        for scale in NUMBERS {
            let gather = || {
                let examples = Mapped::<f32>::new(&path, &path)?.scale_inputs(scale)?;
                let mut batch = Batch::default();
                examples.gather(&[1, 0, 0], &mut batch)?;
                Ok(batch.inputs().iter().chain(batch.targets()).copied().collect())
            };
            calls.numbers(("scale_inputs", number, scale), gather);
        }
    }
    std::fs::remove_file(&path).ok();
    calls.finish();
}

#[test]
fn preparations_of_any_count_and_number_are_finite_or_refused() {
    fn numbers<F: Float>(calls: &mut Calls) {
        let table = |numbers: Vec<f64>| feedforward::Table::new(vec![Column::numbers("x", numbers)]);
        let train = table(vec![0.0, 3.0, f64::NAN, 3.0]).unwrap();
        for size in SIZES {
            let role = Category::one_hot().missing(MissingCategory::Own).minimum_count(size);
            let fitted = || Preparation::new().category("x", role).fit(&train);
            calls.numbers(("minimum_count", size), || Ok(of::<F>(fitted()?.transform(&train)?)));
        }
        let roles = [Scale::Standard, Scale::MinMax, Scale::Robust, Scale::Log, Scale::None].map(Number::new);
        for number in NUMBERS {
            for role in &roles {
                let fitted = || Preparation::new().number("x", role.clone().fill_with(number)).fit(&train);
                calls.numbers(("fill_with", role, number), || Ok(of::<F>(fitted()?.transform(&train)?)));
                for other in NUMBERS {
                    let learn = || {
                        let train = table(vec![number, other, 1.0])?;
                        let fitted = Preparation::new().number("x", role.clone().fill_with_mean()).fit(&train)?;
                        Ok(of::<F>(fitted.transform(&train)?))
                    };
                    calls.numbers((role, number, other), learn);
                }
            }
            let missing = Category::ordinal().missing(MissingCategory::Number(number));
            let unknown = missing.clone().unknown(UnknownCategory::Number(number));
            let row = Row::from([("x", Value::Number(number))]);
            for role in [missing, unknown] {
                let fitted = || Preparation::new().category("x", role).fit(&train);
                calls.numbers(("ordinal", number), || Ok(fitted()?.transform_row::<F>(&row)?.to_vec()));
            }
        }
    }
    let mut calls = Calls::default();
    numbers::<f32>(&mut calls);
    numbers::<f64>(&mut calls);
    calls.finish();
}

#[test]
fn ranks_of_any_number_are_run_or_refused() {
    let mut calls = Calls::default();
    for size in SIZES {
        calls.call(("Threads", size), || Threads::run(size, |communicator| communicator.barrier()));
        let timeout = Duration::from_millis(size as u64);
        calls.call(("timeout", size), || Threads::run_with_timeout(2, timeout, |communicator| Ok(communicator.size())));
        calls.call(("root", size), || Alone.broadcast(&mut vec![1], size));
        calls.call(("all_gather", size), || Alone.all_gather(&vec![1; size.min(10)]));
        calls.call(("all_to_all", size), || Alone.all_to_all(vec![vec![1]; size.min(10)]));
        calls.call(("send", size), || Alone.send_receive(Some((&[1], size)), None));
        calls.call(("receive", size), || Alone.send_receive(None, Some((&mut [1], size))));
    }
    calls.finish();
}

#[cfg(feature = "safetensors")]
#[test]
fn parts_of_files_of_any_size_and_number_are_taken_or_refused() {
    let mut calls = Calls::default();
    for size in SIZES {
        for other in SIZES {
            calls.call(("Tensor", size, other), || io::Tensor::new(vec![size, other], vec![1.0_f32; 2]));
        }
        calls.call(("checkpoint", size), || {
            let (mut network, data) = network_and_data();
            let path = std::env::temp_dir().join(format!("feedforward-sizes-{}", std::process::id()));
            let every = [training::Interval::Epochs(size), training::Interval::Steps(size as u64)];
            for every in every {
                let mut trainer = Trainer::new(2).checkpoint(&path, every);
                trainer.fit(&mut network, &data, &Mse, &mut Sgd::new(0.1)?)?;
            }
            std::fs::remove_file(&path).ok();
            Ok(())
        });
    }
    for one in NUMBERS {
        for other in NUMBERS {
            let scaled = |scaled: Array2<f64>| {
                assert!(scaled.iter().all(|number| number.is_finite()));
                Ok(())
            };
            calls.call(("StandardScaler", one, other), || {
                let scaler = StandardScaler::from_parameters(array![one], array![other])?;
                scaled(scaler.transform(&array![[1.0]])?)?;
                StandardScaler::<f64>::from_bytes(&scaler.to_bytes()?).map(|read| assert_eq!(read, scaler))
            });
            calls.call(("MinMaxScaler", one, other), || {
                let scaler = MinMaxScaler::from_parameters(array![one], array![other])?;
                scaled(scaler.inverse_transform(&array![[1.0]])?)?;
                MinMaxScaler::<f64>::from_bytes(&scaler.to_bytes()?).map(|read| assert_eq!(read, scaler))
            });
            calls.call(("Network", one, other), || {
                let dense = Dense::from_parameters(array![[one]], Some(array![other]), Identity)?;
                let network = Network::from_layers(vec![Box::new(dense)])?;
                assert_eq!(Network::from_bytes(&network.to_bytes()?)?, network);
                if let Ok(narrow) = Network::<f32>::from_bytes(&network.to_bytes()?) {
                    assert!(narrow.parameters_flat().iter().all(|number| number.is_finite()));
                }
                network.state_dict()?;
                network.to_c99("name")?;
                network.to_rust("name").map(drop)
            });
        }
    }
    calls.finish();
}
