//! [`LayerNorm`]: each example normalised over its features.

use super::norm::{gain_and_shift, moments};
use super::{Layer, flat, flat_mut};
use crate::{Error, Float, Parameter, Result};
use ndarray::ArrayRef2;

/// y = gain ⊙ (x - mean) / √(variance + ε) + shift, with mean and variance over the features of each example.
///
/// The variance is the mean squared distance, ε = 1e-5. Gain starts at 1, shift at 0. The same in training and in
/// prediction. Ba et al. 2016; the same as PyTorch's `LayerNorm`.
///
/// ```
/// use feedforward::{Layer, LayerNorm};
/// let mut output = ndarray::array![[0.0_f64, 0.0]];
/// LayerNorm::new(2)?.infer(&ndarray::array![[10.0, 30.0]], &mut output);
/// assert!((output[[0, 0]] + 1.0).abs() < 1e-6 && (output[[0, 1]] - 1.0).abs() < 1e-6);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct LayerNorm<F> {
    parameters: [Parameter<F>; 2],
}

impl<F: Float> LayerNorm<F> {
    /// A layer over rows of `size` numbers.
    ///
    /// # Errors
    /// When the size is zero, or larger than memory can be.
    ///
    /// ```
    /// use feedforward::{Layer, LayerNorm};
    /// let layer = LayerNorm::<f32>::new(3)?;
    /// assert_eq!(layer.parameters()[0].values(), [1.0; 3]); // the gain
    /// assert!(LayerNorm::<f32>::new(0).is_err());
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn new(size: usize) -> Result<Self> {
        if size == 0 {
            return Err(Error::Empty { operation: "LayerNorm", what: "input" });
        }
        Ok(Self { parameters: gain_and_shift("LayerNorm", size)? })
    }

    fn size(&self) -> usize {
        self.parameters[0].len()
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
        let [gain, shift] = &self.parameters;
        let rows = flat(input).chunks_exact(self.size());
        for (output, input) in flat_mut(output).chunks_exact_mut(self.size()).zip(rows) {
            let (mean, scale, _) = moments(input.iter().copied(), input.len());
            let affine = gain.values().iter().zip(shift.values());
            for ((y, &x), (&gain, &shift)) in output.iter_mut().zip(input).zip(affine) {
                *y = gain * F::from_f64((x.widen() - mean) * scale) + shift;
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
        let size = self.size();
        let [gain, shift] = &mut self.parameters;
        gain.gradients_mut().fill(F::zero());
        shift.gradients_mut().fill(F::zero());
        // The output gradient becomes dL/dx in place, row by row.
        for (gradient, input) in flat_mut(output_gradient).chunks_exact_mut(size).zip(flat(input).chunks_exact(size)) {
            let (mean, scale, _) = moments(input.iter().copied(), size);
            let normal = |x: F| (x.widen() - mean) * scale;
            let (mut sum, mut product) = (0.0, 0.0);
            for (k, (g, &x)) in gradient.iter_mut().zip(input).enumerate() {
                gain.gradients_mut()[k] += *g * F::from_f64(normal(x));
                shift.gradients_mut()[k] += *g;
                *g *= gain.values()[k];
                sum += g.widen();
                product += g.widen() * normal(x);
            }
            let (sum, product) = (sum / size as f64, product / size as f64);
            for (g, &x) in gradient.iter_mut().zip(input) {
                *g = F::from_f64(scale * (g.widen() - sum - normal(x) * product));
            }
        }
        if let Some(input_gradient) = input_gradient {
            input_gradient.assign(output_gradient);
        }
    }

    fn parameters(&self) -> &[Parameter<F>] {
        &self.parameters
    }

    fn parameters_mut(&mut self) -> &mut [Parameter<F>] {
        &mut self.parameters
    }
}
