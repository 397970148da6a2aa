//! [`Parameter`]: what a layer learns, with its gradient and the optimizer's state beside it.

use crate::kernel::{all_finite, update_elements};
use crate::{Float, Result};
use approx::{AbsDiffEq, RelativeEq};
use ndarray::{Array2, ArrayRef2, ArrayViewMut2};

/// What a parameter is for, which decides how it is trained.
///
/// ```
/// use feedforward::{Network, Relu, Role};
/// let network = Network::<f32>::builder(4).dense(3, Relu).build()?;
/// let roles: Vec<_> = network.parameters().map(|parameter| parameter.role()).collect();
/// assert_eq!(roles, [Role::Weight, Role::Bias]);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Multiplies inputs: trained, and the only role that penalties and norm constraints apply to.
    Weight,
    /// Shifts or rescales (biases; gain and shift of a normalisation): trained, never penalised.
    Bias,
    /// Follows the data by a rule of its own (running means): part of the model, never moved by an optimizer.
    Statistic,
}

/// A matrix that a layer learns: value, gradient of the loss, and the state an optimizer keeps for it.
///
/// The state lives here, tagged with the rule that wrote it, so that it can neither be lost nor mixed up when layers
/// are moved, replaced or cloned. Two parameters are equal when their values are (and names, and roles); gradients and
/// state do not count. The shape never changes, so the views returned here are all there is to write through.
///
/// ```
/// use feedforward::Parameter;
/// use ndarray::array;
///
/// let mut weight = Parameter::weight(array![[1.0_f32, 2.0], [3.0, 4.0]]);
/// weight.gradient_mut().fill(0.5);
/// assert_eq!(weight.name(), "weight");
/// assert_eq!(weight.len(), 4);
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
    finite: bool,
    state: Option<State<F>>,
}

/// What a rule remembers of one parameter between steps.
#[derive(Debug, Clone)]
struct State<F> {
    rule: &'static str,
    slots: Vec<F>,
    steps: u64,
}

/// One step of an optimizer over one parameter, or over a piece of it: see [`Parameter::step`].
///
/// ```
/// use feedforward::{Parameter, Update};
/// let mut weight = Parameter::weight(ndarray::array![[1.0_f64]]);
/// weight.gradient_mut().fill(2.0);
/// weight.step("halfway", |update: Update<'_, f64, 0>| update.value[0] -= 0.5 * update.gradient[0]);
/// assert_eq!(weight.values(), [0.0]);
/// ```
#[derive(Debug)]
pub struct Update<'a, F, const N: usize> {
    /// What moves.
    pub value: &'a mut [F],
    /// Gradient of the loss with respect to each value.
    pub gradient: &'a [F],
    /// The rule's memory for each value, zero before the first step.
    pub slots: [&'a mut [F]; N],
    /// Which step this is for this parameter, counted from 1.
    pub count: u64,
}

impl<F: Float> Parameter<F> {
    /// A weight, called "weight".
    ///
    /// ```
    /// let weight = feedforward::Parameter::weight(ndarray::Array2::<f64>::zeros((2, 3)));
    /// assert_eq!(weight.value().dim(), (2, 3));
    /// ```
    pub fn weight(value: Array2<F>) -> Self {
        Self::new("weight", Role::Weight, value)
    }

    /// A bias, called "bias".
    ///
    /// ```
    /// let bias = feedforward::Parameter::bias(ndarray::Array2::<f64>::zeros((1, 3)));
    /// assert_eq!(bias.name(), "bias");
    /// ```
    pub fn bias(value: Array2<F>) -> Self {
        Self::new("bias", Role::Bias, value)
    }

    /// A parameter with a name and role of one's own.
    ///
    /// ```
    /// use feedforward::{Parameter, Role};
    /// let mean = Parameter::new("running_mean", Role::Statistic, ndarray::Array2::<f64>::zeros((1, 3)));
    /// assert!(!mean.is_trainable());
    /// ```
    pub fn new(name: &'static str, role: Role, value: Array2<F>) -> Self {
        let value = if value.is_standard_layout() { value } else { value.as_standard_layout().into_owned() };
        let gradient = Array2::zeros(value.dim());
        Self { name, role, frozen: false, value, gradient, finite: true, state: None }
    }

    /// Its name within its layer.
    ///
    /// ```
    /// use feedforward::Parameter;
    /// assert_eq!(Parameter::bias(ndarray::array![[0.5_f32]]).name(), "bias");
    /// ```
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What it is for.
    ///
    /// ```
    /// use feedforward::{Parameter, Role};
    /// assert_eq!(Parameter::bias(ndarray::array![[0.5_f32]]).role(), Role::Bias);
    /// ```
    pub fn role(&self) -> Role {
        self.role
    }

    /// Number of values.
    ///
    /// ```
    /// use feedforward::Parameter;
    /// assert_eq!(Parameter::weight(ndarray::Array2::<f32>::zeros((2, 3))).len(), 6);
    /// ```
    pub fn len(&self) -> usize {
        self.value.len()
    }

    /// Whether it has no value at all.
    ///
    /// ```
    /// use feedforward::Parameter;
    /// assert!(Parameter::weight(ndarray::Array2::<f32>::zeros((0, 3))).is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.value.is_empty()
    }

    /// Its value.
    ///
    /// ```
    /// use feedforward::Parameter;
    /// let weight = Parameter::weight(ndarray::array![[1.0, 2.0]]);
    /// assert_eq!(weight.value()[[0, 1]], 2.0);
    /// ```
    pub fn value(&self) -> &ArrayRef2<F> {
        &self.value
    }

    /// Its value, to be written.
    ///
    /// ```
    /// use feedforward::Parameter;
    /// let mut weight = Parameter::weight(ndarray::array![[1.0, 2.0]]);
    /// weight.value_mut()[[0, 1]] = 5.0;
    /// assert_eq!(weight.values(), [1.0, 5.0]);
    /// ```
    pub fn value_mut(&mut self) -> ArrayViewMut2<'_, F> {
        self.value.view_mut()
    }

    /// Gradient of the loss with respect to its value, as the last backward pass left it.
    ///
    /// ```
    /// use feedforward::Parameter;
    /// let weight = Parameter::weight(ndarray::array![[1.0, 2.0]]);
    /// assert_eq!(weight.gradient(), ndarray::array![[0.0, 0.0]]); // before any backward pass
    /// ```
    pub fn gradient(&self) -> &ArrayRef2<F> {
        &self.gradient
    }

    /// The gradient, to be written by `Layer::backward` and by hooks.
    ///
    /// ```
    /// use feedforward::Parameter;
    /// let mut weight = Parameter::weight(ndarray::array![[1.0, 2.0]]);
    /// weight.gradient_mut().fill(0.5);
    /// assert_eq!(weight.gradients(), [0.5, 0.5]);
    /// ```
    pub fn gradient_mut(&mut self) -> ArrayViewMut2<'_, F> {
        self.finite = false;
        self.gradient.view_mut()
    }

    /// The values, row after row.
    ///
    /// ```
    /// use feedforward::Parameter;
    /// let weight = Parameter::weight(ndarray::array![[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(weight.values(), [1.0, 2.0, 3.0, 4.0]);
    /// ```
    pub fn values(&self) -> &[F] {
        self.value.as_slice().unwrap_or_default()
    }

    /// The gradient, row after row.
    ///
    /// ```
    /// use feedforward::Parameter;
    /// assert_eq!(Parameter::weight(ndarray::array![[1.0], [2.0]]).gradients(), [0.0, 0.0]);
    /// ```
    pub fn gradients(&self) -> &[F] {
        self.gradient.as_slice().unwrap_or_default()
    }

    /// The gradient, row after row, to be written.
    ///
    /// ```
    /// use feedforward::Parameter;
    /// let mut weight = Parameter::weight(ndarray::array![[1.0, 2.0]]);
    /// weight.gradients_mut()[1] = 3.0;
    /// assert_eq!(weight.gradient()[[0, 1]], 3.0);
    /// ```
    pub fn gradients_mut(&mut self) -> &mut [F] {
        self.finite = false;
        self.gradient.as_slice_mut().unwrap_or_default()
    }

    /// Makes the gradient what `compute` makes of it and the value, which says whether every number is finite: sooner known
    /// there, where it is in a cache.
    pub(crate) fn compute_gradient(&mut self, compute: impl FnOnce(&ArrayRef2<F>, &mut ArrayRef2<F>) -> bool) {
        self.finite = compute(&self.value, &mut self.gradient);
    }

    /// Whether every number of the gradient is finite.
    pub(crate) fn has_finite_gradient(&self) -> bool {
        self.finite || all_finite(self.gradients())
    }

    /// Values and gradients together, row after row, to be written.
    ///
    /// ```
    /// use feedforward::Parameter;
    /// let mut weight = Parameter::weight(ndarray::array![[1.0, 2.0]]);
    /// let (values, gradients) = weight.values_and_gradients_mut();
    /// gradients.copy_from_slice(values); // the gradient of 1/2 Σw²
    /// assert_eq!(weight.gradients(), [1.0, 2.0]);
    /// ```
    pub fn values_and_gradients_mut(&mut self) -> (&mut [F], &mut [F]) {
        self.finite = false;
        let gradients = self.gradient.as_slice_mut().unwrap_or_default();
        (self.value.as_slice_mut().unwrap_or_default(), gradients)
    }

    /// Whether an optimizer may move it: it is neither frozen nor a statistic.
    ///
    /// ```
    /// use feedforward::Parameter;
    /// let mut weight = Parameter::weight(ndarray::array![[1.0]]);
    /// assert!(weight.is_trainable());
    /// weight.set_frozen(true);
    /// assert!(!weight.is_trainable());
    /// ```
    pub fn is_trainable(&self) -> bool {
        !self.frozen && self.role != Role::Statistic
    }

    /// Freezes it, so that no optimizer moves it, or lets it move again.
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

    /// Forgets what optimizers remember of it: velocities, averages, step counts.
    ///
    /// ```
    /// use feedforward::{Momentum, Optimizer, Parameter};
    /// let mut weight = Parameter::weight(ndarray::array![[1.0]]);
    /// Momentum::new(0.1, 0.9)?.step(&mut weight);
    /// weight.reset_state();
    /// assert_eq!(weight.steps_of("Momentum"), 0);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn reset_state(&mut self) {
        self.state = None;
    }

    /// How many steps this rule has made with it.
    ///
    /// ```
    /// use feedforward::{Optimizer, Parameter, Sgd};
    /// let mut weight = Parameter::weight(ndarray::array![[1.0_f64]]);
    /// Sgd::new(0.1)?.step(&mut weight);
    /// assert_eq!((weight.steps_of("Sgd"), weight.steps_of("Momentum")), (1, 0));
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn steps_of(&self, rule: &str) -> u64 {
        self.state.as_ref().filter(|state| state.rule == rule).map_or(0, |state| state.steps)
    }

    /// Lets a rule move the value: the one way for an [`Optimizer`](crate::Optimizer) to do so.
    ///
    /// `update` sees consecutive pieces of value, gradient and `N` slots of memory, so a rule must treat each element
    /// alike. `rule` is the rule's name: memory written by another rule is forgotten first. Nothing happens to a frozen
    /// parameter or a statistic.
    ///
    /// ```
    /// use feedforward::{Parameter, Update};
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
        let fresh = || State { rule, slots: vec![F::zero(); N * length], steps: 0 };
        let state = match &mut self.state {
            Some(state) if same_rule(state.rule, rule) && state.slots.len() == N * length => state,
            state => state.insert(fresh()),
        };
        state.steps += 1;
        let mut slots = &mut state.slots[..];
        let slots = std::array::from_fn(|_| slots.split_off_mut(..length).unwrap_or_default());
        let value = self.value.as_slice_mut().unwrap_or_default();
        let gradient = self.gradient.as_slice().unwrap_or_default();
        let count = state.steps;
        update_elements(value, gradient, slots, |value, gradient, slots| {
            update(Update { value, gradient, slots, count });
        });
    }

    /// Overwrites the value; the shape must be the same.
    ///
    /// # Errors
    /// When the shape is another; the value is then as it was.
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
        if value.dim() != self.value.dim() {
            let expected = format!("a value of shape {:?}", self.value.dim());
            return Err(crate::Error::invalid("Parameter::set_value", expected, format!("{:?}", value.dim())));
        }
        self.value.assign(value);
        Ok(())
    }
}

/// Whether the names are the same; mostly they are even in the same place.
fn same_rule(one: &'static str, other: &'static str) -> bool {
    std::ptr::eq(one, other) || one == other
}

impl<F: Float> PartialEq for Parameter<F> {
    fn eq(&self, other: &Self) -> bool {
        self.matches(other) && self.value == other.value
    }
}

impl<F: Float> Parameter<F> {
    /// Whether the two are the same kind of thing, whatever their values.
    fn matches(&self, other: &Self) -> bool {
        self.name == other.name && self.role == other.role && self.value.dim() == other.value.dim()
    }
}

impl<F: Float> AbsDiffEq for Parameter<F> {
    type Epsilon = F;

    fn default_epsilon() -> F {
        F::default_epsilon()
    }

    fn abs_diff_eq(&self, other: &Self, epsilon: F) -> bool {
        self.matches(other) && self.value.abs_diff_eq(&other.value, epsilon)
    }
}

impl<F: Float> RelativeEq for Parameter<F> {
    fn default_max_relative() -> F {
        F::default_max_relative()
    }

    fn relative_eq(&self, other: &Self, epsilon: F, max_relative: F) -> bool {
        self.matches(other) && self.value.relative_eq(&other.value, epsilon, max_relative)
    }
}
