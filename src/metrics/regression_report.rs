//! [`RegressionReport`]: the scores of predicted numbers, to print.

use super::{mean_absolute_error, r2, root_mean_squared_error};
use crate::{Error, Float, Result, check};
use ndarray::{ArrayRef2, Axis};
use std::fmt;

/// R², root mean squared error and mean absolute error of each output; displayed as a table.
///
/// ```text
///             R²      RMSE       MAE
/// price   0.9874    0.2582    0.2333
///
/// rows         4
/// ```
///
/// ```
/// use feedforward::metrics::RegressionReport;
/// use ndarray::array;
///
/// let (predictions, targets) = (array![[1.0], [2.5], [2.0]], array![[1.0], [2.0], [3.0]]);
/// let report = RegressionReport::new(&predictions, &targets, None)?.with_names(&["price"])?;
/// assert_eq!(report.rows(), 3);
/// assert!((report.outputs()[0].r2 - 0.375).abs() < 1e-12);
/// println!("{report}");
/// # Ok::<(), feedforward::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RegressionReport {
    outputs: Vec<OutputScores>,
    rows: usize,
}

/// The scores of one output of a [`RegressionReport`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct OutputScores {
    /// The name of the output.
    pub name: String,
    /// R²; see [`r2`].
    pub r2: f64,
    /// The root mean squared error, in the unit of the numbers.
    pub root_mean_squared_error: f64,
    /// The mean absolute error, in the unit of the numbers.
    pub mean_absolute_error: f64,
}

impl RegressionReport {
    /// Scores each output (column) of predictions.
    ///
    /// # Errors
    /// As for every metric (see [the module](crate::metrics)), and when there are fewer than 2 rows.
    pub fn new<F: Float>(predictions: &ArrayRef2<F>, targets: &ArrayRef2<F>, weights: Option<&[f64]>) -> Result<Self> {
        check::columns("RegressionReport", "targets", predictions.ncols(), targets.ncols())?;
        let columns = predictions.columns().into_iter().zip(targets.columns()).enumerate();
        let scores = columns.map(|(output, (p, t))| {
            let (p, t) = (p.insert_axis(Axis(1)), t.insert_axis(Axis(1)));
            Ok(OutputScores {
                name: format!("output {output}"),
                r2: r2(&p, &t, weights)?,
                root_mean_squared_error: root_mean_squared_error(&p, &t, weights)?,
                mean_absolute_error: mean_absolute_error(&p, &t, weights)?,
            })
        });
        let outputs = scores.collect::<Result<Vec<_>>>()?;
        check::not_empty("RegressionReport", "column", outputs.len())?;
        Ok(Self { outputs, rows: predictions.nrows() })
    }

    /// Names the outputs.
    ///
    /// # Errors
    /// When there is not one name for each.
    pub fn with_names(mut self, names: &[impl AsRef<str>]) -> Result<Self> {
        if names.len() != self.outputs.len() {
            let expected = format!("{} names, one for each output", self.outputs.len());
            return Err(Error::invalid("RegressionReport", expected, names.len()));
        }
        for (output, name) in self.outputs.iter_mut().zip(names) {
            output.name = name.as_ref().to_owned();
        }
        Ok(self)
    }

    /// Returns the scores of each output.
    pub fn outputs(&self) -> &[OutputScores] {
        &self.outputs
    }

    /// Returns the number of rows that were scored.
    pub fn rows(&self) -> usize {
        self.rows
    }
}

impl fmt::Display for RegressionReport {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let longest = self.outputs.iter().map(|output| output.name.chars().count()).max().unwrap_or(0);
        let (width, none) = (longest.max("rows".len()), "");
        writeln!(to, "{none:width$} {:>8} {:>9} {:>9}", "R²", "RMSE", "MAE")?;
        for OutputScores { name, r2, root_mean_squared_error, mean_absolute_error } in &self.outputs {
            let errors = [*root_mean_squared_error, *mean_absolute_error].map(four_digits);
            writeln!(to, "{name:width$} {r2:>8.4} {:>9} {:>9}", errors[0], errors[1])?;
        }
        write!(to, "\n{:width$} {:>8}", "rows", self.rows)
    }
}

/// Writes a number with at least four significant digits: errors have the unit of the numbers, which may be large or
/// small.
fn four_digits(number: f64) -> String {
    let size = number.abs();
    if size != 0.0 && !(1e-3..1e7).contains(&size) {
        return format!("{number:.3e}");
    }
    let decimals = if size >= 1000.0 {
        1
    } else if size >= 1.0 {
        3
    } else {
        4
    };
    format!("{number:.decimals$}")
}
