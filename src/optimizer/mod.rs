//! [`Optimizer`]: how a gradient moves a parameter; one rule per file.

/// Adds the learning rate to a rule: a getter and a checked setter that need not know the precision of the weights.
macro_rules! learning_rate {
    ($rule:ident, $($field:ident).+) => {
        impl $rule {
            /// Returns the learning rate η.
            pub fn learning_rate(&self) -> f64 {
                self.$($field).+
            }

            /// Sets the learning rate η; this is allowed at any time.
            ///
            /// # Errors
            /// When the rate is negative or not finite; the rate is then unchanged.
            pub fn set_learning_rate(&mut self, rate: f64) -> crate::Result<()> {
                self.$($field).+ = crate::check::finite_at_least_zero(stringify!($rule), "learning_rate", rate)?;
                Ok(())
            }
        }
    };
}

/// Forwards the learning rate of [`Optimizer`] to the methods that `learning_rate!` adds.
macro_rules! forward_learning_rate {
    () => {
        fn learning_rate(&self) -> f64 {
            // The method of the type, which takes precedence over the trait's.
            Self::learning_rate(self)
        }

        fn set_learning_rate(&mut self, rate: f64) -> crate::Result<()> {
            Self::set_learning_rate(self, rate)
        }
    };
}

mod adagrad;
mod adam;
mod adam_w;
mod momentum;
mod nadam;
mod rms_prop;
mod rprop;
mod sgd;

pub use adagrad::Adagrad;
pub use adam::Adam;
pub use adam_w::AdamW;
pub use momentum::Momentum;
pub use nadam::Nadam;
pub use rms_prop::RmsProp;
pub use rprop::Rprop;
pub use sgd::Sgd;

use crate::{Float, Parameter, Result};
use std::fmt::Debug;

/// A rule that moves a parameter along its gradient.
///
/// The rule holds hyperparameters only; what it remembers of a parameter is stored in that parameter, see
/// [`Parameter::step`]. One optimizer therefore serves any number of layers and networks, of either precision. Your
/// own rule is one method and the learning rate:
///
/// ```
/// use feedforward::error::Result;
/// use feedforward::parameter::Update;
/// use feedforward::{Float, Optimizer, Parameter};
///
/// /// Steps w -= η sign(g).
/// #[derive(Debug)]
/// struct SignSgd {
///     learning_rate: f64,
/// }
///
/// impl<F: Float> Optimizer<F> for SignSgd {
///     fn step(&mut self, parameter: &mut Parameter<F>) {
///         let rate = F::from_f64(self.learning_rate);
///         parameter.step("SignSgd", |Update { value, gradient, .. }: Update<'_, F, 0>| {
///             for (value, gradient) in value.iter_mut().zip(gradient) {
///                 *value -= rate * gradient.signum();
///             }
///         });
///     }
///     fn learning_rate(&self) -> f64 {
///         self.learning_rate
///     }
///     fn set_learning_rate(&mut self, rate: f64) -> Result<()> {
///         self.learning_rate = rate;
///         Ok(())
///     }
/// }
///
/// let mut weight = Parameter::weight(ndarray::array![[1.0_f32]]);
/// weight.gradient_mut().fill(-3.0);
/// SignSgd { learning_rate: 0.5 }.step(&mut weight);
/// assert_eq!(weight.values(), [1.5]);
/// ```
pub trait Optimizer<F: Float>: Debug + Send {
    /// Moves one parameter along its gradient.
    fn step(&mut self, parameter: &mut Parameter<F>);

    /// Returns the learning rate η.
    fn learning_rate(&self) -> f64;

    /// Sets the learning rate η; this is allowed at any time.
    ///
    /// # Errors
    /// When the rate is negative or not finite; the rate is then unchanged.
    fn set_learning_rate(&mut self, rate: f64) -> Result<()>;

    /// Checks the hyperparameters; `train_step` and `fit` call it before anything changes.
    ///
    /// # Errors
    /// When an option is out of its range.
    fn check(&self) -> Result<()> {
        Ok(())
    }
}
