//! [`Preparation::guess`]: roles from what stands in the columns.

use super::category::{Category, MissingCategory};
use super::cell::GUESS;
use super::dates::is_date_or_time;
use super::declared::Preparation;
use super::number::Number;
use super::role::Role;
use crate::data::table::{Column, Content, Table, Texts};
use crate::{Error, Result};
use std::collections::HashSet;

/// Categories that are few: as many texts are categories in a table of any length.
const FEW: usize = 20;
/// Most categories: more of them need a decision.
const MOST: usize = 1000;
/// Rows that a category needs for a column of its own, and missing entries for an indicator: from fewer, a network
/// learns noise.
const ENOUGH_ROWS: usize = 10;
/// Numbers that are few: with texts beside them, they are categories.
const FEW_NUMBERS: usize = 10;

impl Preparation {
    /// Chooses a role for each column; drop the column to be predicted first.
    ///
    /// - Numbers are standardized, missing ones filled with the median, with an indicator if at least 10 are missing:
    ///   that a number was not measured often tells something, but not from a few rows.
    /// - Texts of at most 20 different ones become one-hot categories; a missing text is a category of its own. So do
    ///   texts of more different ones, up to 1,000 and up to half of the rows; those in fewer than 10 rows are joined.
    /// - A column that is constant, or missing in all rows, is left out.
    ///
    /// Texts are counted in the rows of the table, not in those of a table that it was a part of.
    ///
    /// # Errors
    /// When a column needs a decision: dates, numbers with a few texts among them, texts that are mostly different, as
    /// names are. The error names the column and says what to do; [`guess_rest`](Self::guess_rest) takes the decision.
    pub fn guess(table: &Table) -> Result<Self> {
        Self::new().guess_rest(table)
    }

    /// Chooses a role for each column that has none, as [`guess`](Self::guess).
    ///
    /// ```
    /// use feedforward::Table;
    /// use feedforward::data::{Column, Preparation};
    ///
    /// let table = Table::new(vec![
    ///     Column::numbers("length", vec![39.1, 46.5, 50.0]),
    ///     Column::texts("measured", [Some("2007-11-11"), Some("2007-11-12"), Some("2007-11-16")]),
    /// ])?;
    /// let error = Preparation::guess(&table).unwrap_err().to_string();
    /// assert!(error.contains(r#"the column "measured""#), "{error}");
    ///
    /// let preparation = Preparation::new().leave_out("measured").guess_rest(&table)?;
    /// let lines = "
    /// measured  left out
    /// length    number, standardized, missing: median
    /// ";
    /// assert_eq!(format!("\n{preparation}"), lines);
    /// # Ok::<(), feedforward::Error>(())
    /// ```
    ///
    /// # Errors
    /// As for [`guess`](Self::guess).
    pub fn guess_rest(self, table: &Table) -> Result<Self> {
        let declared: HashSet<String> = self.roles().map(|(name, _)| name.to_owned()).collect();
        let rest = table.columns().iter().filter(|column| !declared.contains(column.name()));
        let roles =
            rest.map(|column| Ok((column.name().to_owned(), guess_role(column)?))).collect::<Result<Vec<_>>>()?;
        Ok(self.extended(roles))
    }
}

fn guess_role(column: &Column) -> Result<Role> {
    match column.content() {
        Content::Numbers(numbers) => Ok(guess_numbers(numbers)),
        Content::Texts(texts) => guess_texts(column.name(), texts),
    }
}

fn guess_numbers(numbers: &[f64]) -> Role {
    let mut known = numbers.iter().filter(|number| !number.is_nan());
    let Some(first) = known.next() else { return Role::LeaveOut };
    let missing = numbers.iter().filter(|number| number.is_nan()).count();
    // Which rows miss a number may tell something, even if the number is always the same.
    if known.all(|number| number == first) && missing < ENOUGH_ROWS {
        return Role::LeaveOut;
    }
    let number = Number::standard().fill_with_median();
    if missing < ENOUGH_ROWS { number.into() } else { number.with_indicator().into() }
}

fn guess_texts(name: &str, texts: &Texts) -> Result<Role> {
    let (rows, missing) = texts.count_rows();
    let present: Vec<_> = texts.distinct.iter().map(String::as_str).zip(rows).filter(|(_, rows)| *rows > 0).collect();
    let (distinct, known) = (present.len(), texts.codes.len() - missing);
    if distinct == 0 || (distinct == 1 && missing == 0) {
        return Ok(Role::LeaveOut);
    }
    refuse_mixed(name, &present, known)?;
    let count = |is: fn(&str) -> bool| present.iter().filter(|(text, _)| is(text)).map(|(_, rows)| rows).sum::<usize>();
    // A few other texts among dates, such as "unknown", do not make categories of them.
    if 10 * count(is_date_or_time) > 9 * known {
        let found = format!("dates or times such as {}", quote(present[0].0));
        let remedy = "make numbers of it (days since a date, the month, the day of the week)";
        return Err(needs_decision(name, found, remedy));
    }
    let remedy = "give it a role (Category::one_hot().minimum_count(10), for example)";
    if distinct > FEW && 2 * distinct > known {
        let example = quote(present[0].0);
        let found = format!("{distinct} different texts such as {example} in {known} rows, like names or identifiers");
        return Err(needs_decision(name, found, remedy));
    }
    if distinct > MOST {
        return Err(needs_decision(name, format!("{distinct} different texts"), remedy));
    }
    let category = Category::one_hot().missing(MissingCategory::Own);
    Ok(if distinct > FEW { category.minimum_count(ENOUGH_ROWS) } else { category }.into())
}

/// Refuses numbers with a few texts among them, unless the numbers are few and repeated, as in "0", "1", "2", "3+".
fn refuse_mixed(name: &str, present: &[(&str, usize)], known: usize) -> Result<()> {
    let is_number = |text: &str| text.trim().parse::<f64>().is_ok_and(f64::is_finite);
    let (numbers, others): (Vec<_>, Vec<_>) = present.iter().partition(|(text, _)| is_number(text));
    let rows: usize = numbers.iter().map(|(_, rows)| rows).sum();
    let are_categories = numbers.len() <= FEW_NUMBERS && rows >= 3 * numbers.len();
    let Some((other, _)) = others.first().filter(|_| 2 * rows > known && !are_categories) else { return Ok(()) };
    let texts = if known - rows == 1 { "text" } else { "texts" };
    let found = format!("{rows} numbers and {} {texts} such as {}", known - rows, quote(other));
    let remedy = format!("read {} as missing", quote(other));
    Err(needs_decision(name, found, &remedy))
}

fn quote(text: &str) -> String {
    crate::data::quote(text.as_bytes())
}

#[cold]
fn needs_decision(name: &str, found: String, remedy: &str) -> Error {
    let expected = format!("the column {name:?} to hold numbers or categories");
    Error::invalid(GUESS, expected, format!("{found}: {remedy}, or leave it out"))
}
