//! [`Dataset`]: examples to learn from, checked once when they are handed in.

use super::examples::check_rows;
use super::read_classes;
use super::{Arrays, Batch, Examples};
use crate::{Error, Float, Result, check};
use ndarray::{Array2, ArrayRef2, Axis};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// Inputs and targets that belong together row by row, with an optional weight for each row.
///
/// A clone shares the numbers, and so do the parts that [`select`](Self::select) and the splits take.
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
#[derive(Clone)]
pub struct Dataset<F> {
    whole: Arc<Numbers<F>>,
    part: Option<Arc<Part<F>>>,
    /// Those of the rows of the part.
    weights: Option<Arc<Vec<F>>>,
}

/// All rows, in standard layout.
struct Numbers<F> {
    inputs: Array2<F>,
    targets: Array2<F>,
}

/// Some of all rows, by their numbers; they are copied when somebody asks for the whole matrix.
struct Part<F> {
    rows: Vec<usize>,
    inputs: OnceLock<Array2<F>>,
    targets: OnceLock<Array2<F>>,
}

impl<F> Part<F> {
    fn new(rows: Vec<usize>) -> Self {
        Self { rows, inputs: OnceLock::new(), targets: OnceLock::new() }
    }
}

impl<F> Dataset<F> {
    /// Returns inputs and targets if they stand in memory in the order of the rows.
    fn matrices(&self) -> Option<(&Array2<F>, &Array2<F>)> {
        match &self.part {
            Some(part) => Some((part.inputs.get()?, part.targets.get()?)),
            None => Some((&self.whole.inputs, &self.whole.targets)),
        }
    }
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
        let whole = Numbers { inputs: to_standard_layout(inputs), targets: to_standard_layout(targets) };
        Ok(Self { whole: Arc::new(whole), part: None, weights: None })
    }

    /// Sets a weight for each row, which counts in every loss and metric.
    ///
    /// # Errors
    /// When the number of weights is not that of the rows, a weight is negative or not finite, or all are zero.
    #[doc(alias = "sample_weight")]
    pub fn with_weights(self, weights: Vec<F>) -> Result<Self> {
        check::sample_weights("Dataset", self.len(), Some(&weights))?;
        Ok(Self { weights: Some(Arc::new(weights)), ..self })
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
            weights.iter_mut().zip(given.iter()).for_each(|(weight, &given)| *weight *= given);
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
        read_classes("Dataset", self.targets())
    }

    /// Returns the inputs, `(rows, features)`.
    ///
    /// Those of a [part](Self::select) are copied when they are first asked for.
    pub fn inputs(&self) -> &ArrayRef2<F> {
        match &self.part {
            Some(part) => part.inputs.get_or_init(|| self.whole.inputs.select(Axis(0), &part.rows)),
            None => &self.whole.inputs,
        }
    }

    /// Returns the targets, `(rows, outputs)`.
    ///
    /// Those of a [part](Self::select) are copied when they are first asked for.
    pub fn targets(&self) -> &ArrayRef2<F> {
        match &self.part {
            Some(part) => part.targets.get_or_init(|| self.whole.targets.select(Axis(0), &part.rows)),
            None => &self.whole.targets,
        }
    }

    /// Returns the weight of each row, if there are weights.
    pub fn weights(&self) -> Option<&[F]> {
        self.weights.as_ref().map(|weights| &weights[..])
    }

    /// Returns the number of rows, at least 1.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.part.as_ref().map_or(self.whole.inputs.nrows(), |part| part.rows.len())
    }

    /// Takes these rows, in this order, as a data set; a row may occur more than once.
    ///
    /// The numbers are shared, not copied: training and scoring copy one batch after another, and
    /// [`inputs`](Self::inputs) and [`targets`](Self::targets) copy all rows of the part once, when they are asked for.
    /// The whole stays in memory as long as one of its parts.
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
        check_rows(operation, self.len(), rows)?;
        let numbers = rows.iter().map(|&row| self.row_in_whole(row)).collect();
        let selected = Self { whole: self.whole.clone(), part: Some(Arc::new(Part::new(numbers))), weights: None };
        match &self.weights {
            Some(weights) => selected.with_weights(rows.iter().map(|&row| weights[row]).collect()),
            None => Ok(selected),
        }
    }

    /// Returns the number that a row has among all rows.
    fn row_in_whole(&self, row: usize) -> usize {
        self.part.as_ref().map_or(row, |part| part.rows[row])
    }

    /// Copies the numbers of some rows of a matrix that holds the rows of the whole.
    fn copy_rows(&self, from: &Array2<F>, rows: &[usize], to: &mut [F]) {
        match &self.part {
            None => copy_rows(from, rows.iter().copied(), to),
            Some(part) => copy_rows(from, rows.iter().map(|&row| part.rows[row]), to),
        }
    }

    fn copy_weights(&self, rows: &[usize], to: &mut [F]) {
        if let Some(all) = &self.weights {
            to.iter_mut().zip(rows).for_each(|(weight, &row)| *weight = all[row]);
        }
    }
}

/// Compares inputs, targets and weights row by row.
impl<F: Float> PartialEq for Dataset<F> {
    fn eq(&self, other: &Self) -> bool {
        if self.len() != other.len() || self.weights != other.weights {
            return false;
        }
        (0..self.len()).all(|row| {
            let (one, two) = (self.row_in_whole(row), other.row_in_whole(row));
            self.whole.inputs.row(one) == other.whole.inputs.row(two)
                && self.whole.targets.row(one) == other.whole.targets.row(two)
        })
    }
}

/// Shows the numbers if all stand in memory in this order; of a part that was never copied, how many there are.
impl<F: fmt::Debug> fmt::Debug for Dataset<F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = formatter.debug_struct("Dataset");
        match self.matrices() {
            Some((inputs, targets)) => text.field("inputs", inputs).field("targets", targets),
            None => {
                let rows = self.part.as_ref().map_or(0, |part| part.rows.len());
                let Numbers { inputs, targets } = &*self.whole;
                text.field("inputs", &format_args!("{rows} x {}", inputs.ncols()))
                    .field("targets", &format_args!("{rows} x {}", targets.ncols()))
            }
        };
        text.field("weights", &self.weights).finish()
    }
}

impl<F: Float> Examples<F> for Dataset<F> {
    fn len(&self) -> usize {
        self.len()
    }

    fn input_size(&self) -> usize {
        self.whole.inputs.ncols()
    }

    fn target_size(&self) -> usize {
        self.whole.targets.ncols()
    }

    fn has_weights(&self) -> bool {
        self.weights.is_some()
    }

    fn gather(&self, rows: &[usize], batch: &mut Batch<F>) -> Result<()> {
        self.gather_targets(rows, batch)?;
        self.copy_rows(&self.whole.inputs, rows, batch.inputs_mut());
        Ok(())
    }

    fn gather_targets(&self, rows: &[usize], batch: &mut Batch<F>) -> Result<()> {
        check_rows("Examples::gather", self.len(), rows)?;
        batch.resize(rows.len(), self.input_size(), self.target_size());
        self.copy_rows(&self.whole.targets, rows, batch.targets_mut());
        if self.weights.is_some() {
            self.copy_weights(rows, batch.weights_mut());
        }
        Ok(())
    }

    fn is_in_memory(&self) -> bool {
        true
    }

    fn arrays(&self) -> Option<Arrays<'_, F>> {
        let (inputs, targets) = self.matrices()?;
        Some(Arrays { inputs: inputs.view(), targets: targets.view(), weights: self.weights() })
    }
}

#[inline]
fn copy_rows<F: Float>(from: &Array2<F>, rows: impl Iterator<Item = usize>, to: &mut [F]) {
    let columns = from.ncols();
    let values = from.as_slice().unwrap_or_default();
    for (row, to) in rows.zip(to.chunks_exact_mut(columns)) {
        to.copy_from_slice(&values[row * columns..][..columns]);
    }
}

/// Converts a matrix to row-major order; copies only a matrix that has another one.
fn to_standard_layout<F: Float>(matrix: Array2<F>) -> Array2<F> {
    if matrix.is_standard_layout() { matrix } else { matrix.as_standard_layout().into_owned() }
}
