//! [`Initializer`]: the values that the parameters of a layer start with.

use crate::{Error, Float, Result, check};
use ndarray::Array2;
use rand::Rng;
use rand_distr::{Distribution, Normal, Uniform};

/// The values that the parameters of a layer start with.
///
/// `fan_in` is the number of inputs of the layer, `fan_out` the number of its outputs. N(mean, deviation) is the normal
/// distribution, U(low, high) the uniform one. Biases start at zero, except with
/// [`GlorotUniformWithBias`](Self::GlorotUniformWithBias) and [`TorchLinear`](Self::TorchLinear).
/// Samples are drawn in double precision, so a network of `f32` starts as the network of `f64` of the same seed does,
/// rounded.
///
/// ```
/// use feedforward::{Dense, Initializer, Relu};
///
/// let layer = Dense::<f32, _>::with_seed(100, 50, Relu, Initializer::HeNormal, 7)?;
/// assert_eq!(layer.weight().value().dim(), (100, 50));
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Initializer {
    /// Draws weights from N(0, √(2 / fan_in)): for layers of the ReLU family. He et al. 2015.
    #[doc(alias = "kaiming_normal")]
    HeNormal,
    /// Draws weights from U(-b, b) with b = √(6 / fan_in): the variance of `HeNormal`, bounded.
    #[doc(alias = "kaiming_uniform")]
    HeUniform,
    /// Draws weights from N(0, √(2 / (fan_in + fan_out))). Glorot and Bengio 2010.
    #[doc(alias = "xavier_normal")]
    GlorotNormal,
    /// Draws weights from U(-b, b) with b = √(6 / (fan_in + fan_out)): for sigmoid, tanh and linear layers; Keras's
    /// default.
    #[doc(alias = "xavier_uniform")]
    GlorotUniform,
    /// Draws weights from N(0, √(1 / fan_in)). LeCun et al. 1998.
    LeCunNormal,
    /// Draws weights from N(0, deviation).
    #[doc(alias = "RandomNormal")]
    Normal {
        /// Standard deviation, finite and >= 0.
        deviation: f64,
    },
    /// Draws weights from U(low, high).
    #[doc(alias = "RandomUniform")]
    Uniform {
        /// Lower bound, included.
        low: f64,
        /// Upper bound, above the lower one, included.
        high: f64,
    },
    /// Sets every weight to the same number. With such a start the neurons of a layer stay identical for ever.
    Constant(f64),
    /// Draws weights and biases from U(-b, b) with b = 1 / √fan_in, as PyTorch's `Linear` does. The estimators start
    /// with it; their [settings](crate::estimator::Settings#how-the-defaults-were-chosen) have the experiment.
    TorchLinear,
    /// Draws weights and biases from U(-b, b) with b = √(6 / (fan_in + fan_out)): the start of scikit-learn's
    /// `MLPClassifier` and `MLPRegressor`, except for its logistic activation, where it takes b = √(2 / (fan_in +
    /// fan_out)).
    GlorotUniformWithBias,
}

impl Initializer {
    /// Makes a weight of shape `(fan_in, fan_out)`.
    pub(crate) fn weight<F: Float>(
        self,
        fan_in: usize,
        fan_out: usize,
        rng: &mut (impl Rng + ?Sized),
    ) -> Result<Array2<F>> {
        let shape = check::addressable_times::<F>("Dense", 2, fan_in, fan_out)?;
        let inputs = fan_in as f64;
        let both = fan_in as f64 + fan_out as f64;
        let weight = match self {
            Self::HeNormal => normal(shape, (2.0 / inputs).sqrt(), rng),
            Self::HeUniform => symmetric(shape, (6.0 / inputs).sqrt(), rng),
            Self::GlorotNormal => normal(shape, (2.0 / both).sqrt(), rng),
            Self::GlorotUniform | Self::GlorotUniformWithBias => symmetric(shape, (6.0 / both).sqrt(), rng),
            Self::LeCunNormal => normal(shape, (1.0 / inputs).sqrt(), rng),
            Self::Normal { deviation } => normal(shape, deviation, rng),
            Self::Uniform { low, high } => uniform(shape, low, high, rng),
            Self::Constant(value) => constant(shape, value),
            Self::TorchLinear => symmetric(shape, (1.0 / inputs).sqrt(), rng),
        }?;
        // A number that is finite in double precision may overflow in single precision.
        check::all_finite("Initializer", "weight", &weight)?;
        Ok(weight)
    }

    /// Makes a bias of shape `(1, fan_out)`.
    pub(crate) fn bias<F: Float>(
        self,
        fan_in: usize,
        fan_out: usize,
        rng: &mut (impl Rng + ?Sized),
    ) -> Result<Array2<F>> {
        let shape = check::addressable_times::<F>("Dense", 2, 1, fan_out)?;
        match self {
            Self::TorchLinear => symmetric(shape, (1.0 / fan_in as f64).sqrt(), rng),
            Self::GlorotUniformWithBias => symmetric(shape, (6.0 / (fan_in as f64 + fan_out as f64)).sqrt(), rng),
            _ => Ok(Array2::zeros(shape)),
        }
    }
}

fn normal<F: Float>(shape: (usize, usize), deviation: f64, rng: &mut (impl Rng + ?Sized)) -> Result<Array2<F>> {
    Ok(draw(shape, normal_distribution(deviation)?, rng))
}

fn normal_distribution(deviation: f64) -> Result<Normal<f64>> {
    let operation = "Initializer::Normal";
    check::finite_at_least_zero(operation, "deviation", deviation)?;
    Normal::new(0.0, deviation)
        .map_err(|_| Error::invalid(operation, "a deviation with a normal distribution", deviation))
}

fn symmetric<F: Float>(shape: (usize, usize), bound: f64, rng: &mut (impl Rng + ?Sized)) -> Result<Array2<F>> {
    uniform(shape, -bound, bound, rng)
}

fn uniform<F: Float>(shape: (usize, usize), low: f64, high: f64, rng: &mut (impl Rng + ?Sized)) -> Result<Array2<F>> {
    Ok(draw(shape, uniform_distribution(low, high)?, rng))
}

fn uniform_distribution(low: f64, high: f64) -> Result<Uniform<f64>> {
    let distribution = Uniform::new_inclusive(low, high).ok().filter(|_| low < high);
    distribution.ok_or_else(|| {
        Error::invalid("Initializer::Uniform", "finite bounds, low below high", format!("{low} to {high}"))
    })
}

/// Draws every number, row after row.
fn draw<F: Float>(
    shape: (usize, usize),
    distribution: impl Distribution<f64>,
    rng: &mut (impl Rng + ?Sized),
) -> Array2<F> {
    Array2::from_shape_simple_fn(shape, || F::from_f64(distribution.sample(rng)))
}

fn constant<F: Float>(shape: (usize, usize), value: f64) -> Result<Array2<F>> {
    check::finite("Initializer::Constant", "value", value)?;
    Ok(Array2::from_elem(shape, F::from_f64(value)))
}

#[cfg(feature = "serde")]
crate::serialize::checked_serde!(
    "Initializer",
    enum Initializer {
        HeNormal,
        HeUniform,
        GlorotNormal,
        GlorotUniform,
        #[serde(rename = "lecun_normal")]
        LeCunNormal,
        Normal {
            deviation: f64,
        },
        Uniform {
            low: f64,
            high: f64,
        },
        Constant(f64),
        TorchLinear,
        GlorotUniformWithBias,
    },
    |initializer| match *initializer {
        Initializer::Normal { deviation } => normal_distribution(deviation).map(drop),
        Initializer::Uniform { low, high } => uniform_distribution(low, high).map(drop),
        Initializer::Constant(value) => check::finite("Initializer::Constant", "value", value).map(drop),
        _ => Ok(()),
    }
);
