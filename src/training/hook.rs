//! [`Hook`]: what happens between backward and update: penalties, clipping, constraints.

use crate::error::at_least_zero;
use crate::{Error, Float, Network, Parameter, Result, Role, kernel};
use std::fmt::Debug;

/// Something done to the gradients between backward and update, or to the weights after it.
///
/// Hooks run in the order they were added. The usual order is all-reduce, then penalties, then clipping. They should leave
/// parameters alone that are not [trainable](Parameter::is_trainable).
///
/// A batch whose rows all weigh nothing is no step: neither hooks nor the optimizer run for it, so that penalties and
/// momentum do not move the weights for data that count for nothing. A hook that waits for the same step in other processes
/// must be given data without such batches; drop the rows of weight 0 first.
///
/// ```
/// use feedforward::{Float, Hook, Network, Result};
///
/// /// Pulls every weight down by a constant.
/// #[derive(Debug)]
/// struct Downhill;
///
/// impl<F: Float> Hook<F> for Downhill {
///     fn after_backward(&mut self, network: &mut Network<F>) -> Result<F> {
///         for parameter in network.parameters_mut() {
///             parameter.gradients_mut().iter_mut().for_each(|gradient| *gradient += F::from_f64(1e-3));
///         }
///         Ok(F::zero())
///     }
/// }
/// ```
pub trait Hook<F: Float>: Debug + Send {
    /// Changes the gradients; returns what it adds to the loss.
    ///
    /// # Errors
    /// When it cannot do its work: the step is then not made, and the fit ends with [`Error::Interrupted`], which holds the error.
    ///
    /// ```
    /// use feedforward::{ClipValue, Hook, Identity, Network};
    /// let mut network = Network::<f64>::builder(1).dense_without_bias(1, Identity).build()?;
    /// network.parameters_mut().for_each(|parameter| parameter.gradient_mut().fill(-3.0));
    /// let added = ClipValue::new(0.5)?.after_backward(&mut network)?;
    /// assert_eq!((added, network.gradient_norm()), (0.0, 0.5));
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    fn after_backward(&mut self, _network: &mut Network<F>) -> Result<F> {
        Ok(F::zero())
    }

    /// Changes the weights after they were moved.
    ///
    /// ```
    /// use feedforward::{Hook, Identity, MaxNorm, Network};
    /// let mut network = Network::<f64>::builder(1).dense_without_bias(1, Identity).build()?;
    /// network.parameters_mut().for_each(|parameter| parameter.value_mut().fill(8.0));
    /// MaxNorm::new(2.0)?.after_update(&mut network);
    /// assert_eq!(network.parameters().next().unwrap().values(), [2.0]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    fn after_update(&mut self, _network: &mut Network<F>) {}
}

/// Adds l1 Σ|w| + l2/2 Σw² to the loss and l1 sign(w) + l2 w to the gradient; weights only, never biases.
///
/// Goodfellow et al. 2016, chapter 7. Nielsen's book divides by the number n of examples: his λ is l2 = λ / n here.
///
/// ```
/// use feedforward::Penalty;
/// let (ridge, lasso, elastic) = (Penalty::l2(1e-4)?, Penalty::l1(1e-5)?, Penalty::elastic(1e-5, 1e-4)?);
/// assert!(Penalty::l2(-1.0).is_err());
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Penalty {
    l1: f64,
    l2: f64,
}

impl Penalty {
    /// The lasso: l1 Σ|w|.
    ///
    /// # Errors
    /// When the factor is negative or not finite.
    ///
    /// ```
    /// assert_eq!(feedforward::Penalty::l1(1e-5)?, feedforward::Penalty::elastic(1e-5, 0.0)?);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn l1(l1: f64) -> Result<Self> {
        Self::elastic(l1, 0.0)
    }

    /// Weight decay, ridge: l2/2 Σw².
    ///
    /// # Errors
    /// When the factor is negative or not finite.
    ///
    /// ```
    /// assert_eq!(feedforward::Penalty::l2(1e-4)?, feedforward::Penalty::elastic(0.0, 1e-4)?);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn l2(l2: f64) -> Result<Self> {
        Self::elastic(0.0, l2)
    }

    /// Both, the elastic net: l1 Σ|w| + l2/2 Σw². Zou and Hastie 2005.
    ///
    /// # Errors
    /// When a factor is negative or not finite.
    ///
    /// ```
    /// assert!(feedforward::Penalty::elastic(1e-5, 1e-4).is_ok());
    /// assert!(feedforward::Penalty::elastic(1e-5, f64::NAN).is_err());
    /// ```
    pub fn elastic(l1: f64, l2: f64) -> Result<Self> {
        Ok(Self { l1: at_least_zero("Penalty", "l1", l1)?, l2: at_least_zero("Penalty", "l2", l2)? })
    }
}

impl<F: Float> Hook<F> for Penalty {
    fn after_backward(&mut self, network: &mut Network<F>) -> Result<F> {
        let (l1, l2) = (F::from_f64(self.l1), F::from_f64(self.l2));
        let mut added = 0.0;
        for parameter in weights(network) {
            let (values, gradients) = parameter.values_and_gradients_mut();
            if self.l1 != 0.0 {
                added += self.l1 * kernel::sum_magnitudes(values);
                let sign = |w: F| if w == F::zero() { w } else { w.signum() };
                gradients.iter_mut().zip(&*values).for_each(|(gradient, &w)| *gradient += l1 * sign(w));
            }
            if self.l2 != 0.0 {
                added += 0.5 * self.l2 * kernel::sum_squares(values);
                gradients.iter_mut().zip(&*values).for_each(|(gradient, &w)| *gradient += l2 * w);
            }
        }
        Ok(F::from_f64(added))
    }
}

/// Shortens the gradient: g *= min(1, max / (‖g‖ + 1e-6)), ‖g‖ over all trained parameters together.
///
/// Pascanu et al. 2013; the same as PyTorch's `clip_grad_norm_`.
///
/// ```
/// assert!(feedforward::ClipNorm::new(1.0).is_ok());
/// assert!(feedforward::ClipNorm::new(0.0).is_err());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ClipNorm {
    largest: f64,
}

impl ClipNorm {
    /// To at most this norm.
    ///
    /// # Errors
    /// When it is not finite and above zero.
    ///
    /// ```
    /// assert!(feedforward::ClipNorm::new(1.0).is_ok());
    /// assert!(feedforward::ClipNorm::new(0.0).is_err());
    /// ```
    pub fn new(largest: f64) -> Result<Self> {
        Ok(Self { largest: above_zero("ClipNorm", "largest norm", largest)? })
    }
}

impl<F: Float> Hook<F> for ClipNorm {
    fn after_backward(&mut self, network: &mut Network<F>) -> Result<F> {
        let factor = self.largest / (network.gradient_norm() + 1e-6);
        if factor < 1.0 {
            let factor = F::from_f64(factor);
            let gradients = trained(network).flat_map(|parameter| parameter.gradients_mut());
            gradients.for_each(|gradient| *gradient *= factor);
        }
        Ok(F::zero())
    }
}

/// Clamps each number of the gradient to ±largest. The same as PyTorch's `clip_grad_value_`.
///
/// ```
/// assert!(feedforward::ClipValue::new(0.5).is_ok());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ClipValue {
    largest: f64,
}

impl ClipValue {
    /// To at most this size.
    ///
    /// # Errors
    /// When it is not finite and above zero.
    ///
    /// ```
    /// assert!(feedforward::ClipValue::new(0.5).is_ok());
    /// assert!(feedforward::ClipValue::new(0.0).is_err());
    /// ```
    pub fn new(largest: f64) -> Result<Self> {
        Ok(Self { largest: above_zero("ClipValue", "largest value", largest)? })
    }
}

impl<F: Float> Hook<F> for ClipValue {
    fn after_backward(&mut self, network: &mut Network<F>) -> Result<F> {
        let largest = F::from_f64(self.largest);
        let gradients = trained(network).flat_map(|parameter| parameter.gradients_mut());
        gradients.for_each(|gradient| *gradient = gradient.max(-largest).min(largest));
        Ok(F::zero())
    }
}

/// After each update, shortens the weights that go into each neuron to at most this norm. Srivastava et al. 2014.
///
/// ```
/// assert!(feedforward::MaxNorm::new(3.0).is_ok());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct MaxNorm {
    largest: f64,
}

impl MaxNorm {
    /// To at most this norm (3 to 4 is usual).
    ///
    /// # Errors
    /// When it is not finite and above zero.
    ///
    /// ```
    /// assert!(feedforward::MaxNorm::new(3.0).is_ok());
    /// assert!(feedforward::MaxNorm::new(0.0).is_err());
    /// ```
    pub fn new(largest: f64) -> Result<Self> {
        Ok(Self { largest: above_zero("MaxNorm", "largest norm", largest)? })
    }
}

impl<F: Float> Hook<F> for MaxNorm {
    fn after_update(&mut self, network: &mut Network<F>) {
        for parameter in weights(network) {
            for mut column in parameter.value_mut().columns_mut() {
                let norm = column.iter().map(|w| w.widen() * w.widen()).sum::<f64>().sqrt();
                if norm > self.largest {
                    let factor = F::from_f64(self.largest / norm);
                    column.mapv_inplace(|w| w * factor);
                }
            }
        }
    }
}

fn trained<F: Float>(network: &mut Network<F>) -> impl Iterator<Item = &mut Parameter<F>> {
    network.parameters_mut().filter(|parameter| parameter.is_trainable())
}

fn weights<F: Float>(network: &mut Network<F>) -> impl Iterator<Item = &mut Parameter<F>> {
    trained(network).filter(|parameter| parameter.role() == Role::Weight)
}

fn above_zero(operation: &'static str, name: &'static str, found: f64) -> Result<f64> {
    if found.is_finite() && found > 0.0 {
        return Ok(found);
    }
    Err(Error::Hyperparameter { operation, name, expected: "a finite number > 0", found })
}
