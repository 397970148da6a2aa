//! Training: forward, backward, update, and the step that joins them.

use super::Network;
use super::buffers::{Buffers, Passes};
use super::shards::{Shards, Step};
use crate::error::all_finite;
use crate::kernel::run_in_pool;
use crate::kernel::tuning::COST_OF_ELEMENT;
use crate::layer::flat_mut;
use crate::loss::{check_rows, check_weights};
use crate::{Dataset, Error, Float, Layer, Loss, Optimizer, Parameter, Result};
use ndarray::{ArrayRef2, ArrayView2, CowArray, Ix2};

impl<F: Float> Network<F> {
    /// The forward pass of training: remembers what `backward` needs and returns the outputs.
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
    /// network.update(&mut Sgd::new(0.1)?);
    /// assert!(Mse.value(&network.predict(&inputs)?, &targets)? < loss);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn forward(&mut self, inputs: &ArrayRef2<F>) -> Result<ArrayView2<'_, F>> {
        self.check_inputs("Network::forward", inputs)?;
        let (rows, buffers) = (inputs.nrows(), &mut self.buffers);
        buffers.passes.reserve(&self.layers, rows);
        buffers.shards.clear();
        let layers = &mut self.layers;
        buffers
            .passes
            .forward(buffers.inputs.copy(inputs), |index, input, output| layers[index].forward(input, output));
        buffers.rows = rows;
        Ok(buffers.passes.ends().0.view())
    }

    /// The backward pass: from dL/doutputs to the gradient of every parameter.
    ///
    /// # Errors
    /// When no `forward` came before, or the gradient has another shape than the outputs or is not finite.
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
        self.start_backward(output_gradient)?;
        let buffers = &mut self.buffers;
        back(&mut self.layers, &mut buffers.passes, buffers.inputs.matrix(), None);
        self.layers.iter_mut().for_each(|layer| layer.commit());
        Ok(())
    }

    /// The backward pass, carried on to the inputs: returns dL/dinputs.
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
        self.start_backward(output_gradient)?;
        let buffers = &mut self.buffers;
        let inputs = buffers.inputs.matrix();
        let input_gradient = buffers.input_gradient.fit(inputs.nrows(), inputs.ncols());
        back(&mut self.layers, &mut buffers.passes, inputs, Some(input_gradient));
        self.layers.iter_mut().for_each(|layer| layer.commit());
        Ok(buffers.input_gradient.matrix().view())
    }

    fn start_backward(&mut self, output_gradient: &ArrayRef2<F>) -> Result<()> {
        let operation = "Network::backward";
        if self.buffers.rows == 0 {
            return Err(Error::BackwardBeforeForward { operation });
        }
        let expected = (self.buffers.rows, self.output_size());
        if output_gradient.dim() != expected {
            let expected = format!("a gradient of shape {expected:?}");
            return Err(Error::invalid(operation, expected, format!("{:?}", output_gradient.dim())));
        }
        all_finite(operation, "gradient", output_gradient)?;
        self.buffers.passes.ends().1.assign(output_gradient);
        Ok(())
    }

    /// Moves every parameter along its gradient, as the optimizer sees fit.
    ///
    /// The new values are not checked: see [`train_step`](Self::train_step) for what a rate that is far too high does.
    ///
    /// ```
    /// use feedforward::{Dense, HalfSquaredError, Identity, Network, Sgd};
    /// use ndarray::array;
    ///
    /// let dense = Dense::from_parameters(array![[2.0]], None, Identity)?;
    /// let mut network = Network::from_layers(vec![Box::new(dense)])?;
    /// network.compute_gradients(&array![[1.0]], &array![[3.0]], None, &HalfSquaredError)?; // p - t = -1
    /// network.update(&mut Sgd::new(0.5)?);
    /// assert_eq!(network.layers()[0].parameters()[0].values(), [2.5]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn update(&mut self, optimizer: &mut dyn Optimizer<F>) {
        let work = COST_OF_ELEMENT * self.parameter_count();
        run_in_pool(work, || self.layers.iter_mut().for_each(|layer| layer.update(optimizer)));
    }

    /// Forward, loss and backward: leaves dL/dw in every parameter and returns L.
    ///
    /// `weights`, one for each row, make L a weighted mean: see [`Loss`].
    ///
    /// # Errors
    /// When inputs, targets or weights do not fit, hold a number that is not finite, or the loss or a gradient comes out as
    /// NaN or infinite (if a parameter is so already, the error says that instead). No parameter is moved in any case.
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

    fn gradients(
        &mut self,
        operation: &'static str,
        inputs: &ArrayRef2<F>,
        targets: &ArrayRef2<F>,
        weights: Option<&[F]>,
        loss: &dyn Loss<F>,
    ) -> Result<F> {
        self.check_inputs(operation, inputs)?;
        check_rows(operation, inputs, targets)?;
        loss.check_targets(self.output_size(), targets)?;
        check_weights(operation, inputs.nrows(), weights)?;
        let (work, buffers) = (self.multiplications(inputs.nrows()), &mut self.buffers);
        buffers.rows = 0;
        let inputs = buffers.inputs.standard(inputs);
        let targets = buffers.targets.standard(targets);
        let step = Step { inputs: &inputs, targets: &targets, weights, loss };
        let (passes, shards) = (&mut buffers.passes, &mut buffers.shards);
        run_in_pool(work, || run(operation, &mut self.layers, passes, shards, step, work))
    }

    /// The same for some rows of a data set, checked before, which are copied straight into the network's buffers.
    pub(crate) fn compute_gathered(&mut self, data: &Dataset<F>, rows: &[usize], loss: &dyn Loss<F>) -> Result<F> {
        let (count, work) = (rows.len(), self.multiplications(rows.len()));
        let buffers = &mut self.buffers;
        buffers.rows = 0;
        let inputs = buffers.inputs.fit(count, data.inputs().ncols());
        let targets = buffers.targets.fit(count, data.targets().ncols());
        if data.weights().is_some() {
            buffers.weights.resize(count, F::zero());
        }
        data.gather(rows, flat_mut(inputs), flat_mut(targets), &mut buffers.weights);
        let weights = data.weights().map(|_| &buffers.weights[..]);
        let step = Step { inputs, targets, weights, loss };
        let (passes, shards) = (&mut buffers.passes, &mut buffers.shards);
        run_in_pool(work, || run("Trainer", &mut self.layers, passes, shards, step, work))
    }

    /// The outputs of a layer in the last training pass, if there was one.
    pub(crate) fn last_output(&self, layer: usize) -> Option<CowArray<'_, F, Ix2>> {
        let Buffers { passes, shards, .. } = &self.buffers;
        shards.output(layer).map(CowArray::from).or_else(|| passes.output(layer).map(CowArray::from))
    }

    /// One step of training: forward, loss, backward, update. Returns the loss before the update.
    ///
    /// The input gradient of the first layer is not computed. After the first step with a batch of this size (or a
    /// larger one) no memory is allocated.
    ///
    /// The parameters are not checked after they were moved, which would take a pass over all of them at every step: a rate
    /// so high that a weight overflows leaves it infinite. A later step fails with [`Error::ParameterNotFinite`] as soon as this
    /// reaches the loss or a gradient; by then it cannot be undone. [`Trainer`](crate::Trainer) checks after each epoch, and goes
    /// back to the one before.
    ///
    /// # Errors
    /// When inputs or targets do not fit, hold a number that is not finite, or the loss or a gradient comes out as NaN
    /// or infinite. The parameters are then as they were before.
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
        run_in_pool(self.multiplications(inputs.nrows()), || {
            let value = self.gradients("Network::train_step", inputs, targets, None, loss)?;
            self.update(optimizer);
            Ok(value)
        })
    }

    /// About how many multiplications a step with so many rows takes.
    pub(crate) fn multiplications(&self, rows: usize) -> usize {
        3 * rows * self.parameter_count()
    }

    /// Inputs this network can take.
    pub(crate) fn check_inputs(&self, operation: &'static str, inputs: &ArrayRef2<F>) -> Result<()> {
        let (expected, found) = (self.input_size(), inputs.ncols());
        if found != expected {
            return Err(Error::Columns { operation, what: "inputs", expected, found });
        }
        if inputs.nrows() == 0 {
            return Err(Error::Empty { operation, what: "row" });
        }
        all_finite(operation, "inputs", inputs)
    }
}

/// Forward, loss and backward over checked data in standard layout.
fn run<F: Float>(
    operation: &'static str,
    layers: &mut [Box<dyn Layer<F>>],
    passes: &mut Passes<F>,
    shards: &mut Shards<F>,
    step: Step<'_, F>,
    work: usize,
) -> Result<F> {
    let divided = shards.divide(layers, step.inputs.nrows());
    let value = if divided { shards.run(layers, step, work) } else { there(layers, passes, step) };
    if !value.is_finite() {
        let problem = Error::LossNotFinite { operation, found: value.widen() };
        return Err(parameter_not_finite(operation, layers).unwrap_or(problem));
    }
    if !divided {
        back(layers, passes, step.inputs, None);
    }
    if let Err(problem) = finite_gradients(operation, layers) {
        return Err(parameter_not_finite(operation, layers).unwrap_or(problem));
    }
    layers.iter_mut().for_each(|layer| layer.commit());
    Ok(value)
}

/// Forward and loss; returns the loss.
fn there<F: Float>(layers: &mut [Box<dyn Layer<F>>], passes: &mut Passes<F>, step: Step<'_, F>) -> F {
    passes.reserve(layers, step.inputs.nrows());
    passes.forward(step.inputs, |index, input, output| layers[index].forward(input, output));
    let (outputs, gradient) = passes.ends();
    step.loss.weighted_mean(outputs, step.targets, step.weights, gradient)
}

/// Backward.
fn back<F: Float>(
    layers: &mut [Box<dyn Layer<F>>],
    passes: &mut Passes<F>,
    inputs: &ArrayRef2<F>,
    input_gradient: Option<&mut ArrayRef2<F>>,
) {
    passes.backward(inputs, input_gradient, |index, input, output, output_gradient, input_gradient| {
        layers[index].backward(input, output, output_gradient, input_gradient);
    });
}

fn finite_gradients<F: Float>(operation: &'static str, layers: &[Box<dyn Layer<F>>]) -> Result<()> {
    for (index, layer) in layers.iter().enumerate() {
        for parameter in layer.parameters().iter().filter(|parameter| parameter.is_trainable()) {
            if !parameter.has_finite_gradient() {
                return Err(gradient_not_finite(operation, index, parameter));
            }
        }
    }
    Ok(())
}

#[cold]
fn gradient_not_finite<F: Float>(operation: &'static str, layer: usize, parameter: &Parameter<F>) -> Error {
    let found = parameter.gradients().iter().find(|gradient| !gradient.is_finite());
    let found = found.map_or(f64::NAN, |gradient| gradient.widen());
    Error::GradientNotFinite { operation, layer, parameter: parameter.name(), found }
}

/// A parameter that is NaN or infinite already, if there is one: then loss and gradients are bad because of it.
#[cold]
fn parameter_not_finite<F: Float>(operation: &'static str, layers: &[Box<dyn Layer<F>>]) -> Option<Error> {
    layers.iter().enumerate().find_map(|(layer, it)| {
        it.parameters().iter().find_map(|parameter| {
            let found = parameter.values().iter().find(|value| !value.is_finite())?.widen();
            Some(Error::ParameterNotFinite { operation, layer, parameter: parameter.name(), found })
        })
    })
}
