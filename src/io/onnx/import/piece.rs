//! [`Piece`]: a layer to be, as long as neighbours may join it.

use crate::data::StandardScaler;
use crate::layer::{Affine, LogSoftmax};
use crate::{ActivationLayer, AnyActivation, Dense, Float, Identity, Layer, Result, Softmax};
use ndarray::{Array1, Array2};

/// A layer to be: a bias joins a weight before it, an activation a dense layer, a product a sum.
#[derive(Debug)]
pub(super) enum Piece<F: Float> {
    Dense { weight: Array2<F>, bias: Option<Array1<F>>, activation: Option<AnyActivation> },
    Affine(Shifts),
    Activation { size: usize, activation: AnyActivation },
    Softmax { size: usize, is_logarithm: bool },
    Whole(Box<dyn Layer<F>>),
}

/// (x - center) · scale + shift, in double precision; what is `None` does nothing.
#[derive(Debug, Default)]
pub(super) struct Shifts {
    size: usize,
    center: Option<Vec<f64>>,
    scale: Option<Vec<f64>>,
    /// Whether the file divides by the numbers of `scale`.
    is_divisor: bool,
    shift: Option<Vec<f64>>,
}

impl Shifts {
    pub(super) fn new(size: usize) -> Self {
        Self { size, ..Self::default() }
    }

    /// Adds numbers, if it can; returns them if not.
    pub(super) fn add(&mut self, numbers: Vec<f64>) -> Option<Vec<f64>> {
        if self.shift.is_some() {
            return Some(numbers);
        }
        match (&self.scale, &self.center) {
            (None, None) => self.center = Some(numbers.into_iter().map(|number| -number).collect()),
            (None, Some(_)) => return Some(numbers),
            (Some(_), _) => self.shift = Some(numbers),
        }
        None
    }

    /// Multiplies with numbers or divides by them, if it can; returns them if not.
    pub(super) fn scale(&mut self, numbers: Vec<f64>, is_divisor: bool) -> Option<Vec<f64>> {
        if self.scale.is_some() || self.shift.is_some() {
            return Some(numbers);
        }
        (self.scale, self.is_divisor) = (Some(numbers), is_divisor);
        None
    }

    /// Returns all numbers: centers, scales, shifts.
    fn numbers(self) -> [Vec<f64>; 3] {
        let Self { size, center, scale, is_divisor, shift } = self;
        let mut scale = scale.unwrap_or_else(|| vec![1.0; size]);
        if is_divisor {
            scale.iter_mut().for_each(|number| *number = 1.0 / *number);
        }
        [center.unwrap_or_else(|| vec![0.0; size]), scale, shift.unwrap_or_else(|| vec![0.0; size])]
    }

    /// Returns the scaler that does this to inputs, if one does.
    pub(super) fn as_input_scaler<F: Float>(&self) -> Option<StandardScaler<F>> {
        let mean = self.center.clone().unwrap_or_else(|| vec![0.0; self.size]);
        let mut deviation = self.scale.clone().unwrap_or_else(|| vec![1.0; self.size]);
        if !self.is_divisor {
            deviation.iter_mut().for_each(|number| *number = 1.0 / *number);
        }
        if self.shift.is_some() {
            return None;
        }
        StandardScaler::from_parameters(mean.into(), deviation.into()).ok()
    }

    /// Returns the scaler whose inverse does this to outputs, if there is one.
    pub(super) fn as_output_scaler<F: Float>(&self) -> Option<StandardScaler<F>> {
        let (Some(scale), Some(shift), None, false) = (&self.scale, &self.shift, &self.center, self.is_divisor) else {
            return None;
        };
        StandardScaler::from_parameters(shift.clone().into(), scale.clone().into()).ok()
    }
}

impl<F: Float> Piece<F> {
    /// Makes the layer.
    pub(super) fn into_layer(self) -> Result<Box<dyn Layer<F>>> {
        Ok(match self {
            Self::Dense { weight, bias, activation } => {
                Dense::from_parameters(weight, bias, activation.unwrap_or(Identity.into()))?.into_typed()
            }
            Self::Affine(shifts) => Box::new(affine(shifts.numbers())?),
            Self::Activation { size, activation } => ActivationLayer::new(size, activation)?.into_typed(),
            Self::Softmax { size, is_logarithm: false } => Box::new(Softmax::new(size)?),
            Self::Softmax { size, is_logarithm: true } => Box::new(LogSoftmax::new(size)?),
            Self::Whole(layer) => layer,
        })
    }
}

/// Makes the layer of these numbers; what a center loses when it is rounded goes into the shift.
fn affine<F: Float>([centers, scales, mut shifts]: [Vec<f64>; 3]) -> Result<Affine<F>> {
    for ((shift, center), scale) in shifts.iter_mut().zip(&centers).zip(&scales) {
        *shift += (F::from_f64(*center).widen() - center) * scale;
    }
    let [center, scale, shift] = [centers, scales, shifts].map(|all| all.into_iter().map(F::from_f64).collect());
    Affine::from_parameters(center, scale, shift)
}
