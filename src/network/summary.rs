//! The summary of a network: one line per layer.

use super::Network;
use crate::{Float, Parameter};
use std::fmt;

/// Writes a table of layers, output sizes and parameters.
///
/// ```
/// use feedforward::{Identity, Network, Relu};
/// let network = Network::<f32>::builder(4).dense(16, Relu).dense(3, Identity).build()?;
/// let expected = "
/// layer              output   parameters
/// --------------------------------------
/// input                   4            0
/// Dense(Relu)            16           80
/// Dense(Identity)         3           51
/// --------------------------------------
/// total                              131
/// trainable                          131
/// ";
/// assert_eq!(format!("\n{network}"), expected);
/// # Ok::<(), feedforward::Error>(())
/// ```
impl<F: Float> fmt::Display for Network<F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.layers().iter().map(|layer| layer.describe().to_string()).collect();
        let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).max(12) + 2;
        let rule = "-".repeat(width + 21);
        writeln!(formatter, "{:width$}{:>8}{:>13}", "layer", "output", "parameters")?;
        writeln!(formatter, "{rule}")?;
        writeln!(formatter, "{:width$}{:>8}{:>13}", "input", self.input_size(), 0)?;
        for (layer, name) in self.layers().iter().zip(names) {
            writeln!(formatter, "{name:width$}{:>8}{:>13}", layer.output_size(), layer.parameter_count())?;
        }
        let trainable: usize = self.parameters().filter(|parameter| parameter.is_trainable()).map(Parameter::len).sum();
        writeln!(formatter, "{rule}")?;
        writeln!(formatter, "{:width$}{:>21}", "total", self.parameter_count())?;
        writeln!(formatter, "{:width$}{trainable:>21}", "trainable")
    }
}
