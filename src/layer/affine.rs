//! [`Affine`]: each feature shifted and scaled, the standardization inside a model.

use super::norm::parameter_of;
use super::{Layer, flat, flat_mut};
use crate::{Float, Parameter, Result, Role, check};
use ndarray::{Array1, Array2, ArrayRef2};

/// Shifts and scales each feature: y = (x - center) ⊙ scale + shift, in double precision and rounded once.
///
/// The center has [`Role::Constant`]: it is part of the model and never trained. Scale and shift are trained, as gamma
/// and beta of a normalization, unless the layer is frozen: freeze it for a preprocessing that shall stay. With means
/// as center and 1 / deviation as scale it is the first layer of a model that takes raw features, as Keras'
/// `Normalization` and `Rescaling`. dL/dx = dL/dy ⊙ scale; the gradient of the scale is
/// Σ dL/dy ⊙ (x - center), that of the shift Σ dL/dy, over the batch.
///
/// ```
/// use feedforward::layer::Affine;
/// use feedforward::{Dense, Identity, Network};
/// use ndarray::array;
///
/// let standardize = Affine::from_parameters(array![100.0, 5.0], array![0.1, 2.0], array![0.0, 0.0])?;
/// let dense = Dense::from_parameters(array![[1.0], [1.0]], None, Identity)?;
/// let mut network = Network::from_layers(vec![Box::new(standardize), Box::new(dense)])?;
/// network.set_frozen(0, true)?;
/// assert_eq!(network.predict(&array![[120.0, 4.0]])?, array![[0.0]]); // 2 - 2
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias("Normalization", "Rescaling", "standardize"))]
#[derive(Debug, Clone)]
pub struct Affine<F> {
    center: Parameter<F>,
    scale: Parameter<F>,
    shift: Parameter<F>,
    /// Sums of the backward pass: of the scale's gradient, then of the shift's.
    sums: Vec<f64>,
}

impl<F: Float> Affine<F> {
    /// Makes the identity over rows of `size` numbers: a center of 0, a scale of 1, a shift of 0.
    ///
    /// # Errors
    /// When the size is zero, or larger than memory can be.
    pub fn new(size: usize) -> Result<Self> {
        check::not_empty("Affine", "input", size)?;
        // A value and a gradient for each of three parameters.
        let shape = check::addressable_times::<F>("Affine", 6, 1, size)?;
        Ok(Self {
            center: Parameter::new("center", Role::Constant, Array2::zeros(shape)),
            scale: Parameter::new("scale", Role::Bias, Array2::ones(shape)),
            shift: Parameter::new("shift", Role::Bias, Array2::zeros(shape)),
            sums: Vec::new(),
        })
    }

    /// Makes a layer with these numbers, one for each feature.
    ///
    /// # Errors
    /// When there is none, the lengths differ, or a number is not finite.
    pub fn from_parameters(center: Array1<F>, scale: Array1<F>, shift: Array1<F>) -> Result<Self> {
        let size = center.len();
        Ok(Self {
            center: parameter_of("Affine", "center", Role::Constant, size, center)?,
            scale: parameter_of("Affine", "scale", Role::Bias, size, scale)?,
            shift: parameter_of("Affine", "shift", Role::Bias, size, shift)?,
            sums: Vec::new(),
        })
    }

    fn size(&self) -> usize {
        self.center.len()
    }
}

impl<F: Float> Layer<F> for Affine<F> {
    fn input_size(&self) -> usize {
        self.size()
    }

    fn output_size(&self) -> usize {
        self.size()
    }

    fn infer(&self, input: &ArrayRef2<F>, output: &mut ArrayRef2<F>) {
        let (centers, scales, shifts) = (self.center.values(), self.scale.values(), self.shift.values());
        let rows = flat(input).chunks_exact(self.size());
        for (output, input) in flat_mut(output).chunks_exact_mut(self.size()).zip(rows) {
            for (k, (y, x)) in output.iter_mut().zip(input).enumerate() {
                let centred = x.widen() - centers[k].widen();
                *y = F::from_f64(centred * scales[k].widen() + shifts[k].widen());
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
        let centers = self.center.values();
        self.sums.clear();
        self.sums.resize(2 * size, 0.0);
        let (scale_sums, shift_sums) = self.sums.split_at_mut(size);
        for (above, input) in flat(output_gradient).chunks_exact(size).zip(flat(input).chunks_exact(size)) {
            for (k, (g, x)) in above.iter().zip(input).enumerate() {
                scale_sums[k] += g.widen() * (x.widen() - centers[k].widen());
                shift_sums[k] += g.widen();
            }
        }
        let round = |gradients: &mut [F], sums: &[f64]| {
            gradients.iter_mut().zip(sums).for_each(|(gradient, &sum)| *gradient = F::from_f64(sum));
        };
        round(self.scale.gradients_mut(), scale_sums);
        round(self.shift.gradients_mut(), shift_sums);
        if let Some(input_gradient) = input_gradient {
            input_gradient.assign(output_gradient);
            *input_gradient *= self.scale.value();
        }
    }

    fn visit<'a>(&'a self, visitor: &mut dyn FnMut(&'a Parameter<F>)) {
        [&self.center, &self.scale, &self.shift].into_iter().for_each(visitor);
    }

    fn visit_mut<'a>(&'a mut self, visitor: &mut dyn FnMut(&'a mut Parameter<F>)) {
        let Self { center, scale, shift, .. } = self;
        [center, scale, shift].into_iter().for_each(visitor);
    }

    fn rows_are_independent(&self) -> bool {
        true
    }
}
