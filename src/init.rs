//! [`Initializer`]: how the parameters of a layer start.

use crate::error::all_finite;
use crate::{Error, Float, Result};
use ndarray::Array2;
use ndarray_rand::RandomExt;
use rand::Rng;
use rand_distr::{Normal, Uniform};

/// How the parameters of a layer start.
///
/// `fan_in` is the number of inputs of the layer, `fan_out` the number of its outputs. Biases start at zero, except with
/// [`TorchLinear`](Self::TorchLinear). Samples are drawn in double precision, so a network of `f32` starts as the
/// rounded network of `f64` of the same seed.
///
/// ```
/// use feedforward::{Dense, Initializer, Relu};
/// use rand::SeedableRng;
///
/// let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(7);
/// let layer = Dense::<f32, _>::new(100, 50, Relu, Initializer::HeNormal, &mut rng)?;
/// assert_eq!(layer.weight().value().dim(), (100, 50));
/// assert!(Dense::<f32, _>::new(2, 2, Relu, Initializer::Normal { deviation: -1.0 }, &mut rng).is_err());
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Initializer {
    /// N(0, √(2 / fan_in)): for layers of the ReLU family. He et al. 2015.
    HeNormal,
    /// U(±√(6 / fan_in)): the same variance, bounded.
    HeUniform,
    /// N(0, √(2 / (fan_in + fan_out))). Glorot and Bengio 2010.
    GlorotNormal,
    /// U(±√(6 / (fan_in + fan_out))): for sigmoid, tanh and linear layers; Keras's default.
    GlorotUniform,
    /// N(0, √(1 / fan_in)). LeCun et al. 1998.
    LeCunNormal,
    /// N(0, deviation).
    Normal {
        /// Standard deviation, finite and >= 0.
        deviation: f64,
    },
    /// U(low, high).
    Uniform {
        /// Lower bound, included.
        low: f64,
        /// Upper bound, above the lower one, included.
        high: f64,
    },
    /// Every weight the same. With such a start the neurons of a layer stay identical for ever.
    Constant(f64),
    /// Weights and biases U(±1 / √fan_in): what PyTorch's `Linear` does.
    TorchLinear,
}

impl Initializer {
    /// A weight of shape `(fan_in, fan_out)`.
    pub(crate) fn weight<F: Float>(
        self,
        fan_in: usize,
        fan_out: usize,
        rng: &mut (impl Rng + ?Sized),
    ) -> Result<Array2<F>> {
        let (inputs, both) = (fan_in as f64, fan_in as f64 + fan_out as f64);
        let shape = possible::<F>("Dense", fan_in, fan_out)?;
        let weight = match self {
            Self::HeNormal => normal(shape, (2.0 / inputs).sqrt(), rng),
            Self::HeUniform => symmetric(shape, (6.0 / inputs).sqrt(), rng),
            Self::GlorotNormal => normal(shape, (2.0 / both).sqrt(), rng),
            Self::GlorotUniform => symmetric(shape, (6.0 / both).sqrt(), rng),
            Self::LeCunNormal => normal(shape, (1.0 / inputs).sqrt(), rng),
            Self::Normal { deviation } => normal(shape, deviation, rng),
            Self::Uniform { low, high } => uniform(shape, low, high, rng),
            Self::Constant(value) => constant(shape, value),
            Self::TorchLinear => symmetric(shape, (1.0 / inputs).sqrt(), rng),
        }?;
        // What is finite in double precision need not be in single precision.
        all_finite("Initializer", "weight", &weight)?;
        Ok(weight)
    }

    /// A bias of shape `(1, fan_out)`.
    pub(crate) fn bias<F: Float>(
        self,
        fan_in: usize,
        fan_out: usize,
        rng: &mut (impl Rng + ?Sized),
    ) -> Result<Array2<F>> {
        match self {
            Self::TorchLinear => symmetric((1, fan_out), (1.0 / fan_in as f64).sqrt(), rng),
            _ => Ok(Array2::zeros((1, fan_out))),
        }
    }
}

/// The shape of a parameter, if so many numbers can be addressed: a size that came of `0 - 1` cannot.
pub(crate) fn possible<F>(operation: &'static str, rows: usize, columns: usize) -> Result<(usize, usize)> {
    let most = isize::MAX as usize / size_of::<F>();
    match rows.checked_mul(columns) {
        Some(count) if count <= most => Ok((rows, columns)),
        _ => Err(Error::invalid(operation, format!("at most {most} weights"), format!("{rows} x {columns}"))),
    }
}

fn normal<F: Float>(shape: (usize, usize), deviation: f64, rng: &mut (impl Rng + ?Sized)) -> Result<Array2<F>> {
    let distribution = Normal::new(0.0, deviation).ok().filter(|_| deviation >= 0.0);
    let distribution = distribution.ok_or(Error::Hyperparameter {
        operation: "Initializer::Normal",
        name: "deviation",
        expected: "a finite number >= 0",
        found: deviation,
    })?;
    Ok(Array2::random_using(shape, distribution, rng).mapv(F::from_f64))
}

fn symmetric<F: Float>(shape: (usize, usize), bound: f64, rng: &mut (impl Rng + ?Sized)) -> Result<Array2<F>> {
    uniform(shape, -bound, bound, rng)
}

fn uniform<F: Float>(shape: (usize, usize), low: f64, high: f64, rng: &mut (impl Rng + ?Sized)) -> Result<Array2<F>> {
    let distribution = Uniform::new_inclusive(low, high).ok().filter(|_| low < high);
    let distribution = distribution.ok_or_else(|| {
        Error::invalid("Initializer::Uniform", "finite bounds, low below high", format!("{low} to {high}"))
    })?;
    Ok(Array2::random_using(shape, distribution, rng).mapv(F::from_f64))
}

fn constant<F: Float>(shape: (usize, usize), value: f64) -> Result<Array2<F>> {
    if !value.is_finite() {
        return Err(Error::Hyperparameter {
            operation: "Initializer::Constant",
            name: "value",
            expected: "a finite number",
            found: value,
        });
    }
    Ok(Array2::from_elem(shape, F::from_f64(value)))
}
