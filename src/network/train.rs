//! Training: forward, backward, update, and the step that joins them.

use super::Network;
use super::buffers::Buffers;
use super::passes::{Pass, StepData};
use super::shards::Shards;
use crate::kernel::run_in_pool;
use crate::kernel::tuning::COST_OF_ELEMENT;
use crate::{Chain, Error, Float, Layer, Loss, Optimizer, Parameter, Result, Role, check};
use ndarray::{ArrayRef2, ArrayView2};

impl<F: Float> Network<F> {
    /// Runs the forward pass of training and keeps what `backward` needs; returns the outputs.
    ///
    /// To predict, use [`predict`](Self::predict), which changes nothing.
    ///
    /// # Errors
    /// When the inputs have the wrong number of columns, no row, or a number that is not finite.
    ///
    /// ```
    /// use feedforward::{Loss, Mse, Network, Sgd, Tanh};
    /// use ndarray::{Array2, array};
    ///
    /// let (inputs, targets) = (array![[0.5, -0.5]], array![[0.2]]);
    /// let mut network = Network::<f64>::builder(2).dense(1, Tanh).build()?;
    ///
    /// // The same as network.train_step(&inputs, &targets, &Mse, &mut optimizer)?
    /// let outputs = network.forward(&inputs)?.to_owned();
    /// let mut gradient = Array2::zeros(outputs.dim());
    /// let loss = Mse.value_and_gradient(&outputs, &targets, &mut gradient)?;
    /// network.backward(&gradient)?;
    /// network.update(&mut Sgd::new(0.1)?)?;
    /// assert!(Mse.value(&network.predict(&inputs)?, &targets)? < loss);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn forward(&mut self, inputs: &ArrayRef2<F>) -> Result<ArrayView2<'_, F>> {
        self.check_inputs("Network::forward", inputs)?;
        let buffers = &mut self.buffers;
        buffers.shards.clear();
        buffers.rows = inputs.nrows();
        let outputs = buffers.pass.run_forward(&mut self.chain, buffers.inputs.copy_from(inputs));
        Ok(outputs.view())
    }

    /// Runs the backward pass, from dL/doutputs to the gradient of every parameter.
    ///
    /// # Errors
    /// When no `forward` came before, or the gradient has another shape than the outputs or is not finite; and when a
    /// gradient or a running statistic came out as NaN or infinite: no parameter is moved then.
    ///
    /// ```
    /// use feedforward::{Dense, Identity, Network};
    /// use ndarray::array;
    ///
    /// let dense = Dense::from_parameters(array![[2.0], [3.0]], None, Identity)?;
    /// let mut network = Network::from_layers(vec![Box::new(dense)])?;
    /// assert!(network.backward(&array![[1.0]]).is_err()); // no forward pass yet
    /// network.forward(&array![[5.0, 7.0]])?;
    /// network.backward(&array![[1.0]])?;
    /// assert_eq!(network.layers()[0].parameters()[0].gradients(), [5.0, 7.0]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn backward(&mut self, output_gradient: &ArrayRef2<F>) -> Result<()> {
        self.check_output_gradient(output_gradient)?;
        let Buffers { pass, inputs, .. } = &mut self.buffers;
        pass.run_backward(&mut self.chain, inputs.matrix(), output_gradient, None);
        finish_pass(BACKWARD, &mut self.chain, self.has_proposals)
    }

    /// Runs the backward pass down to the inputs; returns dL/dinputs.
    ///
    /// # Errors
    /// As for [`backward`](Self::backward).
    ///
    /// ```
    /// use feedforward::{Dense, Identity, Network};
    /// use ndarray::array;
    ///
    /// let dense = Dense::from_parameters(array![[2.0], [3.0]], None, Identity)?;
    /// let mut network = Network::from_layers(vec![Box::new(dense)])?;
    /// network.forward(&array![[1.0, 1.0]])?;
    /// assert_eq!(network.backward_to_inputs(&array![[1.0]])?, array![[2.0, 3.0]]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn backward_to_inputs(&mut self, output_gradient: &ArrayRef2<F>) -> Result<ArrayView2<'_, F>> {
        self.check_output_gradient(output_gradient)?;
        let Buffers { pass, inputs, input_gradient, .. } = &mut self.buffers;
        let inputs = inputs.matrix();
        let input_gradient = input_gradient.resize_uncleared(inputs.nrows(), inputs.ncols());
        pass.run_backward(&mut self.chain, inputs, output_gradient, Some(input_gradient));
        finish_pass(BACKWARD, &mut self.chain, self.has_proposals)?;
        check::all_finite(BACKWARD, "input gradient", self.buffers.input_gradient.matrix())?;
        Ok(self.buffers.input_gradient.matrix().view())
    }

    fn check_output_gradient(&self, output_gradient: &ArrayRef2<F>) -> Result<()> {
        if self.buffers.rows == 0 {
            return Err(Error::BackwardBeforeForward { operation: BACKWARD });
        }
        check::shape(BACKWARD, "a gradient", (self.buffers.rows, self.output_size()), output_gradient.dim())?;
        check::all_finite(BACKWARD, "gradient", output_gradient)
    }

    /// Moves every parameter along its gradient, by the optimizer's rule.
    ///
    /// The new values are not checked: see [`train_step`](Self::train_step) for the effect of a far too high rate.
    ///
    /// # Errors
    /// When a hyperparameter of the optimizer is out of its range; nothing is moved then.
    ///
    /// ```
    /// use feedforward::{Dense, HalfSquaredError, Identity, Network, Sgd};
    /// use ndarray::array;
    ///
    /// let dense = Dense::from_parameters(array![[2.0]], None, Identity)?;
    /// let mut network = Network::from_layers(vec![Box::new(dense)])?;
    /// network.compute_gradients(&array![[1.0]], &array![[3.0]], None, &HalfSquaredError)?; // p - t = -1
    /// network.update(&mut Sgd::new(0.5)?)?;
    /// assert_eq!(network.layers()[0].parameters()[0].values(), [2.5]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn update(&mut self, optimizer: &mut dyn Optimizer<F>) -> Result<()> {
        optimizer.check()?;
        self.update_checked(optimizer);
        Ok(())
    }

    /// Does the same with an optimizer that was checked before.
    pub(crate) fn update_checked(&mut self, optimizer: &mut dyn Optimizer<F>) {
        run_in_pool(COST_OF_ELEMENT * self.parameter_count, || self.chain.update(optimizer));
    }

    /// Runs forward pass, loss and backward pass: leaves dL/dw in every parameter and returns L.
    ///
    /// `weights`, one for each row, make L a weighted mean: see [`Loss`].
    ///
    /// # Errors
    /// When inputs, targets or weights do not fit, hold a number that is not finite, or the loss or a gradient comes
    /// out as NaN or infinite (if a parameter is so already, the error says that instead). No parameter is moved in any
    /// case.
    ///
    /// ```
    /// use feedforward::{Dense, HalfSquaredError, Identity, Network};
    /// use ndarray::array;
    ///
    /// let dense = Dense::from_parameters(array![[2.0]], None, Identity)?;
    /// let mut network = Network::from_layers(vec![Box::new(dense)])?;
    /// let loss = network.compute_gradients(&array![[3.0]], &array![[5.0]], None, &HalfSquaredError)?;
    /// assert_eq!(loss, 0.5);
    /// assert_eq!(network.parameters().next().unwrap().gradients(), [3.0]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn compute_gradients(
        &mut self,
        inputs: &ArrayRef2<F>,
        targets: &ArrayRef2<F>,
        weights: Option<&[F]>,
        loss: &dyn Loss<F>,
    ) -> Result<F> {
        self.gradients("Network::compute_gradients", inputs, targets, weights, loss)
    }

    pub(super) fn gradients(
        &mut self,
        operation: &'static str,
        inputs: &ArrayRef2<F>,
        targets: &ArrayRef2<F>,
        weights: Option<&[F]>,
        loss: &dyn Loss<F>,
    ) -> Result<F> {
        self.check_inputs(operation, inputs)?;
        check::rows_and_targets(operation, inputs, targets)?;
        loss.check_targets(self.output_size(), targets)?;
        check::sample_weights(operation, inputs.nrows(), weights)?;
        let multiplications = self.multiplications(inputs.nrows());
        let Buffers { pass, shards, inputs: buffer, targets: target_buffer, rows, .. } = &mut self.buffers;
        *rows = 0;
        let (inputs, targets) = (buffer.standard_layout(inputs), target_buffer.standard_layout(targets));
        let total_weight = loss.total_weight(&targets, weights);
        let step = StepData { inputs: &inputs, targets: &targets, weights, total_weight, loss };
        let (chain, has_proposals) = (&mut self.chain, self.has_proposals);
        run_in_pool(multiplications, || run_step(operation, chain, pass, shards, step, multiplications, has_proposals))
    }

    /// Returns whether a layer has running statistics.
    pub(crate) fn has_statistics(&self) -> bool {
        let mut found = false;
        self.visit(&mut |parameter| found |= parameter.role() == Role::Statistic);
        found
    }

    /// Returns whether a layer proposes statistics or states in its forward pass.
    pub(crate) fn has_proposals(&self) -> bool {
        self.has_proposals
    }

    /// Makes one step of training: forward, loss, backward, update. Returns the loss before the update.
    ///
    /// The input gradient of the first layer is not computed. After the first step with a batch of this size (or a
    /// larger one) no memory is allocated.
    ///
    /// The parameters are not checked after they were moved, which would take a pass over all of them at every step: a
    /// rate so high that a weight overflows leaves it infinite. A later step fails with [`Error::ParameterNotFinite`]
    /// as soon as this reaches the loss or a gradient; by then it cannot be undone. [`Trainer`](crate::Trainer) checks
    /// after each epoch, and goes back to the one before.
    ///
    /// # Errors
    /// When inputs or targets do not fit or hold a number that is not finite, a hyperparameter is out of its range, or
    /// the loss, a gradient or a running statistic comes out as NaN or infinite. The parameters are then unchanged.
    ///
    /// ```
    /// use feedforward::{Dense, HalfSquaredError, Identity, Network, Sgd};
    /// use ndarray::array;
    ///
    /// let dense = Dense::from_parameters(array![[2.0]], None, Identity)?;
    /// let mut network = Network::from_layers(vec![Box::new(dense)])?;
    /// let mut optimizer = Sgd::new(0.5)?;
    /// network.train_step(&array![[1.0]], &array![[3.0]], &HalfSquaredError, &mut optimizer)?;
    /// assert_eq!(network.predict(&array![[1.0]])?, array![[2.5]]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn train_step(
        &mut self,
        inputs: &ArrayRef2<F>,
        targets: &ArrayRef2<F>,
        loss: &dyn Loss<F>,
        optimizer: &mut dyn Optimizer<F>,
    ) -> Result<F> {
        optimizer.check()?;
        run_in_pool(self.multiplications(inputs.nrows()), || {
            let value = self.gradients("Network::train_step", inputs, targets, None, loss)?;
            self.update_checked(optimizer);
            Ok(value)
        })
    }

    /// Estimates how many multiplications a step with this many rows takes.
    pub(crate) fn multiplications(&self, rows: usize) -> usize {
        rows.saturating_mul(self.parameter_count).saturating_mul(3)
    }

    /// Checks inputs that this network shall take.
    pub(crate) fn check_inputs(&self, operation: &'static str, inputs: &ArrayRef2<F>) -> Result<()> {
        check::columns(operation, "inputs", self.input_size(), inputs.ncols())?;
        check::not_empty(operation, "row", inputs.nrows())?;
        check::all_finite(operation, "inputs", inputs)
    }
}

const BACKWARD: &str = "Network::backward";

/// Runs one step over checked data, in shards where that pays, and takes the running statistics over.
pub(super) fn run_step<F: Float>(
    operation: &'static str,
    chain: &mut Chain<F>,
    pass: &mut Pass<F>,
    shards: &mut Shards<F>,
    step: StepData<'_, F>,
    multiplications: usize,
    has_proposals: bool,
) -> Result<F> {
    let loss = run_passes(chain, pass, shards, step, multiplications);
    demand_finite_loss(operation, chain, loss)?;
    finish_pass(operation, chain, has_proposals)?;
    Ok(loss)
}

/// Runs forward pass, loss and backward pass, in shards where that pays.
pub(super) fn run_passes<F: Float>(
    chain: &mut Chain<F>,
    pass: &mut Pass<F>,
    shards: &mut Shards<F>,
    step: StepData<'_, F>,
    multiplications: usize,
) -> F {
    match shards.divide(chain, step.inputs.nrows()) {
        true => shards.run(chain, step, multiplications),
        false => pass.run(chain, step),
    }
}

/// Demands a finite loss; forgets what the layers proposed if it is not.
pub(super) fn demand_finite_loss<F: Float>(operation: &'static str, chain: &mut Chain<F>, loss: F) -> Result<()> {
    if loss.is_finite() {
        return Ok(());
    }
    chain.visit_mut(&mut |parameter| parameter.discard_proposal());
    let problem = Error::LossNotFinite { operation, found: loss.widen() };
    Err(find_bad_parameter(operation, chain).unwrap_or(problem))
}

/// Takes the proposed statistics over if they and all gradients are finite, else forgets them and says what is not.
pub(super) fn finish_pass<F: Float>(operation: &'static str, chain: &mut Chain<F>, has_proposals: bool) -> Result<()> {
    let mut is_finite = true;
    chain.visit(&mut |parameter| is_finite &= !parameter.is_trainable() || parameter.has_finite_gradient());
    if has_proposals {
        chain.visit(&mut |parameter| is_finite &= parameter.has_finite_proposal());
    }
    if !is_finite {
        let problem = find_bad_parameter(operation, chain).or_else(|| find_bad_result(operation, chain));
        chain.visit_mut(&mut |parameter| parameter.discard_proposal());
        return problem.map_or(Ok(()), Err);
    }
    if has_proposals {
        chain.visit_mut(&mut |parameter| parameter.accept_proposal());
    }
    Ok(())
}

/// Finds a parameter that is NaN or infinite already: loss and gradients are then bad because of it.
#[cold]
fn find_bad_parameter<F: Float>(operation: &'static str, chain: &Chain<F>) -> Option<Error> {
    find_in_parameters(chain, |layer, parameter| {
        let found = first_bad(parameter.values())?;
        Some(Error::ParameterNotFinite { operation, layer, parameter: parameter.name(), found })
    })
}

/// Finds a gradient or a proposed statistic that is NaN or infinite.
#[cold]
fn find_bad_result<F: Float>(operation: &'static str, chain: &Chain<F>) -> Option<Error> {
    find_in_parameters(chain, |layer, parameter| {
        let name = parameter.name();
        if let Some(found) = first_bad(parameter.gradients()).filter(|_| parameter.is_trainable()) {
            return Some(Error::GradientNotFinite { operation, layer, parameter: name, found });
        }
        let found = first_bad(parameter.proposal())?;
        Some(Error::StatisticNotFinite { operation, layer, parameter: name, found })
    })
}

/// Calls `find` with each parameter and the index of its layer until it finds something.
fn find_in_parameters<F: Float>(
    chain: &Chain<F>,
    find: impl Fn(usize, &Parameter<F>) -> Option<Error>,
) -> Option<Error> {
    let mut parameters = chain
        .layers()
        .iter()
        .enumerate()
        .flat_map(|(index, layer)| layer.parameters().into_iter().map(move |parameter| (index, parameter)));
    parameters.find_map(|(index, parameter)| find(index, parameter))
}

fn first_bad<F: Float>(values: &[F]) -> Option<f64> {
    values.iter().find(|value| !value.is_finite()).map(|value| value.widen())
}
