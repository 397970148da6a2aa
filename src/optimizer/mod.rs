//! [`Optimizer`]: how a gradient moves a parameter; one rule per file.

mod adagrad;
mod adam;
mod momentum;
mod nadam;
mod rms_prop;
mod rprop;
mod sgd;

pub use adagrad::Adagrad;
pub use adam::{Adam, AdamW};
pub use momentum::Momentum;
pub use nadam::Nadam;
pub use rms_prop::RmsProp;
pub use rprop::Rprop;
pub use sgd::Sgd;

use crate::error::at_least_zero;
use crate::{Error, Float, Parameter, Result};
use std::fmt::Debug;

/// A rule that moves a parameter along its gradient.
///
/// The rule holds hyperparameters alone; what it remembers of a parameter lives in that parameter, see
/// [`Parameter::step`]. One optimizer serves any number of layers and networks. A rule of one's own is one method and
/// the learning rate:
///
/// ```
/// use feedforward::{Float, Optimizer, Parameter, Result, Update};
///
/// /// w -= η sign(g)
/// #[derive(Debug)]
/// struct SignSgd<F> {
///     learning_rate: F,
/// }
///
/// impl<F: Float> Optimizer<F> for SignSgd<F> {
///     fn step(&mut self, parameter: &mut Parameter<F>) {
///         let rate = self.learning_rate;
///         parameter.step("SignSgd", |Update { value, gradient, .. }: Update<'_, F, 0>| {
///             for (value, gradient) in value.iter_mut().zip(gradient) {
///                 *value -= rate * gradient.signum();
///             }
///         });
///     }
///     fn learning_rate(&self) -> F {
///         self.learning_rate
///     }
///     fn set_learning_rate(&mut self, rate: F) -> Result<()> {
///         self.learning_rate = rate;
///         Ok(())
///     }
/// }
/// ```
pub trait Optimizer<F: Float>: Debug + Send {
    /// Moves one parameter along its gradient.
    ///
    /// ```
    /// use feedforward::{Optimizer, Parameter, Sgd};
    /// let mut bias = Parameter::bias(ndarray::array![[1.0]]);
    /// bias.gradient_mut().fill(-1.0);
    /// Sgd::new(0.5)?.step(&mut bias);
    /// assert_eq!(bias.values(), [1.5]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    fn step(&mut self, parameter: &mut Parameter<F>);

    /// The learning rate η.
    ///
    /// ```
    /// use feedforward::{Optimizer, Sgd};
    /// assert_eq!(Sgd::new(0.5)?.learning_rate(), 0.5);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    fn learning_rate(&self) -> F;

    /// Changes the learning rate, at any time.
    ///
    /// # Errors
    /// When the rate is negative or not finite; it is then as it was.
    ///
    /// ```
    /// use feedforward::{Optimizer, Sgd};
    /// let mut sgd = Sgd::new(0.5)?;
    /// sgd.set_learning_rate(0.05)?;
    /// assert!(sgd.set_learning_rate(f64::NAN).is_err());
    /// assert_eq!(sgd.learning_rate(), 0.05);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    fn set_learning_rate(&mut self, rate: F) -> Result<()>;
}

/// A learning rate that can be used: finite and not negative.
pub(crate) fn learning_rate<F: Float>(operation: &'static str, rate: F) -> Result<F> {
    // Schedules come here at every step.
    if rate.is_finite() && rate >= F::zero() {
        return Ok(rate);
    }
    // Through text, so that an f32 of -0.1 is reported as -0.1.
    let found = rate.to_string().parse().unwrap_or(rate.widen());
    at_least_zero(operation, "learning_rate", found).map(|_| rate)
}

/// A coefficient of a running average: from 0 to below 1.
pub(crate) fn decay(operation: &'static str, name: &'static str, found: f64) -> Result<f64> {
    if (0.0..1.0).contains(&found) {
        return Ok(found);
    }
    Err(Error::Hyperparameter { operation, name, expected: "a number >= 0 and < 1", found })
}

/// What keeps a division from being one by zero: with an epsilon of zero, a weight without gradient would become 0 / 0.
pub(crate) fn epsilon<F: Float>(operation: &'static str, found: f64) -> Result<f64> {
    let rounded = F::from_f64(found);
    if rounded.is_finite() && rounded > F::zero() {
        return Ok(found);
    }
    let expected = "a finite number > 0 in the precision of the weights";
    Err(Error::Hyperparameter { operation, name: "epsilon", expected, found })
}
