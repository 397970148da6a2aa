//! All numbers of a network at once: to restore weights, to accumulate gradients, to compute norms.

use super::Network;
use crate::distributed::Leaf;
use crate::layer::set_values;
use crate::{Float, Parameter, Result, check, kernel};

impl<F: Float> Network<F> {
    /// Computes the norm of the gradient over all trained parameters together, accumulated in double precision.
    pub fn gradient_norm(&self) -> f64 {
        norm(|add| self.visit_trained(&mut |parameter| add(parameter.gradients())))
    }

    /// Copies all values, statistics too, one after another.
    pub(crate) fn copy_values(&self, to: &mut Vec<F>) {
        to.clear();
        self.visit(&mut |parameter| to.extend_from_slice(parameter.values()));
    }

    /// Restores all values from where [`copy_values`](Self::copy_values) put them.
    pub(crate) fn set_values(&mut self, from: &[F]) {
        self.chain.set_values(from);
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
        self.chain.visit_with_numbers(values, Parameter::is_trainable, set_values);
    }

    fn visit_trained<'a>(&'a self, visitor: &mut dyn FnMut(&'a Parameter<F>)) {
        self.visit(&mut |parameter| {
            if parameter.is_trainable() {
                visitor(parameter);
            }
        });
    }

    /// Returns how many numbers the trained parameters have.
    pub(crate) fn trained_count(&self) -> usize {
        let mut count = 0;
        self.visit_trained(&mut |parameter| count += parameter.len());
        count
    }

    /// Puts the gradients of all trained parameters, one after another.
    pub(crate) fn put_gradients(&self, to: &mut Leaf<'_, F>) {
        self.visit_trained(&mut |parameter| to.put(parameter.gradients()));
    }

    /// Returns a hash of the bits of all values, statistics too.
    pub(crate) fn hash_values(&self) -> u64 {
        let mut hash = 0_u64;
        self.visit(&mut |parameter| {
            for value in parameter.values() {
                // FxHash, as in Firefox and in the Rust compiler.
                hash = (hash.rotate_left(5) ^ value.widen().to_bits()).wrapping_mul(0x517c_c1b7_2722_0a95);
            }
        });
        hash
    }

    /// Adds weight · gradient to `sums`, which starts from zeros at the start of a group.
    pub(crate) fn add_gradients_to(&self, sums: &mut Vec<F>, weight: F, starts_group: bool) {
        if starts_group {
            sums.clear();
            self.visit_trained(&mut |parameter| sums.resize(sums.len() + parameter.len(), F::zero()));
        }
        let mut rest = &mut sums[..];
        self.visit_trained(&mut |parameter| {
            let sums = rest.split_off_mut(..parameter.len()).unwrap_or_default();
            sums.iter_mut().zip(parameter.gradients()).for_each(|(sum, &gradient)| *sum += weight * gradient);
        });
    }

    /// Overwrites the gradients with sum / weight.
    pub(crate) fn set_mean_gradients(&mut self, sums: &[F], weight: F) {
        self.chain.visit_with_numbers(sums, Parameter::is_trainable, |parameter, sums| {
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

/// Computes the norm of all numbers that `visit` shows, without overflow or underflow of their squares; at most the
/// largest f64.
pub(crate) fn norm<F: Float>(visit: impl Fn(&mut dyn FnMut(&[F]))) -> f64 {
    let mut squares = 0.0;
    visit(&mut |values| squares += kernel::sum_squares(values));
    if squares.is_finite() && squares > f64::MIN_POSITIVE / f64::EPSILON {
        return squares.sqrt();
    }
    let mut largest = 0.0_f64;
    visit(&mut |values| largest = values.iter().fold(largest, |largest, value| largest.max(value.widen().abs())));
    if largest == 0.0 || !largest.is_finite() {
        return squares.sqrt();
    }
    let mut scaled = 0.0;
    visit(&mut |values| scaled += values.iter().map(|value| (value.widen() / largest).powi(2)).sum::<f64>());
    (largest * scaled.sqrt()).min(f64::MAX)
}
