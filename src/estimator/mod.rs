//! [`Classifier`] and [`Regressor`]: tables in two lines; and their [`Settings`].

mod classifier;
#[cfg(feature = "safetensors")]
mod files;
#[cfg(feature = "onnx")]
mod onnx;
mod regressor;

pub use classifier::Classifier;
pub use regressor::Regressor;

use crate::training::hook::Penalty;
use crate::{
    Activation, Adam, AnyActivation, Dataset, EarlyStopping, Float, History, Identity, Initializer, Lbfgs, Loss,
    Momentum, Network, Optimizer, Result, Trainer,
};

/// The settings of classifiers and regressors: sizes, rule, seed, length of the training.
///
/// By default one hidden layer of 100 ReLUs, trained by [`Adam`] with a learning rate of 0.001 on batches of 32 for at
/// most 200 epochs, with an L2 penalty. From 1,000 rows on a tenth is held out, and training stops early when its loss
/// has not improved for 20 epochs. With fewer rows the loss of a tenth says little: all rows are trained on, until the
/// training loss has converged. Inputs are scaled to mean 0 and deviation 1 (constant columns to 0). The names are
/// scikit-learn's where it has the same thing.
///
/// ```
/// use feedforward::estimator::{Settings, Solver};
/// use feedforward::Regressor;
/// use ndarray::{Array1, Array2};
///
/// let inputs = Array2::from_shape_fn((30, 1), |(row, _)| row as f64 / 10.0);
/// let numbers = Array1::from_shape_fn(30, |row| (inputs[[row, 0]]).sin());
/// let settings = Settings { hidden: vec![10], solver: Solver::Lbfgs, ..Settings::default() };
/// assert!(Regressor::fit_with(&settings, &inputs, &numbers)?.score(&inputs, &numbers)? > 0.99);
/// # Ok::<(), feedforward::Error>(())
/// ```
///
/// With the feature `serde` they can be written by hand: what is missing takes its default, an unknown name is an
/// error, and an activation without settings is its name. A fit checks the values.
///
/// ```
/// # #[cfg(feature = "serde")] {
/// use feedforward::estimator::Settings;
///
/// let text = r#"{"hidden": [32, 16], "activation": "tanh", "solver": "lbfgs", "epochs": 500}"#;
/// let settings: Settings = serde_json::from_str(text)?;
/// assert_eq!((settings.hidden, settings.batch_size), (vec![32, 16], 32));
///
/// let error = serde_json::from_str::<Settings>(r#"{"epoch": 500}"#).unwrap_err().to_string();
/// assert!(error.starts_with("unknown field `epoch`, expected one of `hidden`, `activation`,"), "{error}");
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
#[doc = include_str!("defaults.md")]
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
pub struct Settings {
    /// Sizes of the hidden layers.
    pub hidden: Vec<usize>,
    /// The activation of the hidden layers.
    pub activation: AnyActivation,
    /// The start of all layers. `None`, the default, takes [`Initializer::TorchLinear`] for activations of the ReLU
    /// family (those that [start with](crate::Activation::initializer) `HeNormal` elsewhere), and for the others what
    /// suits each layer's activation.
    pub start: Option<Initializer>,
    /// The rule that moves the weights.
    pub solver: Solver,
    /// The learning rate; [`Solver::Lbfgs`] needs none.
    pub learning_rate: f64,
    /// The factor λ of an L2 penalty on the weights, as for [`Penalty::l2`]. `None`, the default, takes 6 / rows, at
    /// most 0.03, for [`Solver::Adam`], and no penalty for the others.
    pub l2: Option<f64>,
    /// Rows in a batch; [`Solver::Lbfgs`] takes all rows.
    pub batch_size: usize,
    /// Most epochs; most steps of [`Solver::Lbfgs`].
    pub epochs: usize,
    /// Epochs in a row without improvement on the held-out rows before training stops. With fewer than 1,000 rows none
    /// are held out: training stops when the training loss has not fallen by 0.0001 for 10 epochs in a row, as in
    /// scikit-learn. `None` trains on all rows to the last epoch, as [`Solver::Lbfgs`] does.
    pub patience: Option<usize>,
    /// The seed of all randomness.
    pub seed: u64,
}

/// The rule that trains an estimator.
///
/// ```
/// use feedforward::estimator::{Settings, Solver};
/// let settings = Settings { solver: Solver::Lbfgs, epochs: 500, ..Settings::default() };
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Solver {
    /// [`Adam`].
    #[default]
    Adam,
    /// [`Momentum`] of 0.9.
    Momentum,
    /// [`Lbfgs`]: the best one for up to some thousand rows.
    Lbfgs,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            hidden: vec![100],
            activation: AnyActivation::default(),
            start: None,
            solver: Solver::default(),
            learning_rate: 0.001,
            l2: None,
            batch_size: 32,
            epochs: 200,
            patience: Some(20),
            seed: 0,
        }
    }
}

/// Rows from which on a tenth is held out for early stopping: see the experiment in `defaults.md`.
const ROWS_TO_HOLD_OUT: usize = 1_000;

/// Training on fewer rows has converged when the loss has not fallen by the second number in as many epochs as the
/// first: `n_iter_no_change` and `tol` of scikit-learn.
const CONVERGENCE: (usize, f64) = (10, 1e-4);

/// A way to split data in two: see [`Dataset::split`].
type Split<F> = fn(&Dataset<F>, f64, u64) -> Result<(Dataset<F>, Dataset<F>)>;

impl Settings {
    /// Builds and trains a network for these data; `split` holds out a part of them for early stopping.
    fn train<F: Float>(&self, data: &Dataset<F>, loss: &dyn Loss<F>, split: Split<F>) -> Result<(Network<F>, History)> {
        let mut network = self.network(data.inputs().ncols(), data.targets().ncols())?;
        let (penalty, rate) = (Penalty::l2(self.l2_of(data.len()))?, self.learning_rate);
        let mut rule: Box<dyn Optimizer<F>> = match self.solver {
            Solver::Adam => Box::new(Adam::new(rate)?),
            Solver::Momentum => Box::new(Momentum::new(rate, 0.9)?),
            Solver::Lbfgs => {
                let history = Lbfgs::new().penalty(penalty).fit(&mut network, data, loss, self.epochs)?;
                return Ok((network, history));
            }
        };
        let stopping = self.patience.map(EarlyStopping::new).transpose()?;
        let mut trainer = Trainer::new(self.epochs).batch_size(self.batch_size).seed(self.seed).hook(penalty);
        let history = match stopping {
            Some(stopping) if data.len() >= ROWS_TO_HOLD_OUT => {
                let (train, validation) = split(data, 0.9, self.seed)?;
                let mut trainer = trainer.validation(&validation).early_stopping(stopping);
                trainer.fit(&mut network, &train, loss, &mut *rule)?
            }
            Some(_) => {
                let converged = EarlyStopping::new(CONVERGENCE.0)?.min_delta(CONVERGENCE.1);
                let mut trainer = trainer.early_stopping(converged.on_training_loss().keep_last());
                trainer.fit(&mut network, data, loss, &mut *rule)?
            }
            None => trainer.fit(&mut network, data, loss, &mut *rule)?,
        };
        Ok((network, history))
    }

    /// Returns the factor of the L2 penalty for this number of rows.
    fn l2_of(&self, rows: usize) -> f64 {
        // A prior of constant strength beside a mean over the rows; the limit lets few rows be learned exactly.
        let usual = if self.solver == Solver::Adam { (6.0 / rows as f64).min(0.03) } else { 0.0 };
        self.l2.unwrap_or(usual)
    }

    fn network<F: Float>(&self, inputs: usize, outputs: usize) -> Result<Network<F>> {
        let of_activation = Activation::<F>::initializer(&self.activation);
        let start = self.start.or((of_activation == Initializer::HeNormal).then_some(Initializer::TorchLinear));
        let empty = Network::builder(inputs).seed(self.seed);
        let hidden = self
            .hidden
            .iter()
            .fold(empty, |builder, &size| builder.dense_with(size, self.activation, start.unwrap_or(of_activation)));
        hidden.dense_with(outputs, Identity, start.unwrap_or(Initializer::GlorotUniform)).build()
    }
}
