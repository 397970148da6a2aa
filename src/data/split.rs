//! Splits of row numbers into parts and folds, at random or by class; the same seed gives the same split.

use crate::{Error, Result, check};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Exchanges two rows if one part has no row with a weight and the other has two: whether a split works then does not
/// depend on the seed.
pub(super) fn share_weight(one: &mut [usize], other: &mut [usize], has_weight: impl Fn(usize) -> bool) {
    for (poor, rich) in [(0, 1), (1, 0)] {
        let parts = [&mut *one, &mut *other];
        let is_poor = !parts[poor].iter().any(|&row| has_weight(row));
        if is_poor && parts[rich].iter().filter(|&&row| has_weight(row)).count() > 1 {
            let found = parts[rich].iter().position(|&row| has_weight(row)).unwrap_or(0);
            let given = parts[rich][found];
            parts[rich][found] = parts[poor][0];
            parts[poor][0] = given;
        }
    }
}

/// Divides the rows of each class between two parts, and shuffles both parts. The first part gets `counts` rows.
fn divide(
    classes: &[(usize, Vec<usize>)],
    counts: impl IntoIterator<Item = usize>,
    seed: u64,
) -> (Vec<usize>, Vec<usize>) {
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for ((_, rows), count) in classes.iter().zip(counts) {
        first.extend(&rows[..count]);
        second.extend(&rows[count..]);
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    first.shuffle(&mut rng);
    second.shuffle(&mut rng);
    (first, second)
}

/// Splits row numbers at random into two parts, each class in its proportion.
pub(super) fn split_rows_by_class(
    operation: &'static str,
    classes: &[usize],
    first: f64,
    seed: u64,
) -> Result<(Vec<usize>, Vec<usize>)> {
    let rows = classes.len();
    let first = rows_of_first_part(operation, rows, first)?;
    let classes = rows_by_class(operation, classes, seed)?;
    let counts = apportion(&classes, first, rows);
    if let Some(index) = counts.iter().position(|&count| count == 0) {
        let (class, rows) = &classes[index];
        let expected = format!("class {class} in the first part");
        return Err(Error::invalid(operation, expected, format!("{} rows of it", rows.len())));
    }
    Ok(divide(&classes, counts, seed))
}

/// Holds out this share of the rows at random, each class in its proportion and at least one row of it kept.
pub(super) fn hold_out_by_class(
    operation: &'static str,
    classes: &[usize],
    first: usize,
    seed: u64,
) -> Result<(Vec<usize>, Vec<usize>)> {
    let rows = classes.len();
    let classes = rows_by_class(operation, classes, seed)?;
    let counts = apportion(&classes, first, rows);
    Ok(divide(&classes, counts.into_iter().map(|count| count.max(1)), seed))
}

/// The row numbers of one fold: those to train on, then those to test on.
type Fold = (Vec<usize>, Vec<usize>);

/// Splits row numbers into `folds` pairs (train, test) at random; each row is tested once.
///
/// # Errors
/// When there are fewer than 2 folds or more folds than rows, or the row numbers would not fit in memory.
///
/// ```
/// let folds = feedforward::data::k_fold(10, 5, 1)?;
/// assert_eq!(folds.len(), 5);
/// assert!(folds.iter().all(|(train, test)| train.len() == 8 && test.len() == 2));
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias("KFold", "cross-validation"))]
pub fn k_fold(rows: usize, folds: usize, seed: u64) -> Result<Vec<(Vec<usize>, Vec<usize>)>> {
    check_folds("k_fold", rows, folds)?;
    Ok(assign_to_folds(&shuffled_rows("k_fold", rows, seed)?, folds))
}

/// Splits like [`k_fold`], with each class in every fold in its proportion. Kohavi 1995.
///
/// # Errors
/// As for [`k_fold`], and when a class has fewer rows than there are folds.
///
/// ```
/// let folds = feedforward::data::stratified_k_fold(&[0, 0, 0, 0, 1, 1], 2, 1)?;
/// assert!(folds.iter().all(|(_, test)| test.iter().filter(|&&row| row >= 4).count() == 1));
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "StratifiedKFold")]
pub fn stratified_k_fold(classes: &[usize], folds: usize, seed: u64) -> Result<Vec<(Vec<usize>, Vec<usize>)>> {
    let operation = "stratified_k_fold";
    check_folds(operation, classes.len(), folds)?;
    let classes = rows_by_class(operation, classes, seed)?;
    if let Some((class, rows)) = classes.iter().find(|(_, rows)| rows.len() < folds) {
        return Err(Error::invalid(operation, format!("at least {folds} rows of class {class}"), rows.len()));
    }
    let order: Vec<_> = classes.into_iter().flat_map(|(_, rows)| rows).collect();
    Ok(assign_to_folds(&order, folds))
}

/// Splits row numbers into `folds` pairs (train, test), with all rows of a group in the same test part.
///
/// Rows of one group resemble each other: the patients of a hospital, the measurements of a day. Spread over both
/// parts they would make the test too easy. The largest group that is left goes to the fold with the fewest rows so
/// far. There is no randomness: the folds are those of scikit-learn's `GroupKFold`.
///
/// # Errors
/// When there are fewer than 2 folds or more folds than groups.
///
/// ```
/// let folds = feedforward::data::group_k_fold(&[7, 7, 7, 4, 4, 9], 2)?;
/// assert_eq!(folds, [(vec![3, 4, 5], vec![0, 1, 2]), (vec![0, 1, 2], vec![3, 4, 5])]);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "GroupKFold")]
pub fn group_k_fold(groups: &[usize], folds: usize) -> Result<Vec<(Vec<usize>, Vec<usize>)>> {
    let mut sizes = BTreeMap::<_, usize>::new();
    groups.iter().for_each(|group| *sizes.entry(group).or_default() += 1);
    if !(2..=sizes.len()).contains(&folds) {
        let found = format!("{folds} folds of {} groups", sizes.len());
        return Err(Error::invalid("group_k_fold", "at least 2 folds, and as many groups as folds", found));
    }
    check::addressable::<usize>("group_k_fold", groups.len(), folds)?;
    let mut by_size: Vec<_> = sizes.into_iter().collect();
    // Of groups of the same size the last one first, as in scikit-learn.
    by_size.sort_by_key(|&(_, size)| size);
    let mut rows_in_fold = vec![0; folds];
    let mut fold_of_group = BTreeMap::new();
    for (group, size) in by_size.into_iter().rev() {
        let lightest = (0..folds).min_by_key(|&fold| rows_in_fold[fold]).unwrap_or(0);
        rows_in_fold[lightest] += size;
        fold_of_group.insert(group, lightest);
    }
    let fold_of_row: Vec<_> = groups.iter().map(|group| fold_of_group[group]).collect();
    let select = |fold, is_test| (0..groups.len()).filter(|&row| (fold_of_row[row] == fold) == is_test).collect();
    Ok((0..folds).map(|fold| (select(fold, false), select(fold, true))).collect())
}

/// Splits row numbers in the order of time into `folds` pairs (train, test): each test part follows its training part.
///
/// The last ⌊rows/(folds + 1)⌋ · folds rows are tested, in parts of equal length. What comes before a test part, less
/// `gap` rows just before it, is its training part, which grows from fold to fold. A gap keeps apart rows that share
/// numbers, such as means over the last days. The folds are those of scikit-learn's `TimeSeriesSplit`.
///
/// # Errors
/// When there are fewer than 2 folds, as many folds as rows or more, or the gap leaves no row to train on.
///
/// ```
/// let folds = feedforward::data::time_series_split(7, 2, 1)?;
/// assert_eq!(folds, [(vec![0, 1], vec![3, 4]), (vec![0, 1, 2, 3], vec![5, 6])]);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "TimeSeriesSplit")]
pub fn time_series_split(rows: usize, folds: usize, gap: usize) -> Result<Vec<(Vec<usize>, Vec<usize>)>> {
    let operation = "time_series_split";
    if folds < 2 || folds >= rows {
        let found = format!("{folds} folds of {rows} rows");
        return Err(Error::invalid(operation, "at least 2 folds, and more rows than folds", found));
    }
    let tested = rows / (folds + 1);
    let first = rows - tested * folds;
    if gap >= first {
        let expected = format!("a gap below {first} rows, which are those before the first test part");
        return Err(Error::invalid(operation, expected, gap));
    }
    check::addressable::<usize>(operation, rows, folds)?;
    let starts = (0..folds).map(|fold| first + fold * tested);
    Ok(starts.map(|start| ((0..start - gap).collect(), (start..start + tested).collect())).collect())
}

/// Returns the numbers 0..count in an order that the seed decides.
pub(super) fn shuffled_rows(operation: &'static str, count: usize, seed: u64) -> Result<Vec<usize>> {
    let mut order = Vec::new();
    let limit = isize::MAX as usize / size_of::<usize>();
    let too_large = |_| Error::TooLarge { operation, limit, rows: count, columns: 1 };
    order.try_reserve_exact(count).map_err(too_large)?;
    order.extend(0..count);
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    Ok(order)
}

/// Returns how many rows the first part gets.
pub(super) fn rows_of_first_part(operation: &'static str, rows: usize, share: f64) -> Result<usize> {
    let first = (rows as f64 * share).round() as usize;
    if share > 0.0 && share < 1.0 && first > 0 && first < rows {
        return Ok(first);
    }
    let expected = "a share between 0 and 1 that leaves no part empty";
    Err(Error::invalid(operation, expected, format!("{share} of {rows} rows")))
}

/// Returns each class, in ascending order, with its rows in random order.
fn rows_by_class(operation: &'static str, classes: &[usize], seed: u64) -> Result<Vec<(usize, Vec<usize>)>> {
    let mut rows = BTreeMap::<_, Vec<_>>::new();
    for row in shuffled_rows(operation, classes.len(), seed)? {
        rows.entry(classes[row]).or_default().push(row);
    }
    Ok(rows.into_iter().collect())
}

/// Returns how many of the `wanted` rows each class gets, in proportion to its share of all rows.
///
/// Rows that remain after rounding down go to the classes with the largest remainders, one each.
fn apportion(classes: &[(usize, Vec<usize>)], wanted: usize, all: usize) -> Vec<usize> {
    let mut counts: Vec<_> = classes.iter().map(|(_, rows)| rows.len() * wanted / all).collect();
    let mut by_remainder: Vec<_> = (0..classes.len()).collect();
    by_remainder.sort_by_key(|&index| Reverse(classes[index].1.len() * wanted % all));
    let missing = wanted - counts.iter().sum::<usize>();
    by_remainder.into_iter().take(missing).for_each(|index| counts[index] += 1);
    counts
}

fn check_folds(operation: &'static str, rows: usize, folds: usize) -> Result<()> {
    if (2..=rows).contains(&folds) {
        return Ok(());
    }
    Err(Error::invalid(operation, format!("2 to {rows} folds"), folds))
}

/// Assigns the rows to the test parts of the folds in turn.
fn assign_to_folds(order: &[usize], folds: usize) -> Vec<Fold> {
    let mut all = vec![Fold::default(); folds];
    for (position, &row) in order.iter().enumerate() {
        for (fold, (train, test)) in all.iter_mut().enumerate() {
            let part = if position % folds == fold { test } else { train };
            part.push(row);
        }
    }
    all
}
