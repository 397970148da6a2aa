//! Splits of a [`Dataset`] into two parts, at random or by class; the same seed gives the same split.

use super::examples::split_rows;
use super::split::{hold_out_by_class, share_weight, shuffled_rows, split_rows_by_class};
use crate::{Dataset, Float, Result};

impl<F: Float> Dataset<F> {
    /// Splits into two parts in random order: the first with this share of the rows, the second with the rest.
    ///
    /// # Errors
    /// When the share is not between 0 and 1, or leaves a part empty.
    ///
    /// ```
    /// use feedforward::Dataset;
    /// use ndarray::Array2;
    ///
    /// let data = Dataset::<f32>::new(Array2::zeros((100, 3)), Array2::zeros((100, 1)))?;
    /// let (train, rest) = data.split(0.8, 1)?;
    /// let (validation, test) = rest.split(0.5, 1)?;
    /// assert_eq!([train.len(), validation.len(), test.len()], [80, 10, 10]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    #[doc(alias("train_test_split", "random_split"))]
    pub fn split(&self, first: f64, seed: u64) -> Result<(Self, Self)> {
        let (one, other) = split_rows("Dataset::split", self, first, seed)?;
        Ok((self.select(&one)?, self.select(&other)?))
    }

    /// Splits like [`split`](Self::split), with each class in both parts in its proportion.
    ///
    /// The class of a row is what [`classes`](Self::classes) says.
    ///
    /// # Errors
    /// As for [`split`](Self::split) and [`classes`](Self::classes), and when a class would be missing from the first
    /// part.
    ///
    /// ```
    /// use feedforward::Dataset;
    /// use ndarray::Array2;
    ///
    /// let classes = Array2::from_shape_fn((100, 1), |(row, _)| f32::from(row % 10 == 0));
    /// let (train, test) = Dataset::new(Array2::zeros((100, 3)), classes)?.split_stratified(0.8, 1)?;
    /// assert_eq!((train.targets().sum(), test.targets().sum()), (8.0, 2.0));
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    #[doc(alias = "train_test_split")]
    pub fn split_stratified(&self, first: f64, seed: u64) -> Result<(Self, Self)> {
        let operation = "Dataset::split_stratified";
        let (mut first_part, mut second_part) = split_rows_by_class(operation, &self.classes()?, first, seed)?;
        self.share_weight(&mut first_part, &mut second_part);
        Ok((self.select(&first_part)?, self.select(&second_part)?))
    }

    fn share_weight(&self, one: &mut [usize], other: &mut [usize]) {
        if let Some(weights) = self.weights() {
            share_weight(one, other, |row| weights[row] > F::zero());
        }
    }

    /// Holds out this share of the rows at random, of each class in its proportion if `by_class`.
    ///
    /// It keeps what it can: at least one row of each class, and one with a weight, stays among those to train on. If
    /// nothing can be held out then, there is no second part.
    ///
    /// # Errors
    /// When the share is not between 0 and 1, or the targets are no classes although `by_class`.
    pub(crate) fn hold_out(self, share: f64, seed: u64, by_class: bool) -> Result<(Self, Option<Self>)> {
        let operation = "Dataset::hold_out";
        let first = (self.len() as f64 * (1.0 - share)).round() as usize;
        let (mut kept, mut held) = if by_class {
            hold_out_by_class(operation, &self.classes()?, first, seed)?
        } else {
            let mut order = shuffled_rows(operation, self.len(), seed)?;
            let held = order.split_off(first.max(1));
            (order, held)
        };
        self.share_weight(&mut kept, &mut held);
        let weight = |rows: &[usize]| match self.weights() {
            Some(weights) => rows.iter().any(|&row| weights[row] > F::zero()),
            None => !rows.is_empty(),
        };
        if !weight(&kept) || !weight(&held) {
            return Ok((self, None));
        }
        Ok((self.select(&kept)?, Some(self.select(&held)?)))
    }
}
