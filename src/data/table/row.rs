//! [`Row`]: one row of a table on its own, by names.

use super::value::Value;
use std::collections::BTreeMap;

/// The values of one row, by the names of their columns: what a request to a web service holds.
///
/// ```
/// use feedforward::data::{Row, Value};
/// let row = Row::from([("bill_length_mm", 39.1.into()), ("island", "Torgersen".into())]);
/// assert_eq!(row.get("island"), Some(&Value::Text("Torgersen".to_owned())));
/// # #[cfg(feature = "serde")] {
/// assert_eq!(serde_json::from_str::<Row>(r#"{"island": "Torgersen", "bill_length_mm": 39.1}"#)?, row);
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct Row {
    values: BTreeMap<String, Value>,
}

impl Row {
    /// Returns the value of a column, if the row has it.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// Returns the names, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }
}

impl<S: Into<String>> FromIterator<(S, Value)> for Row {
    fn from_iter<I: IntoIterator<Item = (S, Value)>>(values: I) -> Self {
        Self { values: values.into_iter().map(|(name, value)| (name.into(), value)).collect() }
    }
}

impl<S: Into<String>, const N: usize> From<[(S, Value); N]> for Row {
    fn from(values: [(S, Value); N]) -> Self {
        values.into_iter().collect()
    }
}

impl<S: AsRef<str>, const N: usize> From<&[(S, Value); N]> for Row {
    fn from(values: &[(S, Value); N]) -> Self {
        Self::from(&values[..])
    }
}

impl<S: AsRef<str>> From<&[(S, Value)]> for Row {
    fn from(values: &[(S, Value)]) -> Self {
        values.iter().map(|(name, value)| (name.as_ref(), value.clone())).collect()
    }
}

impl From<&Row> for Row {
    fn from(row: &Row) -> Self {
        row.clone()
    }
}

impl From<BTreeMap<String, Value>> for Row {
    fn from(values: BTreeMap<String, Value>) -> Self {
        Self { values }
    }
}
