//! Losses for classes, on logits: [`BinaryCrossEntropy`], [`CrossEntropy`].

use super::Loss;
use crate::activation::softmax_row;
use crate::total::{Total, two_sum};
use crate::{Error, Float, Result, check, kernel};
use ndarray::ArrayRef2;

/// Computes the cross-entropy of independent yes/no outputs, on logits z: ℓ = Σ_k [t ln(1 + e^-z) + (1 - t) ln(1 +
/// e^z)] / K.
///
/// The gradient is (sigmoid(z_k) - t_k) / K. Targets are probabilities in [0, 1]; K is the number of outputs, so the
/// mean over n examples is the mean over n·K elements. Goodfellow et al. 2016, chapter 6.2; the same as PyTorch's
/// `BCEWithLogitsLoss`, and more exact where z is large: ln(1 + e^-z) keeps its digits for every z.
///
/// ```
/// use feedforward::{BinaryCrossEntropy, Loss};
/// use ndarray::array;
/// let loss = BinaryCrossEntropy::default().value(&array![[0.0], [1e4]], &array![[1.0], [1.0]])?;
/// assert!((loss - 2.0_f64.ln() / 2.0).abs() < 1e-15);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias("BCEWithLogitsLoss", "log loss"))]
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct BinaryCrossEntropy {
    smoothing: f64,
}

impl BinaryCrossEntropy {
    /// Sets the label smoothing ε, from 0 to below 1: targets become (1 - ε) t + ε / 2.
    ///
    /// Checked where the loss is used. The same as Keras' `BinaryCrossentropy(label_smoothing)`.
    ///
    /// ```
    /// use feedforward::{BinaryCrossEntropy, Loss};
    /// use ndarray::array;
    /// let smoothed = BinaryCrossEntropy::default().smoothing(0.2).value(&array![[3.0]], &array![[1.0]])?;
    /// let soft: f64 = BinaryCrossEntropy::default().value(&array![[3.0]], &array![[0.9]])?;
    /// assert!((smoothed - soft).abs() < 1e-15);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    #[doc(alias = "label_smoothing")]
    pub fn smoothing(self, smoothing: f64) -> Self {
        Self { smoothing }
    }
}

impl<F: Float> Loss<F> for BinaryCrossEntropy {
    fn example(&self, prediction: &[F], target: &[F], gradient: &mut [F]) -> F {
        let outputs = prediction.len() as f64;
        let (keep, half) = (1.0 - self.smoothing, self.smoothing / 2.0);
        let mut sum = Total::<F>::default();
        for ((gradient, &z), &t) in gradient.iter_mut().zip(prediction).zip(target) {
            let (z, t) = (z.widen(), t.widen());
            let (yes, no) = (keep * t + half, keep * (1.0 - t) + half);
            let e = (-z.abs()).exp();
            let likely = 1.0 / (1.0 + e);
            // No two large numbers are subtracted, neither here nor in the gradient.
            let (expected, other) = if z < 0.0 { (no, yes) } else { (yes, no) };
            sum.add(e.ln_1p() * (yes + no) + z.abs() * other);
            let slope = likely * (other - expected * e);
            *gradient = F::from_f64(if z < 0.0 { -slope } else { slope } / outputs);
        }
        F::from_f64(sum.value() / outputs)
    }

    fn check_targets(&self, outputs: usize, targets: &ArrayRef2<F>) -> Result<()> {
        check::below_one("BinaryCrossEntropy", "smoothing", self.smoothing)?;
        check::columns("BinaryCrossEntropy", "targets", outputs, targets.ncols())?;
        check::all_finite("BinaryCrossEntropy", "targets", targets)?;
        match targets.indexed_iter().find(|&(_, &t)| t < F::zero() || t > F::one()) {
            Some(((row, _), &found)) => {
                Err(Error::target("BinaryCrossEntropy", row, "probabilities from 0 to 1", found))
            }
            None => Ok(()),
        }
    }

    fn activate(&self, outputs: &mut [F]) {
        kernel::sigmoid(outputs);
    }

    fn takes_logits(&self) -> bool {
        true
    }
}

/// Computes the cross-entropy of one class out of K, on logits z: ℓ = -Σ_k t_k ln softmax(z)_k.
///
/// The gradient is softmax(z)_k Σ_j t_j - t_k. Targets are either `(n, K)` rows of probabilities that add up to 1
/// (one-hot for a certain class), or `(n, 1)` with the index of the class. Goodfellow et al. 2016, chapter 6.2; the
/// same as PyTorch's `CrossEntropyLoss`, which is also where label smoothing ε comes from: targets become (1 - ε) t + ε
/// / K.
///
/// With m the largest logit, -ln softmax(z)_k = (m - z_k) + ln(1 + Σ e^(z_j - m)), where the sum leaves out the largest
/// logit: a loss near zero keeps its digits, which ln Σ e^z - z_k would lose.
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
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CrossEntropy {
    smoothing: f64,
    class_weights: Option<Vec<f64>>,
}

impl CrossEntropy {
    /// Sets the label smoothing ε, from 0 to below 1: a share of each target spread evenly over all classes.
    ///
    /// Checked where the loss is used. Szegedy et al. 2016.
    #[doc(alias = "label_smoothing")]
    pub fn smoothing(self, smoothing: f64) -> Self {
        Self { smoothing, ..self }
    }

    /// Sets a weight w for each class: ℓ = -Σ_k w_k t_k ln softmax(z)_k, t smoothed.
    ///
    /// For targets that are class indices the mean divides by the sum of the weights of the target classes,
    /// L = Σ ℓ_i / Σ w_(t_i); for rows of probabilities it divides by the number of rows. Both are what PyTorch's
    /// `CrossEntropyLoss(weight)` does. Weights of rows are factors on top: each row counts as often as its weight
    /// says.
    ///
    /// Checked where the loss is used: finite numbers >= 0, one for each class. Weights that belong to the rows of a
    /// data set, for any loss, are [`Dataset::with_class_weights`](crate::Dataset::with_class_weights); without
    /// smoothing they give the same numbers for class indices.
    ///
    /// ```
    /// use feedforward::{CrossEntropy, Loss};
    /// use ndarray::array;
    /// let loss = CrossEntropy::default().class_weights([1.0, 3.0]);
    /// let logits = array![[0.0, 1.0], [0.0, 1.0]];
    /// let first = 1.0_f64.exp().ln_1p(); // -ln softmax of class 0
    /// let second = (-1.0_f64).exp().ln_1p(); // and of class 1
    /// assert!((loss.value(&logits, &array![[0.0], [1.0]])? - (first + 3.0 * second) / 4.0).abs() < 1e-15);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    #[doc(alias = "class_weight")]
    pub fn class_weights(self, weights: impl Into<Vec<f64>>) -> Self {
        Self { class_weights: Some(weights.into()), ..self }
    }

    fn check_class_weights<F: Float>(&self, outputs: usize, targets: &ArrayRef2<F>) -> Result<()> {
        let Some(weights) = &self.class_weights else { return Ok(()) };
        check::columns("CrossEntropy", "class weights", outputs, weights.len())?;
        if let Some(&found) = weights.iter().find(|weight| !(weight.is_finite() && **weight >= 0.0)) {
            return Err(Error::invalid("CrossEntropy", "finite class weights >= 0", found));
        }
        if targets.ncols() == 1 && targets.iter().all(|&class| weight_of(weights, class) == 0.0) {
            let expected = "a row of a class whose weight is above 0";
            return Err(Error::invalid("CrossEntropy", expected, format!("class weights {weights:?}")));
        }
        Ok(())
    }
}

/// Returns the weight of the class with this index; 0 if there is no such class.
fn weight_of<F: Float>(weights: &[f64], class: F) -> f64 {
    class.to_usize().and_then(|class| weights.get(class)).copied().unwrap_or(0.0)
}

impl<F: Float> Loss<F> for CrossEntropy {
    fn example(&self, prediction: &[F], target: &[F], gradient: &mut [F]) -> F {
        let classes = prediction.len();
        let (top, maximum) = first_maximum(prediction);
        let rest = exponentials(prediction, top, gradient);
        let (keep, even) = (1.0 - self.smoothing, self.smoothing / classes as f64);
        let class = if is_index(classes, target) { target[0].to_usize() } else { None };
        let share = |k: usize| {
            let t = class.map_or_else(|| target[k].widen(), |class| f64::from(class == k));
            let smoothed = keep * t + even;
            self.class_weights.as_ref().map_or(smoothed, |weights| weights[k] * smoothed)
        };

        let with_share = match class {
            Some(class) if self.smoothing == 0.0 => class..class + 1,
            _ => 0..classes,
        };

        // Of the shares t: Σ t (m - z), and Σ t without that of the largest logit.
        let (mut margin, mut others) = (Total::<F>::default(), Total::<F>::default());
        for k in with_share.clone() {
            let t = share(k);
            if t != 0.0 {
                margin.add(t * (maximum.widen() - prediction[k].widen()));
                others.add(if k == top { 0.0 } else { t });
            }
        }
        let others = others.value();
        let all = others + share(top);
        let factor = all / (1.0 + rest);
        let rounded = F::from_f64(factor);
        gradient.iter_mut().for_each(|gradient| *gradient *= rounded);
        for k in with_share {
            gradient[k] = F::from_f64(gradient[k].widen() - share(k));
        }
        // Near one, p - t is the difference of two numbers near each other; the other classes add up to the same.
        gradient[top] = F::from_f64(if rest < 1.0 { others - rest * factor } else { factor - share(top) });
        F::from_f64(margin.value() + all * rest.ln_1p())
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
        self.check_class_weights(outputs, targets)
    }

    fn total_weight(&self, targets: &ArrayRef2<F>, weights: Option<&[F]>) -> f64 {
        match &self.class_weights {
            Some(of_class) if targets.ncols() == 1 => {
                let of_row = |row: usize| weights.map_or(1.0, |weights| weights[row].widen());
                let rows = targets.iter().enumerate();
                Total::<f64>::of(rows.map(|(row, &class)| of_row(row) * weight_of(of_class, class)))
            }
            _ => super::total_weight(targets.nrows(), weights),
        }
    }

    fn activate(&self, outputs: &mut [F]) {
        softmax_row(outputs);
    }

    fn takes_logits(&self) -> bool {
        true
    }
}

/// Returns where the largest number is, the first of equal ones, and the number.
fn first_maximum<F: Float>(numbers: &[F]) -> (usize, F) {
    let maximum = numbers.iter().copied().fold(F::neg_infinity(), F::max);
    (numbers.iter().position(|&number| number == maximum).unwrap_or(0), maximum)
}

/// Overwrites `exponentials` with e^(z - m), m the largest logit, and 0 in its own place; returns the sum.
fn exponentials<F: Float>(logits: &[F], top: usize, exponentials: &mut [F]) -> f64 {
    let maximum = logits[top];
    for (exponential, &z) in exponentials.iter_mut().zip(logits) {
        *exponential = z - maximum;
    }
    kernel::exp(exponentials);
    exponentials[top] = F::zero();
    let least = F::from_f64(-1000.0);
    for (exponential, &z) in exponentials.iter_mut().zip(logits) {
        // z - m was rounded, by up to 40 units of e^(z - m): e^(d + error) = e^d (1 + error).
        let (difference, error) = two_sum(z, -maximum);
        // Below, e^d is zero and the error may be infinite.
        let error = if difference < least { F::zero() } else { error };
        *exponential += *exponential * error;
    }
    Total::<F>::of(exponentials.iter().map(|exponential| exponential.widen()))
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
    Err(Error::target("CrossEntropy", row, format!("a class index from 0 to {}", classes - 1), found))
}

fn check_distribution<'a, F: Float>(row: usize, values: impl Iterator<Item = &'a F> + Clone) -> Result<()> {
    if check::is_distribution(values.clone()) {
        return Ok(());
    }
    let mut found = format!("{:?}", values.clone().take(8).collect::<Vec<_>>());
    if values.clone().count() > 8 {
        found += " and more";
    }
    let expected = "probabilities >= 0 that add up to 1 (several labels in a row take BinaryCrossEntropy)";
    Err(Error::target("CrossEntropy", row, expected, found))
}
