//! The weights in a C file.

use super::super::number::{hexadecimal, is_double};
use super::Printer;
use crate::Float;

impl<F: Float> Printer<'_, F> {
    /// Prints the weights.
    pub(super) fn tables(&self) -> String {
        let mut source = String::new();
        for (index, step) in self.program.steps.iter().enumerate() {
            for (what, columns, values) in step.tables() {
                source += &self.table(what, index, columns, values);
            }
        }
        source
    }

    /// Prints one table, of rows if it has columns.
    fn table(&self, what: &str, index: usize, columns: Option<usize>, values: &[F]) -> String {
        let (name, float) = (self.name, self.float);
        let suffix = if is_double::<F>() { "" } else { "f" };
        let list = |values: &[F], indent: &str| {
            let numbers: Vec<_> = values.iter().map(|value| hexadecimal(value.widen()) + suffix).collect();
            let lines: Vec<_> =
                numbers.chunks(if is_double::<F>() { 4 } else { 6 }).map(|line| line.join(", ")).collect();
            lines.join(&format!(",\n{indent}"))
        };
        let (shape, numbers) = match columns {
            None => (format!("[{}]", values.len()), list(values, "    ")),
            Some(columns) => {
                let rows: Vec<_> = values.chunks(columns).map(|row| format!("{{{}}}", list(row, "     "))).collect();
                (format!("[{}][{columns}]", rows.len()), rows.join(",\n    "))
            }
        };
        format!("static const {float} {name}_{what}_{index}{shape} = {{\n    {numbers}\n}};\n\n")
    }
}
