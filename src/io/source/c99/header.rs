//! The top of a C file: comment, includes, prototypes.

use super::super::name::quote_for_rust;
use super::super::number::is_double;
use super::super::program::Program;
use super::super::translate::needs_bits;
use super::Printer;
use crate::Float;
use std::fmt::Write;

impl<F: Float> Printer<'_, F> {
    /// Prints the comment at the top, includes and prototypes.
    pub(super) fn header(&self) -> String {
        let (name, Program { inputs, outputs, .. }) = (self.name, self.program);
        let mut lines = vec![
            format!("A feed-forward network, written by feedforward {}.", env!("CARGO_PKG_VERSION")),
            String::new(),
        ];
        lines.extend(self.text.layers.iter().map(|layer| format!("    {layer}")));
        lines.push(String::new());
        if let Some(names) = &self.text.column_names {
            lines.push("The inputs, in this order:".to_owned());
            lines.extend(names.iter().enumerate().map(|(k, name)| format!("    input[{k}]: {}", quote_for_rust(name))));
            lines.push(String::new());
        }
        lines.extend(if self.text.labels.is_some() {
            vec![
                format!("{name}(input) returns the index of the most probable class, and -1 if a score is NaN;"),
                format!(
                    "{name}_labels[index] is its label. {name}_probabilities writes the probability of each class,"
                ),
                format!("{name}_scores the logits, whose softmax they are."),
            ]
        } else {
            vec![format!("{name}(input, output) reads {inputs} numbers and writes {outputs}.")]
        });
        let bytes = self.buffers.sizes.iter().sum::<usize>() * size_of::<F>();
        lines.extend([
            "Input and output must not overlap. A NaN in the input is one in the output.".to_owned(),
            String::new(),
            format!(
                "Tables are constant, buffers are on the stack ({bytes} bytes): threads and interrupts may call it"
            ),
            "at once. Any C99 compiler will do, without -ffast-math, which breaks exp and NaN. For speed: -O3"
                .to_owned(),
            "-march=native.".to_owned(),
        ]);
        let mut source = String::new();
        for line in lines {
            let _ = writeln!(source, "{}", format!("// {line}").trim_end());
        }
        source += "\n#include <stddef.h>\n";
        if self.parts.functions().any(|(function, _)| needs_bits(function)) {
            source += "#include <stdint.h>\n";
        }
        source += "\n";
        if is_double::<F>() || self.parts.needs_double() {
            source += "/* This network needs a double of 64 bits. */\n";
            let _ = writeln!(source, "typedef char {name}_has_a_double_of_64_bits[sizeof(double) == 8 ? 1 : -1];\n");
        }
        for prototype in self.prototypes() {
            let _ = writeln!(source, "{prototype};");
        }
        if let Some(labels) = &self.text.labels {
            let _ = writeln!(source, "extern const char *const {name}_labels[{}];", labels.len());
        }
        source + "\n"
    }

    /// Returns the prototypes of the functions for others.
    fn prototypes(&self) -> Vec<String> {
        let (name, float, Program { inputs, outputs, .. }) = (self.name, self.float, self.program);
        let writer = |suffix| format!("void {name}{suffix}(const {float} input[{inputs}], {float} output[{outputs}])");
        if self.text.labels.is_some() {
            vec![format!("int {name}(const {float} input[{inputs}])"), writer("_scores"), writer("_probabilities")]
        } else {
            vec![writer("")]
        }
    }
}
