//! [`Buffer`]: a matrix whose memory is kept from batch to batch.

use crate::Float;
use ndarray::{Array2, ArrayRef2, ArrayView2};
use std::fmt;

/// A matrix whose memory is kept for the next batch. A clone starts empty.
pub(crate) struct Buffer<F> {
    matrix: Array2<F>,
}

impl<F> Default for Buffer<F> {
    fn default() -> Self {
        Self { matrix: Array2::from_shape_fn((0, 0), |_| unreachable!("there is no element")) }
    }
}

/// Shows the shape alone: the numbers are those of the last batch.
impl<F> fmt::Debug for Buffer<F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Buffer({} x {})", self.matrix.nrows(), self.matrix.ncols())
    }
}

impl<F> Clone for Buffer<F> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl<F: Float> Buffer<F> {
    /// Resizes without clearing; reallocates only when larger than ever before. The matrix is in standard layout.
    #[inline]
    pub(crate) fn resize_uncleared(&mut self, rows: usize, columns: usize) -> &mut Array2<F> {
        if self.matrix.dim() != (rows, columns) {
            self.reallocate(rows, columns);
        }
        &mut self.matrix
    }

    #[cold]
    fn reallocate(&mut self, rows: usize, columns: usize) {
        let (mut values, _) = std::mem::take(&mut self.matrix).into_raw_vec_and_offset();
        if values.capacity() < rows * columns {
            // Frees the old memory first, so that both are never held at once.
            values = Vec::new();
        }
        values.resize(rows * columns, F::zero());
        self.matrix = Array2::from_shape_vec((rows, columns), values)
            .unwrap_or_else(|_| unreachable!("the length was just made to fit the shape"));
    }

    /// Returns the matrix.
    pub(crate) fn matrix(&self) -> &Array2<F> {
        &self.matrix
    }

    /// Copies a matrix into the buffer.
    pub(crate) fn copy_from(&mut self, matrix: &ArrayRef2<F>) -> &mut Array2<F> {
        self.resize_uncleared(matrix.nrows(), matrix.ncols()).assign(matrix);
        &mut self.matrix
    }

    /// Returns a view of the matrix itself if it is in standard layout, else of a copy in the buffer.
    pub(crate) fn standard_layout<'a>(&'a mut self, matrix: &'a ArrayRef2<F>) -> ArrayView2<'a, F> {
        if matrix.is_standard_layout() { matrix.view() } else { self.copy_from(matrix).view() }
    }
}
