//! [`Preparation`]: the role of each column, declared.

use super::category::Category;
use super::cell::FIT;
use super::fitted::FittedPreparation;
use super::number::Number;
use super::role::Role;
use crate::data::table::Table;
use crate::{Error, Result, check};
use std::collections::HashSet;
use std::fmt;

/// How a table becomes numbers for a network: a role for each column, by its name.
///
/// It is declared, or [guessed](Self::guess); [`fit`](Self::fit) learns from training rows what it needs, such as
/// means and categories. Columns without a role are not used. The columns of the result stand in the order in which the
/// roles were given.
///
/// ```
/// use feedforward::Table;
/// use feedforward::data::{Category, Column, Number, Preparation, Row};
/// use ndarray::array;
///
/// let table = Table::new(vec![
///     Column::numbers("length", vec![39.0, 41.0, f64::NAN]),
///     Column::texts("island", [Some("Dream"), Some("Biscoe"), Some("Dream")]),
/// ])?;
/// let preparation = Preparation::new()
///     .number("length", Number::standard().fill_with_mean())
///     .category("island", Category::one_hot());
/// let fitted = preparation.fit(&table)?;
///
/// // A table of other rows, a row on its own; an island that is not known is in none of the columns.
/// let row = Row::from([("length", 40.0.into()), ("island", "Torgersen".into())]);
/// assert_eq!(fitted.transform_row::<f32>(&row)?, array![0.0, 0.0, 0.0]);
/// let row = Row::from([("length", "long".into()), ("island", "Dream".into())]);
/// let error = fitted.transform_row::<f32>(&row).unwrap_err().to_string();
/// let expected = r#"expected a number in the column "length", found "long""#;
/// assert_eq!(error, format!("FittedPreparation::transform_row: {expected}"));
/// # Ok::<(), feedforward::Error>(())
/// ```
#[doc(alias = "ColumnTransformer")]
#[derive(Debug, Clone, PartialEq, Default)]
#[must_use]
pub struct Preparation {
    roles: Vec<(String, Role)>,
}

impl Preparation {
    /// Declares no role yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives a column this role. A role that the column had is replaced, in its place in the order.
    pub fn role(mut self, column: impl Into<String>, role: impl Into<Role>) -> Self {
        let (column, role) = (column.into(), role.into());
        match self.roles.iter_mut().find(|(name, _)| *name == column) {
            Some((_, before)) => *before = role,
            None => self.roles.push((column, role)),
        }
        self
    }

    /// Gives a column the role of numbers; replaces its role before.
    pub fn number(self, column: impl Into<String>, number: Number) -> Self {
        self.role(column, number)
    }

    /// Gives a column the role of categories; replaces its role before.
    pub fn category(self, column: impl Into<String>, category: Category) -> Self {
        self.role(column, category)
    }

    /// Declares that a column is not used; replaces its role before.
    #[doc(alias = "drop")]
    pub fn leave_out(self, column: impl Into<String>) -> Self {
        self.role(column, Role::LeaveOut)
    }

    /// Returns name and role of each column that has one, in their order.
    pub fn roles(&self) -> impl ExactSizeIterator<Item = (&str, &Role)> {
        self.roles.iter().map(|(name, role)| (name.as_str(), role))
    }

    /// Adds roles of columns that have none.
    pub(super) fn extended(mut self, roles: impl IntoIterator<Item = (String, Role)>) -> Self {
        self.roles.extend(roles);
        self
    }

    /// Checks the options of each role.
    fn check(&self) -> Result<()> {
        let mut names = HashSet::new();
        for (name, role) in &self.roles {
            if !names.insert(name) {
                return Err(Error::invalid(FIT, "one role for each column", format!("two for {name:?}")));
            }
            match role {
                Role::Number(number) => number.check(name)?,
                Role::Category(category) => category.check(name)?,
                Role::LeaveOut => {}
            }
        }
        Ok(())
    }

    /// Learns from these rows what the roles need: means, deviations, medians, categories.
    ///
    /// # Errors
    /// When no column has a role, a column with a role does not exist, an option is out of its range, the table has no
    /// row, or an entry is not what its role allows: a text or an infinite number where a number must be, a missing
    /// entry that is not to be filled. The error names column and row.
    pub fn fit(&self, table: &Table) -> Result<FittedPreparation> {
        self.check()?;
        check::not_empty(FIT, "row", table.rows())?;
        FittedPreparation::learn(&self.roles, table)
    }
}

/// Writes a line for each column that has a role.
impl fmt::Display for Preparation {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.roles.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        self.roles.iter().try_for_each(|(name, role)| writeln!(to, "{name:width$}  {role}"))
    }
}

#[cfg(feature = "serde")]
crate::serialize::checked_serde! {
    "Preparation",
    struct Preparation { roles: Vec<(String, Role)> },
    Preparation::check
}
