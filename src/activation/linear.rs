//! Activations without curvature: [`Identity`], [`Step`].

use super::Activation;
use crate::Float;

/// Computes f(z) = z.
#[doc(alias = "linear")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Identity;

impl<F: Float> Activation<F> for Identity {
    fn activate(&self, _values: &mut [F]) {}

    fn backpropagate(&self, _inputs: &[F], _outputs: &[F], _gradient: &mut [F]) {}
}

/// Computes f(z) = 1 where z > 0 and 0 elsewhere; f' = 0 everywhere it exists.
///
/// The neuron of the perceptron (Rosenblatt 1958). Its derivative is zero, so no gradient passes it and no layer below
/// it learns: it shows why smooth activations took its place.
///
/// ```
/// use feedforward::activation::Step;
/// use feedforward::Activation;
/// let mut values = [-0.1, 0.0, 0.1];
/// Step.activate(&mut values);
/// assert_eq!(values, [0.0, 0.0, 1.0]);
/// let mut gradient = [1.0; 3];
/// Step.backpropagate(&[], &values, &mut gradient);
/// assert_eq!(gradient, [0.0; 3]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Step;

impl<F: Float> Activation<F> for Step {
    fn activate(&self, values: &mut [F]) {
        // NaN stays NaN, so that a diverging run is noticed.
        let step = |z: F| if z > F::zero() { F::one() } else { F::zero() };
        values.iter_mut().for_each(|z| *z = if z.is_nan() { *z } else { step(*z) });
    }

    fn backpropagate(&self, _inputs: &[F], _outputs: &[F], gradient: &mut [F]) {
        gradient.fill(F::zero());
    }
}
