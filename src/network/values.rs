//! All numbers of a network at once: for taking weights back, for accumulating gradients, for norms.

use super::Network;
use crate::{Float, Parameter};

impl<F: Float> Network<F> {
    /// Norm of the gradient over all trained parameters together, accumulated in double precision.
    ///
    /// ```
    /// use feedforward::{Identity, Network};
    /// let mut network = Network::<f32>::builder(1).dense_without_bias(2, Identity).build()?;
    /// for parameter in network.parameters_mut() {
    ///     parameter.gradients_mut().copy_from_slice(&[3.0, -4.0]);
    /// }
    /// assert_eq!(network.gradient_norm(), 5.0);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn gradient_norm(&self) -> f64 {
        let gradients = self.trained().flat_map(Parameter::gradients);
        gradients.map(|gradient| gradient.widen() * gradient.widen()).sum::<f64>().sqrt()
    }

    /// Copies all values, statistics too, one after another.
    pub(crate) fn copy_values(&self, to: &mut Vec<F>) {
        to.clear();
        self.parameters().for_each(|parameter| to.extend_from_slice(parameter.values()));
    }

    /// Takes all values from where [`copy_values`](Self::copy_values) put them.
    pub(crate) fn set_values(&mut self, from: &[F]) {
        let mut rest = from;
        for parameter in self.parameters_mut() {
            let (values, after) = rest.split_at(parameter.len());
            parameter.values_and_gradients_mut().0.copy_from_slice(values);
            rest = after;
        }
    }

    /// The values of all parameters that are trained, one after another.
    pub(crate) fn trained_values(&self) -> Vec<F> {
        self.trained().flat_map(Parameter::values).copied().collect()
    }

    /// Their gradients in the same order.
    pub(crate) fn trained_gradients(&self) -> Vec<F> {
        self.trained().flat_map(Parameter::gradients).copied().collect()
    }

    /// Takes the values of all parameters that are trained.
    pub(crate) fn set_trained_values(&mut self, values: &[F]) {
        let trained = self.parameters_mut().filter(|parameter| parameter.is_trainable());
        let places = trained.flat_map(|parameter| parameter.values_and_gradients_mut().0);
        places.zip(values).for_each(|(place, &value)| *place = value);
    }

    fn trained(&self) -> impl Iterator<Item = &Parameter<F>> {
        self.parameters().filter(|parameter| parameter.is_trainable())
    }

    /// Adds weight · gradient to `sums`, whose last element is the sum of the weights; at the end of a group the mean
    /// becomes the gradient.
    pub(crate) fn accumulate(&mut self, sums: &mut Vec<F>, weight: F, starts_group: bool, ends_group: bool) {
        let count: usize = self.parameters().map(Parameter::len).sum();
        sums.resize(count + 1, F::zero());
        if starts_group {
            sums.fill(F::zero());
        }
        let (sums, total) = sums.split_at_mut(count);
        total[0] += weight;
        let gradients = self.parameters_mut().flat_map(|parameter| parameter.gradients_mut());
        for (sum, gradient) in sums.iter_mut().zip(gradients) {
            *sum += weight * *gradient;
            if ends_group {
                *gradient = *sum / total[0];
            }
        }
    }
}
