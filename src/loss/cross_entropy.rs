//! Losses for classes, on logits: [`BinaryCrossEntropy`], [`CrossEntropy`].

use super::Loss;
use crate::activation::{sigmoid, softmax_row, softplus};
use crate::{Error, Float, Result, check};
use ndarray::ArrayRef2;

/// Computes the cross-entropy of independent yes/no outputs, on logits z: ℓ = Σ_k [max(z, 0) - z t + ln(1 + e^-|z|)] /
/// K.
///
/// The gradient is (sigmoid(z_k) - t_k) / K. Targets are probabilities in [0, 1]; K is the number of outputs, so the
/// mean over n examples is the mean over n·K elements. Goodfellow et al. 2016, chapter 6.2; the same as PyTorch's
/// `BCEWithLogitsLoss`.
///
/// ```
/// use feedforward::{BinaryCrossEntropy, Loss};
/// use ndarray::array;
/// let loss = BinaryCrossEntropy.value(&array![[0.0], [1e4]], &array![[1.0], [1.0]])?;
/// assert!((loss - 2.0_f64.ln() / 2.0).abs() < 1e-15);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias("BCEWithLogitsLoss", "log loss"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BinaryCrossEntropy;

impl<F: Float> Loss<F> for BinaryCrossEntropy {
    fn example(&self, prediction: &[F], target: &[F], gradient: &mut [F]) -> F {
        let outputs = F::from_f64(prediction.len() as f64);
        let mut sum = F::zero();
        for ((gradient, &z), &t) in gradient.iter_mut().zip(prediction).zip(target) {
            sum += softplus(z) - z * t;
            *gradient = (sigmoid(z) - t) / outputs;
        }
        sum / outputs
    }

    fn check_targets(&self, outputs: usize, targets: &ArrayRef2<F>) -> Result<()> {
        check::columns("BinaryCrossEntropy", "targets", outputs, targets.ncols())?;
        check::all_finite("BinaryCrossEntropy", "targets", targets)?;
        match targets.indexed_iter().find(|&(_, &t)| t < F::zero() || t > F::one()) {
            Some(((row, _), &found)) => {
                Err(wrong_target("BinaryCrossEntropy", row, "probabilities from 0 to 1", found))
            }
            None => Ok(()),
        }
    }

    fn activate(&self, outputs: &mut [F]) {
        crate::kernel::sigmoid(outputs);
    }
}

/// Computes the cross-entropy of one class out of K, on logits z: ℓ = -Σ_k t_k ln softmax(z)_k.
///
/// The gradient is softmax(z)_k - t_k. Targets are either `(n, K)` rows of probabilities that add up to 1 (one-hot for
/// a certain class), or `(n, 1)` with the index of the class. Goodfellow et al. 2016, chapter 6.2; the same as
/// PyTorch's `CrossEntropyLoss`, which is also where label smoothing ε comes from: targets become (1 - ε) t + ε / K.
///
/// ```
/// use feedforward::{CrossEntropy, Loss};
/// use ndarray::array;
///
/// let logits = array![[2.0, 0.0, -2.0]];
/// let one_hot = CrossEntropy::default().value(&logits, &array![[0.0, 1.0, 0.0]])?;
/// let index = CrossEntropy::default().value(&logits, &array![[1.0]])?;
/// assert_eq!(one_hot, index);
/// let error = CrossEntropy::default().value(&logits, &array![[3.0]]).unwrap_err();
/// assert_eq!(error.to_string(), "CrossEntropy: expected a class index from 0 to 2 in row 0 of the targets, found 3");
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias("CrossEntropyLoss", "softmax loss"))]
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CrossEntropy {
    smoothing: f64,
}

impl CrossEntropy {
    /// Sets the label smoothing ε, from 0 to below 1: a share of each target spread evenly over all classes.
    ///
    /// Checked where the loss is used. Szegedy et al. 2016.
    pub fn smoothing(self, smoothing: f64) -> Self {
        Self { smoothing }
    }
}

impl<F: Float> Loss<F> for CrossEntropy {
    fn example(&self, prediction: &[F], target: &[F], gradient: &mut [F]) -> F {
        gradient.copy_from_slice(prediction);
        let log_sum = softmax_row(gradient);
        let even = F::from_f64(self.smoothing / prediction.len() as f64);
        let keep = F::from_f64(1.0 - self.smoothing);
        let class = if is_index(prediction.len(), target) { target[0].to_usize() } else { None };
        let mut sum = F::zero();
        for (k, (gradient, &z)) in gradient.iter_mut().zip(prediction).enumerate() {
            let certain = match class {
                Some(class) if class == k => F::one(),
                Some(_) => F::zero(),
                None => target[k],
            };
            let t = keep * certain + even;
            if t != F::zero() {
                sum += t * (log_sum - z);
            }
            *gradient -= t;
        }
        sum
    }

    fn check_targets(&self, outputs: usize, targets: &ArrayRef2<F>) -> Result<()> {
        check::below_one("CrossEntropy", "smoothing", self.smoothing)?;
        if outputs < 2 {
            return Err(Error::invalid("CrossEntropy", "at least 2 outputs, one for each class", outputs));
        }
        let indices = targets.ncols() == 1;
        if !indices {
            check::columns("CrossEntropy", "targets", outputs, targets.ncols())?;
        }
        check::all_finite("CrossEntropy", "targets", targets)?;
        for (row, values) in targets.rows().into_iter().enumerate() {
            if indices {
                check_class_index(row, values[0], outputs)?;
            } else {
                check_distribution(row, values.iter())?;
            }
        }
        Ok(())
    }

    fn activate(&self, outputs: &mut [F]) {
        softmax_row(outputs);
    }
}

/// Returns whether a target is the index of a class, not a row of probabilities.
fn is_index<F>(outputs: usize, target: &[F]) -> bool {
    target.len() < outputs
}

fn check_class_index<F: Float>(row: usize, found: F, classes: usize) -> Result<()> {
    let index = found.widen();
    if index >= 0.0 && index < classes as f64 && index.fract() == 0.0 {
        return Ok(());
    }
    Err(wrong_target("CrossEntropy", row, format!("a class index from 0 to {}", classes - 1), found))
}

fn check_distribution<'a, F: Float>(row: usize, values: impl Iterator<Item = &'a F> + Clone) -> Result<()> {
    let sum: f64 = values.clone().map(|value| value.widen()).sum();
    if values.clone().all(|&value| value >= F::zero()) && (sum - 1.0).abs() <= 1e-3 {
        return Ok(());
    }
    let found = format!("{:?}", values.collect::<Vec<_>>());
    Err(wrong_target("CrossEntropy", row, "probabilities >= 0 that add up to 1", found))
}

#[cold]
fn wrong_target(operation: &'static str, row: usize, expected: impl Into<String>, found: impl ToString) -> Error {
    Error::Target { operation, row, expected: expected.into(), found: found.to_string() }
}
