//! [`BatchNorm`]: each feature normalized over the batch.

use super::norm::{EPSILON, Moments, gamma_and_beta, parameter_of};
use super::{Layer, flat, flat_mut};
use crate::{Description, Error, Float, Parameter, Result, Role, check};
use ndarray::{Array1, Array2, ArrayRef2};

/// Normalizes each feature: y = gamma ⊙ (x - mean) / √(variance + ε) + beta.
///
/// While training, mean and variance (the mean squared distance) are those of the batch. In prediction they are running
/// averages, which each training pass moves by the momentum towards the batch's mean and unbiased variance; after a
/// batch of one row the variance stays. The running averages are parameters with [`Role::Statistic`]: saved with the
/// model, moved by no optimizer. A pass whose loss or gradients are not finite moves nothing, and a frozen layer keeps
/// its averages. Gamma starts at 1, beta at 0. Ioffe and Szegedy 2015; the same as PyTorch's `BatchNorm1d`, which
/// refuses a batch of one row where this layer gives beta.
///
/// ```
/// use feedforward::{Identity, Network, Relu};
/// let builder = Network::<f32>::builder(4).dense(8, Identity).batch_norm().activation(Relu);
/// let network = builder.dense(1, Identity).build()?;
/// let names: Vec<_> = network.layers()[1].parameters().iter().map(|parameter| parameter.name()).collect();
/// assert_eq!(names, ["gamma", "beta", "running_mean", "running_variance"]);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "BatchNorm1d")]
#[derive(Debug, Clone)]
pub struct BatchNorm<F> {
    gamma: Parameter<F>,
    beta: Parameter<F>,
    running_mean: Parameter<F>,
    running_variance: Parameter<F>,
    options: BatchNormOptions,
    /// Moments of each feature in the last batch.
    batch: Vec<Moments>,
}

/// Epsilon and momentum of a [`BatchNorm`].
///
/// The defaults are PyTorch's. Keras uses an epsilon of 1e-3 and a momentum of 0.99, which counts the old value: 0.01
/// here. Checked when the layer is made.
///
/// ```
/// use feedforward::layer::BatchNormOptions;
/// use feedforward::{Identity, Network};
/// let keras = BatchNormOptions::default().epsilon(1e-3).momentum(0.01);
/// let network = Network::<f32>::builder(4).dense(8, Identity).batch_norm_with(keras).build()?;
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BatchNormOptions {
    epsilon: f64,
    momentum: f64,
}

impl Default for BatchNormOptions {
    /// Returns an epsilon of 1e-5 and a momentum of 0.1.
    fn default() -> Self {
        Self { epsilon: EPSILON, momentum: 0.1 }
    }
}

impl BatchNormOptions {
    /// Sets ε, which is added to the variance; a finite number > 0.
    pub fn epsilon(self, epsilon: f64) -> Self {
        Self { epsilon, ..self }
    }

    /// Sets the share of a new batch in the running averages, from 0 to 1.
    pub fn momentum(self, momentum: f64) -> Self {
        Self { momentum, ..self }
    }

    fn check(self) -> Result<Self> {
        check::epsilon("BatchNorm", self.epsilon)?;
        check::share("BatchNorm", "momentum", self.momentum)?;
        Ok(self)
    }
}

impl<F: Float> BatchNorm<F> {
    /// Makes a layer over rows of `size` numbers, with an epsilon of 1e-5 and a momentum of 0.1.
    ///
    /// # Errors
    /// When the size is zero, or larger than memory can be.
    pub fn new(size: usize) -> Result<Self> {
        Self::with_options(size, BatchNormOptions::default())
    }

    /// Makes a layer over rows of `size` numbers, with these options.
    ///
    /// # Errors
    /// As for [`new`](Self::new), and when an option is out of its range.
    pub fn with_options(size: usize, options: BatchNormOptions) -> Result<Self> {
        let (gamma, beta) = gamma_and_beta("BatchNorm", 4, size)?;
        let options = options.check()?;
        let running_mean = Parameter::new("running_mean", Role::Statistic, Array2::zeros((1, size)));
        let running_variance = Parameter::new("running_variance", Role::Statistic, Array2::ones((1, size)));
        Ok(Self { gamma, beta, running_mean, running_variance, options, batch: Vec::new() })
    }

    /// Makes a layer with these parameters, one number of each for a feature.
    ///
    /// PyTorch calls them `weight`, `bias`, `running_mean` and `running_var`, Keras gamma, beta, `moving_mean` and
    /// `moving_variance`.
    ///
    /// # Errors
    /// When there is none, the lengths differ, a number is not finite, a variance is negative, or an option is out of
    /// its range.
    ///
    /// ```
    /// use feedforward::Layer;
    /// use feedforward::layer::{BatchNorm, BatchNormOptions};
    /// use ndarray::array;
    ///
    /// let options = BatchNormOptions::default().epsilon(1e-9);
    /// let layer = BatchNorm::from_parameters(array![2.0], array![1.0], array![10.0], array![25.0], options)?;
    /// let mut output = array![[0.0_f64]];
    /// layer.infer(&array![[20.0]], &mut output); // 2 · (20 - 10) / 5 + 1
    /// assert!((output[[0, 0]] - 5.0).abs() < 1e-9);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn from_parameters(
        gamma: Array1<F>,
        beta: Array1<F>,
        running_mean: Array1<F>,
        running_variance: Array1<F>,
        options: BatchNormOptions,
    ) -> Result<Self> {
        const OPERATION: &str = "BatchNorm";
        let size = gamma.len();
        let gamma = parameter_of(OPERATION, "gamma", Role::Bias, size, gamma)?;
        let beta = parameter_of(OPERATION, "beta", Role::Bias, size, beta)?;
        let running_mean = parameter_of(OPERATION, "running_mean", Role::Statistic, size, running_mean)?;
        let running_variance = parameter_of(OPERATION, "running_variance", Role::Statistic, size, running_variance)?;
        if let Some(found) = running_variance.values().iter().find(|&&variance| variance < F::zero()) {
            return Err(Error::invalid(OPERATION, "running variances >= 0", found));
        }
        let options = options.check()?;
        Ok(Self { gamma, beta, running_mean, running_variance, options, batch: Vec::new() })
    }

    fn size(&self) -> usize {
        self.gamma.len()
    }

    /// Writes the outputs, given mean and scale of each feature.
    fn write(&self, input: &ArrayRef2<F>, output: &mut ArrayRef2<F>, moments: impl Fn(usize) -> (f64, f64)) {
        let (gamma, beta) = (self.gamma.values(), self.beta.values());
        let rows = flat(input).chunks_exact(self.size());
        for (output, input) in flat_mut(output).chunks_exact_mut(self.size()).zip(rows) {
            for (k, (y, &x)) in output.iter_mut().zip(input).enumerate() {
                let (mean, scale) = moments(k);
                *y = gamma[k] * F::from_f64((x.widen() - mean) * scale) + beta[k];
            }
        }
    }

    /// Proposes running statistics that are moved towards those of the batch.
    fn propose_statistics(&mut self, rows: usize) {
        let Self { running_mean, running_variance, options: BatchNormOptions { momentum, .. }, batch, .. } = self;
        let moved = |running: F, batch: f64| F::from_f64((1.0 - *momentum) * running.widen() + *momentum * batch);
        running_mean.propose(|k, running| moved(running, batch[k].mean));
        if rows > 1 {
            let unbiased = rows as f64 / (rows as f64 - 1.0);
            running_variance.propose(|k, running| {
                // In this order: the last digits depend on it.
                F::from_f64((1.0 - *momentum) * running.widen() + *momentum * batch[k].variance * unbiased)
            });
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
        let (means, variances) = (self.running_mean.values(), self.running_variance.values());
        self.write(input, output, |k| (means[k].widen(), 1.0 / (variances[k].widen() + self.options.epsilon).sqrt()));
    }

    fn forward(&mut self, input: &ArrayRef2<F>, output: &mut ArrayRef2<F>) {
        let (rows, epsilon) = (input.nrows(), self.options.epsilon);
        self.batch.clear();
        let columns = input.columns().into_iter();
        self.batch.extend(columns.map(|column| Moments::new(column.iter().copied(), rows, epsilon)));
        self.write(input, output, |k| (self.batch[k].mean, self.batch[k].scale));
        self.propose_statistics(rows);
    }

    fn backward(
        &mut self,
        input: &ArrayRef2<F>,
        _output: &ArrayRef2<F>,
        output_gradient: &mut ArrayRef2<F>,
        mut input_gradient: Option<&mut ArrayRef2<F>>,
    ) {
        let (rows, size) = input.dim();
        for (k, moments) in self.batch.iter().enumerate() {
            let normal = |row: usize| moments.normalize(flat(input)[row * size + k]);
            let above = |row: usize| flat(output_gradient)[row * size + k].widen();
            let sum: f64 = (0..rows).map(above).sum();
            let product: f64 = (0..rows).map(|row| above(row) * normal(row)).sum();
            self.gamma.gradients_mut()[k] = F::from_f64(product);
            self.beta.gradients_mut()[k] = F::from_f64(sum);
            if let Some(below) = &mut input_gradient {
                let (factor, n) = (self.gamma.values()[k].widen() * moments.scale, rows as f64);
                for row in 0..rows {
                    let centred = above(row) - sum / n - normal(row) * product / n;
                    flat_mut(below)[row * size + k] = F::from_f64(factor * centred);
                }
            }
        }
    }

    fn visit<'a>(&'a self, visitor: &mut dyn FnMut(&'a Parameter<F>)) {
        [&self.gamma, &self.beta, &self.running_mean, &self.running_variance].into_iter().for_each(visitor);
    }

    fn visit_mut<'a>(&'a mut self, visitor: &mut dyn FnMut(&'a mut Parameter<F>)) {
        let Self { gamma, beta, running_mean, running_variance, .. } = self;
        [gamma, beta, running_mean, running_variance].into_iter().for_each(visitor);
    }

    fn describe(&self) -> Description {
        let BatchNormOptions { epsilon, momentum } = self.options;
        Description::of_type::<Self>().with("epsilon", epsilon).with("momentum", momentum)
    }
}

#[cfg(feature = "serde")]
crate::serialize::checked_serde!(
    "BatchNormOptions",
    struct BatchNormOptions {
        epsilon: f64,
        momentum: f64,
    },
    |options| {
        check::epsilon("BatchNorm", options.epsilon)?;
        check::share("BatchNorm", "momentum", options.momentum).map(drop)
    }
);
