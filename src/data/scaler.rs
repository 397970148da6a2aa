//! Scalers: measured on training data, applied to all, kept with the model.

use crate::error::all_finite;
use crate::{Error, Float, Result};
use ndarray::{Array1, Array2, ArrayRef2, Axis};

/// Shifts and stretches each column: y = (x - offset) / scale.
#[derive(Debug, Clone, PartialEq)]
struct Affine<F> {
    offset: Array1<F>,
    scale: Array1<F>,
}

/// Whether a column that never changes is an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Constant {
    Refuse,
    Allow,
}

impl<F: Float> Affine<F> {
    /// Measures offset and scale of each column.
    fn fit(
        operation: &'static str,
        inputs: &ArrayRef2<F>,
        constant: Constant,
        measure: impl Fn(&[f64]) -> (f64, f64),
    ) -> Result<Self> {
        if inputs.is_empty() {
            return Err(Error::Empty { operation, what: "row" });
        }
        all_finite(operation, "inputs", inputs)?;
        let mut offset = Array1::zeros(inputs.ncols());
        let mut scale = Array1::ones(inputs.ncols());
        for (k, column) in inputs.columns().into_iter().enumerate() {
            let numbers: Vec<_> = column.iter().map(|value| value.widen()).collect();
            let (middle, spread) = measure(&numbers);
            offset[k] = F::from_f64(middle);
            let changes = numbers.iter().any(|&number| number != numbers[0]);
            if changes && F::from_f64(spread) > F::zero() {
                scale[k] = F::from_f64(spread);
            } else if constant == Constant::Refuse {
                let found = format!("{} in every row of column {k}", numbers[0]);
                return Err(Error::invalid(operation, "columns that are not constant", found));
            }
        }
        Ok(Self { offset, scale })
    }

    fn check(&self, operation: &'static str, inputs: &ArrayRef2<F>) -> Result<()> {
        let (expected, found) = (self.offset.len(), inputs.ncols());
        if expected == found {
            return Ok(());
        }
        Err(Error::Columns { operation, what: "inputs", expected, found })
    }

    fn transform(&self, operation: &'static str, inputs: &ArrayRef2<F>) -> Result<Array2<F>> {
        self.check(operation, inputs)?;
        Ok((inputs - &*self.offset.view().insert_axis(Axis(0))) / &self.scale)
    }

    fn inverse(&self, operation: &'static str, scaled: &ArrayRef2<F>) -> Result<Array2<F>> {
        self.check(operation, scaled)?;
        Ok(scaled * &*self.scale.view().insert_axis(Axis(0)) + &self.offset)
    }
}

/// Mean 0 and standard deviation 1 for each column: y = (x - mean) / deviation.
///
/// The deviation is that of the population (divided by n), as in scikit-learn's `StandardScaler`.
///
/// ```
/// use feedforward::data::StandardScaler;
/// use ndarray::array;
///
/// let scaler = StandardScaler::fit(&array![[1.0, 10.0], [3.0, 30.0]])?;
/// assert_eq!(scaler.transform(&array![[2.0, 40.0]])?, array![[0.0, 2.0]]);
/// assert_eq!(scaler.inverse(&array![[0.0, 2.0]])?, array![[2.0, 40.0]]);
/// let error = StandardScaler::fit(&array![[1.0, 5.0], [3.0, 5.0]]).unwrap_err();
/// assert_eq!(error.to_string(), "StandardScaler: expected columns that are not constant, found 5 in every row of column 1");
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct StandardScaler<F>(Affine<F>);

impl<F: Float> StandardScaler<F> {
    /// Measures each column.
    ///
    /// # Errors
    /// When there is no row, a number is not finite, or a column is constant.
    ///
    /// ```
    /// use feedforward::data::StandardScaler;
    /// use ndarray::array;
    /// assert!(StandardScaler::fit(&array![[1.0], [3.0]]).is_ok());
    /// assert!(StandardScaler::fit(&array![[1.0], [1.0]]).is_err());
    /// ```
    pub fn fit(inputs: &ArrayRef2<F>) -> Result<Self> {
        Affine::fit("StandardScaler", inputs, Constant::Refuse, mean_and_deviation).map(Self)
    }

    /// The same, but a constant column becomes 0, as in scikit-learn.
    ///
    /// # Errors
    /// When there is no row or a number is not finite.
    ///
    /// ```
    /// use feedforward::data::StandardScaler;
    /// use ndarray::array;
    /// let constant = array![[5.0], [5.0]];
    /// assert_eq!(StandardScaler::fit_allowing_constant(&constant)?.transform(&constant)?, array![[0.0], [0.0]]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn fit_allowing_constant(inputs: &ArrayRef2<F>) -> Result<Self> {
        Affine::fit("StandardScaler", inputs, Constant::Allow, mean_and_deviation).map(Self)
    }

    /// The scaled inputs.
    ///
    /// # Errors
    /// When there are not as many columns as were measured.
    ///
    /// ```
    /// use feedforward::data::StandardScaler;
    /// use ndarray::array;
    /// let scaler = StandardScaler::fit(&array![[1.0], [3.0]])?;
    /// assert_eq!(scaler.transform(&array![[1.0], [3.0]])?, array![[-1.0], [1.0]]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn transform(&self, inputs: &ArrayRef2<F>) -> Result<Array2<F>> {
        self.0.transform("StandardScaler", inputs)
    }

    /// Back from scaled inputs.
    ///
    /// # Errors
    /// When there are not as many columns as were measured.
    ///
    /// ```
    /// use feedforward::data::StandardScaler;
    /// use ndarray::array;
    /// let scaler = StandardScaler::fit(&array![[1.0], [3.0]])?;
    /// assert_eq!(scaler.inverse(&array![[-1.0], [1.0]])?, array![[1.0], [3.0]]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn inverse(&self, scaled: &ArrayRef2<F>) -> Result<Array2<F>> {
        self.0.inverse("StandardScaler", scaled)
    }

    /// Mean of each column.
    ///
    /// ```
    /// use feedforward::data::StandardScaler;
    /// let scaler = StandardScaler::fit(&ndarray::array![[1.0], [3.0]])?;
    /// assert_eq!(scaler.mean(), ndarray::array![2.0]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn mean(&self) -> &Array1<F> {
        &self.0.offset
    }

    /// Standard deviation of each column; 1 for a constant one.
    ///
    /// ```
    /// use feedforward::data::StandardScaler;
    /// let scaler = StandardScaler::fit(&ndarray::array![[1.0], [3.0]])?;
    /// assert_eq!(scaler.deviation(), ndarray::array![1.0]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn deviation(&self) -> &Array1<F> {
        &self.0.scale
    }
}

fn mean_and_deviation(numbers: &[f64]) -> (f64, f64) {
    let count = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / count;
    let variance = numbers.iter().map(|number| (number - mean).powi(2)).sum::<f64>() / count;
    (mean, variance.sqrt())
}

/// From 0 to 1 for each column: y = (x - smallest) / (largest - smallest). scikit-learn's `MinMaxScaler`.
///
/// ```
/// use feedforward::data::MinMaxScaler;
/// use ndarray::array;
///
/// let scaler = MinMaxScaler::fit(&array![[1.0], [3.0]])?;
/// assert_eq!(scaler.transform(&array![[1.0], [2.0], [5.0]])?, array![[0.0], [0.5], [2.0]]);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct MinMaxScaler<F>(Affine<F>);

impl<F: Float> MinMaxScaler<F> {
    /// Measures each column.
    ///
    /// # Errors
    /// When there is no row, a number is not finite, or a column is constant.
    ///
    /// ```
    /// use feedforward::data::MinMaxScaler;
    /// use ndarray::array;
    /// assert!(MinMaxScaler::fit(&array![[1.0], [3.0]]).is_ok());
    /// assert!(MinMaxScaler::fit(&array![[1.0], [1.0]]).is_err());
    /// ```
    pub fn fit(inputs: &ArrayRef2<F>) -> Result<Self> {
        Affine::fit("MinMaxScaler", inputs, Constant::Refuse, smallest_and_range).map(Self)
    }

    /// The same, but a constant column becomes 0, as in scikit-learn.
    ///
    /// # Errors
    /// When there is no row or a number is not finite.
    ///
    /// ```
    /// use feedforward::data::MinMaxScaler;
    /// use ndarray::array;
    /// let constant = array![[5.0], [5.0]];
    /// assert_eq!(MinMaxScaler::fit_allowing_constant(&constant)?.transform(&constant)?, array![[0.0], [0.0]]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn fit_allowing_constant(inputs: &ArrayRef2<F>) -> Result<Self> {
        Affine::fit("MinMaxScaler", inputs, Constant::Allow, smallest_and_range).map(Self)
    }

    /// The scaled inputs.
    ///
    /// # Errors
    /// When there are not as many columns as were measured.
    ///
    /// ```
    /// use feedforward::data::MinMaxScaler;
    /// use ndarray::array;
    /// let scaler = MinMaxScaler::fit(&array![[1.0], [3.0]])?;
    /// assert_eq!(scaler.transform(&array![[1.0], [3.0]])?, array![[0.0], [1.0]]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn transform(&self, inputs: &ArrayRef2<F>) -> Result<Array2<F>> {
        self.0.transform("MinMaxScaler", inputs)
    }

    /// Back from scaled inputs.
    ///
    /// # Errors
    /// When there are not as many columns as were measured.
    ///
    /// ```
    /// use feedforward::data::MinMaxScaler;
    /// use ndarray::array;
    /// let scaler = MinMaxScaler::fit(&array![[1.0], [3.0]])?;
    /// assert_eq!(scaler.inverse(&array![[0.0], [1.0]])?, array![[1.0], [3.0]]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn inverse(&self, scaled: &ArrayRef2<F>) -> Result<Array2<F>> {
        self.0.inverse("MinMaxScaler", scaled)
    }
}

fn smallest_and_range(numbers: &[f64]) -> (f64, f64) {
    let smallest = numbers.iter().copied().fold(f64::INFINITY, f64::min);
    let largest = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (smallest, largest - smallest)
}
