//! [`Dataset`]: examples to learn from, checked once when they are handed in.

use super::read_classes;
use super::{Arrays, Batch, Examples};
use crate::{Error, Float, Result, check};
use ndarray::{Array2, ArrayRef2, Axis};
use std::collections::BTreeMap;

/// Inputs and targets that belong together row by row, with an optional weight for each row.
///
/// ```
/// use feedforward::Dataset;
/// use ndarray::array;
///
/// let data = Dataset::new(array![[1.0, 2.0], [3.0, 4.0]], array![[0.0], [1.0]])?.with_weights(vec![1.0, 0.5])?;
/// assert_eq!(data.len(), 2);
///
/// let error = Dataset::new(array![[1.0, f64::NAN]], array![[0.5]]).unwrap_err();
/// assert_eq!(error.to_string(), "Dataset: expected finite numbers in the inputs, found NaN in row 0, column 1");
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "TensorDataset")]
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset<F> {
    inputs: Array2<F>,
    targets: Array2<F>,
    weights: Option<Vec<F>>,
}

impl<F: Float> Dataset<F> {
    /// Makes a data set from inputs `(rows, features)` and targets `(rows, outputs)`.
    ///
    /// # Errors
    /// When the row counts differ, there is no row or no column, or a number is not finite.
    pub fn new(inputs: Array2<F>, targets: Array2<F>) -> Result<Self> {
        let operation = "Dataset";
        check::rows_and_targets(operation, &inputs, &targets)?;
        for (what, matrix) in [("inputs", &inputs), ("targets", &targets)] {
            check::not_empty(operation, "column", matrix.ncols())?;
            check::all_finite(operation, what, matrix)?;
        }
        Ok(Self { inputs: to_standard_layout(inputs), targets: to_standard_layout(targets), weights: None })
    }

    /// Sets a weight for each row, which counts in every loss and metric.
    ///
    /// # Errors
    /// When the number of weights is not that of the rows, a weight is negative or not finite, or all are zero.
    #[doc(alias = "sample_weight")]
    pub fn with_weights(self, weights: Vec<F>) -> Result<Self> {
        check::sample_weights("Dataset", self.len(), Some(&weights))?;
        Ok(Self { weights: Some(weights), ..self })
    }

    /// Weights each row by its class, as [`classes`](Self::classes) reads it.
    ///
    /// For class indices and one-hot targets without smoothing, [`CrossEntropy`](crate::CrossEntropy) then equals
    /// PyTorch's `CrossEntropyLoss(weight)` on class indices. PyTorch weights soft and smoothed targets class by class
    /// instead of row by row: that is [`CrossEntropy::class_weights`](crate::CrossEntropy::class_weights).
    ///
    /// Weights that the rows already have are multiplied with those of the classes, as in scikit-learn.
    ///
    /// # Errors
    /// When a row has no class or its class no weight, or the weights are not as [`with_weights`](Self::with_weights)
    /// needs them.
    ///
    /// ```
    /// use feedforward::Dataset;
    /// use ndarray::array;
    /// let data = Dataset::new(array![[1.0], [2.0]], array![[1.0], [0.0]])?.with_class_weights(&[0.5, 2.0])?;
    /// assert_eq!(data.weights(), Some(&[2.0, 0.5][..]));
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    #[doc(alias = "class_weight")]
    pub fn with_class_weights(self, of_class: &[f64]) -> Result<Self> {
        let weight = |class: usize| match of_class.get(class) {
            Some(&weight) => Ok(F::from_f64(weight)),
            None => {
                let expected = format!("a weight for class {class}");
                Err(Error::invalid("Dataset", expected, format!("{} weights", of_class.len())))
            }
        };
        let weights = self.classes()?.into_iter().map(weight).collect::<Result<_>>()?;
        self.multiply_weights(weights)
    }

    /// Weights each row by rows / (classes · rows of its class), so that every class has the same total weight.
    ///
    /// This is scikit-learn's `class_weight="balanced"`, multiplied with the weights that the rows have. King and Zeng
    /// 2001.
    ///
    /// # Errors
    /// As for [`classes`](Self::classes).
    ///
    /// ```
    /// use feedforward::Dataset;
    /// use ndarray::array;
    /// let data = Dataset::new(array![[1.0], [2.0], [3.0], [4.0]], array![[0.0], [0.0], [0.0], [1.0]])?;
    /// assert_eq!(data.with_balanced_classes()?.weights(), Some(&[2.0 / 3.0, 2.0 / 3.0, 2.0 / 3.0, 2.0][..]));
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    #[doc(alias = "class_weight")]
    pub fn with_balanced_classes(self) -> Result<Self> {
        let classes = self.classes()?;
        let mut counts = BTreeMap::new();
        classes.iter().for_each(|class| *counts.entry(class).or_insert(0_usize) += 1);
        let share = self.len() as f64 / counts.len() as f64;
        let weights = classes.iter().map(|class| F::from_f64(share / counts[class] as f64)).collect();
        self.multiply_weights(weights)
    }

    fn multiply_weights(self, mut weights: Vec<F>) -> Result<Self> {
        if let Some(given) = &self.weights {
            weights.iter_mut().zip(given).for_each(|(weight, &given)| *weight *= given);
        }
        self.with_weights(weights)
    }

    /// Returns the class of each row: the index in a single column, or the most probable of several columns.
    ///
    /// # Errors
    /// When the targets are a single column with numbers other than whole ones >= 0, or several with rows that are
    /// neither a single 1 nor probabilities that add up to 1, or where two classes are the most probable. Several
    /// labels in a row are not a class.
    ///
    /// ```
    /// use feedforward::Dataset;
    /// use ndarray::array;
    /// let inputs = array![[1.0], [2.0]];
    /// assert_eq!(Dataset::new(inputs.clone(), array![[2.0], [0.0]])?.classes()?, [2, 0]);
    /// assert_eq!(Dataset::new(inputs.clone(), array![[0.0, 1.0], [0.95, 0.05]])?.classes()?, [1, 0]);
    /// assert!(Dataset::new(inputs, array![[0.0, 1.0], [1.0, 1.0]])?.classes().is_err());
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn classes(&self) -> Result<Vec<usize>> {
        read_classes("Dataset", &self.targets)
    }

    /// Returns the inputs, `(rows, features)`.
    pub fn inputs(&self) -> &ArrayRef2<F> {
        &self.inputs
    }

    /// Returns the targets, `(rows, outputs)`.
    pub fn targets(&self) -> &ArrayRef2<F> {
        &self.targets
    }

    /// Returns the weight of each row, if there are weights.
    pub fn weights(&self) -> Option<&[F]> {
        self.weights.as_deref()
    }

    /// Returns the number of rows, at least 1.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.inputs.nrows()
    }

    /// Copies these rows, in this order, into a new data set; a row may occur more than once.
    ///
    /// # Errors
    /// When no row is given, one does not exist, or their weights are all zero.
    ///
    /// ```
    /// use feedforward::Dataset;
    /// use ndarray::array;
    /// let data = Dataset::new(array![[1.0], [2.0], [3.0]], array![[4.0], [5.0], [6.0]])?;
    /// assert_eq!(data.select(&[2, 0, 0])?.inputs(), array![[3.0], [1.0], [1.0]]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    #[doc(alias = "Subset")]
    pub fn select(&self, rows: &[usize]) -> Result<Self> {
        let operation = "Dataset::select";
        check::not_empty(operation, "row", rows.len())?;
        for &row in rows {
            check::index_below(operation, "row", self.len(), row)?;
        }
        let selected = Self {
            inputs: self.inputs.select(Axis(0), rows),
            targets: self.targets.select(Axis(0), rows),
            weights: None,
        };
        match &self.weights {
            Some(weights) => selected.with_weights(rows.iter().map(|&row| weights[row]).collect()),
            None => Ok(selected),
        }
    }

    /// Copies rows into buffers in standard layout that are large enough; the weights only if there are some.
    pub(crate) fn gather(&self, rows: &[usize], inputs: &mut [F], targets: &mut [F], weights: &mut [F]) {
        copy_rows(&self.inputs, rows, inputs);
        copy_rows(&self.targets, rows, targets);
        if let Some(all) = &self.weights {
            for (weight, &row) in weights.iter_mut().zip(rows) {
                *weight = all[row];
            }
        }
    }
}

impl<F: Float> Examples<F> for Dataset<F> {
    fn len(&self) -> usize {
        self.inputs.nrows()
    }

    fn input_size(&self) -> usize {
        self.inputs.ncols()
    }

    fn target_size(&self) -> usize {
        self.targets.ncols()
    }

    fn has_weights(&self) -> bool {
        self.weights.is_some()
    }

    fn gather(&self, rows: &[usize], batch: &mut Batch<F>) -> Result<()> {
        batch.resize(rows.len(), self.inputs.ncols(), self.targets.ncols());
        copy_rows(&self.inputs, rows, batch.inputs_mut());
        copy_rows(&self.targets, rows, batch.targets_mut());
        if let Some(all) = &self.weights {
            batch.weights_mut().iter_mut().zip(rows).for_each(|(weight, &row)| *weight = all[row]);
        }
        Ok(())
    }

    fn arrays(&self) -> Option<Arrays<'_, F>> {
        Some(Arrays { inputs: self.inputs.view(), targets: self.targets.view(), weights: self.weights() })
    }
}

/// Converts a matrix to row-major order; copies only a matrix that has another one.
fn to_standard_layout<F: Float>(matrix: Array2<F>) -> Array2<F> {
    if matrix.is_standard_layout() { matrix } else { matrix.as_standard_layout().into_owned() }
}

fn copy_rows<F: Float>(from: &Array2<F>, rows: &[usize], to: &mut [F]) {
    let columns = from.ncols();
    let values = from.as_slice().unwrap_or_default();
    for (&row, to) in rows.iter().zip(to.chunks_exact_mut(columns)) {
        to.copy_from_slice(&values[row * columns..][..columns]);
    }
}
