//! [`BatchNorm`]: each feature normalised over the batch.

use super::norm::{EPSILON, gain_and_shift, moments};
use super::{Layer, flat, flat_mut};
use crate::{Error, Float, Parameter, Result, Role};
use ndarray::{Array2, ArrayRef2};

/// How much of a new batch goes into the running statistics, as in PyTorch.
const MOMENTUM: f64 = 0.1;

/// y = gain ⊙ (x - mean) / √(variance + ε) + shift, feature by feature; gain starts at 1, shift at 0, ε = 1e-5.
///
/// While training, mean and variance (the mean squared distance) are those of the batch; in prediction they are running
/// averages, which each training pass moves by a tenth towards the batch's mean and unbiased variance (for a batch of one
/// row the variance stays; a pass whose loss or gradients are not finite moves nothing). The running averages are parameters with [`Role::Statistic`]: saved with the model, moved by no
/// optimizer. Ioffe and Szegedy 2015; the same as PyTorch's `BatchNorm1d`, which refuses a batch of one row where this
/// gives the shift.
///
/// ```
/// use feedforward::{Identity, Network, Relu};
/// let network = Network::<f32>::builder(4).dense(8, Identity).batch_norm().activation(Relu).dense(1, Identity).build()?;
/// assert_eq!(network.layers()[1].parameters().len(), 4);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct BatchNorm<F> {
    /// Gain, shift, running mean, running variance.
    parameters: [Parameter<F>; 4],
    /// Mean, one over the root, and variance of each feature in the last batch.
    batch: Vec<(f64, f64, f64)>,
    /// Rows of the last batch.
    rows: usize,
}

impl<F: Float> BatchNorm<F> {
    /// A layer over rows of `size` numbers.
    ///
    /// # Errors
    /// When the size is zero, or larger than memory can be.
    ///
    /// ```
    /// use feedforward::{BatchNorm, Layer};
    /// let layer = BatchNorm::<f32>::new(3)?;
    /// let names: Vec<_> = layer.parameters().iter().map(|parameter| parameter.name()).collect();
    /// assert_eq!(names, ["gain", "shift", "running_mean", "running_variance"]);
    /// assert!(BatchNorm::<f32>::new(0).is_err());
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn new(size: usize) -> Result<Self> {
        if size == 0 {
            return Err(Error::Empty { operation: "BatchNorm", what: "input" });
        }
        let [gain, shift] = gain_and_shift("BatchNorm", size)?;
        let mean = Parameter::new("running_mean", Role::Statistic, Array2::zeros((1, size)));
        let variance = Parameter::new("running_variance", Role::Statistic, Array2::ones((1, size)));
        Ok(Self { parameters: [gain, shift, mean, variance], batch: Vec::with_capacity(size), rows: 0 })
    }

    fn size(&self) -> usize {
        self.parameters[0].len()
    }

    /// Writes the outputs, given mean and scale of each feature.
    fn write(&self, input: &ArrayRef2<F>, output: &mut ArrayRef2<F>, moments: impl Fn(usize) -> (f64, f64)) {
        let (gain, shift) = (self.parameters[0].values(), self.parameters[1].values());
        let rows = flat(input).chunks_exact(self.size());
        for (output, input) in flat_mut(output).chunks_exact_mut(self.size()).zip(rows) {
            for (k, (y, &x)) in output.iter_mut().zip(input).enumerate() {
                let (mean, scale) = moments(k);
                *y = gain[k] * F::from_f64((x.widen() - mean) * scale) + shift[k];
            }
        }
    }
}

impl<F: Float> Layer<F> for BatchNorm<F> {
    fn input_size(&self) -> usize {
        self.size()
    }

    fn output_size(&self) -> usize {
        self.size()
    }

    fn infer(&self, input: &ArrayRef2<F>, output: &mut ArrayRef2<F>) {
        let (means, variances) = (self.parameters[2].values(), self.parameters[3].values());
        self.write(input, output, |k| (means[k].widen(), 1.0 / (variances[k].widen() + EPSILON).sqrt()));
    }

    fn forward(&mut self, input: &ArrayRef2<F>, output: &mut ArrayRef2<F>) {
        self.rows = input.nrows();
        self.batch.clear();
        self.batch.extend(input.columns().into_iter().map(|column| moments(column.iter().copied(), column.len())));
        self.write(input, output, |k| (self.batch[k].0, self.batch[k].1));
    }

    fn backward(
        &mut self,
        input: &ArrayRef2<F>,
        _output: &ArrayRef2<F>,
        output_gradient: &mut ArrayRef2<F>,
        input_gradient: Option<&mut ArrayRef2<F>>,
    ) {
        let (rows, size) = input.dim();
        let mut input_gradient = input_gradient;
        for (k, &(mean, scale, _)) in self.batch.iter().enumerate() {
            let normal = |row: usize| (flat(input)[row * size + k].widen() - mean) * scale;
            let above = |row: usize| flat(output_gradient)[row * size + k].widen();
            let sum: f64 = (0..rows).map(above).sum();
            let product: f64 = (0..rows).map(|row| above(row) * normal(row)).sum();
            self.parameters[0].gradients_mut()[k] = F::from_f64(product);
            self.parameters[1].gradients_mut()[k] = F::from_f64(sum);
            if let Some(below) = &mut input_gradient {
                let (factor, n) = (self.parameters[0].values()[k].widen() * scale, rows as f64);
                for row in 0..rows {
                    let centred = above(row) - sum / n - normal(row) * product / n;
                    flat_mut(below)[row * size + k] = F::from_f64(factor * centred);
                }
            }
        }
    }

    /// Moves the running statistics towards the batch's.
    fn commit(&mut self) {
        let rows = self.rows as f64;
        let unbiased = rows / (rows - 1.0);
        let [_, _, means, variances] = &mut self.parameters;
        let running = means.value_mut().into_iter().zip(variances.value_mut());
        for ((mean, variance), &(batch_mean, _, batch_variance)) in running.zip(&self.batch) {
            *mean = F::from_f64((1.0 - MOMENTUM) * mean.widen() + MOMENTUM * batch_mean);
            if rows > 1.0 {
                *variance = F::from_f64((1.0 - MOMENTUM) * variance.widen() + MOMENTUM * batch_variance * unbiased);
            }
        }
    }

    fn parameters(&self) -> &[Parameter<F>] {
        &self.parameters
    }

    fn parameters_mut(&mut self) -> &mut [Parameter<F>] {
        &mut self.parameters
    }
}
