//! Permutation importance of the columns of a table, before their preparation.

use super::{Classifier, Inputs, Regressor};
use crate::data::{Column, Label};
use crate::metrics::{PermutationImportance, accuracy, r2};
use crate::{Float, Result, Table};
use std::fmt::Display;

/// Shuffles each column that a model needs, and measures how much the score drops.
fn importance_of_columns(
    table: &Table,
    names: &[String],
    repeats: usize,
    seed: u64,
    score: impl Fn(&Table) -> Result<f64>,
) -> Result<PermutationImportance> {
    let used = table.select(names)?;
    let permuted = |column: usize, permutation: &[usize]| {
        let shuffled: Column = used.columns()[column].select_rows(permutation);
        score(&used.with_column(shuffled)?)
    };
    PermutationImportance::of_columns((table.rows(), names.len()), repeats, seed, score(&used)?, permuted)?
        .with_names(names)
}

impl<F: Float, L: Label + Display> Classifier<F, L> {
    /// Measures how much the accuracy drops when the values of one column of the table are shuffled over the rows, for
    /// each column that the model uses: see [`permutation_importance`](crate::metrics::permutation_importance).
    ///
    /// # Errors
    /// As for [`evaluate`](Self::evaluate), and when `repeats` is 0.
    ///
    /// ```
    /// # use feedforward::data::Column;
    /// # use feedforward::{Classifier, Table};
    /// let table = Table::new(vec![
    ///     Column::numbers("length", (0..40).map(f64::from).collect()),
    ///     Column::texts("island", (0..40).map(|row| Some(["Dream", "Biscoe", "Torgersen"][row % 3]))),
    ///     Column::texts("species", (0..40).map(|row| Some(if row < 20 { "Adelie" } else { "Gentoo" }))),
    /// ])?;
    /// let importance = Classifier::on(&table, "species").fit()?.permutation_importance(&table, 5, 1)?;
    /// assert_eq!(importance.names(), ["length", "island"]);
    /// assert!(importance.means()[0] > 0.3 && importance.means()[1] < 0.1);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    pub fn permutation_importance(&self, table: &Table, repeats: usize, seed: u64) -> Result<PermutationImportance> {
        let operation = "Classifier::permutation_importance";
        let actual = self.actual_classes(operation, table)?;
        let score = |table: &Table| accuracy(&self.predict_classes(operation, Inputs::Table(table))?, &actual, None);
        importance_of_columns(table, &self.fitted.table_columns(), repeats, seed, score)
    }
}

impl<F: Float> Regressor<F> {
    /// Measures how much R² drops when the values of one column of the table are shuffled over the rows, for each
    /// column that the model uses: see [`permutation_importance`](crate::metrics::permutation_importance).
    ///
    /// # Errors
    /// As for [`evaluate`](Self::evaluate), and when `repeats` is 0.
    pub fn permutation_importance(&self, table: &Table, repeats: usize, seed: u64) -> Result<PermutationImportance> {
        let operation = "Regressor::permutation_importance";
        let actual = self.fitted.target_numbers(operation, table)?;
        let score = |table: &Table| r2(&self.predict_all(table)?, &actual, None);
        importance_of_columns(table, &self.fitted.table_columns(), repeats, seed, score)
    }
}
