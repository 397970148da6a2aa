//! All numbers of a network at once: for taking weights back, for accumulating gradients, for norms.

use super::Network;
use crate::error::all_finite;
use crate::{Float, Parameter, Result, kernel};

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
        self.trained().map(|parameter| kernel::sum_squares(parameter.gradients())).sum::<f64>().sqrt()
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

    /// Adds weight · gradient to `sums`, which are zeros at the start of a group.
    pub(crate) fn add_gradients_to(&self, sums: &mut Vec<F>, weight: F, starts_group: bool) {
        if starts_group {
            sums.clear();
            sums.resize(self.parameter_count(), F::zero());
        }
        let gradients = self.parameters().flat_map(Parameter::gradients);
        sums.iter_mut().zip(gradients).for_each(|(sum, &gradient)| *sum += weight * gradient);
    }

    /// Makes sum / weight the gradient.
    pub(crate) fn set_mean_gradients(&mut self, sums: &[F], weight: F) {
        let gradients = self.parameters_mut().flat_map(|parameter| parameter.gradients_mut());
        gradients.zip(sums).for_each(|(gradient, &sum)| *gradient = sum / weight);
    }

    /// All values must be finite, statistics too.
    pub(crate) fn finite_values(&self, operation: &'static str) -> Result<()> {
        self.parameters().try_for_each(|parameter| all_finite(operation, parameter.name(), parameter.value()))
    }
}
