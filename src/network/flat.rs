//! Parameters as one list of numbers, to get, to set and to blend: what evolution, reinforcement learning and federated
//! training need.

use super::Network;
use super::compare::have_same_layers;
use crate::layer::set_values;
use crate::{Error, Float, Parameter, Result, Role, check};
use ndarray::ArrayView2;

impl<F: Float> Network<F> {
    /// Returns all weights and biases, one after another, frozen ones too.
    ///
    /// The order is that of [`parameters`](Self::parameters), each matrix row after row. Running statistics
    /// and the generators of dropout are left out: they follow from the data.
    /// [`set_parameters_flat`](Self::set_parameters_flat) takes the numbers in.
    ///
    /// ```
    /// use feedforward::{Dense, Identity, Network};
    /// use ndarray::array;
    ///
    /// let dense = Dense::from_parameters(array![[1.0, 2.0], [3.0, 4.0]], Some(array![5.0, 6.0]), Identity)?;
    /// let network = Network::from_layers(vec![Box::new(dense)])?;
    /// assert_eq!(network.parameters_flat(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    #[doc(alias("parameters_to_vector", "get_weights"))]
    pub fn parameters_flat(&self) -> Vec<F> {
        let mut all = Vec::with_capacity(self.parameter_count());
        self.visit(&mut |parameter| {
            if is_learned(parameter) {
                all.extend_from_slice(parameter.values());
            }
        });
        all
    }

    /// Overwrites all weights and biases with these numbers, in the order of
    /// [`parameters_flat`](Self::parameters_flat).
    ///
    /// Frozen parameters are overwritten too. What optimizers remember of a parameter stays; to forget it, call
    /// [`Parameter::reset_state`](crate::Parameter::reset_state).
    ///
    /// # Errors
    /// When there are not as many numbers as weights and biases, or one is not finite; nothing is changed then.
    ///
    /// ```
    /// use feedforward::{Identity, Network};
    ///
    /// // One step of a search: a copy whose weights are all a bit larger.
    /// let network = Network::<f64>::builder(3).dense(2, Identity).seed(1).build()?;
    /// let moved: Vec<_> = network.parameters_flat().iter().map(|weight| weight + 0.01).collect();
    /// let mut candidate = network.clone();
    /// candidate.set_parameters_flat(&moved)?;
    /// assert_eq!(candidate.parameters_flat(), moved);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    #[doc(alias("vector_to_parameters", "set_weights"))]
    pub fn set_parameters_flat(&mut self, numbers: &[F]) -> Result<()> {
        const OPERATION: &str = "Network::set_parameters_flat";
        let mut count = 0;
        self.visit(&mut |parameter| count += if is_learned(parameter) { parameter.len() } else { 0 });
        if numbers.len() != count {
            return Err(Error::invalid(OPERATION, format!("{count} weights and biases"), numbers.len()));
        }
        check::all_finite(OPERATION, "parameters", &as_row(numbers))?;
        self.chain.visit_with_numbers(numbers, is_learned, set_values);
        Ok(())
    }

    /// Moves every parameter towards that of another network: w = (1 - tau) · w + tau · w_other.
    ///
    /// This is the soft update of a target network (Lillicrap et al. 2016) and, called after every step with a small
    /// tau, an exponential average of the weights (Polyak averaging). Frozen parameters, constants and running
    /// statistics move too, the generators of dropout do not. A tau of 0 changes nothing, a tau of 1 copies; the result
    /// always lies between the two values.
    ///
    /// # Errors
    /// When tau is not from 0 to 1, the layers or their settings differ, or a parameter of either network is not
    /// finite; nothing is changed then.
    ///
    /// ```
    /// use feedforward::{Dense, Identity, Network};
    /// use ndarray::array;
    ///
    /// let network = |weight| {
    ///     let dense = Dense::from_parameters(array![[weight]], None, Identity)?;
    ///     Network::from_layers(vec![Box::new(dense)])
    /// };
    /// let (mut target, online) = (network(1.0)?, network(3.0)?);
    /// target.blend(&online, 0.25)?;
    /// assert_eq!(target.parameters_flat(), [1.5]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    #[doc(alias("soft update", "Polyak averaging", "EMA", "lerp"))]
    pub fn blend(&mut self, other: &Self, tau: f64) -> Result<()> {
        const OPERATION: &str = "Network::blend";
        check::share(OPERATION, "tau", tau)?;
        if !have_same_layers(self, other) {
            let expected = "a network with the same layers and settings";
            return Err(Error::invalid(OPERATION, expected, "a different one"));
        }
        self.check_finite_values(OPERATION)?;
        other.check_finite_values(OPERATION)?;
        let blended = |own: F, other: F| {
            let between = F::from_f64((1.0 - tau) * own.widen() + tau * other.widen());
            // Rounding must not lead past either value, nor past the largest number.
            between.max(own.min(other)).min(own.max(other))
        };
        let mut others = other.parameters();
        self.visit_mut(&mut |parameter| {
            let Some(other) = others.next().filter(|other| other.role() != Role::State) else { return };
            let mut values = parameter.value_mut();
            values.iter_mut().zip(other.values()).for_each(|(own, &other)| *own = blended(*own, other));
        });
        Ok(())
    }

    /// Predicts the outputs for one row, from slice to vector.
    ///
    /// It gives the bits that [`predict`](Self::predict) gives for a matrix of this one row; for many rows `predict` is
    /// faster, and [`predict_into`](Self::predict_into) allocates nothing.
    ///
    /// # Errors
    /// As for [`predict`](Self::predict).
    ///
    /// ```
    /// use feedforward::{Dense, Network, Relu};
    ///
    /// let dense = Dense::from_parameters(ndarray::array![[1.0, -1.0]], None, Relu)?;
    /// let network = Network::from_layers(vec![Box::new(dense)])?;
    /// assert_eq!(network.predict_row(&[2.0])?, [2.0, 0.0]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn predict_row(&self, input: &[F]) -> Result<Vec<F>> {
        Ok(self.predict(&as_row(input))?.into_raw_vec_and_offset().0)
    }
}

/// Returns whether a parameter is a weight or a bias.
fn is_learned<F: Float>(parameter: &Parameter<F>) -> bool {
    matches!(parameter.role(), Role::Weight | Role::Bias)
}

/// Views a slice as a matrix of one row.
pub(super) fn as_row<F>(numbers: &[F]) -> ArrayView2<'_, F> {
    ArrayView2::from_shape((1, numbers.len()), numbers).unwrap_or_else(|_| unreachable!("one row of this length"))
}
