//! What a network promises: the same bits from the same seed, buffers that leave no trace, comparison, freezing.

use approx::{assert_abs_diff_eq, assert_abs_diff_ne, assert_relative_eq};
use feedforward::GradientLocation;
use feedforward::activation::{AnyActivation, Clip, HardSigmoid, HardSwish, Mish, Selu, Softsign, Step, softmax};
use feedforward::description::{Description, Setting};
use feedforward::estimator::{
    ClassifierBuilder, Clipping, Inputs, MultiLabelBuilder, MultiLabelClassifier, RateSchedule, RegressionLoss,
    RegressorBuilder, Settings, Solver, SolverOptions, Targets,
};
use feedforward::layer::{
    ActivationLayer, Affine, BatchNorm, BatchNormOptions, Chain, Dropout, LayerNorm, LogSoftmax, Residual, Softmax,
};
use feedforward::network::Evaluation;
use feedforward::network::{LayerStatistics, NetworkBuilder};
use feedforward::parameter::Update;
use feedforward::solver::{GeneticAlgorithm, Lbfgs, RandomSearch};
use feedforward::training::Better;
use feedforward::training::hook::{ClipNorm, ClipValue, Hook, MaxNorm, Penalty};
use feedforward::*;
use feedforward::{GradientError, GradientReport};
use ndarray::{Array2, ArrayRef2, array, s};
use std::fmt::Debug;

fn build<F: Float>(seed: u64) -> Network<F> {
    let start = Network::builder(6).dense(8, Relu).dropout(0.2).dense(7, Identity).batch_norm().activation(Tanh);
    start.dense(3, Identity).seed(seed).build().unwrap()
}

fn data<F: Float>(rows: usize) -> (Array2<F>, Array2<F>) {
    let number = |row: usize, column: usize, factor: usize| ((row * factor + column * 5) % 13) as f64 / 6.5 - 1.0;
    let inputs = Array2::from_shape_fn((rows, 6), |(row, column)| F::from_f64(number(row, column, 7)));
    (inputs, Array2::from_shape_fn((rows, 3), |(row, column)| F::from_f64(number(row, column, 3))))
}

fn train<F: Float>(network: &mut Network<F>, steps: usize) -> Vec<F> {
    let (inputs, targets) = data(12);
    let mut optimizer = Momentum::new(0.05, 0.9).unwrap();
    (0..steps).map(|_| network.train_step(&inputs, &targets, &Mse, &mut optimizer).unwrap()).collect()
}

#[test]
fn the_same_seed_gives_the_same_bits() {
    fn check<F: Float>() {
        let (mut a, mut b) = (build::<F>(9), build::<F>(9));
        assert_eq!(a, b);
        assert_eq!(train(&mut a, 20), train(&mut b, 20));
        assert_eq!(a, b);
        assert_ne!(build::<F>(9), build::<F>(10));
    }
    check::<f32>();
    check::<f64>();
}

#[cfg(feature = "parallel")]
#[test]
fn the_number_of_threads_does_not_change_a_bit() {
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            // Sizes that no number of threads divides, with products large enough to be divided.
            let builder = Network::<f32>::builder(301).dense(517, Relu).dense(203, Tanh).dense(7, Identity);
            let mut network = builder.seed(3).build().unwrap();
            let inputs =
                Array2::from_shape_fn((131, 301), |(row, column)| ((row * 7 + column * 5) % 23) as f32 / 11.5 - 1.0);
            let targets = Array2::from_shape_fn((131, 7), |(row, column)| ((row + column) % 3) as f32);
            let mut optimizer = Momentum::new(0.05, 0.9).unwrap();
            let mut step = || network.train_step(&inputs, &targets, &Mse, &mut optimizer).unwrap();
            let losses = [step(), step(), step()];
            (losses, network.predict(&inputs).unwrap(), network)
        })
    };
    let alone = run(1);
    for threads in [2, 3, 8] {
        assert_eq!(run(threads), alone, "{threads} threads");
    }
}

#[test]
fn the_stream_of_random_numbers_is_pinned() {
    let network = Network::<f64>::builder(2).dense(2, Relu).dense(1, Sigmoid).seed(7).build().unwrap();
    let numbers: Vec<_> = network.parameters().flat_map(|p| p.values().to_vec()).map(|w| format!("{w:.15}")).collect();
    assert_eq!(numbers, PINNED);
}

const PINNED: [&str; 9] = [
    "-0.775371933217797",
    "-1.383421720008409",
    "0.889713018743037",
    "0.359779058344023",
    "0.000000000000000",
    "0.000000000000000",
    "0.286403745455158",
    "-0.397777633684170",
    "0.000000000000000",
];

#[test]
fn single_precision_starts_as_the_rounded_double() {
    let (single, double) = (build::<f32>(3), build::<f64>(3));
    for (single, double) in single.parameters().zip(double.parameters()) {
        assert!(single.values().iter().zip(double.values()).all(|(&s, &d)| s == d as f32));
    }
    let (mut single, mut double) = (
        Network::builder(6).dense(5, Tanh).dense(3, Identity).build().unwrap(),
        Network::builder(6).dense(5, Tanh).dense(3, Identity).build().unwrap(),
    );
    for (s, d) in train::<f32>(&mut single, 50).into_iter().zip(train::<f64>(&mut double, 50)) {
        assert_relative_eq!(f64::from(s), d, max_relative = 1e-4);
    }
}

#[test]
fn a_ragged_last_batch_leaves_no_trace() {
    let (inputs, targets) = data::<f64>(23);
    let parts = [0..10, 10..20, 20..23, 5..15];
    let (mut grown, mut optimizer) = (build::<f64>(1), Momentum::new(0.05, 0.9).unwrap());
    let mut fresh = grown.clone();
    for part in parts {
        let (x, t) = (inputs.slice(s![part.clone(), ..]), targets.slice(s![part, ..]));
        fresh = fresh.clone(); // no buffers, the same parameters and optimizer state
        let losses = [&mut grown, &mut fresh].map(|n| n.train_step(&x, &t, &Mse, &mut optimizer).unwrap());
        assert_eq!(losses[0], losses[1]);
        assert_eq!(grown, fresh);
    }
}

#[test]
fn poisoned_buffers_do_not_show() {
    let network = build::<f64>(2);
    let (inputs, _) = data(9);
    let expected = network.predict(&inputs).unwrap();
    let mut scratch = Scratch::default();
    let poison = Network::from_layers(vec![Box::new(Poison) as Box<dyn Layer<f64>>]).unwrap();
    poison.predict_into(&inputs, &mut scratch, &mut Array2::zeros((9, 6))).unwrap_err();
    let mut outputs = Array2::from_elem((9, 3), f64::NAN);
    network.predict_into(&inputs, &mut scratch, &mut outputs).unwrap();
    assert_eq!(outputs, expected);
}

/// A network with every kind of layer.
fn every_layer<F: Float>() -> Network<F> {
    let start = Network::builder(6).dense(8, Relu).dropout(0.2).dense(7, Identity).batch_norm().activation(Tanh);
    let middle = start.dense_without_bias(5, Sigmoid).layer_norm().activation(Gelu::Exact).activation(Silu);
    let more = middle.dense(4, LeakyRelu::default()).dense(4, Elu::default()).dense(4, Softplus).softmax();
    let more = more.affine().dense(4, Selu).dense(4, HardSigmoid::default()).dense(4, Softsign).dense(4, Clip::relu6());
    let more = more.activation(Mish).activation(HardSwish).log_softmax();
    more.dense(3, Identity).seed(2).build().unwrap()
}

/// A layer that leaves NaN wherever something must be overwritten or may be used as scratch.
#[derive(Debug, Clone)]
struct Poisoned<F: Float>(Box<dyn Layer<F>>);

impl<F: Float> Layer<F> for Poisoned<F> {
    fn input_size(&self) -> usize {
        self.0.input_size()
    }
    fn output_size(&self) -> usize {
        self.0.output_size()
    }
    fn infer(&self, input: &ArrayRef2<F>, output: &mut ArrayRef2<F>) {
        output.fill(F::nan());
        self.0.infer(input, output);
    }
    fn forward(&mut self, input: &ArrayRef2<F>, output: &mut ArrayRef2<F>) {
        output.fill(F::nan());
        self.0.forward(input, output);
    }
    fn backward(
        &mut self,
        input: &ArrayRef2<F>,
        output: &ArrayRef2<F>,
        above: &mut ArrayRef2<F>,
        mut below: Option<&mut ArrayRef2<F>>,
    ) {
        if let Some(below) = &mut below {
            below.fill(F::nan());
        }
        let learned = self.0.parameters_mut().into_iter().filter(|parameter| parameter.is_trainable());
        learned.for_each(|parameter| parameter.gradient_mut().fill(F::nan()));
        self.0.backward(input, output, above, below);
        above.fill(F::nan());
    }
    fn visit<'a>(&'a self, visitor: &mut dyn FnMut(&'a Parameter<F>)) {
        self.0.visit(visitor);
    }
    fn visit_mut<'a>(&'a mut self, visitor: &mut dyn FnMut(&'a mut Parameter<F>)) {
        self.0.visit_mut(visitor);
    }
    fn describe(&self) -> Description {
        self.0.describe()
    }
}

#[test]
fn poisoned_buffers_do_not_show_in_training() {
    fn check<F: Float>() {
        let mut clean = every_layer::<F>();
        let layers = clean.layers().iter().map(|layer| Box::new(Poisoned(layer.clone())) as Box<dyn Layer<F>>);
        let mut poisoned = Network::from_layers(layers.collect()).unwrap();
        assert_eq!(train(&mut poisoned, 5), train(&mut clean, 5));
        assert_eq!(poisoned, clean);

        let (inputs, _) = data(9);
        assert_eq!(poisoned.predict(&inputs).unwrap(), clean.predict(&inputs).unwrap());
        poisoned.forward(&inputs).unwrap();
        clean.forward(&inputs).unwrap();
        let gradient = Array2::ones((9, 3));
        assert_eq!(poisoned.backward_to_inputs(&gradient).unwrap(), clean.backward_to_inputs(&gradient).unwrap());
        assert!(clean.backward_to_inputs(&gradient).unwrap().iter().all(|gradient| gradient.is_finite()));
    }
    check::<f32>();
    check::<f64>();
}

/// Leaves NaN in everything it can reach.
#[derive(Debug, Clone)]
struct Poison;

impl Layer<f64> for Poison {
    fn input_size(&self) -> usize {
        6
    }
    fn output_size(&self) -> usize {
        6
    }
    fn infer(&self, _: &ArrayRef2<f64>, output: &mut ArrayRef2<f64>) {
        output.fill(f64::NAN);
    }
    fn backward(
        &mut self,
        _: &ArrayRef2<f64>,
        _: &ArrayRef2<f64>,
        _: &mut ArrayRef2<f64>,
        _: Option<&mut ArrayRef2<f64>>,
    ) {
    }
}

#[test]
fn neurons_that_start_alike_stay_alike() {
    let constant = Initializer::Constant(0.3);
    let start = |first| {
        Network::<f64>::builder(6).dense_with(5, Sigmoid, first).dense_with(3, Sigmoid, constant).build().unwrap()
    };
    for (initializer, alike) in
        [(Initializer::Constant(0.0), true), (constant, true), (Initializer::GlorotUniform, false)]
    {
        let mut network = start(initializer);
        let before = network.clone();
        train(&mut network, 100);
        assert_ne!(network, before);
        let weight = network.layers()[0].parameters()[0].value();
        let first = weight.column(0);
        assert_eq!(weight.columns().into_iter().all(|column| column == first), alike);
    }
}

#[test]
fn networks_compare_within_a_tolerance() {
    let network = build::<f64>(4);
    let mut moved = network.clone();
    moved
        .parameters_mut()
        .for_each(|parameter| parameter.value_mut().mapv_inplace(|value| value * (1.0 + 1e-9) + 1e-9));
    assert_abs_diff_eq!(network, moved, epsilon = 1e-7);
    assert_abs_diff_ne!(network, moved, epsilon = 1e-10);
    assert_relative_eq!(network, moved, max_relative = 1e-7, epsilon = 1e-7);
    let (a, b) = (network.parameters().next().unwrap(), moved.parameters().next().unwrap());
    assert_abs_diff_eq!(*a, *b, epsilon = 1e-7);
    assert_relative_eq!(*a, *b, max_relative = 1e-7, epsilon = 1e-7);
    assert_ne!(a, b);
    let dense = |outputs, seed| Network::<f64>::builder(2).dense(outputs, Tanh).seed(seed).build().unwrap();
    assert_abs_diff_ne!(dense(2, 1), dense(3, 1), epsilon = 1e9);
    let other = Network::<f64>::builder(2).dense(2, Sigmoid).seed(1).build().unwrap();
    assert_ne!(dense(2, 1), other);
}

#[test]
fn a_clone_goes_its_own_way_and_takes_the_velocity_along() {
    let mut network = build::<f64>(4);
    train(&mut network, 3);
    let before = network.clone();
    let mut clone = network.clone();
    let losses = train(&mut network, 5);
    assert_ne!(network, before);
    assert_eq!(clone, before);
    assert_eq!(train(&mut clone, 5), losses);
    assert_eq!(clone, network);
}

#[test]
fn a_frozen_layer_never_moves() {
    let rules: [Box<dyn Optimizer<f64>>; 8] = [
        Box::new(Sgd::new(0.1).unwrap()),
        Box::new(Momentum::new(0.1, 0.9).unwrap()),
        Box::new(Adagrad::new(0.1).unwrap()),
        Box::new(RmsProp::new(0.1).unwrap()),
        Box::new(Adam::new(0.1).unwrap()),
        Box::new(AdamW::new(0.1).unwrap()),
        Box::new(Nadam::new(0.1).unwrap()),
        Box::new(Rprop::new(0.1).unwrap()),
    ];
    for mut rule in rules {
        let mut network = Network::<f64>::builder(6).dense(4, Tanh).dense(3, Tanh).build().unwrap();
        network.set_frozen(0, true).unwrap();
        let before = network.clone();
        let (inputs, targets) = data(8);
        for _ in 0..3 {
            network.train_step(&inputs, &targets, &Mse, &mut *rule).unwrap();
        }
        assert_eq!(network.layers()[0].parameters(), before.layers()[0].parameters(), "{rule:?}");
        assert_ne!(network.layers()[1].parameters(), before.layers()[1].parameters(), "{rule:?}");
        network.set_frozen(0, false).unwrap();
        network.train_step(&inputs, &targets, &Mse, &mut *rule).unwrap();
        assert_ne!(network.layers()[0].parameters(), before.layers()[0].parameters(), "{rule:?}");
    }
}

#[test]
fn another_rule_starts_without_the_memory_of_the_first() {
    let mut parameter = Parameter::weight(array![[1.0_f64]]);
    parameter.gradient_mut().fill(1.0);
    Momentum::new(0.1, 0.9).unwrap().step(&mut parameter);
    Adam::new(0.1).unwrap().step(&mut parameter);
    assert_eq!((parameter.steps_of("Adam"), parameter.steps_of("Momentum")), (1, 0));
    assert_abs_diff_eq!(parameter.value()[[0, 0]], 0.8, epsilon = 1e-8);
}

#[test]
fn probabilities_come_from_logits_in_one_call() {
    let network = Network::<f64>::builder(6).dense(3, Identity).build().unwrap();
    let (inputs, _) = data(4);
    let logits = network.predict(&inputs).unwrap();
    let mut expected = logits.clone();
    softmax(&mut expected);
    assert_eq!(network.predict_probabilities(&inputs, &CrossEntropy::default()).unwrap(), expected);
    let sigmoid = network.predict_probabilities(&inputs, &BinaryCrossEntropy::default()).unwrap();
    assert_abs_diff_eq!(sigmoid, logits.mapv(|z| 1.0 / (1.0 + (-z).exp())), epsilon = 1e-15);
    assert_eq!(network.predict_probabilities(&inputs, &Mse).unwrap(), logits);
}

#[test]
fn nothing_overflows_on_large_logits() {
    for z in [1e4_f64, -1e4, 700.0, -700.0] {
        for t in [0.0, 1.0] {
            let expected = if (z > 0.0) == (t == 1.0) { 0.0 } else { z.abs() };
            let double = BinaryCrossEntropy::default().value(&array![[z]], &array![[t]]).unwrap();
            assert_abs_diff_eq!(double, expected, epsilon = 1e-12);
            let single = BinaryCrossEntropy::default().value(&array![[z as f32]], &array![[t as f32]]).unwrap();
            assert_abs_diff_eq!(single, expected as f32, epsilon = 1e-6);
            let classes = CrossEntropy::default().value(&array![[z, 0.0]], &array![[1.0 - t]]).unwrap();
            assert_abs_diff_eq!(classes, expected, epsilon = 1e-12);
        }
    }
}

/// One line for each line of `pub use` in the crate.
#[test]
fn everything_public_is_send_sync_and_debug() {
    use feedforward::data::*;
    use feedforward::distributed::*;
    use feedforward::estimator::Scoring;
    use feedforward::metrics::*;
    use feedforward::model_selection::*;
    use feedforward::training::schedule::*;
    fn check<T: Send + Sync + Debug>() {}
    check::<(Identity, Sigmoid, Relu, LeakyRelu, Elu, Tanh, Softplus, Step, Gelu, Silu)>();
    check::<(Selu, HardSigmoid, Softsign, Mish, Clip, HardSwish)>();
    check::<(Dataset<f32>, StandardScaler<f32>, MinMaxScaler<f32>, LabelEncoder<String>)>();
    check::<(Error, Initializer, GradientReport, GradientError, GradientLocation)>();
    check::<(ActivationLayer<Relu>, Softmax, Dropout<f32>, BatchNorm<f32>, BatchNormOptions, LayerNorm<f32>)>();
    check::<(LogSoftmax, Affine<f32>, Chain<f32>, Residual<f32>, Description, Setting)>();
    check::<(Dense<f32, Relu>, ReluLayer<f64>, SigmoidLayer<f64>, Box<dyn Layer<f32>>)>();
    check::<(Mse, HalfSquaredError, Mae, Huber, BinaryCrossEntropy, CrossEntropy, Box<dyn Loss<f32>>)>();
    check::<(Quantile, Poisson)>();
    check::<(Accuracy, TopK, F1, MeanAbsoluteError, R2, RootMeanSquaredError, Box<dyn Metric<f32>>)>();
    check::<(BalancedAccuracy, AveragePrecision, SubsetAccuracy, LabelPrecision, LabelRecall, LabelF1, LabelAverage)>();
    check::<(MeanPinballLoss, MeanPoissonDeviance, MedianAbsoluteError, MeanAbsolutePercentageError)>();
    check::<(RocCurve, RocPoint, PrecisionRecallCurve, PrecisionRecallPoint, CalibrationPoint, CalibrationBins)>();
    check::<(Average, ConfusionMatrix, ClassificationReport, LabelReport, ClassScores, PermutationImportance)>();
    check::<(Network<f32>, Network<f64>, NetworkBuilder<f32>, Scratch<f32>)>();
    check::<(Sgd, Momentum, Adagrad, RmsProp, Adam, AdamW, Nadam, Rprop)>();
    check::<(Parameter<f32>, feedforward::parameter::Role, Update<'_, f32, 2>)>();
    check::<(Preparation, FittedPreparation, Role, Number, Scale, MissingNumber)>();
    check::<(Category, MissingCategory, UnknownCategory)>();
    check::<(Classifier<f32, String>, Regressor<f32>, Settings, AnyActivation, Solver)>();
    check::<(MultiLabelClassifier<f32, String>, MultiLabelBuilder<'_, f32, String>, Better)>();
    check::<(ClassifierBuilder<'_, f32, String>, RegressorBuilder<'_, f32>, Inputs<'_, f32>, Targets<'_, f32>)>();
    check::<(SolverOptions, RateSchedule, RegressionLoss, Clipping, RegressionReport, OutputScores)>();
    check::<(Folds, CrossValidator, CrossValidation, FoldRecord, Scores, Scoring)>();
    check::<(Search<'_>, SearchEstimator<'_, ()>, SearchResult<()>, Ranking, Candidate, LogUniform)>();
    check::<(Lbfgs, RandomSearch, GeneticAlgorithm, EarlyStopping, History, EpochRecord)>();
    check::<(ClipNorm, ClipValue, MaxNorm, Penalty, LayerStatistics, Evaluation)>();
    check::<(Constant, StepDecay, Exponential, InverseScaling, Polynomial, Cosine)>();
    check::<(Warmup, OneCycle, ReduceOnPlateau, Then<Warmup, Cosine>, Times<Warmup, Cosine>)>();
    check::<(Batch<f32>, Arrays<'_, f32>, Subset<'_, f32>, Map<Dataset<f32>, ()>)>();
    #[cfg(feature = "mapped")]
    check::<Mapped<f32>>();
    check::<(Alone, Threads, Reduction, Box<dyn Communicator>)>();
    #[cfg(feature = "mpi")]
    check::<Mpi>();
    #[cfg(feature = "csv")]
    check::<Csv>();
    check::<(Table, TableSummary, ColumnSummary, NumberSummary, Column, Entry<'_>, Kind, Row, Value)>();
    #[cfg(feature = "progress")]
    check::<(feedforward::training::ProgressBar, SearchBar)>();
    #[cfg(feature = "log")]
    check::<feedforward::training::LogEpochs>();
    // What changes as it goes is for one thread at a time, and can be moved to another.
    fn movable<T: Send + Debug + ?Sized>() {}
    movable::<dyn Optimizer<f32>>();
    movable::<dyn Hook<f32>>();
    movable::<dyn Schedule>();
    // A trainer borrows observers, which may be closures over anything.
    fn printable<T: Debug>() {}
    printable::<Trainer<'_, f32>>();
}
