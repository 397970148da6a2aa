//! [`Folds`]: which rows are trained on and which are tested, how often.

use crate::data::{group_k_fold, k_fold, stratified_k_fold, time_series_split};
use crate::{Error, Result, check};
use std::collections::BTreeMap;

const OPERATION: &str = "Folds";

/// Most folds of all repeats.
const MOST_FOLDS: usize = 1_000_000;

/// The rows of one fold: those to train on, then those to test on.
pub(super) type Fold = (Vec<usize>, Vec<usize>);

/// How rows are divided into training and test parts, several times.
///
/// | constructor | test parts |
/// | --- | --- |
/// | [`new`](Self::new) | as `stratified` if there are classes, as `plain` if there are numbers |
/// | [`plain`](Self::plain) | at random |
/// | [`stratified`](Self::stratified) | at random, each class in its proportion |
/// | [`grouped`](Self::grouped) | all rows of a group in one part |
/// | [`time_series`](Self::time_series) | each after its training part, which grows |
///
/// A class with fewer rows than there are stratified folds is an error: a fold without a row of it would have a score
/// that means something else. scikit-learn warns instead. [`plain`](Self::plain) takes any classes.
///
/// ```
/// use feedforward::model_selection::Folds;
///
/// let folds = Folds::new(5).repeated(3).seed(1).split(100, None)?;
/// assert_eq!(folds.len(), 15);
/// assert!(folds.iter().all(|(train, test)| (train.len(), test.len()) == (80, 20)));
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[doc(alias("KFold", "StratifiedKFold", "GroupKFold", "TimeSeriesSplit", "RepeatedKFold"))]
pub struct Folds {
    kind: Kind,
    count: usize,
    repeats: usize,
    gap: usize,
    seed: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Automatic,
    Plain,
    Stratified,
    Grouped(Vec<usize>),
    TimeSeries,
}

impl Folds {
    fn of_kind(kind: Kind, count: usize) -> Self {
        Self { kind, count, repeats: 1, gap: 0, seed: 0 }
    }

    /// Divides at random into this many folds, each class in its proportion if there are classes.
    pub fn new(count: usize) -> Self {
        Self::of_kind(Kind::Automatic, count)
    }

    /// Divides at random into this many folds, as [`k_fold`] does. As many folds as rows leave one out each time.
    pub fn plain(count: usize) -> Self {
        Self::of_kind(Kind::Plain, count)
    }

    /// Divides at random into this many folds with each class in its proportion, as [`stratified_k_fold`] does.
    pub fn stratified(count: usize) -> Self {
        Self::of_kind(Kind::Stratified, count)
    }

    /// Keeps the rows of a group together, as [`group_k_fold`] does; `groups` holds the group of each row.
    ///
    /// ```
    /// use feedforward::model_selection::Folds;
    ///
    /// let patients = ["Ann", "Ann", "Bob", "Eve", "Eve", "Eve"];
    /// let folds = Folds::grouped(3, &patients).split(6, None)?;
    /// assert_eq!(folds[1].1, [0, 1]);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn grouped<G: Ord>(count: usize, groups: &[G]) -> Self {
        let mut indices: BTreeMap<&G, usize> = groups.iter().map(|group| (group, 0)).collect();
        indices.values_mut().enumerate().for_each(|(index, of_group)| *of_group = index);
        Self::of_kind(Kind::Grouped(groups.iter().map(|group| indices[group]).collect()), count)
    }

    /// Tests what comes after, in the order of time, as [`time_series_split`] does. The rows stand in that order.
    pub fn time_series(count: usize) -> Self {
        Self::of_kind(Kind::TimeSeries, count)
    }

    /// Leaves out this many rows between training and test part of a time series.
    pub fn gap(self, rows: usize) -> Self {
        Self { gap: rows, ..self }
    }

    /// Divides this many times, each time in another random order. The default is 1.
    ///
    /// More repeats lower the part of the deviation that comes from the order. They do not make the data larger: the
    /// scores of all repeats are not independent (Bengio and Grandvalet 2004).
    pub fn repeated(self, times: usize) -> Self {
        Self { repeats: times, ..self }
    }

    /// Sets the seed of the random order. The default is 0.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Returns the row numbers of each fold, those to train on and those to test on; `classes` holds the class of each
    /// row.
    ///
    /// # Errors
    /// When there are fewer than 2 folds or more folds than rows or groups, a class has fewer rows than there are
    /// stratified folds, there is not one class or group for each row, the gap leaves no row to train on, or an option
    /// does not go with the kind of folds.
    pub fn split(&self, rows: usize, classes: Option<&[usize]>) -> Result<Vec<(Vec<usize>, Vec<usize>)>> {
        check::at_least(OPERATION, "repeated", 1, self.repeats as u64)?;
        if let Some(classes) = classes {
            check::rows(OPERATION, "classes", rows, classes.len())?;
        }
        if self.gap > 0 && self.kind != Kind::TimeSeries {
            return Err(Error::invalid(OPERATION, "a gap in time series only", format!("one of {} rows", self.gap)));
        }
        let is_random = !matches!(self.kind, Kind::Grouped(_) | Kind::TimeSeries);
        if self.repeats > 1 && !is_random {
            let expected = "folds at random, as others are the same each time";
            return Err(Error::invalid(OPERATION, expected, format!("{} repeats", self.repeats)));
        }
        let folds = self.count.saturating_mul(self.repeats);
        if self.repeats > 1 && folds > MOST_FOLDS {
            return Err(Error::invalid(OPERATION, format!("at most {MOST_FOLDS} folds with their repeats"), folds));
        }
        check::addressable::<usize>(OPERATION, rows, folds.min(rows.saturating_mul(self.repeats)))?;
        let mut all = Vec::new();
        for repeat in 0..self.repeats as u64 {
            all.extend(self.split_once(rows, classes, self.seed.wrapping_add(repeat))?);
        }
        Ok(all)
    }

    fn split_once(&self, rows: usize, classes: Option<&[usize]>, seed: u64) -> Result<Vec<Fold>> {
        match (&self.kind, classes) {
            (Kind::Plain, _) | (Kind::Automatic, None) => k_fold(rows, self.count, seed),
            (Kind::Stratified | Kind::Automatic, Some(classes)) => {
                self.check_classes(classes)?;
                stratified_k_fold(classes, self.count, seed)
            }
            (Kind::Stratified, None) => Err(Error::invalid(
                OPERATION,
                "classes for stratified folds",
                "numbers or several labels to be predicted",
            )),
            (Kind::Grouped(groups), _) => {
                check::rows(OPERATION, "groups", rows, groups.len())?;
                group_k_fold(groups, self.count)
            }
            (Kind::TimeSeries, _) => time_series_split(rows, self.count, self.gap),
        }
    }

    /// Demands a row of each class for each fold.
    fn check_classes(&self, classes: &[usize]) -> Result<()> {
        let mut counts = BTreeMap::<_, usize>::new();
        classes.iter().for_each(|class| *counts.entry(class).or_default() += 1);
        // More folds than rows have their own error.
        let rare = counts.into_iter().find(|&(_, count)| count < self.count && self.count <= classes.len());
        let Some((class, count)) = rare else { return Ok(()) };
        let expected = format!("{} rows or more of class {class} for as many stratified folds", self.count);
        Err(Error::invalid(OPERATION, expected, format!("{count}; folds made by Folds::plain need none")))
    }

    /// Returns the folds for some of the rows: groups go with their rows.
    pub(super) fn for_rows(&self, rows: &[usize]) -> Result<Self> {
        let Kind::Grouped(groups) = &self.kind else { return Ok(self.clone()) };
        let group_of = |&row: &usize| {
            check::index_below(OPERATION, "row", groups.len(), row)?;
            Ok(groups[row])
        };
        let groups = rows.iter().map(group_of).collect::<Result<_>>()?;
        Ok(Self { kind: Kind::Grouped(groups), ..self.clone() })
    }
}
