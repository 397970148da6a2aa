//! [`Role`]: what a column is used for.

use super::category::Category;
use super::number::Number;
use std::fmt;

/// What a column of a table is used for.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Role {
    /// It holds numbers.
    Number(Number),
    /// It holds categories.
    Category(Category),
    /// It is not used.
    LeaveOut,
}

/// Writes what happens to the column.
impl fmt::Display for Role {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(to),
            Self::Category(category) => category.fmt(to),
            Self::LeaveOut => to.write_str("left out"),
        }
    }
}

impl From<Number> for Role {
    fn from(number: Number) -> Self {
        Self::Number(number)
    }
}

impl From<Category> for Role {
    fn from(category: Category) -> Self {
        Self::Category(category)
    }
}
