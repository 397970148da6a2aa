//! [`Dataset`]: examples to learn from, checked once at the door.

use crate::error::all_finite;
use crate::loss::check_rows;
use crate::{Error, Float, Result};
use ndarray::{Array2, ArrayRef2, Axis};
use std::collections::BTreeMap;

/// Inputs and targets that go together row by row, with a weight for each row if wanted.
///
/// ```
/// use feedforward::Dataset;
/// use ndarray::array;
///
/// let data = Dataset::new(array![[1.0, 2.0], [3.0, 4.0]], array![[0.0], [1.0]])?.with_weights(vec![1.0, 0.5])?;
/// assert_eq!(data.len(), 2);
/// assert!(Dataset::new(array![[1.0]], array![[1.0], [2.0]]).is_err());
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset<F> {
    inputs: Array2<F>,
    targets: Array2<F>,
    weights: Option<Vec<F>>,
}

impl<F: Float> Dataset<F> {
    /// Inputs `(rows, features)` with targets `(rows, outputs)`.
    ///
    /// # Errors
    /// When the row counts differ, there is no row or no column, or a number is not finite.
    ///
    /// ```
    /// use feedforward::Dataset;
    /// use ndarray::array;
    /// assert!(Dataset::new(array![[1.0, 2.0]], array![[0.5]]).is_ok());
    /// let error = Dataset::new(array![[1.0, f64::NAN]], array![[0.5]]).unwrap_err();
    /// assert_eq!(error.to_string(), "Dataset: expected finite numbers in the inputs, found NaN in row 0, column 1");
    /// ```
    pub fn new(inputs: Array2<F>, targets: Array2<F>) -> Result<Self> {
        let operation = "Dataset";
        check_rows(operation, &inputs, &targets)?;
        for (what, matrix) in [("inputs", &inputs), ("targets", &targets)] {
            if matrix.ncols() == 0 {
                return Err(Error::Empty { operation, what: "column" });
            }
            all_finite(operation, what, matrix)?;
        }
        let standard = |matrix: Array2<F>| {
            if matrix.is_standard_layout() { matrix } else { matrix.as_standard_layout().into_owned() }
        };
        Ok(Self { inputs: standard(inputs), targets: standard(targets), weights: None })
    }

    /// The same data with a weight for each row, which counts in every loss and metric.
    ///
    /// # Errors
    /// When there are not as many weights as rows, or one is negative or not finite, or all are zero.
    ///
    /// ```
    /// use feedforward::Dataset;
    /// use ndarray::array;
    /// let data = Dataset::new(array![[1.0], [2.0]], array![[3.0], [4.0]])?;
    /// assert!(data.clone().with_weights(vec![1.0, 0.0]).is_ok());
    /// assert!(data.with_weights(vec![0.0, 0.0]).is_err());
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn with_weights(self, weights: Vec<F>) -> Result<Self> {
        crate::loss::check_weights("Dataset", self.len(), Some(&weights))?;
        Ok(Self { weights: Some(weights), ..self })
    }

    /// The same data with each row weighted by its class; targets are one column of class indices, or one-hot.
    ///
    /// Where there are weights of the rows already, they are multiplied, as in scikit-learn.
    ///
    /// # Errors
    /// When a class has no weight, or the weights are not as [`with_weights`](Self::with_weights) needs them.
    ///
    /// ```
    /// use feedforward::Dataset;
    /// use ndarray::array;
    /// let data = Dataset::new(array![[1.0], [2.0]], array![[1.0], [0.0]])?.with_class_weights(&[0.5, 2.0])?;
    /// assert_eq!(data.weights(), Some(&[2.0, 0.5][..]));
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn with_class_weights(self, of_class: &[f64]) -> Result<Self> {
        let weight = |class: usize| {
            let expected = || format!("a weight for class {class}");
            let weight = of_class.get(class).copied();
            weight
                .map(F::from_f64)
                .ok_or_else(|| Error::invalid("Dataset", expected(), format!("{} weights", of_class.len())))
        };
        let weights = self.classes()?.into_iter().map(weight).collect::<Result<_>>()?;
        self.times_weights(weights)
    }

    /// The same data with classes that weigh the same all together: rows / (classes · rows of the class) for each row.
    ///
    /// As scikit-learn's `class_weight="balanced"`, multiplied with the weights the rows have; King and Zeng 2001.
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
    pub fn with_balanced_classes(self) -> Result<Self> {
        let (classes, mut counts) = (self.classes()?, BTreeMap::new());
        classes.iter().for_each(|class| *counts.entry(class).or_insert(0_usize) += 1);
        let share = self.len() as f64 / counts.len() as f64;
        let weights = classes.iter().map(|class| F::from_f64(share / counts[class] as f64)).collect();
        self.times_weights(weights)
    }

    fn times_weights(self, mut weights: Vec<F>) -> Result<Self> {
        if let Some(given) = &self.weights {
            weights.iter_mut().zip(given).for_each(|(weight, &given)| *weight *= given);
        }
        self.with_weights(weights)
    }

    /// The class of each row.
    ///
    /// # Errors
    /// When the targets are neither one column of whole numbers >= 0 nor several columns (of which the largest counts).
    ///
    /// ```
    /// use feedforward::Dataset;
    /// use ndarray::array;
    /// assert_eq!(Dataset::new(array![[1.0], [2.0]], array![[2.0], [0.0]])?.classes()?, [2, 0]);
    /// assert_eq!(Dataset::new(array![[1.0], [2.0]], array![[0.0, 1.0], [1.0, 0.0]])?.classes()?, [1, 0]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn classes(&self) -> Result<Vec<usize>> {
        if self.targets.ncols() > 1 {
            return Ok(super::argmax(&self.targets));
        }
        let class = |(row, &target): (usize, &F)| {
            let index = target.widen();
            let whole = index >= 0.0 && index.fract() == 0.0 && index < 1e9;
            let (operation, expected) = ("Dataset", "a class index".to_owned());
            if whole {
                Ok(index as usize)
            } else {
                Err(Error::Target { operation, row, expected, found: index.to_string() })
            }
        };
        self.targets.iter().enumerate().map(class).collect()
    }

    /// The inputs, `(rows, features)`.
    ///
    /// ```
    /// use feedforward::Dataset;
    /// use ndarray::array;
    /// let data = Dataset::new(array![[1.0], [2.0]], array![[3.0], [4.0]])?;
    /// assert_eq!(data.inputs(), array![[1.0], [2.0]]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn inputs(&self) -> &ArrayRef2<F> {
        &self.inputs
    }

    /// The targets, `(rows, outputs)`.
    ///
    /// ```
    /// use feedforward::Dataset;
    /// use ndarray::array;
    /// let data = Dataset::new(array![[1.0], [2.0]], array![[3.0], [4.0]])?;
    /// assert_eq!(data.targets(), array![[3.0], [4.0]]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn targets(&self) -> &ArrayRef2<F> {
        &self.targets
    }

    /// The weight of each row, if there are weights.
    ///
    /// ```
    /// use feedforward::Dataset;
    /// use ndarray::array;
    /// let data = Dataset::new(array![[1.0], [2.0]], array![[3.0], [4.0]])?;
    /// assert_eq!(data.with_weights(vec![1.0, 0.5])?.weights(), Some(&[1.0, 0.5][..]));
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn weights(&self) -> Option<&[F]> {
        self.weights.as_deref()
    }

    /// How many rows there are; never none.
    ///
    /// ```
    /// use feedforward::Dataset;
    /// use ndarray::array;
    /// let data = Dataset::new(array![[1.0], [2.0]], array![[3.0], [4.0]])?;
    /// assert_eq!(data.len(), 2);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.inputs.nrows()
    }

    /// These rows, in this order.
    ///
    /// # Errors
    /// When there is no row, or one does not exist, or their weights are all zero.
    ///
    /// ```
    /// use feedforward::Dataset;
    /// use ndarray::array;
    /// let data = Dataset::new(array![[1.0], [2.0], [3.0]], array![[4.0], [5.0], [6.0]])?;
    /// assert_eq!(data.select(&[2, 0, 0])?.inputs(), array![[3.0], [1.0], [1.0]]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn select(&self, rows: &[usize]) -> Result<Self> {
        if rows.is_empty() {
            return Err(Error::Empty { operation: "Dataset::select", what: "row" });
        }
        if let Some(row) = rows.iter().find(|&&row| row >= self.len()) {
            return Err(Error::invalid("Dataset::select", format!("rows below {}", self.len()), row));
        }
        let chosen = Self {
            inputs: self.inputs.select(Axis(0), rows),
            targets: self.targets.select(Axis(0), rows),
            weights: None,
        };
        match &self.weights {
            Some(weights) => chosen.with_weights(rows.iter().map(|&row| weights[row]).collect()),
            None => Ok(chosen),
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

fn copy_rows<F: Float>(from: &Array2<F>, rows: &[usize], to: &mut [F]) {
    let (columns, all) = (from.ncols(), from.as_slice().unwrap_or_default());
    for (&row, to) in rows.iter().zip(to.chunks_exact_mut(columns)) {
        to.copy_from_slice(&all[row * columns..][..columns]);
    }
}
