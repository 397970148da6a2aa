//! Scalers: measured on training data, applied to all data, kept with the model.

use super::Moments;
use crate::{Error, Float, Result, check};
use ndarray::{Array1, Array2, ArrayRef2};
use std::marker::PhantomData;

/// Shifts and stretches each column: y = (x - offset) / scale, in double precision, rounded once.
#[derive(Debug, Clone, PartialEq)]
struct Affine<F> {
    offset: Array1<f64>,
    scale: Array1<f64>,
    of: PhantomData<F>,
}

/// What happens to a column that has the same number in every row, up to rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Constant {
    /// It is an error.
    Refuse,
    /// It is shifted to 0 and not stretched.
    Allow,
}

impl<F: Float> Affine<F> {
    /// Measures offset and scale of each column, given its numbers and their moments.
    fn fit(
        operation: &'static str,
        inputs: &ArrayRef2<F>,
        constant: Constant,
        measure: impl Fn(&[f64], Moments) -> (f64, f64),
    ) -> Result<Self> {
        check::not_empty(operation, "row", inputs.nrows())?;
        check::not_empty(operation, "column", inputs.ncols())?;
        check::all_finite(operation, "inputs", inputs)?;
        let mut offset = Array1::zeros(inputs.ncols());
        let mut scale = Array1::ones(inputs.ncols());
        for (k, column) in inputs.columns().into_iter().enumerate() {
            let numbers: Vec<_> = column.iter().map(|value| value.widen()).collect();
            let moments = Moments::of(&numbers, None);
            let (middle, spread) = measure(&numbers, moments);
            offset[k] = middle;
            if !moments.is_constant && spread > 0.0 {
                scale[k] = spread;
            } else if constant == Constant::Refuse {
                let found = format!("{} in every row of column {k}", column[0]);
                return Err(Error::invalid(operation, "columns that are not constant", found));
            }
            if !spread.is_finite() {
                let found = format!("one that is too large for f64 in column {k}");
                return Err(Error::invalid(operation, "a distance from the smallest to the largest number", found));
            }
        }
        Ok(Self { offset, scale, of: PhantomData })
    }

    /// Checks offset and scale from elsewhere.
    fn from_parameters(operation: &'static str, offset: Array1<f64>, scale: Array1<f64>) -> Result<Self> {
        check::not_empty(operation, "column", offset.len())?;
        if offset.len() != scale.len() {
            let expected = format!("two numbers for each of {} columns", offset.len());
            return Err(Error::invalid(operation, expected, format!("{} scales", scale.len())));
        }
        offset.iter().try_for_each(|&offset| check::finite(operation, "offset", offset).map(drop))?;
        scale.iter().try_for_each(|&scale| check::finite_above_zero(operation, "scale", scale).map(drop))?;
        Ok(Self { offset, scale, of: PhantomData })
    }

    fn transform(&self, operation: &'static str, inputs: &ArrayRef2<F>) -> Result<Array2<F>> {
        self.map(operation, ["inputs", "scaled inputs"], inputs, |x, offset, scale| (x - offset) / scale)
    }

    fn inverse_transform(&self, operation: &'static str, scaled: &ArrayRef2<F>) -> Result<Array2<F>> {
        self.map(operation, ["scaled inputs", "inputs"], scaled, |y, offset, scale| y * scale + offset)
    }

    /// Maps each number, given the offset and the scale of its column; `names` are those of the matrix before and
    /// after.
    fn map(
        &self,
        operation: &'static str,
        names: [&'static str; 2],
        matrix: &ArrayRef2<F>,
        function: impl Fn(f64, f64, f64) -> f64,
    ) -> Result<Array2<F>> {
        check::columns(operation, names[0], self.offset.len(), matrix.ncols())?;
        check::all_finite(operation, names[0], matrix)?;
        let mut mapped = matrix.to_owned();
        for mut row in mapped.rows_mut() {
            for ((number, &offset), &scale) in row.iter_mut().zip(&self.offset).zip(&self.scale) {
                *number = F::from_f64(function(number.widen(), offset, scale));
            }
        }
        check::all_finite(operation, names[1], &mapped)?;
        Ok(mapped)
    }
}

/// Scales each column to mean 0 and standard deviation 1: y = (x - mean) / deviation.
///
/// The deviation is that of the population (divided by n), as in scikit-learn's `StandardScaler`. Mean and deviation
/// are kept and applied in double precision. A column whose numbers differ by no more than rounding is constant.
///
/// ```
/// use feedforward::data::StandardScaler;
/// use ndarray::array;
///
/// let scaler = StandardScaler::fit(&array![[1.0, 10.0], [3.0, 30.0]])?;
/// assert_eq!(scaler.transform(&array![[2.0, 40.0]])?, array![[0.0, 2.0]]);
/// assert_eq!(scaler.inverse_transform(&array![[0.0, 2.0]])?, array![[2.0, 40.0]]);
///
/// let error = StandardScaler::fit(&array![[1.0, 5.0], [3.0, 5.0]]).unwrap_err();
/// let text = "StandardScaler: expected columns that are not constant, found 5 in every row of column 1";
/// assert_eq!(error.to_string(), text);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct StandardScaler<F>(Affine<F>);

impl<F: Float> StandardScaler<F> {
    /// Computes mean and standard deviation of each column.
    ///
    /// # Errors
    /// When there is no row or no column, a number is not finite, or a column is constant.
    pub fn fit(inputs: &ArrayRef2<F>) -> Result<Self> {
        Affine::fit("StandardScaler", inputs, Constant::Refuse, |_, moments| (moments.mean, moments.deviation))
            .map(Self)
    }

    /// Computes the same, but accepts constant columns, which [`transform`](Self::transform) sets to 0, as in
    /// scikit-learn.
    ///
    /// # Errors
    /// When there is no row or no column, or a number is not finite.
    ///
    /// ```
    /// use feedforward::data::StandardScaler;
    /// use ndarray::array;
    /// let constant = array![[5.0], [5.0]];
    /// assert_eq!(StandardScaler::fit_allowing_constant(&constant)?.transform(&constant)?, array![[0.0], [0.0]]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn fit_allowing_constant(inputs: &ArrayRef2<F>) -> Result<Self> {
        Affine::fit("StandardScaler", inputs, Constant::Allow, |_, moments| (moments.mean, moments.deviation)).map(Self)
    }

    /// Makes a scaler from the mean and the deviation of each column, measured elsewhere.
    ///
    /// # Errors
    /// When there is no column, the two differ in length, a number is not finite, or a deviation is not above zero.
    ///
    /// ```
    /// use feedforward::data::StandardScaler;
    /// use ndarray::array;
    /// let scaler = StandardScaler::from_parameters(array![10.0], array![2.0])?;
    /// assert_eq!(scaler.transform(&array![[14.0_f32]])?, array![[2.0]]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn from_parameters(mean: Array1<f64>, deviation: Array1<f64>) -> Result<Self> {
        Affine::from_parameters("StandardScaler", mean, deviation).map(Self)
    }

    /// Computes the scaled inputs, (x - mean) / deviation.
    ///
    /// # Errors
    /// When the number of columns is not that of the fitted inputs, a number is not finite, or a result is too large
    /// for `F`; the error names its row and column.
    pub fn transform(&self, inputs: &ArrayRef2<F>) -> Result<Array2<F>> {
        self.0.transform("StandardScaler", inputs)
    }

    /// Computes the inputs that were scaled, x = y · deviation + mean.
    ///
    /// # Errors
    /// When the number of columns is not that of the fitted inputs, a number is not finite, or a result is too large
    /// for `F`; the error names its row and column.
    pub fn inverse_transform(&self, scaled: &ArrayRef2<F>) -> Result<Array2<F>> {
        self.0.inverse_transform("StandardScaler", scaled)
    }

    /// Returns the mean of each column, in the double precision that it is computed and applied in.
    #[doc(alias = "mean_")]
    pub fn mean(&self) -> &Array1<f64> {
        &self.0.offset
    }

    /// Returns the standard deviation of each column; 1 for a constant one.
    #[doc(alias("std", "scale_"))]
    pub fn deviation(&self) -> &Array1<f64> {
        &self.0.scale
    }
}

/// Scales each column to the range from 0 to 1: y = (x - smallest) / (largest - smallest).
///
/// New inputs beyond the smallest and the largest fall outside of the range, as in scikit-learn's `MinMaxScaler`.
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
    /// Finds the smallest and the largest number of each column.
    ///
    /// # Errors
    /// When there is no row or no column, a number is not finite, or a column is constant.
    pub fn fit(inputs: &ArrayRef2<F>) -> Result<Self> {
        Affine::fit("MinMaxScaler", inputs, Constant::Refuse, |numbers, _| smallest_and_range(numbers)).map(Self)
    }

    /// Finds the same, but accepts constant columns, which [`transform`](Self::transform) sets to 0, as in
    /// scikit-learn.
    ///
    /// # Errors
    /// When there is no row or no column, or a number is not finite.
    pub fn fit_allowing_constant(inputs: &ArrayRef2<F>) -> Result<Self> {
        Affine::fit("MinMaxScaler", inputs, Constant::Allow, |numbers, _| smallest_and_range(numbers)).map(Self)
    }

    /// Makes a scaler from the smallest number and the range (largest - smallest) of each column, measured elsewhere.
    ///
    /// # Errors
    /// When there is no column, the two differ in length, a number is not finite, or a range is not above zero.
    pub fn from_parameters(minimum: Array1<f64>, range: Array1<f64>) -> Result<Self> {
        Affine::from_parameters("MinMaxScaler", minimum, range).map(Self)
    }

    /// Returns the smallest number of each column.
    #[doc(alias = "data_min_")]
    pub fn minimum(&self) -> &Array1<f64> {
        &self.0.offset
    }

    /// Returns the largest number less the smallest one of each column; 1 for a constant one.
    #[doc(alias = "data_range_")]
    pub fn range(&self) -> &Array1<f64> {
        &self.0.scale
    }

    /// Computes the scaled inputs, (x - smallest) / (largest - smallest).
    ///
    /// # Errors
    /// When the number of columns is not that of the fitted inputs, a number is not finite, or a result is too large
    /// for `F`; the error names its row and column.
    pub fn transform(&self, inputs: &ArrayRef2<F>) -> Result<Array2<F>> {
        self.0.transform("MinMaxScaler", inputs)
    }

    /// Computes the inputs that were scaled, x = y · (largest - smallest) + smallest.
    ///
    /// # Errors
    /// When the number of columns is not that of the fitted inputs, a number is not finite, or a result is too large
    /// for `F`; the error names its row and column.
    pub fn inverse_transform(&self, scaled: &ArrayRef2<F>) -> Result<Array2<F>> {
        self.0.inverse_transform("MinMaxScaler", scaled)
    }
}

/// Finds the smallest number, and the distance to the largest one.
pub(crate) fn smallest_and_range(numbers: &[f64]) -> (f64, f64) {
    let smallest = numbers.iter().copied().fold(f64::INFINITY, f64::min);
    let largest = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (smallest, largest - smallest)
}
