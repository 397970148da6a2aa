//! [`PermutationImportance`]: how much a score drops when the values of one column are shuffled.

use crate::data::Moments;
use crate::{Error, Float, Result, check};
use ndarray::{Array2, ArrayRef2};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::fmt;

/// Measures how much a score drops when the values of one column of the inputs are shuffled over the rows, for each
/// column.
///
/// For a model that is fitted already: a column that it does not use drops nothing, one that it needs drops much. The
/// score is one that is better when larger: pass an error with a minus. Score rows that the model was not trained on,
/// or columns that it has learned by heart seem important. Two columns that tell the same both seem unimportant, as the
/// model reads one where the other is shuffled.
///
/// With s the score of the inputs as they are, and s_jr the score with column j shuffled for the r-th time, the
/// importance of column j is the mean over r of s - s_jr. Breiman 2001; Fisher, Rudin and Dominici 2019; the same
/// definition as scikit-learn's `permutation_importance`. The seed decides the permutations; those of a column do not
/// depend on the other columns. The inputs are copied once.
///
/// # Errors
/// When the inputs are empty or not finite, when `repeats` is 0, when the score fails, and when a score or a drop is
/// not finite.
///
/// ```
/// use feedforward::metrics::{permutation_importance, r2};
/// use ndarray::{Array2, Axis};
///
/// // y = 3 a + b; c is not used.
/// let inputs = Array2::from_shape_fn((50, 3), |(row, column)| ((row * (7 + 6 * column)) % 50) as f64);
/// let predict = |inputs: &Array2<f64>| (&inputs.column(0) * 3.0 + inputs.column(1)).insert_axis(Axis(1));
/// let targets = predict(&inputs);
/// let importance = permutation_importance(&inputs, 10, 7, |inputs| r2(&predict(inputs), &targets, None))?;
/// let importance = importance.with_names(&["a", "b", "c"])?;
/// assert_eq!(importance.baseline(), 1.0);
/// assert_eq!(importance.ranking(), [0, 1, 2]);
/// assert_eq!(importance.means()[2], 0.0);
/// println!("{importance}");
/// # Ok::<(), feedforward::Error>(())
/// ```
pub fn permutation_importance<F: Float>(
    inputs: &ArrayRef2<F>,
    repeats: usize,
    seed: u64,
    score: impl Fn(&Array2<F>) -> Result<f64>,
) -> Result<PermutationImportance> {
    check::not_empty(OPERATION, "column", inputs.ncols())?;
    check::not_empty(OPERATION, "row", inputs.nrows())?;
    check::all_finite(OPERATION, "inputs", inputs)?;
    check::addressable::<F>(OPERATION, inputs.nrows(), inputs.ncols())?;
    check::at_least(OPERATION, "repeats", 1, repeats as u64)?;
    let mut permuted = inputs.to_owned();
    let baseline = score(&permuted)?;
    PermutationImportance::of_columns(inputs.dim(), repeats, seed, baseline, |column, permutation| {
        let original = inputs.column(column);
        permuted.column_mut(column).iter_mut().zip(permutation).for_each(|(value, &row)| *value = original[row]);
        let score = score(&permuted);
        permuted.column_mut(column).assign(&original);
        score
    })
}

const OPERATION: &str = "permutation_importance";

/// How much a score drops when a column is shuffled, for each column: what [`permutation_importance`] returns.
///
/// Displayed as a table with the most important column first:
///
/// ```text
/// column    importance   deviation
/// price         0.8214      0.0312
/// weight        0.0401      0.0057
/// colour       -0.0002      0.0004
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct PermutationImportance {
    baseline: f64,
    names: Vec<String>,
    /// Of each column, the drop of each repeat.
    drops: Vec<Vec<f64>>,
    means: Vec<f64>,
    deviations: Vec<f64>,
}

impl PermutationImportance {
    /// Measures the drops of a score for columns that are not those of a matrix: of a table, say, before preparation.
    ///
    /// `permuted` is called with a column and a permutation of the rows, once for each repeat of each column, and
    /// returns the score of the data in which row i of that column holds the value of row `permutation[i]`. `baseline`
    /// is the score of the data as they are.
    ///
    /// # Errors
    /// When there is no row, no column or no repeat, when a call fails, and when a score or a drop is not finite.
    ///
    /// ```
    /// use feedforward::metrics::PermutationImportance;
    ///
    /// // Two columns, an identity that no model reads and the age; the score is the share of ages that stay.
    /// let ages = [30.0, 40.0, 50.0];
    /// let importance = PermutationImportance::of_columns((ages.len(), 2), 5, 1, 1.0, |column, permutation| {
    ///     let stays = (0..3).filter(|&row| column == 0 || ages[permutation[row]] == ages[row]).count();
    ///     Ok(stays as f64 / 3.0)
    /// })?;
    /// assert_eq!(importance.means()[0], 0.0);
    /// assert!(importance.means()[1] > 0.0);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn of_columns(
        (rows, columns): (usize, usize),
        repeats: usize,
        seed: u64,
        baseline: f64,
        mut permuted: impl FnMut(usize, &[usize]) -> Result<f64>,
    ) -> Result<Self> {
        check::not_empty(OPERATION, "column", columns)?;
        check::not_empty(OPERATION, "row", rows)?;
        check::at_least(OPERATION, "repeats", 1, repeats as u64)?;
        check::addressable::<f64>(OPERATION, columns, repeats)?;
        check::addressable::<usize>(OPERATION, rows, 1)?;
        if !baseline.is_finite() {
            return Err(Error::invalid(OPERATION, "a finite score of the inputs as they are", baseline));
        }
        let mut permutation: Vec<usize> = (0..rows).collect();
        let mut drops_of = |column: usize| {
            // A stream for each column: its permutations do not depend on how many others there are.
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(column as u64);
            permutation.sort_unstable();
            let drop_of_repeat = |_| {
                permutation.shuffle(&mut rng);
                let drop = baseline - permuted(column, &permutation)?;
                if drop.is_finite() {
                    return Ok(drop);
                }
                let expected = format!("a finite drop of the score with column {column} permuted");
                Err(Error::invalid(OPERATION, expected, drop))
            };
            (0..repeats).map(drop_of_repeat).collect::<Result<Vec<_>>>()
        };
        let drops = (0..columns).map(&mut drops_of).collect::<Result<Vec<_>>>()?;
        let moments: Vec<_> = drops.iter().map(|drops| Moments::of(drops, None)).collect();
        let names = (0..columns).map(|column| column.to_string()).collect();
        let means = moments.iter().map(|moments| moments.mean).collect();
        let deviations = moments.iter().map(|moments| moments.deviation).collect();
        Ok(Self { baseline, names, drops, means, deviations })
    }

    /// Sets the names of the columns, which are their numbers otherwise.
    ///
    /// # Errors
    /// When there is not one name for each column.
    pub fn with_names(mut self, names: &[impl fmt::Display]) -> Result<Self> {
        let columns = self.names.len();
        if names.len() != columns {
            let expected = format!("{columns} names, one for each column");
            return Err(Error::invalid("PermutationImportance", expected, names.len()));
        }
        self.names = names.iter().map(ToString::to_string).collect();
        Ok(self)
    }

    /// Returns the score of the inputs as they are.
    pub fn baseline(&self) -> f64 {
        self.baseline
    }

    /// Returns the names of the columns.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns the importance of each column: the mean over the repeats of the drop of the score.
    #[doc(alias = "importances_mean")]
    pub fn means(&self) -> &[f64] {
        &self.means
    }

    /// Returns the standard deviation over the repeats of the drop, for each column; divided by the number of repeats.
    #[doc(alias = "importances_std")]
    pub fn deviations(&self) -> &[f64] {
        &self.deviations
    }

    /// Returns the drop of each repeat, for each column.
    #[doc(alias = "importances")]
    pub fn drops(&self) -> &[Vec<f64>] {
        &self.drops
    }

    /// Returns the columns by their importance, the largest first, equal ones in their order.
    pub fn ranking(&self) -> Vec<usize> {
        let mut order: Vec<_> = (0..self.means.len()).collect();
        order.sort_by(|&one, &other| self.means[other].total_cmp(&self.means[one]));
        order
    }
}

impl fmt::Display for PermutationImportance {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let longest = self.names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        let width = longest.max("column".len());
        // All numbers in one notation: with four decimals where the largest has any of them, else with an exponent.
        let largest = self.means.iter().fold(0.0, |largest: f64, mean| largest.max(mean.abs()));
        let number = |number: f64| match largest == 0.0 || (0.001..1e6).contains(&largest) {
            true => format!("{number:.4}"),
            false => format!("{number:.3e}"),
        };
        write!(formatter, "{:<width$}  {:>12}  {:>10}", "column", "importance", "deviation")?;
        for column in self.ranking() {
            let (mean, deviation) = (number(self.means[column]), number(self.deviations[column]));
            write!(formatter, "\n{:<width$}  {mean:>12}  {deviation:>10}", self.names[column])?;
        }
        Ok(())
    }
}
