//! [`Solver`]: the rule that trains an estimator, and its options.

use crate::training::hook::Penalty;
use crate::{Adagrad, Adam, AdamW, Float, Lbfgs, Momentum, Nadam, Optimizer, Result, RmsProp, Rprop, Sgd};

/// The rule that trains an estimator; its options are those of [`SolverOptions`] that are named here.
///
/// ```
/// use feedforward::estimator::{Settings, Solver};
/// let settings = Settings { solver: Solver::Lbfgs, epochs: 500, ..Settings::default() };
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Solver {
    /// [`Adam`]: `beta1`, `beta2`, `epsilon`.
    #[default]
    Adam,
    /// [`Momentum`]: `momentum`.
    Momentum,
    /// [`Lbfgs`]: the best one for up to some thousand rows. It takes all rows at once and needs no learning rate:
    /// batch size, schedule, clipping and early stopping do not apply. `memory`, `tolerance`.
    Lbfgs,
    /// [`AdamW`]: `beta1`, `beta2`, `epsilon`, `weight_decay`.
    AdamW,
    /// [`Nadam`]: `beta1`, `beta2`, `epsilon`.
    Nadam,
    /// [`Momentum::nesterov`]: `momentum`.
    Nesterov,
    /// [`Sgd`], without options.
    Sgd,
    /// [`RmsProp`]: `rho`, `epsilon`.
    RmsProp,
    /// [`Adagrad`]: `epsilon`.
    Adagrad,
    /// [`Rprop`], without options; for a batch size of all rows.
    Rprop,
}

/// The options of the solvers. Each solver takes those that [`Solver`] names, and has no use for the others.
///
/// ```
/// use feedforward::estimator::{Settings, Solver, SolverOptions};
/// let solver_options = SolverOptions { momentum: 0.95, ..SolverOptions::default() };
/// let settings = Settings { solver: Solver::Nesterov, solver_options, learning_rate: 0.01, ..Settings::default() };
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
pub struct SolverOptions {
    /// The share of the last step that is kept; 0.9 by default.
    #[cfg_attr(feature = "serde", serde(with = "crate::serialize::number"))]
    pub momentum: f64,
    /// The decay of the mean of the gradients; 0.9 by default.
    #[cfg_attr(feature = "serde", serde(with = "crate::serialize::number"))]
    pub beta1: f64,
    /// The decay of the mean of their squares; 0.999 by default.
    #[cfg_attr(feature = "serde", serde(with = "crate::serialize::number"))]
    pub beta2: f64,
    /// The decay of the mean of the squares in [`RmsProp`]; 0.99 by default.
    #[cfg_attr(feature = "serde", serde(with = "crate::serialize::number"))]
    pub rho: f64,
    /// What keeps a division from being one by zero; `None`, the default, takes that of the rule.
    #[cfg_attr(feature = "serde", serde(with = "crate::serialize::optional_number"))]
    pub epsilon: Option<f64>,
    /// The share of the weights that [`AdamW`] takes away, times the learning rate; 0.01 by default.
    #[cfg_attr(feature = "serde", serde(with = "crate::serialize::number"))]
    pub weight_decay: f64,
    /// Steps that [`Lbfgs`] remembers; 10 by default.
    pub memory: usize,
    /// The share of the first gradient at which [`Lbfgs`] ends; 1e-7 by default.
    #[cfg_attr(feature = "serde", serde(with = "crate::serialize::number"))]
    pub tolerance: f64,
}

impl Default for SolverOptions {
    fn default() -> Self {
        Self {
            momentum: 0.9,
            beta1: 0.9,
            beta2: 0.999,
            rho: 0.99,
            epsilon: None,
            weight_decay: 0.01,
            memory: 10,
            tolerance: 1e-7,
        }
    }
}

/// What moves the weights: a rule of mini-batches, or a method of its own.
#[derive(Debug)]
pub(super) enum Method<F: Float> {
    Batches(Box<dyn Optimizer<F>>),
    Lbfgs(Lbfgs<'static>),
}

impl Solver {
    /// Makes the rule with this learning rate and these options.
    pub(super) fn make<F: Float>(self, rate: f64, options: &SolverOptions, penalty: &Penalty) -> Result<Method<F>> {
        let SolverOptions { momentum, beta1, beta2, rho, weight_decay, memory, tolerance, epsilon } = *options;
        macro_rules! with_epsilon {
            ($rule:expr) => {{
                let rule = $rule;
                match epsilon {
                    Some(epsilon) => Box::new(rule.epsilon(epsilon)),
                    None => Box::new(rule),
                }
            }};
        }
        Ok(Method::Batches(match self {
            Self::Adam => with_epsilon!(Adam::new(rate)?.betas(beta1, beta2)),
            Self::AdamW => with_epsilon!(AdamW::new(rate)?.betas(beta1, beta2).weight_decay(weight_decay)),
            Self::Nadam => with_epsilon!(Nadam::new(rate)?.betas(beta1, beta2)),
            Self::RmsProp => with_epsilon!(RmsProp::new(rate)?.rho(rho)),
            Self::Adagrad => with_epsilon!(Adagrad::new(rate)?),
            Self::Momentum => Box::new(Momentum::new(rate, momentum)?),
            Self::Nesterov => Box::new(Momentum::nesterov(rate, momentum)?),
            Self::Sgd => Box::new(Sgd::new(rate)?),
            Self::Rprop => Box::new(Rprop::new(rate)?),
            Self::Lbfgs => {
                return Ok(Method::Lbfgs(Lbfgs::new().memory(memory).tolerance(tolerance).penalty(penalty.clone())));
            }
        }))
    }
}
