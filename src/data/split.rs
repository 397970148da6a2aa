//! Splitting data: into parts, by class, into folds; always the same way for the same seed.

use super::Dataset;
use crate::{Error, Float, Result};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

/// The numbers 0..count in an order that the seed decides.
fn shuffled(count: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<_> = (0..count).collect();
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    order
}

impl<F: Float> Dataset<F> {
    /// Two parts in random order: the first with this share of the rows, the second with the rest.
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
    pub fn split(&self, first: f64, seed: u64) -> Result<(Self, Self)> {
        let border = border("Dataset::split", self.len(), first)?;
        let order = shuffled(self.len(), seed);
        Ok((self.select(&order[..border])?, self.select(&order[border..])?))
    }

    /// The same, with each class in both parts in its proportion: targets are class indices or one-hot.
    ///
    /// # Errors
    /// As for [`split`](Self::split), and when a class would be missing from the first part.
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
    pub fn split_stratified(&self, first: f64, seed: u64) -> Result<(Self, Self)> {
        let border = border("Dataset::split_stratified", self.len(), first)?;
        let classes = by_class(&self.classes()?, seed);
        let counts = apportion(&classes, border, self.len());
        let mut parts = (Vec::new(), Vec::new());
        for ((class, rows), count) in classes.iter().zip(counts) {
            if count == 0 {
                let expected = format!("class {class} in the first part");
                return Err(Error::invalid(
                    "Dataset::split_stratified",
                    expected,
                    format!("{} rows of it", rows.len()),
                ));
            }
            parts.0.extend(&rows[..count]);
            parts.1.extend(&rows[count..]);
        }
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        parts.0.shuffle(rng);
        parts.1.shuffle(rng);
        Ok((self.select(&parts.0)?, self.select(&parts.1)?))
    }
}

/// How many rows the first part has.
fn border(operation: &'static str, rows: usize, share: f64) -> Result<usize> {
    let border = (rows as f64 * share).round() as usize;
    if share > 0.0 && share < 1.0 && border > 0 && border < rows {
        return Ok(border);
    }
    let expected = "a share between 0 and 1 that leaves no part empty";
    Err(Error::invalid(operation, expected, format!("{share} of {rows} rows")))
}

/// The rows of each class, in random order.
fn by_class(classes: &[usize], seed: u64) -> Vec<(usize, Vec<usize>)> {
    let mut rows = BTreeMap::<_, Vec<_>>::new();
    for row in shuffled(classes.len(), seed) {
        rows.entry(classes[row]).or_default().push(row);
    }
    rows.into_iter().collect()
}

/// Shares `wanted` of `all` rows out among the classes in proportion, the largest remainders first.
fn apportion(classes: &[(usize, Vec<usize>)], wanted: usize, all: usize) -> Vec<usize> {
    let mut counts: Vec<_> = classes.iter().map(|(_, rows)| rows.len() * wanted / all).collect();
    let mut by_remainder: Vec<_> = (0..classes.len()).collect();
    by_remainder.sort_by_key(|&place| std::cmp::Reverse(classes[place].1.len() * wanted % all));
    let missing = wanted - counts.iter().sum::<usize>();
    by_remainder.into_iter().take(missing).for_each(|place| counts[place] += 1);
    counts
}

/// Rows for training and rows for testing, `folds` times: each row is tested once.
///
/// # Errors
/// When there are fewer than 2 folds or more folds than rows.
///
/// ```
/// let folds = feedforward::data::k_fold(10, 5, 1)?;
/// assert_eq!(folds.len(), 5);
/// assert!(folds.iter().all(|(train, test)| train.len() == 8 && test.len() == 2));
/// # Ok::<(), feedforward::Error>(())
/// ```
pub fn k_fold(rows: usize, folds: usize, seed: u64) -> Result<Vec<(Vec<usize>, Vec<usize>)>> {
    check_folds("k_fold", rows, folds)?;
    Ok(deal(&shuffled(rows, seed), folds))
}

/// The same, with each class in every fold in its proportion. Kohavi 1995.
///
/// # Errors
/// As for [`k_fold`], and when a class has fewer rows than there are folds.
///
/// ```
/// let folds = feedforward::data::stratified_k_fold(&[0, 0, 0, 0, 1, 1], 2, 1)?;
/// assert!(folds.iter().all(|(_, test)| test.iter().filter(|&&row| row >= 4).count() == 1));
/// # Ok::<(), feedforward::Error>(())
/// ```
pub fn stratified_k_fold(classes: &[usize], folds: usize, seed: u64) -> Result<Vec<(Vec<usize>, Vec<usize>)>> {
    check_folds("stratified_k_fold", classes.len(), folds)?;
    let rows = by_class(classes, seed);
    if let Some((class, rows)) = rows.iter().find(|(_, rows)| rows.len() < folds) {
        let expected = format!("at least {folds} rows of class {class}");
        return Err(Error::invalid("stratified_k_fold", expected, rows.len()));
    }
    let order: Vec<_> = rows.into_iter().flat_map(|(_, rows)| rows).collect();
    Ok(deal(&order, folds))
}

fn check_folds(operation: &'static str, rows: usize, folds: usize) -> Result<()> {
    if (2..=rows).contains(&folds) {
        return Ok(());
    }
    Err(Error::invalid(operation, format!("2 to {rows} folds"), folds))
}

/// Deals rows out to the folds in turn.
fn deal(order: &[usize], folds: usize) -> Vec<(Vec<usize>, Vec<usize>)> {
    let fold = |fold: usize| {
        let (test, train): (Vec<_>, Vec<_>) = order.iter().enumerate().partition(|(place, _)| place % folds == fold);
        let rows = |part: Vec<(usize, &usize)>| part.into_iter().map(|(_, &row)| row).collect::<Vec<_>>();
        (rows(train), rows(test))
    };
    (0..folds).map(fold).collect()
}
