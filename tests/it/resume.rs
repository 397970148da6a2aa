//! Going on from a checkpoint ends with the bits of a run that never stopped.

use feedforward::layer::BatchNormOptions;
use feedforward::metrics::MeanAbsoluteError;
use feedforward::training::hook::{ClipNorm, Penalty};
use feedforward::training::schedule::{Cosine, ReduceOnPlateau, Schedule, Warmup};
use feedforward::training::{Ending, Interval, Observer};
use feedforward::*;
use ndarray::Array2;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// A folder of one test, removed at its end.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("feedforward-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

fn dataset<F: Float>(rows: usize, shift: usize) -> Dataset<F> {
    let number = |row: usize, column: usize, factor: usize| {
        F::from_f64(((row * factor + column * 5 + shift) % 13) as f64 / 6.5 - 1.0)
    };
    let inputs = Array2::from_shape_fn((rows, 4), |(row, column)| number(row, column, 7));
    let targets = Array2::from_shape_fn((rows, 2), |(row, column)| number(row, column, 3));
    let weights = (0..rows).map(|row| F::from_f64(((row * 3) % 5) as f64)).collect();
    Dataset::new(inputs, targets).unwrap().with_weights(weights).unwrap()
}

fn network<F: Float>() -> Network<F> {
    let options = BatchNormOptions::default().momentum(0.3);
    let start = Network::builder(4).dense(6, Tanh).dropout(0.3).batch_norm_with(options).activation(Gelu::Exact);
    start.residual(|block| block.layer_norm().dense(6, Relu)).dense(2, Identity).seed(5).build().unwrap()
}

fn rule<F: Float>(name: &str) -> Box<dyn Optimizer<F>> {
    match name {
        "Sgd" => Box::new(Sgd::new(0.05).unwrap()),
        "Momentum" => Box::new(Momentum::new(0.02, 0.9).unwrap()),
        "Nesterov" => Box::new(Momentum::nesterov(0.02, 0.9).unwrap()),
        "Adagrad" => Box::new(Adagrad::new(0.05).unwrap()),
        "RmsProp" => Box::new(RmsProp::new(0.01).unwrap()),
        "Adam" => Box::new(Adam::new(0.01).unwrap()),
        "AmsGrad" => Box::new(Adam::new(0.01).unwrap().amsgrad()),
        "AdamW" => Box::new(AdamW::new(0.01).unwrap()),
        "Nadam" => Box::new(Nadam::new(0.01).unwrap()),
        "Rprop" => Box::new(Rprop::new(0.01).unwrap()),
        _ => panic!("{name}"),
    }
}

const RULES: [&str; 10] =
    ["Sgd", "Momentum", "Nesterov", "Adagrad", "RmsProp", "Adam", "AmsGrad", "AdamW", "Nadam", "Rprop"];

/// Everything that a fit can remember: schedules that watch the loss, early stopping, groups of batches, hooks.
fn trainer<'a, F: Float>(validation: &'a Dataset<F>, epochs: usize) -> Trainer<'a, F> {
    let plateau = ReduceOnPlateau::new(0.5, 0).unwrap();
    Trainer::new(epochs)
        .batch_size(5)
        .seed(3)
        .accumulate(2)
        .validation(validation)
        .early_stopping(EarlyStopping::new(3).unwrap())
        .schedule_epochs(plateau.clone().times(Warmup::new(2).unwrap().then(2, plateau)))
        .schedule_steps(Cosine::new(40).unwrap())
        .hook(Penalty::l2(1e-3).unwrap())
        .hook(ClipNorm::new(1.0).unwrap())
        .metric(MeanAbsoluteError)
}

/// Copies the checkpoint before each step: it is the one that the step before wrote.
struct Copier {
    from: PathBuf,
    copies: PathBuf,
    count: usize,
}

impl<F: Float> Observer<F> for Copier {
    fn step(&mut self, _: usize, _: F) -> ControlFlow<()> {
        if self.from.exists() {
            std::fs::copy(&self.from, self.copies.join(self.count.to_string())).unwrap();
            self.count += 1;
        }
        ControlFlow::Continue(())
    }

    fn epoch(&mut self, _: &Network<F>, _: &EpochRecord) -> ControlFlow<()> {
        Observer::<F>::step(self, 0, F::zero())
    }
}

/// Runs a fit that writes a checkpoint at every step, then goes on from each of them.
fn goes_on_from_every_step<F: Float>(name: &str) {
    let folder = Folder::new(&format!("resume-{name}-{}", size_of::<F>()));
    let path = folder.0.join("run.safetensors");
    let copies = folder.0.join("copies");
    std::fs::create_dir(&copies).unwrap();
    let (data, validation) = (dataset::<F>(23, 0), dataset(11, 4));
    let mut straight = network::<F>();
    let copier = Copier { from: path.clone(), copies: copies.clone(), count: 0 };
    let history = trainer(&validation, 5)
        .checkpoint(&path, Interval::Steps(1))
        .observer(copier)
        .fit(&mut straight, &data, &Mse, &mut *rule(name))
        .unwrap();
    let bytes = straight.to_bytes().unwrap();
    let count = std::fs::read_dir(&copies).unwrap().count();
    assert!(count > 20, "{name}: {count} checkpoints");
    for index in 0..count {
        let mut network = network::<F>();
        let mut rule = rule(name);
        let rate = rule.learning_rate();
        let mut trainer = trainer(&validation, 5);
        let resumed = trainer.resume(copies.join(index.to_string()), &mut network, &data, &Mse, &mut *rule).unwrap();
        assert_eq!(resumed, history, "{name}, checkpoint {index}");
        assert_eq!(network.to_bytes().unwrap(), bytes, "{name}, checkpoint {index}");
        assert_eq!(rule.learning_rate(), rate);
    }
}

#[test]
fn every_rule_goes_on_from_every_step_to_the_same_bits() {
    for name in RULES {
        goes_on_from_every_step::<f32>(name);
        goes_on_from_every_step::<f64>(name);
    }
}

#[test]
fn a_fit_that_ended_early_is_resumed_with_its_best_weights() {
    let folder = Folder::new("resume-ended");
    let path = folder.0.join("run.safetensors");
    let (data, validation) = (dataset::<f64>(20, 0), dataset(9, 7));
    let run = |resumes: bool, epochs| {
        let mut network = network();
        let mut trainer = trainer(&validation, epochs).checkpoint(&path, Interval::Epochs(2));
        let (loss, mut rule) = (Mse, Momentum::new(0.05, 0.9).unwrap());
        let history = if resumes {
            trainer.resume(&path, &mut network, &data, &loss, &mut rule)
        } else {
            trainer.fit(&mut network, &data, &loss, &mut rule)
        };
        (network, history.unwrap())
    };
    let ended = run(false, 100);
    assert_eq!(ended.1.ending(), Some(Ending::EarlyStopping));
    assert_eq!(run(true, 100), ended);
}

#[test]
fn more_epochs_go_on_as_if_they_had_been_asked_for_at_once() {
    let folder = Folder::new("resume-more");
    let path = folder.0.join("run.safetensors");
    let data = dataset::<f32>(20, 0);
    let run = |resumes: bool, epochs| {
        let mut network = network();
        let mut trainer = Trainer::new(epochs).checkpoint(&path, Interval::Epochs(5)).batch_size(7);
        let (loss, mut rule) = (Mse, Adam::new(0.01).unwrap());
        let history = if resumes {
            trainer.resume(&path, &mut network, &data, &loss, &mut rule)
        } else {
            trainer.fit(&mut network, &data, &loss, &mut rule)
        };
        (network, history.unwrap())
    };
    run(false, 3);
    let longer = run(true, 8);
    assert_eq!(longer.1.ending(), Some(Ending::Completed));
    assert_eq!(longer, run(false, 8));
}

#[test]
fn an_observer_that_ends_a_fit_leaves_a_checkpoint_of_that_step() {
    struct After(usize);
    impl Observer<f32> for After {
        fn step(&mut self, _: usize, _: f32) -> ControlFlow<()> {
            self.0 -= 1;
            if self.0 == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }
        fn epoch(&mut self, _: &Network<f32>, _: &EpochRecord) -> ControlFlow<()> {
            ControlFlow::Continue(())
        }
    }
    let folder = Folder::new("resume-observer");
    let path = folder.0.join("run.safetensors");
    let data = dataset::<f32>(20, 0);
    let mut straight = network();
    // Some of the steps end within a group of batches.
    let new = || Trainer::new(4).batch_size(4).accumulate(3).checkpoint(&path, Interval::Epochs(100));
    let history = new().fit(&mut straight, &data, &Mse, &mut Nadam::new(0.01).unwrap()).unwrap();
    for steps in 1..20 {
        let mut stopped = network();
        let mut trainer = new().observer(After(steps));
        let cut = trainer.fit(&mut stopped, &data, &Mse, &mut Nadam::new(0.01).unwrap()).unwrap();
        assert_eq!(cut.ending(), Some(Ending::Observer));
        let mut resumed = network();
        let whole = new().resume(&path, &mut resumed, &data, &Mse, &mut Nadam::new(0.01).unwrap()).unwrap();
        assert_eq!((&resumed, &whole), (&straight, &history), "after {steps} steps");
    }
}

#[test]
fn a_checkpoint_is_a_network_too() {
    let folder = Folder::new("resume-network");
    let path = folder.0.join("run.safetensors");
    let mut trained = network();
    let mut trainer = Trainer::new(2).checkpoint(&path, Interval::Epochs(1));
    trainer.fit(&mut trained, &dataset(20, 0), &Mse, &mut Adam::new(0.01).unwrap()).unwrap();
    assert_eq!(Network::<f32>::load(&path).unwrap(), trained);
}

#[test]
fn another_setup_is_refused_and_named() {
    let folder = Folder::new("resume-refused");
    let path = folder.0.join("run.safetensors");
    let (data, validation) = (dataset::<f32>(20, 0), dataset(9, 7));
    let new = || Trainer::new(3).batch_size(4).validation(&validation).seed(2);
    let adam = || Adam::new(0.01).unwrap();
    let mut trained = network();
    new().checkpoint(&path, Interval::Steps(3)).fit(&mut trained, &data, &Mse, &mut adam()).unwrap();

    let refuse = |what: &str,
                  mut trainer: Trainer<'_, f32>,
                  mut network: Network<f32>,
                  data: &Dataset<f32>,
                  loss: &dyn Loss<f32>,
                  mut rule: Adam| {
        let before = (network.clone(), rule.clone());
        let error = trainer.resume(&path, &mut network, data, loss, &mut rule).unwrap_err().to_string();
        assert!(error.contains(what) && error.starts_with("Trainer::resume: expected"), "{what}: {error}");
        assert_eq!((network, rule), before, "{what}");
        assert!(trainer.history().is_empty());
    };
    let small = Network::builder(4).dense(2, Identity).build().unwrap();
    let wider = Network::builder(4).dense(7, Tanh).dropout(0.3).batch_norm().activation(Gelu::Exact);
    let wider = wider.residual(|block| block.layer_norm().dense(7, Relu)).dense(2, Identity).build().unwrap();
    refuse("number of layers: 6", new(), small, &data, &Mse, adam());
    refuse("layer 0 of the network", new(), wider, &data, &Mse, adam());
    refuse("data Sample { rows: 20", new(), network(), &dataset(21, 0), &Mse, adam());
    refuse("data Sample { rows: 20", new(), network(), &dataset(20, 1), &Mse, adam());
    refuse(
        "has_weights: true",
        new(),
        network(),
        &Dataset::new(data.inputs().to_owned(), data.targets().to_owned()).unwrap(),
        &Mse,
        adam(),
    );
    refuse("the loss", new(), network(), &data, &Mae, adam());
    refuse("the optimizer", new(), network(), &data, &Mse, Adam::new(0.02).unwrap());
    refuse("the optimizer", new(), network(), &data, &Mse, adam().betas(0.8, 0.999));
    refuse("a batch size of 4", new().batch_size(5), network(), &data, &Mse, adam());
    refuse("the seed 2", new().seed(3), network(), &data, &Mse, adam());
    refuse("shuffling: true", new().in_order(), network(), &data, &Mse, adam());
    refuse("batches to accumulate: 1", new().accumulate(2), network(), &data, &Mse, adam());
    refuse("dropping of the last batch: false", new().drop_last(), network(), &data, &Mse, adam());
    refuse("the hooks", new().hook(Penalty::l2(0.1).unwrap()), network(), &data, &Mse, adam());
    refuse("the metrics", new().metric(MeanAbsoluteError), network(), &data, &Mse, adam());
    refuse("the schedules", new().schedule_epochs(Cosine::new(9).unwrap()), network(), &data, &Mse, adam());
    refuse("early stopping", new().early_stopping(EarlyStopping::new(2).unwrap()), network(), &data, &Mse, adam());
    let other = dataset(9, 6);
    refuse("validation data", Trainer::new(3).batch_size(4).validation(&other).seed(2), network(), &data, &Mse, adam());
    refuse("validation data", Trainer::new(3).batch_size(4).seed(2), network(), &data, &Mse, adam());

    let mut wrong = Network::<f64>::builder(4).dense(2, Identity).build().unwrap();
    let mut trainer = Trainer::new(3);
    let error = trainer.resume(&path, &mut wrong, &dataset(20, 0), &Mse, &mut adam()).unwrap_err().to_string();
    assert!(error.contains("the precision \"f32\""), "{error}");
}

#[test]
fn a_checkpoint_that_cannot_be_written_interrupts_the_fit() {
    let data = dataset::<f32>(20, 0);
    for path in ["/dev/full", "/nowhere/run.safetensors"].map(Path::new) {
        let mut network = network();
        let mut trainer = Trainer::new(3).checkpoint(path, Interval::Steps(1));
        let error = trainer.fit(&mut network, &data, &Mse, &mut Adam::new(0.01).unwrap()).unwrap_err();
        assert!(matches!(error, Error::Interrupted { epoch: 1, .. }), "{error}");
        assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
    }
    // After a whole epoch, which stays.
    let (mut cut, mut whole) = (network(), network());
    let mut trainer = Trainer::new(3).checkpoint("/dev/full", Interval::Epochs(1));
    let error = trainer.fit(&mut cut, &data, &Mse, &mut Adam::new(0.01).unwrap()).unwrap_err();
    assert!(matches!(error, Error::Interrupted { epoch: 1, batch: 1, .. }), "{error}");
    let history = Trainer::new(1).fit(&mut whole, &data, &Mse, &mut Adam::new(0.01).unwrap()).unwrap();
    assert_eq!((cut, trainer.history().epochs()), (whole, history.epochs()));
    for every in [Interval::Steps(0), Interval::Epochs(0)] {
        let mut trainer = Trainer::new(3).checkpoint("never", every);
        let error = trainer.fit(&mut network(), &data, &Mse, &mut Adam::new(0.01).unwrap()).unwrap_err().to_string();
        assert!(error.starts_with("Trainer::checkpoint: "), "{error}");
    }
}
