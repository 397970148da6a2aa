//! [`Number`]: how a column of numbers is prepared.

use super::cell::FIT;
use crate::{Error, Result};
use std::fmt;

/// How the numbers of a column are scaled, in double precision; what is measured, is measured on the training rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Scale {
    /// (x - mean) / deviation, with the deviation of the population, as in
    /// [`StandardScaler`](crate::data::StandardScaler).
    Standard,
    /// (x - smallest) / (largest - smallest), as in [`MinMaxScaler`](crate::data::MinMaxScaler).
    MinMax,
    /// (x - median) / (third quartile - first quartile), as in scikit-learn's `RobustScaler`: a few numbers far away
    /// from the rest do not change it. Quartiles lie between two numbers in proportion (NumPy's method `linear`).
    Robust,
    /// ln(1 + x), then as `Standard`: for amounts and counts over several powers of ten. Each x is above -1.
    Log,
    /// x itself.
    None,
}

/// What takes the place of a missing number.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum MissingNumber {
    /// Nothing: it is an error that names column and row.
    Refuse,
    /// The mean of the training rows that have a number.
    Mean,
    /// The median of the training rows that have a number.
    Median,
    /// This number, before it is scaled.
    Constant(f64),
}

/// The role of a column of numbers: how it is scaled, and what takes the place of missing ones.
///
/// Missing numbers are filled first, then all are scaled, as in scikit-learn's pipeline of a `SimpleImputer` and a
/// scaler: what is measured for scaling, counts the filled rows too. A column that has the same number in every
/// training row is shifted, but not stretched.
///
/// A [`Value::Boolean`](crate::data::Value) counts as 1 or 0; a text is an error.
///
/// ```
/// use feedforward::Table;
/// use feedforward::data::{Column, Number, Preparation};
/// use ndarray::array;
///
/// let table = Table::new(vec![Column::numbers("age", vec![20.0, f64::NAN, 40.0])])?;
/// let ages = Number::min_max().fill_with_median().with_indicator();
/// let fitted = Preparation::new().number("age", ages).fit(&table)?;
/// assert_eq!(fitted.output_names(), ["age", "age (missing)"]);
/// assert_eq!(fitted.transform::<f64>(&table)?, array![[0.0, 0.0], [0.5, 1.0], [1.0, 0.0]]);
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct Number {
    scale: Scale,
    missing: MissingNumber,
    indicator: bool,
}

impl Number {
    /// Scales in this way; a missing number is refused.
    pub fn new(scale: Scale) -> Self {
        Self { scale, missing: MissingNumber::Refuse, indicator: false }
    }

    /// Scales to mean 0 and standard deviation 1; a missing number is refused.
    #[doc(alias = "StandardScaler")]
    pub fn standard() -> Self {
        Self::new(Scale::Standard)
    }

    /// Scales to the range from 0 to 1; a missing number is refused.
    #[doc(alias = "MinMaxScaler")]
    pub fn min_max() -> Self {
        Self::new(Scale::MinMax)
    }

    /// Scales to median 0 and a distance of 1 between the quartiles; a missing number is refused.
    #[doc(alias = "RobustScaler")]
    pub fn robust() -> Self {
        Self::new(Scale::Robust)
    }

    /// Takes the logarithm ln(1 + x) and scales it to mean 0 and standard deviation 1; a missing number is refused.
    #[doc(alias = "log1p")]
    pub fn log() -> Self {
        Self::new(Scale::Log)
    }

    /// Keeps the numbers as they are; a missing number is refused.
    #[doc(alias = "passthrough")]
    pub fn unscaled() -> Self {
        Self::new(Scale::None)
    }

    /// Declares what takes the place of a missing number.
    #[doc(alias = "SimpleImputer")]
    pub fn missing(self, missing: MissingNumber) -> Self {
        Self { missing, ..self }
    }

    /// Fills missing numbers with the mean of the training rows.
    pub fn fill_with_mean(self) -> Self {
        self.missing(MissingNumber::Mean)
    }

    /// Fills missing numbers with the median of the training rows.
    pub fn fill_with_median(self) -> Self {
        self.missing(MissingNumber::Median)
    }

    /// Fills missing numbers with this one, before it is scaled.
    pub fn fill_with(self, constant: f64) -> Self {
        self.missing(MissingNumber::Constant(constant))
    }

    /// Adds a column that is 1 where the number was missing and 0 elsewhere; missing numbers must be filled too.
    ///
    /// The column exists only if a number is missing in the training rows, as with scikit-learn's
    /// `SimpleImputer(add_indicator=True)`: otherwise a model could not learn what it means.
    #[doc(alias("MissingIndicator", "add_indicator"))]
    pub fn with_indicator(self) -> Self {
        Self { indicator: true, ..self }
    }

    /// Returns how the numbers are scaled.
    pub fn scale(&self) -> Scale {
        self.scale
    }

    /// Returns what takes the place of a missing number.
    pub fn missing_treatment(&self) -> MissingNumber {
        self.missing
    }

    /// Returns whether a column says which numbers were missing.
    pub fn has_indicator(&self) -> bool {
        self.indicator
    }

    /// Checks the options, given the name of the column.
    pub(super) fn check(&self, name: &str) -> Result<()> {
        if self.indicator && self.missing == MissingNumber::Refuse {
            let expected = format!("missing numbers of the column {name:?} to be filled, as they have an indicator");
            return Err(Error::invalid(FIT, expected, "them refused"));
        }
        if let MissingNumber::Constant(constant) = self.missing {
            if !constant.is_finite() {
                let expected = format!("a finite number to fill the column {name:?} with");
                return Err(Error::invalid(FIT, expected, constant));
            }
            if self.scale == Scale::Log && constant <= -1.0 {
                let expected = format!("a number above -1 to fill the column {name:?} with, as ln(1 + x) is taken");
                return Err(Error::invalid(FIT, expected, constant));
            }
        }
        Ok(())
    }
}

/// Writes what happens to the column: `number, standardized, missing: median`.
impl fmt::Display for Number {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "number, ")?;
        to.write_str(match self.scale {
            Scale::Standard => "standardized",
            Scale::MinMax => "scaled to 0..1",
            Scale::Robust => "scaled by median and quartiles",
            Scale::Log => "ln(1 + x), standardized",
            Scale::None => "unscaled",
        })?;
        match self.missing {
            MissingNumber::Refuse => write!(to, ", missing: refused")?,
            MissingNumber::Mean => write!(to, ", missing: mean")?,
            MissingNumber::Median => write!(to, ", missing: median")?,
            MissingNumber::Constant(constant) => write!(to, ", missing: {constant}")?,
        }
        if self.indicator { write!(to, " and an indicator") } else { Ok(()) }
    }
}

#[cfg(feature = "serde")]
crate::serialize::checked_serde! {
    "Number",
    struct Number { scale: Scale, missing: MissingNumber, indicator: bool },
    |number| number.check("")
}
