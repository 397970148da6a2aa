//! [`Observer`]: told of each step and epoch of training, and able to end it.

use super::EpochRecord;
use crate::{Float, Network, Role, kernel};

/// Whether an observer lets training go on.
///
/// How to end training from outside, with Ctrl-C for one (the handler sets the flag; with early stopping the best weights so far
/// are taken back):
///
/// ```
/// use feedforward::{Dataset, EpochRecord, Identity, Mse, Network, Sgd, Signal, Trainer};
/// use std::sync::atomic::{AtomicBool, Ordering};
///
/// static INTERRUPTED: AtomicBool = AtomicBool::new(false);
///
/// let data = Dataset::new(ndarray::array![[1.0], [2.0]], ndarray::array![[2.0], [4.0]])?;
/// let mut network = Network::<f64>::builder(1).dense(1, Identity).build()?;
/// let watch = |_: &Network<f64>, record: &EpochRecord| {
///     # INTERRUPTED.store(record.epoch == 2, Ordering::Relaxed);
///     if INTERRUPTED.load(Ordering::Relaxed) { Signal::Stop } else { Signal::Continue }
/// };
/// let history = Trainer::new(100).observer(watch).fit(&mut network, &data, &Mse, &mut Sgd::new(0.1)?)?;
/// assert_eq!(history.len(), 2);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Signal {
    /// Training goes on.
    #[default]
    Continue,
    /// Training ends now; with early stopping the best weights so far are taken back.
    Stop,
}

/// Told of each step and epoch of training, and able to end it. A closure over network and record is one, called after
/// each epoch. It is [`Send`], because the fit of a large network moves to a thread of the pool.
///
/// ```
/// use feedforward::{Dataset, EpochRecord, Identity, Mse, Network, Sgd, Signal, Trainer};
/// use ndarray::array;
///
/// let data = Dataset::new(array![[1.0], [2.0]], array![[2.0], [4.0]])?;
/// let mut network = Network::<f64>::builder(1).dense(1, Identity).build()?;
/// let mut losses = Vec::new();
/// let watch = |_: &Network<f64>, record: &EpochRecord| {
///     losses.push(record.training_loss);
///     if losses.len() == 3 { Signal::Stop } else { Signal::Continue }
/// };
/// Trainer::new(100).observer(watch).fit(&mut network, &data, &Mse, &mut Sgd::new(0.1)?)?;
/// assert_eq!(losses.len(), 3);
/// # Ok::<(), feedforward::Error>(())
/// ```
pub trait Observer<F: Float>: Send {
    /// Before the first epoch of a fit, with the number of epochs and of steps in each.
    fn start(&mut self, _epochs: usize, _steps: usize) {}

    /// After each step, with its number within the epoch, counted from 1, and its loss.
    ///
    /// ```
    /// use feedforward::{EpochRecord, Network, Observer, Signal};
    ///
    /// /// Ends training in the middle of an epoch.
    /// struct TenSteps(usize);
    ///
    /// impl Observer<f32> for TenSteps {
    ///     fn step(&mut self, _: usize, _: f32) -> Signal {
    ///         self.0 += 1;
    ///         if self.0 < 10 { Signal::Continue } else { Signal::Stop }
    ///     }
    ///     fn epoch(&mut self, _: &Network<f32>, _: &EpochRecord) -> Signal {
    ///         Signal::Continue
    ///     }
    /// }
    /// ```
    fn step(&mut self, _step: usize, _loss: F) -> Signal {
        Signal::Continue
    }

    /// After each epoch.
    fn epoch(&mut self, network: &Network<F>, record: &EpochRecord) -> Signal;

    /// After the last epoch of a fit.
    fn end(&mut self) {}
}

impl<F: Float, T: FnMut(&Network<F>, &EpochRecord) -> Signal + Send> Observer<F> for T {
    fn epoch(&mut self, network: &Network<F>, record: &EpochRecord) -> Signal {
        self(network, record)
    }
}

/// Statistics of one layer in the last training step: they show vanishing gradients, dead ReLUs, saturated sigmoids.
///
/// From [`Network::layer_statistics`], which an observer can ask after each epoch:
///
/// ```
/// use feedforward::{Dataset, EpochRecord, Mse, Network, Sgd, Sigmoid, Signal, Trainer};
/// use ndarray::array;
///
/// let data = Dataset::new(array![[1.0], [2.0]], array![[0.0], [1.0]])?;
/// let mut network = Network::<f64>::builder(1).dense(4, Sigmoid).dense(1, Sigmoid).build()?;
/// let watch = |network: &Network<f64>, _: &EpochRecord| {
///     let vanishes = network.layer_statistics().iter().any(|layer| layer.gradient_norm < 1e-12);
///     if vanishes { Signal::Stop } else { Signal::Continue }
/// };
/// let history = Trainer::new(5).observer(watch).fit(&mut network, &data, &Mse, &mut Sgd::new(0.1)?)?;
/// assert_eq!(history.len(), 5);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct LayerStatistics {
    /// The layer's name.
    pub name: String,
    /// Norm of the gradient of its trained parameters.
    pub gradient_norm: f64,
    /// Norm of its weights.
    pub weight_norm: f64,
    /// Share of its neurons whose activation had slope 0 for every example of the batch, if it has an activation.
    pub dead: Option<f64>,
    /// Share of its outputs where the activation's slope was below 0.01, if it has an activation.
    pub saturated: Option<f64>,
}

impl<F: Float> Network<F> {
    /// Statistics of each layer in the last training step.
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
        let squares = |values: &[F]| kernel::sum_squares(values);
        let each = self.layers().iter().enumerate().map(|(index, layer)| {
            let slopes = self.last_output(index).and_then(|output| layer.slopes(&output));
            let parameters = layer.parameters().iter();
            let trained = parameters.clone().filter(|parameter| parameter.is_trainable());
            let weights = parameters.filter(|parameter| parameter.role() == Role::Weight);
            LayerStatistics {
                name: layer.name(),
                gradient_norm: trained.map(|parameter| squares(parameter.gradients())).sum::<f64>().sqrt(),
                weight_norm: weights.map(|parameter| squares(parameter.values())).sum::<f64>().sqrt(),
                dead: slopes.as_ref().map(|slopes| {
                    let dead = slopes.columns().into_iter().filter(|column| column.iter().all(|slope| slope.is_zero()));
                    dead.count() as f64 / slopes.ncols() as f64
                }),
                saturated: slopes.as_ref().map(|slopes| {
                    let flat = slopes.iter().filter(|slope| slope.abs() < F::from_f64(0.01));
                    flat.count() as f64 / slopes.len() as f64
                }),
            }
        });
        each.collect()
    }
}
