//! [`LayerNorm`]: each example normalized over its features.

use super::norm::{EPSILON, Moments, gamma_and_beta, parameter_of};
use super::{Layer, flat, flat_mut};
use crate::{Description, Float, Parameter, Result, Role, check};
use ndarray::{Array1, ArrayRef2};

/// Normalizes each example: y = gamma ⊙ (x - mean) / √(variance + ε) + beta, over its features.
///
/// The variance is the mean squared distance, ε = 1e-5 by default. Gamma starts at 1, beta at 0. The same in training
/// and in prediction. Ba et al. 2016; the same as PyTorch's `LayerNorm`.
///
/// ```
/// use feedforward::layer::LayerNorm;
/// use feedforward::Layer;
/// let mut output = ndarray::array![[0.0_f64, 0.0]];
/// LayerNorm::new(2)?.infer(&ndarray::array![[10.0, 30.0]], &mut output);
/// assert!((output[[0, 0]] + 1.0).abs() < 1e-6 && (output[[0, 1]] - 1.0).abs() < 1e-6);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct LayerNorm<F> {
    gamma: Parameter<F>,
    beta: Parameter<F>,
    epsilon: f64,
    /// Sums of the backward pass: of gamma's gradient, then of beta's.
    sums: Vec<f64>,
}

impl<F: Float> LayerNorm<F> {
    /// Makes a layer over rows of `size` numbers, with an epsilon of 1e-5.
    ///
    /// # Errors
    /// When the size is zero, or larger than memory can be.
    pub fn new(size: usize) -> Result<Self> {
        Self::with_epsilon(size, EPSILON)
    }

    /// Makes a layer over rows of `size` numbers, with this epsilon (Keras uses 1e-3).
    ///
    /// # Errors
    /// As for [`new`](Self::new), and when the epsilon is not finite and above zero.
    pub fn with_epsilon(size: usize, epsilon: f64) -> Result<Self> {
        let (gamma, beta) = gamma_and_beta("LayerNorm", 2, size)?;
        Ok(Self { gamma, beta, epsilon: check::epsilon("LayerNorm", epsilon)?, sums: Vec::new() })
    }

    /// Makes a layer with this gamma and beta, one number of each for a feature.
    ///
    /// # Errors
    /// When there is none, the lengths differ, a number is not finite, or the epsilon is not finite and above zero.
    pub fn from_parameters(gamma: Array1<F>, beta: Array1<F>, epsilon: f64) -> Result<Self> {
        let size = gamma.len();
        Ok(Self {
            gamma: parameter_of("LayerNorm", "gamma", Role::Bias, size, gamma)?,
            beta: parameter_of("LayerNorm", "beta", Role::Bias, size, beta)?,
            epsilon: check::epsilon("LayerNorm", epsilon)?,
            sums: Vec::new(),
        })
    }

    fn size(&self) -> usize {
        self.gamma.len()
    }
}

impl<F: Float> Layer<F> for LayerNorm<F> {
    fn input_size(&self) -> usize {
        self.size()
    }

    fn output_size(&self) -> usize {
        self.size()
    }

    fn infer(&self, input: &ArrayRef2<F>, output: &mut ArrayRef2<F>) {
        let (gamma, beta) = (self.gamma.values(), self.beta.values());
        let rows = flat(input).chunks_exact(self.size());
        for (output, input) in flat_mut(output).chunks_exact_mut(self.size()).zip(rows) {
            let moments = Moments::new(input.iter().copied(), input.len(), self.epsilon);
            for ((y, &x), (&gamma, &beta)) in output.iter_mut().zip(input).zip(gamma.iter().zip(beta)) {
                *y = gamma * F::from_f64(moments.normalize(x)) + beta;
            }
        }
    }

    fn backward(
        &mut self,
        input: &ArrayRef2<F>,
        _output: &ArrayRef2<F>,
        output_gradient: &mut ArrayRef2<F>,
        input_gradient: Option<&mut ArrayRef2<F>>,
    ) {
        let (size, epsilon) = (self.size(), self.epsilon);
        let (gammas, of_gamma) = self.gamma.values_and_gradients_mut();
        let of_beta = self.beta.gradients_mut();
        // Sums over the rows, in double precision.
        self.sums.clear();
        self.sums.resize(2 * size, 0.0);
        let (gamma_sums, beta_sums) = self.sums.split_at_mut(size);
        // The output gradient becomes dL/dx in place, row by row.
        for (gradient, input) in flat_mut(output_gradient).chunks_exact_mut(size).zip(flat(input).chunks_exact(size)) {
            let moments = Moments::new(input.iter().copied(), size, epsilon);
            let (mut sum, mut product) = (0.0, 0.0);
            for (k, (g, &x)) in gradient.iter_mut().zip(input).enumerate() {
                let normal = moments.normalize(x);
                gamma_sums[k] += g.widen() * normal;
                beta_sums[k] += g.widen();
                *g *= gammas[k];
                sum += g.widen();
                product += g.widen() * normal;
            }
            let (sum, product) = (sum / size as f64, product / size as f64);
            for (g, &x) in gradient.iter_mut().zip(input) {
                *g = F::from_f64(moments.scale * (g.widen() - sum - moments.normalize(x) * product));
            }
        }
        of_gamma.iter_mut().zip(gamma_sums).for_each(|(gradient, &mut sum)| *gradient = F::from_f64(sum));
        of_beta.iter_mut().zip(beta_sums).for_each(|(gradient, &mut sum)| *gradient = F::from_f64(sum));
        if let Some(input_gradient) = input_gradient {
            input_gradient.assign(output_gradient);
        }
    }

    fn visit<'a>(&'a self, visitor: &mut dyn FnMut(&'a Parameter<F>)) {
        visitor(&self.gamma);
        visitor(&self.beta);
    }

    fn visit_mut<'a>(&'a mut self, visitor: &mut dyn FnMut(&'a mut Parameter<F>)) {
        visitor(&mut self.gamma);
        visitor(&mut self.beta);
    }

    fn rows_are_independent(&self) -> bool {
        true
    }

    fn describe(&self) -> Description {
        Description::of_type::<Self>().with("epsilon", self.epsilon)
    }
}
