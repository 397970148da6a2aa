//! [`Tensor`]: numbers with a shape, as a file of another library holds them.

use crate::{Error, Float, Result};
use std::any::Any;

/// Numbers with a shape, row-major, in the precision that a file holds them in.
///
/// ```
/// use feedforward::io::Tensor;
///
/// let tensor = Tensor::new(vec![2, 3], vec![1.0_f32, 2.0, 3.0, 4.0, 5.0, 6.0])?;
/// assert_eq!(tensor.shape(), [2, 3]);
/// assert_eq!(tensor.to_vec::<f64>()?[2], 3.0);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    shape: Vec<usize>,
    values: Values,
}

/// The numbers of a [`Tensor`]. Half precisions are widened to f32, which holds them exactly.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Values {
    /// Single precision.
    F32(Vec<f32>),
    /// Double precision.
    F64(Vec<f64>),
    /// Whole numbers, such as counters.
    I64(Vec<i64>),
}

impl Values {
    fn len(&self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::F64(values) => values.len(),
            Self::I64(values) => values.len(),
        }
    }
}

macro_rules! values_from {
    ($($number:ty => $variant:ident),*) => {$(
        impl From<Vec<$number>> for Values {
            fn from(values: Vec<$number>) -> Self {
                Self::$variant(values)
            }
        }
    )*};
}

values_from!(f32 => F32, f64 => F64, i64 => I64);

impl Tensor {
    /// Makes a tensor of this shape; a shape without a dimension is a single number.
    ///
    /// # Errors
    /// When the shape does not have as many elements as there are values.
    pub fn new(shape: Vec<usize>, values: impl Into<Values>) -> Result<Self> {
        let values = values.into();
        let elements = shape.iter().try_fold(1_usize, |product, &size| product.checked_mul(size));
        if elements != Some(values.len()) {
            let expected = format!("a shape for {} values", values.len());
            return Err(Error::invalid("Tensor", expected, format!("{shape:?}")));
        }
        Ok(Self { shape, values })
    }

    /// Returns the size of each dimension.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Returns the values, row-major.
    pub fn values(&self) -> &Values {
        &self.values
    }

    /// Returns the number of values.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Returns whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the values in this precision.
    ///
    /// # Errors
    /// When a finite value is too large for it. NaN and infinities pass: the caller decides what they mean.
    pub fn to_vec<F: Float>(&self) -> Result<Vec<F>> {
        match &self.values {
            Values::F32(values) => Ok(values.iter().map(|&value| F::from_f64(value.into())).collect()),
            Values::F64(values) => values.iter().map(|&value| convert(value)).collect(),
            Values::I64(values) => Ok(values.iter().map(|&value| F::from_f64(value as f64)).collect()),
        }
    }

    /// Returns the values in this precision, without a copy if they have it already.
    ///
    /// # Errors
    /// As for [`to_vec`](Self::to_vec).
    pub fn into_vec<F: Float>(mut self) -> Result<Vec<F>> {
        let values: &mut dyn Any = match &mut self.values {
            Values::F32(values) => values,
            Values::F64(values) => values,
            Values::I64(values) => values,
        };
        match values.downcast_mut::<Vec<F>>() {
            Some(values) => Ok(std::mem::take(values)),
            None => self.to_vec(),
        }
    }
}

/// Converts a number to this precision.
///
/// # Errors
/// When it is finite and too large.
pub(crate) fn convert<F: Float>(value: f64) -> Result<F> {
    let converted = F::from_f64(value);
    if value.is_finite() && !converted.is_finite() {
        return Err(Error::invalid("Tensor", "numbers within the range of f32", value));
    }
    Ok(converted)
}
