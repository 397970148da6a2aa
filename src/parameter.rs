//! [`Parameter`]: what a layer learns, with its gradient and the optimizer's state beside it.

use crate::kernel::{all_finite, update_elements};
use crate::{Float, Result, check};
use approx::{AbsDiffEq, RelativeEq};
use ndarray::{Array2, ArrayRef2, ArrayViewMut2};
use std::borrow::Cow;

/// What a parameter is for, which decides how it is trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Multiplies inputs: trained, and the only role that penalties and norm constraints apply to.
    Weight,
    /// Shifts or rescales (biases; gamma and beta of a normalization): trained, never penalised.
    Bias,
    /// Follows the data (running means): part of the model, never moved by an optimizer.
    Statistic,
    /// Stays as it was made (the center of an [`Affine`](crate::layer::Affine) layer): part of the model, moved by no
    /// optimizer and no pass.
    Constant,
    /// State of a random generator: part of a checkpoint, not counted among the numbers of a model, and taken over
    /// after each pass even when the layer is frozen.
    State,
}

/// A matrix that a layer learns: value, gradient of the loss, and the state an optimizer keeps for it.
///
/// The state lives here, tagged with the rule that wrote it, so that it can neither be lost nor mixed up when layers
/// are moved, replaced or cloned. Two parameters are equal when their names, roles and values are; gradients and
/// state do not count. The shape never changes, so it is written through views.
///
/// ```
/// use feedforward::Parameter;
/// use ndarray::array;
///
/// let mut weight = Parameter::weight(array![[1.0_f32, 2.0], [3.0, 4.0]]);
/// weight.gradient_mut().fill(0.5);
/// assert_eq!((weight.name(), weight.len()), ("weight", 4));
/// assert_eq!(weight.gradients(), [0.5; 4]);
/// assert!(weight.is_trainable());
/// ```
#[derive(Debug, Clone)]
pub struct Parameter<F> {
    name: &'static str,
    role: Role,
    frozen: bool,
    value: Array2<F>,
    gradient: Array2<F>,
    /// Whether the gradient is known to be finite.
    is_gradient_finite: bool,
    /// The next value of a statistic, proposed by its layer; empty when there is none.
    proposal: Vec<F>,
    state: Option<State<F>>,
}

/// What a rule remembers of one parameter between steps.
#[derive(Debug, Clone)]
struct State<F> {
    rule: Cow<'static, str>,
    slots: Vec<F>,
    steps: u64,
}

/// One step of an optimizer over one parameter, or over a piece of it: see [`Parameter::step`].
#[derive(Debug)]
pub struct Update<'a, F, const N: usize> {
    /// The values to move.
    pub value: &'a mut [F],
    /// Gradient of the loss with respect to each value.
    pub gradient: &'a [F],
    /// The rule's memory for each value, zero before the first step.
    pub slots: [&'a mut [F]; N],
    /// Number of this step for this parameter, counted from 1.
    pub count: u64,
}

impl<F: Float> Parameter<F> {
    /// Makes a weight, called "weight".
    pub fn weight(value: Array2<F>) -> Self {
        Self::new("weight", Role::Weight, value)
    }

    /// Makes a bias, called "bias".
    pub fn bias(value: Array2<F>) -> Self {
        Self::new("bias", Role::Bias, value)
    }

    /// Makes a parameter with another name or role.
    ///
    /// ```
    /// use feedforward::parameter::Role;
    /// use feedforward::Parameter;
    /// let mean = Parameter::new("running_mean", Role::Statistic, ndarray::Array2::<f64>::zeros((1, 3)));
    /// assert!(!mean.is_trainable());
    /// ```
    pub fn new(name: &'static str, role: Role, value: Array2<F>) -> Self {
        let value = if value.is_standard_layout() { value } else { value.as_standard_layout().into_owned() };
        let gradient = Array2::zeros(value.dim());
        Self { name, role, frozen: false, value, gradient, is_gradient_finite: true, proposal: Vec::new(), state: None }
    }

    /// Returns its name within its layer.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Returns what it is for.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Returns the number of values.
    pub fn len(&self) -> usize {
        self.value.len()
    }

    /// Returns whether it has no value.
    pub fn is_empty(&self) -> bool {
        self.value.is_empty()
    }

    /// Returns its value.
    pub fn value(&self) -> &ArrayRef2<F> {
        &self.value
    }

    /// Returns a view to write its value through.
    pub fn value_mut(&mut self) -> ArrayViewMut2<'_, F> {
        self.value.view_mut()
    }

    /// Overwrites the value; the shape must be the same.
    ///
    /// # Errors
    /// When the shape is another; the value is then unchanged.
    ///
    /// ```
    /// use feedforward::Parameter;
    /// use ndarray::array;
    /// let mut weight = Parameter::weight(array![[1.0, 2.0]]);
    /// weight.set_value(&array![[3.0, 4.0]])?;
    /// let error = weight.set_value(&array![[3.0]]).unwrap_err();
    /// assert_eq!(error.to_string(), "Parameter::set_value: expected a value of shape (1, 2), found (1, 1)");
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn set_value(&mut self, value: &ArrayRef2<F>) -> Result<()> {
        check::shape("Parameter::set_value", "a value", self.value.dim(), value.dim())?;
        self.value.assign(value);
        Ok(())
    }

    /// Takes these numbers, row after row, in place of its values; there must be as many.
    #[cfg(feature = "safetensors")]
    pub(crate) fn replace_values(&mut self, values: Vec<F>) {
        if let Ok(value) = Array2::from_shape_vec(self.value.dim(), values) {
            self.value = value;
        }
    }

    /// Returns the gradient of the loss with respect to its value, as the last backward pass left it.
    pub fn gradient(&self) -> &ArrayRef2<F> {
        &self.gradient
    }

    /// Returns a view to write the gradient through, for `Layer::backward` and for hooks.
    pub fn gradient_mut(&mut self) -> ArrayViewMut2<'_, F> {
        self.is_gradient_finite = false;
        self.gradient.view_mut()
    }

    /// Returns the values, row after row.
    pub fn values(&self) -> &[F] {
        self.value.as_slice().unwrap_or_default()
    }

    /// Returns the gradient, row after row.
    pub fn gradients(&self) -> &[F] {
        self.gradient.as_slice().unwrap_or_default()
    }

    /// Returns the gradient, row after row, to be written.
    pub fn gradients_mut(&mut self) -> &mut [F] {
        self.is_gradient_finite = false;
        self.gradient.as_slice_mut().unwrap_or_default()
    }

    /// Returns values and gradients together, row after row, to be written.
    ///
    /// ```
    /// use feedforward::Parameter;
    /// let mut weight = Parameter::weight(ndarray::array![[1.0, 2.0]]);
    /// let (values, gradients) = weight.values_and_gradients_mut();
    /// gradients.copy_from_slice(values); // the gradient of 1/2 Σw²
    /// assert_eq!(weight.gradients(), [1.0, 2.0]);
    /// ```
    pub fn values_and_gradients_mut(&mut self) -> (&mut [F], &mut [F]) {
        self.is_gradient_finite = false;
        let gradients = self.gradient.as_slice_mut().unwrap_or_default();
        (self.value.as_slice_mut().unwrap_or_default(), gradients)
    }

    /// Lets `compute` overwrite the gradient and records whether it reported every element finite; checking there is
    /// cheap because the data is still in cache.
    pub(crate) fn compute_gradient(&mut self, compute: impl FnOnce(&mut ArrayRef2<F>) -> bool) {
        self.is_gradient_finite = compute(&mut self.gradient);
    }

    /// Returns whether every number of the gradient is finite.
    pub(crate) fn has_finite_gradient(&self) -> bool {
        self.is_gradient_finite || all_finite(self.gradients())
    }

    /// Returns whether an optimizer may move it: it is a weight or a bias and not frozen.
    pub fn is_trainable(&self) -> bool {
        !self.frozen && matches!(self.role, Role::Weight | Role::Bias)
    }

    /// Returns whether it is frozen.
    pub fn is_frozen(&self) -> bool {
        self.frozen
    }

    /// Freezes it, so that no optimizer moves it and no statistic is taken over, or releases it.
    ///
    /// ```
    /// use feedforward::{Optimizer, Parameter, Sgd};
    ///
    /// let mut weight = Parameter::weight(ndarray::array![[1.0_f64]]);
    /// weight.gradient_mut().fill(1.0);
    /// weight.set_frozen(true);
    /// Sgd::new(0.5)?.step(&mut weight);
    /// assert_eq!(weight.value()[[0, 0]], 1.0);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn set_frozen(&mut self, frozen: bool) {
        self.frozen = frozen;
    }

    /// Proposes the next value of a statistic or a state: `next` gets the index and the present value of each number.
    ///
    /// A layer calls this in its forward pass. The network takes the value over when the whole pass was finite, see
    /// [`accept_proposal`](Self::accept_proposal), so that a failed pass leaves no trace. A later proposal replaces an
    /// earlier one.
    ///
    /// ```
    /// use feedforward::parameter::Role;
    /// use feedforward::Parameter;
    /// let mut mean = Parameter::new("running_mean", Role::Statistic, ndarray::array![[0.0, 4.0]]);
    /// mean.propose(|_, value| value + 1.0);
    /// assert_eq!(mean.values(), [0.0, 4.0]);
    /// mean.accept_proposal();
    /// assert_eq!(mean.values(), [1.0, 5.0]);
    /// ```
    pub fn propose(&mut self, mut next: impl FnMut(usize, F) -> F) {
        self.proposal.clear();
        self.proposal.extend(self.value.iter().enumerate().map(|(index, &value)| next(index, value)));
    }

    /// Returns the proposed next values; empty when there is no proposal.
    pub fn proposal(&self) -> &[F] {
        &self.proposal
    }

    /// Returns whether every proposed value is finite.
    pub(crate) fn has_finite_proposal(&self) -> bool {
        self.proposal.iter().all(|value| value.is_finite())
    }

    /// Takes the proposed value over, unless it is a frozen statistic; does nothing without a proposal.
    pub fn accept_proposal(&mut self) {
        let is_fixed = self.frozen && self.role != Role::State;
        if !is_fixed && !self.proposal.is_empty() {
            self.value.iter_mut().zip(&self.proposal).for_each(|(value, &proposed)| *value = proposed);
        }
        self.proposal.clear();
    }

    /// Returns whether layers propose its next value: it is a statistic or a state.
    pub(crate) fn takes_proposals(&self) -> bool {
        matches!(self.role, Role::Statistic | Role::State)
    }

    /// Forgets the proposed value.
    pub fn discard_proposal(&mut self) {
        self.proposal.clear();
    }

    /// Forgets what optimizers remember of it: velocities, averages, step counts.
    pub fn reset_state(&mut self) {
        self.state = None;
    }

    /// Returns what the last rule remembers of it: the rule's name, its slots one after another, its number of steps.
    pub(crate) fn state(&self) -> Option<(&str, &[F], u64)> {
        self.state.as_ref().map(|state| (&*state.rule, &state.slots[..], state.steps))
    }

    /// Takes back what [`state`](Self::state) returned.
    pub(crate) fn set_state(&mut self, rule: String, slots: Vec<F>, steps: u64) {
        self.state = Some(State { rule: Cow::Owned(rule), slots, steps });
    }

    /// Returns how many steps this rule has made with it.
    pub fn steps_of(&self, rule: &str) -> u64 {
        self.state.as_ref().filter(|state| state.rule == rule).map_or(0, |state| state.steps)
    }

    /// Lets a rule move the value: the one way for an [`Optimizer`](crate::Optimizer) to do so.
    ///
    /// `update` sees consecutive pieces of value, gradient and `N` slots of memory, so a rule must treat each element
    /// alike. `rule` is the rule's name: memory written by another rule is forgotten first. Nothing happens unless the
    /// parameter is trainable.
    ///
    /// ```
    /// use feedforward::parameter::Update;
    /// use feedforward::Parameter;
    ///
    /// // A rule that adds up squared gradients in one slot.
    /// let mut weight = Parameter::weight(ndarray::array![[1.0_f64, 2.0]]);
    /// weight.gradient_mut().fill(3.0);
    /// weight.step("my rule", |Update { value, gradient, slots: [sum], count }: Update<'_, f64, 1>| {
    ///     for ((value, &gradient), sum) in value.iter_mut().zip(gradient).zip(sum) {
    ///         *sum += gradient * gradient;
    ///         *value -= 0.1 * gradient / *sum;
    ///     }
    ///     assert_eq!(count, 1);
    /// });
    /// assert!((weight.value()[[0, 0]] - (1.0 - 0.1 / 3.0)).abs() < 1e-12);
    /// ```
    pub fn step<const N: usize>(&mut self, rule: &'static str, update: impl Fn(Update<'_, F, N>) + Sync) {
        if !self.is_trainable() {
            return;
        }
        let length = self.value.len();
        let fresh = || State { rule: Cow::Borrowed(rule), slots: vec![F::zero(); N * length], steps: 0 };
        let state = match &mut self.state {
            Some(state) if is_same_rule(&state.rule, rule) && state.slots.len() == N * length => state,
            state => state.insert(fresh()),
        };
        state.steps += 1;
        let (count, mut rest) = (state.steps, &mut state.slots[..]);
        let slots = std::array::from_fn(|_| rest.split_off_mut(..length).unwrap_or_default());
        let value = self.value.as_slice_mut().unwrap_or_default();
        let gradient = self.gradient.as_slice().unwrap_or_default();
        update_elements(value, gradient, slots, |value, gradient, slots| {
            update(Update { value, gradient, slots, count });
        });
    }
}

/// Returns whether the names are equal; most often they are even at the same address.
fn is_same_rule(one: &str, other: &str) -> bool {
    std::ptr::eq(one, other) || one == other
}

impl<F: Float> PartialEq for Parameter<F> {
    fn eq(&self, other: &Self) -> bool {
        self.is_same_kind(other) && self.value == other.value
    }
}

impl<F: Float> Parameter<F> {
    /// Returns whether the two have the same name, role and shape.
    fn is_same_kind(&self, other: &Self) -> bool {
        self.name == other.name && self.role == other.role && self.value.dim() == other.value.dim()
    }
}

impl<F: Float> AbsDiffEq for Parameter<F> {
    type Epsilon = F;

    fn default_epsilon() -> F {
        F::default_epsilon()
    }

    fn abs_diff_eq(&self, other: &Self, epsilon: F) -> bool {
        self.is_same_kind(other) && (self.role == Role::State || self.value.abs_diff_eq(&other.value, epsilon))
    }
}

impl<F: Float> RelativeEq for Parameter<F> {
    fn default_max_relative() -> F {
        F::default_max_relative()
    }

    fn relative_eq(&self, other: &Self, epsilon: F, max_relative: F) -> bool {
        self.is_same_kind(other)
            && (self.role == Role::State || self.value.relative_eq(&other.value, epsilon, max_relative))
    }
}
