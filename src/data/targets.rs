//! How targets are read as classes: one rule for data sets, splits and metrics.
//!
//! | targets | the class of a row |
//! | --- | --- |
//! | one column of whole numbers >= 0 | the number |
//! | one column, where class 1 is one yes/no output | 1 above a half, 0 below |
//! | a column for each class, a single 1 | where the 1 is |
//! | a column for each class, probabilities that add up to 1 | the most probable one |
//!
//! Anything else is an error: several labels in a row have no class, nor have two classes that are equally probable.

use crate::{Error, Float, Result, check};
use ndarray::{ArrayRef2, ArrayView1};

/// Reads the class of each row from indices in one column, or from one-hot rows or probabilities in several.
pub(crate) fn read_classes<F: Float>(operation: &'static str, targets: &ArrayRef2<F>) -> Result<Vec<usize>> {
    check::not_empty(operation, "column in the targets", targets.ncols())?;
    check::all_finite(operation, "targets", targets)?;
    let read = |(row, values): (usize, ArrayView1<'_, F>)| {
        if values.len() == 1 {
            read_index(operation, row, values[0])
        } else {
            read_distribution(operation, row, values)
        }
    };
    targets.rows().into_iter().enumerate().map(read).collect()
}

/// Reads class 0 or 1 of each row from a column of probabilities of class 1.
pub(crate) fn read_yes_or_no<F: Float>(operation: &'static str, targets: &ArrayRef2<F>) -> Result<Vec<usize>> {
    check::columns(operation, "targets", 1, targets.ncols())?;
    check::all_finite(operation, "targets", targets)?;
    let read = |(row, target): (usize, &F)| {
        let probability = target.widen();
        if (0.0..=1.0).contains(&probability) && probability != 0.5 {
            return Ok(usize::from(probability > 0.5));
        }
        let expected = "0, 1 or a probability of class 1 other than 0.5 (numbers are scored by metrics such as R2)";
        Err(Error::target(operation, row, expected, probability))
    };
    targets.iter().enumerate().map(read).collect()
}

fn read_index<F: Float>(operation: &'static str, row: usize, found: F) -> Result<usize> {
    let index = found.widen();
    if index >= 0.0 && index.fract() == 0.0 && index < 1e9 {
        return Ok(index as usize);
    }
    let expected = "a class index (a whole number >= 0; probabilities take a column for each class)";
    Err(Error::target(operation, row, expected, index))
}

fn read_distribution<F: Float>(operation: &'static str, row: usize, values: ArrayView1<'_, F>) -> Result<usize> {
    if !check::is_distribution(values.iter()) {
        let expected = "a single 1 or probabilities that add up to 1 (columns of several labels are scored one by one)";
        return Err(Error::target(operation, row, expected, quote(values)));
    }
    let largest = values.iter().copied().fold(F::neg_infinity(), F::max);
    let mut classes = values.iter().enumerate().filter(|&(_, &value)| value == largest).map(|(class, _)| class);
    match (classes.next(), classes.next()) {
        (Some(class), None) => Ok(class),
        _ => Err(Error::target(operation, row, "one class that is the most probable", quote(values))),
    }
}

/// Writes a row, or its first numbers.
fn quote<F: Float>(values: ArrayView1<'_, F>) -> String {
    const MOST: usize = 8;
    let first: Vec<_> = values.iter().take(MOST).collect();
    if values.len() <= MOST { format!("{first:?}") } else { format!("{first:?} and {} more", values.len() - MOST) }
}
