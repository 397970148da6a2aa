//! [`Inputs`]: what an estimator predicts for; [`Targets`]: the numbers that a regressor learns.

use crate::{Float, Table};
use ndarray::{Array1, Array2, ArrayRef1, ArrayRef2, ArrayView1, ArrayView2, Axis};

/// The rows that an estimator predicts for: an array, or a table with the columns that it was fitted on.
///
/// ```
/// use feedforward::estimator::Inputs;
/// use ndarray::array;
/// let all = array![[1.0, 2.0], [3.0, 4.0]];
/// assert_eq!(Inputs::from(&all.row(1).insert_axis(ndarray::Axis(0))).rows(), 1);
/// ```
#[derive(Debug, Clone)]
pub enum Inputs<'a, F> {
    /// A row for each example, a column for each number.
    Array(ArrayView2<'a, F>),
    /// A row for each example; the columns are found by their names.
    Table(&'a Table),
}

impl<F: Float> Inputs<'_, F> {
    /// Returns the number of rows.
    pub fn rows(&self) -> usize {
        match self {
            Self::Array(array) => array.nrows(),
            Self::Table(table) => table.rows(),
        }
    }
}

impl<'a, F: Float> From<&'a Table> for Inputs<'a, F> {
    fn from(table: &'a Table) -> Self {
        Self::Table(table)
    }
}

/// The numbers that a regressor learns: one for each row, or a matrix with a column for each output.
///
/// ```
/// use feedforward::estimator::Targets;
/// use ndarray::array;
/// assert_eq!(Targets::from(&array![1.0, 2.0, 3.0]).matrix().dim(), (3, 1));
/// assert_eq!(Targets::from(&array![[1.0, 2.0, 3.0]]).matrix().dim(), (1, 3));
/// ```
#[derive(Debug, Clone)]
pub struct Targets<'a, F>(ArrayView2<'a, F>);

impl<'a, F: Float> Targets<'a, F> {
    /// Returns the numbers, `(rows, outputs)`.
    pub fn matrix(&self) -> ArrayView2<'a, F> {
        self.0
    }
}

macro_rules! from_matrix {
    ($($type:ty),*) => {$(
        impl<'a, F: Float> From<&'a $type> for Inputs<'a, F> {
            fn from(array: &'a $type) -> Self {
                Self::Array(array.view())
            }
        }

        impl<'a, F: Float> From<&'a $type> for Targets<'a, F> {
            fn from(array: &'a $type) -> Self {
                Self(array.view())
            }
        }
    )*};
}

from_matrix!(Array2<F>, ArrayRef2<F>, ArrayView2<'_, F>);

macro_rules! from_vector {
    ($($type:ty),*) => {$(
        impl<'a, F: Float> From<&'a $type> for Targets<'a, F> {
            fn from(array: &'a $type) -> Self {
                Self(array.view().insert_axis(Axis(1)))
            }
        }
    )*};
}

from_vector!(Array1<F>, ArrayRef1<F>, ArrayView1<'_, F>);
