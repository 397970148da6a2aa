//! [`LearnedNumber`]: what was learned from a column of numbers.

use super::cell::{Cell, Place};
use super::number::{MissingNumber, Number, Scale};
use crate::data::table::Column;
use crate::data::{Moments, quantile, smallest_and_range};
use crate::{Float, Result};
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

/// y = (x - offset) / spread, of ln(1 + x) for the scale `Log`.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub(super) struct LearnedNumber {
    pub(super) scale: Scale,
    pub(super) offset: f64,
    pub(super) spread: f64,
    /// What takes the place of a missing number, before it is scaled.
    pub(super) fill: Option<f64>,
    pub(super) indicator: bool,
}

impl LearnedNumber {
    /// Learns from a column that has a row.
    pub(super) fn learn(number: &Number, place: Place<'_>, column: &Column) -> Result<Self> {
        let numbers = numbers_of(place, column)?;
        let known: Vec<_> = numbers.iter().copied().filter(|number| !number.is_nan()).collect();
        let is_missing_some = known.len() < numbers.len();
        let none_known = || place.refuse("a number to fill missing ones with", "only missing ones");
        let fill = match number.missing_treatment() {
            MissingNumber::Refuse => None,
            MissingNumber::Constant(constant) => Some(constant),
            _ if known.is_empty() => return Err(none_known()),
            MissingNumber::Mean => Some(Moments::of(&known, None).mean),
            MissingNumber::Median => Some(median(&known)),
        };
        let mut filled = Vec::with_capacity(numbers.len());
        for (row, &number_or_nan) in numbers.iter().enumerate() {
            let place = Place { row: Some(row), ..place };
            filled.push(fill_and_bend(number.scale(), fill, place, number_or_nan)?);
        }
        let (offset, spread) = measure(number.scale(), &filled);
        if !(offset.is_finite() && spread.is_finite()) {
            return Err(place.refuse("numbers whose distances are finite in f64", "larger ones"));
        }
        let indicator = number.has_indicator() && is_missing_some;
        Ok(Self { scale: number.scale(), offset, spread, fill, indicator })
    }

    /// Returns what is wrong with parameters from elsewhere, if anything is.
    #[cfg(feature = "serde")]
    pub(super) fn problem(&self) -> Option<&'static str> {
        if !(self.offset.is_finite() && self.spread.is_finite() && self.spread > 0.0) {
            return Some("a finite offset and a finite spread above 0");
        }
        if self.scale == Scale::None && (self.offset, self.spread) != (0.0, 1.0) {
            return Some("an offset of 0 and a spread of 1 for unscaled numbers");
        }
        let least = if self.scale == Scale::Log { -1.0 } else { f64::NEG_INFINITY };
        if self.fill.is_some_and(|fill| !(fill.is_finite() && fill > least)) {
            return Some("a finite number to fill with, above -1 if its logarithm is taken");
        }
        (self.indicator && self.fill.is_none()).then_some("a number to fill with beside an indicator")
    }

    /// Returns the number of columns of the result.
    pub(super) fn width(&self) -> usize {
        1 + usize::from(self.indicator)
    }

    /// Writes what the number becomes, NaN if it is missing, to the first elements of `to`.
    #[inline]
    fn write<F: Float>(&self, place: Place<'_>, number: f64, to: &mut [F]) -> Result<()> {
        let scaled = (fill_and_bend(self.scale, self.fill, place, number)? - self.offset) / self.spread;
        to[0] = F::from_f64(scaled);
        if !to[0].is_finite() {
            return Err(place.refuse("a number that is finite when it is scaled", number));
        }
        if self.indicator {
            to[1] = if number.is_nan() { F::one() } else { F::zero() };
        }
        Ok(())
    }

    /// Writes what the cell becomes.
    pub(super) fn write_cell<F: Float>(&self, place: Place<'_>, cell: Cell<'_>, to: &mut [F]) -> Result<()> {
        let number = match cell {
            Cell::Missing => f64::NAN,
            Cell::Boolean(value) => f64::from(u8::from(value)),
            Cell::Number(number) if number.is_finite() => number,
            Cell::Number(_) => return Err(place.refuse("a finite number", cell)),
            Cell::Text(_) => return Err(place.refuse("a number", cell)),
        };
        self.write(place, number, to)
    }

    /// Writes what the numbers of these rows become, each row to the first elements of its part of `to`.
    pub(super) fn write_rows<'a, F: Float>(
        &self,
        place: Place<'_>,
        numbers: &[f64],
        rows: Range<usize>,
        to: impl Iterator<Item = &'a mut [F]>,
    ) -> Result<()> {
        for ((row, &number), to) in rows.clone().zip(&numbers[rows]).zip(to) {
            self.write(Place { row: Some(row), ..place }, number, to)?;
        }
        Ok(())
    }
}

/// Writes what is computed: `number (x - 43.92) / 5.46, missing: refused`.
impl fmt::Display for LearnedNumber {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (offset, spread) = (short(self.offset), short(self.spread));
        match self.scale {
            Scale::None => write!(to, "number x")?,
            Scale::Log => write!(to, "number (ln(1 + x) - {offset}) / {spread}")?,
            _ => write!(to, "number (x - {offset}) / {spread}")?,
        }
        match self.fill {
            None => write!(to, ", missing: refused")?,
            Some(fill) => write!(to, ", missing: x = {}", short(fill))?,
        }
        if self.indicator { write!(to, " and an indicator") } else { Ok(()) }
    }
}

/// Writes a number with six digits.
fn short(number: f64) -> String {
    let rounded = format!("{number:.5e}");
    let is_long = number != 0.0 && !(1e-4..1e9).contains(&number.abs());
    match rounded.parse::<f64>() {
        Ok(rounded) if is_long => format!("{rounded:e}"),
        Ok(rounded) => rounded.to_string(),
        Err(_) => rounded,
    }
}

/// Returns the numbers of a column, NaN where one is missing; refuses a text.
pub(super) fn numbers_of<'a>(place: Place<'_>, column: &'a Column) -> Result<Cow<'a, [f64]>> {
    if let Some(numbers) = column.as_numbers() {
        return Ok(Cow::Borrowed(numbers));
    }
    match column.entries().enumerate().find(|(_, entry)| !entry.is_missing()) {
        Some((row, entry)) => Err(Place { row: Some(row), ..place }.refuse("a number", Cell::from(entry))),
        // Nothing stands in it: its kind says nothing either.
        None => Ok(Cow::Owned(vec![f64::NAN; column.len()])),
    }
}

/// Fills a missing number, and takes the logarithm if it is to be taken.
#[inline]
fn fill_and_bend(scale: Scale, fill: Option<f64>, place: Place<'_>, number: f64) -> Result<f64> {
    let filled = match fill {
        Some(fill) if number.is_nan() => fill,
        None if number.is_nan() => return Err(place.refuse("a number", Cell::Missing)),
        _ => number,
    };
    match scale {
        Scale::Log if filled <= -1.0 => Err(place.refuse("a number above -1, as ln(1 + x) is taken,", filled)),
        Scale::Log => Ok(filled.ln_1p()),
        _ => Ok(filled),
    }
}

/// Measures offset and spread.
fn measure(scale: Scale, numbers: &[f64]) -> (f64, f64) {
    let moments = Moments::of(numbers, None);
    let (offset, spread) = match scale {
        Scale::None => (0.0, 1.0),
        Scale::Standard | Scale::Log => (moments.mean, moments.deviation),
        Scale::MinMax => smallest_and_range(numbers),
        Scale::Robust => {
            let sorted = sort(numbers);
            (quantile(&sorted, 0.5), quantile(&sorted, 0.75) - quantile(&sorted, 0.25))
        }
    };
    let is_constant = moments.is_constant || spread == 0.0;
    (offset, if is_constant && spread.is_finite() { 1.0 } else { spread })
}

fn sort(numbers: &[f64]) -> Vec<f64> {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}

fn median(numbers: &[f64]) -> f64 {
    quantile(&sort(numbers), 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_large_numbers_does_not_overflow() {
        assert_eq!(median(&[f64::MAX, f64::MAX, -f64::MAX, -f64::MAX]), 0.0);
    }
}
