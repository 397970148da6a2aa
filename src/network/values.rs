//! All numbers of a network at once: to restore weights, to accumulate gradients, to compute norms.

use super::Network;
use crate::{Float, Parameter, Result, check, kernel};

impl<F: Float> Network<F> {
    /// Computes the norm of the gradient over all trained parameters together, accumulated in double precision.
    pub fn gradient_norm(&self) -> f64 {
        let mut sum = 0.0;
        self.visit_trained(&mut |parameter| {
            sum += kernel::sum_squares(parameter.gradients());
        });
        sum.sqrt()
    }

    /// Copies all values, statistics too, one after another.
    pub(crate) fn copy_values(&self, to: &mut Vec<F>) {
        to.clear();
        self.visit(&mut |parameter| to.extend_from_slice(parameter.values()));
    }

    /// Restores all values from where [`copy_values`](Self::copy_values) put them.
    pub(crate) fn set_values(&mut self, from: &[F]) {
        let mut rest = from;
        self.visit_mut(&mut |parameter| {
            let values = rest.split_off(..parameter.len()).unwrap_or_default();
            parameter.values_and_gradients_mut().0.copy_from_slice(values);
        });
    }

    /// Returns the values of all trained parameters, one after another.
    pub(crate) fn trained_values(&self) -> Vec<F> {
        let mut values = Vec::new();
        self.visit_trained(&mut |parameter| values.extend_from_slice(parameter.values()));
        values
    }

    /// Returns their gradients in the same order.
    pub(crate) fn trained_gradients(&self) -> Vec<F> {
        let mut gradients = Vec::new();
        self.visit_trained(&mut |parameter| gradients.extend_from_slice(parameter.gradients()));
        gradients
    }

    /// Overwrites the values of all trained parameters.
    pub(crate) fn set_trained_values(&mut self, values: &[F]) {
        let mut rest = values;
        self.visit_mut(&mut |parameter| {
            if parameter.is_trainable() {
                let values = rest.split_off(..parameter.len()).unwrap_or_default();
                parameter.values_and_gradients_mut().0.copy_from_slice(values);
            }
        });
    }

    fn visit_trained<'a>(&'a self, visitor: &mut dyn FnMut(&'a Parameter<F>)) {
        self.visit(&mut |parameter| {
            if parameter.is_trainable() {
                visitor(parameter);
            }
        });
    }

    /// Adds weight · gradient to `sums`, which starts from zeros at the start of a group.
    pub(crate) fn add_gradients_to(&self, sums: &mut Vec<F>, weight: F, starts_group: bool) {
        if starts_group {
            sums.clear();
            sums.resize(self.parameter_count(), F::zero());
        }
        let mut rest = &mut sums[..];
        self.visit(&mut |parameter| {
            let sums = rest.split_off_mut(..parameter.len()).unwrap_or_default();
            sums.iter_mut().zip(parameter.gradients()).for_each(|(sum, &gradient)| *sum += weight * gradient);
        });
    }

    /// Overwrites the gradients with sum / weight.
    pub(crate) fn set_mean_gradients(&mut self, sums: &[F], weight: F) {
        let mut rest = sums;
        self.visit_mut(&mut |parameter| {
            let sums = rest.split_off(..parameter.len()).unwrap_or_default();
            parameter.gradients_mut().iter_mut().zip(sums).for_each(|(gradient, &sum)| *gradient = sum / weight);
        });
    }

    /// Checks that all values are finite, statistics too.
    pub(crate) fn check_finite_values(&self, operation: &'static str) -> Result<()> {
        let mut outcome = Ok(());
        self.visit(&mut |parameter| {
            if outcome.is_ok() {
                outcome = check::all_finite(operation, parameter.name(), parameter.value());
            }
        });
        outcome
    }
}
