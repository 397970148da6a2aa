//! [`Settings`]: how an estimator is built and trained.

use super::{RateSchedule, RegressionLoss, Scoring, Solver, SolverOptions};
use crate::training::hook::{ClipNorm, ClipValue, Penalty};
use crate::{Activation, AnyActivation, Dense, Float, Identity, Initializer, Network, Result, Trainer};

/// The settings of classifiers and regressors: layers, rule, length of the training, seed.
///
/// By default one hidden layer of 100 ReLUs, trained by [`Adam`](crate::Adam) with a learning rate of 0.001 on batches
/// of 32 for at most 200 epochs, with an L2 penalty. From 1,000 rows on a tenth is held out, and training stops early
/// when its loss has not improved for 20 epochs. With fewer rows the loss of a tenth says little: all rows are trained
/// on, until the training loss has converged. Inputs are scaled to mean 0 and deviation 1 (constant columns to 0). The
/// names are scikit-learn's where it has the same thing.
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
    /// family (those that [start with](Activation::initializer) `HeNormal` elsewhere), and for the others what suits
    /// each layer's activation.
    pub start: Option<Initializer>,
    /// The rate of [`Dropout`](crate::layer::Dropout) behind each hidden layer; 0 for none.
    #[cfg_attr(feature = "serde", serde(with = "crate::serialize::number"))]
    pub dropout: f64,
    /// Whether a [`BatchNorm`](crate::layer::BatchNorm) stands in each hidden layer before its activation.
    pub batch_norm: bool,
    /// The rule that moves the weights.
    pub solver: Solver,
    /// The options of the rule.
    pub solver_options: SolverOptions,
    /// The learning rate; [`Solver::Lbfgs`] needs none.
    #[cfg_attr(feature = "serde", serde(with = "crate::serialize::number"))]
    pub learning_rate: f64,
    /// How the learning rate changes from epoch to epoch.
    pub schedule: RateSchedule,
    /// The factor of an L1 penalty on the weights, as for [`Penalty::elastic`].
    #[cfg_attr(feature = "serde", serde(with = "crate::serialize::number"))]
    pub l1: f64,
    /// The factor λ of an L2 penalty on the weights, as for [`Penalty::l2`]. `None`, the default, takes 6 / rows, at
    /// most 0.03, for [`Solver::Adam`], and no penalty for the others and in `partial_fit`, which sees a part of the
    /// rows.
    #[cfg_attr(feature = "serde", serde(with = "crate::serialize::optional_number"))]
    pub l2: Option<f64>,
    /// The limit of the gradients, if there is one.
    pub clipping: Option<Clipping>,
    /// Rows in a batch; [`Solver::Lbfgs`] takes all rows.
    pub batch_size: usize,
    /// Most epochs; most steps of [`Solver::Lbfgs`].
    pub epochs: usize,
    /// Epochs in a row without improvement on the held-out rows before training stops. With fewer than 1,000 rows none
    /// are held out, unless [`stop_on`](Self::stop_on) names a score: training stops when the training loss has not
    /// fallen by 0.0001 for 10 epochs in a row, as in scikit-learn. `None` trains on all rows to the last epoch, as
    /// [`Solver::Lbfgs`] does.
    pub patience: Option<usize>,
    /// The share of the rows that is held out to stop on; of classes, each in its proportion.
    #[doc(alias = "validation_fraction")]
    #[cfg_attr(feature = "serde", serde(with = "crate::serialize::number"))]
    pub validation_share: f64,
    /// The score of the held-out rows that must improve, one of those that [`Scoring`] names for what is predicted;
    /// `None` for the loss. A [`Regressor`](crate::Regressor) scores the numbers as it learns them, scaled to mean 0
    /// and deviation 1.
    pub stop_on: Option<Scoring>,
    /// What a [`Regressor`](crate::Regressor) is trained on; classifiers have their own loss and refuse another one.
    pub loss: RegressionLoss,
    /// The seed of all randomness.
    pub seed: u64,
}

/// The limit of the gradients in a step.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Clipping {
    /// Of their norm over all parameters: [`ClipNorm`].
    Norm(#[cfg_attr(feature = "serde", serde(with = "crate::serialize::number"))] f64),
    /// Of each number: [`ClipValue`].
    Value(#[cfg_attr(feature = "serde", serde(with = "crate::serialize::number"))] f64),
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            hidden: vec![100],
            activation: AnyActivation::default(),
            start: None,
            dropout: 0.0,
            batch_norm: false,
            solver: Solver::default(),
            solver_options: SolverOptions::default(),
            learning_rate: 0.001,
            schedule: RateSchedule::default(),
            l1: 0.0,
            l2: None,
            clipping: None,
            batch_size: 32,
            epochs: 200,
            patience: Some(20),
            validation_share: 0.1,
            stop_on: None,
            loss: RegressionLoss::default(),
            seed: 0,
        }
    }
}

impl Settings {
    /// Builds the network that is trained.
    pub(super) fn network<F: Float>(&self, inputs: usize, outputs: usize) -> Result<Network<F>> {
        let mut builder = Network::builder(inputs).seed(self.seed);
        let activation = self.activation;
        let of_activation = Activation::<F>::initializer(&activation);
        let start = self.start.or((of_activation == Initializer::HeNormal).then_some(Initializer::TorchLinear));
        let initializer = start.unwrap_or(of_activation);
        for &size in &self.hidden {
            builder = if self.batch_norm {
                // The shift of the normalization takes the place of the bias.
                let dense =
                    move |inputs, rng: &mut _| Ok(Dense::new(inputs, size, Identity, initializer, rng)?.without_bias());
                builder.layer(dense).batch_norm().activation(activation)
            } else {
                builder.dense_with(size, activation, initializer)
            };
            if self.dropout != 0.0 {
                builder = builder.dropout(self.dropout);
            }
        }
        builder.dense_with(outputs, Identity, start.unwrap_or(Initializer::GlorotUniform)).build()
    }

    /// Makes the penalty of a fit on this many rows.
    pub(super) fn penalty(&self, rows: usize) -> Result<Penalty> {
        // A prior of constant strength beside a mean over the rows; the limit lets few rows be learned exactly.
        let usual = if self.solver == Solver::Adam { (6.0 / rows as f64).min(0.03) } else { 0.0 };
        Penalty::elastic(self.l1, self.l2.unwrap_or(usual))
    }

    /// Makes the penalty of a pass over a part of the rows.
    pub(super) fn penalty_of_part(&self) -> Result<Penalty> {
        Penalty::elastic(self.l1, self.l2.unwrap_or(0.0))
    }

    /// Makes the trainer of this many epochs, with this penalty and clipping.
    pub(super) fn trainer<'a, F: Float>(&self, epochs: usize, penalty: Penalty) -> Result<Trainer<'a, F>> {
        let trainer = Trainer::new(epochs).batch_size(self.batch_size).seed(self.seed).hook(penalty);
        Ok(match self.clipping {
            None => trainer,
            Some(Clipping::Norm(limit)) => trainer.hook(ClipNorm::new(limit)?),
            Some(Clipping::Value(limit)) => trainer.hook(ClipValue::new(limit)?),
        })
    }

    /// Returns whether these settings make the same layers.
    pub(super) fn same_layers(&self, other: &Self) -> bool {
        let layers =
            |settings: &Self| (settings.hidden.clone(), settings.activation, settings.dropout, settings.batch_norm);
        layers(self) == layers(other)
    }
}
