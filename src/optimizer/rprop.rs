//! [`Rprop`]: uses only the sign of the gradient; for whole data sets, not for mini-batches.

use super::Optimizer;
use crate::{Float, Parameter, Result, Update, check};

/// Steps w -= sign(g) Δ, where Δ of each weight grows while the gradient keeps its sign and shrinks when it turns.
///
/// With the last gradient g' (0 at first): Δ *= 1.2 where g g' > 0; Δ *= 0.5 and g = 0 where g g' < 0; Δ stays in
/// [1e-6, 50]. Δ starts as the learning rate, which is not read after the first step: a schedule has no effect. Every
/// batch must be the whole data, since mini-batches would turn signs by chance. Riedmiller and Braun 1993; the same as
/// PyTorch.
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
pub struct Rprop {
    learning_rate: f64,
}

learning_rate!(Rprop, learning_rate);

impl Rprop {
    /// Makes the rule with this length of the first step (0.01 is usual).
    ///
    /// # Errors
    /// When the length is negative or not finite.
    pub fn new(learning_rate: f64) -> Result<Self> {
        Ok(Self { learning_rate: check::finite_at_least_zero("Rprop", "learning_rate", learning_rate)? })
    }
}

impl<F: Float> Optimizer<F> for Rprop {
    fn step(&mut self, parameter: &mut Parameter<F>) {
        let start = F::from_f64(self.learning_rate);
        let [smaller, larger, least, most] = [0.5, 1.2, 1e-6, 50.0].map(F::from_f64);
        parameter.step("Rprop", |Update { value, gradient, slots: [last, size], count }: Update<'_, F, 2>| {
            if count == 1 {
                size.fill(start);
            }
            for ((w, &g), (last, size)) in value.iter_mut().zip(gradient).zip(last.iter_mut().zip(size)) {
                let turn = g * *last;
                let (factor, g) = if turn > F::zero() {
                    (larger, g)
                } else if turn < F::zero() {
                    (smaller, F::zero())
                } else {
                    (F::one(), g)
                };
                *size = (*size * factor).max(least).min(most);
                *last = g;
                if g != F::zero() {
                    *w -= g.signum() * *size;
                }
            }
        });
    }

    forward_learning_rate!();
}

#[cfg(feature = "serde")]
crate::serialize::checked_serde!(
    "Rprop",
    struct Rprop {
        learning_rate: f64,
    },
    |rule| Rprop::new(rule.learning_rate).map(drop)
);
