//! [`LayerStatistics`]: norms and idle neurons of each layer, after a training step.

use super::Network;
use super::values::norm;
use crate::{Activation, AnyActivation, Float, Layer, Role};
use ndarray::{Array2, CowArray, Ix2};

/// Statistics of one layer in the last training step: they show vanishing gradients, dead ReLUs, saturated sigmoids.
///
/// From [`Network::layer_statistics`], which an observer can ask for after each epoch:
///
/// ```
/// use feedforward::{Dataset, EpochRecord, Mse, Network, Sgd, Sigmoid, Trainer};
/// use ndarray::array;
/// use std::ops::ControlFlow;
///
/// let data = Dataset::new(array![[1.0], [2.0]], array![[0.0], [1.0]])?;
/// let mut network = Network::<f64>::builder(1).dense(4, Sigmoid).dense(1, Sigmoid).build()?;
/// let watch = |network: &Network<f64>, _: &EpochRecord| {
///     let vanishes = network.layer_statistics().iter().any(|layer| layer.gradient_norm < 1e-12);
///     if vanishes { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
/// };
/// let history = Trainer::new(5).observer(watch).fit(&mut network, &data, &Mse, &mut Sgd::new(0.1)?)?;
/// assert_eq!(history.len(), 5);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct LayerStatistics {
    /// Kind and main settings of the layer, such as "Dense(Relu)".
    pub name: String,
    /// Norm of the gradient of its trained parameters.
    pub gradient_norm: f64,
    /// Norm of its weights.
    pub weight_norm: f64,
    /// Share of its neurons whose activation had slope 0 for every example of the batch; `None` where the slope cannot
    /// be computed from the output alone.
    pub dead: Option<f64>,
    /// Share of its outputs where the activation's slope was below 0.01; `None` as for `dead`.
    pub saturated: Option<f64>,
}

impl<F: Float> Network<F> {
    /// Returns statistics of each layer in the last training step.
    ///
    /// ```
    /// use feedforward::{Mse, Network, Relu, Sgd};
    /// use ndarray::array;
    ///
    /// let mut network = Network::<f64>::builder(1).dense(4, Relu).dense(1, Relu).seed(3).build()?;
    /// network.train_step(&array![[1.0]], &array![[1.0]], &Mse, &mut Sgd::new(0.1)?)?;
    /// for layer in network.layer_statistics() {
    ///     println!("{} {:.3} {:?}", layer.name, layer.gradient_norm, layer.dead);
    /// }
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn layer_statistics(&self) -> Vec<LayerStatistics> {
        let layers = self.layers().iter().enumerate();
        layers.map(|(index, layer)| statistics_of(&**layer, self.last_output(index))).collect()
    }

    /// Returns the outputs of a layer in the last training pass, if there was one.
    fn last_output(&self, layer: usize) -> Option<CowArray<'_, F, Ix2>> {
        if let Some(outputs) = self.buffers.shards.output_of(layer) {
            return Some(outputs.into());
        }
        let outputs = self.chain.output_of(layer).unwrap_or(self.buffers.pass.outputs());
        (outputs.nrows() > 0).then(|| outputs.into())
    }
}

fn statistics_of<F: Float>(layer: &dyn Layer<F>, outputs: Option<CowArray<'_, F, Ix2>>) -> LayerStatistics {
    let gradient_norm = norm(|add| {
        layer.visit(&mut |parameter| {
            if parameter.is_trainable() {
                add(parameter.gradients());
            }
        });
    });
    let weight_norm = norm(|add| {
        layer.visit(&mut |parameter| {
            if parameter.role() == Role::Weight {
                add(parameter.values());
            }
        });
    });
    let slopes = outputs.and_then(|outputs| slopes_at(layer, outputs));
    LayerStatistics {
        name: layer.describe().to_string(),
        gradient_norm,
        weight_norm,
        dead: slopes.as_ref().map(|slopes| {
            let dead = slopes.columns().into_iter().filter(|column| column.iter().all(|slope| slope.is_zero()));
            dead.count() as f64 / slopes.ncols() as f64
        }),
        saturated: slopes.as_ref().map(|slopes| {
            let flat = slopes.iter().filter(|slope| slope.abs() < F::from_f64(0.01));
            flat.count() as f64 / slopes.len() as f64
        }),
    }
}

/// Computes the slope of the layer's activation at each output, if the crate knows the activation and needs no input.
fn slopes_at<F: Float>(layer: &dyn Layer<F>, outputs: CowArray<'_, F, Ix2>) -> Option<Array2<F>> {
    let description = layer.describe();
    let activation = AnyActivation::from_description(description.part("activation")?).ok()?;
    if Activation::<F>::needs_input(&activation) {
        return None;
    }
    let mut slopes = Array2::ones(outputs.dim());
    activation.backpropagate(&[], outputs.as_slice()?, slopes.as_slice_mut()?);
    Some(slopes)
}
