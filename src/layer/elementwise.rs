//! [`Elementwise`]: a function of each number alone whose derivative needs the input, not only the output.

use super::{Layer, flat, flat_mut};
use crate::activation::sigmoid;
use crate::{Error, Float, Result};
use ndarray::ArrayRef2;
use std::fmt::Debug;

/// A function of one number, with its derivative at the input.
///
/// ```
/// use feedforward::{Elementwise, ElementwiseFunction, Float, Layer};
///
/// #[derive(Debug, Clone)]
/// struct Square;
///
/// impl<F: Float> ElementwiseFunction<F> for Square {
///     fn value(&self, z: F) -> F {
///         z * z
///     }
///     fn derivative(&self, z: F) -> F {
///         z + z
///     }
/// }
///
/// let mut output = ndarray::array![[0.0]];
/// Elementwise::new(1, Square)?.infer(&ndarray::array![[3.0]], &mut output);
/// assert_eq!(output[[0, 0]], 9.0);
/// # Ok::<(), feedforward::Error>(())
/// ```
pub trait ElementwiseFunction<F>: Debug + Clone + Send + Sync + 'static {
    /// f(z).
    ///
    /// ```
    /// use feedforward::{ElementwiseFunction, Silu};
    /// assert_eq!(Silu.value(0.0), 0.0);
    /// ```
    fn value(&self, z: F) -> F;

    /// f'(z).
    ///
    /// ```
    /// use feedforward::{ElementwiseFunction, Silu};
    /// assert_eq!(Silu.derivative(0.0), 0.5);
    /// ```
    fn derivative(&self, z: F) -> F;
}

/// y = f(x), element by element; dL/dx = dL/dy ⊙ f'(x).
///
/// Put it behind a dense layer with the [`Identity`](crate::Identity): its input is then that layer's weighted sum.
///
/// ```
/// use feedforward::{Gelu, Identity, Network};
///
/// let network = Network::<f32>::builder(4).dense(16, Identity).elementwise(Gelu::Exact).dense(3, Identity).build()?;
/// assert_eq!(network.layers().len(), 3);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Elementwise<E> {
    size: usize,
    function: E,
}

impl<E> Elementwise<E> {
    /// A layer over rows of `size` numbers.
    ///
    /// # Errors
    /// When the size is zero.
    ///
    /// ```
    /// use feedforward::{Elementwise, Gelu};
    /// assert!(Elementwise::new(4, Gelu::Tanh).is_ok());
    /// assert!(Elementwise::new(0, Gelu::Tanh).is_err());
    /// ```
    pub fn new(size: usize, function: E) -> Result<Self> {
        if size == 0 {
            return Err(Error::Empty { operation: "Elementwise", what: "input" });
        }
        Ok(Self { size, function })
    }
}

impl<F: Float, E: ElementwiseFunction<F>> Layer<F> for Elementwise<E> {
    fn input_size(&self) -> usize {
        self.size
    }

    fn output_size(&self) -> usize {
        self.size
    }

    fn infer(&self, input: &ArrayRef2<F>, output: &mut ArrayRef2<F>) {
        for (y, &z) in flat_mut(output).iter_mut().zip(flat(input)) {
            *y = self.function.value(z);
        }
    }

    fn backward(
        &mut self,
        input: &ArrayRef2<F>,
        _output: &ArrayRef2<F>,
        output_gradient: &mut ArrayRef2<F>,
        input_gradient: Option<&mut ArrayRef2<F>>,
    ) {
        let Some(input_gradient) = input_gradient else { return };
        let both = flat(input).iter().zip(flat(output_gradient));
        for (gradient, (&z, &above)) in flat_mut(input_gradient).iter_mut().zip(both) {
            *gradient = above * self.function.derivative(z);
        }
    }

    fn name(&self) -> String {
        let (kind, form) = (super::type_name::<E>(), format!("{:?}", self.function));
        if form.starts_with(kind) { form } else { format!("{kind}({form})") }
    }
}

/// f(z) = z Φ(z), Φ the distribution function of the standard normal. Hendrycks and Gimpel 2016.
///
/// ```
/// use feedforward::{ElementwiseFunction, Gelu};
/// let exact: f64 = Gelu::Exact.value(1.0);
/// let tanh: f64 = Gelu::Tanh.value(1.0);
/// assert!((exact - 0.841_344_746).abs() < 1e-9);
/// assert!((exact - tanh).abs() < 1e-3);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Gelu {
    /// Φ(z) = (1 + erf(z / √2)) / 2: PyTorch's default.
    #[default]
    Exact,
    /// Φ(z) ≈ (1 + tanh(√(2/π) (z + 0.044715 z³))) / 2.
    Tanh,
}

impl<F: Float> ElementwiseFunction<F> for Gelu {
    fn value(&self, z: F) -> F {
        let z = z.widen();
        F::from_f64(match self {
            Self::Exact => z * normal_distribution(z),
            Self::Tanh => z * sigmoid(2.0 * tanh_argument(z)),
        })
    }

    fn derivative(&self, z: F) -> F {
        let z = z.widen();
        F::from_f64(match self {
            Self::Exact => normal_distribution(z) + z * normal_density(z),
            Self::Tanh => {
                // Beyond 100 the sigmoid is 0 or 1 to the last digit, and z² might overflow.
                let z = z.clamp(-100.0, 100.0);
                let s = sigmoid(2.0 * tanh_argument(z));
                let slope = std::f64::consts::FRAC_2_PI.sqrt() * (1.0 + 3.0 * 0.044715 * z * z);
                s + 2.0 * z * s * (1.0 - s) * slope
            }
        })
    }
}

/// √(2/π) (z + 0.044715 z³); (1 + tanh a) / 2 is sigmoid(2a), which keeps its digits far below zero.
fn tanh_argument(z: f64) -> f64 {
    std::f64::consts::FRAC_2_PI.sqrt() * (z + 0.044715 * z * z * z)
}

fn normal_distribution(z: f64) -> f64 {
    0.5 * libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2)
}

fn normal_density(z: f64) -> f64 {
    (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

/// f(z) = z sigmoid(z), also called swish. Elfwing et al. 2017.
///
/// ```
/// use feedforward::{ElementwiseFunction, Silu};
/// let y: f64 = Silu.value(1.0);
/// assert!((y - 0.731_058_578).abs() < 1e-9);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Silu;

impl<F: Float> ElementwiseFunction<F> for Silu {
    fn value(&self, z: F) -> F {
        z * sigmoid(z)
    }

    fn derivative(&self, z: F) -> F {
        let s = sigmoid(z);
        s + z * s * (F::one() - s)
    }
}
