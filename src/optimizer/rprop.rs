//! [`Rprop`]: only the sign of the gradient counts; for whole data sets, not for mini-batches.

use super::{Optimizer, learning_rate};
use crate::{Float, Parameter, Result, Update};

/// Each weight has a step of its own, which grows while the gradient keeps its sign and shrinks when it turns.
///
/// With last gradient g' (0 at first): Δ *= 1.2 where g g' > 0, Δ *= 0.5 and g = 0 where g g' < 0, kept in [1e-6, 50];
/// w -= sign(g) Δ. Δ starts as the learning rate, which counts for nothing afterwards: a schedule does not change it.
/// Every batch must be the whole data, or signs turn by chance. Riedmiller and Braun 1993; the same as PyTorch.
///
/// ```
/// use feedforward::{Optimizer, Parameter, Rprop};
///
/// let mut weight = Parameter::weight(ndarray::array![[1.0_f64]]);
/// weight.gradient_mut().fill(5.0);
/// let mut rprop = Rprop::new(0.1)?;
/// rprop.step(&mut weight); // -0.1
/// rprop.step(&mut weight); // -0.12
/// assert!((weight.value()[[0, 0]] - 0.78).abs() < 1e-12);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Rprop<F> {
    learning_rate: F,
}

impl<F: Float> Rprop<F> {
    /// With this first step (0.01 is usual).
    ///
    /// # Errors
    /// When it is negative or not finite.
    ///
    /// ```
    /// use feedforward::{Optimizer, Rprop};
    /// assert_eq!(Rprop::new(0.01)?.learning_rate(), 0.01);
    /// assert!(Rprop::new(-0.01).is_err());
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn new(rate: F) -> Result<Self> {
        Ok(Self { learning_rate: learning_rate("Rprop", rate)? })
    }
}

impl<F: Float> Optimizer<F> for Rprop<F> {
    fn step(&mut self, parameter: &mut Parameter<F>) {
        let start = self.learning_rate;
        let [smaller, larger, least, most] = [0.5, 1.2, 1e-6, 50.0].map(F::from_f64);
        parameter.step("Rprop", |Update { value, gradient, slots: [last, size], count }: Update<'_, F, 2>| {
            if count == 1 {
                size.fill(start);
            }
            for ((w, &g), (last, size)) in value.iter_mut().zip(gradient).zip(last.iter_mut().zip(size)) {
                let turn = g * *last;
                let (factor, g) = match () {
                    () if turn > F::zero() => (larger, g),
                    () if turn < F::zero() => (smaller, F::zero()),
                    () => (F::one(), g),
                };
                *size = (*size * factor).max(least).min(most);
                *last = g;
                if g != F::zero() {
                    *w -= g.signum() * *size;
                }
            }
        });
    }

    fn learning_rate(&self) -> F {
        self.learning_rate
    }

    fn set_learning_rate(&mut self, rate: F) -> Result<()> {
        self.learning_rate = learning_rate("Rprop", rate)?;
        Ok(())
    }
}
